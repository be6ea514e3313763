#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace sluice::lakehouse::medallion {

/// `` `name` ``, inner backticks doubled
/// (docs.databricks.com/sql/language-manual/sql-ref-identifiers.html).
std::string databricks_identifier(std::string_view name);
/// `'text'` with backslash escapes: what `''` means there depends on the runtime
/// (docs.databricks.com/sql/language-manual/data-types/string-type.html).
std::string databricks_literal(std::string_view text);
/// The literal of a Java regular expression that the whole of a text must match.
std::string databricks_whole_match(std::string_view form);

/// The Databricks type of a DuckDB type: `TIMESTAMP` → `TIMESTAMP_NTZ`, `STRUCT("a b" BIGINT)[]` →
/// ``ARRAY<STRUCT<`a b`: BIGINT>>``. `unprocessable` (`delta_type`) where there is none.
Result<std::string> databricks_type(const Column& column);

/// A Parquet file as a relation.
std::string databricks_parquet(std::string_view path);
/// Bronze's rows from the landed file: each column by name, as the type of its bronze column, and
/// `_batch`, the version.
Result<std::string> bronze_select(const std::vector<Column>& columns, const std::string& relation,
                                  std::int64_t version);

}  // namespace sluice::lakehouse::medallion
