// Which files go: a mistake here deletes data. A real store and real files; the clock is set
// forward.
#include "intake/unused_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/ids.h"

namespace sluice::intake {
namespace {

namespace fs = std::filesystem;

/// The system's clock, set forward: the files' own times are the system's.
class LaterClock final : public Clock {
 public:
  Micros now_us() const override { return SystemClock().now_us() + ahead_us; }
  Micros ahead_us = 0;
};

constexpr Micros two_hours_us = 7'200'000'000;

class UnusedFiles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_->ensure_tenant(tenant_, "T")); }
  void TearDown() override {
    store_.reset();
    files_.reset();
    fs::remove_all(root_);
  }
  DatasetVersion published(const std::string& file_name) {
    storage::TemporaryFile file = files_->make_temporary(".parquet").value();
    std::ofstream(file.path()) << "rows";
    EXPECT_TRUE(files_->publish(std::move(file), file_name));
    DatasetVersion version;
    version.file_name = file_name;
    version.silver_plan_json = "{}";
    return version;
  }
  std::vector<std::string> left() {
    EXPECT_TRUE(sweep_unused_files(*store_, *files_, clock_));
    return files_->list().value();
  }

  fs::path root_ = fs::temp_directory_path() / ("sluice-unused-" + random_hex(6));
  LaterClock clock_;
  TenantId tenant_{"t"};
  std::unique_ptr<metadata::Store> store_ =
      metadata::Store::open("sqlite://" + (root_ / "sluice.db").string(), clock_).value();
  std::unique_ptr<storage::DatasetFiles> files_ =
      storage::DatasetFiles::open(root_ / "datasets").value();
};

TEST_F(UnusedFiles, GoAnHourAfterNobodyNeedsThem) {
  using Names = std::vector<std::string>;
  const std::string id = new_uuid_v7();
  ASSERT_TRUE(
      store_->create_dataset({id, tenant_, "d", "", true}, published("a1.parquet"), {}, {}));
  published("unknown.parquet");
  ASSERT_TRUE(store_->add_version(tenant_, id, published("a2.parquet"), {}));
  EXPECT_EQ(left().size(), 3U);
  clock_.ahead_us += two_hours_us;
  EXPECT_EQ(left(), (Names{"a2.parquet", "unknown.parquet"}));
  clock_.ahead_us += two_hours_us;
  ASSERT_TRUE(store_->delete_dataset(tenant_, id, {}));
  EXPECT_EQ(left(), Names{"unknown.parquet"});
}

TEST_F(UnusedFiles, OfAProcessThatDiedBeforeItsTransactionGoAtTheNextStart) {
  const std::string id = new_uuid_v7();
  ASSERT_TRUE(
      store_->create_dataset({id, tenant_, "d", "", true}, published("known.parquet"), {}, {}));
  published("exchanged.parquet");
  // As the tmp/ of a process that died.
  const fs::path dead = root_ / "datasets/tmp/dead";
  fs::create_directories(dead);
  std::ofstream(dead.string() + ".lock").flush();
  for (const char* name : {"known.parquet", "half.parquet"}) {
    std::ofstream(dead / (std::string(name) + ".announced")).flush();
  }
  published("half.parquet");
  std::ofstream(root_ / "datasets/half.source") << "x";
  files_ = storage::DatasetFiles::open(root_ / "datasets").value();
  EXPECT_EQ(files_->unsettled().size(), 2U);
  ASSERT_TRUE(sweep_unsettled_files(*store_, *files_));
  EXPECT_EQ(files_->list().value(),
            (std::vector<std::string>{"exchanged.parquet", "known.parquet"}));
  files_.reset();
  files_ = storage::DatasetFiles::open(root_ / "datasets").value();
  EXPECT_TRUE(files_->unsettled().empty());
}

}  // namespace
}  // namespace sluice::intake
