// Delta tables in a temporary folder, made by real workers; delta_check.py reads them with
// another implementation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "duckdb/database.h"
#include "lakehouse/local/local_lakehouse.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse {
namespace {

namespace fs = std::filesystem;

class LocalLakehouseTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(create_folders(root_)); }
  void TearDown() override { fs::remove_all(root_); }

  /// A Parquet file of these rows, as an upload would leave it, and the request for it.
  TableRequest landed(std::int64_t version, const std::string& select, fs::path& path,
                      const std::vector<Column>& columns = {{"id", "ID", "BIGINT", ""},
                                                            {"a", "a", "VARCHAR", ""},
                                                            {"at", "at", "TIMESTAMP", ""}}) {
    duckdb::Database database =
        duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
            .value();
    duckdb::Connection connection = database.connect().value();
    TableRequest request{TenantId{"x"}, "d-1", version, "", "sales", columns};
    path = lakehouse_->landing_path(request).value();
    const auto copied = connection.query("COPY (" + select + ") TO " +
                                         quote_literal(path.string()) + " (FORMAT parquet)");
    EXPECT_TRUE(copied) << copied.error().detail;
    request.sha256 = sha256_file_hex(path).value();
    plan_ = medallion::make_plan(connection, "read_parquet(" + quote_literal(path.string()) + ")",
                                 request.columns)
                .value();
    return request;
  }

  /// Files that are to become tables, of any process.
  std::ptrdiff_t landed_files() const {
    const fs::recursive_directory_iterator all(root_ / "landing");
    return std::count_if(begin(all), end(all), [](const fs::directory_entry& entry) {
      return entry.path().extension() == ".part";
    });
  }

  std::size_t commits(const char* schema, const char* table) {
    const fs::path log = root_ / "catalog_tenant_x" / schema / table / "_delta_log";
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(log), {}));
  }

  const std::string rows_ =
      "SELECT * FROM (VALUES (1::BIGINT, '7', TIMESTAMP '2025-01-01 00:00:00'), (1, '7', "
      "TIMESTAMP '2025-01-01 00:00:00'), (2, '8', NULL)) t(id, a, \"at\")";
  fs::path root_ = fs::temp_directory_path() / ("sluice-lakehouse-" + random_hex(4));
  static sandbox::ForkServer& workers() {
    static const auto all = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
    return *all;
  }
  std::unique_ptr<Lakehouse> lakehouse_ = LocalLakehouse::open(root_, workers()).value();
  medallion::Plan plan_;
};

TEST_F(LocalLakehouseTest, BronzeAndSilverAndAgainTheSame) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  for (int round = 0; round < 2; ++round) {
    if (round == 1) std::ofstream(path) << "a second delivery";
    const TableState bronze = lakehouse_->load_bronze(request, path).value();
    EXPECT_EQ(bronze.table, "catalog_tenant_x.bronze.sales");
    EXPECT_EQ(bronze.kind, "external");
    EXPECT_EQ(bronze.row_count, 3);
    const SilverState silver = lakehouse_->load_silver(request, plan_).value();
    EXPECT_EQ(silver.silver.table, "catalog_tenant_x.silver.sales_clean");
    EXPECT_EQ(silver.silver.row_count, 2);
    EXPECT_EQ(silver.duplicates_removed, 1);
    EXPECT_EQ(silver.rows_quarantined, 0);
    EXPECT_FALSE(fs::exists(path));
  }
  EXPECT_EQ(commits("bronze", "sales"), 1U);
  EXPECT_EQ(commits("silver", "sales_clean"), 1U);
}

TEST_F(LocalLakehouseTest, ARebuildMendsATableWhoseFileHasOtherBytes) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  const std::string good = read_file(path).value();
  const TableState first = lakehouse_->load_bronze(request, path).value();
  ASSERT_TRUE(lakehouse_->load_silver(request, plan_));
  std::ofstream(fs::path(first.location) / first.data_file) << std::string(good.size(), 'x');
  EXPECT_TRUE(lakehouse_->find_bronze(request).value());

  request.rebuild = true;
  EXPECT_FALSE(lakehouse_->find_bronze(request).value());
  path = lakehouse_->landing_path(request).value();
  std::ofstream(path) << good;
  const TableState again = lakehouse_->load_bronze(request, path).value();
  EXPECT_EQ(sha256_file_hex(fs::path(again.location) / again.data_file).value(), request.sha256);
  EXPECT_EQ(again.row_count, 3);
  EXPECT_EQ(lakehouse_->load_silver(request, plan_)->silver.row_count, 2);
  EXPECT_EQ(commits("silver", "sales_clean"), 2U);
}

TEST_F(LocalLakehouseTest, AStopEndsTheWorkAndLeavesNothing) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  std::stop_source source;
  request.stop = source.get_token();
  source.request_stop();
  EXPECT_EQ(lakehouse_->load_silver(request, plan_).error().kind, Errc::cancelled);
  EXPECT_EQ(landed_files(), 0);
  EXPECT_TRUE(fs::is_empty(root_ / "spill"));
  EXPECT_FALSE(lakehouse_->find_table(request.tenant, Layer::silver, "sales").value());
}

TEST_F(LocalLakehouseTest, TheLandedFileIsTheTablesFileUnchanged) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  const TableState bronze = lakehouse_->load_bronze(request, path).value();
  EXPECT_EQ(sha256_file_hex(fs::path(bronze.location) / bronze.data_file).value(), request.sha256);
}

TEST_F(LocalLakehouseTest, ANewVersionReplacesAndThePreviousFileStaysForItsReaders) {
  fs::path path;
  const TableRequest first = landed(1, rows_, path);
  const TableState one = lakehouse_->load_bronze(first, path).value();
  const TableRequest second = landed(2, rows_ + " WHERE id = 2", path);
  const TableState two = lakehouse_->load_bronze(second, path).value();
  EXPECT_EQ(two.row_count, 1);
  EXPECT_TRUE(fs::exists(fs::path(one.location) / one.data_file));
  const TableRequest third = landed(3, rows_ + " LIMIT 0", path);
  EXPECT_EQ(lakehouse_->load_bronze(third, path).value().row_count, 0);
  EXPECT_FALSE(fs::exists(fs::path(one.location) / one.data_file));
  // Silver of a version that bronze does not hold any more is refused, not made of other rows.
  EXPECT_EQ(lakehouse_->load_silver(first, plan_).error().code, "newer_version_loaded");
}

TEST_F(LocalLakehouseTest, QuarantineAppearsAndGoes) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  medallion::Plan strict = plan_;
  strict.columns[1].type = "DATE";
  const SilverState state = lakehouse_->load_silver(request, strict).value();
  EXPECT_EQ(state.rows_quarantined, 3);
  EXPECT_EQ(state.silver.row_count, 0);
  EXPECT_EQ(state.duplicates_removed, 0);
  ASSERT_TRUE(state.quarantine);
  EXPECT_EQ(state.quarantine->columns.back().name, "_reason");
  const SilverState better = lakehouse_->load_silver(request, plan_).value();
  EXPECT_EQ(better.rows_quarantined, 0);
  EXPECT_FALSE(better.quarantine);
}

TEST_F(LocalLakehouseTest, ConcurrentCallsLeaveOneCommit) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  std::vector<fs::path> copies;
  for (int i = 0; i < 4; ++i) {
    copies.push_back(lakehouse_->landing_path(request).value());
    fs::copy_file(path, copies.back());
  }
  {
    std::vector<std::jthread> threads;
    for (const fs::path& copy : copies) {
      threads.emplace_back([&, copy] { EXPECT_TRUE(lakehouse_->load_bronze(request, copy)); });
    }
  }
  EXPECT_EQ(commits("bronze", "sales"), 1U);
}

TEST_F(LocalLakehouseTest, AnotherDatasetsTableAndBadNamesAreRefused) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  request.dataset_id = "d-2";
  EXPECT_EQ(lakehouse_->find_bronze(request).error().code, "table_of_another_dataset");
  for (const char* name : {"../x", "A", "", "a b", "a.b"}) {
    request.table_name = name;
    EXPECT_EQ(lakehouse_->drop_tables(request).error().code, "bad_table_name") << name;
  }
  request.table_name = "sales";
  request.tenant.value = "../y";
  EXPECT_EQ(lakehouse_->drop_tables(request).error().code, "bad_table_name");
}

TEST_F(LocalLakehouseTest, AnotherDatasetsTablesAreNotDropped) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  ASSERT_TRUE(lakehouse_->load_silver(request, plan_));
  TableRequest theirs = request;
  theirs.dataset_id = "d-2";
  EXPECT_EQ(lakehouse_->drop_tables(theirs).error().code, "table_of_another_dataset");
  // What is damaged can be dropped, which is what its error advises; but by its owner only.
  const fs::path log = root_ / "catalog_tenant_x/bronze/sales/_delta_log";
  std::ofstream(log / "00000000000000000001.json") << R"({"add": {"pa)";
  ASSERT_FALSE(lakehouse_->find_bronze(request));
  EXPECT_EQ(lakehouse_->drop_tables(theirs).error().code, "table_of_another_dataset");
  EXPECT_TRUE(fs::exists(log));
  EXPECT_TRUE(lakehouse_->drop_tables(request));
  EXPECT_FALSE(fs::exists(log));
}

TEST_F(LocalLakehouseTest, DroppingTwiceIsFine) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  ASSERT_TRUE(lakehouse_->load_silver(request, plan_));
  EXPECT_TRUE(lakehouse_->drop_tables(request));
  EXPECT_TRUE(lakehouse_->drop_tables(request));
  EXPECT_FALSE(lakehouse_->find_bronze(request).value());
}

TEST_F(LocalLakehouseTest, AFileThatIsNotTheOneAskedForIsRefused) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  std::ofstream(path, std::ios::app) << "x";
  EXPECT_EQ(lakehouse_->load_bronze(request, path).error().code, "landed_file_damaged");
  EXPECT_FALSE(lakehouse_->find_bronze(request).value());
}

TEST_F(LocalLakehouseTest, WhatACrashLeavesIsSweptByTheNextVersion) {
  fs::path path;
  const TableRequest first = landed(1, rows_, path);
  const TableState one = lakehouse_->load_bronze(first, path).value();
  const fs::path folder = one.location;
  // A data file published but not committed, a commit written but not linked, and a file of
  // somebody else.
  std::ofstream(folder / "sluice-v2-00000000.parquet") << "uncommitted";
  std::ofstream(folder / "_delta_log" / ".commit-0.part") << "{";
  std::ofstream(folder / "notes.parquet") << "theirs";
  EXPECT_EQ(lakehouse_->find_bronze(first).value()->data_file, one.data_file);
  const TableRequest second = landed(2, rows_ + " WHERE id = 2", path);
  ASSERT_TRUE(lakehouse_->load_bronze(second, path));
  EXPECT_FALSE(fs::exists(folder / "sluice-v2-00000000.parquet"));
  EXPECT_FALSE(fs::exists(folder / "_delta_log" / ".commit-0.part"));
  EXPECT_TRUE(fs::exists(folder / "notes.parquet"));
}

TEST_F(LocalLakehouseTest, AMissingDataFileIsMadeAgain) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  const TableState one = lakehouse_->load_bronze(request, path).value();
  fs::copy_file(fs::path(one.location) / one.data_file, path);
  fs::remove(fs::path(one.location) / one.data_file);
  EXPECT_FALSE(lakehouse_->find_bronze(request).value());
  EXPECT_EQ(lakehouse_->load_bronze(request, path).value().row_count, 3);
  EXPECT_EQ(commits("bronze", "sales"), 2U);
}

TEST_F(LocalLakehouseTest, FindTableTellsWhatIsThere) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  EXPECT_FALSE(lakehouse_->find_table(request.tenant, Layer::bronze, "sales").value());
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  const TableState bronze =
      lakehouse_->find_table(request.tenant, Layer::bronze, "sales").value().value();
  EXPECT_EQ(bronze.version, 1);
  EXPECT_EQ(bronze.sha256, request.sha256);
  ASSERT_EQ(bronze.columns.size(), 3U);
  EXPECT_EQ(bronze.columns[0].original, "ID");
  EXPECT_EQ(bronze.columns[2].type, "TIMESTAMP");
  EXPECT_FALSE(lakehouse_->find_table(request.tenant, Layer::quarantine, "sales").value());
}

TEST_F(LocalLakehouseTest, EachTableSaysTheDigestOfItsFile) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  const TableState bronze = lakehouse_->load_bronze(request, path).value();
  EXPECT_EQ(bronze.file_sha256, request.sha256);
  const TableState silver = lakehouse_->load_silver(request, plan_).value().silver;
  EXPECT_EQ(silver.file_sha256,
            sha256_file_hex(fs::path(silver.location) / silver.data_file).value());
  EXPECT_EQ(lakehouse_->find_table(request.tenant, Layer::silver, "sales").value()->file_sha256,
            silver.file_sha256);
}

TEST_F(LocalLakehouseTest, SilverIsNotMadeOfADamagedBronze) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  const TableState bronze = lakehouse_->load_bronze(request, path).value();
  const fs::path file = fs::path(bronze.location) / bronze.data_file;
  std::string bytes = read_file(file).value();
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
  const Result<SilverState> silver = lakehouse_->load_silver(request, plan_);
  ASSERT_FALSE(silver);
  EXPECT_EQ(silver.error().code, "data_damaged");
  EXPECT_NE(silver.error().remedy.find("/sync"), std::string::npos);
}

TEST_F(LocalLakehouseTest, SweepsTheLandingOfTheDeadAndNotThatOfTheLiving) {
  fs::path path;
  const TableRequest request = landed(1, rows_, path);
  fs::create_directories(root_ / "landing" / "dead");
  std::ofstream(root_ / "landing" / "dead" / "sales-1.part") << "x";
  std::ofstream(root_ / "landing" / "dead.lock");
  std::ofstream(root_ / "landing" / "of-a-version-before.part") << "x";
  const std::unique_ptr<Lakehouse> second = LocalLakehouse::open(root_, workers()).value();
  EXPECT_TRUE(fs::exists(path)) << "its owner lives";
  EXPECT_EQ(landed_files(), 1);
  std::ofstream(root_ / "landing" / "late.part") << "x";
  ASSERT_TRUE(second->landing_path(request));
  EXPECT_EQ(landed_files(), 1) << "not only at the start";
}

TEST_F(LocalLakehouseTest, GoesOnWhenItsFoldersWereDeleted) {
  fs::path path;
  TableRequest request = landed(1, rows_, path);
  ASSERT_TRUE(lakehouse_->load_bronze(request, path));
  fs::remove_all(root_);
  request = landed(1, rows_, path);
  EXPECT_EQ(lakehouse_->load_bronze(request, path).value().row_count, 3);
  EXPECT_EQ(lakehouse_->load_silver(request, plan_)->silver.row_count, 2);
}

/// With SLUICE_DELTA_OUT the tables stay there for delta_check.py.
TEST_F(LocalLakehouseTest, WritesTablesForOthers) {
  const char* out = std::getenv("SLUICE_DELTA_OUT");
  if (out != nullptr) lakehouse_ = LocalLakehouse::open(out, workers()).value();
  const std::string cells =
      "SELECT i::BIGINT AS id, (i / 4)::DECIMAL(9,2) AS amount, i / 3.0::DOUBLE AS ratio, i > 1 AS "
      "ok, "
      "DATE '2025-01-31' AS day, TIMESTAMP '2025-01-31 10:00:00.123456' AS \"at\", "
      "TIMESTAMPTZ '2025-01-31 10:00:00+02' AS instant, note FROM ";
  const std::vector<Column> columns = {{"id", "Order ID", "BIGINT", ""},
                                       {"amount", "amount", "DECIMAL(9,2)", ""},
                                       {"ratio", "ratio", "DOUBLE", ""},
                                       {"ok", "ok", "BOOLEAN", ""},
                                       {"day", "day", "DATE", ""},
                                       {"at", "at", "TIMESTAMP", ""},
                                       {"instant", "instant", "TIMESTAMPTZ", ""},
                                       {"note", "note", "VARCHAR", ""}};
  fs::path path;
  const TableRequest first =
      landed(1, cells + "(VALUES (1, '1'), (2, '2')) t(i, note)", path, columns);
  ASSERT_TRUE(lakehouse_->load_bronze(first, path));
  const medallion::Plan plan = plan_;  // Of version 1, where each note is a number.
  const TableRequest second = landed(
      2, cells + "(VALUES (1, '1'), (1, '1'), (2, NULL), (3, 'x')) t(i, note)", path, columns);
  const Result<TableState> bronze = lakehouse_->load_bronze(second, path);
  ASSERT_TRUE(bronze) << bronze.error().detail;
  const Result<SilverState> silver = lakehouse_->load_silver(second, plan);
  ASSERT_TRUE(silver) << silver.error().detail;
  EXPECT_EQ(silver->silver.row_count, 2);
  EXPECT_EQ(silver->rows_quarantined, 1);
  EXPECT_EQ(silver->duplicates_removed, 1);
}

/// As the chunks of a workspace's answer are read: an input may be a folder.
TEST_F(LocalLakehouseTest, FilesOfAFolderAreReadInAWorker) {
  const fs::path folder = root_ / "chunks";
  fs::create_directories(folder);
  std::ofstream(folder / "0.json") << R"([["1","a"],["2",null]])";
  for (const fs::path& each : {folder, folder / "0.json"}) {
    fs::permissions(each, fs::perms::owner_all);
  }
  ParquetJob job = ParquetJob::open(workers(), root_ / "spill", {folder}, {}).value();
  const Result<std::int64_t> rows = job.copy_to(
      "SELECT json[1] AS c0 FROM read_json([" + quote_literal(job.input(0) + "/0.json") +
          "], format = 'array', records = false, columns = {json: 'VARCHAR[]'}, "
          "maximum_object_size = 67108864)",
      1, root_ / "rows.parquet");
  ASSERT_TRUE(rows) << rows.error().detail;
  EXPECT_EQ(*rows, 2);
  EXPECT_TRUE(job.close());
  EXPECT_TRUE(fs::exists(root_ / "rows.parquet"));
}

}  // namespace

}  // namespace sluice::lakehouse
