#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "storage/temporary_folders.h"

namespace sluice::storage {

/// True for `[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.parquet` without `..`, and the same with `.source`,
/// an original as it was uploaded: the only names that reach a path.
bool is_dataset_file_name(std::string_view name);
bool is_parquet_file_name(std::string_view name);

/// A path in the temporary folder that nobody else uses. The file does not exist yet: its writer
/// makes it (DuckDB's COPY writes through a second file when the target exists). Unlinked at the
/// end of its life unless published. Movable. Keeps no pointer to its DatasetFiles.
class TemporaryFile {
 public:
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  ~TemporaryFile();
  const std::filesystem::path& path() const { return path_; }

 private:
  friend class DatasetFiles;
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  void discard();
  std::filesystem::path path_;  ///< Empty once published or moved from.
};

/// The folder of Parquet files, `{data}/storage/datasets/`: flat, mode 0700, each file written once
/// and never changed. Files being written lie in `tmp/` below it, so that a rename publishes them.
///
/// Several processes share the folder. Each open DatasetFiles owns `tmp/{hex}/` and holds an flock
/// on `tmp/{hex}.lock` for its life; the kernel drops the lock when the process dies, however it
/// dies. Opening sweeps away just those whose lock can be taken: their owner is gone. No clock and
/// no process id is trusted for that.
///
/// Threads: all methods may be called concurrently.
class DatasetFiles {
 public:
  /// Creates what is missing, makes the folder 0700, and sweeps what dead processes left in `tmp/`.
  static Result<std::unique_ptr<DatasetFiles>> open(const std::filesystem::path& root);
  ~DatasetFiles();
  DatasetFiles(const DatasetFiles&) = delete;
  DatasetFiles& operator=(const DatasetFiles&) = delete;

  const std::filesystem::path& root() const { return root_; }
  /// Our own part of `tmp/`: also fit for spill files, which the sweep removes with the rest.
  const std::filesystem::path& temporary_folder() const { return temporary_.path(); }

  /// `suffix`, such as `.parquet`, is of `[A-Za-z0-9._-]`, at most 32 characters.
  Result<TemporaryFile> make_temporary(std::string_view suffix) const;

  /// fsync, rename, fsync of the folder: durable once this returns. `conflict`
  /// (`storage_file_exists`) where the name is taken, for a published file never changes. On
  /// failure the temporary file is gone.
  Result<void> publish(TemporaryFile&& file, std::string_view file_name) const;

  /// Puts the same content in the place of a published file that is damaged or missing, at once.
  Result<void> replace(TemporaryFile&& file, std::string_view file_name) const;

  /// To be said before the files of a version are published, and settled once a transaction names
  /// them or they are taken away. What a process that died in between published, under this name or
  /// its `.rejects.parquet` and `.source`, is else never told from a file whose database was
  /// exchanged.
  Result<void> announce(std::string_view file_name) const;
  void settle(std::string_view file_name) const;
  /// True where another process that lives announced it: then it is that one's to settle.
  Result<bool> is_announced_elsewhere(std::string_view file_name) const;
  /// What dead processes announced and did not settle, as found when opening; still announced here.
  const std::vector<std::string>& unsettled() const { return unsettled_; }

  /// Read-only. The name is checked, and the kernel keeps the walk below the folder and off
  /// symbolic links (openat2); anything but a regular file is `not_found`.
  Result<FileDescriptor> open_for_reading(std::string_view file_name) const;

  /// Takes over a file that somebody else writes no more, without copying it where the file system
  /// has hard links; the other's name for it stays.
  Result<TemporaryFile> adopt(const std::filesystem::path& path) const;

  /// The path of a published file, for readers that want one (DuckDB). Checks the name, touches no
  /// disk.
  Result<std::filesystem::path> path_of(std::string_view file_name) const;

  /// Absent is success: removing twice converges.
  Result<void> remove(std::string_view file_name) const;

  /// The names of all published files, for finding orphans.
  Result<std::vector<std::string>> list() const;

  /// What an unprivileged writer may still use on this file system, in bytes.
  Result<std::uint64_t> free_bytes() const;

 private:
  DatasetFiles(std::filesystem::path root, FileDescriptor folder, TemporaryFolder temporary)
      : root_(std::move(root)), folder_(std::move(folder)), temporary_(std::move(temporary)) {}
  Result<void> take_over(const std::filesystem::path& dead_folder);

  std::filesystem::path root_;
  FileDescriptor folder_;  ///< O_DIRECTORY of root_: what names are resolved beneath.
  TemporaryFolder temporary_;
  std::vector<std::string> unsettled_;
};

}  // namespace sluice::storage
