#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/channel.h"

namespace sluice::sandbox {

/// How a process came to its end.
struct Ending {
  std::optional<int> signal = {};
  std::optional<int> exit_code = {};  ///< Neither: nobody could tell.
};

/// `by signal 11 (SIGSEGV)`, `with exit code 1`, `without a word`.
std::string in_words(const Ending& ending);

/// One process that was exec'd to be locked in, and our end of its socket. Killed and reaped when
/// destroyed. One thread at a time.
class Process {
 public:
  /// posix_spawn with an empty environment, /dev/null for the three standard descriptors, the
  /// socket at worker_socket, and no other descriptor. The process dies with the *thread* that
  /// calls this (PR_SET_PDEATHSIG counts threads), once it has called enter_early_limits().
  static Result<Process> spawn(const std::string& binary,
                               const std::vector<std::string>& arguments);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  /// False once the process has ended by itself (and then it is reaped).
  bool is_alive();
  /// Ends it without waiting; the destructor still has to reap.
  void kill();
  pid_t pid() const { return pid_; }
  Channel& channel() { return channel_; }

  /// To be asked when the channel is gone, so that the process is ending: a moment is given to it.
  Ending ending();
  std::size_t resident_bytes() const;  ///< 0 where that cannot be told.

 private:
  Process(pid_t pid, FileDescriptor socket) : pid_(pid), channel_(std::move(socket)) {}
  void kill_and_reap();

  pid_t pid_ = -1;
  Channel channel_;
};

}  // namespace sluice::sandbox
