#pragma once

#include "base/result.h"

namespace sluice::query {

/// Refuses, with EPERM, the system calls that reading Parquet and computing do not need: starting
/// programs and processes, sockets, opening for writing, changing files' attributes, tracing and
/// signalling others, mounts, keys, io_uring. For the calling thread and those made later; x86_64
/// and aarch64, elsewhere it does nothing. Error `query_internal`.
Result<void> enter_syscall_filter();

}  // namespace sluice::query
