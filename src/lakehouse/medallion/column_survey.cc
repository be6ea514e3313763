#include "lakehouse/medallion/column_survey.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/sql_text.h"
#include "lakehouse/medallion/duckdb/strict_cast.h"
#include "lakehouse/medallion/type_candidates.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Columns unpivoted at once: 2,048 rows of so many cells are some 6 MB of references.
constexpr std::size_t columns_per_scan = 200;
/// Of a misfit, for the reason: enough to find it by.
constexpr int misfit_characters = 60;
constexpr std::size_t first_rows = 100;

/// Every candidate's form begins so, after blanks: see strict_cast.cc.
bool begins_as_typed(std::string_view cell) {
  constexpr std::string_view beginnings = "-0123456789tTfF";
  return beginnings.find(cell.front()) != std::string_view::npos;
}

std::string quoted(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ", ";
    out += quote_literal(word);
  }
  return out;
}

/// The lists of words of some columns, and which of them each has.
struct WordLists {
  std::vector<const std::vector<std::string>*> lists;
  std::string own;  ///< By column the number of its list, from 1.

  WordLists(const std::vector<ColumnLook*>& looks, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      const auto found = std::ranges::find_if(
          lists, [&](const auto* list) { return *list == *looks[i]->null_words; });
      own += (i == first ? "" : ", ") + std::to_string(found - lists.begin() + 1);
      if (found == lists.end()) lists.push_back(looks[i]->null_words);
    }
  }

  /// The list of the column `own`, in SQL.
  std::string list() const {
    if (lists.size() == 1) return "[" + quoted(*lists[0]) + "]::VARCHAR[]";
    std::string all;
    for (const auto* list : lists) all += (all.empty() ? "[" : ", [") + quoted(*list) + "]";
    return "([" + all + "]::VARCHAR[][])[own]";
  }

  /// Whether `cell` is a word of its column.
  std::string is_word() const {
    // Of constants the engine makes a join, which is much faster than a list.
    if (lists.size() > 1) return "list_contains(" + list() + ", cell)";
    return lists[0]->empty() ? "false" : "cell IN (" + quoted(*lists[0]) + ")";
  }
};

/// `{col, alive, own, raw}` of every cell of the columns.
std::string unpivoted(const std::string& relation, const std::vector<ColumnLook*>& looks,
                      std::size_t first, std::size_t end, const WordLists& words) {
  std::string cells;
  std::string numbers;
  std::string alive;
  for (std::size_t i = first; i < end; ++i) {
    const char* comma = i == first ? "" : ", ";
    cells += comma + quote_identifier(looks[i]->column->name);
    numbers += comma + std::to_string(i);
    alive += comma + std::to_string(looks[i]->alive);
  }
  return "SELECT unnest([" + numbers + "]) AS col, unnest([" + alive +
         "]::UBIGINT[]) AS alive, unnest([" + words.own + "]) AS own, unnest([" + cells +
         "]) AS raw FROM " + relation;
}

std::string statement(const std::string& relation, const std::vector<ColumnLook*>& looks,
                      std::size_t first, std::size_t end) {
  const WordLists words(looks, first, end);
  std::uint64_t tested = 0;
  for (std::size_t i = first; i < end; ++i) tested |= looks[i]->alive;
  std::string fits;
  std::string sums;
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    const std::string bit = std::to_string(std::uint64_t{1} << i);
    if ((tested & (std::uint64_t{1} << i)) == 0) {
      sums += ", 0, NULL";
      continue;
    }
    const std::string f = "f" + std::to_string(i);
    // CASE is lazy: a column pays only for the candidates that it still has.
    fits += ", CASE WHEN word OR (alive & " + bit + ") = 0 THEN NULL ELSE " +
            fits_sql(candidates()[i], "cell") + " END AS " + f;
    sums += ", count(*) FILTER (" + f + "), left(min(cell) FILTER (NOT " + f + "), " +
            std::to_string(misfit_characters) + ")";
  }
  // Digits before and behind the point, where the cells are plain numbers.
  return "SELECT col, count(*) FILTER (NOT word), count(*) FILTER (word), "
         "coalesce(max((CASE WHEN point = 0 THEN strlen(cell) ELSE point - 1 END) - "
         "starts_with(cell, '-')::INT) FILTER (NOT word), 0), "
         "coalesce(max(CASE WHEN point = 0 THEN 0 ELSE strlen(cell) - point END) "
         "FILTER (NOT word), 0), "
         "string_agg(DISTINCT which, ' ')" +
         sums + " FROM (SELECT col, cell, word, instr(cell, '.') AS point" + fits +
         ", CASE WHEN word THEN CAST(list_position(" + words.list() +
         ", cell) AS VARCHAR) END AS which FROM (SELECT *, " + words.is_word() +
         " AS word FROM (SELECT col, alive, own, " + quickly_trimmed_sql("raw") +
         " AS cell FROM (" + unpivoted(relation, looks, first, end, words) +
         ") WHERE raw IS NOT NULL) WHERE cell <> '')) GROUP BY col";
}

std::int64_t number(const std::optional<std::string>& text) {
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

void take(ColumnLook& look, const std::vector<std::optional<std::string>>& row) {
  look.cells = number(row.at(1));
  look.words = number(row.at(2));
  look.integer_digits = number(row.at(3));
  look.scale = number(row.at(4));
  look.words_seen.clear();
  std::istringstream places(row.at(5).value_or(""));
  for (std::size_t place = 0; places >> place;) {
    look.words_seen.push_back(look.null_words->at(place - 1));
  }
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if ((look.alive & bit) == 0) continue;
    look.fits[i] = number(row.at(6 + 2 * i));
    if (look.fits[i] == look.cells) continue;
    look.alive &= ~bit;
    look.misfits[i] = row.at(7 + 2 * i).value_or("");
  }
}

bool is_word(const ColumnLook& look, const std::string& cell) {
  return std::ranges::find(*look.null_words, cell) != look.null_words->end();
}

/// The smallest of the cells where all are plainly text.
std::optional<std::string> plain_text(
    const std::vector<std::vector<std::optional<std::string>>>& rows, std::size_t column,
    ColumnLook& look) {
  std::optional<std::string> smallest;
  for (const auto& row : rows) {
    const std::optional<std::string>& cell = row.at(column);
    if (!cell || cell->empty() || is_word(look, *cell)) continue;
    if (begins_as_typed(*cell)) return std::nullopt;
    ++look.cells;
    if (!smallest || *cell < *smallest) smallest = cell;
  }
  return smallest;
}

}  // namespace

Result<void> rule_out_plain_text(duckdb::Connection& connection, const std::string& relation,
                                 const std::vector<ColumnLook*>& looks) {
  std::string cells;
  for (const ColumnLook* look : looks) {
    if (!cells.empty()) cells += ", ";
    cells += "left(" + trimmed_sql(quote_identifier(look->column->name)) + ", " +
             std::to_string(misfit_characters) + ")";
  }
  TRY_ASSIGN(duckdb::QueryResult result, connection.query("SELECT " + cells + " FROM " + relation +
                                                          " LIMIT " + std::to_string(first_rows)));
  const auto rows = result.rows_as_text();
  for (std::size_t i = 0; i < looks.size(); ++i) {
    ColumnLook& look = *looks[i];
    const std::optional<std::string> cell = plain_text(rows, i, look);
    if (!cell) continue;
    look.alive = 0;
    look.misfits.assign(look.misfits.size(), *cell);
  }
  return {};
}

Result<void> look_at(duckdb::Connection& connection, const std::string& relation,
                     const std::vector<ColumnLook*>& looks) {
  for (std::size_t first = 0; first < looks.size(); first += columns_per_scan) {
    const std::size_t end = std::min(first + columns_per_scan, looks.size());
    TRY_ASSIGN(duckdb::QueryResult result,
               connection.query(statement(relation, looks, first, end)));
    for (const auto& row : result.rows_as_text()) {
      take(*looks.at(static_cast<std::size_t>(number(row.at(0)))), row);
    }
  }
  return {};
}

}  // namespace sluice::lakehouse::medallion
