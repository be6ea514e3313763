#include "query/runs/query_runs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <iterator>
#include <utility>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/log.h"
#include "query/error_codes.h"
#include "query/runs/answer_stream.h"

namespace sluice::query {
namespace {

constexpr std::size_t shown_sql_bytes_max = 2'000;
constexpr std::chrono::seconds expiry_pause{30};
constexpr std::size_t tenants_max = 1'000;

tl::unexpected<Error> not_found() {
  return fail(Errc::not_found, Code::query_not_found, "There is no such query.",
              "Queries are forgotten after a while, and when the server starts again.");
}

std::string shown(const std::string& sql) {
  if (sql.size() <= shown_sql_bytes_max) return sql;
  std::size_t end = shown_sql_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(sql[end]) & 0xC0U) == 0x80U) --end;
  return sql.substr(0, end) + "…";
}

bool is_over(RunStatus status) {
  return status != RunStatus::queued && status != RunStatus::running;
}

}  // namespace

std::string_view name_of(RunStatus status) {
  constexpr std::array<std::string_view, 5> names = {"queued", "running", "done", "failed",
                                                     "cancelled"};
  return names.at(static_cast<std::size_t>(status));
}

/// Guarded by the lock, but for `request`, `choose` and `stop`.
struct QueryRuns::Entry {
  QueryRun run;
  QueryRequest request = {};
  ChooseTables choose = {};
  std::stop_source stop = {};
};

Result<std::unique_ptr<QueryRuns>> QueryRuns::open(std::filesystem::path folder, WorkerPool& pool,
                                                   const Clock& clock, storage::DiskBudget budget) {
  std::error_code bad;
  std::filesystem::remove_all(folder, bad);
  if (!bad) std::filesystem::create_directories(folder, bad);
  if (!bad) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, bad);
  }
  if (bad) return fail(error_from_errno(bad.value(), "Cannot make", folder.string()));
  return std::unique_ptr<QueryRuns>(
      new QueryRuns(std::move(folder), pool, clock, std::move(budget)));
}

QueryRuns::QueryRuns(std::filesystem::path folder, WorkerPool& pool, const Clock& clock,
                     storage::DiskBudget budget)
    : folder_(std::move(folder)),
      pool_(pool),
      clock_(clock),
      budget_(std::move(budget)),
      loop_({.name = "query runs", .threads = async_queries_max},
            [this](const std::stop_token& stop) { return run_queued(stop); }) {}

void QueryRuns::stop() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [tenant, entries] : of_tenant_) {
      for (const std::shared_ptr<Entry>& entry : entries) entry->stop.request_stop();
    }
  }
  loop_.stop();
}

std::filesystem::path QueryRuns::path_of(const Entry& entry) const {
  return folder_ / entry.run.id;
}

void QueryRuns::remove_result(Entry& entry) {
  if (!std::exchange(entry.run.has_result, false)) return;
  if (::unlink(path_of(entry).c_str()) != 0 && errno != ENOENT) {
    log::error("a query's result cannot be removed",
               {{"query_id", entry.run.id}, {"error", std::to_string(errno)}});
  }
}

std::shared_ptr<QueryRuns::Entry> QueryRuns::remember(QueryRun run) {
  run.id = new_uuid_v7();
  run.created_us = clock_.now_us();
  auto entry = std::make_shared<Entry>(Entry{std::move(run)});
  Entries& entries = of_tenant_[entry->run.tenant.value];
  entries.push_front(entry);
  if (entries.size() > recent_queries_max) {
    const auto oldest = std::find_if(entries.rbegin(), entries.rend(),
                                     [](const auto& each) { return is_over(each->run.status); });
    if (oldest != entries.rend()) {
      remove_result(**oldest);
      entries.erase(std::next(oldest).base());
    }
  }
  if (of_tenant_.size() > tenants_max) {
    const auto idle = std::find_if(of_tenant_.begin(), of_tenant_.end(), [&](const auto& each) {
      return each.first != entry->run.tenant.value &&
             std::all_of(each.second.begin(), each.second.end(), [](const auto& one) {
               return is_over(one->run.status) && !one->run.has_result;
             });
    });
    if (idle != of_tenant_.end()) of_tenant_.erase(idle);
  }
  return entry;
}

std::string QueryRuns::began(const QueryRequest& request, std::string dataset_id) {
  QueryRun run;
  run.tenant = TenantId{request.owner};
  run.dataset_id = std::move(dataset_id);
  run.sql = shown(request.sql);
  run.format = request.format;
  const std::lock_guard lock(mutex_);
  return remember(std::move(run))->run.id;
}

void QueryRuns::finish(Entry& entry, const Result<AnswerTail>& how) {
  entry.run.ended_us = clock_.now_us();
  if (how) {
    entry.run.status = RunStatus::done;
    entry.run.tail = *how;
    return;
  }
  entry.run.status = how.error().kind == Errc::cancelled ? RunStatus::cancelled : RunStatus::failed;
  entry.run.error = how.error();
}

void QueryRuns::ended(const TenantId& tenant, std::string_view id, const Result<AnswerTail>& how,
                      std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const Result<std::shared_ptr<Entry>> entry = entry_of(tenant, id);
  if (!entry) return;  // Forgotten already.
  (*entry)->run.bytes = bytes;
  finish(**entry, how);
}

Result<QueryRun> QueryRuns::start(QueryRequest request, std::string dataset_id,
                                  ChooseTables choose) {
  TRY(check_request(request));  // Nobody should wait for what cannot run.
  QueryRun run;
  run.tenant = TenantId{request.owner};
  run.dataset_id = std::move(dataset_id);
  run.sql = shown(request.sql);
  run.format = request.format;
  run.is_async = true;
  run.status = RunStatus::queued;
  const std::lock_guard lock(mutex_);
  const auto of_tenant =
      static_cast<std::size_t>(std::count_if(queued_.begin(), queued_.end(), [&](const auto& each) {
        return each->run.tenant == run.tenant;
      }));
  if (queued_.size() >= async_queued_max || of_tenant >= async_tenant_max) {
    return fail(Errc::resource_exhausted, Code::async_queries_busy,
                "Too many queries wait to run in the background (async_queued_max, " +
                    std::to_string(async_queued_max) + "; of a tenant " +
                    std::to_string(async_tenant_max) + ").",
                "Try again when one has ended.");
  }
  const std::shared_ptr<Entry> entry = remember(std::move(run));
  entry->request = std::move(request);
  entry->choose = std::move(choose);
  queued_.push_back(entry);
  due_.notify_one();
  return entry->run;
}

Result<std::shared_ptr<QueryRuns::Entry>> QueryRuns::entry_of(const TenantId& tenant,
                                                              std::string_view id) {
  const auto entries = of_tenant_.find(tenant.value);
  if (entries == of_tenant_.end()) return not_found();
  expire(entries->second);
  for (const std::shared_ptr<Entry>& entry : entries->second) {
    if (entry->run.id == id) return entry;
  }
  return not_found();
}

Result<QueryRun> QueryRuns::find(const TenantId& tenant, std::string_view id) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const std::shared_ptr<Entry> entry, entry_of(tenant, id));
  return entry->run;
}

std::vector<QueryRun> QueryRuns::list(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  std::vector<QueryRun> runs;
  if (const auto entries = of_tenant_.find(tenant.value); entries != of_tenant_.end()) {
    expire(entries->second);
    for (const std::shared_ptr<Entry>& entry : entries->second) runs.push_back(entry->run);
  }
  return runs;
}

Result<void> QueryRuns::cancel(const TenantId& tenant, std::string_view id) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const std::shared_ptr<Entry> entry, entry_of(tenant, id));
  if (!entry->run.is_async) {
    return fail(Errc::conflict, Code::query_not_async, "This query runs within its request.",
                "It ends when its client goes away.");
  }
  entry->stop.request_stop();
  remove_result(*entry);
  const auto place = std::find(queued_.begin(), queued_.end(), entry);
  if (place != queued_.end()) {
    queued_.erase(place);
    finish(*entry, fail(Errc::cancelled, Code::query_cancelled, "The query was cancelled."));
  }
  return {};
}

Result<std::filesystem::path> QueryRuns::result_of(const TenantId& tenant, std::string_view id) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(const std::shared_ptr<Entry> entry, entry_of(tenant, id));
  if (entry->run.has_result && entry->run.status == RunStatus::done) return path_of(*entry);
  if (entry->run.error) return fail(*entry->run.error);
  if (!is_over(entry->run.status)) {
    return fail(Errc::conflict, Code::query_not_done, "The query has not ended yet.",
                "Ask for its status until it says done.");
  }
  return not_found();
}

/// Removes a tenant's results that were kept long enough, and those that are too many.
void QueryRuns::expire(Entries& entries) {
  const Micros kept_since = clock_.now_us() - async_result_kept_us;
  std::size_t kept = 0;
  for (const std::shared_ptr<Entry>& entry : entries) {
    if (!entry->run.has_result || !entry->run.ended_us) continue;
    if (++kept > async_results_max || *entry->run.ended_us < kept_since) remove_result(*entry);
  }
}

void QueryRuns::expire_all() {
  for (auto tenant = with_results_.begin(); tenant != with_results_.end();) {
    const auto entries = of_tenant_.find(*tenant);
    bool has_any = false;
    if (entries != of_tenant_.end()) {
      expire(entries->second);
      has_any = std::any_of(entries->second.begin(), entries->second.end(),
                            [](const auto& entry) { return entry->run.has_result; });
    }
    tenant = has_any ? std::next(tenant) : with_results_.erase(tenant);
  }
}

/// The first that waits whose tenant has none running.
std::shared_ptr<QueryRuns::Entry> QueryRuns::next_due() {
  const auto due = std::find_if(queued_.begin(), queued_.end(), [this](const auto& entry) {
    return !running_.contains(entry->run.tenant.value);
  });
  if (due == queued_.end()) return nullptr;
  std::shared_ptr<Entry> entry = *due;
  queued_.erase(due);
  ++running_[entry->run.tenant.value];
  entry->run.status = RunStatus::running;
  entry->run.has_result = true;  // There will be a file, whatever becomes of it.
  with_results_.insert(entry->run.tenant.value);
  return entry;
}

BackgroundLoop::Round QueryRuns::run_queued(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Entry> entry;
  due_.wait_for(lock, stop, expiry_pause, [&] { return (entry = next_due()) != nullptr; });
  expire_all();
  if (!entry) return BackgroundLoop::Round::more;
  lock.unlock();
  const std::stop_callback ends(stop, [&] { entry->stop.request_stop(); });
  Result<AnswerTail> how;
  try {
    how = run(*entry);
  } catch (const std::exception& broken) {  // As at a request: it fails this query alone.
    log::error("a query behind its request broke",
               {{"query_id", entry->run.id}, {"error", broken.what()}});
    how = fail(Errc::internal, BaseCode::internal_error, "Something is broken here.",
               "Report it with the query's id.");
  }
  lock.lock();
  finish(*entry, how);
  if (!how || entry->stop.stop_requested()) {
    entry->run.has_result = true;  // Who cancelled it may have come before there was a file.
    remove_result(*entry);
  }
  entry->request = {};
  entry->choose = {};
  running_.erase(entry->run.tenant.value);
  due_.notify_all();
  return BackgroundLoop::Round::more;
}

Result<AnswerTail> QueryRuns::run(Entry& entry) {
  QueryRequest request = entry.request;
  std::shared_ptr<const void> files;  // They go when this returns.
  if (entry.choose) {
    TRY_ASSIGN(QueryTables chosen, entry.choose(request, entry.stop.get_token()));
    request.tables = std::move(chosen.tables);
    request.listed = std::move(chosen.listed);
    files = std::move(chosen.files);
  }
  const std::filesystem::path path = path_of(entry);
  TRY(create_folders(folder_));  // Somebody may have deleted it.
  FileDescriptor made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made) return fail(error_from_errno(errno, "Cannot make", "a query's result"));
  storage::StreamedFile file(std::move(made), path.string(), 0, budget_);
  RunOptions options{entry.stop.get_token()};
  options.on_progress = [&](double percent) {
    const std::lock_guard lock(mutex_);
    entry.run.percent = percent;
  };
  TRY_ASSIGN(QueryStream stream, pool_.open(request, std::move(options)));
  AnswerStream answer(std::move(stream), request.format);
  for (bool more = true; more;) {
    std::string text;
    TRY_ASSIGN(more, answer.read(text));
    const std::uint64_t bytes = answer.bytes();
    if (bytes > async_result_bytes_max) {
      return fail(Errc::too_large, Code::query_too_large,
                  "The result is larger than is kept (async_result_bytes_max, " +
                      std::to_string(async_result_bytes_max) + " bytes).",
                  "Ask for it without mode=async, as a stream, or for less.");
    }
    TRY(file.write(text));
    const std::lock_guard lock(mutex_);
    entry.run.bytes = bytes;
  }
  return answer.tail();
}

}  // namespace sluice::query
