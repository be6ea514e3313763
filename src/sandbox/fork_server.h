#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/background_loop.h"
#include "base/files.h"
#include "base/result.h"
#include "sandbox/channel.h"
#include "sandbox/process.h"

namespace sluice::sandbox {

/// A process forked for one job, and our end of its socket. It is ended when this is destroyed. One
/// thread at a time.
class Worker {
 public:
  Worker(std::shared_ptr<void> server, FileDescriptor socket, FileDescriptor life, pid_t pid)
      : server_(std::move(server)),
        channel_(std::move(socket)),
        life_(std::move(life)),
        pid_(pid) {}
  Worker(Worker&& other) noexcept = default;
  Worker& operator=(Worker&&) = delete;
  ~Worker() { end(); }

  Channel& channel() { return channel_; }
  pid_t pid() const { return pid_; }
  /// Kills it where it lives and waits until it is gone: from then on nobody writes to its files.
  void end();
  /// The same for one that ended by itself, which its closed socket shows: how it did.
  Ending ending();

 private:
  std::optional<int> status(int within_ms);

  std::shared_ptr<void> server_;  ///< Its workers die with it.
  Channel channel_;
  FileDescriptor life_;  ///< Shut: kill it. Tells the status it ended with.
  pid_t pid_ = -1;
};

/// What the work in one worker may take of memory, as its engine counts it, unless said otherwise.
inline constexpr std::uint64_t job_memory_bytes_default = 1'000'000'000;

struct ForkServerOptions {
  std::string binary = "/proc/self/exe";
  std::vector<std::string> arguments = {};  ///< After argv[0].
  /// Workers of one server share where code and data lie in memory; then a new one is started.
  std::size_t forks_max = 500;
  std::uint64_t job_memory_bytes = job_memory_bytes_default;
};

/// Starts processes that can be thrown away within a millisecond or two: one process was exec'd
/// beforehand and got everything ready (fork_server_main.h); it forks for each job. It never sees a
/// byte of a job. Workers die with their server, the server with this process. All members are safe
/// for concurrent use.
class ForkServer {
 public:
  static std::unique_ptr<ForkServer> start(ForkServerOptions options);
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// `cancelled` when stopped; `worker_unavailable` (retryable) where none can be had.
  Result<Worker> fork(const std::stop_token& stop);
  /// A worker broke. Whoever broke it may have learnt where things lie in its memory, so the next
  /// ones come from a new server, unless that one is new itself.
  void note_broken();
  /// Whoever gives a worker its work keeps to it.
  std::uint64_t job_memory_bytes() const { return options_.job_memory_bytes; }
  /// Workers that broke since the start.
  std::uint64_t broken() const { return broken_; }

 private:
  struct Server;

  explicit ForkServer(ForkServerOptions options);
  void retire();
  void keep_one(const std::stop_token& stop);
  Result<std::shared_ptr<Server>> current(const std::stop_token& stop);

  const ForkServerOptions options_;
  std::atomic<std::uint64_t> broken_{0};
  std::mutex mutex_;  ///< For the next three, and Server::forks. Not held while a server starts.
  std::condition_variable_any changed_;
  std::shared_ptr<Server> server_;  ///< Null: to be started.
  std::optional<Error> failure_;    ///< Of the last start.
  /// What its thread starts dies with that thread, which therefore lives as long as this. Last: it
  /// uses the rest.
  BackgroundLoop starter_;
};

}  // namespace sluice::sandbox
