// What is taken over from a process that may have been hostile: plain files of one name, nothing
// else.
#include "sandbox/job_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "sandbox/sandbox_test_support.h"

namespace sluice::sandbox {
namespace {

namespace fs = std::filesystem;

class JobFolderTest : public SandboxTest {};

TEST_F(JobFolderTest, what_is_no_plain_file_is_not_taken_over) {
  Result<JobFolder> job = JobFolder::make(folder_);
  ASSERT_TRUE(job);
  const std::string inside = again(job->descriptor()->release());
  ASSERT_EQ(::symlink("/etc/passwd", (inside + "/link").c_str()), 0);
  ASSERT_EQ(::link((folder_ / "data").c_str(), (inside + "/two names").c_str()), 0);
  ASSERT_EQ(::mkfifo((inside + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((inside + "/folder").c_str(), 0700), 0);
  for (const char* name : {"link", "two names", "pipe", "folder"}) {
    EXPECT_FALSE(job->take(name, folder_ / "taken")) << name;
  }
  EXPECT_FALSE(fs::exists(folder_ / "taken"));
}

TEST_F(JobFolderTest, is_made_where_somebody_cleaned_up_and_goes_with_what_is_in_it) {
  const fs::path parent = folder_ / "cleaned" / "up";
  fs::path inside;
  {
    Result<JobFolder> made = JobFolder::make(parent);
    ASSERT_TRUE(made) << to_line(made.error());
    inside = fs::read_symlink(again(made->descriptor()->get()));
    EXPECT_EQ(inside.parent_path(), parent);
    struct stat info {};
    ASSERT_EQ(::stat(inside.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    fs::create_directories(inside / "spill/deeper");
    std::ofstream(inside / "spill/deeper/file") << "x";
    const JobFolder moved = std::move(*made);
    EXPECT_TRUE(fs::exists(inside)) << "the one that was moved from removes nothing";
    EXPECT_FALSE(moved.take("nothing", folder_ / "taken").value());
  }
  EXPECT_FALSE(fs::exists(inside));
  EXPECT_TRUE(fs::exists(parent));
}

TEST_F(JobFolderTest, cannot_be_made_below_a_file) {
  const Result<JobFolder> made = JobFolder::make(folder_ / "data");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().detail.find("data"), std::string::npos) << made.error().detail;
}

TEST_F(JobFolderTest, what_is_taken_over_replaces_and_is_ours) {
  const Result<JobFolder> made = JobFolder::make(folder_);
  ASSERT_TRUE(made);
  const fs::path inside = fs::read_symlink(again(made->descriptor()->get()));
  std::ofstream(inside / "out") << "rows";
  ::chmod((inside / "out").c_str(), 0777);
  std::ofstream(folder_ / "taken") << "older";
  ASSERT_TRUE(made->take("out", folder_ / "taken").value());
  EXPECT_EQ(read_file(folder_ / "taken").value(), "rows");
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "taken").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace sluice::sandbox
