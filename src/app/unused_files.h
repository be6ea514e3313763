#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"
#include "storage/partial_files.h"

namespace sluice::app {

/// Removes Parquet files of versions that were replaced an hour ago, when no query or sync may
/// still be reading them, and of deleted datasets, where a crash came between deleting and
/// removing. A file that the store never knew stays: it may be the only copy, where the database
/// was exchanged or restored.
Result<void> sweep_unused_files(const metadata::Store& store, const storage::DatasetFiles& files,
                                const Clock& clock);

/// Removes what a process published that died before its transaction (DatasetFiles::unsettled). To
/// be called before anything publishes.
Result<void> sweep_unsettled_files(const metadata::Store& store,
                                   const storage::DatasetFiles& files);

/// Sweeps these, and uploads that expired, and restocks the store's reserve, at once and then every
/// ten minutes, on a thread of its own, until it is destroyed. All must outlive it.
class UnusedFilesSweeper {
 public:
  UnusedFilesSweeper(metadata::Store& store, const storage::DatasetFiles& files,
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

}  // namespace sluice::app
