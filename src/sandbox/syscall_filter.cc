#include "sandbox/syscall_filter.h"

#include <linux/audit.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "sandbox/bpf_program.h"
#include "sandbox/error_codes.h"
#include "sandbox/syscall_rules.h"

namespace sluice::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// x32's calls have this bit, and say that they are x86_64's.
[[maybe_unused]] constexpr std::uint32_t x32_bit = 0x40000000U;

constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t not_there = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t killed = SECCOMP_RET_KILL_PROCESS;

}  // namespace

BpfProgram syscall_filter(Writing writing, pid_t self) {
  BpfProgram program;
  program.load_architecture();
  // A call by another instruction set (int 0x80, say) has other numbers: none of ours makes one.
  program.give_unless_equal(architecture, killed);
  program.load_number();
  for (const CallRule& rule : allowed_calls(writing, self)) program.decide(rule, refused);
#if defined(__x86_64__)
  program.give_if_at_least(x32_bit, killed);
#endif
  for (const std::uint32_t number : calls_that_kill()) program.give_if_equal(number, killed);
  for (const std::uint32_t number : calls_with_a_fallback()) {
    program.give_if_equal(number, not_there);
  }
  program.give_if_at_least(first_unknown_call, not_there);
  program.give(refused);
  return program;
}

Result<void> enter_syscall_filter(Writing writing) {
  if (architecture == 0) {
    return fail(Errc::internal, Code::sandbox_failed,
                "Locking a worker in: there is no list of system calls for this machine.",
                "Run Sluice on x86_64 or aarch64.");
  }
  BpfProgram program = syscall_filter(writing, ::getpid());
  const sock_fprog raw = program.raw();
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &raw, 0, 0) != 0) {
    return fail(Errc::internal, Code::sandbox_failed,
                std::string("Locking a worker in: the kernel takes no filter of system calls: ") +
                    std::strerror(errno) + ".",
                "Run Sluice on a kernel with CONFIG_SECCOMP_FILTER, where no outer sandbox forbids "
                "prctl(PR_SET_SECCOMP).");
  }
  return {};
}

}  // namespace sluice::sandbox
