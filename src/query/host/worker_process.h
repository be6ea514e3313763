#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/protocol/wire.h"
#include "sandbox/process.h"

namespace sluice::query {

using sandbox::Wait;

/// One worker process for queries (sandbox/process.h), as its pool speaks with it. Killed and
/// reaped when destroyed. One thread at a time.
class WorkerProcess {
 public:
  /// The worker dies with the *thread* that calls this.
  static Result<WorkerProcess> spawn(const std::string& binary,
                                     const std::vector<std::string>& arguments);

  /// False once the process has ended by itself (and then it is reaped).
  bool is_alive() { return process_.is_alive(); }
  /// Ends it without waiting; the destructor still has to reap.
  void kill() { process_.kill(); }
  pid_t pid() const { return process_.pid(); }

  /// What a worker says at a time.
  struct Piece {
    PieceKind kind = PieceKind::error;
    std::string bytes;
  };

  /// Tells it what it is there for. To be called once, before anything is asked.
  Result<void> bind(const Binding& binding, const std::vector<FileDescriptor>& files, Wait& wait);
  /// Hands over a job. To be called where `is_at_rest`.
  Result<void> ask(const Job& job, Wait& wait);
  /// Asks which tables a statement names, and waits for the answer. To be called where
  /// `is_at_rest`.
  Result<ParsedStatement> parse(const ParseJob& job, Wait& wait);
  /// Waits for the next piece of the answer. The worker's own error is the error, too.
  Result<Piece> receive(Wait& wait);

  /// Its last job is answered to the end, it lives, and it has said nothing unasked.
  bool is_at_rest();
  std::size_t resident_bytes() const { return process_.resident_bytes(); }

 private:
  explicit WorkerProcess(sandbox::Process process) : process_(std::move(process)) {}
  /// The error that explains a closed socket: by signal, by exit.
  Error death();
  Error error_of(sandbox::Outcome outcome);
  Result<void> send(const std::string& text, const std::vector<FileDescriptor>& files, Wait& wait);

  sandbox::Process process_;
  bool answered_ = true;
};

}  // namespace sluice::query
