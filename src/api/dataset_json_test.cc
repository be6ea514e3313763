// What clients read, byte for byte: the forms of wire/ stand in it.
#include "api/dataset_json.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "wire/dataset_forms.h"
#include "wire/json.h"

namespace sluice::api {
namespace {

TEST(DatasetJson, ASchemaIsAsEveryVersionAnsweredIt) {
  Dataset dataset;
  dataset.id = "d1";
  dataset.current.version = 3;
  dataset.current.ingest_json = R"({"options":{"delimiter":";"},"notes":["one"]})";
  dataset.current.columns = {{"id", "ID", "BIGINT", "canonical integers"},
                             {"note", "A \"note\"", "VARCHAR", ""}};
  lakehouse::medallion::Plan plan;
  plan.columns = {
      {"id", "id", "BIGINT", lakehouse::medallion::Transform::keep, "", {}, "as it is"}};
  EXPECT_EQ(
      boost::json::serialize(schema_json(dataset, plan)),
      R"({"dataset_id":"d1","version":3,"options":{"delimiter":";"},"notes":["one"],"columns":[)"
      R"({"name":"id","original":"ID","type":"BIGINT","reason":"canonical integers",)"
      R"("silver":{"name":"id","type":"BIGINT","reason":"as it is"}},)"
      R"({"name":"note","original":"A \"note\"","type":"VARCHAR","reason":"","silver":null}]})");
}

TEST(DatasetJson, ACostIsAsEveryVersionAnsweredIt) {
  EXPECT_EQ(wire::to_text(SyncCost{1, 2, 3, 4}),
            R"({"statements":1,"rest_calls":2,"bytes_uploaded":3,"warehouse_ms":4})");
}

}  // namespace
}  // namespace sluice::api
