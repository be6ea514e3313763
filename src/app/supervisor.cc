#include "app/supervisor.h"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "app/child_process.h"
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
  TRY_ASSIGN(child.pid, spawn_child({child.spec.argv, child.spec.environment}));
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
                  "Its own line above says why.");
    }
    if (stop_requested_()) return fail(Errc::cancelled, "stopped", "Stopped while starting.");
    if (Clock::now() > deadline) {
      return fail(Errc::unavailable, "child_not_ready",
                  child.spec.name + " was not ready within " +
                      std::to_string(ready_within.count() / 1000) + " s.");
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
