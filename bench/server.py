"""A Sluice server to be measured: started in a temporary folder on free ports, ended by its end."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

START_S = 60
SYNCED_S = 300


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`with Server(binary) as server:`. Settings are those of docs/settings.md."""

    def __init__(self, binary, **settings):
        self.kept = tempfile.TemporaryDirectory(prefix="sluice-bench-")
        self.folder = pathlib.Path(self.kept.name)
        self.api, mcp, self.worker, temporal, ui = (free_port() for _ in range(5))
        self.env = dict(
            os.environ, DATA_STORAGE_PATH=str(self.folder), API_LISTEN=f"127.0.0.1:{self.api}",
            MCP_LISTEN=f"127.0.0.1:{mcp}", WORKER_LISTEN=f"127.0.0.1:{self.worker}",
            TEMPORAL_PORT=str(temporal), TEMPORAL_UI_PORT=str(ui), **settings,
        )  # fmt: skip
        self.base, self.binary = f"http://127.0.0.1:{self.api}", binary

    def __enter__(self):
        self.log = open(self.folder / "serve.log", "w")
        command = [self.binary, "serve"]
        self.process = subprocess.Popen(command, env=self.env, stdout=self.log, stderr=self.log)
        try:
            self._wait_started()
            self.token = (self.folder / "token").read_text().strip()
            self.api_pid = self._child("api")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()  # its children end with it
                self.process.wait()
        self.log.close()
        self.kept.cleanup()

    def _wait_started(self):
        deadline = time.monotonic() + START_S
        while True:
            try:
                for port in (self.worker, self.api):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the server did not start:\n" + self.log_tail()) from None
                time.sleep(0.05)

    def log_tail(self):
        return "\n".join((self.folder / "serve.log").read_text().splitlines()[-20:])

    def _child(self, part):
        pid = self.process.pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if part in pathlib.Path(f"/proc/{child}/cmdline").read_text().split("\0")[1:]:
                return int(child)
        raise SystemExit(f"`serve` has no child `{part}`")

    def call(self, method, path, body=None, content_type="application/json"):
        request = urllib.request.Request(self.base + path, data=body, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        if body is not None:
            request.add_header("Content-Type", content_type)
        with urllib.request.urlopen(request, timeout=SYNCED_S) as response:
            text = response.read()
            return json.loads(text) if text else None

    def send(self, path, head, file, tail, content_type):
        """POSTs `head`, the file's bytes and `tail`; (status, answer, seconds from the first byte to the answer)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=SYNCED_S)
        connection.connect()
        size = len(head) + os.path.getsize(file) + len(tail)
        with open(file, "rb") as data:
            start = time.monotonic()
            connection.putrequest("POST", path)
            for name, value in (("Authorization", "Bearer " + self.token), ("Content-Type", content_type),
                                ("Content-Length", str(size))):  # fmt: skip
                connection.putheader(name, value)
            connection.endheaders(head)
            try:
                connection.sock.sendfile(data)
                connection.sock.sendall(tail)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before its end: the answer says why
            response = connection.getresponse()
            answer = response.read()
            seconds = time.monotonic() - start
        connection.close()
        return response.status, json.loads(answer), seconds

    def upload(self, file):
        edge = "bench-boundary"
        name = os.path.basename(file)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return self.send("/api/v1/datasets/upload", head.encode(), file, f"\r\n--{edge}--\r\n".encode(),
                         f"multipart/form-data; boundary={edge}")  # fmt: skip

    def ingest(self, file):
        """`file` holds a JSON array: the records of one request."""
        head = b'{"name": "bench", "records": '
        return self.send("/api/v1/datasets/ingest", head, file, b"}", "application/json")

    def wait_synced(self, dataset_id, since):
        """(status, seconds since `since`)."""
        while time.monotonic() - since < SYNCED_S:
            status = self.call("GET", f"/api/v1/datasets/{dataset_id}/databricks/status")
            if status["sync_status"] not in ("pending", "syncing"):
                return status, time.monotonic() - since
            time.sleep(0.02)
        raise SystemExit(f"not synced within {SYNCED_S} s:\n" + self.log_tail())
