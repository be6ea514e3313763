#include "ingest/checked_copy.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "dataset/names.h"
#include "ingest/limits.h"
#include "ingest/piecewise.h"

namespace sluice::ingest {
namespace {

/// No cell of a type that can print back is longer; what is cut here cannot become one.
constexpr int reported_cell_characters = 200;

std::string typed_name(std::size_t column) { return "t" + std::to_string(column); }

std::string check(const CopyColumn& column, std::size_t index) {
  return column.guess.check_sql(quote_identifier(column.source), typed_name(index));
}

/// The relation with a cast beside each typed column, computed once and used twice above.
std::string with_casts(const std::string& relation, const std::vector<CopyColumn>& columns) {
  std::string list;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string source = quote_identifier(columns[i].source);
    list += (i == 0 ? "" : ", ") + source;
    if (columns[i].guess.is_text()) continue;
    list += ", TRY_CAST(" + source + " AS " + columns[i].guess.type() + ") AS " + typed_name(i);
  }
  return "SELECT " + list + " FROM " + relation;
}

/// `mark` is random, so that no text of a cell is ever taken for the report of another.
std::string copy_sql(const std::string& relation, const std::vector<CopyColumn>& columns,
                     const std::filesystem::path& output, const std::string& mark) {
  std::string list;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string source = quote_identifier(columns[i].source);
    std::string value = source;
    if (!columns[i].guess.is_text()) {
      value = "CASE WHEN " + check(columns[i], i) + " THEN " + typed_name(i) + " ELSE error('" +
              mark + std::to_string(i) + ":' || left(" + source + ", " +
              std::to_string(reported_cell_characters) + ")) END";
    }
    list += (i == 0 ? "" : ", ") + value + " AS " + quote_identifier(columns[i].name);
  }
  const std::size_t width = std::max(columns.size(), row_group_columns);
  // Whole vectors of 2048 rows, as DuckDB writes them.
  const std::size_t group =
      std::max<std::size_t>(row_group_rows * row_group_columns / width / 2048, 1) * 2048;
  return "COPY (SELECT " + list + " FROM (" + with_casts(relation, columns) + ")) TO " +
         quote_literal(output.string()) +
         " (FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false, ROW_GROUP_SIZE " +
         std::to_string(group) + ")";
}

struct Offender {
  std::size_t column;
  std::string cell;
};

std::optional<Offender> offender_of(const std::string& detail, const std::string& mark,
                                    std::size_t columns) {
  const std::size_t at = detail.find(mark);
  if (at == std::string::npos) return {};
  const char* begin = detail.data() + at + mark.size();
  std::size_t column = 0;
  const auto parsed = std::from_chars(begin, detail.data() + detail.size(), column);
  if (parsed.ec != std::errc() || column >= columns || *parsed.ptr != ':') return {};
  return Offender{column, std::string(parsed.ptr + 1)};
}

/// One pass over the source that finds, for every typed column, a cell that does not print back.
Result<void> settle_all(const Engine& engine, const std::string& relation,
                        std::vector<CopyColumn>& columns) {
  std::string list;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].guess.is_text()) continue;
    list += (asked.empty() ? "" : ", ") + std::string("any_value(left(") +
            quote_identifier(columns[i].source) + ", " + std::to_string(reported_cell_characters) +
            ")) FILTER (WHERE NOT (" + check(columns[i], i) + "))";
    asked.push_back(i);
  }
  if (asked.empty()) return {};
  TRY_ASSIGN(duckdb::QueryResult result,
             engine.query("SELECT " + list + " FROM (" + with_casts(relation, columns) + ")"));
  const auto rows = result.rows_as_text();
  for (std::size_t k = 0; k < asked.size(); ++k) {
    if (rows.at(0)[k]) columns[asked[k]].guess.settle_as_text(*rows.at(0)[k]);
  }
  return {};
}

}  // namespace

Result<std::int64_t> checked_copy(const Engine& engine, const std::string& relation,
                                  std::vector<CopyColumn>& columns,
                                  const std::filesystem::path& output) {
  const std::string mark = "sluice:" + random_hex(8) + ":column:";
  for (int aborts = 0;; ++aborts) {
    if (aborts == copy_aborts_max) TRY(settle_all(engine, relation, columns));
    Result<duckdb::QueryResult> copied = engine.query(copy_sql(relation, columns, output, mark));
    if (copied) return copied->rows_changed();
    const std::optional<Offender> offender =
        offender_of(copied.error().detail, mark, columns.size());
    // After settle_all nothing can be left to object to.
    if (!offender || aborts >= copy_aborts_max) return fail(std::move(copied).error());
    columns[offender->column].guess.reject(offender->cell);
  }
}

}  // namespace sluice::ingest
