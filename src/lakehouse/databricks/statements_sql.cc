#include "lakehouse/databricks/statements_sql.h"

#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {

using medallion::databricks_identifier;
using medallion::databricks_literal;

std::string quoted_name(const std::string& full_name) {
  std::string quoted;
  std::size_t begin = 0;
  while (begin <= full_name.size()) {
    const std::size_t end = std::min(full_name.find('.', begin), full_name.size());
    if (begin > 0) quoted += '.';
    quoted += databricks_identifier(full_name.substr(begin, end - begin));
    begin = end + 1;
  }
  return quoted;
}

namespace {

std::string property_list(const std::map<std::string, std::string>& properties) {
  std::string list;
  for (const auto& [name, value] : properties) {
    list +=
        (list.empty() ? "" : ", ") + databricks_literal(name) + " = " + databricks_literal(value);
  }
  return "TBLPROPERTIES (" + list + ")";
}

}  // namespace

std::string replace_table(const TableDefinition& table, const std::string& select) {
  std::string sql = "CREATE OR REPLACE TABLE " + quoted_name(table.name) + " USING DELTA";
  if (!table.location.empty()) sql += " LOCATION " + databricks_literal(table.location);
  if (!table.comment.empty()) sql += " COMMENT " + databricks_literal(table.comment);
  return sql + " " + property_list(table.properties) + " AS " + select;
}

std::string overwrite_table(const std::string& table, const std::string& select) {
  return "INSERT OVERWRITE " + quoted_name(table) + " BY NAME " + select;
}

std::string set_properties(const std::string& table,
                           const std::map<std::string, std::string>& properties) {
  return "ALTER TABLE " + quoted_name(table) + " SET " + property_list(properties);
}

std::string alter_columns(const std::string& table, const std::string& changes) {
  return "ALTER TABLE " + quoted_name(table) + " ALTER COLUMN " + changes;
}

std::string column_comment(const std::string& column, const std::string& comment) {
  return databricks_identifier(column) + " COMMENT " + databricks_literal(comment);
}

std::string column_comments(const std::string& table, const std::vector<Column>& columns) {
  std::string changes;
  for (const Column& column : columns) {
    if (column.original.empty() || column.original == column.name) continue;
    changes += (changes.empty() ? "" : ", ") + column_comment(column.name, column.original);
  }
  return changes.empty() ? "" : alter_columns(table, changes);
}

std::string script(const std::vector<std::string>& statements) {
  std::string sql = "BEGIN\n";
  for (const std::string& statement : statements) {
    if (!statement.empty()) sql += statement + ";\n";
  }
  return sql + "END";
}

}  // namespace sluice::lakehouse::databricks
