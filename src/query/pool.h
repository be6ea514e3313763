#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
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
  /// `query_syntax`, `query_failed` (the data, a cast), `query_memory`, `query_deadline`,
  /// `query_cancelled`, `query_queue_full`, `query_killed` (the worker died), `query_too_large`
  /// (SQL or one row), `query_worker_unavailable`.
  Result<QueryAnswer> run(const QueryRequest& request, std::stop_token stop = {});

  PoolStatus status() const;

 private:
  class Impl;
  explicit WorkerPool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::query
