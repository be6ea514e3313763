#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/ids.h"
#include "sandbox/fork_server.h"
#include "sandbox/fork_server_main.h"
#include "sandbox/job_folder.h"
#include "sandbox/lock_in.h"

namespace sluice::sandbox {
namespace {

namespace fs = std::filesystem;

std::string again(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

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
    answer = word + " from " + std::to_string(::getpid());
  }
  std::string out;
  add_piece(out, 1, answer);
  write_whole(worker_socket, out);
  return 0;
}

class ForkServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(create_folders(folder_));
    std::ofstream(folder_ / "data") << "some bytes";
    ::chmod((folder_ / "data").c_str(), 0600);
    ::chmod(folder_.c_str(), 0700);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<FileDescriptor> files() const {
    std::vector<FileDescriptor> out;
    out.emplace_back(::open((folder_ / "data").c_str(), O_RDONLY | O_CLOEXEC));
    return out;
  }
  /// The piece that comes back, or how it went wrong.
  std::string ask(Worker& worker, const std::string& word,
                  const std::vector<FileDescriptor>& given = {}) {
    Wait wait({});
    wait.allow(std::chrono::seconds(30));
    if (worker.channel().send(word, given, wait) != Outcome::done) return "not sent";
    Channel::Piece piece;
    if (worker.channel().receive(piece, wait) == Outcome::done) return piece.bytes;
    return in_words(worker.ending());
  }
  std::string ask(const std::string& word, const std::vector<FileDescriptor>& given = {}) {
    Result<Worker> worker = server_->fork({});
    if (!worker) return to_line(worker.error());
    return ask(*worker, word, given);
  }

  fs::path folder_ = fs::temp_directory_path() / ("sandbox_test_" + random_hex(8));
  std::unique_ptr<ForkServer> server_ = ForkServer::start({"/proc/self/exe", {"fork-server"}});
};

TEST_F(ForkServerTest, each_job_has_a_process_of_its_own) {
  const std::string first = ask("hello");
  const std::string second = ask("hello");
  EXPECT_EQ(first.rfind("hello from ", 0), 0U) << first;
  EXPECT_EQ(second.rfind("hello from ", 0), 0U) << second;
  EXPECT_NE(first, second);
}

TEST_F(ForkServerTest, tells_how_a_worker_ended) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "The sanitizer catches the signal.";
#endif
  EXPECT_EQ(ask("crash"), "by signal 11 (SIGSEGV)");
  EXPECT_EQ(ask("exit"), "with exit code 3");
  EXPECT_EQ(ask("hello").rfind("hello from ", 0), 0U) << "the others go on";
}

TEST_F(ForkServerTest, a_worker_ends_when_it_is_not_wanted_any_more) {
  Result<Worker> worker = server_->fork({});
  ASSERT_TRUE(worker);
  Wait wait({});
  wait.allow(std::chrono::seconds(30));
  ASSERT_EQ(worker->channel().send("sleep", {}, wait), Outcome::done);
  const pid_t pid = worker->pid();
  EXPECT_EQ(::kill(pid, 0), 0);
  worker->end();
  EXPECT_NE(::kill(pid, 0), 0) << "gone once end() returns";
}

TEST_F(ForkServerTest, a_new_server_leaves_those_at_work_alone) {
  Result<Worker> worker = server_->fork({});
  ASSERT_TRUE(worker);
  const pid_t pid = worker->pid();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  server_->note_broken();  // A new server.
  EXPECT_EQ(server_->broken(), 1U);
  EXPECT_EQ(::kill(pid, 0), 0) << "those at work go on";
  EXPECT_EQ(ask("hello").rfind("hello from ", 0), 0U);
  EXPECT_EQ(ask(*worker, "hello").rfind("hello from ", 0), 0U);
}

TEST_F(ForkServerTest, a_stopped_caller_gets_no_worker) {
  std::stop_source stop;
  stop.request_stop();
  ASSERT_EQ(ask("hello").rfind("hello from ", 0), 0U);
  Result<Worker> worker = server_->fork(stop.get_token());
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, "cancelled");
}

TEST_F(ForkServerTest, the_fence_holds_by_itself) {
  if (landlock_version() == 0) GTEST_SKIP() << "This kernel has no landlock.";
  EXPECT_EQ(ask("fence", files()), "0");
}

TEST_F(ForkServerTest, the_fence_holds_around_a_folder_and_its_files_are_taken_over) {
  if (landlock_version() == 0) GTEST_SKIP() << "This kernel has no landlock.";
  Result<JobFolder> job = JobFolder::make(folder_);
  ASSERT_TRUE(job);
  std::vector<FileDescriptor> given = files();
  given.push_back(job->descriptor().value());
  EXPECT_EQ(ask("fence in a folder", given), "0");
  EXPECT_TRUE(job->take("out", folder_ / "taken").value());
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "taken").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, ::geteuid());
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_FALSE(job->take("out", folder_ / "again").value()) << "there is none any more";
}

TEST_F(ForkServerTest, what_is_no_plain_file_is_not_taken_over) {
  Result<JobFolder> job = JobFolder::make(folder_);
  ASSERT_TRUE(job);
  const std::string inside = again(job->descriptor()->release());
  ASSERT_EQ(::symlink("/etc/passwd", (inside + "/link").c_str()), 0);
  ASSERT_EQ(::link((folder_ / "data").c_str(), (inside + "/two names").c_str()), 0);
  ASSERT_EQ(::mkfifo((inside + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((inside + "/folder").c_str(), 0700), 0);
  for (const char* name : {"link", "two names", "pipe", "folder"}) {
    EXPECT_FALSE(job->take(name, folder_ / "taken")) << name;
  }
  EXPECT_FALSE(fs::exists(folder_ / "taken"));
}

TEST_F(ForkServerTest, an_attack_ends_the_worker) {
  EXPECT_EQ(ask("attack", files()), "by signal 31 (SIGSYS)");
  EXPECT_EQ(ask("hello").rfind("hello from ", 0), 0U) << "the others go on";
}

TEST_F(ForkServerTest, memory_has_an_end) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "The sanitizer needs more addresses than any limit.";
#endif
  EXPECT_EQ(ask("memory", files()), "too much");
}

}  // namespace
}  // namespace sluice::sandbox

/// The test program is its own fork server, as `sluice` is.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "fork-server") {
    sluice::sandbox::enter_early_limits();
    return sluice::sandbox::fork_server_main(sluice::sandbox::work);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
