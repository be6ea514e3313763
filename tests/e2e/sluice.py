"""One `sluice serve` under test: start it, talk to it, find its processes, hurt it, end it."""

import contextlib
import json
import os
import pathlib
import secrets
import socket
import sqlite3
import subprocess
from decimal import Decimal

import described
import requests
from machine import binary, descendants, free_port, mcp_enabled, temporal_binary, until

# A developer's own settings must not leak into the server under test.
SETTINGS = (
    "DATA_STORAGE_PATH DATABASE_URL API_LISTEN API_URL API_TOKEN MCP_LISTEN MCP_SERVER_URL "
    "MCP_API_KEY MCP_ENABLED DATABRICKS_SYNC_ENABLED DATABRICKS_AUTO_SYNC "
    "DATABRICKS_RETRY_ATTEMPTS DATABRICKS_RETRY_INTERVAL TEMPORAL_ADDRESS TEMPORAL_NAMESPACE "
    "TEMPORAL_PORT TEMPORAL_UI_PORT TEMPORAL_BINARY TEMPORAL_PAYLOAD_KEYS TEMPORAL_USERS WORKER_LISTEN ALLOWED_HOSTS METRICS_TOKEN LAKEHOUSE SLUICE_FAULT "
    "SLUICE_SECRET_KEY PASSWORD_MEMORY PASSWORD_PASSES OPEN_REGISTRATION SESSION_DAYS AUDIT_RETENTION_DAYS TRUSTED_PROXIES "
    "UPLOAD_BYTES_MAX UPLOAD_IDLE_S DISK_FREE_BYTES_MIN KEEP_SOURCE MEMORY_LIMIT PROFILE_WAIT_S SCRUB_INTERVAL_S SCRUB_BYTES_PER_S DATABRICKS_HOST DATABRICKS_TOKEN "
    "DATABRICKS_CLIENT_ID DATABRICKS_CLIENT_SECRET DATABRICKS_WAREHOUSE_ID DATABRICKS_EXTERNAL_LOCATION "
    "DATABRICKS_CATALOG DATABRICKS_ISOLATION DATABRICKS_CATALOG_STORAGE_ROOT DATABRICKS_WORKSPACE_ID DATABRICKS_EXEMPT_FROM_MASKS DATABRICKS_WINDOW_S "
    "ARM_TENANT_ID ARM_CLIENT_ID ARM_CLIENT_SECRET ARM_LOGIN_HOST DATABRICKS_AUTH_TYPE DATABRICKS_OIDC_TOKEN DATABRICKS_OIDC_TOKEN_ENV DATABRICKS_OIDC_TOKEN_FILEPATH"
).split()
START_S = 45  # generous: two cores, a debug build, a cold Temporal database
# Settings of a Databricks workspace to run the suite on, instead of the local lakehouse (tests/workspace/test_suite.py).
workspace = json.loads(os.environ.get("E2E_WORKSPACE", "{}"))
SYNC_S = 180 if workspace else 60  # the promise; Spark has two cores and others waiting
live = []  # every instance now running, so that a failing test can show their logs


def exact(response):
    """The body with numbers as they were written: 1.10 stays Decimal('1.10')."""
    return json.loads(response.text, parse_float=Decimal)


class Sluice:
    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.log_path = self.folder / "serve.log"
        self.log_path.touch()
        self.api_port, self.mcp_port, self.worker_port = free_port(), free_port(), free_port()
        self.temporal_port, self.ui_port = free_port(), free_port()
        self.env = {k: v for k, v in os.environ.items() if k not in SETTINGS}
        self.env.update(
            DATA_STORAGE_PATH=str(self.data),
            API_LISTEN=f"127.0.0.1:{self.api_port}",
            MCP_LISTEN=f"127.0.0.1:{self.mcp_port}",
            WORKER_LISTEN=f"127.0.0.1:{self.worker_port}",
            TEMPORAL_PORT=str(self.temporal_port),
            TEMPORAL_UI_PORT=str(self.ui_port),
            NO_PROXY="127.0.0.1",
            no_proxy="127.0.0.1",
        )
        if temporal_binary():
            self.env["TEMPORAL_BINARY"] = temporal_binary()
        if not mcp_enabled():
            self.env["MCP_ENABLED"] = "false"
        if workspace:
            # Instances know nothing of each other's tables: each has a catalog of its own.
            self.env.update(workspace, DATABRICKS_ISOLATION="schema", DATABRICKS_CATALOG=f"e2e_{secrets.token_hex(4)}")
        self.env.update({k: str(v) for k, v in settings.items()})
        self.url = f"http://127.0.0.1:{self.api_port}"
        self.temporal_address = self.env.get("TEMPORAL_ADDRESS", f"127.0.0.1:{self.temporal_port}")
        self.popen = None
        self.extra = []  # other processes that a test started for this instance
        self.known = []  # every process of ours ever seen, to end them in any case
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.hooks["response"].append(described.check)

    def spawn(self, *args, prefix=(), log=None, **env):
        """Starts a `sluice` part of this instance; ended with it."""
        out = open(log or self.log_path, "ab")
        popen = subprocess.Popen(
            [*prefix, str(binary()), *args],
            env={**self.env, **{k: str(v) for k, v in env.items()}},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        out.close()
        self.extra.append(popen)
        return popen

    def start(self, prefix=()):
        """`prefix` is a command that runs it, such as prlimit."""
        self.popen = self.spawn("serve", prefix=prefix)
        if self not in live:
            live.append(self)

        def healthy():
            code = self.popen.poll()
            assert code is None, f"sluice serve ended with {code} before /health answered"
            try:
                return self.http.get(self.url + "/health", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        until(healthy, START_S, "GET /health answers 200")
        self.token = (self.data / "token").read_text().strip()
        self.children()
        return self

    def terminate(self, timeout_s=10):
        """SIGTERM; the exit code. Failing to end in time is a failure."""
        self.children()
        self.popen.terminate()
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIGTERM did not end serve within {timeout_s} s") from None

    def kill(self):
        """kill -9 of serve alone: its children have to notice by themselves."""
        self.children()
        self.popen.kill()
        self.popen.wait()

    def close(self):
        if self in live:
            live.remove(self)
        self.children()
        for popen in self.extra:
            if popen.poll() is None:
                popen.terminate()
        for popen in self.extra:
            try:
                popen.wait(10)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
        for process in self.known:
            process.kill()

    def children(self):
        found = []
        for popen in self.extra:
            if popen.poll() is None:
                found += descendants(popen.pid)
        seen = {(p.pid, p.started) for p in self.known}
        self.known += [p for p in found if (p.pid, p.started) not in seen]
        return found

    def child(self, part):
        """The child `sluice worker|mcp|api`, or `temporal`; None while there is none."""
        for process in self.children():
            program = os.path.basename(process.args[0]) if process.args else ""
            if part == "temporal" and program.startswith("temporal"):
                return process
            if part != "temporal" and program.startswith("sluice") and part in process.args[1:]:
                return process
        return None

    def wait_child(self, part, other_than=None):
        def there():
            process = self.child(part)
            same = process and other_than and process.pid == other_than.pid
            return process if process and not same else None

        return until(there, 30, f"a {part} process among {self.children()}")

    def ports(self):
        return [self.api_port, self.mcp_port, self.worker_port, self.temporal_port, self.ui_port]

    def logs(self):
        text = self.log_path.read_text(errors="replace")
        for path in sorted(self.data.rglob("*.log")):
            with contextlib.suppress(OSError):
                text += path.read_text(errors="replace")
        return text

    def cli(self, *args, timeout_s=90, **env):
        """A client command, as a person on the same machine types it: it finds token and server."""
        return subprocess.run(
            [str(binary()), *map(str, args)],
            env={**self.env, "API_URL": self.url, **{k: str(v) for k, v in env.items()}},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )

    def call(self, method, path, token=None, headers=None, timeout=60, **more):
        headers = dict(headers or {})
        if token != "":  # "" says: none at all
            headers.setdefault("Authorization", f"Bearer {token or self.token}")
        return self.http.request(method, self.url + path, headers=headers, timeout=timeout, **more)

    def ok(self, method, path, status=200, **more):
        response = self.call(method, path, **more)
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code} {response.text}"
        )
        return exact(response) if response.text else None

    def ingest(self, name, records, status=201, **more):
        """`records` may be raw JSON text, for numbers that Python would change."""
        if isinstance(records, str):
            fields = {"name": name, **more}
            body = json.dumps(fields)[:-1] + ', "records": ' + records + "}"
        else:
            body = json.dumps({"name": name, "records": records, **more})
        headers = {"Content-Type": "application/json"}
        return self.ok(
            "POST", "/api/v1/datasets/ingest", status, data=body.encode(), headers=headers
        )

    def upload(self, content, file_name="data.csv", status=201, path="upload", **fields):
        if isinstance(content, pathlib.Path):
            file_name, content = content.name, content.read_bytes()
        if isinstance(content, str):
            content = content.encode()
        return self.ok(
            "POST",
            f"/api/v1/datasets/{path}",
            status,
            files={"file": (file_name, content)},
            data=fields,
        )

    def new_version(self, dataset_id, content, file_name="data.csv"):
        return self.upload(content, file_name, path=f"{dataset_id}/versions")

    def dataset(self, dataset_id):
        return self.ok("GET", f"/api/v1/datasets/{dataset_id}")

    def status(self, dataset_id):
        return self.ok("GET", f"/api/v1/datasets/{dataset_id}/databricks/status")

    def wait_status(self, dataset_id, wanted="synced", timeout_s=SYNC_S, **more):
        """Waits for a sync_status (and other status fields); `failed` ends the wait at once."""
        seen = {}

        def reached():
            with contextlib.suppress(requests.RequestException):
                seen.update(self.status(dataset_id))
            if seen.get("sync_status") == "failed" and wanted != "failed":
                raise AssertionError(f"the sync failed: {seen}")
            right = seen.get("sync_status") == wanted
            return dict(seen) if right and all(seen[k] == v for k, v in more.items()) else None

        return until(reached, timeout_s, lambda: f"{wanted} {more}; last seen {seen}")

    def query(self, dataset_id, sql, **more):
        return self.ok("GET", f"/api/v1/datasets/{dataset_id}/query", params={"sql": sql}, **more)

    def lakehouse(self, sql, **more):
        return self.ok("POST", "/api/v1/query", json={"sql": sql}, **more)

    def value(self, sql):
        rows = self.lakehouse(sql)["rows"]
        assert len(rows) == 1 and len(rows[0]) == 1, rows
        return rows[0][0]

    def temporal(self, *args, opened=True):
        """The Temporal command line against this instance's server, as JSON; payloads opened as an operator has it."""
        codec = []
        if opened and (self.data / "temporal_decode_token").exists():
            token = (self.data / "temporal_decode_token").read_text().strip()
            endpoint = f"http://127.0.0.1:{self.worker_port}/temporal"
            codec = ["--codec-endpoint", endpoint, "--codec-auth", f"Bearer {token}"]
        done = subprocess.run(
            [temporal_binary(), *args, "--address", self.temporal_address, "-o", "json", *codec],
            capture_output=True,
            text=True,
            timeout=20,
        )
        if done.returncode != 0:
            return None
        return json.loads(done.stdout)

    def temporal_do(self, *args):
        """The same for commands whose answer says nothing."""
        command = [temporal_binary(), *args, "--address", self.temporal_address]
        subprocess.run(command, check=True, capture_output=True, timeout=20)

    def workflow(self, dataset_id):
        return self.temporal("workflow", "describe", "-w", f"dataset-sync-{dataset_id}")

    def wait_activity(self, dataset_id, activity):
        """Waits until that activity is running in the dataset's workflow."""

        def running():
            info = self.workflow(dataset_id) or {}
            return any(
                a["activityType"]["name"] == activity and "STARTED" in str(a["state"]).upper()
                for a in info.get("pendingActivities") or []
            )

        until(running, 30, f"{activity} running for {dataset_id}")

    def metadata(self, sql, *values):
        """What metadata.db answers; it is only read."""
        uri = f"file:{self.data}/metadata.db?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as db:
            return db.execute(sql, values).fetchall()

    def lakehouse_tables(self):
        """(schema, table) of all that the local lakehouse has."""
        return self.metadata("SELECT schema_name, table_name FROM lakehouse_tables")

    def delta_tables(self, table, layer):
        """Folders of Delta tables of that layer and name: by their path, else by the catalogue."""
        name = table.split(".")[-1]
        found = [log.parent for log in self.data.rglob("_delta_log")]
        named = [f for f in found if {name, layer} <= set(f.relative_to(self.data).parts)]
        if named:
            return named
        rows = self.metadata("SELECT location FROM lakehouse_tables WHERE schema_name = ? AND table_name = ?", layer, name)
        return [self.data / location.removeprefix("file://") for (location,) in rows]


class Temporal:
    """A Temporal server of the test's own, for `TEMPORAL_ADDRESS`."""

    def __init__(self, folder, port):
        self.port, self.log = port, pathlib.Path(folder) / "temporal.log"
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                [
                    temporal_binary(), "server", "start-dev", "--ip", "127.0.0.1",
                    "--port", str(port), "--headless", "--log-level", "error",
                    "--db-filename", str(pathlib.Path(folder) / "temporal.db"),
                ],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

        def answers():
            assert self.popen.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True

        until(answers, 30, "Temporal listens")

    def close(self):
        self.popen.kill()
        self.popen.wait()


def assert_synced_once(sluice, dataset_id, rows, silver_rows=None, version=1):
    """One bronze, one silver, right counts: by the status, by SQL (of the workspace where it is one), on disk by delta-rs."""
    silver_rows = rows if silver_rows is None else silver_rows
    status = sluice.status(dataset_id)
    assert status["sync_status"] == "synced", status
    assert status["version"] == status["synced_version"] == version, status
    assert status["row_count_local"] == status["row_count_databricks"] == rows, status
    assert status["row_count_silver"] == silver_rows, status
    assert rows == silver_rows + status["rows_quarantined"] + status["duplicates_removed"], status
    for table, count in ((status["bronze_table"], rows), (status["silver_table"], silver_rows)):
        assert sluice.value(f"SELECT count(*) FROM {table}") == count, table
    if workspace:
        return status
    for layer, count in (("bronze", rows), ("silver", silver_rows)):
        folders = sluice.delta_tables(status[f"{layer}_table"], layer)
        assert len(folders) == 1, f"one {layer} table expected: {folders}"
        read = delta_count(folders[0])
        assert read is None or read == count, f"{folders[0]}: delta-rs reads {read}, not {count}"
    return status


def delta_count(folder):
    """Rows that delta-rs really reads; None where it is not installed."""
    try:
        from deltalake import DeltaTable, QueryBuilder
    except ImportError:
        return None
    query = QueryBuilder().register("t", DeltaTable(str(folder)))
    return query.execute("SELECT count(*) AS n FROM t").read_all()["n"].to_pylist()[0]
