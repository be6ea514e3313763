#include "lakehouse/databricks/files_api.h"

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
using testing::HasSubstr;
using testing::Not;
using Reply = ScriptedWorkspace::Reply;

class FilesApiTest : public testing::Test {
 protected:
  FilesApiTest() {
    for (const char* name : {"a", "b"}) workspace_.on("DELETE", file + name, {{}});
    workspace_.on("DELETE", folder + "/sub", {{}});
  }

  ScriptedWorkspace workspace_;
  Connection connection_ = workspace_.connection();
  Rest rest_{connection_};
  FilesApi files_{rest_};
  CallCount calls_;
  const std::string folder = "/api/2.0/fs/directories/Volumes/c/s/v/f";
  const std::string file = "/api/2.0/fs/files/Volumes/c/s/v/f/";
};

TEST_F(FilesApiTest, AnEmptyPageIsNotTheEndWhereItNamesANext) {
  workspace_.on("GET", folder,
                {{200, R"({"next_page_token":"p 2"})"},
                 {200, R"({"contents":[{"path":"/Volumes/c/s/v/f/a","is_directory":false}]})"},
                 {200, R"({"contents":[{"path":"/Volumes/c/s/v/f/b"}],"next_page_token":"p3"})"},
                 {200, "{}"}});
  ASSERT_TRUE(files_.remove_contents("/Volumes/c/s/v/f", {}, calls_));
  EXPECT_THAT(workspace_.lines(),
              ElementsAre("GET " + folder, "GET " + folder, "DELETE " + file + "a", "GET " + folder,
                          "DELETE " + file + "b", "GET " + folder));
  EXPECT_EQ(workspace_.calls()[1].target, folder + "?page_token=p%202");
  EXPECT_EQ(workspace_.calls()[3].target, folder) << "what was listed is gone: from the front";
}

TEST_F(FilesApiTest, AFolderMayBeListedWithASlash) {
  workspace_.on("GET", folder,
                {{200, R"({"contents":[{"path":"/Volumes/c/s/v/f/sub/","is_directory":true}]})"},
                 {200, "{}"}});
  workspace_.on("GET", folder + "/sub",
                {{200, R"({"contents":[{"path":"/Volumes/c/s/v/f/sub/x/","is_directory":true}]})"},
                 {200, "{}"}});
  workspace_.on("GET", folder + "/sub/x", {{200, "{}"}});
  workspace_.on("DELETE", folder + "/sub/x", {{}});
  const Result<void> gone = files_.remove_contents("/Volumes/c/s/v/f", {}, calls_);
  ASSERT_TRUE(gone) << to_line(gone.error());
  EXPECT_THAT(workspace_.lines(), Contains("DELETE " + folder + "/sub/x"));
  EXPECT_THAT(workspace_.lines(), Contains("DELETE " + folder + "/sub"));
}

TEST_F(FilesApiTest, NothingOutsideOfTheFolderIsRemoved) {
  for (const char* path : {"/Volumes/c/s/v/other", "/Volumes/c/s/v/f/", "/Volumes/c/s/v/f", ""}) {
    workspace_.on("GET", folder,
                  {{200, std::string(R"({"contents":[{"path":")") + path + R"("}]})"}});
    EXPECT_FALSE(files_.remove_contents("/Volumes/c/s/v/f", {}, calls_)) << path;
  }
  EXPECT_THAT(workspace_.lines(), Not(Contains(HasSubstr("DELETE"))));
}

TEST_F(FilesApiTest, Above5GiBOnePutIsNotTried) {
  const ScopedPath large(std::filesystem::temp_directory_path() / ("sluice-" + random_hex(4)));
  std::ofstream(large.path()) << "x";
  std::filesystem::resize_file(large.path(), (std::uintmax_t{5} << 30U) + 1);  // Sparse.
  workspace_.on("POST", file + "a", {{400, R"({"error_code":"X","message":"off"})"}});
  const Result<void> sent = files_.upload({large.path(), "/Volumes/c/s/v/f/a"}, calls_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, Errc::permission_denied);
  EXPECT_THAT(sent.error().detail, HasSubstr("5 GiB"));
  EXPECT_THAT(workspace_.lines(), Not(Contains(HasSubstr("PUT"))));
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
