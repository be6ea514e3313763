// Writing in constant memory, and stopping before a disk is full.
#include "storage/streamed_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/ids.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

class StreamedFileTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  FileDescriptor opened(int flags = O_WRONLY | O_CREAT) const {
    return FileDescriptor(::open(path_.c_str(), flags | O_CLOEXEC, 0600));
  }
  /// A disk with so much free, less what our file has taken of it.
  DiskBudget disk(std::uint64_t bytes, std::uint64_t free_min) {
    return {[this, bytes]() -> Result<std::uint64_t> {
              ++looks_;
              std::error_code absent;
              const std::uintmax_t taken = fs::file_size(path_, absent);
              return absent ? bytes : bytes - std::min<std::uint64_t>(bytes, taken);
            },
            free_min};
  }

  fs::path path_ = fs::temp_directory_path() / ("sluice-streamed-" + random_hex(6));
  int looks_ = 0;
};

TEST_F(StreamedFileTest, WritesInPiecesOfAnySizeAndCountsThem) {
  StreamedFile file(opened(), path_.string(), 0, disk(1ULL << 40, 0));
  std::string expected;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096},
                                 std::size_t{stream_step_bytes}, std::size_t{3}}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(file.write(piece));
    expected += piece;
    EXPECT_EQ(file.bytes(), expected.size());
  }
  ASSERT_TRUE(file.sync());
  EXPECT_EQ(read_file(path_).value(), expected);
}

TEST_F(StreamedFileTest, LooksAtTheDiskOnceForEachStep) {
  StreamedFile file(opened(), path_.string(), 0, disk(1ULL << 40, 0));
  const std::string piece(64 << 10, 'x');
  for (std::uint64_t done = 0; done < 3 * stream_step_bytes; done += piece.size()) {
    ASSERT_TRUE(file.write(piece));
  }
  EXPECT_EQ(looks_, 3);
}

TEST_F(StreamedFileTest, LeavesWhatMustStayFree) {
  const std::uint64_t free_min = 1000;
  const std::uint64_t disk_bytes = 3 * stream_step_bytes + free_min;
  StreamedFile file(opened(), path_.string(), 0, disk(disk_bytes, free_min));
  const std::string piece(1 << 20, 'x');
  Result<void> written = {};
  while (written) written = file.write(piece);
  EXPECT_EQ(written.error().code, "disk_full");
  EXPECT_EQ(written.error().kind, Errc::resource_exhausted);
  EXPECT_LE(fs::file_size(path_) + free_min, disk_bytes);
  EXPECT_EQ(fs::file_size(path_), file.bytes()) << "what was written until then stays";
}

TEST_F(StreamedFileTest, GoesOnWhereTheFileEnds) {
  {
    StreamedFile file(opened(), path_.string(), 0, disk(1ULL << 40, 0));
    ASSERT_TRUE(file.write("first, "));
  }
  StreamedFile file(opened(O_WRONLY | O_APPEND), path_.string(), 7, disk(1ULL << 40, 0));
  ASSERT_TRUE(file.write("second"));
  EXPECT_EQ(file.bytes(), 13U);
  EXPECT_EQ(read_file(path_).value(), "first, second");
}

TEST_F(StreamedFileTest, ErrorsOfTheDiskAreSaid) {
  ASSERT_TRUE(opened());
  StreamedFile read_only(opened(O_RDONLY), path_.string(), 0, disk(1ULL << 40, 0));
  const Result<void> written = read_only.write("x");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().detail.find(path_.string()), std::string::npos);
  StreamedFile blind(opened(), path_.string(), 0,
                     {[]() -> Result<std::uint64_t> {
                        return fail(Errc::internal, ErrorCode::from_outside("no_disk"),
                                    "The disk is gone.");
                      },
                      0});
  EXPECT_EQ(blind.write("x").error().code, "no_disk");
  StreamedFile pipe(FileDescriptor(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY)), "/proc", 0,
                    disk(1, 0));
  EXPECT_FALSE(pipe.sync()) << "nothing to sync there";
}

TEST(DiskBudget, SaysHowMuchIsMissing) {
  const auto check = [](std::uint64_t free, std::uint64_t free_min, std::uint64_t bytes) {
    return DiskBudget{[free]() -> Result<std::uint64_t> { return free; }, free_min}.check(bytes);
  };
  EXPECT_TRUE(check(100, 30, 70));
  EXPECT_TRUE(check(30, 30, 0));
  EXPECT_TRUE(check(100, 30, 71).error().detail.starts_with("1 bytes of disk are missing"));
  EXPECT_TRUE(check(10, 30, 0).error().detail.starts_with("20 bytes"));
  EXPECT_TRUE(check(0, 0, 5).error().detail.starts_with("5 bytes"));
  EXPECT_TRUE(check(~0ULL, 0, 1ULL << 62)) << "nothing wraps";
}

}  // namespace
}  // namespace sluice::storage
