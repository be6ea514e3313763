// Files that arrive over several requests: one holder, any number of pieces.
#include "storage/partial_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/ids.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

class PartialFilesTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(root_); }
  static DiskBudget budget(std::uint64_t free, std::uint64_t free_min = 0) {
    return {[free]() -> Result<std::uint64_t> { return free; }, free_min};
  }

  fs::path root_ = fs::temp_directory_path() / ("sluice-partial-" + random_hex(6));
  std::unique_ptr<PartialFiles> files_ = PartialFiles::open(root_).value();
  std::string id_ = new_uuid_v7();
};

TEST_F(PartialFilesTest, GrowsOverSeveralStreamsAndCanBeCut) {
  EXPECT_EQ(files_->size(id_).value(), 0U) << "absent is empty";
  {
    PartialFile file = files_->lock(id_).value();
    StreamedFile stream = file.append(budget(1ULL << 40)).value();
    ASSERT_TRUE(stream.write("hello "));
    EXPECT_EQ(files_->size(id_).value(), 6U) << "seen while it is being written";
    ASSERT_TRUE(stream.sync());
  }
  PartialFile file = files_->lock(id_).value();
  StreamedFile stream = file.append(budget(1ULL << 40)).value();
  EXPECT_EQ(stream.bytes(), 6U);
  ASSERT_TRUE(stream.write("world"));
  EXPECT_EQ(read_file(file.path()).value(), "hello world");
  ASSERT_TRUE(file.truncate(5));
  ASSERT_TRUE(stream.write("!"));
  EXPECT_EQ(read_file(file.path()).value(), "hello!") << "appends after a cut, leaves no hole";
  ASSERT_EQ(files_->list()->size(), 1U);
  EXPECT_EQ(files_->list()->at(0).id, id_);
  ASSERT_TRUE(file.remove());
  EXPECT_TRUE(file.remove()) << "removing twice converges";
  EXPECT_TRUE(files_->list()->empty());
}

TEST_F(PartialFilesTest, OneHolderAtATime) {
  {
    const PartialFile first = files_->lock(id_).value();
    const Result<PartialFile> second = files_->lock(id_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "upload_locked");
  }
  EXPECT_TRUE(files_->lock(id_));
}

TEST_F(PartialFilesTest, OnlyIdsReachAPath) {
  for (const char* id : {"", "..", "../x", "a/b", "01900000-0000-7000-8000-00000000000G"}) {
    EXPECT_EQ(files_->lock(id).error().code, "upload_id") << id;
    EXPECT_EQ(files_->size(id).error().code, "upload_id") << id;
  }
}

TEST_F(PartialFilesTest, ADiskNeverGetsFull) {
  const Result<void> checked = budget(100, 30).check(80);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, "disk_full");
  EXPECT_TRUE(checked.error().detail.starts_with("10 bytes of disk are missing"))
      << checked.error().detail;
  EXPECT_TRUE(budget(100, 30).check(70));
  EXPECT_TRUE(budget(10, 30).check(0).error().detail.starts_with("20 bytes"));

  // Someone else fills the disk while we receive: the stream stops before it is full.
  std::uint64_t free = stream_step_bytes + 100;
  PartialFile file = files_->lock(id_).value();
  StreamedFile stream = file.append({[&]() -> Result<std::uint64_t> { return free; }, 100}).value();
  ASSERT_TRUE(stream.write(std::string(stream_step_bytes, 'x')));
  free = 150;
  const Result<void> full = stream.write("y");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, "disk_full");
  EXPECT_EQ(files_->size(id_).value(), stream_step_bytes) << "what was written stays";
}

}  // namespace
}  // namespace sluice::storage
