// Limits, hostile files and rules that testdata/expect.json cannot say. Each ingest has a real
// engine in this process, and must leave nothing behind.
#include <chrono>
#include <filesystem>
#include <random>
#include <regex>
#include <set>
#include <stop_token>
#include <thread>

#include "base/error_codes.h"
#include "base/files.h"
#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

TEST_F(Ingest, ALateFractionIsNotRounded) {
  std::string csv = "a,b,c\n";
  for (int i = 0; i < 30'000; ++i) csv += std::to_string(i) + ",1.25,2024-01-01\n";
  csv += "1.5,1.5,infinity\n";
  const Ingested done = ingest_file(request_for(write("late.csv", csv))).value();
  EXPECT_EQ(done.row_count, 30'001);
  EXPECT_EQ(done.columns[0].type, "VARCHAR");
  EXPECT_NE(done.columns[0].reason.find("'1.5'"), std::string::npos) << done.columns[0].reason;
  EXPECT_EQ(done.columns[1].type, "DOUBLE");
  EXPECT_EQ(done.columns[2].type, "VARCHAR");
  const Rows last = read_back(done.columns, "OFFSET 30000");
  EXPECT_EQ(last, (Rows{{"1.5", "1.5", "infinity"}}));
}

TEST_F(Ingest, ManyColumnsThatChangeTheirMindCostABoundedNumberOfPasses) {
  std::string csv;
  std::string late;
  for (int i = 0; i < 12; ++i) {
    csv += (i == 0 ? "k" : ",k") + std::to_string(i);
    late += i == 0 ? "nan" : ",nan";
  }
  for (int row = 0; row < 25'000; ++row) {
    csv += '\n';
    for (int i = 0; i < 12; ++i) csv += i == 0 ? "1.5e-07" : ",1.5e-07";
  }
  const Ingested done = ingest_file(request_for(write("minds.csv", csv + '\n' + late))).value();
  EXPECT_EQ(done.row_count, 25'001);
  for (const Column& column : done.columns) EXPECT_EQ(column.type, "VARCHAR") << column.reason;
}

TEST_F(Ingest, TwoThousandColumnsAreTakenAndOneMoreIsRefused) {
  std::string header;
  std::string row;
  std::string record;
  for (int i = 0; i < 2000; ++i) {
    header += (i == 0 ? "k" : ",k") + std::to_string(i);
    row += (i == 0 ? "" : ",") + std::to_string(i);
    record += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(i);
  }
  const Ingested csv =
      ingest_file(request_for(write("wide.csv", header + "\n" + row + "\n"))).value();
  EXPECT_EQ(csv.columns.size(), 2000U);
  EXPECT_EQ(csv.columns[1999].type, "BIGINT");
  fs::remove(folder_ / "out.parquet");
  EXPECT_EQ(ingest_file(request_for(write("wide.json", "[{" + record + "}]"))).value().row_count,
            1);
  fs::remove(folder_ / "out.parquet");
  EXPECT_EQ(ingest_file(request_for(write("wider.csv", header + ",x\n"))).error().code,
            "too_many_columns");
  const Error error =
      ingest_file(request_for(write("wider.json", "[{" + record + ",\"x\":1}]"))).error();
  EXPECT_EQ(error.code, "too_many_columns");
  EXPECT_EQ(error.kind, Errc::too_large);
  expect_nothing_left();
}

TEST_F(Ingest, MillionsOfDelimitersAreRefused) {
  const Error error =
      ingest_file(request_for(write("c.csv", std::string(std::size_t{9'000'000}, ',')))).error();
  EXPECT_EQ(error.code, "too_many_columns");
}

TEST_F(Ingest, DepthBombsAreRefused) {
  for (const std::size_t depth : {70U, 1'000'000U}) {
    std::string objects = "[";
    for (std::size_t i = 0; i < depth; ++i) objects += "{\"a\":";
    for (const std::string& bomb :
         {"[{\"a\":" + std::string(depth, '['), std::string(depth, '['), objects}) {
      const Error error = ingest_file(request_for(write("bomb.json", bomb))).error();
      EXPECT_TRUE(error.code == "json_too_deep" || error.code == "json_record_not_object")
          << error.code;
    }
  }
  expect_nothing_left();
}

TEST_F(Ingest, NestedJsonBeyondAllPlacesStaysText) {
  // 120 × 501 places in column a; b comes after and has room again.
  std::string source = "[";
  for (int i = 0; i < 120; ++i) {
    source += "{\"a\":{\"k" + std::to_string(i) + "\":{";
    for (int k = 0; k < 500; ++k) source += (k == 0 ? "\"f" : ",\"f") + std::to_string(k) + "\":1";
    source += "}}},";
  }
  const Result<Ingested> ingested =
      ingest_file(request_for(write("places.json", source + "{\"b\":{\"x\":1}}]")));
  ASSERT_TRUE(ingested) << to_line(ingested.error());
  ASSERT_EQ(ingested->columns.size(), 2U);
  EXPECT_EQ(ingested->columns[0].type, "VARCHAR");
  EXPECT_EQ(ingested->columns[1].type, "STRUCT(x BIGINT)");
  EXPECT_EQ(ingested->row_count, 121);
}

TEST_F(Ingest, ARecordHasALimitThatTheErrorNames) {
  const std::string value(15U << 20, 'x');
  std::string source = "[{\"id\":1},{";
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    source += (*key == 'a' ? "\"" : ",\"") + std::string(key) + "\":\"" + value + "\"";
  }
  const Error error = ingest_file(request_for(write("record.json", source + "}]"))).error();
  EXPECT_EQ(error.code, "json_record_too_long");
  EXPECT_NE(error.detail.find("Record 2"), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("json_record_bytes_max"), std::string::npos) << error.detail;
  expect_nothing_left();
}

TEST(Limits, EachThatAnErrorNamesIsInTheDocument) {
  const fs::path room = fs::path(__FILE__).parent_path();
  const std::string document = read_file(room / "../../docs/ingest.md").value();
  std::set<std::string> named;
  const std::regex limit("[ \"]\\((\\w+_max)\\)");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(room)) {
    if (entry.path().extension() != ".cc") continue;
    const std::string source = read_file(entry.path()).value();
    for (std::sregex_iterator found(source.begin(), source.end(), limit), end; found != end;
         ++found) {
      named.insert((*found)[1]);
    }
  }
  EXPECT_GT(named.size(), 8U);
  for (const std::string& name : named) {
    EXPECT_NE(document.find("`" + name + "`"), std::string::npos) << name;
  }
}

TEST_F(Ingest, CellsAndKeysHaveLimitsThatErrorsName) {
  const std::string huge(17U << 20, '1');
  for (const std::string& source : {"[{\"a\":\"" + huge + "\"}]", "[{\"a\":" + huge + "}]",
                                    "[{\"a\":[" + huge + "]}]", "a\n" + huge + "\n"}) {
    const Error error = ingest_file(request_for(write("huge", source))).error();
    EXPECT_EQ(error.kind, Errc::too_large) << to_line(error);
    EXPECT_NE(error.detail.find("cell_bytes_max"), std::string::npos) << error.detail;
  }
  const std::string key(5000, 'k');
  EXPECT_EQ(ingest_file(request_for(write("key", "[{\"" + key + "\":1}]"))).error().code,
            "json_key_too_long");
  expect_nothing_left();
}

TEST_F(Ingest, ACellOfMillionsOfCharactersIsKept) {
  const std::string cell(5'000'000, 'x');
  const Ingested done =
      ingest_file(request_for(write("cell.csv", "a,b\n1," + cell + "\n2,y\n"))).value();
  EXPECT_EQ(read_back(done.columns)[0][1], cell);
}

TEST_F(Ingest, PiecesMayEndAnywhere) {
  // A quarter mebibyte boundary falls on each byte of the pattern in turn.
  for (std::size_t shift = 0; shift < 24; ++shift) {
    std::string csv = "a,b\n";
    std::string array = "[";
    csv.append(262'144 - 40 - shift, 'x').append(",y\n");
    array += "{\"a\":\"" + std::string(262'144 - 40 - shift, 'x') + "\",\"b\":\"y\"}";
    for (int i = 0; i < 3; ++i) {
      csv += "\"ü\"\"\r\nq\",12.50\n";
      array += ",{\"a\":\"\\u00fc🙂\",\"b\":12345.6789e-1}";
    }
    const Ingested rows = ingest_file(request_for(write("p.csv", csv))).value();
    EXPECT_EQ(read_back(rows.columns, "OFFSET 1"), Rows(3, {"ü\"\r\nq", "12.50"})) << shift;
    fs::remove(folder_ / "out.parquet");
    const Ingested records = ingest_file(request_for(write("p.json", array + "]"))).value();
    EXPECT_EQ(read_back(records.columns, "OFFSET 1"), Rows(3, {"ü🙂", "12345.6789e-1"}))
        << shift;
    fs::remove(folder_ / "out.parquet");
  }
}

TEST_F(Ingest, RandomTablesComeBackCellByCell) {
  const std::vector<std::string> atoms = {
      "1", "2.50", "-0", "0.1",        "1e+20", "true", "nan", "\"", "\r\n", "\n", ",", ";",
      "#", " ",    "ü",  "2024-01-31", "🙂",  "NULL", "\\N", "'",  "007",  "",   "x", "\t"};
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const std::size_t width = 2 + random() % 5;
    std::string csv;
    for (std::size_t i = 0; i < width; ++i) csv += (i == 0 ? "h" : ",h") + std::to_string(i);
    csv += '\n';
    Rows expected(random() % 60, std::vector<std::optional<std::string>>(width));
    for (auto& row : expected) {
      for (std::size_t i = 0; i < width; ++i) {
        // Some columns of one atom each, so that types are found; others of anything.
        if (random() % 5 != 0) {
          row[i] = i % 2 == 0 ? atoms[(seed + i) % atoms.size()] : atoms[random() % atoms.size()];
          if (random() % 7 == 0) *row[i] += atoms[random() % atoms.size()];
        }
        std::string cell = row[i].value_or("");
        if (row[i] && (cell.empty() || cell.find_first_of(",\"\r\n") != std::string::npos ||
                       random() % 3 == 0)) {
          for (std::size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2) {
            cell.insert(at, 1, '"');
          }
          cell = '"' + cell + '"';
        }
        csv += (i == 0 ? "" : ",") + cell;
      }
      csv += '\n';
    }
    const Result<Ingested> done = ingest_file(request_for(write("random.csv", csv)));
    ASSERT_TRUE(done) << "seed " << seed << ": " << to_line(done.error());
    EXPECT_EQ(read_back(done->columns), expected) << "seed " << seed;
    fs::remove(folder_ / "out.parquet");
  }
}

TEST_F(Ingest, NoPathIsAPattern) {
  fs::create_directories(folder_ / "year=2024");
  const fs::path source = write("year=2024/a*[b].csv", "a,b\n1,2\n");
  EXPECT_EQ(ingest_file(request_for(source)).value().columns.size(), 2U);
}

TEST_F(Ingest, AStoppedIngestLeavesNothing) {
  std::stop_source stop;
  stop.request_stop();
  IngestRequest request = request_for(testdata() / "scale.csv");
  request.stop = stop.get_token();
  EXPECT_EQ(ingest_file(request).error().kind, Errc::cancelled);
  request.source = testdata() / "array.json";
  EXPECT_EQ(ingest_file(request).error().kind, Errc::cancelled);
  expect_nothing_left();
}

TEST_F(Ingest, WhatIsWrittenAsksForRoom) {
  for (const char* file : {"scale.csv", "array.json", "excel/orders.xlsx", "cut.csv.gz"}) {
    IngestRequest request = request_for(testdata() / file);
    request.room = [](std::uint64_t) {
      return Result<void>(fail(Errc::resource_exhausted, BaseCode::disk_full, "There is no room."));
    };
    const Result<Ingested> done = ingest_file(request);
    ASSERT_FALSE(done) << file;
    EXPECT_EQ(done.error().code, "disk_full") << file;
    expect_nothing_left();
  }
}

/// A name that no column has is told before anything is written, and before what else is wrong.
TEST_F(Ingest, AnUnknownColumnIsToldBeforeAnythingIsWritten) {
  std::string ragged = "id,name\n";
  for (int i = 0; i < 3000; ++i) ragged += "1,2,3\n1,2\n";
  for (const fs::path& source :
       {write("ragged.csv", ragged), write("lines.ndjson", "{\"id\":1}\n{\"id\":2}\n"),
        testdata() / "excel/plain.xlsx", testdata() / "types.parquet"}) {
    IngestRequest request = request_for(source);
    request.options = options_from_json(R"({"null_tokens": {"nmae": ["-"]}})").value();
    request.progress = std::make_shared<IngestProgress>();
    const Result<Ingested> done = ingest_file(request);
    ASSERT_FALSE(done) << source;
    EXPECT_EQ(done.error().code, "column_unknown") << source << to_line(done.error());
    EXPECT_NE(done.error().detail.find("'nmae' (null_tokens)"), std::string::npos);
    EXPECT_EQ(request.progress->rows_read, 0) << source;
    expect_nothing_left();
  }
}

TEST_F(Ingest, AStopMidwayEndsTheEngineToo) {
  std::string csv = "a,b\n";
  for (int i = 0; i < 600'000; ++i) csv += std::to_string(i) + ",some text to carry\n";
  IngestRequest request = request_for(write("long.csv", csv));
  std::stop_source stop;
  request.stop = stop.get_token();
  // The output's first bytes show that COPY runs.
  const std::jthread stopper([&stop, &request](const std::stop_token& over) {
    while (!over.stop_requested() && !fs::exists(request.output)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    stop.request_stop();
  });
  EXPECT_EQ(ingest_file(request).error().kind, Errc::cancelled);
  expect_nothing_left();
}

TEST_F(Ingest, StagingSpillsUnderASmallMemoryLimit) {
  std::string lines;
  for (int i = 0; i < 200'000; ++i) {
    lines += "{\"id\":" + std::to_string(i) + ",\"text\":\"" + std::string(300, 'x') + "\"}\n";
  }
  IngestRequest request = request_for(write("spill.ndjson", lines));
  request.memory_bytes = 60'000'000;
  const Result<Ingested> done = ingest_file(request);
  ASSERT_TRUE(done) << to_line(done.error());
  EXPECT_EQ(done->row_count, 200'000);
  EXPECT_TRUE(fs::is_empty(folder_ / "temp"));
}

TEST_F(Ingest, AnOutputThatExistsIsNotTouched) {
  write("out.parquet", "precious");
  EXPECT_EQ(ingest_file(request_for(testdata() / "scale.csv")).error().code, "output_exists");
  EXPECT_EQ(read_file(folder_ / "out.parquet").value(), "precious");
}

TEST_F(Ingest, TenThousandRecordsComeInOneBody) {
  std::string body = "{\"name\":\"n\",\"records\":[";
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    body +=
        (i == 0 ? "{\"id\":" : ",{\"id\":") + n + ",\"name\":\"customer " + n +
        "\",\"city\":\"Paris\",\"price\":12.50,\"day\":\"2025-01-15\",\"ok\":true,\"qty\":" + n +
        ",\"note\":null,\"code\":\"00" + n + "\",\"ratio\":0.5}";
  }
  const IngestRequest request = request_for(write("body.json", body + "]}"));
  const IngestedRecords done = ingest_records(request).value();
  EXPECT_EQ(done.ingested.row_count, 10'000);
  EXPECT_EQ(done.ingested.columns[4].type, "DATE");
}

}  // namespace
}  // namespace sluice::ingest
