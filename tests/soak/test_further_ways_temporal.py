"""Other forgeries at Temporal than those of the attack report, by another user of this machine: updates, starts, schedules,
results of activities, and what ends workflows. Nothing is copied, dropped or wedged, whether the port is reached or not."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
import requests
from machine import temporal_binary, until
from sluice import assert_synced_once
from tenants import second_tenant

STRANGER = 65534  # nobody
SECRET = "a,b\n" + "".join(f"TOPSECRET{i},{i}\n" for i in range(50))


class World:
    """A server with a victim's dataset that is synced, a second tenant, and a stranger with Temporal's command line."""

    def __init__(self, sluice, folder):
        self.sluice = sluice
        self.other_token = second_tenant(sluice)
        self.victim = self.uploaded("victim")
        self.program = folder / "temporal"
        shutil.copy(temporal_binary(), self.program)
        for path in (folder, *folder.parents):
            if path.stat().st_uid == os.getuid() and path != path.parent and str(path).startswith("/tmp"):
                path.chmod(path.stat().st_mode | 0o055)
        self.reached = 0

    def uploaded(self, name):
        made = self.sluice.upload(SECRET, name=name)
        self.sluice.wait_status(made["id"])
        return made

    def want(self, kind="resync", **more):
        return json.dumps({
            "kind": kind, "dataset_id": self.victim["id"], "tenant_id": "othertenant", "tenant": "othertenant", "version": 1,
            "sha256": self.victim["sha256"], "table_name": "stolen", "order": 999_999, **more,
        })  # fmt: skip

    def forge(self, *arguments):
        """Runs `temporal …` as nobody, in an empty environment; whether it succeeded."""
        done = subprocess.run(
            [self.program, *arguments, "--address", self.sluice.temporal_address, "--command-timeout", "8s"],
            capture_output=True, text=True, timeout=30, env={"HOME": "/nonexistent"}, cwd="/",
            preexec_fn=lambda: (os.setgroups([]), os.setgid(STRANGER), os.setuid(STRANGER)) if os.getuid() == 0 else None,
        )  # fmt: skip
        self.reached += done.returncode == 0
        return done

    def unharmed(self):
        """Still synced, still the victim's, and the next sync works."""
        sluice, dataset_id = self.sluice, self.victim["id"]
        seen = sluice.ok("POST", "/api/v1/query", token=self.other_token, json={"sql": "SELECT 1"})
        assert seen["row_count"] == 1
        stolen = sluice.call("POST", "/api/v1/query", token=self.other_token,
                             json={"sql": "SELECT * FROM catalog_tenant_othertenant.bronze.stolen"})  # fmt: skip
        assert stolen.status_code in (400, 404), f"copied: {stolen.text[:200]}"
        assert "stolen" not in str(sluice.lakehouse_tables())
        assert not sluice.delta_tables("stolen", "bronze")
        assert sluice.status(dataset_id)["bronze_table"].endswith("victim"), sluice.status(dataset_id)
        sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
        until(lambda: sluice.status(dataset_id)["sync_status"] == "synced", 60, lambda: f"not wedged: {sluice.status(dataset_id)}")
        assert_synced_once(sluice, dataset_id, 50)


@pytest.fixture(scope="module")
def world(make_shared, tmp_path_factory):
    return World(make_shared().start(), tmp_path_factory.mktemp("stranger"))


def target(world):
    return ("--workflow-id", f"dataset-sync-{world.victim['id']}")


TYPE = ("--type", "DatasetSyncWorkflow", "--task-queue", "dataset-sync")


def signal_with_start(world, text, name="want", *more):
    """The workflow has ended by now; this begins it again, as the dispatcher does."""
    return ("workflow", "signal-with-start", "--signal-name", name, "--signal-input", text, *target(world), *TYPE, *more)


WAYS = {
    "an_update": lambda w: [("workflow", "update", "start", "--name", "want", "--input", w.want(), "--wait-for-stage", "accepted", *target(w))],
    "an_update_with_start": lambda w: [("workflow", "execute-update-with-start", "--update-name", "want", "--update-input", w.want(),
                                        "--update-id", "u1", "--workflow-id", "stranger-1", "--id-conflict-policy", "UseExisting", *TYPE)],
    "a_start_with_a_want_as_input": lambda w: [("workflow", "start", "--workflow-id", "stranger-2", "--input", w.want(), *TYPE)],
    "a_start_of_the_victims_id": lambda w: [("workflow", "start", "--input", w.want("drop"), *target(w), *TYPE)],
    "a_start_that_continues_as_if": lambda w: [("workflow", "start", "--workflow-id", "stranger-3", *TYPE, "--input",
                                                json.dumps({"want": w.want(), "settled_order": 999_999, "sealed": True}))],
    "a_schedule": lambda w: [("schedule", "create", "--schedule-id", "s1", "--interval", "1s", "--workflow-id", "stranger-4",
                              "--input", w.want("drop"), *TYPE), ("schedule", "trigger", "--schedule-id", "s1"),
                             ("schedule", "delete", "--schedule-id", "s1")],
    "an_activity_as_workflow": lambda w: [("workflow", "start", "--workflow-id", "stranger-5", "--type", "sync_to_bronze",
                                           "--task-queue", "dataset-sync", "--input", w.want())],
    "a_signal_by_query": lambda w: [("workflow", "signal", "--query", "WorkflowType='DatasetSyncWorkflow'", "--name", "want",
                                     "--input", w.want("drop"), "--yes", "--reason", "x")],
    "signals_of_other_names": lambda w: [signal_with_start(w, w.want("drop"), name) for name in ("drop", "cancel", "retry", "want ")],
    "signals_of_no_json": lambda w: [signal_with_start(w, "[]"), signal_with_start(w, '"' + "x" * 100_000 + '"'),
                                     signal_with_start(w, '{"kind":"drop","order":1e300}'), signal_with_start(w, "null"),
                                     signal_with_start(w, "AAAA", "want", "--signal-input-base64", "--signal-input-meta", "encoding=binary/encrypted"),
                                     signal_with_start(w, "{}", "want", "--signal-input-meta", "encoding=json/protobuf")],
    "forty_signals": lambda w: [signal_with_start(w, w.want(order=10**6 + i)) for i in range(40)],
    "a_want_that_is_older": lambda w: [signal_with_start(w, w.want("drop", order=0)), signal_with_start(w, w.want("drop", order=-1))],
    "the_victims_own_want_again": lambda w: [signal_with_start(w, w.want("sync", tenant_id="default", tenant="default", table_name="victim", order=1))],
    "the_victims_tables_dropped": lambda w: [signal_with_start(w, w.want("drop", tenant_id="default", tenant="default", table_name="victim"))],
    "terminated": lambda w: [("workflow", "terminate", *target(w))],
    "cancelled": lambda w: [("workflow", "cancel", *target(w))],
    "deleted": lambda w: [("workflow", "delete", *target(w))],
    "reset": lambda w: [("workflow", "reset", "--type", "FirstWorkflowTask", "--reason", "x", *target(w))],
    "paused_activities": lambda w: [("activity", "pause", "--activity-id", "1", *target(w)),
                                    ("activity", "reset", "--activity-id", "1", *target(w))],
    "search_attributes_removed": lambda w: [("operator", "search-attribute", "remove", "--name", "SluiceStatus", "--yes"),
                                            ("operator", "search-attribute", "remove", "--name", "SluiceTenant", "--yes")],
    "a_worker_versioned_away": lambda w: [("worker", "deployment", "set-current-version", "--deployment-name", "x", "--build-id", "y",
                                           "--ignore-missing-task-queues", "--allow-no-pollers", "--yes")],
    "a_namespace_kept_for_an_hour": lambda w: [("operator", "namespace", "update", "--retention", "1h", "--namespace", "default")],
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_stranger_changes_nothing(world, figure, way):
    before = world.reached
    said = [(done.returncode, (done.stderr or done.stdout).strip()[:160]) for done in (world.forge(*args) for args in WAYS[way](world))]
    figure(f"temporal, {way}: {world.reached - before} of {len(said)} commands succeeded; {said[0]}")
    world.unharmed()


def test_a_stranger_reads_nothing(world, figure):
    """Ids and times may be seen where the port is reached; what a payload holds may not."""
    shown = world.forge("workflow", "show", *target(world), "-o", "json").stdout
    listed = world.forge("workflow", "list", "-o", "json").stdout
    described = world.forge("workflow", "describe", *target(world), "-o", "json").stdout
    figure(f"temporal, read: history {len(shown)} bytes, list {len(listed)}, description {len(described)}")
    for text in (shown, listed, described):
        assert world.victim["sha256"] not in text and '"table_name"' not in text and "catalog_tenant" not in text


def listening(process):
    """TCP ports on which a process listens, by its own view of the network."""
    inodes = set()
    for entry in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
    lines = [line.split() for line in pathlib.Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]]
    return sorted({int(f[1].split(":")[1], 16) for f in lines if f[3] == "0A" and f[9] in inodes})


def test_no_door_answers_a_web_page(world, figure):
    """What a page in a browser can send without asking first: a POST of text/plain from another origin, to each port."""
    headers = {"Content-Type": "text/plain", "Origin": "http://evil.example", "Host": "evil.example"}
    body = {"workflowType": {"name": "DatasetSyncWorkflow"}, "taskQueue": {"name": "dataset-sync"},
            "signalInput": {"payloads": [json.loads(world.want("drop"))]}}  # fmt: skip
    taken = {}
    for port in listening(world.sluice.child("temporal")):
        url = f"http://127.0.0.1:{port}/api/v1/namespaces/default/workflows"
        for method, path in (("POST", f"/dataset-sync-{world.victim['id']}/signal-with-start/want"), ("POST", "/stranger-9"), ("GET", "")):
            with contextlib.suppress(requests.RequestException):
                answer = requests.request(method, url + path, data=json.dumps(body) if method == "POST" else None, headers=headers, timeout=5)
                taken[f"{method} :{port}{path[-20:]}"] = answer.status_code
    figure(f"temporal, a web page: {taken}")
    assert not [way for way, status in taken.items() if status < 300], taken
    world.unharmed()


def test_a_result_of_an_activity_that_a_stranger_gives(world, figure):
    """While the MCP server stands still, `sync_to_bronze` is in flight; a stranger says that it is done."""
    sluice = world.sluice
    mcp = sluice.child("mcp")
    os.kill(mcp.pid, signal.SIGSTOP)
    try:
        made = sluice.upload("a\n1\n2\n", name="in flight")
        sluice.wait_activity(made["id"], "sync_to_bronze")
        workflow = sluice.workflow(made["id"])
        activity = workflow["pendingActivities"][0]["activityId"]
        result = json.dumps({"table": "catalog_tenant_othertenant.bronze.stolen", "row_count": 7, "outcome": "done"})
        forged = world.forge("activity", "complete", "--activity-id", activity, "--workflow-id", f"dataset-sync-{made['id']}", "--result", result)
    finally:
        os.kill(mcp.pid, signal.SIGCONT)
    figure(f"temporal, a forged result: {forged.returncode} {(forged.stderr or forged.stdout).strip()[:160]}")
    until(lambda: sluice.status(made["id"])["sync_status"] == "synced", 90, lambda: f"{sluice.status(made['id'])}")
    assert_synced_once(sluice, made["id"], 2)


def test_a_failure_of_an_activity_that_a_stranger_gives(world, figure):
    sluice = world.sluice
    mcp = sluice.child("mcp")
    os.kill(mcp.pid, signal.SIGSTOP)
    try:
        made = sluice.upload("a\n1\n2\n", name="failed by a stranger")
        sluice.wait_activity(made["id"], "sync_to_bronze")
        activity = sluice.workflow(made["id"])["pendingActivities"][0]["activityId"]
        forged = world.forge("activity", "fail", "--activity-id", activity, "--workflow-id", f"dataset-sync-{made['id']}", "--reason", "</script>")
    finally:
        os.kill(mcp.pid, signal.SIGCONT)
    figure(f"temporal, a forged failure: {forged.returncode} {(forged.stderr or forged.stdout).strip()[:160]}")
    until(lambda: sluice.status(made["id"])["sync_status"] in ("synced", "failed"), 90, lambda: f"{sluice.status(made['id'])}")
    if sluice.status(made["id"])["sync_status"] == "failed":
        sluice.ok("POST", f"/api/v1/datasets/{made['id']}/sync", 202)
        until(lambda: sluice.status(made["id"])["sync_status"] == "synced", 90, lambda: f"not wedged: {sluice.status(made['id'])}")
