#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace sluice::lakehouse::databricks {

/// A table to be made anew from a query.
struct TableDefinition {
  std::string name;      ///< Three parts, unquoted: `catalog.bronze.orders`.
  std::string location;  ///< Of an external table; empty: managed.
  std::string comment;
  std::map<std::string, std::string> properties;
};

/// `CREATE OR REPLACE TABLE … AS`: one commit, with the properties in it
/// (docs.databricks.com/sql/language-manual/sql-ref-syntax-ddl-create-table-using.html).
std::string replace_table(const TableDefinition& table, const std::string& select);

/// `INSERT OVERWRITE … BY NAME`: all rows anew, in one commit; the table itself stays as it is.
std::string overwrite_table(const std::string& table, const std::string& select);
/// Adds table properties, or changes their values.
std::string set_properties(const std::string& table,
                           const std::map<std::string, std::string>& properties);

/// `ALTER TABLE … ALTER COLUMN` with such changes, separated by commas.
std::string alter_columns(const std::string& table, const std::string& changes);
std::string column_comment(const std::string& column, const std::string& comment);
/// Comments that keep the original header of each column whose name differs from it; empty where
/// none does. A statement of its own: a CREATE … AS SELECT takes no column comments.
std::string column_comments(const std::string& table, const std::vector<Column>& columns);

/// Several statements as one submission, which answers with the rows of the last.
std::string script(const std::vector<std::string>& statements);

/// `` `catalog`.`schema`.`table` `` of a name of three parts.
std::string quoted_name(const std::string& full_name);

}  // namespace sluice::lakehouse::databricks
