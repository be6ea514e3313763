// The API process as one object: what it runs ends in the order in which it was made, reversed.
#include "app/api_services.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/ascii.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/testing/soon.h"
#include "http/client.h"
#include "lakehouse/databricks/testing/stuck_workspace.h"

namespace sluice::app {
namespace {

using lakehouse::databricks::StuckWorkspace;

class ApiServicesTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ApiServices> started(std::map<std::string, std::string> environment) {
    environment["DATA_STORAGE_PATH"] = folder_.string();
    environment["API_LISTEN"] = "127.0.0.1:0";
    environment["DISK_FREE_BYTES_MIN"] = "0";
    environment["MCP_ENABLED"] = "false";  // A process may have one runtime of Temporal.
    const Settings settings = load_settings(
                                  [&](const std::string& name) -> std::optional<std::string> {
                                    const auto found = environment.find(name);
                                    if (found == environment.end()) return std::nullopt;
                                    return found->second;
                                  },
                                  {})
                                  .value();
    Result<std::unique_ptr<ApiServices>> services = ApiServices::start(settings);
    EXPECT_TRUE(services) << to_line(services.error());
    return services ? std::move(*services) : nullptr;
  }
  http::ClientResponse sent(const ApiServices& services, const char* method,
                            const std::string& path, const std::string& body = {}) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(services.port()) + path;
    request.headers.set(
        "Authorization",
        "Bearer " + std::string(trimmed(read_file(services.folder().token(), 1'000).value())));
    request.headers.set("Content-Type", "application/json");
    request.body = body;
    return client_.send(request).value();
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-services-" + random_hex(6));
  http::Client client_;
};

TEST_F(ApiServicesTest, EndsWithAQueryInAWarehouseAndCancelsIt) {
  StuckWorkspace workspace;
  std::unique_ptr<ApiServices> services = started({{"LAKEHOUSE", "databricks"},
                                                   {"DATABRICKS_HOST", workspace.url()},
                                                   {"DATABRICKS_TOKEN", "t"},
                                                   {"DATABRICKS_WAREHOUSE_ID", "w"}});
  ASSERT_TRUE(services);
  const http::ClientResponse queued =
      sent(*services, "POST", "/api/v1/query?mode=async",
           R"({"sql":"SELECT count(*) FROM catalog_tenant_default.gold.t"})");
  ASSERT_EQ(queued.status, 202) << queued.body;
  ASSERT_TRUE(soon([&] { return workspace.runs(); })) << "the warehouse was not asked";
  services.reset();
  EXPECT_EQ(workspace.submitted(), 1);
  EXPECT_EQ(workspace.cancelled(), 1) << "nobody would read the answer, and it would be paid for";
}

TEST_F(ApiServicesTest, EndsWithWorkInHandWhichTheNextTakesUp) {
  std::unique_ptr<ApiServices> services = started({});
  ASSERT_TRUE(services);
  const http::ClientResponse made = sent(*services, "POST", "/api/v1/datasets/ingest",
                                         R"({"name":"d","records":[{"a":1},{"a":2},{"a":3}]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string location(made.headers.get("Location"));
  services.reset();  // With the profile, the original and the outbox in hand.
  services = started({});
  ASSERT_TRUE(services);
  const http::ClientResponse profile = sent(*services, "GET", location + "/profile");
  EXPECT_EQ(profile.status, 200) << profile.body;
}

TEST_F(ApiServicesTest, WhatWasStartedEndsWhereTheRestCannotBe) {
  const std::unique_ptr<ApiServices> first = started({});
  ASSERT_TRUE(first);
  Settings taken = load_settings(
                       [&](const std::string& name) -> std::optional<std::string> {
                         if (name == "DATA_STORAGE_PATH") return folder_.string() + "-2";
                         if (name == "MCP_ENABLED") return "false";
                         if (name == "API_LISTEN")
                           return "127.0.0.1:" + std::to_string(first->port());
                         return std::nullopt;
                       },
                       {})
                       .value();
  EXPECT_EQ(ApiServices::start(taken).error().code, "port_taken");
  EXPECT_EQ(ApiServices::start(taken).error().code, "port_taken") << "the folder is free again";
  taken.data_storage_path = folder_;
  EXPECT_EQ(ApiServices::start(taken).error().code, "already_running");
  std::filesystem::remove_all(folder_.string() + "-2");
}

}  // namespace
}  // namespace sluice::app
