"""Queries behind their requests, and the list of those that ran."""

import time

import pytest
from machine import descendants, until

SLOW = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"


@pytest.fixture(scope="module")
def things(sluice):
    return sluice.upload("id,name\n" + "".join(f"{i},n{i % 3}\n" for i in range(1000)), name="Run Things")


def start(sluice, dataset, sql, status=202, **body):
    return sluice.ok(
        "POST", f"/api/v1/datasets/{dataset['id']}/query?mode=async", status, json={"sql": sql, **body}
    )


def ended(sluice, run, timeout_s=30):
    def over():
        found = sluice.ok("GET", f"/api/v1/queries/{run['id']}")
        return found if found["status"] not in ("queued", "running") else None

    return until(over, timeout_s, f"{run['sql']} ends")


def test_a_query_behind_its_request(sluice, things):
    response = sluice.call(
        "POST", f"/api/v1/datasets/{things['id']}/query?mode=async", json={"sql": "FROM dataset ORDER BY id"}
    )
    assert response.status_code == 202, response.text
    run = response.json()
    assert response.headers["Location"] == f"/api/v1/queries/{run['id']}"
    assert (run["mode"], run["dataset_id"], run["result"]) == ("async", things["id"], None)
    run = ended(sluice, run)
    assert (run["status"], run["row_count"], run["truncated"]) == ("done", 1000, False)
    assert run["expires_at"] > run["ended_at"] >= run["created_at"]
    answer = sluice.ok("GET", run["result"])
    assert answer["row_count"] == 1000 and answer["rows"][999] == [999, "n0"]
    assert answer["columns"][0]["name"] == "id"
    # Twice, and no longer than wanted.
    assert sluice.ok("GET", run["result"]) == answer
    sluice.ok("DELETE", f"/api/v1/queries/{run['id']}", 204)
    assert sluice.ok("GET", run["result"], 404)["code"] == "query_not_found"
    assert sluice.ok("GET", f"/api/v1/queries/{run['id']}")["result"] is None


@pytest.mark.parametrize(("format_", "content_type"), [("csv", "text/csv"), ("ndjson", "application/x-ndjson")])
def test_all_rows_in_other_formats(sluice, things, format_, content_type):
    run = ended(sluice, start(sluice, things, "SELECT range AS n FROM range(300000)", format=format_))
    response = sluice.call("GET", run["result"])
    assert response.headers["Content-Type"].startswith(content_type)
    assert len(response.text.splitlines()) == 300_000 + (format_ == "csv")
    assert run["progress"]["bytes"] == len(response.content)


def test_json_has_all_rows_too(sluice, things):
    run = ended(sluice, start(sluice, things, "SELECT range AS n FROM range(30000)"))
    assert (run["row_count"], run["truncated"]) == (30_000, False)
    assert len(sluice.ok("GET", run["result"])["rows"]) == 30_000


def test_progress_and_cancel(sluice, things):
    run = start(sluice, things, SLOW)
    until(lambda: sluice.ok("GET", f"/api/v1/queries/{run['id']}")["progress"]["percent"] is not None, 20, "progress")
    assert sluice.ok("GET", f"/api/v1/queries/{run['id']}")["status"] == "running"
    assert sluice.ok("GET", f"/api/v1/queries/{run['id']}/result", 409)["code"] == "query_not_done"
    # Another waits for it; both can be cancelled.
    other = start(sluice, things, SLOW)
    assert other["status"] == "queued"
    sluice.ok("DELETE", f"/api/v1/queries/{other['id']}", 204)
    sluice.ok("DELETE", f"/api/v1/queries/{run['id']}", 204)
    for each in (run, other):
        assert ended(sluice, each, 10)["status"] == "cancelled"
    assert ended(sluice, start(sluice, things, "SELECT 1"))["status"] == "done"


def test_errors_are_kept_with_the_query(sluice, things):
    run = ended(sluice, start(sluice, things, "SELECT nmae\nFROM dataset"))
    assert run["status"] == "failed" and run["error"]["code"] == "query_syntax"
    assert run["error"]["position"] == {"line": 1, "column": 8} and "name" in run["error"]["hint"]
    assert sluice.ok("GET", f"/api/v1/queries/{run['id']}/result", 400)["code"] == "query_syntax"
    late = ended(sluice, start(sluice, things, SLOW, timeout_ms=200))
    assert (late["status"], late["error"]["code"]) == ("failed", "query_deadline")
    assert start(sluice, things, "SELECT 1", 400, timeout_ms=3_600_001)["code"] == "bad_query_body"
    assert sluice.ok("GET", f"/api/v1/datasets/{things['id']}/query?mode=async&sql=SELECT%201", 400)


def test_recent_queries_are_listed(sluice, things):
    sql = f"SELECT {time.time_ns()} AS stamp"
    sluice.query(things["id"], sql)
    sluice.call("POST", "/api/v1/query", json={"sql": "SELECT no_such_column"})
    failed, done = sluice.ok("GET", "/api/v1/queries")["queries"][:2]
    assert (done["sql"], done["status"], done["mode"], done["row_count"]) == (sql, "done", "sync", 1)
    assert done["dataset_id"] == things["id"] and failed["dataset_id"] is None
    assert failed["status"] == "failed" and failed["error"]["code"] == "query_syntax"
    for _ in range(105):
        sluice.query(things["id"], "SELECT 1")
    assert len(sluice.ok("GET", "/api/v1/queries")["queries"]) == 100
    assert sluice.ok("DELETE", f"/api/v1/queries/{done['id']}", 404)
    newest = sluice.ok("GET", "/api/v1/queries")["queries"][0]
    assert sluice.ok("DELETE", f"/api/v1/queries/{newest['id']}", 409)["code"] == "query_not_async"


def test_too_many_are_refused(sluice, things):
    runs = [start(sluice, things, SLOW) for _ in range(5)]
    assert start(sluice, things, SLOW, 503)["code"] == "async_queries_busy"
    for run in runs:
        sluice.ok("DELETE", f"/api/v1/queries/{run['id']}", 204)
    for run in runs:
        assert ended(sluice, run, 10)["status"] == "cancelled"


def test_a_restart_forgets_and_leaves_nothing(make_sluice):
    sluice = make_sluice(MCP_ENABLED="false").start()
    dataset = sluice.upload("a\n1\n", name="Restarted")
    run = ended(sluice, start(sluice, dataset, "FROM range(100000)"))
    results = sluice.data / "storage" / "query_results"
    assert [path.name for path in results.iterdir()] == [run["id"]]
    start(sluice, dataset, SLOW)
    until(lambda: len(list(results.iterdir())) == 2, 10, "the second began")
    api = sluice.child("api")
    workers = [process for process in descendants(api.pid)]
    sluice.terminate()
    assert not any(process.alive() for process in workers)
    sluice.start()
    assert list(results.iterdir()) == []
    assert sluice.ok("GET", f"/api/v1/queries/{run['id']}", 404)["code"] == "query_not_found"
