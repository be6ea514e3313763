#include "sandbox/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <utility>

namespace sluice::sandbox {
namespace {

/// posix_spawn's two attribute objects, freed together.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  explicit SpawnPlan(int socket) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int fd = 0; fd < worker_socket; ++fd) {
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    // The copy has no CLOEXEC; `socket` itself is never worker_socket (see spawn), where it would
    // stay set.
    posix_spawn_file_actions_adddup2(&actions, socket, worker_socket);
    // Sockets that a library opened without CLOEXEC: a port that we close must be closed.
    posix_spawn_file_actions_addclosefrom_np(&actions, worker_socket + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C is for us; what it does ends with us.
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

std::string in_words(const Ending& ending) {
  if (ending.signal) {
    const char* name = ::sigabbrev_np(*ending.signal);
    return "by signal " + std::to_string(*ending.signal) +
           (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
  }
  if (ending.exit_code) return "with exit code " + std::to_string(*ending.exit_code);
  return "without a word";
}

Result<Process> Process::spawn(const std::string& binary,
                               const std::vector<std::string>& arguments) {
  SocketPair pair = make_socket_pair();
  // Away from 0…3, which the spawn plan overwrites.
  const FileDescriptor theirs(
      pair.theirs ? ::fcntl(pair.theirs.get(), F_DUPFD_CLOEXEC, worker_socket + 1) : -1);
  if (!theirs) return fail(error_from_errno(errno, "opening a socket pair", "worker process"));
  std::vector<std::string> words = {"sluice"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  SpawnPlan plan(theirs.get());
  pid_t pid = -1;
  const int bad = ::posix_spawn(&pid, binary.c_str(), &plan.actions, &plan.attributes, argv.data(),
                                no_environment);
  if (bad != 0) return fail(error_from_errno(bad, "starting a worker process", binary));
  return Process(pid, std::move(pair.ours));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), channel_(std::move(other.channel_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
    channel_ = std::move(other.channel_);
  }
  return *this;
}

Process::~Process() { kill_and_reap(); }

void Process::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);  // Not reaped yet, so the number is still its.
}

void Process::kill_and_reap() {
  if (pid_ <= 0) return;
  kill();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

bool Process::is_alive() {
  if (pid_ <= 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

Ending Process::ending() {
  int status = 0;
  pid_t ended = 0;
  for (int tries = 0; tries < 50 && ended == 0 && pid_ > 0; ++tries) {
    ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0) ::usleep(2'000);
  }
  Ending ending;
  if (ended != pid_ || ended <= 0) return ending;
  pid_ = -1;
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending.exit_code = WEXITSTATUS(status);
  return ending;
}

std::size_t Process::resident_bytes() const {
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace sluice::sandbox
