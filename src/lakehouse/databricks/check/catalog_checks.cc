// Where tables would lie: the catalog that is there, or what making one wants.
#include "lakehouse/databricks/check/check_in_progress.h"
#include "lakehouse/databricks/provisioning.h"
#include "lakehouse/databricks/quota_remedy.h"
#include "lakehouse/databricks/statements_sql.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {
namespace {

using medallion::databricks_identifier;

bool is_serverless(const CheckInProgress& check) {
  return check.result.warehouse && check.result.warehouse->kind == WarehouseKind::serverless;
}

/// Not serverless, and known not to be.
bool is_other_kind(const CheckInProgress& check) {
  return check.result.warehouse && check.result.warehouse->kind != WarehouseKind::serverless;
}

/// One of `kind` below the catalog that a sync would look for by the same call.
std::optional<CatalogObject> find_below(CheckInProgress& check, const std::string& kind,
                                        const std::string& full_name, bool& is_unseen) {
  const auto found = check.reads.find(kind, full_name);
  if (found) return *found;
  is_unseen = true;
  if (!is_refused(found.error())) {
    check.add_failed(Topic::catalog, full_name, found.error());
    return std::nullopt;
  }
  // The sync's own look would be refused likewise.
  check.add(Topic::catalog, Verdict::wrong,
            full_name + " cannot be seen, and a sync must see it. " + found.error().detail,
            kind == "volumes" ? grant_statement({"READ_VOLUME", "WRITE_VOLUME"},
                                                "VOLUME " + quoted_name(full_name), check.me.name)
                              : grant_statement({"USE_SCHEMA"}, "SCHEMA " + quoted_name(full_name),
                                                check.me.name));
  return std::nullopt;
}

/// Privileges on a schema of somebody else's; our own needs none.
void check_schema(CheckInProgress& check, const TenantPlaces& places, const std::string& schema,
                  const CatalogObject& found) {
  if (schema == places.gold) return;
  const std::string full_name = places.catalog + "." + schema;
  check_quota(check, {"schema", full_name}, "table-quota", 1);
  std::vector<WantedPrivilege> wanted{{"USE_SCHEMA"}, {"CREATE_TABLE"}};
  if (schema == places.bronze) {
    bool is_unseen = false;
    const auto volume = find_below(check, "volumes", full_name + "." + places.volume, is_unseen);
    if (!volume && !is_unseen) wanted.push_back({"CREATE_VOLUME"});
    if (volume && !check.is_us(volume->owner)) {
      wanted.push_back({"READ_VOLUME"});
      wanted.push_back({"WRITE_VOLUME"});
    }
  }
  if (check.is_us(found.owner)) return;
  check.add_privileges({{"schema", full_name}, "SCHEMA " + quoted_name(full_name), found.owner},
                       wanted);
}

void check_schemas(CheckInProgress& check, const TenantPlaces& places, const CatalogObject& there) {
  std::vector<std::pair<std::string, CatalogObject>> found;
  std::int64_t missing = 0;
  for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
    bool is_unseen = false;
    const auto one = find_below(check, "schemas", places.catalog + "." + schema, is_unseen);
    if (one) found.emplace_back(schema, *one);
    if (!one && !is_unseen) ++missing;
  }
  std::vector<WantedPrivilege> wanted{{"USE_CATALOG"}};
  if (missing > 0) {
    wanted.push_back({"CREATE_SCHEMA"});
    check_quota(check, {"catalog", places.catalog}, "schema-quota", missing);
  }
  check.add_privileges({{"catalog", places.catalog},
                        "CATALOG " + databricks_identifier(places.catalog),
                        there.owner},
                       wanted);
  for (const auto& [schema, object] : found) check_schema(check, places, schema, object);
}

void add_unseen_catalog(CheckInProgress& check, const std::string& name, const Error& error) {
  const std::string to_do =
      is_bound_elsewhere(error)
          ? "Bind the catalog to this workspace as well (Catalog Explorer, the catalog's "
            "Workspaces), or have it open to all."
          : grant_statement({"USE_CATALOG", "CREATE_SCHEMA"},
                            "CATALOG " + databricks_identifier(name), check.me.name);
  if (!is_refused(error) && !is_bound_elsewhere(error)) {
    return check.add_failed(Topic::catalog, "The catalog " + name, error);
  }
  // The sync's own look would be refused likewise.
  check.add(Topic::catalog, Verdict::wrong,
            "The catalog " + name + " cannot be seen, and a sync must see it. " + error.detail,
            to_do);
}

}  // namespace

bool is_default_storage(const std::string& address) {
  // `s3://dbstorage-prod-x/uc/…`, `abfss://uc@dbstorage-prod-x.dfs.core.windows.net/…`.
  return address.find("://dbstorage-") != std::string::npos ||
         address.find("@dbstorage-") != std::string::npos;
}

void check_catalog(CheckInProgress& check) {
  const TenantPlaces places = places_of(check.options.tenant, check.connection);
  const auto found = check.reads.find("catalogs", places.catalog);
  if (!found) return add_unseen_catalog(check, places.catalog, found.error());
  if (!*found) return check_missing_catalog(check, places.catalog);
  const CatalogObject& there = **found;
  const auto& metastore = check.result.metastore;
  const bool has_root = metastore && !metastore->storage_root.empty();
  CheckedCatalog catalog{places.catalog, true, there.owner, there.storage_root,
                         is_default_storage(there.storage_root)};
  check.result.catalog = catalog;
  const std::string where = catalog.on_default_storage    ? "on Databricks' default storage"
                            : !there.storage_root.empty() ? "at " + there.storage_root
                            : has_root                    ? "at the metastore's root"
                                                          : "at a place that is not told";
  check.add(
      Topic::catalog, Verdict::ok,
      "The catalog " + places.catalog + " is there, owned by " + there.owner + ", " + where + ".");
  if (catalog.on_default_storage && is_other_kind(check)) {
    check.add(Topic::catalog_storage, Verdict::wrong,
              "Default storage is reached by serverless warehouses alone, and this one is not.",
              "Set DATABRICKS_WAREHOUSE_ID to a serverless SQL warehouse.");
  }
  if (there.no_predictive_optimization) {
    check.add(Topic::catalog_storage, Verdict::warning,
              "Predictive optimization is off in the catalog " + places.catalog +
                  ": the files of earlier syncs, a whole table each, are removed by nobody.",
              "ALTER CATALOG " + databricks_identifier(places.catalog) +
                  " ENABLE PREDICTIVE OPTIMIZATION; or run VACUUM on its tables now and then.");
  }
  check_schemas(check, places, there);
}

void check_missing_catalog(CheckInProgress& check, const std::string& name) {
  check.result.catalog = CheckedCatalog{name, false, "", "", false};
  const auto& metastore = check.result.metastore;
  check.add(Topic::catalog, Verdict::ok,
            "There is no catalog " + name + " that we may see: a first sync makes it.");
  if (metastore && !metastore->id.empty()) {
    check_quota(check, {"metastore", metastore->id}, "catalog-quota", 1);
    check.add_privileges({{"metastore", metastore->id}, "METASTORE", check.metastore_owner},
                         {{"CREATE_CATALOG"}});
  }
  const std::string& root = check.connection.catalog_storage_root;
  if (!root.empty()) {
    return check_location(check, Topic::catalog_storage, "DATABRICKS_CATALOG_STORAGE_ROOT", root,
                          {{"CREATE_MANAGED_STORAGE"}});
  }
  const std::string metastore_root = metastore ? metastore->storage_root : "";
  if (!metastore_root.empty() && !is_default_storage(metastore_root)) {
    return check.add(Topic::catalog_storage, Verdict::ok,
                     "It will lie at the metastore's root, " + metastore_root + ".");
  }
  const std::string by_hand =
      "Make the catalog " + name +
      " in Catalog Explorer (default storage will do) and grant our principal USE CATALOG and "
      "CREATE SCHEMA on it; or set DATABRICKS_ISOLATION=schema and DATABRICKS_CATALOG to one that "
      "is there, such as workspace; or set DATABRICKS_CATALOG_STORAGE_ROOT.";
  if (is_other_kind(check)) {
    return check.add(Topic::catalog_storage, Verdict::wrong,
                     "The metastore has no root storage, so that a catalog cannot be made by "
                     "REST, and not by a statement of a warehouse that is not serverless.",
                     by_hand);
  }
  check.add(Topic::catalog_storage, Verdict::warning,
            "The metastore has no root storage that we see: a catalog cannot be made by REST, "
            "only by a statement, which some workspaces refuse" +
                std::string(is_serverless(check) ? "." : " (all, without a serverless warehouse)."),
            by_hand);
}

void check_quota(CheckInProgress& check, const SecurableName& parent, const std::string& quota,
                 std::int64_t more) {
  const auto found = check.reads.quota(parent, quota);
  if (!found || !*found) return;
  if ((*found)->count + more <= (*found)->limit) return;
  check.add(
      Topic::quota, Verdict::wrong,
      "The " + quota + " of " + parent.type + " " + parent.name + " is used up: " +
          std::to_string((*found)->count) + " of " + std::to_string((*found)->limit) + ".",
      quota_remedy(quota.substr(0, quota.find('-')), parent.type, std::to_string((*found)->limit)));
}

}  // namespace sluice::lakehouse::databricks
