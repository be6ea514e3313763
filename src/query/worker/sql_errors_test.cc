// Where in the user's own text an error stands, and that it shows no path of ours.
#include "query/worker/sql_errors.h"

#include <algorithm>

#include "duckdb/database.h"
#include "query/query_test_support.h"
#include "query/worker/explain.h"
#include "query/worker/reserved_words.h"

namespace sluice::query {
namespace {

class SqlErrorsTest : public QueryTest {
 protected:
  static Error error_of(const std::string& sql) {
    const Result<QueryAnswer> answer = run(sql);
    if (!answer) return answer.error();
    ADD_FAILURE() << sql << " passes: " << answer->rows;
    return {};
  }
  static void expect(const std::string& sql, const std::string& code, const std::string& detail,
                     const std::string& remedy, std::optional<TextPosition> at) {
    const Error error = error_of(sql);
    EXPECT_EQ(error.code, code) << sql;
    EXPECT_EQ(error.detail, detail) << sql;
    EXPECT_EQ(error.remedy, remedy) << sql;
    ASSERT_EQ(error.position.has_value(), at.has_value()) << sql;
    if (!at) return;
    EXPECT_EQ(error.position->line, at->line) << sql;
    EXPECT_EQ(error.position->column, at->column) << sql;
  }
};

TEST_F(SqlErrorsTest, say_where_and_what_is_near) {
  expect("SELECT id,\n  regoin FROM dataset", "query_syntax",
         R"(Referenced column "regoin" not found in FROM clause!)", R"(Did you mean "region"?)",
         TextPosition{2, 3});
  expect("SELECT 'é', amuont FROM dataset", "query_syntax",
         R"(Referenced column "amuont" not found in FROM clause!)", R"(Did you mean "amount"?)",
         TextPosition{1, 13});
  expect("SELEC 1", "query_syntax", R"(syntax error at or near "SELEC")", "", TextPosition{1, 1});
  expect("SELECT 1 +", "query_syntax", "syntax error at end of input", "", TextPosition{1, 11});
  expect("SELECT sumx(id) FROM dataset", "query_syntax",
         "Scalar Function with name sumx does not exist!", R"(Did you mean "sum"?)",
         TextPosition{1, 8});
  expect("SELECT * FROM datset", "query_table_unknown", "There is no table datset for this query.",
         R"(Did you mean "dataset"?)", TextPosition{1, 15});
  expect("SELECT 1,\n getenv('HOME')", "query_not_allowed",
         "The function getenv is not available here.", "", TextPosition{2, 2});
  expect("SELECT * FROM xyz", "query_table_unknown", "There is no table xyz for this query.",
         "There is catalog_tenant_a.bronze.orders, catalog_tenant_a.silver.orders_clean, dataset.",
         TextPosition{1, 15});
  // Of what fails while it runs, only the cause: it may stand in a view that the user never saw.
  expect("SELECT region::INT FROM dataset ORDER BY id", "query_failed",
         "Could not convert string 'south' to INT32 when casting from source column region", "",
         std::nullopt);
}

TEST_F(SqlErrorsTest, are_text_whatever_the_data) {
  EXPECT_EQ(error_of("SELECT '\\xAA'::BLOB::UUID").code, "query_failed");
}

TEST_F(SqlErrorsTest, count_in_the_users_text_under_explain) {
  expect("  EXPLAIN ANALYZE\nSELECT regoin FROM dataset", "query_syntax",
         R"(Referenced column "regoin" not found in FROM clause!)", R"(Did you mean "region"?)",
         TextPosition{2, 8});
  expect("explain copy dataset to 'x'", "query_not_allowed",
         "Only one SELECT statement can be run here.", "", std::nullopt);
}

TEST_F(SqlErrorsTest, speak_of_a_pivot_only_where_there_is_one) {
  for (const char* sql :
       {"SET threads = 1", "CREATE TABLE t AS PIVOT dataset ON region", "SHOW TABLES; SELECT 1",
        "MERGE INTO dataset USING dataset d ON true WHEN MATCHED THEN DELETE"}) {
    const Error error = error_of(sql);
    EXPECT_EQ(error.code, "query_not_allowed") << sql;
    EXPECT_EQ(error.remedy, "") << sql;
  }
  expect("PIVOT dataset ON region IN (FROM dataset) USING sum(amount)", "query_not_allowed",
         "The values of a PIVOT cannot be found here.", "Name them: ON column IN (…).",
         std::nullopt);
}

TEST_F(SqlErrorsTest, say_that_a_name_is_a_reserved_word) {
  expect("SELECT at FROM dataset", "query_syntax", R"(syntax error at or near "FROM")",
         R"("at" is a reserved word: where it is a column's name, write it in double quotes.)",
         TextPosition{1, 11});
  for (const auto& [sql, word] : {std::pair("SELECT id FROM dataset ORDER BY at", "at"),
                                  std::pair("SELECT id, end FROM dataset", "end"),
                                  std::pair("SELECT d.id, Order\nFROM dataset d", "order"),
                                  std::pair("SELECT id FROM dataset WHERE left = 3", "left"),
                                  std::pair("SELECT sum(to) FROM dataset", "to")}) {
    EXPECT_TRUE(error_of(sql).remedy.starts_with('"' + std::string(word) + "\" is a reserved"))
        << sql << error_of(sql).remedy;
  }
  for (const char* sql : {"SELECT id FROM dataset WHERE", "SELECT FROM dataset WHERE FROM",
                          "SELECT id id id FROM dataset", "SELECT (id FROM dataset",
                          R"(SELECT "at" b c FROM dataset)"}) {
    EXPECT_EQ(error_of(sql).remedy, "") << sql;
  }
}

TEST_F(SqlErrorsTest, know_what_other_databases_say) {
  expect("SELECT TOP 10 * FROM dataset", "query_syntax", R"(syntax error at or near "10")",
         "Instead of TOP, write LIMIT 10 at the end.", TextPosition{1, 12});
  expect("SELECT * FROM dataset LIMIT 10, 20", "query_syntax", "LIMIT takes one number here.",
         "Write LIMIT count OFFSET skipped.", std::nullopt);
  const std::string quotes =
      "What stands in double quotes is a name; text stands in single quotes.";
  for (const auto& [sql, remedy] : std::vector<std::pair<std::string, std::string>>{
           {R"(SELECT * FROM dataset WHERE region = "north")", quotes},
           {R"(SELECT * FROM dataset WHERE region = "regoin")",
            quotes + R"( Did you mean "region"?)"},
           {"SELECT `region` FROM dataset", "Names stand in double quotes here, not in backticks."},
           {"SELECT * FROM `dataset`", "Names stand in double quotes here, not in backticks."},
           {"SHOW COLUMNS FROM dataset", "DESCRIBE and a table's name show its columns."},
           {"SHOW DATABASES", "SHOW TABLES and SHOW ALL TABLES list what a query may name; "},
           {"USE catalog_tenant_a", "There is nothing to choose: SHOW ALL TABLES"},
           {"\\d", "Only SQL is known here: SHOW TABLES lists the tables"},
           {".tables", "Only SQL is known here: SHOW TABLES lists the tables"},
           {"SELECT * FROM dataset.csv", R"(Did you mean "dataset"?)"},
           {R"(SELECT * FROM "dataset .csv")", R"(Did you mean "dataset"?)"}}) {
    EXPECT_TRUE(error_of(sql).remedy.starts_with(remedy)) << sql << ": " << error_of(sql).remedy;
  }
  EXPECT_EQ(error_of("SELECT '`', regoin FROM dataset").remedy, R"(Did you mean "region"?)");
}

TEST_F(SqlErrorsTest, know_all_reserved_words_of_the_engine) {
  duckdb::Database database = duckdb::Database::open({}).value();
  duckdb::Connection connection = database.connect().value();
  auto words = connection.query(
      "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', "
      "'type_function') ORDER BY 1");
  ASSERT_TRUE(words);
  std::vector<std::string> engines;
  for (const auto& row : words->rows_as_text()) engines.push_back(row.at(0).value_or(""));
  EXPECT_TRUE(std::ranges::equal(engines, reserved_words()));
}

TEST_F(SqlErrorsTest, a_plan_is_json_without_paths) {
  const Result<QueryAnswer> timed =
      run("EXPLAIN ANALYZE SELECT count(*), sum(amount) FROM dataset");
  ASSERT_TRUE(timed) << to_line(timed.error());
  EXPECT_NE(timed->rows.find("operator_timing"), std::string::npos) << timed->rows;
  expect("EXPLAIN ANALYZE SELECT count(*) FROM dataset", "query_failed",
         "The engine answered from the files' metadata and measured nothing.",
         "EXPLAIN without ANALYZE shows the plan.", std::nullopt);
  for (const char* sql : {"EXPLAIN SELECT region, sum(amount) FROM dataset WHERE id > 2 GROUP BY 1",
                          "EXPLAIN ANALYZE SELECT region, sum(amount) FROM dataset GROUP BY 1"}) {
    const Result<QueryAnswer> answer = run(sql);
    ASSERT_TRUE(answer) << to_line(answer.error());
    ASSERT_EQ(answer->columns.size(), 1U);
    EXPECT_EQ(answer->columns[0].type, "JSON");
    EXPECT_NE(answer->rows.find("GROUP_BY"), std::string::npos) << answer->rows;
    EXPECT_EQ(answer->rows.find("/proc"), std::string::npos) << answer->rows;
  }
}

TEST(Explained, keeps_places) {
  EXPECT_EQ(explained("SELECT 1").explain, Explain::no);
  EXPECT_EQ(explained("EXPLAIN SELECT 1").sql, "        SELECT 1");
  EXPECT_EQ(explained("explain\nanalyze\nSELECT 1").sql, "       \n       \nSELECT 1");
  EXPECT_EQ(explained("explain analyze SELECT 1").explain, Explain::analyze);
  EXPECT_EQ(explained("explainer").explain, Explain::no);
  EXPECT_EQ(explained("EXPLAIN (FORMAT html) SELECT 1").sql, "        (FORMAT html) SELECT 1");
}

}  // namespace
}  // namespace sluice::query
