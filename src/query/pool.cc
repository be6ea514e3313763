#include "query/pool.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "query/host/worker_queue.h"

namespace sluice::query {
namespace {

Result<void> check_request(const QueryRequest& request) {
  if (request.sql.size() > sql_bytes_max) {
    return fail(
        query_error("query_too_large", "The SQL is longer than 64 KiB.", "Send a shorter one."));
  }
  // The engine's interface takes C strings: what stands behind a NUL would be checked, but not run.
  if (request.sql.find('\0') != std::string::npos) {
    return fail(query_error("query_syntax", "The SQL holds a NUL byte."));
  }
  if (!is_utf8(request.sql)) {
    return fail(query_error("query_syntax", "The SQL is not valid UTF-8 text."));
  }
  for (const Parameter& parameter : request.parameters) {
    const std::string* text = std::get_if<std::string>(&parameter.value);
    if (!is_utf8(parameter.name) || (text != nullptr && !is_utf8(*text))) {
      return fail(query_error("query_parameters", "A parameter is not valid UTF-8 text."));
    }
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

Job make_job(const QueryRequest& request) {
  Job job;
  job.sql = request.sql;
  job.parameters = request.parameters;
  job.format = request.format;
  job.formulas_as_they_are = request.formulas_as_they_are;
  job.row_limit = std::max<std::int64_t>(request.row_limit, 0);
  job.row_limit_max = std::max<std::int64_t>(request.row_limit_max, 0);
  job.result_bytes_max = request.result_bytes_max;
  job.tells_progress = request.on_progress != nullptr;
  return job;
}

/// Of the errors that a worker reports, those after which its engine is as good as before.
bool leaves_worker_well(const Error& error) {
  return error.code != "query_memory" && error.code != "query_internal";
}

}  // namespace

/// A worker that is answering.
class QueryStream::State {
 public:
  State(WorkerQueue& workers, storage::VerifiedFiles& verified, std::string owner,
        std::stop_token caller)
      : workers_(workers),
        verified_(verified),
        owner_(std::move(owner)),
        on_caller_(std::move(caller), Stops{&either_}),
        on_end_(workers.stopping(), Stops{&either_}),
        wait_(either_.get_token()),
        user_(std::in_place, workers) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(false); }

  Result<void> begin(const QueryRequest& request, WorkerQueue::Deadline deadline,
                     FairSlots::Place place) {
    place_ = std::move(place);
    if (!place_) TRY(wait_for_place(deadline));
    TRY_ASSIGN(taken_, workers_.take(bond_key(request), deadline, either_.get_token()));
    wait_.allow(deadline - std::chrono::steady_clock::now());
    if (taken_->is_bound) {
      TRY(check_bond(request, verified_, taken_->bond));
    } else {
      std::vector<FileDescriptor> files;
      TRY_ASSIGN(Binding binding, make_binding(request, verified_, {deadline, either_.get_token()},
                                               files, taken_->bond));
      binding.memory_bytes = std::min(binding.memory_bytes, workers_.memory_bytes());
      TRY(taken_->worker.bind(binding, files, wait_));
    }
    TRY(taken_->worker.ask(make_job(request), wait_));
    TRY_ASSIGN(WorkerProcess::Piece piece, receive());
    while (piece.kind == PieceKind::progress && request.on_progress) {
      request.on_progress(std::clamp(std::atof(piece.bytes.c_str()), 0.0, 100.0));
      TRY_ASSIGN(piece, receive());
    }
    if (piece.kind != PieceKind::head) return out_of_order();
    TRY_ASSIGN(columns_, decode_columns(piece.bytes));
    return {};
  }

  Result<std::optional<std::string>> next() {
    if (!taken_) return std::optional<std::string>();
    TRY_ASSIGN(WorkerProcess::Piece piece, receive());
    if (piece.kind == PieceKind::rows) return std::optional(std::move(piece.bytes));
    if (piece.kind != PieceKind::tail) return out_of_order();
    TRY_ASSIGN(tail_, decode_tail(piece.bytes));
    end(true);
    return std::optional<std::string>();
  }

  void allow(std::chrono::steady_clock::duration time) { wait_.allow(time); }
  void give_place_back() { place_.give_back(); }
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

  Result<void> wait_for_place(WorkerQueue::Deadline deadline) {
    const std::stop_token stop = either_.get_token();
    std::optional<FairSlots::Ticket> ticket = workers_.places().ask(owner_);
    if (!ticket) return fail(queue_is_full());
    place_ = ticket->wait(deadline, stop);
    if (place_) return {};
    if (stop.stop_requested()) return fail(query_cancelled());
    return fail(waited_too_long());
  }

  Result<WorkerProcess::Piece> receive() {
    Result<WorkerProcess::Piece> piece = taken_->worker.receive(wait_);
    if (!piece) end(taken_->worker.is_at_rest() && leaves_worker_well(piece.error()));
    return piece;
  }

  void end(bool is_well) {
    if (taken_) {
      workers_.give_back(std::move(taken_->worker), std::move(taken_->bond), is_well);
      taken_.reset();
    }
    place_.give_back();
    user_.reset();  // From here on the queue may end.
  }

  WorkerQueue& workers_;
  storage::VerifiedFiles& verified_;
  const std::string owner_;
  std::stop_source either_;  ///< The caller's stop and the pool's end.
  std::stop_callback<Stops> on_caller_;
  std::stop_callback<Stops> on_end_;
  Wait wait_;
  std::optional<WorkerQueue::User> user_;
  FairSlots::Place place_;
  std::optional<WorkerQueue::Taken> taken_;
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
void QueryStream::give_place_back() { state_->give_place_back(); }

Error queue_is_full() {
  return query_error("query_queue_full", "Too many queries are waiting.",
                     "Try again in a few seconds.");
}

Error waited_too_long() {
  return query_error("query_deadline", "The query's time ran out while it waited in the queue.",
                     "Try again in a few seconds.");
}

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(PoolConfig config) {
  if (config.concurrent_max == 0 || config.worker_binary.empty()) {
    return fail(
        query_error("query_internal", "A query pool needs a worker binary and a place to run."));
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
  QueryRequest bounded = request;  // what is held here whole
  bounded.result_bytes_max = std::min(request.result_bytes_max, result_bytes_ceiling);
  TRY_ASSIGN(QueryStream stream, open(bounded, stop));
  QueryAnswer answer;
  answer.columns = stream.columns();
  for (;;) {
    TRY_ASSIGN(const std::optional<std::string> rows, stream.next());
    if (!rows) break;
    answer.rows += *rows;
    if (answer.rows.size() > result_bytes_ceiling + sandbox::piece_bytes_max) {
      return fail(
          query_error("query_killed", "The query's worker process answered with nonsense."));
    }
  }
  answer.tail = stream.tail();
  answer.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - started);
  return answer;
}

Result<QueryStream> WorkerPool::open(const QueryRequest& request, std::stop_token stop,
                                     FairSlots::Place place) {
  const WorkerQueue::Deadline deadline = std::chrono::steady_clock::now() + request.deadline;
  TRY(check_request(request));
  auto state =
      std::make_unique<QueryStream::State>(*workers_, *verified_, request.owner, std::move(stop));
  TRY(state->begin(request, deadline, std::move(place)));
  return QueryStream(std::move(state));
}

FairSlots& WorkerPool::places() { return workers_->places(); }

PoolStatus WorkerPool::status() const { return workers_->status(); }

}  // namespace sluice::query
