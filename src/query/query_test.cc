// Queries through the pool: deadlines, limits, fairness, errors. Real workers, many at once.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "base/sql_text.h"
#include "query/host/worker_process.h"
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

using std::chrono::milliseconds;

constexpr const char* endless = "SELECT count(*) FROM range(1000000000000) a, range(1000000000) b";

template <typename Condition>
bool soon(Condition condition) {
  for (int tries = 0; tries < 500; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST_F(QueryTest, ends_an_endless_query_at_the_deadline) {
  // Neither ends by itself within a day, so that it ends at all is the deadline's doing. The second
  // hears no interrupt.
  for (const char* sql :
       {endless, "SELECT levenshtein(repeat('a', 3000000), repeat('b', 3000000))"}) {
    QueryRequest late = request(sql);
    late.deadline = milliseconds(300);
    const Result<QueryAnswer> answer = pool->run(late);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "query_deadline");
    EXPECT_EQ(answer.error().kind, Errc::deadline_exceeded);
    EXPECT_TRUE(soon([] { return pool->status().running == 0; })) << "its place is free again";
  }
}

TEST_F(QueryTest, survives_memory_bombs) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "A sanitizer's shadow needs the address space that the limit forbids";
#endif
  for (const char* sql :
       {"SELECT length(format('{:>1000000000}', 'x'))", "SELECT length(repeat('x', 4000000000))",
        "SELECT list(i) FROM range(1000000000) t(i)",
        "SELECT count(*) FROM (SELECT DISTINCT i::VARCHAR FROM range(1000000000) t(i))"}) {
    QueryRequest bomb = request(sql);
    bomb.memory_bytes = 128UL << 20U;
    const Result<QueryAnswer> answer = pool->run(bomb);
    ASSERT_FALSE(answer) << sql;
    EXPECT_EQ(answer.error().code, "query_memory") << sql << " → " << to_line(answer.error());
  }
  EXPECT_EQ(rows("SELECT 1"), "[[1]]");
}

TEST_F(QueryTest, limits_rows) {
  const Result<QueryAnswer> open = run("SELECT * FROM range(20000)");
  ASSERT_TRUE(open);
  EXPECT_EQ(open->tail.row_count, 10'000);
  EXPECT_TRUE(open->tail.truncated);
  const Result<QueryAnswer> exact = run("SELECT * FROM range(10000)");
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->tail.row_count, 10'000);
  EXPECT_FALSE(exact->tail.truncated);
  const Result<QueryAnswer> asked = run("SELECT * FROM range(200000) LIMIT 20000");
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->tail.row_count, 20'000);
  EXPECT_FALSE(asked->tail.truncated);
  const Result<QueryAnswer> beyond = run("SELECT * FROM range(200000) LIMIT 150000");
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->tail.row_count, 100'000);
  EXPECT_TRUE(beyond->tail.truncated);
  const Result<QueryAnswer> inner = run("SELECT * FROM (SELECT * FROM range(50000) LIMIT 30000)");
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->tail.row_count, 10'000);
  EXPECT_TRUE(inner->tail.truncated);
  EXPECT_EQ(rows("SELECT * FROM dataset WHERE false"), "[]");
}

TEST_F(QueryTest, limits_bytes) {
  QueryRequest wide = request("SELECT repeat('x', 1000) FROM range(5000)");
  wide.result_bytes_max = 100'000;
  const Result<QueryAnswer> answer = pool->run(wide);
  ASSERT_TRUE(answer) << to_line(answer.error());
  EXPECT_TRUE(answer->tail.truncated);
  EXPECT_LE(answer->rows.size(), 100'000U);
  EXPECT_EQ(answer->tail.row_count, 99);
  EXPECT_EQ(answer->rows.back(), ']');
  wide.sql = "SELECT repeat('x', 200000)";
  const Result<QueryAnswer> one = pool->run(wide);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, "query_too_large");
}

TEST_F(QueryTest, keeps_the_order) {
  EXPECT_EQ(rows("SELECT id FROM dataset ORDER BY id DESC LIMIT 3"), "[[6],[5],[4]]");
}

TEST_F(QueryTest, stops_when_cancelled) {
  std::stop_source stop;
  const std::jthread canceller([&stop] {
    soon([] { return pool->status().running == 1; });
    stop.request_stop();
  });
  const Result<QueryAnswer> answer = pool->run(request(endless), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "query_cancelled");
}

TEST_F(QueryTest, says_what_is_wrong_without_our_paths) {
  EXPECT_TRUE(refusal("SELECT 'x'::INTEGER").starts_with("query_failed: Could not convert"));
  EXPECT_TRUE(refusal("SELECT error('mine')").starts_with("query_failed"));
  std::ofstream(folder / "broken.parquet") << "no parquet here";
  QueryRequest broken = request("SELECT 1");
  broken.tables[0].files = {folder / "broken.parquet"};
  const Result<QueryAnswer> answer = pool->run(broken);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().detail.find("/proc"), std::string::npos) << answer.error().detail;
}

/// The engine itself names no columns where the table has an alias.
TEST_F(QueryTest, names_near_columns_behind_an_alias_too) {
  const Result<QueryAnswer> answer = run("SELECT o.amonut FROM dataset o");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().remedy.find("\"amount\""), std::string::npos) << to_line(answer.error());
}

TEST_F(QueryTest, runs_fifty_at_once) {
  std::atomic<int> passed = 0;
  std::vector<std::jthread> threads;
  // Three run: one place of four is left for other owners.
  Result<std::unique_ptr<WorkerPool>> busy = WorkerPool::start({.queue_max = 47});
  ASSERT_TRUE(busy);
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&, i] {
      const Result<QueryAnswer> answer =
          (*busy)->run(request("SELECT count(*) + " + std::to_string(i) + " FROM dataset"));
      if (answer && answer->rows == "[[" + std::to_string(6 + i) + "]]") ++passed;
      if (!answer) ADD_FAILURE() << to_line(answer.error());
    });
  }
  threads.clear();
  EXPECT_EQ(passed, 50);
}

TEST_F(QueryTest, refuses_when_the_queue_is_full) {
  Result<std::unique_ptr<WorkerPool>> small =
      WorkerPool::start({.warm = 1, .concurrent_max = 1, .queue_max = 2, .queue_owner_max = 1});
  ASSERT_TRUE(small);
  std::stop_source stop;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back(
        [&] { static_cast<void>((*small)->run(request(endless), stop.get_token())); });
  }
  ASSERT_TRUE(soon([&] {
    const PoolStatus status = (*small)->status();
    return status.running == 1 && status.queued == 1;
  }));
  const Result<QueryAnswer> third = (*small)->run(request("SELECT 1"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, "query_queue_full");
  EXPECT_EQ(third.error().kind, Errc::resource_exhausted);
  // The others have a line of their own.
  QueryRequest others = request("SELECT 1");
  others.owner = "others";
  others.deadline = milliseconds(50);
  EXPECT_EQ((*small)->run(others).error().code, "query_deadline");
  stop.request_stop();
}

TEST_F(QueryTest, one_owner_leaves_a_place_for_others) {
  Result<std::unique_ptr<WorkerPool>> own = WorkerPool::start({});
  ASSERT_TRUE(own);
  std::stop_source stop;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back(
        [&] { static_cast<void>((*own)->run(request(endless), stop.get_token())); });
  }
  ASSERT_TRUE(soon([&] {
    const PoolStatus status = (*own)->status();
    return status.running == 3 && status.queued == 37;
  }));
  QueryRequest others = request("SELECT 1");
  others.owner = "others";
  EXPECT_TRUE((*own)->run(others));
  // What a slow reader takes holds no place.
  Result<QueryStream> large = (*own)->open(request("SELECT * FROM range(10000000)"),
                                           {stop.get_token(), (*own)->places().try_take("others")});
  ASSERT_TRUE(large) << to_line(large.error());
  EXPECT_FALSE((*own)->places().try_take("third"));
  large->give_place_back();
  EXPECT_TRUE((*own)->places().try_take("third"));
  EXPECT_TRUE(large->next());
  stop.request_stop();
}

TEST_F(QueryTest, leaves_no_process_behind) {
  const auto warm = [] { return pool->status().idle == 2 && pool->status().running == 0; };
  ASSERT_TRUE(soon(warm));
  const std::size_t before = count_children();
  {
    Result<std::unique_ptr<WorkerPool>> own = WorkerPool::start({});
    ASSERT_TRUE(own);
    ASSERT_TRUE((*own)->run(request("SELECT 1")));
    const std::jthread running([&] { static_cast<void>((*own)->run(request(endless))); });
    ASSERT_TRUE(soon([&] { return (*own)->status().running == 1; }));
    own->reset();  // Cancels what runs.
  }
  EXPECT_EQ(count_children(), before);
}

TEST_F(QueryTest, replaces_a_worker_that_died_waiting) {
  ASSERT_TRUE(soon([] { return pool->status().idle == 2; }));
  kill_children();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(rows("SELECT 1"), "[[1]]");
}

TEST_F(QueryTest, says_that_no_worker_can_be_started) {
  Result<std::unique_ptr<WorkerPool>> broken =
      WorkerPool::start({.worker_binary = "/nowhere/sluice"});
  ASSERT_TRUE(broken);
  const Result<QueryAnswer> answer = (*broken)->run(request("SELECT 1"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "query_worker_unavailable");
}

TEST_F(QueryTest, workers_die_with_the_thread_that_started_them) {
  pid_t pid = -1;
  std::optional<WorkerProcess> worker;
  std::thread([&] {
    Result<WorkerProcess> spawned = WorkerProcess::spawn("/proc/self/exe", {"query-worker"});
    ASSERT_TRUE(spawned);
    pid = spawned->pid();
    worker.emplace(std::move(*spawned));
    // Long enough for the worker to have asked for the signal.
    std::this_thread::sleep_for(milliseconds(500));
    ASSERT_TRUE(worker->is_alive());
  }).join();
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(soon([&] { return !worker->is_alive(); }));
}

TEST_F(QueryTest, workers_are_locked_in) {
  std::jthread running([] {
    QueryRequest busy = request(endless);
    busy.deadline = milliseconds(1'500);
    static_cast<void>(pool->run(busy));
  });
  std::string found;
  ASSERT_TRUE(soon([&] {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream list(task.path() / "children");
      for (int pid = 0; list >> pid;) {
        std::ifstream status("/proc/" + std::to_string(pid) + "/status");
        const std::string text{std::istreambuf_iterator<char>(status), {}};
        if (text.find("Seccomp:\t2") != std::string::npos) found = text;
      }
    }
    return !found.empty();
  }));
  EXPECT_NE(found.find("NoNewPrivs:\t1"), std::string::npos);
  if (::geteuid() == 0) {
    EXPECT_NE(found.find("Uid:\t65534\t65534\t65534"), std::string::npos) << found;
  }
}

/// Prints, and asserts nothing: SLUICE_MEASURE=1 query_test --gtest_filter='*latency'.
TEST_F(QueryTest, measures_latency) {
  if (std::getenv("SLUICE_MEASURE") == nullptr) GTEST_SKIP();
  const std::string file = (folder / "million.parquet").string();
  make(
      "COPY (SELECT i AS id, 'name ' || i AS name, i % 100 AS code, i * 0.25::DOUBLE AS price, "
      "DATE '2020-01-01' + (i % 1000)::INTEGER AS day, md5(i::VARCHAR) AS hash FROM range(1000000) "
      "t(i)) TO " +
      quote_literal(file) + " (FORMAT parquet)");
  for (const char* sql : {"SELECT * FROM dataset LIMIT 10",
                          "SELECT code, count(*), sum(price) FROM dataset GROUP BY code"}) {
    std::vector<std::int64_t> taken;
    for (int i = 0; i < 7; ++i) {
      QueryRequest ask = request(sql);
      ask.tables = {{{"dataset"}, {DataFile(file)}, "SELECT * FROM source"}};
      ASSERT_TRUE(soon([] { return pool->status().idle == 2; }));
      std::this_thread::sleep_for(milliseconds(100));
      const Result<QueryAnswer> answer = pool->run(ask);
      ASSERT_TRUE(answer) << to_line(answer.error());
      taken.push_back(answer->elapsed.count());
    }
    std::sort(taken.begin(), taken.end());
    std::printf("p50 %lld us, max %lld us: %s\n", static_cast<long long>(taken[3]),
                static_cast<long long>(taken.back()), sql);
  }
}

/// The same, of what choosing the tables adds to a query.
TEST_F(QueryTest, measures_parse_latency) {
  if (std::getenv("SLUICE_MEASURE") == nullptr) GTEST_SKIP();
  using Clock = std::chrono::steady_clock;
  const auto report = [](const char* what, std::vector<std::int64_t> taken) {
    std::sort(taken.begin(), taken.end());
    std::printf("p50 %lld us, p95 %lld us: %s\n", static_cast<long long>(taken[taken.size() / 2]),
                static_cast<long long>(taken[taken.size() * 95 / 100]), what);
  };
  std::vector<std::int64_t> known;
  std::vector<std::int64_t> fresh;
  std::vector<std::int64_t> run_known;
  std::vector<std::int64_t> run_fresh;
  std::vector<std::int64_t> both_fresh;
  const auto timed = [](std::vector<std::int64_t>& into, const auto& work) {
    const auto began = Clock::now();
    ASSERT_TRUE(work());
    into.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began).count());
  };
  const auto parse = [](const std::string& sql) {
    return pool->parse("", sql, std::chrono::seconds(30)).has_value();
  };
  const std::string same = "SELECT id, region FROM dataset WHERE id = 1";
  ASSERT_TRUE(run(same));
  for (int i = 0; i < 300; ++i) {
    const std::string next = "SELECT id, region FROM dataset WHERE id < " + std::to_string(i);
    const std::string other = "SELECT id, region FROM dataset WHERE id > " + std::to_string(i);
    timed(run_known, [&] { return run(same).has_value(); });
    timed(known, [&] { return parse(same); });
    timed(fresh, [&] { return parse("FROM dataset LIMIT " + std::to_string(i)); });
    timed(run_fresh, [&] { return run(next).has_value(); });
    timed(both_fresh, [&] { return parse(other) && run(other).has_value(); });
  }
  report("run a statement again", run_known);
  report("parse a statement that ran", known);
  report("parse a new one", fresh);
  report("run a new one", run_fresh);
  report("parse and run a new one", both_fresh);
  std::vector<std::int64_t> first;
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(soon([] { return pool->status().idle == 2; }));
    timed(first, [&] {
      return pool->parse("owner " + std::to_string(i), same, std::chrono::seconds(30)).has_value();
    });
  }
  report("parse as an owner's first", first);
}

}  // namespace
}  // namespace sluice::query
