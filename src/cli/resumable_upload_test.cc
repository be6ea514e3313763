// Going on after a lost connection, against a server on loopback that loses it on purpose.
#include "cli/resumable_upload.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/ids.h"
#include "http/server.h"

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;

/// A server of the protocol whose requests can be made to go wrong.
class Resumable : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(path_) << "0123456789";
    router_.add("POST", "/api/v1/uploads", [this](http::Request& request) {
      metadata_ = std::string(request.headers.get("Upload-Metadata"));
      http::Response made = http::Response::empty(201);
      made.headers.set("Location", "http://elsewhere.example/api/v1/uploads/u1");
      return made;
    });
    router_.add("GET", "/api/v1/uploads/u1", [this](http::Request& request) {
      http::Response response = http::Response::text(200, upload_json_, "application/json");
      if (request.method == "HEAD") {
        response.headers.set("Upload-Offset", std::to_string(received_.size()));
      }
      return response;
    });
    router_.add("PATCH", "/api/v1/uploads/u1", [this](http::Request& request) {
      ++patches_;
      const std::string body = request.body().read_all(1 << 20).value();
      if (std::to_string(received_.size()) != request.headers.get("Upload-Offset")) {
        return http::Response::empty(409);
      }
      // Takes three bytes and then pretends to be overwhelmed, or nothing at all.
      const bool whole = patches_ > fail_patches_;
      if (whole || takes_some_) received_ += body.substr(0, whole ? body.size() : 3);
      return http::Response::empty(whole ? 204 : 503);
    });
    router_.add("GET", "/api/v1/datasets/d1", [](http::Request&) {
      return http::Response::text(200, R"({"id":"d1"})", "application/json");
    });
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::start(options, std::move(router_)).value();
    connection_ = {"http://127.0.0.1:" + std::to_string(server_->port()), "slc_t"};
  }
  void TearDown() override { std::filesystem::remove(path_); }

  Result<Answer> upload() {
    ApiClient api(connection_);
    UploadOptions options;
    options.path = path_.string();
    options.name = "Größe";
    const Watcher watcher{
        [](const char*, std::uint64_t, std::uint64_t) {},
        [this](const Error&, milliseconds pause) { pauses_.push_back(pause.count()); }};
    return upload_resumable(api, options, watcher,
                            {.first_interval = milliseconds(1),
                             .max_interval = milliseconds(4),
                             .deadline = milliseconds(11)});
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("sluice-resumable-" + random_hex(4) + ".csv");
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  Connection connection_;
  std::string upload_json_ = R"({"id":"u1","state":"done","dataset_id":"d1"})";
  std::string metadata_;
  std::string received_;
  int patches_ = 0;
  int fail_patches_ = 0;
  bool takes_some_ = true;
  std::vector<std::int64_t> pauses_;
};

TEST_F(Resumable, GoesOnWhereTheServerIsUntilAllIsThere) {
  fail_patches_ = 3;
  const Result<Answer> answer = upload();
  ASSERT_TRUE(answer) << to_line(answer.error());
  EXPECT_EQ(received_, "0123456789");
  EXPECT_EQ(answer->body, R"({"id":"d1"})");
  EXPECT_EQ(pauses_, (std::vector<std::int64_t>{1, 1, 1})) << "each time some of it arrived";
  EXPECT_NE(metadata_.find(",name R3LDtsOfZQ=="), std::string::npos) << metadata_;
}

TEST_F(Resumable, PausesGrowAndPatienceEnds) {
  fail_patches_ = 1'000;
  takes_some_ = false;
  const Result<Answer> answer = upload();
  ASSERT_FALSE(answer);
  EXPECT_EQ(pauses_, (std::vector<std::int64_t>{1, 2, 4, 4}));
}

TEST_F(Resumable, AFailedIngestIsItsProblem) {
  upload_json_ =
      R"({"id":"u1","state":"failed","error":{"code":"csv_ragged_row","detail":"Line 3.","hint":"Mend it."}})";
  const Result<Answer> answer = upload();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "csv_ragged_row");
  EXPECT_EQ(to_line(answer.error()), "Line 3. (csv_ragged_row, upload u1) Mend it.");
}

TEST_F(Resumable, AServerThatIsNotThereIsSaidAtOnce) {
  connection_.api_url = "http://127.0.0.1:1";
  EXPECT_EQ(upload().error().code, "connection_refused");
  EXPECT_TRUE(pauses_.empty());
}

}  // namespace
}  // namespace sluice::cli
