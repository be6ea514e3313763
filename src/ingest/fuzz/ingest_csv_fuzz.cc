#include <array>
#include <vector>

#include "base/testing/fuzz_target.h"
#include "base/testing/memory_file.h"
#include "ingest/bytes/source_file.h"
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

/// Bytes 0–2 choose delimiter, quote, line end and escape; the rest is a CSV file.
void csv(std::string_view input) {
  if (input.size() < 3) return;
  constexpr std::array<char, 4> delimiters = {',', ';', '\t', '|'};
  const auto kind = static_cast<unsigned char>(input[2]);
  const CsvGrammar grammar{delimiters[static_cast<unsigned char>(input[0]) % 4],
                           input[1] % 4 == 0 ? '\0' : '"', kind % 4 == 0 ? '\r' : '\n',
                           kind / 4 % 4 == 1 ? '\\' : '\0', kind / 16 % 4 == 1};
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
  if (const Result<CsvLayout> layout = find_layout(body, true, {})) {
    require(layout->headers.size() == layout->width, "each column has a header");
    require(layout->data_offset <= body.size(), "data begin within the file");
  }
}

const fuzz::Target target(__FILE__, csv);

}  // namespace
}  // namespace sluice::ingest
