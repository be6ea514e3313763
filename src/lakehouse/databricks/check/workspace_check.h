#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "wire/form.h"

// What a look at a workspace found, as values with one JSON form: of `sluice databricks check`, and
// of whatever else shows it. None holds a secret.

namespace sluice::lakehouse::databricks {

enum class Verdict {
  ok,
  warning,  ///< A first sync may pass, and something is worth doing, or could not be seen.
  wrong     ///< A first sync would not pass.
};

constexpr auto wire_names(const Verdict*) {
  return std::array{std::pair{Verdict::ok, "ok"}, std::pair{Verdict::warning, "warning"},
                    std::pair{Verdict::wrong, "wrong"}};
}

/// What a finding is about; docs/databricks.md lists them.
enum class Topic {
  settings,
  sign_in,
  cloud,
  metastore,
  warehouse,
  cost,
  catalog,
  catalog_storage,
  privileges,
  quota,
  external_location,
  readers,
  statement
};

constexpr auto wire_names(const Topic*) {
  return std::array{std::pair{Topic::settings, "settings"},
                    std::pair{Topic::sign_in, "sign_in"},
                    std::pair{Topic::cloud, "cloud"},
                    std::pair{Topic::metastore, "metastore"},
                    std::pair{Topic::warehouse, "warehouse"},
                    std::pair{Topic::cost, "cost"},
                    std::pair{Topic::catalog, "catalog"},
                    std::pair{Topic::catalog_storage, "catalog_storage"},
                    std::pair{Topic::privileges, "privileges"},
                    std::pair{Topic::quota, "quota"},
                    std::pair{Topic::external_location, "external_location"},
                    std::pair{Topic::readers, "readers"},
                    std::pair{Topic::statement, "statement"}};
}

struct Finding {
  Topic topic = Topic::settings;
  Verdict verdict = Verdict::ok;
  std::string says;   ///< One line.
  std::string to_do;  ///< One line; empty: nothing.
};

constexpr auto wire_fields(const Finding*) {
  using T = Finding;
  return std::tuple(wire::field("topic", &T::topic, "What it is about."),
                    wire::field("verdict", &T::verdict, "ok, warning or wrong."),
                    wire::field("says", &T::says, "What was found, in one line."),
                    wire::field("to_do", &T::to_do, "What to do; empty: nothing."));
}

enum class SignIn { token, databricks_oauth, entra, federation };

constexpr auto wire_names(const SignIn*) {
  return std::array{std::pair{SignIn::token, "token"},
                    std::pair{SignIn::databricks_oauth, "databricks_oauth"},
                    std::pair{SignIn::entra, "entra"}, std::pair{SignIn::federation, "federation"}};
}

struct CheckedMetastore {
  std::string id;
  std::string name;
  std::string cloud;  ///< `aws`, `azure`, `gcp`.
  std::string region;
  std::string storage_root;  ///< Empty: none, or it is not shown to us.
};

constexpr auto wire_fields(const CheckedMetastore*) {
  using T = CheckedMetastore;
  return std::tuple(
      wire::field("id", &T::id, "Its UUID."), wire::field("name", &T::name, "Its name."),
      wire::field("cloud", &T::cloud, "aws, azure or gcp."),
      wire::field("region", &T::region, "The cloud's name of its region."),
      wire::field("storage_root", &T::storage_root, "Where its catalogs lie; empty: no such."));
}

enum class WarehouseKind { serverless, pro, classic };

constexpr auto wire_names(const WarehouseKind*) {
  return std::array{std::pair{WarehouseKind::serverless, "serverless"},
                    std::pair{WarehouseKind::pro, "pro"},
                    std::pair{WarehouseKind::classic, "classic"}};
}

struct CheckedWarehouse {
  std::string id;
  std::string name;
  WarehouseKind kind = WarehouseKind::serverless;
  std::string state;
  std::string size;
  std::int64_t auto_stop_min = 0;  ///< 0: it never stops.
  std::optional<std::int64_t> dbu_per_hour = {};
  std::optional<std::int64_t> lonely_sync_s = {};  ///< Nothing: it never stops.
  std::optional<double> lonely_sync_dbu = {};
};

constexpr auto wire_fields(const CheckedWarehouse*) {
  using T = CheckedWarehouse;
  return std::tuple(
      wire::field("id", &T::id, "Its id."), wire::field("name", &T::name, "Its name."),
      wire::field("kind", &T::kind, "serverless, pro or classic."),
      wire::field("state", &T::state, "RUNNING, STOPPED and so on."),
      wire::field("size", &T::size, "2X-Small and so on."),
      wire::field("auto_stop_min", &T::auto_stop_min, "Idle minutes until it stops; 0: never."),
      wire::optional_field("dbu_per_hour", &T::dbu_per_hour, "Of one cluster, by its size."),
      wire::optional_field("lonely_sync_s", &T::lonely_sync_s,
                           "Seconds awake for one sync alone, the idle tail included."),
      wire::optional_field("lonely_sync_dbu", &T::lonely_sync_dbu, "What that takes, estimated."));
}

struct CheckedCatalog {
  std::string name;
  bool exists = false;
  std::string owner;
  std::string storage_root;
  bool on_default_storage = false;
};

constexpr auto wire_fields(const CheckedCatalog*) {
  using T = CheckedCatalog;
  return std::tuple(
      wire::field("name", &T::name, "The tenant's, or the one of all tenants."),
      wire::field("exists", &T::exists, "False: a first sync would make it."),
      wire::field("owner", &T::owner, "Empty: it is not there."),
      wire::field("storage_root", &T::storage_root, "Empty: the metastore's, or not known."),
      wire::field("on_default_storage", &T::on_default_storage, "On Databricks' own storage."));
}

enum class Held { yes, no, unseen };

constexpr auto wire_names(const Held*) {
  return std::array{std::pair{Held::yes, "yes"}, std::pair{Held::no, "no"},
                    std::pair{Held::unseen, "unseen"}};
}

/// A privilege that our principal should have.
struct CheckedPrivilege {
  std::string privilege;  ///< As SQL has it: `CREATE SCHEMA`.
  std::string on;         ///< Likewise: ``CATALOG `x` ``.
  Held held = Held::unseen;
  bool for_first_sync = true;  ///< Else only what comes later lacks it.
  std::string grant;           ///< The statement that gives it.
};

constexpr auto wire_fields(const CheckedPrivilege*) {
  using T = CheckedPrivilege;
  return std::tuple(
      wire::field("privilege", &T::privilege, "As SQL has it."),
      wire::field("on", &T::on, "The securable, as SQL has it."),
      wire::field("held", &T::held, "yes, no, or unseen where we may not look."),
      wire::field("for_first_sync", &T::for_first_sync, "False: only dropping wants it."),
      wire::field("grant", &T::grant, "The statement that gives it."));
}

/// All of it.
struct WorkspaceCheck {
  bool would_pass = false;  ///< No finding is wrong.
  std::string host;
  std::optional<SignIn> sign_in = {};
  std::string principal;  ///< As it signed in: a mail address or an application id; or empty.
  std::optional<CheckedMetastore> metastore = {};
  std::optional<CheckedWarehouse> warehouse = {};
  std::optional<CheckedCatalog> catalog = {};
  std::vector<CheckedPrivilege> privileges;
  std::vector<Finding> findings;
  std::int64_t rest_calls = 0;
  std::int64_t statements = 0;
  std::int64_t took_ms = 0;
};

constexpr auto wire_fields(const WorkspaceCheck*) {
  using T = WorkspaceCheck;
  return std::tuple(
      wire::field("would_pass", &T::would_pass, "Whether a first sync would, by all that is seen."),
      wire::field("host", &T::host, "DATABRICKS_HOST."),
      wire::optional_field("sign_in", &T::sign_in, "token, databricks_oauth, entra or federation."),
      wire::field("principal", &T::principal, "Who we are there; empty: not seen."),
      wire::optional_field("metastore", &T::metastore, "Absent: not seen."),
      wire::optional_field("warehouse", &T::warehouse, "Absent: not seen."),
      wire::optional_field("catalog", &T::catalog, "Absent: not seen."),
      wire::field("privileges", &T::privileges, "Those that our principal should have."),
      wire::field("findings", &T::findings, "In the order in which they were made."),
      wire::field("rest_calls", &T::rest_calls, "Calls of the workspace's API."),
      wire::field("statements", &T::statements, "Statements sent to the warehouse."),
      wire::field("took_ms", &T::took_ms, "Milliseconds that it took."));
}

}  // namespace sluice::lakehouse::databricks
