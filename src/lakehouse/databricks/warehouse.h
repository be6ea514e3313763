#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "base/retry_policy.h"
#include "lakehouse/databricks/awake_meter.h"
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
  std::chrono::nanoseconds awake{0};  ///< For which they kept the warehouse awake (AwakeMeter).
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
  bool is_small = false;  ///< Its result, most likely: 25 MiB or less.
  /// The syncs with which this one's waited for the warehouse, where it did; and its dataset.
  std::shared_ptr<Waking> waking = {};
  std::string dataset_id = {};
};

/// How long a statement is waited for.
struct Patience {
  /// A classic warehouse takes minutes to start; beyond this, something is wrong with it, unless it
  /// is up and the statement is queued behind others.
  std::chrono::milliseconds start = std::chrono::minutes(15);
  std::chrono::milliseconds look_again = std::chrono::minutes(1);  ///< While it is queued.
  std::chrono::milliseconds run = std::chrono::hours(6);           ///< From its submission.
  /// Of a link to rows, each time with a new one.
  RetryPolicy links = {.first_interval = std::chrono::milliseconds(500), .attempts = 4};
};

/// How a result is to come.
struct Delivery {
  bool waits = false;     ///< The submission's answer holds it, where it comes soon.
  bool by_links = false;  ///< To the cloud's storage; else in the answers themselves.
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
  Warehouse(Rest& rest, const Connection& connection, Patience patience = {})
      : rest_(rest), connection_(connection), patience_(patience) {}

  /// Runs it to its end, and gives the rows of the (last) result. Errors: as to_error;
  /// deadline_exceeded (`databricks_warehouse_start`, `databricks_statement_deadline`), and then it
  /// is cancelled; too_large above 25 MiB, which Databricks keeps; `is_lost` where it succeeded and
  /// the result is gone.
  Result<StatementRows> run(const Statement& statement, CallCount& calls, StatementCount& count);
  /// The same for results of any size, into new files of `folder`, which is the caller's to remove.
  /// A small result comes in the answer, a large one chunk by chunk from the cloud's storage; where
  /// that cannot be reached (`databricks_links`) up to 25 MiB come in the answer after all, by a
  /// second statement, and from then on at once.
  Result<ResultChunks> run_to(const std::filesystem::path& folder, const Statement& statement,
                              CallCount& calls, StatementCount& count);

  /// Of all statements that go through this; to be told the warehouse's auto-stop.
  AwakeMeter& meter() { return meter_; }

 private:
  Result<ResultChunks> run_inline(const std::filesystem::path& folder, const Statement& statement,
                                  CallCount& calls, StatementCount& count);
  /// The rows of an answer that holds them, and of the chunks that follow it: each names the next.
  Result<void> each_inline_chunk(
      const Statement& statement, boost::json::value answer, CallCount& calls,
      const std::function<Result<void>(const boost::json::array&)>& take);
  Result<ResultChunks> run_by_links(const std::filesystem::path& folder, const Statement& statement,
                                    CallCount& calls, StatementCount& count);
  /// Submits it and waits for its success; the API's answer.
  Result<boost::json::value> wait_for(const Statement& statement, const Delivery& delivery,
                                      CallCount& calls, StatementCount& count);
  Result<boost::json::value> submit(const Statement& statement, const Delivery& delivery,
                                    CallCount& calls);
  /// The answer that says how it ended, well or badly.
  Result<boost::json::value> wait_to_the_end(const Statement& statement, const Delivery& delivery,
                                             std::chrono::steady_clock::time_point begun,
                                             CallCount& calls);
  /// False also where our principal may not look.
  bool is_up(const Statement& statement, CallCount& calls);
  Result<boost::json::value> get(const Statement& statement, const std::string& path,
                                 CallCount& calls);
  void cancel(const std::string& id, CallCount& calls);

  Rest& rest_;
  const Connection& connection_;
  const Patience patience_;
  AwakeMeter meter_;
  std::atomic<bool> links_fail_ = false;  ///< None ever came, in this process.
};

}  // namespace sluice::lakehouse::databricks
