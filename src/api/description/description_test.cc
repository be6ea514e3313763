// What is served as the description, held against what was compiled of it.

#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "api/description/description_routes.h"
#include "api/operations.h"
#include "api/test_api.h"
#include "ingest/error_codes.h"
#include "ingest/options.h"

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
    // Of the person, and not of the tenant.
    if (described.operation == Operation::change_password) continue;
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

/// One that is not described would be refused by nobody, and one that is not there by the reader.
TEST(Description, HasTheOptionsThatThereAre) {
  const json::value description = json::parse(openapi_json());
  const json::object& options =
      description.at_pointer("/components/schemas/Options/properties").as_object();
  EXPECT_EQ(options.size(), 19U) << "as many as ingest/options.cc knows";
  for (const auto& [name, schema] : options) {
    const Result<ingest::IngestOptions> parsed =
        ingest::options_from_json("{\"" + std::string(name) + "\":null}");
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().code, ingest::Code::option_invalid) << name;
  }
}

/// Every part that the page names is there, and none is elsewhere.
TEST_F(DescriptionTest, ThePageHasAllFromHere) {
  const http::ClientResponse page = sent("", "GET", "/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body.find("http"), std::string::npos) << page.body;
  const std::string policy(page.headers.get("Content-Security-Policy"));
  EXPECT_EQ(policy.find("default-src 'none'; script-src 'self'; style-src 'self'"), 0U) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  const std::regex named("(?:href|src)=\"([^\"]+)\"");
  int parts = 0;
  for (std::sregex_iterator each(page.body.begin(), page.body.end(), named), end; each != end;
       ++each) {
    const std::string part = (*each)[1];
    if (part == "data:,") continue;
    ++parts;
    EXPECT_EQ(sent("", "GET", "/" + part).status, 200) << part;
  }
  EXPECT_EQ(parts, 6);
  EXPECT_EQ(sent("", "GET", "/docs/index.js").status, 404);
  EXPECT_EQ(sent("", "GET", "/docs", {{"Host", "elsewhere.example"}}).status, 421);
  EXPECT_EQ(sent("", "GET", "/docs/docs.js", {{"Host", "elsewhere.example"}}).status, 421);
}

}  // namespace
}  // namespace sluice::api
