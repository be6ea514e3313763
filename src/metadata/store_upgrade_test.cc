// Stores that older Sluices wrote, opened by this one: testdata/store_<commit>.sql.
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "metadata/sql/migrate.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr Micros start_us = 1'700'000'000'000'000;
const std::string dataset_a = "01890000-0000-7000-8000-00000000000a";
const std::string dataset_b = "01890000-0000-7000-8000-00000000000b";
const std::string dataset_c = "01890000-0000-7000-8000-00000000000c";

class UpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    ASSERT_EQ(sqlite3_open(path().c_str(), &database_), SQLITE_OK);
    std::ifstream file(METADATA_SOURCE "/testdata/store_09eca51.sql");
    const std::string sql((std::istreambuf_iterator<char>(file)), {});
    ASSERT_FALSE(sql.empty());
    ASSERT_EQ(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database_);
  }
  void TearDown() override {
    sqlite3_close(database_);
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return (folder_ / "metadata.db").string(); }
  std::unique_ptr<Store> open() {
    Result<std::unique_ptr<Store>> opened = Store::open("sqlite://" + path(), clock_);
    EXPECT_TRUE(opened) << to_line(opened.error());
    return opened ? std::move(*opened) : nullptr;
  }
  Rows ask(const std::string& sql) {
    Rows rows;
    const auto add = [](void* to, int n, char** values, char**) {
      std::vector<std::string>& row = static_cast<Rows*>(to)->emplace_back();
      for (int i = 0; i < n; ++i) row.emplace_back(values[i] == nullptr ? "NULL" : values[i]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), add, &rows, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(database_);
    return rows;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-upgrade-" + random_hex(6));
  FakeClock clock_;
  sqlite3* database_ = nullptr;
  const TenantId acme_{"acme"};
};

TEST_F(UpgradeTest, EveryValueStaysAsItWas) {
  // What each table held, asked for by the columns that it had then.
  std::map<std::string, Rows> before;
  const Rows tables = ask("SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const auto& table : tables) {
    std::string columns;
    const Rows known = ask("SELECT name FROM pragma_table_info('" + table[0] + "')");
    for (const auto& column : known) {
      columns += (columns.empty() ? "" : ", ") + ("quote(" + column[0] + ")");
    }
    std::string sql = "SELECT " + columns + " FROM " + table[0];
    if (table[0] == "schema_migrations") sql += " WHERE name < '0009'";
    if (table[0] == "counters") sql += " WHERE name IN ('outbox', 'wants_unrecorded')";
    sql += " ORDER BY 1, 2";
    before[sql] = ask(sql);
    EXPECT_FALSE(before[sql].empty()) << table[0] << " shows nothing";
  }
  EXPECT_EQ(before.size(), 15U);
  ASSERT_TRUE(open());
  for (const auto& [sql, rows] : before) EXPECT_EQ(ask(sql), rows) << sql;
  EXPECT_EQ(ask("SELECT COUNT(*) FROM schema_migrations")[0][0],
            std::to_string(migrations().size()));
}

TEST_F(UpgradeTest, DatasetsAndTheirSyncsAreReadBack) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store);
  const DatasetRecord record = store->get_dataset(acme_, dataset_a).value();
  EXPECT_EQ(record.dataset.name, "Größe der Äpfel");
  EXPECT_EQ(record.dataset.description, "it's \"described\"\nhere");
  EXPECT_EQ(record.dataset.table_name, "gr_e_der_pfel");
  EXPECT_TRUE(record.dataset.sync_enabled);
  EXPECT_EQ(record.dataset.created_at_us, start_us);
  EXPECT_EQ(record.dataset.updated_at_us, start_us + 2'000'000);
  const DatasetVersion& current = record.dataset.current;
  EXPECT_EQ(current.version, 2);
  EXPECT_EQ(current.file_name, "a2.parquet");
  EXPECT_EQ(current.sha256, "sha-a2.parquet");
  EXPECT_EQ(current.bytes, 5'000'000'000);
  EXPECT_EQ(current.row_count, 3);
  ASSERT_EQ(current.columns.size(), 2U);
  EXPECT_EQ(current.columns[0].reason, "every cell is a canonical integer");
  EXPECT_EQ(current.columns[1].original, "Grö\"ße\n");
  EXPECT_EQ(current.silver_plan_json, R"({"a":"it's"})");
  EXPECT_EQ(current.source_format, "csv");
  EXPECT_EQ(current.source_name, "größe.csv");
  EXPECT_EQ(current.source_file, "a2.parquet.source");
  EXPECT_EQ(current.source_bytes, 77);
  EXPECT_EQ(current.ingest_json, R"({"delimiter":";"})");
  EXPECT_EQ(current.rows_rejected, 2);
  EXPECT_EQ(current.rejects_file, "a2.parquet.rejects");
  EXPECT_EQ(current.rejects_sha256, "rejects-sha");
  EXPECT_EQ(current.source_sha256, "source-sha");
  EXPECT_EQ(current.packed_sha256, "packed-sha");
  EXPECT_EQ(current.profiled_at_us, 0);

  const SyncState& state = record.sync.state;
  EXPECT_EQ(state.status, SyncStatus::pending);
  EXPECT_EQ(state.waiting_for, "profile");
  EXPECT_EQ(state.waiting_since_us, start_us + 2'000'000);
  EXPECT_EQ(record.sync.wanted_version, 2);
  EXPECT_EQ(record.sync.last_ended_order, 1);
  EXPECT_EQ(state.synced_version, 1);
  EXPECT_EQ(record.sync.synced_sha256, "sha-a1.parquet");
  EXPECT_EQ(state.bronze_table, "c.bronze.t");
  EXPECT_EQ(state.silver_table, "c.silver.t_clean");
  EXPECT_EQ(state.bronze_kind, "external");
  EXPECT_EQ(state.lakehouse, "local");
  EXPECT_EQ(state.last_sync_at_us, start_us + 1'000'000);
  EXPECT_EQ(state.row_count_bronze, 10);
  EXPECT_EQ(state.row_count_silver, 8);
  EXPECT_EQ(state.rows_quarantined, 1);
  EXPECT_EQ(state.duplicates_removed, 1);

  EXPECT_EQ(store->list_versions(dataset_a)->size(), 2U);
  EXPECT_EQ(store->get_profile(dataset_a, 1).value(), R"({"columns":[]})");
  EXPECT_EQ(store->due_profiles(start_us + 2'000'005)->at(0).attempts, 1);
  EXPECT_EQ(store->get_dataset(acme_, dataset_c).error().code, "dataset_not_found");
  EXPECT_EQ(store->list_datasets({"other"}, 9)->datasets.at(0).dataset.name, "Theirs");
}

TEST_F(UpgradeTest, WhatIsNotOfADatasetIsReadBack) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store);
  const auth::Principal reader = store->find_token("token-sha")->value().principal;
  EXPECT_EQ(reader.permissions, auth::Permissions::reading());
  EXPECT_FALSE(store->find_token("token-sha")->value().expires_at_us);
  const std::vector<SyncRun> runs = store->list_sync_runs(dataset_a, 9).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].outcome, "running");
  EXPECT_EQ(runs[1].cost, (SyncCost{2, 12, 500, 50}));
  EXPECT_EQ(runs[1].ended_at_us, 200);
  EXPECT_EQ(store->sum_usage(acme_, 0, 1'000)->cost, (SyncCost{3, 13, 501, 51}));
  const LakehouseTable table = store->get_lakehouse_table(acme_, "bronze", "t").value().value();
  EXPECT_EQ(table.data_file, "part.parquet");
  EXPECT_EQ(table.sha256, "table-sha");
  EXPECT_EQ(table.columns.at(0).original, "Id");
  const std::vector<Damage> damage = store->list_damage(acme_).value();
  ASSERT_EQ(damage.size(), 1U);
  EXPECT_EQ(damage[0].file, "b1.parquet");
  const UploadRecord upload =
      store->get_upload(acme_, "01890000-0000-7000-8000-0000000000f1").value();
  EXPECT_EQ(upload.state, UploadState::receiving);
  EXPECT_EQ(upload.bytes_total, 9'000'000'000);
  EXPECT_EQ(upload.unchecked_from, 40);
  EXPECT_EQ(upload.expires_at_us, start_us + 2'000'078);
  const UploadRecord failed =
      store->get_upload(acme_, "01890000-0000-7000-8000-0000000000f2").value();
  EXPECT_EQ(failed.state, UploadState::failed);
  EXPECT_EQ(failed.attempts, 1);
  EXPECT_EQ(failed.error_json, R"({"code":"x"})");
}

/// What a token was good for it stays good for, and it can be listed and revoked.
TEST_F(UpgradeTest, TokensKeepTheirScopes) {
  ask("INSERT INTO tokens VALUES ('t-full', 'acme', 'full-sha', 'first token', 'full', 5)");
  ask("INSERT INTO tokens VALUES ('t-odd', 'acme', 'odd-sha', 'of a newer one', 'fly', 6)");
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store);
  const auth::Principal full = store->find_token("full-sha")->value().principal;
  EXPECT_EQ(full, (auth::Principal{acme_, "t-full", auth::Permissions::all(),
                                   auth::CredentialKind::token, "", "first token"}));
  EXPECT_TRUE(store->find_token("odd-sha")->value().principal.permissions.is_empty());
  const std::vector<TokenRecord> listed = store->list_tokens(acme_).value();
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[1].id + listed[2].id + listed[2].token.name,
            "t-odd"
            "t-full"
            "first token");
  ASSERT_TRUE(store->revoke_token(acme_, "t-full"));
  EXPECT_TRUE(store->find_token("full-sha")->value().revoked_at_us);
}

TEST_F(UpgradeTest, WhatWasGoingOnGoesOn) {
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store);
  const std::vector<OutboxRow> due = store->due_outbox(9, start_us + 3'000'000).value();
  ASSERT_EQ(due.size(), 1U) << "the others wait for their profiles";
  EXPECT_EQ(due[0].want.kind, WantKind::drop);
  EXPECT_EQ(due[0].id, 5);
  EXPECT_EQ(store->prove_want(due[0].want, due[0].id)->proof, WantProof::genuine);
  ASSERT_TRUE(store->save_profile(dataset_a, 2, ""));
  ASSERT_TRUE(store->save_profile(dataset_b, 1, ""));
  EXPECT_EQ(store->due_outbox(9, start_us + 3'000'000)->size(), 3U);
  EXPECT_EQ(store->mark_syncing(dataset_a, {2, 2}), TransitionResult::applied);
  EXPECT_EQ(store->mark_syncing(dataset_a, {1, 1}), TransitionResult::superseded);
  ASSERT_TRUE(store->request_sync(acme_, dataset_b, WantKind::resync));
  EXPECT_EQ(store->due_outbox(9, start_us + 3'000'000)->back().id, 6) << "no order twice";
  SyncRun run = store->list_sync_runs(dataset_a, 9)->at(0);
  run.cost = {1, 0, 0, 0};
  run.report_id = "r";
  ASSERT_TRUE(store->record_sync_run(run));
  ASSERT_TRUE(store->record_sync_run(run));
  EXPECT_EQ(store->list_sync_runs(dataset_a, 9)->at(0).cost.statements, 2);
}

TEST_F(UpgradeTest, ARunThatWasOvertakenHasAnEnd) {
  const std::string values =
      std::string("', '") + dataset_a + "', 1, 50, NULL, 'running', '', 0, 'acme', 0, 0, 0, 0)";
  ask("INSERT INTO sync_runs VALUES ('run/0" + values);
  const std::unique_ptr<Store> store = open();
  ASSERT_TRUE(store);
  const std::vector<SyncRun> runs = store->list_sync_runs(dataset_a, 9).value();
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].outcome, "running") << "its want is in flight";
  EXPECT_EQ(runs[2].outcome, "superseded");
  EXPECT_EQ(runs[2].ended_at_us, 50);
}

}  // namespace
}  // namespace sluice::metadata
