#pragma once

#include <sys/types.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/query.h"
#include "query/wire.h"

namespace sluice::query {

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

  /// Sends the job and waits for the answer, at most until `deadline` or `stop`. To be called once.
  Result<QueryAnswer> run(const Job& job, const std::vector<FileDescriptor>& files,
                          std::chrono::steady_clock::time_point deadline, std::stop_token stop);

 private:
  WorkerProcess(pid_t pid, FileDescriptor socket) : pid_(pid), socket_(std::move(socket)) {}
  void kill_and_reap();
  /// The error that explains a closed socket: by signal, by exit.
  Error death();

  pid_t pid_ = -1;
  FileDescriptor socket_;
};

}  // namespace sluice::query
