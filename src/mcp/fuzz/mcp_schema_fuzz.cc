#include <boost/json/array.hpp>

#include "base/testing/fuzz_target.h"
#include "mcp/schema.h"
#include "mcp/wire.h"

namespace sluice::mcp {
namespace {

namespace json = boost::json;
using fuzz::require;

/// A line is a schema, the rest a value.
void schema(std::string_view input) {
  const std::size_t end = input.find('\n');
  if (end == input.npos) return;
  const Result<json::value> read = parse_json(input.substr(0, end));
  const Result<json::value> value = parse_json(input.substr(end + 1));
  if (!read || !value || !read->is_object()) return;
  const json::object& wanted = read->get_object();

  const std::optional<std::string> problem = schema_problem(wanted, *value);
  require(!problem || !problem->empty(), "a problem is said");
  require(problem == schema_problem(wanted, *value), "and always the same");
  require(!schema_problem({}, *value), "a schema that asks for nothing takes all");
  require(!schema_problem({{"enum", json::array{*value}}}, *value), "a value is one of itself");
  const json::object each{{"type", "array"}, {"items", wanted}};
  require(schema_problem(each, json::array{*value}).has_value() == problem.has_value(),
          "a list is as right as what it holds");
  const json::object member{{"properties", json::object{{"x", wanted}}},
                            {"additionalProperties", false}};
  require(schema_problem(member, json::object{{"x", *value}}).has_value() == problem.has_value(),
          "an object is as right as its member");
}

const fuzz::Target target(__FILE__, schema);

}  // namespace
}  // namespace sluice::mcp
