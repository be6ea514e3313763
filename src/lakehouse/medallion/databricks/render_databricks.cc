#include "lakehouse/medallion/databricks/render_databricks.h"

#include "lakehouse/medallion/databricks/databricks_cast.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Of a misfit, for `_reason`: as in DuckDB's dialect.
constexpr const char* misfit_characters = "60";

std::string cleaned(const SilverColumn& column) {
  std::string trimmed = databricks_trimmed(databricks_identifier(column.source));
  if (column.null_tokens.empty()) return trimmed;
  std::string tokens;
  for (const std::string& token : column.null_tokens) {
    tokens += (tokens.empty() ? "" : ", ") + databricks_literal(token);
  }
  return "CASE WHEN " + trimmed + " NOT IN (" + tokens + ") THEN " + trimmed + " END";
}

bool can_misfit(const SilverColumn& column) {
  return column.transform != Transform::keep && column.transform != Transform::text;
}

/// `b0`… the bronze cells, `t0`… cleaned, `s0`… silver's, in three stages, so that the text of a
/// cell's cleaning stands once.
std::string staged(const Plan& plan, const std::string& relation) {
  std::string inner;
  std::string outer = "*";
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const SilverColumn& column = plan.columns[i];
    const std::string n = std::to_string(i);
    inner += (i > 0 ? ", " : "") + databricks_identifier(column.source) + " AS b" + n;
    if (column.transform == Transform::keep) {
      outer += ", b" + n + " AS s" + n;
      continue;
    }
    inner += ", " + cleaned(column) + " AS t" + n;
    outer += ", ";
    outer += can_misfit(column)
                 ? databricks_strict_cast("t" + n, column.type, column.transform, column.format)
                 : "t" + n;
    outer += " AS s" + n;
  }
  return "(SELECT " + outer + " FROM (SELECT " + inner + " FROM " + relation + "))";
}

std::string misfit(std::size_t column) {
  const std::string n = std::to_string(column);
  return "(t" + n + " IS NOT NULL AND s" + n + " IS NULL)";
}

std::string any_misfit(const Plan& plan) {
  std::string list;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (can_misfit(plan.columns[i])) list += (list.empty() ? "" : ", ") + misfit(i);
  }
  return list.empty() ? "false" : "array_contains(array(" + list + "), true)";
}

/// Bronze without what stands twice in it: rows that are alike as they came.
std::string distinct_bronze(const Plan& plan, const std::string& relation) {
  std::string list;
  for (const SilverColumn& column : plan.columns) {
    list += (list.empty() ? "" : ", ") + databricks_identifier(column.source);
  }
  return "(SELECT DISTINCT " + list + " FROM " + relation + ")";
}

}  // namespace

std::string databricks_silver_select(const Plan& plan, const std::string& relation) {
  std::string list;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    list += (i > 0 ? ", s" : "s") + std::to_string(i) + " AS " +
            databricks_identifier(plan.columns[i].name);
  }
  const bool by_bronze = plan.duplicates_by == DuplicatesBy::bronze;
  const bool removes = plan.remove_duplicates;
  return std::string("SELECT ") + (removes && !by_bronze ? "DISTINCT " : "") + list + " FROM " +
         staged(plan, removes && by_bronze ? distinct_bronze(plan, relation) : relation) +
         " WHERE NOT " + any_misfit(plan);
}

std::string databricks_quarantine_select(const Plan& plan, const std::string& relation) {
  std::string list;
  std::string column_case;
  std::string reason_case;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const SilverColumn& column = plan.columns[i];
    const std::string n = std::to_string(i);
    list += "b" + n + " AS " + databricks_identifier(column.source) + ", ";
    if (!can_misfit(column)) continue;
    const std::string when = " WHEN " + misfit(i) + " THEN ";
    column_case += when + databricks_literal(column.source);
    reason_case += when + "concat('\"', left(t" + n + ", " + misfit_characters + "), " +
                   databricks_literal("\" is not a " + column.type) + ")";
  }
  const auto value = [](const std::string& cases) {
    return cases.empty() ? std::string("CAST(NULL AS STRING)") : "CASE" + cases + " END";
  };
  const QuarantineMarks marks = quarantine_marks(plan);
  return "SELECT " + list + value(column_case) + " AS " + databricks_identifier(marks.column) +
         ", " + value(reason_case) + " AS " + databricks_identifier(marks.reason) + " FROM " +
         staged(plan, relation) + " WHERE " + any_misfit(plan);
}

std::string databricks_quarantine_count(const Plan& plan, const std::string& relation) {
  return "SELECT count(*) FROM " + staged(plan, relation) + " WHERE " + any_misfit(plan);
}

}  // namespace sluice::lakehouse::medallion
