#include "api/json_body.h"

#include <cmath>

#include <boost/json/parse.hpp>

#include "api/error_codes.h"
#include "api/request_limits.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

tl::unexpected<Error> bad_body(std::string detail) {
  return fail(Errc::invalid_argument, Code::bad_json_body, std::move(detail),
              "Send what /openapi.json says of this operation.");
}

tl::unexpected<Error> bad_field(std::string_view name, const std::string& why) {
  return bad_body("/" + std::string(name) + " " + why + ".");
}

}  // namespace

Result<JsonBody> JsonBody::read(http::Request& request) {
  TRY_ASSIGN(const std::string text, request.body().read_all(account_body_bytes_max));
  if (text.empty()) return JsonBody(json::object{});
  boost::system::error_code broken;
  json::value value = json::parse(text, broken);
  if (broken) return bad_body("The body is not JSON.");
  if (!value.is_object()) return bad_body("The body is no JSON object.");
  return JsonBody(std::move(value.get_object()));
}

std::optional<json::value> JsonBody::take(const char* name) {
  const auto found = object_.find(name);
  if (found == object_.end()) return std::nullopt;
  json::value value = std::move(found->value());
  object_.erase(found);
  if (value.is_null()) return std::nullopt;
  return value;
}

Result<std::string> JsonBody::text(const char* name, std::size_t bytes_max) {
  const std::optional<json::value> value = take(name);
  if (!value) return bad_field(name, "is missing");
  if (!value->is_string()) return bad_field(name, "is no text");
  if (value->get_string().size() > bytes_max) {
    return bad_field(name, "is longer than " + std::to_string(bytes_max) + " bytes");
  }
  return std::string(value->get_string());
}

Result<std::string> JsonBody::optional_text(const char* name, std::size_t bytes_max) {
  const json::value* value = object_.if_contains(name);
  if (value == nullptr || value->is_null()) {
    object_.erase(name);
    return std::string();
  }
  return text(name, bytes_max);
}

Result<std::optional<std::int64_t>> JsonBody::optional_number(const char* name, std::int64_t least,
                                                              std::int64_t most) {
  const std::optional<json::value> value = take(name);
  if (!value) return std::optional<std::int64_t>();
  // `64.0` is a whole number in JSON. The bounds are small, so that a double holds them.
  const double number = value->is_number() ? value->to_number<double>() : 0.5;
  if (number != std::floor(number) || number < static_cast<double>(least) ||
      number > static_cast<double>(most)) {
    return bad_field(
        name, "is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return std::optional<std::int64_t>(static_cast<std::int64_t>(number));
}

Result<std::vector<std::string>> JsonBody::texts(const char* name, std::size_t count_max) {
  const std::optional<json::value> value = take(name);
  if (!value) return bad_field(name, "is missing");
  if (!value->is_array() || value->get_array().empty() || value->get_array().size() > count_max) {
    return bad_field(name, "is no list of 1 to " + std::to_string(count_max) + " words");
  }
  std::vector<std::string> words;
  for (const json::value& word : value->get_array()) {
    if (!word.is_string()) return bad_field(name, "holds what is no text");
    words.emplace_back(word.get_string());
  }
  return words;
}

Result<void> JsonBody::finished() const {
  if (object_.empty()) return {};
  const std::string name(object_.begin()->key());
  return bad_field(name.substr(0, 60), "is not known here");
}

}  // namespace sluice::api
