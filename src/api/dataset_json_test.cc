// What clients read, byte for byte: the forms of wire/ stand in it.
#include "api/dataset_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::api {
namespace {

namespace json = boost::json;

TEST(DatasetJson, ASchemaIsAsEveryVersionAnsweredIt) {
  Dataset dataset;
  dataset.id = "d1";
  dataset.current.version = 3;
  dataset.current.ingest_json =
      R"({"options":{"delimiter":";"},"notes":["one"],"decision":[{"what":"header"}]})";
  dataset.current.columns = {{"id", "ID", "BIGINT", "canonical integers"},
                             {"note", "A \"note\"", "VARCHAR", ""}};
  lakehouse::medallion::Plan plan;
  plan.columns = {
      {"id", "id", "BIGINT", lakehouse::medallion::Transform::keep, "", {}, "as it is"}};
  EXPECT_EQ(
      boost::json::serialize(schema_json(dataset, plan)),
      R"({"dataset_id":"d1","version":3,"options":{"delimiter":";"},"notes":["one"],)"
      R"("decision":[{"what":"header"}],"columns":[)"
      R"({"name":"id","original":"ID","type":"BIGINT","reason":"canonical integers",)"
      R"("silver":{"name":"id","type":"BIGINT","reason":"as it is"}},)"
      R"({"name":"note","original":"A \"note\"","type":"VARCHAR","reason":"","silver":null}]})");
}

/// What is not known is null and never zero or an empty text: a client tells them apart.
TEST(DatasetJson, WhatIsNotKnownIsNull) {
  Dataset dataset;
  dataset.id = "d1";
  dataset.current.ingest_json = "no JSON";
  const json::object shown = dataset_json(dataset, {}, false, {});
  EXPECT_TRUE(shown.at("description").is_null());
  EXPECT_TRUE(shown.at("damage").as_array().empty());
  EXPECT_EQ(shown.at("source"), json::parse(R"({"name":null,"bytes":0,"kept":false,)"
                                            R"("encoding":null,"compression":null})"));
  EXPECT_EQ(shown.at("metadata"),
            json::parse(R"({"databricks_enabled":false,"sync_status":"not_synced",)"
                        R"("bronze_table":null,"silver_table":null,"last_sync_at":null,)"
                        R"("last_sync_error":null,"last_sync_error_class":null,)"
                        R"("row_count_databricks":null,"lakehouse":null})"));
  const json::object status = status_json(dataset, {}, true, {});
  for (const char* name :
       {"waiting_for", "waiting_since", "next_attempt_at", "synced_version", "row_count_databricks",
        "row_count_silver", "rows_quarantined", "duplicates_removed", "last_sync_at"}) {
    EXPECT_TRUE(status.at(name).is_null()) << name;
  }
  EXPECT_EQ(status.at("workflow_id"), "dataset-sync-d1");
}

TEST(DatasetJson, ZeroIsANumberAndRowsAddUp) {
  Dataset dataset;
  dataset.id = "d1";
  dataset.current.row_count = 7;
  dataset.current.rows_rejected = 3;
  dataset.current.source_file = "kept";
  dataset.current.ingest_json = R"({"encoding":"utf-16le","compression":"gzip"})";
  SyncState state;
  state.row_count_bronze = 0;
  state.rows_quarantined = 0;
  state.last_sync_at_us = 0;
  state.last_sync_error = "It is at /var/lib/sluice/x.";
  const json::object shown = dataset_json(dataset, state, true, {});
  EXPECT_EQ(shown.at("rows_read"), 10);
  EXPECT_EQ(shown.at("source").at("kept"), true);
  EXPECT_EQ(shown.at("source").at("encoding"), "utf-16le");
  EXPECT_EQ(shown.at("metadata").at("row_count_databricks"), 0);
  EXPECT_EQ(shown.at("metadata").at("last_sync_at"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(shown.at("metadata").at("last_sync_error"), "It is at ….");
  EXPECT_EQ(status_json(dataset, state, true, {}).at("rows_quarantined"), 0);
}

TEST(DatasetJson, DamageIsShownWithItsOwnDatasetOnly) {
  Dataset dataset;
  dataset.id = "d1";
  std::vector<metadata::Damage> all(2);
  all[0].dataset_id = "d1";
  all[0].file = "/data/datasets/d1.parquet";
  all[1].dataset_id = "d2";
  const json::array shown = dataset_json(dataset, {}, true, all).at("damage").as_array();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].at("name"), "d1.parquet") << "no path of the machine";
  EXPECT_FALSE(shown[0].at("remedy").as_string().empty());
}

TEST(DatasetJson, ACostIsAsEveryVersionAnsweredItAndWhatIsNotKnownIsNull) {
  EXPECT_EQ(json::serialize(cost_json({1, 2, 3, 4})),
            R"({"statements":1,"rest_calls":2,"bytes_uploaded":3,"warehouse_ms":4,)"
            R"("awake_ms":null,"dbu":null})");
  const json::object known = cost_json({1, 2, 3, 4, 5, 0.25});
  EXPECT_EQ(known.at("awake_ms"), 5);
  EXPECT_EQ(known.at("dbu"), 0.25);
}

}  // namespace
}  // namespace sluice::api
