#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lakehouse/databricks/unity_catalog.h"
#include "lakehouse/databricks/warehouse.h"

namespace sluice::lakehouse::databricks {

/// Whether what our principal reads of a bronze table under masks or a row filter is what was
/// loaded, which DATABRICKS_EXEMPT_FROM_MASKS claims and nothing but reading shows. The warehouse
/// compares: of each masked column a sum of hashes, which no order of rows changes, with that of
/// the landed Parquet file, since masks act on tables and not on files; and the number of rows.
/// (Of Databricks' functions: docs.databricks.com/sql/language-manual/functions/xxhash64.html.)

/// Whether there is anything to compare, and whether the landed file is needed for it.
bool is_guarded(const CatalogTable& bronze);
bool has_masks(const CatalogTable& bronze);

/// The statements as one that runs them where the comparison finds no difference, and else answers
/// with what it found, for check_read_back.
struct LoadedBronze {
  std::string select;  ///< By which it was loaded from the landed file.
  std::int64_t rows = 0;
  std::int64_t version = 0;  ///< Its `_batch`.
};
std::string if_read_in_full(const CatalogTable& bronze, const LoadedBronze& loaded,
                            const std::vector<std::string>& statements);

/// What such a statement answered. Errors: permission_denied (`databricks_not_exempt`), which names
/// the columns and the functions; unavailable (`bronze_changed`) where the difference is not
/// theirs.
Result<void> check_read_back(const CatalogTable& bronze, const StatementRows& rows);

/// `databricks_not_exempt` for a table whose row filter lets fewer rows through.
Error rows_are_hidden(const CatalogTable& table, std::int64_t seen, std::int64_t there);

}  // namespace sluice::lakehouse::databricks
