#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "query/pool.h"

namespace sluice::query {

/// A folder with `orders.parquet`, the request whose tables read it, and one pool for all tests.
class QueryTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static QueryRequest request(const std::string& sql);
  static Result<QueryAnswer> run(const std::string& sql);
  /// `rows_json` of a query that must pass.
  static std::string rows(const std::string& sql);
  /// `code: detail` of a query that must fail.
  static std::string refusal(const std::string& sql);
  /// Runs our own SQL in this process: to make Parquet files.
  static void make(const std::string& sql);

  static std::filesystem::path folder;
  static std::unique_ptr<WorkerPool> pool;
};

/// Children of this process that are workers, zombies among them.
std::size_t count_children();
/// SIGKILL to all of them.
void kill_children();

}  // namespace sluice::query
