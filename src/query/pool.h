#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/query.h"

namespace sluice::query {

struct PoolConfig {
  std::filesystem::path worker_binary = "/proc/self/exe";
  std::vector<std::string> worker_arguments = {"query-worker"};  ///< After argv[0].
  std::size_t warm = 2;            ///< Started workers that wait; each holds about 30 MB.
  std::size_t concurrent_max = 4;  ///< Queries that run at once.
  std::size_t queue_max = 32;      ///< Queries that wait for their turn; one more is refused.
};

struct PoolStatus {
  std::size_t idle = 0;
  std::size_t running = 0;
  std::size_t queued = 0;
};

/// An answer whose rows come piece by piece, for results of any size. Holds a worker and a place in
/// the pool until it is destroyed, before the pool is. One thread at a time.
class QueryStream {
 public:
  class State;
  explicit QueryStream(std::unique_ptr<State> state);
  QueryStream(QueryStream&&) noexcept;
  QueryStream& operator=(QueryStream&&) noexcept;
  ~QueryStream();  ///< Ends the query where it is still running.

  const std::vector<AnswerColumn>& columns() const;
  /// The next rows as they are to be sent (row_writer.h); nothing after the last ones. Blocks.
  /// Errors as of WorkerPool::run, and what was given before them is then no answer.
  Result<std::optional<std::string>> next();
  /// Instead of what is left of QueryRequest::deadline.
  void allow(std::chrono::steady_clock::duration time);
  /// After the last rows.
  const AnswerTail& tail() const;

 private:
  std::unique_ptr<State> state_;
};

/// Runs user SQL in worker processes that were started beforehand and serve one query each: exec'd
/// (never forked on), without environment, killed and reaped after the answer, at the deadline, or
/// when cancelled. They die with this process. All members are safe for concurrent use.
class WorkerPool {
 public:
  static Result<std::unique_ptr<WorkerPool>> start(PoolConfig config);
  /// Cancels what runs, kills and reaps every worker.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Blocks its thread until the answer, the deadline or `stop`. Error codes: `query_not_allowed`,
  /// `query_syntax`, `query_parameters`, `query_failed` (the data, a cast), `query_memory`, `query_deadline`,
  /// `query_cancelled`, `query_queue_full`, `query_killed` (the worker died), `query_too_large`
  /// (SQL or one row), `query_worker_unavailable`.
  Result<QueryAnswer> run(const QueryRequest& request, const std::stop_token& stop = {});
  /// The same until the columns are known. What has not been read holds the worker up.
  Result<QueryStream> open(const QueryRequest& request, std::stop_token stop = {});

  PoolStatus status() const;

  class Impl;

 private:
  explicit WorkerPool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::query
