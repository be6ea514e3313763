"""Reads a bronze and a silver table with delta-rs, as somebody else's program would.

    delta_check.py PROGRAM

PROGRAM is lakehouse_test: its test WritesTablesForOthers leaves the tables in SLUICE_DELTA_OUT. Exit 77 (skipped)
where the module deltalake is not installed.
"""
import os
import subprocess
import sys
import tempfile

try:
    from deltalake import DeltaTable
except ImportError:
    print("SKIPPED: no module deltalake in this Python; pip install deltalake pyarrow")
    sys.exit(77)

import pyarrow.parquet as pq

BRONZE = {
    "id": "long", "amount": "decimal(9,2)", "ratio": "double", "ok": "boolean", "day": "date",
    "at": "timestamp_ntz", "instant": "timestamp", "note": "string", "_batch": "long",
}


def types(table):
    return {f.name: str(f.type.type) for f in table.schema().fields if hasattr(f.type, "type")}


def main():
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.argv[1], "--gtest_filter=*WritesTablesForOthers"], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "SLUICE_DELTA_OUT": out})
        catalog = os.path.join(out, "catalog_tenant_x")
        bronze = DeltaTable(os.path.join(catalog, "bronze", "sales"))
        assert types(bronze) == BRONZE, types(bronze)
        rows = bronze.to_pyarrow_table().to_pylist()
        assert len(rows) == 4 and {r["_batch"] for r in rows} == {2}, rows
        assert bronze.version() == 1
        assert DeltaTable(bronze.table_uri, version=0).to_pyarrow_table().num_rows == 2
        comments = {f.name: f.metadata.get("comment") for f in bronze.schema().fields}
        assert comments["id"] == "Order ID", comments

        silver = DeltaTable(os.path.join(catalog, "silver", "sales_clean"))
        assert "_batch" not in types(silver)
        assert types(silver)["note"] == "long", types(silver)
        assert silver.to_pyarrow_table().num_rows == 2
        quarantine = DeltaTable(os.path.join(catalog, "silver", "sales_quarantine"))
        [row] = quarantine.to_pyarrow_table().to_pylist()
        assert row["_column"] == "note" and row["_reason"] == '"x" is not a BIGINT', row

        # What the Parquet itself says: local times are not instants.
        [file] = bronze.file_uris()
        schema = pq.read_schema(file)
        assert str(schema.field("at").type) == "timestamp[us]", schema
        assert str(schema.field("instant").type) == "timestamp[us, tz=UTC]", schema
    print("delta-rs reads bronze, silver and quarantine as written")


main()
