#include "lakehouse/databricks/warehouse_cost.h"

#include <gtest/gtest.h>

namespace sluice::lakehouse::databricks {
namespace {

WarehouseState of(const std::string& size, std::int64_t auto_stop_min, std::int64_t clusters = 1) {
  WarehouseState warehouse;
  warehouse.size = size;
  warehouse.auto_stop_min = auto_stop_min;
  warehouse.clusters_min = clusters;
  return warehouse;
}

TEST(WarehouseCost, IsTheIdleTailMostOfAll) {
  const LonelySync sync = lonely_sync(of("2X-Small", 10)).value();
  EXPECT_EQ(sync.awake_s, 620);
  EXPECT_NEAR(sync.dbu.value(), 4 * 620 / 3600.0, 1e-9);
  EXPECT_NEAR(lonely_sync(of("2X-Small", 1)).value().dbu.value(), 4 * 80 / 3600.0, 1e-9);
}

TEST(WarehouseCost, GrowsWithSizeAndClusters) {
  EXPECT_NEAR(lonely_sync(of("Small", 5, 2)).value().dbu.value(), 2 * 12 * 320 / 3600.0, 1e-9);
  // A field that is not there reads as 0.
  EXPECT_NEAR(lonely_sync(of("Small", 5, 0)).value().dbu.value(), 12 * 320 / 3600.0, 1e-9);
}

TEST(WarehouseCost, IsNotToldWhereItCannotBeKnown) {
  EXPECT_EQ(lonely_sync(of("2X-Small", 0)), std::nullopt);
  const LonelySync of_new_size = lonely_sync(of("5X-Large", 10)).value();
  EXPECT_EQ(of_new_size.awake_s, 620);
  EXPECT_EQ(of_new_size.dbu, std::nullopt);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
