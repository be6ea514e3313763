#include "ingest/cells/point_doubt.h"

#include <algorithm>

#include "base/sql_text.h"
#include "ingest/cells/type_guess.h"
#include "lakehouse/medallion/number_format.h"

namespace sluice::ingest {
namespace {

using lakehouse::medallion::number_format_of;
using lakehouse::medallion::SilverColumn;
using lakehouse::medallion::Transform;

/// 12,34 and 1.234,50; of whole numbers in groups the mark was never seen.
bool has_decimal_commas(const SilverColumn& column) {
  if (column.transform != Transform::number_format || !column.type.starts_with("DECIMAL"))
    return false;
  const auto format = number_format_of(column.format);
  return format && format->decimal_mark == ',';
}

}  // namespace

Result<std::vector<std::string>> point_doubts(duckdb::Connection& connection,
                                              const std::string& relation,
                                              const std::vector<Column>& columns,
                                              const lakehouse::medallion::Plan& plan) {
  std::vector<std::string> notes;
  if (std::ranges::none_of(plan.columns, has_decimal_commas)) return notes;
  for (const Column& column : columns) {
    // Each cell prints back, so that all have as many decimals as the type.
    if (!column.type.starts_with("DECIMAL(") || !column.type.ends_with(",3)")) continue;
    const std::string name = quote_identifier(column.name);
    TRY_ASSIGN(duckdb::QueryResult found,
               connection.query("SELECT CAST(min(" + name + ") AS VARCHAR), count(*) FILTER (abs(" +
                                name + ") NOT BETWEEN 1 AND 999.999) FROM " + relation));
    const auto row = found.rows_as_text().at(0);
    if (!row.at(0) || row.at(1) != "0") continue;
    notes.push_back("Column " + shown(column.original) + ": the point of " + shown(*row.at(0)) +
                    " is read as a decimal mark, which is a guess: other columns have decimal "
                    "commas. {\"decimal_mark\": \",\"} makes it one of thousands.");
  }
  return notes;
}

}  // namespace sluice::ingest
