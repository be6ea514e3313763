#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/ids.h"
#include "http/server.h"
#include "mcp/server.h"
#include "sync/activities.h"
#include "sync/dataset_sync_workflow.h"

namespace sluice::sync {

/// What an activity runs in when no worker runs it.
class TestActivityContext final : public temporal::ActivityContext {
 public:
  const temporal::ActivityInfo& info() const override { return info_; }
  void heartbeat(const std::string&) override {}
  const std::optional<std::string>& heartbeat_details() const override { return details_; }
  std::stop_token stop_token() const override { return stop_.get_token(); }

  temporal::ActivityInfo info_;

 private:
  std::optional<std::string> details_;
  std::stop_source stop_;
};

/// The activities over a real store, and over a real MCP server by HTTP. Its tools answer what a
/// lakehouse would, unless the test has them do something else.
class SyncTest : public ::testing::Test {
 protected:
  using Handler = std::function<mcp::ToolResult(mcp::ToolCall&)>;

  void SetUp() override {
    store_ =
        metadata::Store::open("sqlite://" + (folder_ / "metadata.db").string(), clock()).value();
    ASSERT_TRUE(store_->ensure_tenant(tenant_, "Acme"));
    mcp::ServerOptions server_options;
    server_options.key = "key";
    mcp_server_ = mcp::Server::create(server_options).value();
    for (const char* name : {"begin_sync", "sync_dataset", "transform_to_silver", "drop_tables"}) {
      mcp::Tool tool;
      tool.name = name;
      tool.title = name;
      tool.description = "As the test has it.";
      tool.input_schema = R"({"type": "object"})";
      tool.handler = [this, name](mcp::ToolCall& call) { return answer(name, call); };
      ASSERT_TRUE(mcp_server_->add(tool));
    }
    http::Router router;
    mcp_server_->mount(router);
    http::ServerOptions http_options;
    http_options.listen = "127.0.0.1:0";
    http_server_ = http::Server::start(http_options, std::move(router)).value();
    mcp::ClientOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(http_server_->port()) + "/mcp";
    options.key = "key";
    mcp_ = std::make_unique<mcp::Client>(options);
    activities_ = std::make_unique<Activities>(
        *store_, *mcp_, metrics_, clock(),
        [this](const std::string&, const std::string&) -> Result<Micros> { return run_began_us_; });
  }
  void TearDown() override {
    activities_.reset();
    http_server_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Tests without a Temporal server stop the clock.
  virtual const Clock& clock() const { return clock_; }

  mcp::ToolResult answer(const std::string& tool, mcp::ToolCall& call) {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      calls_.emplace_back(tool, call.arguments);
      const auto found = handlers_.find(tool);
      if (found != handlers_.end()) handler = found->second;
    }
    if (handler) return handler(call);
    mcp::ToolResult result = tool == "drop_tables"
                                 ? mcp::ToolResult::ok({{"dropped", true}})
                                 : mcp::ToolResult::ok(made(tool == "sync_dataset", call));
    result.meta = {{mcp::meta_cost, {{"statements", 1}, {"rest_calls", 2}}}};
    return result;
  }
  static boost::json::object made(bool is_bronze, const mcp::ToolCall& call) {
    const auto text = [&call](const char* name) {
      return boost::json::value_to<std::string>(call.arguments.at(name));
    };
    const std::string place = "catalog_tenant_" + text("tenant_id");
    const std::string table = text("table_name") + (is_bronze ? "" : "_clean");
    boost::json::object out{
        {"table", place + (is_bronze ? ".bronze." : ".silver.") + table},
        {"kind", is_bronze ? "external" : "managed"},
        {"location", "/lakehouse/" + table},
        {"data_file", "f.parquet"},
        {"row_count", is_bronze ? 3 : 2},
        {"columns", call.arguments.at("columns")},
        {"file_sha256", "sha"},
        {"lakehouse", "local"},
    };
    if (!is_bronze) {
      out["rows_quarantined"] = 0;
      out["duplicates_removed"] = 1;
    }
    return out;
  }
  void on_tool(const std::string& tool, Handler handler) {
    const std::lock_guard lock(mutex_);
    handlers_[tool] = std::move(handler);
  }
  void tool_fails(const std::string& tool, Error error) {
    on_tool(tool,
            [error = std::move(error)](mcp::ToolCall&) { return mcp::ToolResult::failed(error); });
  }
  std::vector<std::string> tools_called() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, arguments] : calls_) names.push_back(name);
    return names;
  }

  static DatasetVersion version_of(const std::string& file_name) {
    DatasetVersion version;
    version.file_name = file_name;
    version.sha256 = "sha-" + file_name;
    version.bytes = 100;
    version.row_count = 3;
    version.columns = {{"id", "Id", "BIGINT", ""}};
    version.silver_plan_json = R"({"columns":[],"remove_duplicates":true})";
    version.source_format = "csv";
    version.profiled_at_us = 1;
    return version;
  }
  Dataset uploaded(const std::string& name) {
    const std::string id = new_uuid_v7();
    return store_
        ->create_dataset({id, tenant_, name, "", true}, version_of(id + ".parquet"),
                         metadata::Want{}, SyncState{})
        .value();
  }
  void replace(const Dataset& dataset) {
    ASSERT_TRUE(store_->add_version(tenant_, dataset.id, version_of(new_uuid_v7() + ".parquet"),
                                    metadata::Want{}));
  }
  void ask(const Dataset& dataset, metadata::WantKind kind) {
    ASSERT_TRUE(store_->request_sync(tenant_, dataset.id, kind));
  }
  /// The newest want, as the dispatcher would send it: its row leaves the outbox.
  WorkflowWant newest_want(std::int64_t retry_attempts = 3) {
    const auto rows = store_->due_outbox(100, clock().now_us()).value();
    EXPECT_FALSE(rows.empty());
    WorkflowWant want;
    if (rows.empty()) return want;
    want = {rows.back().want, rows.back().id, retry_attempts, 300, false};
    for (const metadata::OutboxRow& row : rows) EXPECT_TRUE(store_->outbox_done(row.id));
    return want;
  }
  metadata::SyncRecord sync_of(const Dataset& dataset) const {
    return store_->get_sync_state(dataset.id).value();
  }
  std::vector<metadata::SyncRun> runs_of(const Dataset& dataset) const {
    return store_->list_sync_runs(dataset.id, 100).value();
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-sync-" + random_hex(6));
  FakeClock clock_;
  TenantId tenant_{"acme"};
  std::unique_ptr<metadata::Store> store_;
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, boost::json::object>> calls_;
  std::map<std::string, Handler> handlers_;
  std::unique_ptr<mcp::Server> mcp_server_;
  std::unique_ptr<http::Server> http_server_;
  std::unique_ptr<mcp::Client> mcp_;
  Micros run_began_us_ = 0;
  std::unique_ptr<Activities> activities_;
};

}  // namespace sluice::sync
