#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "storage/dataset_files.h"

namespace sluice::api {

/// A thread that packs stored originals after their upload was answered (storage/packed_source.h):
/// all that lie there at start, so that a crash only delays it, and new ones when woken. The files
/// must outlive it.
class SourceCompressor {
 public:
  explicit SourceCompressor(const storage::DatasetFiles& files);
  /// Thread-safe.
  void wake();

 private:
  void run(const std::stop_token& stop);

  const storage::DatasetFiles& files_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wanted_ = true;
  std::set<std::string> settled_;  ///< Looked at already.
  std::jthread thread_;            ///< Last: it uses the rest.
};

}  // namespace sluice::api
