// Numbers with marks, symbols and signs: their models, and that silver's value, written in the
// column's form again, is the cell.
#include "lakehouse/medallion/number_format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/sql_text.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "lakehouse/medallion/duckdb/strict_cast.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse::medallion {
namespace {

using Negative = NumberFormat::Negative;

TEST(NumberFormat, AModelIsReadAsItWasWritten) {
  for (const char* model :
       {"-1234.5", "-1234,5", "-1.234,5", "-1'234.5", "-1 234,5", "-1\u202f234,5", "-$1,234.5",
        "-1234,5€", "(1,234.5)", "($1,234.5)", "(1.234,5 CHF)", "CHF 1,234.5-", "1.234,5-",
        "1.234,5- kr.", "±1234.5%", "-1234.5e6", "-1234,5e6", "-kr. 1.234,5"}) {
    const std::optional<NumberFormat> format = number_format_of(model);
    ASSERT_TRUE(format) << model;
    EXPECT_EQ(model_of(*format), model);
  }
  const NumberFormat money = number_format_of("(CHF 1'234.5)").value();
  EXPECT_EQ(money.symbol, "CHF");
  EXPECT_TRUE(money.symbol_first);
  EXPECT_EQ(money.group_mark, "'");
  EXPECT_EQ(money.negative, Negative::parentheses);
}

TEST(NumberFormat, WhatIsNoModelIsRefused) {
  for (const char* text : {"", "1234.5", "-1234", "-1234;5", "-1.234.5", "(1234.5", "$-1234.5€",
                           "-1234.6", "%d.%m.%Y"}) {
    EXPECT_FALSE(number_format_of(text)) << text;
  }
}

/// Every value that a column of the fuzz may hold, as an exact decimal: sign, digits, fraction.
struct Value {
  bool is_negative = false;
  std::string whole;
  std::string fraction;
};

/// As a person would write it: nothing of the code under test.
std::string written(const NumberFormat& format, const Value& value, bool grouped,
                    const std::string& blank) {
  std::string digits = value.whole;
  if (grouped && !format.group_mark.empty()) {
    for (std::size_t left = digits.size(); left > 3;) {
      left -= 3;
      digits.insert(left, format.group_mark);
    }
  }
  if (!value.fraction.empty()) digits += format.decimal_mark + value.fraction;
  if (value.is_negative && format.negative == Negative::minus_behind) digits += "-";
  std::string text = digits;
  if (!format.symbol.empty()) {
    text = format.symbol_first ? format.symbol + blank + digits : digits + blank + format.symbol;
  }
  if (value.is_negative && format.negative == Negative::parentheses) return "(" + text + ")";
  if (format.negative == Negative::minus_behind) return text;
  if (value.is_negative) return "-" + text;
  const bool is_zero = (value.whole + value.fraction).find_first_not_of('0') == std::string::npos;
  return (format.negative == Negative::always_signed && !is_zero ? "+" : "") + text;
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = 0; !part.empty() && (at = text.find(part)) != std::string::npos;) {
    text.erase(at, part.size());
  }
  return text;
}

/// The cell without what a form leaves open: blanks beside a symbol, marks of groups, zeros at the
/// end of a fraction, and on which side of a symbol the sign stands.
std::string canonical(std::string cell, const NumberFormat& format) {
  cell = without(cell, format.group_mark);
  if (!format.symbol.empty()) {
    cell = without(without(without(cell, " "), "\u00a0"), "\u202f");
    for (const std::string sign : {"-", "+"}) {
      if (cell.starts_with(format.symbol + sign)) {
        cell = sign + format.symbol + cell.substr(format.symbol.size() + 1);
      }
    }
    if (cell.starts_with(format.symbol + "(")) {
      cell = "(" + format.symbol + cell.substr(format.symbol.size() + 1);
    }
    if (cell.ends_with(")" + format.symbol)) {
      cell = cell.substr(0, cell.size() - format.symbol.size() - 1) + format.symbol + ")";
    }
  }
  const std::size_t mark = cell.find(format.decimal_mark);
  if (mark == std::string::npos) return cell;
  std::size_t end = mark + 1;
  while (end < cell.size() && cell[end] >= '0' && cell[end] <= '9') ++end;
  std::size_t last = end;
  while (last > mark + 1 && cell[last - 1] == '0') --last;
  if (last == mark + 1) last = mark;
  return cell.erase(last, end - last);
}

class NumberForms : public testing::Test {
 protected:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  NumberFormat format() {
    const std::vector<std::string> models = {
        "-1,234.5",      "-1.234,5",      "-1234,5",      "-1 234,5",   "-1'234.5",
        "-$1,234.5",     "-1.234,5€",     "-1234.5%",     "(1,234.5)",  "($1,234.5)",
        "(1.234,5 CHF)", "1.234,5-",      "1,234.5-€",    "±1234.5%",   "±1,234.5",
        "-kr. 1.234,5",  "-1\u00a0234,5", "CHF 1'234.5-", "-R$1.234,5", "(1 234,5 zł)"};
    return number_format_of(one_of(models)).value();
  }

  Value value() {
    Value out;
    out.is_negative = below(3) == 0;
    out.whole = std::to_string(below(static_cast<std::size_t>(std::pow(10, 1 + below(8)))));
    if (below(4) > 0) {
      for (std::size_t i = 0; i < 1 + below(3); ++i)
        out.fraction += static_cast<char>('0' + below(10));
    }
    if ((out.whole + out.fraction).find_first_not_of('0') == std::string::npos) {
      out.is_negative = false;
    }
    return out;
  }

  /// One character more, less or other.
  std::string mutated(std::string cell) {
    const std::vector<std::string> marks = {"0", "1", "9", ",", ".", " ",      "'", "-",
                                            "+", "(", ")", "$", "%", "\u00a0", "e", ""};
    const auto is_within = [&](std::size_t at) {
      return at < cell.size() && (static_cast<unsigned char>(cell[at]) & 0xC0U) == 0x80U;
    };
    std::size_t at = below(cell.size() + 1);
    while (is_within(at)) --at;
    if (below(2) == 0 && at < cell.size()) {
      do {
        cell.erase(at, 1);
      } while (is_within(at));
    }
    return cell.insert(at, one_of(marks));
  }

  std::mt19937 random_{20261201};
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();
};

TEST_F(NumberForms, SilversValueInTheColumnsFormIsTheCell) {
  int typed = 0;
  int mutated_typed = 0;
  for (int round = 0; round < 100; ++round) {
    const NumberFormat made = format();
    const bool is_mutated = round % 2 == 1;
    std::vector<std::string> cells;
    std::string rows;
    for (int i = 0; i < 12; ++i) {
      const std::string blank = is_word_symbol(made.symbol) || below(2) == 0 ? " " : "";
      std::string cell = written(made, value(), below(4) > 0, blank);
      if (is_mutated && i == 11) cell = mutated(cell);
      rows += (i == 0 ? "(" : ", (") + std::to_string(i) + ", " + quote_literal(cell) + ")";
      cells.push_back(cell);
    }
    const auto made_table = connection_.query(
        "CREATE OR REPLACE TABLE t AS SELECT * FROM (VALUES " + rows + ") v(n, c)");
    ASSERT_TRUE(made_table) << made_table.error().detail << rows;
    const PlanSource source{.delimiter = below(2) == 0 ? ';' : ','};
    const Plan plan =
        make_plan(connection_, "t", {{"n", "n", "INTEGER", ""}, {"c", "c", "VARCHAR", ""}}, source)
            .value();
    const SilverColumn& column = plan.columns[1];
    if (column.transform != Transform::number_format && column.transform != Transform::thousands) {
      continue;
    }
    SCOPED_TRACE(column.format + " " + column.type + " of " + rows);
    const NumberFormat found =
        number_format_of(column.format.empty() ? "-1,234.5" : column.format).value();
    ASSERT_EQ(connection_.query_int(quarantine_count(plan, "t")), 0);
    const auto silver =
        connection_.query("SELECT c::VARCHAR FROM (" + silver_select(plan, "t") + ") ORDER BY n")
            .value()
            .rows_as_text();
    ASSERT_EQ(silver.size(), cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string text = silver[i][0].value();
      Value back;
      back.is_negative = text.starts_with('-');
      if (back.is_negative) text.erase(0, 1);
      const std::size_t point = std::min(text.find('.'), text.size());
      back.whole = text.substr(0, point);
      back.fraction = text.substr(std::min(point + 1, text.size()));
      const std::string blank = is_word_symbol(found.symbol) ? " " : "";
      EXPECT_EQ(canonical(written(found, back, true, blank), found), canonical(cells[i], found));
    }
    ++typed;
    if (is_mutated) ++mutated_typed;
  }
  // Neither all nor none, or the test says nothing.
  EXPECT_GT(typed, 25);
  EXPECT_GT(mutated_typed, 3);
  EXPECT_LT(mutated_typed, 47);
}

TEST_F(NumberForms, ATypesScaleIsTheMostDigitsBehindTheMark) {
  int taken = 0;
  int too_long = 0;
  for (int round = 0; round < 400; ++round) {
    const NumberFormat made = format();
    const std::string blank = is_word_symbol(made.symbol) ? " " : "";
    std::string cell = written(made, value(), below(2) == 0, blank);
    if (below(3) == 0) cell = mutated(cell);
    const std::size_t mark = cell.find(made.decimal_mark);
    const std::string fraction = mark == std::string::npos ? "" : cell.substr(mark + 1);
    const std::size_t digits = std::min(fraction.find_first_not_of("0123456789"), fraction.size());
    const std::size_t scale = below(4);
    const std::string type = scale == 0 ? "BIGINT" : "DECIMAL(38," + std::to_string(scale) + ")";
    const std::string literal = quote_literal(cell);
    const auto rows =
        connection_
            .query("SELECT (" +
                   strict_cast_sql(literal, type, Transform::number_format, model_of(made)) +
                   ") IS NOT NULL, " + formatted_number_sql(literal, model_of(made)))
            .value()
            .rows_as_text();
    const bool fits_form = rows[0][1] == "true";
    EXPECT_EQ(rows[0][0] == "true", fits_form && digits <= scale)
        << cell << " as " << type << " " << model_of(made);
    taken += rows[0][0] == "true" ? 1 : 0;
    too_long += fits_form && digits > scale ? 1 : 0;
  }
  EXPECT_GT(taken, 100);
  EXPECT_GT(too_long, 50);
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
