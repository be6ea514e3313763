#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"

namespace sluice::intake {

/// Published files of versions whose commit has no known end (`commit_unknown`). A dataset may name
/// them, so they must not go; or none does, so they must not stay. They remain announced
/// (DatasetFiles::announce): where this process dies, the next start decides. Safe for concurrent
/// use.
class UndecidedFiles {
 public:
  void add(std::string file_name, Micros now_us);
  std::size_t size() const;

  /// Asks the store about those that have waited long enough for a commit to have ended: what it
  /// does not know is removed.
  Result<void> decide(const metadata::Store& store, const storage::DatasetFiles& files,
                      Micros now_us);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Micros> since_us_;  ///< By the name of the Parquet file.
};

}  // namespace sluice::intake
