#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace sluice::query {

/// What a worker gives up as soon as it lives: cores, writing to files, new privileges, and living
/// on without its parent (PR_SET_PDEATHSIG; the caller must then notice a parent that is gone
/// already).
void enter_early_limits();

/// What it gives up once it has its files and before it sees the SQL. Must be called while the
/// process has one thread, for most of it holds for the calling thread and those made later. In
/// this order: an address limit; landlock with read access to exactly `files`; the user `nobody`
/// when root; a filter on system calls. Error `query_internal` where a step that the machine offers
/// does not work.
Result<void> enter_sandbox(const std::vector<FileDescriptor>& files, std::uint64_t address_bytes);

/// The ABI version of landlock in this kernel; 0 where there is none.
int landlock_version();

}  // namespace sluice::query
