/// `read_files FOLDER`: ingests each file whose path comes as a line on standard input and says in
/// a line of JSON what came of it, and how long that took: `ingest_ms` of the ingest alone, `ms`
/// with what was taken read back. tests/mutants/readers.py feeds it: what ends this process is that
/// file's doing.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/files.h"
#include "base/sql_text.h"
#include "duckdb/engine_session.h"
#include "ingest/sources.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

/// As the API gives an upload, and a query.
constexpr std::uint64_t memory_bytes = 512'000'000;
constexpr std::uint64_t query_memory_bytes = 1'000'000'000;
/// A worker reads one file with an engine that was opened before it; here an engine reads some, for
/// opening one takes longer than most of these files do.
constexpr int files_per_engine = 200;

class Readers {
 public:
  Readers(std::filesystem::path folder, duckdb::ReadyEngine& engine, duckdb::Connection& queries)
      : folder_(std::move(folder)), engine_(engine), queries_(queries) {}

  json::object read(const std::filesystem::path& source) {
    const auto began = Clock::now();
    json::object said = answer(source);
    said["ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
    std::error_code ignored;
    std::filesystem::remove(output(), ignored);
    std::filesystem::remove(rejects(), ignored);
    // A worker's temporary folder goes with it.
    std::filesystem::remove_all(temp(), ignored);
    std::filesystem::create_directories(temp());
    return said;
  }

 private:
  std::filesystem::path output() const { return folder_ / "out.parquet"; }
  std::filesystem::path rejects() const { return folder_ / "rejects.parquet"; }
  std::filesystem::path temp() const { return folder_ / "temp"; }

  json::object answer(const std::filesystem::path& source) {
    IngestRequest request;
    request.source = source;
    request.output = output();
    request.rejects_output = rejects();
    request.temp_folder = temp();
    const Engine engine(engine_.connection, {});
    const auto began = Clock::now();
    const Result<IngestedRecords> read = ingest_with(engine, request, std::nullopt);
    const double ingest_ms =
        std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    if (!read) return refusal(read.error());
    if (!engine_.connection.query("DROP TABLE IF EXISTS rejects")) std::abort();
    const Ingested* const done = &read->ingested;
    json::object said{{"rows", done->row_count},
                      {"rejects", done->rows_rejected},
                      {"format", done->source_format},
                      {"encoding", done->encoding},
                      {"ingest_ms", ingest_ms},
                      {"notes", json::array(done->notes.begin(), done->notes.end())}};
    tell_columns(*done, said);
    if (done->rows_read != done->row_count + done->rows_rejected) {
      said["fault"] = "rows read are not rows kept and rejects";
      return said;
    }
    const Result<std::string> content = read_back(*done);
    if (content) {
      said["content"] = *content;
    } else {
      said["fault"] = "taken, but not readable: " + content.error().detail;
    }
    return said;
  }

  static void tell_columns(const Ingested& done, json::object& said) {
    json::array names;
    json::array types;
    json::array silver;
    for (const Column& column : done.columns) {
      names.emplace_back(column.original);
      types.emplace_back(column.type);
    }
    for (const auto& column : done.plan.columns) silver.emplace_back(column.type);
    said["names"] = std::move(names);
    said["types"] = std::move(types);
    said["silver"] = std::move(silver);
  }

  json::object refusal(const Error& error) const {
    json::object said{{"code", error.code.text()}, {"detail", error.detail}};
    // What is wrong with a file is the file's; the rest would be a 5xx.
    // Who asked a worker says `file_unreadable` where its memory did not suffice (ingest_job.cc).
    const bool of_the_file = error.kind == Errc::unprocessable || error.kind == Errc::too_large ||
                             error.kind == Errc::invalid_argument ||
                             error.code == "duckdb_out_of_memory";
    if (!of_the_file) said["fault"] = "not refused as the file's own: " + error.code.text();
    if (error.detail.find(folder_.string()) != std::string::npos) said["fault"] = "tells a path";
    return said;
  }

  /// What was taken can be read, as preview and dataset_clean read it. The text is the same for
  /// the same types and cells.
  Result<std::string> read_back(const Ingested& done) {
    const std::string relation =
        "read_parquet(" + quote_literal(output().string()) + ", hive_partitioning=false)";
    std::string list;
    std::string types;
    for (const Column& column : done.columns) {
      list += (list.empty() ? "CAST(" : ", CAST(") + quote_identifier(column.name) + " AS VARCHAR)";
      types += column.name + " " + column.type + ", ";
    }
    TRY_ASSIGN(const std::int64_t cells,
               queries_.query_int("SELECT CAST(coalesce(bit_xor(hash(" + list +
                                  ")) >> 1, 0) AS BIGINT) FROM " + relation));
    TRY_ASSIGN(const std::int64_t clean,
               queries_.query_int("SELECT count(*) FROM (" +
                                  lakehouse::medallion::silver_select(done.plan, relation) + ")"));
    return types + std::to_string(done.row_count) + " " + std::to_string(clean) + " " +
           std::to_string(cells);
  }

  std::filesystem::path folder_;
  duckdb::ReadyEngine& engine_;
  duckdb::Connection& queries_;
};

int run(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "temp");
  std::string line;
  while (std::cin) {
    duckdb::ReadyEngine engine = duckdb::ReadyEngine::open().value();
    if (!engine.allow({memory_bytes, 2, folder / "spill"})) std::abort();
    duckdb::Database database =
        duckdb::Database::open(duckdb::job_settings({query_memory_bytes, 1})).value();
    duckdb::Connection queries = database.connect().value();
    Readers readers(folder, engine, queries);
    for (int i = 0; i < files_per_engine && std::getline(std::cin, line); ++i) {
      std::cout << json::serialize(readers.read(line)) << '\n' << std::flush;
    }
  }
  return 0;
}

}  // namespace
}  // namespace sluice::ingest

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: read_files FOLDER, and paths on standard input\n", stderr);
    return 2;
  }
  return sluice::ingest::run(argv[1]);
}
