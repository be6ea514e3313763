#include "query/pool.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/utf8.h"
#include "query/host/running_query.h"
#include "query/host/worker_queue.h"

namespace sluice::query {
namespace {

Result<void> check_text(const std::string& sql) {
  if (sql.size() > sql_bytes_max) {
    return fail(query_error(Code::query_too_large, "The SQL is longer than 64 KiB.",
                            "Send a shorter one."));
  }
  // The engine's interface takes C strings: what stands behind a NUL would be checked, but not run.
  if (sql.find('\0') != std::string::npos) {
    return fail(query_error(Code::query_syntax, "The SQL holds a NUL byte."));
  }
  if (!is_utf8(sql)) {
    return fail(query_error(Code::query_syntax, "The SQL is not valid UTF-8 text."));
  }
  return {};
}

Job make_job(const QueryRequest& request, std::size_t result_bytes_max, bool tells_progress) {
  Job job;
  job.sql = request.sql;
  job.plan_only = request.plan_only;
  if (request.listed) job.listing = encode_listing(*request.listed);
  job.parameters = request.parameters;
  job.format = request.format;
  job.formulas_as_they_are = request.formulas_as_they_are;
  job.row_limit = std::max<std::int64_t>(request.row_limit, 0);
  job.row_limit_max = std::max<std::int64_t>(request.row_limit_max, 0);
  job.result_bytes_max = std::min(request.result_bytes_max, result_bytes_max);
  job.tells_progress = tells_progress;
  return job;
}

}  // namespace

Result<void> check_request(const QueryRequest& request) {
  TRY(check_text(request.sql));
  for (const Parameter& parameter : request.parameters) {
    const std::string* text = std::get_if<std::string>(&parameter.value);
    if (!is_utf8(parameter.name) || (text != nullptr && !is_utf8(*text))) {
      return fail(query_error(Code::query_parameters, "A parameter is not valid UTF-8 text."));
    }
  }
  std::size_t files = 0;
  for (const TableSource& table : request.tables) {
    files += table.files.size();
    if (table.name.size() != 1 && table.name.size() != 3) {
      return fail(query_error(Code::query_internal, "A table's name has one part or three."));
    }
  }
  if (request.tables.size() > tables_max || files > files_max) {
    return fail(query_error(Code::query_too_large,
                            "The query has more tables or files than it may.",
                            "Name fewer tables in one query."));
  }
  return {};
}

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(PoolConfig config) {
  if (config.concurrent_max == 0 || config.worker_binary.empty()) {
    return fail(query_error(Code::query_internal,
                            "A query pool needs a worker binary and a place to run."));
  }
  std::shared_ptr<storage::VerifiedFiles> verified = config.verified;
  return std::unique_ptr<WorkerPool>(
      new WorkerPool(std::move(verified), std::make_unique<WorkerQueue>(std::move(config))));
}

WorkerPool::WorkerPool(std::shared_ptr<storage::VerifiedFiles> verified,
                       std::unique_ptr<WorkerQueue> workers)
    : verified_(std::move(verified)), workers_(std::move(workers)) {}
WorkerPool::~WorkerPool() = default;

Result<QueryAnswer> WorkerPool::run(const QueryRequest& request, const std::stop_token& stop) {
  const auto started = std::chrono::steady_clock::now();
  TRY_ASSIGN(QueryStream stream, open(request, {stop}, result_bytes_ceiling));
  QueryAnswer answer;
  answer.columns = stream.columns();
  for (;;) {
    TRY_ASSIGN(const std::optional<std::string> rows, stream.next());
    if (!rows) break;
    answer.rows += *rows;
    if (answer.rows.size() > result_bytes_ceiling + sandbox::piece_bytes_max) {
      return fail(
          query_error(Code::query_killed, "The query's worker process answered with nonsense."));
    }
  }
  answer.tail = stream.tail();
  answer.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started);
  return answer;
}

Result<QueryStream> WorkerPool::open(const QueryRequest& request, RunOptions options) {
  return open(request, std::move(options), std::numeric_limits<std::size_t>::max());
}

Result<QueryStream> WorkerPool::open(const QueryRequest& request, RunOptions options,
                                     std::size_t result_bytes_max) {
  const WorkerQueue::Deadline deadline = std::chrono::steady_clock::now() + request.deadline;
  TRY(check_request(request));
  auto state = std::make_unique<QueryStream::State>(*workers_, *verified_, request.owner,
                                                    std::move(options.stop));
  TRY(state->begin(request, make_job(request, result_bytes_max, options.on_progress != nullptr),
                   deadline, std::move(options.place), options.on_progress));
  return QueryStream(std::move(state));
}

Result<ParsedStatement> WorkerPool::parse(const std::string& owner, const std::string& sql,
                                          std::chrono::milliseconds deadline,
                                          std::stop_token stop) {
  TRY(check_text(sql));
  const WorkerQueue::User user(*workers_);
  return parse_in_worker(*workers_, owner, sql, std::chrono::steady_clock::now() + deadline,
                         std::move(stop));
}

FairSlots& WorkerPool::places() { return workers_->places(); }

PoolStatus WorkerPool::status() const { return workers_->status(); }

}  // namespace sluice::query
