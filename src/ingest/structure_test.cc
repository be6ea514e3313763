// Texts of testdata/structure.json: where the table begins, which rows are its names, how the lines
// divide, and whether that is called a guess. The kinds are those of ../shared/cases, and beside
// each stand texts that look like it and are not.
#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/files.h"
#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

class Structure : public Ingest {
 protected:
  void check(const json::object& test);
};

void Structure::check(const json::object& test) {
  const std::string text(test.at("text").as_string());
  SCOPED_TRACE(text);
  IngestRequest request = request_for(write("text.csv", text));
  if (const json::value* options = test.if_contains("options")) {
    const Result<IngestOptions> parsed = options_from_json(json::serialize(*options));
    ASSERT_TRUE(parsed) << to_line(parsed.error());
    request.options = *parsed;
  }
  const Result<Ingested> done = ingest_file(request);
  ASSERT_TRUE(done) << to_line(done.error());
  std::vector<std::string> names;
  for (const Column& column : done->columns) names.push_back(column.original);
  std::vector<std::string> wanted;
  for (const json::value& name : test.at("names").as_array()) wanted.emplace_back(name.as_string());
  EXPECT_EQ(names, wanted);
  EXPECT_EQ(done->row_count, test.at("rows").as_int64());
  if (const json::value* rejects = test.if_contains("rejects")) {
    EXPECT_EQ(done->rows_rejected, rejects->as_int64());
  }
  const auto is_guess = [](const std::string& note) {
    return note.find("guess") != std::string::npos;
  };
  if (const json::value* guess = test.if_contains("guess")) {
    EXPECT_EQ(std::ranges::any_of(done->notes, is_guess), guess->as_bool())
        << testing::PrintToString(done->notes);
  }
  fs::remove(folder_ / "out.parquet");
  fs::remove(folder_ / "rejects.parquet");
}

TEST_F(Structure, EachTextIsReadAsACarefulPersonWould) {
  const json::value tests = json::parse(read_file(testdata() / "structure.json").value());
  for (const json::value& test : tests.as_array()) check(test.as_object());
}

}  // namespace
}  // namespace sluice::ingest
