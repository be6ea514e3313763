#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fair_slots.h"
#include "base/result.h"
#include "query/answer.h"
#include "query/parsed_statement.h"
#include "query/query_error.h"
#include "query/query_stream.h"
#include "query/request.h"
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

/// What belongs to one run of a request, and not to what is asked.
struct RunOptions {
  std::stop_token stop = {};
  FairSlots::Place place = {};  ///< One of WorkerPool::places; empty: one is waited for.
  /// Told 0 to 100 about twice a second while the engine works, on the thread that waits, before
  /// the columns are known. Not told by a query whose rows flow at once.
  std::function<void(double)> on_progress = {};
};

/// What can be said of a request without an engine: its texts are texts, and nothing is too much.
/// Each run asks it; who lets a request wait may ask before. Errors: `query_too_large`,
/// `query_syntax`, `query_parameters`.
Result<void> check_request(const QueryRequest& request);

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
  /// The same until the columns are known. What has not been read holds the worker up.
  Result<QueryStream> open(const QueryRequest& request, RunOptions options = {});
  /// Which tables the SQL names, so that the caller can choose those that it gives. The engine's
  /// own parser says so, in a worker of the owner's: most often the one that then runs it. The
  /// caller holds a place. Errors as of `run`.
  Result<ParsedStatement> parse(const std::string& owner, const std::string& sql,
                                std::chrono::milliseconds deadline, std::stop_token stop = {});

  /// For those who wait for a place without a thread.
  FairSlots& places();

  PoolStatus status() const;

 private:
  WorkerPool(std::shared_ptr<storage::VerifiedFiles> verified,
             std::unique_ptr<WorkerQueue> workers);
  Result<QueryStream> open(const QueryRequest& request, RunOptions options,
                           std::size_t result_bytes_max);
  std::shared_ptr<storage::VerifiedFiles> verified_;
  std::unique_ptr<WorkerQueue> workers_;
};

}  // namespace sluice::query
