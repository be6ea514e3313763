#!/usr/bin/env python3
"""record.py BINARY ARCHIVE: the data folder of an install of an older version, for test_upgrade.py.

`before_wants/data.tar.xz` is of commit 94f99c7, from before wants were recorded and payloads sealed: all payloads are
legible. `before_house/data.tar.xz` is of 09eca51 (built at caf7c37, which only moved its files), where payloads are sealed,
runs hand over to no other, and one that was overtaken stays `running`.

Its Temporal server has workflows under way: one whose first step no worker has taken yet, one that pauses after an error,
one whose first version was replaced during such a pause, a drop that waits, and a drop of a dataset that is deleted.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from server import Server  # noqa: E402

LEFT_OUT = ("serve.lock", "serve.log", "temporal.log", "spill", "locks", "landing", "trash", "query_results")


class Recorder:
    def __init__(self, server):
        self.server, self.ids = server, {}

    def upload(self, name, rows, path="/api/v1/datasets/upload"):
        edge = "record"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}.csv"\r\n\r\n'.encode()
        body = head + ("a\n" + "".join(f"{i}\n" for i in range(rows))).encode() + f"\r\n--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        self.ids[name] = self.server.call("POST", path, body, kind)["id"]

    def wait(self, name, wanted, waiting_for=None):
        deadline = time.monotonic() + 90
        while True:
            status = self.server.call("GET", f"/api/v1/datasets/{self.ids[name]}/databricks/status")
            if status["sync_status"] == wanted and waiting_for in (None, status["waiting_for"]):
                return
            assert time.monotonic() < deadline, status
            time.sleep(0.1)

    def history(self, name):
        port = self.server.env["TEMPORAL_PORT"]
        command = [ROOT / ".deps/temporal/temporal", "workflow", "show", "--address", f"127.0.0.1:{port}",
                   "--workflow-id", f"dataset-sync-{self.ids[name]}", "--output", "json"]  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def record(self):
        for name in ("dropped", "gone", "kept"):
            self.upload(name, 3)
            self.wait(name, "synced")
        self.server.call("DELETE", f"/api/v1/datasets/{self.ids['kept']}")
        lakehouse = self.server.folder / "lakehouse"
        lakehouse.rename(self.server.folder / "lakehouse-kept")
        lakehouse.write_text("in the way")
        self.upload("paused", 4)
        self.wait("paused", "pending", "retry")
        self.upload("overtaken", 6)
        self.wait("overtaken", "pending", "retry")
        self.upload("overtaken", 7, f"/api/v1/datasets/{self.ids['overtaken']}/versions")
        self.server.call("DELETE", f"/api/v1/datasets/{self.ids['gone']}?lakehouse=drop")
        self.server.call("DELETE", f"/api/v1/datasets/{self.ids['dropped']}/databricks")
        while "TIMER_STARTED" not in self.history("gone"):
            time.sleep(0.2)
        os.kill(self.server._child("worker"), signal.SIGSTOP)
        self.upload("untouched", 5)
        self.wait("untouched", "pending", "worker")
        time.sleep(1)


def main(binary, archive_path):
    with Server(binary, DATABRICKS_RETRY_INTERVAL="10") as server:
        recorder = Recorder(server)
        recorder.record()
        children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        server.process.kill()
        for child in children:
            while pathlib.Path(f"/proc/{child}/stat").exists() and " Z " not in pathlib.Path(f"/proc/{child}/stat").read_text():
                time.sleep(0.05)
        (server.folder / "lakehouse").unlink()
        (server.folder / "lakehouse-kept").rename(server.folder / "lakehouse")
        (server.folder / "ids.json").write_text(json.dumps(recorder.ids))

        def kept(member):
            return None if pathlib.PurePath(member.name).name in LEFT_OUT else member

        with tarfile.open(archive_path, "w:xz") as archive:
            archive.add(server.folder, "data", filter=kept)
    print(pathlib.Path(archive_path).stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
