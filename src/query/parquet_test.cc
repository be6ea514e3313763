// Answers as Parquet: every value, the limits, and memory that does not grow with the rows. Real
// workers.
#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include "base/sql_text.h"
#include "duckdb/database.h"
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

class ParquetTest : public QueryTest {
 protected:
  static QueryRequest parquet_request(const std::string& sql) {
    QueryRequest wanted = request(sql);
    wanted.format = Format::parquet;
    return wanted;
  }

  /// The path of the answer as a file.
  static std::string file_of(const Result<QueryAnswer>& answer) {
    std::string path = (folder / "answer.parquet").string();
    std::ofstream(path, std::ios::binary) << answer->rows;
    return path;
  }

  /// What DuckDB itself finds in a file.
  static Rows read(const std::string& sql) {
    Result<duckdb::Database> database =
        duckdb::Database::open(duckdb::job_settings({.memory_bytes = 1'000'000'000, .threads = 1}));
    Result<duckdb::Connection> connection = database->connect();
    static_cast<void>(connection->query("SET TimeZone = 'UTC'"));
    Result<duckdb::QueryResult> result = connection->query(sql);
    if (!result) return {{to_line(result.error())}};
    return result->rows_as_text();
  }
};

struct Case {
  const char* values;  ///< SQL, several of one type.
  const char* type;    ///< As DuckDB finds it in the file.
};

constexpr Case cases[] = {
    {"true, false, NULL", "BOOLEAN"},
    {"(-128)::TINYINT, 127", "TINYINT"},
    {"(-32768)::SMALLINT, 32767", "SMALLINT"},
    {"(-2147483648)::INTEGER, 2147483647, NULL", "INTEGER"},
    {"(-9223372036854775808)::BIGINT, 9223372036854775807, NULL", "BIGINT"},
    {"0::UTINYINT, 255::UTINYINT", "UTINYINT"},
    {"0::USMALLINT, 65535::USMALLINT", "USMALLINT"},
    {"0::UINTEGER, 4294967295::UINTEGER", "UINTEGER"},
    {"0::UBIGINT, 18446744073709551615::UBIGINT", "UBIGINT"},
    {"99999999999999999999999999999999999999::HUGEINT, -99999999999999999999999999999999999999, "
     "NULL",
     "DECIMAL(38,0)"},
    {"340282366920938463463374607431768211455::UHUGEINT, 0::UHUGEINT, NULL", "VARCHAR"},
    {"'NaN'::FLOAT, '-inf'::FLOAT, 1.1::FLOAT, -0.0::FLOAT, 3.4028235e38::FLOAT", "FLOAT"},
    {"'NaN'::DOUBLE, 'inf'::DOUBLE, 0.1::DOUBLE, 5e-324::DOUBLE, 1.7976931348623157e308::DOUBLE",
     "DOUBLE"},
    {"-99.9::DECIMAL(3,1), NULL", "DECIMAL(3,1)"},
    {"1.10::DECIMAL(9,2), -9999999.99", "DECIMAL(9,2)"},
    {"123456789012.123456::DECIMAL(18,6), -0.000001", "DECIMAL(18,6)"},
    {"9999999999999999999999999999.9999999999::DECIMAL(38,10), -0.0000000001, NULL",
     "DECIMAL(38,10)"},
    {"'0.99999999999999999999999999999999999999'::DECIMAL(38,38)", "DECIMAL(38,38)"},
    {"'', 'é€😀', 'a\"b', chr(0), NULL", "VARCHAR"},
    {"'{\"a\": [1, 2.50]}'::JSON, NULL", "VARCHAR"},
    {"'\\x00\\xFF'::BLOB, ''::BLOB, NULL", "BLOB"},
    {"DATE '0001-01-01', '9999-12-31', '290309-12-22 (BC)', 'infinity', '-infinity', NULL", "DATE"},
    {"TIME '00:00:00', '23:59:59.999999', '24:00:00', NULL", "TIME"},
    {"'12:34:56.123456789'::TIME_NS, NULL", "VARCHAR"},
    {"[TIMESTAMP_NS '1969-12-31 23:59:59.999999999']", "TIMESTAMP_NS[]"},
    {"TIMETZ '12:00:00.5+05:30', '00:00:00-15:59:59', '24:00:00+00', NULL", "VARCHAR"},
    {"TIMESTAMP '1969-12-31 23:59:59.999999', '290309-12-22 (BC) 00:00:00', '294247-01-10 "
     "04:00:54.775806', 'infinity', '-infinity', NULL",
     "TIMESTAMP"},
    {"TIMESTAMP_S '1969-12-31 23:59:59', '9999-12-31 00:00:00', 'infinity', '-infinity', NULL",
     "TIMESTAMP"},
    {"TIMESTAMP_MS '1969-12-31 23:59:59.999', '9999-12-31 00:00:00', 'infinity', '-infinity', NULL",
     "TIMESTAMP"},
    {"TIMESTAMP_NS '1969-12-31 23:59:59.999999999', '2262-04-11 23:47:16.854775806', NULL",
     "TIMESTAMP_NS"},
    {"TIMESTAMP_NS 'infinity', '-infinity'", "TIMESTAMP_NS"},
    {"TIMESTAMPTZ '2025-01-31 14:30:00.123456+02', 'infinity', NULL", "TIMESTAMP WITH TIME ZONE"},
    {"INTERVAL '1 year 2 days 03:04:05.000006', INTERVAL (-1) MONTH, "
     "to_microseconds(9223372036854775807), NULL",
     "VARCHAR"},
    {"'00000000-0000-0000-0000-000000000001'::UUID, 'ffffffff-ffff-ffff-ffff-ffffffffffff', NULL",
     "VARCHAR"},
    {"'b'::ENUM('a', 'b', ''), '', NULL", "VARCHAR"},
    {"'0101'::BIT, '1'::BIT, repeat('01', 50)::BIT, NULL", "VARCHAR"},
    {"[1, NULL, 3], [], NULL, [4]", "INTEGER[]"},
    {"[['a', ''], NULL, []], [[NULL]]", "VARCHAR[][]"},
    {"[170141183460469231731687303715884105::HUGEINT]", "DECIMAL(38,0)[]"},
    {"[1, NULL]::HUGEINT[2], NULL, [NULL, -5]::HUGEINT[2]", "DECIMAL(38,0)[]"},
    {"{'a': 1, 'b c': {'d': ['x', NULL]}}, NULL, {'a': NULL, 'b c': NULL}",
     "STRUCT(a INTEGER, \"b c\" STRUCT(d VARCHAR[]))"},
    {"MAP {'k': 1.5, '': NULL}, MAP {}, NULL", "MAP(VARCHAR, DECIMAL(2,1))"},
    {"[1, 2, NULL]::INTEGER[3], NULL, [4, 5, 6]::INTEGER[3]", "INTEGER[]"},
    {"[{'e': 'b'::ENUM('a', 'b')}, NULL]", "STRUCT(e VARCHAR)[]"},
    {"[uuid '00000000-0000-0000-0000-000000000001']", "VARCHAR[]"},
    {"NULL, NULL", "INTEGER"},
    {"[], [NULL]", "INTEGER[]"},
};

TEST_F(ParquetTest, keeps_every_value) {
  for (const Case& one : cases) {
    const std::string sql = "SELECT unnest([" + std::string(one.values) + "]) AS v";
    const Result<QueryAnswer> answer = pool->run(parquet_request(sql));
    if (!answer) {
      ADD_FAILURE() << one.values << ": " << to_line(answer.error());
      continue;
    }
    const std::string from = quote_literal(file_of(answer));
    EXPECT_EQ(read("SELECT v::VARCHAR FROM " + from), read("SELECT v::VARCHAR FROM (" + sql + ")"))
        << one.values;
    EXPECT_EQ(read("SELECT typeof(v) FROM " + from + " LIMIT 1")[0][0], one.type) << one.values;
  }
}

TEST_F(ParquetTest, refuses_what_it_would_bend) {
  constexpr const char* beyond = "170141183460469231731687303715884105727::HUGEINT";
  const std::string too_long = "The column v has an integer of more than 38 digits";
  const std::string no_type = "The column v has the type ";
  const std::pair<std::string, std::string> refused[] = {
      {beyond, too_long},
      {"[{'a': " + std::string(beyond) + "}]", too_long},
      {"MAP {" + std::string(beyond) + ": 1}", too_long},
      {"union_value(num := 2)", no_type + "UNION(\"num\" INTEGER)"},
      {"[INTERVAL 1 DAY]", no_type + "INTERVAL[]"},
      {"{'a': '01'::BIT}", no_type + "STRUCT(\"a\" BIT)"},
      {"MAP {'a': 1::UHUGEINT}", no_type + "MAP(VARCHAR, UHUGEINT)"},
      {"[TIMESTAMP_S '2025-01-01 00:00:00']", no_type + "TIMESTAMP_S[]"},
      {"15::BIGNUM", no_type + "BIGNUM"},
  };
  for (const auto& [value, says] : refused) {
    const Result<QueryAnswer> answer =
        pool->run(parquet_request("SELECT 1 AS a, " + value + " AS v"));
    ASSERT_FALSE(answer) << value;
    EXPECT_EQ(answer.error().code, "query_failed") << value;
    EXPECT_NE(answer.error().detail.find(says), std::string::npos) << answer.error().detail;
    EXPECT_EQ(answer.error().remedy, "CAST it to VARCHAR.");
    EXPECT_TRUE(pool->run(parquet_request("SELECT CAST(" + value + " AS VARCHAR) AS v")));
  }
}

TEST_F(ParquetTest, names_are_unique_and_never_empty) {
  const Result<QueryAnswer> answer = pool->run(parquet_request(
      "SELECT 1 AS a, 2 AS a, 3 AS a_1, 'x' AS \"Ä \"\"q\"\".;\", row(4, 'y') AS r"));
  ASSERT_TRUE(answer) << to_line(answer.error());
  const std::string from = quote_literal(file_of(answer));
  EXPECT_EQ(read("SELECT string_agg(name, '|') FROM parquet_schema(" + from + ")")[0][0],
            "arrow_schema|a|a_1|a_1_1|Ä \"q\".;|r|v1|v2");
  EXPECT_EQ(read("SELECT a + a_1 + a_1_1 + r.v1, r.v2 FROM " + from), (Rows{{"10", "y"}}));
}

std::string notes_of(const std::string& from) {
  return "SELECT string_agg(decode(key) || '=' || decode(value), ' ' ORDER BY key) FROM "
         "parquet_kv_metadata(" +
         from + ")";
}

TEST_F(ParquetTest, many_rows_are_several_row_groups) {
  QueryRequest wanted = parquet_request(
      "SELECT i, 'text ' || i AS t, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 4 END AS d, [i, i + 1] "
      "AS l "
      "FROM range(300000) r(i)");
  wanted.row_limit = 1'000'000;
  const Result<QueryAnswer> answer = pool->run(wanted);
  ASSERT_TRUE(answer) << to_line(answer.error());
  EXPECT_EQ(answer->tail.row_count, 300'000);
  const std::string from = quote_literal(file_of(answer));
  EXPECT_EQ(
      read("SELECT count(*) FROM ((FROM " + from + ") EXCEPT ALL (" + wanted.sql + "))")[0][0],
      "0");
  EXPECT_EQ(read("SELECT count(*), sum(i), count(d) FROM " + from),
            (Rows{{"300000", "44999850000", "200000"}}));
  EXPECT_EQ(read("SELECT DISTINCT row_group_num_rows::VARCHAR FROM parquet_metadata(" + from +
                 ") ORDER BY row_group_id"),
            (Rows{{"122880"}, {"54240"}}));
  EXPECT_EQ(read(notes_of(from))[0][0], "sluice.row_count=300000 sluice.truncated=false");
}

TEST_F(ParquetTest, keeps_the_limits) {
  const Result<QueryAnswer> rows = pool->run(parquet_request("SELECT * FROM range(20000)"));
  ASSERT_TRUE(rows) << to_line(rows.error());
  EXPECT_EQ(rows->tail.row_count, 10'000);
  EXPECT_TRUE(rows->tail.truncated);
  const std::string from = quote_literal(file_of(rows));
  EXPECT_EQ(read("SELECT count(*), max(range) FROM " + from), (Rows{{"10000", "9999"}}));
  EXPECT_EQ(read(notes_of(from))[0][0], "sluice.row_count=10000 sluice.truncated=true");
  const Result<QueryAnswer> exact = pool->run(parquet_request("SELECT * FROM range(10000)"));
  ASSERT_TRUE(exact);
  EXPECT_FALSE(exact->tail.truncated);

  QueryRequest bytes = parquet_request("SELECT md5(range::VARCHAR) FROM range(1000000)");
  bytes.row_limit = 1'000'000;
  bytes.result_bytes_max = 1'000'000;
  const Result<QueryAnswer> cut = pool->run(bytes);
  ASSERT_TRUE(cut) << to_line(cut.error());
  EXPECT_TRUE(cut->tail.truncated);
  EXPECT_LT(cut->rows.size(), 1'200'000U);
  EXPECT_EQ(read("SELECT count(*)::BIGINT FROM " + quote_literal(file_of(cut)))[0][0],
            std::to_string(cut->tail.row_count));
}

TEST_F(ParquetTest, wide_answers_have_row_groups_of_their_size) {
  std::string sql = "SELECT i AS c0";
  for (int i = 1; i < 300; ++i) sql += ", i + " + std::to_string(i) + " AS c" + std::to_string(i);
  QueryRequest wide = parquet_request(sql + " FROM range(30000) r(i)");
  wide.row_limit = 30'000;
  const Result<QueryAnswer> answer = pool->run(wide);
  ASSERT_TRUE(answer) << to_line(answer.error());
  const std::string from = quote_literal(file_of(answer));
  EXPECT_EQ(read("SELECT sum(c299 - c0), count(*) FROM " + from), (Rows{{"8970000", "30000"}}));
  EXPECT_EQ(read("SELECT any_value(compression), max(row_group_num_rows) > 4096, "
                 "max(row_group_num_rows) < 30000 FROM parquet_metadata(" +
                 from + ")"),
            (Rows{{"SNAPPY", "true", "true"}}));
}

TEST_F(ParquetTest, no_rows_are_a_file_too) {
  const Result<QueryAnswer> answer =
      pool->run(parquet_request("SELECT * FROM dataset WHERE false"));
  ASSERT_TRUE(answer) << to_line(answer.error());
  const std::string from = quote_literal(file_of(answer));
  EXPECT_EQ(read("SELECT count(*) FROM " + from)[0][0], "0");
  EXPECT_EQ(read("SELECT string_agg(column_type, ' ') FROM (DESCRIBE FROM " + from + ")")[0][0],
            "BIGINT VARCHAR DECIMAL(9,2) DATE VARCHAR VARCHAR[]");
}

TEST_F(ParquetTest, late_errors_are_errors) {
  QueryRequest late = parquet_request(
      "SELECT CASE WHEN range = 290000 THEN error('late') ELSE range END FROM range(300000)");
  late.row_limit = 1'000'000;
  const Result<QueryAnswer> answer = pool->run(late);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "query_failed");
}

std::set<int> children() {
  std::set<int> pids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (int pid = 0; list >> pid;) pids.insert(pid);
  }
  return pids;
}

/// The most memory that a child had, those before left out, in kB.
std::int64_t peak_of_new_children(const std::set<int>& before) {
  std::int64_t peak = 0;
  for (const int pid : children()) {
    if (before.contains(pid)) continue;
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:"))
        peak = std::max<std::int64_t>(peak, std::stoll(line.substr(6)));
    }
  }
  return peak;
}

TEST_F(ParquetTest, memory_stays_the_same_whatever_the_size) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "A sanitizer's shadow is memory too";
#endif
  const std::pair<const char*, std::int64_t> queries[] = {
      {"SELECT i, md5(i::VARCHAR) AS h, i / 7 AS d FROM range(1500000) r(i)", 1'500'000},
      {"SELECT i, [md5((i + k)::VARCHAR) FOR k IN range(100)] AS many FROM range(80000) r(i)",
       80'000}};
  const std::set<int> before = children();  // Other tests may have made them large.
  Result<std::unique_ptr<WorkerPool>> own = WorkerPool::start({});
  ASSERT_TRUE(own);
  for (const auto& [sql, expected] : queries) {
    QueryRequest wanted = parquet_request(sql);
    wanted.row_limit = 10'000'000;
    wanted.result_bytes_max = std::size_t{4} << 30U;
    wanted.memory_bytes = 256UL << 20U;
    Result<QueryStream> stream = (*own)->open(wanted);
    ASSERT_TRUE(stream) << to_line(stream.error());
    std::int64_t peak = 0;
    for (bool more = true; more;) {
      const Result<std::optional<std::string>> piece = stream->next();
      ASSERT_TRUE(piece) << to_line(piece.error());
      more = piece->has_value();
      peak = std::max(peak, peak_of_new_children(before));
    }
    EXPECT_EQ(stream->tail().row_count, expected);
    EXPECT_LT(peak, 200 << 10) << sql;
  }
}

}  // namespace
}  // namespace sluice::query
