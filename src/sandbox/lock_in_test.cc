// What a locked-in process can still do, tried from inside, also on kernels that lack a part
// (played). A test that is relaxed here opens the fence.
#include "sandbox/lock_in.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "sandbox/job_folder.h"
#include "sandbox/sandbox_test_support.h"

namespace sluice::sandbox {
namespace {

class LockInTest : public SandboxTest {};

/// Why a process is not locked in: 0 where it is, else what the refusal lacks.
int refused(const Result<void>& locked) {
  if (locked) return 10;
  if (locked.error().code != "sandbox_failed") return 11;
  return locked.error().remedy.empty() ? 12 : 0;
}

TEST_F(LockInTest, the_fence_holds_by_itself) {
  if (landlock_version() == 0) GTEST_SKIP() << "This kernel has no landlock.";
  EXPECT_EQ(ask("fence", files()), "0");
}

TEST_F(LockInTest, the_fence_holds_around_a_folder_and_its_files_are_taken_over) {
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

TEST_F(LockInTest, an_attack_ends_the_worker) {
  EXPECT_EQ(ask("attack", files()), "by signal 31 (SIGSYS)");
  EXPECT_EQ(ask("hello").rfind("hello from ", 0), 0U) << "the others go on";
}

TEST_F(LockInTest, memory_has_an_end) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "The sanitizer needs more addresses than any limit.";
#endif
  EXPECT_EQ(ask("memory", files()), "too much");
}

TEST_F(LockInTest, without_landlock_the_rest_holds) {
  ASSERT_EQ(::chmod((folder_ / "data").c_str(), 0644), 0);
  const std::vector<FileDescriptor> given = files();
  const pid_t parent = ::getpid();
  EXPECT_EQ(in_child([&] {
              forbid(SYS_landlock_create_ruleset, ENOSYS);
              if (landlock_version() != 0) return 1;
              if (!lock_in(Confinement{given})) return 2;
              if (::open(again(given[0].get()).c_str(), O_RDONLY) < 0) return 3;
              if (::open(again(given[0].get()).c_str(), O_RDWR) >= 0) return 4;
              if (::open("/tmp/escaped", O_WRONLY | O_CREAT, 0600) >= 0) return 5;
              if (::syscall(SYS_tgkill, parent, parent, 0) == 0) return 6;
              if (::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0) != 0) return 7;
              return ::getuid() == 0 ? 8 : 0;
            }),
            0);
}

TEST_F(LockInTest, root_without_landlock_is_refused_a_file_that_others_may_not_read) {
  if (::geteuid() != 0) GTEST_SKIP() << "Only root gives up its user.";
  const std::vector<FileDescriptor> given = files();
  EXPECT_EQ(in_child([&] {
              forbid(SYS_landlock_create_ruleset, ENOSYS);
              return refused(lock_in(Confinement{given}));
            }),
            0);
}

TEST_F(LockInTest, what_a_machine_offers_has_to_work) {
  if (landlock_version() == 0) GTEST_SKIP() << "This kernel has no landlock.";
  const std::vector<FileDescriptor> given = files();
  for (const long step : {SYS_landlock_add_rule, SYS_landlock_restrict_self}) {
    EXPECT_EQ(in_child([&] {
                forbid(step, EINVAL);
                const Result<void> locked = lock_in(Confinement{given});
                return locked || locked.error().code != "sandbox_failed" ? 1 : 0;
              }),
              0)
        << step;
  }
}

TEST_F(LockInTest, a_kernel_that_takes_no_filter_is_a_refusal) {
  ASSERT_EQ(::chmod((folder_ / "data").c_str(), 0644), 0);  // So that root keeps no capability.
  const std::vector<FileDescriptor> given = files();
  EXPECT_EQ(in_child([&] {
              forbid(SYS_prctl, EINVAL);
              return refused(lock_in(Confinement{given}));
            }),
            0);
}

TEST_F(LockInTest, a_process_with_threads_is_refused) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "A sanitizer may have threads of its own.";
#endif
  const std::vector<FileDescriptor> given = files();
  EXPECT_EQ(in_child([&] {
              std::jthread other([](const std::stop_token& stop) {
                while (!stop.stop_requested()) std::this_thread::yield();
              });
              const Result<void> locked = lock_in(Confinement{given});
              ::_exit(locked || locked.error().code != "sandbox_failed" ? 1 : 0);
              return 2;
            }),
            0);
}

}  // namespace
}  // namespace sluice::sandbox
