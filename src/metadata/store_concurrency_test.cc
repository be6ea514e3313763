// Threads and processes that write to one store at once, and processes that are killed while
// they do. What a call returned must be there afterwards. SQLite; postgresql_test.cc has its
// twin.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include "metadata/rows/store_impl.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

/// Runs `work` in a child that leaves as a killed process would; SQLite connections must not cross
/// a fork, so the parent's store is closed meanwhile.
template <typename Work>
pid_t in_child(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  return child;
}

int exit_status(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class ConcurrencyTest : public StoreTest {};

TEST_F(ConcurrencyTest, ThreadsOverTwoStoresLoseNothingAndShareNoName) {
  const std::unique_ptr<Store> second = another();
  std::vector<std::thread> threads;
  constexpr int threads_n = 8;
  constexpr int each = 12;
  for (int t = 0; t < threads_n; ++t) {
    threads.emplace_back([&, t] {
      Store& store = t % 2 == 0 ? *store_ : *second;
      for (int i = 0; i < each; ++i) {
        const Result<Dataset> made = create(store, tenant_, "same name");
        EXPECT_TRUE(made) << to_line(made.error());
        if (!made) continue;
        const Result<DatasetRecord> read = store.get_dataset(tenant_, made->id);
        EXPECT_TRUE(read) << to_line(read.error());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> names;
  const DatasetPage page = store_->list_datasets(tenant_, 1000).value();
  for (const DatasetRecord& record : page.datasets) {
    names.insert(record.dataset.table_name);
  }
  EXPECT_EQ(names.size(), std::size_t{threads_n} * each);
  std::set<std::int64_t> rows;
  const std::vector<OutboxRow> due = store_->due_outbox(1000, clock_.now_us()).value();
  for (const OutboxRow& row : due) rows.insert(row.id);
  EXPECT_EQ(rows.size(), std::size_t{threads_n} * each);
}

TEST_F(ConcurrencyTest, VersionNumbersHaveNoGapsUnderRace) {
  const Dataset made = created("v");
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const std::string name = "v-" + std::to_string(t) + "-" + std::to_string(i) + ".parquet";
        EXPECT_TRUE(store_->add_version(tenant_, made.id, version_of(name), Want{}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<DatasetVersion> versions = store_->list_versions(made.id).value();
  ASSERT_EQ(versions.size(), 31U);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    EXPECT_EQ(versions[i].version, static_cast<std::int64_t>(i + 1));
  }
  EXPECT_EQ(sync_of(made).wanted_version, 31);
}

TEST_F(ConcurrencyTest, ProcessesThatStartTogetherMigrateOnce) {
  store_.reset();
  for (int round = 0; round < 5; ++round) {
    const std::string fresh = "sqlite://" + (folder_ / std::to_string(round) / "x.db").string();
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(in_child([&] {
        const auto opened = Store::open(fresh, clock_);
        if (!opened || !(*opened)->ensure_tenant(tenant_, "x")) ::_exit(1);
        if (!create(**opened, tenant_, "d")) ::_exit(2);
      }));
    }
    for (const pid_t child : children) EXPECT_EQ(exit_status(child), 0);
    const auto opened = Store::open(fresh, clock_);
    ASSERT_TRUE(opened) << to_line(opened.error());
    EXPECT_EQ((*opened)->list_datasets(tenant_, 10)->datasets.size(), 4U);
  }
}

#ifdef SLUICE_FAULT_POINTS
/// A child that creates a dataset and stalls at the fault point; returns once its store is open.
class StalledChild {
 public:
  template <typename Work>
  StalledChild(const std::string& fault_point, Work&& work) {
    if (::pipe(ready_) != 0) std::abort();
    pid_ = in_child([&] {
      work([&] {
        ::setenv("SLUICE_FAULT", (fault_point + ":delay_ms=60000").c_str(), 1);
        if (::write(ready_[1], "x", 1) != 1) ::_exit(1);
      });
    });
    char byte = 0;
    if (::read(ready_[0], &byte, 1) != 1) std::abort();
  }
  ~StalledChild() {
    ::kill(pid_, SIGKILL);
    exit_status(pid_);
    ::close(ready_[0]);
    ::close(ready_[1]);
  }

 private:
  int ready_[2] = {-1, -1};
  pid_t pid_ = -1;
};

TEST_F(ConcurrencyTest, DyingBeforeCommitLeavesNothing) {
  store_.reset();
  {
    const StalledChild child("metadata_before_commit", [&](const auto& opened) {
      const auto store = another();
      opened();
      static_cast<void>(create(*store, tenant_, "lost"));
    });
    const auto sessions = Sessions::open(url(), {}).value();
    Lease lease = sessions->lease().value();
    *lease << "PRAGMA busy_timeout = 0";
    bool locked = false;
    while (!locked) {
      try {
        Transaction probe(sessions->engine(), *lease);
      } catch (const soci::soci_error& error) {
        locked = sessions->engine().classify(error).code == "metadata_locked";
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  store_ = another();
  EXPECT_TRUE(store_->list_datasets(tenant_, 10)->datasets.empty());
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 0);
  EXPECT_EQ(created("lost").table_name, "lost");
}

TEST_F(ConcurrencyTest, DyingAfterCommitLeavesEverything) {
  store_.reset();
  {
    const StalledChild child("metadata_after_commit", [&](const auto& opened) {
      const auto store = another();
      opened();
      static_cast<void>(create(*store, tenant_, "kept"));
    });
    const std::unique_ptr<Store> watching = another();
    while (watching->list_datasets(tenant_, 1)->datasets.empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  store_ = another();
  const DatasetPage page = store_->list_datasets(tenant_, 10).value();
  ASSERT_EQ(page.datasets.size(), 1U);
  EXPECT_EQ(page.datasets[0].dataset.name, "kept");
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 1);
}
#endif

TEST_F(ConcurrencyTest, WhatReturnedSurvivesAKill) {
  store_.reset();
  int acknowledged[2];
  ASSERT_EQ(::pipe(acknowledged), 0);
  const pid_t child = in_child([&] {
    const auto store = another();
    for (int i = 0; i < 100'000; ++i) {
      if (!create(*store, tenant_, "k")) ::_exit(1);
      if (::write(acknowledged[1], "x", 1) != 1) ::_exit(2);
    }
  });
  char bytes[25];
  std::int64_t seen = 0;
  while (seen < 25) {
    const ssize_t got = ::read(acknowledged[0], bytes, sizeof bytes);
    ASSERT_GT(got, 0);
    seen += got;
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(exit_status(child), 128 + SIGKILL);
  ::close(acknowledged[1]);
  for (ssize_t got = 1; got > 0;) {
    got = ::read(acknowledged[0], bytes, sizeof bytes);
    seen += std::max<ssize_t>(got, 0);
  }
  ::close(acknowledged[0]);
  store_ = another();
  const std::int64_t stored = store_->outbox_depth_and_oldest()->rows;
  EXPECT_GE(stored, seen);
  EXPECT_LE(stored, seen + 1);
  EXPECT_EQ(static_cast<std::int64_t>(store_->list_files(0)->size()), stored);
}

TEST_F(ConcurrencyTest, ReadersGoOnWhileAWriterHoldsTheLock) {
  const Dataset made = created("r");
  const auto sessions = Sessions::open(url(), {}).value();
  Lease writer = sessions->lease().value();
  Transaction transaction(sessions->engine(), *writer);
  // The writer is of this thread: who waited for it would wait in vain, and get an error.
  EXPECT_TRUE(store_->get_dataset(tenant_, made.id));
}

TEST_F(ConcurrencyTest, ASessionWhoseTransactionStayedOpenIsNotLentAgain) {
  const auto sessions = Sessions::open(url(), {.sessions_max = 1}).value();
  {
    Lease lease = sessions->lease().value();
    *lease << "BEGIN IMMEDIATE";  // As after a ROLLBACK that failed.
  }
  Lease lease = sessions->lease().value();
  EXPECT_NO_THROW(Transaction(sessions->engine(), *lease));
  EXPECT_TRUE(create(*store_, tenant_, "d")) << "its lock went with it";
}

TEST_F(ConcurrencyTest, ALeaseGivesUp) {
  const auto sessions = Sessions::open(url(), {.sessions_max = 2, .lease_wait_ms = 30}).value();
  {
    const Lease first = sessions->lease().value();
    const Lease second = sessions->lease().value();
    const Result<Lease> third = sessions->lease();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().kind, Errc::resource_exhausted);
    EXPECT_EQ(third.error().code, "metadata_pool_exhausted");
  }
  EXPECT_TRUE(sessions->lease());
}

}  // namespace
}  // namespace sluice::metadata
