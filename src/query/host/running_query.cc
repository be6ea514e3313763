#include "query/host/running_query.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "query/pool.h"

namespace sluice::query {
namespace {

/// Of the errors that a worker reports, those after which its engine is as good as before.
bool leaves_worker_well(const Error& error) {
  return error.code != Code::query_memory && error.code != Code::query_internal &&
         error.code != Code::query_killed;
}

tl::unexpected<Error> out_of_order() {
  return fail(
      query_error(Code::query_killed, "The query's worker process answered with nonsense."));
}

}  // namespace

Result<void> QueryStream::State::begin(const QueryRequest& request, const Job& job,
                                       WorkerQueue::Deadline deadline, FairSlots::Place place,
                                       const std::function<void(double)>& on_progress) {
  place_ = std::move(place);
  if (!place_) TRY(wait_for_place(deadline));
  TRY_ASSIGN(taken_, workers_.take(session_of(request), deadline, stop_.token()));
  wait_.allow(deadline - std::chrono::steady_clock::now());
  TRY(bind(request, deadline));
  TRY(taken_->worker.ask(job, wait_));
  TRY_ASSIGN(WorkerProcess::Piece piece, receive());
  while (piece.kind == PieceKind::progress && on_progress) {
    on_progress(std::clamp(std::atof(piece.bytes.c_str()), 0.0, 100.0));
    TRY_ASSIGN(piece, receive());
  }
  if (piece.kind != PieceKind::head) return out_of_order();
  TRY_ASSIGN(columns_, decode_columns(piece.bytes));
  return {};
}

Result<std::optional<std::string>> QueryStream::State::next() {
  if (!taken_) return std::optional<std::string>();
  TRY_ASSIGN(WorkerProcess::Piece piece, receive());
  if (piece.kind == PieceKind::rows) return std::optional(std::move(piece.bytes));
  if (piece.kind != PieceKind::tail) return out_of_order();
  TRY_ASSIGN(tail_, decode_tail(piece.bytes));
  end(true);
  return std::optional<std::string>();
}

Result<void> QueryStream::State::wait_for_place(WorkerQueue::Deadline deadline) {
  std::optional<FairSlots::Ticket> ticket = workers_.places().ask(owner_);
  if (!ticket) return fail(queue_is_full());
  place_ = ticket->wait(deadline, stop_.token());
  if (place_) return {};
  if (stop_.token().stop_requested()) return fail(query_cancelled());
  return fail(waited_too_long());
}

Result<void> QueryStream::State::bind(const QueryRequest& request, WorkerQueue::Deadline deadline) {
  if (taken_->is_bound) return check_session(request, verified_, taken_->session);
  std::vector<FileDescriptor> files;
  TRY_ASSIGN(Binding binding,
             make_binding(request, verified_, {deadline, stop_.token()}, files, taken_->session));
  binding.memory_bytes = std::min(binding.memory_bytes, workers_.memory_bytes());
  return taken_->worker.bind(binding, files, wait_);
}

Result<WorkerProcess::Piece> QueryStream::State::receive() {
  Result<WorkerProcess::Piece> piece = taken_->worker.receive(wait_);
  if (!piece) end(taken_->worker.is_at_rest() && leaves_worker_well(piece.error()));
  return piece;
}

void QueryStream::State::end(bool is_well) {
  if (taken_) {
    workers_.give_back(std::move(*taken_), is_well);
    taken_.reset();
  }
  place_.give_back();
  user_.reset();  // From here on the queue may end.
}

QueryStream::QueryStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
QueryStream::QueryStream(QueryStream&&) noexcept = default;
QueryStream& QueryStream::operator=(QueryStream&&) noexcept = default;
QueryStream::~QueryStream() = default;
const std::vector<AnswerColumn>& QueryStream::columns() const { return state_->columns(); }
Result<std::optional<std::string>> QueryStream::next() { return state_->next(); }
void QueryStream::allow(std::chrono::steady_clock::duration time) { state_->allow(time); }
const AnswerTail& QueryStream::tail() const { return state_->tail(); }
void QueryStream::give_place_back() { state_->give_place_back(); }

Result<ParsedStatement> parse_in_worker(WorkerQueue& workers, const std::string& owner,
                                        const std::string& sql, WorkerQueue::Deadline deadline,
                                        std::stop_token caller) {
  const EitherStop stop(std::move(caller), workers.stopping());
  Wait wait(stop.token());
  QueryRequest nothing;
  nothing.owner = owner;
  TRY_ASSIGN(WorkerQueue::Taken taken,
             workers.take_any(session_of(nothing), deadline, stop.token()));
  wait.allow(deadline - std::chrono::steady_clock::now());
  const auto ask = [&]() -> Result<ParsedStatement> {
    if (!taken.is_bound) {
      Binding binding;
      binding.memory_bytes = std::min(nothing.memory_bytes, workers.memory_bytes());
      binding.threads = nothing.threads;
      TRY(taken.worker.bind(binding, {}, wait));
    }
    return taken.worker.parse({sql}, wait);
  };
  Result<ParsedStatement> parsed = ask();
  const bool is_well = taken.worker.is_at_rest() && (parsed || leaves_worker_well(parsed.error()));
  workers.give_back(std::move(taken), is_well);
  return parsed;
}

}  // namespace sluice::query
