// What a tool answers is held against its own output schema before it is sent.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "http/server.h"
#include "mcp/client.h"
#include "mcp/server.h"

namespace sluice::mcp {
namespace {

namespace json = boost::json;

class AnswerCheck : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.key = "k";
    mcp_ = Server::create(options).value();
    const Tool echo{.name = "echo",
                    .title = "Echo",
                    .description = "Answers with its argument.",
                    .annotations = {},
                    .input_schema = R"({"type":"object"})",
                    .output_schema = R"({"type":"object","required":["rows"],"properties":{
                        "rows":{"type":"integer"},
                        "columns":{"type":"array","items":{"type":"object","required":["name"]}}}})",
                    .handler = [](ToolCall& call) {
                      if (call.arguments.contains("fail")) {
                        return ToolResult::failed(
                            Error{Errc::conflict, ErrorCode::from_outside("taken"), "Taken.", {}});
                      }
                      ToolResult result;
                      if (call.arguments.contains("text")) result.text = "only words";
                      if (result.text.empty()) result = ToolResult::ok(call.arguments);
                      result.meta = {{meta_cost, json::object{{"statements", 2}}}};
                      return result;
                    }};
    ASSERT_TRUE(mcp_->add(echo));
    http::Router router;
    mcp_->mount(router);
    http::ServerOptions http_options;
    http_options.listen = "127.0.0.1:0";
    server_ = http::Server::start(http_options, std::move(router)).value();
    ClientOptions client_options;
    client_options.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/mcp";
    client_options.key = "k";
    client_ = std::make_unique<Client>(client_options);
  }
  ToolResult call(const char* arguments) {
    return client_->call_tool("echo", json::parse(arguments).as_object()).value();
  }

  std::unique_ptr<Server> mcp_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(AnswerCheck, OneThatFitsIsSent) {
  const ToolResult result = call(R"({"rows":1,"columns":[{"name":"a"}],"more":true})");
  EXPECT_FALSE(result.error);
  ASSERT_TRUE(result.structured);
  EXPECT_EQ(result.structured->at("rows"), json::value(1));
}

TEST_F(AnswerCheck, OneThatDoesNotIsAFailureThatSaysWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"columns":[]})", "structuredContent: \"rows\" is missing"},
      {R"({"rows":"1"})", "rows: must be of type integer"},
      {R"({"rows":1,"columns":[{"name":"a"},{}]})", "columns[1]: \"name\" is missing"},
      {R"({"text":true})", "structuredContent: must be of type object"}};
  for (const auto& [arguments, problem] : cases) {
    const ToolResult result = call(arguments);
    ASSERT_TRUE(result.error) << arguments;
    EXPECT_EQ(result.error->code, "tool_answer_invalid");
    EXPECT_EQ(result.error->kind, Errc::internal);
    EXPECT_NE(result.error->message.find(problem), std::string::npos) << result.error->message;
    EXPECT_FALSE(result.structured);
    EXPECT_TRUE(result.meta.contains(meta_cost)) << "what it took was taken all the same";
  }
}

TEST_F(AnswerCheck, AFailureIsNotHeldAgainstTheSchema) {
  EXPECT_EQ(call(R"({"fail":true})").error->code, "taken");
}

}  // namespace
}  // namespace sluice::mcp
