#include "lakehouse/databricks/multipart.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include <boost/json.hpp>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "http/server.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// The Files API's multipart protocol on loopback, with a cloud's storage behind it.
class MultipartTest : public testing::Test {
 protected:
  MultipartTest() {
    std::ofstream(file_.path()) << std::string(bytes_, 'x');
    http::Router router;
    router.add("POST", "/api/2.0/fs/files/{path...}", [this](http::Request& request) {
      if (initiate_status_ != 200) {
        return http::Response::text(initiate_status_, initiate_body_, "application/json");
      }
      if (request.target.find("complete-upload") != std::string::npos) {
        completed_ = request.body().read_all(1 << 16).value();
        if (!completes_) return http::Response::empty(409);
      }
      return answer({{"multipart_upload", {{"session_token", "a b"}}}});
    });
    router.add("POST", "/api/2.0/fs/create-upload-part-urls", [this](http::Request&) {
      return answer({{"upload_part_urls", json::array{json::object{{"url", base() + "/cloud/part"},
                                                                   {"headers", part_headers_}}}}});
    });
    router.add("POST", "/api/2.0/fs/create-abort-upload-url", [this](http::Request&) {
      return answer({{"abort_upload_url", {{"url", base() + "/cloud/abort"}}}});
    });
    router.add("PUT", "/cloud/part", [this](http::Request& request) {
      part_ = request.body().read_all(1 << 20).value();
      sent_header_ = std::string(request.headers.get("x-of-the-cloud"));
      http::Response response = http::Response::empty(200);
      if (has_etags_) response.headers.set("ETag", "\"1\"");
      return response;
    });
    router.add("DELETE", "/cloud/abort", [this](http::Request&) {
      aborted_ = true;
      return http::Response::empty(204);
    });
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::start(options, std::move(router)).value();
    connection_.host = base();
    connection_.token = "t";
  }

  static http::Response answer(const json::object& body) {
    return http::Response::text(200, json::serialize(body), "application/json");
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  Result<bool> upload() {
    Rest rest(connection_);
    CallCount calls;
    return upload_in_parts(rest, {file_.path(), "/Volumes/c/s/v/f"}, bytes_, calls);
  }

  const std::size_t bytes_ = 1'000;
  const ScopedPath file_{std::filesystem::temp_directory_path() /
                         ("sluice-multipart-" + random_hex(4))};
  int initiate_status_ = 200;
  std::string initiate_body_ = R"({"error_code":"X","message":"off"})";
  bool has_etags_ = true;
  bool completes_ = true;
  json::value part_headers_;
  std::string completed_;
  std::string part_;
  std::string sent_header_;
  std::atomic<bool> aborted_ = false;
  Connection connection_;
  std::unique_ptr<http::Server> server_;  ///< Last: its handlers use the rest.
};

TEST_F(MultipartTest, PartsGoToTheCloudWithTheHeadersThatTheWorkspaceNamed) {
  part_headers_ = json::array{json::object{{"name", "x-of-the-cloud"}, {"value", "y"}}};
  const Result<bool> done = upload();
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_TRUE(*done);
  EXPECT_EQ(part_, std::string(bytes_, 'x'));
  EXPECT_EQ(sent_header_, "y");
  EXPECT_EQ(completed_, R"({"parts":[{"part_number":1,"etag":"\"1\""}]})");
  EXPECT_FALSE(aborted_);
}

TEST_F(MultipartTest, AMalformedAnswerIsAnErrorOfTheSync) {
  for (const char* headers :
       {R"([{"value":"x"}])", R"([{"name":"x"}])", R"([{"name":1,"value":"x"}])",
        R"([{"name":"x","value":null}])", R"(["x"])", "[null]"}) {
    part_headers_ = json::parse(headers);
    aborted_ = false;
    // Nothing arrived, so that one PUT is tried; what it wants there says what is wrong.
    const Result<bool> done = upload();
    ASSERT_TRUE(done) << headers;
    EXPECT_FALSE(*done) << headers;
    EXPECT_TRUE(aborted_) << headers;
  }
  EXPECT_EQ(part_, "");
  EXPECT_EQ(completed_, "");
}

TEST_F(MultipartTest, PartsWithoutETagsHaveArrived) {
  has_etags_ = false;
  const Result<bool> done = upload();
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_TRUE(*done);
  EXPECT_EQ(completed_, R"({"parts":[{"part_number":1,"etag":""}]})");
  // A later failure is no reason to send all of it again by one PUT.
  completes_ = false;
  EXPECT_FALSE(upload());
}

TEST_F(MultipartTest, WhereUploadsInPartsAreOffOnePutIsLeft) {
  initiate_status_ = 400;
  const Result<bool> off = upload();
  ASSERT_TRUE(off) << to_line(off.error());
  EXPECT_FALSE(*off);
  for (const int status : {401, 403, 404}) {
    initiate_status_ = status;
    EXPECT_FALSE(upload()) << status;
  }
  // databricks-sdk-py, mixins/files.py: what it goes by is the reason beside the words.
  for (const auto& [status, body] :
       {std::pair(403, R"({"error_code":"PERMISSION_DENIED","message":"No.","details":[)"
                       R"({"reason":"FILES_API_API_IS_NOT_ENABLED"}]})"),
        std::pair(404, R"({"error_code":"ENDPOINT_NOT_FOUND","message":"No API found"})"),
        std::pair(405, "<html><title>Method Not Allowed</title></html>"),
        std::pair(501, R"({"error_code":"NOT_IMPLEMENTED","message":"Not yet"})")}) {
    initiate_status_ = status;
    initiate_body_ = body;
    const Result<bool> unknown = upload();
    ASSERT_TRUE(unknown) << status << to_line(unknown.error());
    EXPECT_FALSE(*unknown) << status;
  }
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
