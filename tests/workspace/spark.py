"""Spark with Delta Lake behind the workspace: catalogs, schemas, tables, statements.

`catalog.schema.table` is resolved by Spark itself (java/sluice/workspace/UnityCatalog.java). Two things are
translated, in the statement's text: a volume's path to its folder on the disk, a cloud address likewise.
"""

import glob
import re
import threading

from pyspark.sql import SparkSession


class Refused(Exception):
    """A statement that Databricks would refuse, with the class it would name."""

    def __init__(self, error_class: str, message: str):
        super().__init__(f"[{error_class}] {message}" if error_class else message)


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

    def run(self, sql):
        """(columns, rows): columns as (name, type), cells as text or None."""
        frame = self.session.sql(self._translated(sql))
        columns = [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]
        if not columns:
            return [], []
        texts = frame.select([frame[f"`{name}`"].cast("string") for name, _ in columns])
        return columns, [list(row) for row in texts.collect()]

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

    def drop_table(self, full_name):
        catalog, schema, name = full_name.split(".")
        self.session.sql(f"DROP TABLE spark_catalog.`{catalog}__{schema}`.`{name}`")
