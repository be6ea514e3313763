#include <array>

#include "query/fuzz/sql_writer.h"

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 46> types{
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(4,1)",
    "DECIMAL(18,3)",
    "DECIMAL(38,10)",
    "VARCHAR",
    "BLOB",
    "DATE",
    "TIME",
    "TIME_NS",
    "TIMESTAMP",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
    "TIMESTAMP_NS",
    "TIMESTAMPTZ",
    "TIMETZ",
    "INTERVAL",
    "UUID",
    "BIT",
    "JSON",
    "BIGNUM",
    "VARIANT",
    "GEOMETRY",
    "INTEGER[]",
    "VARCHAR[]",
    "DATE[]",
    "INTEGER[3]",
    "FLOAT[3]",
    "INTEGER[][]",
    "\"NULL\"",
    "STRUCT(a INTEGER, b VARCHAR)",
    "UNION(n INTEGER, t VARCHAR)",
    "MAP(VARCHAR, INTEGER)",
    "ENUM('a', 'b', 'north')",
    "STRUCT(a STRUCT(b DATE[]), c MAP(INTEGER, VARCHAR[]))"};

constexpr std::array<std::string_view, 26> extremes{"127",
                                                    "128",
                                                    "-129",
                                                    "255",
                                                    "32768",
                                                    "2147483647",
                                                    "-2147483648",
                                                    "4294967296",
                                                    "9223372036854775807",
                                                    "-9223372036854775808",
                                                    "18446744073709551615",
                                                    "18446744073709551616",
                                                    "170141183460469231731687303715884105727",
                                                    "-170141183460469231731687303715884105728",
                                                    "340282366920938463463374607431768211455",
                                                    "1e308",
                                                    "-1e-320",
                                                    "1e400",
                                                    "0.1",
                                                    "-0.0",
                                                    "99999999999999999999.9999999999",
                                                    "'nan'::DOUBLE",
                                                    "'-inf'::FLOAT",
                                                    "0x7fffffff",
                                                    "1_000_000",
                                                    ".5"};

constexpr std::array<std::string_view, 44> texts{"",
                                                 "a",
                                                 "north",
                                                 "A\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x86",
                                                 "e\xcc\x81\xcc\x81",
                                                 "%_%",
                                                 "(a+)+$",
                                                 "[",
                                                 "\\1",
                                                 "%Y-%m-%d",
                                                 "%-d.%f%z",
                                                 "{}",
                                                 "{:d} {}",
                                                 "%s %d %5.2f",
                                                 "2024-02-30",
                                                 "2024-01-31 14:30:00+02",
                                                 "infinity",
                                                 "-infinity",
                                                 "290309-12-22 (BC)",
                                                 "Europe/Berlin",
                                                 "Mars/Olympus",
                                                 "month",
                                                 "epoch_ns",
                                                 "quarter",
                                                 "[1, 2, NULL]",
                                                 "{'a': 1, 'b': x}",
                                                 "{a=1}",
                                                 "{\"a\": [1, {\"b\": null}], \"c\": 1e999}",
                                                 "$.a[0].b",
                                                 "$..*",
                                                 "/a/0/b",
                                                 "$[#-1]",
                                                 "true",
                                                 "NULL",
                                                 "1 year 2 months 3 days",
                                                 "0101",
                                                 "\\x00\\xFF",
                                                 "12345678-1234-1234-1234-123456789012",
                                                 "POINT (1 2)",
                                                 "sum",
                                                 "a,b;c",
                                                 "xn--",
                                                 "\t\r\n",
                                                 "1e5"};

bool has_prefix(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

std::string SqlWriter::type() { return one_of(types); }

std::string SqlWriter::integer() {
  if (random_.chance(4)) return one_of(extremes);
  const std::string small = std::to_string(random_.below(random_.chance(80) ? 5 : 100));
  return random_.chance(12) ? "-" + small : small;
}

std::string SqlWriter::text() {
  if (random_.chance(3)) return std::string(random_.below(400), 'x');
  if (random_.chance(2)) return one_of(words_.paths);
  if (random_.chance(8)) return one_of(texts) + one_of(texts);
  return one_of(texts);
}

std::string SqlWriter::quoted_text() {
  std::string quoted = "'";
  for (const char c : text()) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

std::string SqlWriter::literal() {
  return random_.chance(50)   ? literal_of(random_.pick(types))
         : random_.chance(50) ? integer()
                              : quoted_text();
}

std::string SqlWriter::literal_of(std::string_view type) {
  if (random_.chance(5)) return "NULL";
  const std::string day =
      "2024-0" + std::to_string(1 + random_.below(9)) + "-1" + std::to_string(random_.below(10));
  const std::string hour = "1" + std::to_string(random_.below(10)) + ":30:0" +
                           std::to_string(random_.below(10)) + ".123456";
  if (type.ends_with("[]")) {
    const std::string_view element = type.substr(0, type.size() - 2);
    std::string list = "[";
    for (std::size_t i = random_.below(4); i > 0; --i) list += literal_of(element) + ", ";
    return list + literal_of(element) + "]";
  }
  if (type.ends_with("[3]")) return "array_value(1, " + integer() + ", 3)::" + std::string(type);
  if (has_prefix(type, {"DECIMAL"})) return integer() + "." + std::to_string(random_.below(100));
  if (type == "FLOAT" || type == "DOUBLE") return integer() + "::" + std::string(type);
  if (has_prefix(type, {"BOOL"})) return one_of({"true", "false"});
  if (type == "DATE") return random_.chance(5) ? "DATE 'infinity'" : "DATE '" + day + "'";
  if (type == "TIMETZ" || has_prefix(type, {"TIME WITH"})) return "'" + hour + "+02'::TIMETZ";
  if (type == "TIME" || type == "TIME_NS") return "'" + hour + "'::" + std::string(type);
  if (has_prefix(type, {"TIMESTAMP"})) {
    return "'" + day + " " + hour + "'::" + std::string(type);
  }
  if (type == "INTERVAL") {
    return "INTERVAL (" + integer() + ") " +
           one_of({"DAY", "MONTH", "YEAR", "MICROSECOND", "WEEK"});
  }
  if (type == "UUID") return "'12345678-1234-1234-1234-123456789012'::UUID";
  if (type == "BLOB") return R"('\xAA\x00x'::BLOB)";
  if (type == "BIT") return "'010101'::BIT";
  if (type == "JSON") return R"('{"a": [1, {"b": null}], "c": "x"}'::JSON)";
  if (has_prefix(type, {"STRUCT"})) return "{'a': " + integer() + ", 'b': " + quoted_text() + "}";
  if (has_prefix(type, {"MAP"})) return "map {'a': " + integer() + ", 'b': 2}";
  if (has_prefix(type, {"UNION"})) return "union_value(n := " + integer() + ")";
  if (has_prefix(type, {"ENUM"})) return "'a'::ENUM('a', 'b', 'north')";
  if (has_prefix(type, {"VARCHAR"})) return quoted_text();
  if (has_prefix(type, {"VARIANT", "GEOMETRY", "BIGNUM"})) {
    return random_.chance(50) ? "'POINT (1 2)'::GEOMETRY" : integer() + "::" + std::string(type);
  }
  return integer();
}

}  // namespace sluice::query
