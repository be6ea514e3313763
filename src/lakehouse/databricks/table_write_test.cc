#include "lakehouse/databricks/table_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lakehouse/databricks/table_guards.h"

namespace sluice::lakehouse::databricks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Column> columns{{"id", "id", "BIGINT", ""},
                                  {"order_no", "order no", "VARCHAR", ""},
                                  {"more", "more", "STRUCT(\"a b\" BIGINT, C VARCHAR[])", ""}};

CatalogTable same() {
  CatalogTable table;
  table.full_name = "c.bronze.t";
  table.kind = "managed";
  table.columns = {{"id", "bigint", ""},
                   {"order_no", "string", "order no"},
                   {"more", "struct<a b:bigint,C:array<string>>", ""}};
  return table;
}

std::vector<std::string> written(const std::optional<CatalogTable>& there,
                                 const std::vector<Column>& now = columns) {
  return table_write({"c.bronze.t", "s3://b/new", "kept", {{"sluice.version", "3"}}}, now,
                     "SELECT 1", there)
      .value();
}

TEST(TableWrite, SameColumnsAreOverwrittenAndThePropertiesComeLast) {
  EXPECT_THAT(
      written(same()),
      ElementsAre("INSERT OVERWRITE `c`.`bronze`.`t` BY NAME SELECT 1", "",
                  "ALTER TABLE `c`.`bronze`.`t` SET TBLPROPERTIES ('sluice.version' = '3')"));
}

TEST(TableWrite, OnlyCommentsThatChangedAreAltered) {
  CatalogTable there = same();
  there.columns[0].comment = "Number of the order, says Anna";
  there.columns[1].comment = "Order No";
  EXPECT_EQ(written(there)[1],
            "ALTER TABLE `c`.`bronze`.`t` ALTER COLUMN `order_no` COMMENT 'order no'");
  // A header of before that the name now says by itself; a person's words stay.
  there.columns[0].comment = "ID";
  there.columns[1].comment = "order no";
  EXPECT_EQ(written(there)[1], "ALTER TABLE `c`.`bronze`.`t` ALTER COLUMN `id` COMMENT ''");
}

TEST(TableWrite, OtherColumnsReplaceTheTableWhereItLies) {
  const auto statement = [](const auto& change) {
    CatalogTable there = same();
    change(there);
    return written(there)[0];
  };
  const std::string managed = "CREATE OR REPLACE TABLE `c`.`bronze`.`t` USING DELTA COMMENT 'kept'";
  EXPECT_THAT(statement([](CatalogTable& t) { t.columns[0].type = "int"; }), HasSubstr(managed));
  EXPECT_THAT(statement([](CatalogTable& t) { std::swap(t.columns[0], t.columns[1]); }),
              HasSubstr(managed));
  EXPECT_THAT(statement([](CatalogTable& t) { t.columns.pop_back(); }), HasSubstr(managed));
  EXPECT_THAT(
      statement([](CatalogTable& t) { t.columns[2].type = "struct<a b:bigint,c:array<string>>"; }),
      HasSubstr(managed));
  EXPECT_THAT(statement([](CatalogTable& t) {
                t.columns.pop_back();
                t.kind = "external";
                t.location = "s3://b/old";
              }),
              HasSubstr("LOCATION 's3://b/old'"));
  EXPECT_THAT(written(std::nullopt)[0], HasSubstr("LOCATION 's3://b/new'"));
}

TEST(TableWrite, ARefusalNamesTheColumnThatATagHolds) {
  CatalogTable there = same();
  there.columns.push_back({"secret", "string", ""});
  const Error refused = explained(
      to_error(statement_error_of("BAD_REQUEST",
                                  "[INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN] Column "
                                  "cannot be dropped because it has one or more governed tags"),
               "Loading"),
      columns, there);
  EXPECT_EQ(refused.code, "databricks_governed_tag");
  EXPECT_EQ(refused.kind, Errc::permission_denied);
  EXPECT_THAT(refused.remedy, HasSubstr("the column secret of c.bronze.t"));
}

TEST(TableWrite, ARefusalNamesTheTablesOwner) {
  CatalogTable there = same();
  there.owner = "anna@example.com";
  const Error refused =
      explained(to_error(statement_error_of("BAD_REQUEST", "[INSUFFICIENT_PERMISSIONS] no MANAGE"),
                         "Loading"),
                columns, there);
  EXPECT_THAT(refused.detail, HasSubstr("belongs to anna@example.com"));
  EXPECT_THAT(refused.remedy, HasSubstr("OWNER TO"));
}

TEST(TableGuards, WhatBronzeHidesFromUsStopsTheSync) {
  const auto kind = [](const CatalogTable& table, Layer layer, bool is_exempt = false) {
    const Result<void> checked = check_read_in_full(table, layer, is_exempt);
    return checked ? "read" : checked.error().code.text();
  };
  CatalogTable masked = same();
  masked.columns[1].mask = "c.s.hide";
  EXPECT_EQ(kind(masked, Layer::bronze), "databricks_masked");
  EXPECT_EQ(kind(masked, Layer::bronze, true), "read");
  EXPECT_EQ(kind(masked, Layer::silver), "read") << "that is for silver's readers";
  CatalogTable filtered = same();
  filtered.row_filter = "c.s.mine";
  for (const Layer layer : {Layer::bronze, Layer::silver, Layer::quarantine}) {
    EXPECT_EQ(kind(filtered, layer), "databricks_masked");
  }
  EXPECT_EQ(kind(same(), Layer::bronze), "read");
  const Error said = check_read_in_full(masked, Layer::bronze, false).error();
  EXPECT_THAT(said.detail, HasSubstr("the mask c.s.hide on the column order_no"));
  EXPECT_THAT(said.remedy, HasSubstr("Exempt our principal"));
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
