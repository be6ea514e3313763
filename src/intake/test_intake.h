#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/ids.h"
#include "base/testing/soon.h"
#include "ingest/ingest_job.h"
#include "intake/context.h"
#include "intake/conversion.h"
#include "intake/intake_commit.h"

namespace sluice::intake {

/// The system's clock, set forward: the files' own times are the system's.
class LaterClock final : public Clock {
 public:
  Micros now_us() const override { return SystemClock().now_us() + ahead_us; }
  std::atomic<Micros> ahead_us = 0;
};

/// The room over a real store, real files and real file workers, in a folder of its own, with two
/// tenants.
class IntakeTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_->ensure_tenant(tenant_, "Acme"));
    ASSERT_TRUE(store_->ensure_tenant(other_, "Other"));
  }
  void TearDown() override {
    store_.reset();
    files_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path written(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  static metadata::NewDataset new_dataset(const TenantId& tenant, const std::string& name = "d") {
    return {new_uuid_v7(), tenant, name, "", true};
  }
  /// A CSV that is converted and named, not yet published.
  Converted converted(const std::string& csv, const std::string& file_name) {
    Source source;
    source.request.source = written("up-" + random_hex(4) + ".csv", csv);
    source.label = "d.csv";
    Result<Converted> made = convert(context_, source);
    EXPECT_TRUE(made) << to_line(made.error());
    name_files(*made, file_name);
    return std::move(*made);
  }
  /// A dataset of three rows.
  Dataset small_dataset(const TenantId& tenant, const std::string& name = "d") {
    const metadata::NewDataset dataset = new_dataset(tenant, name);
    Converted made = converted("a,b\n1,x\n2,y\n3,z\n", dataset.id + ".parquet");
    return commit_new(context_, made, dataset).value();
  }
  bool is_profiled(const std::string& dataset_id) {
    return store_->get_version(dataset_id, 1)->profiled_at_us != 0;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-intake-" + random_hex(6));
  LaterClock clock_;
  TenantId tenant_{"acme"};
  TenantId other_{"other"};
  std::unique_ptr<metadata::Store> store_ =
      metadata::Store::open("sqlite://" + (folder_ / "m.db").string(), clock_).value();
  std::unique_ptr<storage::DatasetFiles> files_ =
      storage::DatasetFiles::open(folder_ / "datasets").value();
  std::unique_ptr<storage::PartialFiles> partial_files_ =
      storage::PartialFiles::open(folder_ / "uploads").value();
  storage::VerifiedFiles verified_;
  std::unique_ptr<sandbox::ForkServer> file_workers_ = ingest::start_file_workers();
  Context context_{.store = *store_,
                   .files = *files_,
                   .partial_files = *partial_files_,
                   .verified = verified_,
                   .file_workers = *file_workers_,
                   .clock = clock_};
};

}  // namespace sluice::intake
