// Files of the real world (../shared/cases beside the checkout): how many are read right, by kind.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/files.h"
#include "base/sql_text.h"
#include "base/testing/shared_folder.h"
#include "ingest/ingest_job.h"
#include "ingest/ingest_test_support.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;
using Cell = std::optional<std::string>;

/// Kinds of which every case is right, and has to stay so. A kind that is mended is added here.
const std::set<std::string, std::less<>> mended_kinds = {"backslash-quotes",
                                                         "bare-quotes",
                                                         "binary-is-text",
                                                         "blank-before-quote",
                                                         "blank-texts-row",
                                                         "delimiter-choice",
                                                         "delimiter-unknown",
                                                         "encoding",
                                                         "encoding-message",
                                                         "equals-quoted",
                                                         "exponents",
                                                         "facts-above-table",
                                                         "header-from-data",
                                                         "header-of-numbers",
                                                         "header-too-narrow",
                                                         "huge-text-parquet",
                                                         "int96",
                                                         "invisible",
                                                         "json-like-text",
                                                         "json-lines-fault",
                                                         "json-number-lists",
                                                         "json-wrapped",
                                                         "line-ends",
                                                         "literal-quotes",
                                                         "mac-zip",
                                                         "number-formats",
                                                         "other-file-taken",
                                                         "sep-line",
                                                         "sheets",
                                                         "short-rows",
                                                         "silver-decimal-comma",
                                                         "silver-merge",
                                                         "silver-null-words",
                                                         "two-header-rows",
                                                         "unclear-refusal",
                                                         "width-grows",
                                                         "xls-codepage"};

/// The folder of cases.json: the one that SLUICE_CASES names, else `../shared/cases` beside the
/// checkout; nothing where it is not there.
std::optional<fs::path> cases_folder() {
  fs::path folder = shared_folder(std::getenv("SLUICE_CASES"), "cases", testdata());
  if (fs::exists(folder / "cases.json")) return folder;
  return std::nullopt;
}

/// Whether `value` is `accepted`, or one of them where it is an array.
bool accepts(const json::value& accepted, const Cell& value) {
  if (accepted.is_array()) {
    return std::ranges::any_of(accepted.as_array(),
                               [&](const json::value& one) { return accepts(one, value); });
  }
  if (accepted.is_null()) return !value;
  return value && *value == std::string_view(accepted.as_string());
}

bool accepts_count(const json::value& accepted, std::int64_t count, bool at_most) {
  if (accepted.is_array()) {
    return std::ranges::any_of(accepted.as_array(),
                               [&](const json::value& one) { return one.as_int64() == count; });
  }
  return at_most ? count <= accepted.as_int64() : count == accepted.as_int64();
}

/// `DECIMAL(18,2)` → `decimal`, `VARCHAR` → `string`.
std::string plain_type(std::string type) {
  type.resize(std::min(type.find('('), type.size()));
  std::ranges::transform(type, type.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  return type == "varchar" ? "string" : type;
}

/// Whether `text` matches the case's expression `key`; true where it has none.
bool matches(const json::object& test, const char* key, const std::string& text) {
  const json::value* expression = test.if_contains(key);
  return expression == nullptr ||
         std::regex_search(text, std::regex(std::string(expression->as_string())));
}

class Cases : public Ingest {
 protected:
  /// Empty where the file is read as it should be; else what is wrong.
  std::string judge(const json::object& test, const Result<Ingested>& result) const;
  std::string judge_bronze(const json::object& test, const Ingested& ingested) const;
  std::string judge_cells(const json::object& test, const Rows& rows) const;
  std::string judge_silver(const json::object& test, const Ingested& ingested) const;
};

std::string Cases::judge_cells(const json::object& test, const Rows& rows) const {
  if (const json::value* cells = test.if_contains("bronze")) {
    for (const json::value& cell : cells->as_array()) {
      const std::size_t row = cell.at(0).to_number<std::size_t>();
      const std::size_t column = cell.at(1).to_number<std::size_t>();
      if (row >= rows.size() || column >= rows[row].size()) return "a cell is missing";
      const Cell& value = rows[row][column];
      if (!accepts(cell.at(2), value)) return "a cell is " + value.value_or("NULL");
    }
  }
  if (const json::value* cells = test.if_contains("contains")) {
    for (const json::value& cell : cells->as_array()) {
      const Cell& value =
          rows.at(cell.at(0).to_number<std::size_t>()).at(cell.at(1).to_number<std::size_t>());
      for (const json::value& part : cell.at(2).as_array()) {
        const std::string text(part.as_string());
        if (value.value_or("").find(text) == std::string::npos) return "a cell lacks " + text;
      }
    }
  }
  return {};
}

std::string Cases::judge_bronze(const json::object& test, const Ingested& ingested) const {
  const auto count = static_cast<std::int64_t>(ingested.columns.size());
  if (const json::value* rows = test.if_contains("rows");
      rows != nullptr && !accepts_count(*rows, ingested.row_count, false)) {
    return std::to_string(ingested.row_count) + " rows";
  }
  if (const json::value* columns = test.if_contains("columns");
      columns != nullptr && !accepts_count(*columns, count, false)) {
    return std::to_string(count) + " columns";
  }
  if (const json::value* rejected = test.if_contains("rejected");
      rejected != nullptr && !accepts_count(*rejected, ingested.rows_rejected, true)) {
    return std::to_string(ingested.rows_rejected) + " rejects";
  }
  for (const auto& [key, of] :
       {std::pair("headers", &Column::original), std::pair("types", &Column::type)}) {
    const json::value* wanted = test.if_contains(key);
    for (std::size_t i = 0; wanted != nullptr && i < wanted->as_array().size(); ++i) {
      if (i >= ingested.columns.size()) return "a column is missing";
      const std::string& is = ingested.columns[i].*of;
      if (!wanted->at(i).is_null() && !accepts(wanted->at(i), is)) {
        return std::string(key) + ": " + is + " in column " + std::to_string(i + 1);
      }
    }
  }
  return judge_cells(test, read_back(ingested.columns));
}

std::string Cases::judge_silver(const json::object& test, const Ingested& ingested) const {
  const auto& columns = ingested.plan.columns;
  const auto wanted = [&](const char* key) {
    const json::value* value = test.if_contains(key);
    return value == nullptr ? json::array() : value->as_array();
  };
  const json::array names = wanted("silver_columns");
  const json::array types = wanted("silver_types");
  if (std::max(names.size(), types.size()) > columns.size()) return "silver lacks a column";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!accepts(names[i], columns[i].name)) return "silver's column is " + columns[i].name;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!accepts(types[i], plain_type(columns[i].type))) return "silver's type " + columns[i].type;
  }
  if (!test.contains("silver") && !test.contains("silver_rows")) return {};
  std::string list;
  for (const auto& column : columns) {
    list += (list.empty() ? "" : ", ") + std::string("CAST(") + quote_identifier(column.name) +
            " AS VARCHAR)";
  }
  const std::string bronze =
      "read_parquet(" + quote_literal((folder_ / "out.parquet").string()) + ")";
  const Rows rows = ask("SELECT " + list + " FROM (" +
                        lakehouse::medallion::silver_select(ingested.plan, bronze) + ")");
  if (const json::value* count = test.if_contains("silver_rows");
      count != nullptr && !accepts_count(*count, static_cast<std::int64_t>(rows.size()), false)) {
    return std::to_string(rows.size()) + " rows in silver";
  }
  for (const json::value& cell : wanted("silver")) {
    const std::size_t key = cell.at(0).to_number<std::size_t>();
    const auto row = std::ranges::find_if(
        rows, [&](const auto& candidate) { return accepts(cell.at(1), candidate.at(key)); });
    if (row == rows.end()) return "silver lacks a row";
    const Cell& value = row->at(cell.at(2).to_number<std::size_t>());
    if (!accepts(cell.at(3), value)) return "silver's cell is " + value.value_or("NULL");
  }
  return {};
}

std::string Cases::judge(const json::object& test, const Result<Ingested>& result) const {
  const bool must_reject = test.contains("must_reject");
  if (!result) {
    const Error& error = result.error();
    const std::string said = std::string(error.code) + " " + error.detail + " " + error.remedy;
    if (!must_reject && !test.contains("reject_ok")) return "refused: " + said;
    return matches(test, "message_has", said) ? "" : "the refusal says: " + said;
  }
  const bool said =
      test.contains("or_note") && std::ranges::any_of(result->notes, [&](const std::string& note) {
        return matches(test, "or_note", note);
      });
  if (said) return {};
  if (must_reject) return "taken, with " + std::to_string(result->row_count) + " rows";
  std::string wrong = judge_bronze(test, *result);
  return wrong.empty() ? judge_silver(test, *result) : wrong;
}

TEST_F(Cases, KindsThatAreMendedStayRight) {
  const std::optional<fs::path> folder = cases_folder();
  if (!folder) GTEST_SKIP() << "no cases.json: 101 files of the real world are not tried";
  const json::value tests = json::parse(read_file(*folder / "cases.json").value());
  std::map<std::string, std::pair<int, int>> by_kind;
  int right = 0;
  for (const json::value& value : tests.as_array()) {
    const json::object& test = value.as_object();
    const std::string file(test.at("file").as_string());
    const std::string kind(test.at("kind").as_string());
    const Result<Ingested> result = ingest_file(request_for(*folder / "files" / file));
    const std::string wrong = judge(test, result);
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
    ++(wrong.empty() ? by_kind[kind].first : by_kind[kind].second);
    right += wrong.empty() ? 1 : 0;
    if (wrong.empty()) continue;
    std::cout << "wrong: " << kind << " " << file << ": " << wrong << "\n";
    EXPECT_FALSE(mended_kinds.contains(kind)) << file << " (" << kind << "): " << wrong;
  }
  for (const auto& [kind, counts] : by_kind) {
    std::cout << counts.first << " right, " << counts.second << " wrong: " << kind << "\n";
  }
  std::cout << right << " of " << tests.as_array().size() << " are right\n";
}

}  // namespace
}  // namespace sluice::ingest
