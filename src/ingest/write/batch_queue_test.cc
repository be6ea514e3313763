// Batches on their way from several threads into a real engine.
#include "ingest/write/batch_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error_codes.h"
#include "duckdb/database.h"
#include "ingest/write/column_builder.h"

namespace sluice::ingest {
namespace {

const ValueType bigint{ValueType::Kind::bigint, 0, 0, {}};

ArrowArray batch(std::int64_t first, std::size_t rows) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(bigint);
  for (std::size_t i = 0; i < rows; ++i) {
    columns[0].append_integer(first + static_cast<std::int64_t>(i));
  }
  return record_batch(columns, rows);
}

class BatchQueueTest : public testing::Test {
 protected:
  /// What the engine gives for SQL over `queue`: its first number, or the error's text.
  std::string ask(BatchQueue& queue, const std::string& sql) {
    const Result<void> scanned = connection_.scan_arrow("batches", queue.stream());
    if (!scanned) return scanned.error().detail;
    Result<duckdb::QueryResult> result = connection_.query(sql);
    return result ? result->rows_as_text().at(0).at(0).value_or("NULL") : result.error().detail;
  }
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 2}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();
};

TEST_F(BatchQueueTest, BatchesComeInOrderWhoeverMakesThem) {
  constexpr std::uint64_t batches = 400;
  BatchQueue queue({{"n", bigint}}, 3);
  std::atomic<std::uint64_t> next{0};
  std::vector<std::jthread> producers;
  for (int i = 0; i < 4; ++i) {
    producers.emplace_back([&] {
      for (std::uint64_t number = next++; number < batches; number = next++) {
        // An empty one now and then, which only keeps the numbering whole.
        const std::size_t rows = number % 7 == 0 ? 0 : 10;
        EXPECT_TRUE(queue.push(number, batch(static_cast<std::int64_t>(number) * 10, rows)));
      }
    });
  }
  queue.end(batches);
  EXPECT_EQ(ask(queue,
                "CREATE TABLE t AS FROM batches; SELECT count(*) || ' ' || sum(n) || ' ' || "
                "bool_and(up) FROM (SELECT n, n > coalesce(lag(n) OVER (ORDER BY rowid), -1) AS up "
                "FROM t)"),
            "3420 6838290 true");
}

TEST_F(BatchQueueTest, NoMoreWaitThanMay) {
  BatchQueue queue({{"n", bigint}}, 2);
  std::atomic<int> pushed{0};
  std::jthread producer([&] {
    for (std::uint64_t number = 0; number < 5; ++number) {
      EXPECT_TRUE(queue.push(number, batch(static_cast<std::int64_t>(number), 1)));
      ++pushed;
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(pushed, 3) << "the one that is wanted and two ahead";
  queue.end(5);
  EXPECT_EQ(ask(queue, "SELECT sum(n) FROM batches"), "10");
}

TEST_F(BatchQueueTest, AFailureReachesBothSidesAndTheFirstOneStays) {
  BatchQueue queue({{"n", bigint}}, 1);
  EXPECT_TRUE(queue.push(0, batch(0, 1)));
  std::atomic<bool> refused{false};
  std::jthread producer([&] { refused = !queue.push(9, batch(9, 1)); });
  queue.fail_with({Errc::unprocessable, BaseCode::cancelled, "Line 7 is torn.", {}});
  queue.fail_with({Errc::internal, BaseCode::disk_full, "Later.", {}});
  producer.join();
  EXPECT_TRUE(refused) << "whoever waits for a place is let go";
  EXPECT_FALSE(queue.push(1, batch(1, 1)));
  EXPECT_NE(ask(queue, "SELECT sum(n) FROM batches").find("Line 7 is torn."), std::string::npos);
  EXPECT_EQ(queue.error()->detail, "Line 7 is torn.");
}

TEST_F(BatchQueueTest, WhereThereIsNoRoomNoBatchIsGivenAway) {
  BatchQueue queue({{"n", bigint}}, 2);
  int asked = 0;
  queue.check_before_batches([&asked](std::uint64_t) -> Result<void> {
    if (++asked < 2) return {};
    return fail(Errc::resource_exhausted, BaseCode::disk_full, "The disk is full.");
  });
  EXPECT_TRUE(queue.push(0, batch(0, 1)));
  EXPECT_TRUE(queue.push(1, batch(1, 1)));
  queue.end(2);
  EXPECT_NE(ask(queue, "SELECT sum(n) FROM batches").find("The disk is full."), std::string::npos);
  EXPECT_EQ(queue.error()->code, "disk_full");
  EXPECT_FALSE(queue.push(2, batch(2, 1)));
}

/// Under a sanitizer what is left behind shows.
TEST_F(BatchQueueTest, BatchesThatNobodyTookAreReleased) {
  BatchQueue queue({{"n", bigint}}, 5);
  EXPECT_TRUE(queue.push(0, batch(0, 1)));
  EXPECT_TRUE(queue.push(3, batch(3, 100)));
  queue.end(1);
  EXPECT_EQ(ask(queue, "SELECT sum(n) FROM batches"), "0");
}

}  // namespace
}  // namespace sluice::ingest
