// Orders, answers and limits of jobs, done by real workers of this program, well and badly.
#include "sandbox/job.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "sandbox/sandbox_test_support.h"

namespace sluice::sandbox {
namespace {

constexpr JobLimits limits{4ULL << 30U, 60};

class JobTest : public SandboxTest {
 protected:
  JobTest() : SandboxTest("job-server") {}

  Job begin(const std::string& order, const JobLimits& with = limits) {
    Result<Job> job = Job::begin(*server_, folder_, order, files(), with, stop_.get_token());
    EXPECT_TRUE(job) << to_line(job.error());
    return std::move(*job);
  }
  /// `code: detail` where it fails, else the result.
  std::string result_of(const std::string& order, const JobLimits& with = limits) {
    const Result<std::string> result = begin(order, with).result();
    return result ? *result : result.error().code.text() + ": " + result.error().detail;
  }
  std::stop_source stop_;
};

TEST_F(JobTest, is_told_more_and_says_how_far_it_is) {
  Job job = begin("tell me");
  ASSERT_TRUE(job.tell("a"));
  ASSERT_TRUE(job.tell("b"));
  ASSERT_TRUE(job.tell("enough"));
  std::string progress;
  EXPECT_EQ(job.result({.on_progress = [&](const std::string& text) { progress += text; }}).value(),
            "told");
  EXPECT_EQ(progress, "ab");
}

TEST_F(JobTest, leaves_files_in_its_folder) {
  Job job = begin("write");
  EXPECT_EQ(job.result().value(), "written");
  job.end();
  EXPECT_TRUE(job.folder().take("out", folder_ / "taken").value());
  EXPECT_EQ(read_file(folder_ / "taken").value(), "rows");
}

TEST_F(JobTest, its_error_is_the_error) {
  const Result<std::string> result = begin("fail").result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Errc::unprocessable);
  EXPECT_EQ(result.error().code, "mine");
  EXPECT_EQ(result.error().detail, "It is ? so.") << "bytes that are no text are not passed on";
  EXPECT_EQ(result.error().remedy, "Mend it.");
  EXPECT_EQ(result.error().choices, (std::vector<std::string>{"a", "?"}));
  EXPECT_EQ(server_->broken(), 0U) << "it is well";
}

TEST_F(JobTest, nonsense_is_the_files_fault) {
  for (const char* order : {"nonsense", "no error", "half an error"}) {
    const Result<std::string> result = begin(order).result();
    ASSERT_FALSE(result) << order;
    EXPECT_EQ(result.error().code, broken_answer().code) << order;
    EXPECT_EQ(result.error().detail, broken_answer().detail) << order;
  }
  EXPECT_GE(server_->broken(), 1U);
}

TEST_F(JobTest, who_breaks_is_told_how) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "The sanitizer catches the signal.";
#endif
  EXPECT_EQ(result_of("crash"),
            "file_unreadable: What reads the file broke on it and ended by signal 11 (SIGSEGV).");
  EXPECT_EQ(result_of("exit"),
            "file_unreadable: What reads the file broke on it and ended with exit code 7.");
  EXPECT_EQ(server_->broken(), 2U);
}

TEST_F(JobTest, processor_time_has_an_end) {
  EXPECT_EQ(result_of("compute", {limits.address_bytes, 1}),
            "file_unreadable: Reading the file took more than 1 s of processor time, and was "
            "ended.");
}

/// The children of a process of one thread.
std::vector<pid_t> children_of(pid_t pid) {
  const std::string of = std::to_string(pid);
  std::ifstream list("/proc/" + of + "/task/" + of + "/children");
  return {std::istream_iterator<pid_t>(list), {}};
}

TEST_F(JobTest, one_that_is_killed_from_outside_may_be_tried_again) {
  Job job = begin("wait");
  std::vector<pid_t> workers;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(thread.path() / "children");
    for (pid_t server = 0; list >> server;) {
      for (const pid_t worker : children_of(server)) workers.push_back(worker);
    }
  }
  ASSERT_EQ(workers.size(), 1U);
  ::kill(workers[0], SIGKILL);
  const Result<std::string> result = job.result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "worker_killed");
  EXPECT_EQ(result.error().kind, Errc::unavailable);
  EXPECT_EQ(server_->broken(), 0U);
}

TEST_F(JobTest, a_stopped_asker_waits_no_longer) {
  Job job = begin("wait");
  std::jthread stopping([&] { stop_.request_stop(); });
  const Result<std::string> result = job.result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "cancelled");
}

TEST_F(JobTest, an_allowance_ends) {
  Job job = begin("wait");
  job.allow(std::chrono::seconds(0));
  const Result<std::string> result = job.result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "file_unreadable");
}

TEST_F(JobTest, who_listens_is_called) {
  Job job = begin("tell me");
  const FileDescriptor bell(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  int calls = 0;
  const Result<std::string> result = job.result({.listen_to = bell.get(), .on_call = [&] {
                                                   eventfd_t count = 0;
                                                   ::eventfd_read(bell.get(), &count);
                                                   ++calls;
                                                   return job.tell("enough");
                                                 }});
  EXPECT_EQ(result.value(), "told");
  EXPECT_EQ(calls, 1);
}

TEST_F(JobTest, an_order_has_a_bound) {
  const Result<Job> job =
      Job::begin(*server_, folder_, std::string(message_bytes_max, 'x'), files(), limits, {});
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, "order_too_large");
}

TEST(JobLimitsTest, grow_with_the_file) {
  EXPECT_EQ(limits_for(0).cpu_s, 120U);
  EXPECT_EQ(limits_for(100ULL << 20U).cpu_s, 220U);
  EXPECT_EQ(limits_for(0).address_bytes, limits_for(1ULL << 40U).address_bytes);
}

}  // namespace
}  // namespace sluice::sandbox
