#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "query/fuzz/sql_writer.h"

namespace sluice::query {
namespace {

/// Words, numbers, quoted texts with their quotes, blanks, and single signs.
std::vector<std::string> tokens_of(const std::string& sql) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < sql.size();) {
    std::size_t end = at + 1;
    const auto is_word = [&](std::size_t i) {
      const auto c = static_cast<unsigned char>(sql[i]);
      return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
    };
    if (sql[at] == '\'' || sql[at] == '"') {
      end = std::min(sql.find(sql[at], end), sql.size() - 1) + 1;
    } else if (is_word(at)) {
      while (end < sql.size() && is_word(end)) ++end;
    }
    tokens.push_back(sql.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::string replaced(std::string pattern, const std::string& mark, const std::string& by) {
  for (std::size_t at = 0; (at = pattern.find(mark, at)) != std::string::npos; at += by.size()) {
    pattern.replace(at, mark.size(), by);
  }
  return pattern;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// @H a hostile table, @T one of ours, @F somebody else's, @P a path, @S a setting.
constexpr std::string_view hostile_patterns[] = {
    "SELECT * FROM @H",
    "SELECT * FROM @T WHERE id IN (FROM @H)",
    "SELECT (SELECT count(*) FROM @H)",
    "SELECT list_transform([1], x -> (SELECT max(c) FROM @H AS h(c)))",
    "WITH s AS (FROM @H) SELECT * FROM s, @T",
    "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s, @H WHERE n < 3) FROM s",
    "SELECT * FROM @T ORDER BY (SELECT 1 FROM @H)",
    "SELECT * FROM @T LIMIT (SELECT count(*) FROM @H)",
    "SELECT count(*) FILTER (EXISTS (FROM @H)) FROM @T",
    "PIVOT (FROM @H) ON 1 IN (1) USING count(*)",
    "PIVOT (FROM @H) ON file",
    "PIVOT @F ON mark",
    "PIVOT @T ON region || getenv('@S') USING count(*)",
    "PIVOT @T ON region USING max((SELECT count(*) FROM @H))",
    "WITH s AS (FROM @H) PIVOT s ON mark",
    "UNPIVOT @H ON COLUMNS(*)",
    "SHOW ALL TABLES",
    "FROM information_schema.columns, @H",
    "SELECT * FROM information_schema.tables WHERE table_name = '@F'",
    "FROM information_schema.tables, listing_of_query.listed",
    "DESCRIBE @H",
    "SUMMARIZE @H",
    "SUMMARIZE SELECT * FROM @H",
    "SHOW @H",
    "DESCRIBE TABLE @F",
    "EXPLAIN ANALYZE FROM @H",
    "EXPLAIN SELECT * FROM @H",
    "SELECT * FROM @T UNION ALL BY NAME FROM @H",
    "SELECT * FROM @T t, LATERAL (FROM @H) h",
    "FROM @T POSITIONAL JOIN @H",
    "COPY @T TO @P",
    "COPY (SELECT * FROM @T) TO @P (FORMAT parquet)",
    "COPY @T FROM @P",
    "EXPORT DATABASE @P",
    "ATTACH @P AS x",
    "ATTACH ':memory:' AS @F",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs FROM @P",
    "LOAD @P",
    "SET @S = @P",
    "SET GLOBAL @S = true",
    "SET VARIABLE v = (FROM @H)",
    "RESET @S",
    "PRAGMA @S",
    "PRAGMA table_info(@P)",
    "SELECT current_setting('@S')",
    "CREATE TABLE t AS FROM @H",
    "CREATE OR REPLACE VIEW @T AS SELECT 1",
    "CREATE MACRO m() AS TABLE FROM @H",
    "CREATE SECRET s (TYPE s3, KEY_ID 'x')",
    "DROP TABLE @F",
    "DROP VIEW @T",
    "INSERT INTO @T SELECT * FROM @H",
    "DELETE FROM @F",
    "UPDATE @T SET id = (SELECT 1 FROM @H)",
    "MERGE INTO @T USING @H AS h ON true WHEN MATCHED THEN DELETE",
    "PREPARE p AS FROM @H",
    "EXECUTE p",
    "CALL read_text(@P)",
    "BEGIN",
    "CHECKPOINT",
    "SELECT 1; FROM @H",
    "SET @S = 1; SELECT 1",
    "SELECT getenv('@S')",
    "SELECT json_execute_serialized_sql(json_serialize_sql('FROM @T'))",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM @T'))",
    "SELECT * FROM (VALUES ((SELECT count(*) FROM @H)))",
    "FROM query_table([@P])",
    "SELECT @P.read_text()",
    "SELECT mark FROM @F",
    "SELECT t.*, filename, file_row_number FROM @T t",
    "SELECT mark FROM @T WHERE mark LIKE '@S%' -- @P",
    "/* @S */ SELECT * FROM @F /* */",
    "SELECT * FROM @T AT (VERSION => 1)",
    "SELECT * FROM @T; ; ",
    "SELECT error(mark) FROM @T",
    "SELECT mark::INTEGER FROM @T",
    "SELECT * FROM @T WHERE (SELECT * FROM @F) = @P"};

}  // namespace

std::string SqlWriter::hostile_table() {
  const std::string path = "'" + one_of(words_.paths) + "'";
  const std::string reader = one_of(
      {"read_csv", "read_text", "read_blob", "read_parquet", "parquet_scan", "read_json_auto",
       "glob", "sniff_csv", "parquet_metadata", "parquet_schema", "parquet_kv_metadata",
       "read_duckdb", "query_table", "READ_TEXT", "\"read_text\"", "system.main.read_text"});
  switch (random_.below(8)) {
    case 0:
      return reader + "(" + path + ")";
    case 1:
      return reader + "([" + path + ", " + path + "])";
    case 2:
      return path;
    case 3:
      return replaced(path, "'", "\"");
    case 4:
      return one_of(words_.foreign);
    case 5:
      return "query('SELECT * FROM read_text(''/etc/passwd'')')";
    case 6:
      return random_.pick(words_.denied).name + "(" + path + ")";
    default:
      return random_.pick(words_.denied).name + "(" + expression(1) + ")";
  }
}

std::string SqlWriter::hostile_statement() {
  std::string out(hostile_patterns[random_.below(std::size(hostile_patterns))]);
  out = replaced(out, "@H", hostile_table());
  out = replaced(out, "@T", one_of(words_.tables));
  out = replaced(out, "@F", one_of(words_.foreign));
  out = replaced(out, "@P", "'" + one_of(words_.paths) + "'");
  return replaced(out, "@S", one_of(words_.settings));
}

std::string SqlWriter::extreme_statement() {
  const std::size_t times = random_.chance(80) ? 1 + random_.below(300) : 1 + random_.below(6'000);
  const std::pair<std::string, std::string> nests[] = {{"(", ")"},
                                                       {"[", "]"},
                                                       {"NOT ", ""},
                                                       {"- ", ""},
                                                       {"(SELECT ", ")"},
                                                       {"CAST(", " AS VARCHAR)"},
                                                       {"{'a': ", "}"},
                                                       {"CASE WHEN true THEN ", " END"},
                                                       {"coalesce(", ", 1)"},
                                                       {"1 + ", ""},
                                                       {"", " || 'x'"},
                                                       {"", "::VARCHAR"},
                                                       {"", "[1]"},
                                                       {"list_transform([1], x -> ", ")"},
                                                       {"EXISTS (SELECT ", ")"},
                                                       {"(SELECT * FROM (SELECT ", "))"}};
  const auto& [open, close] = nests[random_.below(std::size(nests))];
  switch (random_.below(9)) {
    case 0: {
      std::string sql = "SELECT 1 AS n";
      for (std::size_t i = 0; i < times; ++i) sql = "SELECT * FROM (" + sql + ")";
      return sql;
    }
    case 1:
      return "SELECT 1" + repeated(one_of({" UNION ALL SELECT 1", " EXCEPT SELECT 2"}), times);
    case 2:
      return "SELECT * FROM range(1)" +
             repeated(one_of({", range(1)", " JOIN range(1) ON true", " NATURAL JOIN range(1)"}),
                      times / 8);
    case 3:
      return "SELECT '" + std::string(times * 12, 'x') + "' || " + expression(1);
    case 4:
      return "SELECT id IN (0" + repeated(", 1", times * 3) + ") FROM " + one_of(words_.tables);
    case 5: {
      const std::string json =
          repeated(one_of({"[", "{\"a\":"}), times) + "1" + repeated("]", times);
      return "SELECT json('" + json + "'), '" + json + "'::" + type();
    }
    case 6: {
      std::string noise;
      for (std::size_t i = random_.below(60); i > 0; --i) {
        noise += static_cast<char>(random_.below(256));
      }
      return random_.chance(50) ? noise : "SELECT '" + noise + "' FROM " + noise;
    }
    case 7: {
      std::string deep = "INTEGER";
      for (std::size_t i = times / 2; i > 0; --i) {
        deep = random_.chance(50) ? deep + "[]" : "STRUCT(a " + deep + ")";
      }
      return "SELECT NULL::" + deep;
    }
    default:
      return "SELECT " + repeated(open, times) + leaf() + repeated(close, times) +
             (random_.chance(50) ? " FROM " + one_of(words_.tables) : "");
  }
}

std::string SqlWriter::mutated(const std::string& sql) {
  std::vector<std::string> tokens = tokens_of(sql);
  const std::vector<std::string> other = tokens_of(one_of(words_.seeds));
  for (std::size_t i = 1 + random_.below(4); i > 0 && !tokens.empty(); --i) {
    std::size_t at = random_.below(tokens.size());
    if (tokens[at] == " ") at = random_.below(tokens.size());  // Words run together teach little.
    const std::size_t more = random_.below(tokens.size());
    const auto place = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random_.below(9)) {
      case 0:
        tokens.erase(place);
        break;
      case 1:
        std::swap(tokens[at], tokens[more]);
        break;
      case 2:
        tokens[at] = tokens[more];
        break;
      case 3:
        tokens.insert(place, tokens[more]);
        break;
      case 4:
        tokens[at] = random_.pick(words_.columns).name;
        break;
      case 5:
        tokens[at] = random_.chance(50) ? random_.pick(words_.scalars).name : type();
        break;
      case 6:
        tokens[at] = random_.chance(80) ? "(" + expression(2) + ")" : hostile_table();
        break;
      case 7: {
        tokens.resize(at);
        const std::size_t from = random_.below(other.size());
        tokens.insert(tokens.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        break;
      }
      default: {
        std::string& token = tokens[at];
        const std::size_t byte = random_.below(token.size());
        token[byte] =
            static_cast<char>(random_.chance(70) ? 32 + random_.below(95) : random_.below(256));
      }
    }
  }
  std::string out;
  for (const std::string& token : tokens) out += token;
  return out;
}

}  // namespace sluice::query
