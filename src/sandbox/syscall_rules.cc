#include "sandbox/syscall_rules.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <iterator>
#include <utility>

namespace sluice::sandbox {
namespace {

/// Debian 12's headers end before these; the numbers are the same on all machines.
constexpr std::uint32_t sys_futex_wake = 454;
constexpr std::uint32_t sys_futex_wait = 455;
constexpr std::uint32_t sys_futex_requeue = 456;
/// linux/prctl.h: names for anonymous memory, which allocators give (PR_SET_VMA_ANON_NAME).
constexpr std::uint32_t pr_set_vma = 0x53564d41;

/// What glibc's pthread_create asks of clone, to the bit: threads are made, processes are not.
constexpr std::uint32_t thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                       CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                       CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

// The C++ runtime, and the engine's threads and allocator.
constexpr std::uint32_t computing[] = {SYS_futex,
                                       SYS_madvise,
                                       SYS_getrandom,
                                       SYS_brk,
                                       SYS_munmap,
                                       SYS_mremap,
                                       SYS_rt_sigprocmask,
                                       SYS_rt_sigaction,
                                       SYS_rt_sigreturn,
                                       SYS_sigaltstack,
                                       SYS_rseq,
                                       SYS_set_robust_list,
                                       SYS_sched_getaffinity,
                                       SYS_sched_yield,
                                       SYS_exit,
                                       SYS_exit_group,
                                       SYS_restart_syscall,
                                       SYS_membarrier,
                                       SYS_futex_waitv,
                                       sys_futex_wake,
                                       sys_futex_wait,
                                       sys_futex_requeue,
                                       SYS_mlock,
                                       SYS_munlock};

// Who and when. The clock is read in the vDSO where there is one.
constexpr std::uint32_t asking[] = {
    SYS_gettid,    SYS_getpid,        SYS_getppid,      SYS_getuid,       SYS_geteuid,
    SYS_getgid,    SYS_getegid,       SYS_getcpu,       SYS_sysinfo,      SYS_getrusage,
    SYS_times,     SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_clock_nanosleep,
    SYS_nanosleep, SYS_getrlimit};

// Bytes are written to the socket and to /dev/null always; to files where one could be opened so.
constexpr std::uint32_t reading[] = {
    SYS_fstat,      SYS_pread64, SYS_readlinkat, SYS_close,      SYS_recvmsg,    SYS_read,
    SYS_readv,      SYS_preadv,  SYS_preadv2,    SYS_newfstatat, SYS_statx,      SYS_faccessat,
    SYS_faccessat2, SYS_lseek,   SYS_fstatfs,    SYS_statfs,     SYS_getdents64, SYS_getcwd,
    SYS_fadvise64,  SYS_write,   SYS_writev,     SYS_pwrite64,   SYS_pwritev,    SYS_pwritev2};

constexpr std::uint32_t writing_calls[] = {
    SYS_fsync,     SYS_fdatasync, SYS_sync_file_range, SYS_ftruncate, SYS_truncate,
    SYS_fallocate, SYS_unlinkat,  SYS_mkdirat,         SYS_renameat,  SYS_renameat2};

#if defined(__x86_64__)
// What aarch64, being younger, never had.
constexpr std::uint32_t older_reading[] = {SYS_readlink, SYS_access, SYS_stat, SYS_lstat, SYS_time};
constexpr std::uint32_t older_writing[] = {SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_creat};
#endif

class Rules {
 public:
  template <std::size_t count>
  void add(const std::uint32_t (&numbers)[count]) {
    for (const std::uint32_t number : numbers) rules_.push_back({number});
  }
  void add(std::uint32_t number, std::vector<ArgumentCheck> checks) {
    rules_.push_back({number, std::move(checks)});
  }
  std::vector<CallRule> take() { return std::move(rules_); }

 private:
  std::vector<CallRule> rules_;
};

/// Memory is written or run, never both, and what was written never becomes code: from a fault in
/// the engine to code of the attacker's own it is a further step.
void add_memory(Rules& rules) {
  constexpr std::uint32_t both = PROT_WRITE | PROT_EXEC;
  rules.add(SYS_mmap, {{2, both, {0, PROT_WRITE, PROT_EXEC}}});
  rules.add(SYS_mprotect, {{2, PROT_EXEC, {0}}});
}

void add_processes(Rules& rules, pid_t self) {
  const auto own = static_cast<std::uint32_t>(self);
  rules.add(SYS_clone, {{0, ~0U, {thread_flags}}});
  // For abort(3) and raise(3). Landlock keeps signals in from ABI 6 on; before, this does.
  rules.add(SYS_tgkill, {{0, ~0U, {own}}});
  // Limits are read; they were lowered before, and nothing after needs them lower.
  rules.add(SYS_prlimit64, {{.argument = 0, .values = {0, own}},
                            {.argument = 2, .values = {0}, .is_pointer = true}});
  rules.add(SYS_prctl, {{0, ~0U, {PR_SET_NAME, PR_GET_NAME, pr_set_vma}}});
}

void add_files(Rules& rules, Writing writing) {
  // Locks, flags and copies of descriptors; not F_SETOWN and F_SETSIG, which send signals, nor
  // leases and pipes.
  rules.add(SYS_fcntl,
            {{1, ~0U, {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC, F_GETLK, F_SETLK}}});
  // The socket is connected: an address is of no use but to reach others.
  rules.add(SYS_sendto, {{.argument = 4, .values = {0}, .is_pointer = true}});
  const auto opening = [&](unsigned flags_argument) -> std::vector<ArgumentCheck> {
    if (writing == Writing::in_folders) return {};
    return {{flags_argument, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, {0}}};
  };
  rules.add(SYS_openat, opening(2));
  if (writing == Writing::in_folders) rules.add(writing_calls);
#if defined(__x86_64__)
  rules.add(SYS_open, opening(1));
  rules.add(older_reading);
  if (writing == Writing::in_folders) rules.add(older_writing);
#endif
}

// Other programs, other processes' memory and descriptors; the parts of the kernel that its
// exploits go through; namespaces and mounts; the machine.
constexpr std::uint32_t killing[] = {SYS_execve,
                                     SYS_execveat,
                                     SYS_ptrace,
                                     SYS_process_vm_readv,
                                     SYS_process_vm_writev,
                                     SYS_process_madvise,
                                     SYS_pidfd_getfd,
                                     SYS_kcmp,
                                     SYS_io_uring_setup,
                                     SYS_io_uring_enter,
                                     SYS_io_uring_register,
                                     SYS_bpf,
                                     SYS_perf_event_open,
                                     SYS_userfaultfd,
                                     SYS_add_key,
                                     SYS_request_key,
                                     SYS_keyctl,
                                     SYS_seccomp,
                                     SYS_unshare,
                                     SYS_setns,
                                     SYS_mount,
                                     SYS_umount2,
                                     SYS_pivot_root,
                                     SYS_chroot,
                                     SYS_open_tree,
                                     SYS_move_mount,
                                     SYS_fsopen,
                                     SYS_fsconfig,
                                     SYS_fsmount,
                                     SYS_fspick,
                                     SYS_mount_setattr,
                                     SYS_init_module,
                                     SYS_finit_module,
                                     SYS_delete_module,
                                     SYS_kexec_load,
                                     SYS_kexec_file_load,
                                     SYS_reboot,
                                     SYS_swapon,
                                     SYS_swapoff,
                                     SYS_acct};
#if defined(__x86_64__)
constexpr std::uint32_t killing_older[] = {SYS_iopl, SYS_ioperm, SYS_modify_ldt};
#endif

}  // namespace

std::vector<CallRule> allowed_calls(Writing writing, pid_t self) {
  Rules rules;
  rules.add(computing);
  rules.add(reading);
  rules.add(asking);
  add_memory(rules);
  add_processes(rules, self);
  add_files(rules, writing);
  return rules.take();
}

std::vector<std::uint32_t> calls_with_a_fallback() { return {SYS_clone3, SYS_openat2}; }

std::vector<std::uint32_t> calls_that_kill() {
  std::vector<std::uint32_t> calls(std::begin(killing), std::end(killing));
#if defined(__x86_64__)
  calls.insert(calls.end(), std::begin(killing_older), std::end(killing_older));
#endif
  return calls;
}

}  // namespace sluice::sandbox
