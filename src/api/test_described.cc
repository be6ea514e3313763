#include "api/test_described.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/description/description_routes.h"
#include "base/ascii.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

const json::object& paths() {
  static const json::value all = json::parse(openapi_json());
  return all.at("paths").as_object();
}

std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    if (wanted != next_segment(path) && !wanted.starts_with('{')) return false;
  }
  return pattern.empty() && path.empty();
}

/// The described operation; literal segments before parameters, as the router has it.
const json::object* operation_at(std::string_view method, std::string_view path) {
  const json::object* found = nullptr;
  for (const auto& [pattern, item] : paths()) {
    if (!matches(pattern, path) ||
        (found != nullptr && pattern.find('{') != std::string_view::npos))
      continue;
    const json::value* operation = item.as_object().if_contains(lowered(method));
    if (operation == nullptr && method == "HEAD") operation = item.as_object().if_contains("get");
    if (operation != nullptr) found = &operation->as_object();
  }
  return found;
}

}  // namespace

void expect_described(const std::string& method, const std::string& path,
                      const http::ClientResponse& response) {
  const json::object* operation = operation_at(method, path.substr(0, path.find('?')));
  if (operation == nullptr) return;
  const std::string what = method + " " + path + ": " + std::to_string(response.status);
  EXPECT_TRUE(operation->at("responses").as_object().contains(std::to_string(response.status)))
      << what << " is not described: " << response.body;
  if (response.headers.get("Content-Type") != "application/problem+json" || method == "HEAD")
    return;
  const json::value code = json::parse(response.body).at("code");
  const json::array& codes = operation->at("x-error-codes").as_array();
  EXPECT_NE(std::find(codes.begin(), codes.end(), code), codes.end())
      << what << ": the code is not described: " << code;
}

}  // namespace sluice::api
