#include "http/exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/error_codes.h"

namespace sluice::http {
namespace {

Error client_gone() {
  return Error{Errc::cancelled, Code::client_disconnected, "The client closed the connection.", {}};
}

}  // namespace

Result<std::size_t> Exchange::read(std::span<char> buffer) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!in_wanted_) {
    in_wanted_ = true;
    wake_();
  }
  changed_.wait(lock,
                [this] { return in_[in_reading_].size > 0 || in_ended_ || in_error_ || aborted_; });
  Half& half = in_[in_reading_];
  if (half.size == 0) {
    if (in_error_) return fail(*in_error_);
    if (in_ended_) return std::size_t{0};
    return fail(client_gone());
  }
  const std::size_t count = std::min(buffer.size(), half.size - in_position_);
  std::memcpy(buffer.data(), half.bytes.get() + in_position_, count);
  in_position_ += count;
  if (in_position_ == half.size) {
    half.size = in_position_ = 0;
    in_reading_ ^= 1;
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

void Exchange::hand_over(Later later) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    later_ = std::move(later);
  }
  wake_();
}

std::optional<Later> Exchange::take_later() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(later_, std::nullopt);
}

std::span<char> Exchange::body_room() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Half& half = in_[in_filling_];
  if (!in_wanted_ || in_ended_ || in_error_ || half.size > 0) return {};
  const auto size = static_cast<std::size_t>(
      std::min<std::uint64_t>(buffer_bytes_max, length_.value_or(buffer_bytes_max)));
  // A body of no bytes still has an end to be told.
  if (!half.bytes)
    half.bytes = std::make_unique_for_overwrite<char[]>(std::max<std::size_t>(size, 1));
  return {half.bytes.get(), std::max<std::size_t>(size, 1)};
}

void Exchange::body_arrived(std::size_t bytes) {
  if (bytes == 0) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_[in_filling_].size = bytes;
    in_filling_ ^= 1;
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
