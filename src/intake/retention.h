#pragma once

#include "base/background_loop.h"
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
  void sweep();

  metadata::Store& store_;
  const storage::DatasetFiles& files_;
  const storage::PartialFiles& partial_files_;
  const Clock& clock_;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
