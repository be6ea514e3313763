#include "lakehouse/databricks/warehouse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "lakehouse/databricks/testing/scripted_workspace.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string statements = "/api/2.0/sql/statements";
using Reply = ScriptedWorkspace::Reply;

Reply state(const std::string& name) {
  return {200, R"({"statement_id":"s","status":{"state":")" + name + R"("}})"};
}

Reply failed(const std::string& message) {
  return {200,
          R"({"statement_id":"s","status":{"state":"FAILED","error":{"error_code":"BAD_REQUEST",)"
          R"("message":")" +
              message + R"("}}})"};
}

Reply succeeded(const std::string& result, bool truncated = false) {
  return {200, R"({"statement_id":"s","status":{"state":"SUCCEEDED"},"manifest":{)"
               R"("total_row_count":1,"total_chunk_count":1,"truncated":)" +
                   std::string(truncated ? "true" : "false") +
                   R"(,"schema":{"columns":[{"name":"n"}]}},"result":)" + result + "}"};
}

class WarehouseTest : public testing::Test {
 protected:
  WarehouseTest() { std::filesystem::create_directory(folder_.path()); }

  std::string link() const {
    return R"({"external_links":[{"external_link":")" + workspace_.url() +
           R"(/cloud/chunk","http_headers":{"x-sse-key":"k1"}}]})";
  }
  Reply linked() const { return succeeded(link()); }
  Result<StatementRows> run() { return warehouse_.run({"SELECT 1", "Asking"}, calls_, count_); }
  Result<ResultChunks> run_to(std::optional<std::int64_t> bytes_max, bool is_small = false) {
    Statement statement{"SELECT 1", "Asking"};
    statement.bytes_max = bytes_max;
    statement.is_small = is_small;
    return warehouse_.run_to(folder_.path(), statement, calls_, count_);
  }
  static std::string text_of(const std::filesystem::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  std::vector<std::string> dispositions() const {
    std::vector<std::string> seen;
    for (const std::string& body : workspace_.bodies("POST", statements)) {
      seen.emplace_back(body.find("EXTERNAL_LINKS") == body.npos ? "INLINE" : "EXTERNAL_LINKS");
    }
    return seen;
  }

  static constexpr std::int64_t large = std::int64_t{256} << 20U;
  const ScopedPath folder_{std::filesystem::temp_directory_path() /
                           ("sluice-warehouse-" + random_hex(4))};
  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  Rest rest_{connection_};
  Warehouse warehouse_{rest_,
                       connection_,
                       {.start = std::chrono::milliseconds(1),
                        .look_again = std::chrono::milliseconds(1),
                        .run = std::chrono::milliseconds(60'000),
                        .links = {.first_interval = std::chrono::milliseconds(1), .attempts = 4}}};
  CallCount calls_;
  StatementCount count_;
};

TEST_F(WarehouseTest, QueuedBehindOthersIsWaitedForOn) {
  workspace_.on("POST", statements, {state("PENDING")});
  workspace_.on("GET", statements + "/s",
                {state("PENDING"), succeeded(R"({"data_array":[["7"]]})")});
  workspace_.on("GET", "/api/2.0/sql/warehouses/w", {{200, R"({"state":"RUNNING"})"}});
  const Result<StatementRows> rows = run();
  ASSERT_TRUE(rows) << to_line(rows.error());
  EXPECT_EQ(rows->integer("n"), 7);
}

TEST_F(WarehouseTest, AWarehouseThatDoesNotStartIsGivenUp) {
  workspace_.on("POST", statements, {state("PENDING")});
  workspace_.on("GET", statements + "/s", {state("PENDING")});
  workspace_.on("GET", "/api/2.0/sql/warehouses/w", {{200, R"({"state":"STARTING"})"}});
  const Result<StatementRows> rows = run();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, "databricks_warehouse_start");
  EXPECT_THAT(workspace_.lines(), Contains("POST " + statements + "/s/cancel"));
}

TEST_F(WarehouseTest, ClosedMeansThatItSucceededAndTheResultIsGone) {
  workspace_.on("POST", statements, {state("CLOSED")});
  const Result<StatementRows> rows = run();
  ASSERT_FALSE(rows);
  EXPECT_TRUE(is_lost(rows.error()));
}

TEST_F(WarehouseTest, AStatementThatIsNotKnownAnyMoreMayHaveBeenDone) {
  workspace_.on("POST", statements, {state("RUNNING")});
  workspace_.on("GET", statements + "/s", {state("RUNNING"), {404, "{}"}});
  const Result<StatementRows> rows = run();
  ASSERT_FALSE(rows);
  EXPECT_TRUE(is_lost(rows.error()));
}

TEST_F(WarehouseTest, TheNextChunkMayBeNamedByItsNumberAlone) {
  workspace_.on("POST", statements, {succeeded(R"({"data_array":[["7"]],"next_chunk_index":1})")});
  workspace_.on("GET", statements + "/s/result/chunks/1",
                {{200, R"({"chunk_index":1,"data_array":[["8"]]})"}});
  const Result<StatementRows> rows = run();
  ASSERT_TRUE(rows) << to_line(rows.error());
  EXPECT_EQ(rows->rows.size(), 2U);
}

TEST_F(WarehouseTest, DefaultStorageAndAClassicWarehouseIsSaidPlainly) {
  workspace_.on("POST", statements,
                {failed("Databricks Default Storage cannot be accessed using Classic Compute. "
                        "Please use Serverless compute")});
  workspace_.on("GET", "/api/2.0/sql/warehouses/w",
                {{200, R"({"name":"small","warehouse_type":"CLASSIC","state":"RUNNING"})"}});
  const Result<StatementRows> rows = run();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, "databricks_serverless");
  EXPECT_EQ(rows.error().kind, Errc::permission_denied);
  EXPECT_THAT(rows.error().detail, HasSubstr("The warehouse small is of the kind CLASSIC"));
  EXPECT_THAT(rows.error().remedy, HasSubstr("serverless SQL warehouse"));
}

TEST_F(WarehouseTest, ALinksHeadersGoToItsAddressAndTheTokenDoesNot) {
  workspace_.on("POST", statements, {linked()});
  workspace_.on("GET", "/cloud/chunk", {{200, R"([["7"]])"}});
  const Result<ResultChunks> result = run_to(large);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_EQ(text_of(result->files.at(0)), R"([["7"]])");
  const ScriptedWorkspace::Call fetched = workspace_.calls().back();
  EXPECT_EQ(fetched.target, "/cloud/chunk");
  EXPECT_EQ(fetched.headers.get("x-sse-key"), "k1");
  EXPECT_EQ(fetched.headers.get("Authorization"), "");
}

TEST_F(WarehouseTest, ALinksHeadersFollowNoRedirect) {
  workspace_.on("POST", statements, {linked(), succeeded(R"({"data_array":[["7"]]})")});
  workspace_.on("GET", statements + "/s/result/chunks/0", {{200, link()}});
  workspace_.on("GET", "/cloud/chunk",
                {{302, "", {{"Location", workspace_.url() + "/elsewhere"}}}});
  ASSERT_TRUE(run_to(large));
  for (const ScriptedWorkspace::Call& call : workspace_.calls()) {
    EXPECT_NE(call.target, "/elsewhere");
  }
}

TEST_F(WarehouseTest, WhatIsSmallComesInTheAnswer) {
  workspace_.on("POST", statements, {succeeded(R"({"data_array":[["7",null]]})")});
  const Result<ResultChunks> result = run_to(1'000);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_EQ(text_of(result->files.at(0)), R"([["7",null]])");
  ASSERT_TRUE(run_to(large, true));
  EXPECT_THAT(dispositions(), ElementsAre("INLINE", "INLINE"));
}

TEST_F(WarehouseTest, WhatWasSmallByMistakeComesByLinks) {
  workspace_.on("POST", statements, {succeeded(R"({"data_array":[["7"]]})", true), linked()});
  workspace_.on("GET", "/cloud/chunk", {{200, R"([["7"],["8"]])"}});
  const Result<ResultChunks> result = run_to(large, true);
  ASSERT_TRUE(result) << to_line(result.error());
  EXPECT_THAT(dispositions(), ElementsAre("INLINE", "EXTERNAL_LINKS"));
  EXPECT_EQ(text_of(result->files.at(0)), R"([["7"],["8"]])");
}

TEST_F(WarehouseTest, WhatIsTooLongAsTextComesByLinks) {
  workspace_.on(
      "POST", statements,
      {failed("Inline byte limit exceeded. Statements executed with disposition=INLINE can "
              "have a result size of at most 26214400 bytes."),
       linked()});
  workspace_.on("GET", "/cloud/chunk", {{200, R"([["7"]])"}});
  EXPECT_TRUE(run_to(1'000));
  EXPECT_THAT(dispositions(), ElementsAre("INLINE", "EXTERNAL_LINKS"));
}

TEST_F(WarehouseTest, WhereLinksAreRefusedTheRestComesInTheAnswer) {
  workspace_.on("POST", statements, {linked(), succeeded(R"({"data_array":[["7"]]})")});
  workspace_.on("GET", statements + "/s/result/chunks/0", {{200, link()}});
  workspace_.on("GET", "/cloud/chunk", {{403, "blocked"}});
  ASSERT_TRUE(run_to(large));
  ASSERT_TRUE(run_to(large));
  EXPECT_THAT(dispositions(), ElementsAre("EXTERNAL_LINKS", "INLINE", "INLINE"));
  workspace_.on("POST", statements, {succeeded(R"({"data_array":[["7"]]})", true)});
  const Result<ResultChunks> too_large = run_to(large);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, "databricks_links");
}

TEST_F(WarehouseTest, LinksThatAreSwitchedOffAreAskedForOnce) {
  const std::string off =
      R"({"error_code":"FEATURE_DISABLED","message":"EXTERNAL_LINKS are not enabled here."})";
  workspace_.on("POST", statements, {{400, off}, succeeded(R"({"data_array":[["7"]]})")});
  ASSERT_TRUE(run_to(large));
  ASSERT_TRUE(run_to(large));
  EXPECT_THAT(dispositions(), ElementsAre("EXTERNAL_LINKS", "INLINE", "INLINE"));
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
