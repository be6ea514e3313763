#pragma once

#include <set>
#include <stop_token>
#include <string>

#include "base/background_loop.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"

namespace sluice::intake {

/// A thread that packs stored originals after their upload was answered, and takes their digests
/// where that was not done yet (storage/packed_source.h): all that lie there at start, so that a
/// crash only delays it, and new ones when woken. What it is given must outlive it.
class SourceCompressor {
 public:
  SourceCompressor(metadata::Store& store, const storage::DatasetFiles& files, Wake& wake);

 private:
  void settle_all(const std::stop_token& stop);
  /// True where there is nothing to do with it any more.
  bool settle(const std::string& name, const std::stop_token& stop);

  metadata::Store& store_;
  const storage::DatasetFiles& files_;
  std::set<std::string> settled_;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
