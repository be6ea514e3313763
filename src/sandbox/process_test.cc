// What an exec'd process inherits (nothing) and how its end is told. Real processes.
#include "sandbox/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdlib>

#include "sandbox/sandbox_test_support.h"

namespace sluice::sandbox {
namespace {

TEST(ProcessTest, an_ending_in_words) {
  EXPECT_EQ(in_words({.signal = SIGSEGV}), "by signal 11 (SIGSEGV)");
  EXPECT_EQ(in_words({.signal = 200}), "by signal 200");
  EXPECT_EQ(in_words({.exit_code = 1}), "with exit code 1");
  EXPECT_EQ(in_words({}), "without a word");
}

TEST(ProcessTest, speaks_at_its_socket_and_has_no_environment) {
  ASSERT_EQ(::setenv("SANDBOX_TEST_SECRET", "told to nobody", 1), 0);
  Result<Process> process = Process::spawn("/bin/sh", {"-c", "env >&3; echo end >&3"});
  ASSERT_TRUE(process) << to_line(process.error());
  std::string said;
  EXPECT_TRUE(soon([&] {
    char buffer[512];
    const ssize_t got = ::recv(process->channel().socket(), buffer, sizeof buffer, 0);
    if (got > 0) said.append(buffer, static_cast<std::size_t>(got));
    return said.ends_with("end\n");
  }));
  EXPECT_EQ(said.find("SANDBOX_TEST_SECRET"), std::string::npos) << said;
  EXPECT_EQ(said.find("PATH"), std::string::npos) << said;
}

TEST(ProcessTest, inherits_no_descriptor_but_its_own) {
  // As Asio opens its sockets: without CLOEXEC. Above what a shell opens for itself.
  const FileDescriptor ours(::fcntl(STDIN_FILENO, F_DUPFD, 200));
  ASSERT_TRUE(ours);
  Result<Process> process = Process::spawn("/bin/sh", {"-c", "echo /proc/self/fd/* >&3"});
  ASSERT_TRUE(process) << to_line(process.error());
  std::string said;
  EXPECT_TRUE(soon([&] {
    char buffer[512];
    const ssize_t got = ::recv(process->channel().socket(), buffer, sizeof buffer, 0);
    if (got > 0) said.append(buffer, static_cast<std::size_t>(got));
    return said.ends_with("\n");
  }));
  EXPECT_EQ(said.find("/fd/" + std::to_string(ours.get())), std::string::npos) << said;
}

TEST(ProcessTest, tells_how_it_ended) {
  Result<Process> process = Process::spawn("/bin/sh", {"-c", "exit 7"});
  ASSERT_TRUE(process);
  Ending ending;
  EXPECT_TRUE(soon([&] {
    ending = process->ending();
    return ending.exit_code.has_value();
  }));
  EXPECT_EQ(ending.exit_code, 7);
  EXPECT_FALSE(process->is_alive());
}

TEST(ProcessTest, is_killed_and_reaped_with_its_owner) {
  pid_t pid = -1;
  {
    Result<Process> process = Process::spawn("/bin/sleep", {"600"});
    ASSERT_TRUE(process);
    pid = process->pid();
    EXPECT_TRUE(process->is_alive());
    EXPECT_TRUE(soon([&] { return process->resident_bytes() > 0; }));
    Process moved = std::move(*process);
    EXPECT_TRUE(moved.is_alive());
    EXPECT_FALSE(process->is_alive());
  }
  EXPECT_FALSE(is_running(pid));
}

TEST(ProcessTest, one_that_is_killed_says_by_what) {
  Result<Process> process = Process::spawn("/bin/sleep", {"600"});
  ASSERT_TRUE(process);
  process->kill();
  Ending ending;
  EXPECT_TRUE(soon([&] {
    ending = process->ending();
    return ending.signal.has_value();
  }));
  EXPECT_EQ(ending.signal, SIGKILL);
}

TEST(ProcessTest, a_program_that_is_not_there_is_an_error) {
  const Result<Process> process = Process::spawn("/nowhere/sluice", {});
  ASSERT_FALSE(process);
  EXPECT_NE(process.error().detail.find("/nowhere/sluice"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sandbox
