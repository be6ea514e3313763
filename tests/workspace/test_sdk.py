"""The official clients' opinion: of the workspace, of the tables that Sluice made, and of the statements that it sends."""

import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = "catalogs grants statements chunks external_links polling files tables strictness warehouses looks oauth cleaning".split()


def with_sdk(script, *arguments, stdin=None):
    command = [os.environ["WORKSPACE_PYTHON"], HERE / script, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300)


def test_the_official_sdk_finds_a_workspace(workspace):
    workspace.control("state", {"groups": ["sdk-readers", "sluice-tenant-default"], "token_s": 3600})
    done = with_sdk("sdk_checks.py", workspace.host, workspace.admin, workspace.warehouse_id)
    assert (done.stdout.split(), done.returncode) == (CHECKS, 0), done.stderr[-3000:]


def test_the_official_sdk_reads_back_what_was_synced(workspace, on_workspace):
    rows = [f'{i:03},"{i},000.5",2024-02-{i % 28 + 1:02} 10:00:00,{"x" if i % 2 else "NA"}' for i in range(1, 301)]
    content = ("Order ID,amount,when,note\n" + "\n".join(rows) + "\n").encode()
    dataset = on_workspace.upload(content, "read back.csv")["id"]
    status = on_workspace.wait_status(dataset)
    done = with_sdk("sdk_reads.py", workspace.host, workspace.admin, workspace.warehouse_id, status["bronze_table"], status["silver_table"])
    assert done.returncode == 0, done.stderr[-3000:]
    bronze, silver = json.loads(done.stdout)
    assert (bronze["count"], silver["count"]) == (300, 300) == (status["row_count_databricks"], status["row_count_silver"])
    assert bronze["columns"] == [["Order_ID", "string"], ["amount", "string"], ["when", "timestamp_ntz"], ["note", "string"], ["_batch", "bigint"]]
    assert silver["columns"] == [["order_id", "string"], ["amount", "decimal(7,1)"], ["when", "timestamp_ntz"], ["note", "string"]]
    assert bronze["comments"][0] == "Order ID" == silver["comments"][0]
    assert bronze["properties"]["sluice.dataset_id"] == dataset == silver["properties"]["sluice.dataset_id"]
    assert bronze["properties"]["sluice.version"] == "1"
    assert bronze["first"][:4] == ["001", "1,000.5", "2024-02-02T10:00:00.000000", "x"]
    assert silver["first"] == ["001", "1000.5", "2024-02-02T10:00:00.000000", "x"]


def test_every_statement_that_we_sent_is_databricks_sql(workspace, on_workspace):
    """Of all that the tests before this one brought about, and of a sync with quarantine if it is among them."""
    sent = sorted({statement["sql"] for statement in workspace.control()["statements"] if any(tag["key"] == "app" for tag in statement["tags"])})
    # sqlglot gives up on ALTER COLUMN with the odd names of test_contract.py's and test_sync.py's tables; Spark's own parser took them.
    sent = [sql for sql in sent if "catalog_tenant_contract" not in sql and "`headers" not in sql]
    # Nor does it know CREATE CATALOG, which the stand-in reads.
    sent = [sql for sql in sent if not sql.startswith("CREATE CATALOG ")]
    assert len(sent) >= 2
    done = with_sdk("parse_statements.py", stdin=json.dumps(sent))
    assert done.returncode == 0, done.stderr[-3000:]
    judged = json.loads(done.stdout)
    print(f"{judged['parsed']} statements of {len(sent)} submissions parsed, not: {judged['refused']}")
    assert judged["parsed"] >= len(sent)
    assert judged["refused"] == [], judged["refused"][:3]
