#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sluice::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

constexpr std::uint32_t refused[] = {
    SYS_execve,
    SYS_execveat,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_mount,
    SYS_umount2,
    SYS_unshare,
    SYS_setns,
    SYS_pivot_root,
    SYS_chroot,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_io_uring_setup,
    SYS_userfaultfd,
    SYS_perf_event_open,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_fsetxattr,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_openat2,
    SYS_setpriority,
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_link,
    SYS_symlink,
    SYS_mknod,
#endif
};

/// Refused too where nothing is to be written.
constexpr std::uint32_t writing_calls[] = {
    SYS_truncate, SYS_ftruncate, SYS_fallocate, SYS_unlinkat, SYS_renameat2, SYS_mkdirat,
#if defined(__x86_64__)
    SYS_creat,    SYS_unlink,    SYS_rename,    SYS_renameat, SYS_mkdir,     SYS_rmdir,
#endif
};

constexpr std::uint32_t no = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t not_there = SECCOMP_RET_ERRNO | ENOSYS;

class Program {
 public:
  void load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void give(std::uint32_t verdict) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, verdict)); }
  /// Skips the next `count` instructions unless the comparison (BPF_JEQ, BPF_JGE, BPF_JSET) holds.
  void unless_skip(unsigned comparison, std::uint32_t value, std::uint8_t count) {
    code_.push_back(
        sock_filter{static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), 0, count, value});
  }
  void unless_equal_give(std::uint32_t value, std::uint32_t verdict) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    give(verdict);
  }
  void refuse(std::uint32_t number, std::uint32_t verdict) {
    unless_skip(BPF_JEQ, number, 1);
    give(verdict);
  }
  /// Decides call `number` by its argument: `with` where it has one of `bits`, else `without`.
  void decide_by_flags(std::uint32_t number, std::size_t argument, std::uint32_t bits,
                       std::uint32_t with, std::uint32_t without) {
    unless_skip(BPF_JEQ, number, 4);
    load(offsetof(seccomp_data, args) +
         argument * sizeof(std::uint64_t));  // Little endian's low half.
    unless_skip(BPF_JSET, bits, 1);
    give(with);
    give(without);
  }
  sock_fprog raw() { return sock_fprog{static_cast<unsigned short>(code_.size()), code_.data()}; }

 private:
  std::vector<sock_filter> code_;
};

Program make_filter(Writing writing) {
  Program program;
  program.load(offsetof(seccomp_data, arch));
  // A call by another instruction set (int 0x80, x32) has other numbers.
  program.unless_equal_give(architecture, not_there);
  program.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  program.unless_skip(BPF_JGE, 0x40000000U, 1);
  program.give(not_there);
#endif
  for (const std::uint32_t number : refused) program.refuse(number, no);
  // Threads may be made, processes not; glibc falls back to clone where clone3 is missing.
  program.refuse(SYS_clone3, not_there);
  program.decide_by_flags(SYS_clone, 0, CLONE_THREAD, SECCOMP_RET_ALLOW, no);
  if (writing == Writing::nowhere) {
    for (const std::uint32_t number : writing_calls) program.refuse(number, no);
    constexpr std::uint32_t flags = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    program.decide_by_flags(SYS_openat, 2, flags, no, SECCOMP_RET_ALLOW);
#if defined(__x86_64__)
    program.decide_by_flags(SYS_open, 1, flags, no, SECCOMP_RET_ALLOW);
#endif
  }
  program.give(SECCOMP_RET_ALLOW);
  return program;
}

}  // namespace

Result<void> enter_syscall_filter(Writing writing) {
  if (architecture == 0) return {};
  Program program = make_filter(writing);
  const sock_fprog raw = program.raw();
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &raw, 0, 0) != 0 && errno != EINVAL) {
    return fail(Errc::internal, "sandbox_failed",
                std::string("Locking a worker in: system call filter: ") + std::strerror(errno));
  }
  return {};  // EINVAL: a kernel built without filters.
}

}  // namespace sluice::sandbox
