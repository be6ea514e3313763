#!/usr/bin/env python3
"""record.py BINARY FOLDER: histories of DatasetSyncWorkflow as this binary makes them, for the replay test.

One folder for each version of the workflow's code; what lies there already is never made again: it is what the
workflows in flight at a user's look like.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.error

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))
from server import Server  # noqa: E402

TEMPORAL = ROOT / ".deps/temporal/temporal"


def rows(count, start=0):
    return ("id,name\n" + "".join(f"{start + i},n{i}\n" for i in range(count))).encode()


class Recorder:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder

    def upload(self, text, path="/api/v1/datasets/upload"):
        edge = "record"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'.encode()
        body = head + text + f"\r\n--{edge}--\r\n".encode()
        return self.server.call("POST", path, body, f"multipart/form-data; boundary={edge}")["id"]

    def status(self, dataset):
        return self.server.call("GET", f"/api/v1/datasets/{dataset}/databricks/status")

    def wait(self, dataset, wanted, limit_s=60):
        deadline = time.monotonic() + limit_s
        while (status := self.status(dataset))["sync_status"] != wanted:
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        time.sleep(0.5)  # the workflow ends a moment after the status says so

    def save(self, name, dataset):
        port = self.server.env["TEMPORAL_PORT"]
        command = [TEMPORAL, "workflow", "show", "--address", f"127.0.0.1:{port}", "--workflow-id",
                   f"dataset-sync-{dataset}", "--output", "json"]  # fmt: skip
        history = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        (self.folder / f"{name}.json").write_text(json.dumps(history, indent=1) + "\n")
        print(name, len(history["events"]), "events,", history["events"][-1]["eventType"])

    def synced(self):
        dataset = self.upload(rows(20))
        self.wait(dataset, "synced")
        self.save("synced", dataset)
        self.server.call("POST", f"/api/v1/datasets/{dataset}/sync", b"")
        time.sleep(1)
        self.wait(dataset, "synced")
        self.save("resynced", dataset)
        self.server.call("DELETE", f"/api/v1/datasets/{dataset}?lakehouse=drop")
        time.sleep(2)
        self.save("dropped", dataset)

    def replaced_midway(self):
        dataset = self.upload(rows(3_000_000))
        self.wait(dataset, "synced")
        self.server.call("POST", f"/api/v1/datasets/{dataset}/sync", b"")
        time.sleep(0.2)
        for start in (1, 2):
            self.upload(rows(50, start), f"/api/v1/datasets/{dataset}/versions")
        time.sleep(3)
        self.wait(dataset, "synced")
        self.save("replaced_midway", dataset)

    def repeated(self):
        """The lakehouse fails: first until it is mended, then for good."""
        lakehouse = self.server.folder / "lakehouse"
        kept = self.server.folder / "lakehouse-kept"
        for name, mend in (("tried_again", True), ("failed", False)):
            lakehouse.rename(kept)
            lakehouse.write_text("in the way")
            dataset = self.upload(rows(5))
            if mend:
                time.sleep(1.5)
            else:
                self.wait(dataset, "failed")
            lakehouse.unlink()
            kept.rename(lakehouse)
            if mend:
                self.wait(dataset, "synced")
            self.save(name, dataset)

    def signal(self, name, dataset):
        port = self.server.env["TEMPORAL_PORT"]
        subprocess.run([TEMPORAL, "workflow", "signal", "--address", f"127.0.0.1:{port}", "--workflow-id",
                        f"dataset-sync-{dataset}", "--name", name], check=True, capture_output=True)  # fmt: skip

    def signalled(self):
        """The first pause is cut short by hand, the second cancelled."""
        lakehouse = self.server.folder / "lakehouse"
        kept = self.server.folder / "lakehouse-kept"
        for name in ("retry", "cancel"):
            lakehouse.rename(kept)
            lakehouse.write_text("in the way")
            dataset = self.upload(rows(5))
            while self.status(dataset).get("waiting_for") != "retry":
                time.sleep(0.02)
            lakehouse.unlink()
            kept.rename(lakehouse)
            self.signal(name, dataset)
            self.wait(dataset, {"retry": "synced", "cancel": "failed"}[name])
            self.save(f"signal_{name}", dataset)


    def latest_run(self, dataset):
        port = self.server.env["TEMPORAL_PORT"]
        command = [TEMPORAL, "workflow", "describe", "--address", f"127.0.0.1:{port}", "--workflow-id",
                   f"dataset-sync-{dataset}", "--output", "json"]  # fmt: skip
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return told["workflowExecutionInfo"]["execution"]["runId"]

    def handed_over(self):
        """A drop that fails until its history is long: what the run after that does."""
        lakehouse = self.server.folder / "lakehouse"
        kept = self.server.folder / "lakehouse-kept"
        dataset = self.upload(rows(5))
        self.wait(dataset, "synced")
        lakehouse.rename(kept)
        lakehouse.write_text("in the way")
        self.server.call("DELETE", f"/api/v1/datasets/{dataset}/databricks")
        while self.status(dataset).get("waiting_for") != "retry":
            time.sleep(0.02)
        first = self.latest_run(dataset)
        deadline = time.monotonic() + 300
        while self.latest_run(dataset) == first:
            assert time.monotonic() < deadline, "it has not handed over"
            for _ in range(5):
                self.signal("retry", dataset)
                time.sleep(0.2)
        lakehouse.unlink()
        kept.rename(lakehouse)
        while self.status(dataset)["sync_status"] != "not_synced":
            self.signal("retry", dataset)
            time.sleep(0.5)
        time.sleep(0.5)
        self.save("handed_over", dataset)


def main(binary, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    try:
        with Server(binary, DATABRICKS_RETRY_INTERVAL="1") as server:
            recorder = Recorder(server, folder)
            recorder.synced()
            recorder.replaced_midway()
            recorder.repeated()
            keys = (server.folder / "temporal_payload_keys").read_text()
        (folder / "payload_keys").write_text(keys)
        with Server(binary, DATABRICKS_RETRY_INTERVAL="60", TEMPORAL_PAYLOAD_KEYS=keys.strip()) as server:
            Recorder(server, folder).signalled()
            Recorder(server, folder).handed_over()
    except (AssertionError, urllib.error.HTTPError, subprocess.CalledProcessError):
        shutil.rmtree(folder)
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
