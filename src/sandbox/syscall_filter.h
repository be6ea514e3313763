#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "sandbox/bpf_program.h"

namespace sluice::sandbox {

/// From now on the calling thread, and those made later, may only make the system calls that
/// reading files and computing need, with the arguments that they need (syscall_rules.h). What else
/// they ask for fails with EPERM, or with ENOSYS where a library then takes another way; what only
/// an attacker asks for, and a call by another instruction set, ends the process with SIGSYS.
///
/// Error `sandbox_failed` where the kernel does not take a filter, or where the machine is neither
/// x86_64 nor aarch64: such a process must not go on.
Result<void> enter_syscall_filter(Writing writing);

/// The program of that filter, for the process `self`.
BpfProgram syscall_filter(Writing writing, pid_t self);

}  // namespace sluice::sandbox
