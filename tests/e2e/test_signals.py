"""What a person can do to a sync from Temporal's side: look for it, hurry it, end it."""

import contextlib

import pytest
from machine import has_fault_points, until
from sluice import assert_synced_once

pytestmark = pytest.mark.needs_sync


@contextlib.contextmanager
def lakehouse_in_the_way(sluice):
    """A file where the lakehouse's folder belongs: each write of it fails."""
    folder, kept = sluice.data / "lakehouse", sluice.data / "lakehouse-kept"
    folder.rename(kept)
    folder.write_text("in the way")
    try:
        yield
    finally:
        folder.unlink()
        kept.rename(folder)


def paused(sluice, name):
    """A dataset whose first attempt failed; the second is an hour away."""
    sluice.wait_status(sluice.ingest("First", [{"a": 1}])["id"])
    with lakehouse_in_the_way(sluice):
        dataset_id = sluice.ingest(name, [{"a": 1}])["id"]
        status = sluice.wait_status(dataset_id, "pending", waiting_for="retry")
    assert status["attempts"] == 1 and "not a directory" in status["last_sync_error"].lower()
    return dataset_id


def find(sluice, query):
    """Ids of the workflows that Temporal's list filter finds."""
    listed = sluice.temporal("workflow", "list", "--query", query) or []
    return [workflow["execution"]["workflowId"] for workflow in listed]


def signal(sluice, dataset_id, name):
    sluice.temporal_do("workflow", "signal", "-w", f"dataset-sync-{dataset_id}", "--name", name)


def test_the_pause_before_the_next_attempt_can_be_ended(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="3600").start()
    dataset_id = paused(sluice, "Hurried")
    until(lambda: find(sluice, f"SluiceStatus = 'waiting' AND SluiceDataset = '{dataset_id}'"), 15, "waiting")
    signal(sluice, dataset_id, "retry")
    sluice.wait_status(dataset_id, timeout_s=15)
    assert_synced_once(sluice, dataset_id, 1)
    done = f"dataset-sync-{dataset_id}"
    until(lambda: find(sluice, f"SluiceStatus = 'synced' AND WorkflowId = '{done}'") == [done], 15, "synced")
    tenant = sluice.temporal("workflow", "describe", "-w", done)["workflowExecutionInfo"]["searchAttributes"]
    assert {"SluiceTenant", "SluiceDataset", "SluiceStatus"} <= set(tenant["indexedFields"])


def test_a_sync_can_be_ended_by_signal_and_begun_again(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="3600").start()
    dataset_id = paused(sluice, "Ended")
    signal(sluice, dataset_id, "cancel")
    status = sluice.wait_status(dataset_id, "failed", timeout_s=15)
    assert "cancelled" in status["last_sync_error"] and "/sync" in status["last_sync_error"]
    until(lambda: find(sluice, f"SluiceStatus = 'failed' AND SluiceDataset = '{dataset_id}'"), 15, "failed")
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", status=202)
    sluice.wait_status(dataset_id, timeout_s=15)
    assert_synced_once(sluice, dataset_id, 1)


def test_a_workflow_cancelled_at_temporal_says_so_in_both_places(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="3600").start()
    dataset_id = paused(sluice, "Cancelled")
    sluice.temporal_do("workflow", "cancel", "-w", f"dataset-sync-{dataset_id}")
    status = sluice.wait_status(dataset_id, "failed", timeout_s=15)
    assert "cancelled" in status["last_sync_error"]

    def closed():
        return "CANCEL" in str(sluice.workflow(dataset_id)["workflowExecutionInfo"]["status"]).upper()

    until(closed, 15, "the workflow is cancelled")
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", status=202)
    sluice.wait_status(dataset_id, timeout_s=15)
    assert_synced_once(sluice, dataset_id, 1)


def test_progress_of_the_bytes_is_seen_at_temporal(make_sluice):
    """The heartbeat of a running activity says how many bytes of the file have come so far."""
    sluice = make_sluice(SLUICE_FAULT="mcp.downloaded:delay_ms=5000").start()
    dataset = sluice.upload("id,n\n" + "".join(f"{i},{i * 7919}\n" for i in range(50_000)))

    def details():
        for activity in (sluice.workflow(dataset["id"]) or {}).get("pendingActivities") or []:
            if "heartbeatDetails" in activity and "bytes_total" in str(activity["heartbeatDetails"]):
                return activity["heartbeatDetails"]
        return None

    (found,) = until(details, 20, "bytes in the heartbeat")
    assert 0 < found["bytes"] <= found["bytes_total"] == dataset["file_bytes"]
    sluice.wait_status(dataset["id"], timeout_s=30)


def test_a_run_that_was_overtaken_says_so(make_sluice):
    """Its run used to stay `running` for ever."""
    if not has_fault_points():
        pytest.skip("fault points are compiled out")
    sluice = make_sluice(SLUICE_FAULT="transform_to_silver.called:delay_ms=4000").start()
    dataset_id = sluice.upload("id\n1\n2\n", "first.csv")["id"]

    def runs():
        return sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/databricks/runs")["runs"]

    until(runs, 30, "the first version's run is listed as soon as it begins")
    assert [(run["outcome"], run["ended_at"]) for run in runs()] == [("running", None)]
    version = sluice.new_version(dataset_id, "id\n1\n2\n3\n")["version"]
    sluice.wait_status(dataset_id, synced_version=version, timeout_s=60)
    assert [(run["version"], run["outcome"]) for run in runs()] == [(2, "synced"), (1, "superseded")]
    assert all(run["ended_at"] for run in runs())
    workflow = f"dataset-sync-{dataset_id}"
    until(lambda: find(sluice, f"SluiceStatus = 'synced' AND WorkflowId = '{workflow}'") == [workflow], 15, "synced")
