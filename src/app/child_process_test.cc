// What a child inherits, and that it dies with its parent's thread. Starts real programs of /bin
// and /usr/bin.
#include "app/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <future>
#include <thread>

#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"

namespace sluice::app {
namespace {

class ChildProcessTest : public testing::Test {
 protected:
  /// What the script wrote, once it has ended.
  std::string output_of(const std::string& script) {
    ending_ = run({{"/bin/sh", "-c", script},
                   std::map<std::string, std::string>{{"ONLY", "this one"}},
                   log_.path().string()});
    return read_file(log_.path()).value_or("");
  }
  static std::string run(ChildProgram program) {
    const Result<pid_t> pid = spawn_child(std::move(program));
    int status = 0;
    if (!pid || ::waitpid(*pid, &status, 0) != *pid) return "not started";
    return ending_of(status);
  }

  const ScopedPath log_{std::filesystem::temp_directory_path() / ("sluice-child-" + random_hex(4))};
  std::string ending_;
};

TEST_F(ChildProcessTest, ItGetsItsEnvironmentAndNothingElse) {
  ASSERT_EQ(::setenv("SLUICE_TEST_OF_OURS", "secret", 1), 0);
  const std::string seen = output_of("/usr/bin/env");
  EXPECT_NE(seen.find("ONLY=this one\n"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("SLUICE_TEST_OF_OURS"), std::string::npos) << seen;
  EXPECT_EQ(run({{"/bin/sh", "-c", "test \"$SLUICE_TEST_OF_OURS\" = secret"}}), "exit code 0")
      << "without one it has ours";
}

TEST_F(ChildProcessTest, NoSignalIsBlockedAndItsGroupIsItsOwn) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &term, nullptr), 0);
  const std::string seen = output_of(
      "/bin/grep SigBlk /proc/self/status\n"
      "test $(/usr/bin/cut -d ' ' -f 5 /proc/$$/stat) = $$ && echo own group");
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  EXPECT_NE(seen.find("SigBlk:\t0000000000000000"), std::string::npos) << seen;
  EXPECT_NE(seen.find("own group"), std::string::npos) << seen;
}

TEST_F(ChildProcessTest, HowItEndedIsSaid) {
  output_of("exit 3");
  EXPECT_EQ(ending_, "exit code 3");
  output_of("kill -9 $$");
  EXPECT_EQ(ending_, "signal 9");
  EXPECT_EQ(run({{"/no/such/program"}}), "exit code 127");
}

TEST_F(ChildProcessTest, WhatItWritesIsAddedToItsLog) {
  output_of("echo one");
  EXPECT_EQ(output_of("echo two >&2"), "one\ntwo\n");
}

TEST_F(ChildProcessTest, ItDiesWithTheThreadThatStartedIt) {
  std::promise<pid_t> started;
  std::promise<void> may_end;
  std::thread parent([&] {
    started.set_value(
        spawn_child({{"/bin/sh", "-c", "echo here; exec sleep 1000"}, {}, log_.path().string()})
            .value_or(-1));
    may_end.get_future().wait();
  });
  const pid_t pid = started.get_future().get();
  // Once it has spoken it has told the kernel.
  while (read_file(log_.path()).value_or("") != "here\n") std::this_thread::yield();
  may_end.set_value();
  parent.join();
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(ending_of(status), "signal 9");
}

}  // namespace
}  // namespace sluice::app
