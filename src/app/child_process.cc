#include "app/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

extern char** environ;

namespace sluice::app {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<pid_t> spawn_child(ChildProgram program) {
  std::vector<std::string> lines;
  if (program.environment) {
    for (const auto& [name, value] : *program.environment) lines.push_back(name + "=" + value);
  }
  const std::vector<char*> argv = pointers(program.argv);
  const std::vector<char*> environment = pointers(lines);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(error_from_errno(errno, "Cannot start", program.argv.front()));
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  // A group of its own: Ctrl-C reaches `serve` only, which stops the children in order.
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!program.log_path.empty()) {
    const int log =
        ::open(program.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0) {
      ::dup2(log, STDOUT_FILENO);
      ::dup2(log, STDERR_FILENO);
    }
  }
  ::execve(argv[0], argv.data(), program.environment ? environment.data() : environ);
  ::_exit(127);
}

std::string ending_of(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace sluice::app
