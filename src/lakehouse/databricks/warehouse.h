#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {

/// A statement's rows as the API has them: text, or nothing for NULL.
struct StatementRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;

  /// Of the first row, by the column's name without regard to case.
  std::optional<std::int64_t> integer(std::string_view column) const;
};

/// What running statements came to; added to.
struct StatementCount {
  std::int64_t statements = 0;  ///< Submitted, whatever came of them.
  std::int64_t warehouse_ms =
      0;  ///< From submission to the end, waiting for the warehouse included.
};

/// A statement and what it is about.
struct Statement {
  std::string sql;
  std::string doing;  ///< For errors: "Loading catalog.bronze.orders".
  /// Shown in the workspace's query history: tenant, dataset and step; no content.
  std::vector<std::pair<std::string, std::string>> tags = {};
  std::stop_token stop = {};
  /// Of the result, with run_to; beyond it the rest is left out, and said to be.
  std::optional<std::int64_t> bytes_max = {};
};

/// A large result, chunk by chunk.
struct ResultChunks {
  std::int64_t rows = 0;
  bool truncated = false;
  std::vector<std::filesystem::path>
      files;  ///< Each a JSON list of rows, which are lists of texts.
};

/// The SQL warehouse, by the Statement Execution API (docs.databricks.com/api/workspace/
/// statementexecution). A warehouse that starts is waited for; a submission whose answer was lost
/// gives `is_lost`, since the API has no idempotency key: send only what may run twice. Threads:
/// safe.
class Warehouse {
 public:
  /// Both must outlive this.
  Warehouse(Rest& rest, const Connection& connection) : rest_(rest), connection_(connection) {}

  /// Runs it to its end, and gives the rows of the (last) result. Errors: as to_error;
  /// deadline_exceeded (`databricks_warehouse_start`, `databricks_statement_deadline`), and then it
  /// is cancelled; too_large above 25 MiB, which Databricks keeps.
  Result<StatementRows> run(const Statement& statement, CallCount& calls, StatementCount& count);
  /// The same for results of any size: chunks are fetched from the cloud's storage into new files
  /// of `folder`, which is the caller's to remove.
  Result<ResultChunks> run_to(const std::filesystem::path& folder, const Statement& statement,
                              CallCount& calls, StatementCount& count);

 private:
  /// Submits it and waits for its success; the API's answer.
  Result<boost::json::value> wait_for(const Statement& statement, bool external, CallCount& calls,
                                      StatementCount& count);
  Result<boost::json::value> get(const Statement& statement, const std::string& path,
                                 CallCount& calls);
  void cancel(const std::string& id, CallCount& calls);

  Rest& rest_;
  const Connection& connection_;
};

}  // namespace sluice::lakehouse::databricks
