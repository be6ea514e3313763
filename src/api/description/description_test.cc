// What is served as the description, held against what was compiled of it.

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/description/description_routes.h"
#include "api/operations.h"
#include "api/test_api.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

const char* name_of(Permission permission) {
  switch (permission) {
    case Permission::none:
      return "none";
    case Permission::internal:
      return "internal";
    case Permission::read:
      return "read";
    case Permission::query:
      return "query";
    case Permission::write:
      return "write";
    case Permission::admin:
      return "admin";
  }
  return "";
}

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(letter));
  return text;
}

/// `GET /path operation permission`, of all that is served.
std::set<std::string> served() {
  std::set<std::string> all;
  const json::value description = json::parse(openapi_json());
  for (const auto& [path, item] : description.at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (method == "parameters") continue;
      all.insert(upper(method) + " " + std::string(path) + " " +
                 std::string(operation.at("operationId").as_string()) + " " +
                 std::string(operation.at("x-permission").as_string()));
    }
  }
  return all;
}

TEST(Description, IsOfWhatIsServed) {
  std::set<std::string> compiled;
  for (const DescribedOperation& described : described_operations) {
    if (described.permission == Permission::internal) continue;  // Not told to everybody.
    compiled.insert(std::string(described.method) + " " + described.pattern + " " + described.id +
                    " " + name_of(described.permission));
  }
  EXPECT_EQ(served(), compiled);
}

/// By operation, and not by method: a query is a POST that reads.
TEST(Description, WhatChangesSomethingIsNotForReading) {
  for (const DescribedOperation& described : described_operations) {
    const std::string_view method = described.method;
    const bool is_query = std::string_view(described.pattern).ends_with("/query");
    if (method == "GET" || method == "HEAD" || is_query) continue;
    if (described.permission == Permission::none) continue;
    EXPECT_FALSE(may(auth::Permissions::reading(), described.permission)) << described.id;
    EXPECT_TRUE(may(auth::Permissions::all(), described.permission)) << described.id;
  }
}

using DescriptionTest = ApiTest;

TEST_F(DescriptionTest, IsServedToWhoeverAsksUs) {
  const http::ClientResponse first = sent("", "GET", "/openapi.json");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(json::parse(first.body), json::parse(openapi_json()));
  const std::string etag(first.headers.get("ETag"));
  EXPECT_FALSE(etag.empty());
  EXPECT_EQ(sent("", "GET", "/openapi.json", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(sent("", "GET", "/openapi.json", {{"Host", "elsewhere.example"}}).status, 421);
}

}  // namespace
}  // namespace sluice::api
