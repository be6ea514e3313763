#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/fork_server.h"
#include "sandbox/job_folder.h"

// One job of one worker: an order with its files and a folder, answered by progress and then a
// result or an error. The order and the answers are texts, whose form is the affair of who gives
// such jobs.

namespace sluice::sandbox {

/// What a worker may take for its job.
struct JobLimits {
  std::uint64_t address_bytes =
      0;                    ///< Its memory, with all that is reserved: code, stacks, arenas.
  std::uint64_t cpu_s = 0;  ///< Of processor time, on all its threads.
};

/// What reading so many bytes may take; docs/ingest.md has the numbers.
JobLimits limits_for(std::uint64_t input_bytes);

/// The asking side. One thread at a time.
class Job {
 public:
  /// Takes a worker and gives it the order. `files` are what it may read; its folder is made below
  /// `parent`. Errors: of ForkServer::fork, of the disk.
  static Result<Job> begin(ForkServer& workers, const std::filesystem::path& parent,
                           std::string_view order, std::vector<FileDescriptor> files,
                           const JobLimits& limits, const std::stop_token& stop);

  /// A further message.
  Result<void> tell(std::string_view text);

  struct Listener {
    std::function<void(const std::string&)> on_progress = {};
    /// Called when `listen_to` is readable, to read it off.
    int listen_to = -1;
    std::function<Result<void>()> on_call = {};
  };
  /// Waits for the result; the worker's own error is the error, too. `cancelled` when stopped.
  /// Where the worker died: `file_unreadable` (unprocessable) with the signal or the limit in
  /// words, or `worker_killed` (retryable) where it was killed from outside. Then it is gone.
  Result<std::string> result(const Listener& listener);
  Result<std::string> result() { return result(Listener{}); }

  /// From now on so long may pass until the result; at the beginning there is no limit but the
  /// worker's processor time.
  void allow(std::chrono::seconds time) { wait_->allow(time); }

  /// Ends the worker, which has no more to do, so that its files are nobody else's.
  void end() { worker_.end(); }
  /// After end().
  const JobFolder& folder() const { return folder_; }

 private:
  Job(ForkServer& workers, Worker worker, JobFolder folder, const JobLimits& limits,
      const std::stop_token& stop);
  Error death(Outcome outcome);

  ForkServer* workers_;
  Worker worker_;
  JobFolder folder_;
  JobLimits limits_;
  std::unique_ptr<Wait> wait_;
};

/// The error where a worker answered what it does not answer when it is well.
Error broken_answer();

/// What a worker works on.
struct Order {
  std::string text;
  std::vector<FileDescriptor> files;
  FileDescriptor folder;
};

/// The worker's side: what it answers goes over worker_socket. Safe for concurrent use.
class JobAnswer {
 public:
  void progress(std::string_view text);
  void done(std::string_view text);
  void error(const Error& error);

 private:
  void say(std::uint32_t kind, std::string_view text);
  std::mutex mutex_;
};

/// Receives the order, and locks the process in before anything of it is looked at;
/// `system_folders` as in Confinement. False where the asker is gone; what goes wrong was answered.
bool receive_order(Order& order, JobAnswer& answer,
                   const std::vector<std::filesystem::path>& system_folders);
/// The next message; false at the end.
bool receive_told(std::string& text);

}  // namespace sluice::sandbox
