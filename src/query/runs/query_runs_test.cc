#include "query/runs/query_runs.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "base/clock.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

class QueryRunsTest : public QueryTest {
 protected:
  std::unique_ptr<QueryRuns> open() {
    const storage::DiskBudget budget{
        []() -> Result<std::uint64_t> { return std::uint64_t{1} << 40U; }, 0};
    return QueryRuns::open(results_.path(), *pool, clock_, budget).value();
  }
  static QueryRequest asked(std::function<Result<void>(const std::stop_token&)> prepare) {
    QueryRequest wanted = request("SELECT 1 AS one");
    wanted.owner = "t1";
    wanted.prepare = [prepare = std::move(prepare)](QueryRequest&, const std::stop_token& stop) {
      return prepare(stop);
    };
    return wanted;
  }
  /// As it is once it is over; ctest's timeout ends a run that never is.
  static QueryRun over(QueryRuns& runs, const std::string& id) {
    for (;;) {
      QueryRun run = runs.find(TenantId{"t1"}, id).value();
      if (run.status != RunStatus::queued && run.status != RunStatus::running) return run;
      std::this_thread::yield();
    }
  }

  const SystemClock clock_;
  const ScopedPath results_{folder / ("runs-" + random_hex(4))};
};

TEST_F(QueryRunsTest, WhatThrowsFailsThatRunAlone) {
  const auto runs = open();
  const auto throws = [](const std::stop_token&) -> Result<void> {
    throw std::runtime_error("out of range");
  };
  // More than there are threads, so that one that died would be missed.
  for (std::size_t i = 0; i < async_queries_max + 1; ++i) {
    const QueryRun run = over(*runs, runs->start(asked(throws), "").value().id);
    EXPECT_EQ(run.status, RunStatus::failed);
    ASSERT_TRUE(run.error);
    EXPECT_EQ(run.error->code, "internal_error");
    EXPECT_FALSE(run.has_result);
  }
  const auto passes = [](const std::stop_token&) -> Result<void> { return {}; };
  const QueryRun run = over(*runs, runs->start(asked(passes), "").value().id);
  EXPECT_EQ(run.status, RunStatus::done) << (run.error ? to_line(*run.error) : "");
}

TEST_F(QueryRunsTest, StoppingCancelsWhatIsBeingPrepared) {
  const auto runs = open();
  std::promise<void> begun;
  const auto waits = [&begun](const std::stop_token& stop) -> Result<void> {
    begun.set_value();
    while (!stop.stop_requested()) std::this_thread::yield();
    return fail(work_stopped());
  };
  const std::string id = runs->start(asked(waits), "").value().id;
  begun.get_future().wait();
  runs->stop();
  EXPECT_EQ(over(*runs, id).status, RunStatus::cancelled);
}

}  // namespace
}  // namespace sluice::query
