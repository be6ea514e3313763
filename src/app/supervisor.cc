#include "app/supervisor.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/log.h"

namespace sluice::app {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds poll_interval{50};
constexpr milliseconds restart_pause_min{200};
constexpr milliseconds restart_pause_max{5'000};
/// A child that lived this long had started well; its next restart is quick again.
constexpr std::chrono::seconds healthy_after{30};

std::vector<std::string> lines_of(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string ending_of(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

struct Supervisor::Child {
  ChildSpec spec;
  pid_t pid = -1;
  Clock::time_point started;
  Clock::time_point restart_at;
  milliseconds restart_pause = restart_pause_min;
};

Supervisor::Supervisor(std::function<bool()> stop_requested)
    : stop_requested_(std::move(stop_requested)) {}

Supervisor::~Supervisor() { stop(milliseconds(1'000)); }

Result<void> Supervisor::spawn(Child& child) {
  std::vector<std::string> argv = child.spec.argv;
  std::vector<std::string> environment = lines_of(child.spec.environment);
  const std::vector<char*> argv_pointers = pointers(argv);
  const std::vector<char*> environment_pointers = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(error_from_errno(errno, "Cannot start", child.spec.name));
  if (pid == 0) {
    // This process has one thread here, so plain code is safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, child.spec.death_signal);
    if (::getppid() != parent) ::_exit(1);
    // A group of its own: Ctrl-C reaches `serve` only, which stops the children in order.
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!child.spec.log_path.empty()) {
      const int log =
          ::open(child.spec.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (log >= 0) {
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
      }
    }
    ::execve(argv_pointers[0], argv_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  child.pid = pid;
  child.started = Clock::now();
  return {};
}

Result<void> Supervisor::start(ChildSpec spec, const std::function<bool()>& ready,
                               milliseconds ready_within) {
  children_.push_back(Child{std::move(spec), -1, {}, {}});
  Child& child = children_.back();
  TRY(spawn(child));
  const Clock::time_point deadline = Clock::now() + ready_within;
  while (!ready()) {
    int status = 0;
    if (::waitpid(child.pid, &status, WNOHANG) == child.pid) {
      child.pid = -1;
      return fail(Errc::unavailable, "child_ended",
                  child.spec.name + " ended while starting (" + ending_of(status) + ").",
                  child.spec.log_path.empty() ? "Its own line above says why."
                                              : "Its log says why: " + child.spec.log_path);
    }
    if (stop_requested_()) return fail(Errc::cancelled, "stopped", "Stopped while starting.");
    if (Clock::now() > deadline) {
      return fail(Errc::unavailable, "child_not_ready",
                  child.spec.name + " was not ready within " +
                      std::to_string(ready_within.count() / 1000) + " s.",
                  child.spec.log_path.empty() ? "" : "Its log: " + child.spec.log_path);
    }
    std::this_thread::sleep_for(poll_interval);
  }
  return {};
}

void Supervisor::run() {
  while (!stop_requested_()) {
    const Clock::time_point now = Clock::now();
    for (Child& child : children_) {
      int status = 0;
      if (child.pid > 0 && ::waitpid(child.pid, &status, WNOHANG) == child.pid) {
        child.pid = -1;
        if (now - child.started > healthy_after) child.restart_pause = restart_pause_min;
        child.restart_at = now + child.restart_pause;
        child.restart_pause = std::min(child.restart_pause * 2, restart_pause_max);
        log::warn("child ended, starting it again",
                  {{"child", child.spec.name}, {"ending", ending_of(status)}});
      }
      if (child.pid < 0 && now >= child.restart_at) {
        if (const Result<void> started = spawn(child); !started) {
          child.restart_at = now + restart_pause_max;
          log::error("cannot start child",
                     {{"child", child.spec.name}, {"error", to_line(started.error())}});
        }
      }
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

void Supervisor::stop(milliseconds within) {
  const Clock::time_point deadline = Clock::now() + within;
  // One after the other from the last started: the worker drains while Temporal and the MCP server
  // are still there.
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    if (child->pid <= 0) continue;
    ::kill(child->pid, SIGTERM);
    while (child->pid > 0) {
      const pid_t ended = ::waitpid(child->pid, nullptr, WNOHANG);
      if (ended == child->pid || (ended < 0 && errno == ECHILD)) {
        child->pid = -1;
      } else if (Clock::now() > deadline) {
        log::warn("child did not end in time, killing it", {{"child", child->spec.name}});
        ::kill(child->pid, SIGKILL);
        ::waitpid(child->pid, nullptr, 0);
        child->pid = -1;
      } else {
        std::this_thread::sleep_for(milliseconds(10));
      }
    }
  }
}

}  // namespace sluice::app
