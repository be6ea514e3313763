// Pure.
#include "query/near_names.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(NearestNames, are_few_and_near) {
  const std::vector<std::string> names = {"orders", "orders_clean", "customers", "order"};
  EXPECT_EQ(nearest_names("ordres", names), (std::vector<std::string>{"orders", "order"}));
  EXPECT_TRUE(nearest_names("zzz", names).empty());
  EXPECT_TRUE(nearest_names(std::string(100'000, 'x'), names).empty());
}

}  // namespace
}  // namespace sluice::query
