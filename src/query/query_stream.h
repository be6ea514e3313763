#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/answer.h"

namespace sluice::query {

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
  /// The next rows as they are to be sent (render/row_writer.h); nothing after the last ones.
  /// Blocks. Errors as of WorkerPool::run, and what was given before them is then no answer.
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

}  // namespace sluice::query
