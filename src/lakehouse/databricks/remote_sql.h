#pragma once

#include <string>

#include "base/result.h"
#include "lakehouse/remote_tables.h"

namespace sluice::lakehouse::databricks {

/// DuckDB's type for one of Unity Catalog's (`decimal(9,2)`); VARCHAR for what it has no equal of.
std::string duckdb_type_of(const std::string& type_text);

/// Refuses what has no form as text: columns of shapes on a map. Errors: invalid_argument
/// (`remote_unreadable`), which says what would do.
Result<void> check_readable(const RemoteScan& scan);

/// The SELECT that brings a scan: every cell as text in a form that does not depend on the session,
/// under `c0`, `c1`, …; at most `rows_max + 1` rows. Filters of types whose comparison might differ
/// between the engines are left out: they are asked again here.
std::string remote_select(const RemoteScan& scan, std::int64_t rows_max);

/// The DuckDB expression that makes the typed value of such a text.
std::string value_of_text(const std::string& text_sql, const std::string& duckdb_type);

}  // namespace sluice::lakehouse::databricks
