#include "query/fuzz/sql_fuzz_world.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/ids.h"
#include "base/sql_text.h"
#include "duckdb/database.h"
#include "query/worker/sql_check.h"

namespace sluice::query {
namespace {

constexpr std::size_t secrets = 2;

/// One column for each kind of type that Parquet has, after those that testdata's statements name.
constexpr std::string_view columns_made =
    "i AS id, CASE WHEN i % 2 = 0 THEN 'north' ELSE 'south' END AS region, "
    "CAST(i * 1.5 AS DECIMAL(9,2)) AS amount, DATE '2024-01-01' + CAST(i AS INTEGER) AS day, "
    "'w' || i AS weird, ['a', 'b', NULL] AS tags, "
    "i % 2 = 0 AS flag, CAST(i AS TINYINT) AS i8, CAST(i - 4 AS INTEGER) AS i32, "
    "CASE WHEN i <> 3 THEN i * 1000000007 END AS i64, CAST(i AS UBIGINT) AS u64, "
    "CAST(i / 7 AS FLOAT) AS f32, CASE i WHEN 1 THEN 'nan' WHEN 2 THEN '-inf' ELSE i / 3 "
    "END::DOUBLE "
    "AS f64, CAST(i AS DECIMAL(38, 10)) / 7 AS dec, TIME '10:00:00' + INTERVAL (i) MINUTE AS t, "
    "TIMESTAMP '2024-01-31 10:00:00' + INTERVAL (i) DAY AS ts, "
    "TIMESTAMPTZ '2024-01-31 10:00:00+00' + INTERVAL (i) HOUR AS tstz, INTERVAL (i) DAY AS iv, "
    "CAST('\\xAA\\x00' || i AS BLOB) AS blob, "
    "CAST('12345678-1234-1234-1234-12345678901' || (i % 10) AS UUID) AS uid, "
    "{'a': i, 'b': 'x', 'c': {'d': [i, NULL]}} AS st, map {'k' || i: i, 'l': NULL} AS m, "
    "[[i], NULL, []] AS lists, CASE WHEN i <> 5 THEN [i, i + 1, 3] END AS arr, "
    "'0101' AS bits, '{\"a\": [1, null]}' AS js, 'a' AS mood, CAST(i AS VARCHAR) AS huge, "
    "NULL::INTEGER AS none";
constexpr std::string_view typed_view =
    "SELECT * REPLACE (CAST(arr AS INTEGER[3]) AS arr, CAST(bits AS BIT) AS bits, CAST(js AS JSON) "
    "AS js, CAST(mood AS ENUM('a', 'b')) AS mood, CAST(huge AS HUGEINT) AS huge) RENAME (weird AS "
    "\"weird \"\"name\"\"; x\") FROM source";
const std::vector<FuzzColumn> columns_named = {
    {"id", "BIGINT"},      {"region", "VARCHAR"},
    {"amount", "DECIMAL"}, {"day", "DATE"},
    {"tags", "VARCHAR[]"}, {"flag", "BOOLEAN"},
    {"i8", "TINYINT"},     {"i32", "INTEGER"},
    {"i64", "BIGINT"},     {"u64", "UBIGINT"},
    {"f32", "FLOAT"},      {"f64", "DOUBLE"},
    {"dec", "DECIMAL"},    {"t", "TIME"},
    {"ts", "TIMESTAMP"},   {"tstz", "TIMESTAMP WITH TIME ZONE"},
    {"iv", "INTERVAL"},    {"blob", "BLOB"},
    {"uid", "UUID"},       {"st", "STRUCT"},
    {"m", "MAP(K, V)"},    {"lists", "INTEGER[][]"},
    {"arr", "INTEGER[3]"}, {"bits", "BIT"},
    {"js", "JSON"},        {"mood", ""},
    {"huge", "HUGEINT"},   {"none", "INTEGER"},
    {"st.a", "BIGINT"},    {"st.c.d", "BIGINT[]"},
    {"mark", "VARCHAR"},   {R"("weird ""name""; x")", "VARCHAR"}};

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<void> add_seeds(const std::filesystem::path& file, std::vector<std::string>& seeds) {
  std::ifstream lines(file);
  if (!lines)
    return fail(Errc::not_found, ErrorCode::from_outside("fuzz_testdata"),
                "There is no " + file.string() + ".");
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '#') seeds.push_back(line);
  }
  return {};
}

}  // namespace

Result<SqlVocabulary> fuzz_vocabulary(const std::filesystem::path& testdata,
                                      const std::filesystem::path& folder) {
  SqlVocabulary words;
  TRY(add_seeds(testdata / "legit.txt", words.seeds));
  TRY(add_seeds(testdata / "escapes.txt", words.seeds));
  words.tables = {"dataset", "catalog_tenant_a.bronze.orders",
                  "catalog_tenant_a.silver.orders_clean"};
  words.columns = columns_named;
  words.foreign = {"other.bronze.secrets",
                   "catalog_tenant_b.bronze.orders",
                   "catalog_tenant_a.bronze.x",
                   "information_schema.tables",
                   "duckdb_views",
                   "pg_catalog.pg_class",
                   "sqlite_master",
                   "memory.main.dataset",
                   "source",
                   "duckdb_settings()",
                   "duckdb_views()",
                   "\"catalog_tenant_a.bronze.orders\""};
  for (const char* name : {"secret.txt", "secrets.parquet", "owner_0.parquet", "owner_1.parquet",
                           "*", "new.txt", "../../etc/passwd"}) {
    words.paths.push_back((folder / name).string());
  }
  for (int fd = 0; fd < 8; ++fd) words.paths.push_back("/proc/self/fd/" + std::to_string(fd));
  for (const char* path :
       {"/etc/passwd", "/proc/self/environ", "/proc/self/maps", "/proc/1/environ", "/dev/stdin",
        "/dev/zero", "/proc/self/fd/*", "secret.txt", "secrets.parquet", "new.parquet",
        "http://127.0.0.1:1/x.csv", "https://example.invalid/x.parquet", "s3://bucket/x.parquet",
        "file:///etc/passwd", "/proc/self/cwd/secret.txt", "/proc/self/root/etc/passwd"}) {
    words.paths.emplace_back(path);
  }

  TRY_ASSIGN(
      duckdb::Database database,
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 512'000'000, .threads = 1})));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  TRY_ASSIGN(duckdb::QueryResult functions,
             connection.query("SELECT DISTINCT function_name, function_type, "
                              "array_to_string(parameter_types, chr(10)) FROM duckdb_functions() "
                              "WHERE function_type NOT LIKE 'pragma%' ORDER BY ALL"));
  for (const auto& row : functions.rows_as_text()) {
    FuzzFunction function{row[0].value_or(""), {}};
    const std::string types = row[2].value_or("");
    for (std::size_t at = 0; at < types.size();) {
      const std::size_t end = std::min(types.find('\n', at), types.size());
      function.parameter_types.push_back(types.substr(at, end - at));
      at = end + 1;
    }
    const std::string kind = row[1].value_or("");
    const bool is_table = kind.starts_with("table");
    const bool is_denied =
        is_table ? !is_allowed_table_function(function.name) : is_denied_function(function.name);
    (is_denied             ? words.denied
     : is_table            ? words.tables_made
     : kind == "aggregate" ? words.aggregates
                           : words.scalars)
        .push_back(std::move(function));
  }
  TRY_ASSIGN(duckdb::QueryResult settings,
             connection.query("SELECT name FROM duckdb_settings() ORDER BY 1"));
  for (const auto& row : settings.rows_as_text()) words.settings.push_back(row[0].value_or(""));
  return words;
}

Result<std::unique_ptr<FuzzWorld>> FuzzWorld::make(std::filesystem::path folder) {
  std::unique_ptr<FuzzWorld> world(new FuzzWorld(std::move(folder)));
  TRY(world->fill());
  return world;
}

FuzzWorld::~FuzzWorld() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<void> FuzzWorld::fill() {
  std::filesystem::create_directories(folder_);
  std::filesystem::permissions(folder_, std::filesystem::perms::all);
  for (std::size_t i = 0; i < owners + secrets; ++i) tokens_.push_back("token" + random_hex(8));
  TRY_ASSIGN(
      duckdb::Database database,
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 512'000'000, .threads = 1})));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  const auto write = [&](const std::string& name, const std::string& token) -> Result<void> {
    TRY(connection.query("COPY (SELECT " + std::string(columns_made) + ", '" + token +
                         "' AS mark FROM range(1, 13) r(i)) TO " +
                         quote_literal((folder_ / name).string()) + " (FORMAT parquet)"));
    return {};
  };
  for (std::size_t owner = 0; owner < owners; ++owner) {
    const std::string name = "owner_" + std::to_string(owner) + ".parquet";
    TRY(write(name, tokens_[owner]));
    QueryRequest request;
    request.owner = "owner " + std::to_string(owner);
    const std::vector<DataFile> files = {folder_ / name};
    request.tables = {
        {{"dataset"}, files, std::string(typed_view)},
        {{"catalog_tenant_a", "bronze", "orders"},
         files,
         "SELECT *, 3 AS _batch FROM (" + std::string(typed_view) + ")"},
        {{"catalog_tenant_a", "silver", "orders_clean"},
         files,
         "WITH typed AS (" + std::string(typed_view) + ") SELECT DISTINCT * FROM typed"}};
    request.threads = static_cast<int>(1 + owner);
    requests_.push_back(std::move(request));
  }
  TRY(write("secrets.parquet", tokens_[owners]));
  std::ofstream(folder_ / "secret.txt") << "secret\n" << tokens_[owners + 1] << "\n";
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::filesystem::permissions(file.path(), std::filesystem::perms(0666));
  }
  contents_ = contents();
  return {};
}

std::map<std::string, std::string> FuzzWorld::contents() const {
  std::map<std::string, std::string> found;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
    found[file.path().string()] = file.is_regular_file() ? file_text(file.path()) : "";
  }
  return found;
}

std::optional<std::string> FuzzWorld::leak(std::size_t owner, std::string_view sql,
                                           std::string_view shown) const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (i != owner && shown.find(tokens_[i]) != std::string_view::npos) {
      return "the token of " +
             (i < owners ? "owner " + std::to_string(i) : "secret " + std::to_string(i - owners));
    }
  }
  // What the statement says itself comes back with it.
  const std::string folder = folder_.filename().string();
  for (const std::string_view mark :
       {std::string_view("/proc/self/fd"), std::string_view(folder)}) {
    if (shown.find(mark) != std::string_view::npos && sql.find("/proc") == std::string_view::npos &&
        sql.find(folder) == std::string_view::npos) {
      return "the path " + std::string(mark);
    }
  }
  return std::nullopt;
}

std::vector<std::string> FuzzWorld::changes() const {
  std::vector<std::string> changed;
  const std::map<std::string, std::string> now = contents();
  for (const auto& [path, text] : contents_) {
    if (!now.contains(path)) changed.push_back(path + " is gone");
  }
  for (const auto& [path, text] : now) {
    const auto before = contents_.find(path);
    if (before == contents_.end())
      changed.push_back(path + " is new");
    else if (before->second != text)
      changed.push_back(path + " has changed");
  }
  return changed;
}

}  // namespace sluice::query
