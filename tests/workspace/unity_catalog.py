"""Unity Catalog's REST API over Spark's tables and the volumes' folders."""

import re
import shutil
import threading

from governance import check_quota, is_of_others, with_policies
from principals import METASTORE_ID, Permissions, check_privilege, name_of
from refusals import Bad
from sign_in import ADMIN, WORKSPACE_ID
from ways import NO_ROOT, NOT_MANAGER

NAME = re.compile(r"[^. /\x00-\x1f\x7f]{1,255}")
FIELDS = {
    "catalogs": {"name", "comment", "storage_root", "properties"},
    "schemas": {"name", "catalog_name", "comment", "storage_root", "properties"},
    "volumes": {"name", "catalog_name", "schema_name", "volume_type", "storage_location", "comment"},
}
LIST_PARAMETERS = {
    "catalogs": {"max_results", "page_token", "include_browse"},
    "schemas": {"catalog_name", "max_results", "page_token", "include_browse"},
    "volumes": {"catalog_name", "schema_name", "max_results", "page_token", "include_browse"},
    "tables": {"catalog_name", "schema_name", "max_results", "page_token", "omit_columns", "omit_properties", "include_browse",
               "include_manifest_capabilities", "omit_username"},
}
REGIONS = {"aws": "us-west-2", "azure": "westeurope", "gcp": "europe-west4"}
EFFECTIVE_PARAMETERS = {"principal", "max_results", "page_token"}
GET_PARAMETERS = {"include_delta_metadata", "include_browse", "include_manifest_capabilities"}


def only(body, *fields):
    unknown = set(body) - set(fields)
    if unknown:
        raise Bad(400, "MALFORMED_REQUEST", f"unknown fields: {sorted(unknown)}")


def inside(location, other):
    return (location.rstrip("/") + "/").startswith(other.rstrip("/") + "/")


class UnityCatalog:
    """Threads: one at a time."""

    def __init__(self, spark, volumes, root, ways):
        self.spark, self.files, self.root, self.ways = spark, volumes, root, ways
        self.known = {"catalogs": {}, "schemas": {}, "volumes": {}}
        self.grants, self.groups = [], set()
        self.permissions = Permissions(self, ways)
        self.default_storage = set()  # Catalogs on Databricks' own storage, which classic warehouses cannot reach.
        self.may_create_catalog = True
        self.page_size = 50
        self.lock = threading.RLock()

    def answer(self, method, path, query, body, principal):
        kind, _, name = path.partition("/")
        with self.lock:
            if kind == "permissions":
                return self.on_permissions(method, name, body, principal)
            if kind == "effective-permissions":
                only(query, *EFFECTIVE_PARAMETERS)
                return self.permissions.effective(name, query, principal)
            if kind == "metastore_summary":
                return self.metastore()
            if kind == "current-metastore-assignment":
                return {"metastore_id": METASTORE_ID, "workspace_id": int(WORKSPACE_ID), "default_catalog_name": "main"}
            if kind == "resource-quotas":
                return self.permissions.quota(name)
            if kind == "external-locations":
                return self.on_external_locations(name)
            if kind not in LIST_PARAMETERS:
                raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {kind}'")
            if method == "GET" and not name:
                only(query, *LIST_PARAMETERS[kind])
                return self.on_list(kind, query)
            only(query, *(GET_PARAMETERS if method == "GET" else {"force"}))
            name = name.lower()
            if kind == "tables":
                return self.on_table(method, name, principal)
            if method == "POST":
                return self.create(kind, body, principal)
            check_privilege(self.ways, principal, "catalog/" + name.partition(".")[0], "USE_CATALOG")
            return self.on_one(method, kind, name, query)

    def on_list(self, kind, query):
        if kind == "tables":
            prefix = f"{query['catalog_name']}.{query['schema_name']}".lower()
            found = [self.spark.table(f"{prefix}.{name}") for name in self.spark.table_names(prefix)]
        else:
            prefix = ".".join(query[part].lower() for part in ("catalog_name", "schema_name") if part in query)
            found = [each for name, each in sorted(self.known[kind].items()) if not prefix or name.startswith(prefix + ".")]
        begin = int(query.get("page_token", 0))
        end = begin + (int(query.get("max_results", 0)) or self.page_size)
        return {kind: found[begin:end], **({"next_page_token": str(end)} if end < len(found) else {})}

    def on_table(self, method, name, principal):
        name, _, exists = name.partition("/")
        table = self.spark.table(name) if name.count(".") == 2 else None
        if exists:
            return {"table_exists": table is not None}
        if table is None:
            raise Bad(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        if method == "DELETE":
            if principal != ADMIN and is_of_others(self.ways, name):
                raise Bad(403, "PERMISSION_DENIED", NOT_MANAGER.format(what="Table", name=name))
            self.spark.drop_table(name)
            return {}
        return with_policies(self.ways, table)

    def is_default_storage(self, catalog):
        return catalog in self.default_storage

    def on_one(self, method, kind, name, query):
        what, known = kind[:-1].upper(), self.known[kind]
        if name not in known:
            raise Bad(404, f"{what}_DOES_NOT_EXIST", f"{what.title()} '{name}' does not exist.")
        if method != "DELETE":
            return known[name]
        children = [each for each in ("schemas", "volumes") if any(child.startswith(name + ".") for child in self.known[each])]
        if kind != "volumes" and children and query.get("force") != "true":
            raise Bad(400, f"{what}_IS_NOT_EMPTY", f"{what.title()} '{name}' is not empty.")
        for each in self.known.values():
            for child in [child for child in each if child == name or child.startswith(name + ".")]:
                each.pop(child)
                if each is self.known["schemas"]:
                    self.spark.drop_schema(*child.split("."))
                if each is self.known["volumes"]:
                    self.files.drop(child)
        return {}

    def on_permissions(self, method, name, body, principal):
        if method == "GET":
            held = [{"principal": principal, "privileges": privileges} for securable, principal, *privileges in self.grants if securable == name]
            return {"privilege_assignments": held}
        only(body, "changes")
        securable, _, full_name = name.partition("/")
        if principal != ADMIN and securable in self.ways.no_grants_on:
            raise Bad(403, "PERMISSION_DENIED", NOT_MANAGER.format(what=securable.title(), name=full_name))
        for change in body["changes"]:
            only(change, "principal", "add", "remove")
            if change["principal"] not in self.groups:
                raise Bad(404, "PRINCIPAL_DOES_NOT_EXIST", f"Could not find principal with name {change['principal']}")
            self.grants.append([name, change["principal"], *change.get("add", [])])
        return self.on_permissions("GET", name, {}, principal)

    def metastore(self):
        """databricks-sdk-go, catalog.GetMetastoreSummaryResponse; without a root where catalogs cannot be made without one."""
        root = {"storage_root": "s3://metastore-root"} if self.ways.catalogs == "anybody" else {}
        return {"metastore_id": METASTORE_ID, "name": "metastore", "cloud": self.ways.cloud, "region": REGIONS[self.ways.cloud], "owner": ADMIN, **root}

    def on_external_locations(self, name):
        found = [{"name": f"location{at}", "url": url, "read_only": False, "owner": ADMIN} for at, url in enumerate(self.spark.external_locations)]
        if not name:
            return {"external_locations": found}
        for each in found:
            if each["name"] == name:
                return each
        raise Bad(404, "EXTERNAL_LOCATION_DOES_NOT_EXIST", f"External Location '{name}' does not exist.")

    def make_catalog(self, body, principal, by_sql=False):
        """By REST or a statement; by a person in the UI where `principal` is the administrator."""
        root = body.get("storage_root")
        around = [each["name"] for each in self.on_external_locations("")["external_locations"] if root and inside(root, each["url"])]
        if root and not around:
            raise Bad(404, "EXTERNAL_LOCATION_DOES_NOT_EXIST", f"parent external location for path '{root}' does not exist.")
        if principal != ADMIN and root and self.ways.catalogs == "ui":
            raise Bad(403, "PERMISSION_DENIED", "User does not have CREATE MANAGED STORAGE on External Location 'location0'.")
        for location in around:
            check_privilege(self.ways, principal, f"external_location/{location}", "CREATE_MANAGED_STORAGE")
        if principal != ADMIN and not root and not by_sql and self.ways.catalogs != "anybody":
            raise Bad(400, "INVALID_STATE", NO_ROOT)
        with self.lock:
            made = self.create("catalogs", body, ADMIN)
            made["owner"] = name_of(principal)
            # A metastore without a root puts a catalog without one on Databricks' own storage.
            if not root and self.ways.catalogs != "anybody":
                self.put_on_default_storage(made["full_name"])
        return made

    def put_on_default_storage(self, name):
        """Where a Free Edition's catalogs say that they lie."""
        self.default_storage.add(name)
        self.known["catalogs"][name]["storage_root"] = f"s3://dbstorage-prod-abcde/uc/{METASTORE_ID}"

    def make_by_hand(self, name, default_storage):
        with self.lock:
            if name not in self.known["catalogs"]:
                self.create("catalogs", {"name": name}, ADMIN)
            if default_storage:
                self.put_on_default_storage(name)

    def drop_everything(self):
        with self.lock:
            for name in list(self.known["catalogs"]):
                self.on_one("DELETE", "catalogs", name, {"force": "true"})
            self.default_storage.clear()
            self.grants.clear()
            shutil.rmtree(self.root / "cloud", ignore_errors=True)

    def create(self, kind, body, principal):
        if kind == "catalogs" and principal != ADMIN:
            if not self.may_create_catalog:
                raise Bad(403, "PERMISSION_DENIED", "User does not have CREATE CATALOG on Metastore.")
            check_privilege(self.ways, principal, "metastore", "CREATE_CATALOG")
            return self.make_catalog(body, principal)
        only(body, *FIELDS[kind])
        what = kind[:-1].upper()
        if not NAME.fullmatch(body["name"]):
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"'{body['name']}' is no name")
        parts = [body[part].lower() for part in ("catalog_name", "schema_name", "name") if part in body]
        full_name = ".".join(parts)
        for parent, length in (("catalogs", 1), ("schemas", 2)):
            above = ".".join(parts[:length])
            if len(parts) > length and above not in self.known[parent]:
                raise Bad(404, f"{parent[:-1].upper()}_DOES_NOT_EXIST", f"{parent[:-1].title()} '{above}' does not exist.")
        if full_name in self.known[kind]:
            raise Bad(400, f"{what}_ALREADY_EXISTS", f"{what.title()} '{full_name}' already exists.")
        if kind == "catalogs":
            self.spark.add_catalog(full_name)
        elif kind == "schemas":
            check_privilege(self.ways, principal, f"catalog/{parts[0]}", "CREATE_SCHEMA")
            if principal != ADMIN:
                check_quota(self.ways, "Schema", full_name, [one.rpartition(".")[2] for one in self.known["schemas"] if one.startswith(parts[0] + ".")])
            self.spark.add_schema(*parts)
        else:
            self.make_volume(full_name, body)
        within = dict(zip(("catalog_name", "schema_name"), parts[:-1]))
        self.known[kind][full_name] = {**body, **within, "name": parts[-1], "full_name": full_name, "owner": name_of(principal)}
        return self.known[kind][full_name]

    def make_volume(self, full_name, body):
        if body["volume_type"] != "EXTERNAL":
            return self.files.make(full_name)
        location = body["storage_location"]
        if not any(inside(location, allowed) for allowed in self.spark.external_locations):
            raise Bad(403, "EXTERNAL_LOCATION_DOES_NOT_EXIST", f"No external location for {location}")
        for other, what in self.spark.external_tables() + [(each.get("storage_location", ""), name) for name, each in self.known["volumes"].items()]:
            if other and (inside(location, other) or inside(other, location)):
                raise Bad(400, "INVALID_PARAMETER_VALUE", f"[LOCATION_OVERLAP] {location} overlaps {what}")
        scheme, _, rest = location.partition("://")
        return self.files.make_external(full_name, self.root / "cloud" / scheme / rest)
