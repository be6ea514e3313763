#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/background_loop.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataset/dataset.h"
#include "query/pool.h"
#include "storage/streamed_file.h"

namespace sluice::query {

inline constexpr std::size_t recent_queries_max = 100;  ///< Remembered of a tenant.
inline constexpr std::size_t async_queries_max = 2;     ///< Run at a time, of a tenant one.
inline constexpr std::size_t async_queued_max = 16;     ///< Wait, of a tenant async_tenant_max.
inline constexpr std::size_t async_tenant_max = 4;
inline constexpr std::size_t async_results_max = 8;  ///< Kept of a tenant; the oldest goes.
inline constexpr std::uint64_t async_result_bytes_max = 4ULL << 30U;
inline constexpr Micros async_result_kept_us = 3'600'000'000;  ///< After the end.

enum class RunStatus { queued, running, done, failed, cancelled };
std::string_view name_of(RunStatus status);

/// A query that runs or ran.
struct QueryRun {
  std::string id;
  TenantId tenant;
  std::string dataset_id;  ///< Empty where it was over all that the tenant owns.
  std::string sql;         ///< Its first characters where it is long.
  bool is_async = false;
  Format format = Format::json;
  RunStatus status = RunStatus::running;
  Micros created_us = 0;
  std::optional<Micros> ended_us = {};
  std::optional<double> percent = {};  ///< Of the engine's work before the first row.
  AnswerTail tail = {};
  std::uint64_t bytes = 0;  ///< Of the result so far.
  std::optional<Error> error = {};
  bool has_result = false;
};

/// The tables of a query that waited, and what keeps their files as long as it runs.
struct QueryTables {
  std::vector<TableSource> tables;
  std::shared_ptr<const void> files = {};
  std::optional<std::vector<ListedTable>> listed = {};
};
/// Chooses them when the query's turn has come, on the thread that runs it.
using ChooseTables =
    std::function<Result<QueryTables>(const QueryRequest&, const std::stop_token&)>;

/// The queries of this process: what ran lately for each tenant, and those that run behind the
/// answer to their request, with their results in files. In memory but for these, and forgotten at
/// a restart. All members are safe for concurrent use.
class QueryRuns {
 public:
  /// Results go into `folder`, which is emptied first. `pool` and `clock` outlive this.
  /// `budget` says whether more may be written.
  static Result<std::unique_ptr<QueryRuns>> open(std::filesystem::path folder, WorkerPool& pool,
                                                 const Clock& clock, storage::DiskBudget budget);
  ~QueryRuns() { stop(); }

  /// Cancels what runs, and waits for its end: what it uses may go then.
  void stop();

  /// A query within its request begins; `ended` says how it went. Returns its id.
  std::string began(const QueryRequest& request, std::string dataset_id);
  void ended(const TenantId& tenant, std::string_view id, const Result<AnswerTail>& how,
             std::uint64_t bytes);

  /// Queues a query to run after the response, over the tables that it has or that `choose` gives.
  /// Errors: `async_queries_busy`; those of check_request (query/pool.h).
  Result<QueryRun> start(QueryRequest request, std::string dataset_id, ChooseTables choose = {});

  /// `query_not_found` for anything that is not this tenant's.
  Result<QueryRun> find(const TenantId& tenant, std::string_view id);
  /// The newest first.
  std::vector<QueryRun> list(const TenantId& tenant);
  /// Ends it where it runs behind its request, and removes its result. Errors: `query_not_found`,
  /// `query_not_async`.
  Result<void> cancel(const TenantId& tenant, std::string_view id);
  /// The file of a finished query; it may be removed while it is read. Errors: `query_not_found`,
  /// `query_not_done`, and that with which the query failed.
  Result<std::filesystem::path> result_of(const TenantId& tenant, std::string_view id);

 private:
  struct Entry;
  using Entries = std::list<std::shared_ptr<Entry>>;

  QueryRuns(std::filesystem::path folder, WorkerPool& pool, const Clock& clock,
            storage::DiskBudget budget);
  std::shared_ptr<Entry> remember(QueryRun run);
  Result<std::shared_ptr<Entry>> entry_of(const TenantId& tenant, std::string_view id);
  void remove_result(Entry& entry);
  void expire(Entries& entries);
  void expire_all();
  void finish(Entry& entry, const Result<AnswerTail>& how);
  std::shared_ptr<Entry> next_due();
  BackgroundLoop::Round run_queued(const std::stop_token& stop);
  Result<AnswerTail> run(Entry& entry);
  std::filesystem::path path_of(const Entry& entry) const;

  const std::filesystem::path folder_;
  WorkerPool& pool_;
  const Clock& clock_;
  const storage::DiskBudget budget_;
  std::mutex mutex_;
  std::condition_variable_any due_;
  std::map<std::string, Entries> of_tenant_;  ///< The newest first.
  std::set<std::string> with_results_;        ///< Tenants that may have some.
  std::deque<std::shared_ptr<Entry>> queued_;
  std::map<std::string, std::size_t> running_;  ///< Behind their requests, by tenant.
  BackgroundLoop loop_;                         ///< Last: it uses the rest.
};

}  // namespace sluice::query
