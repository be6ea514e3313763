#pragma once

#include <string>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// strict_cast.h in Databricks' SQL: what counts as a value of a type is the same text by text, and
/// so is the value. `cell_sql` is trimmed text. One thing is laxer: of texts with 16 or 17 digits
/// also those count as DOUBLE that are not the shortest of their value, since how a double prints
/// depends on the runtime. Plans are made on DuckDB, which decides.
std::string databricks_strict_cast(const std::string& cell_sql, const std::string& type,
                                   Transform transform, const std::string& format);

/// Trimmed of blanks, tabs and line ends at both ends.
std::string databricks_trimmed(const std::string& text_sql);

}  // namespace sluice::lakehouse::medallion
