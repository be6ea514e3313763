// What each step makes, and that it repeats.
#include <fstream>

#include "base/sql_text.h"
#include "dataset/names.h"
#include "lakehouse/testing/contract_fixture.h"

namespace sluice::lakehouse::testing {
namespace {

TEST_P(Contract, BronzeThenSilverAndEveryRowIsAccountedFor) {
  const Result<TableState> bronze = load(1, three_rows);
  ASSERT_TRUE(bronze) << to_line(bronze.error());
  EXPECT_TRUE(bronze->table.ends_with("." + request_.table_name)) << bronze->table;
  EXPECT_EQ(bronze->row_count, 3);
  EXPECT_EQ(bronze->version, 1);
  EXPECT_EQ(bronze->sha256, request_.sha256);
  ASSERT_EQ(bronze->columns.size(), 3U);
  EXPECT_EQ(bronze->columns.at(0).original, "ID");
  EXPECT_EQ(count(Layer::bronze), 3);

  const Result<SilverState> silver = lakehouse_->load_silver(request_, plan_);
  ASSERT_TRUE(silver) << to_line(silver.error());
  EXPECT_TRUE(silver->silver.table.ends_with("." + request_.table_name + "_clean"));
  EXPECT_EQ(silver->silver.row_count, 2);
  EXPECT_EQ(silver->duplicates_removed, 1);
  EXPECT_EQ(silver->rows_quarantined, 0);
  EXPECT_FALSE(silver->quarantine);
  EXPECT_EQ(silver->silver.version, 1);
  EXPECT_EQ(count(Layer::silver), 2);
  EXPECT_EQ(count(Layer::quarantine), std::nullopt);
}

TEST_P(Contract, EveryStepRepeatsAlsoInAnotherProcess) {
  const Result<SilverState> first = sync(1, three_rows);
  ASSERT_TRUE(first) << to_line(first.error());
  for (int round = 0; round < 2; ++round) {
    lakehouse_ = world_->open();
    const Result<std::optional<TableState>> there = lakehouse_->find_bronze(request_);
    ASSERT_TRUE(there) << to_line(there.error());
    ASSERT_TRUE(*there) << "nothing need be fetched";
    EXPECT_EQ((*there)->row_count, 3);
    EXPECT_EQ((*there)->sha256, request_.sha256);
    // A second delivery of what was asked for before the answer came.
    const fs::path path = lakehouse_->landing_path(request_).value();
    make_parquet(three_rows, columns, path);
    const Result<TableState> again = lakehouse_->load_bronze(request_, path);
    ASSERT_TRUE(again) << to_line(again.error());
    EXPECT_EQ(again->row_count, 3);
    EXPECT_FALSE(fs::exists(path)) << "the landed file was taken over";
    const Result<SilverState> silver = lakehouse_->load_silver(request_, plan_);
    ASSERT_TRUE(silver) << to_line(silver.error());
    EXPECT_EQ(silver->silver.row_count, 2);
    EXPECT_EQ(silver->duplicates_removed, 1);
  }
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::silver), 2);
}

TEST_P(Contract, ANewVersionReplacesAndAnOldOneComesTooLate) {
  ASSERT_TRUE(sync(1, three_rows));
  const TableRequest old = request_;
  ASSERT_TRUE(sync(2, one_row));
  EXPECT_EQ(count(Layer::bronze), 1);
  EXPECT_EQ(count(Layer::silver), 1);
  EXPECT_EQ(code_of(lakehouse_->find_bronze(old)), "newer_version_loaded");
  const fs::path path = lakehouse_->landing_path(old).value();
  make_parquet(three_rows, columns, path);
  EXPECT_EQ(code_of(lakehouse_->load_bronze(old, path)), "newer_version_loaded");
  // Bronze holds another version: which of the two is seen first is the lakehouse's to say.
  const std::string refused = code_of(lakehouse_->load_silver(old, plan_));
  EXPECT_TRUE(refused == "newer_version_loaded" || refused == "bronze_changed") << refused;
  EXPECT_EQ(count(Layer::bronze), 1);
  EXPECT_EQ(count(Layer::silver), 1);
}

TEST_P(Contract, SilverIsMadeOfTheVersionThatWasAskedForOnly) {
  ASSERT_TRUE(load(1, three_rows));
  request_.version = 2;
  EXPECT_EQ(code_of(lakehouse_->load_silver(request_, plan_)), "bronze_changed");
  EXPECT_EQ(count(Layer::silver), std::nullopt);
}

TEST_P(Contract, ARebuildMakesWhatIsThereAnew) {
  ASSERT_TRUE(sync(1, three_rows));
  request_.rebuild = true;
  const Result<std::optional<TableState>> there = lakehouse_->find_bronze(request_);
  ASSERT_TRUE(there) << to_line(there.error());
  EXPECT_FALSE(*there);
  const Result<SilverState> silver = sync(1, three_rows);
  ASSERT_TRUE(silver) << to_line(silver.error());
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::silver), 2);
}

TEST_P(Contract, ATableWithoutRowsIsATable) {
  const Result<SilverState> silver = sync(1, std::string(three_rows) + " LIMIT 0");
  ASSERT_TRUE(silver) << to_line(silver.error());
  EXPECT_EQ(silver->silver.row_count, 0);
  EXPECT_EQ(silver->rows_quarantined, 0);
  EXPECT_EQ(count(Layer::bronze), 0);
  EXPECT_EQ(count(Layer::silver), 0);
}

TEST_P(Contract, QuarantineComesAndGoes) {
  ASSERT_TRUE(load(1, three_rows));
  const Result<SilverState> state = lakehouse_->load_silver(request_, strict());
  ASSERT_TRUE(state) << to_line(state.error());
  EXPECT_EQ(state->rows_quarantined, 3);
  EXPECT_EQ(state->silver.row_count, 0);
  EXPECT_EQ(state->duplicates_removed, 0);
  ASSERT_TRUE(state->quarantine);
  EXPECT_EQ(state->quarantine->row_count, 3);
  EXPECT_EQ(state->quarantine->columns.back().name, "_reason");
  EXPECT_EQ(count(Layer::quarantine), 3);
  const Result<std::optional<TableState>> found =
      lakehouse_->find_table(request_.tenant, Layer::quarantine, request_.table_name);
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);

  const Result<SilverState> better = lakehouse_->load_silver(request_, plan_);
  ASSERT_TRUE(better) << to_line(better.error());
  EXPECT_EQ(better->rows_quarantined, 0);
  EXPECT_FALSE(better->quarantine);
  EXPECT_EQ(count(Layer::quarantine).value_or(0), 0);
  EXPECT_EQ(count(Layer::silver), 2);
}

TEST_P(Contract, OtherBytesThanWereAskedForAreRefused) {
  const fs::path path = land(1, three_rows);
  std::ofstream(path, std::ios::app) << "x";
  const Result<TableState> refused = lakehouse_->load_bronze(request_, path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "landed_file_damaged");
  EXPECT_EQ(refused.error().kind, Errc::data_loss);
  EXPECT_EQ(count(Layer::bronze), std::nullopt);
}

TEST_P(Contract, OtherColumnsThanWereAskedForAreRefused) {
  const fs::path path = land(1, three_rows);
  request_.columns.at(1).type = "BIGINT";
  EXPECT_EQ(code_of(lakehouse_->load_bronze(request_, path)), "landed_file_damaged");
  EXPECT_EQ(count(Layer::bronze), std::nullopt);
}

TEST_P(Contract, AFileThatDidNotLandIsAnError) {
  const fs::path path = land(1, three_rows);
  fs::remove(path);
  EXPECT_FALSE(lakehouse_->load_bronze(request_, path));
  EXPECT_EQ(count(Layer::bronze), std::nullopt);
}

TEST_P(Contract, TablesThatAreGoneAreMadeAgain) {
  ASSERT_TRUE(sync(1, three_rows));
  world_->take_away(request_.tenant, Layer::silver, request_.table_name);
  const Result<SilverState> silver = lakehouse_->load_silver(request_, plan_);
  ASSERT_TRUE(silver) << to_line(silver.error());
  EXPECT_EQ(count(Layer::silver), 2);

  world_->take_away(request_.tenant, Layer::bronze, request_.table_name);
  const Result<std::optional<TableState>> there = lakehouse_->find_bronze(request_);
  ASSERT_TRUE(there) << to_line(there.error());
  EXPECT_FALSE(*there);
  EXPECT_EQ(code_of(lakehouse_->load_silver(request_, plan_)), "bronze_changed");
  ASSERT_TRUE(sync(1, three_rows));
  EXPECT_EQ(count(Layer::bronze), 3);
}

/// As a file may have them: what SQL, Delta and paths give a meaning, case and forms beyond ASCII,
/// what does not show, reserved words, our own names, names of the longest kind.
std::vector<std::string> hard_headers() {
  std::string euros;
  while (euros.size() < 300) euros += "€";
  return {"Größe 🌊",
          "a.b",
          "it's \"x\"",
          "`tick`",
          "semi;colon",
          "SELECT",
          "100%",
          "back\\slash",
          "$.path[0]",
          "new\nline",
          "a/b",
          "?x#y&z",
          "{\"json\": 1}",
          "Ä",
          "ä",
          "A",
          "a",
          "İ",
          "i",
          "ı",
          "i\u0307",
          "ß",
          "SS",
          "ΣΑΣ",
          "σας",
          "é",
          "e\u0301",
          "Ａ",
          "CO₂",
          "CO2",
          "𐐀",
          "𐐨",
          "x\u200By",
          "xy",
          "\uFEFFxy",
          "\u202Eabc\u202C",
          "tab\u0085",
          "",
          " ",
          "\u200B",
          "_batch",
          "_BATCH",
          "_row",
          "_reason",
          "_column",
          "_Reason",
          "_metadata",
          "null",
          "from",
          "Order",
          "current_date",
          "default",
          "1st",
          std::string(300, 'w'),
          std::string(300, 'W'),
          euros,
          euros};
}

TEST_P(Contract, AnyHeaderCanBeAColumn) {
  const std::vector<std::string> headers = hard_headers();
  const std::vector<std::string> names = bronze_column_names(headers);
  request_.columns.clear();
  std::string select;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    request_.columns.push_back({names.at(i), headers.at(i), "VARCHAR", ""});
    select += (i == 0 ? "SELECT 'v" : ", 'v") + std::to_string(i) + "' AS " +
              quote_identifier(names.at(i));
  }
  const Result<SilverState> silver = sync(1, select);
  ASSERT_TRUE(silver) << to_line(silver.error());
  EXPECT_EQ(silver->silver.row_count, 1);
  EXPECT_EQ(count(Layer::bronze), 1);
  const auto expect_names = [&](Layer layer, const std::vector<std::string>& expected) {
    const Result<std::optional<TableState>> found =
        lakehouse_->find_table(request_.tenant, layer, request_.table_name);
    ASSERT_TRUE(found) << to_line(found.error());
    ASSERT_TRUE(*found);
    std::vector<std::string> seen;
    for (const Column& column : (*found)->columns) seen.push_back(column.name);
    EXPECT_EQ(seen, expected);
    for (std::size_t i = 0; i < headers.size() && i < seen.size(); ++i) {
      // What has no header has no comment either.
      if (headers.at(i).empty()) continue;
      EXPECT_EQ((*found)->columns.at(i).original, headers.at(i));
    }
  };
  expect_names(Layer::bronze, names);
  expect_names(Layer::silver, silver_column_names(headers));

  // Of a plan by which the row does not fit.
  const Result<SilverState> state = lakehouse_->load_silver(request_, strict());
  ASSERT_TRUE(state) << to_line(state.error());
  EXPECT_EQ(state->rows_quarantined, 1);
  std::vector<std::string> with_marks = names;
  with_marks.insert(with_marks.end(), {"_column_2", "_reason_3"});
  expect_names(Layer::quarantine, with_marks);
}

TEST_P(Contract, FindTableTellsWhatIsThere) {
  const auto found = [&](Layer layer) {
    return lakehouse_->find_table(request_.tenant, layer, request_.table_name).value();
  };
  EXPECT_FALSE(found(Layer::bronze));
  ASSERT_TRUE(sync(7, three_rows));
  ASSERT_TRUE(found(Layer::bronze));
  EXPECT_EQ(found(Layer::bronze)->version, 7);
  EXPECT_EQ(found(Layer::bronze)->sha256, request_.sha256);
  EXPECT_EQ(found(Layer::bronze)->columns.size(), 3U) << "without _batch";
  ASSERT_TRUE(found(Layer::silver));
  EXPECT_EQ(found(Layer::silver)->version, 7);
  EXPECT_FALSE(found(Layer::quarantine));
}

TEST_P(Contract, AStopEndsTheWorkAndLeavesNoTable) {
  ASSERT_TRUE(load(1, three_rows));
  std::stop_source source;
  source.request_stop();
  TableRequest stopped = request_;
  stopped.stop = source.get_token();
  const Result<SilverState> silver = lakehouse_->load_silver(stopped, plan_);
  ASSERT_FALSE(silver);
  EXPECT_EQ(silver.error().kind, Errc::cancelled) << to_line(silver.error());
  EXPECT_EQ(count(Layer::silver), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Lakehouse, Contract, ::testing::ValuesIn(contenders()),
                         [](const auto& made) { return made.param.name; });

}  // namespace
}  // namespace sluice::lakehouse::testing
