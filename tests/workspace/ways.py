"""How this workspace differs from an easy one: each is a fault switch that lasts until it is put back.

`POST /_control/ways` sets those that are named, `DELETE` puts all back. An administrator (sign_in.py) meets none of them.
Wordings are those of real workspaces; behind each stands where it was read.
"""

import dataclasses
import re

# Of the metastore's root storage: databricks/cli#5695 and #4513 (REST: 400 INVALID_STATE); a statement's has the class in
# front, jOOQ/jOOQ#18824.
NO_ROOT = (
    "Metastore storage root URL does not exist. Default Storage is enabled in your account. You can use the UI to create a new catalog using Default "
    "Storage, or please provide a storage location for the catalog (for example 'CREATE CATALOG myCatalog MANAGED LOCATION '<location-path>')."
)
# Databricks' docs on default storage; a private preview's notebook that shows it with BAD_REQUEST.
CLASSIC = "Databricks Default Storage cannot be accessed using Classic Compute. Please use Serverless compute to access data in Default Storage"
# databricks/dbt-databricks#1323.
TAGGED = (
    "Column cannot be dropped because it has one or more governed tags assigned. Please remove the tag(s) before dropping the column. For guidance "
    "please refer to the documentation https://docs.databricks.com/aws/en/database-objects/tags#drop."
)
# Task output of a workspace at its quota: QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED of a statement, QUOTA_EXCEEDED of REST.
QUOTA = "Cannot create 1 {what}(s) in {parent} {id} (estimated count: {count}, limit: {limit})."
# Statement of an account's `GRANT` without being owner, as several public logs have it.
NOT_MANAGER = "User does not have MANAGE on {what} '{name}'."
# unitycatalog's and Delta's: delta-error-classes.json, DELTA_TABLE_LOCATION_MISMATCH.
MISMATCH = "The location of the existing table {name} is {existing}. It doesn't match the specified location {wanted}."


def with_class(error_class, message):
    """As Unity Catalog's errors come out of a statement."""
    return f"[RequestId=00000000-0000-0000-0000-000000000000 ErrorClass={error_class}] {message}"


@dataclasses.dataclass
class Ways:
    """Tables and catalogs are named by regular expressions that their whole full name must match."""

    # Of the metastore: aws, azure, gcp.
    cloud: str = "aws"
    # Who may make a catalog without a storage location: "anybody" (by REST or SQL), "sql" (only a serverless warehouse
    # can), "root" (only with a storage_root below an external location), "ui" (nobody but a person in the UI).
    catalogs: str = "anybody"
    # Result links are of objects encrypted with a key that their `http_headers` bring: databricks-jdbc#76.
    sse_c: bool = False
    # Of the warehouse: fields of GET /api/2.0/sql/warehouses/{id} that are other than usual.
    warehouse: dict = dataclasses.field(default_factory=dict)
    # Seconds for which a statement waits behind those of others, while the warehouse runs.
    queued_s: float = 0.0
    # [table, column]: columns with a governed tag. CREATE OR REPLACE and DROP COLUMN are refused, INSERT OVERWRITE is not.
    governed_tags: list = dataclasses.field(default_factory=list)
    # [table, column]: columns that our principal sees masked, as `***` or NULL.
    masks: list = dataclasses.field(default_factory=list)
    # [table, condition]: rows that our principal sees.
    row_filters: list = dataclasses.field(default_factory=list)
    # Both are there, and our principal is exempt from them.
    exempt: bool = False
    # Tables that belong to another principal: they can be read.
    owned_by_others: list = dataclasses.field(default_factory=list)
    # [securable, privilege]: what our principal lacks, `["catalog/.*", "CREATE_SCHEMA"]`, `["metastore", "CREATE_CATALOG"]`.
    # Effective permissions leave it out; refused for it are calls that want USE_CATALOG, CREATE_SCHEMA, CREATE_CATALOG
    # or CREATE_MANAGED_STORAGE.
    withheld: list = dataclasses.field(default_factory=list)
    # Its privileges are those of this group (databricks-genie-workbench#368: they are then not listed as its own); the groups
    # that it is in; groups that are the workspace's alone.
    privileges_of_group: str = ""
    our_groups: list = dataclasses.field(default_factory=list)
    workspace_groups: list = dataclasses.field(default_factory=list)
    # {"catalogs" | "schemas" | "tables": how many there may be in one parent}; what REST says: its status and code.
    quota: dict = dataclasses.field(default_factory=dict)
    quota_error: list = dataclasses.field(default_factory=lambda: [400, "QUOTA_EXCEEDED"])
    # Kinds of securables on which we may not grant (`catalog`, `schema`).
    no_grants_on: list = dataclasses.field(default_factory=list)
    # CREATE OR REPLACE with another location than the table has is refused; Delta here does only some of it.
    locations_checked: bool = True
    # "named": a host of a whole account, whose /.well-known/databricks-config says the workspace; "unnamed": it does not.
    account_wide: str = ""
    # Uploads: parts are answered with an ETag; by Google's protocol; or not at all, with this status.
    etags: bool = True
    resumable: bool = False
    no_parts: int = 0
    # Listings of folders: the first page is empty, with a token; so many items a page; folders end in a slash, as
    # recorded.jsonl has them of /fs/list.
    empty_page: bool = False
    page_items: int = 1000
    trailing_slash: bool = False

    def put(self, changes):
        for name, value in changes.items():
            if name not in self.__dataclass_fields__:
                raise ValueError(f"no such way: {name}")
            setattr(self, name, value)

    def clear(self):
        self.put(dataclasses.asdict(Ways()))

    def of_table(self, rules, name):
        """What `rules`, pairs of a table and something, say of that table."""
        return [what for table, what in rules if re.fullmatch(table, name)]


# What most accounts have that were made since November 2023, and what any workspace may do any day.
HARD = {"catalogs": "sql", "sse_c": True, "trailing_slash": True, "empty_page": True}
