#pragma once

#include <filesystem>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace sluice::sandbox {

/// A folder that is given to one locked-in process to write into. Removed with all that is in it.
/// One thread at a time. What lies in it is hostile until it was taken over.
class JobFolder {
 public:
  /// A new one below `parent`, which belongs to `nobody` where we are root, mode 0700.
  static Result<JobFolder> make(const std::filesystem::path& parent);
  JobFolder(JobFolder&& other) noexcept;
  JobFolder& operator=(JobFolder&&) = delete;
  ~JobFolder();

  /// For the process; a descriptor of its own.
  Result<FileDescriptor> descriptor() const;
  /// Takes a file that the process left there over as our own, mode 0600, under the name `target`
  /// of the same file system. To be called once the process is gone. `worker_output` (internal)
  /// where it is no regular file with this one name; false where there is none.
  Result<bool> take(const std::string& name, const std::filesystem::path& target) const;

 private:
  JobFolder(std::filesystem::path path, FileDescriptor folder)
      : path_(std::move(path)), folder_(std::move(folder)) {}
  std::filesystem::path path_;  ///< Empty once moved from.
  FileDescriptor folder_;
};

}  // namespace sluice::sandbox
