#include "lakehouse/databricks/databricks_lakehouse.h"

#include <chrono>
#include <system_error>

#include "base/background_loop.h"
#include "base/fault_points.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/retry_policy.h"
#include "dataset/names.h"
#include "lakehouse/databricks/read_back.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/databricks/table_guards.h"
#include "lakehouse/databricks/table_step.h"
#include "lakehouse/databricks/table_write.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/leftovers.h"
#include "lakehouse/local/parquet_job.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {

namespace fs = std::filesystem;

namespace {

/// Of a statement that may have been done or not.
constexpr RetryPolicy statement_retries{
    .first_interval = std::chrono::milliseconds(5'000), .factor = 1, .attempts = 3};

/// Up to it a file is sent without a look whether it is there.
constexpr std::uint64_t landed_unasked_bytes_max = std::uint64_t{8} << 20U;

Result<void> check_names(const TenantId& tenant, const std::string& table_name) {
  // Both become parts of SQL and of paths; the caller's arguments come from the network.
  if (is_tenant_id(tenant.value) && table_name_from(table_name) == table_name) return {};
  return fail(Errc::invalid_argument, Code::bad_table_name,
              "Not a tenant or table name: " + tenant.value + ", " + table_name + ".");
}

std::string landed_name(const TableRequest& request) {
  // Content-addressed: a path never comes to hold something else.
  return std::to_string(request.version) + "-" + request.sha256.substr(0, 16) + ".parquet";
}

}  // namespace

DatabricksLakehouse::DatabricksLakehouse(Connection connection, fs::path folder,
                                         LandingFolder landing, sandbox::ForkServer& workers)
    : connection_(std::move(connection)),
      folder_(std::move(folder)),
      landing_(std::move(landing)),
      workers_(workers),
      rest_(connection_),
      catalog_(rest_),
      files_(rest_),
      warehouse_(rest_, connection_),
      setup_(rest_, connection_.warehouse_id),
      window_(connection_.window),
      provisioning_(catalog_, warehouse_, connection_) {}

Result<std::unique_ptr<Lakehouse>> DatabricksLakehouse::open(Connection connection,
                                                             const fs::path& folder,
                                                             sandbox::ForkServer& workers) {
  TRY_ASSIGN(connection, checked(std::move(connection)));
  TRY(create_folders(folder / "spill"));
  sweep_leftovers(folder / "spill");
  TRY_ASSIGN(LandingFolder landing, LandingFolder::open(folder / "landing"));
  return std::unique_ptr<Lakehouse>(std::make_unique<DatabricksLakehouse>(
      std::move(connection), folder, std::move(landing), workers));
}

Result<std::optional<Micros>> DatabricksLakehouse::begins_at(const TableRequest& request) {
  if (connection_.window.count() == 0) return std::nullopt;
  Step step(request);
  const Result<WarehouseState> warehouse =
      warehouse_state(rest_, connection_.warehouse_id, request.stop, step.calls);
  // What cannot be seen is not waited for: what is wrong, the sync will say.
  if (!warehouse || !is_asleep(*warehouse)) return std::nullopt;
  return window_.join(request.tenant, request.dataset_id, clock_.now_us());
}

void DatabricksLakehouse::know_warehouse(Step& step) {
  step.warehouse = setup_.get(step.request.stop, step.calls);
  if (!step.warehouse) return;
  warehouse_.meter().set_auto_stop(std::chrono::minutes(step.warehouse->auto_stop_min));
}

std::string DatabricksLakehouse::full_name(const TenantId& tenant, Layer layer,
                                           const std::string& table_name) const {
  const TenantPlaces places = places_of(tenant, connection_);
  if (layer == Layer::bronze) return places.catalog + "." + places.bronze + "." + table_name;
  return places.catalog + "." + places.silver + "." + table_name +
         (layer == Layer::silver ? "_clean" : "_quarantine");
}

std::string DatabricksLakehouse::external_path(const TenantId& tenant,
                                               const std::string& table_name) const {
  if (connection_.external_location.empty()) return {};
  const TenantPlaces places = places_of(tenant, connection_);
  return connection_.external_location + "/" + places.catalog + "/" + places.bronze + "/" +
         table_name;
}

Result<fs::path> DatabricksLakehouse::landing_path(const TableRequest& request) {
  TRY(check_names(request.tenant, request.table_name));
  TRY(create_folders(folder_ / "spill"));
  sweep_leftovers(folder_ / "spill");
  return landing_.new_path(request.table_name);
}

Result<std::optional<CatalogTable>> DatabricksLakehouse::find_ours(Step& step, Layer layer) {
  const TableRequest& request = step.request;
  TRY(check_names(request.tenant, request.table_name));
  const std::string name = full_name(request.tenant, layer, request.table_name);
  TRY_ASSIGN(std::optional<CatalogTable> table,
             catalog_.find_table(name, request.stop, step.calls));
  if (table && property(*table, property_dataset) != request.dataset_id) {
    return fail(
        Errc::conflict, Code::table_of_another_dataset,
        name + (property(*table, property_dataset).empty() ? " was not made by Sluice."
                                                           : " belongs to another dataset."),
        "Drop that table, or give the dataset another name.");
  }
  // The catalog cannot ask this in one step with what comes next: a call that is late by more than
  // the moment between the two is refused.
  if (table) TRY(check_fence(request, want_fence_from(property(*table, property_want))));
  return table;
}

Result<std::optional<CatalogTable>> DatabricksLakehouse::find_bronze_to_load(Step& step) {
  const TableRequest& request = step.request;
  TRY_ASSIGN(std::optional<CatalogTable> table, find_ours(step, Layer::bronze));
  if (!table) return table;
  const std::int64_t version = number_property(*table, property_version);
  if (!holds(*table, request) && version > request.version) {
    return fail(Errc::conflict, Code::newer_version_loaded,
                table->full_name + " holds version " + std::to_string(version) + " already.");
  }
  // Before anything is sent: silver could not be made of it.
  TRY(check_read_in_full(*table, Layer::bronze, connection_.is_exempt_from_masks));
  return table;
}

Result<std::optional<TableState>> DatabricksLakehouse::find_bronze(const TableRequest& request) {
  Step step(request);
  TRY_ASSIGN(const std::optional<CatalogTable> table, find_bronze_to_load(step));
  if (!table || request.rebuild) return std::nullopt;
  TRY_ASSIGN(const bool ready, is_ready(step, *table));
  if (!ready) return std::nullopt;
  return bronze_state(step, *table);
}

std::string DatabricksLakehouse::landed_path(const TableRequest& request) const {
  return places_of(request.tenant, connection_).volume_path() + "/" + request.table_name + "/" +
         landed_name(request);
}

TableState DatabricksLakehouse::bronze_state(Step& step, const CatalogTable& table) const {
  TableState state = step.state_of(table, step.request.columns);
  const std::string warning = provisioning_.warning_of(step.request.tenant);
  if (!warning.empty()) state.warning = warning;
  return state;
}

Result<bool> DatabricksLakehouse::is_ready(Step& step, const CatalogTable& bronze) {
  const TableRequest& request = step.request;
  const bool held = holds(bronze, request);
  if (!held || !has_masks(bronze)) return held;
  TRY_ASSIGN(const std::optional<std::uint64_t> landed,
             files_.size(landed_path(request), request.stop, step.calls));
  return landed.has_value();
}

Result<std::string> DatabricksLakehouse::land(Step& step, const fs::path& landed) {
  const TableRequest& request = step.request;
  std::string path = landed_path(request);
  std::error_code code;
  const std::uint64_t bytes = fs::file_size(landed, code);
  if (code) return fail(error_from_errno(code.value(), "Cannot read", landed.string()));
  // An earlier try may have brought it there: asked where sending it again would cost more than
  // that.
  if (bytes > landed_unasked_bytes_max) {
    TRY_ASSIGN(const std::optional<std::uint64_t> there,
               files_.size(path, request.stop, step.calls));
    if (there && *there == bytes) return path;
  }
  TRY(files_.upload({landed, path, {}, request.stop}, step.calls));
  return path;
}

Result<std::optional<StatementRows>> DatabricksLakehouse::converge(
    Step& step, const std::string& name, const std::string& doing, const std::string& sql,
    const std::function<Result<bool>()>& is_done) {
  const TableRequest& request = step.request;
  Statement statement{sql,
                      doing,
                      {{"app", "sluice"},
                       {"tenant", request.tenant.value},
                       {"dataset", request.dataset_id},
                       {"version", std::to_string(request.version)},
                       {"step", name}},
                      request.stop};
  statement.waking = window_.waking_of(request.dataset_id);
  statement.dataset_id = request.dataset_id;
  for (int failures = 1;; ++failures) {
    Result<StatementRows> rows = warehouse_.run(statement, step.calls, step.statements);
    if (rows) return std::move(*rows);
    const bool again = is_lost(rows.error()) || rows.error().code == Code::databricks_conflict;
    const auto wait = again ? statement_retries.next(failures, {}) : std::nullopt;
    if (!wait) {
      // Whatever it failed of: another call carried it, perhaps, and removed the file that this one
      // was reading.
      const bool stopped = rows.error().kind == Errc::cancelled;
      const Result<bool> done = stopped ? Result<bool>(false) : is_done();
      if (done && *done) return std::nullopt;
      return fail(rows.error());
    }
    log::warn("A statement is repeated", {{"tenant", request.tenant.value},
                                          {"dataset_id", request.dataset_id},
                                          {"error", to_line(rows.error())}});
    if (!pause_for(*wait, request.stop)) return fail(work_stopped());
    TRY_ASSIGN(const bool done, is_done());
    if (done) return std::nullopt;
  }
}

Result<TableState> DatabricksLakehouse::load_bronze(const TableRequest& request,
                                                    const fs::path& landed) {
  Step step(request);
  const auto remove_landed = [&] {
    std::error_code code;
    fs::remove(landed, code);
  };
  // While the file was on its way another call may have come first; and `CREATE OR REPLACE` asks
  // nobody whose table it is.
  TRY_ASSIGN(const std::optional<CatalogTable> there, find_bronze_to_load(step));
  if (there && !request.rebuild) {
    TRY_ASSIGN(const bool ready, is_ready(step, *there));
    if (ready) remove_landed();
    if (ready) return bronze_state(step, *there);
  }
  TRY_ASSIGN(const std::string sha256, sha256_file_hex(landed));
  if (sha256 != request.sha256) {
    remove_landed();
    return fail(Errc::data_loss, Code::landed_file_damaged,
                "The downloaded Parquet file is not the one that was asked for.",
                "It is downloaded again at the next try.");
  }
  TRY_ASSIGN(ParquetJob job, ParquetJob::open(workers_, folder_ / "spill", {landed}, request.stop,
                                              look_memory_share));
  TRY(job.check_columns(0, request.columns));
  TRY_ASSIGN(const std::int64_t rows, job.row_count(0));

  know_warehouse(step);
  Result<TableState> made = make_bronze(step, landed, rows, there);
  if (!made && made.error().kind == Errc::not_found) {
    // Schema, volume or table were dropped behind our back, and are thought to be there.
    provisioning_.forget(request.tenant);
    made = make_bronze(step, landed, rows, std::nullopt);
  }
  if (!made) return fail(made.error());
  remove_landed();
  return made;
}

Result<TableState> DatabricksLakehouse::make_bronze(Step& step, const fs::path& landed,
                                                    std::int64_t rows,
                                                    const std::optional<CatalogTable>& there) {
  const TableRequest& request = step.request;
  // By hand is how somebody asks for it who has mended what a warning named.
  TRY(provisioning_.ensure(request.tenant, request.rebuild, request.stop, step.calls,
                           step.statements));
  TRY_ASSIGN(const std::string path, land(step, landed));
  FAULT_POINT("lakehouse.landed");
  const std::string name = full_name(request.tenant, Layer::bronze, request.table_name);
  std::map<std::string, std::string> properties = properties_of(request);
  properties[property_rows] = std::to_string(rows);
  TRY_ASSIGN(const std::string select,
             medallion::bronze_select(request.columns, medallion::databricks_parquet(path),
                                      request.version));
  std::vector<Column> columns = request.columns;
  columns.push_back({"_batch", "_batch", "BIGINT", ""});
  TRY_ASSIGN(std::vector<std::string> statements,
             table_write({name, external_path(request.tenant, request.table_name),
                          "As it came; kept by Sluice", properties},
                         columns, select, there));
  statements.push_back("SELECT count(*) AS row_count FROM " + quoted_name(name));
  const Result<std::optional<StatementRows>> answer =
      converge(step, "bronze", "Loading " + name, script(statements), [&]() -> Result<bool> {
        TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::bronze));
        return table && holds(*table, request) && !request.rebuild;
      });
  if (!answer) return fail(explained(answer.error(), columns, there));
  FAULT_POINT("lakehouse.committed");
  TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::bronze));
  // What a policy on the catalog put on a table that is new: it hides rows from the count, too.
  if (table) TRY(check_read_in_full(*table, Layer::bronze, connection_.is_exempt_from_masks));
  const std::int64_t loaded = *answer ? (*answer)->integer("row_count").value_or(-1) : rows;
  if (loaded != rows && table && !table->row_filter.empty()) {
    return fail(rows_are_hidden(*table, loaded, rows));
  }
  if (loaded != rows) {
    return fail(
        Errc::data_loss, Code::bronze_rows,
        name + " has " + std::to_string(loaded) + " rows, the file " + std::to_string(rows) + ".",
        "A policy that hides rows from our principal does this: exempt it. Sync the dataset again; "
        "if it stays so, report it.");
  }
  if (!table || !holds(*table, request)) {
    return fail(Errc::unavailable, Code::bronze_changed, name + " is not as it was just written.",
                "Sync the dataset again: sluice sync ID");
  }
  // The table has it now. What cannot be removed goes with the dataset's folder when it is dropped.
  // Under masks silver's step still compares with it.
  if (!has_masks(*table)) static_cast<void>(files_.remove(path, request.stop, step.calls));
  return bronze_state(step, *table);
}

Result<std::optional<TableState>> DatabricksLakehouse::find_table(const TenantId& tenant,
                                                                  Layer layer,
                                                                  const std::string& table_name) {
  TRY(check_names(tenant, table_name));
  TableRequest request;
  request.tenant = tenant;
  request.table_name = table_name;
  Step step(request);
  TRY_ASSIGN(const std::optional<CatalogTable> table,
             catalog_.find_table(full_name(tenant, layer, table_name), {}, step.calls));
  if (!table) return std::nullopt;
  std::vector<Column> columns;
  for (const CatalogColumn& column : table->columns) {
    if (layer == Layer::bronze && column.name == "_batch") continue;
    columns.push_back(
        {column.name, column.comment.empty() ? column.name : column.comment, column.type, ""});
  }
  return step.state_of(*table, std::move(columns));
}

Result<void> DatabricksLakehouse::drop_external_files(Step& step, const std::string& location) {
  // Only volumes can be reached: so where the table was, a volume is put for as long as it takes.
  const TenantPlaces places = places_of(step.request.tenant, connection_);
  const std::string name = "dropping_" + step.request.table_name;
  const std::stop_token& stop = step.request.stop;
  const Result<bool> made = catalog_.create_external_volume(places.catalog, places.bronze, name,
                                                            location, stop, step.calls);
  if (!made && made.error().code == Code::databricks_storage) {
    Error error = made.error();
    error.remedy =
        "The table is dropped, its files are not: remove the folder " + location +
        " in the cloud's storage, or grant CREATE EXTERNAL VOLUME on its external "
        "location. Where the folder still counts as the dropped table's, it is free when "
        "that is purged (7 days); dropping is tried again until then.";
    return fail(std::move(error));
  }
  if (!made) return fail(made.error());
  TRY(files_.remove_contents("/Volumes/" + places.catalog + "/" + places.bronze + "/" + name, stop,
                             step.calls));
  return catalog_.drop_volume(places.catalog + "." + places.bronze + "." + name, stop, step.calls);
}

Result<void> DatabricksLakehouse::drop_tables(const TableRequest& request) {
  TRY(check_names(request.tenant, request.table_name));
  Step step(request);
  // Also where an earlier try came as far as the tables: then none says any more what bronze was.
  std::string location = external_path(request.tenant, request.table_name);
  // All are looked at before the first goes: a late drop takes none of what a later sync made, and
  // one of somebody else's keeps all.
  std::vector<std::pair<Layer, CatalogTable>> tables;
  for (const Layer layer : {Layer::quarantine, Layer::silver, Layer::bronze}) {
    TRY_ASSIGN(std::optional<CatalogTable> table, find_ours(step, layer));
    if (table) tables.emplace_back(layer, std::move(*table));
  }
  for (const auto& [layer, table] : tables) {
    // Where it is, whatever the setting says today: a table stays where it was made.
    if (layer == Layer::bronze) location = table.kind == "external" ? table.location : "";
    TRY(catalog_.drop_table(table.full_name, request.stop, step.calls));
  }
  if (!location.empty()) TRY(drop_external_files(step, location));
  TRY(files_.remove_folder(
      places_of(request.tenant, connection_).volume_path() + "/" + request.table_name, request.stop,
      step.calls));
  return {};
}

}  // namespace sluice::lakehouse::databricks
