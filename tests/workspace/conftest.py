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

HERE = pathlib.Path(__file__).resolve().parent
NEEDS = ("WORKSPACE_PYTHON", "WORKSPACE_JARS", "WORKSPACE_CLASSES")


figures = []


@pytest.fixture
def figure():
    """`figure("text")`: said at the end of the run."""
    return figures.append


def pytest_terminal_summary(terminalreporter):
    for text in figures:
        terminalreporter.write_line("figure: " + text)


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
        self.host, self.token, self.warehouse_id = ready["host"], ready["token"], ready["warehouse_id"]

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

    def call(self, method, path, **more):
        return requests.request(method, self.host + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=90, **more)

    def sql(self, statement):
        """Rows as text; None where the statement fails."""
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
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_faults_left(workspace):
    yield
    workspace.control("faults", method="DELETE")


@pytest.fixture(scope="module")
def on_workspace(workspace, tmp_path_factory):
    """An instance that syncs to the workspace with its token."""
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
