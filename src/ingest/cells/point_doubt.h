#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::ingest {

/// Notes on columns whose numbers all read like `1.250`, in a file of which another column has
/// decimal commas: their point may divide thousands, and nothing in the column tells. One for each;
/// none where `plan` knows of no decimal comma. `relation`: bronze. Errors: DuckDB's.
Result<std::vector<std::string>> point_doubts(duckdb::Connection& connection,
                                              const std::string& relation,
                                              const std::vector<Column>& columns,
                                              const lakehouse::medallion::Plan& plan);

}  // namespace sluice::ingest
