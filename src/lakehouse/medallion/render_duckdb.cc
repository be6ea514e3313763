#include "lakehouse/medallion/render_duckdb.h"

#include <set>

#include "dataset/names.h"
#include "lakehouse/medallion/strict_cast.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Of a misfit, for `_reason`: enough to find it by.
constexpr const char* misfit_characters = "60";

/// The bronze cell trimmed, NULL for a null token.
std::string cleaned(const SilverColumn& column) {
  std::string trimmed = trimmed_sql(quote_identifier(column.source));
  if (column.null_tokens.empty()) return trimmed;
  std::string tokens;
  for (const std::string& token : column.null_tokens) {
    if (!tokens.empty()) tokens += ", ";
    tokens += quote_literal(token);
  }
  return "CASE WHEN " + trimmed + " NOT IN (" + tokens + ") THEN " + trimmed + " END";
}

bool can_misfit(const SilverColumn& column) {
  return column.transform != Transform::keep && column.transform != Transform::text;
}

/// Bronze's rows in three stages: `b0`… the bronze cells, `t0`… cleaned, `s0`… silver's, NULL where
/// a cell does not cast. Stages, because one flat SELECT of thousands of columns takes DuckDB's
/// optimizer minutes.
std::string staged(const Plan& plan, const std::string& relation) {
  std::string inner;
  std::string outer = "*";
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const SilverColumn& column = plan.columns[i];
    const std::string n = std::to_string(i);
    if (i > 0) inner += ", ";
    inner += quote_identifier(column.source) + " AS b" + n;
    if (column.transform == Transform::keep) {
      outer += ", b" + n + " AS s" + n;
      continue;
    }
    inner += ", " + cleaned(column) + " AS t" + n;
    outer += ", ";
    outer += can_misfit(column)
                 ? strict_cast_sql("t" + n, column.type, column.transform, column.format)
                 : "t" + n;
    outer += " AS s" + n;
  }
  return "(SELECT " + outer + " FROM (SELECT " + inner + " FROM " + relation + "))";
}

/// True where the staged row has a cell that is there and does not cast.
std::string misfit(std::size_t column) {
  const std::string n = std::to_string(column);
  return "(t" + n + " IS NOT NULL AND s" + n + " IS NULL)";
}

/// A list rather than ORs, which the optimizer takes apart and moves one by one.
std::string any_misfit(const Plan& plan) {
  std::string list;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (!can_misfit(plan.columns[i])) continue;
    list += (list.empty() ? "" : ", ") + misfit(i);
  }
  return list.empty() ? "false" : "list_contains([" + list + "], true)";
}

}  // namespace

std::string silver_select(const Plan& plan, const std::string& relation) {
  std::string list;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (i > 0) list += ", ";
    list += "s" + std::to_string(i) + " AS " + quote_identifier(plan.columns[i].name);
  }
  return std::string("SELECT ") + (plan.remove_duplicates ? "DISTINCT " : "") + list + " FROM " +
         staged(plan, relation) + " WHERE NOT " + any_misfit(plan);
}

QuarantineMarks quarantine_marks(const Plan& plan) {
  std::set<std::string> taken;
  for (const SilverColumn& column : plan.columns) taken.insert(lowered(column.source));
  const auto unique = [&](const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; taken.contains(name); ++n) name = wanted + "_" + std::to_string(n);
    return name;
  };
  return {unique("_column"), unique("_reason")};
}

std::string quarantine_select(const Plan& plan, const std::string& relation) {
  std::string list;
  std::string column_case;
  std::string reason_case;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const SilverColumn& column = plan.columns[i];
    const std::string n = std::to_string(i);
    list += "b" + n + " AS " + quote_identifier(column.source) + ", ";
    if (!can_misfit(column)) continue;
    const std::string when = " WHEN " + misfit(i) + " THEN ";
    column_case += when + quote_literal(column.source);
    reason_case += when + "'\"' || left(t" + n + ", " + misfit_characters + ") || " +
                   quote_literal("\" is not a " + column.type);
  }
  const auto value = [](const std::string& cases) {
    return cases.empty() ? std::string("CAST(NULL AS VARCHAR)") : "CASE" + cases + " END";
  };
  const QuarantineMarks marks = quarantine_marks(plan);
  return "SELECT " + list + value(column_case) + " AS " + quote_identifier(marks.column) + ", " +
         value(reason_case) + " AS " + quote_identifier(marks.reason) + " FROM " +
         staged(plan, relation) + " WHERE " + any_misfit(plan);
}

std::string quarantine_count(const Plan& plan, const std::string& relation) {
  return "SELECT count(*) FROM " + staged(plan, relation) + " WHERE " + any_misfit(plan);
}

}  // namespace sluice::lakehouse::medallion
