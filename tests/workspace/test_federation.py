"""Queries here over tables of the workspace: joins with local ones, what is sent, what is refused."""

import json

import pytest
from machine import until

TABLE = "catalog_tenant_default.gold.facts"
COLUMNS = (
    "id BIGINT, name STRING, amount DECIMAL(9,2), ratio DOUBLE, flag BOOLEAN, day DATE, at TIMESTAMP, wall TIMESTAMP_NTZ, "
    "raw BINARY, tags ARRAY<STRING>, nested STRUCT<a: INT, b: STRING>, small TINYINT"
)


@pytest.fixture(scope="module")
def facts(workspace, on_workspace):
    """A gold table that somebody made in the workspace, and a local dataset beside it."""
    synced = on_workspace.upload(b"key,colour\n1,red\n2,green\n3,blue\n", "colours.csv")["id"]
    on_workspace.wait_status(synced)
    workspace.sql(f"DROP TABLE IF EXISTS {TABLE}")
    assert workspace.sql(f"CREATE TABLE {TABLE} ({COLUMNS})") is not None
    assert workspace.sql(
        f"INSERT INTO {TABLE} VALUES "
        "(1, 'a''b', 1.10, 0.1, true, DATE'2024-02-29', TIMESTAMP'2024-03-10 02:30:00.123456Z', TIMESTAMP_NTZ'2024-03-10 02:30:00', X'00FF', array('x', NULL), "
        "named_struct('a', 1, 'b', 'c'), 7), "
        "(9007199254740993, '', -0.01, double('NaN'), NULL, DATE'0001-01-01', TIMESTAMP'0001-01-01 00:00:00Z', TIMESTAMP_NTZ'9999-12-31 23:59:59.999999', NULL, "
        "NULL, NULL, -128), "
        "(3, NULL, NULL, 1e300, false, NULL, NULL, NULL, NULL, array(), NULL, NULL)"
    ) is not None
    return on_workspace


def sent(workspace, since):
    return [each["sql"] for each in workspace.control()["statements"][since:] if {"key": "step", "value": "query"} in each["tags"]]


def statements(workspace):
    return len(workspace.control()["statements"])


def test_every_type_comes_as_it_is(workspace, facts):
    answer = facts.lakehouse(f"SELECT * FROM {TABLE} ORDER BY small")
    types = [column["type"] for column in answer["columns"]]
    assert types == ["BIGINT", "VARCHAR", "DECIMAL(9,2)", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "BLOB", "JSON", "JSON", "TINYINT"]
    one, two, three = sorted(answer["rows"], key=lambda row: str(row[0]))
    assert one[:2] == [1, "a'b"] and str(one[2]) == "1.10" and float(one[3]) == 0.1 and one[4] is True
    assert one[5] == "2024-02-29" and one[6] == "2024-03-10T02:30:00.123456Z" and one[7] == "2024-03-10 02:30:00"
    assert json.loads(one[9]) == ["x", None] and json.loads(one[10]) == {"a": 1, "b": "c"}
    assert one[11] == 7
    assert two[0] == 3 and two[1] is None and float(two[3]) == 1e300
    assert three[0] == "9007199254740993" and three[1] == "" and three[3] == "NaN" and three[5] == "0001-01-01"
    assert three[7] == "9999-12-31 23:59:59.999999"


def test_filters_and_columns_go_down(workspace, facts):
    before = statements(workspace)
    sql = f"SELECT c.colour, f.amount FROM colours c JOIN {TABLE} f ON f.id = c.key WHERE f.name = 'a''b' AND f.amount >= 1.1 AND f.day IN (DATE '2024-02-29', DATE '2024-03-01') AND f.wall IS NOT NULL"
    answer = facts.lakehouse(sql)
    assert [[row[0], str(row[1])] for row in answer["rows"]] == [["red", "1.10"]]
    (statement,) = sent(workspace, before)
    for part in ("`name` = 'a\\'b'", "`amount` >= 1.10", "`day`", "DATE'2024-02-29'", "`wall` IS NOT NULL"):
        assert part in statement, statement
    for column in ("ratio", "flag", "tags", "raw", "small"):
        assert f"`{column}`" not in statement

    # EXPLAIN says the same, and asks the warehouse nothing.
    before = statements(workspace)
    (row,) = facts.lakehouse("EXPLAIN " + sql)["rows"]
    (remote,) = [node for node in row[0] if node["name"] == "REMOTE"]
    assert remote["extra_info"] == {"Table": TABLE, "Sent": statement}
    assert statements(workspace) == before and "name='a''b'" in json.dumps(row).replace('"', "").replace("\\", "")


def test_only_so_many_rows_as_are_asked_for(workspace, facts):
    for sql, limit in ((f"SELECT id FROM {TABLE} LIMIT 2", "LIMIT 2"), (f"SELECT count(*) FROM {TABLE}", "LIMIT 1000001"), (f"SELECT id FROM {TABLE}", "LIMIT 10001")):
        before = statements(workspace)
        rows = facts.lakehouse(sql)["rows"]
        (statement,) = sent(workspace, before)
        assert statement.endswith(limit), statement
        assert rows == [[3]] if "count" in sql else len(rows) == (2 if sql.endswith("2") else 3)
    # A filter that the workspace was not asked keeps the limit here.
    assert len(facts.lakehouse(f"SELECT id FROM {TABLE} WHERE lower(name) = 'a''b' LIMIT 1")["rows"]) == 1
    assert facts.lakehouse(f"SELECT a.id FROM {TABLE} a JOIN {TABLE} b ON a.id = b.id WHERE a.flag AND NOT b.flag")["rows"] == []
    assert facts.lakehouse(f"SELECT (SELECT count(*) FROM {TABLE}) + (SELECT count(*) FROM {TABLE} WHERE id = 3)")["rows"] == [[4]]
    assert facts.lakehouse(f"SELECT count(*) FROM {TABLE} WHERE 1 = 0")["rows"] == [[0]]


@pytest.mark.parametrize("sql", (
    f"SELECT * FROM (SELECT id FROM {TABLE} OFFSET 2) LIMIT 1",
    f"WITH x AS (SELECT id FROM {TABLE} OFFSET 2) SELECT * FROM x LIMIT 1",
    f"SELECT * FROM (SELECT id FROM {TABLE} LIMIT 3 OFFSET 2) LIMIT 1",
    f"SELECT id FROM {TABLE} LIMIT 1 OFFSET 2",
))
def test_an_offset_below_a_limit_has_its_rows(workspace, facts, sql):
    before = statements(workspace)
    assert len(facts.lakehouse(sql)["rows"]) == 1
    (statement,) = sent(workspace, before)
    assert statement.endswith("LIMIT 1000001"), statement


def test_synced_tables_are_found_and_others_are_not(workspace, facts):
    assert facts.lakehouse("SELECT colour FROM catalog_tenant_default.silver.colours_clean ORDER BY key")["rows"] == [["red"], ["green"], ["blue"]]
    assert facts.lakehouse('SELECT min(_batch) FROM "catalog_tenant_default"."bronze".colours')["rows"] == [[1]]
    workspace.call("POST", "/api/2.1/unity-catalog/catalogs", json={"name": "catalog_tenant_other"})
    workspace.call("POST", "/api/2.1/unity-catalog/schemas", json={"name": "gold", "catalog_name": "catalog_tenant_other"})
    assert workspace.sql("CREATE TABLE IF NOT EXISTS catalog_tenant_other.gold.secret AS SELECT 'secret' AS s") is not None
    before = workspace.control()["calls"]
    for sql in ("SELECT * FROM catalog_tenant_other.gold.secret", f"SELECT * FROM {TABLE} f, catalog_tenant_other.gold.secret s",
                "SELECT * FROM catalog_tenant_default.information_schema.tables", "SELECT * FROM catalog_tenant_default.gold.nothing"):
        answer = facts.call("POST", "/api/v1/query", json={"sql": sql})
        assert answer.status_code in (400, 403, 404, 422) and "secret" not in answer.text.replace("gold.secret", ""), answer.text
    calls = workspace.control()["calls"][len(before):]
    assert not any("other" in path or "information_schema" in path for _, path in calls)


def test_errors_are_of_the_sql_at_its_place(facts):
    answer = facts.call("POST", "/api/v1/query", json={"sql": f"SELECT nme FROM {TABLE}"}).json()
    assert answer["position"] == {"line": 1, "column": 8} and "name" in answer["hint"], answer
    answer = facts.call("POST", "/api/v1/query", json={"sql": "SELECT 1 FROM catalog_tenant_default.silver.colour_clean"}).json()
    assert "catalog_tenant_default.silver.colours_clean" in answer["hint"], answer
    assert facts.call("POST", "/api/v1/query", json={"sql": f"SELECT FROM FROM {TABLE}"}).json()["code"] == "query_syntax"


def test_what_the_workspace_refuses_is_not_the_askers_fault(workspace, facts):
    workspace.fault(action="status", status=403, path="/tables/.*facts", method="GET")
    answer = facts.call("POST", "/api/v1/query", json={"sql": f"SELECT id FROM {TABLE}"})
    assert answer.status_code == 409 and "Grant it" in answer.json()["hint"], answer.text


def test_parameters(workspace, facts):
    answer = facts.ok("POST", "/api/v1/query", json={"sql": f"SELECT id FROM {TABLE} WHERE name = $name", "parameters": {"name": "a'b"}})
    assert answer["rows"] == [[1]]


def test_ceilings_are_named(workspace, make_sluice, facts):
    small = make_sluice(**workspace.settings(DATABRICKS_QUERY_ROWS_MAX="2", DATABRICKS_QUERY_BYTES_MAX="1000")).start()
    answer = small.call("POST", "/api/v1/query", json={"sql": f"SELECT count(*) FROM {TABLE}"})
    assert answer.status_code == 413 and answer.json()["code"] == "remote_too_large" and "DATABRICKS_QUERY_ROWS_MAX" in answer.text
    assert small.lakehouse(f"SELECT id FROM {TABLE} WHERE id < 5 AND flag")["rows"] == [[1]]
    assert list((small.data / "storage" / "remote_queries").iterdir()) == []


def test_large_results_come_in_chunks_whose_links_expire(workspace, facts):
    workspace.sql("CREATE OR REPLACE TABLE catalog_tenant_default.gold.many AS SELECT id, concat('text ', id) AS t FROM range(100000)")
    workspace.fault(action="expired-link", path="/_presigned/", method="GET", count=2)
    workspace.fault(action="half_answer", path="/result/chunks/2", method="GET")
    answer = facts.lakehouse("SELECT count(*), sum(id), count(DISTINCT t) FROM catalog_tenant_default.gold.many WHERE id >= 0")
    assert answer["rows"] == [[100000, 4999950000, 100000]]


def test_behind_the_request_and_what_it_cost(workspace, facts):
    usage = facts.ok("GET", "/api/v1/usage")["cost"]
    begun = facts.ok("POST", "/api/v1/query?mode=async", 202, json={"sql": f"SELECT count(*) FROM {TABLE}"})
    done = until(lambda: (run := facts.ok("GET", f"/api/v1/queries/{begun['id']}"))["status"] in ("done", "failed") and run, 30, "the query ends")
    assert done["status"] == "done", done
    assert facts.ok("GET", f"/api/v1/queries/{begun['id']}/result")["rows"] == [[3]]
    cost = facts.ok("GET", "/api/v1/usage")["cost"]
    assert cost["statements"] == usage["statements"] + 1 and cost["warehouse_ms"] > usage["warehouse_ms"]
    assert list((facts.data / "storage" / "remote_queries").iterdir()) == []


def test_a_warehouse_that_starts_is_said_to(workspace, facts):
    workspace.control("state", {"warehouse_start_s": 6})
    try:
        answer = facts.call("POST", "/api/v1/query", json={"sql": f"SELECT count(*) FROM {TABLE}", "timeout_ms": 2000})
        assert answer.status_code == 504 and "mode=async" in answer.text, answer.text
        # Nobody waits for it any more, so it must not run when the warehouse is up.
        until(lambda: workspace.control()["statements"][-1]["state"] == "CANCELED", 10, "the statement is cancelled")
    finally:
        workspace.control("state", {"warehouse_start_s": 0})
