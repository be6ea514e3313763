// Each type of the engine as JSON, by a real worker. Clients read these forms: they never
// change.
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

/// SQL of a cell, and its JSON.
const std::pair<const char*, const char*> cells[] = {
    {"NULL", "null"},
    {"true", "true"},
    {"127::TINYINT", "127"},
    {"(-32768)::SMALLINT", "-32768"},
    {"2147483647::INTEGER", "2147483647"},
    {"9007199254740992::BIGINT", "9007199254740992"},
    {"9007199254740993::BIGINT", R"("9007199254740993")"},
    {"-9007199254740992::BIGINT", "-9007199254740992"},
    {"(-9223372036854775808)::BIGINT", R"("-9223372036854775808")"},
    {"255::UTINYINT", "255"},
    {"65535::USMALLINT", "65535"},
    {"4294967295::UINTEGER", "4294967295"},
    {"18446744073709551615::UBIGINT", R"("18446744073709551615")"},
    {"sum(7::BIGINT)", "7"},
    {"sum(9007199254740993::BIGINT)", R"("9007199254740993")"},
    {"(-170141183460469231731687303715884105728)::HUGEINT",
     R"("-170141183460469231731687303715884105728")"},
    {"340282366920938463463374607431768211455::UHUGEINT",
     R"("340282366920938463463374607431768211455")"},
    {"1.50::DECIMAL(9,2)", "1.50"},
    {"(-0.05)::DECIMAL(4,2)", "-0.05"},
    {"123.456::DECIMAL(18,3)", "123.456"},
    {"42::DECIMAL(4,0)", "42"},
    {"12345678901234567890123456789012345.678::DECIMAL(38,3)",
     "12345678901234567890123456789012345.678"},
    {"(-99999999999999999999999999999999999999)::DECIMAL(38,0)",
     "-99999999999999999999999999999999999999"},
    {"0.1::FLOAT", "0.1"},
    {"0.1::DOUBLE", "0.1"},
    {"0.1::DOUBLE + 0.2::DOUBLE", "0.30000000000000004"},
    {"5::DOUBLE", "5"},
    {"1e300::DOUBLE", "1e+300"},
    {"'-0'::DOUBLE", "-0"},
    {"'nan'::DOUBLE", R"("NaN")"},
    {"'inf'::DOUBLE", R"("Infinity")"},
    {"'-inf'::FLOAT", R"("-Infinity")"},
    {"'a\"b\\c' || chr(10) || chr(1) || 'é€😀'", R"("a\"b\\c\n\u0001é€😀")"},
    {"repeat('x', 20)", R"("xxxxxxxxxxxxxxxxxxxx")"},
    {"'\\x00\\xFF\\x10'::BLOB", R"("AP8Q")"},
    {"'ab'::BLOB", R"("YWI=")"},
    {"''::BLOB", R"("")"},
    {"DATE '2025-01-31'", R"("2025-01-31")"},
    {"DATE '0044-03-15 (BC)'", R"j("0044-03-15 (BC)")j"},
    {"'infinity'::DATE", R"("infinity")"},
    {"TIME '14:30:00.5'", R"("14:30:00.5")"},
    {"'14:30:00+02'::TIMETZ", R"("14:30:00+02")"},
    {"TIMESTAMP '2025-01-31 14:30:00'", R"("2025-01-31 14:30:00")"},
    {"TIMESTAMP '2025-01-31 14:30:00.123456'", R"("2025-01-31 14:30:00.123456")"},
    {"'2025-01-31 14:30:00'::TIMESTAMP_S", R"("2025-01-31 14:30:00")"},
    {"'2025-01-31 14:30:00.12'::TIMESTAMP_MS", R"("2025-01-31 14:30:00.12")"},
    {"'2025-01-31 14:30:00.123456789'::TIMESTAMP_NS", R"("2025-01-31 14:30:00.123456789")"},
    {"TIMESTAMPTZ '2025-01-31 14:30:00+02'", R"("2025-01-31T12:30:00Z")"},
    {"TIMESTAMPTZ '2025-01-31 14:30:00.25Z'", R"("2025-01-31T14:30:00.25Z")"},
    {"INTERVAL '1 year 2 days 3 hours'", R"("1 year 2 days 03:00:00")"},
    {"UUID '0191e4a0-0000-7000-8000-0000000000ff'", R"("0191e4a0-0000-7000-8000-0000000000ff")"},
    {"UUID 'ffffffff-ffff-4fff-bfff-ffffffffffff'", R"("ffffffff-ffff-4fff-bfff-ffffffffffff")"},
    {"'b'::ENUM('a', 'b')", R"("b")"},
    {"'10110'::BIT", R"("10110")"},
    {"[1, NULL, 3]", "[1,null,3]"},
    {"[]::INTEGER[]", "[]"},
    {"[[1], [2, 3]]", "[[1],[2,3]]"},
    {"[1, 2]::INTEGER[2]", "[1,2]"},
    {"{'a': 1, 'b c': {'d': [DATE '2025-01-31']}}", R"({"a":1,"b c":{"d":["2025-01-31"]}})"},
    {"row(1, 'x')", R"([1,"x"])"},
    {"map {'k': 1, 'l': NULL}", R"({"k":1,"l":null})"},
    {"map {1: 'x'}", R"([[1,"x"]])"},
    {"union_value(n := 7)", "7"},
    {R"('{"a":1}'::JSON)", R"("{\"a\":1}")"},
};

TEST_F(QueryTest, renders_each_type) {
  for (const auto& [sql, wanted] : cells) {
    EXPECT_EQ(rows(std::string("SELECT ") + sql), std::string("[[") + wanted + "]]") << sql;
  }
}

TEST_F(QueryTest, names_columns_and_types) {
  const Result<QueryAnswer> answer =
      run("SELECT id, amount, tags, \"weird \"\"name\"\"; x\", {'a': 1} AS s, NULL AS n FROM "
          "dataset LIMIT 1");
  ASSERT_TRUE(answer) << to_line(answer.error());
  EXPECT_EQ(
      answer_json_begin(answer->columns) + answer->rows + answer_json_end(answer->tail),
      R"j({"columns":[{"name":"id","type":"BIGINT"},{"name":"amount","type":"DECIMAL(9,2)"},)j"
      R"j({"name":"tags","type":"VARCHAR[]"},{"name":"weird \"name\"; x","type":"VARCHAR"},)j"
      R"j({"name":"s","type":"STRUCT(\"a\" INTEGER)"},{"name":"n","type":"INTEGER"}],)j"
      R"j("rows":[[1,1.50,["a","b"],"w1",{"a":1},null]],"row_count":1,"truncated":false})j");
}

TEST_F(QueryTest, refuses_a_type_without_json_form) {
  EXPECT_TRUE(refusal("SELECT 1::BIGNUM AS b").starts_with("query_failed: The column b"));
}

TEST_F(QueryTest, reads_every_type_of_the_engine) {
  const Result<QueryAnswer> answer =
      run("SELECT * EXCLUDE (bignum, geometry) FROM test_all_types()");
  EXPECT_TRUE(answer) << to_line(answer.error());
}

}  // namespace
}  // namespace sluice::query
