#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "federation/federation.h"

namespace sluice::federation {

/// A lakehouse that is elsewhere: its tables are Parquet files in a folder of its own, which it
/// reads with an engine of its own. It obeys every filter that it is sent, of any type.
class ParquetLakehouse : public lakehouse::RemoteTables {
 public:
  explicit ParquetLakehouse(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// A table of the SELECT's rows, `lake.gold.{name}`.
  void add(const std::string& name, const std::string& select);
  /// The file of one, for those who read it here.
  query::TableSource local(const std::string& name) const;

  bool may_hold(const TenantId& tenant, const lakehouse::RemoteName& name) const override;
  Result<std::optional<lakehouse::RemoteTable>> find(const lakehouse::RemoteName& name,
                                                     const std::stop_token& stop) override;
  Result<std::string> sql_of(const lakehouse::RemoteScan& scan,
                             const lakehouse::RemoteLimits& limits) const override;
  Result<std::int64_t> fetch(const TenantId& tenant, const lakehouse::RemoteScan& scan,
                             const lakehouse::RemoteLimits& limits,
                             const std::filesystem::path& file, const std::stop_token& stop,
                             SyncCost& cost) override;

  std::vector<lakehouse::RemoteScan> asked;  ///< What was fetched, in turn,
  std::vector<std::int64_t> came;            ///< and how many rows each time.
  std::optional<Error> refusal;              ///< What it answers instead.

 private:
  std::filesystem::path file_of(const std::string& name) const;

  std::filesystem::path folder_;
  std::map<std::string, lakehouse::RemoteTable> tables_;
};

/// A lakehouse with `lake.gold.items` (200 rows of many types, some NULL) and
/// `lake.gold.notes` (50 rows), and the workers that Sluice answers queries with.
class FederationTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  FederationTest();

  static FederatedQuery query(const std::string& sql);
  /// Its rows, sorted, where they are brought from the lakehouse; the error where it fails.
  std::string federated(const std::string& sql);
  /// The same where the engine reads the lakehouse's files by itself.
  std::string direct(const std::string& sql);
  /// What federated() asked of the lakehouse, as SQL.
  std::string sent(const std::string& sql);

  static std::filesystem::path folder;
  static std::unique_ptr<query::WorkerPool> pool;
  static std::unique_ptr<sandbox::ForkServer> file_workers;
  static std::unique_ptr<ParquetLakehouse> lake;
  Federation federation_;
};

}  // namespace sluice::federation
