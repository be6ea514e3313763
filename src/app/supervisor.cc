#include "app/supervisor.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "app/child_process.h"
#include "app/error_codes.h"
#include "base/log.h"
#include "base/retry_policy.h"

namespace sluice::app {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds poll_interval{50};
constexpr milliseconds end_poll_interval{10};
constexpr RetryPolicy restarts{.first_interval = milliseconds(200),
                               .max_interval = milliseconds(5'000)};
/// A child that lived this long had started well; its next restart is quick again.
constexpr std::chrono::seconds healthy_after{30};

}  // namespace

struct Supervisor::Child {
  ChildSpec spec;
  pid_t pid = -1;
  Clock::time_point started;
  Clock::time_point restart_at;
  int failures = 0;  ///< In a row, without a healthy time between them.
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
      return fail(Errc::unavailable, Code::child_ended,
                  child.spec.name + " ended while starting (" + ending_of(status) + ").",
                  "Its own line above says why.");
    }
    if (stop_requested_()) return fail(Errc::cancelled, Code::stopped, "Stopped while starting.");
    if (Clock::now() > deadline) {
      return fail(Errc::unavailable, Code::child_not_ready,
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
        if (now - child.started > healthy_after) child.failures = 0;
        child.restart_at = now + restarts.interval_after(++child.failures);
        log::warn("child ended, starting it again",
                  {{"child", child.spec.name}, {"ending", ending_of(status)}});
      }
      if (child.pid < 0 && now >= child.restart_at) {
        if (const Result<void> started = spawn(child); !started) {
          child.restart_at = now + restarts.max_interval;
          log::error("cannot start child",
                     {{"child", child.spec.name}, {"error", to_line(started.error())}});
        }
      }
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

void Supervisor::ask_to_end(const std::function<bool(const Child&)>& which) {
  for (const Child& child : children_) {
    if (child.pid > 0 && which(child)) ::kill(child.pid, SIGTERM);
  }
}

bool Supervisor::wait_for_end(const std::function<bool(const Child&)>& which,
                              Clock::time_point deadline) {
  for (;;) {
    bool all_ended = true;
    for (Child& child : children_) {
      if (child.pid <= 0 || !which(child)) continue;
      const pid_t ended = ::waitpid(child.pid, nullptr, WNOHANG);
      if (ended == child.pid || (ended < 0 && errno == ECHILD)) {
        child.pid = -1;
      } else {
        all_ended = false;
      }
    }
    if (all_ended || Clock::now() >= deadline) return all_ended;
    std::this_thread::sleep_for(end_poll_interval);
  }
}

std::vector<std::string> Supervisor::stop(milliseconds within) {
  const Clock::time_point begun = Clock::now();
  const auto any = [](const Child&) { return true; };
  const auto is_first = [](const Child& child) {
    return child.spec.ends_before_others.count() > 0;
  };
  const auto is_other = [&](const Child& child) { return !is_first(child); };

  milliseconds first_within{0};
  for (const Child& child : children_) {
    first_within = std::max(first_within, child.spec.ends_before_others);
  }
  ask_to_end(is_first);
  wait_for_end(is_first, begun + std::min(first_within, within));
  ask_to_end(is_other);
  wait_for_end(any, begun + within);

  std::vector<std::string> killed;
  for (Child& child : children_) {
    if (child.pid <= 0) continue;
    log::warn("child did not end in time, killing it", {{"child", child.spec.name}});
    killed.push_back(child.spec.name);
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    child.pid = -1;
  }
  return killed;
}

}  // namespace sluice::app
