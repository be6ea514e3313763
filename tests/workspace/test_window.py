"""Syncs that would wake a sleeping warehouse wait for each other, and one waking carries them all."""

import collections
import os
import random
import time

import pytest
from machine import until
from tenants import second_tenant

ROWS = b"sku,qty\nA1,3\nB2,4\n"
soak = pytest.mark.skipif(os.environ.get("WORKSPACE_SOAK") != "1", reason="takes long: make soak")


class Tenant:
    """One tenant's datasets in an instance."""

    def __init__(self, sluice, name):
        self.sluice, self.name = sluice, name
        self.token = second_tenant(sluice, name)
        self.datasets = []

    def upload(self, name, path="upload"):
        answer = self.sluice.ok("POST", f"/api/v1/datasets/{path}", 201, files={"file": (f"{name}.csv", ROWS)}, token=self.token)
        if path == "upload":
            self.datasets.append(answer["id"])
        return answer

    def of_each(self, what):
        return [self.sluice.ok("GET", f"/api/v1/datasets/{dataset}/databricks/{what}", token=self.token) for dataset in self.datasets]

    def statuses(self):
        return self.of_each("status")

    def runs(self):
        return [run for answer in self.of_each("runs") for run in answer["runs"]]


@pytest.fixture
def sleeping(workspace):
    """A warehouse that sleeps, and stops a minute after its last statement."""
    workspace.control("state", {"warehouse_start_s": 0.5, "auto_stop_s": 60})
    yield workspace
    workspace.control("state", {"warehouse_start_s": 0, "auto_stop_s": None})


def is_synced(statuses):
    assert all(status["sync_status"] != "failed" for status in statuses), statuses
    return all(status["sync_status"] == "synced" for status in statuses)


def test_one_waking_carries_all_that_waited(sleeping, make_sluice):
    # A window so long that it ends by our hand alone.
    sluice = make_sluice(**sleeping.settings(DATABRICKS_WINDOW_S="3600")).start()
    many, one = Tenant(sluice, "many"), Tenant(sluice, "one")
    before = len(sleeping.control()["statements"])
    for name in ("a", "b", "c"):
        many.upload(name)
    one.upload("only")

    def all_wait():
        statuses = many.statuses() + one.statuses()
        return all((s["sync_status"], s["waiting_for"]) == ("pending", "window") for s in statuses) and statuses

    statuses = until(all_wait, 60, "all wait for the window's end")
    assert all(status["next_attempt_at"] and status["attempts"] == 0 for status in statuses)
    # A newer version takes the place of one that waits, which is none of the window's further syncs.
    replaced = many.datasets[0]
    many.upload("a", f"{replaced}/versions")
    until(lambda: many.runs()[1]["outcome"] == "superseded" and all_wait(), 60, "the newer version waits")
    # Nobody waits who needs no warehouse.
    sluice.ok("DELETE", f"/api/v1/datasets/{many.datasets[2]}/databricks", 202, token=many.token)
    until(lambda: many.statuses()[2]["sync_status"] == "not_synced", 60, "the drop is done")
    told = sleeping.control()
    assert len(told["statements"]) == before and told["warehouse"]["wakings"] == 0

    carried = [many.datasets[0], many.datasets[1], one.datasets[0]]
    for dataset in carried:
        sluice.temporal_do("workflow", "signal", "-w", f"dataset-sync-{dataset}", "--name", "retry")
    until(lambda: is_synced(many.statuses()[:2] + one.statuses()), 120, "all are synced")
    told = sleeping.control()
    assert told["warehouse"]["wakings"] == 1
    assert len(told["statements"]) == before + 2 * len(carried)

    # The runs' shares come to what the warehouse was awake, its idle minute included; but for the quarter of that minute
    # that falls to the one of the four that left.
    costs = [run["cost"] for run in many.runs() + one.runs() if run["outcome"] == "synced"]
    assert len(costs) == len(carried)
    awake_s = sum(cost["awake_ms"] for cost in costs) / 1000
    assert abs(awake_s + 60 / 4 - told["warehouse"]["awake_s"]) < 5, (costs, told["warehouse"])
    assert all(cost["awake_ms"] > 10_000 and cost["dbu"] > 0 for cost in costs), costs
    usage = sluice.ok("GET", "/api/v1/usage", token=one.token)["cost"]
    assert usage["awake_ms"] == one.runs()[0]["cost"]["awake_ms"]


def ends(tenants, spread_s):
    """Uploads one dataset after the other within that time, in an order like any. Seconds from the first upload to the end,
    and of each tenant from its last upload to its end."""
    uploads = [tenant for tenant, count in tenants.items() for _ in range(count)]
    random.Random(7).shuffle(uploads)
    begun, uploaded, ended = time.monotonic(), {}, {}
    for i, tenant in enumerate(uploads):
        time.sleep(max(0.0, begun + i * spread_s / len(uploads) - time.monotonic()))
        tenant.upload(f"d{i}")
        uploaded[tenant] = time.monotonic()

    def all_ended():
        for tenant in tenants:
            if tenant not in ended and is_synced(tenant.statuses()):
                ended[tenant] = time.monotonic()
        return len(ended) == len(tenants)

    until(all_ended, 900, "all are synced")
    return max(ended.values()) - begun, {tenant: ended[tenant] - uploaded[tenant] for tenant in tenants}


# How many datasets each tenant has, within how many seconds they come, and after how many idle ones the warehouse stops.
CASES = {
    "50 of 10 tenants in a minute": ([5] * 10, 60, 60),
    "50 in 20 s, one tenant has 41": ([41] + [1] * 9, 20, 60),
    "10 of 10 tenants, one in 15 s": ([1] * 10, 150, 5),
}


@soak
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("window_s", (0, 30))
def test_what_a_window_saves(sleeping, make_sluice, table_row, case, window_s):
    counts, spread_s, auto_stop_s = CASES[case]
    sluice = make_sluice(**sleeping.settings(DATABRICKS_WINDOW_S=window_s)).start()
    key = f"w{window_s}n{list(CASES).index(case)}"
    tenants = {Tenant(sluice, f"{key}t{i}"): count for i, count in enumerate(counts)}
    sleeping.control("state", {"warehouse_start_s": 3, "auto_stop_s": auto_stop_s})
    before = sleeping.control()
    all_s, tenant_s = ends(tenants, spread_s)
    after = sleeping.control()
    runs = [run for tenant in tenants for run in tenant.runs()]
    assert collections.Counter(run["outcome"] for run in runs) == {"synced": sum(counts)}
    assert all(run["attempts"] == 1 for run in runs)
    awake_s, shares_s = after["warehouse"]["awake_s"], sum(run["cost"]["awake_ms"] for run in runs) / 1000
    if auto_stop_s >= 60:  # Auto-stops are told in minutes.
        assert after["warehouse"]["wakings"] == 1 and abs(shares_s - awake_s) < 10, (shares_s, after["warehouse"])
    heads = ["datasets", "window", "wakings", "s awake", "s of all runs", "DBU", "statements", "REST calls", "s to the end", "s of tenants with fewest", "s of who has most"]
    seconds_of = lambda wanted: f"{max(tenant_s[tenant] for tenant, count in tenants.items() if count == wanted):.0f}"
    table_row("a warehouse that sleeps", heads, [
        case, f"{window_s} s", str(after["warehouse"]["wakings"]), f"{awake_s:.0f}", f"{shares_s:.0f}", f"{sum(run['cost']['dbu'] for run in runs):.3f}",
        str(len(after["statements"]) - len(before["statements"])), str(len(after["calls"]) - len(before["calls"])),
        f"{all_s:.0f}", seconds_of(min(counts)), seconds_of(max(counts)),
    ])
