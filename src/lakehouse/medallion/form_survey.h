#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/column_survey.h"
#include "lakehouse/medallion/plan_source.h"

namespace sluice::lakehouse::medallion {

/// Looks whether the columns that no candidate fits are written in a form of their own: numbers
/// with marks, symbols and signs, or a pair of words. Sets `form` of the looks, and their counts
/// where there is one. Which type a column gets depends on what others of the file show, so all are
/// asked at once.
///
/// A misfit of each column and the first rows rule out plain text; the rest is read once, and once
/// more by the expression that silver is made with.
///
/// `looks`: with a misfit for each candidate.
Result<void> find_forms(duckdb::Connection& connection, const std::string& relation,
                        const PlanSource& source, const std::vector<ColumnLook*>& looks);

}  // namespace sluice::lakehouse::medallion
