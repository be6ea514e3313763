#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "base/error.h"
#include "base/result.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

/// Values, and so columns, that one PIVOT may find.
inline constexpr std::size_t pivot_values_max = 10'000;
/// Of their texts, which are columns' names.
inline constexpr std::size_t pivot_values_bytes_max = std::size_t{1} << 20U;

/// The query that finds a PIVOT's values, as the engine's own does: what its column holds, as text,
/// each once and in order, NULL left out.
struct PivotValuesQuery {
  std::string type;  ///< Of SqlTree::pivot_types.
  /// At most pivot_values_max and one rows. Its parameters have part_parameter_prefix.
  boost::json::value select;
  std::optional<TextPosition> position = {};  ///< Of the column.
};

/// One for each of the tree's types; those come first that others need. `read` gives the tree of a
/// text of ours. Error: `query_not_allowed` where a PIVOT stands in the recursive half of a CTE, or
/// where CTEs of one name stand around it.
Result<std::vector<PivotValuesQuery>> pivot_values_queries(
    const SqlTree& tree, const std::function<Result<SqlTree>(const std::string&)>& read);

}  // namespace sluice::query
