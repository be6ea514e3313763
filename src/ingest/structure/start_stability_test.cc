// Whether a decision about a table's start hangs on one row or one column of it. Pure.
#include "ingest/structure/start_stability.h"

#include <gtest/gtest.h>

#include "ingest/structure/start_readings.h"

namespace sluice::ingest {
namespace {

/// Rows of words with a blank between them; the words stay in `text`.
std::vector<TableRow> rows_of(std::string_view text) {
  std::vector<TableRow> rows;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    TableRow& row = rows.emplace_back();
    row.line = rows.size();
    for (;;) {
      const std::string_view word = line.substr(0, line.find(' '));
      row.cells.push_back({word, look_of(word), false});
      if (word.size() == line.size()) break;
      line.remove_prefix(word.size() + 1);
    }
  }
  return rows;
}

bool hangs(std::string_view text) {
  const std::vector<TableRow> rows = rows_of(text);
  const StartQuestion question{{rows.front().cells.size()}, {}, {}, {}};
  return hangs_on_one(rows, question, compare_readings(rows, question));
}

TEST(StartStability, NamesAboveNumbersDoNotHangOnOne) {
  EXPECT_FALSE(hangs("month amount\nJan 5\nFeb 7\nMar 9\n"));
  EXPECT_FALSE(hangs("month amount\nJan 5\n"));
  EXPECT_FALSE(hangs("a b c\n1 2 3\n4 5 6\n"));
  EXPECT_FALSE(hangs("1 2 3\n4 5 6\n7 8 9\n")) << "three columns say that there is no header";
}

TEST(StartStability, ADecisionThatOneColumnMakesHangsOnIt) {
  EXPECT_TRUE(hangs("month 3\nJan 5\nFeb 7\n"));
  EXPECT_TRUE(hangs("ann 3\nbob 5\ncid 7\n"));
}

TEST(StartStability, ADecisionThatOneRowMakesHangsOnIt) {
  // Years above figures are names, above years they are values.
  EXPECT_TRUE(hangs("2019 2020 2021\n5 7 8\n6 8 2020\n"));
}

TEST(StartStability, WhatTheSenderSaysHangsOnNothing) {
  const std::string text = "month 3\nJan 5\nFeb 7\n";
  const std::vector<TableRow> rows = rows_of(text);
  const StartQuestion question{{2}, 0, true, {}};
  EXPECT_FALSE(hangs_on_one(rows, question, compare_readings(rows, question)));
}

/// The promise: where two files differ in one row and their decisions too, one of them hangs on it.
TEST(StartStability, NoChangeOfOneRowTurnsADecisionInSilence) {
  const std::vector<std::string> lines = {"month 3",   "name value", "Jan 5", "Feb x",
                                          "2019 2020", "7 8",        "a b",   "- 5"};
  const std::string tail = "Mar 9\nApr 11\n";
  std::size_t turned = 0;
  for (const std::string& one : lines) {
    for (const std::string& row : lines) {
      for (const std::string& other : lines) {
        const std::string was = one + "\n" + row + "\n" + tail;
        const std::string is = one + "\n" + other + "\n" + tail;
        const std::vector<TableRow> rows_was = rows_of(was);
        const std::vector<TableRow> rows_is = rows_of(is);
        const StartQuestion question{{2}, {}, {}, {}};
        const TableStart before = compare_readings(rows_was, question).best;
        const TableStart after = compare_readings(rows_is, question).best;
        // The row must be one of values in both: rows of names are not left out.
        if (before.first == after.first && before.names == after.names) continue;
        if (before.body() > 1 || after.body() > 1) continue;
        ++turned;
        EXPECT_TRUE(hangs(was) || hangs(is)) << was << "against\n" << is;
      }
    }
  }
  EXPECT_GT(turned, 0U);
}

}  // namespace
}  // namespace sluice::ingest
