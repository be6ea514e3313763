// Whose tables are touched, by which calls, and by which names.
#include "lakehouse/testing/contract_fixture.h"

namespace sluice::lakehouse::testing {
namespace {

TEST_P(Contract, AnotherDatasetsTablesAreNotTouched) {
  ASSERT_TRUE(load(1, three_rows));
  ASSERT_TRUE(lakehouse_->load_silver(request_, strict()));
  const TableRequest other = theirs();
  EXPECT_EQ(code_of(lakehouse_->find_bronze(other)), "table_of_another_dataset");
  const fs::path path = lakehouse_->landing_path(other).value();
  make_parquet(three_rows, columns, path);
  EXPECT_EQ(code_of(lakehouse_->load_bronze(other, path)), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->load_silver(other, plan_)), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->drop_tables(other)), "table_of_another_dataset");
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::silver), 0);
  EXPECT_EQ(count(Layer::quarantine), 3);
}

TEST_P(Contract, AForeignTableInBronzesPlaceIsNotTouched) {
  world_->make_foreign(request_.tenant, Layer::bronze, request_.table_name);
  const fs::path path = land(1, three_rows);
  EXPECT_EQ(code_of(lakehouse_->find_bronze(request_)), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->load_bronze(request_, path)), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->drop_tables(request_)), "table_of_another_dataset");
  EXPECT_EQ(count(Layer::bronze), 1);
  world_->take_away(request_.tenant, Layer::bronze, request_.table_name);
}

TEST_P(Contract, AForeignTableInSilversPlaceIsNotTouchedAndNoneOfOursIsDropped) {
  ASSERT_TRUE(load(1, three_rows));
  ASSERT_TRUE(lakehouse_->load_silver(request_, strict()));
  world_->take_away(request_.tenant, Layer::silver, request_.table_name);
  world_->make_foreign(request_.tenant, Layer::silver, request_.table_name);
  EXPECT_EQ(code_of(lakehouse_->load_silver(request_, strict())), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->drop_tables(request_)), "table_of_another_dataset");
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::silver), 1);
  EXPECT_EQ(count(Layer::quarantine), 3);
  world_->take_away(request_.tenant, Layer::silver, request_.table_name);
}

TEST_P(Contract, AForeignTableInQuarantinesPlaceIsNotTouched) {
  ASSERT_TRUE(load(1, three_rows));
  world_->make_foreign(request_.tenant, Layer::quarantine, request_.table_name);
  EXPECT_EQ(code_of(lakehouse_->load_silver(request_, strict())), "table_of_another_dataset");
  EXPECT_EQ(code_of(lakehouse_->drop_tables(request_)), "table_of_another_dataset");
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::quarantine), 1);
  world_->take_away(request_.tenant, Layer::quarantine, request_.table_name);
}

TEST_P(Contract, ADropTakesAllThreeAndMayBeRepeated) {
  ASSERT_TRUE(load(1, three_rows));
  ASSERT_TRUE(lakehouse_->load_silver(request_, strict()));
  for (int round = 0; round < 2; ++round) {
    const Result<void> dropped = lakehouse_->drop_tables(request_);
    ASSERT_TRUE(dropped) << to_line(dropped.error());
    for (const Layer layer : {Layer::bronze, Layer::silver, Layer::quarantine}) {
      EXPECT_EQ(count(layer), std::nullopt);
    }
  }
  EXPECT_FALSE(lakehouse_->find_bronze(request_).value());
  // And the name is free again.
  request_ = theirs();
  const Result<SilverState> silver = sync(1, three_rows);
  EXPECT_TRUE(silver) << to_line(silver.error());
}

TEST_P(Contract, ALateDropTakesNoTableOfALaterSync) {
  const auto of_want = [](TableRequest request, std::int64_t order) {
    request.order = order;
    request.asked_at_us = order * 100;
    return request;
  };
  request_ = of_want(request_, 10);
  ASSERT_TRUE(sync(1, three_rows));
  request_ = of_want(request_, 12);
  request_.rebuild = true;
  ASSERT_TRUE(sync(1, three_rows));
  EXPECT_EQ(code_of(lakehouse_->drop_tables(of_want(request_, 11))), "newer_want_carried");
  EXPECT_EQ(code_of(world_->open()->drop_tables(of_want(request_, 11))), "newer_want_carried");
  EXPECT_EQ(count(Layer::bronze), 3);
  EXPECT_EQ(count(Layer::silver), 2);
  request_ = of_want(request_, 13);
  EXPECT_TRUE(lakehouse_->drop_tables(request_));
  EXPECT_EQ(count(Layer::bronze), std::nullopt);
  EXPECT_EQ(count(Layer::silver), std::nullopt);
}

TEST_P(Contract, NamesThatWouldBeMoreThanANameAreRefused) {
  ASSERT_TRUE(load(1, three_rows));
  for (const char* name : {"../x", "A", "", "a b", "a.b", "a`b", "a'b", "a/b"}) {
    TableRequest bad = request_;
    bad.table_name = name;
    EXPECT_EQ(code_of(lakehouse_->find_bronze(bad)), "bad_table_name") << name;
    EXPECT_EQ(code_of(lakehouse_->landing_path(bad)), "bad_table_name") << name;
    EXPECT_EQ(code_of(lakehouse_->load_silver(bad, plan_)), "bad_table_name") << name;
    EXPECT_EQ(code_of(lakehouse_->drop_tables(bad)), "bad_table_name") << name;
    EXPECT_EQ(code_of(lakehouse_->find_table(bad.tenant, Layer::bronze, name)), "bad_table_name");
  }
  for (const char* tenant : {"../y", "", "A", "a.b", "a`b"}) {
    TableRequest bad = request_;
    bad.tenant.value = tenant;
    EXPECT_EQ(code_of(lakehouse_->drop_tables(bad)), "bad_table_name") << tenant;
    EXPECT_EQ(code_of(lakehouse_->find_bronze(bad)), "bad_table_name") << tenant;
  }
  EXPECT_EQ(count(Layer::bronze), 3);
}

}  // namespace
}  // namespace sluice::lakehouse::testing
