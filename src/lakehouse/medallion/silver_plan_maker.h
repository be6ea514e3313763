#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

// Read by an engine over users' bytes: in a worker only, as part of an ingest. What it decides is
// stored with the version; versions that are there keep the plan that they have.

/// Words that stand for "nothing" in a column whose other cells are typed. In a text column only
/// those do that the same file uses so in a typed one: NA may be Namibia, None a name. A column of
/// nothing but such words and blanks is NULL throughout.
const std::vector<std::string>& null_words();

/// Decides for each column what silver makes of it, by reading every row of `relation_sql` (a table
/// or `read_parquet('…')`). A text column gets a type only where each of its cells that is not a
/// null token has the type's strict form (strict_cast.h); the reason names a cell that has not.
/// Typed bronze columns are kept.
///
/// A first rows sample rules out most candidates; the whole is read once per 200 columns that are
/// still in doubt. Blocking; uses the connection for its whole duration.
Result<Plan> make_plan(duckdb::Connection& connection, const std::string& relation_sql,
                       const std::vector<Column>& columns);

}  // namespace sluice::lakehouse::medallion
