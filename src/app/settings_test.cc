// docs/settings.md as code. Pure: environments are maps.
#include "app/settings.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

Result<Settings> load(std::map<std::string, std::string> environment,
                      const std::map<std::string, std::string>& file = {}) {
  return load_settings(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
      },
      file);
}

TEST(Settings, DefaultsAreThoseOfTheDocumentation) {
  const Settings s = load({}).value();
  EXPECT_EQ(s.api_listen, "127.0.0.1:8001");
  EXPECT_EQ(s.mcp_server_url, "http://127.0.0.1:8085");
  EXPECT_EQ(s.databricks_retry_attempts, 3);
  EXPECT_EQ(s.databricks_retry_interval_s, 300);
  EXPECT_EQ(s.upload_bytes_max, 107'374'182'400);
  EXPECT_EQ(s.upload_idle_s, 86'400);
  EXPECT_EQ(s.disk_free_bytes_min, 1'073'741'824);
  EXPECT_EQ(s.memory_limit_bytes, 0U);
  EXPECT_EQ(s.password_cost.memory_bytes, 19U << 20);
  EXPECT_EQ(s.password_cost.passes, 2U);
  EXPECT_FALSE(s.open_registration);
  EXPECT_EQ(s.session_days, 30);
  EXPECT_EQ(s.audit_retention_days, 365);
  EXPECT_TRUE(s.data_storage_path.is_absolute());
  EXPECT_TRUE(s.sync_possible());
}

TEST(Settings, TheEnvironmentWinsOverTheFile) {
  EXPECT_EQ(load({{"TEMPORAL_PORT", "7000"}}, {{"TEMPORAL_PORT", "7001"}})->temporal_port, 7000);
  EXPECT_EQ(load({}, {{"TEMPORAL_PORT", "7001"}})->temporal_port, 7001);
}

TEST(Settings, AValueThatMakesNoSenseIsNamed) {
  const std::pair<const char*, const char*> bad[] = {{"MCP_ENABLED", "maybe"},
                                                     {"DATABRICKS_RETRY_ATTEMPTS", "0"},
                                                     {"DATABRICKS_RETRY_INTERVAL", "5m"},
                                                     {"UPLOAD_BYTES_MAX", "0"},
                                                     {"UPLOAD_BYTES_MAX", "100GiB"},
                                                     {"UPLOAD_IDLE_S", "-1"},
                                                     {"DISK_FREE_BYTES_MIN", "x"},
                                                     {"MEMORY_LIMIT", "much"},
                                                     {"MEMORY_LIMIT", "0GB"},
                                                     {"PASSWORD_MEMORY", "1KiB"},
                                                     {"PASSWORD_MEMORY", "64GiB"},
                                                     {"PASSWORD_PASSES", "0"},
                                                     {"OPEN_REGISTRATION", "perhaps"},
                                                     {"SESSION_DAYS", "0"},
                                                     {"AUDIT_RETENTION_DAYS", "-1"},
                                                     {"API_LISTEN", "8001"},
                                                     {"API_LISTEN", "localhost:99999"},
                                                     {"LAKEHOUSE", "iceberg"}};
  for (const auto& [name, value] : bad) {
    const Result<Settings> settings = load({{name, value}});
    ASSERT_FALSE(settings) << name;
    EXPECT_NE(settings.error().detail.find(name), std::string::npos) << settings.error().detail;
  }
}

TEST(Settings, DatabricksIsTheLakehouseWhereAHostIsGiven) {
  std::map<std::string, std::string> some{{"DATABRICKS_HOST", "adb-1.azuredatabricks.net"},
                                          {"DATABRICKS_TOKEN", "dapi0"},
                                          {"DATABRICKS_ISOLATION", "schema"},
                                          {"DATABRICKS_WINDOW_S", "3600"},
                                          {"DATABRICKS_WAREHOUSE_ID", "abc"}};
  const Settings parent = load(some).value();
  EXPECT_EQ(parent.databricks.window, std::chrono::hours(1));
  EXPECT_EQ(parent.lakehouse, "databricks");
  EXPECT_EQ(parent.databricks.host, "https://adb-1.azuredatabricks.net");
  EXPECT_EQ(to_environment(load(to_environment(parent)).value()), to_environment(parent));
  for (const char* window : {"3601", "-1", "soon"}) {
    some["DATABRICKS_WINDOW_S"] = window;
    EXPECT_EQ(load(some).error().code, "bad_setting") << window;
  }
  some.erase("DATABRICKS_WINDOW_S");
  EXPECT_EQ(load(some)->databricks.window.count(), 0) << "nobody waits";
  some["LAKEHOUSE"] = "local";
  EXPECT_EQ(load(some)->lakehouse, "local");
  some.erase("LAKEHOUSE");
  some.erase("DATABRICKS_WAREHOUSE_ID");
  EXPECT_NE(load(some).error().detail.find("DATABRICKS_WAREHOUSE_ID"), std::string::npos);
}

TEST(Settings, AChildResolvesToTheSame) {
  const Settings parent = load({{"DATABRICKS_AUTO_SYNC", "no"},
                                {"UPLOAD_BYTES_MAX", "5000000000"},
                                {"MEMORY_LIMIT", "6GiB"},
                                {"API_LISTEN", "[::1]:9000"}})
                              .value();
  const Settings child = load(to_environment(parent)).value();
  EXPECT_EQ(to_environment(child), to_environment(parent));
  EXPECT_EQ(child.upload_bytes_max, 5'000'000'000);
  EXPECT_EQ(child.memory_limit_bytes, 6'442'450'944U);
  EXPECT_FALSE(child.databricks_auto_sync);
}

TEST(EnvFile, QuotesCommentsAndExport) {
  const auto values = parse_env_file("# c\n\nexport A=\"x y\"\nB = 2 \r\n").value();
  EXPECT_EQ(values.at("A"), "x y");
  EXPECT_EQ(values.at("B"), "2");
  EXPECT_EQ(parse_env_file("A\n").error().detail, ".env line 1 is not NAME=value.");
}

}  // namespace
}  // namespace sluice::app
