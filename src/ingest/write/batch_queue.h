#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "duckdb/arrow_abi.h"
#include "ingest/bytes/disk_budget.h"
#include "ingest/cells/value_type.h"

namespace sluice::ingest {

/// Record batches on their way from readers to the engine: made by several threads in any order,
/// taken in the order of their numbers, a bounded number in between. As an Arrow stream it is what
/// DuckDB scans.
///
/// Threads: `push`, `end`, `fail_with` by any; the stream by DuckDB's.
class BatchQueue {
 public:
  /// `ahead_max`: batches that may wait beyond the one that is wanted next.
  BatchQueue(std::vector<std::pair<std::string, ValueType>> columns, std::size_t ahead_max);
  ~BatchQueue();
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  /// Takes the batch (an empty one keeps the numbering whole). Blocks while the queue is full;
  /// false when nobody wants batches any more: the producer then ends.
  bool push(std::uint64_t number, ArrowArray batch);
  /// Asked before each batch is given away; its error fails the queue. To be set before the first
  /// is taken.
  void check_before_batches(RoomCheck room) { room_ = std::move(room); }
  /// There are just so many batches.
  void end(std::uint64_t count);
  /// The consumer fails with it; producers end. The first error stays.
  void fail_with(Error error);
  /// What was failed with.
  std::optional<Error> error() const;

  /// For duckdb_arrow_scan; valid as long as the queue.
  ArrowArrayStream* stream() { return &stream_; }

 private:
  static int get_schema(ArrowArrayStream* stream, ArrowSchema* out);
  static int get_next(ArrowArrayStream* stream, ArrowArray* out);
  static const char* get_last_error(ArrowArrayStream* stream);

  std::vector<std::pair<std::string, ValueType>> columns_;
  std::size_t ahead_max_;
  RoomCheck room_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, ArrowArray> waiting_;
  std::uint64_t next_ = 0;
  std::optional<std::uint64_t> count_;
  std::optional<Error> error_;
  std::string error_text_;
  std::vector<ArrowSchema> schemas_;
  ArrowArrayStream stream_{};
};

}  // namespace sluice::ingest
