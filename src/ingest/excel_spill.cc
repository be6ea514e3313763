#include "ingest/excel_spill.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "ingest/piecewise.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t flush_bytes = 1U << 20;

/// What stands before a cell's text in the file.
struct Record {
  std::uint32_t row;
  std::uint32_t column;
  std::int64_t bits;  ///< The double's, or the microseconds.
  std::uint32_t text_bytes;
  std::uint32_t kind;
};

bool has_micros(ExcelKind kind) {
  return kind == ExcelKind::date || kind == ExcelKind::datetime || kind == ExcelKind::time ||
         kind == ExcelKind::duration;
}

ExcelCell cell_of(const Record& record, std::string_view text) {
  ExcelCell cell;
  cell.row = record.row;
  cell.column = record.column;
  cell.kind = static_cast<ExcelKind>(record.kind);
  cell.text = text;
  if (has_micros(cell.kind)) {
    cell.micros = record.bits;
  } else {
    std::memcpy(&cell.number, &record.bits, sizeof(cell.number));
  }
  return cell;
}

}  // namespace

Result<ExcelSpill> ExcelSpill::create(const std::filesystem::path& path,
                                      std::function<Result<void>(const ExcelCell&)> look) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return ExcelSpill(std::move(file), path, std::move(look));
}

Result<void> ExcelSpill::cells(std::span<const ExcelCell> cells) {
  for (const ExcelCell& cell : cells) {
    TRY(look_(cell));
    Record record{cell.row, cell.column, cell.micros, static_cast<std::uint32_t>(cell.text.size()),
                  static_cast<std::uint32_t>(cell.kind)};
    if (!has_micros(cell.kind)) std::memcpy(&record.bits, &cell.number, sizeof(record.bits));
    buffer_.append(reinterpret_cast<const char*>(&record), sizeof(record));
    buffer_.append(cell.text);
    if (buffer_.size() >= flush_bytes) TRY(finish());
  }
  return {};
}

Result<void> ExcelSpill::finish() {
  TRY(write_all(file_.get(), buffer_, path_.string()));
  buffer_.clear();
  return {};
}

Result<void> ExcelSpill::read(const std::function<Result<void>(const ExcelCell&)>& use,
                              const std::stop_token& stop) const {
  std::string held;  // From the first cell that is not whole.
  const auto take = [&](std::string_view piece) -> Result<void> {
    held.append(piece);
    std::size_t at = 0;
    Record record{};
    while (held.size() - at >= sizeof(record)) {
      std::memcpy(&record, held.data() + at, sizeof(record));
      if (held.size() - at - sizeof(record) < record.text_bytes) break;
      TRY(use(cell_of(record, {held.data() + at + sizeof(record), record.text_bytes})));
      at += sizeof(record) + record.text_bytes;
    }
    held.erase(0, at);
    return {};
  };
  return read_pieces(path_, stop, take);
}

}  // namespace sluice::ingest
