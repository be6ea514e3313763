// Datasets, versions and table names in a real store. Run on PostgreSQL too.
#include <algorithm>
#include <set>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

TEST_F(StoreTest, ADatasetComesBackAsItWent) {
  const Dataset made = created("Revenue Q1 2025");
  EXPECT_EQ(made.table_name, "revenue_q1_2025");
  const DatasetRecord record = store_->get_dataset(tenant_, made.id).value();
  const Dataset& got = record.dataset;
  EXPECT_EQ(got.id, made.id);
  EXPECT_EQ(got.tenant, tenant_);
  EXPECT_EQ(got.name, "Revenue Q1 2025");
  EXPECT_EQ(got.description, "about it");
  EXPECT_TRUE(got.sync_enabled);
  EXPECT_EQ(got.created_at_us, clock_.now_us());
  EXPECT_EQ(got.current.version, 1);
  EXPECT_EQ(got.current.bytes, 5'000'000'000);
  EXPECT_EQ(got.current.file_name, made.id + ".parquet");
  EXPECT_EQ(got.current.columns.at(1).original, "Grö\"ße\n");
  EXPECT_EQ(got.current.silver_plan_json, R"({"a":"it's"})");
  EXPECT_EQ(record.sync.state.status, SyncStatus::pending);
  EXPECT_EQ(record.sync.state.waiting_for, "dispatcher");
  EXPECT_EQ(record.sync.state.waiting_since_us, clock_.now_us());
  EXPECT_EQ(record.sync.wanted_version, 1);
}

TEST_F(StoreTest, WithoutAWantNothingIsInTheOutbox) {
  const Dataset made = created("quiet", std::nullopt);
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::not_synced);
  EXPECT_EQ(sync_of(made).wanted_version, std::nullopt);
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 0);
}

TEST_F(StoreTest, AnotherTenantsDatasetLooksAbsent) {
  const Dataset made = created("mine");
  EXPECT_EQ(store_->get_dataset(other_, made.id).error().code, "dataset_not_found");
  EXPECT_EQ(store_->add_version(other_, made.id, version_of("x.parquet"), {}).error().code,
            "dataset_not_found");
  EXPECT_EQ(store_->delete_dataset(other_, made.id, {}).error().code, "dataset_not_found");
  EXPECT_EQ(store_->request_sync(other_, made.id, WantKind::sync).error().code,
            "dataset_not_found");
  EXPECT_TRUE(store_->list_datasets(other_, 10)->datasets.empty());
  EXPECT_TRUE(store_->get_dataset_of_any_tenant(made.id));
}

TEST_F(StoreTest, TableNamesAreNeverHandedOutTwice) {
  EXPECT_EQ(created("Sales").table_name, "sales");
  EXPECT_EQ(created("sales!").table_name, "sales_2");
  const Dataset third = created("SALES");
  EXPECT_EQ(third.table_name, "sales_3");
  ASSERT_TRUE(store_->delete_dataset(tenant_, third.id, {}));
  EXPECT_EQ(created("sales").table_name, "sales_4");
  EXPECT_EQ(create(*store_, other_, "sales")->table_name, "sales");
  EXPECT_EQ(created("sales 5").table_name, "sales_5");
  EXPECT_EQ(created("sales").table_name, "sales_6");
}

TEST_F(StoreTest, NamesThatSiblingsTablesHaveAreNotFree) {
  EXPECT_EQ(created("a").table_name, "a");
  EXPECT_EQ(created("a clean").table_name, "a_clean_2");
  EXPECT_EQ(created("a quarantine").table_name, "a_quarantine_2");
  EXPECT_EQ(created("b_clean").table_name, "b_clean");
  EXPECT_EQ(created("b").table_name, "b_2");
  std::set<std::string> all;
  const DatasetPage page = store_->list_datasets(tenant_, 100).value();
  for (const DatasetRecord& record : page.datasets) {
    for (const char* suffix : {"", "_clean", "_quarantine"}) {
      EXPECT_TRUE(all.insert(record.dataset.table_name + suffix).second);
    }
  }
}

TEST_F(StoreTest, AnyNumberOfNamesIsLookedUpInAFewStatements) {
  const Dataset first = created("first");
  const Dataset second = created("second");
  ASSERT_TRUE(create(*store_, other_, "third"));
  const Dataset gone = created("gone");
  ASSERT_TRUE(store_->delete_dataset(tenant_, gone.id, std::nullopt));
  std::vector<std::string> names;
  for (int i = 0; i < 1'200; ++i) names.push_back("word_" + std::to_string(i));
  for (const char* name : {"first_clean", "third", "gone", "second", "' OR 1=1 --", "", "first"}) {
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(names.size() / 2), name);
    names.emplace_back(name);
  }
  int statements = 0;
  StoreOptions options;
  options.on_statement = [&statements](std::string_view sql) {
    if (sql.starts_with("SELECT")) ++statements;
  };
  const std::unique_ptr<Store> counted = another(options);
  statements = 0;
  auto found = counted->find_by_table_names(tenant_, names).value();
  EXPECT_EQ(statements, 3);
  ASSERT_EQ(found.size(), 2U) << "each once, and nobody else's";
  std::ranges::sort(found, {}, [](const auto& record) { return record.dataset.name; });
  EXPECT_EQ(found[0].dataset.id, first.id);
  EXPECT_EQ(found[1].dataset.id, second.id);
  EXPECT_EQ(found[1].dataset.current.columns.size(), 2U);
  EXPECT_TRUE(counted->find_by_table_names(tenant_, {})->empty());
}

TEST_F(StoreTest, LongNamesStayWithinTheLimit) {
  const std::string name(300, 'x');
  const std::string first = created(name).table_name;
  const std::string second = created(name).table_name;
  EXPECT_NE(first, second);
  EXPECT_LE(first.size(), 200U);
  EXPECT_LE(second.size(), 200U);
}

TEST_F(StoreTest, VersionsAreNumberedInside) {
  const Dataset made = created("v");
  clock_.advance_us(5);
  DatasetVersion next = version_of("v2.parquet");
  next.version = 99;
  const Dataset after = store_->add_version(tenant_, made.id, next, Want{}).value();
  EXPECT_EQ(after.current.version, 2);
  EXPECT_EQ(after.updated_at_us, made.updated_at_us + 5);
  EXPECT_EQ(after.table_name, made.table_name);
  EXPECT_EQ(sync_of(made).wanted_version, 2);
  EXPECT_EQ(store_->get_version(made.id, 1)->file_name, made.id + ".parquet");
  EXPECT_EQ(store_->get_version(made.id, 2)->file_name, "v2.parquet");
  EXPECT_EQ(store_->get_version(made.id, 3).error().code, "version_not_found");
  EXPECT_EQ(store_->list_versions(made.id)->size(), 2U);
  const auto taken = store_->add_version(tenant_, made.id, version_of("v2.parquet"), Want{});
  EXPECT_EQ(taken.error().kind, Errc::conflict);
  EXPECT_EQ(store_->get_dataset(tenant_, made.id)->dataset.current.version, 2);
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 2);
}

TEST_F(StoreTest, AVersionMayInsistOnTheOneItFollows) {
  const Dataset made = created("f");
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("f2.parquet"), {}, {}, 1));
  const auto late = store_->add_version(tenant_, made.id, version_of("f3.parquet"), Want{}, {}, 1);
  EXPECT_EQ(late.error().kind, Errc::conflict);
  EXPECT_EQ(late.error().code, "version_replaced");
  EXPECT_EQ(store_->get_dataset(tenant_, made.id)->dataset.current.version, 2);
  EXPECT_EQ(store_->list_versions(made.id)->size(), 2U);
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 1);
}

TEST_F(StoreTest, DeletedMeansGoneEverywhere) {
  const Dataset made = created("gone");
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("g2.parquet"), {}));
  const auto names = store_->delete_dataset(tenant_, made.id, Want{.kind = WantKind::drop}).value();
  EXPECT_EQ(names, (std::vector<std::string>{made.id + ".parquet", "g2.parquet"}));
  EXPECT_FALSE(store_->get_dataset(tenant_, made.id));
  EXPECT_FALSE(store_->get_dataset_of_any_tenant(made.id));
  EXPECT_FALSE(store_->get_version(made.id, 1));
  EXPECT_FALSE(store_->list_versions(made.id));
  EXPECT_FALSE(store_->find_by_file_name("g2.parquet"));
  EXPECT_FALSE(store_->get_sync_state(made.id));
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}).error().code, "dataset_not_found");
  EXPECT_EQ(store_->delete_dataset(tenant_, made.id, {}).error().code, "dataset_not_found");
  const auto files = store_->list_files(0).value();
  EXPECT_EQ(files.size(), 2U);
  for (const StoredFile& file : files) EXPECT_FALSE(file.needed);
  EXPECT_EQ(store_->oldest_pending_since().value(), std::nullopt);
  const auto rows = store_->due_outbox(10, clock_.now_us()).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].want.kind, WantKind::drop);
  EXPECT_EQ(rows[1].want.table_name, "gone");
  EXPECT_EQ(rows[1].want.tenant, tenant_);
}

TEST_F(StoreTest, FilesKnowTheirOwner) {
  const Dataset made = created("f");
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("f2.parquet"), {}));
  const FileOwner owner = store_->find_by_file_name(made.id + ".parquet").value();
  EXPECT_EQ(owner.dataset.id, made.id);
  EXPECT_EQ(owner.version.version, 1);
  EXPECT_EQ(owner.dataset.current.version, 2);
  EXPECT_EQ(store_->find_by_file_name("none.parquet").error().code, "file_not_found");
}

TEST_F(StoreTest, AFileIsInUseUntilItsVersionWasReplacedAWhileAgo) {
  using Names = std::vector<std::string>;
  const auto needed = [&](Micros replaced_since_us) {
    Names names;
    const auto files = store_->list_files(replaced_since_us).value();
    for (const StoredFile& file : files) {
      if (file.needed) names.push_back(file.name);
    }
    return names;
  };
  const Dataset made = created("f", std::nullopt);
  const std::string first = made.id + ".parquet";
  clock_.advance_us(10);
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("x2.parquet"), {}));
  const Micros replaced_us = clock_.now_us();
  EXPECT_EQ(needed(replaced_us), (Names{first, "x2.parquet"}));
  EXPECT_EQ(needed(replaced_us + 1), Names{"x2.parquet"});
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::sync));
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("x3.parquet"), {}));
  EXPECT_EQ(needed(replaced_us + 1), (Names{"x2.parquet", "x3.parquet"}));
}

TEST_F(StoreTest, PagesHoldEveryDatasetOnce) {
  for (int i = 0; i < 23; ++i) {
    created("d" + std::to_string(i), i % 2 == 0 ? std::optional<Want>(Want{}) : std::nullopt);
    if (i % 5 == 0) clock_.advance_us(1);  // Some share their moment.
  }
  std::set<std::string> seen;
  std::optional<DatasetCursor> cursor;
  Micros last = clock_.now_us();
  int pages = 0;
  do {
    const DatasetPage page = store_->list_datasets(tenant_, 5, cursor).value();
    for (const DatasetRecord& record : page.datasets) {
      EXPECT_TRUE(seen.insert(record.dataset.id).second);
      EXPECT_LE(record.dataset.created_at_us, last);
      last = record.dataset.created_at_us;
    }
    cursor = page.next;
    ++pages;
  } while (cursor);
  EXPECT_EQ(seen.size(), 23U);
  EXPECT_EQ(pages, 5);
  EXPECT_EQ(store_->list_datasets(tenant_, 100, {}, SyncStatus::pending)->datasets.size(), 12U);
  EXPECT_EQ(store_->list_datasets(tenant_, 23)->next.has_value(), false);
  EXPECT_EQ(store_->list_datasets(tenant_, 0).error().code, "page_limit");
  EXPECT_EQ(store_->list_datasets(tenant_, 1001).error().code, "page_limit");
}

TEST_F(StoreTest, HostileTextIsJustText) {
  const Dataset made = created("'; DROP TABLE datasets; --");
  EXPECT_EQ(store_->get_dataset(tenant_, made.id)->dataset.name, "'; DROP TABLE datasets; --");
  EXPECT_FALSE(store_->get_dataset(tenant_, "' OR '1'='1"));
}

}  // namespace
}  // namespace sluice::metadata
