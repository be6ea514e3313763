#include "lakehouse/databricks/tenant_grants.h"

#include <algorithm>

#include "base/log.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

struct Grant {
  const char* kind;
  std::string name;
  std::vector<std::string> privileges;
};

enum class Granted { yes, refused, no_such_group };

/// As in SQL: `USE SCHEMA, SELECT`.
std::string privileges_in_sql(const Grant& grant) {
  std::string list;
  for (const std::string& privilege : grant.privileges) {
    list += (list.empty() ? "" : ", ") + privilege;
  }
  std::replace(list.begin(), list.end(), '_', ' ');
  return list;
}

class Grants {
 public:
  Grants(UnityCatalog& catalog, const TenantId& tenant, const std::stop_token& stop,
         CallCount& calls)
      : catalog_(catalog), tenant_(tenant), stop_(stop), calls_(calls) {}

  Result<Granted> give(const Grant& grant) {
    const Result<bool> granted =
        catalog_.grant(grant.kind, grant.name, group_, grant.privileges, stop_, calls_);
    if (granted && *granted) return Granted::yes;
    if (granted) {
      no_group_ = true;
      missing_ = privileges_in_sql(grant) + " on " + grant.name;
      return Granted::no_such_group;
    }
    if (granted.error().kind == Errc::cancelled) return fail(granted.error());
    refusal_ = granted.error().detail;
    return Granted::refused;
  }

  void is_missing(const Grant& grant) {
    const std::string privileges = privileges_in_sql(grant);
    const std::string kind = grant.kind == std::string("catalog") ? "CATALOG " : "SCHEMA ";
    missing_ += (missing_.empty() ? "" : "; ") + privileges + " on " + grant.name;
    statements_ += (statements_.empty() ? "" : " ") + ("GRANT " + privileges) + " ON " + kind +
                   quoted_name(grant.name) + " TO " + medallion::databricks_identifier(group_) +
                   ";";
  }

  std::string warning() const {
    if (missing_.empty()) return {};
    if (no_group_) {
      log::info("The tenant has no group of its own",
                {{"tenant", tenant_.value}, {"group", group_}});
      return "The account has no group " + group_ +
             " (one of the workspace alone does not count): " + missing_ +
             " was granted to nobody. For others to read these tables make that group " +
             "in the account, then sync again (sluice sync ID).";
    }
    log::warn(
        "The tenant's group was not granted all of its tables",
        {{"tenant", tenant_.value}, {"group", group_}, {"missing", missing_}, {"error", refusal_}});
    return "The group " + group_ + " was not granted " + missing_ + ". " + refusal_ +
           " Have the owner run: " + statements_ +
           " Or grant our principal MANAGE there. Then sync "
           "again (sluice sync ID).";
  }

 private:
  UnityCatalog& catalog_;
  const TenantId& tenant_;
  const std::stop_token& stop_;
  CallCount& calls_;
  const std::string group_ = group_of(tenant_);
  std::string refusal_;
  std::string missing_;
  std::string statements_;
  bool no_group_ = false;
};

}  // namespace

Result<std::string> grant_to_group(UnityCatalog& catalog, const TenantId& tenant,
                                   const TenantPlaces& places, Isolation isolation,
                                   const std::stop_token& stop, CallCount& calls) {
  Grants grants(catalog, tenant, stop, calls);
  const bool owns_catalog = isolation == Isolation::catalog;
  const Grant use_catalog{"catalog", places.catalog, {"USE_CATALOG"}};
  const Grant all{"catalog", places.catalog, {"USE_CATALOG", "USE_SCHEMA", "SELECT"}};
  TRY_ASSIGN(const Granted by_catalog, grants.give(owns_catalog ? all : use_catalog));
  if (by_catalog == Granted::no_such_group) return grants.warning();
  if (by_catalog == Granted::refused) grants.is_missing(use_catalog);
  if (by_catalog == Granted::yes && owns_catalog) return grants.warning();
  for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
    const Grant on_schema{"schema", places.catalog + "." + schema, {"USE_SCHEMA", "SELECT"}};
    TRY_ASSIGN(const Granted by_schema, grants.give(on_schema));
    if (by_schema == Granted::refused) grants.is_missing(on_schema);
    if (by_schema == Granted::no_such_group) break;
  }
  return grants.warning();
}

}  // namespace sluice::lakehouse::databricks
