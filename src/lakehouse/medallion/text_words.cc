#include "lakehouse/medallion/text_words.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/sql_text.h"
#include "lakehouse/medallion/duckdb/strict_cast.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Up to so many columns each has a scan of its own, which is four times as fast as unpivoting
/// them; of more, binding the scans would take minutes.
constexpr std::size_t columns_apart_max = 20;
/// Columns unpivoted at once, as in column_survey.cc.
constexpr std::size_t columns_per_scan = 200;
/// Rows by which a word's look is judged: fewer where there are many columns.
constexpr std::size_t look_rows_max = 5'000;
constexpr std::size_t look_cells = 400'000;
/// Columns by whose gaps a row is known to have one.
constexpr std::size_t gap_columns_max = 50;
/// Of a cell: longer ones look alike.
constexpr const char* look_characters = "40";

const std::vector<std::string>& words_of(const TextWords& column, const Gaps& gaps) {
  return column.named != nullptr ? *column.named : gaps.words;
}

std::string quoted(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + quote_literal(word);
  return list;
}

/// The words among the cells `raw` of some rows, with `number`. Of most cells no more is looked at
/// than their length and their ends.
std::string words_among(const std::vector<std::string>& words, const std::string& number,
                        const std::string& raw, const std::string& rows) {
  std::size_t bytes_max = 0;
  for (const std::string& word : words) bytes_max = std::max(bytes_max, word.size());
  const std::string cell = trimmed_sql(raw);
  return "SELECT DISTINCT " + number + " AS number, " + cell + " AS word FROM " + rows +
         " WHERE (strlen(" + raw + ") <= " + std::to_string(bytes_max) + " OR " +
         has_blank_end_sql(raw) + ") AND list_contains([" + quoted(words) + "], " + cell +
         ") AND " + cell + " <> ''";
}

std::string each_apart(const std::vector<TextWords*>& columns, const Gaps& gaps,
                       const std::string& relation) {
  std::string all;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    all += (i == 0 ? "" : " UNION ALL ") +
           words_among(words_of(*columns[i], gaps), std::to_string(i),
                       quote_identifier(columns[i]->column->name), relation);
  }
  return all;
}

std::string all_at_once(const std::vector<TextWords*>& columns, const Gaps& gaps,
                        const std::string& relation) {
  std::string numbers;
  std::string cells;
  std::set<std::string> words;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const char* comma = i == 0 ? "" : ", ";
    numbers += comma + std::to_string(i);
    cells += comma + quote_identifier(columns[i]->column->name);
    const std::vector<std::string>& own = words_of(*columns[i], gaps);
    words.insert(own.begin(), own.end());
  }
  return words_among({words.begin(), words.end()}, "number", "raw",
                     "(SELECT unnest([" + numbers + "]) AS number, unnest([" + cells +
                         "]) AS raw FROM " + relation + ")");
}

Result<void> look_for_words(duckdb::Connection& connection, const std::string& relation,
                            const Gaps& gaps, const std::vector<TextWords*>& columns) {
  const std::string sql = columns.size() <= columns_apart_max
                              ? each_apart(columns, gaps, relation)
                              : all_at_once(columns, gaps, relation);
  TRY_ASSIGN(duckdb::QueryResult found, connection.query(sql + " ORDER BY ALL"));
  for (const auto& row : found.rows_as_text()) {
    TextWords& column = *columns.at(std::stoul(row.at(0).value_or("0")));
    const std::string word = row.at(1).value_or("");
    const std::vector<std::string>& own = words_of(column, gaps);
    if (std::ranges::find(own, word) != own.end()) column.seen.push_back(word);
  }
  return {};
}

/// How often a word comes in a column, and in rows with a gap.
struct Times {
  std::size_t all = 0;
  std::size_t with_gap = 0;
};

/// Three times as often as by chance, and no single case.
bool comes_with_gaps(const Times& word, const Times& rows) {
  return word.with_gap >= 2 && word.with_gap * rows.all >= 3 * word.all * rows.with_gap;
}

/// True in rows with a gap.
std::string has_gap_sql(const Gaps& gaps) {
  std::string cells;
  for (std::size_t i = 0; i < std::min(gaps.columns.size(), gap_columns_max); ++i) {
    cells += (i == 0 ? "" : ", ") + trimmed_sql(quote_identifier(gaps.columns[i]->name));
  }
  return "list_has_any([" + cells + "]::VARCHAR[], [" + quoted(gaps.words) + "]::VARCHAR[])";
}

Result<void> look_around(duckdb::Connection& connection, const std::string& relation,
                         const Gaps& gaps, const std::vector<TextWords*>& columns) {
  std::string cells = has_gap_sql(gaps);
  for (const TextWords* column : columns) {
    cells += ", left(" + trimmed_sql(quote_identifier(column->column->name)) + ", " +
             look_characters + ")";
  }
  const std::size_t count = std::clamp<std::size_t>(look_cells / columns.size(), 1, look_rows_max);
  TRY_ASSIGN(duckdb::QueryResult first, connection.query("SELECT " + cells + " FROM " + relation +
                                                         " LIMIT " + std::to_string(count)));
  Times rows;
  std::vector<std::map<std::string, Times>> times(columns.size());
  for (const auto& row : first.rows_as_text()) {
    const std::size_t gap = row.at(0) == "true" ? 1 : 0;
    ++rows.all;
    rows.with_gap += gap;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::optional<std::string>& cell = row.at(i + 1);
      if (!cell || cell->empty()) continue;
      if (std::ranges::find(gaps.words, *cell) == gaps.words.end()) {
        columns[i]->look.observe(*cell);
        continue;
      }
      ++times[i][*cell].all;
      times[i][*cell].with_gap += gap;
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const auto& [word, of_word] : times[i]) {
      if (comes_with_gaps(of_word, rows)) columns[i]->come_with_gaps.insert(word);
    }
  }
  return {};
}

}  // namespace

Result<void> look_for_words(duckdb::Connection& connection, const std::string& relation,
                            const Gaps& gaps, std::vector<TextWords>& columns) {
  std::vector<TextWords*> asked;
  for (TextWords& column : columns) {
    if (!words_of(column, gaps).empty()) asked.push_back(&column);
  }
  for (auto first = asked.begin(); first != asked.end();) {
    const auto end = std::next(
        first, std::min<std::ptrdiff_t>(columns_per_scan, std::distance(first, asked.end())));
    std::vector<TextWords*> some(first, end);
    TRY(look_for_words(connection, relation, gaps, some));
    std::erase_if(some, [](const TextWords* column) {
      return column->seen.empty() || column->named != nullptr;
    });
    if (!some.empty()) TRY(look_around(connection, relation, gaps, some));
    first = end;
  }
  return {};
}

}  // namespace sluice::lakehouse::medallion
