#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "lakehouse/lakehouse.h"
#include "lakehouse/landing_folder.h"
#include "lakehouse/local/delta_log.h"
#include "lakehouse/local/parquet_job.h"
#include "storage/verified_files.h"

namespace sluice::lakehouse {

/// Delta tables in open folders, `{root}/catalog_tenant_x/{bronze,silver}/{table}/`, readable by
/// Spark, polars and delta-rs. The Delta logs are the whole truth. Beside the catalogs lie
/// `landing/` (files being written, a folder per process), `locks/` (one per table name, never
/// removed; what it holds is the fence against late calls, want_fence.h), `spill/` (DuckDB's) and
/// `trash/` (dropped tables being deleted).
///
/// The previous version's file stays for those who still read it; older ones go.
class LocalLakehouse final : public Lakehouse {
 public:
  /// Makes the folders and sweeps what dead processes left in them.
  /// `workers` read what landed, and must outlive this.
  static Result<std::unique_ptr<Lakehouse>> open(const std::filesystem::path& root,
                                                 sandbox::ForkServer& workers);
  LocalLakehouse(std::filesystem::path root, LandingFolder landing, sandbox::ForkServer& workers)
      : root_(std::move(root)), landing_(std::move(landing)), workers_(workers) {}

  std::string kind() const override { return "local"; }
  /// Always now: it never sleeps.
  Result<std::optional<Micros>> begins_at(const TableRequest&) override { return std::nullopt; }
  Result<std::optional<TableState>> find_bronze(const TableRequest& request) override;
  Result<std::filesystem::path> landing_path(const TableRequest& request) override;
  Result<TableState> load_bronze(const TableRequest& request,
                                 const std::filesystem::path& landed) override;
  Result<SilverState> load_silver(const TableRequest& request,
                                  const medallion::Plan& plan) override;
  Result<std::optional<TableState>> find_table(const TenantId& tenant, Layer layer,
                                               const std::string& table_name) override;
  Result<void> drop_tables(const TableRequest& request) override;

 private:
  /// A file in `landing/` that is to become a table's content.
  struct NewContent;

  std::filesystem::path folder_of(const TenantId& tenant, Layer layer,
                                  const std::string& table_name) const;
  /// An flock that serialises the work on a dataset's tables, by threads and processes; held by the
  /// descriptor. Refuses a call that comes too late, before or after the wait.
  Result<FileDescriptor> lock_tables(const TableRequest& request) const;
  /// find_bronze under the lock.
  Result<std::optional<TableState>> look_at_bronze(const TableRequest& request) const;
  TableState state_of(const TenantId& tenant, Layer layer, const std::string& table_name,
                      const DeltaSnapshot& snapshot) const;
  /// Publishes the content and commits it, or empties the table; sweeps files that no reader needs.
  /// Under the lock.
  Result<void> replace(const TableRequest& request, Layer layer, std::vector<Column> columns,
                       std::optional<NewContent> content) const;
  Result<std::optional<SilverState>> find_silver(const TableRequest& request,
                                                 const std::string& plan_sha256,
                                                 std::int64_t bronze_rows);
  Result<void> build_silver(const TableRequest& request, const medallion::Plan& plan,
                            const std::string& plan_sha256,
                            const std::filesystem::path& bronze_file,
                            std::int64_t bronze_rows) const;

  std::filesystem::path root_;
  LandingFolder landing_;
  sandbox::ForkServer& workers_;
  std::unique_ptr<storage::VerifiedFiles> verified_ = std::make_unique<storage::VerifiedFiles>();
  SystemClock clock_;
};

}  // namespace sluice::lakehouse
