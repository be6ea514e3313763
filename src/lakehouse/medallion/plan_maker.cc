#include "lakehouse/medallion/plan_maker.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>

#include "dataset/names.h"
#include "lakehouse/medallion/candidates.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Rows that rule out most candidates of most text columns before the whole is read.
constexpr int sample_rows = 2'000;
/// Columns looked at in one statement: some 30 aggregates each, and DuckDB plans thousands slowly.
constexpr std::size_t columns_per_scan = 8;
/// DuckDB's and Delta's widest DECIMAL.
constexpr std::int64_t decimal_digits_max = 38;
/// Every whole number of so many digits fits a BIGINT.
constexpr std::int64_t bigint_digits = 18;

/// What is known of one text column, and which candidates are still possible.
struct Look {
  const Column* column = nullptr;
  std::vector<bool> alive;                        ///< By candidate.
  std::vector<std::string> misfits;               ///< By candidate: a cell that does not fit.
  std::int64_t cells = 0;                         ///< Not blank, not a null word.
  std::int64_t words = 0;                         ///< Null words.
  std::vector<std::string> words_seen;
  std::int64_t integer_digits = 0;                ///< Most digits before the point, of numbers.
  std::int64_t scale = 0;                         ///< Most digits behind it.
};

std::string quoted_words() {
  std::string out;
  for (const std::string& word : null_words()) {
    if (!out.empty()) out += ", ";
    out += quote_literal(word);
  }
  return out;
}

std::string trimmed(const Column& column) {
  return "trim(" + quote_identifier(column.name) + ", E' \\t\\r\\n')";
}

/// The aggregates of one column, in the order in which `read_look` takes them.
std::string aggregates(const Look& look) {
  const std::string cell = trimmed(*look.column);
  const std::string is_word = cell + " IN (" + quoted_words() + ")";
  const std::string is_cell = "(" + cell + " <> '' AND NOT " + is_word + ")";
  const std::string digits = "regexp_replace(" + cell + ", '[-,]', '', 'g')";
  std::string out = "count(*) FILTER (" + is_cell + "), count(*) FILTER (" + is_word + "), " +
                    "coalesce(max(length(split_part(" + digits + ", '.', 1))) FILTER (" + is_cell +
                    "), 0), coalesce(max(length(split_part(" + digits + ", '.', 2))) FILTER (" +
                    is_cell + "), 0), string_agg(DISTINCT " + cell + ", ' ') FILTER (" + is_word +
                    ")";
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    if (!look.alive[i]) continue;
    const std::string misfit =
        " FILTER (" + is_cell + " AND NOT (" + condition(candidates()[i], cell) + "))";
    out += ", count(*)" + misfit + ", left(any_value(" + cell + ")" + misfit + ", 60)";
  }
  return out;
}

std::int64_t number(const std::optional<std::string>& text) {
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

void read_look(Look& look, const std::vector<std::optional<std::string>>& row, std::size_t& at) {
  look.cells = number(row[at++]);
  look.words = number(row[at++]);
  look.integer_digits = number(row[at++]);
  look.scale = number(row[at++]);
  std::istringstream words(row[at++].value_or(""));
  look.words_seen.assign(std::istream_iterator<std::string>(words), {});
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    if (!look.alive[i]) continue;
    const std::int64_t misfits = number(row[at++]);
    const std::optional<std::string>& cell = row[at++];
    if (misfits == 0) continue;
    look.alive[i] = false;
    look.misfits[i] = cell.value_or("");
  }
}

/// Looks at all columns over a relation, a group of columns at a time.
Result<void> look_at(duckdb::Connection& connection, const std::string& relation,
                     std::vector<Look>& looks) {
  for (std::size_t first = 0; first < looks.size(); first += columns_per_scan) {
    const std::size_t end = std::min(first + columns_per_scan, looks.size());
    std::string list;
    for (std::size_t i = first; i < end; ++i) {
      if (!list.empty()) list += ", ";
      list += aggregates(looks[i]);
    }
    TRY_ASSIGN(duckdb::QueryResult result,
               connection.query("SELECT " + list + " FROM " + relation));
    const auto rows = result.rows_as_text();
    std::size_t at = 0;
    for (std::size_t i = first; i < end; ++i) read_look(looks[i], rows.at(0), at);
  }
  return {};
}

/// BIGINT or DECIMAL by the digits seen; empty where they are too many.
std::string number_type(const Look& look) {
  if (look.scale == 0 && look.integer_digits <= bigint_digits) return "BIGINT";
  const std::int64_t precision = look.integer_digits + look.scale;
  if (precision > decimal_digits_max) return "";
  return "DECIMAL(" + std::to_string(precision) + "," + std::to_string(look.scale) + ")";
}

bool fits_both_day_and_month(const Look& look) {
  bool day_first = false;
  bool month_first = false;
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    const std::string format = candidates()[i].format;
    day_first = day_first || (format == "%d/%m/%Y" && look.alive[i]);
    month_first = month_first || (format == "%m/%d/%Y" && look.alive[i]);
  }
  return day_first && month_first;
}

SilverColumn as_text(const Look& look) {
  SilverColumn out;
  out.transform = Transform::text;
  out.type = "VARCHAR";
  out.null_tokens = {""};
  if (look.cells == 0) {
    out.reason = "No cell that is neither blank nor a null word.";
    out.null_tokens.insert(out.null_tokens.end(), null_words().begin(), null_words().end());
  } else if (fits_both_day_and_month(look)) {
    out.reason = "Dates whose day and month cannot be told apart stay text.";
  } else {
    // The number's misfit says most: it is what people expect of a column that stays text.
    const std::string& cell = look.misfits[1];
    out.reason = cell.empty() ? "More digits than a DECIMAL holds." : "Text: \"" + cell + "\" is not a number.";
  }
  return out;
}

SilverColumn decide(const Look& look) {
  if (look.cells == 0) return as_text(look);
  const bool ambiguous = fits_both_day_and_month(look);
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    const Candidate& candidate = candidates()[i];
    if (!look.alive[i]) continue;
    const std::string format = candidate.format;
    if (ambiguous && (format == "%d/%m/%Y" || format == "%m/%d/%Y")) continue;
    SilverColumn out;
    out.type = *candidate.type == '\0' ? number_type(look) : candidate.type;
    if (out.type.empty()) continue;
    out.transform = candidate.transform;
    out.format = format;
    out.null_tokens = {""};
    out.reason = std::string("Each cell is ") + candidate.name + ".";
    if (look.words > 0) {
      out.null_tokens.insert(out.null_tokens.end(), null_words().begin(), null_words().end());
      out.reason += " " + std::to_string(look.words) + " null words became NULL.";
    }
    return out;
  }
  return as_text(look);
}

}  // namespace

const std::vector<std::string>& null_words() {
  static const std::vector<std::string> words = {"NA",   "N/A",  "n/a", "NULL", "null",
                                                 "None", "NaN", "nan", "#N/A", "-"};
  return words;
}

Result<Plan> make_plan(duckdb::Connection& connection, const std::string& relation_sql,
                       const std::vector<Column>& columns) {
  std::vector<Look> looks;
  for (const Column& column : columns) {
    if (column.type != "VARCHAR") continue;
    Look& look = looks.emplace_back();
    look.column = &column;
    look.alive.assign(candidates().size(), true);
    look.misfits.resize(candidates().size());
  }
  TRY(look_at(connection,
              "(SELECT * FROM " + relation_sql + " LIMIT " + std::to_string(sample_rows) + ")",
              looks));
  TRY(look_at(connection, relation_sql, looks));

  std::vector<std::string> headers;
  for (const Column& column : columns) {
    headers.push_back(column.original.empty() ? column.name : column.original);
  }
  const std::vector<std::string> names = silver_column_names(headers);
  // A word that stands for nothing in a typed column is how this file writes it: it does so in text as well.
  std::set<std::string> words_of_file;
  for (const Look& look : looks) {
    if (decide(look).transform == Transform::text) continue;
    words_of_file.insert(look.words_seen.begin(), look.words_seen.end());
  }
  Plan plan;
  std::size_t next_look = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    SilverColumn made;
    if (columns[i].type == "VARCHAR") {
      made = decide(looks[next_look++]);
      if (made.transform == Transform::text && made.null_tokens.size() == 1) {
        made.null_tokens.insert(made.null_tokens.end(), words_of_file.begin(), words_of_file.end());
      }
    } else {
      made.type = columns[i].type;
      made.reason = "Typed in bronze already.";
    }
    made.source = columns[i].name;
    made.name = names[i];
    plan.columns.push_back(std::move(made));
  }
  return plan;
}

}  // namespace sluice::lakehouse::medallion
