#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/files.h"
#include "http/message.h"

namespace sluice::http {

/// The meeting point of one request's two sides: the io coroutine that owns the socket and the
/// blocking thread that runs the handler. Bounded buffers with backpressure; every method may be
/// called from any thread, save that one at a time fills `body_room`.
class Exchange final : public BodyReader, public BodyWriter {
 public:
  /// Each way, and for a body twice; the memory of a huge one.
  static constexpr std::size_t buffer_bytes_max = 256U << 10;

  /// `wake` tells the io side that something changed; it must be cheap and may be called often.
  Exchange(std::optional<std::uint64_t> length, std::function<void()> wake)
      : length_(length), wake_(std::move(wake)) {}

  // The handler's side.
  Result<std::size_t> read(std::span<char> buffer) override;
  std::optional<std::uint64_t> length() const override { return length_; }
  Result<void> write(std::string_view bytes) override;
  /// Hands the answer over (a StreamBody stays behind); `file` when it is a FileRange.
  void answer(Response response, FileDescriptor file);
  void stream_ended(bool complete);
  /// What goes on later.
  void hand_over(Later later);

  // The socket's side.
  /// Where the next bytes of the body may go, untouched by others until `body_arrived`; empty while
  /// none are wanted. The handler reads one half while the socket fills the other.
  std::span<char> body_room();
  /// So many bytes were put into `body_room`.
  void body_arrived(std::size_t bytes);
  void body_ended();
  void body_failed(Error error);
  std::optional<Later> take_later();
  bool answered();
  Response take_answer(FileDescriptor& file);
  struct Piece {
    std::string bytes;
    bool end = false;
    bool complete = false;
  };
  Piece take_piece();
  /// The client is gone or the server must end: both buffers fail and the stop token stops.
  void abort();
  std::stop_token stop_token() const { return stop_.get_token(); }

  Request request;  ///< Lives as long as either side.

 private:
  const std::optional<std::uint64_t> length_;
  const std::function<void()> wake_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  struct Half {
    std::unique_ptr<char[]> bytes;  ///< Made when first wanted.
    std::size_t size = 0;           ///< 0: may be filled.
  };
  std::array<Half, 2> in_;
  std::size_t in_reading_ = 0;  ///< The half that is read, or will be next.
  std::size_t in_filling_ = 0;
  std::size_t in_position_ = 0;
  bool in_wanted_ = false;
  bool in_ended_ = false;
  std::optional<Error> in_error_;
  std::string out_;
  bool out_ended_ = false;
  bool out_complete_ = false;
  bool aborted_ = false;
  std::optional<Later> later_;
  std::optional<Response> response_;
  FileDescriptor file_;
};

}  // namespace sluice::http
