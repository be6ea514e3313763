// Runs one call in a forked child under the filter and says how it went.
#include "sandbox/syscall_filter_test_support.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/bpf_program.h"
#include "sandbox/syscall_filter.h"

namespace sluice::sandbox {
namespace {

/// Nothing else answers with it.
constexpr int would_be_made = EOWNERDEAD;

void install(sock_fprog program, Verdict& outcome) {
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    outcome = unclear;
    ::_exit(1);
  }
}

/// In a process of its own, which may make no call at all in the end but leave.
void ask(const Call& call, Writing writing, Verdict& outcome) {
  std::array<unsigned long, 6> with = call.arguments;
  for (unsigned long& argument : with) {
    if (argument == self) argument = static_cast<unsigned long>(::getpid());
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  BpfProgram filter = syscall_filter(writing, ::getpid());
  BpfProgram nothing_is_made;
  nothing_is_made.load_number();
  nothing_is_made.give_if_equal(SYS_exit_group, SECCOMP_RET_ALLOW);
  // To install our filter. So a prctl that this lets through is made; it concerns this child only.
  nothing_is_made.give_if_equal(SYS_prctl, SECCOMP_RET_ALLOW);
  nothing_is_made.give(SECCOMP_RET_ERRNO | would_be_made);
  install(nothing_is_made.raw(), outcome);
  install(filter.raw(), outcome);
  errno = 0;
  const long returned =
      ::syscall(call.number, with[0], with[1], with[2], with[3], with[4], with[5]);
  if (returned == -1 && errno == would_be_made) outcome = allowed;
  if (returned == -1 && errno == EPERM) outcome = refused;
  if (returned == -1 && errno == ENOSYS) outcome = missing;
  if (call.number == SYS_prctl && outcome == unclear) outcome = allowed;
  ::syscall(SYS_exit_group, 0);
}

}  // namespace

std::string in_words(Verdict verdict) {
  return std::array{"nothing", "allowed", "refused", "missing", "killed", "unclear"}[verdict];
}

Verdict verdict_of(const Call& call, Writing writing) {
  void* const shared =
      ::mmap(nullptr, sizeof(Verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& outcome = *static_cast<Verdict*>(shared);
  outcome = unclear;
  const pid_t child = ::fork();
  if (child == 0) ask(call, writing, outcome);
  int status = 0;
  ::waitpid(child, &status, 0);
  Verdict verdict = outcome;
  if (WIFSIGNALED(status)) verdict = WTERMSIG(status) == SIGSYS ? killed : unclear;
  ::munmap(shared, sizeof(Verdict));
  return verdict;
}

void expect(const std::vector<Call>& calls, Verdict where_nothing_is_written, Verdict in_folders) {
  for (const Call& call : calls) {
    EXPECT_EQ(in_words(verdict_of(call, Writing::nowhere)), in_words(where_nothing_is_written))
        << call.name << ", where nothing is written";
    EXPECT_EQ(in_words(verdict_of(call, Writing::in_folders)), in_words(in_folders))
        << call.name << ", in folders";
  }
}

}  // namespace sluice::sandbox
