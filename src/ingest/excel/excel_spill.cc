#include "ingest/excel/excel_spill.h"

#include <fcntl.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/files.h"
#include "ingest/bytes/file_reader.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t block_bytes = 1U << 18;
constexpr std::size_t blocks_ahead_max = 4;

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

/// The cells of a block; gives the bytes that are no whole cell yet.
Result<std::string_view> for_each_cell(std::string_view block, const ExcelSpill::Look& use) {
  Record record{};
  while (block.size() >= sizeof(record)) {
    std::memcpy(&record, block.data(), sizeof(record));
    if (block.size() - sizeof(record) < record.text_bytes) break;
    TRY(use(cell_of(record, block.substr(sizeof(record), record.text_bytes))));
    block.remove_prefix(sizeof(record) + record.text_bytes);
  }
  return block;
}

}  // namespace

/// Looks at blocks and writes them while the next ones are parsed.
class ExcelSpill::Writer {
 public:
  Writer(FileDescriptor file, std::string name, RoomCheck room, Look look)
      : file_(std::move(file)),
        name_(std::move(name)),
        room_(std::move(room)),
        look_(std::move(look)),
        thread_([this] { run(); }) {}
  ~Writer() { end(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Takes the block and gives an empty one. Waits while enough are ahead; after an error it only
  /// says so.
  Result<void> push(std::string& block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ahead_.size() < blocks_ahead_max || done_; });
    if (done_) return outcome();
    ahead_.push_back(std::exchange(block, std::exchange(spare_, {})));
    changed_.notify_all();
    return {};
  }

  /// Waits until all is written.
  Result<void> finish() {
    end();
    return outcome();
  }

 private:
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  Result<void> outcome() const {
    if (thrown_) std::rethrow_exception(thrown_);
    if (error_) return fail(*error_);
    return {};
  }

  /// Empty once there will be none.
  std::string take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ahead_.empty() || ended_; });
    if (ahead_.empty()) return {};
    std::string block = std::move(ahead_.front());
    ahead_.pop_front();
    changed_.notify_all();
    return block;
  }

  Result<void> write() {
    for (;;) {
      std::string block = take();
      if (block.empty()) return {};
      if (room_) TRY(room_(block.size()));
      TRY(for_each_cell(block, look_));
      TRY(write_all(file_.get(), block, name_));
      block.clear();
      const std::lock_guard lock(mutex_);
      spare_ = std::move(block);
    }
  }

  void run() {
    std::exception_ptr thrown;
    Result<void> written;
    try {
      written = write();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    thrown_ = thrown;
    if (!written) error_ = std::move(written).error();
    done_ = true;
    changed_.notify_all();
  }

  FileDescriptor file_;
  const std::string name_;
  const RoomCheck room_;
  const Look look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> ahead_;
  std::string spare_;
  bool ended_ = false;
  bool done_ = false;
  std::optional<Error> error_;
  std::exception_ptr thrown_;
  std::thread thread_;  ///< Last: it uses all that stands above.
};

ExcelSpill::ExcelSpill(std::unique_ptr<Writer> writer, std::filesystem::path path)
    : writer_(std::move(writer)), path_(std::move(path)) {}
ExcelSpill::ExcelSpill(ExcelSpill&&) noexcept = default;
ExcelSpill::~ExcelSpill() = default;

Result<ExcelSpill> ExcelSpill::create(const std::filesystem::path& path, RoomCheck room,
                                      Look look) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return ExcelSpill(
      std::make_unique<Writer>(std::move(file), path.string(), std::move(room), std::move(look)),
      path);
}

Result<void> ExcelSpill::cells(std::span<const ExcelCell> cells) {
  for (const ExcelCell& cell : cells) {
    Record record{cell.row, cell.column, cell.micros, static_cast<std::uint32_t>(cell.text.size()),
                  static_cast<std::uint32_t>(cell.kind)};
    if (!has_micros(cell.kind)) std::memcpy(&record.bits, &cell.number, sizeof(record.bits));
    block_.append(reinterpret_cast<const char*>(&record), sizeof(record));
    block_.append(cell.text);
    if (block_.size() >= block_bytes) TRY(writer_->push(block_));
  }
  return {};
}

Result<void> ExcelSpill::finish() {
  if (!block_.empty()) TRY(writer_->push(block_));
  return writer_->finish();
}

Result<void> ExcelSpill::read(const Look& use, const std::stop_token& stop) const {
  std::string held;  // From the first cell that is not whole.
  const auto take = [&](std::string_view piece) -> Result<void> {
    held.append(piece);
    TRY_ASSIGN(const std::string_view rest, for_each_cell(held, use));
    held.erase(0, held.size() - rest.size());
    return {};
  };
  return read_pieces(path_, stop, take);
}

}  // namespace sluice::ingest
