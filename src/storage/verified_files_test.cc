// That what is opened is what was written, read once whoever asks, by many threads.
#include "storage/verified_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "storage/dataset_files.h"
#include "storage/disk_digest.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

class VerifiedFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  ExpectedFile made(const std::string& name, const std::string& bytes) const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return {path, sha256_hex(bytes), [] { return std::string("Do this."); }};
  }
  /// One bit, and the old times put back, as a disk would do it.
  static void rot(const fs::path& path, off_t at) {
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    const FileDescriptor file(::open(path.c_str(), O_RDWR));
    char byte = 0;
    ASSERT_EQ(::pread(file.get(), &byte, 1, at), 1);
    byte = static_cast<char>(byte ^ 4);
    ASSERT_EQ(::pwrite(file.get(), &byte, 1, at), 1);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    ASSERT_EQ(::futimens(file.get(), times), 0);
  }

  fs::path folder_ = fs::temp_directory_path() / ("sluice-verified-" + random_hex(6));
  std::vector<std::string> damaged_;
  VerifiedFiles verified_{[this](const fs::path& path) { damaged_.push_back(path.filename()); }};
};

TEST_F(VerifiedFilesTest, AFileThatIsWhatItWasIsOpenedAndADamagedOneIsNot) {
  const ExpectedFile expected = made("a.parquet", std::string(3'000'000, 'x'));
  EXPECT_TRUE(verified_.open(expected));
  EXPECT_TRUE(damaged_.empty());
  rot(expected.path, 2'999'999);
  const auto opened = verified_.open(expected);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "data_damaged");
  EXPECT_EQ(opened.error().kind, Errc::data_loss);
  EXPECT_EQ(opened.error().remedy, "Do this.");
  EXPECT_EQ(opened.error().detail.find(folder_.string()), std::string::npos) << "tenants read it";
  EXPECT_EQ(damaged_, std::vector<std::string>{"a.parquet"});
}

TEST_F(VerifiedFilesTest, AMissingFileIsDamaged) {
  const auto opened = verified_.open({folder_ / "gone.parquet", sha256_hex("x"), {}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "data_damaged");
  EXPECT_EQ(damaged_.size(), 1U);
}

TEST_F(VerifiedFilesTest, AnEmptyFileAndAnUnknownDigest) {
  EXPECT_TRUE(verified_.open(made("empty", "")));
  EXPECT_TRUE(verified_.open({made("unknown", "abc").path, "", {}}));
}

TEST_F(VerifiedFilesTest, IsReadOnceAndDoesNotMoveTheDescriptor) {
  const ExpectedFile expected = made("a", "abcdef");
  const FileDescriptor file = std::move(verified_.open(expected)).value();
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
  // What is remembered is what counts: another digest is believed without a look at the file.
  verified_.remember(file, sha256_hex("other"));
  EXPECT_FALSE(verified_.verify(file, expected));
  verified_.remember(expected.path, expected.sha256);
  EXPECT_TRUE(verified_.verify(file, expected));
}

TEST_F(VerifiedFilesTest, WhatTheScrubberFoundHoldsForThoseThatHaveItOpen) {
  const ExpectedFile expected = made("a", "abcdef");
  const FileDescriptor file = std::move(verified_.open(expected)).value();
  const FileIdentity identity = identity_of(file, "a").value();
  EXPECT_TRUE(verified_.may_be(identity, expected.sha256));
  verified_.remember(file, sha256_hex("other"));
  EXPECT_FALSE(verified_.may_be(identity, expected.sha256));
  EXPECT_TRUE(verified_.may_be(identity, ""));
}

TEST_F(VerifiedFilesTest, OneWhoseTimeIsUpIsReadOnByTheNext) {
  const ExpectedFile expected = made("big", std::string(64 << 20, 'y'));
  const FileDescriptor file(::open(expected.path.c_str(), O_RDONLY));
  int late = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    const Result<void> done = verified_.verify(file, expected, {.deadline = deadline});
    if (done) break;
    ASSERT_EQ(done.error().kind, Errc::deadline_exceeded);
    ++late;
  }
  // 64 MiB take far longer than 2 ms: without going on it would never end.
  EXPECT_GT(late, 1);
  EXPECT_LT(late, 10'000);
  EXPECT_TRUE(verified_.verify(file, expected));
}

TEST_F(VerifiedFilesTest, AStopEndsIt) {
  const ExpectedFile expected = made("big", std::string(8 << 20, 'y'));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(verified_.open(expected, {.stop = stop.get_token()}).error().kind, Errc::cancelled);
  EXPECT_TRUE(verified_.open(expected));
}

TEST_F(VerifiedFilesTest, ManyThreadsAskForTheSameFilesAndSomeGiveUp) {
  std::vector<ExpectedFile> files;
  for (int i = 0; i < 8; ++i) {
    files.push_back(made(std::to_string(i), std::string(2 << 20, static_cast<char>('a' + i))));
  }
  rot(files[3].path, 77);
  std::atomic<int> wrong = 0;
  {
    VerifiedFiles verified;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 40; ++i) {
          const std::size_t which = static_cast<std::size_t>((i * 5 + t) % 8);
          VerifiedFiles::Wait wait;
          if (i % 3 == 0) {
            wait.deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(300);
          }
          const auto opened = verified.open(files[which], wait);
          const bool late = !opened && opened.error().kind == Errc::deadline_exceeded;
          if (!late && opened.has_value() != (which != 3)) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(VerifiedFilesTest, TheDisksDigestIsThatOfTheBytes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096},
                                 std::size_t{262'144}, std::size_t{700'001}}) {
    std::string bytes(size, 'z');
    for (std::size_t i = 0; i < size; i += 97) bytes[i] = static_cast<char>(i);
    const ExpectedFile expected = made("d" + std::to_string(size), bytes);
    const FileDescriptor file(::open(expected.path.c_str(), O_RDONLY));
    std::size_t paced = 0;
    EXPECT_EQ(disk_digest(file, "d",
                          [&](std::size_t n) {
                            paced += n;
                            return Result<void>();
                          })
                  .value(),
              expected.sha256);
    EXPECT_EQ(paced, size);
  }
}

}  // namespace
}  // namespace sluice::storage
