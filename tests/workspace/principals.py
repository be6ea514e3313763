"""Who may do what, as the REST APIs tell it: Me and Groups (SCIM), effective permissions, quotas.

Paths and fields are those of databricks-sdk-py 0.156: service/iam.py (CurrentUserAPI.me, GroupsV2API.list), service/catalog.py
(GrantsAPI.get_effective, ResourceQuotasAPI.get_quota).
"""

import re

from refusals import Bad
from sign_in import ADMIN

METASTORE_ID = "00000000-0000-0000-0000-00000000cccc"
# What a principal with everything has; an owner's are not listed anywhere.
ALL = {
    "metastore": ["CREATE_CATALOG"],
    "catalog": ["USE_CATALOG", "CREATE_SCHEMA", "USE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "READ_VOLUME", "WRITE_VOLUME", "SELECT", "MODIFY"],
    "schema": ["USE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "READ_VOLUME", "WRITE_VOLUME", "SELECT", "MODIFY"],
    "external_location": ["CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "READ_FILES", "WRITE_FILES", "CREATE_MANAGED_STORAGE"],
}
QUOTAS = {("metastore", "catalog-quota"): "catalogs", ("catalog", "schema-quota"): "schemas", ("schema", "table-quota"): "tables"}
USUAL_LIMITS = {"catalogs": 1000, "schemas": 10_000, "tables": 10_000}


def name_of(principal):
    """As Unity Catalog names whom sign_in.py found: a person's token, an application's id."""
    return "someone@example.com" if principal == "token's" else principal


def withheld(ways, securable, privilege):
    """`securable`: `catalog/catalog_tenant_x`, `metastore`."""
    return any(re.fullmatch(pattern, securable) and privilege == lacking for pattern, lacking in ways.withheld)


def check_privilege(ways, principal, securable, privilege):
    """Enforced where a way takes it away, and only there."""
    if principal == ADMIN or not withheld(ways, securable, privilege):
        return
    kind, _, name = securable.partition("/")
    what = f"{kind.replace('_', ' ').title()}" + (f" '{name}'" if name else "")
    raise Bad(403, "PERMISSION_DENIED", f"User does not have {privilege.replace('_', ' ')} on {what}.")


def me(exchange):
    groups = ["users", *exchange.space.ways.our_groups]
    name = name_of(exchange.principal)
    return {
        "id": "7000000000000001", "userName": name, "displayName": name, "active": True,
        "groups": [{"display": group, "type": "direct", "value": str(at), "$ref": f"Groups/{at}"} for at, group in enumerate(groups)],
    }


def groups(exchange):
    """`filter=displayName eq "x"`. A group of the workspace alone is a `WorkspaceGroup`, which Unity Catalog does not know."""
    wanted = re.fullmatch(r'displayName eq "([^"]*)"', exchange.query.get("filter", ""))
    if not wanted:
        raise Bad(400, "INVALID_PARAMETER_VALUE", f"filter {exchange.query.get('filter')!r} is not understood here")
    kinds = {**dict.fromkeys(exchange.space.catalog.groups, "Group"), **dict.fromkeys(exchange.space.ways.workspace_groups, "WorkspaceGroup")}
    all_found = [{"id": "1", "displayName": name, "meta": {"resourceType": kind}} for name, kind in kinds.items() if name == wanted[1]]
    begin = int(exchange.query.get("startIndex", 1))
    found = all_found[begin - 1 :][: int(exchange.query.get("count", 100))]
    answer = {"totalResults": len(all_found), "startIndex": begin, "itemsPerPage": len(found), "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]}
    return {**answer, "Resources": found} if found else answer


class Permissions:
    """Effective permissions and quotas of what UnityCatalog has."""

    def __init__(self, catalog, ways):
        self.catalog, self.ways = catalog, ways

    def owner_of(self, kind, name):
        """Also says 404 for what is not there."""
        if kind == "metastore":
            if name != METASTORE_ID:
                raise Bad(404, "METASTORE_DOES_NOT_EXIST", f"Metastore '{name}' does not exist.")
            return ADMIN
        if kind == "external_location":
            return self.catalog.on_external_locations(name)["owner"]
        return self.catalog.on_one("GET", kind + "s", name.lower(), {})["owner"]

    def held(self, kind, name):
        securable = kind if kind == "metastore" else f"{kind}/{name}"
        lacking = set()
        if not self.catalog.may_create_catalog:
            lacking.add("CREATE_CATALOG")
        if self.ways.catalogs == "ui":
            lacking.add("CREATE_MANAGED_STORAGE")
        above = ["catalog/" + name.partition(".")[0]] if kind == "schema" else []
        return [each for each in ALL[kind] if each not in lacking and not any(withheld(self.ways, one, each) for one in [securable, *above])]

    def effective(self, path, query, principal):
        kind, _, name = path.partition("/")
        kind = kind.lower()
        if kind not in ALL:
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"SecurableType {kind} is not supported here")
        us, assignments = name_of(principal), {}
        if self.owner_of(kind, name) != us:
            assignments[self.ways.privileges_of_group or us] = self.held(kind, name)
        for securable, whom, *privileges in self.catalog.grants:
            if securable in (f"{kind}/{name}", f"catalog/{name.partition('.')[0]}"):
                assignments.setdefault(whom, []).extend(privileges)
        asked = query.get("principal")
        listed = [{"principal": whom, "privileges": [{"privilege": each} for each in held]}
                  for whom, held in assignments.items() if held and asked in (None, whom)]
        return {"privilege_assignments": listed} if listed else {}

    def quota(self, path):
        kind, name, quota = path.split("/")
        counted = QUOTAS.get((kind.lower(), quota))
        if counted is None:
            raise Bad(404, "NOT_FOUND", f"There is no quota {quota} of {kind}.")
        self.owner_of(kind.lower(), name)
        if counted == "tables":
            count = len(self.catalog.spark.table_names(name))
        else:
            count = sum(counted == "catalogs" or one.startswith(name + ".") for one in self.catalog.known[counted])
        limit = self.ways.quota.get(counted, USUAL_LIMITS[counted])
        return {"quota_info": {"parent_securable_type": kind.upper(), "parent_full_name": name, "quota_name": quota, "quota_count": count,
                               "quota_limit": limit, "last_refreshed_at": 1_750_000_000_000}}
