#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace sluice::sandbox {

/// What a process keeps once it is locked in.
struct Confinement {
  /// Files that it may open anew for reading, by `/proc/self/fd/N`, and folders whose files it may.
  const std::vector<FileDescriptor>& files;
  /// An open folder below which it may read and write, by the same way; none: it writes nothing.
  /// Where the process is root it must belong to `nobody_uid`.
  int folder = -1;
  /// Folders of the system that it may read from: character sets, say.
  std::vector<std::filesystem::path> system_folders = {};
  std::uint64_t address_bytes = 0;  ///< Of virtual memory; what goes beyond fails.
  std::uint64_t file_bytes = 0;     ///< No file may grow beyond it.
  std::uint64_t cpu_s = 0;          ///< Of processor time; then SIGXCPU. 0: any.
};

/// The kernel's overflow uid; needs no passwd entry.
inline constexpr unsigned nobody_uid = 65534;

/// What such a process gives up as soon as it lives: cores, new privileges, and living on without
/// its parent (PR_SET_PDEATHSIG; the caller must then notice a parent that is gone already). It
/// gets stacks for deep recursion.
void enter_early_limits();

/// Closes whatever the parent's libraries left open without CLOEXEC, but for 0 to worker_socket.
void close_foreign_descriptors();

/// What it gives up once it has its files and before it sees what is hostile. Must be called while
/// the process has one thread, for most of it holds for the calling thread and those made later:
/// refused otherwise. In this order: limits; landlock with access to what the confinement names;
/// the user `nobody` when root; a filter on system calls. Error `sandbox_failed` (internal) where a
/// step that the machine offers does not work.
Result<void> lock_in(const Confinement& confinement);

/// The ABI version of landlock in this kernel; 0 where there is none.
int landlock_version();

}  // namespace sluice::sandbox
