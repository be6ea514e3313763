#include "lakehouse/medallion/render_duckdb.h"

#include "dataset/names.h"

namespace sluice::lakehouse::medallion {
namespace {

/// The bronze cell trimmed, NULL for a null token.
std::string cleaned(const SilverColumn& column) {
  const std::string trimmed = "trim(" + quote_identifier(column.source) + ", E' \\t\\r\\n')";
  if (column.null_tokens.empty()) return trimmed;
  std::string tokens;
  for (const std::string& token : column.null_tokens) {
    if (!tokens.empty()) tokens += ", ";
    tokens += quote_literal(token);
  }
  return "CASE WHEN " + trimmed + " IN (" + tokens + ") THEN NULL ELSE " + trimmed + " END";
}

/// The silver cell; NULL where it does not cast, which `misfit` tells from a true NULL.
std::string cell(const SilverColumn& column) {
  switch (column.transform) {
    case Transform::keep:
      return quote_identifier(column.source);
    case Transform::text:
      return cleaned(column);
    case Transform::cast:
      return "TRY_CAST(" + cleaned(column) + " AS " + column.type + ")";
    case Transform::thousands:
      return "TRY_CAST(replace(" + cleaned(column) + ", ',', '') AS " + column.type + ")";
    case Transform::date_format:
      return "CAST(try_strptime(" + cleaned(column) + ", " + quote_literal(column.format) +
             ") AS " + column.type + ")";
  }
  return quote_identifier(column.source);
}

bool can_misfit(const SilverColumn& column) {
  return column.transform != Transform::keep && column.transform != Transform::text;
}

/// True where the row has a cell that is there and does not cast.
std::string misfit(const SilverColumn& column) {
  return "((" + cleaned(column) + ") IS NOT NULL AND (" + cell(column) + ") IS NULL)";
}

std::string any_misfit(const Plan& plan) {
  std::string condition;
  for (const SilverColumn& column : plan.columns) {
    if (!can_misfit(column)) continue;
    if (!condition.empty()) condition += " OR ";
    condition += misfit(column);
  }
  return condition.empty() ? "false" : condition;
}

}  // namespace

std::string silver_select(const Plan& plan, const std::string& relation) {
  std::string list;
  for (const SilverColumn& column : plan.columns) {
    if (!list.empty()) list += ", ";
    list += cell(column) + " AS " + quote_identifier(column.name);
  }
  return std::string("SELECT ") + (plan.remove_duplicates ? "DISTINCT " : "") + list + " FROM " +
         relation + " WHERE NOT (" + any_misfit(plan) + ")";
}

std::string quarantine_select(const Plan& plan, const std::string& relation) {
  std::string column_case = "CASE";
  std::string reason_case = "CASE";
  bool any = false;
  for (const SilverColumn& column : plan.columns) {
    if (!can_misfit(column)) continue;
    any = true;
    const std::string when = " WHEN " + misfit(column) + " THEN ";
    column_case += when + quote_literal(column.source);
    reason_case += when + quote_literal("not a " + column.type);
  }
  if (!any) return "SELECT *, '' AS _column, '' AS _reason FROM " + relation + " WHERE false";
  return "SELECT *, " + column_case + " END AS _column, " + reason_case +
         " END AS _reason FROM " + relation + " WHERE " + any_misfit(plan);
}

std::string quarantine_count(const Plan& plan, const std::string& relation) {
  return "SELECT count(*) FROM " + relation + " WHERE " + any_misfit(plan);
}

}  // namespace sluice::lakehouse::medallion
