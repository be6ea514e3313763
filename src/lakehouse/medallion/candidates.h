#pragma once

#include <string>
#include <vector>

#include "lakehouse/medallion/plan.h"

namespace sluice::lakehouse::medallion {

/// A type that a text column might have in silver.
struct Candidate {
  const char* name;  ///< In words, for reasons: "a whole number".
  /// A condition in DuckDB's SQL over the trimmed cell `{}`; never NULL for a cell that is there.
  const char* fits;
  const char* type;  ///< Empty for numbers, whose type follows from the digits seen.
  Transform transform;
  const char* format;
};

/// In the order of preference: the first that fits every cell wins.
const std::vector<Candidate>& candidates();

/// `fits` with the cell's SQL in place.
std::string condition(const Candidate& candidate, const std::string& cell_sql);

}  // namespace sluice::lakehouse::medallion
