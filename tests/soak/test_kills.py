"""The worker is killed again and again: every sync ends, each with one bronze and one silver table."""

import io
import os
import random
import time

from sluice import assert_synced_once

KILLS = int(os.environ.get("SOAK_KILLS", 100))
SYNCS = int(os.environ.get("SOAK_SYNCS", 200))
#: Small ones end within 0.2 s, the largest takes about a second.
ROWS = (1, 37, 5_000, 100_000, 300_000, 1_000_000)
#: Upper bound of the pause between an upload's answer and the kill: about as long as a sync of a middling file takes.
PAUSE_S_MAX = 0.6
#: Every hundredth row of a file is there twice, so that silver differs from bronze.
TWICE_EVERY = 100


def content(rows):
    out = io.StringIO("id,name,amount\n")
    out.seek(0, io.SEEK_END)
    written = 0
    number = 0
    while written < rows:
        line = f"{number},row {number},{number}.25\n"
        out.write(line)
        written += 1
        if number % TWICE_EVERY == 0 and written < rows:
            out.write(line)
            written += 1
        number += 1
    return out.getvalue(), number


def interrupted(sluice, dataset_id):
    """Whether a kill is seen in that workflow's history: an activity that needed a second attempt, or a lost task."""
    events = sluice.temporal("workflow", "show", "-w", f"dataset-sync-{dataset_id}")["events"]
    return any(
        event["eventType"] == "EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT"
        or event.get("activityTaskStartedEventAttributes", {}).get("attempt", 1) > 1
        for event in events
    )


def test_kill_9_of_the_worker_at_random_moments(sluice, figure):
    seed = int(os.environ.get("SOAK_SEED", time.time_ns() % 1_000_000))
    rng = random.Random(seed)
    texts = {rows: content(rows) for rows in ROWS}
    expected, killed, in_mid_sync = {}, 0, 0
    begun = time.monotonic()
    worker = sluice.wait_child("worker")
    while len(expected) < SYNCS or killed < KILLS:
        # Shares of what is left, so that neither runs out before the other.
        for _ in range(-(-(SYNCS - len(expected)) // max(KILLS - killed, 1))):
            rows = rng.choice(ROWS)
            text, silver_rows = texts[rows]
            name = f"Soak {len(expected)}"
            expected[sluice.upload(text, name=name)["id"]] = (rows, silver_rows)
        if killed == KILLS:
            continue
        time.sleep(rng.uniform(0, PAUSE_S_MAX))
        newest = list(expected)[-6:]
        in_mid_sync += any(sluice.status(d)["sync_status"] == "syncing" for d in newest)
        worker.kill()
        killed += 1
        worker = sluice.wait_child("worker", other_than=worker)
    killing_s = time.monotonic() - begun
    for dataset_id in expected:
        sluice.wait_status(dataset_id, timeout_s=300)
    attempts = [
        assert_synced_once(sluice, dataset_id, *counts)["attempts"]
        for dataset_id, counts in expected.items()
    ]
    hurt = sum(interrupted(sluice, dataset_id) for dataset_id in expected)
    tables = sluice.lakehouse_tables()
    assert len(tables) == 2 * len(expected), f"{len(tables)} tables for {len(expected)} datasets"
    figure(
        f"{killed} kills of the worker in {killing_s:.0f} s, {in_mid_sync} of them with a sync under way, seed "
        f"{seed}: {hurt} syncs were cut and went on, {len(expected)} syncs ended, {sum(r for r, _ in expected.values()):,} rows, one bronze "
        f"and one silver each, counts right; attempts that the datasets show: {max(attempts)} at most"
    )
