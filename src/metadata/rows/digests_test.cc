// Digests of stored files, damage, and the disk reserve, in a real store. Run on PostgreSQL too.
#include <sys/stat.h>

#include "metadata/sql/reserve.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

constexpr Micros hour_us = 3'600'000'000;

class DigestsTest : public StoreTest {
 protected:
  Dataset with_files(const std::string& name) {
    const std::string id = new_uuid_v7();
    DatasetVersion version = version_of(id + ".parquet");
    version.rejects_file = id + ".rejects.parquet";
    version.source_file = id + ".source";
    version.source_bytes = 100;
    return store_->create_dataset({id, tenant_, name, "", true}, version, std::nullopt, {}).value();
  }
  LakehouseTable table_of(const Dataset& dataset, const std::string& file) const {
    LakehouseTable table;
    table.tenant = tenant_;
    table.schema_name = "silver";
    table.table_name = dataset.table_name + "_clean";
    table.dataset_id = dataset.id;
    table.version = 1;
    table.location = "/lake/" + dataset.table_name;
    table.data_file = file;
    table.sha256 = "t";
    return table;
  }
};

TEST_F(DigestsTest, AreNotedOnceAndThePackedOneAgain) {
  const Dataset dataset = with_files("a");
  const std::string rejects = dataset.id + ".rejects.parquet";
  const std::string source = dataset.id + ".source";
  ASSERT_TRUE(store_->record_digest(FileKind::rejects, rejects, "r1"));
  ASSERT_TRUE(store_->record_digest(FileKind::rejects, rejects, "r2"));
  ASSERT_TRUE(store_->record_digest(FileKind::source, source, "s1"));
  ASSERT_TRUE(store_->record_digest(FileKind::source, source, "s2"));
  ASSERT_TRUE(store_->record_digest(FileKind::packed_source, source, "p1"));
  ASSERT_TRUE(store_->record_digest(FileKind::packed_source, source, "p2"));
  const DatasetVersion version = store_->get_version(dataset.id, 1).value();
  EXPECT_EQ(version.rejects_sha256, "r1");
  EXPECT_EQ(version.source_sha256, "s1");
  EXPECT_EQ(version.packed_sha256, "p2");
}

TEST_F(DigestsTest, WhatWasVerifiedLongestAgoComesFirst) {
  const Dataset old = with_files("old");
  clock_.advance_us(hour_us);
  const Dataset young = with_files("young");
  clock_.advance_us(hour_us);
  EXPECT_TRUE(store_->unverified_versions(clock_.now_us() - 3 * hour_us, 10).value().empty());
  const auto due = store_->unverified_versions(clock_.now_us(), 10).value();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].dataset_id, old.id);
  ASSERT_TRUE(store_->version_verified(old.id, 1));
  clock_.advance_us(1);
  EXPECT_EQ(store_->unverified_versions(clock_.now_us(), 1).value().at(0).dataset_id, young.id);
  ASSERT_TRUE(store_->delete_dataset(tenant_, young.id, std::nullopt));
  EXPECT_EQ(store_->unverified_versions(clock_.now_us(), 10).value().size(), 1U);
}

TEST_F(DigestsTest, ReplacedVersionsAreNotRead) {
  const Dataset dataset = with_files("a");
  ASSERT_TRUE(store_->add_version(tenant_, dataset.id, version_of(dataset.id + "-2.parquet"), {}));
  clock_.advance_us(hour_us);
  const auto due = store_->unverified_versions(clock_.now_us(), 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].version.version, 2);
}

TEST_F(DigestsTest, DamageIsNotedOnceAndGoesWithWhatMendsIt) {
  const Dataset dataset = with_files("a");
  const std::string file = dataset.current.file_name;
  const auto noted = store_->note_damage(file).value();
  ASSERT_TRUE(noted);
  EXPECT_EQ(noted->kind, FileKind::data);
  EXPECT_EQ(noted->dataset_id, dataset.id);
  EXPECT_FALSE(store_->note_damage(file).value()) << "it is logged once";
  EXPECT_EQ(store_->note_damage(dataset.id + ".source").value()->kind, FileKind::source);
  EXPECT_EQ(store_->note_damage(dataset.id + ".rejects.parquet").value()->kind, FileKind::rejects);
  EXPECT_EQ(store_->count_damage().value(), 3);
  EXPECT_EQ(store_->list_damage(tenant_).value().size(), 3U);
  EXPECT_TRUE(store_->list_damage(other_).value().empty());
  EXPECT_TRUE(store_->list_damage(tenant_, new_uuid_v7()).value().empty());
  EXPECT_TRUE(store_->clear_damage(file).value());
  EXPECT_FALSE(store_->clear_damage(file).value());
  EXPECT_EQ(store_->count_damage().value(), 2);

  ASSERT_TRUE(store_->add_version(tenant_, dataset.id, version_of(dataset.id + "-2.parquet"), {}));
  EXPECT_EQ(store_->count_damage().value(), 0);
  EXPECT_TRUE(store_->list_damage(tenant_, dataset.id).value().empty());
}

TEST_F(DigestsTest, DamageOfATableGoesWithItsFile) {
  const Dataset dataset = with_files("a");
  ASSERT_TRUE(store_->upsert_lakehouse_table(table_of(dataset, "one.parquet")));
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_).value().at(0).sha256, "t");
  const std::string path = "/lake/" + dataset.table_name + "/one.parquet";
  EXPECT_EQ(store_->note_damage(path).value()->kind, FileKind::silver);
  EXPECT_EQ(store_->list_damage(tenant_, dataset.id).value().size(), 1U);
  ASSERT_TRUE(store_->upsert_lakehouse_table(table_of(dataset, "two.parquet")));
  EXPECT_TRUE(store_->list_damage(tenant_, dataset.id).value().empty());
}

TEST_F(DigestsTest, FilesThatNothingNamesAreNoDamage) {
  EXPECT_FALSE(store_->note_damage("unknown.parquet").value());
  const Dataset dataset = with_files("a");
  ASSERT_TRUE(store_->delete_dataset(tenant_, dataset.id, std::nullopt));
  EXPECT_FALSE(store_->note_damage(dataset.current.file_name).value());
}

TEST_F(DigestsTest, TheReserveIsKeptGivenUpAndFilledAgain) {
  if (!is_on_sqlite()) GTEST_SKIP() << "the reserve lies beside SQLite's file";
  const std::filesystem::path path = folder_ / "reserve";
  Reserve reserve(path, 100'000);
  EXPECT_FALSE(reserve.give_up());
  ASSERT_TRUE(reserve.restock());
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 100'000);
  EXPECT_GE(info.st_blocks * 512, 100'000) << "it holds space, and not only a size";
  EXPECT_TRUE(reserve.give_up());
  EXPECT_FALSE(reserve.give_up());
  ASSERT_TRUE(reserve.restock());
  EXPECT_TRUE(reserve.give_up());
  EXPECT_TRUE(Reserve(path, std::uint64_t{1} << 60U).restock()) << "no room is no error";
  EXPECT_EQ(std::filesystem::file_size(path), 0U);
}

TEST_F(DigestsTest, AnEmptyDatabaseIsRefusedWhereItCannotBeTheRightOne) {
  StoreOptions options;
  options.refuse_new = "Put the right one back.";
  const std::string fresh = "sqlite://" + (folder_ / "fresh.db").string();
  const auto refused = Store::open(fresh, clock_, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "metadata_empty");
  EXPECT_EQ(refused.error().remedy, "Put the right one back.");
  EXPECT_FALSE(Store::open(fresh, clock_, options)) << "a refusal leaves no schema behind";
  EXPECT_TRUE(Store::open(fresh, clock_));
  EXPECT_TRUE(Store::open(fresh, clock_, options));
}

}  // namespace
}  // namespace sluice::metadata
