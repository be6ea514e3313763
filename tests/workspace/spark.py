"""Spark with Delta Lake behind the workspace: catalogs, schemas, tables, statements.

`catalog.schema.table` is resolved by Spark itself (java/sluice/workspace/UnityCatalog.java). Two things are
translated, in the statement's text: a volume's path to its folder on the disk, a cloud address likewise.
"""

import glob
import re
import threading

from pyspark.sql import SparkSession, functions

from refusals import Refused


NAMES = {
    "byte": "BYTE", "short": "SHORT", "integer": "INT", "long": "LONG", "float": "FLOAT", "double": "DOUBLE", "decimal": "DECIMAL",
    "string": "STRING", "boolean": "BOOLEAN", "binary": "BINARY", "date": "DATE", "timestamp": "TIMESTAMP",
    "array": "ARRAY", "map": "MAP", "struct": "STRUCT", "void": "NULL",
}


def described(at, field):
    """A column of a manifest (databricks.sdk.service.sql.ColumnInfo)."""
    kind = field.dataType
    column = {"name": field.name, "position": at, "type_text": kind.simpleString().upper()}
    # TIMESTAMP_NTZ is none of the API's names.
    column["type_name"] = NAMES.get(kind.typeName(), "USER_DEFINED_TYPE")
    if kind.typeName() == "decimal":
        column |= {"type_precision": kind.precision, "type_scale": kind.scale}
    return column


def as_text(column, kind):
    match kind.typeName():
        case "timestamp":
            return functions.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSX")
        case "timestamp_ntz":
            return functions.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS")
        case "binary":
            return functions.base64(column)
        case "array" | "map" | "struct":
            return functions.to_json(column)
        case _:
            return column.cast("string")


def with_parameters(sql, parameters):
    """`:name` outside of quotes as literals: Delta's parser does not pass Spark's own parameters on."""
    values = {}
    for each in parameters:
        text = "NULL" if each.get("value") is None else "'" + re.sub(r"(['\\\\])", r"\\\1", str(each["value"])) + "'"
        values[each["name"]] = f"CAST({text} AS {each.get('type', 'STRING')})"

    def one(match):
        if match[1] is None:
            return match[0]
        if match[1] not in values:
            raise Refused("UNBOUND_SQL_PARAMETER", f"Found the unbound parameter: {match[1]}")
        return values[match[1]]

    return re.sub(r"'(?:[^'\\]|\\.)*'|`[^`]*`|(?<!:):([A-Za-z_]\w*)", one, sql) if values else sql


class Spark:
    """One session for all statements; those of different threads run side by side."""

    def __init__(self, root, jars, classes, external_locations=()):
        self.root = root
        self.external_locations = list(external_locations)
        self._lock = threading.Lock()
        paths = ":".join([str(classes), *map(str, glob.glob(f"{jars}/*.jar"))])
        self.session = (
            SparkSession.builder.master("local[2]")
            .appName("workspace")
            .config("spark.driver.extraClassPath", paths)
            .config("spark.driver.memory", "2g")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.sql.sources.default", "delta")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", str(root / "managed"))
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "2")
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")

    def add_catalog(self, name):
        self.session.conf.set(f"spark.sql.catalog.{name}", "sluice.workspace.UnityCatalog")

    def add_schema(self, catalog, schema):
        self.session.sql(f"CREATE DATABASE IF NOT EXISTS spark_catalog.`{catalog}__{schema}`")

    def _translated(self, sql):
        for location in re.findall(r"\bLOCATION\s+'([^']*)'", sql):
            if location.startswith(("/Volumes", "dbfs:/Volumes")):
                raise Refused("INVALID_PARAMETER_VALUE.LOCATION_OVERLAP", "Missing cloud file system scheme")
            if not any(location.startswith(allowed + "/") for allowed in self.external_locations):
                raise Refused("NO_PARENT_EXTERNAL_LOCATION_FOR_PATH", f"No parent external location for {location}")
        sql = re.sub(r"\bLOCATION\s+'(\w+)://", lambda m: f"LOCATION 'file://{self.root}/cloud/{m[1]}/", sql)
        return sql.replace("parquet.`/Volumes/", f"parquet.`{self.root}/volumes/")

    def run(self, sql, options):
        """(columns, rows): columns as the API describes them, cells as its JSON_ARRAY has them: text or None."""
        frame = self.session.sql(self._translated(with_parameters(sql, options.get("parameters", []))))
        fields = frame.schema.fields
        if not fields:
            return [], []
        texts = frame.toDF(*(f"c{at}" for at in range(len(fields))))
        texts = texts.select([as_text(texts[f"c{at}"], field.dataType) for at, field in enumerate(fields)])
        return [described(at, field) for at, field in enumerate(fields)], [list(row) for row in texts.collect()]

    def table(self, full_name):
        """What Unity Catalog says of a table; None where there is none."""
        catalog, schema, name = full_name.split(".")
        inner = f"spark_catalog.`{catalog}__{schema}`.`{name}`"
        if not self.session.catalog.tableExists(inner):
            return None
        described = {row.col_name: row.data_type for row in self.session.sql(f"DESCRIBE TABLE EXTENDED {inner}").collect()}
        properties = {row.key: row.value for row in self.session.sql(f"SHOW TBLPROPERTIES {inner}").collect()}
        fields = self.session.table(inner).schema.fields
        location = described.get("Location", "").replace(f"file:{self.root}/cloud/", "")
        scheme, _, rest = location.partition("/")
        return {
            "name": name,
            "catalog_name": catalog,
            "schema_name": schema,
            "full_name": full_name,
            "table_type": described.get("Type", "MANAGED"),
            "data_source_format": "DELTA",
            "storage_location": f"{scheme}://{rest}" if described.get("Type") == "EXTERNAL" else location,
            "properties": properties,
            "columns": [
                {
                    "name": field.name,
                    "type_text": field.dataType.simpleString(),
                    "type_name": field.dataType.typeName().upper(),
                    "position": position,
                    "nullable": field.nullable,
                    **({"comment": field.metadata["comment"]} if "comment" in field.metadata else {}),
                }
                for position, field in enumerate(fields)
            ],
        }

    def drop_schema(self, catalog, schema):
        self.session.sql(f"DROP DATABASE IF EXISTS spark_catalog.`{catalog}__{schema}` CASCADE")

    def table_names(self, schema):
        catalog, _, name = schema.partition(".")
        return sorted(row.tableName for row in self.session.sql(f"SHOW TABLES IN spark_catalog.`{catalog}__{name}`").collect())

    def external_tables(self):
        """(location, name) of all external tables."""
        found = []
        for row in self.session.sql("SHOW DATABASES IN spark_catalog").collect():
            catalog, _, schema = row.namespace.strip("`").partition("__")
            for name in self.table_names(f"{catalog}.{schema}") if schema else []:
                table = self.table(f"{catalog}.{schema}.{name}")
                if table and table["table_type"] == "EXTERNAL":
                    found.append((table["storage_location"], table["full_name"]))
        return found

    def drop_table(self, full_name):
        catalog, schema, name = full_name.split(".")
        self.session.sql(f"DROP TABLE spark_catalog.`{catalog}__{schema}`.`{name}`")
