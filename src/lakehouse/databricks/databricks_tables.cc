#include "lakehouse/databricks/databricks_tables.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <system_error>

#include "base/ascii.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "lakehouse/databricks/provisioning.h"
#include "lakehouse/databricks/remote_sql.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/local/parquet_job.h"

namespace sluice::lakehouse::databricks {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t names_max = 16;

bool is_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/// Behind the literal or comment that begins at `at`; `at` where none does. A form that is not
/// known here (dollar quotes) at worst hides a name or shows one too many, which is looked for in
/// vain.
std::size_t past_text(std::string_view sql, std::size_t at) {
  std::string_view closing;
  std::size_t from = at + 1;
  if (sql[at] == '\'') {
    closing = "'";
  } else if (sql.substr(at, 2) == "--") {
    closing = "\n";
  } else if (sql.substr(at, 2) == "/*") {
    closing = "*/";
    from = at + 2;
  } else {
    return at;
  }
  const std::size_t end = sql.find(closing, from);
  return end == std::string_view::npos ? sql.size() : end + closing.size();
}

/// The dotted name that begins at `at`, in lower case and without its quotes; `at` goes behind it.
/// By hand, since std::regex takes a stack frame per character of what people write.
std::vector<std::string> name_at(std::string_view sql, std::size_t& at) {
  std::vector<std::string> parts;
  while (at < sql.size()) {
    const std::size_t begin = at;
    std::string part;
    if (sql[at] == '"') {
      const std::size_t end = sql.find('"', at + 1);
      if (end == std::string_view::npos) break;
      part = sql.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      while (at < sql.size() && is_letter(sql[at])) ++at;
      part = sql.substr(begin, at - begin);
    }
    // What Unity Catalog takes for no name is no table's.
    const bool bad =
        part.empty() || part.size() > 255 || std::any_of(part.begin(), part.end(), [](char letter) {
          return letter == '.' || letter == '/' || static_cast<unsigned char>(letter) <= ' ' ||
                 letter == '\x7f';
        });
    if (bad) break;
    parts.push_back(lowered(part));
    std::size_t dot = at;
    while (dot < sql.size() && is_blank(sql[dot])) ++dot;
    if (dot == sql.size() || sql[dot] != '.') break;
    at = dot + 1;
    while (at < sql.size() && is_blank(sql[at])) ++at;
  }
  return parts;
}

/// What is read from the chunks' lists of rows, or from nothing.
std::string relation_of(const std::vector<fs::path>& files, const std::string& folder) {
  if (files.empty()) return "(SELECT CAST(NULL AS VARCHAR[]) AS json WHERE false)";
  std::string list;
  for (const fs::path& file : files) {
    list += (list.empty() ? "" : ", ") + quote_literal(folder + "/" + file.filename().string());
  }
  return "read_json([" + list +
         "], format = 'array', records = false, columns = {json: 'VARCHAR[]'}, "
         "maximum_object_size = 67108864)";
}

}  // namespace

DatabricksTables::DatabricksTables(Connection connection, fs::path folder,
                                   sandbox::ForkServer& workers)
    : connection_(std::move(connection)),
      folder_(std::move(folder)),
      workers_(workers),
      rest_(connection_),
      catalog_(rest_),
      warehouse_(rest_, connection_) {}

Result<std::unique_ptr<RemoteTables>> DatabricksTables::open(Connection connection,
                                                             const fs::path& folder,
                                                             sandbox::ForkServer& workers) {
  TRY_ASSIGN(connection, checked(std::move(connection)));
  std::error_code code;
  fs::remove_all(folder, code);
  TRY(create_folders(folder));
  return std::unique_ptr<RemoteTables>(
      std::make_unique<DatabricksTables>(std::move(connection), folder, workers));
}

std::vector<std::vector<std::string>> DatabricksTables::names_in(const TenantId& tenant,
                                                                 std::string_view sql) const {
  const TenantPlaces places = places_of(tenant, connection_);
  std::set<std::vector<std::string>> found;
  for (std::size_t at = 0; at < sql.size() && found.size() < names_max;) {
    if (const std::size_t behind = past_text(sql, at); behind != at) {
      at = behind;
      continue;
    }
    std::size_t end = at;
    const std::vector<std::string> parts = name_at(sql, end);
    // The tenant's own schemas, and nothing beside them.
    if (parts.size() == 3 && parts[0] == places.catalog &&
        (parts[1] == places.bronze || parts[1] == places.silver || parts[1] == places.gold)) {
      found.insert(parts);
    }
    at = std::max(end, at + 1);
  }
  return {found.begin(), found.end()};
}

Result<std::optional<RemoteTable>> DatabricksTables::find(const std::vector<std::string>& name,
                                                          const std::stop_token& stop) {
  CallCount calls;
  TRY_ASSIGN(const std::optional<CatalogTable> table,
             catalog_.find_table(name.at(0) + "." + name.at(1) + "." + name.at(2), stop, calls));
  if (!table) return std::nullopt;
  RemoteTable remote{name, {}};
  for (const CatalogColumn& column : table->columns) {
    remote.columns.push_back(
        {column.name, column.comment, duckdb_type_of(column.type), lowered(column.type)});
  }
  return remote;
}

Result<std::string> DatabricksTables::sql_of(const RemoteScan& scan,
                                             const RemoteLimits& limits) const {
  return remote_select(scan, limits.rows_max);
}

Result<std::int64_t> DatabricksTables::fetch(const TenantId& tenant, const RemoteScan& scan,
                                             const RemoteLimits& limits, const fs::path& file,
                                             const std::stop_token& stop, SyncCost& cost) {
  const std::string name =
      scan.table.name.at(0) + "." + scan.table.name.at(1) + "." + scan.table.name.at(2);
  const ScopedPath scratch(folder_ / random_hex(8));
  TRY(create_folders(scratch.path()));
  Statement statement{remote_select(scan, limits.rows_max), "Reading " + name};
  statement.tags = {{"app", "sluice"}, {"tenant", tenant.value}, {"step", "query"}};
  statement.stop = stop;
  statement.bytes_max = limits.bytes_max;
  CallCount calls;
  StatementCount count;
  const Result<ResultChunks> came = warehouse_.run_to(scratch.path(), statement, calls, count);
  cost += {count.statements, calls.rest_calls, 0, count.warehouse_ms};
  if (!came) return fail(came.error());
  if (came->truncated || came->rows > limits.rows_max) {
    return fail(Errc::too_large, Code::remote_too_large,
                "More of " + name + " would have to come here than may: at most " +
                    std::to_string(limits.rows_max) + " rows (DATABRICKS_QUERY_ROWS_MAX) and " +
                    std::to_string(limits.bytes_max) + " bytes (DATABRICKS_QUERY_BYTES_MAX).",
                "Compare its columns with constants, name fewer of them, or run it in the "
                "workspace.");
  }
  std::string list;
  for (std::size_t i = 0; i < std::max<std::size_t>(scan.columns.size(), 1); ++i) {
    const std::string text = "json[" + std::to_string(i + 1) + "]";
    list += (i > 0 ? ", " : "") +
            (scan.columns.empty() ? text
                                  : value_of_text(text, scan.table.columns[scan.columns[i]].type)) +
            " AS c" + std::to_string(i);
  }
  TRY_ASSIGN(ParquetJob job, ParquetJob::open(workers_, scratch.path() / "spill", {scratch.path()},
                                              stop, fetch_memory_share));
  TRY_ASSIGN(const std::int64_t rows,
             job.copy_to("SELECT " + list + " FROM " + relation_of(came->files, job.input(0)),
                         scan.columns.size(), file));
  TRY(job.close());
  if (rows == came->rows) return rows;
  std::error_code code;
  fs::remove(file, code);
  return fail(Errc::unavailable, Code::databricks_unavailable,
              "Of " + name + " " + std::to_string(rows) + " rows came, not " +
                  std::to_string(came->rows) + ".",
              "Ask again.");
}

}  // namespace sluice::lakehouse::databricks
