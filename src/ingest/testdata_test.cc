// Every file of testdata/expect.json, in this process and in a worker that is locked in with it:
// the same comes out.
#include <functional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/files.h"
#include "base/sql_text.h"
#include "ingest/ingest_job.h"
#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& test, const char* key) {
  const json::value* value = test.if_contains(key);
  return value == nullptr ? "" : std::string(value->as_string());
}

class IngestFile : public Ingest {
 protected:
  /// Reads a file: in this process, or in a worker.
  using Reader = std::function<Result<IngestedRecords>(const IngestRequest&, bool as_body)>;

  void check_all(const Reader& reader);
  void check(const json::object& test, const Reader& reader);
  void check_cells(const json::object& test, const Ingested& ingested);
  void check_rejects(const json::object& test, const Ingested& ingested);
};

void IngestFile::check_cells(const json::object& test, const Ingested& ingested) {
  const json::array& columns = test.at("columns").as_array();
  ASSERT_EQ(ingested.columns.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(ingested.columns[i].name, std::string(columns[i].at(0).as_string()));
    EXPECT_EQ(ingested.columns[i].type, std::string(columns[i].at(1).as_string()))
        << ingested.columns[i].name << ": " << ingested.columns[i].reason;
    EXPECT_NE(ingested.columns[i].reason, "");
  }
  Rows expected;
  for (const json::value& row : test.at("rows").as_array()) {
    expected.emplace_back();
    for (const json::value& cell : row.as_array()) {
      if (cell.is_null()) {
        expected.back().emplace_back();
      } else {
        expected.back().emplace_back(std::string(cell.as_string()));
      }
    }
  }
  EXPECT_EQ(read_back(ingested.columns), expected);
  EXPECT_EQ(ingested.row_count, static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(ingested.plan.columns.size(), columns.size());
}

/// Of a test's `rejects`: [line, reason, raw] each; none where it names none.
void IngestFile::check_rejects(const json::object& test, const Ingested& ingested) {
  const json::value* expected = test.if_contains("rejects");
  const std::size_t count = expected == nullptr ? 0 : expected->as_array().size();
  EXPECT_EQ(ingested.rows_rejected, static_cast<std::int64_t>(count));
  EXPECT_EQ(ingested.rows_read, ingested.row_count + ingested.rows_rejected);
  EXPECT_EQ(fs::exists(folder_ / "rejects.parquet"), count > 0);
  if (count == 0 || !fs::exists(folder_ / "rejects.parquet")) return;
  Rows rejects;
  for (const json::value& reject : expected->as_array()) {
    rejects.push_back({std::to_string(reject.at(0).as_int64()),
                       std::string(reject.at(1).as_string()),
                       std::string(reject.at(2).as_string())});
  }
  EXPECT_EQ(ask("SELECT CAST(line AS VARCHAR), reason, raw FROM read_parquet(" +
                quote_literal((folder_ / "rejects.parquet").string()) + ")"),
            rejects);
  fs::remove(folder_ / "rejects.parquet");
}

void IngestFile::check(const json::object& test, const Reader& reader) {
  SCOPED_TRACE(text_of(test, "file"));
  IngestRequest request = request_for(testdata() / text_of(test, "file"));
  if (const json::value* options = test.if_contains("options")) {
    const Result<IngestOptions> parsed = options_from_json(json::serialize(*options));
    ASSERT_TRUE(parsed) << to_line(parsed.error());
    request.options = *parsed;
  }
  const bool as_body = text_of(test, "api") == "records";
  const Result<IngestedRecords> result = reader(request, as_body);
  EXPECT_TRUE(fs::is_empty(folder_ / "temp"));
  if (test.contains("error")) {
    ASSERT_FALSE(result) << "was taken";
    const Error& error = result.error();
    EXPECT_EQ(error.code, text_of(test, "error")) << error.detail;
    EXPECT_NE(error.detail.find(text_of(test, "detail")), std::string::npos) << error.detail;
    expect_nothing_left();
    return;
  }
  ASSERT_TRUE(result) << result.error().code << ": " << result.error().detail;
  const IngestedRecords& done = *result;
  check_cells(test, done.ingested);
  check_rejects(test, done.ingested);
  const std::string encoding = text_of(test, "encoding");
  EXPECT_TRUE(encoding.empty() || done.ingested.encoding == encoding) << done.ingested.encoding;
  const std::string compression = text_of(test, "compression");
  EXPECT_EQ(done.ingested.compression, compression.empty() ? "none" : compression);
  if (as_body) {
    EXPECT_EQ(done.name, text_of(test, "name"));
    EXPECT_EQ(done.description, text_of(test, "description"));
  }
  const std::string format = text_of(test, "format");
  EXPECT_TRUE(format.empty() || done.ingested.source_format == format);
  fs::remove(folder_ / "out.parquet");
}

void IngestFile::check_all(const Reader& reader) {
  const json::value tests = json::parse(read_file(testdata() / "expect.json").value());
  for (const json::value& test : tests.as_array()) {
    check(test.as_object(), reader);
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
  }
}

TEST_F(IngestFile, EachFileOfTestdataComesOutAsExpected) {
  check_all([](const IngestRequest& request, bool as_body) -> Result<IngestedRecords> {
    if (as_body) return ingest_records(request);
    TRY_ASSIGN(Ingested ingested, ingest_file(request));
    return IngestedRecords{"", "", std::move(ingested)};
  });
}

TEST_F(IngestFile, AndTheSameInAWorkerThatIsLockedIn) {
  const std::unique_ptr<sandbox::ForkServer> workers = start_file_workers();
  check_all([&](const IngestRequest& request, bool as_body) {
    return ingest_in_worker(*workers, request, as_body, 0);
  });
}

}  // namespace
}  // namespace sluice::ingest
