#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::query {

/// What `TableSource::view_select` selects from: the Parquet files as one relation.
inline constexpr std::string_view source_relation = "source";

inline constexpr std::size_t sql_bytes_max =
    std::size_t{64} * 1024;                            ///< Longer SQL is generated, not asked.
inline constexpr std::size_t tables_max = 64;          ///< Views made per query, a few ms each.
inline constexpr std::size_t files_max = 128;          ///< One message carries 253 descriptors.
inline constexpr std::int64_t rows_default = 10'000;   ///< Without a LIMIT in the SQL.
inline constexpr std::int64_t rows_ceiling = 100'000;  ///< With one; more is an export's job.
inline constexpr std::size_t result_bytes_ceiling =
    64UL << 20U;  ///< Held in memory by the API meanwhile.

/// A file of a table, and what it has to be.
struct DataFile {
  DataFile(std::filesystem::path path_in, std::string sha256_in = {},
           std::function<std::string()> remedy_in = {})
      : path(std::move(path_in)), sha256(std::move(sha256_in)), remedy(std::move(remedy_in)) {}
  std::filesystem::path path;
  std::string sha256;  ///< Verified when the pool's process first opens it; empty: not known.
  std::function<std::string()> remedy;  ///< What to do where it is damaged: said in the error.
};

/// One table that the SQL may name. The caller has checked that the tenant may read it.
struct TableSource {
  /// `{"dataset"}` or `{catalog, schema, table}`; compared without regard to case.
  std::vector<std::string> name;
  /// Parquet files of one schema, opened by the pool read-only; the worker gets descriptors, never
  /// paths.
  std::vector<DataFile> files;
  /// A SELECT over the relation `source`, made by us and trusted: `SELECT "a" AS "A b" FROM
  /// source`, the rendered silver plan, or `SELECT *, 3 AS _batch FROM source`.
  std::string view_select = "SELECT * FROM source";
};

/// The schema whose `tables` and `columns` list what may be queried; SHOW TABLES asks the first.
inline constexpr std::string_view listing_schema = "information_schema";

struct ListedColumn {
  std::string name;
  std::string type;  ///< DuckDB type text.
};
/// A table as it is listed: it need not be among a request's `tables`.
struct ListedTable {
  std::vector<std::string> name;  ///< As of TableSource.
  std::vector<ListedColumn> columns = {};
};

/// NULL, a truth value, a number, or text, which the engine casts to what stands beside it.
using ParameterValue =
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;

struct Parameter {
  std::string name;  ///< `1` of `$1` and of the first `?`; `day` of `$day`.
  ParameterValue value;
};

/// How rows are written: render/row_writer.h, render/parquet_rows.h.
enum class Format { json, ndjson, csv, parquet };

/// What is asked, of which tables, and within which bounds. A value: it may be copied, kept and
/// asked again.
struct QueryRequest {
  /// Who asks, in the caller's words: no worker ever serves two.
  std::string owner = {};
  std::string sql;  ///< The user's: anything at all.
  std::vector<Parameter> parameters = {};
  std::vector<TableSource> tables;
  /// What is listed where the SQL asks for it (`asks_for_listing`); absent: `tables`.
  std::optional<std::vector<ListedTable>> listed = {};
  bool plan_only = false;  ///< Its plan instead of its rows, as EXPLAIN in front of it gives it.
  Format format = Format::json;
  bool formulas_as_they_are = false;      ///< Of CSV.
  std::int64_t row_limit = rows_default;  ///< Rows returned where the SQL has no LIMIT of its own.
  std::int64_t row_limit_max = rows_ceiling;            ///< Rows returned where it has.
  std::size_t result_bytes_max = result_bytes_ceiling;  ///< Of the rows, as they are written.
  /// Over waiting in the queue and running; not over waiting for whoever takes the rows.
  std::chrono::milliseconds deadline{30'000};
  std::uint64_t memory_bytes = 1ULL << 30U;  ///< The engine's; the address limit follows from it.
  int threads = 2;
};

}  // namespace sluice::query
