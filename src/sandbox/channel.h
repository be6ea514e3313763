#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

// What goes over the socket between a process and one that it locked in. Both are this binary, so
// there are no versions; but the one that is locked in works on hostile bytes, so what comes back
// is bounded and checked.

namespace sluice::sandbox {

/// The descriptor at which a locked-in process finds its socket.
inline constexpr int worker_socket = 3;
/// Descriptors in one message (the kernel's SCM_MAX_FD is 253).
inline constexpr std::size_t files_max = 130;
/// A message inwards: views of wide tables, columns and options of a file.
inline constexpr std::size_t message_bytes_max = std::size_t{16} << 20U;
/// A piece outwards.
inline constexpr std::size_t piece_bytes_max = std::size_t{80} << 20U;

/// Sent before a message inwards, together with its descriptors.
struct MessageFrame {
  std::uint32_t bytes = 0;
  std::uint32_t file_count = 0;
};

/// Sent before each piece outwards; what kinds there are is the conversation's affair.
struct PieceFrame {
  std::uint32_t kind = 0;
  std::uint32_t bytes = 0;
};

// ---- The side that is locked in: blocking.

/// False at the end of the stream or on a message that is not ours.
bool receive_message(int socket, std::string& text, std::vector<FileDescriptor>& files);
/// False when the other side is gone.
bool write_whole(int socket, std::string_view bytes);
/// Appends a piece to what is to be written.
void add_piece(std::string& out, std::uint32_t kind, std::string_view bytes);

// ---- The side that asks.

/// How long to wait for the other side, and what ends it early. Time runs only while somebody
/// waits.
class Wait {
 public:
  explicit Wait(std::stop_token stop);

  void allow(std::chrono::steady_clock::duration time) { left_ = time; }

  bool is_stopped() const { return stop_.stop_requested(); }
  int wake() const { return wake_.get(); }  ///< Readable once stopped.
  std::chrono::steady_clock::duration left() const { return left_; }
  void spend(std::chrono::steady_clock::duration time) { left_ -= time; }

 private:
  std::chrono::steady_clock::duration left_{0};
  std::stop_token stop_;
  FileDescriptor wake_;
  struct Wakes {
    int fd;
    void operator()() const;
  };
  std::stop_callback<Wakes> on_stop_;
};

enum class Outcome {
  done,
  gone,      ///< The other side closed its end: it has ended.
  late,      ///< The wait's time is over.
  stopped,   ///< The wait was stopped.
  nonsense,  ///< It sent what is no piece.
  called,    ///< The descriptor to listen to beside it became readable.
};

/// Our end of the conversation. One thread at a time.
class Channel {
 public:
  struct Piece {
    std::uint32_t kind = 0;
    std::string bytes;
  };

  Channel() = default;
  /// `socket` is non-blocking.
  explicit Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// A message as receive_message takes it; at most message_bytes_max and files_max.
  Outcome send(std::string_view text, const std::vector<FileDescriptor>& files, Wait& wait);
  /// The next piece. With `listen_to`, a descriptor, returns `called` once that is readable; what
  /// has come of the piece until then is kept.
  Outcome receive(Piece& piece, Wait& wait, int listen_to = -1);
  /// Nothing was received that was not taken.
  bool is_quiet() const;
  int socket() const { return socket_.get(); }

 private:
  Outcome until(short events, Wait& wait, int listen_to = -1) const;
  Outcome fill(std::size_t bytes, Wait& wait, int listen_to);
  Outcome put(std::string_view bytes, Wait& wait);

  FileDescriptor socket_;
  std::string inbox_;  ///< Received, not yet taken.
};

/// Two ends of a socket, both closed on exec; the first does not block.
struct SocketPair {
  FileDescriptor ours;
  FileDescriptor theirs;
};
/// Without descriptors where the system has none left.
SocketPair make_socket_pair();

}  // namespace sluice::sandbox
