#include "lakehouse/databricks/databricks_tables.h"

#include <algorithm>
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

/// So few rows are hardly 25 MiB.
constexpr std::int64_t small_rows_max = 1'000;

/// What Unity Catalog takes for no name is no table's.
bool may_be_name(const std::string& part) {
  constexpr std::size_t name_bytes_max = 255;
  return !part.empty() && part.size() <= name_bytes_max &&
         std::none_of(part.begin(), part.end(), [](char letter) {
           return letter == '.' || letter == '/' || static_cast<unsigned char>(letter) <= ' ' ||
                  letter == '\x7f';
         });
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

bool DatabricksTables::may_hold(const TenantId& tenant, const RemoteName& name) const {
  const TenantPlaces places = places_of(tenant, connection_);
  return name.size() == 3 && name[0] == places.catalog &&
         (name[1] == places.bronze || name[1] == places.silver || name[1] == places.gold) &&
         may_be_name(name[2]);
}

Result<std::optional<RemoteTable>> DatabricksTables::find(const RemoteName& name,
                                                          const std::stop_token& stop) {
  CallCount calls;
  TRY_ASSIGN(const std::optional<CatalogTable> table,
             catalog_.find_table(dotted_name(name), stop, calls));
  if (!table) return std::nullopt;
  if (table->kind == "metric_view") {
    return fail(Errc::invalid_argument, Code::remote_unreadable,
                table->full_name +
                    " is a metric view: its measures are computed for a question, and "
                    "have no rows to bring here.",
                "Ask it in the workspace, or make a view with MEASURE(…) and GROUP BY there.");
  }
  RemoteTable remote{name, {}};
  for (const CatalogColumn& column : table->columns) {
    remote.columns.push_back(
        {column.name, column.comment, duckdb_type_of(column.type), lowered(column.type)});
  }
  return remote;
}

Result<std::string> DatabricksTables::sql_of(const RemoteScan& scan,
                                             const RemoteLimits& limits) const {
  TRY(check_readable(scan));
  return remote_select(scan, limits.rows_max);
}

Result<std::int64_t> DatabricksTables::fetch(const TenantId& tenant, const RemoteScan& scan,
                                             const RemoteLimits& limits, const fs::path& file,
                                             const std::stop_token& stop, SyncCost& cost) {
  const std::string name = dotted_name(scan.table.name);
  TRY(check_readable(scan));
  const ScopedPath scratch(folder_ / random_hex(8));
  TRY(create_folders(scratch.path()));
  Statement statement{remote_select(scan, limits.rows_max), "Reading " + name};
  statement.tags = {{"app", "sluice"}, {"tenant", tenant.value}, {"step", "query"}};
  statement.stop = stop;
  statement.bytes_max = limits.bytes_max;
  statement.is_small = scan.limit && *scan.limit <= small_rows_max;
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
