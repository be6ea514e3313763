#include "mcp/schema.h"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "mcp/wire.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

bool is_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  // JSON Schema: 1.0 is an integer too, and some clients send it so.
  if (type == "integer") {
    return value.is_int64() || value.is_uint64() ||
           (value.is_double() && std::trunc(value.get_double()) == value.get_double());
  }
  return true;
}

std::string at(const std::string& place, const std::string& problem) {
  return (place.empty() ? std::string("arguments") : place) + ": " + problem;
}

std::optional<std::string> type_problem(const json::object& schema, const json::value& value,
                                        const std::string& place) {
  const json::value* type = schema.if_contains("type");
  if (type == nullptr) return std::nullopt;
  if (const json::string* one = type->if_string()) {
    if (is_type(value, *one)) return std::nullopt;
    return at(place, "must be of type " + std::string(*one));
  }
  const json::array* many = type->if_array();
  if (many == nullptr || std::any_of(many->begin(), many->end(), [&](const json::value& one) {
        return one.is_string() && is_type(value, one.get_string());
      })) {
    return std::nullopt;
  }
  return at(place, "must be of one of the types " + json::serialize(*many));
}

std::optional<std::string> object_problem(const json::object& schema, const json::object& object,
                                          const std::string& place) {
  if (const json::value* required = schema.if_contains("required");
      required && required->is_array()) {
    for (const json::value& name : required->get_array()) {
      if (name.is_string() && !object.contains(name.get_string())) {
        return at(place, "\"" + std::string(name.get_string()) + "\" is missing");
      }
    }
  }
  const json::object* properties = object_at(schema, "properties");
  const json::value* more = schema.if_contains("additionalProperties");
  const bool closed = more != nullptr && more->is_bool() && !more->get_bool();
  for (const auto& member : object) {
    const std::string name(member.key());
    const json::object* inner = properties == nullptr ? nullptr : object_at(*properties, name);
    if (inner == nullptr) {
      if (closed) return at(place, "\"" + name + "\" is not known");
      continue;
    }
    if (auto problem =
            schema_problem(*inner, member.value(), place.empty() ? name : place + "." + name)) {
      return problem;
    }
  }
  return std::nullopt;
}

std::optional<std::string> bound_problem(const json::object& schema, const json::value& value,
                                         const std::string& place) {
  const auto number = [&](std::string_view name) -> std::optional<double> {
    const json::value* bound = schema.if_contains(name);
    if (bound == nullptr || !bound->is_number()) return std::nullopt;
    return bound->to_number<double>();
  };
  const auto text = [](double bound) {
    return json::serialize(json::value(static_cast<std::int64_t>(bound)));
  };
  if (value.is_number()) {
    const double actual = value.to_number<double>();
    if (const auto low = number("minimum"); low && actual < *low)
      return at(place, "must be at least " + text(*low));
    if (const auto high = number("maximum"); high && actual > *high)
      return at(place, "must be at most " + text(*high));
  }
  if (const json::string* chars = value.if_string()) {
    const double size = static_cast<double>(chars->size());
    if (const auto low = number("minLength"); low && size < *low) return at(place, "is too short");
    if (const auto high = number("maxLength"); high && size > *high)
      return at(place, "is too long");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> schema_problem(const json::object& schema, const json::value& value,
                                          const std::string& place) {
  if (auto problem = type_problem(schema, value, place)) return problem;
  if (const json::value* allowed = schema.if_contains("enum"); allowed && allowed->is_array()) {
    const json::array& list = allowed->get_array();
    if (std::find(list.begin(), list.end(), value) == list.end()) {
      return at(place, "must be one of " + json::serialize(list));
    }
  }
  if (const json::object* object = value.if_object()) {
    if (auto problem = object_problem(schema, *object, place)) return problem;
  }
  const json::object* items = object_at(schema, "items");
  if (const json::array* array = value.if_array(); array != nullptr && items != nullptr) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (auto problem = schema_problem(*items, (*array)[i], place + "[" + std::to_string(i) + "]"))
        return problem;
    }
  }
  return bound_problem(schema, value, place);
}

}  // namespace sluice::mcp
