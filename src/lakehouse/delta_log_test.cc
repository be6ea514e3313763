// Which log is a table, which is none, and which is damaged.
#include "lakehouse/local/delta_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/ids.h"

namespace sluice::lakehouse {
namespace {

namespace fs = std::filesystem;

class DeltaLogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(create_folders(folder_)); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path log_folder() const { return folder_ / "_delta_log"; }
  fs::path commit(int version) const {
    return log_folder() / ("0000000000000000000" + std::to_string(version) + ".json");
  }
  /// One more commit of this dataset, whose file has so many rows.
  Result<void> committed(std::int64_t rows, const std::string& dataset = "d-1") {
    DeltaReplace change{dataset, rows, {{"id", "ID", "BIGINT", ""}}, DeltaFile{}};
    change.file->path = "sluice-v" + std::to_string(rows) + ".parquet";
    change.file->bytes = 10;
    change.file->row_count = rows;
    change.file->batch = rows;
    change.file->tags = {{"sluice.version", std::to_string(rows)}};
    TRY_ASSIGN(const DeltaSnapshot base, log_.snapshot());
    return log_.replace(base, change, 1000);
  }

  const fs::path folder_ = fs::temp_directory_path() / ("sluice-delta-" + random_hex(4));
  const DeltaLog log_{folder_};
};

TEST_F(DeltaLogTest, NoFolderAndAnEmptyOneAreNoTable) {
  EXPECT_EQ(log_.snapshot()->log_version, -1);
  ASSERT_TRUE(create_folders(log_folder()));
  EXPECT_EQ(log_.snapshot()->log_version, -1);
  EXPECT_EQ(log_.owner(), "");
}

TEST_F(DeltaLogTest, TheNewestCommitIsTheTable) {
  ASSERT_TRUE(committed(3));
  ASSERT_TRUE(committed(5));
  const DeltaSnapshot snapshot = log_.snapshot().value();
  EXPECT_EQ(snapshot.log_version, 1);
  EXPECT_EQ(snapshot.dataset_id, "d-1");
  ASSERT_NE(snapshot.file(), nullptr);
  EXPECT_EQ(snapshot.file()->row_count, 5);
  EXPECT_EQ(snapshot.file()->batch, 5);
  EXPECT_EQ(snapshot.file()->tags.at("sluice.version"), "5");
  EXPECT_EQ(snapshot.removed_last, std::vector<std::string>{"sluice-v3.parquet"});
  EXPECT_EQ(log_.owner(), "d-1");
}

TEST_F(DeltaLogTest, ATableMayBeEmptied) {
  ASSERT_TRUE(committed(3));
  const DeltaSnapshot base = log_.snapshot().value();
  ASSERT_TRUE(log_.replace(base, {"d-1", 4, {{"id", "ID", "BIGINT", ""}}, std::nullopt}, 1000));
  EXPECT_EQ(log_.snapshot()->log_version, 1);
  EXPECT_EQ(log_.snapshot()->file(), nullptr);
}

TEST_F(DeltaLogTest, ACommitIsNeverOverwritten) {
  ASSERT_TRUE(committed(3));
  const DeltaSnapshot old = log_.snapshot().value();
  ASSERT_TRUE(committed(5));
  const Result<void> late = log_.replace(old, {"d-1", 4, {{"id", "ID", "BIGINT", ""}}, {}}, 1000);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "delta_conflict");
  EXPECT_EQ(log_.snapshot()->file()->row_count, 5);
}

TEST_F(DeltaLogTest, AMissingCommitIsDamage) {
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(committed(i));
  fs::remove(commit(1));
  const Result<DeltaSnapshot> snapshot = log_.snapshot();
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, Errc::data_loss);
  EXPECT_EQ(snapshot.error().code, "delta_log_damaged");
  EXPECT_NE(snapshot.error().detail.find(commit(1).filename().string()), std::string::npos)
      << snapshot.error().detail;
  EXPECT_EQ(log_.owner(), "d-1");
}

TEST_F(DeltaLogTest, WhatIsNoCommitIsDamage) {
  ASSERT_TRUE(committed(3));
  for (const char* text : {"{", "[]", R"({"add":{"path":"x"}})", R"({"add":7})",
                           R"({"metaData":{"id":"x"}})", "\xff\xfe"}) {
    std::ofstream(commit(1)) << text;
    const Result<DeltaSnapshot> snapshot = log_.snapshot();
    ASSERT_FALSE(snapshot) << text;
    EXPECT_EQ(snapshot.error().code, "delta_log_damaged") << text;
    EXPECT_EQ(log_.owner(), "d-1") << text;
  }
}

/// Too many open files, no permission, a disk that fails: then nobody knows whether there is one.
TEST_F(DeltaLogTest, ALogThatCannotBeOpenedIsNotAnAbsentTable) {
  std::ofstream(log_folder()) << "no folder";
  const Result<DeltaSnapshot> snapshot = log_.snapshot();
  ASSERT_FALSE(snapshot) << "there is no table";
  EXPECT_EQ(snapshot.error().code, "io_error");
}

TEST_F(DeltaLogTest, FilesOfOthersInTheLogAreReadOver) {
  ASSERT_TRUE(committed(3));
  std::ofstream(log_folder() / "_last_checkpoint") << "{}";
  std::ofstream(log_folder() / ".commit-0a.part") << "{";
  std::ofstream(log_folder() / "00000000000000000000.crc") << "x";
  EXPECT_EQ(log_.snapshot()->file()->row_count, 3);
}

}  // namespace
}  // namespace sluice::lakehouse
