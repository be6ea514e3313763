#pragma once

#include "base/result.h"

namespace sluice::sandbox {

/// Whether files may be made, written and removed where the kernel otherwise lets it.
enum class Writing { nowhere, in_folders };

/// Refuses, with EPERM, the system calls that reading files and computing do not need: starting
/// programs and processes, sockets, changing files' attributes, tracing and signalling others,
/// mounts, keys, io_uring; and opening for writing, unless that is asked for. For the calling
/// thread and those made later; x86_64 and aarch64, elsewhere it does nothing. Error
/// `sandbox_failed`.
Result<void> enter_syscall_filter(Writing writing);

}  // namespace sluice::sandbox
