// 1.250 beside decimal commas: said without the option, one thousand with it.
#include "ingest/cells/point_doubt.h"

#include <algorithm>

#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

class PointDoubt : public Ingest {
 protected:
  Ingested read(const std::string& text, const std::string& options = "") {
    IngestRequest request = request_for(write("text.csv", text));
    request.options = options_from_json(options).value();
    Result<Ingested> done = ingest_file(request);
    EXPECT_TRUE(done) << to_line(done.error());
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
    return done ? *std::move(done) : Ingested{};
  }
  static bool is_said(const Ingested& done) {
    return std::ranges::any_of(done.notes, [](const std::string& note) {
      return note.find("is read as a decimal mark, which is a guess") != std::string::npos;
    });
  }
};

TEST_F(PointDoubt, APointBesideDecimalCommasIsSaid) {
  const std::string text = "id;price;weight\n1;12,50;1.250\n2;3,75;2.500\n3;1,05;10.125\n";
  const Ingested done = read(text);
  EXPECT_EQ(done.columns.at(2).type, "DECIMAL(18,3)");
  EXPECT_TRUE(is_said(done)) << testing::PrintToString(done.notes);

  const Ingested told = read(text, R"({"decimal_mark":","})");
  EXPECT_FALSE(is_said(told));
  EXPECT_EQ(told.columns.at(2).type, "VARCHAR") << "as it came";
  EXPECT_EQ(told.plan.columns.at(2).type, "BIGINT") << told.plan.columns.at(2).reason;
  EXPECT_EQ(told.plan.columns.at(1).type, "DECIMAL(18,2)");
}

TEST_F(PointDoubt, NothingIsSaidWhereTheColumnTells) {
  for (const char* text : {
           "id;price;weight\n1;12.50;1.250\n2;3.75;2.500\n",   // no decimal commas
           "id;price;weight\n1;12,50;0.250\n2;3,75;2.500\n",   // no group begins with a zero
           "id;price;weight\n1;12,50;1.25\n2;3,75;2.50\n",     // two places
           "id;price;weight\n1;12,50;1250.250\n2;3,75;2.5\n",  // four digits before it
       }) {
    EXPECT_FALSE(is_said(read(text))) << text;
  }
}

}  // namespace
}  // namespace sluice::ingest
