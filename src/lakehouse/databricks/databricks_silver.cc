#include "base/fault_points.h"
#include "base/hash.h"
#include "dataset/names.h"
#include "lakehouse/databricks/databricks_lakehouse.h"
#include "lakehouse/databricks/read_back.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/databricks/table_guards.h"
#include "lakehouse/databricks/table_step.h"
#include "lakehouse/databricks/table_write.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"
#include "lakehouse/medallion/databricks/render_databricks.h"
#include "lakehouse/medallion/silver_columns.h"

namespace sluice::lakehouse::databricks {
namespace {

/// For converge(), where no state of the tables shows that another call carried the statement.
Result<bool> nothing_else_did_it() { return false; }

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
    Step& step, const medallion::Plan& plan, const std::map<std::string, std::string>& properties,
    const std::optional<CatalogTable>& there) {
  const TableRequest& request = step.request;
  const std::string bronze =
      quoted_name(full_name(request.tenant, Layer::bronze, request.table_name));
  const std::string name = full_name(request.tenant, Layer::quarantine, request.table_name);
  const std::vector<Column> columns = medallion::quarantine_columns(request.columns, plan);
  TRY_ASSIGN(
      std::vector<std::string> statements,
      table_write({name, "", "Rows that silver leaves out, and why; kept by Sluice", properties},
                  columns, medallion::databricks_quarantine_select(plan, bronze), there));
  statements.push_back("SELECT count(*) AS row_count FROM " + quoted_name(name));
  const Result<std::optional<StatementRows>> rows =
      converge(step, "quarantine", "Loading " + name, script(statements), nothing_else_did_it);
  if (!rows) return fail(explained(rows.error(), columns, there));
  return *rows ? (*rows)->integer("row_count").value_or(-1) : -1;
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
  if (old) TRY(check_read_in_full(*old, Layer::quarantine, connection_.is_exempt_from_masks));
  TRY_ASSIGN(const std::int64_t quarantined, load_quarantine(step, plan, properties, old));
  TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::quarantine));
  // What a policy put on a table that is new.
  if (table) TRY(check_read_in_full(*table, Layer::quarantine, connection_.is_exempt_from_masks));
  if (quarantined != state.rows_quarantined) {
    if (table && !table->row_filter.empty()) {
      return fail(rows_are_hidden(*table, quarantined, state.rows_quarantined));
    }
    return fail(Errc::internal, Code::silver_arithmetic,
                quarantine_name + " has " + std::to_string(quarantined) + " rows, not " +
                    std::to_string(state.rows_quarantined) + ".");
  }
  if (table) {
    state.quarantine = step.state_of(*table, medallion::quarantine_columns(request.columns, plan));
    state.quarantine->row_count = quarantined;
  }
  return {};
}

Result<SilverState> DatabricksLakehouse::load_silver(const TableRequest& request,
                                                     const medallion::Plan& plan) {
  Step step(request);
  know_warehouse(step);
  Result<SilverState> made = make_silver(step, plan);
  if (made || made.error().kind != Errc::not_found) return made;
  // The schema was dropped behind our back: bronze, which is there, asks for no provisioning.
  provisioning_.forget(request.tenant);
  TRY(provisioning_.ensure(request.tenant, false, request.stop, step.calls, step.statements));
  return make_silver(step, plan);
}

tl::unexpected<Error> DatabricksLakehouse::disown_bronze(Step& step, const std::string& bronze) {
  const TableRequest& request = step.request;
  const Result<std::optional<StatementRows>> disowned =
      converge(step, "disown", "Disowning " + bronze,
               set_properties(bronze, {{property_sha256, ""}}), nothing_else_did_it);
  if (!disowned) return fail(disowned.error());
  return bronze_changed(bronze, request.version);
}

Result<std::string> DatabricksLakehouse::silver_script(const TableRequest& request,
                                                       const CatalogTable& bronze,
                                                       std::vector<std::string> statements) const {
  if (!is_guarded(bronze)) return statements.size() > 1 ? script(statements) : statements.at(0);
  const std::string file = medallion::databricks_parquet(landed_path(request));
  TRY_ASSIGN(std::string select, medallion::bronze_select(request.columns, file, request.version));
  const LoadedBronze loaded{std::move(select), number_property(bronze, property_rows),
                            request.version};
  return script({if_read_in_full(bronze, loaded, statements)});
}

Result<StatementRows> DatabricksLakehouse::load_silver_rows(
    Step& step, const medallion::Plan& plan, const CatalogTable& bronze_table,
    const std::map<std::string, std::string>& properties) {
  const TableRequest& request = step.request;
  const std::string bronze = quoted_name(bronze_table.full_name);
  const std::string name = full_name(request.tenant, Layer::silver, request.table_name);
  const auto has_it = [&](const std::optional<CatalogTable>& table) {
    return table && holds(*table, request) &&
           property(*table, property_plan) == properties.at(property_plan);
  };
  TRY_ASSIGN(const std::optional<CatalogTable> there, find_ours(step, Layer::silver));
  if (there) TRY(check_read_in_full(*there, Layer::silver, connection_.is_exempt_from_masks));
  const std::string count = counts(plan, bronze, quoted_name(name));
  if (!has_it(there) || request.rebuild) {
    const std::vector<Column> columns = medallion::silver_columns(request.columns, plan);
    TRY_ASSIGN(std::vector<std::string> statements,
               table_write({name, "", "Typed and cleaned; kept by Sluice", properties}, columns,
                           medallion::databricks_silver_select(plan, bronze), there));
    statements.push_back(count);
    TRY_ASSIGN(const std::string sql, silver_script(request, bronze_table, std::move(statements)));
    Result<std::optional<StatementRows>> rows =
        converge(step, "silver", "Loading " + name, sql, [&]() -> Result<bool> {
          TRY_ASSIGN(const std::optional<CatalogTable> table, find_ours(step, Layer::silver));
          return has_it(table);
        });
    if (!rows) return fail(explained(rows.error(), columns, there));
    FAULT_POINT("lakehouse.silver_built");
    if (*rows) return std::move(**rows);
  }
  // It was there, from a try whose answer nobody got.
  TRY_ASSIGN(const std::string sql, silver_script(request, bronze_table, {count}));
  Result<std::optional<StatementRows>> rows =
      converge(step, "silver counts", "Counting " + name, sql, nothing_else_did_it);
  if (!rows) return fail(rows.error());
  return std::move(*rows).value_or(StatementRows());
}

Result<void> DatabricksLakehouse::check_silver_count(Step& step, const medallion::Plan& plan,
                                                     const CatalogTable& silver,
                                                     std::int64_t silver_rows) {
  // Looked at again: a policy of the catalog may have put a filter on a table that is new.
  TRY(check_read_in_full(silver, Layer::silver, connection_.is_exempt_from_masks));
  if (silver.row_filter.empty()) return {};
  const TableRequest& request = step.request;
  const std::string bronze =
      quoted_name(full_name(request.tenant, Layer::bronze, request.table_name));
  TRY_ASSIGN(const std::optional<StatementRows> rows,
             converge(step, "silver counts", "Counting what " + silver.full_name + " is made of",
                      "SELECT count(*) AS row_count FROM (" +
                          medallion::databricks_silver_select(plan, bronze) + ")",
                      nothing_else_did_it));
  const std::int64_t made = rows ? rows->integer("row_count").value_or(-1) : -1;
  if (made != silver_rows) return fail(rows_are_hidden(silver, silver_rows, made));
  return {};
}

Result<StatementRows> DatabricksLakehouse::load_silver_in_full(
    Step& step, const medallion::Plan& plan, const std::map<std::string, std::string>& properties,
    const CatalogTable& bronze) {
  const TableRequest& request = step.request;
  TRY(check_read_in_full(bronze, Layer::bronze, connection_.is_exempt_from_masks));
  TRY_ASSIGN(const bool ready, is_ready(step, bronze));
  if (!ready) return bronze_changed(bronze.full_name, request.version);
  TRY_ASSIGN(StatementRows rows, load_silver_rows(step, plan, bronze, properties));
  const Result<void> read = check_read_back(bronze, rows);
  if (!read && read.error().code == Code::bronze_changed) {
    return disown_bronze(step, bronze.full_name);
  }
  // What was kept for the comparison; after a refusal the cure begins with bronze.
  if (has_masks(bronze)) {
    static_cast<void>(files_.remove(landed_path(request), request.stop, step.calls));
  }
  if (!read) return fail(read.error());
  return rows;
}

Result<SilverState> DatabricksLakehouse::make_silver(Step& step, const medallion::Plan& plan) {
  const TableRequest& request = step.request;
  TRY_ASSIGN(const std::optional<CatalogTable> bronze, find_ours(step, Layer::bronze));
  const std::string bronze_name = full_name(request.tenant, Layer::bronze, request.table_name);
  if (!bronze || !holds(*bronze, request)) return bronze_changed(bronze_name, request.version);

  const std::string name = full_name(request.tenant, Layer::silver, request.table_name);
  std::map<std::string, std::string> properties = properties_of(request);
  properties[property_plan] = sha256_hex(medallion::to_json(plan));
  TRY_ASSIGN(const StatementRows rows, load_silver_in_full(step, plan, properties, *bronze));

  SilverState state;
  const std::int64_t bronze_rows = rows.integer("bronze_rows").value_or(-1);
  const std::int64_t silver_rows = rows.integer("silver_rows").value_or(-1);
  state.rows_quarantined = rows.integer("quarantined").value_or(-1);
  state.duplicates_removed = bronze_rows - silver_rows - state.rows_quarantined;
  // Two late scripts may have crossed, rows of the one and properties of the other.
  if (bronze_rows >= 0 && bronze_rows != number_property(*bronze, property_rows)) {
    return disown_bronze(step, bronze_name);
  }
  if (bronze_rows > 0 && rows.integer("batch").value_or(-1) != request.version) {
    return disown_bronze(step, bronze_name);
  }
  TRY_ASSIGN(const std::optional<CatalogTable> silver, find_ours(step, Layer::silver));
  if (!silver || !holds(*silver, request)) return bronze_changed(name, request.version);
  TRY(check_silver_count(step, plan, *silver, silver_rows));
  if (bronze_rows < 0 || silver_rows < 0 || state.rows_quarantined < 0 ||
      state.duplicates_removed < 0 || (!plan.remove_duplicates && state.duplicates_removed != 0)) {
    return fail(Errc::internal, Code::silver_arithmetic,
                "Bronze has " + std::to_string(bronze_rows) + " rows, silver " +
                    std::to_string(silver_rows) + ", quarantine " +
                    std::to_string(state.rows_quarantined) + ".");
  }
  state.silver = step.state_of(*silver, medallion::silver_columns(request.columns, plan));
  state.silver.row_count = silver_rows;
  TRY(converge_quarantine(step, plan, properties, state));
  return state;
}

}  // namespace sluice::lakehouse::databricks
