// What goes at the end of a scope and what stays. A temporary folder.
#include "base/scoped_path.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/ids.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class ScopedPathTest : public testing::Test {
 protected:
  ScopedPathTest() { fs::create_directories(root_); }
  ~ScopedPathTest() override { fs::remove_all(root_); }

  fs::path file(const std::string& name) {
    std::ofstream(root_ / name) << "x";
    return root_ / name;
  }

  const fs::path root_ = fs::temp_directory_path() / ("sluice-scoped-" + random_hex(4));
};

TEST_F(ScopedPathTest, AFileAndAFolderGo) {
  const fs::path kept = file("kept");
  {
    fs::create_directories(root_ / "folder/deep");
    const ScopedPath folder(root_ / "folder");
    const ScopedPath one(file("folder/deep/file"));
    EXPECT_TRUE(fs::exists(one.path()));
  }
  EXPECT_FALSE(fs::exists(root_ / "folder"));
  EXPECT_TRUE(fs::exists(kept));
}

TEST_F(ScopedPathTest, WhatIsReleasedStays) {
  {
    ScopedPath path(file("a"));
    EXPECT_EQ(path.release(), root_ / "a");
    EXPECT_TRUE(path.path().empty());
  }
  EXPECT_TRUE(fs::exists(root_ / "a"));
}

TEST_F(ScopedPathTest, MovingMovesTheDuty) {
  ScopedPath outer;
  {
    ScopedPath inner(file("a"));
    outer = std::move(inner);
  }
  EXPECT_TRUE(fs::exists(root_ / "a"));
  ScopedPath other(file("b"));
  outer = std::move(other);
  EXPECT_FALSE(fs::exists(root_ / "a")) << "what it had before goes";
  EXPECT_TRUE(fs::exists(root_ / "b"));
  outer = ScopedPath();
  EXPECT_FALSE(fs::exists(root_ / "b"));
}

TEST_F(ScopedPathTest, OfALinkTheLinkGoes) {
  const fs::path target = file("target");
  fs::create_symlink(target, root_ / "link");
  { const ScopedPath link(root_ / "link"); }
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "link")));
  EXPECT_TRUE(fs::exists(target));
}

TEST_F(ScopedPathTest, WhatCannotGoIsLogged) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  { const ScopedPath gone(root_ / "was never there"); }
  { const ScopedPath held("/proc/self/cmdline"); }
  const std::string said =
      testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("path=/proc/self/cmdline"), std::string::npos) << said;
  EXPECT_EQ(said.find("was never there"), std::string::npos) << said;
}

}  // namespace
}  // namespace sluice
