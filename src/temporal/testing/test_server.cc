// Starts, kills and restarts the servers of tests; each has its own folder and free ports of
// loopback.
#include "temporal/testing/test_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "temporal/client.h"
#include "temporal/runtime.h"

namespace sluice::temporal::testing {

namespace fs = std::filesystem;

fs::path TestServer::default_binary() {
  const char* named = std::getenv("SLUICE_TEMPORAL_BINARY");
  return named != nullptr ? named : SLUICE_TEMPORAL_DEFAULT_BINARY;
}

int TestServer::free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, raw, size) != 0 || ::getsockname(fd, raw, &size) != 0) address.sin_port = 0;
  ::close(fd);
  return ntohs(address.sin_port);
}

TestServer::TestServer(fs::path binary, bool skips_time)
    : binary_(std::move(binary)),
      skips_time_(skips_time),
      folder_(fs::temp_directory_path() / ("sluice-temporal-" + random_hex(8))),
      port_(free_port()) {
  fs::create_directories(folder_);
}

TestServer::~TestServer() {
  kill_hard();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<std::unique_ptr<TestServer>> TestServer::start(const fs::path& binary) {
  auto server = std::make_unique<TestServer>(binary, false);
  TRY(server->restart());
  return server;
}

Result<std::unique_ptr<TestServer>> TestServer::start_time_skipping() {
  const fs::path binary = SLUICE_TIME_SKIPPING_BINARY;
  if (!fs::exists(binary)) {
    return fail(Errc::not_found, ErrorCode::from_outside("time_skipping_server"),
                "There is no " + binary.string() + ".", "tools/deps --for test brings it.");
  }
  auto server = std::make_unique<TestServer>(binary, true);
  TRY(server->restart());
  return server;
}

std::vector<std::string> TestServer::command() const {
  if (skips_time_) return {binary_.string(), std::to_string(port_), "--enable-time-skipping"};
  return {binary_.string(), "server",
          "start-dev",      "--headless",
          "--ip",           "127.0.0.1",
          "--port",         std::to_string(port_),
          "--db-filename",  (folder_ / "temporal.db").string(),
          "--log-level",    "error"};
}

Result<void> TestServer::restart() {
  kill_hard();
  // Everything is made ready before fork: between fork and exec only async-signal-safe calls are
  // allowed.
  std::vector<std::string> words = command();
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = (folder_ / "server.log").string();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    ::dup2(fd, 1);
    ::dup2(fd, 2);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (pid_ < 0) return fail(error_from_errno(errno, "starting", binary_.string()));

  constexpr std::chrono::seconds patience{20};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  TRY_ASSIGN(const std::unique_ptr<Runtime> runtime, Runtime::create());
  const std::unique_ptr<Client> client = Client::connect_lazily(*runtime, {.target = target()});
  while (!client->check_health()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(Errc::unavailable, ErrorCode::from_outside("temporal_dev_server"),
                  "The server was not ready in time.", "See " + log + ".");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return {};
}

void TestServer::kill_hard() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace sluice::temporal::testing
