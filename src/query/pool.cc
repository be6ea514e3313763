#include "query/pool.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "query/worker_process.h"

namespace sluice::query {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
constexpr std::chrono::milliseconds spawn_retry_pause{500};

Result<void> check_request(const QueryRequest& request) {
  if (request.sql.size() > sql_bytes_max) {
    return fail(
        query_error("query_too_large", "The SQL is longer than 64 KiB.", "Send a shorter one."));
  }
  // The engine's interface takes C strings: what stands behind a NUL would be checked, but not run.
  if (request.sql.find('\0') != std::string::npos) {
    return fail(query_error("query_syntax", "The SQL holds a NUL byte."));
  }
  std::size_t files = 0;
  for (const TableSource& table : request.tables) {
    files += table.files.size();
    if (table.name.size() != 1 && table.name.size() != 3) {
      return fail(query_error("query_internal", "A table's name has one part or three."));
    }
  }
  if (request.tables.size() > tables_max || files > files_max) {
    return fail(query_error("query_too_large", "The query has more tables or files than it may.",
                            "Name fewer tables in one query."));
  }
  return {};
}

Result<Job> make_job(const QueryRequest& request, std::vector<FileDescriptor>& files) {
  Job job;
  job.sql = request.sql;
  job.parameters = request.parameters;
  job.format = request.format;
  job.formulas_as_they_are = request.formulas_as_they_are;
  job.row_limit = std::max<std::int64_t>(request.row_limit, 0);
  job.row_limit_max = std::max<std::int64_t>(request.row_limit_max, 0);
  job.result_bytes_max = request.result_bytes_max;
  job.memory_bytes = request.memory_bytes;
  job.threads = std::max(1, request.threads);
  for (const TableSource& table : request.tables) {
    JobTable entry{table.name, table.view_select, files.size(), table.files.size()};
    for (const std::filesystem::path& path : table.files) {
      FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!file) return fail(error_from_errno(errno, "opening a data file", path.string()));
      files.push_back(std::move(file));
    }
    job.tables.push_back(std::move(entry));
  }
  return job;
}

}  // namespace

class WorkerPool::Impl {
 public:
  explicit Impl(PoolConfig config) : config_(std::move(config)) {
    starter_ = std::jthread([this](const std::stop_token& stop) { keep_warm(stop); });
  }

  ~Impl() {
    stopping_.request_stop();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_ == 0 && queued_ == 0; });
    lock.unlock();
    starter_.request_stop();
    starter_.join();
    idle_.clear();
    ended_.clear();
  }

  Result<QueryStream> open(const QueryRequest& request, std::stop_token stop);

  /// Kills at once; the starter reaps, since tearing down a large process takes 10 ms and more.
  void finish(WorkerProcess worker) {
    worker.kill();
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(worker));
    --running_;
    changed_.notify_all();
  }

  PoolStatus status() const {
    const std::lock_guard lock(mutex_);
    return {idle_.size(), running_, queued_};
  }

 private:
  /// Waits for a place and for a worker.
  Result<WorkerProcess> take(Deadline deadline, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (running_ + queued_ >= config_.concurrent_max + config_.queue_max) {
      return fail(query_error("query_queue_full", "Too many queries are waiting.",
                              "Try again in a few seconds."));
    }
    ++queued_;
    changed_.notify_all();
    const std::uint64_t failures_before = spawn_failures_;
    const bool ready = changed_.wait_until(lock, stop, deadline, [&] {
      while (!idle_.empty() && !idle_.front().is_alive()) idle_.pop_front();
      return running_ < config_.concurrent_max &&
             (!idle_.empty() || spawn_failures_ != failures_before);
    });
    --queued_;
    changed_.notify_all();
    if (stop.stop_requested())
      return fail(query_error("query_cancelled", "The query was cancelled."));
    if (!ready) {
      return fail(query_error("query_deadline",
                              "The query's time ran out while it waited in the queue.",
                              "Try again in a few seconds."));
    }
    if (idle_.empty()) {
      return fail(query_error("query_worker_unavailable",
                              "No query worker can be started: " + spawn_error_));
    }
    WorkerProcess worker = std::move(idle_.front());
    idle_.pop_front();
    ++running_;
    return worker;
  }

  /// How many workers should lie ready: the warm ones, more while queries wait.
  std::size_t wanted_idle() const {
    const std::size_t places = config_.concurrent_max - std::min(config_.concurrent_max, running_);
    return std::max(config_.warm, std::min(queued_, places));
  }

  /// The one thread that starts workers, since they die with the thread that started them.
  void keep_warm(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return !ended_.empty() || idle_.size() < wanted_idle(); };
    // With a stop asked for, wait() gives its condition, which may well be true.
    while (changed_.wait(lock, stop, has_work) && !stop.stop_requested()) {
      if (idle_.size() < wanted_idle() && !start_one(lock)) {
        changed_.wait_for(lock, stop, spawn_retry_pause, [] { return false; });
      }
      std::vector<WorkerProcess> reaped = std::exchange(ended_, {});
      lock.unlock();
      reaped.clear();
      lock.lock();
    }
  }

  bool start_one(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    Result<WorkerProcess> worker =
        WorkerProcess::spawn(config_.worker_binary.string(), config_.worker_arguments);
    lock.lock();
    if (worker) {
      idle_.push_back(std::move(*worker));
    } else {
      log::error("a query worker cannot be started", {{"error", to_line(worker.error())}});
      spawn_error_ = worker.error().detail;
      ++spawn_failures_;
    }
    changed_.notify_all();
    return worker.has_value();
  }

  const PoolConfig config_;
  std::stop_source stopping_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<WorkerProcess> idle_;
  std::vector<WorkerProcess> ended_;  ///< Killed, not yet reaped.
  std::size_t running_ = 0;
  std::size_t queued_ = 0;
  std::uint64_t spawn_failures_ = 0;
  std::string spawn_error_;
  std::jthread starter_;
};

/// A worker that is answering.
class QueryStream::State {
 public:
  State(WorkerPool::Impl& pool, std::stop_token caller, const std::stop_token& pool_end)
      : pool_(pool),
        on_caller_(std::move(caller), Stops{&either_}),
        on_end_(pool_end, Stops{&either_}),
        wait_(either_.get_token()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (worker_) pool_.finish(std::move(*worker_));
  }

  std::stop_token stop() const { return either_.get_token(); }

  Result<void> begin(WorkerProcess worker, const Job& job, const std::vector<FileDescriptor>& files,
                     std::chrono::steady_clock::duration time) {
    worker_ = std::move(worker);
    wait_.allow(time);
    TRY(worker_->send(job, files, wait_));
    TRY_ASSIGN(const WorkerProcess::Piece piece, worker_->receive(wait_));
    if (piece.kind != PieceKind::head) return out_of_order();
    TRY_ASSIGN(columns_, decode_columns(piece.bytes));
    return {};
  }

  Result<std::optional<std::string>> next() {
    if (!worker_) return std::optional<std::string>();
    TRY_ASSIGN(WorkerProcess::Piece piece, worker_->receive(wait_));
    if (piece.kind == PieceKind::rows) return std::optional(std::move(piece.bytes));
    if (piece.kind != PieceKind::tail) return out_of_order();
    TRY_ASSIGN(tail_, decode_tail(piece.bytes));
    pool_.finish(std::move(*worker_));
    worker_.reset();
    return std::optional<std::string>();
  }

  void allow(std::chrono::steady_clock::duration time) { wait_.allow(time); }
  const std::vector<AnswerColumn>& columns() const { return columns_; }
  const AnswerTail& tail() const { return tail_; }

 private:
  struct Stops {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  static tl::unexpected<Error> out_of_order() {
    return fail(query_error("query_killed", "The query's worker process answered with nonsense."));
  }

  WorkerPool::Impl& pool_;
  std::stop_source either_;  ///< The caller's stop and the pool's end.
  std::stop_callback<Stops> on_caller_;
  std::stop_callback<Stops> on_end_;
  Wait wait_;
  std::optional<WorkerProcess> worker_;
  std::vector<AnswerColumn> columns_;
  AnswerTail tail_;
};

QueryStream::QueryStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
QueryStream::QueryStream(QueryStream&&) noexcept = default;
QueryStream& QueryStream::operator=(QueryStream&&) noexcept = default;
QueryStream::~QueryStream() = default;
const std::vector<AnswerColumn>& QueryStream::columns() const { return state_->columns(); }
Result<std::optional<std::string>> QueryStream::next() { return state_->next(); }
void QueryStream::allow(std::chrono::steady_clock::duration time) { state_->allow(time); }
const AnswerTail& QueryStream::tail() const { return state_->tail(); }

Result<QueryStream> WorkerPool::Impl::open(const QueryRequest& request, std::stop_token stop) {
  const Deadline deadline = std::chrono::steady_clock::now() + request.deadline;
  TRY(check_request(request));
  std::vector<FileDescriptor> files;
  TRY_ASSIGN(const Job job, make_job(request, files));
  auto state = std::make_unique<QueryStream::State>(*this, std::move(stop), stopping_.get_token());
  TRY_ASSIGN(WorkerProcess worker, take(deadline, state->stop()));
  TRY(state->begin(std::move(worker), job, files, deadline - std::chrono::steady_clock::now()));
  return QueryStream(std::move(state));
}

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(PoolConfig config) {
  if (config.concurrent_max == 0 || config.worker_binary.empty()) {
    return fail(
        query_error("query_internal", "A query pool needs a worker binary and a place to run."));
  }
  return std::unique_ptr<WorkerPool>(new WorkerPool(std::make_unique<Impl>(std::move(config))));
}

WorkerPool::WorkerPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerPool::~WorkerPool() = default;

Result<QueryAnswer> WorkerPool::run(const QueryRequest& request, const std::stop_token& stop) {
  const Deadline started = std::chrono::steady_clock::now();
  QueryRequest bounded = request;  // what is held here whole
  bounded.result_bytes_max = std::min(request.result_bytes_max, result_bytes_ceiling);
  TRY_ASSIGN(QueryStream stream, open(bounded, stop));
  QueryAnswer answer;
  answer.columns = stream.columns();
  for (;;) {
    TRY_ASSIGN(const std::optional<std::string> rows, stream.next());
    if (!rows) break;
    answer.rows += *rows;
    if (answer.rows.size() > result_bytes_ceiling + piece_bytes_max) {
      return fail(
          query_error("query_killed", "The query's worker process answered with nonsense."));
    }
  }
  answer.tail = stream.tail();
  answer.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started);
  return answer;
}

Result<QueryStream> WorkerPool::open(const QueryRequest& request, std::stop_token stop) {
  return impl_->open(request, std::move(stop));
}

PoolStatus WorkerPool::status() const { return impl_->status(); }

}  // namespace sluice::query
