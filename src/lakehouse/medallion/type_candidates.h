#pragma once

#include <string>
#include <vector>

#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse::medallion {

/// A type that a text column might have in silver.
struct Candidate {
  const char* name;  ///< In words, for reasons: "a whole number".
  const char* type;  ///< Empty for decimals, whose type follows from the digits seen.
  Transform transform;
  const char* format;        ///< With date_format.
  const char* rival_format;  ///< The format that must not fit as well, or the column is ambiguous.
};

/// In the order of preference: the first that fits every cell wins.
const std::vector<Candidate>& candidates();

/// A condition in DuckDB's SQL over a trimmed cell that is there; never NULL.
std::string fits_sql(const Candidate& candidate, const std::string& cell_sql);

}  // namespace sluice::lakehouse::medallion
