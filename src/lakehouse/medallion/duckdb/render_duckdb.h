#pragma once

#include <string>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// The SELECT that gives silver's rows from `relation` (bronze's columns by name): casts, nulls,
/// rows with a cell that does not cast left out, duplicates once. A FROM-able name or table
/// function.
std::string silver_select(const Plan& plan, const std::string& relation);

/// The whole bronze rows that silver leaves out, with `_column` and `_reason` of the first cell
/// that does not cast (named as `quarantine_marks` says).
std::string quarantine_select(const Plan& plan, const std::string& relation);

/// The names of the two columns that quarantine adds: `_column` and `_reason`, or a number behind
/// where bronze has a column of that name.
struct QuarantineMarks {
  std::string column;
  std::string reason;
};
QuarantineMarks quarantine_marks(const Plan& plan);

/// The number of rows that silver leaves out.
std::string quarantine_count(const Plan& plan, const std::string& relation);

}  // namespace sluice::lakehouse::medallion
