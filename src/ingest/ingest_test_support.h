#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/sql_text.h"
#include "duckdb/database.h"
#include "ingest/ingest.h"

namespace sluice::ingest {

namespace fs = std::filesystem;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

inline fs::path testdata() { return fs::path(__FILE__).parent_path() / "testdata"; }

/// A folder of its own per test, whose emptiness afterwards is part of the contract.
class Ingest : public testing::Test {
 protected:
  Ingest() : folder_(fs::temp_directory_path() / ("ingest_test-" + new_uuid_v7())) {
    fs::create_directories(folder_ / "temp");
  }
  ~Ingest() override { fs::remove_all(folder_); }

  IngestRequest request_for(const fs::path& source) const {
    IngestRequest request;
    request.source = source;
    request.output = folder_ / "out.parquet";
    request.rejects_output = folder_ / "rejects.parquet";
    request.temp_folder = folder_ / "temp";
    return request;
  }

  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  static Rows ask(const std::string& sql) {
    duckdb::Database database =
        duckdb::Database::open(duckdb::job_settings({.memory_bytes = 512'000'000, .threads = 1}))
            .value();
    duckdb::Connection connection = database.connect().value();
    EXPECT_TRUE(connection.query("SET TimeZone = 'UTC'"));
    return connection.query(sql).value().rows_as_text();
  }

  Rows read_back(const std::vector<Column>& columns, const std::string& tail = "") const {
    std::string list;
    for (const Column& column : columns) {
      list += (list.empty() ? "" : ", ") + std::string("CAST(") + quote_identifier(column.name) +
              " AS VARCHAR)";
    }
    return ask("SELECT " + list + " FROM read_parquet(" +
               quote_literal((folder_ / "out.parquet").string()) + ") " + tail);
  }

  void expect_nothing_left() const {
    EXPECT_FALSE(fs::exists(folder_ / "out.parquet"));
    EXPECT_FALSE(fs::exists(folder_ / "rejects.parquet"));
    EXPECT_TRUE(fs::is_empty(folder_ / "temp"));
  }

  fs::path folder_;
};

}  // namespace sluice::ingest
