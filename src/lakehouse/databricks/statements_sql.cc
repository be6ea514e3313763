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

std::string replace_table(const TableDefinition& table, const std::string& select) {
  std::string properties;
  for (const auto& [name, value] : table.properties) {
    properties += (properties.empty() ? "" : ", ") + databricks_literal(name) + " = " +
                  databricks_literal(value);
  }
  std::string sql = "CREATE OR REPLACE TABLE " + quoted_name(table.name) + " USING DELTA";
  if (!table.location.empty()) sql += " LOCATION " + databricks_literal(table.location);
  if (!table.comment.empty()) sql += " COMMENT " + databricks_literal(table.comment);
  return sql + " TBLPROPERTIES (" + properties + ") AS " + select;
}

std::string column_comments(const std::string& table, const std::vector<Column>& columns) {
  std::string changes;
  for (const Column& column : columns) {
    if (column.original.empty() || column.original == column.name) continue;
    changes += (changes.empty() ? "" : ", ") + databricks_identifier(column.name) + " COMMENT " +
               databricks_literal(column.original);
  }
  if (changes.empty()) return {};
  return "ALTER TABLE " + quoted_name(table) + " ALTER COLUMN " + changes;
}

std::string script(const std::vector<std::string>& statements) {
  std::string sql = "BEGIN\n";
  for (const std::string& statement : statements) {
    if (!statement.empty()) sql += statement + ";\n";
  }
  return sql + "END";
}

}  // namespace sluice::lakehouse::databricks
