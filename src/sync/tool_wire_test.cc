// What the worker tells the MCP server, and what it takes for an answer.
#include "sync/tool_wire.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/server.h"
#include "mcp/client.h"
#include "mcp/server.h"
#include "wire/json.h"

namespace sluice::sync {
namespace {

namespace json = boost::json;
using lakehouse::BronzeAnswer;
using lakehouse::DropAnswer;
using lakehouse::SilverAnswer;

/// An MCP server of another version, whose schemas promise nothing.
class OtherServer {
 public:
  explicit OtherServer(const std::string& answer) {
    mcp::ServerOptions options;
    options.key = "k";
    mcp_ = mcp::Server::create(options).value();
    for (const char* name : {"sync_dataset", "transform_to_silver", "drop_tables"}) {
      const Result<void> added =
          mcp_->add({.name = name,
                     .title = name,
                     .description = "As another version has it.",
                     .annotations = {},
                     .input_schema = R"({"type":"object"})",
                     .output_schema = R"({"type":"object"})",
                     .handler = [answer](mcp::ToolCall&) {
                       return mcp::ToolResult::ok(json::parse(answer).as_object());
                     }});
      EXPECT_TRUE(added);
    }
    http::Router router;
    mcp_->mount(router);
    http::ServerOptions http_options;
    http_options.listen = "127.0.0.1:0";
    server_ = http::Server::start(http_options, std::move(router)).value();
  }
  template <typename Answer>
  Result<Answer> answer_to(const char* tool) {
    mcp::ClientOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/mcp";
    options.key = "k";
    return answer_in<Answer>(tool, mcp::Client(options).call_tool(tool, {}).value());
  }

 private:
  std::unique_ptr<mcp::Server> mcp_;
  std::unique_ptr<http::Server> server_;
};

const std::string bronze =
    R"({"table":"catalog_tenant_x.bronze.t","kind":"external","location":"/l","data_file":"f",)"
    R"("row_count":20,"columns":[{"name":"id","original":"ID","type":"BIGINT"}],)"
    R"("lakehouse":"local"})";

std::string without(std::string text, const std::string& part) {
  text.erase(text.find(part), part.size());
  return text;
}

TEST(ToolWire, AnAnswerThatLacksFieldsIsADefectAndSaysWhich) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"table":"c.bronze.t","kind":"external","row_count":1})", "location is missing."},
      {without(bronze, R"("columns":[{"name":"id","original":"ID","type":"BIGINT"}],)"),
       "columns is missing."},
      {without(bronze, R"("original":"ID",)"), "columns[0].original is missing."},
      {R"({})", "table is missing."}};
  for (const auto& [answer, problem] : cases) {
    const Result<BronzeAnswer> refused =
        OtherServer(answer).answer_to<BronzeAnswer>("sync_dataset");
    ASSERT_FALSE(refused) << answer;
    EXPECT_EQ(refused.error().code, "lakehouse_answer_invalid");
    EXPECT_NE(refused.error().detail.find(problem), std::string::npos) << refused.error().detail;
    EXPECT_STREQ(error_class_of(refused.error()), "bug");
  }
  EXPECT_EQ(OtherServer(bronze).answer_to<SilverAnswer>("transform_to_silver").error().code,
            "lakehouse_answer_invalid")
      << "without its arithmetic";
  EXPECT_EQ(OtherServer("{}").answer_to<DropAnswer>("drop_tables").error().code,
            "lakehouse_answer_invalid");
}

TEST(ToolWire, AnAnswerOfAnOlderOrANewerVersionIsTaken) {
  const Result<BronzeAnswer> older = OtherServer(bronze).answer_to<BronzeAnswer>("sync_dataset");
  ASSERT_TRUE(older) << to_line(older.error());
  EXPECT_EQ(older->bronze.row_count, 20);
  EXPECT_EQ(older->bronze.file_sha256, "") << "not told: the scrubber takes it";
  std::string newer = bronze;
  newer.insert(1, R"("partitions":[1,2],)");
  EXPECT_TRUE(OtherServer(newer).answer_to<BronzeAnswer>("sync_dataset"));
}

TEST(ToolWire, NoAnswerAtAllIsADefectToo) {
  mcp::ToolResult words;
  words.text = "done";
  EXPECT_EQ(answer_in<BronzeAnswer>("sync_dataset", words).error().code,
            "lakehouse_answer_invalid");
}

DatasetVersion version() {
  DatasetVersion out;
  out.file_name = "d.parquet";
  out.bytes = 10;
  out.columns = {{"id", "ID", "BIGINT", "all 20 cells, such as '7'"}};
  out.silver_plan_json = R"({"columns":[],"remove_duplicates":true})";
  return out;
}

WorkflowWant want(metadata::WantKind kind) {
  WorkflowWant out;
  out.want = {kind, "d-1", TenantId{"x"}, 3, "abc", "t"};
  out.order = 9;
  return out;
}

TEST(ToolWire, ArgumentsAreTheWantsAndQuoteNoCell) {
  EXPECT_EQ(
      wire::to_text(bronze_arguments(want(metadata::WantKind::resync), 77, version())),
      R"({"tenant_id":"x","dataset_id":"d-1","version":3,"sha256":"abc","table_name":"t",)"
      R"("columns":[{"name":"id","original":"ID","type":"BIGINT","reason":""}],)"
      R"("rebuild":true,"order":9,"asked_at_us":77,"file_name":"d.parquet","file_bytes":10})");
  const Result<lakehouse::SilverArguments> silver =
      silver_arguments(want(metadata::WantKind::sync), 77, version());
  ASSERT_TRUE(silver);
  EXPECT_FALSE(silver->table.rebuild);
  DatasetVersion damaged = version();
  damaged.silver_plan_json = "{";
  EXPECT_EQ(silver_arguments(want(metadata::WantKind::sync), 77, damaged).error().code, "bad_plan");
}

TEST(ToolWire, AWantFromBeforeWantsWereRecordedHasNoAge) {
  const lakehouse::DropArguments old = drop_arguments(want(metadata::WantKind::drop), 0);
  EXPECT_EQ(old.order, 0);
  EXPECT_EQ(drop_arguments(want(metadata::WantKind::drop), 5).order, 9);
}

TEST(ToolWire, ATableIsTheTenantsAndOfItsName) {
  const metadata::Want mine = want(metadata::WantKind::sync).want;
  EXPECT_TRUE(is_table_of(mine, "catalog_tenant_x.bronze.t", ""));
  EXPECT_TRUE(is_table_of(mine, "catalog_tenant_x.silver.t_clean", "_clean"));
  EXPECT_TRUE(is_table_of(mine, "sluice.tenant_x__bronze.t", ""));
  for (const char* other : {"catalog_tenant_y.bronze.t", "catalog_tenant_x.bronze.tt",
                            "catalog_tenant_x.bronze.s", "catalog_tenant_xy.bronze.t", "t", ""}) {
    EXPECT_FALSE(is_table_of(mine, other, "")) << other;
  }
}

TEST(ToolWire, ACostThatIsNotToldIsNone) {
  EXPECT_EQ(
      cost_in(json::parse(R"({"io.sluice/cost":{"statements":2,"rest_calls":5}})").as_object()),
      (SyncCost{2, 5, 0, 0}));
  EXPECT_EQ(cost_in(json::parse(R"({"io.sluice/cost":"much"})").as_object()), SyncCost{});
  EXPECT_EQ(cost_in({}), SyncCost{});
}

}  // namespace
}  // namespace sluice::sync
