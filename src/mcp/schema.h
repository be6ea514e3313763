#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace sluice::mcp {

/// Checks `value` against the part of JSON Schema that our tools use: type (one or a list),
/// properties, required, additionalProperties: false, items, enum, minimum, maximum, minLength,
/// maxLength. Other keywords are ignored. Returns what is wrong, with the place: `limit: must be an
/// integer`.
std::optional<std::string> schema_problem(const boost::json::object& schema,
                                          const boost::json::value& value,
                                          const std::string& place = {});

}  // namespace sluice::mcp
