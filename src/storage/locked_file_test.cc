// Who holds a file's flock, by threads that race for it.
#include "storage/locked_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

#include "base/ids.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

class LockedFileTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() / ("sluice-lock-" + random_hex(6));
  fs::path path_ = folder_ / "x.lock";
};

TEST_F(LockedFileTest, IsHeldByOneUntilItsDescriptorGoes) {
  {
    const FileDescriptor held = lock_file(path_, O_CREAT);
    ASSERT_TRUE(held);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_FALSE(lock_file(path_, O_CREAT));
    EXPECT_EQ(errno, EWOULDBLOCK);
  }
  EXPECT_TRUE(lock_file(path_, 0)) << "the file stays, the lock does not";
}

TEST_F(LockedFileTest, OpensWhatIsThereAndNothingElse) {
  EXPECT_FALSE(lock_file(path_, 0));
  EXPECT_EQ(errno, ENOENT);
  ASSERT_TRUE(lock_file(path_, O_CREAT));
  EXPECT_FALSE(lock_file(path_, O_CREAT | O_EXCL));
  EXPECT_EQ(errno, EEXIST);
  fs::create_symlink(path_, folder_ / "link");
  EXPECT_FALSE(lock_file(folder_ / "link", O_CREAT));
  EXPECT_EQ(errno, ELOOP);
}

TEST_F(LockedFileTest, OfOneThatIsRemovedAndMadeAnewOnlyOneIsHeld) {
  // Each holder removes the file before it lets go, so that those who had opened it before get the
  // lock of a file that has no name any more.
  std::atomic<int> holders = 0;
  std::atomic<int> taken = 0;
  std::atomic<bool> crossed = false;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2'000; ++i) {
          const FileDescriptor held = lock_file(path_, O_CREAT);
          if (!held) continue;
          ++taken;
          if (holders.fetch_add(1) != 0) crossed = true;
          holders.fetch_sub(1);
          ::unlink(path_.c_str());
        }
      });
    }
  }
  EXPECT_FALSE(crossed);
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace sluice::storage
