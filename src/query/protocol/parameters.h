#pragma once

#include <duckdb.h>

#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "query/request.h"

namespace sluice::query {

/// From `[1, "a", null]` for `?` and `$1`, or `{"day": "2025-01-31"}` for `$day`. Errors:
/// `query_parameters`: neither, or a value that is itself a list or an object.
Result<std::vector<Parameter>> parameters_from_json(const boost::json::value& value);

/// As it goes to the worker and back.
boost::json::array parameters_to_wire(const std::vector<Parameter>& parameters);
std::vector<Parameter> parameters_from_wire(const boost::json::value& wire);  ///< Throws.

/// Every parameter of the statement gets its value, and every value is used. Error:
/// `query_parameters`, which names what is missing or left over.
Result<void> bind_parameters(duckdb_prepared_statement statement,
                             const std::vector<Parameter>& parameters);
/// In front of the parameters' names in a part of a statement: the engine's interface takes no `$2`
/// where there is no `$1`.
inline constexpr std::string_view part_parameter_prefix = "p";
/// The same for such a part, which need not use all of them.
Result<void> bind_those_used(duckdb_prepared_statement part,
                             const std::vector<Parameter>& parameters);

}  // namespace sluice::query
