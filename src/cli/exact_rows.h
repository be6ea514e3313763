#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::cli {

/// The cells of a query answer's `rows`, as text for people: strings bare, NULL empty, numbers
/// exactly as the server wrote them (a JSON library would turn 1.10 into a double), nested values
/// as JSON.
Result<std::vector<std::vector<std::string>>> exact_rows(std::string_view body);

}  // namespace sluice::cli
