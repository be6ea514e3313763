#include "http/exchange.h"

#include <algorithm>
#include <cstring>

namespace sluice::http {
namespace {

Error client_gone() {
  return Error{Errc::cancelled, "client_disconnected", "The client closed the connection.", {}};
}

}  // namespace

Result<std::size_t> Exchange::read(std::span<char> buffer) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!in_wanted_) {
    in_wanted_ = true;
    wake_();
  }
  changed_.wait(lock,
                [this] { return in_position_ < in_.size() || in_ended_ || in_error_ || aborted_; });
  if (in_position_ == in_.size()) {
    if (in_error_) return fail(*in_error_);
    if (in_ended_) return std::size_t{0};
    return fail(client_gone());
  }
  const std::size_t count = std::min(buffer.size(), in_.size() - in_position_);
  std::memcpy(buffer.data(), in_.data() + in_position_, count);
  in_position_ += count;
  if (in_position_ == in_.size()) {
    in_.clear();
    in_position_ = 0;
    if (!in_ended_) wake_();
  }
  return count;
}

Result<void> Exchange::write(std::string_view bytes) {
  while (!bytes.empty()) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return out_.size() < buffer_bytes_max || aborted_; });
    if (aborted_) return fail(client_gone());
    const std::size_t count = std::min(bytes.size(), buffer_bytes_max - out_.size());
    out_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    lock.unlock();
    wake_();
  }
  return {};
}

void Exchange::answer(Response response, FileDescriptor file) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    response_ = std::move(response);
    file_ = std::move(file);
  }
  wake_();
}

void Exchange::stream_ended(bool complete) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    out_ended_ = true;
    out_complete_ = complete;
  }
  wake_();
}

bool Exchange::wants_body() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return in_wanted_ && !in_ended_ && !in_error_ && in_.size() < buffer_bytes_max;
}

void Exchange::body_arrived(std::string_view bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_.append(bytes);
  }
  changed_.notify_all();
}

void Exchange::body_ended() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_ended_ = true;
  }
  changed_.notify_all();
}

void Exchange::body_failed(Error error) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_error_ = std::move(error);
  }
  changed_.notify_all();
}

bool Exchange::answered() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return response_.has_value();
}

Response Exchange::take_answer(FileDescriptor& file) {
  const std::lock_guard<std::mutex> lock(mutex_);
  file = std::move(file_);
  return std::move(*response_);
}

Exchange::Piece Exchange::take_piece() {
  Piece piece;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    piece.bytes = std::exchange(out_, {});
    piece.end = out_ended_;
    piece.complete = out_complete_;
  }
  changed_.notify_all();
  return piece;
}

void Exchange::abort() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    aborted_ = true;
  }
  changed_.notify_all();
  stop_.request_stop();  // outside the lock: stop callbacks run here
}

}  // namespace sluice::http
