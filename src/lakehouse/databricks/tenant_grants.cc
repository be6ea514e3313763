#include "lakehouse/databricks/tenant_grants.h"

#include "base/log.h"

namespace sluice::lakehouse::databricks {
namespace {

struct Grant {
  const char* kind;
  std::string name;
  std::vector<std::string> privileges;
};

enum class Granted { yes, refused, no_such_group };

class Grants {
 public:
  Grants(UnityCatalog& catalog, const TenantId& tenant, const std::stop_token& stop,
         CallCount& calls)
      : catalog_(catalog), tenant_(tenant), stop_(stop), calls_(calls) {}

  Result<Granted> give(const Grant& grant) {
    const std::string group = group_of(tenant_);
    const Result<bool> granted =
        catalog_.grant(grant.kind, grant.name, group, grant.privileges, stop_, calls_);
    if (granted && *granted) return Granted::yes;
    if (granted) {
      log::info(
          "The tenant has no group of its own: an account group (not one of the workspace "
          "alone) of this name would be granted its tables",
          {{"tenant", tenant_.value}, {"group", group}});
      return Granted::no_such_group;
    }
    if (granted.error().kind == Errc::cancelled) return fail(granted.error());
    refusal_ = to_line(granted.error());
    return Granted::refused;
  }

  void say_refused(const std::string& what) const {
    log::warn("The tenant's group was not granted all of its tables", {{"tenant", tenant_.value},
                                                                       {"group", group_of(tenant_)},
                                                                       {"missing", what},
                                                                       {"error", refusal_}});
  }

 private:
  UnityCatalog& catalog_;
  const TenantId& tenant_;
  const std::stop_token& stop_;
  CallCount& calls_;
  std::string refusal_;
};

}  // namespace

Result<void> grant_to_group(UnityCatalog& catalog, const TenantId& tenant,
                            const TenantPlaces& places, Isolation isolation,
                            const std::stop_token& stop, CallCount& calls) {
  Grants grants(catalog, tenant, stop, calls);
  const bool owns_catalog = isolation == Isolation::catalog;
  const std::vector<std::string> on_catalog =
      owns_catalog ? std::vector<std::string>{"USE_CATALOG", "USE_SCHEMA", "SELECT"}
                   : std::vector<std::string>{"USE_CATALOG"};
  TRY_ASSIGN(const Granted by_catalog, grants.give({"catalog", places.catalog, on_catalog}));
  if (by_catalog == Granted::no_such_group) return {};
  if (by_catalog == Granted::refused) {
    grants.say_refused("USE CATALOG on " + places.catalog + ", for its owner to grant");
  }
  if (by_catalog == Granted::yes && owns_catalog) return {};
  for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
    const std::string name = places.catalog + "." + schema;
    TRY_ASSIGN(const Granted by_schema, grants.give({"schema", name, {"USE_SCHEMA", "SELECT"}}));
    if (by_schema == Granted::refused) grants.say_refused("USE SCHEMA and SELECT on " + name);
    if (by_schema == Granted::no_such_group) return {};
  }
  return {};
}

}  // namespace sluice::lakehouse::databricks
