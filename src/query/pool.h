#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fair_slots.h"
#include "base/result.h"
#include "query/query.h"
#include "storage/verified_files.h"

namespace sluice::query {

struct PoolConfig {
  std::filesystem::path worker_binary = "/proc/self/exe";
  std::vector<std::string> worker_arguments = {"query-worker"};  ///< After argv[0].
  std::size_t warm = 2;              ///< Started workers that wait; each holds about 30 MB.
  std::size_t concurrent_max = 4;    ///< Places: queries that run at once.
  std::size_t owner_max = 3;         ///< Of one owner.
  std::size_t reserve = 1;           ///< The last places, for owners whose queries hold none.
  std::size_t queue_max = 512;       ///< Queries that wait for a place; one more is refused.
  std::size_t queue_owner_max = 64;  ///< Of one owner.
  std::uint64_t memory_bytes = 1ULL << 30U;  ///< A query's engine, whatever its request says.
  std::size_t bound_max = 6;  ///< Workers kept for the next query over the same tables,
  std::chrono::seconds bound_idle_max{60};       ///< for so long.
  std::uint64_t kept_bytes_max = 512ULL << 20U;  ///< One that holds more is not kept.
  /// Who has read the data files already, and whether they are what was written.
  std::shared_ptr<storage::VerifiedFiles> verified = std::make_shared<storage::VerifiedFiles>();
};

struct PoolStatus {
  std::size_t idle = 0;   ///< Started and bound to nothing.
  std::size_t bound = 0;  ///< Waiting for the next query over their tables.
  std::size_t running = 0;
  std::size_t queued = 0;
};

class WorkerQueue;

/// Why a query did not get a place: too many wait, or its time ran out.
Error queue_is_full();
Error waited_too_long();

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
  /// What is left goes on without the pool's place, since its pace is that of who takes the rows;
  /// the caller bounds how many do.
  void give_place_back();

 private:
  std::unique_ptr<State> state_;
};

/// Runs user SQL in worker processes that were started beforehand: exec'd (never forked on),
/// without environment. With its first query a worker is bound to an owner, tables and their files,
/// and serves nothing else; it is killed at the deadline, when cancelled, after what may have hurt
/// it, when idle, and when a file of its is gone or another. Workers die with this process. Queries
/// wait for a place in turn, fairly by owner. All members are safe for concurrent use.
class WorkerPool {
 public:
  static Result<std::unique_ptr<WorkerPool>> start(PoolConfig config);
  /// Cancels what runs, kills and reaps every worker.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Blocks its thread until the answer, the deadline or `stop`. Error codes: `query_not_allowed`,
  /// `query_syntax`, `query_parameters`, `query_failed` (the data, a cast), `query_memory`,
  /// `query_deadline`, `query_cancelled`, `query_queue_full`, `query_killed` (the worker died),
  /// `query_too_large` (SQL or one row), `query_worker_unavailable`, `data_damaged` (a data file is
  /// not what was written).
  Result<QueryAnswer> run(const QueryRequest& request, const std::stop_token& stop = {});
  /// The same until the columns are known. What has not been read holds the worker up. With a place
  /// of `places` it does not wait for one.
  Result<QueryStream> open(const QueryRequest& request, std::stop_token stop = {},
                           FairSlots::Place place = {});

  /// For those who wait for a place without a thread.
  FairSlots& places();

  PoolStatus status() const;

 private:
  WorkerPool(std::shared_ptr<storage::VerifiedFiles> verified,
             std::unique_ptr<WorkerQueue> workers);
  std::shared_ptr<storage::VerifiedFiles> verified_;
  std::unique_ptr<WorkerQueue> workers_;
};

}  // namespace sluice::query
