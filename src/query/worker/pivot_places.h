#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::query {

/// PIVOTs without named values in one statement; each is a query of its own.
inline constexpr std::size_t pivots_max = 16;

/// Where the columns behind `PIVOT … ON` end that have no `IN (…)`: the values' names can be put
/// there. In the order of the text, each once, at most pivots_max and one. Pure. A guess by words
/// (sql_tokens.h), to be proved by parsing.
std::vector<std::size_t> pivot_places(std::string_view sql);

}  // namespace sluice::query
