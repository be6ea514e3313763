"""Figures of syncs to the workspace, and what takes long: `make soak` runs these (WORKSPACE_SOAK=1), on the release build."""

import os
import random
import sys
import pathlib
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "soak"))
from watch import Watch

pytestmark = pytest.mark.skipif(os.environ.get("WORKSPACE_SOAK") != "1", reason="takes long: make soak")
PROCESS_BYTES_MAX = 512 << 20


def content(rows, seed=1):
    """Seven columns of what orders have: text, decimals with thousands, dates of another order, moments, nulls."""
    rng = random.Random(seed)
    lines = ["Order ID,customer,amount,rate,ordered,sent at,note"]
    for i in range(rows):
        amount, day = rng.randrange(10**7), i % 28 + 1
        note = ("", "NA", "fragile", "by hand")[i % 4]
        lines.append(f'{i:09},c{rng.randrange(10**6):06x},"{amount:,}.{i % 100:02}",{rng.random()!r},{day:02}.{i % 12 + 1:02}.2024,2024-01-{day:02} 10:{i % 60:02}:00,{note}')
    return "\n".join(lines).encode() + b"\n"


def synced(instance, workspace, dataset, version=1, timeout_s=600):
    """The status, seconds from the upload's answer on, and what the workspace saw."""
    begun, before = time.monotonic(), workspace.control()
    status = instance.wait_status(dataset, synced_version=version, timeout_s=timeout_s)
    elapsed_s, after = time.monotonic() - begun, workspace.control()
    run = instance.ok("GET", f"/api/v1/datasets/{dataset}/databricks/runs")["runs"][0]
    return status, elapsed_s, run["cost"], len(after["statements"]) - len(before["statements"])


def test_a_first_and_a_second_sync(workspace, make_sluice, figure):
    sluice = make_sluice(**workspace.settings()).start()
    dataset = None
    for version in (1, 2, 3):
        rows = content(100_000, version)
        begun = time.monotonic()
        made = sluice.upload(rows, "orders.csv") if dataset is None else sluice.new_version(dataset, rows, "orders.csv")
        dataset = made["id"]
        uploaded_s = time.monotonic() - begun
        status, sync_s, cost, statements = synced(sluice, workspace, dataset, version)
        assert status["row_count_databricks"] == status["row_count_silver"] == 100_000
        assert statements == cost["statements"] == 2
        total_s = uploaded_s + sync_s
        assert total_s < 60
        figure(
            f"100,000 rows, {len(rows) / 1e6:.1f} MB, sync {version}: answer {uploaded_s:.2f} s, synced {sync_s:.2f} s later: {total_s:.1f} s end to end; "
            f"{cost['statements']} statements of {cost['warehouse_ms'] / 1000:.2f} s, {cost['rest_calls']} REST calls, {cost['bytes_uploaded']:,} bytes, "
            f"{sync_s - cost['warehouse_ms'] / 1000:.2f} s beyond the statements'"
        )
    totals = workspace.sql(f"SELECT count(*), count(DISTINCT order_id), sum(amount), min(ordered), max(ordered) FROM {status['silver_table']}")
    lines = content(100_000, 3).decode().splitlines()[1:]
    hundredths = sum(int(line.split('"')[1].replace(",", "").replace(".", "")) for line in lines)
    assert totals == [["100000", "100000", f"{hundredths // 100}.{hundredths % 100:02}", "2024-01-01", "2024-12-28"]]


def test_five_million_rows(workspace, make_sluice, figure):
    sluice = make_sluice(**workspace.settings()).start()
    rows = content(5_000_000)
    pids = {sluice.wait_child(part).pid: part for part in ("api", "mcp", "worker")}
    with Watch(list(pids), sluice.data) as seen:
        begun = time.monotonic()
        dataset = sluice.upload(rows, "many.csv")["id"]
        uploaded_s = time.monotonic() - begun
        status, sync_s, cost, _ = synced(sluice, workspace, dataset, timeout_s=1200)
    assert status["row_count_databricks"] == status["row_count_silver"] == 5_000_000
    assert workspace.sql(f"SELECT count(DISTINCT order_id) FROM {status['silver_table']}") == [["5000000"]]
    memory = {pids[pid]: size for pid, size in seen.memory_bytes_max.items()}
    figure(
        f"5,000,000 rows, {len(rows) / 1e6:.0f} MB: answer {uploaded_s:.1f} s, synced {sync_s:.1f} s later, of that statements {cost['warehouse_ms'] / 1000:.1f} s; "
        f"{cost['rest_calls']} REST calls, {cost['bytes_uploaded']:,} bytes; memory at most "
        + ", ".join(f"{part} {size >> 20} MiB" for part, size in sorted(memory.items()))
    )
    assert all(size < PROCESS_BYTES_MAX for size in memory.values()), memory
    assert cost["bytes_uploaded"] > 64 << 20, "it went in parts"


PARTS = {
    "a part's address expired": ({"action": "expired-link", "path": "/_presigned/", "method": "PUT"}, False),
    "a part answered by 503": ({"action": "status", "status": 503, "path": "/_presigned/", "method": "PUT", "count": 2}, False),
    "a part cut": ({"action": "half_body", "path": "/_presigned/", "method": "PUT"}, False),
    "completed, and the answer lost": ({"action": "lost", "path": "/fs/files/.*parted", "method": "POST", "body": "etag"}, False),
    "no part may be sent": ({"action": "status", "status": 403, "path": "/_presigned/", "method": "PUT", "count": 1000}, False),
    "another storage's protocol": ({"action": "delay", "path": "/nothing"}, True),
}


@pytest.fixture(scope="module")
def parted(workspace, tmp_path_factory):
    from sluice import Sluice

    instance = Sluice(tmp_path_factory.mktemp("parted"), **workspace.settings(DATABRICKS_AUTO_SYNC="false"))
    try:
        instance.start()
        rng = random.Random(7)
        rows = "\n".join(f"{i},{rng.getrandbits(256):064x}" for i in range(2_000_000))
        instance.dataset_id = instance.upload(f"id,noise\n{rows}\n".encode(), "parted.csv")["id"]
        yield instance
    finally:
        workspace.control("state", {"resumable": False})
        instance.close()


@pytest.mark.parametrize("fault", PARTS)
def test_an_upload_in_parts_meets_faults(workspace, parted, figure, fault):
    description, resumable = PARTS[fault]
    workspace.control("state", {"resumable": resumable})
    workspace.fault(**description)
    hits = workspace.control()["hits"]
    parted.ok("POST", f"/api/v1/datasets/{parted.dataset_id}/sync", 202)
    status = parted.wait_status(parted.dataset_id, synced_version=1, timeout_s=300)
    assert resumable or workspace.control()["hits"] > hits
    assert status["attempts"] == 0
    assert workspace.sql(f"SELECT count(*), count(DISTINCT noise) FROM {status['bronze_table']}") == [["2000000", "2000000"]]
    runs = parted.ok("GET", f"/api/v1/datasets/{parted.dataset_id}/databricks/runs")["runs"]
    figure(f"in parts, {fault}: {runs[0]['cost']['bytes_uploaded']:,} bytes, {runs[0]['cost']['rest_calls']} calls")


def test_a_warehouse_that_takes_two_minutes(workspace, make_sluice, figure):
    sluice = make_sluice(**workspace.settings()).start()
    workspace.control("state", {"warehouse_start_s": 120})
    dataset = sluice.upload(content(100), "patient.csv")["id"]
    status, sync_s, cost, _ = synced(sluice, workspace, dataset, timeout_s=240)
    assert status["attempts"] == 0 and status["row_count_silver"] == 100 and sync_s > 115
    figure(f"a warehouse that starts in 120 s: synced after {sync_s:.0f} s, {cost['statements']} statements, {cost['rest_calls']} REST calls, 0 attempts")
