#include "lakehouse/medallion/form_survey.h"

#include <algorithm>
#include <bitset>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "lakehouse/medallion/duckdb/strict_cast.h"
#include "lakehouse/medallion/month_date_look.h"
#include "lakehouse/medallion/number_look.h"
#include "lakehouse/medallion/word_pair_look.h"

namespace sluice::lakehouse::medallion {
namespace {

/// As column_survey.cc has it: so many columns at once keep a batch of rows small.
constexpr std::size_t columns_per_scan = 200;
constexpr std::size_t sample_cells = 400'000;
constexpr std::size_t sample_rows_max = 2'000;
/// Of a misfit, for the reason: enough to find it by.
constexpr int misfit_characters = 60;

/// One column, looked at in each way.
struct Forms {
  explicit Forms(ColumnLook* column) : look(column) {
    for (const std::string& word : *look->null_words) {
      if (!word.empty()) word_beginnings.set(static_cast<unsigned char>(word.front()));
    }
  }

  ColumnLook* look;
  NumberLook number;
  WordPairLook word_pair;
  MonthDateLook month_date;
  std::int64_t cells = 0;
  std::int64_t words = 0;
  std::set<std::string> words_seen;
  std::bitset<256> word_beginnings;  ///< First bytes of the words for nothing.

  bool is_over() const { return number.is_over() && word_pair.is_over() && month_date.is_over(); }

  void observe(std::string_view raw) {
    if (is_over()) return;
    const std::string_view cell =
        trimmed(raw, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    if (cell.empty()) return;
    if (word_beginnings[static_cast<unsigned char>(cell.front())] &&
        std::ranges::find(*look->null_words, cell) != look->null_words->end()) {
      ++words;
      words_seen.emplace(cell);
      return;
    }
    ++cells;
    number.observe(cell);
    word_pair.observe(cell);
    month_date.observe(cell);
  }
};

/// A cell at a time, of columns that are still in doubt.
Result<void> observe(duckdb::Connection& connection, const std::string& relation,
                     const std::string& limit, std::vector<Forms>& all) {
  for (std::size_t first = 0; first < all.size(); first += columns_per_scan) {
    const std::size_t end = std::min(first + columns_per_scan, all.size());
    std::string cells;
    for (std::size_t i = first; i < end; ++i) {
      cells += (cells.empty() ? "" : ", ") + quote_identifier(all[i].look->column->name);
    }
    TRY(connection.stream_text(
        "SELECT " + cells + " FROM " + relation + limit,
        [&](std::size_t column, std::string_view cell) { all[first + column].observe(cell); }));
  }
  return {};
}

/// A condition that silver's own expression takes the cell. The digits of decimals were counted:
/// their type has room for all.
std::string fits(const FormVerdict& form) {
  const bool is_decimal = form.type == "BIGINT" || form.type.starts_with("DECIMAL(");
  if (is_decimal && form.transform == Transform::thousands) return plain_number_sql("cell", true);
  if (is_decimal) return formatted_number_sql("cell", form.format);
  return "(" + strict_cast_sql("cell", form.type, form.transform, form.format) + ") IS NOT NULL";
}

/// Of columns that get the same type, and have the same words for nothing, the one whose cells
/// silver's own expression does not take becomes text again.
Result<void> prove(duckdb::Connection& connection, const std::string& relation,
                   const std::vector<ColumnLook*>& looks) {
  const FormVerdict& form = looks.front()->form;
  for (std::size_t first = 0; first < looks.size(); first += columns_per_scan) {
    const std::size_t end = std::min(first + columns_per_scan, looks.size());
    std::string cells;
    std::string numbers;
    for (std::size_t i = first; i < end; ++i) {
      const char* comma = i == first ? "" : ", ";
      cells += comma + quote_identifier(looks[i]->column->name);
      numbers += comma + std::to_string(i);
    }
    std::string words;
    for (const std::string& word : *looks.front()->null_words) words += ", " + quote_literal(word);
    const std::string sql = "SELECT col, left(min(cell), " + std::to_string(misfit_characters) +
                            ") FROM (SELECT col, " + quickly_trimmed_sql("raw") +
                            " AS cell FROM (SELECT unnest([" + numbers + "]) AS col, unnest([" +
                            cells + "]) AS raw FROM " + relation +
                            ") WHERE raw IS NOT NULL) WHERE cell NOT IN (''" + words +
                            ") AND NOT (" + fits(form) + ") GROUP BY col";
    TRY_ASSIGN(duckdb::QueryResult misfits, connection.query(sql));
    for (const auto& row : misfits.rows_as_text()) {
      ColumnLook& look = *looks.at(std::stoul(row.at(0).value_or("0")));
      look.form.is_typed = false;
      look.form.reason = "Text: \"" + row.at(1).value_or("") + "\" is not a " + form.type + ".";
    }
  }
  return {};
}

}  // namespace

Result<void> find_forms(duckdb::Connection& connection, const std::string& relation,
                        const PlanSource& source, const std::vector<ColumnLook*>& looks) {
  std::vector<Forms> all;
  for (ColumnLook* look : looks) {
    // What was no value of a plain type must be one of a form.
    Forms forms(look);
    forms.observe(look->misfits.front());
    if (!forms.is_over()) all.emplace_back(look);
  }
  if (all.empty()) return {};
  const std::size_t rows = std::clamp<std::size_t>(sample_cells / all.size(), 1, sample_rows_max);
  if (!source.has_at_most(rows)) {
    TRY(observe(connection, relation, " LIMIT " + std::to_string(rows), all));
    std::erase_if(all, [](const Forms& forms) { return forms.is_over(); });
    if (all.empty()) return {};
    for (Forms& forms : all) forms = Forms(forms.look);
  }
  TRY(observe(connection, relation, "", all));

  DecimalMarksSeen file;
  for (const Forms& forms : all) forms.number.add_to(file);
  using Form = std::tuple<std::string, Transform, std::string, std::vector<std::string>>;
  std::map<Form, std::vector<ColumnLook*>> by_form;
  for (const Forms& forms : all) {
    if (forms.is_over()) continue;
    ColumnLook& look = *forms.look;
    const bool is_of_numbers = source.of_numbers.contains(look.column->name);
    look.form = forms.number.verdict(source, file, is_of_numbers);
    if (look.form.reason.empty()) look.form = forms.word_pair.verdict();
    if (look.form.reason.empty()) look.form = forms.month_date.verdict();
    if (!look.form.is_typed) continue;
    look.cells = forms.cells;
    look.words = forms.words;
    look.words_seen.assign(forms.words_seen.begin(), forms.words_seen.end());
    by_form[{look.form.type, look.form.transform, look.form.format, *look.null_words}].push_back(
        &look);
  }
  for (const auto& [form, columns] : by_form) TRY(prove(connection, relation, columns));
  return {};
}

}  // namespace sluice::lakehouse::medallion
