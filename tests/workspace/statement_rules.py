"""What a workspace does with a statement before Spark has it: refusals, masks and filters, CREATE CATALOG.

Read in the statement's text: only what Sluice and the tests write is looked for, in scripts as well.
"""

import re

from governance import as_seen, check_quota, is_of_others
from refusals import Bad, Refused
from sign_in import ADMIN
from ways import CLASSIC, MISMATCH, NOT_MANAGER, NO_ROOT, TAGGED, with_class

PART = r"(?:`[^`]+`|\w+)"
NAME = rf"({PART}\.{PART}\.{PART})"
REPLACES = re.compile(rf"\bCREATE\s+OR\s+REPLACE\s+TABLE\s+{NAME}(?P<rest>.*?\bAS\b)", re.S | re.I)
CREATES = re.compile(rf"\bCREATE\s+(?:OR\s+REPLACE\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{NAME}", re.I)
CHANGES = re.compile(rf"\b(?:CREATE\s+OR\s+REPLACE\s+TABLE|ALTER\s+TABLE|INSERT\s+(?:INTO|OVERWRITE)(?:\s+TABLE)?|DROP\s+TABLE(?:\s+IF\s+EXISTS)?)\s+{NAME}", re.I)
DROPS_COLUMN = re.compile(rf"\bALTER\s+TABLE\s+{NAME}\s+DROP\s+COLUMNS?\s*\(?([^;)]*)", re.I)
READS = re.compile(rf"\b(FROM|JOIN)\s+{NAME}", re.I)
ANY_NAME = re.compile(rf"(?<![\w`.]){NAME}")
LOCATION = re.compile(r"\bLOCATION\s+'([^']*)'", re.I)
MAKES_CATALOG = re.compile(rf"\s*CREATE\s+CATALOG\s+(?:IF\s+NOT\s+EXISTS\s+)?({PART})(.*)", re.S | re.I)


def plain(name):
    return name.replace("`", "").lower()


class StatementRules:
    """Threads: safe."""

    def __init__(self, spark, catalog, ways):
        self.spark, self.catalog, self.ways = spark, catalog, ways

    def waits_s(self, principal):
        return 0.0 if principal == ADMIN else self.ways.queued_s

    def run(self, statement, warehouse):
        sql = statement.sql
        if made := MAKES_CATALOG.fullmatch(sql):
            return self.make_catalog(plain(made[1]), made[2], warehouse, statement.principal)
        if statement.principal != ADMIN:
            self.check(sql, warehouse)
            sql = READS.sub(lambda read: f"{read[1]} {as_seen(self.ways, self.spark, read[2])}", sql)
        return self.spark.run(sql, statement.body)

    def make_catalog(self, name, rest, warehouse, principal):
        location = re.search(r"\bMANAGED\s+LOCATION\s+'([^']*)'", rest, re.I)
        # Of a classic warehouse nobody reports that it can; one live note that it cannot.
        may = principal == ADMIN or self.ways.catalogs == "anybody" or (self.ways.catalogs == "sql" and warehouse["enable_serverless_compute"])
        if not location and not may:
            raise Refused("", with_class("INVALID_STATE", NO_ROOT))  # Before IF NOT EXISTS is looked at.
        try:
            self.catalog.make_catalog({"name": name, **({"storage_root": location[1]} if location else {})}, principal, by_sql=True)
        except Bad as bad:
            if not bad.code.endswith("ALREADY_EXISTS"):
                raise Refused("", with_class(bad.code, bad.message)) from bad
        return [], []

    def check(self, sql, warehouse):
        if not warehouse["enable_serverless_compute"] and any(self.catalog.is_default_storage(plain(name).split(".")[0]) for name in ANY_NAME.findall(sql)):
            raise Refused("", CLASSIC)
        for name in {plain(name) for name in CHANGES.findall(sql)}:
            if is_of_others(self.ways, name):
                raise Refused("", "PERMISSION_DENIED: " + NOT_MANAGER.format(what="Table", name=name))
        for name in {plain(name) for name in CREATES.findall(sql)}:
            check_quota(self.ways, "Table", name, self.spark.table_names(name.rpartition(".")[0]) if "tables" in self.ways.quota else [])
        for replaced in REPLACES.finditer(sql):
            self.check_replace(plain(replaced[1]), replaced["rest"])
        for name, columns in DROPS_COLUMN.findall(sql):
            if set(self.ways.of_table(self.ways.governed_tags, plain(name))) & {column.strip(" `").lower() for column in columns.split(",")}:
                raise Refused("", with_class("INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN", TAGGED))

    def check_replace(self, name, rest):
        table = self.spark.table(name)
        if table is None:
            return
        columns = {column["name"].lower() for column in table["columns"]}
        if columns & set(self.ways.of_table(self.ways.governed_tags, name)):
            raise Refused("", with_class("INVALID_PARAMETER_VALUE.CANNOT_DROP_TAGGED_COLUMN", TAGGED))
        wanted = LOCATION.search(rest)
        existing = table["storage_location"] if table["table_type"] == "EXTERNAL" else ""
        if self.ways.locations_checked and existing != (wanted[1] if wanted else ""):
            quoted = ".".join(f"`{part}`" for part in name.split("."))
            places = {"existing": f"`{table['storage_location']}`", "wanted": f"`{wanted[1] if wanted else 's3://metastore-root/__unitystorage'}`"}
            raise Refused("DELTA_TABLE_LOCATION_MISMATCH", MISMATCH.format(name=quoted, **places) + " SQLSTATE: 42613")
