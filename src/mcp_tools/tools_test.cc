// The tools as the worker meets them: a real MCP server, a real lakehouse, and an API that serves
// files, or does not.
#include "mcp_tools/tools.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/files.h"
#include "base/ids.h"
#include "http/server.h"
#include "lakehouse/local/local_lakehouse.h"
#include "lakehouse/testing/parquet_rows.h"
#include "mcp/client.h"
#include "mcp/schema.h"
#include "wire/json.h"
#include "wire/schema.h"

namespace sluice::mcp_tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using lakehouse::BronzeAnswer;
using lakehouse::BronzeArguments;
using lakehouse::DropArguments;
using lakehouse::SilverAnswer;
using lakehouse::SilverArguments;
using mcp::ToolResult;

constexpr const char* three_rows =
    "SELECT * FROM (VALUES (1::BIGINT, '7'), (1, '7'), (2, 'x')) t(id, a)";
const std::vector<Column> columns = {{"id", "ID", "BIGINT", ""}, {"a", "a", "VARCHAR", ""}};

sandbox::ForkServer& workers() {
  static const auto all = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
  return *all;
}

class ToolsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(create_folders(root_));
    http::Router api;
    api.add("GET", "/internal/storage/datasets/{file}",
            [this](http::Request& request) {
              const std::lock_guard lock(mutex_);
              ++downloads_;
              if (request.headers.get("Authorization") != "Bearer k") {
                return http::Response::text(401, "no");
              }
              return http::Response::text(status_, file_);
            },
            {});
    api_ = serve(std::move(api));
    lakehouse_ = lakehouse::LocalLakehouse::open(root_ / "lakehouse", workers()).value();
    start("k");
    const fs::path path = root_ / "d.parquet";
    made_ = lakehouse::testing::make_parquet(three_rows, columns, path);
    file_ = read_file(path).value();
  }
  void TearDown() override {
    mcp_http_.reset();
    api_.reset();
    fs::remove_all(root_);
  }

  static std::unique_ptr<http::Server> serve(http::Router router) {
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    return http::Server::start(options, std::move(router)).value();
  }
  static std::string url_of(const http::Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  /// The MCP server, with the key that it shows the API.
  void start(const std::string& key_for_api) {
    mcp_http_.reset();
    tools_ = std::make_unique<Tools>(*lakehouse_, http_, Source{url_of(*api_), key_for_api});
    mcp::ServerOptions options;
    options.key = "m";
    mcp_ = mcp::Server::create(options).value();
    ASSERT_TRUE(tools_->add_to(*mcp_));
    http::Router router;
    mcp_->mount(router);
    mcp_http_ = serve(std::move(router));
    mcp::ClientOptions client;
    client.url = url_of(*mcp_http_) + "/mcp";
    client.key = "m";
    client_ = std::make_unique<mcp::Client>(client);
  }

  BronzeArguments bronze() const {
    BronzeArguments out;
    out.table.tenant.value = "x";
    out.table.dataset_id = "d-1";
    out.table.version = 1;
    out.table.sha256 = made_.sha256;
    out.table.table_name = "t";
    out.table.columns = columns;
    out.file_name = "d.parquet";
    out.file_bytes = static_cast<std::int64_t>(file_.size());
    return out;
  }
  template <typename Arguments>
  ToolResult call(const char* tool, const Arguments& arguments) {
    return client_->call_tool(tool, wire::to_object(arguments)).value();
  }
  static std::string code_of(const ToolResult& result) {
    return result.error ? result.error->code.text() : "done";
  }
  std::ptrdiff_t landed_files() const {
    const fs::recursive_directory_iterator all(root_ / "lakehouse" / "landing");
    return std::count_if(begin(all), end(all), [](const fs::directory_entry& entry) {
      return entry.path().extension() == ".part";
    });
  }

  const fs::path root_ = fs::temp_directory_path() / ("sluice-tools-" + random_hex(4));
  std::mutex mutex_;
  int downloads_ = 0;
  int status_ = 200;
  std::string file_;
  lakehouse::testing::ParquetRows made_;
  http::Client http_;
  std::unique_ptr<lakehouse::Lakehouse> lakehouse_;
  std::unique_ptr<http::Server> api_;
  std::unique_ptr<Tools> tools_;
  std::unique_ptr<mcp::Server> mcp_;
  std::unique_ptr<mcp::Client> client_;
  std::unique_ptr<http::Server> mcp_http_;  // last: its threads use the rest
};

TEST_F(ToolsTest, BronzeIsFetchedOnceAndSilverIsMadeOfIt) {
  for (int round = 0; round < 2; ++round) {
    const ToolResult result = call("sync_dataset", bronze());
    ASSERT_EQ(code_of(result), "done") << result.text;
    const auto answer = wire::from_json<BronzeAnswer>(*result.structured).value();
    EXPECT_EQ(answer.lakehouse, "local");
    EXPECT_EQ(answer.bronze.table, "catalog_tenant_x.bronze.t");
    EXPECT_EQ(answer.bronze.row_count, 3);
    EXPECT_EQ(answer.bronze.version, 1);
    EXPECT_EQ(answer.bronze.file_sha256, made_.sha256);
    EXPECT_TRUE(result.meta.contains(mcp::meta_cost));
  }
  EXPECT_EQ(downloads_, 1) << "what is there need not be fetched";
  EXPECT_EQ(landed_files(), 0);

  const ToolResult result =
      call("transform_to_silver", SilverArguments{bronze().table, made_.plan});
  ASSERT_EQ(code_of(result), "done") << result.text;
  const auto silver = wire::from_json<SilverAnswer>(*result.structured).value();
  EXPECT_EQ(silver.state.silver.row_count, 2);
  EXPECT_EQ(silver.state.duplicates_removed, 1);
  EXPECT_EQ(silver.state.rows_quarantined, 0);
  EXPECT_FALSE(silver.state.quarantine);
}

TEST_F(ToolsTest, AQuarantineIsAnswered) {
  ASSERT_EQ(code_of(call("sync_dataset", bronze())), "done");
  SilverArguments strict{bronze().table, made_.plan};
  strict.plan.columns.at(1).type = "BIGINT";
  strict.plan.columns.at(1).transform = lakehouse::medallion::Transform::cast;
  const ToolResult result = call("transform_to_silver", strict);
  ASSERT_EQ(code_of(result), "done") << result.text;
  const auto silver = wire::from_json<SilverAnswer>(*result.structured).value();
  EXPECT_EQ(silver.state.rows_quarantined, 1);
  ASSERT_TRUE(silver.state.quarantine);
  EXPECT_EQ(silver.state.quarantine->row_count, 1);
}

TEST_F(ToolsTest, TablesAreDroppedOfTheirDatasetOnly) {
  ASSERT_EQ(code_of(call("sync_dataset", bronze())), "done");
  DropArguments drop{TenantId{"x"}, "d-2", "t", 0, 0};
  EXPECT_EQ(code_of(call("drop_tables", drop)), "table_of_another_dataset");
  EXPECT_TRUE(lakehouse_->find_table(TenantId{"x"}, lakehouse::Layer::bronze, "t").value());
  drop.dataset_id = "d-1";
  for (int round = 0; round < 2; ++round) {
    const ToolResult result = call("drop_tables", drop);
    ASSERT_EQ(code_of(result), "done") << result.text;
    EXPECT_EQ(json::serialize(*result.structured), R"({"dropped":true})");
  }
  EXPECT_FALSE(lakehouse_->find_table(TenantId{"x"}, lakehouse::Layer::bronze, "t").value());
}

TEST_F(ToolsTest, ALakehouseThatNeverSleepsSaysNow) {
  const ToolResult result =
      call("begin_sync", lakehouse::BeginArguments{TenantId{"x"}, "d-1", "t"});
  ASSERT_TRUE(result.structured);
  EXPECT_EQ(result.structured->at("begins_at_us"), 0);
}

TEST_F(ToolsTest, TheAgeOfTheWantReachesTheLakehouse) {
  BronzeArguments newer = bronze();
  newer.table.order = 7;
  newer.table.asked_at_us = 700;
  ASSERT_EQ(code_of(call("sync_dataset", newer)), "done");
  EXPECT_EQ(code_of(call("drop_tables", DropArguments{TenantId{"x"}, "d-1", "t", 6, 600})),
            "newer_want_carried");
  EXPECT_EQ(code_of(call("drop_tables", DropArguments{TenantId{"x"}, "d-1", "t", 8, 800})), "done");
}

TEST_F(ToolsTest, WhatTheApiAnswersIsSaidInItsOwnTerms) {
  const std::tuple<int, const char*, bool> cases[] = {{404, "file_not_found", false},
                                                      {409, "data_damaged", false},
                                                      {403, "mcp_key_mismatch", false},
                                                      {500, "api_unreachable", true},
                                                      {503, "api_unreachable", true}};
  for (const auto& [status, code, is_retryable] : cases) {
    status_ = status;
    const ToolResult result = call("sync_dataset", bronze());
    EXPECT_EQ(code_of(result), code) << status;
    EXPECT_EQ(result.error->retryable, is_retryable) << status;
    EXPECT_TRUE(result.meta.contains(mcp::meta_cost)) << "a failure says its cost too";
  }
  EXPECT_EQ(landed_files(), 0);
}

TEST_F(ToolsTest, AnApiThatIsAwayIsWaitedFor) {
  api_.reset();
  const ToolResult result = call("sync_dataset", bronze());
  EXPECT_EQ(code_of(result), "api_unreachable");
  EXPECT_TRUE(result.error->retryable);
}

TEST_F(ToolsTest, AnotherKeyIsAPersonsToMend) {
  start("other");
  const ToolResult result = call("sync_dataset", bronze());
  EXPECT_EQ(code_of(result), "mcp_key_mismatch");
  EXPECT_FALSE(result.error->retryable);
  EXPECT_EQ(result.text.find("other"), std::string::npos) << "no key in an error";
}

TEST_F(ToolsTest, OtherBytesThanWereStoredMakeNoTable) {
  file_.back() = static_cast<char>(file_.back() ^ 1);
  EXPECT_EQ(code_of(call("sync_dataset", bronze())), "landed_file_damaged");
  EXPECT_EQ(landed_files(), 0);
  EXPECT_FALSE(lakehouse_->find_table(TenantId{"x"}, lakehouse::Layer::bronze, "t").value());
}

TEST_F(ToolsTest, ArgumentsThatDoNotFitAreRefusedAndThePlaceIsSaid) {
  const json::object good = wire::to_object(bronze());
  const auto refused = [&](auto change) {
    json::object arguments = good;
    change(arguments);
    const ToolResult result = client_->call_tool("sync_dataset", arguments).value();
    return code_of(result) + " " + (result.error ? result.error->message : "");
  };
  EXPECT_EQ(refused([](json::object& a) { a.erase("sha256"); }),
            "bad_arguments arguments: \"sha256\" is missing.");
  EXPECT_EQ(refused([](json::object& a) { a["version"] = "1"; }),
            "bad_arguments version: must be of type integer.");
  EXPECT_EQ(refused([](json::object& a) { a["colums"] = 1; }),
            "bad_arguments arguments: \"colums\" is not known.");
  EXPECT_EQ(
      refused([](json::object& a) { a["columns"].as_array().at(1).as_object().erase("type"); }),
      "bad_arguments columns[1]: \"type\" is missing.");
  EXPECT_EQ(refused([](json::object& a) { a["version"] = 1e18; }),
            "bad_arguments version must be an integer of 64 bits.");
  EXPECT_EQ(downloads_, 0);
}

/// A version is 1.0 where a client's language knows no integers.
TEST_F(ToolsTest, AnIntegerMayComeAsADouble) {
  json::object arguments = wire::to_object(bronze());
  arguments["version"] = 1.0;
  const ToolResult result = client_->call_tool("sync_dataset", arguments).value();
  EXPECT_EQ(code_of(result), "done") << result.text;
}

/// The schemas are made of the values: what one refuses, the other refuses too.
TEST(ToolSchemas, LackOfAnyRequiredMemberIsRefusedByBoth) {
  BronzeAnswer answer;
  answer.bronze.columns = columns;
  const json::object schema = wire::schema_of<BronzeAnswer>();
  const json::object whole = wire::to_object(answer);
  EXPECT_FALSE(mcp::schema_problem(schema, whole));
  int required = 0;
  for (const auto& member : whole) {
    json::object less = whole;
    less.erase(member.key());
    const bool fits = !mcp::schema_problem(schema, less);
    EXPECT_EQ(fits, wire::from_json<BronzeAnswer>(less).has_value()) << member.key();
    required += fits ? 0 : 1;
    json::object wrong = whole;
    wrong[member.key()] = json::array{json::object()};
    EXPECT_TRUE(mcp::schema_problem(schema, wrong)) << member.key();
    EXPECT_FALSE(wire::from_json<BronzeAnswer>(wrong)) << member.key();
  }
  EXPECT_EQ(required, 7) << "all that the worker takes";
}

}  // namespace
}  // namespace sluice::mcp_tools
