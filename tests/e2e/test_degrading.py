"""Parts switched off or away: local data stays usable, and the status says what is missing."""

import contextlib
import re
import socket

import pytest
from machine import free_port, until
from sluice import SYNC_S, Temporal, assert_synced_once


def everything_local_works(sluice):
    dataset = sluice.upload("Order ID,n\n001,1\n002,2\n002,2\n", name="Local only")
    base = f"/api/v1/datasets/{dataset['id']}"
    assert sluice.query(dataset["id"], "SELECT sum(n) AS s FROM dataset")["rows"][0][0] in (5, "5")
    clean = sluice.query(dataset["id"], "SELECT count(*) FROM dataset_clean")
    assert clean["rows"] == [[2]]
    assert len(sluice.ok("GET", base + "/preview")["rows"]) == 3
    assert len(sluice.ok("GET", base + "/schema")["columns"]) == 2
    assert sluice.new_version(dataset["id"], "a\n1\n")["version"] == 2
    return dataset["id"]


@pytest.mark.parametrize("switch", ["DATABRICKS_SYNC_ENABLED", "MCP_ENABLED"])
def test_sync_off_as_a_whole(make_sluice, switch):
    sluice = make_sluice(**{switch: "false"}).start()
    dataset_id = everything_local_works(sluice)
    status = sluice.status(dataset_id)
    assert status["databricks_enabled"] is False
    assert status["sync_status"] == "not_synced"
    assert status["waiting_for"] is None and status["bronze_table"] is None
    assert sluice.dataset(dataset_id)["metadata"]["databricks_enabled"] is False
    response = sluice.call("POST", f"/api/v1/datasets/{dataset_id}/sync")
    assert response.status_code == 409 and response.json()["code"] == "sync_disabled"
    if switch == "MCP_ENABLED":
        assert sluice.child("mcp") is None
    # A want would be there since the answer to the upload: none means that no sync comes later either.
    assert sluice.metadata("SELECT row_id FROM wants UNION ALL SELECT row_id FROM outbox") == []
    assert sluice.terminate() == 0


@pytest.mark.needs_sync
def test_auto_sync_off_waits_for_a_hand(make_sluice):
    sluice = make_sluice(DATABRICKS_AUTO_SYNC="false").start()
    dataset_id = sluice.ingest("By hand", [{"a": 1}, {"a": 2}])["id"]
    assert sluice.metadata("SELECT row_id FROM wants UNION ALL SELECT row_id FROM outbox") == [], "nothing was asked for, so nothing comes"
    status = sluice.status(dataset_id)
    assert status["sync_status"] == "not_synced" and status["databricks_enabled"] is True
    started = sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    assert started["dataset_id"] == dataset_id
    assert started["sync_status"] in ("pending", "syncing", "synced")
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 2)
    # By hand once more, on what is synced already: still 202, still one of each.
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 2)


def waits_for(sluice, dataset_id, part):
    status = sluice.wait_status(dataset_id, "pending", 30, waiting_for=part)
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", status["waiting_since"]), status
    return status


@pytest.mark.needs_sync
def test_temporal_away_then_back(make_sluice, tmp_path):
    port = free_port()
    sluice = make_sluice(TEMPORAL_ADDRESS=f"127.0.0.1:{port}").start()
    assert sluice.child("temporal") is None, "with TEMPORAL_ADDRESS none is started"
    dataset_id = sluice.ingest("Waits for Temporal", [{"a": 1}])["id"]
    first = waits_for(sluice, dataset_id, "temporal")
    assert sluice.query(dataset_id, "SELECT a FROM dataset")["rows"] == [[1]]
    until(lambda: sluice.metadata("SELECT tries FROM outbox")[0][0] >= 3, 60, "several vain tries")
    later = sluice.status(dataset_id)
    assert (later["sync_status"], later["waiting_for"]) == ("pending", "temporal")
    assert later["waiting_since"] == first["waiting_since"], "since when, not the last try"
    temporal = Temporal(tmp_path, port)
    try:
        sluice.wait_status(dataset_id, timeout_s=SYNC_S)
        status = assert_synced_once(sluice, dataset_id, 1)
        assert status["waiting_for"] is None and status["waiting_since"] is None
        assert sluice.terminate() == 0
    finally:
        temporal.close()


@pytest.mark.needs_sync
def test_mcp_away_then_back(make_sluice):
    port = free_port()
    sluice = make_sluice(MCP_SERVER_URL=f"http://127.0.0.1:{port}").start()
    dataset_id = sluice.ingest("Waits for MCP", [{"a": 1}])["id"]
    status = waits_for(sluice, dataset_id, "mcp")
    assert status["databricks_enabled"] is True
    assert sluice.query(dataset_id, "SELECT a FROM dataset")["rows"] == [[1]]
    sluice.spawn("mcp", MCP_LISTEN=f"127.0.0.1:{port}", API_URL=sluice.url)
    # The pauses grow up to a minute, and the sync itself has its own.
    sluice.wait_status(dataset_id, timeout_s=60 + SYNC_S)
    status = assert_synced_once(sluice, dataset_id, 1)
    assert status["attempts"] <= 1, "an unreachable part of ours uses up no attempt"


@pytest.mark.needs_sync
def test_the_parts_as_separate_processes(make_sluice, tmp_path):
    """`sluice api`, `mcp` and `worker` alone, on one folder: they find token and key in it."""
    port = free_port()
    sluice = make_sluice(TEMPORAL_ADDRESS=f"127.0.0.1:{port}")
    temporal = Temporal(tmp_path, port)
    try:
        sluice.spawn("api")

        def api_answers():
            try:
                return sluice.http.get(sluice.url + "/health", timeout=2).ok
            except OSError:
                return False

        until(api_answers, 30, "sluice api answers")
        sluice.token = (sluice.data / "token").read_text().strip()
        dataset_id = sluice.ingest("Apart", [{"a": 1}])["id"]
        sluice.spawn("mcp")
        sluice.spawn("worker")
        sluice.wait_status(dataset_id)
        assert_synced_once(sluice, dataset_id, 1)
        for popen in sluice.extra:
            popen.terminate()
        assert [popen.wait(10) for popen in sluice.extra] == [0, 0, 0]
    finally:
        temporal.close()


def test_sigterm_ends_an_api_whose_client_dawdles(make_sluice):
    """`sluice api` alone: within 10 s, exit code 0, nothing half-done."""
    sluice = make_sluice(DATABRICKS_SYNC_ENABLED="false")
    popen = sluice.spawn("api")

    def answers():
        with contextlib.suppress(OSError):
            return sluice.http.get(sluice.url + "/health", timeout=2).ok

    until(answers, 30, "sluice api answers")
    token = (sluice.data / "token").read_text().strip()

    def received():
        return [p for p in (sluice.data / "storage").rglob("tmp/*/*") if p.is_file()]

    with socket.create_connection(("127.0.0.1", sluice.api_port)) as client:
        client.sendall(
            f"POST /api/v1/datasets/ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            'Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"name": "half'.encode()
        )
        until(received, 10, "the body has begun to arrive")
        popen.terminate()
        assert popen.wait(10) == 0
    assert received() == []


@pytest.mark.needs_sync
def test_the_log_lines_that_operators_look_for(sluice):
    sluice.wait_status(sluice.ingest("Logged", [{"a": 1}])["id"])
    for service, words in (
        ("databricks-worker", "started successfully"),
        ("api", "Databricks sync"),
        ("mcp-server", "transform_to_silver"),
    ):
        pattern = rf"^.*\b{service}: .*{words}"
        assert re.search(pattern, sluice.logs(), re.M), f"{service}: … {words}"
    assert (sluice.data / "mcp_api_key").read_text().strip() not in sluice.logs(), "no secret"
