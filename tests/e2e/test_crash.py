"""Processes die in the middle of work; what was promised holds all the same."""

import contextlib

import pytest
import requests
from machine import has_fault_points, port_is_free, until
from sluice import SYNC_S, assert_synced_once

pytestmark = pytest.mark.needs_sync


@pytest.fixture
def fault(built):
    """Settings that make a dev build linger at a point; a release build gets only a bigger file."""

    def settings(point):
        return {"SLUICE_FAULT": f"{point}:delay_ms=4000"} if has_fault_points() else {}

    return settings


def content(rows):
    return "id,name,amount\n" + "".join(f"{i},row {i},{i}.25\n" for i in range(rows))


def rows_for_a_long_sync():
    return 2_000 if has_fault_points() else 1_000_000


def test_kill_9_of_the_worker_in_sync_to_bronze(make_sluice, fault):
    sluice = make_sluice(**fault("sync_to_bronze.called")).start()
    rows = rows_for_a_long_sync()
    dataset_id = sluice.upload(content(rows), name="Worker dies")["id"]
    sluice.wait_activity(dataset_id, "sync_to_bronze")
    sluice.wait_status(dataset_id, "syncing", 3)
    worker = sluice.wait_child("worker")
    worker.kill()
    again = sluice.wait_child("worker", other_than=worker)
    assert again.pid != worker.pid, "the supervisor starts it by itself"
    sluice.wait_status(dataset_id, timeout_s=SYNC_S)
    status = assert_synced_once(sluice, dataset_id, rows)
    assert status["attempts"] <= 1, "a worker of ours dying uses up no attempt"


def test_the_worker_dies_after_bronze_is_made(make_sluice, tmp_path):
    """The effect is there, its answer is not: doing it again must change nothing."""
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    point, died = "sync_to_bronze.mcp_done", tmp_path / "died"
    sluice = make_sluice(SLUICE_FAULT=f"{point}:exit_once={died}").start()
    dataset_id = sluice.upload(content(50) + "0,row 0,0.25\n", name="Done but not said")["id"]
    sluice.wait_status(dataset_id, timeout_s=SYNC_S)
    assert died.exists(), f"the fault point {point} was reached"
    status = assert_synced_once(sluice, dataset_id, 51, 50)
    assert status["attempts"] <= 1


def test_kill_9_of_temporal_between_two_activities(make_sluice, fault):
    sluice = make_sluice(**fault("transform_to_silver.called")).start()
    rows = rows_for_a_long_sync()
    dataset_id = sluice.upload(content(rows), name="Temporal dies")["id"]
    sluice.wait_activity(dataset_id, "transform_to_silver")
    temporal = sluice.wait_child("temporal")
    temporal.kill()
    sluice.wait_child("temporal", other_than=temporal)
    sluice.wait_status(dataset_id, timeout_s=SYNC_S)
    status = assert_synced_once(sluice, dataset_id, rows)
    assert status["attempts"] <= 1
    # And it serves on: the next one goes through the restarted server.
    sluice.wait_status(sluice.ingest("After it", [{"a": 1}])["id"], timeout_s=SYNC_S)


def test_kill_9_of_mcp_server_and_api_in_mid_sync(make_sluice, fault):
    sluice = make_sluice(**fault("sync_to_bronze.called")).start()
    rows = rows_for_a_long_sync()
    dataset_id = sluice.upload(content(rows), name="MCP and API die")["id"]
    sluice.wait_activity(dataset_id, "sync_to_bronze")
    before = [sluice.wait_child(part) for part in ("mcp", "api")]
    for process in before:
        process.kill()
    for part, process in zip(("mcp", "api"), before, strict=True):
        sluice.wait_child(part, other_than=process)
    sluice.wait_status(dataset_id, timeout_s=SYNC_S)
    status = assert_synced_once(sluice, dataset_id, rows)
    assert status["attempts"] <= 1, "a part of ours that is away uses up no attempt"


def test_a_second_version_in_mid_sync(make_sluice, fault):
    sluice = make_sluice(**fault("sync_to_bronze.called")).start()
    rows = rows_for_a_long_sync()
    dataset_id = sluice.upload(content(rows), name="Overtaken")["id"]
    sluice.wait_activity(dataset_id, "sync_to_bronze")
    second = sluice.new_version(dataset_id, content(rows + 7))
    assert second["version"] == 2
    sluice.wait_status(dataset_id, timeout_s=SYNC_S, synced_version=2)
    status = assert_synced_once(sluice, dataset_id, rows + 7, version=2)
    assert sluice.value(f"SELECT max(id) FROM {status['silver_table']}") == rows + 6


def test_kill_9_of_everything(make_sluice, fault):
    sluice = make_sluice(**fault("sync_to_bronze.called")).start()
    token = sluice.token
    rows = rows_for_a_long_sync()
    settled = sluice.ingest("Settled", [{"a": 1}, {"a": 2}])
    sluice.wait_status(settled["id"], timeout_s=SYNC_S)
    in_flight = sluice.upload(content(rows), name="In flight")
    sluice.wait_activity(in_flight["id"], "sync_to_bronze")
    just_taken = sluice.ingest("Just taken", [{"a": 3}])

    tree = sluice.children()
    assert all(sluice.child(part) for part in ("worker", "mcp", "api", "temporal")), tree
    sluice.kill()
    until(
        lambda: not any(p.alive() for p in tree), 5,
        lambda: f"dead with their parent: {[p for p in tree if p.alive()]}", every_s=0.05,
    )  # fmt: skip
    # A killed process's other threads hold its sockets a moment longer than its first one.
    until(
        lambda: all(port_is_free(p) for p in sluice.ports()), 5,
        lambda: f"ports free: {[p for p in sluice.ports() if not port_is_free(p)]}", every_s=0.05,
    )  # fmt: skip

    sluice.start()
    assert sluice.token == token
    for before in (settled, in_flight, just_taken):
        now = sluice.dataset(before["id"])
        assert (now["version"], now["sha256"]) == (1, before["sha256"]), "201 means durable"
        count = sluice.query(before["id"], "SELECT count(*) FROM dataset")["rows"]
        assert count == [[before["row_count"]]]
    for before in (settled, in_flight, just_taken):
        sluice.wait_status(before["id"], timeout_s=SYNC_S)
        assert_synced_once(sluice, before["id"], before["row_count"])


def test_sigterm_in_mid_sync_drains_and_ends(make_sluice, fault):
    sluice = make_sluice(**fault("sync_to_bronze.called")).start()
    dataset = sluice.upload(content(rows_for_a_long_sync()), name="Drained")
    sluice.wait_activity(dataset["id"], "sync_to_bronze")
    tree = sluice.children()
    assert sluice.terminate(timeout_s=10) == 0
    until(lambda: not any(p.alive() for p in tree), 2, lambda: f"all ended: {tree}")
    assert [p for p in sluice.ports() if not port_is_free(p)] == []
    sluice.start()
    sluice.wait_status(dataset["id"], timeout_s=SYNC_S)
    assert_synced_once(sluice, dataset["id"], dataset["row_count"])


def test_a_signal_sent_twice_in_mid_sync_changes_nothing(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    # The API dies after Temporal took the signal and before the outbox row went: it sends it again, while
    # sync_to_bronze waits for the API to come back.
    died = tmp_path / "died"
    sluice = make_sluice(SLUICE_FAULT=f"dispatcher.signalled:exit_once={died}").start()
    with contextlib.suppress(requests.ConnectionError):
        sluice.ingest("Told twice", [{"a": 1}, {"a": 2}, {"a": 2}])

    def listed():
        with contextlib.suppress(requests.ConnectionError):
            return sluice.call("GET", "/api/v1/datasets").json()["datasets"]

    until(lambda: died.exists() and listed(), 30, lambda: "the API to be back with the dataset")
    (dataset,) = listed()
    sluice.wait_status(dataset["id"], timeout_s=SYNC_S)
    assert_synced_once(sluice, dataset["id"], 3, 2)
