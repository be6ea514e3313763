#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"
#include "storage/partial_files.h"

namespace sluice::intake {

/// Removes files that are not used (unused_files.h) and uploads that expired (expired_uploads.h),
/// and restocks the store's reserve: at once and then every ten minutes, on a thread of its own,
/// until it is destroyed. All that it is given must outlive it.
class RetentionSweeper {
 public:
  RetentionSweeper(metadata::Store& store, const storage::DatasetFiles& files,
                   const storage::PartialFiles& partial_files, const Clock& clock);

 private:
  void run(const std::stop_token& stop);

  metadata::Store& store_;
  const storage::DatasetFiles& files_;
  const storage::PartialFiles& partial_files_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
