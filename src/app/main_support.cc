#include "app/main_support.h"

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace sluice::app {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_ending_signals() {
  const sigset_t set = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    std::fprintf(stderr, "sluice: the limit of open files stays as it is (%s)\n",
                 std::strerror(errno));
  }
}

void wait_for_end() {
  const sigset_t set = ending_signals();
  int signal = 0;
  while (::sigwait(&set, &signal) != 0) {
  }
}

bool end_requested() {
  static bool requested = false;
  const sigset_t set = ending_signals();
  const timespec none{};
  if (!requested) requested = ::sigtimedwait(&set, nullptr, &none) > 0;
  return requested;
}

int refuse_start(const char* part, const Error& error) {
  std::fprintf(stderr, "sluice %s: %s\n", part, to_line(error).c_str());
  return 1;
}

}  // namespace sluice::app
