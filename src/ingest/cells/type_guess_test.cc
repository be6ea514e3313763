// The type of a column, of its cells at their borders and of pieces merged. Pure.
#include "ingest/cells/type_guess.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::ingest {
namespace {

using Cells = std::vector<std::string>;

TypeGuess guess_of(const Cells& cells, CellRule rule = CellRule::text, std::uint64_t line = 1) {
  TypeGuess guess(rule);
  for (const std::string& cell : cells) guess.observe(cell, line++);
  return guess;
}

std::string type_of(const Cells& cells, CellRule rule = CellRule::text) {
  return sql_of(guess_of(cells, rule).type());
}

TEST(TypeGuess, TheBordersOfEachType) {
  const std::pair<Cells, const char*> columns[] = {
      {{}, "VARCHAR"},
      {{""}, "VARCHAR"},
      {{"0", "-9223372036854775808", "9223372036854775807"}, "BIGINT"},
      {{"9223372036854775808"}, "VARCHAR"},
      {{"-9223372036854775809"}, "VARCHAR"},
      {{"-0"}, "VARCHAR"},
      {{"00"}, "VARCHAR"},
      {{"+1"}, "VARCHAR"},
      {{"1", "2.0"}, "VARCHAR"},
      {{"1", "2.5"}, "VARCHAR"},
      {{"1.5", "2"}, "VARCHAR"},
      {{"1.50", "-0.05"}, "DECIMAL(18,2)"},
      {{"-0.00"}, "VARCHAR"},
      {{"1234567890123456.78"}, "DECIMAL(18,2)"},
      {{"12345678901234567.89"}, "DECIMAL(38,2)"},
      {{"0.1234567890123456789012345678901234567"}, "DECIMAL(38,37)"},
      {{"0.12345678901234567890123456789012345678"}, "VARCHAR"},
      {{"1.5", "12345678901234567890123456789012345678.5"}, "VARCHAR"},
      {{"1.5", "2.25"}, "DOUBLE"},
      {{"1.5", "2.50"}, "VARCHAR"},
      {{"1.0", "1e+16"}, "DOUBLE"},
      {{"1.0", "1e16"}, "VARCHAR"},
      {{"0.0001", "1e-05"}, "DOUBLE"},
      {{"0.00001", "1.5"}, "VARCHAR"},
      {{"nan"}, "VARCHAR"},
      {{"inf"}, "VARCHAR"},
      {{"true", "false"}, "BOOLEAN"},
      {{"true", "False"}, "VARCHAR"},
      {{"true", "1"}, "VARCHAR"},
      {{"0001-01-01", "9999-12-31", "2024-02-29"}, "DATE"},
      {{"0000-12-31"}, "VARCHAR"},
      {{"2023-02-29"}, "VARCHAR"},
      {{"2024-1-31"}, "VARCHAR"},
      {{"10000-01-01"}, "VARCHAR"},
      {{"2024-01-31", "2024-01-31 00:00:00"}, "VARCHAR"},
      {{"2024-01-31 23:59:59.999999", "0001-01-01 00:00:00"}, "TIMESTAMP"},
      {{"2024-01-31 23:59:59.9999999"}, "VARCHAR"},
      {{"2024-01-31 23:59:59.10"}, "VARCHAR"},
      {{"2024-01-31 24:00:00"}, "VARCHAR"},
      {{"2024-01-31 23:59:60"}, "VARCHAR"},
      {{"2024-01-31T00:00:00"}, "VARCHAR"},
      {{"2024-01-31 00:00:00+00"}, "TIMESTAMPTZ"},
      {{"2024-01-31 00:00:00+01"}, "VARCHAR"},
      {{"2024-01-31 00:00:00Z"}, "VARCHAR"},
      {{" 1"}, "VARCHAR"},
      {{"1\n"}, "VARCHAR"},
  };
  for (const auto& [cells, wanted] : columns) {
    EXPECT_EQ(type_of(cells), wanted) << (cells.empty() ? "no cell" : cells.back());
  }
}

TEST(TypeGuess, WhatJsonCalledAStringIsNoNumber) {
  EXPECT_EQ(type_of({"1", "2"}, CellRule::json_string), "VARCHAR");
  EXPECT_EQ(type_of({"true"}, CellRule::json_string), "VARCHAR");
  EXPECT_EQ(type_of({"2024-01-31"}, CellRule::json_string), "DATE");
  EXPECT_EQ(type_of({"1.5", "2.5"}, CellRule::json_number), "DECIMAL(18,1)");
  EXPECT_EQ(type_of({"true"}, CellRule::json_boolean), "BOOLEAN");
  EXPECT_EQ(type_of({"52", "13.4"}, CellRule::json_number), "VARCHAR");
  EXPECT_EQ(type_of({"52", "13.4"}, CellRule::json_nested_number), "DOUBLE");
  EXPECT_EQ(type_of({"52", "13"}, CellRule::json_nested_number), "BIGINT");
  EXPECT_EQ(type_of({"1.10", "2.20"}, CellRule::json_nested_number), "DECIMAL(18,2)");
  EXPECT_EQ(type_of({"1.10", "2.5", "1e5", "0"}, CellRule::json_nested_number), "DOUBLE");
  for (const char* cell : {"-0", "9007199254740993", "0.12345678901234567891"}) {
    EXPECT_EQ(type_of({"13.4", "1.25", cell}, CellRule::json_nested_number), "VARCHAR") << cell;
  }
}

TEST(TypeGuess, TheReasonNamesTheCellThatDecided) {
  EXPECT_EQ(guess_of({"1", "2"}).reason(), "every cell prints back as BIGINT");
  EXPECT_EQ(guess_of({"x", "1"}).reason(), "text, as in 'x' in line 1");
  EXPECT_EQ(guess_of({"1", "2", "n/a", "x"}).reason(),
            "text: 'n/a' in line 3 does not print back as BIGINT, unlike the cells before it");
  EXPECT_EQ(guess_of({"1.5", "2.25", "007"}).reason(),
            "text: '007' in line 3 does not print back as DOUBLE, unlike the cells before it");
  EXPECT_EQ(guess_of({}).reason(), "text: no cell has a value");
}

/// Threads look at pieces of a column apart: it must not matter where the pieces were cut.
TEST(TypeGuess, PiecesMergedSayWhatTheWholeSays) {
  const Cells cells = {"1",          "0.5",  "1.50", "2.25", "12345678901234567890",
                       "x",          "true", "",     "1e16", "1234567890123456789012345678901.25",
                       "2024-01-31", "-0"};
  std::uint32_t random = 1;
  const auto next = [&random](std::size_t below) {
    random = random * 1'664'525 + 1'013'904'223;
    return (random >> 8U) % below;
  };
  for (int round = 0; round < 20'000; ++round) {
    // Most columns are of few kinds, or each would be text at once.
    const Cells kinds = {cells[next(cells.size())], cells[next(cells.size())],
                         cells[next(cells.size())]};
    Cells column;
    for (std::size_t i = 0, count = next(7); i < count; ++i) column.push_back(kinds[next(3)]);
    const TypeGuess whole = guess_of(column);
    TypeGuess merged;
    std::string cuts;
    for (std::size_t at = 0; at < column.size();) {
      const std::size_t end = std::min(column.size(), at + next(4));
      merged.merge(guess_of(Cells(column.begin() + static_cast<std::ptrdiff_t>(at),
                                  column.begin() + static_cast<std::ptrdiff_t>(end)),
                            CellRule::text, at + 1));
      for (; at < end; ++at) cuts += column[at] + ", ";
      cuts += "| ";
    }
    ASSERT_EQ(sql_of(merged.type()), sql_of(whole.type())) << cuts;
    ASSERT_EQ(merged.is_text(), whole.is_text()) << cuts;
  }
}

TEST(Shown, CellsAreCutBetweenCharactersAndShowNoControls) {
  EXPECT_EQ(shown("a\tb\x7F"), "'a?b?'");
  EXPECT_EQ(shown(std::string(80, 'x')), "'" + std::string(80, 'x') + "'");
  EXPECT_EQ(shown(std::string(79, 'x') + "é"), "'" + std::string(79, 'x') + "…'");
}

}  // namespace
}  // namespace sluice::ingest
