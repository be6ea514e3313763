"""A workspace for the tests, and Sluice on it. Without Spark they are skipped, and say so.

WORKSPACE_PYTHON (with pyspark), WORKSPACE_JARS and WORKSPACE_CLASSES say where it is: README.md.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from machine import mcp_enabled
from sluice import Sluice
from ways import HARD

HERE = pathlib.Path(__file__).resolve().parent
NEEDS = ("WORKSPACE_PYTHON", "WORKSPACE_JARS", "WORKSPACE_CLASSES")
# All suites on a workspace as most accounts are (ways.py).
IS_HARD = os.environ.get("WORKSPACE_HARD") == "1"


figures = []
tables = {}


@pytest.fixture
def figure():
    """`figure("text")`: said at the end of the run."""
    return figures.append


@pytest.fixture
def table_row():
    """`table_row("title", heads, cells)`: a row of a table that is printed at the end of the run."""

    def add(title, heads, cells):
        tables.setdefault(title, [heads]).append(cells)

    return add


def pytest_terminal_summary(terminalreporter):
    for text in figures:
        terminalreporter.write_line("figure: " + text)
    for title, rows in tables.items():
        terminalreporter.write_line(title + ":")
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            terminalreporter.write_line("  " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


class Workspace:
    """The server as a child process, and its control."""

    def __init__(self, root, *arguments):
        python, jars, classes = (os.environ[name] for name in NEEDS)
        self.log = open(root / "workspace.log", "wb")
        self.process = subprocess.Popen(
            [python, HERE / "server.py", "--root", root, "--jars", jars, "--classes", classes, "--external", "s3://bucket", *arguments],
            stdout=subprocess.PIPE, stderr=self.log, cwd=root, text=True,
        )
        ready = json.loads(self.process.stdout.readline())
        self.host, self.token, self.admin, self.warehouse_id = (ready[name] for name in ("host", "token", "admin", "warehouse_id"))

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def settings(self, **more):
        return {
            "DATABRICKS_HOST": self.host,
            "DATABRICKS_TOKEN": self.token,
            "DATABRICKS_WAREHOUSE_ID": self.warehouse_id,
            "DATABRICKS_RETRY_INTERVAL": "2",
            **more,
        }

    def control(self, what="look", body=None, method="POST"):
        return requests.request(method, f"{self.host}/_control/{what}", json=body or {}, timeout=30).json()

    def fault(self, **description):
        self.control("faults", description)

    def ways(self, **changes):
        self.control("ways", changes)

    def as_usual(self):
        """No fault, and the ways that this run has all the time."""
        self.control("faults", method="DELETE")
        self.control("ways", method="DELETE")
        if IS_HARD:
            self.ways(**HARD)

    def call(self, method, path, **more):
        """As an administrator, whom no way stops."""
        return requests.request(method, self.host + path, headers={"Authorization": f"Bearer {self.admin}"}, timeout=90, **more)

    def sql(self, statement):
        """Rows as text; None where the statement fails. As an administrator."""
        body = {"statement": statement, "warehouse_id": self.warehouse_id, "wait_timeout": "50s"}
        answer = self.call("POST", "/api/2.0/sql/statements", json=body).json()
        return answer["result"].get("data_array", []) if answer["status"]["state"] == "SUCCEEDED" else None


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    if not mcp_enabled():
        pytest.skip("MCP_ENABLED=false")
    missing = [name for name in NEEDS if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no Spark for the workspace: {', '.join(missing)} not set (tests/workspace/README.md)")
    server = Workspace(tmp_path_factory.mktemp("workspace"))
    server.as_usual()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_faults_left(workspace):
    yield
    workspace.as_usual()


@pytest.fixture(scope="module")
def on_workspace(workspace, tmp_path_factory):
    """An instance that syncs to the workspace with its token."""
    if IS_HARD:  # As docs/databricks.md advises; else a tenant's first sync makes it, by a statement that tests would count.
        workspace.control("catalog", {"name": "catalog_tenant_default"})
    instance = Sluice(tmp_path_factory.mktemp("sluice"), **workspace.settings())
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def make_sluice(tmp_path):
    made = []

    def make(**settings):
        made.append(Sluice(tmp_path / f"own{len(made)}", **settings))
        return made[-1]

    yield make
    for instance in made:
        instance.close()
