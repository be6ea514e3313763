// System calls that a worker needs, and those that only an attacker does, tried in forked
// children under the real filter.
#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "sandbox/bpf_program.h"
#include "sandbox/syscall_filter_test_support.h"

namespace sluice::sandbox {
namespace {

/// By number, since Debian 12's headers end before.
constexpr long sys_fchmodat2 = 452;
constexpr long sys_futex_waitv = 449;
constexpr long sys_setxattrat = 463;

TEST(SyscallFilter, SignalsReachNobodyElse) {
  expect({{"tgkill of its own thread", SYS_tgkill, {self, self, SIGABRT}}}, allowed);
  expect({{"tgkill of another process", SYS_tgkill, {somebody, somebody, SIGKILL}},
          {"kill", SYS_kill, {somebody, SIGKILL}},
          {"kill of its group", SYS_kill, {0, SIGKILL}},
          {"tkill", SYS_tkill, {somebody, SIGKILL}},
          {"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {somebody, SIGKILL, pointer}},
          {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, {somebody, somebody, SIGKILL, pointer}},
          {"pidfd_open", SYS_pidfd_open, {somebody, 0}},
          {"pidfd_send_signal", SYS_pidfd_send_signal, {4, SIGKILL}},
          {"fcntl that has SIGIO sent", SYS_fcntl, {3, F_SETOWN, somebody}},
          {"fcntl that chooses the signal", SYS_fcntl, {3, F_SETSIG, SIGKILL}},
          {"ioctl that has SIGIO sent", SYS_ioctl, {3, 0x8901 /* FIOSETOWN */, pointer}},
          {"timer_create", SYS_timer_create, {0, pointer, pointer}},
          {"setitimer", SYS_setitimer, {0, pointer, 0}}},
         refused);
}

TEST(SyscallFilter, LimitsAreReadAndNotSet) {
  expect({{"prlimit64 that reads", SYS_prlimit64, {0, RLIMIT_STACK, 0, pointer}},
          {"prlimit64 that reads its own by number", SYS_prlimit64, {self, RLIMIT_AS, 0, pointer}},
          {"getrlimit", SYS_getrlimit, {RLIMIT_STACK, pointer}}},
         allowed);
  expect({{"prlimit64 of another process", SYS_prlimit64, {somebody, RLIMIT_AS, 0, pointer}},
          {"prlimit64 that sets another's", SYS_prlimit64, {somebody, RLIMIT_AS, pointer, 0}},
          {"prlimit64 that sets", SYS_prlimit64, {0, RLIMIT_AS, pointer, 0}},
          {"prlimit64 that sets from high memory", SYS_prlimit64, {0, RLIMIT_AS, high_pointer, 0}},
          {"setrlimit", SYS_setrlimit, {RLIMIT_AS, pointer}},
          {"setpriority", SYS_setpriority, {0, somebody, 0}},
          {"ioprio_set", SYS_ioprio_set, {1, somebody, 0}},
          {"sched_setscheduler", SYS_sched_setscheduler, {somebody, 1, pointer}},
          {"sched_setparam", SYS_sched_setparam, {somebody, pointer}},
          {"sched_setattr", SYS_sched_setattr, {somebody, pointer, 0}},
          {"sched_setaffinity", SYS_sched_setaffinity, {somebody, 8, pointer}},
          {"migrate_pages", SYS_migrate_pages, {somebody, 8, pointer, pointer}}},
         refused);
}

TEST(SyscallFilter, NoFilesAttributesChange) {
  expect({{"fchmod", SYS_fchmod, {4, 0777}},
          {"fchmodat", SYS_fchmodat, {4, pointer, 0777}},
          {"fchmodat2", sys_fchmodat2, {4, pointer, 0777, 0}},
          {"fchown", SYS_fchown, {4, 0, 0}},
          {"fchownat", SYS_fchownat, {4, pointer, 0, 0, 0}},
          {"utimensat", SYS_utimensat, {4, 0, pointer, 0}},
          {"setxattr", SYS_setxattr, {pointer, pointer, pointer, 1, 0}},
          {"lsetxattr", SYS_lsetxattr, {pointer, pointer, pointer, 1, 0}},
          {"fsetxattr", SYS_fsetxattr, {4, pointer, pointer, 1, 0}},
          {"removexattr", SYS_removexattr, {pointer, pointer}},
          {"lremovexattr", SYS_lremovexattr, {pointer, pointer}},
          {"fremovexattr", SYS_fremovexattr, {4, pointer}},
          {"setxattrat", sys_setxattrat, {4, pointer, 0, pointer, pointer, 0}},
          {"ioctl that sets flags of a file", SYS_ioctl, {4, 0x40086602 /* FS_IOC_SETFLAGS */}},
          {"ioctl that clones a file", SYS_ioctl, {4, 0x40049409 /* FICLONE */, 5}}},
         refused);
#if defined(__x86_64__)
  expect({{"chmod", SYS_chmod, {pointer, 0777}},
          {"chown", SYS_chown, {pointer, 0, 0}},
          {"lchown", SYS_lchown, {pointer, 0, 0}},
          {"utime", SYS_utime, {pointer, pointer}},
          {"utimes", SYS_utimes, {pointer, pointer}},
          {"futimesat", SYS_futimesat, {4, pointer, pointer}}},
         refused);
#endif
}

TEST(SyscallFilter, NoLinksAndNoDevices) {
  expect({{"linkat", SYS_linkat, {4, pointer, 5, pointer, 0}},
          {"symlinkat", SYS_symlinkat, {pointer, 5, pointer}},
          {"mknodat", SYS_mknodat, {5, pointer, 0600, 0}},
          {"open_by_handle_at", SYS_open_by_handle_at, {4, pointer, O_RDONLY}},
          {"name_to_handle_at", SYS_name_to_handle_at, {4, pointer, pointer, pointer, 0}},
          {"memfd_create", SYS_memfd_create, {pointer, 0}},
          {"flock", SYS_flock, {4, 2}},
          {"inotify_init1", SYS_inotify_init1, {0}},
          {"fanotify_init", SYS_fanotify_init, {0, 0}},
          {"quotactl", SYS_quotactl, {0, pointer, 0, pointer}},
          {"sync", SYS_sync},
          {"syncfs", SYS_syncfs, {4}}},
         refused);
#if defined(__x86_64__)
  expect({{"link", SYS_link, {pointer, pointer}},
          {"symlink", SYS_symlink, {pointer, pointer}},
          {"mknod", SYS_mknod, {pointer, 0600, 0}}},
         refused);
#endif
}

TEST(SyscallFilter, NoTalkWithOtherProcesses) {
  expect({{"socket", SYS_socket, {1, 1, 0}},
          {"socketpair", SYS_socketpair, {1, 1, 0, pointer}},
          {"connect", SYS_connect, {3, pointer, 16}},
          {"bind", SYS_bind, {3, pointer, 16}},
          {"listen", SYS_listen, {3, 1}},
          {"accept4", SYS_accept4, {3, 0, 0, 0}},
          {"setsockopt", SYS_setsockopt, {3, 1, 2, pointer, 4}},
          {"sendmsg, which hands on descriptors", SYS_sendmsg, {3, pointer, 0}},
          {"sendmmsg", SYS_sendmmsg, {3, pointer, 1, 0}},
          {"sendto with an address", SYS_sendto, {3, pointer, 1, 0, pointer, 16}},
          {"sendto with an address high up", SYS_sendto, {3, pointer, 1, 0, high_pointer, 16}},
          {"shmget", SYS_shmget, {1, 4096, 0600}},
          {"shmat", SYS_shmat, {1, 0, 0}},
          {"shmctl", SYS_shmctl, {1, 0, 0}},
          {"semget", SYS_semget, {1, 1, 0600}},
          {"semop", SYS_semop, {1, pointer, 1}},
          {"msgget", SYS_msgget, {1, 0600}},
          {"msgsnd", SYS_msgsnd, {1, pointer, 1, 0}},
          {"msgrcv", SYS_msgrcv, {1, pointer, 1, 0, 0}},
          {"mq_open", SYS_mq_open, {pointer, O_RDWR, 0600, 0}},
          {"mq_unlink", SYS_mq_unlink, {pointer}},
          {"mq_notify", SYS_mq_notify, {4, pointer}}},
         refused);
}

TEST(SyscallFilter, ThreadsAreMadeAndProcessesAreNot) {
  constexpr unsigned long thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                   CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                   CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  expect({{"clone of a thread", SYS_clone, {thread}}}, allowed);
  expect({{"clone of a process", SYS_clone, {SIGCHLD}},
          {"clone as vfork does", SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}},
          {"clone into a user namespace", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
          {"clone of a thread in a namespace", SYS_clone, {thread | CLONE_NEWNS}},
          {"clone of a thread that is not traced", SYS_clone, {thread | CLONE_UNTRACED}},
          {"wait4", SYS_wait4, {0, 0, 0, 0}},
          {"setsid", SYS_setsid},
          {"setpgid", SYS_setpgid, {0, 0}},
          {"setuid", SYS_setuid, {0}},
          {"setresuid", SYS_setresuid, {0, 0, 0}},
          {"setgroups", SYS_setgroups, {0, 0}},
          {"capset", SYS_capset, {pointer, pointer}},
          {"personality", SYS_personality, {0x0040000 /* ADDR_NO_RANDOMIZE */}}},
         refused);
#if defined(__x86_64__)
  expect({{"fork", SYS_fork}, {"vfork", SYS_vfork}}, refused);
#endif
  expect({{"clone3", SYS_clone3, {pointer, 88}}}, missing);
}

TEST(SyscallFilter, WhatMakesOnlyAnAttackerEndsTheProcess) {
  expect({{"execve", SYS_execve, {pointer, pointer, pointer}},
          {"execveat", SYS_execveat, {4, pointer, pointer, pointer, 0}},
          {"ptrace", SYS_ptrace, {16, somebody, 0, 0}},
          {"process_vm_readv", SYS_process_vm_readv, {somebody, pointer, 1, pointer, 1, 0}},
          {"process_vm_writev", SYS_process_vm_writev, {somebody, pointer, 1, pointer, 1, 0}},
          {"process_madvise", SYS_process_madvise, {4, pointer, 1, 4, 0}},
          {"pidfd_getfd", SYS_pidfd_getfd, {4, 3, 0}},
          {"kcmp", SYS_kcmp, {somebody, somebody, 0, 0, 0}},
          {"io_uring_setup", SYS_io_uring_setup, {8, pointer}},
          {"io_uring_enter", SYS_io_uring_enter, {4, 1, 0, 0, 0, 0}},
          {"io_uring_register", SYS_io_uring_register, {4, 0, pointer, 1}},
          {"bpf", SYS_bpf, {0, pointer, 64}},
          {"perf_event_open", SYS_perf_event_open, {pointer, 0, 0, 0, 0}},
          {"userfaultfd", SYS_userfaultfd, {0}},
          {"add_key", SYS_add_key, {pointer, pointer, pointer, 1, 0}},
          {"request_key", SYS_request_key, {pointer, pointer, pointer, 0}},
          {"keyctl", SYS_keyctl, {0}},
          {"mount", SYS_mount, {pointer, pointer, pointer, 0, 0}},
          {"umount2", SYS_umount2, {pointer, 0}},
          {"pivot_root", SYS_pivot_root, {pointer, pointer}},
          {"chroot", SYS_chroot, {pointer}},
          {"unshare", SYS_unshare, {CLONE_NEWUSER}},
          {"setns", SYS_setns, {4, 0}},
          {"open_tree", SYS_open_tree, {4, pointer, 1}},
          {"move_mount", SYS_move_mount, {4, pointer, 5, pointer, 0}},
          {"fsopen", SYS_fsopen, {pointer, 0}},
          {"fsmount", SYS_fsmount, {4, 0, 0}},
          {"mount_setattr", SYS_mount_setattr, {4, pointer, 0, pointer, 32}},
          {"init_module", SYS_init_module, {pointer, 1, pointer}},
          {"finit_module", SYS_finit_module, {4, pointer, 0}},
          {"delete_module", SYS_delete_module, {pointer, 0}},
          {"kexec_load", SYS_kexec_load, {0, 0, 0, 0}},
          {"reboot", SYS_reboot, {0, 0, 0, 0}},
          {"swapon", SYS_swapon, {pointer, 0}},
          {"acct", SYS_acct, {pointer}},
          {"seccomp", SYS_seccomp, {1, 0, pointer}}},
         killed);
#if defined(__x86_64__)
  expect({{"iopl", SYS_iopl, {3}},
          {"ioperm", SYS_ioperm, {0, 1, 1}},
          {"modify_ldt", SYS_modify_ldt, {0, pointer, 1}},
          {"a call of x32", 0x40000000 | SYS_read, {3, pointer, 1}}},
         killed);
#endif
}

TEST(SyscallFilter, ProcessesStayAsTheyWereLockedIn) {
  expect({{"prctl that names a thread", SYS_prctl, {PR_SET_NAME, pointer}}}, allowed);
  expect({{"prctl that lives on without its parent", SYS_prctl, {PR_SET_PDEATHSIG, 0}},
          {"prctl that lets itself be traced", SYS_prctl, {PR_SET_DUMPABLE, 1}},
          {"prctl that names its tracer", SYS_prctl, {0x59616D61 /* PR_SET_PTRACER */, ~0UL}},
          {"prctl that keeps capabilities", SYS_prctl, {PR_SET_KEEPCAPS, 1}},
          {"prctl that takes children over", SYS_prctl, {PR_SET_CHILD_SUBREAPER, 1}},
          {"prctl that moves its own memory map", SYS_prctl, {PR_SET_MM, 1, pointer, 0, 0}},
          {"landlock_restrict_self", SYS_landlock_restrict_self, {4, 0}},
          {"syslog", SYS_syslog, {3, pointer, 1}},
          {"settimeofday", SYS_settimeofday, {pointer, 0}},
          {"clock_settime", SYS_clock_settime, {0, pointer}},
          {"sethostname", SYS_sethostname, {pointer, 1}}},
         refused);
}

TEST(SyscallFilter, NoMemoryIsWrittenAndRun) {
  constexpr unsigned long anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  expect({{"mmap", SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, anonymous, ~0UL, 0}},
          {"mmap of a library", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 4, 0}},
          {"mprotect", SYS_mprotect, {pointer, 4096, PROT_READ | PROT_WRITE}}},
         allowed);
  expect({{"mmap to write and run",
           SYS_mmap,
           {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, anonymous, ~0UL, 0}},
          {"mprotect to run", SYS_mprotect, {pointer, 4096, PROT_READ | PROT_EXEC}},
          {"mprotect to write and run", SYS_mprotect, {pointer, 4096, PROT_WRITE | PROT_EXEC}},
          {"pkey_mprotect", SYS_pkey_mprotect, {pointer, 4096, PROT_READ | PROT_EXEC, 0}},
          {"remap_file_pages", SYS_remap_file_pages, {pointer, 4096, 0, 0, 0}},
          {"mlockall", SYS_mlockall, {1}}},
         refused);
}

TEST(SyscallFilter, FilesAreWrittenInFoldersOnly) {
  expect({{"openat to read", SYS_openat, {4, pointer, O_RDONLY | O_CLOEXEC}},
          {"read", SYS_read, {4, pointer, 1}},
          {"pread64", SYS_pread64, {4, pointer, 1, 0}},
          {"fstat", SYS_fstat, {4, pointer}}},
         allowed);
  expect({{"openat to write", SYS_openat, {4, pointer, O_WRONLY}},
          {"openat to read and write", SYS_openat, {4, pointer, O_RDWR}},
          {"openat to make", SYS_openat, {4, pointer, O_RDONLY | O_CREAT, 0600}},
          {"openat to empty", SYS_openat, {4, pointer, O_RDONLY | O_TRUNC}},
          {"openat without a name", SYS_openat, {4, pointer, O_TMPFILE | O_RDWR, 0600}},
          {"ftruncate", SYS_ftruncate, {4, 0}},
          {"fallocate", SYS_fallocate, {4, 0, 0, 4096}},
          {"unlinkat", SYS_unlinkat, {4, pointer, 0}},
          {"mkdirat", SYS_mkdirat, {4, pointer, 0700}},
          {"renameat2", SYS_renameat2, {4, pointer, 4, pointer, 0}}},
         refused, allowed);
#if defined(__x86_64__)
  expect({{"open to write", SYS_open, {pointer, O_WRONLY}},
          {"unlink", SYS_unlink, {pointer}},
          {"rename", SYS_rename, {pointer, pointer}},
          {"mkdir", SYS_mkdir, {pointer, 0700}},
          {"rmdir", SYS_rmdir, {pointer}}},
         refused, allowed);
#endif
}

TEST(SyscallFilter, WhatOtherLibrariesTryFirst) {
  // The C libraries and kernels to come and gone: each has a way of its own to the same end.
  expect({{"rseq", SYS_rseq, {pointer, 32, 0, 0}},
          {"statx", SYS_statx, {4, pointer, 0, 0, pointer}},
          {"newfstatat", SYS_newfstatat, {4, pointer, pointer, 0}},
          {"faccessat2", SYS_faccessat2, {4, pointer, 0, 0}},
          {"futex_waitv", sys_futex_waitv, {pointer, 1, 0, 0, 0}},
          {"membarrier", SYS_membarrier, {0, 0, 0}},
          {"getrandom", SYS_getrandom, {pointer, 16, 0}},
          {"mremap", SYS_mremap, {pointer, 4096, 8192, 1}},
          {"madvise", SYS_madvise, {pointer, 4096, MADV_DONTNEED}},
          {"restart_syscall, after SIGSTOP", SYS_restart_syscall},
          {"rt_sigreturn", SYS_rt_sigreturn},
          {"set_robust_list", SYS_set_robust_list, {pointer, 24}}},
         allowed);
  expect({{"openat2", SYS_openat2, {4, pointer, pointer, 24}},
          {"a call that does not exist yet", 480},
          {"a call that never will", 9999}},
         missing);
}

#if defined(__x86_64__)
TEST(SyscallFilter, AnotherInstructionSetEndsTheProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!enter_syscall_filter(Writing::nowhere)) ::_exit(1);
    long number = 20;  // getpid of i386; writev of x86_64, which is allowed.
    asm volatile("int $0x80" : "+a"(number) : : "memory");
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS) << "or SIGSEGV, where the kernel was built without i386";
}
#endif

TEST(SyscallFilter, AKernelThatTakesNoFilterIsARefusal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // As a kernel without CONFIG_SECCOMP_FILTER answers.
    BpfProgram takes_none;
    takes_none.load_number();
    takes_none.give_if_equal(SYS_prctl, SECCOMP_RET_ERRNO | EINVAL);
    takes_none.give(SECCOMP_RET_ALLOW);
    const sock_fprog raw = takes_none.raw();
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &raw, 0, 0) != 0) ::_exit(4);
    const Result<void> entered = enter_syscall_filter(Writing::nowhere);
    if (entered) ::_exit(2);
    if (entered.error().code != "sandbox_failed" || entered.error().remedy.empty()) ::_exit(3);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0) << "2: it went on without a filter";
}

/// A jump that wrapped would land somewhere in the middle of another rule.
TEST(SyscallFilter, ARuleThatIsTooLongForAJumpIsRefused) {
  CallRule rule{.number = SYS_read, .checks = {{.values = std::vector<std::uint32_t>(100, 1)}}};
  EXPECT_NO_THROW(BpfProgram().decide(rule, SECCOMP_RET_KILL_PROCESS));
  rule.checks.at(0).values.resize(256);
  EXPECT_THROW(BpfProgram().decide(rule, SECCOMP_RET_KILL_PROCESS), std::length_error);
}

}  // namespace
}  // namespace sluice::sandbox
