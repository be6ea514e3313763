#include "lakehouse/local/local_lakehouse.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <system_error>

#include "base/fault.h"
#include "base/hash.h"
#include "base/ids.h"
#include "dataset/names.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/render_duckdb.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

namespace {

constexpr int engine_threads = 2;
constexpr const char* engine_memory = "1GB";

std::string read_parquet(const fs::path& file) {
  return "read_parquet(" + quote_literal(file.string()) + ", hive_partitioning = false)";
}

std::string copy_to(const std::string& select, const fs::path& file) {
  return "COPY (" + select + ") TO " + quote_literal(file.string()) +
         " (FORMAT parquet, COMPRESSION snappy)";
}

std::string bronze_file_name(const TableRequest& request) {
  return "v" + std::to_string(request.version) + "-" + request.sha256.substr(0, 16) + ".parquet";
}

/// The plan's hash is in the name: another plan over the same content is another file.
std::string silver_file_name(const TableRequest& request, const medallion::Plan& plan) {
  return "v" + std::to_string(request.version) + "-" + request.sha256.substr(0, 16) + "-" +
         sha256_hex(medallion::to_json(plan)).substr(0, 8) + ".parquet";
}

std::vector<Column> silver_columns(const TableRequest& request, const medallion::Plan& plan) {
  std::vector<Column> columns;
  for (const medallion::SilverColumn& made : plan.columns) {
    Column column{made.name, made.source, made.type, made.reason};
    for (const Column& source : request.columns) {
      if (source.name == made.source && !source.original.empty()) column.original = source.original;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<Column> quarantine_columns(const TableRequest& request) {
  std::vector<Column> columns = request.columns;
  columns.push_back({"_column", "_column", "VARCHAR", ""});
  columns.push_back({"_reason", "_reason", "VARCHAR", ""});
  return columns;
}

/// An engine for one job; gone with it.
struct Engine {
  duckdb::Database database;
  duckdb::Connection connection;
  static Result<Engine> open(const fs::path& spill) {
    TRY_ASSIGN(duckdb::Database database,
               duckdb::Database::open(
                   duckdb::job_settings(engine_threads, engine_memory, spill.string())));
    TRY_ASSIGN(duckdb::Connection connection, database.connect());
    return Engine{std::move(database), std::move(connection)};
  }
};

/// Data files that neither the current version nor the one before names.
void remove_old_files(const fs::path& folder, const std::set<std::string>& kept) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    // What cannot be removed now is tried again at the next version.
    if (entry.path().extension() == ".parquet" && !kept.contains(name)) {
      fs::remove(entry.path(), code);
    }
  }
}

}  // namespace

Result<std::unique_ptr<Lakehouse>> LocalLakehouse::open(const fs::path& root) {
  TRY(create_folders(root / "landing"));
  TRY(create_folders(root / "locks"));
  const auto an_hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "landing", code)) {
    if (fs::last_write_time(entry.path(), code) < an_hour_ago) fs::remove_all(entry.path(), code);
  }
  return std::unique_ptr<Lakehouse>(std::make_unique<LocalLakehouse>(root));
}

fs::path LocalLakehouse::folder_of(const TenantId& tenant, const char* schema,
                                   const std::string& table) const {
  return root_ / catalog_name(tenant) / schema / table;
}

Result<FileDescriptor> LocalLakehouse::lock_tables(const TenantId& tenant,
                                                   const std::string& table_name) const {
  // Both become parts of paths; the caller is the MCP server, whose arguments come from the network.
  if (!is_tenant_id(tenant.value) || table_name_from(table_name) != table_name) {
    return fail(Errc::invalid_argument, "bad_table_name",
                "Not a tenant or table name: " + tenant.value + ", " + table_name + ".");
  }
  const fs::path path = root_ / "locks" / (tenant.value + "." + table_name);
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(error_from_errno(errno, "Cannot lock", path.string()));
  }
  return fd;
}

Result<fs::path> LocalLakehouse::landing_path(const TableRequest& request) {
  return root_ / "landing" / (request.table_name + "-" + random_hex(8) + ".part");
}

Result<std::optional<TableState>> LocalLakehouse::find_bronze(const TableRequest& request) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request.tenant, request.table_name));
  const fs::path folder = folder_of(request.tenant, "bronze", request.table_name);
  TRY_ASSIGN(const DeltaSnapshot snapshot, DeltaLog(folder).snapshot());
  if (snapshot.log_version >= 0 && snapshot.dataset_id != request.dataset_id) {
    return fail(Errc::conflict, "table_of_another_dataset",
                bronze_name(request.tenant, request.table_name) + " belongs to another dataset.",
                "Drop that table, or give the dataset another name.");
  }
  const std::string file_name = bronze_file_name(request);
  if (!snapshot.file || snapshot.file->path != file_name || !fs::exists(folder / file_name)) {
    return std::nullopt;
  }
  return TableState{bronze_name(request.tenant, request.table_name), "external", folder.string(),
                    file_name, snapshot.file->row_count, request.columns};
}

Result<std::int64_t> LocalLakehouse::commit(const fs::path& folder, const TableRequest& request,
                                            std::vector<Column> columns,
                                            const std::string& file_name,
                                            std::optional<std::int64_t> batch) const {
  TRY_ASSIGN(Engine engine, Engine::open(root_ / "landing"));
  TRY_ASSIGN(const std::int64_t rows,
             engine.connection.query_int("SELECT count(*) FROM " + read_parquet(folder / file_name)));
  const DeltaLog log(folder);
  TRY_ASSIGN(const DeltaSnapshot base, log.snapshot());
  DeltaReplace change;
  change.dataset_id = request.dataset_id;
  change.dataset_version = request.version;
  change.columns = std::move(columns);
  change.file = {file_name, static_cast<std::int64_t>(fs::file_size(folder / file_name)), rows,
                 batch};
  TRY(log.replace(base, change, clock_.now_us() / 1000));
  FAULT_POINT("lakehouse.committed");
  std::set<std::string> kept{file_name};
  if (base.file) kept.insert(base.file->path);
  remove_old_files(folder, kept);
  return rows;
}

Result<TableState> LocalLakehouse::load_bronze(const TableRequest& request,
                                               const fs::path& landed) {
  // Asked before the lock, and harmless if another call wins in between: the same content gives the same file.
  TRY_ASSIGN(std::optional<TableState> there, find_bronze(request));
  std::error_code code;
  if (there) {
    fs::remove(landed, code);
    return std::move(*there);
  }
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request.tenant, request.table_name));
  const fs::path folder = folder_of(request.tenant, "bronze", request.table_name);
  TRY(create_folders(folder));
  const std::string file_name = bronze_file_name(request);
  TRY(publish_file(landed, folder / file_name));
  FAULT_POINT("lakehouse.landed");
  TRY_ASSIGN(const std::int64_t rows,
             commit(folder, request, request.columns, file_name, request.version));
  return TableState{bronze_name(request.tenant, request.table_name), "external", folder.string(),
                    file_name, rows, request.columns};
}

Result<void> LocalLakehouse::build_silver(const TableRequest& request, const medallion::Plan& plan,
                                          const fs::path& bronze_file,
                                          const std::string& file_name) const {
  TRY_ASSIGN(Engine engine, Engine::open(root_ / "landing"));
  const std::string bronze = read_parquet(bronze_file);
  const fs::path silver = folder_of(request.tenant, "silver", request.table_name + "_clean");
  const fs::path quarantine =
      folder_of(request.tenant, "silver", request.table_name + "_quarantine");
  const auto build = [&](const std::string& select, const fs::path& folder) -> Result<void> {
    TRY(create_folders(folder));
    const fs::path temporary = root_ / "landing" / ("silver-" + random_hex(8) + ".part");
    Result<void> built;
    if (const auto copied = engine.connection.query(copy_to(select, temporary)); !copied) {
      built = fail(copied.error());
    } else {
      built = publish_file(temporary, folder / file_name);
    }
    std::error_code code;
    if (!built) fs::remove(temporary, code);
    return built;
  };
  TRY_ASSIGN(const std::int64_t misfits,
             engine.connection.query_int(medallion::quarantine_count(plan, bronze)));
  std::error_code code;
  if (misfits > 0) {
    TRY(build(medallion::quarantine_select(plan, bronze), quarantine));
    TRY(commit(quarantine, request, quarantine_columns(request), file_name, std::nullopt));
  } else {
    fs::remove_all(quarantine, code);
    if (code) return fail(error_from_errno(code.value(), "Cannot remove", quarantine.string()));
  }
  TRY(build(medallion::silver_select(plan, bronze), silver));
  FAULT_POINT("lakehouse.silver_built");
  // Silver's commit is last: it says that all is there.
  TRY(commit(silver, request, silver_columns(request, plan), file_name, std::nullopt));
  return {};
}

Result<SilverState> LocalLakehouse::load_silver(const TableRequest& request,
                                                const medallion::Plan& plan) {
  TRY_ASSIGN(const std::optional<TableState> bronze, find_bronze(request));
  if (!bronze) {
    return fail(Errc::conflict, "bronze_changed",
                bronze_name(request.tenant, request.table_name) + " does not hold version " +
                    std::to_string(request.version) + ".",
                "Sync the dataset again: sluice sync ID");
  }
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request.tenant, request.table_name));
  const fs::path folder = folder_of(request.tenant, "silver", request.table_name + "_clean");
  const fs::path quarantine_folder =
      folder_of(request.tenant, "silver", request.table_name + "_quarantine");
  const std::string file_name = silver_file_name(request, plan);
  TRY_ASSIGN(DeltaSnapshot silver, DeltaLog(folder).snapshot());
  if (!silver.file || silver.file->path != file_name || !fs::exists(folder / file_name)) {
    TRY(build_silver(request, plan, fs::path(bronze->location) / bronze->data_file, file_name));
    TRY_ASSIGN(silver, DeltaLog(folder).snapshot());
  }
  TRY_ASSIGN(const DeltaSnapshot quarantine, DeltaLog(quarantine_folder).snapshot());

  SilverState state;
  state.silver = {silver_name(request.tenant, request.table_name),
                  "managed",
                  folder.string(),
                  file_name,
                  silver.file->row_count,
                  silver_columns(request, plan)};
  if (quarantine.file) {
    state.rows_quarantined = quarantine.file->row_count;
    state.quarantine = TableState{catalog_name(request.tenant) + ".silver." + request.table_name +
                                      "_quarantine",
                                  "managed",
                                  quarantine_folder.string(),
                                  quarantine.file->path,
                                  quarantine.file->row_count,
                                  quarantine_columns(request)};
  }
  state.duplicates_removed =
      bronze->row_count - state.silver.row_count - state.rows_quarantined;
  return state;
}

Result<void> LocalLakehouse::drop_tables(const TenantId& tenant, const std::string& table_name) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(tenant, table_name));
  for (const fs::path& folder :
       {folder_of(tenant, "silver", table_name + "_quarantine"),
        folder_of(tenant, "silver", table_name + "_clean"), folder_of(tenant, "bronze", table_name)}) {
    std::error_code code;
    fs::remove_all(folder, code);
    if (code) return fail(error_from_errno(code.value(), "Cannot remove", folder.string()));
  }
  return {};
}

}  // namespace sluice::lakehouse
