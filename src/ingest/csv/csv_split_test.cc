// Where a CSV is cut into pieces. Files in memory; no engine.
#include "ingest/csv/csv_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/testing/memory_file.h"

namespace sluice::ingest {
namespace {

/// The bytes of each piece, one behind another; `most` is the size of the largest.
std::string joined(const std::string& text, std::size_t piece_bytes, std::size_t& most) {
  const fuzz::MemoryFile file(text);
  const SourceFile source = SourceFile::open(file.path()).value();
  CsvGrammar grammar;
  grammar.delimiter = ",";
  grammar.quote = '"';
  grammar.line_end = '\n';
  CsvSplitter splitter(source, grammar, 0, 1, piece_bytes);
  std::string all;
  CsvPiece piece;
  most = 0;
  while (splitter.next(piece).value()) {
    all.append(piece.bytes.data(), piece.bytes.size());
    most = std::max(most, piece.bytes.size());
  }
  return all;
}

TEST(CsvSplitter, LinesThatAreAllFaultyMakeNoPieceOfTheWholeFile) {
  constexpr std::size_t line_bytes = 30'000;
  constexpr std::size_t piece_bytes = 100'000;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "\"1\"x" + std::string(line_bytes, '"') + "\n";
  std::size_t most = 0;
  EXPECT_EQ(joined(text, piece_bytes, most), text);
  EXPECT_LT(most, 3 * piece_bytes);
}

TEST(CsvSplitter, APieceHoldsTheQuoteThatMakesItsLineFaulty) {
  // The cell of the first line ends in the fourth, where text follows its quote.
  const std::string text = "\"a\nb\nc\nd\"x,1\n2,3\n";
  for (std::size_t piece_bytes = 1; piece_bytes < text.size(); ++piece_bytes) {
    std::size_t most = 0;
    EXPECT_EQ(joined(text, piece_bytes, most), text);
    EXPECT_GE(most, text.find('x')) << piece_bytes;
  }
}

}  // namespace
}  // namespace sluice::ingest
