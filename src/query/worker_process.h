#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/query.h"
#include "query/wire.h"

namespace sluice::query {

/// How long to wait for a worker, and what ends it early. Time runs only while somebody waits.
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

/// One worker process and our end of its socket. Killed and reaped when destroyed. One thread at a
/// time.
class WorkerProcess {
 public:
  /// posix_spawn with an empty environment, /dev/null for the three standard descriptors, the
  /// socket at worker_socket. The worker dies with the *thread* that calls this (PR_SET_PDEATHSIG
  /// counts threads).
  static Result<WorkerProcess> spawn(const std::string& binary,
                                     const std::vector<std::string>& arguments);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  ~WorkerProcess();

  /// False once the process has ended by itself (and then it is reaped).
  bool is_alive();
  /// Ends it without waiting; the destructor still has to reap.
  void kill();
  pid_t pid() const { return pid_; }

  /// What a worker says at a time.
  struct Piece {
    PieceKind kind = PieceKind::error;
    std::string bytes;
  };

  /// Tells it what it is there for. To be called once, before anything is asked.
  Result<void> bind(const Binding& binding, const std::vector<FileDescriptor>& files, Wait& wait);
  /// Hands over a job. To be called where `is_at_rest`.
  Result<void> ask(const Job& job, Wait& wait);
  /// Waits for the next piece of the answer. The worker's own error is the error, too.
  Result<Piece> receive(Wait& wait);

  /// Its last job is answered to the end, it lives, and it has said nothing unasked.
  bool is_at_rest();
  std::size_t resident_bytes() const;  ///< 0 where that cannot be told.

 private:
  WorkerProcess(pid_t pid, FileDescriptor socket) : pid_(pid), socket_(std::move(socket)) {}
  void kill_and_reap();
  /// The error that explains a closed socket: by signal, by exit.
  Error death();
  Result<void> send(const std::string& text, const std::vector<FileDescriptor>& files, Wait& wait);

  pid_t pid_ = -1;
  FileDescriptor socket_;
  std::string inbox_;  ///< Received, not yet taken.
  bool answered_ = true;
};

}  // namespace sluice::query
