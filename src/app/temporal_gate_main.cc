// `sluice temporal-gate`: runs Temporal in a network of its own and lets in who may
// (port_gate.h). One thread: it forks, and changes its namespace.
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "app/error_codes.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "app/network_namespace.h"
#include "app/port_gate.h"
#include "app/temporal_server.h"
#include "base/ids.h"
#include "base/log.h"

namespace sluice::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ready_within{30'000};
/// Of the supervisor's budget for all.
constexpr milliseconds stop_within{3'000};

/// Tried in a process of its own: half a way in is no place to go on from.
bool may_have_own_network() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const Result<void> entered = enter_own_network();
    if (!entered)
      log::warn("Temporal runs without a network of its own", {{"why", to_line(entered.error())}});
    ::_exit(entered ? 0 : 1);
  }
  int status = 1;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

/// SIGTERM, SIGINT and SIGCHLD as a descriptor.
FileDescriptor open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC));
}

/// Its gate, in front of a network of its own; none where this machine has no such thing.
Result<std::unique_ptr<PortGate>> close_behind_us(const TemporalGateOptions& options) {
  Result<std::unique_ptr<PortGate>> gate = PortGate::open(options.users);
  if (!gate) log::warn("Temporal runs without a gate", {{"why", to_line(gate.error())}});
  if (!gate || !may_have_own_network()) {
    log::warn(
        "Every user of this machine reaches Temporal's ports; what they send is still proven "
        "before it is obeyed",
        {{"remedy",
          "Allow network namespaces (unprivileged user namespaces), or use TEMPORAL_ADDRESS."}});
    return std::unique_ptr<PortGate>();
  }
  TRY((*gate)->add_port(options.port, false));
  TRY((*gate)->add_port(options.ui_port, true));
  const pid_t parent = ::getppid();
  TRY(enter_own_network());
  // Entering a user namespace makes the kernel forget it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return fail(Errc::cancelled, Code::stopped, "serve has ended.");
  return gate;
}

void say_set_aside(const std::string& aside) {
  log::error("Temporal cannot read its database, which was set aside: a new one begins",
             {{"database", aside},
              {"meaning",
               "Syncs that were under way begin again from the metadata; histories are lost."}});
}

/// A database that it cannot read is put out of the way once, and it begins with an empty one.
Result<void> start(TemporalServer& server) {
  TRY(server.spawn());
  if (server.becomes_ready(ready_within)) return {};
  TRY_ASSIGN(const std::string aside, server.set_aside_broken_database());
  if (!aside.empty()) {
    say_set_aside(aside);
    server.terminate();
    server.wait(stop_within);
    TRY(server.spawn());
    if (server.becomes_ready(ready_within)) return {};
  }
  return fail(Errc::unavailable, Code::temporal_not_ready,
              "Temporal does not become ready (" + server.ending() + ").",
              "temporal.log says why.");
}

/// Takes the next signal: true where we were asked to end, or the server has. A SIGCHLD may be of a
/// process before it.
bool is_over(int signals, TemporalServer& server) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof info) < 0 && errno == EINTR) {
  }
  return info.ssi_signo != SIGCHLD || !server.ending().empty();
}

Result<void> stand_by(PortGate* gate, int signals, TemporalServer& server) {
  if (gate != nullptr) return gate->run(signals, [&] { return is_over(signals, server); });
  while (!is_over(signals, server)) {
  }
  return {};
}

Result<void> guard(const TemporalGateOptions& options) {
  const FileDescriptor signals = open_signals();
  TRY_ASSIGN(const std::unique_ptr<PortGate> gate, close_behind_us(options));
  TemporalServer server({options.program, options.folder, options.namespace_name, options.port,
                         options.ui_port, random_hex(16)});
  Result<void> done = start(server);
  const bool has_started = done.has_value();
  if (has_started) done = stand_by(gate.get(), signals.get(), server);
  const bool is_asked = end_requested() || (has_started && server.ending().empty());
  server.terminate();
  server.wait(stop_within);
  if (is_asked || !done) return is_asked ? Result<void>() : done;
  TRY_ASSIGN(const std::string aside, server.set_aside_broken_database());
  if (!aside.empty()) say_set_aside(aside);
  return fail(Errc::unavailable, Code::temporal_ended, "Temporal ended (" + server.ending() + ").");
}

}  // namespace

int run_temporal_gate(const TemporalGateOptions& options) {
  log::init("temporal");
  const Result<void> guarded = guard(options);
  return guarded ? 0 : refuse_start("temporal-gate", guarded.error());
}

}  // namespace sluice::app
