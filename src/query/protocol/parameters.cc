#include "query/protocol/parameters.h"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "query/protocol/wire.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

constexpr std::size_t parameters_max = 1'000;
constexpr std::string_view give_values =
    "Give it in `parameters` of a POST: a list for ? and $1, an object for $name.";

Result<ParameterValue> value_of(const std::string& name, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return ParameterValue{};
    case json::kind::bool_:
      return ParameterValue{value.get_bool()};
    case json::kind::int64:
      return ParameterValue{value.get_int64()};
    case json::kind::uint64:
      return ParameterValue{value.get_uint64()};
    case json::kind::double_:
      return ParameterValue{value.get_double()};
    case json::kind::string:
      return ParameterValue{std::string(value.get_string())};
    default:
      return fail(query_error(Code::query_parameters,
                              "The parameter " + name + " is a list or an object.",
                              "Parameters are null, true, false, numbers and strings."));
  }
}

duckdb_state bind(duckdb_prepared_statement statement, idx_t index, const ParameterValue& value) {
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
    duckdb_state operator()(bool v) const { return duckdb_bind_boolean(statement, index, v); }
    duckdb_state operator()(std::int64_t v) const { return duckdb_bind_int64(statement, index, v); }
    duckdb_state operator()(std::uint64_t v) const {
      return duckdb_bind_uint64(statement, index, v);
    }
    duckdb_state operator()(double v) const { return duckdb_bind_double(statement, index, v); }
    duckdb_state operator()(const std::string& v) const {
      return duckdb_bind_varchar_length(statement, index, v.data(), v.size());
    }
  };
  return std::visit(Binder{statement, index}, value);
}

/// `1` for `?` and `$1`, `day` for `$day`.
std::string name_of(duckdb_prepared_statement statement, idx_t index) {
  const char* raw = duckdb_parameter_name(statement, index);
  std::string name = raw == nullptr ? std::to_string(index) : raw;
  duckdb_free(const_cast<char*>(raw));  // handed out as const, and ours to free
  return name;
}

}  // namespace

Result<std::vector<Parameter>> parameters_from_json(const json::value& value) {
  std::vector<Parameter> parameters;
  const auto add = [&parameters](std::string name, const json::value& of) -> Result<void> {
    TRY_ASSIGN(ParameterValue made, value_of(name, of));
    parameters.push_back({std::move(name), std::move(made)});
    return {};
  };
  const json::array* array = value.if_array();
  const json::object* object = value.if_object();
  if ((array == nullptr && object == nullptr) ||
      (array ? array->size() : object->size()) > parameters_max) {
    return fail(query_error(Code::query_parameters,
                            "`parameters` is a list for ? and $1, or an object for $name, of at "
                            "most 1,000 values."));
  }
  if (array != nullptr) {
    for (const json::value& of : *array) TRY(add(std::to_string(parameters.size() + 1), of));
  } else {
    for (const auto& [name, of] : *object) TRY(add(name, of));
  }
  return parameters;
}

json::array parameters_to_wire(const std::vector<Parameter>& parameters) {
  json::array wire;
  for (const Parameter& parameter : parameters) {
    json::value value;
    if (const bool* truth = std::get_if<bool>(&parameter.value)) value = *truth;
    if (const auto* number = std::get_if<std::int64_t>(&parameter.value)) value = *number;
    if (const auto* number = std::get_if<std::uint64_t>(&parameter.value)) value = *number;
    if (const double* number = std::get_if<double>(&parameter.value)) value = *number;
    if (const auto* text = std::get_if<std::string>(&parameter.value)) value = *text;
    wire.push_back(json::array{parameter.name, std::move(value)});
  }
  return wire;
}

std::vector<Parameter> parameters_from_wire(const json::value& wire) {
  std::vector<Parameter> parameters;
  for (const json::value& pair : wire.as_array()) {
    const std::string name(pair.at(0).as_string());
    parameters.push_back({name, value_of(name, pair.at(1)).value()});
  }
  return parameters;
}

Result<void> bind_parameters(duckdb_prepared_statement statement,
                             const std::vector<Parameter>& parameters) {
  std::set<std::string> left;
  for (const Parameter& parameter : parameters) left.insert(parameter.name);
  for (idx_t index = 1; index <= duckdb_nparams(statement); ++index) {
    const std::string name = name_of(statement, index);
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& each) { return each.name == name; });
    if (found == parameters.end()) {
      return fail(query_error(Code::query_parameters,
                              "The statement's parameter $" + name + " has no value.",
                              std::string(give_values)));
    }
    if (bind(statement, index, found->value) != DuckDBSuccess) {
      return fail(query_error(Code::query_parameters,
                              "The value of the parameter $" + name + " cannot be used there."));
    }
    left.erase(name);
  }
  if (left.empty()) return {};
  return fail(query_error(
      Code::query_parameters,
      "The statement has no parameter $" + *left.begin() + ", but a value was given for it."));
}

Result<void> bind_those_used(duckdb_prepared_statement part,
                             const std::vector<Parameter>& parameters) {
  idx_t left = duckdb_nparams(part);
  for (const Parameter& parameter : parameters) {
    idx_t index = 0;
    const std::string name = std::string(part_parameter_prefix) + parameter.name;
    if (duckdb_bind_parameter_index(part, &index, name.c_str()) != DuckDBSuccess) {
      continue;
    }
    if (bind(part, index, parameter.value) != DuckDBSuccess) {
      return fail(
          query_error(Code::query_parameters,
                      "The value of the parameter $" + parameter.name + " cannot be used there."));
    }
    --left;
  }
  if (left == 0) return {};
  return fail(query_error(Code::query_parameters, "A parameter of the statement has no value.",
                          std::string(give_values)));
}

}  // namespace sluice::query
