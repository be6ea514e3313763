#include "ingest/csv/csv_footer.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>

#include "ingest/bytes/format_detection.h"
#include "ingest/csv/csv_rows.h"
#include "ingest/csv/csv_split.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

struct Row {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  std::size_t bytes = 0;
};

/// Whole rows, and how many they are as far as that matters.
struct Piece {
  std::uint64_t offset = 0;
  std::uint64_t line = 1;
  std::size_t bytes = 0;
  std::size_t rows = 0;
};

/// The last `keep` rows of a piece, or its number of rows up to `rows_max`.
class RowSink final : public CsvRowSink {
 public:
  RowSink(const CsvPiece& piece, char line_end, std::size_t rows_max, std::size_t keep)
      : text_(piece.text()),
        offset_(piece.offset),
        line_(piece.line),
        line_end_(line_end),
        rows_max_(rows_max),
        keep_(keep) {}

  bool row(const std::vector<CsvCell>&, std::uint64_t line, std::string_view raw) override {
    return add(line, raw.size());
  }
  bool reject(Reject reject) override { return add(reject.line, reject.raw.size()); }

  std::size_t count = 0;
  std::deque<Row> last;

 private:
  bool add(std::uint64_t line, std::size_t bytes) {
    while (line_ < line) {
      const void* const end = std::memchr(text_.data() + at_, line_end_, text_.size() - at_);
      if (end == nullptr) return false;
      at_ = static_cast<std::size_t>(static_cast<const char*>(end) - text_.data()) + 1;
      ++line_;
    }
    last.push_back({offset_ + at_, line, bytes});
    if (last.size() > keep_) last.pop_front();
    return ++count < rows_max_;
  }

  std::string_view text_;
  std::uint64_t offset_;
  std::uint64_t line_;  ///< That begins at `at_`.
  char line_end_;
  std::size_t rows_max_;
  std::size_t keep_;
  std::size_t at_ = 0;
};

Result<CsvPiece> read_again(const SourceFile& file, const Piece& piece) {
  CsvPiece read;
  read.offset = piece.offset;
  read.line = piece.line;
  read.bytes.resize(piece.bytes);
  TRY_ASSIGN(const std::size_t got, file.read_at(piece.offset, read.bytes.data(), piece.bytes));
  read.bytes.resize(got);
  return read;
}

Result<CsvFooter> taken(const SourceFile& file, const std::deque<Row>& rows) {
  CsvFooter footer;
  std::size_t bytes = 0;
  for (const Row& row : rows) {
    footer.begin = std::min(footer.begin, row.offset);
    bytes += row.bytes;
  }
  if (bytes > reject_bytes_max) {
    return fail(Errc::unprocessable, Code::rejects_too_many,
                "The last " + std::to_string(rows.size()) + " rows have more than " +
                    std::to_string(reject_bytes_max) + " bytes (reject_bytes_max).",
                "Ask for fewer (skip_footer).");
  }
  for (const Row& row : rows) {
    std::string raw(row.bytes, '\0');
    TRY_ASSIGN(const std::size_t got, file.read_at(row.offset, raw.data(), raw.size()));
    raw.resize(got);
    TextCheck text(row.offset);
    TRY(text.feed(raw));
    TRY(text.finish());
    footer.rows.push_back(
        {row.line, "footer", "The row is one of the last, which are no data.", std::move(raw)});
  }
  return footer;
}

}  // namespace

Result<CsvFooter> find_footer(const SourceFile& file, const CsvLayout& layout, std::size_t count) {
  if (count == 0) return CsvFooter{};
  const CsvGrammar& grammar = layout.grammar;
  // Blank lines are rows where there is one column. Rows of any other width are rows.
  CsvRowReader reader(grammar, layout.width == 1 ? 1 : 0);
  CsvSplitter splitter(file, grammar, layout.data_offset, layout.data_line, csv_piece_bytes);
  std::deque<Piece> pieces;  // The last, which have `count` rows.
  std::size_t rows = 0;
  CsvPiece piece;
  for (;;) {
    TRY_ASSIGN(const bool more, splitter.next(piece));
    if (!more) break;
    RowSink sink(piece, grammar.line_end, count, 0);
    TRY(reader.read(piece.text(), piece.line, sink));
    pieces.push_back({piece.offset, piece.line, piece.bytes.size(), sink.count});
    rows += sink.count;
    while (rows - pieces.front().rows >= count) {
      rows -= pieces.front().rows;
      pieces.pop_front();
    }
  }
  std::deque<Row> last;
  for (const Piece& held : pieces) {
    TRY_ASSIGN(piece, read_again(file, held));
    RowSink sink(piece, grammar.line_end, SIZE_MAX, count);
    TRY(reader.read(piece.text(), piece.line, sink));
    last.insert(last.end(), sink.last.begin(), sink.last.end());
    while (last.size() > count) last.pop_front();
  }
  return taken(file, last);
}

}  // namespace sluice::ingest
