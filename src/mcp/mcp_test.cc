// Server and client on loopback, in every era of the protocol, with tools that are slow, fail or
// are left.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/files.h"
#include "http/client.h"
#include "http/server.h"
#include "mcp/client.h"
#include "mcp/server.h"

namespace sluice::mcp {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

const std::string key = "test-key";
const std::string meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

class McpTest : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.key = key;
    options.json_wait = milliseconds(100);
    options.comment_interval = milliseconds(50);
    options.progress_interval = milliseconds(0);
    mcp_ = Server::create(options).value();
    Tool tool;
    tool.name = "work";
    tool.title = "Work";
    tool.description = "Sleeps, fails, throws.";
    tool.input_schema =
        R"({"type":"object","properties":{"ms":{"type":"integer"},"how":{"type":"string"}},
                            "additionalProperties":false})";
    tool.handler = [this](ToolCall& call) { return work(call); };
    ASSERT_TRUE(mcp_->add(tool));
    EXPECT_EQ(mcp_->add(tool).error().code, "tool_exists");
    http::Router router;
    mcp_->mount(router);
    http::ServerOptions http_options;
    http_options.listen = "127.0.0.1:0";
    server_ = http::Server::start(http_options, std::move(router)).value();
  }

  ToolResult work(ToolCall& call) {
    const json::value* how = call.arguments.if_contains("how");
    const std::string text = how == nullptr ? "" : std::string(how->as_string());
    if (text == "throw") throw std::runtime_error("secret");
    if (text == "fail")
      return ToolResult::failed(Error{Errc::unavailable, ErrorCode::from_outside("db_gone"),
                                      "The database is gone.", "Wait."});
    const json::value* ms = call.arguments.if_contains("ms");
    for (std::int64_t left = ms == nullptr ? 0 : ms->as_int64(), i = 0; left > 0; left -= 10, ++i) {
      if (call.cancelled()) {
        cancelled_ = true;
        break;
      }
      call.report_progress(static_cast<double>(i), 10.0, "step");
      std::this_thread::sleep_for(milliseconds(10));
    }
    return ToolResult::ok({{"done", true}});
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/mcp"; }
  ClientOptions client_options() const {
    ClientOptions options;
    options.url = url();
    options.key = key;
    return options;
  }

  http::ClientRequest request(std::string body) const {
    http::ClientRequest out;
    out.method = "POST";
    out.url = url();
    out.body = std::move(body);
    out.headers.add("Authorization", "bearer " + key);
    out.headers.add("Content-Type", "application/json");
    out.headers.add("Accept", "application/json, text/event-stream");
    return out;
  }
  http::ClientRequest modern(std::string_view method, std::string_view params = "") const {
    http::ClientRequest out =
        request(R"({"jsonrpc":"2.0","id":7,"method":")" + std::string(method) + R"(","params":{)" +
                std::string(params) + meta + "}}");
    out.headers.add("MCP-Protocol-Version", "2026-07-28");
    out.headers.add("Mcp-Method", method);
    return out;
  }
  /// `status code` of a JSON-RPC refusal, `status` alone of any other answer.
  std::string outcome(const http::ClientRequest& sent) {
    const auto answer = http_.send(sent);
    if (!answer) return answer.error().code;
    last_ = answer->body;
    std::string text = std::to_string(answer->status);
    if (!answer->headers.get("Content-Type").starts_with("application/json")) return text;
    const json::object body = json::parse(answer->body).as_object();
    if (const json::value* error = body.if_contains("error"))
      text += " " + json::serialize(error->at("code"));
    return text;
  }

  std::atomic<bool> cancelled_{false};
  std::string last_;
  std::unique_ptr<Server> mcp_;
  std::unique_ptr<http::Server> server_;
  http::Client http_;
};

TEST_F(McpTest, the_gate_refuses_in_order) {
  http::ClientRequest sent = modern("server/discover");
  sent.headers.set("Host", "evil.example");
  EXPECT_EQ(outcome(sent), "403");
  for (const char* origin : {"http://evil.example", "http://localhost.evil.example",
                             "http://127.0.0.1:8001@evil.example", "null"}) {
    sent = modern("server/discover");
    sent.headers.set("Origin", origin);
    EXPECT_EQ(outcome(sent), "403") << origin;
  }
  sent.headers.set("Origin", "http://localhost:5173");
  EXPECT_EQ(outcome(sent), "200");
  sent.headers.set("Authorization", "Bearer wrong");
  const auto wrong = http_.send(sent);
  EXPECT_EQ(wrong->status, 401);
  EXPECT_EQ(wrong->headers.get("WWW-Authenticate"),
            "Bearer realm=\"mcp\", error=\"invalid_token\"");
  sent.headers.remove("Authorization");
  EXPECT_EQ(http_.send(sent)->headers.get("WWW-Authenticate"), "Bearer realm=\"mcp\"");
  sent = modern("server/discover");
  sent.headers.set("Content-Type", "text/plain");
  EXPECT_EQ(outcome(sent), "415");
  sent = modern("server/discover");
  sent.headers.set("Accept", "text/event-stream");
  EXPECT_EQ(outcome(sent), "406");
  EXPECT_EQ(outcome(request(std::string((4U << 20) + 1, ' '))), "413");
  sent = request("");
  sent.method = "GET";
  EXPECT_EQ(outcome(sent), "405");
  sent.url = url().substr(0, url().size() - 3) + ".well-known/oauth-protected-resource/mcp";
  EXPECT_EQ(outcome(sent), "404");
}

TEST_F(McpTest, the_envelope_is_checked) {
  EXPECT_EQ(outcome(request("{")), "400 -32700");
  EXPECT_EQ(outcome(request(std::string(200, '[') + std::string(200, ']'))), "400 -32700");
  for (const char* bad :
       {"[]", "1", R"({"id":1,"method":"ping"})", R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":{},"method":"ping"})", R"({"jsonrpc":"2.0","id":1,"result":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})"}) {
    EXPECT_EQ(outcome(request(bad)), "400 -32600") << bad;
  }
  for (const char* id : {"0", "\"\"", "9007199254740993", "-1", "\"a\\\"b\""}) {
    EXPECT_EQ(
        outcome(request(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"ping"})")),
        "200");
    EXPECT_NE(last_.find(R"("id":)" + std::string(id) + ","), std::string::npos) << last_;
  }
  EXPECT_EQ(outcome(request(R"({"jsonrpc":"2.0","method":"notifications/initialized"})")), "202");
}

TEST_F(McpTest, the_modern_ladder) {
  EXPECT_EQ(outcome(modern("server/discover")), "200");
  EXPECT_NE(last_.find("\"supportedVersions\":[\"2026-07-28\"]"), std::string::npos);
  EXPECT_NE(last_.find("\"resultType\":\"complete\""), std::string::npos);
  http::ClientRequest sent = modern("tools/list");
  sent.body = R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})";
  EXPECT_EQ(outcome(sent), "400 -32602");
  sent = modern("tools/list");
  sent.headers.set("MCP-Protocol-Version", "2025-11-25");
  EXPECT_EQ(outcome(sent), "400 -32020");
  sent = modern("tools/list");
  sent.headers.set("Mcp-Method", "tools/LIST");
  EXPECT_EQ(outcome(sent), "400 -32020");
  sent = modern("tools/list");
  sent.headers.set("MCP-Protocol-Version", "2027-01-01");
  sent.body.replace(sent.body.find("2026-07-28"), 10, "2027-01-01");
  EXPECT_EQ(outcome(sent), "400 -32022");
  for (const char* removed : {"initialize", "ping", "logging/setLevel", "nope"}) {
    EXPECT_EQ(outcome(modern(removed)), "404 -32601") << removed;
  }
  sent = modern("tools/call", R"("name":"work",)");
  EXPECT_EQ(outcome(sent), "400 -32020");
  sent.headers.set("Mcp-Name", "=?base64?d29yaw==?=");
  EXPECT_EQ(outcome(sent), "200");
  sent = modern("tools/call", R"("name":"nope",)");
  sent.headers.set("Mcp-Name", "nope");
  EXPECT_EQ(outcome(sent), "200 -32602");
}

TEST_F(McpTest, the_handshake_revisions) {
  const auto initialize = [](const std::string& version) {
    return R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")" +
           version + R"(","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";
  };
  EXPECT_EQ(outcome(request(initialize("2025-06-18"))), "200");
  EXPECT_NE(last_.find("\"protocolVersion\":\"2025-06-18\""), std::string::npos);
  EXPECT_EQ(outcome(request(initialize("1999-01-01"))), "200");
  EXPECT_NE(last_.find("\"protocolVersion\":\"2025-11-25\""), std::string::npos);
  EXPECT_EQ(outcome(request(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})")), "200");
  EXPECT_EQ(last_.find("resultType"), std::string::npos);
  EXPECT_EQ(outcome(request(
                R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"work"}})")),
            "200");
  EXPECT_NE(last_.find("\"structuredContent\":{\"done\":true}"), std::string::npos);
  EXPECT_EQ(outcome(request(R"({"jsonrpc":"2.0","id":4,"method":"nope"})")), "200 -32601");
}

TEST_F(McpTest, a_slow_tool_becomes_a_stream_with_signs_of_life) {
  http::ClientRequest sent = modern("tools/call", R"("name":"work","arguments":{"ms":400},)");
  sent.headers.set("Mcp-Name", "work");
  const auto answer = http_.send(sent);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.get("Content-Type"), "text/event-stream");
  EXPECT_NE(answer->body.find(": alive\n\n"), std::string::npos);
  EXPECT_NE(answer->body.find("event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\""),
            std::string::npos);
  EXPECT_EQ(answer->body.find("notifications/progress"), std::string::npos);
}

TEST_F(McpTest, the_client_calls_tools) {
  Client client(client_options());
  const auto tools = client.list_tools();
  ASSERT_TRUE(tools) << to_line(tools.error());
  ASSERT_EQ(tools->size(), 1U);
  EXPECT_EQ(tools->front().name, "work");
  const auto quick = client.call_tool("work", {});
  ASSERT_TRUE(quick) << to_line(quick.error());
  EXPECT_FALSE(quick->error);
  EXPECT_TRUE(quick->structured->at("done").as_bool());
  int steps = 0;
  int alive = 0;
  CallOptions options;
  options.on_progress = [&](double, std::optional<double> total, const std::string& message) {
    EXPECT_EQ(total, 10.0);
    EXPECT_EQ(message, "step");
    ++steps;
  };
  options.on_alive = [&] { ++alive; };
  const auto slow = client.call_tool("work", {{"ms", 300}}, options);
  ASSERT_TRUE(slow) << to_line(slow.error());
  EXPECT_TRUE(slow->structured);
  EXPECT_GT(steps, 5);
  EXPECT_GT(alive, 1);
}

TEST_F(McpTest, failures_travel_whole) {
  Client client(client_options());
  const auto failed = client.call_tool("work", {{"how", "fail"}});
  ASSERT_TRUE(failed && failed->error);
  EXPECT_EQ(failed->error->code, "db_gone");
  EXPECT_EQ(failed->error->kind, Errc::unavailable);
  EXPECT_EQ(failed->error->remedy, "Wait.");
  EXPECT_TRUE(failed->error->retryable);
  EXPECT_FALSE(failed->structured);
  EXPECT_EQ(client.call_tool("work", {{"ms", "x"}})->error->code, "bad_arguments");
  const auto thrown = client.call_tool("work", {{"how", "throw"}});
  EXPECT_EQ(thrown->error->code, "internal_error");
  EXPECT_EQ(thrown->text.find("secret"), std::string::npos);
  EXPECT_EQ(client.call_tool("nope", {}).error().code, "mcp_invalid_params");
  ClientOptions wrong = client_options();
  wrong.key = "wrong";
  EXPECT_EQ(Client(wrong).call_tool("work", {}).error().kind, Errc::unauthenticated);
  wrong.url = "http://127.0.0.1:1/mcp";
  EXPECT_EQ(Client(wrong).call_tool("work", {}).error().kind, Errc::unavailable);
}

TEST_F(McpTest, leaving_cancels_and_time_runs_out) {
  Client client(client_options());
  std::stop_source stop;
  CallOptions options;
  options.stop_token = stop.get_token();
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop.request_stop();
  });
  EXPECT_EQ(client.call_tool("work", {{"ms", 20'000}}, options).error().kind, Errc::cancelled);
  for (int i = 0; i < 300 && !cancelled_; ++i) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(cancelled_);
  options = {};
  options.deadline = milliseconds(300);
  EXPECT_EQ(client.call_tool("work", {{"ms", 5000}}, options).error().kind,
            Errc::deadline_exceeded);
}

TEST_F(McpTest, silence_is_unavailable) {
  // The kernel takes connections to a socket that listens; nobody ever reads them.
  const FileDescriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(silent.get(), generic, size), 0);
  ASSERT_EQ(::listen(silent.get(), 8), 0);
  ASSERT_EQ(::getsockname(silent.get(), generic, &size), 0);
  ClientOptions impatient = client_options();
  impatient.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/mcp";
  impatient.silence_max = milliseconds(300);
  const auto answer = Client(impatient).call_tool("work", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "mcp_silent");
  EXPECT_EQ(answer.error().kind, Errc::unavailable);
}

}  // namespace
}  // namespace sluice::mcp
