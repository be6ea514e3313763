#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "metadata/store.h"
#include "storage/dataset_files.h"

namespace sluice::api {

/// A thread that packs stored originals after their upload was answered, and takes their digests
/// where that was not done yet (storage/packed_source.h): all that lie there at start, so that a
/// crash only delays it, and new ones when woken. Store and files must outlive it.
class SourceCompressor {
 public:
  SourceCompressor(metadata::Store& store, const storage::DatasetFiles& files);
  /// Thread-safe.
  void wake();

 private:
  void run(const std::stop_token& stop);
  /// True where there is nothing to do with it any more.
  bool settle(const std::string& name, const std::stop_token& stop);

  metadata::Store& store_;
  const storage::DatasetFiles& files_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wanted_ = true;
  std::set<std::string> settled_;
  std::jthread thread_;  ///< Last: it uses the rest.
};

}  // namespace sluice::api
