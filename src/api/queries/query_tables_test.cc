// Which tables a query is given: those that its statement names and its tenant owns, no others.
// A real store in a temporary folder; no worker, no engine.
#include "api/queries/query_tables.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <tuple>

#include "api/queries/table_listing.h"
#include "base/clock.h"
#include "base/ids.h"
#include "dataset/names.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::api {
namespace {

Column column(std::string name, std::string original) {
  return {std::move(name), std::move(original), "VARCHAR", ""};
}

TEST(QueryTables, OriginalHeadersComeBackWhereTheyCanBeNames) {
  EXPECT_EQ(original_headers_select({column("Order_ID", "Order ID"), column("x", "x")}),
            R"(SELECT "Order_ID" AS "Order ID", "x" FROM source)");
  // Twice without regard to case, and blank: the unique Parquet names stay.
  EXPECT_EQ(original_headers_select({column("a", "a"), column("A_2", "A"), column("column_3", "")}),
            R"(SELECT "a", "A_2", "column_3" FROM source)");
  // A header that equals another column's Parquet name must not take it.
  EXPECT_EQ(original_headers_select({column("a_b", "a b"), column("a_b_2", "a_b")}),
            R"(SELECT "a_b" AS "a b", "a_b_2" FROM source)");
}

/// A real store with two tenants, and files that are never opened.
class TablesNamedTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    store_ =
        std::move(metadata::Store::open("sqlite://" + (folder_ / "m.db").string(), clock_)).value();
    ASSERT_TRUE(store_->ensure_tenant(tenant_, "Acme"));
    ASSERT_TRUE(store_->ensure_tenant(other_, "Other"));
    files_ = std::move(storage::DatasetFiles::open(folder_ / "datasets")).value();
    add_dataset(tenant_, "orders");
    add_dataset(tenant_, "customers");
    add_dataset(other_, "secrets");
    for (const auto& [tenant, schema, table] :
         std::vector<std::tuple<TenantId, const char*, const char*>>{
             {tenant_, "bronze", "orders"},
             {tenant_, "silver", "orders_clean"},
             {tenant_, "silver", "orders"},
             {other_, "bronze", "secrets"}}) {
      metadata::LakehouseTable made;
      made.tenant = tenant;
      made.schema_name = schema;
      made.table_name = table;
      made.dataset_id = "id";
      made.version = 3;
      made.location = "/lake";
      made.data_file = "v3.parquet";
      ASSERT_TRUE(store_->upsert_lakehouse_table(made));
    }
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void add_dataset(const TenantId& tenant, const std::string& name) {
    const std::string id = new_uuid_v7();
    DatasetVersion version;
    version.file_name = id + ".parquet";
    version.columns = {{"id", "Id", "BIGINT", ""}};
    version.silver_plan_json = lakehouse::medallion::to_json({});
    ASSERT_TRUE(store_->create_dataset({id, tenant, name, "", true}, version, std::nullopt, {}));
  }
  std::string names(std::vector<std::vector<std::string>> named) {
    query::ParsedStatement statement;
    for (std::vector<std::string>& name : named) statement.tables.push_back({std::move(name)});
    const auto tables = tables_named_by(*store_, *files_, tenant_, statement);
    if (!tables) return to_line(tables.error());
    std::string text;
    for (const query::TableSource& table : *tables) text += dotted_name(table.name) + " ";
    return text;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-tables-" + random_hex(6));
  FakeClock clock_;
  TenantId tenant_{"acme"};
  TenantId other_{"other"};
  std::unique_ptr<metadata::Store> store_;
  std::unique_ptr<storage::DatasetFiles> files_;
};

TEST_F(TablesNamedTest, are_those_of_the_statement) {
  EXPECT_EQ(names({}), "");
  EXPECT_EQ(names({{"orders"}}), "orders orders_clean ");
  EXPECT_EQ(names({{"orders_clean"}, {"nobody"}}), "orders orders_clean ");
  EXPECT_EQ(names({{"catalog_tenant_acme", "bronze", "orders"}}),
            "catalog_tenant_acme.bronze.orders ");
  EXPECT_EQ(names({{"catalog_tenant_acme", "silver", "orders_clean"}, {"customers"}}),
            "catalog_tenant_acme.silver.orders_clean customers customers_clean ");
}

TEST_F(TablesNamedTest, are_the_tenants_own) {
  EXPECT_EQ(names({{"secrets"}}), "");
  EXPECT_EQ(names({{"catalog_tenant_other", "bronze", "secrets"}}), "");
  EXPECT_EQ(names({{"catalog_tenant_acme", "bronze", "secrets"}}), "");
  EXPECT_EQ(names({{"catalog_tenant_other", "bronze", "orders"}}), "");
  EXPECT_EQ(names({{"bronze", "orders"}, {"main", "orders"}}), "");
}

TEST_F(TablesNamedTest, of_bronze_have_the_batch_beside_their_columns) {
  query::ParsedStatement statement;
  statement.tables = {{{"catalog_tenant_acme", "bronze", "orders"}}};
  const auto tables = tables_named_by(*store_, *files_, tenant_, statement).value();
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].view_select, "SELECT *, CAST(3 AS BIGINT) AS _batch FROM source");
  EXPECT_EQ(tables[0].files.at(0).path, "/lake/v3.parquet");
}

TEST_F(TablesNamedTest, that_are_not_there_have_neighbours) {
  query::ParsedStatement statement;
  statement.tables = {{{"order"}, TextPosition{1, 15}},
                      {{"catalog_tenant_acme", "bronze", "order"}, TextPosition{2, 3}}};
  EXPECT_EQ(table_hint(*store_, tenant_, statement, {1, 15}), R"(Did you mean "orders"?)");
  EXPECT_EQ(table_hint(*store_, tenant_, statement, {2, 3}).find("secrets"), std::string::npos);
  EXPECT_NE(
      table_hint(*store_, tenant_, statement, {2, 3}).find("catalog_tenant_acme.bronze.orders"),
      std::string::npos);
}

TEST_F(TablesNamedTest, are_listed_with_their_columns_and_nobody_elses) {
  const auto listed = [this](bool has_columns) {
    std::string text;
    const auto tables = listed_tables(*store_, tenant_, has_columns).value();
    for (const query::ListedTable& table : tables) {
      text += dotted_name(table.name) + "(";
      for (const query::ListedColumn& column : table.columns) text += column.name + ",";
      text += ") ";
    }
    return text;
  };
  EXPECT_EQ(listed(false),
            "catalog_tenant_acme.bronze.orders() catalog_tenant_acme.silver.orders() "
            "catalog_tenant_acme.silver.orders_clean() customers() customers_clean() orders() "
            "orders_clean() ");
  EXPECT_EQ(
      listed(true),
      "catalog_tenant_acme.bronze.orders(_batch,) catalog_tenant_acme.silver.orders() "
      "catalog_tenant_acme.silver.orders_clean() customers(Id,) customers_clean() orders(Id,) "
      "orders_clean() ");
  EXPECT_TRUE(listed_tables(*store_, TenantId{"nobody"}, true)->empty());
}

}  // namespace
}  // namespace sluice::api
