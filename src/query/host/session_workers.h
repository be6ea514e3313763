#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/host/worker_process.h"
#include "query/request.h"
#include "storage/verified_files.h"

namespace sluice::query {

/// A data file as it was when it was opened: one that is replaced or changed is another one.
struct OpenedFile {
  std::filesystem::path path;
  std::string sha256;
  storage::FileIdentity identity;

  bool is_still_there() const;
};

/// What a worker is bound to, for its whole life.
struct Session {
  std::string owner;
  std::string key;  ///< Owner, tables, files and limits: equal for what may share a worker.
  std::vector<OpenedFile> files = {};
};

/// That of the request's worker, without files.
Session session_of(const QueryRequest& request);

/// Opens the request's files and verifies them, each once in the life of `verified`; they go into
/// `session`. Errors: `data_damaged`; `query_deadline` and `query_cancelled` as `wait` says.
Result<Binding> make_binding(const QueryRequest& request, storage::VerifiedFiles& verified,
                             const storage::VerifiedFiles::Wait& wait,
                             std::vector<FileDescriptor>& files, Session& session);

/// `data_damaged` where a file that a worker holds was found damaged since it was opened.
Result<void> check_session(const QueryRequest& request, const storage::VerifiedFiles& verified,
                           const Session& session);

/// Workers that have answered and wait for the next query of the same owner over the same tables:
/// they have the files open, the views made and the engine locked. Not for concurrent use.
class SessionWorkers {
 public:
  using Clock = std::chrono::steady_clock;

  SessionWorkers(std::size_t count_max, Clock::duration idle_max, std::uint64_t kept_bytes_max)
      : count_max_(count_max), idle_max_(idle_max), kept_bytes_max_(kept_bytes_max) {}

  struct Entry {
    WorkerProcess worker;
    Session session;
    Clock::time_point since;
  };

  /// The one that was used last, if there is one that is well and whose files are as they were.
  /// Those that are not go into `ended`.
  std::optional<Entry> take(const std::string& key, std::vector<WorkerProcess>& ended);
  /// The same over whatever tables.
  std::optional<Entry> take_of(const std::string& owner, std::vector<WorkerProcess>& ended);
  /// One that has no files is the first to go where there are too many: any other can do what it
  /// can.
  void put(WorkerProcess worker, Session session, std::vector<WorkerProcess>& ended);
  /// Gives up those that were idle too long, that hold much memory, or whose files are gone, so
  /// that the disk has its space back. To be called every now and then.
  void expire(std::vector<WorkerProcess>& ended);
  std::size_t size() const { return entries_.size(); }

 private:
  template <typename Fits>
  std::optional<Entry> take_first(const Fits& fits, std::vector<WorkerProcess>& ended);
  std::list<Entry>::iterator end_worker(std::list<Entry>::iterator at,
                                        std::vector<WorkerProcess>& ended);

  std::size_t count_max_;
  Clock::duration idle_max_;
  std::uint64_t kept_bytes_max_;
  std::list<Entry> entries_;  ///< The one used last comes first.
};

}  // namespace sluice::query
