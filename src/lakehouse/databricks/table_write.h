#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/databricks/unity_catalog.h"

namespace sluice::lakehouse::databricks {

/// How a table comes to hold the rows of a query: the statements for a script, in order.
///
/// Where the table is there with the same columns (names, order and types) its rows are
/// overwritten, and what people gave it stays: tags, masks, grants, comments. The properties, which
/// say what it holds, come last: a try that died before them left a table that does not say so, and
/// is repeated. Else the table is replaced as a whole, with its properties in the same commit.
/// Either way it stays where it is: `table.location` counts for a table that is not there yet.
Result<std::vector<std::string>> table_write(TableDefinition table,
                                             const std::vector<Column>& columns,
                                             const std::string& select,
                                             const std::optional<CatalogTable>& there);

/// Whether the catalog's columns are these, by name, order and type.
Result<bool> has_columns(const CatalogTable& table, const std::vector<Column>& columns);

/// What a refused write is due to, as far as the table that was there says: which columns governed
/// tags hold fast, who owns it.
Error explained(Error error, const std::vector<Column>& columns,
                const std::optional<CatalogTable>& there);

}  // namespace sluice::lakehouse::databricks
