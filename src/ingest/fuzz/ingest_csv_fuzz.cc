#include <array>
#include <vector>

#include "base/testing/fuzz_target.h"
#include "base/testing/memory_file.h"
#include "ingest/bytes/source_file.h"
#include "ingest/csv/csv_footer.h"
#include "ingest/csv/csv_layout.h"
#include "ingest/csv/csv_rows.h"
#include "ingest/csv/csv_split.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

/// What the reader said, one line per row.
class Said final : public CsvRowSink {
 public:
  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view raw) override {
    std::string text = std::to_string(line) + " row";
    for (const CsvCell& cell : cells) {
      text += cell.is_null() ? " NULL" : " [" + std::string(cell.text) + "]";
    }
    rows.push_back(text + " of " + std::string(raw));
    return true;
  }
  bool reject(Reject reject) override {
    rows.push_back(std::to_string(reject.line) + " " + reject.reason + " of " + reject.raw);
    return true;
  }
  std::vector<std::string> rows;
};

/// With its last rows a file has the rows that it has without asking for them.
void check_footer(const SourceFile& file, const CsvLayout& layout, std::string_view body,
                  std::size_t count) {
  const Result<CsvFooter> footer = find_footer(file, layout, count);
  if (!footer) return;  // Its text is not UTF-8.
  require(footer->rows.size() <= count, "no more rows than asked for");
  require(footer->rows.empty() || footer->begin < body.size(), "the footer is of the file");
  require(footer->rows.empty() || footer->begin >= layout.data_offset, "it is below the header");
  const std::size_t width = layout.width == 1 ? 1 : 0;
  const auto rows_of = [&](std::uint64_t end) {
    Said said;
    CsvRowReader reader(layout.grammar, width);
    const std::string_view data = body.substr(layout.data_offset);
    require(reader.read(data.substr(0, end - layout.data_offset), 1, said).has_value(), "it reads");
    return said.rows.size();
  };
  if (!footer->rows.empty()) {
    require(rows_of(footer->begin) + footer->rows.size() == rows_of(body.size()), "no row is lost");
  }
}

/// Columns at fixed places: the first byte's bits say how far each goes.
void divide_at_places(CsvGrammar& grammar, unsigned char kind) {
  grammar.quote = 0;
  grammar.starts = {0, 1U + kind / 2 % 4, 5U + kind / 8 % 4};
  grammar.line_chars_max = kind / 32 % 2 == 1 ? 10 : 0;
  grammar.spaces_before_starts = kind / 64 % 2 == 1;
}

/// Bytes 0–2 choose delimiter, quote, line end and escape, or columns at fixed places; the rest is
/// a CSV file.
void csv(std::string_view input) {
  if (input.size() < 3) return;
  // The first four at the values that they had in older corpora.
  constexpr std::array<const char*, 8> delimiters = {",", ";", "\t", "|", "||", "~|~", "::", "¦"};
  const auto first = static_cast<unsigned char>(input[0]);
  const auto kind = static_cast<unsigned char>(input[2]);
  const std::size_t longer = first >= 0xC0 ? 4 : 0;
  CsvGrammar grammar;
  grammar.delimiter = delimiters.at(first % 4 + longer);
  grammar.quote = input[1] % 4 == 0 ? '\0' : '"';
  grammar.line_end = kind % 4 == 0 ? '\r' : '\n';
  grammar.escape = kind / 4 % 4 == 1 ? '\\' : '\0';
  grammar.blanks_before_quote = kind / 16 % 4 == 1;
  if (first >= 0x80 && first < 0xC0) divide_at_places(grammar, first);
  const std::size_t width = static_cast<unsigned char>(input[1]) / 4 % 5;
  const std::string_view body = input.substr(3);

  Said whole;
  CsvRowReader reader(grammar, width);
  require(reader.read(body, 1, whole).has_value(), "a small file is within all limits");

  // Cut anywhere between rows, the same rows come out, and no byte is lost.
  const fuzz::MemoryFile memory(body);
  const SourceFile file = SourceFile::open(memory.path()).value();
  CsvSplitter splitter(file, grammar, 0, 1, 1);
  Said pieces;
  CsvRowReader piecewise(grammar, width);
  CsvPiece piece;
  std::uint64_t number = 0;
  std::string joined;
  for (Result<bool> more = splitter.next(piece); more.value(); more = splitter.next(piece)) {
    require(piece.number == number++, "pieces are numbered");
    require(piece.offset == joined.size(), "a piece knows its place");
    joined += piece.text();
    require(piecewise.read(piece.text(), piece.line, pieces).has_value(), "a piece can be read");
  }
  require(joined == body, "the pieces are the file");
  require(pieces.rows == whole.rows, "the pieces' rows are the file's");
  require(reader.blank_lines() == piecewise.blank_lines(), "blank lines are the same");

  // Of the layout only that it ends, within its own promises.
  IngestOptions options;
  options.skip_footer = kind / 64;
  if (const Result<CsvLayout> layout = find_layout(body, true, options)) {
    require(layout->headers.size() == layout->width, "each column has a header");
    require(layout->data_offset <= body.size(), "data begin within the file");
    check_footer(file, *layout, body, static_cast<std::size_t>(kind) % 3);
  }
}

const fuzz::Target target(__FILE__, csv);

}  // namespace
}  // namespace sluice::ingest
