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
#include "lakehouse/local/delta_log.h"

namespace sluice::lakehouse {

/// Delta tables in open folders, `{root}/catalog_tenant_x/{bronze,silver}/{table}/`, readable by Spark, polars and
/// delta-rs. Beside the catalogs lie `landing/` (files being written) and `locks/` (one per table, never removed).
class LocalLakehouse final : public Lakehouse {
 public:
  /// Makes the folders and sweeps what dead processes left in `landing/`.
  static Result<std::unique_ptr<Lakehouse>> open(const std::filesystem::path& root);
  explicit LocalLakehouse(std::filesystem::path root) : root_(std::move(root)) {}

  std::string kind() const override { return "local"; }
  Result<std::optional<TableState>> find_bronze(const TableRequest& request) override;
  Result<std::filesystem::path> landing_path(const TableRequest& request) override;
  Result<TableState> load_bronze(const TableRequest& request,
                                 const std::filesystem::path& landed) override;
  Result<SilverState> load_silver(const TableRequest& request,
                                  const medallion::Plan& plan) override;
  Result<void> drop_tables(const TenantId& tenant, const std::string& table_name) override;

 private:
  std::filesystem::path folder_of(const TenantId& tenant, const char* schema,
                                  const std::string& table) const;
  /// An flock that serialises the work on a dataset's tables, held by the descriptor.
  Result<FileDescriptor> lock_tables(const TenantId& tenant, const std::string& table_name) const;
  /// Makes a published file the table's content; its number of rows.
  Result<std::int64_t> commit(const std::filesystem::path& folder, const TableRequest& request,
                              std::vector<Column> columns, const std::string& file_name,
                              std::optional<std::int64_t> batch) const;
  Result<void> build_silver(const TableRequest& request, const medallion::Plan& plan,
                            const std::filesystem::path& bronze_file,
                            const std::string& file_name) const;

  std::filesystem::path root_;
  SystemClock clock_;
};

}  // namespace sluice::lakehouse
