#include "lakehouse/medallion/silver_columns.h"

#include "lakehouse/medallion/duckdb/render_duckdb.h"

namespace sluice::lakehouse::medallion {

std::vector<Column> silver_columns(const std::vector<Column>& bronze, const Plan& plan) {
  std::vector<Column> columns;
  for (const SilverColumn& made : plan.columns) {
    Column column{made.name, made.source, made.type, made.reason};
    for (const Column& source : bronze) {
      if (source.name == made.source && !source.original.empty()) column.original = source.original;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<Column> quarantine_columns(const std::vector<Column>& bronze, const Plan& plan) {
  std::vector<Column> columns;
  for (const SilverColumn& made : plan.columns) {
    for (const Column& source : bronze) {
      if (source.name == made.source) columns.push_back(source);
    }
  }
  const QuarantineMarks marks = quarantine_marks(plan);
  columns.push_back({marks.column, marks.column, "VARCHAR", ""});
  columns.push_back({marks.reason, marks.reason, "VARCHAR", ""});
  return columns;
}

}  // namespace sluice::lakehouse::medallion
