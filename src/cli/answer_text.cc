#include "cli/answer_text.h"

#include <ostream>

#include <boost/json/serialize.hpp>

#include "base/result.h"
#include "cli/table.h"

namespace sluice::cli {

namespace json = boost::json;

int refused(const Error& error, Output& output) {
  output.err << "error: " << printable(to_line(error)) << "\n";
  if (error.kind == Errc::unavailable) return exit_unreachable;
  return exit_refused;
}

std::string shown(const json::value& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return printable(value.as_string());
  return printable(json::serialize(value));
}

std::vector<std::string> choices_of(const json::object& problem) {
  std::vector<std::string> choices;
  const json::value* given = problem.if_contains("choices");
  if (given == nullptr || !given->is_array()) return choices;
  for (const json::value& choice : given->as_array()) {
    if (choice.is_string()) choices.emplace_back(choice.as_string());
  }
  return choices;
}

std::string field(const json::value& object, const char* name) {
  const json::object* fields = object.if_object();
  const json::value* value = fields == nullptr ? nullptr : fields->if_contains(name);
  return value == nullptr ? "" : shown(*value);
}

}  // namespace sluice::cli
