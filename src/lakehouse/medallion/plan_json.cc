#include <array>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "lakehouse/medallion/plan.h"

namespace sluice::lakehouse::medallion {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<Transform, const char*>, 5> transform_names{{
    {Transform::keep, "keep"},
    {Transform::text, "text"},
    {Transform::cast, "cast"},
    {Transform::thousands, "thousands"},
    {Transform::date_format, "date_format"},
}};

const char* name_of(Transform transform) {
  for (const auto& [value, name] : transform_names) {
    if (value == transform) return name;
  }
  return "keep";
}

Transform transform_from(const std::string& text) {
  for (const auto& [value, name] : transform_names) {
    if (text == name) return value;
  }
  throw std::invalid_argument("no transform is called " + text);
}

}  // namespace

std::string to_json(const Plan& plan) {
  json::array columns;
  for (const SilverColumn& column : plan.columns) {
    json::array tokens;
    for (const std::string& token : column.null_tokens) tokens.emplace_back(token);
    columns.push_back(json::object{{"source", column.source},
                                   {"name", column.name},
                                   {"type", column.type},
                                   {"transform", name_of(column.transform)},
                                   {"format", column.format},
                                   {"null_tokens", std::move(tokens)},
                                   {"reason", column.reason}});
  }
  return json::serialize(
      json::object{{"columns", std::move(columns)}, {"remove_duplicates", plan.remove_duplicates}});
}

Result<Plan> plan_from_json(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    Plan plan;
    plan.remove_duplicates = parsed.at("remove_duplicates").as_bool();
    for (const json::value& entry : parsed.at("columns").as_array()) {
      SilverColumn column;
      column.source = json::value_to<std::string>(entry.at("source"));
      column.name = json::value_to<std::string>(entry.at("name"));
      column.type = json::value_to<std::string>(entry.at("type"));
      column.transform = transform_from(json::value_to<std::string>(entry.at("transform")));
      column.format = json::value_to<std::string>(entry.at("format"));
      column.reason = json::value_to<std::string>(entry.at("reason"));
      column.null_tokens = json::value_to<std::vector<std::string>>(entry.at("null_tokens"));
      plan.columns.push_back(std::move(column));
    }
    return plan;
  } catch (const std::exception& broken) {
    return fail(Errc::invalid_argument, "bad_plan",
                std::string("The column plan cannot be read: ") + broken.what());
  }
}

}  // namespace sluice::lakehouse::medallion
