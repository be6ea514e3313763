#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "sandbox/channel.h"
#include "sandbox/fork_server_main.h"
#include "sandbox/job.h"
#include "sandbox/lock_in.h"
#include "sandbox/sandbox_test_support.h"

// The program of sandbox_test. It is its own fork server, as `sluice` is: `fork-server` for workers
// that do what a word says, `job-server` for those that do jobs. SandboxTest starts /proc/self/exe
// with these words; without this main it would run the tests again.

namespace sluice::sandbox {
namespace {

/// What code that broke out of its parser could still do, as the number of what it should not have
/// been able to; 0 where the fence holds.
int try_the_fence(const std::vector<FileDescriptor>& files, int folder) {
  const int file = files[0].get();
  if (::socket(AF_INET, SOCK_STREAM, 0) >= 0) return 2;
  if (::open("/etc/passwd", O_RDONLY) >= 0) return 3;
  if (::open(again(file).c_str(), O_RDONLY) < 0) return 4;
  if (::open(again(file).c_str(), O_RDWR) >= 0) return 5;
  if (::open("/tmp/escaped", O_WRONLY | O_CREAT, 0600) >= 0) return 6;
  if (::fork() >= 0) return 7;
  if (::kill(::getppid(), 0) == 0) return 8;
  if (::open("/", O_RDONLY | O_DIRECTORY) >= 0) return 9;
  if (folder < 0) return 0;
  const std::string inside = again(folder);
  const int made = ::open((inside + "/out").c_str(), O_WRONLY | O_CREAT, 0600);
  if (made < 0 || ::write(made, "rows", 4) != 4 || ::fsync(made) != 0) return 10;
  if (::mkdir((inside + "/spill").c_str(), 0700) != 0) return 11;
  if (::rename((inside + "/out").c_str(), (inside + "/spill/out").c_str()) != 0) return 12;
  if (::rename((inside + "/spill/out").c_str(), (inside + "/out").c_str()) != 0) return 13;
  if (::open((inside + "/../other").c_str(), O_WRONLY | O_CREAT, 0600) >= 0) return 14;
  if (::chmod((inside + "/out").c_str(), 0777) == 0) return 15;
  if (::symlink("/etc/passwd", (inside + "/link").c_str()) == 0) return 16;
  if (::link(again(file).c_str(), (inside + "/copy").c_str()) == 0) return 17;
  return 0;
}

/// What a worker of this program does, by the word that it is sent.
int work() {
  std::string word;
  std::vector<FileDescriptor> files;
  if (!receive_message(worker_socket, word, files)) return 1;
  if (word == "crash") ::raise(SIGSEGV);
  if (word == "exit") return 3;
  if (word == "attack" && lock_in(Confinement{files})) {
    ::execl("/bin/false", "false", nullptr);
    return 4;
  }
  if (word == "sleep") std::this_thread::sleep_for(std::chrono::minutes(5));
  std::string answer;
  if (word == "fence" || word == "fence in a folder" || word == "memory") {
    FileDescriptor folder;
    if (word == "fence in a folder") {
      folder = std::move(files.back());
      files.pop_back();
    }
    Confinement confinement{files, folder.get()};
    confinement.address_bytes = 4ULL << 30U;
    confinement.file_bytes = 1 << 20U;
    if (!lock_in(confinement)) return 1;
    if (word == "memory") {
      try {
        answer = std::to_string(std::string(std::size_t{8} << 30U, 'x').size());
      } catch (const std::bad_alloc&) {
        answer = "too much";
      }
    } else {
      answer = std::to_string(try_the_fence(files, folder.get()));
    }
  } else {
    answer = word + " from " + std::to_string(::getpid()) + " of " + std::to_string(::getppid());
  }
  std::string out;
  add_piece(out, 1, answer);
  write_whole(worker_socket, out);
  return 0;
}

/// Jobs, well done and not: what a worker that a file took over may say.
int do_job() {
  Order order;
  JobAnswer answer;
  if (!receive_order(order, answer, {})) return 1;
  const auto say = [](std::uint32_t kind, std::string_view text) {
    std::string out;
    add_piece(out, kind, text);
    write_whole(worker_socket, out);
  };
  if (order.text == "tell me") {
    std::string told;
    while (receive_told(told) && told != "enough") answer.progress(told);
    answer.done("told");
  }
  if (order.text == "write") {
    const FileDescriptor made(
        ::openat(order.folder.get(), "out", O_WRONLY | O_CREAT | O_EXCL, 0600));
    if (!made || ::write(made.get(), "rows", 4) != 4) return 2;
    answer.done("written");
  }
  if (order.text == "fail")
    answer.error({Errc::unprocessable,
                  ErrorCode::from_outside("mine"),
                  "It is \xff so.",
                  "Mend it.",
                  {},
                  {"a", "\xff"}});
  if (order.text == "nonsense") say(9, "what?");
  if (order.text == "no error") say(3, "{\"kind\": 99}");
  if (order.text == "half an error") say(3, "{\"kind\": 1");
  if (order.text == "crash") ::raise(SIGSEGV);
  if (order.text == "exit") return 7;
  if (order.text == "wait") receive_told(order.text);
  std::atomic<unsigned> steps{0};
  while (order.text == "compute") ++steps;
  return 0;
}

}  // namespace
}  // namespace sluice::sandbox

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "fork-server" || kind == "job-server") {
    sluice::sandbox::enter_early_limits();
    return sluice::sandbox::fork_server_main(kind == "job-server" ? sluice::sandbox::do_job
                                                                  : sluice::sandbox::work);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
