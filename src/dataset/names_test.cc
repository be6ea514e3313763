#include <gtest/gtest.h>

#include "base/sql_text.h"
#include "dataset/names.h"
#include "dataset/sync_status.h"

namespace sluice {
namespace {

using Names = std::vector<std::string>;

TEST(Names, TableNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"Revenue Q1 2025", "revenue_q1_2025"},
      {"  -- ", "dataset"},
      {"2024 sales", "t_2024_sales"},
      {"a.b/../c", "a_b_c"},
      {"Größe", "gr_e"},
      {"x\"; DROP", "x_drop"},
  };
  for (const auto& [from, to] : cases) EXPECT_EQ(table_name_from(from), to) << from;
  EXPECT_EQ(table_name_from(std::string(900, 'a')).size(), table_name_bytes_max);
  EXPECT_EQ(silver_name(TenantId{"xyz"}, "t"), "catalog_tenant_xyz.silver.t_clean");
}

TEST(Names, TenantIds) {
  EXPECT_TRUE(is_tenant_id("acme_1"));
  for (const char* bad : {"", "Acme", "a-b", "a.b", "../a"}) EXPECT_FALSE(is_tenant_id(bad)) << bad;
}

TEST(Names, BronzeColumnsKeepTheHeaderButForWhatDeltaForbids) {
  EXPECT_EQ(bronze_column_names({"Order ID", "a,b", "", "a", "A", "a_2", "_batch"}),
            (Names{"Order_ID", "a_b", "column_3", "a", "A_3", "a_2", "_batch_2"}));
}

TEST(Names, SilverColumnsAreSnakeCaseAndUnique) {
  EXPECT_EQ(silver_column_names({"OrderID", "order id", "HTTPStatus", "Größe (m)", "1st", "%"}),
            (Names{"order_id", "order_id_2", "http_status", "größe_m", "c_1st", "column_6"}));
}

TEST(Names, LongNamesAreCutBetweenCharactersAndStayUnique) {
  const std::string wide = std::string(254, 'x') + "ä";
  const Names names = bronze_column_names({wide, wide});
  EXPECT_EQ(names[0], std::string(254, 'x'));
  EXPECT_EQ(names[1], std::string(253, 'x') + "_2");
}

TEST(Names, Quoting) {
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
}

TEST(SyncStatus, NamesRoundTrip) {
  EXPECT_EQ(parse_sync_status("syncing"), SyncStatus::syncing);
  EXPECT_EQ(parse_sync_status("done"), std::nullopt);
}

}  // namespace
}  // namespace sluice
