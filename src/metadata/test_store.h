#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/ids.h"
#include "metadata/store.h"

namespace sluice::metadata {

/// A real SQLite file in a folder of its own, with two tenants; shared by the room's tests.
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
  }

  std::string url() const { return "sqlite://" + (folder_ / "meta data" / "sluice.db").string(); }
  /// One more store over the same file.
  std::unique_ptr<Store> another(StoreOptions options = {}) const {
    Result<std::unique_ptr<Store>> opened = Store::open(url(), clock_, options);
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
};

}  // namespace sluice::metadata
