#pragma once

#include <sys/types.h>

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
#include "query/query.h"
#include "query/worker_process.h"

namespace sluice::query {

/// A data file as it was when it was opened: one that is replaced or changed is another one.
struct FileIdentity {
  std::filesystem::path path;
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;

  bool is_still_there() const;
};

/// What a worker is bound to, for its whole life.
struct Bond {
  std::string key;  ///< Owner, tables, files and limits: equal for what may share a worker.
  std::vector<FileIdentity> files = {};
};

std::string bond_key(const QueryRequest& request);

/// Opens the request's files, whose identities go into `bond`. Error: `query_data_missing`, whose
/// detail holds a path and is internal.
Result<Binding> make_binding(const QueryRequest& request, std::vector<FileDescriptor>& files,
                             Bond& bond);

/// Workers that have answered and wait for the next query of the same owner over the same tables:
/// they have the files open, the views made and the engine locked. Not for concurrent use.
class BoundWorkers {
 public:
  using Clock = std::chrono::steady_clock;

  BoundWorkers(std::size_t count_max, Clock::duration idle_max)
      : count_max_(count_max), idle_max_(idle_max) {}

  struct Entry {
    WorkerProcess worker;
    Bond bond;
    Clock::time_point since;
  };

  /// The one that was used last, if there is one that is well and whose files are as they were.
  /// Those that are not go into `ended`.
  std::optional<Entry> take(const std::string& key, std::vector<WorkerProcess>& ended);
  void put(WorkerProcess worker, Bond bond, std::vector<WorkerProcess>& ended);
  /// Gives up those that were idle too long, that hold much memory, or whose files are gone, so that
  /// the disk has its space back. To be called every now and then.
  void expire(std::vector<WorkerProcess>& ended);
  std::size_t size() const { return entries_.size(); }

 private:
  std::list<Entry>::iterator end_worker(std::list<Entry>::iterator at,
                                        std::vector<WorkerProcess>& ended);

  std::size_t count_max_;
  Clock::duration idle_max_;
  std::list<Entry> entries_;  ///< The one used last comes first.
};

}  // namespace sluice::query
