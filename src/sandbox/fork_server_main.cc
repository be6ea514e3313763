#include "sandbox/fork_server_main.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/channel.h"
#include "sandbox/lock_in.h"

namespace sluice::sandbox {
namespace {

struct Child {
  pid_t pid = -1;
  FileDescriptor life;
  bool killed = false;
};

void tell(const Child& child, int number) {
  static_cast<void>(::send(child.life.get(), &number, sizeof number, MSG_NOSIGNAL));
}

/// In the child: nothing of the server's stays but the job's socket.
[[noreturn]] void become_worker(pid_t server, int job_socket, const std::function<int()>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != server) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(job_socket, worker_socket) < 0) ::_exit(1);
  close_foreign_descriptors();
  int code = 1;
  try {
    code = work();
  } catch (...) {  // There is nobody further up; the exit code tells.
  }
  ::_exit(code);
}

void fork_one(std::vector<FileDescriptor> ends, std::vector<Child>& children,
              const std::function<int()>& work) {
  Child child{-1, std::move(ends[1]), false};
  const pid_t server = ::getpid();
  child.pid = ::fork();
  if (child.pid == 0) become_worker(server, ends[0].get(), work);
  tell(child, child.pid);
  if (child.pid > 0) children.push_back(std::move(child));
}

void reap(std::vector<Child>& children) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto ended = std::find_if(children.begin(), children.end(),
                                    [&](const Child& child) { return child.pid == pid; });
    if (ended == children.end()) continue;
    tell(*ended, status);
    children.erase(ended);
  }
}

/// Its owner shut its end: it wants the worker dead, or is dead itself.
void kill_unwanted(std::vector<Child>& children, const std::vector<pollfd>& watched) {
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (watched[i + 2].revents == 0 || children[i].killed) continue;
    children[i].killed = true;
    ::kill(children[i].pid, SIGKILL);  // Not reaped yet, so the number is still its.
  }
}

}  // namespace

int fork_server_main(const std::function<int()>& work) {
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &ended, nullptr);
  const FileDescriptor ends(::signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!ends) return 1;
  std::vector<Child> children;
  for (;;) {
    std::vector<pollfd> watched = {{worker_socket, POLLIN, 0}, {ends.get(), POLLIN, 0}};
    for (const Child& child : children) {
      watched.push_back({child.killed ? -1 : child.life.get(), POLLIN | POLLRDHUP, 0});
    }
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return 1;
    kill_unwanted(children, watched);
    if (watched[1].revents != 0) {
      signalfd_siginfo read_off;
      while (::read(ends.get(), &read_off, sizeof read_off) > 0) {
      }
      reap(children);
    }
    if (watched[0].revents == 0) continue;
    std::string nothing;
    std::vector<FileDescriptor> job;
    if (!receive_message(worker_socket, nothing, job)) return 0;  // The owner is gone.
    if (job.size() == 2) fork_one(std::move(job), children, work);
  }
}

}  // namespace sluice::sandbox
