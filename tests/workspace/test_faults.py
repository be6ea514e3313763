"""Every fault at every step of a sync: what arrives is right, no row twice, and the status says whose move it is.

`make test` runs a few of them (test_sync.py); all of them run in `make soak`: WORKSPACE_FAULTS=all.
"""

import concurrent.futures
import contextlib
import json
import os
import sqlite3
import time

import pytest
import requests
from machine import until
from sluice import Sluice

STATEMENTS = "/sql/statements$"
# Where a call is met: of the dataset `faulty` alone where its name is in the call.
STEPS = {
    "catalog": {"method": "GET|POST", "path": "/catalogs"},
    "schema": {"method": "GET|POST", "path": "/schemas"},
    "volume": {"method": "GET|POST", "path": "/volumes"},
    "look at a table": {"method": "GET", "path": "/tables/.*faulty"},
    "upload": {"method": "PUT", "path": "/fs/files/.*faulty"},
    "bronze": {"method": "POST", "path": STATEMENTS, "body": "bronze`.`faulty` (USING|BY NAME)"},
    "silver": {"method": "POST", "path": STATEMENTS, "body": "faulty_clean` (USING|BY NAME)"},
    "quarantine": {"method": "POST", "path": STATEMENTS, "body": "faulty_quarantine` (USING|BY NAME)"},
    "poll": {"method": "GET", "path": "/sql/statements/"},
    "remove the file": {"method": "DELETE", "path": "/fs/files/.*faulty"},
    "drop quarantine": {"method": "DELETE", "path": "/tables/.*faulty_quarantine"},
}
FAULTS = {
    "429": {"action": "status", "status": 429, "retry_after": 1, "code": "RESOURCE_EXHAUSTED"},
    "500": {"action": "status", "status": 500, "code": "INTERNAL_ERROR"},
    "503": {"action": "status", "status": 503, "code": "TEMPORARILY_UNAVAILABLE", "count": 2},
    "reset": {"action": "reset"},
    "reset within the body": {"action": "half_body"},
    "answer lost": {"action": "lost"},
    "answer cut": {"action": "half_answer"},
    "token expired": {"action": "expire"},
}
PROVISIONING = ("catalog", "schema", "volume")
QUARANTINE = ("quarantine", "drop quarantine")
# No body to break, or no answer to cut.
NOT_THERE = {("reset within the body", step) for step in STEPS if step != "upload"}
CASES = [(step, fault) for step in STEPS for fault in FAULTS if (fault, step) not in NOT_THERE]
MCP_KEY = "a-key-of-the-tests-and-no-other-use"
IN_TEST = [("poll", "answer cut"), ("quarantine", "429"), ("upload", "reset within the body"), ("schema", "token expired")]
ALL = os.environ.get("WORKSPACE_FAULTS") == "all"


def content(rows, odd):
    """`odd`: the last amount is none, which the plan's cast sends to quarantine."""
    lines = [f"{i:03},{i}.50" for i in range(1, rows)] + [f"{rows:03},{'x' if odd else rows}.50"]
    return ("id,amount\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def faulty(workspace, tmp_path_factory):
    """An instance with OAuth, whose tokens can expire, and a dataset that syncs when asked to."""
    settings = workspace.settings(
        DATABRICKS_CLIENT_ID="client1", DATABRICKS_CLIENT_SECRET="secret1", DATABRICKS_AUTO_SYNC="false", DATABRICKS_CATALOG="faults",
        DATABRICKS_ISOLATION="schema", MCP_API_KEY=MCP_KEY,
    )
    del settings["DATABRICKS_TOKEN"]
    instance = Sluice(tmp_path_factory.mktemp("faulty"), **settings)
    try:
        instance.start()
        instance.faulty = instance.upload(content(3, False), "faulty.csv")["id"]
        yield instance
    finally:
        workspace.control("state", {"answer_after_s": 50})
        instance.close()


def with_a_plan_that_casts(instance, version):
    """No plan of ours sends a row away, since it looks at every row first; this one is made by hand."""
    with contextlib.closing(sqlite3.connect(instance.data / "metadata.db", timeout=10)) as db, db:
        of_version = "WHERE dataset_id = ? AND version = ?"
        (text,) = db.execute(f"SELECT silver_plan_json FROM dataset_versions {of_version}", (instance.faulty, version)).fetchone()
        plan = json.loads(text)
        (amount,) = [column for column in plan["columns"] if column["source"] == "amount"]
        assert amount["type"] == "VARCHAR"
        amount.update(type="DECIMAL(9,2)", transform="cast")
        db.execute(f"UPDATE dataset_versions SET silver_plan_json = ? {of_version}", (json.dumps(plan), instance.faulty, version))


def tool(instance, name, arguments):
    """The MCP server's tool, called as any client may."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    headers = {"Authorization": f"Bearer {MCP_KEY}", "Accept": "application/json, text/event-stream"}
    answer = requests.post(f"http://127.0.0.1:{instance.mcp_port}/mcp", json=body, headers=headers, timeout=120)
    text = [line.removeprefix("data:") for line in answer.text.splitlines() if line.startswith("data:")] or [answer.text]
    return json.loads(text[-1])["result"]


def tool_arguments(instance, version):
    dataset = instance.dataset(instance.faulty)
    columns = instance.ok("GET", f"/api/v1/datasets/{instance.faulty}/schema")["columns"]
    return {
        "tenant_id": "default", "dataset_id": instance.faulty, "version": version, "sha256": dataset["sha256"],
        "file_name": dataset["file_name"], "file_bytes": dataset["file_bytes"], "table_name": dataset["table_name"],
        "columns": [{name: column[name] for name in ("name", "original", "type")} for column in columns],
    }


def restarted_tools(instance):
    """The MCP server forgets what it has provisioned."""
    old = instance.child("mcp")
    old.kill()
    instance.wait_child("mcp", other_than=old)


def arrives(workspace, instance, status, rows, odd):
    table, silver = status["bronze_table"], status["silver_table"]
    version = status["synced_version"]
    assert workspace.sql(f"SELECT count(*), count(DISTINCT id), min(_batch), max(_batch) FROM {table}") == [
        [str(rows), str(rows), str(version), str(version)]
    ]
    good = rows - odd
    total = sum(range(1, good + 1)) + 0.5 * good
    assert workspace.sql(f"SELECT count(*), count(DISTINCT id), CAST(sum(CAST(amount AS DECIMAL(12, 2))) AS STRING) FROM {silver}") == [
        [str(good), str(good), f"{total:.2f}"]
    ]
    quarantine = silver.replace("_clean", "_quarantine")
    assert workspace.sql(f"SELECT id FROM {quarantine}") == ([[f"{rows:03}"]] if odd else None)
    assert (status["row_count_databricks"], status["row_count_silver"], status["rows_quarantined"]) == (rows, good, odd)


@pytest.mark.parametrize(("step", "fault"), CASES if ALL else IN_TEST)
def test_every_fault_at_every_step(workspace, faulty, step, fault):
    odd = step == "quarantine"
    if step == "drop quarantine":  # There must be one to drop.
        before = faulty.new_version(faulty.faulty, content(4, True), "faulty.csv")["version"]
        with_a_plan_that_casts(faulty, before)
        faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
        faulty.wait_status(faulty.faulty, synced_version=before)
    rows = 5
    version = faulty.new_version(faulty.faulty, content(rows, odd), "faulty.csv")["version"]
    if odd:
        with_a_plan_that_casts(faulty, version)
    if step in PROVISIONING:
        restarted_tools(faulty)
    workspace.control("state", {"answer_after_s": 0.05 if step == "poll" else 50})
    met = workspace.control()
    workspace.fault(**STEPS[step], **FAULTS[fault])
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
    status = faulty.wait_status(faulty.faulty, synced_version=version, timeout_s=90)
    after = workspace.control("state", {"answer_after_s": 50})
    assert after["hits"] > met["hits"], "the fault was met"
    assert status["attempts"] == 0 and status["last_sync_error_class"] is None
    arrives(workspace, faulty, status, rows, int(odd))
    statements = len(after["statements"]) - len(met["statements"])
    assert statements <= 2 + odd + 2, "a fault costs a statement or two, not more"


LASTING = {
    "500": ({"action": "status", "status": 500, "code": "INTERNAL_ERROR"}, "transient", "again"),
    "403": ({"action": "status", "status": 403, "code": "PERMISSION_DENIED"}, "needs_you", "grant it"),
    "401": ({"action": "status", "status": 401, "code": "UNAUTHENTICATED"}, "needs_you", "DATABRICKS_CLIENT_ID"),
    "400": ({"action": "status", "status": 400, "code": "MALFORMED_REQUEST"}, "bug", "report it"),
    "statement": ({"action": "statement", "message": "[INTERNAL_ERROR] out of luck"}, "transient", "again"),
    "conflict": ({"action": "statement", "message": "[DELTA_CONCURRENT_APPEND] somebody"}, "transient", "again"),
    "syntax": ({"action": "statement", "message": "[PARSE_SYNTAX_ERROR] near 'x'"}, "bug", "report it"),
    "storage": ({"action": "statement", "message": "[NO_PARENT_EXTERNAL_LOCATION_FOR_PATH] s3://x"}, "needs_you", "EXTERNAL_LOCATION"),
}


@pytest.mark.parametrize("fault", LASTING if ALL else ("400",))
def test_a_fault_that_lasts_says_whose_move_it_is(workspace, faulty, fault):
    description, error_class, remedy = LASTING[fault]
    version = faulty.new_version(faulty.faulty, content(6, False), "faulty.csv")["version"]
    workspace.fault(**{**STEPS["bronze"], **description}, count=9)
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)

    def said():
        status = faulty.status(faulty.faulty)
        return status if status["sync_status"] == "failed" or status["waiting_for"] == "retry" else None

    status = until(said, 60, "an error is said")
    assert status["last_sync_error_class"] == error_class, status
    # Of a table that is there more is said than of one that is not: "Grant it …", "… or grant it MANAGE …".
    assert remedy.lower() in status["last_sync_error"].lower()
    if error_class == "needs_you":
        assert status["sync_status"] == "failed"
    workspace.control("faults", method="DELETE")
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
    arrives(workspace, faulty, faulty.wait_status(faulty.faulty, synced_version=version), 6, 0)


def test_syncs_of_one_dataset_at_once(workspace, faulty):
    """Wants by the dozen, while versions come: the newest is what is there, once."""
    for rows in range(3, 9):
        version = faulty.new_version(faulty.faulty, content(rows, False), "faulty.csv")["version"]
        with concurrent.futures.ThreadPoolExecutor(4) as several:
            list(several.map(lambda _: faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202), range(4)))
        time.sleep(0.4)
    arrives(workspace, faulty, faulty.wait_status(faulty.faulty, synced_version=version), 8, 0)


def test_two_processes_carry_one_version_at_once(workspace, faulty):
    """What a step that was given up for dead does beside its successor: the same tool, the same arguments, together."""
    version = faulty.new_version(faulty.faulty, content(7, False), "faulty.csv")["version"]
    arguments = tool_arguments(faulty, version)
    with concurrent.futures.ThreadPoolExecutor(3) as several:
        answers = list(several.map(lambda _: tool(faulty, "sync_dataset", arguments), range(3)))
    assert any(not answer.get("isError") for answer in answers), answers
    for answer in answers:
        error = answer.get("_meta", {}).get("io.sluice/error")
        assert error is None or error["retryable"] or error["kind"] == "conflict", error
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
    arrives(workspace, faulty, faulty.wait_status(faulty.faulty, synced_version=version), 7, 0)


@pytest.mark.parametrize("what", ["bronze", "silver", "silver's schema", "everything"] if ALL else ["silver's schema", "everything"])
def test_dropped_behind_our_back(workspace, faulty, what):
    version = faulty.new_version(faulty.faulty, content(4, False), "faulty.csv")["version"]
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
    status = faulty.wait_status(faulty.faulty, synced_version=version)
    uc = "/api/2.1/unity-catalog"
    if what in ("bronze", "everything"):
        assert workspace.call("DELETE", f"{uc}/tables/{status['bronze_table']}").status_code == 200
    if what in ("silver", "everything"):
        assert workspace.call("DELETE", f"{uc}/tables/{status['silver_table']}").status_code == 200
    if what == "silver's schema":
        schema = status["silver_table"].rpartition(".")[0]
        assert workspace.call("DELETE", f"{uc}/schemas/{schema}?force=true").status_code == 200
    if what == "everything":
        catalog, schema, _ = status["bronze_table"].split(".")
        assert workspace.call("DELETE", f"{uc}/volumes/{catalog}.{schema}.landing").status_code == 200
    version = faulty.new_version(faulty.faulty, content(5, False), "faulty.csv")["version"]
    faulty.ok("POST", f"/api/v1/datasets/{faulty.faulty}/sync", 202)
    status = faulty.wait_status(faulty.faulty, synced_version=version)
    assert status["attempts"] == 0
    arrives(workspace, faulty, status, 5, 0)
