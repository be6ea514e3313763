#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/plan_source.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

// Read by an engine over users' bytes: in a worker only, as part of an ingest. What it decides is
// stored with the version; versions that are there keep the plan that they have.

/// Decides for each column what silver makes of it, by reading every row of `relation_sql` (a table
/// or `read_parquet('…')`). A text column gets a type only where each of its cells that is not a
/// null token has the type's strict form (strict_cast.h); the reason names a cell that has not.
/// Typed bronze columns are kept. `source` says what cells do not: without it a comma is one of
/// thousands wherever it can be.
///
/// Words for nothing (dataset/null_words.h) count in columns whose other cells are typed. In a text
/// column those do that the same file uses so in a typed one, where they stand out from the other
/// cells (word_look.h); a column of nothing but such words and blanks is NULL throughout. Where
/// `source` has a list of the user's, it holds instead.
///
/// A first rows sample rules out most candidates; the whole is read once per 200 columns that are
/// still in doubt. Blocking; uses the connection for its whole duration.
Result<Plan> make_plan(duckdb::Connection& connection, const std::string& relation_sql,
                       const std::vector<Column>& columns, const PlanSource& source = {});

}  // namespace sluice::lakehouse::medallion
