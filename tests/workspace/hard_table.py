"""The switches of the suite "hard workspace", one row each: what is switched, and what must come of it.

A stage (first sync, second sync, query, drop) must end as one of the words in its column:
`right`      tables, rows or absence as they must be, compared value by value
`needs_you`  refused with that class, and with words that the row's `remedy` finds
`transient`  refused with that class
`governed`   a query's rows are what a mask or filter leaves of the right ones
Never as `bug`, and never wrong under `synced`. After a refusal the cure is applied, and the same sync must then come right.
"""

import dataclasses

from sign_in import CLIENT, ENTRA, WORKSPACE_ID, jwt

ANY_STATEMENT = "/sql/statements"
SCHEMAS = {"DATABRICKS_ISOLATION": "schema", "DATABRICKS_CATALOG": "workspace"}
EXTERNAL = {"DATABRICKS_EXTERNAL_LOCATION": "s3://bucket/tables"}
NO_TOKEN = {"DATABRICKS_TOKEN": None}


@dataclasses.dataclass(frozen=True)
class Switch:
    name: str
    ways: dict = dataclasses.field(default_factory=dict)
    faults: tuple = ()  # Added anew at each stage.
    since: str = "first"  # Or "second": switched on when the first sync is done.
    settings: dict = dataclasses.field(default_factory=dict)  # Of Sluice; None: not set. `{host}` is the workspace's.
    on: dict = dataclasses.field(default_factory=dict)  # Further ones, with which Sluice is started while the switch is on.
    by_hand: str = ""  # The catalog that an administrator makes beforehand, …
    default_storage: bool = False  # … on Databricks' own storage,
    cure_by_hand: str = ""  # or only as the cure.
    groups: tuple = ()
    content: str = "small"  # "large": in parts; "a column goes", "a column comes": with the second version.
    first: str = "right"
    second: str = "right"
    query: str = "right"
    drop: str = "right"
    remedy: str = ""
    granted: str = ""  # What the grants must have in them after the first sync.
    called: str = ""  # What the first sync must call, as `METHOD path`, …
    uncalled: str = ""  # … and what not.
    warned: str = ""  # What `last_sync_warning` must find after it; empty: whatever.
    statements_max: int | None = None  # Of the first sync.
    in_test: bool = False  # `make test` has it; all are in `make soak`.


def refused(status, code, message, **more):
    return {"action": "status", "status": status, "code": code, "message": message, "count": None, **more}


def failed(message, body=""):
    return {"action": "statement", "method": "POST", "path": ANY_STATEMENT + "$", "body": body, "message": message, "count": None}


# databricks-sdk-py, errors/private_link.py: what it takes for this.
PRIVATE_LINK = {
    "action": "status", "status": 302, "path": "^/(api|oidc)", "text": "", "count": None,
    "headers": {"Location": f"/login.html?error=private-link-validation-error:{WORKSPACE_ID}"},
}
IP_LIST = refused(403, 403, f"Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: {WORKSPACE_ID}", path="^/(api|oidc)")
# databricks-sdk-java, a test of its ApiErrorBody.
NO_METASTORE = refused(404, "METASTORE_DOES_NOT_EXIST", "No metastore assigned for the current workspace.", path="/unity-catalog/")
# Azure's storage behind its firewall, as many public logs have it.
FIREWALL = refused(403, "", "", path="^/_presigned/", text='<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationFailure</Code>'
                   "<Message>This request is not authorized to perform this operation.</Message></Error>")
CUT_OFF = {"action": "reset", "path": "^/_presigned/", "count": None}
# Of a catalog bound to other workspaces; a location's likewise (terraform-provider-databricks#3903).
BOUND = "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\nExternal Location 'location0' is not accessible in current workspace SQLSTATE: 42501"
CATALOG_BOUND = refused(403, "PERMISSION_DENIED", "Catalog 'catalog_tenant_default' is not accessible in current workspace", path="/unity-catalog/(catalogs|schemas|volumes|tables|permissions)")
WHOLE_FILE = "PUT /api/2.0/fs/files"
UNNAMED = {"account_wide": "unnamed"}

MAKE_CATALOG = r"Catalog Explorer|DATABRICKS_ISOLATION=schema"
BRONZE = r".*bronze\.orders"
POLICY = {"first": "right|needs_you", "second": "right|needs_you", "query": "right|needs_you|governed"}
LATER = {"since": "second", "second": "right|needs_you", "query": "right|needs_you|governed"}
CLAIMED = {"DATABRICKS_EXEMPT_FROM_MASKS": "true"}
LATER_REFUSED = {"since": "second", "second": "needs_you", "query": "right|needs_you|governed"}
POLICY_REFUSED = {"first": "needs_you", "second": "needs_you", "query": "right|needs_you|governed"}
REFUSED = {"first": "needs_you", "second": "needs_you", "query": "needs_you", "drop": "needs_you"}

SWITCHES = (
    # Catalogs. Of a metastore without a root, which all others here have as well: a statement makes the catalog.
    Switch("no metastore root", statements_max=3),
    Switch("no metastore root, external bronze", settings=EXTERNAL, in_test=True),
    Switch("no metastore root, SQL refused", {"catalogs": "root"}, first="needs_you", remedy=MAKE_CATALOG, cure_by_hand="catalog_tenant_default"),
    Switch("no metastore root, SQL refused, a root given", {"catalogs": "root"}, settings={"DATABRICKS_CATALOG_STORAGE_ROOT": "s3://bucket/catalogs"}),
    Switch("no metastore root, UI only", {"catalogs": "ui"}, first="needs_you", remedy=MAKE_CATALOG, cure_by_hand="catalog_tenant_default"),
    Switch("no metastore root, UI only, a root given", {"catalogs": "ui"}, settings={"DATABRICKS_CATALOG_STORAGE_ROOT": "s3://bucket/catalogs"},
           first="needs_you", remedy=MAKE_CATALOG + "|CREATE MANAGED STORAGE", cure_by_hand="catalog_tenant_default"),
    Switch("Free Edition", {"catalogs": "ui"}, settings=SCHEMAS, by_hand="workspace", default_storage=True),
    Switch("no metastore", faults=(NO_METASTORE,), **REFUSED, remedy=r"(?i)metastore|Unity Catalog"),
    Switch("a catalog bound elsewhere", faults=(CATALOG_BOUND,), **REFUSED, remedy=r"(?i)\b(bind|binding|bound|assign)"),
    # Warehouses.
    Switch("a classic warehouse on default storage", {"warehouse": {"warehouse_type": "CLASSIC", "enable_serverless_compute": False}}, settings=SCHEMAS,
           by_hand="workspace", default_storage=True, first="needs_you", second="needs_you", query="needs_you", remedy=r"(?i)serverless", in_test=True),
    Switch("a wrong warehouse id", on={"DATABRICKS_WAREHOUSE_ID": "0123456789abcdef"}, first="needs_you", second="needs_you",
           query="needs_you", remedy=r"DATABRICKS_WAREHOUSE_ID"),
    Switch("answered after 58 s", faults=({"action": "delay", "seconds": 58, "method": "POST", "path": ANY_STATEMENT + "$", "body": "OVERWRITE|REPLACE"},),
           statements_max=3),
    # Of both tables' statements, and of each that is polled.
    Switch("results closed", faults=({"action": "closed", "method": "POST", "path": ANY_STATEMENT + "$", "body": "OVERWRITE|REPLACE", "count": 2},
                                     {"action": "closed", "method": "GET", "path": ANY_STATEMENT + "/[^/]+$", "count": None}), query="right|transient"),
    Switch("queued behind others", {"queued_s": 12}),
    # Who asks, and from where.
    Switch("a secret of Entra's", settings={**NO_TOKEN, "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_CLIENT_SECRET": CLIENT[1]},
           on={"DATABRICKS_CLIENT_ID": ENTRA[1], "DATABRICKS_CLIENT_SECRET": ENTRA[2]}, **REFUSED, remedy=r"Entra"),
    Switch("a principal of Entra's", settings={**NO_TOKEN, "ARM_TENANT_ID": ENTRA[0], "ARM_CLIENT_ID": ENTRA[1], "ARM_CLIENT_SECRET": ENTRA[2],
                                               "ARM_LOGIN_HOST": "{host}"}),
    Switch("a workload's own token", settings={**NO_TOKEN, "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_OIDC_TOKEN": jwt()}),
    Switch("a workload's token that no policy takes", settings={**NO_TOKEN, "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_OIDC_TOKEN": jwt()},
           on={"DATABRICKS_OIDC_TOKEN": jwt(sub="somebody")}, **REFUSED, remedy=r"sub \"somebody\".*federation policy"),
    Switch("private link", faults=(PRIVATE_LINK,), **REFUSED, remedy=r"(?i)private.?link"),
    Switch("an IP access list", faults=(IP_LIST,), **REFUSED, remedy=r"(?i)ip access list|allow.*address|address.*allow"),
    Switch("an account's host that names the workspace", {"account_wide": "named"}),
    Switch("an account's host that names none", UNNAMED, **REFUSED, remedy=r"(?i)workspace.?id|\?o="),
    Switch("an account's host, ?o= as in a browser", UNNAMED, settings={"DATABRICKS_HOST": "{host}/?o=" + WORKSPACE_ID}),
    Switch("tables of another principal", {"owned_by_others": [".*"]}, since="second", second="needs_you", drop="needs_you", remedy=r"MANAGE|owner|own "),
    Switch("grants on schemas only", {"no_grants_on": ["catalog"]}, groups=("sluice-tenant-default",), granted=r"schema/\S+silver sluice-tenant-default.*SELECT",
           warned=r"GRANT USE CATALOG ON CATALOG `catalog_tenant_default` TO `sluice-tenant-default`;"),
    Switch("no grants at all", {"no_grants_on": ["catalog", "schema"]}, groups=("sluice-tenant-default",),
           warned=r"GRANT USE SCHEMA, SELECT ON SCHEMA `catalog_tenant_default`.`silver` TO `sluice-tenant-default`;"),
    Switch("a group that Unity Catalog does not know", warned=r"no group sluice-tenant-default.*make that group in the account"),
    # What governance does to tables.
    Switch("a governed tag", {"governed_tags": [[BRONZE + "|.*_clean", "region"]]}, since="second", in_test=True),
    Switch("a governed tag, the column goes", {"governed_tags": [[BRONZE + "|.*_clean", "region"]]}, since="second", content="a column goes",
           second="needs_you", remedy=r"(?i)\btags?\b.*region|region.*\btags?\b"),
    Switch("a governed tag, a column comes", {"governed_tags": [[BRONZE + "|.*_clean", "region"]]}, since="second", content="a column comes",
           second="right|needs_you", remedy=r"(?i)\btags?\b"),
    Switch("a column mask by a policy", {"masks": [[BRONZE, "region"]]}, **POLICY, remedy=r"(?i)mask"),
    Switch("a column mask", {"masks": [[BRONZE, "region"]]}, **LATER, remedy=r"(?i)mask", in_test=True),
    Switch("a column mask on a date", {"masks": [[BRONZE, "when"]]}, **LATER, remedy=r"(?i)mask"),
    Switch("a column mask that does not hold for us", {"masks": [[BRONZE, "region"]], "exempt": True}, settings=CLAIMED),
    Switch("a column mask by a policy, an exemption that is not so", {"masks": [[BRONZE, "region"]]}, settings=CLAIMED, **POLICY_REFUSED,
           remedy=r"main\.governance\.mask"),
    Switch("a column mask, an exemption that is not so", {"masks": [[BRONZE, "region"]]}, settings=CLAIMED, **LATER_REFUSED,
           remedy=r"region.*main\.governance\.mask", in_test=True),
    Switch("a mask on a date, an exemption that is not so", {"masks": [[BRONZE, "when"]]}, settings=CLAIMED, **LATER_REFUSED, remedy=r"when"),
    Switch("a row filter, an exemption that is not so", {"row_filters": [[BRONZE, "region = 'north'"]]}, settings=CLAIMED, **LATER_REFUSED,
           remedy=r"main\.governance\.filter"),
    Switch("a row filter on silver, an exemption that is not so", {"row_filters": [[r".*\.orders_clean", "region = 'north'"]]}, settings=CLAIMED,
           **LATER_REFUSED, remedy=r"main\.governance\.filter"),
    Switch("a row filter that does not hold for us", {"row_filters": [[BRONZE + r"|.*\.orders_clean", "region = 'north'"]], "exempt": True}, settings=CLAIMED),
    Switch("a row filter by a policy", {"row_filters": [[BRONZE, "region = 'north'"]]}, **POLICY, remedy=r"(?i)filter"),
    Switch("a row filter", {"row_filters": [[BRONZE, "region = 'north'"]]}, **LATER, remedy=r"(?i)filter"),
    Switch("a mask on silver", {"masks": [[r".*\.orders_clean", "region"]]}, **LATER, remedy=r"(?i)mask"),
    Switch("a row filter on silver", {"row_filters": [[r".*\.orders_clean", "region = 'north'"]]}, **LATER, remedy=r"(?i)filter"),
    Switch("a quota of schemas", {"quota": {"schemas": 1}}, first="needs_you", remedy=r"(?i)quota|limit"),
    Switch("a quota of schemas, as exhaustion", {"quota": {"schemas": 1}, "quota_error": [429, "RESOURCE_EXHAUSTED"]}, first="needs_you", remedy=r"(?i)quota|limit"),
    Switch("a quota of tables", {"quota": {"tables": 0}}, first="needs_you", remedy=r"(?i)quota|limit"),
    # Where the files are.
    Switch("links behind a firewall", faults=(FIREWALL,), in_test=True),
    Switch("links that are reset", faults=(CUT_OFF,)),
    Switch("managed, then external", since="second", on=EXTERNAL, second="right|needs_you", remedy=r"(?i)drop|DATABRICKS_EXTERNAL_LOCATION"),
    Switch("external, then managed", since="second", settings=EXTERNAL, on=dict.fromkeys(EXTERNAL), second="right|needs_you", remedy=r"(?i)drop|DATABRICKS_EXTERNAL_LOCATION"),
    Switch("external, then elsewhere", since="second", settings=EXTERNAL, on={"DATABRICKS_EXTERNAL_LOCATION": "s3://bucket/moved"}, second="right|needs_you",
           remedy=r"(?i)drop|DATABRICKS_EXTERNAL_LOCATION"),
    Switch("a location bound elsewhere", faults=(failed(BOUND, "LOCATION"),), settings=EXTERNAL, first="needs_you", second="right|needs_you",
           remedy=r"(?i)\b(bind|binding|bound|assign)"),
    # Large files.
    Switch("parts without an ETag", {"etags": False}, content="large", called="create-upload-part-urls", uncalled=WHOLE_FILE),
    Switch("a resumable upload", {"resumable": True}, content="large", called="create-resumable-upload-url", uncalled=WHOLE_FILE),
    Switch("a resumable upload that is cut", {"resumable": True}, faults=({"action": "half_body", "method": "PUT", "path": "^/_presigned/", "count": 2},), content="large",
           called="create-resumable-upload-url", uncalled=WHOLE_FILE),
    Switch("no upload in parts", {"no_parts": 400}, content="large", called=WHOLE_FILE),
    Switch("no upload in parts, forbidden", {"no_parts": 403}, content="large", called=WHOLE_FILE),
    Switch("a large file behind a firewall", faults=(FIREWALL,), content="large", called=WHOLE_FILE),
)
