// What each route takes, held against the table of docs/api.md.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "api/routes.h"

namespace sluice::api {
namespace {

/// `GET /api/v1/datasets` and the second column, for each route in the first column of the table.
std::map<std::string, std::string> documented() {
  const std::filesystem::path file =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "docs" / "api.md";
  std::ifstream text(file);
  EXPECT_TRUE(text) << file;
  const std::regex row(R"(^\| (.*?) \| (none|read|full|MCP key) \| )");
  const std::regex route(R"(`([A-Z]+) (/[^`?]*)`)");
  std::map<std::string, std::string> all;
  for (std::string line; std::getline(text, line);) {
    std::smatch cells;
    if (!std::regex_search(line, cells, row)) continue;
    const std::string names = cells[1];
    for (std::sregex_iterator each(names.begin(), names.end(), route), end; each != end; ++each) {
      all[(*each)[1].str() + " " + (*each)[2].str()] = cells[2];
    }
  }
  return all;
}

const char* name_of(Permission permission) {
  switch (permission) {
    case Permission::none:
      return "none";
    case Permission::internal:
      return "MCP key";
    case Permission::read:
      return "read";
    case Permission::write:
      return "full";
  }
  return "";
}

TEST(Permissions, AreThoseOfTheDocumentation) {
  std::map<std::string, std::string> known;
  for (const RoutePermission& route : route_permissions()) {
    known[route.method + " " + route.pattern] = name_of(route.permission);
  }
  std::map<std::string, std::string> told = documented();
  // The program's, which add_routes does not know; a HEAD is a GET to the router.
  EXPECT_EQ(told["GET /health"], "none");
  EXPECT_EQ(told["GET /metrics"], "none");
  EXPECT_EQ(told["HEAD /api/v1/uploads/{id}"], "read");
  for (const char* other : {"GET /health", "GET /metrics", "HEAD /api/v1/uploads/{id}"}) {
    told.erase(other);
  }
  EXPECT_EQ(known, told);
}

/// By operation, and not by method: a query is a POST that reads, a cancelled one is gone.
TEST(Permissions, WhatChangesSomethingIsNotForReading) {
  for (const RoutePermission& route : route_permissions()) {
    const bool is_query = route.pattern.ends_with("/query");
    if (route.method == "GET" || is_query || route.permission == Permission::none) continue;
    EXPECT_EQ(route.permission, Permission::write) << route.method << " " << route.pattern;
  }
}

}  // namespace
}  // namespace sluice::api
