#include "ingest/write/batch_queue.h"

#include <cerrno>

#include "ingest/write/column_builder.h"

namespace sluice::ingest {

BatchQueue::BatchQueue(std::vector<std::pair<std::string, ValueType>> columns,
                       std::size_t ahead_max)
    : columns_(std::move(columns)), ahead_max_(ahead_max) {
  stream_.get_schema = get_schema;
  stream_.get_next = get_next;
  stream_.get_last_error = get_last_error;
  // The queue outlives the scan, and is released by its owner.
  stream_.release = [](ArrowArrayStream* stream) { stream->release = nullptr; };
  stream_.private_data = this;
}

BatchQueue::~BatchQueue() {
  for (auto& [number, batch] : waiting_) batch.release(&batch);
  for (ArrowSchema& schema : schemas_) schema.release(&schema);
}

bool BatchQueue::push(std::uint64_t number, ArrowArray batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return error_ || number <= next_ + ahead_max_; });
  if (error_) {
    lock.unlock();
    batch.release(&batch);
    return false;
  }
  waiting_.emplace(number, batch);
  changed_.notify_all();
  return true;
}

void BatchQueue::end(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  count_ = count;
  changed_.notify_all();
}

void BatchQueue::fail_with(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  changed_.notify_all();
}

std::optional<Error> BatchQueue::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

int BatchQueue::get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  BatchQueue& queue = *static_cast<BatchQueue*>(stream->private_data);
  const std::lock_guard lock(queue.mutex_);
  // duckdb_arrow_scan asks for one that it never releases: all are ours to the end.
  queue.schemas_.push_back(record_schema(queue.columns_));
  *out = queue.schemas_.back();
  out->release = [](ArrowSchema* schema) { schema->release = nullptr; };
  return 0;
}

int BatchQueue::get_next(ArrowArrayStream* stream, ArrowArray* out) {
  BatchQueue& queue = *static_cast<BatchQueue*>(stream->private_data);
  std::unique_lock lock(queue.mutex_);
  for (;;) {
    queue.changed_.wait(lock, [&queue] {
      return queue.error_ || queue.waiting_.count(queue.next_) > 0 || queue.count_ == queue.next_;
    });
    if (queue.error_) {
      queue.error_text_ = queue.error_->detail;
      return EIO;
    }
    const auto found = queue.waiting_.find(queue.next_);
    if (found == queue.waiting_.end()) {
      *out = ArrowArray{};  // The end, by the specification.
      return 0;
    }
    if (const Result<void> room = queue.room_ ? queue.room_(0) : Result<void>(); !room) {
      queue.error_ = room.error();
      queue.changed_.notify_all();
      continue;
    }
    *out = found->second;
    queue.waiting_.erase(found);
    ++queue.next_;
    queue.changed_.notify_all();
    if (out->length > 0) return 0;
    out->release(out);
  }
}

const char* BatchQueue::get_last_error(ArrowArrayStream* stream) {
  return static_cast<BatchQueue*>(stream->private_data)->error_text_.c_str();
}

}  // namespace sluice::ingest
