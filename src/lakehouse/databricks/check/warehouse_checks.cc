// The SQL warehouse: what it is, what it costs, and with a statement whether it answers.
#include <cmath>
#include <cstdio>

#include "lakehouse/databricks/check/check_in_progress.h"
#include "lakehouse/databricks/error_decisions.h"
#include "lakehouse/databricks/warehouse.h"
#include "lakehouse/databricks/warehouse_cost.h"

namespace sluice::lakehouse::databricks {
namespace {

/// Longer idle tails are mostly forgotten defaults (120 minutes by the API).
constexpr std::int64_t auto_stop_min_max = 10;

WarehouseKind kind_of(const WarehouseState& warehouse) {
  if (warehouse.is_serverless) return WarehouseKind::serverless;
  return warehouse.kind == "PRO" ? WarehouseKind::pro : WarehouseKind::classic;
}

std::string name_of(WarehouseKind kind) {
  switch (kind) {
    case WarehouseKind::serverless:
      return "serverless";
    case WarehouseKind::pro:
      return "pro";
    case WarehouseKind::classic:
      break;
  }
  return "classic";
}

std::string one_decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

CheckedWarehouse checked_of(const std::string& id, const WarehouseState& warehouse) {
  CheckedWarehouse checked;
  checked.id = id;
  checked.name = warehouse.name;
  checked.kind = kind_of(warehouse);
  checked.state = warehouse.state;
  checked.size = warehouse.size;
  checked.auto_stop_min = warehouse.auto_stop_min;
  checked.dbu_per_hour = dbu_per_hour(warehouse.size);
  if (const auto lonely = lonely_sync(warehouse)) {
    checked.lonely_sync_s = lonely->awake_s;
    // To the hundredth: it is an estimate.
    if (lonely->dbu) checked.lonely_sync_dbu = std::round(*lonely->dbu * 100) / 100;
  }
  return checked;
}

void add_cost(CheckInProgress& check, const CheckedWarehouse& warehouse) {
  const std::string rate =
      warehouse.dbu_per_hour ? std::to_string(*warehouse.dbu_per_hour) + " DBU an hour" : "";
  if (!warehouse.lonely_sync_s) {
    return check.add(Topic::cost, Verdict::warning,
                     "The warehouse never stops by itself" +
                         (rate.empty() ? std::string() : ": about " + rate + ", day and night") +
                         ".",
                     "Set its auto-stop to 10 minutes or less.");
  }
  std::string says = "A sync alone keeps it awake for about " +
                     std::to_string(*warehouse.lonely_sync_s) + " s (20 s of work, then " +
                     std::to_string(warehouse.auto_stop_min) + " min idle)";
  if (warehouse.lonely_sync_dbu) {
    says += ": about " + one_decimal(*warehouse.lonely_sync_dbu) + " DBU (" + rate + ")";
  }
  const bool is_long = warehouse.auto_stop_min > auto_stop_min_max;
  check.add(Topic::cost, is_long ? Verdict::warning : Verdict::ok, says + ".",
            is_long ? "Set its auto-stop to 10 minutes or less." : "");
}

void add_missing(CheckInProgress& check, const std::string& id, const std::string& detail) {
  check.add(Topic::warehouse, Verdict::wrong, "There is no warehouse " + id + ". " + detail,
            "Set DATABRICKS_WAREHOUSE_ID to the id of a SQL warehouse: it stands behind its name, "
            "on its page.");
}

}  // namespace

void check_warehouse(CheckInProgress& check) {
  const std::string& id = check.connection.warehouse_id;
  const Result<WarehouseState> found = check.reads.warehouse(id);
  if (!found) {
    const Error& error = found.error();
    // A wrong id is told by 400 as well.
    const ErrorDecision& none = decisions::no_warehouse;
    const bool is_no_id = error.code == none.code && error.kind == none.kind;
    if (error.kind == Errc::not_found || is_no_id) return add_missing(check, id, error.detail);
    if (error.kind != Errc::permission_denied) {
      return check.add_failed(Topic::warehouse, "The warehouse " + id, error);
    }
    return check.add(Topic::warehouse, Verdict::warning,
                     "The warehouse " + id + " cannot be seen. " + error.detail,
                     "Give our principal CAN USE on it (the warehouse's page, Permissions).");
  }
  const CheckedWarehouse warehouse = checked_of(id, *found);
  check.result.warehouse = warehouse;
  const std::string says = "The warehouse " + warehouse.name + " is " + name_of(warehouse.kind) +
                           ", " + warehouse.size + ", " + warehouse.state;
  if (warehouse.state.starts_with("DELET")) {
    check.add(Topic::warehouse, Verdict::wrong, says + ".",
              "Set DATABRICKS_WAREHOUSE_ID to another SQL warehouse.");
  } else if (!found->failure.empty()) {
    check.add(Topic::warehouse, Verdict::warning, says + ", and could not start: " + found->failure,
              "Start it on its page in the workspace, and see what it says.");
  } else {
    check.add(Topic::warehouse, Verdict::ok, says + ".");
  }
  add_cost(check, warehouse);
}

void check_statement(CheckInProgress& check) {
  Warehouse warehouse(check.rest, check.connection);
  Statement statement;
  statement.sql = "SELECT 1";
  statement.doing = "Asking the warehouse for SELECT 1";
  statement.tags = {{"app", "sluice"}, {"step", "check"}};
  statement.stop = check.options.stop;
  StatementCount count;
  const Result<StatementRows> rows = warehouse.run(statement, check.calls, count);
  check.result.statements += count.statements;
  if (!rows) {
    return check.add(Topic::statement, Verdict::wrong, rows.error().detail, rows.error().remedy);
  }
  const auto& seen = check.result.warehouse;
  const bool was_up = seen && seen->state == "RUNNING";
  check.add(Topic::statement, Verdict::ok,
            "SELECT 1 took " + one_decimal(static_cast<double>(count.warehouse_ms) / 1000) + " s" +
                (was_up || !seen ? "" : ", with the start of the warehouse") + ".");
}

}  // namespace sluice::lakehouse::databricks
