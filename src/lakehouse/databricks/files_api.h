#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {

/// A file that goes to a volume.
struct VolumeUpload {
  std::filesystem::path file;
  std::string path;  ///< `/Volumes/catalog/schema/volume/…`.
  std::function<void(std::uint64_t sent, std::uint64_t total)> on_sent = {};
  std::stop_token stop = {};
};

/// Files on volumes, by the Files API (docs.databricks.com/api/workspace/files): in one PUT up to
/// 64 MiB; larger ones in parts to presigned addresses, where only the part that broke is sent
/// again, and in one PUT of at most 5 GiB where those cannot be reached. Threads: safe.
class FilesApi {
 public:
  explicit FilesApi(Rest& rest) : rest_(rest) {}  ///< Must outlive this.

  /// Puts the whole file there, over what is there. Nothing of it is seen before it is whole.
  Result<void> upload(const VolumeUpload& upload, CallCount& calls);
  /// Bytes of the file; nothing where there is none.
  Result<std::optional<std::uint64_t>> size(const std::string& path, const std::stop_token& stop,
                                            CallCount& calls);
  /// Absent is success.
  Result<void> remove(const std::string& path, const std::stop_token& stop, CallCount& calls);
  /// All that is in a folder; absent is success.
  Result<void> remove_contents(const std::string& path, const std::stop_token& stop,
                               CallCount& calls);
  /// A folder with all in it; absent is success.
  Result<void> remove_folder(const std::string& path, const std::stop_token& stop,
                             CallCount& calls);

 private:
  /// An entry of the listing of `folder`.
  Result<void> remove_listed(const boost::json::value& entry, const std::string& folder,
                             const std::stop_token& stop, CallCount& calls);

  Rest& rest_;
};

}  // namespace sluice::lakehouse::databricks
