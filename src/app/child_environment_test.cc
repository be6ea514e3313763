// That each setting has a row that says who gets it, and each secret reaches only those who use
// it. Pure: no process is started.
#include "app/child_environment.h"

#include <gtest/gtest.h>

#include <set>

#include "temporal/payload/payload_sealer.h"

namespace sluice::app {
namespace {

/// Each setting set to something that can be told apart, as `serve` has them.
Settings everything() {
  const std::map<std::string, std::string> set{
      {"API_TOKEN", "secret-api-token"},
      {"MCP_API_KEY", "secret-mcp-key"},
      {"DATABRICKS_HOST", "adb-1.azuredatabricks.net"},
      {"DATABRICKS_CLIENT_ID", "client"},
      {"DATABRICKS_CLIENT_SECRET", "secret-client"},
      {"DATABRICKS_WAREHOUSE_ID", "abc"},
      {"TEMPORAL_PAYLOAD_KEYS", temporal::make_payload_key()}};
  return load_settings(
             [&](const std::string& name) -> std::optional<std::string> {
               const auto found = set.find(name);
               return found == set.end() ? std::nullopt : std::optional(found->second);
             },
             {})
      .value();
}

std::optional<std::string> everything_is_set(const std::string& name) { return "of-" + name; }

TEST(ChildEnvironment, TheTableSaysOfEachSettingWhoGetsIt) {
  for (const auto& [name, value] : to_environment(everything())) {
    EXPECT_TRUE(is_in_the_table(name)) << name << " has no row in child_environment.cc";
  }
}

TEST(ChildEnvironment, SecretsReachThoseWhoUseThem) {
  const Settings settings = everything();
  const auto has = [&](Child child, const char* name) {
    return environment_of(child, settings, everything_is_set).contains(name);
  };
  using enum Child;
  const std::map<std::string, std::set<Child>> rows{{"API_TOKEN", {}},
                                                    {"MCP_API_KEY", {api, mcp, worker}},
                                                    {"DATABRICKS_CLIENT_SECRET", {api, mcp}},
                                                    {"https_proxy", {api, mcp}},
                                                    {"TEMPORAL_PAYLOAD_KEYS", {api, worker}},
                                                    {"PATH", {temporal, api, mcp, worker}},
                                                    {"AWS_SECRET_ACCESS_KEY", {}},
                                                    {"SLUICE_FAULT", {api, mcp, worker}}};
  for (const auto& [name, children] : rows) {
    for (const Child child : {temporal, api, mcp, worker}) {
      EXPECT_EQ(has(child, name.c_str()), children.contains(child))
          << name << " and child " << static_cast<int>(child);
    }
  }
  EXPECT_EQ(environment_of(temporal, settings, everything_is_set).size(), 6U);
}

TEST(ChildEnvironment, AWorkspaceThatIsNotUsedIsNotToldOf) {
  Settings settings = everything();
  settings.lakehouse = "local";
  for (const Child child : {Child::api, Child::mcp}) {
    const auto environment = environment_of(child, settings, everything_is_set);
    EXPECT_FALSE(environment.contains("DATABRICKS_CLIENT_SECRET"));
    EXPECT_FALSE(environment.contains("https_proxy"));
    EXPECT_EQ(environment.at("LAKEHOUSE"), "local");
  }
}

}  // namespace
}  // namespace sluice::app
