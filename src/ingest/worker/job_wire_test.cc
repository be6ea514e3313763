// What is said between a worker and the process that serves. A worker may be the file that
// speaks: nothing but a well-formed answer is taken.
#include "ingest/worker/job_wire.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace sluice::ingest {
namespace {

using lakehouse::medallion::Transform;

IngestedRecords sound() {
  IngestedRecords done;
  Ingested& ingested = done.ingested;
  ingested.columns = {{"a", "A", "BIGINT", "digits"},
                      {"b c", "B c", "STRUCT(x DECIMAL(9,2), \"y z\" VARCHAR[])", "nested"},
                      {"t", "t", "TIMESTAMPTZ", "given"}};
  ingested.row_count = 3;
  ingested.rows_rejected = 1;
  ingested.rows_read = 4;
  ingested.source_format = "csv";
  ingested.encoding = "utf-8";
  ingested.compression = "none";
  ingested.notes = {"The delimiter is ','."};
  ingested.decision.resize(2);
  StructureChoice& delimiter = ingested.decision[0];
  delimiter.part = StructurePart::delimiter;
  delimiter.taken = ",";
  delimiter.why = "9 of 9 rows have 2 cells.";
  delimiter.score = 1.002;
  delimiter.is_guess = true;
  delimiter.runner_up = ";";
  delimiter.margin = 0.001;
  delimiter.settled_by = {"delimiter"};
  delimiter.runner_up_options.emplace().delimiter = ";";
  ingested.decision[1].part = StructurePart::sheet;
  ingested.decision[1].taken = "Größen";
  ingested.plan.columns = {
      {"a", "a", "BIGINT", Transform::keep, "", {}, "is right"},
      {"t", "t", "DATE", Transform::date_format, "%d.%m.%Y", {"", "n/a"}, "dates"}};
  return done;
}

TEST(JobWire, WhatAnIngestComesToIsReadBack) {
  const Result<IngestedRecords> read = decode_ingested(encode(sound()));
  ASSERT_TRUE(read) << to_line(read.error());
  EXPECT_EQ(encode(*read), encode(sound()));
}

TEST(JobWire, AnOrderIsReadBack) {
  IngestOrder order;
  order.records = true;
  order.packed_from = 17;
  order.hint = Format::json;
  order.options.widths = {3, 0};
  order.options.skip_footer = 2;
  order.arriving = true;
  order.disk_free_bytes_min = 1ULL << 40U;
  order.memory_bytes = 1'000'000'000;
  EXPECT_TRUE(is_ingest_order(encode(order)));
  EXPECT_EQ(encode(decode_ingest_order(encode(order))), encode(order));
  const ProfileOrder profile = decode_profile_order(encode(ProfileOrder{{}, 512}));
  EXPECT_EQ(profile.memory_bytes, 512U);
  const Arrival::State state{12, true, false};
  EXPECT_EQ(decode_arrival(encode(state)), state);
}

/// A worker that a file took over may say anything; what it says becomes SQL, JSON and rows of our
/// metadata later.
TEST(JobWire, NothingElseIsTaken) {
  const std::vector<std::pair<const char*, std::function<void(Ingested&)>>> lies = {
      {"a type that ends the cast",
       [](Ingested& i) { i.columns[0].type = "BIGINT); DROP TABLE x; --"; }},
      {"a field name that ends it",
       [](Ingested& i) { i.columns[1].type = "STRUCT(a),(SELECT BIGINT)"; }},
      {"digits that end it", [](Ingested& i) { i.columns[1].type = "DECIMAL(9,2) OR TRUE)"; }},
      {"a type that nobody has", [](Ingested& i) { i.columns[0].type = "HUGEINT"; }},
      {"no column", [](Ingested& i) { i.columns.clear(); }},
      {"a name twice", [](Ingested& i) { i.columns[1].name = "a"; }},
      {"no name", [](Ingested& i) { i.columns[0].name = ""; }},
      {"a NUL in a name", [](Ingested& i) { i.columns[0].original = std::string("a\0b", 3); }},
      {"a silver type that is none", [](Ingested& i) { i.plan.columns[0].type = "(SELECT 1)"; }},
      {"a format with a quote", [](Ingested& i) { i.plan.columns[1].format = "%d') OR ('"; }},
      {"a silver column of none", [](Ingested& i) { i.plan.columns[0].source = "z"; }},
      {"a long token",
       [](Ingested& i) { i.plan.columns[1].null_tokens = {std::string(1000, 'x')}; }},
      {"fewer than no rows", [](Ingested& i) { i.row_count = -1; }},
      {"rows that do not add up", [](Ingested& i) { i.rows_read = 5; }},
      {"an overflow", [](Ingested& i) { i.row_count = INT64_MAX; }},
      {"a format that there is not", [](Ingested& i) { i.source_format = "exe"; }},
      {"very many choices", [](Ingested& i) { i.decision.assign(100, i.decision[0]); }},
      {"a long choice", [](Ingested& i) { i.decision[0].why = std::string(2000, 'x'); }},
      {"a choice that beeps", [](Ingested& i) { i.decision[0].taken = "\a"; }},
      {"a guess that was given", [](Ingested& i) { i.decision[0].is_given = true; }},
      {"a score without end", [](Ingested& i) { i.decision[0].score = INFINITY; }},
      {"an option that is none",
       [](Ingested& i) { i.decision[0].runner_up_options->delimiter = "\n"; }},
      {"very many notes", [](Ingested& i) { i.notes.assign(100'000, "x"); }},
  };
  for (const auto& [what, lie] : lies) {
    IngestedRecords done = sound();
    lie(done.ingested);
    const Result<IngestedRecords> read = decode_ingested(encode(done));
    ASSERT_FALSE(read) << what;
    EXPECT_EQ(read.error().code, "file_unreadable") << what;
  }
  std::string no_text = encode(sound());
  no_text.replace(no_text.find("digits"), 1, "\xff");
  EXPECT_FALSE(decode_ingested(no_text));
  for (const char* text : {"", "{}", "[]", "null", "{\"columns\": 1}", "\xff"}) {
    EXPECT_FALSE(decode_ingested(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::ingest
