#include "lakehouse/databricks/resumable_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "lakehouse/databricks/testing/scripted_workspace.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using Reply = ScriptedWorkspace::Reply;

class ResumableUploadTest : public testing::Test {
 protected:
  ResumableUploadTest() {
    std::ofstream file(file_.path());
    file << std::string(piece_, 'a') << std::string(100, 'b');
    workspace_.on("POST", "/api/2.0/fs/create-resumable-upload-url",
                  {{200, R"({"resumable_upload_url":{"url":")" + workspace_.url() +
                             R"(/cloud/u","headers":[{"name":"x-goog","value":"1"}]}})"}});
    workspace_.on("DELETE", "/cloud/u", {{}});
  }

  static Reply kept(std::size_t bytes) {
    return {308, "", {{"Range", "bytes=0-" + std::to_string(bytes - 1)}}};
  }
  void storage_says(std::vector<Reply> replies) {
    workspace_.on("PUT", "/cloud/u", std::move(replies));
  }
  Result<bool> upload() {
    VolumeUpload upload{file_.path(), "/Volumes/c/s/v/f"};
    upload.on_sent = [this](std::uint64_t sent, std::uint64_t) { sent_ = sent; };
    return upload_resumably(rest_, upload, piece_ + 100, "a b", calls_,
                            {.first_interval = std::chrono::milliseconds(1), .attempts = 3});
  }
  std::vector<std::string> ranges() const {
    std::vector<std::string> seen;
    for (const ScriptedWorkspace::Call& call : workspace_.calls()) {
      if (call.method == "PUT") seen.emplace_back(call.headers.get("Content-Range"));
    }
    return seen;
  }

  const std::size_t piece_ = std::size_t{32} << 20U;
  const ScopedPath file_{std::filesystem::temp_directory_path() /
                         ("sluice-resumable-" + random_hex(4))};
  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  Rest rest_{connection_};
  CallCount calls_;
  std::uint64_t sent_ = 0;
};

TEST_F(ResumableUploadTest, PieceAfterPieceArrives) {
  storage_says({kept(piece_), {200, ""}});
  const Result<bool> done = upload();
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_TRUE(*done);
  EXPECT_EQ(workspace_.bodies("POST", "/api/2.0/fs/create-resumable-upload-url").at(0),
            R"({"path":"/Volumes/c/s/v/f","session_token":"a b"})");
  EXPECT_THAT(ranges(),
              ElementsAre("bytes 0-33554431/33554532", "bytes 33554432-33554531/33554532"));
  EXPECT_EQ(workspace_.bodies("PUT", "/cloud/u").at(1), std::string(100, 'b'));
  EXPECT_EQ(workspace_.calls().back().headers.get("x-goog"), "1");
  EXPECT_EQ(sent_, piece_ + 100);
}

TEST_F(ResumableUploadTest, AfterABreakItGoesOnFromWhereTheStorageIs) {
  storage_says({{503, ""}, kept(10), kept(piece_), {200, ""}});
  const Result<bool> done = upload();
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_TRUE(*done);
  EXPECT_THAT(ranges(),
              ElementsAre("bytes 0-33554431/33554532", "bytes */33554532",
                          "bytes 10-33554441/33554532", "bytes 33554432-33554531/33554532"));
}

TEST_F(ResumableUploadTest, WhereNothingArrivesOnePutIsLeft) {
  storage_says({{403, "blocked"}});
  const Result<bool> done = upload();
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_FALSE(*done);
  EXPECT_THAT(workspace_.lines(), Contains("DELETE /cloud/u"));
}

TEST_F(ResumableUploadTest, WhatArrivedInPartIsAnError) {
  storage_says({kept(piece_), {403, "blocked"}});
  EXPECT_FALSE(upload());
  EXPECT_EQ(sent_, piece_);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
