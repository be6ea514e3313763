// SHOW TABLES and information_schema: what a query may name, and nothing else.
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "query/query_test_support.h"

namespace sluice::query {
namespace {

class ListingTest : public QueryTest {
 protected:
  static QueryRequest listed(const std::string& sql) {
    QueryRequest asked = request(sql);
    asked.listed = {{{"sales"}, {{"id", "BIGINT"}, {"price", "DECIMAL(9,2)"}}},
                    {{"catalog_tenant_a", "gold", "it's \"x\"\n"}, {{"a", "STRUCT(b INTEGER)"}}}};
    return asked;
  }
  static std::string listed_rows(const std::string& sql) {
    const Result<QueryAnswer> answer = pool->run(listed(sql));
    return answer ? answer->rows : to_line(answer.error());
  }
};

TEST_F(ListingTest, is_of_the_querys_own_tables) {
  EXPECT_EQ(rows("SHOW TABLES"), R"([["dataset"]])");
  EXPECT_EQ(rows("SELECT table_catalog, table_schema, table_name, table_type FROM "
                 "information_schema.tables ORDER BY ALL"),
            R"([["catalog_tenant_a","bronze","orders","BASE TABLE"],)"
            R"(["catalog_tenant_a","silver","orders_clean","BASE TABLE"],)"
            R"(["memory","main","dataset","BASE TABLE"]])");
  EXPECT_EQ(rows("SELECT column_name, ordinal_position, data_type, is_nullable, numeric_precision, "
                 "numeric_scale FROM information_schema.columns WHERE table_name = 'dataset' ORDER "
                 "BY 2 LIMIT 3"),
            R"([["id",1,"BIGINT","YES",64,0],["region",2,"VARCHAR","YES",null,null],)"
            R"~(["amount",3,"DECIMAL(9,2)","YES",9,2]])~");
  EXPECT_EQ(rows("SELECT table_name FROM information_schema.tables WHERE table_catalog = "
                 "current_database() AND table_schema = current_schema()"),
            R"([["dataset"]])");
}

TEST_F(ListingTest, is_what_the_caller_says) {
  EXPECT_EQ(listed_rows("SHOW TABLES"), R"([["sales"]])");
  EXPECT_EQ(listed_rows("SHOW ALL TABLES"),
            R"~([["catalog_tenant_a","gold","it's \"x\"\n",["a"],["STRUCT(b INTEGER)"],false],)~"
            R"~(["memory","main","sales",["id","price"],["BIGINT","DECIMAL(9,2)"],false]])~");
  EXPECT_EQ(listed_rows("SELECT count(*) FROM information_schema.columns"), "[[3]]");
  EXPECT_EQ(listed_rows("SELECT t.table_name, c.column_name, d.id FROM information_schema.tables t "
                        "JOIN information_schema.columns c USING (table_name), dataset d WHERE "
                        "c.numeric_scale = 2 AND d.id = 3"),
            R"([["sales","price",3]])");
  QueryRequest none = listed("SHOW TABLES");
  none.listed->clear();
  EXPECT_EQ(pool->run(none)->rows, "[]");
  EXPECT_EQ(rows("SHOW TABLES"), R"([["dataset"]])") << "of this query, not of the one before";
}

TEST_F(ListingTest, has_the_engines_own_columns) {
  make("CREATE TABLE t (a INTEGER)");  // The same version of the engine.
  EXPECT_EQ(rows("SELECT count(*) FROM (DESCRIBE information_schema.tables)"), "[[13]]");
  EXPECT_EQ(rows("SELECT count(*) FROM (DESCRIBE information_schema.columns)"), "[[45]]");
}

TEST_F(ListingTest, is_asked_for_in_any_place) {
  for (const char* sql :
       {"SELECT name FROM (SHOW TABLES)", "FROM (DESCRIBE) SELECT name WHERE database = 'memory'",
        "SELECT (SELECT max(table_name) FROM information_schema.tables WHERE table_schema = "
        "'main')",
        "SELECT Tables.Table_Name FROM Information_Schema.Tables WHERE Table_Schema = 'main'",
        "SELECT information_schema.tables.table_name FROM information_schema.tables WHERE "
        "table_schema = 'main'"}) {
    EXPECT_EQ(rows(sql), R"([["dataset"]])") << sql;
  }
  QueryRequest asked =
      request("SELECT table_name FROM information_schema.tables WHERE table_schema = $s");
  asked.parameters = {{"s", std::string("main")}};
  EXPECT_EQ(pool->run(asked)->rows, R"([["dataset"]])");
  EXPECT_EQ(rows("PIVOT information_schema.columns ON table_schema USING count(*) GROUP BY "
                 "table_catalog ORDER BY 1"),
            R"([["catalog_tenant_a",7,0,2],["memory",0,6,0]])");
}

TEST_F(ListingTest, is_named_in_the_parsed_statement) {
  const auto parsed = [](const std::string& sql) {
    return pool->parse("l", sql, std::chrono::seconds(30)).value();
  };
  EXPECT_TRUE(asks_for_listing(parsed("SHOW TABLES")));
  EXPECT_FALSE(asks_for_columns(parsed("SHOW TABLES")));
  EXPECT_TRUE(asks_for_columns(parsed("SHOW ALL TABLES")));
  EXPECT_TRUE(asks_for_columns(parsed("FROM a, INFORMATION_SCHEMA.Columns")));
  EXPECT_FALSE(asks_for_listing(parsed("FROM information_schema.views")));
  EXPECT_FALSE(asks_for_listing(parsed("WITH tables AS (FROM a) FROM tables")));
}

TEST_F(ListingTest, shows_nothing_of_ours) {
  for (const char* sql :
       {"FROM information_schema.columns", "SHOW ALL TABLES", "EXPLAIN SHOW TABLES",
        "EXPLAIN ANALYZE FROM information_schema.tables"}) {
    const std::string text = rows(sql);
    EXPECT_EQ(text.find("/proc"), std::string::npos) << text;
    EXPECT_EQ(text.find(folder.string()), std::string::npos) << text;
    EXPECT_EQ(text.find("duckdb_"), std::string::npos) << text;
  }
  EXPECT_EQ(rows("SELECT count(*) FROM information_schema.tables WHERE table_name LIKE '%listed%'"),
            "[[0]]");
  EXPECT_TRUE(refusal("FROM listing_of_query.tables").starts_with("query_table_unknown"));
  EXPECT_TRUE(refusal("SHOW TABLES FROM memory").starts_with("query_not_allowed"));
}

}  // namespace
}  // namespace sluice::query
