"""Syncs to real Spark and Delta behind Databricks' APIs: what arrives, what it costs, what faults do."""

import os
import time

import pytest

STATEMENTS = "/api/2.0/sql/statements"
ORDERS = b"""Order ID,region,amount,when,day
007,north,"1,234.50",2024-01-31 10:00:00,31.01.2024
008,south,7.00,2024-02-29 23:59:59.5,1.2.2024
009,NA,12.25,2024-03-01 00:00:00,15.03.2024
009,NA,12.25,2024-03-01 00:00:00,15.03.2024
"""


def numbered(rows):
    return ("Order ID,amount\n" + "".join(f"{i:03},\"{i * 1000:,}.5\"\n" for i in range(1, rows + 1))).encode()


def counted(workspace, before):
    after = workspace.control()
    return {name: len(after[name]) - len(before[name]) for name in ("statements", "calls")}


def test_every_cell_arrives_in_two_statements(workspace, on_workspace):
    before = workspace.control()
    dataset = on_workspace.upload(ORDERS, "orders.csv")["id"]
    status = on_workspace.wait_status(dataset)
    cost = counted(workspace, before)
    assert status["lakehouse"] == "databricks" and status["bronze_kind"] == "managed"
    assert (status["row_count_databricks"], status["row_count_silver"], status["duplicates_removed"]) == (4, 3, 1)
    assert workspace.sql(f"SELECT * FROM {status['bronze_table']} ORDER BY 1 LIMIT 1") == [
        ["007", "north", "1,234.50", "2024-01-31T10:00:00.000000", "31.01.2024", "1"]
    ]
    assert workspace.sql(f"SELECT * FROM {status['silver_table']} ORDER BY 1") == [
        ["007", "north", "1234.50", "2024-01-31T10:00:00.000000", "2024-01-31"],
        ["008", "south", "7.00", "2024-02-29T23:59:59.500000", "2024-02-01"],
        ["009", "NA", "12.25", "2024-03-01T00:00:00.000000", "2024-03-15"],
    ]
    table = workspace.call("GET", f"/api/2.1/unity-catalog/tables/{status['bronze_table']}").json()
    assert [column["type_text"] for column in table["columns"]] == [
        "string", "string", "string", "timestamp_ntz", "string", "bigint",
    ]
    assert table["columns"][0]["comment"] == "Order ID"
    print(f"first sync: {cost}")
    assert cost["statements"] == 2

    before = workspace.control()
    on_workspace.new_version(dataset, ORDERS + b"010,east,1.00,2024-03-02 00:00:00,16.03.2024\n", "orders.csv")
    on_workspace.wait_status(dataset, synced_version=2)
    cost = counted(workspace, before)
    print(f"second sync: {cost}")
    assert cost["statements"] == 2
    assert workspace.sql(f"SELECT count(*), min(_batch) FROM {status['bronze_table']}") == [["5", "2"]]


def test_headers_that_spark_takes_for_one(workspace, on_workspace):
    """Ä and ä, İ and i, Σ and ς are one name to Spark or Delta each: without our numbers the statement is refused."""
    headers = ["Ä", "ä", "A", "a", "İ", "i", "ı", "ΣΑΣ", "σας", "ß", "SS", "é", "e\u0301", "CO₂", "CO2", "x\u200by", "xy", "from", "_batch"]
    names = ["Ä", "ä_2", "A", "a_2", "İ", "i_2", "ı_3", "ΣΑΣ", "σας_2", "ß", "SS_2", "é", "e\u0301_2", "CO₂", "CO2", "x\u200by", "xy_2", "from", "_batch_2"]
    cells = [f"v{i}" for i in range(len(headers))]
    dataset = on_workspace.upload("\n".join([",".join(headers), ",".join(cells), ""]).encode(), "headers.csv")["id"]
    status = on_workspace.wait_status(dataset)
    assert status["last_sync_error"] is None and (status["row_count_databricks"], status["row_count_silver"]) == (1, 1)
    for layer, expected in (("bronze", [*names, "_batch"]), ("silver", None)):
        table = workspace.call("GET", f"/api/2.1/unity-catalog/tables/{status[f'{layer}_table']}").json()
        assert expected is None or [column["name"] for column in table["columns"]] == expected
        assert workspace.sql(f"SELECT * FROM {status[f'{layer}_table']}") == [[*cells, *(["1"] if expected else [])]]
    # A name finds its own column only, in either engine.
    for name, cell in (("ä_2", "v1"), ("i_2", "v5"), ("σας_2", "v8"), ("e\u0301_2", "v12"), ("xy_2", "v16")):
        assert workspace.sql(f"SELECT `{name}` FROM {status['bronze_table']}") == [[cell]]
        assert on_workspace.lakehouse(f'SELECT "{name}" FROM {status["bronze_table"]}')["rows"] == [[cell]]


FAULTS = {
    "429": {"action": "status", "status": 429, "retry_after": 1, "path": STATEMENTS, "method": "POST"},
    "503 twice": {"action": "status", "status": 503, "count": 2, "path": STATEMENTS, "method": "POST"},
    "500": {"action": "status", "status": 500, "path": STATEMENTS, "method": "POST"},
    "reset": {"action": "reset", "path": STATEMENTS, "method": "POST"},
    "bronze's answer lost": {"action": "lost", "path": STATEMENTS, "method": "POST", "body": "bronze`.`numbers` (USING|BY NAME)"},
    "silver's answer lost": {"action": "lost", "path": STATEMENTS, "method": "POST", "body": "numbers_clean` (USING|BY NAME)"},
    "upload reset": {"action": "reset", "path": "/fs/files", "method": "PUT"},
    "upload's answer lost": {"action": "lost", "path": "/fs/files", "method": "PUT"},
    "upload 500": {"action": "status", "status": 500, "path": "/fs/files", "method": "PUT"},
    "catalog 500": {"action": "status", "status": 500, "path": "/tables/", "method": "GET"},
}


@pytest.fixture(scope="module")
def numbers(on_workspace):
    dataset = on_workspace.upload(numbered(3), "numbers.csv")["id"]
    on_workspace.wait_status(dataset)
    return {"id": dataset, "version": 1}


@pytest.mark.parametrize("fault", FAULTS if os.environ.get("WORKSPACE_FAULTS") == "all" else ("503 twice", "bronze's answer lost"))
def test_a_fault_costs_no_attempt_and_no_row(workspace, on_workspace, numbers, fault):
    numbers["version"] += 1
    rows = 3 + numbers["version"]
    hits = workspace.control()["hits"]
    workspace.fault(**FAULTS[fault])
    on_workspace.new_version(numbers["id"], numbered(rows), "numbers.csv")
    status = on_workspace.wait_status(numbers["id"], synced_version=numbers["version"])
    assert workspace.control()["hits"] > hits, "the fault was met"
    assert status["attempts"] == 0
    assert workspace.sql(f"SELECT count(*), count(DISTINCT order_id), max(amount) FROM {status['silver_table']}") == [
        [str(rows), str(rows), f"{rows * 1000}.5"]
    ]
    assert workspace.sql(f"SELECT count(*), min(_batch), max(_batch) FROM {status['bronze_table']}") == [
        [str(rows), str(numbers["version"]), str(numbers["version"])]
    ]


def test_what_a_person_must_do_is_said_at_once(workspace, on_workspace, numbers):
    numbers["version"] += 1
    workspace.fault(action="status", status=403, path="/tables/", method="GET")
    on_workspace.new_version(numbers["id"], numbered(5), "numbers.csv")
    status = on_workspace.wait_status(numbers["id"], "failed")
    assert "Grant it" in status["last_sync_error"]
    on_workspace.ok("POST", f"/api/v1/datasets/{numbers['id']}/sync", 202)
    on_workspace.wait_status(numbers["id"], synced_version=numbers["version"])


def test_a_table_that_was_dropped_is_made_again(workspace, on_workspace, numbers):
    status = on_workspace.status(numbers["id"])
    workspace.call("DELETE", f"/api/2.1/unity-catalog/tables/{status['bronze_table']}")
    on_workspace.ok("POST", f"/api/v1/datasets/{numbers['id']}/sync", 202)
    deadline = time.monotonic() + 60
    while workspace.sql(f"SELECT count(*) FROM {status['bronze_table']}") != [["5"]]:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_oauth_external_bronze_schemas_and_a_warehouse_that_starts(workspace, make_sluice):
    workspace.control("state", {"token_s": 4, "groups": ["sluice-tenant-default"], "warehouse_start_s": 8})
    settings = workspace.settings(
        DATABRICKS_CLIENT_ID="client1", DATABRICKS_CLIENT_SECRET="secret1", DATABRICKS_ISOLATION="schema",
        DATABRICKS_EXTERNAL_LOCATION="s3://bucket/tables",
    )
    del settings["DATABRICKS_TOKEN"]
    sluice = make_sluice(**settings).start()
    dataset = sluice.upload(ORDERS, "orders.csv")["id"]
    status = sluice.wait_status(dataset)
    assert status["bronze_kind"] == "external"
    assert status["bronze_table"] == "sluice.tenant_default__bronze.orders"
    table = workspace.call("GET", f"/api/2.1/unity-catalog/tables/{status['bronze_table']}").json()
    assert table["storage_location"] == "s3://bucket/tables/sluice/tenant_default__bronze/orders"
    assert len([name for name, *_ in workspace.control()["grants"] if name.split("/")[1].split(".")[0] == "sluice"]) == 4

    sluice.ok("DELETE", f"/api/v1/datasets/{dataset}?lakehouse=drop", 204)
    deadline = time.monotonic() + 60
    path = "/api/2.0/fs/directories/Volumes/sluice/tenant_default__bronze/landing/orders"
    while workspace.call("GET", f"/api/2.1/unity-catalog/tables/{status['silver_table']}").status_code != 404 or (
        workspace.call("GET", path).status_code != 404
    ):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    volume = {"name": "look", "catalog_name": "sluice", "schema_name": "tenant_default__bronze", "volume_type": "EXTERNAL",
              "storage_location": table["storage_location"]}
    assert workspace.call("POST", "/api/2.1/unity-catalog/volumes", json=volume).status_code == 200
    left = workspace.call("GET", "/api/2.0/fs/directories/Volumes/sluice/tenant_default__bronze/look").json()
    assert left == {}, "no file of the external table is left"


def test_a_catalog_that_an_administrator_made(workspace, make_sluice):
    """A principal that may not make catalogs is told what to ask for, and goes on once it is there."""
    workspace.control("state", {"may_create_catalog": False, "warehouse_start_s": 0})
    try:
        sluice = make_sluice(**workspace.settings(DATABRICKS_ISOLATION="schema", DATABRICKS_CATALOG="premade")).start()
        dataset = sluice.upload(ORDERS, "orders.csv")["id"]
        status = sluice.wait_status(dataset, "failed")
        assert status["last_sync_error_class"] == "needs_you" and "CREATE CATALOG `premade`" in status["last_sync_error"]
        workspace.control("state", {"may_create_catalog": True})
        assert workspace.call("POST", "/api/2.1/unity-catalog/catalogs", json={"name": "premade"}).status_code == 200
        workspace.control("state", {"may_create_catalog": False})
        sluice.ok("POST", f"/api/v1/datasets/{dataset}/sync", 202)
        assert sluice.wait_status(dataset)["bronze_table"] == "premade.tenant_default__bronze.orders"
    finally:
        workspace.control("state", {"may_create_catalog": True})
