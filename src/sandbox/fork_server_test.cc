// Workers that are forked, end, break or are killed, and servers that are replaced. Real
// processes of this program (sandbox_test_main.cc).
#include "sandbox/fork_server.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/sandbox_test_support.h"

namespace sluice::sandbox {
namespace {

class ForkServerTest : public SandboxTest {
 protected:
  /// The pid of the process that forked a new worker.
  pid_t forked_by() const {
    const std::string said = ask("hello");
    const std::size_t of = said.rfind(" of ");
    return of == said.npos ? -1 : std::stoi(said.substr(of + 4));
  }
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
  EXPECT_TRUE(is_running(pid));
  worker->end();
  EXPECT_FALSE(is_running(pid)) << "gone once end() returns";
}

TEST_F(ForkServerTest, a_new_server_leaves_those_at_work_alone) {
  Result<Worker> worker = server_->fork({});
  ASSERT_TRUE(worker);
  const pid_t first = forked_by();
  // Only one that is new itself is kept where a worker broke: for its first second.
  EXPECT_TRUE(soon([&] {
    server_->note_broken();
    return forked_by() != first;
  }));
  EXPECT_GE(server_->broken(), 1U);
  EXPECT_TRUE(is_running(worker->pid())) << "those at work go on";
  EXPECT_TRUE(is_running(first)) << "and so does their server";
  EXPECT_EQ(ask(*worker, "hello").rfind("hello from ", 0), 0U);
  worker->end();
  EXPECT_TRUE(is_running(first)) << "a worker keeps its server until it is destroyed";
}

TEST_F(ForkServerTest, a_server_that_nobody_uses_any_more_ends) {
  const pid_t first = forked_by();
  ASSERT_TRUE(soon([&] {
    server_->note_broken();
    return forked_by() != first;
  }));
  EXPECT_TRUE(soon([&] { return !is_running(first); }));
}

TEST_F(ForkServerTest, a_server_forks_so_often_and_is_replaced) {
  server_ = start(2);
  const pid_t first = forked_by();
  EXPECT_EQ(forked_by(), first);
  const pid_t second = forked_by();
  EXPECT_NE(second, first);
  EXPECT_EQ(forked_by(), second);
  EXPECT_NE(forked_by(), second);
}

TEST_F(ForkServerTest, a_server_that_died_is_replaced_and_takes_its_workers_along) {
  Result<Worker> worker = server_->fork({});
  ASSERT_TRUE(worker);
  const pid_t first = forked_by();
  ::kill(first, SIGKILL);
  const Ending ending = worker->ending();
  EXPECT_FALSE(ending.exit_code || ending.signal) << "there is nobody who could tell";
  EXPECT_TRUE(soon([&] { return !is_running(worker->pid()); }));
  // Until the death is seen a fork may still be asked of the dead one.
  EXPECT_TRUE(soon([&] { return forked_by() > 0; }));
  EXPECT_NE(forked_by(), first);
}

TEST_F(ForkServerTest, a_fork_that_failed_leaves_the_next_server_alone) {
  const pid_t first = forked_by();
  ASSERT_GT(first, 0);
  // The first server hears no more; a fork is asked of it and waits.
  ASSERT_EQ(::kill(first, SIGSTOP), 0);
  std::optional<Result<Worker>> waiting;
  std::jthread asker([&] { waiting.emplace(server_->fork({})); });
  // A server is not replaced within its first second; by then the asker has asked.
  std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
  server_->note_broken();
  const pid_t second = forked_by();
  ASSERT_NE(second, first);
  ::kill(first, SIGKILL);
  asker.join();
  ASSERT_TRUE(waiting && !*waiting);
  EXPECT_EQ(waiting->error().code, "worker_unavailable");
  EXPECT_EQ(forked_by(), second);
}

TEST_F(ForkServerTest, a_program_that_is_not_there_gives_no_worker) {
  const auto none = ForkServer::start({"/nowhere/sluice", {}});
  const Result<Worker> worker = none->fork({});
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, "worker_unavailable");
  EXPECT_EQ(worker.error().kind, Errc::unavailable);
  EXPECT_NE(worker.error().detail.find("No such file"), std::string::npos);
}

TEST_F(ForkServerTest, many_at_once_have_a_process_each) {
  std::vector<std::string> said(20);
  {
    std::vector<std::jthread> threads;
    for (std::string& each : said) threads.emplace_back([&] { each = ask("hello"); });
  }
  std::sort(said.begin(), said.end());
  EXPECT_EQ(std::unique(said.begin(), said.end()), said.end());
  EXPECT_EQ(said.front().rfind("hello from ", 0), 0U) << said.front();
}

TEST_F(ForkServerTest, a_stopped_caller_gets_no_worker) {
  std::stop_source stop;
  stop.request_stop();
  ASSERT_EQ(ask("hello").rfind("hello from ", 0), 0U);
  Result<Worker> worker = server_->fork(stop.get_token());
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, "cancelled");
}

}  // namespace
}  // namespace sluice::sandbox
