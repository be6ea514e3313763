// Fork servers of this program for tests, and children in which a test may lock itself in.
#include "sandbox/sandbox_test_support.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/ids.h"
#include "sandbox/bpf_program.h"

namespace sluice::sandbox {

namespace fs = std::filesystem;

std::string again(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

SandboxTest::SandboxTest(const char* kind)
    : kind_(kind), folder_(fs::temp_directory_path() / ("sandbox_test_" + random_hex(8))) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "data") << "some bytes";
  ::chmod((folder_ / "data").c_str(), 0600);
  ::chmod(folder_.c_str(), 0700);
  server_ = start(500);
}

SandboxTest::~SandboxTest() {
  server_.reset();
  fs::remove_all(folder_);
}

std::unique_ptr<ForkServer> SandboxTest::start(std::size_t forks_max) const {
  return ForkServer::start({"/proc/self/exe", {kind_}, forks_max});
}

std::vector<FileDescriptor> SandboxTest::files() const {
  std::vector<FileDescriptor> out;
  out.emplace_back(::open((folder_ / "data").c_str(), O_RDONLY | O_CLOEXEC));
  return out;
}

std::string SandboxTest::ask(Worker& worker, const std::string& word,
                             const std::vector<FileDescriptor>& given) {
  Wait wait({});
  wait.allow(std::chrono::seconds(30));
  if (worker.channel().send(word, given, wait) != Outcome::done) return "not sent";
  Channel::Piece piece;
  if (worker.channel().receive(piece, wait) == Outcome::done) return piece.bytes;
  return in_words(worker.ending());
}

std::string SandboxTest::ask(const std::string& word,
                             const std::vector<FileDescriptor>& given) const {
  Result<Worker> worker = server_->fork({});
  if (!worker) return to_line(worker.error());
  return ask(*worker, word, given);
}

bool soon(const std::function<bool()>& reached) {
  for (int i = 0; i < 2'000; ++i) {
    if (reached()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool is_running(pid_t pid) {
  const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return false;
  const std::size_t name_end = stat->rfind(") ");
  return name_end != stat->npos && stat->substr(name_end + 2, 1) != "Z";
}

int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::_exit(work());
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return 255;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void forbid(long call, int error) {
  BpfProgram program;
  program.load_number();
  program.give_if_equal(static_cast<std::uint32_t>(call),
                        SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
  program.give(SECCOMP_RET_ALLOW);
  const sock_fprog raw = program.raw();
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &raw, 0, 0) != 0) ::_exit(254);
}

}  // namespace sluice::sandbox
