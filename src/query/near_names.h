#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// Pure; for hints in errors.

/// The names that are like `wanted`, the nearest first and at most three; those that are too far
/// from it (half of its letters are others) are none.
std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names);

/// `Did you mean "a" or "b"?`; where nothing is near, what there is.
std::string names_near(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace sluice::query
