// Documents, and what in them is taken for the records.
#include "ingest/json/json_records.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"

namespace sluice::ingest {
namespace {

std::optional<JsonOutline> outline(std::string_view json, bool is_cut = false) {
  const fuzz::MemoryFile file(json);
  return outline_document(file.path(), {}, is_cut).value();
}

/// The path of the records that are taken, with `?` where that is a guess; else `-` and the paths
/// of the arrays that there are, the likeliest first.
std::string taken(std::string_view json, bool is_cut = false) {
  const std::optional<JsonOutline> found = outline(json, is_cut);
  if (!found) return "no document";
  const RecordsChoice choice = choose_records(*found);
  std::string text;
  for (const RecordArray& array : choice.arrays) text += " " + array.path;
  if (!choice.is_taken) return "-" + text;
  return choice.arrays.front().path + (choice.is_guess ? "?" : "");
}

std::string records(int count, const std::string& members = R"("id":1,"v":"x")") {
  std::string text = "[";
  for (int i = 0; i < count; ++i) text += (i == 0 ? "{" : ",{") + members + "}";
  return text + "]";
}

TEST(Records, OfAServiceOrAnExport) {
  EXPECT_EQ(taken(R"({"status":"ok","data":)" + records(3) + "}"), "data?");
  EXPECT_EQ(taken(R"({"count":2,"next":null,"results":)" + records(2) + "}"), "results?");
  EXPECT_EQ(taken(R"({"n":2,"items":[{"a":1},{"a":2}]})"), "items?");
  EXPECT_EQ(taken(R"({"data":{"list":)" + records(2) + R"(},"meta":"Hey friends!"})"),
            "data.list?");
  EXPECT_EQ(taken(R"({"@odata.context":"http://x/$metadata#Orders","value":)" + records(4) + "}"),
            "value?");
  EXPECT_EQ(taken(R"({"took":3,"hits":{"total":{"value":9},"hits":)" + records(9) + "}}"),
            "hits.hits?");
  EXPECT_EQ(taken(R"({"Maker":"","Model":"","Serial":"","Note":"x","cells":72,"Curves":)" +
                  records(32, R"("Index":1,"Voltages":["0.1","0.2","0.3"])") + "}"),
            "Curves?");
  EXPECT_EQ(taken(R"({"result":{"fields":[{"id":"a"},{"id":"b"}],"records":)" + records(2) + "}}"),
            "result.records?")
      << "columns are told of beside them";
  EXPECT_EQ(taken(R"({"log":{"version":"1","pages":[{"id":"p"}],"entries":)" + records(30) + "}}"),
            "log.entries?");
  EXPECT_EQ(taken(R"({"a.b":{"c/d":)" + records(2) + "}}"), "/a.b/c~1d");
  EXPECT_EQ(taken(R"({"$x":)" + records(2) + "}"), "/$x");
}

TEST(Records, WithNothingBesideIsNoGuess) {
  EXPECT_EQ(taken(R"({"people":)" + records(2) + "}"), "people");
  EXPECT_EQ(taken(R"({"data":{"dataset":)" + records(1) + "}}"), "data.dataset");
  EXPECT_EQ(taken(R"({"data":{"dataset":)" + records(2), true), "data.dataset?")
      << "more may stand behind the cut";
}

TEST(Records, GeoJsonSaysWhatItIs) {
  const std::string feature = R"([{"type":"Feature","properties":{"a":1},"geometry":null}])";
  EXPECT_EQ(taken(R"({"type":"FeatureCollection","features":)" + feature + "}"), "features");
  EXPECT_EQ(taken(R"({"type":"FeatureCollection","name":"towns","features":)" + feature + "}"),
            "features?");
  EXPECT_EQ(
      taken(R"({"type":"Feature","id":7,"geometry":{"type":"GeometryCollection","geometries":)" +
            records(9, R"("type":"Point","coordinates":[1,2])") + "}}"),
      "- geometry.geometries")
      << "one geometry of several parts";
  EXPECT_EQ(taken(R"({"type":"GeometryCollection","geometries":)" +
                  records(9, R"("type":"Point","coordinates":[1,2])") + "}"),
            "- geometries");
}

TEST(Records, WhatIsARecordItselfStaysOne) {
  EXPECT_EQ(
      taken(R"({"order_id":17,"customer":"Ann","date":"2024-01-01","items":)" + records(2) + "}"),
      "- items")
      << "an order";
  EXPECT_EQ(
      taken(R"({"name":"x","version":"1.0","scripts":{"build":"make all","test":"make test"},)"
            R"("license":"MIT","people":[{"name":"Ann"},{"name":"Bob"}]})"),
      "- people")
      << "of a program";
  EXPECT_EQ(taken(R"({"name":"root","children":[{"name":"a","children":[]},{"name":"b"}]})"),
            "- children")
      << "a tree";
  EXPECT_EQ(taken(R"({"a":1,"rows":[{"x":1},{"y":2},{"z":3},{"w":4},{"v":5},{"u":6}]})"), "- rows")
      << "no two are alike";
  EXPECT_EQ(taken(R"({"status":"ok","data":[{"id":1}]})"), "- data") << "one alone";
  EXPECT_EQ(taken(R"({"data":[{},{}]})"), "-") << "no column";
  EXPECT_EQ(taken(R"({"data":[{"a":1},2]})"), "-");
  EXPECT_EQ(taken(R"({"data":[[{"a":1}],[{"a":1}]]})"), "-");
  EXPECT_EQ(taken(R"({"":[{"a":1},{"a":1}]})"), "-") << "no path leads there";
}

TEST(Records, ArraysThatCompeteAreNamed) {
  EXPECT_EQ(taken(R"({"nodes":)" + records(20) + R"(,"links":)" + records(60) + "}"),
            "- links nodes");
  EXPECT_EQ(taken(R"({"a":)" + records(2) + R"(,"b":)" + records(2) + "}"), "- a b");
  EXPECT_EQ(taken(R"({"data":)" + records(100) + R"(,"notes":[{"t":"a"},{"t":"b"}]})"), "data?");
}

TEST(Records, AreSoughtInOneDocumentOnly) {
  const std::string page = R"({"data":)" + records(2) + "}";
  EXPECT_EQ(taken(page + "\n" + page), "no document");
  EXPECT_EQ(taken("\xEF\xBB\xBF" + page + " \r\n"), "data");
  EXPECT_EQ(taken(page.substr(0, page.size() - 1)), "no document");
  EXPECT_EQ(taken(R"({"data":[{"a":NaN},{"a":1}]})"), "no document");
  EXPECT_EQ(taken("[1]"), "no document");
  std::string many = "{";
  for (std::size_t i = 0; i <= outline_places_max; ++i) {
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(taken(many + "}"), "no document");
  EXPECT_EQ(taken(R"({"a":{"b":{"c":{"d":{"e":)" + records(2) + "}}}}}"), "a.b.c.d.e");
  EXPECT_EQ(taken(R"({"a":{"b":{"c":{"d":{"e":{"f":)" + records(2) + "}}}}}}"), "-");
}

TEST(Records, TheNoteNamesWhatIsLeftOutAndTheOption) {
  const RecordsChoice one =
      choose_records(*outline(R"({"status":"ok","data":)" + records(3) + "}"));
  EXPECT_EQ(
      records_note(one, {"status"}),
      "The file is one object; the array at 'data' is its table, of 3 rows, which is a guess; "
      "what stands beside them is left out: 'status'. {\"records_path\": \"$\"} reads the "
      "object as one row.");
  EXPECT_TRUE(as_structure_choice(one).is_guess);
  EXPECT_EQ(as_structure_choice(one).runner_up_options->records_path, "$");
  const RecordsChoice two =
      choose_records(*outline(R"({"a":)" + records(3) + R"(,"b":)" + records(2) + "}"));
  EXPECT_EQ(
      records_note(two, {}),
      "The file is one object, and a table of one row, which is a guess; it holds 3 records at "
      "'a', 2 records at 'b', which {\"records_path\": \"a\"} reads as rows.");
  EXPECT_EQ(as_structure_choice(two).runner_up_options->records_path, "a");
  EXPECT_FALSE(as_structure_choice(two).margin);
}

}  // namespace
}  // namespace sluice::ingest
