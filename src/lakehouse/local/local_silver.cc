// LocalLakehouse, second part: builds silver and quarantine from bronze, under the tables' lock.
#include <cstdlib>

#include "base/fault_points.h"
#include "base/hash.h"
#include "base/scoped_path.h"
#include "dataset/names.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/local/local_lakehouse.h"
#include "lakehouse/local/table_content.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "lakehouse/medallion/silver_columns.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

Result<std::optional<SilverState>> LocalLakehouse::find_silver(const TableRequest& request,
                                                               const std::string& plan_sha256,
                                                               std::int64_t bronze_rows) {
  const auto folder = [&](Layer layer) {
    return folder_of(request.tenant, layer, request.table_name);
  };
  TRY_ASSIGN(const DeltaSnapshot silver, DeltaLog(folder(Layer::silver)).snapshot());
  if (!holds(silver, request, folder(Layer::silver)) ||
      tag_of(*silver.file(), tag_plan) != plan_sha256) {
    return std::nullopt;
  }
  SilverState state;
  state.silver = state_of(request.tenant, Layer::silver, request.table_name, silver);
  state.rows_quarantined =
      std::strtoll(tag_of(*silver.file(), tag_quarantined).c_str(), nullptr, 10);
  state.duplicates_removed = bronze_rows - state.silver.row_count - state.rows_quarantined;

  // A call with another plan may have died between its quarantine and its silver.
  TRY_ASSIGN(const DeltaSnapshot quarantine, DeltaLog(folder(Layer::quarantine)).snapshot());
  if (state.rows_quarantined == 0) {
    if (!quarantine.files.empty()) return std::nullopt;
    return state;
  }
  if (!holds(quarantine, request, folder(Layer::quarantine)) ||
      tag_of(*quarantine.file(), tag_plan) != plan_sha256) {
    return std::nullopt;
  }
  state.quarantine = state_of(request.tenant, Layer::quarantine, request.table_name, quarantine);
  return state;
}

Result<void> LocalLakehouse::build_silver(const TableRequest& request, const medallion::Plan& plan,
                                          const std::string& plan_sha256,
                                          const fs::path& bronze_file,
                                          std::int64_t bronze_rows) const {
  TRY_ASSIGN(ParquetJob job,
             ParquetJob::open(workers_, root_ / "spill", {bronze_file}, request.stop));
  const std::string bronze = job.input_relation(0);
  std::map<std::string, std::string> tags = tags_for(request);
  tags[tag_plan] = plan_sha256;

  TRY_ASSIGN(const fs::path silver_path, landing_.new_path(request.table_name));
  const ScopedPath silver(silver_path);  // Unless it is published.
  TRY_ASSIGN(const std::int64_t silver_rows, job.copy_to(medallion::silver_select(plan, bronze),
                                                         plan.columns.size(), silver.path()));
  TRY_ASSIGN(const std::int64_t misfits, job.query_int(medallion::quarantine_count(plan, bronze)));
  if (silver_rows + misfits > bronze_rows ||
      (!plan.remove_duplicates && silver_rows + misfits != bronze_rows)) {
    return fail(Errc::internal, Code::silver_arithmetic,
                "Bronze has " + std::to_string(bronze_rows) + " rows, silver " +
                    std::to_string(silver_rows) + ", quarantine " + std::to_string(misfits) + ".");
  }
  TRY_ASSIGN(const fs::path quarantine_path, landing_.new_path(request.table_name));
  const ScopedPath quarantine(quarantine_path);
  std::int64_t rows = 0;
  if (misfits > 0) {
    TRY_ASSIGN(rows, job.copy_to(medallion::quarantine_select(plan, bronze), request.columns.size(),
                                 quarantine.path()));
  }
  TRY(job.close());
  if (misfits > 0) {
    TRY(replace(request, Layer::quarantine, medallion::quarantine_columns(request.columns, plan),
                NewContent{quarantine.path(), rows, tags}));
  } else {
    const fs::path folder = folder_of(request.tenant, Layer::quarantine, request.table_name);
    TRY_ASSIGN(const DeltaSnapshot old, DeltaLog(folder).snapshot());
    if (!old.files.empty()) {
      TRY(replace(request, Layer::quarantine, medallion::quarantine_columns(request.columns, plan),
                  std::nullopt));
    }
  }
  FAULT_POINT("lakehouse.silver_built");
  // Silver's commit is last: it says that all is there.
  tags[tag_quarantined] = std::to_string(misfits);
  return replace(request, Layer::silver, medallion::silver_columns(request.columns, plan),
                 NewContent{silver.path(), silver_rows, tags});
}

Result<SilverState> LocalLakehouse::load_silver(const TableRequest& request,
                                                const medallion::Plan& plan) {
  TRY_ASSIGN(const FileDescriptor lock, lock_tables(request));
  TableRequest as_it_is = request;
  as_it_is.rebuild = false;
  TRY_ASSIGN(const std::optional<TableState> bronze, look_at_bronze(as_it_is));
  if (!bronze) {
    return fail(Errc::unavailable, Code::bronze_changed,
                bronze_name(request.tenant, request.table_name) + " does not hold version " +
                    std::to_string(request.version) + ".",
                "Sync the dataset again: sluice sync ID");
  }
  const std::string plan_sha256 = sha256_hex(medallion::to_json(plan));
  std::optional<SilverState> there;
  if (!request.rebuild) {
    TRY_ASSIGN(there, find_silver(request, plan_sha256, bronze->row_count));
    if (there) return std::move(*there);
  }
  const fs::path bronze_file = fs::path(bronze->location) / bronze->data_file;
  TRY(verified_->open({bronze_file, bronze->file_sha256,
                       [&request] {
                         return "Make the table anew: POST /api/v1/datasets/" + request.dataset_id +
                                "/sync.";
                       }},
                      {.stop = request.stop}));
  TRY(build_silver(request, plan, plan_sha256, bronze_file, bronze->row_count));
  TRY_ASSIGN(there, find_silver(request, plan_sha256, bronze->row_count));
  if (there) return std::move(*there);
  return fail(Errc::internal, Code::silver_vanished,
              "The silver table is not as it was just written.");
}

}  // namespace sluice::lakehouse
