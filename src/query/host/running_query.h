#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fair_slots.h"
#include "base/result.h"
#include "query/host/worker_queue.h"
#include "query/protocol/wire.h"
#include "query/query_stream.h"
#include "query/request.h"
#include "storage/verified_files.h"

namespace sluice::query {

/// The caller's stop or the pool's end, whichever comes first.
class EitherStop {
 public:
  EitherStop(std::stop_token caller, std::stop_token pool)
      : on_caller_(std::move(caller), Stops{&source_}),
        on_pool_(std::move(pool), Stops{&source_}) {}
  std::stop_token token() const { return source_.get_token(); }

 private:
  struct Stops {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Stops> on_caller_;
  std::stop_callback<Stops> on_pool_;
};

/// A worker that is answering.
class QueryStream::State {
 public:
  State(WorkerQueue& workers, storage::VerifiedFiles& verified, std::string owner,
        std::stop_token caller)
      : workers_(workers),
        verified_(verified),
        owner_(std::move(owner)),
        stop_(std::move(caller), workers.stopping()),
        wait_(stop_.token()),
        user_(std::in_place, workers) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(false); }

  /// Waits for a place where none is given, for a worker, and until the columns are known.
  Result<void> begin(const QueryRequest& request, const Job& job, WorkerQueue::Deadline deadline,
                     FairSlots::Place place, const std::function<void(double)>& on_progress);
  Result<std::optional<std::string>> next();
  void allow(std::chrono::steady_clock::duration time) { wait_.allow(time); }
  void give_place_back() { place_.give_back(); }
  const std::vector<AnswerColumn>& columns() const { return columns_; }
  const AnswerTail& tail() const { return tail_; }

 private:
  Result<void> wait_for_place(WorkerQueue::Deadline deadline);
  Result<void> bind(const QueryRequest& request, WorkerQueue::Deadline deadline);
  Result<WorkerProcess::Piece> receive();
  void end(bool is_well);

  WorkerQueue& workers_;
  storage::VerifiedFiles& verified_;
  const std::string owner_;
  EitherStop stop_;
  Wait wait_;
  std::optional<WorkerQueue::User> user_;
  FairSlots::Place place_;
  std::optional<WorkerQueue::Taken> taken_;
  std::vector<AnswerColumn> columns_;
  AnswerTail tail_;
};

/// Asks a worker of the owner's, or one that becomes one and has no tables: it is locked in before
/// it sees the text, and no file can be given to it any more. The caller is a User of `workers`.
Result<ParsedStatement> parse_in_worker(WorkerQueue& workers, const std::string& owner,
                                        const std::string& sql, WorkerQueue::Deadline deadline,
                                        std::stop_token caller);

}  // namespace sluice::query
