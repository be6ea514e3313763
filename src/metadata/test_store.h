#pragma once

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/ids.h"
#include "metadata/sql/sessions.h"
#include "metadata/store.h"
#include "metadata/testing/postgresql_engine.h"

namespace sluice::metadata {

/// A real SQLite file in a folder of its own, or, under tools/postgresql, a real database there;
/// with two tenants. Shared by the room's tests.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = another();
    ASSERT_TRUE(store_->ensure_tenant(tenant_, "Acme"));
    ASSERT_TRUE(store_->ensure_tenant(other_, "Other"));
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
    if (!database_.empty()) PostgresqlEngine::drop_database(database_);
  }

  std::string url() const { return "sqlite://" + (folder_ / "meta data" / "sluice.db").string(); }
  static bool is_on_sqlite() { return PostgresqlEngine::server().empty(); }
  /// The PostgreSQL database of this test.
  const std::string& database() const {
    if (database_.empty()) database_ = PostgresqlEngine::make_database();
    return database_;
  }
  /// For what no call of the store does.
  std::unique_ptr<soci::session> raw_session() const {
    return is_on_sqlite()
               ? std::make_unique<soci::session>("sqlite3", "db=\"" + url().substr(9) + "\"")
               : std::make_unique<soci::session>("postgresql", database());
  }
  /// One more store over the same database.
  std::unique_ptr<Store> another(StoreOptions options = {}) const {
    if (!PostgresqlEngine::server().empty()) {
      return open_over(std::make_unique<PostgresqlEngine>(database()), std::move(options));
    }
    Result<std::unique_ptr<Store>> opened = Store::open(url(), clock_, options);
    EXPECT_TRUE(opened) << to_line(opened.error());
    return opened ? std::move(*opened) : nullptr;
  }
  std::unique_ptr<Store> open_over(std::unique_ptr<const Engine> engine,
                                   StoreOptions options) const {
    auto sessions = std::make_unique<Sessions>(std::move(engine), options);
    Result<std::unique_ptr<Store>> opened = Store::open_over(std::move(sessions), clock_, options);
    EXPECT_TRUE(opened) << to_line(opened.error());
    return opened ? std::move(*opened) : nullptr;
  }
  static DatasetVersion version_of(const std::string& file_name) {
    DatasetVersion version;
    version.file_name = file_name;
    version.sha256 = "sha-" + file_name;
    version.bytes = 5'000'000'000;
    version.row_count = 3;
    version.columns = {{"id", "Id", "BIGINT", "every cell is a canonical integer"},
                       {"größe", "Grö\"ße\n", "VARCHAR", ""}};
    version.silver_plan_json = R"({"a":"it's"})";
    version.source_format = "csv";
    version.profiled_at_us = 1;
    return version;
  }
  static Result<Dataset> create(Store& store, const TenantId& tenant, const std::string& name,
                                const std::optional<Want>& want = Want{}) {
    const std::string id = new_uuid_v7();
    return store.create_dataset({id, tenant, name, "about it", true}, version_of(id + ".parquet"),
                                want, SyncState{});
  }
  Dataset created(const std::string& name, const std::optional<Want>& want = Want{}) {
    return create(*store_, tenant_, name, want).value();
  }
  static SyncedResult result_of(std::int64_t version) {
    return {version, "sha", "local", "external", "c.bronze.t", "c.silver.t_clean", 10, 8, 1, 1};
  }
  SyncRecord sync_of(const Dataset& dataset) { return store_->get_sync_state(dataset.id).value(); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-metadata-" + random_hex(6));
  FakeClock clock_;
  TenantId tenant_{"acme"};
  TenantId other_{"other"};
  std::unique_ptr<Store> store_;

 private:
  mutable std::string database_;
};

}  // namespace sluice::metadata
