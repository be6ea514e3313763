// Queries that run after their response, their results on disk, and whose they are. Real
// workers; the clock is set.
#include "query/runs/query_runs.h"

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "query/query_test_support.h"

namespace sluice::query {
namespace {

class QueryRunsTest : public QueryTest {
 protected:
  void SetUp() override {
    results_ = folder / "results";
    Result<std::unique_ptr<QueryRuns>> opened =
        QueryRuns::open(results_, *pool, clock_, {[] { return std::uint64_t{1} << 40U; }, 0});
    ASSERT_TRUE(opened) << to_line(opened.error());
    runs_ = std::move(*opened);
  }
  void TearDown() override { runs_.reset(); }

  static QueryRequest of(const std::string& tenant, const std::string& sql = "SELECT 1 AS a") {
    QueryRequest made = request(sql);
    made.owner = tenant;
    return made;
  }
  /// Asks until it is over.
  QueryRun ended(const QueryRun& run) {
    for (;;) {
      const QueryRun now = runs_->find(run.tenant, run.id).value();
      if (now.status != RunStatus::queued && now.status != RunStatus::running) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  bool has_file(const QueryRun& run) const { return std::filesystem::exists(results_ / run.id); }

  std::filesystem::path results_;
  FakeClock clock_;
  std::unique_ptr<QueryRuns> runs_;
};

TEST_F(QueryRunsTest, runs_after_the_response_over_tables_that_are_chosen_then) {
  const auto choose = [](const QueryRequest& asked, const std::stop_token&) {
    return Result<QueryTables>(QueryTables{asked.tables});
  };
  QueryRequest later = of("a", "SELECT count(*) FROM dataset");
  const QueryRun run = ended(runs_->start(later, "", choose).value());
  EXPECT_EQ(run.status, RunStatus::done);
  EXPECT_EQ(run.tail.row_count, 1);
  EXPECT_TRUE(has_file(run));

  const auto refuse = [](const QueryRequest&, const std::stop_token&) -> Result<QueryTables> {
    return fail(Errc::conflict, ErrorCode::from_outside("no_tables"), "There are none.");
  };
  const QueryRun refused = ended(runs_->start(later, "", refuse).value());
  EXPECT_EQ(refused.status, RunStatus::failed);
  EXPECT_EQ(refused.error->code, "no_tables");
  EXPECT_FALSE(has_file(refused));
}

TEST_F(QueryRunsTest, keeps_what_its_tables_read_until_it_has_ended) {
  const auto files = std::make_shared<int>(1);
  const std::weak_ptr<int> kept = files;
  const QueryRun run = runs_
                           ->start(of("a"), "",
                                   [files](const QueryRequest& asked, const std::stop_token&) {
                                     return Result<QueryTables>(QueryTables{asked.tables, files});
                                   })
                           .value();
  EXPECT_EQ(ended(run).status, RunStatus::done);
  EXPECT_EQ(kept.use_count(), 1) << "only this test's is left";
}

TEST_F(QueryRunsTest, what_cannot_run_does_not_wait) {
  const Result<QueryRun> longer = runs_->start(of("a", std::string(70'000, 'x')), "");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::query_too_large);
  EXPECT_EQ(runs_->start(of("a", "SELECT '\xff'"), "").error().code, Code::query_syntax);
  EXPECT_TRUE(runs_->list({"a"}).empty());
}

TEST_F(QueryRunsTest, what_throws_fails_that_run_alone) {
  const auto broken = [](const QueryRequest&, const std::stop_token&) -> Result<QueryTables> {
    throw std::runtime_error("out of range");
  };
  // More than there are threads, so that one that died would be missed.
  for (std::size_t i = 0; i < async_queries_max + 1; ++i) {
    const QueryRun run = ended(runs_->start(of("a"), "", broken).value());
    EXPECT_EQ(run.status, RunStatus::failed);
    ASSERT_TRUE(run.error);
    EXPECT_EQ(run.error->code, "internal_error");
    EXPECT_FALSE(run.has_result);
  }
  EXPECT_EQ(ended(runs_->start(of("a"), "").value()).status, RunStatus::done);
}

TEST_F(QueryRunsTest, stopping_cancels_what_is_being_prepared) {
  std::promise<void> begun;
  const auto waits = [&begun](const QueryRequest&,
                              const std::stop_token& stop) -> Result<QueryTables> {
    begun.set_value();
    while (!stop.stop_requested()) std::this_thread::yield();
    return fail(work_stopped());
  };
  const QueryRun run = runs_->start(of("a"), "", waits).value();
  begun.get_future().wait();
  runs_->stop();
  EXPECT_EQ(ended(run).status, RunStatus::cancelled);
}

/// With a thousand tenants the end of each query of one would look at all others' under the lock.
TEST_F(QueryRunsTest, the_end_of_a_query_looks_at_its_own_tenant_alone) {
  const QueryRun of_b = ended(runs_->start(of("b"), "").value());
  ASSERT_TRUE(has_file(of_b));
  clock_.advance_us(async_result_kept_us + 1);
  const std::string id = runs_->began(of("a"), "");
  runs_->ended(TenantId{"a"}, id, AnswerTail{1, false}, 10);
  EXPECT_TRUE(has_file(of_b));
  EXPECT_EQ(runs_->find(TenantId{"b"}, of_b.id)->has_result, false);
  EXPECT_FALSE(has_file(of_b)) << "it is old, and its own tenant asked";
}

TEST_F(QueryRunsTest, keeps_the_last_results_of_a_tenant) {
  std::vector<QueryRun> all;
  for (std::size_t i = 0; i < async_results_max + 2; ++i) {
    all.push_back(ended(runs_->start(of("a"), "").value()));
    clock_.advance_us(1'000);
  }
  EXPECT_EQ(runs_->list(TenantId{"a"}).size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(has_file(all[i]), i >= 2) << i;
  EXPECT_TRUE(runs_->list(TenantId{"b"}).empty());
  EXPECT_EQ(runs_->find(TenantId{"b"}, all[5].id).error().code, "query_not_found");
}

}  // namespace
}  // namespace sluice::query
