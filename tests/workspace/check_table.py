"""What `sluice databricks check` must say of each switch of hard_table.py, and of cases of its own.

A row: whether it says that a first sync would pass, and a regular expression that one of its lines must meet. Where a sync
then fails all the same, `unseen` says why nobody could know that without a statement.
"""

import dataclasses

from hard_table import NO_TOKEN, refused
from sign_in import CLIENT


@dataclasses.dataclass(frozen=True)
class Says:
    passes: bool
    line: str
    unseen: str = ""


ONLY_BY_SQL = r"^warning catalog_storage .*only by a statement.*-> Make the catalog catalog_tenant_default in Catalog Explorer"
TABLES = "tables are not looked at"
QUOTA_LATER = "the quota is that of a catalog that is not there yet"
WELL = r"^ok warehouse The warehouse workspace is serverless, 2X-Small, (STOPPED|RUNNING)"

SWITCHES = {
    "no metastore root": Says(True, ONLY_BY_SQL),
    "no metastore root, external bronze": Says(True, r"^ok external_location DATABRICKS_EXTERNAL_LOCATION lies in .* location0"),
    "no metastore root, SQL refused": Says(True, ONLY_BY_SQL, "whether the statement is taken only the statement tells"),
    "no metastore root, SQL refused, a root given": Says(True, r"^ok catalog_storage DATABRICKS_CATALOG_STORAGE_ROOT lies in .* location0"),
    "no metastore root, UI only": Says(True, ONLY_BY_SQL, "whether the statement is taken only the statement tells"),
    "no metastore root, UI only, a root given": Says(False, r"^wrong privileges .*-> GRANT CREATE MANAGED STORAGE ON EXTERNAL LOCATION `location0` TO `someone@example.com`;$"),
    "Free Edition": Says(True, r"^ok catalog The catalog workspace is there.* default storage"),
    "no metastore": Says(False, r"^wrong metastore .*-> Have an account administrator assign a metastore"),
    "a catalog bound elsewhere": Says(False, r"^wrong catalog .*-> Bind the catalog to this workspace"),
    "a classic warehouse on default storage": Says(False, r"^wrong catalog_storage .*-> Set DATABRICKS_WAREHOUSE_ID to a serverless"),
    "a wrong warehouse id": Says(False, r"^wrong warehouse There is no warehouse 0123456789abcdef.*-> Set DATABRICKS_WAREHOUSE_ID"),
    "answered after 58 s": Says(True, WELL),
    "results closed": Says(True, WELL),
    "queued behind others": Says(True, WELL),
    "a secret of Entra's": Says(False, r"^wrong sign_in Signing in by an OAuth secret of Databricks.*Entra"),
    "a principal of Entra's": Says(True, r"^ok sign_in Signed in as .* by a client secret of Entra ID"),
    "a workload's own token": Says(True, r"^ok sign_in Signed in as .* by another identity provider's token"),
    "a workload's token that no policy takes": Says(False, r"^wrong sign_in .*sub .somebody.*-> Make a federation policy"),
    "private link": Says(False, r"(?i)^wrong sign_in .*private.link"),
    "an IP access list": Says(False, r"^wrong sign_in .*blocked by Databricks IP ACL"),
    "an account's host that names the workspace": Says(True, WELL),
    "an account's host that names none": Says(False, r"^wrong sign_in .*-> .*DATABRICKS_WORKSPACE_ID"),
    "an account's host, ?o= as in a browser": Says(True, WELL),
    "tables of another principal": Says(True, WELL, TABLES),
    "grants on schemas only": Says(True, r"^ok readers The group sluice-tenant-default may read"),
    "no grants at all": Says(True, r"^ok readers The group sluice-tenant-default may read"),
    "a group that Unity Catalog does not know": Says(True, r"^ok readers The workspace lists no group sluice-tenant-default"),
    "a governed tag": Says(True, WELL),
    "a governed tag, the column goes": Says(True, WELL, TABLES),
    "a governed tag, a column comes": Says(True, WELL),
    "a column mask by a policy": Says(True, WELL),
    "a column mask": Says(True, WELL),
    "a column mask on a date": Says(True, WELL),
    "a column mask that does not hold for us": Says(True, WELL),
    "a column mask by a policy, an exemption that is not so": Says(True, WELL, TABLES),
    "a column mask, an exemption that is not so": Says(True, WELL, TABLES),
    "a mask on a date, an exemption that is not so": Says(True, WELL, TABLES),
    "a row filter, an exemption that is not so": Says(True, WELL, TABLES),
    "a row filter on silver, an exemption that is not so": Says(True, WELL, TABLES),
    "a row filter that does not hold for us": Says(True, WELL),
    "a row filter by a policy": Says(True, WELL),
    "a row filter": Says(True, WELL),
    "a mask on silver": Says(True, WELL),
    "a row filter on silver": Says(True, WELL),
    "a quota of schemas": Says(True, WELL, QUOTA_LATER),
    "a quota of schemas, as exhaustion": Says(True, WELL, QUOTA_LATER),
    "a quota of tables": Says(True, WELL, QUOTA_LATER),
    "links behind a firewall": Says(True, WELL),
    "links that are reset": Says(True, WELL),
    "managed, then external": Says(True, r"^ok external_location "),
    "external, then managed": Says(True, WELL),
    "external, then elsewhere": Says(True, r"^ok external_location .*\(s3://bucket/moved\)|^ok external_location "),
    "a location bound elsewhere": Says(True, r"^ok external_location ", "a statement's error; whether it is bound is told to its owner alone"),
    "parts without an ETag": Says(True, WELL),
    "a resumable upload": Says(True, WELL),
    "a resumable upload that is cut": Says(True, WELL),
    "no upload in parts": Says(True, WELL),
    "no upload in parts, forbidden": Says(True, WELL),
    "a large file behind a firewall": Says(True, WELL),
    # hard_further.py's.
    "a firewall's page": Says(False, r"^wrong sign_in .*-> A proxy or firewall"),
    "a page that says 200": Says(False, r"^wrong sign_in .*-> A proxy or firewall"),
    "a proxy's sign-in page": Says(False, r"^wrong sign_in .*-> .*DATABRICKS_HOST"),
    "no workspace at that address": Says(False, r"^wrong sign_in .*-> .*DATABRICKS_HOST"),
    "an IP access list, in a header alone": Says(False, r"^wrong sign_in .*blocked by Databricks IP ACL"),
    "an IP access list, as 401": Says(False, r"^wrong sign_in .*-> .*IP access list"),
    "no public access": Says(False, r"^wrong sign_in .*-> .*private link"),
    "a principal that is no member": Says(False, r"^wrong sign_in .*-> Add our principal to the workspace"),
    "a code in small letters": Says(False, r"^wrong catalog .*-> GRANT USE CATALOG"),
    "a secret of Entra's that expired": Says(False, r"^wrong sign_in .*-> The client secret has expired"),
    "tokens that end in the middle": Says(True, WELL),
    "a token that is refused once": Says(True, WELL),
    "a disabled workspace": Says(False, r"^wrong sign_in .*-> .*switch the workspace on"),
    "busy, with Retry-After": Says(True, WELL),
    "a warehouse that was deleted": Says(True, WELL, "only statements are refused"),
    "the Free Edition's compute in use": Says(True, WELL, "only statements are refused"),
    "a quota of tables in the metastore": Says(True, WELL, "of the metastore's own quota of tables nothing is asked"),
    "a catalog bound read-only": Says(True, WELL, TABLES),
    "a storage credential that fails": Says(True, WELL, TABLES),
    "storage that slows down": Says(True, WELL),
    "a conflict without its class": Says(True, WELL),
    "links that expire at once": Says(True, WELL),
    "links that are switched off": Says(True, WELL),
    "parts that are slowed down": Says(True, WELL),
}


@dataclasses.dataclass(frozen=True)
class Case:
    """On a workspace that is easy in all else."""

    name: str
    says: Says
    ways: dict = dataclasses.field(default_factory=dict)
    faults: tuple = ()
    settings: dict = dataclasses.field(default_factory=dict)
    groups: tuple = ()
    by_hand: bool = False  # The tenant's catalog, by an administrator.
    schemas: tuple = ()  # In it, likewise.
    seconds_max: float = 10.0


OAUTH = {**NO_TOKEN, "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_CLIENT_SECRET": CLIENT[1]}
CATALOG = "CATALOG `catalog_tenant_default`"
SCHEMA = "SCHEMA `catalog_tenant_default`.`bronze`"
NOT_FOR_US = {"code": "PERMISSION_DENIED", "message": "Not for this principal."}


def lacks(*pairs):
    return {"withheld": [list(pair) for pair in pairs]}


def forbidden(path):
    return refused(403, NOT_FOR_US["code"], NOT_FOR_US["message"], path=path)


CASES = (
    Case("easy", Says(True, r"^ok catalog_storage It will lie at the metastore's root, s3://metastore-root")),
    Case("an OAuth secret", Says(True, r"^ok sign_in Signed in as client1 by an OAuth secret of Databricks"), settings=OAUTH),
    Case("a catalog made beforehand", Says(True, rf"^ok privileges Our principal has USE CATALOG, CREATE SCHEMA on {CATALOG}"), by_hand=True),
    Case("no CREATE CATALOG", Says(False, r"^wrong privileges .*-> GRANT CREATE CATALOG ON METASTORE TO `client1`;$"),
         lacks(("metastore", "CREATE_CATALOG")), settings=OAUTH),
    Case("no CREATE SCHEMA", Says(False, rf"^wrong privileges .*-> GRANT CREATE SCHEMA ON {CATALOG} TO `client1`;$"),
         lacks(("catalog/.*", "CREATE_SCHEMA")), settings=OAUTH, by_hand=True),
    Case("no USE CATALOG", Says(False, rf"^wrong catalog .* cannot be seen, and a sync must.*-> GRANT USE CATALOG, CREATE SCHEMA ON {CATALOG} TO `client1`;$"),
         lacks(("catalog/.*", "USE_CATALOG")), settings=OAUTH, by_hand=True),
    Case("somebody else's schemas", Says(False, rf"^wrong privileges .*-> GRANT CREATE TABLE, CREATE VOLUME ON {SCHEMA} TO `client1`;$"),
         lacks(("catalog/.*", "CREATE_TABLE"), ("catalog/.*", "CREATE_VOLUME")), settings=OAUTH, by_hand=True, schemas=("bronze", "silver", "gold")),
    Case("privileges by a group", Says(True, r"^ok privileges Our principal has CREATE CATALOG"), {"privileges_of_group": "loaders", "our_groups": ["loaders"]}),
    Case("privileges by a group of others", Says(False, r"^wrong privileges "), {"privileges_of_group": "loaders"}),
    Case("privileges that only an administrator may list", Says(True, r"^warning privileges .*cannot be seen. -> GRANT CREATE CATALOG ON METASTORE"),
         {"privileges_of_group": "loaders", "our_groups": ["loaders"]}, (forbidden(r"effective-permissions/metastore/[^?]*\?max_results"),)),
    Case("who we are is not told", Says(True, r"^warning sign_in Who we are cannot be seen"), faults=(forbidden("scim/v2/Me"),), settings=OAUTH),
    Case("a metastore that is not told", Says(True, r"^warning metastore The metastore \S+ cannot be seen"), faults=(forbidden("metastore_summary"),)),
    Case("a warehouse that is not told", Says(True, r"^warning warehouse .* cannot be seen.*CAN USE"), faults=(forbidden("sql/warehouses"),)),
    Case("groups that are not told", Says(True, r"^warning readers The group sluice-tenant-default cannot be seen"), faults=(forbidden("scim/v2/Groups"),)),
    Case("a pro warehouse that idles for two hours", Says(True, r"^warning cost .*about 7220 s .*about 8.0 DBU .*-> Set its auto-stop"),
         {"warehouse": {"enable_serverless_compute": False, "auto_stop_mins": 120}}),
    Case("a warehouse that never stops", Says(True, r"^warning cost .*never stops by itself: about 12 DBU an hour, day and night"),
         {"warehouse": {"cluster_size": "Small", "auto_stop_mins": 0}}),
    Case("a warehouse that was deleted", Says(False, r"^wrong warehouse .*DELETED"), {"warehouse": {"state": "DELETED"}}),
    Case("a pro warehouse, no metastore root", Says(False, r"^wrong catalog_storage .*-> .*DATABRICKS_ISOLATION=schema"),
         {"catalogs": "ui", "warehouse": {"enable_serverless_compute": False}}),
    Case("a quota of catalogs", Says(False, r"^wrong quota The catalog-quota of metastore \S+ is used up: 0 of 0"), {"quota": {"catalogs": 0}}),
    Case("a quota of schemas, in a catalog", Says(False, r"^wrong quota The schema-quota of catalog catalog_tenant_default is used up: 0 of 2"),
         {"quota": {"schemas": 2}}, by_hand=True),
    Case("a quota of tables, in a schema", Says(False, r"^wrong quota The table-quota of schema catalog_tenant_default.silver is used up"),
         {"quota": {"tables": 0}}, by_hand=True, schemas=("bronze", "silver", "gold")),
    Case("a group of the workspace alone", Says(True, r"^warning readers .*in the account instead"), {"workspace_groups": ["sluice-tenant-default"]}),
    Case("a group, in somebody else's catalog", Says(True, rf"^warning readers .*-> GRANT USE CATALOG ON {CATALOG} TO `sluice-tenant-default`;$"),
         by_hand=True, groups=("sluice-tenant-default",)),
    Case("outside every external location", Says(False, r"^wrong external_location .*lies in no external location"),
         settings={"DATABRICKS_EXTERNAL_LOCATION": "s3://buckets/elsewhere"}),
    Case("a wrong token", Says(False, r"^wrong sign_in Signing in by a token .*Invalid access token.*-> Set a valid DATABRICKS_TOKEN"),
         settings={"DATABRICKS_TOKEN": "dapi-another"}),
    Case("a host that is no workspace's", Says(False, r"^wrong sign_in "), settings={"DATABRICKS_HOST": "http://127.0.0.1:1"}),
    Case("no host", Says(False, r"^wrong settings DATABRICKS_HOST is missing"), settings={"DATABRICKS_HOST": None}),
    Case("no warehouse id", Says(False, r"^wrong settings DATABRICKS_WAREHOUSE_ID is missing"), settings={"DATABRICKS_WAREHOUSE_ID": None}),
    Case("every answer after 2 s", Says(True, WELL), faults=({"action": "delay", "seconds": 2, "count": None},), seconds_max=45),
    Case("every answer after 30 s", Says(False, r"^wrong sign_in .*no answer within 10 s"), faults=({"action": "delay", "seconds": 30, "count": None},),
         seconds_max=15),
    Case("a workspace that is busy now", Says(True, r"^warning warehouse .*could not be looked at"), faults=(refused(503, "TEMPORARILY_UNAVAILABLE", "Busy.", path="sql/warehouses"),)),
)
