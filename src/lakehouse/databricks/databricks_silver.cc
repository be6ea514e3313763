#include "base/fault_points.h"
#include "base/hash.h"
#include "dataset/names.h"
#include "lakehouse/databricks/databricks_lakehouse.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/databricks/table_step.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/render_databricks.h"
#include "lakehouse/medallion/silver_columns.h"

namespace sluice::lakehouse::databricks {
namespace {

tl::unexpected<Error> bronze_changed(const std::string& bronze, std::int64_t version) {
  return fail(Errc::unavailable, Code::bronze_changed,
              bronze + " does not hold version " + std::to_string(version) + ".",
              "Sync the dataset again: sluice sync ID");
}

/// What silver's statement ends with: its arithmetic, and which version bronze was of.
std::string counts(const medallion::Plan& plan, const std::string& bronze,
                   const std::string& silver) {
  return "SELECT (SELECT count(*) FROM " + silver + ") AS silver_rows, (" +
         medallion::databricks_quarantine_count(plan, bronze) +
         ") AS quarantined, (SELECT count(*) FROM " + bronze +
         ") AS bronze_rows, (SELECT max(`_batch`) FROM " + bronze + ") AS batch";
}

}  // namespace

Result<std::int64_t> DatabricksLakehouse::load_quarantine(
    Step& step, const medallion::Plan& plan, const std::map<std::string, std::string>& properties) {
  const TableRequest& request = step.request;
  const std::string bronze =
      quoted_name(full_name(request.tenant, Layer::bronze, request.table_name));
  const std::string name = full_name(request.tenant, Layer::quarantine, request.table_name);
  const std::string count = "SELECT count(*) AS row_count FROM " + quoted_name(name);
  const std::string sql = script(
      {replace_table({name, "", "Rows that silver leaves out, and why; kept by Sluice", properties},
                     medallion::databricks_quarantine_select(plan, bronze)),
       count});
  const auto never = []() -> Result<bool> { return false; };
  TRY_ASSIGN(const std::optional<StatementRows> rows,
             converge(step, "quarantine", "Loading " + name, sql, never));
  return rows ? rows->integer("row_count").value_or(-1) : -1;
}

Result<void> DatabricksLakehouse::converge_quarantine(
    Step& step, const medallion::Plan& plan, const std::map<std::string, std::string>& properties,
    SilverState& state) {
  const TableRequest& request = step.request;
  const std::string quarantine_name =
      full_name(request.tenant, Layer::quarantine, request.table_name);
  // Looked at before the statement too, which asks nobody whose table it replaces.
  TRY_ASSIGN(const std::optional<CatalogTable> old, find_ours(step, Layer::quarantine));
  if (state.rows_quarantined == 0) {
    return old ? catalog_.drop_table(quarantine_name, request.stop, step.calls) : Result<void>();
  }
  TRY_ASSIGN(const std::int64_t quarantined, load_quarantine(step, plan, properties));
  if (quarantined != state.rows_quarantined) {
    return fail(Errc::internal, Code::silver_arithmetic,
                quarantine_name + " has " + std::to_string(quarantined) + " rows, not " +
                    std::to_string(state.rows_quarantined) + ".");
  }
  TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::quarantine));
  if (table) {
    state.quarantine = step.state_of(*table, medallion::quarantine_columns(request.columns, plan));
    state.quarantine->row_count = quarantined;
  }
  return {};
}

Result<SilverState> DatabricksLakehouse::load_silver(const TableRequest& request,
                                                     const medallion::Plan& plan) {
  Step step(request);
  Result<SilverState> made = make_silver(step, plan);
  if (made || made.error().kind != Errc::not_found) return made;
  // The schema was dropped behind our back: bronze, which is there, asks for no provisioning.
  provisioning_.forget(request.tenant);
  TRY(provisioning_.ensure(request.tenant, request.stop, step.calls, step.statements));
  return make_silver(step, plan);
}

Result<SilverState> DatabricksLakehouse::make_silver(Step& step, const medallion::Plan& plan) {
  const TableRequest& request = step.request;
  TRY_ASSIGN(const std::optional<CatalogTable> bronze, find_ours(step, Layer::bronze));
  const std::string bronze_name = full_name(request.tenant, Layer::bronze, request.table_name);
  if (!bronze || !holds(*bronze, request)) return bronze_changed(bronze_name, request.version);

  const std::string name = full_name(request.tenant, Layer::silver, request.table_name);
  std::map<std::string, std::string> properties = properties_of(request);
  properties[property_plan] = sha256_hex(medallion::to_json(plan));
  const auto is_made = [&]() -> Result<bool> {
    TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::silver));
    return table && holds(*table, request) &&
           property(*table, property_plan) == properties[property_plan];
  };
  const std::string count = counts(plan, quoted_name(bronze_name), quoted_name(name));
  TRY_ASSIGN(bool made, is_made());
  made = made && !request.rebuild;
  std::optional<StatementRows> rows;
  if (!made) {
    const std::vector<Column> columns = medallion::silver_columns(request.columns, plan);
    const std::string sql =
        script({replace_table({name, "", "Typed and cleaned; kept by Sluice", properties},
                              medallion::databricks_silver_select(plan, quoted_name(bronze_name))),
                column_comments(name, columns), count});
    TRY_ASSIGN(rows, converge(step, "silver", "Loading " + name, sql, is_made));
  }
  FAULT_POINT("lakehouse.silver_built");
  // It was there, from a try whose answer nobody got.
  if (!rows) {
    const auto never = []() -> Result<bool> { return false; };
    TRY_ASSIGN(rows, converge(step, "silver counts", "Counting " + name, count, never));
  }

  SilverState state;
  const std::int64_t bronze_rows = rows->integer("bronze_rows").value_or(-1);
  const std::int64_t silver_rows = rows->integer("silver_rows").value_or(-1);
  state.rows_quarantined = rows->integer("quarantined").value_or(-1);
  state.duplicates_removed = bronze_rows - silver_rows - state.rows_quarantined;
  if (bronze_rows > 0 && rows->integer("batch").value_or(-1) != request.version) {
    return bronze_changed(bronze_name, request.version);
  }
  if (bronze_rows < 0 || silver_rows < 0 || state.rows_quarantined < 0 ||
      state.duplicates_removed < 0 || (!plan.remove_duplicates && state.duplicates_removed != 0)) {
    return fail(Errc::internal, Code::silver_arithmetic,
                "Bronze has " + std::to_string(bronze_rows) + " rows, silver " +
                    std::to_string(silver_rows) + ", quarantine " +
                    std::to_string(state.rows_quarantined) + ".");
  }
  TRY(converge_quarantine(step, plan, properties, state));
  TRY_ASSIGN(const std::optional<CatalogTable> silver, find_ours(step, Layer::silver));
  if (!silver || !holds(*silver, request)) return bronze_changed(name, request.version);
  state.silver = step.state_of(*silver, medallion::silver_columns(request.columns, plan));
  state.silver.row_count = silver_rows;
  return state;
}

}  // namespace sluice::lakehouse::databricks
