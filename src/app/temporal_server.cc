#include "app/temporal_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>
#include <thread>

#include "app/child_process.h"
#include "app/port_checks.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/files.h"

namespace sluice::app {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds poll_interval{50};
constexpr std::size_t log_bytes_max = 1U << 20U;

/// What SQLite says of a file that is none of its, or damaged; as Temporal's log has it.
constexpr std::string_view database_errors[] = {
    "file is not a database", "database disk image is malformed", "malformed database schema",
    "unsupported file format", "disk i/o error: short read",
    // Cut to no bytes, or another program's: the server makes its tables only in a new file.
    "no such table"};

bool asked_to_end() {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGINT) == 1;
}

/// `20261130T031500Z`: a file's name that sorts by time.
std::string time_for_name() {
  std::string text = to_rfc3339(SystemClock().now_us());
  text.resize(std::min(text.find('.'), text.size()));
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return text + "Z";
}

}  // namespace

Result<void> TemporalServer::spawn() {
  const std::string port = std::to_string(options_.port);
  const std::string ui_port = std::to_string(options_.ui_port);
  std::vector<std::string> argv = {options_.program.string(),
                                   "server",
                                   "start-dev",
                                   "--ip",
                                   "127.0.0.1",
                                   "--port",
                                   port,
                                   "--ui-ip",
                                   "127.0.0.1",
                                   "--ui-port",
                                   ui_port,
                                   "--namespace",
                                   options_.namespace_name,
                                   "--db-filename",
                                   database().string(),
                                   "--log-level",
                                   "warn",
                                   "--dynamic-config-value",
                                   "frontend.httpAllowedHosts=[\"" + options_.http_host + "\"]"};
  std::error_code absent;
  const std::uintmax_t size = fs::file_size(log_path(), absent);
  log_begin_ = absent ? 0 : size;
  ending_.clear();
  TRY_ASSIGN(pid_, spawn_child({std::move(argv), std::nullopt, log_path().string()}));
  return {};
}

std::string TemporalServer::ending() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    ending_ = ending_of(status);
  }
  return ending_;
}

bool TemporalServer::becomes_ready(milliseconds within) {
  const std::string address = "127.0.0.1:" + std::to_string(options_.port);
  const Clock::time_point deadline = Clock::now() + within;
  while (ending().empty() && !asked_to_end() && Clock::now() < deadline) {
    if (accepts_connections(address)) return true;
    std::this_thread::sleep_for(poll_interval);
  }
  return false;
}

void TemporalServer::terminate() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void TemporalServer::wait(milliseconds within) {
  const Clock::time_point deadline = Clock::now() + within;
  while (pid_ > 0 && ending().empty()) {
    if (Clock::now() > deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(milliseconds(10));
  }
}

Result<std::string> TemporalServer::set_aside_broken_database() const {
  std::ifstream log(log_path());
  log.seekg(static_cast<std::streamoff>(log_begin_));
  std::string said(log_bytes_max, '\0');
  log.read(said.data(), static_cast<std::streamsize>(said.size()));
  said.resize(static_cast<std::size_t>(std::max<std::streamsize>(log.gcount(), 0)));
  said = lowered(said);
  const bool is_broken =
      std::any_of(std::begin(database_errors), std::end(database_errors),
                  [&](std::string_view error) { return said.find(error) != std::string::npos; });
  if (!is_broken || !fs::exists(database())) return std::string();
  const std::string aside = database().string() + ".broken-" + time_for_name();
  // A journal that stayed would be played back into the next database.
  for (const char* suffix : {"-journal", "-wal", "-shm", ""}) {
    const std::string from = database().string() + suffix;
    if (::rename(from.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      return fail(error_from_errno(errno, "Cannot rename", from));
    }
  }
  TRY(fsync_folder(options_.folder));
  return aside;
}

}  // namespace sluice::app
