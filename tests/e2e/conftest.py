import os
import pathlib
import sys

import pytest
from machine import binary, mcp_enabled
from sluice import Sluice, live, workspace
from tenants import second_tenant

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))  # where mutants/ lies

NO_MCP = "MCP_ENABLED=false"


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_sync: runs a sync; skipped with MCP_ENABLED=false")
    config.addinivalue_line("markers", "local_lakehouse: looks at its files or counts on its speed; skipped on a workspace")


def pytest_collection_modifyitems(items):
    for item in items:
        if workspace and item.get_closest_marker("local_lakehouse"):
            item.add_marker(pytest.mark.skip(reason="looks into the local lakehouse"))
    if mcp_enabled():
        return
    for item in items:
        if item.get_closest_marker("needs_sync"):
            item.add_marker(pytest.mark.skip(reason=NO_MCP))


def pytest_terminal_summary(terminalreporter):
    if not mcp_enabled():
        skipped = terminalreporter.stats.get("skipped", [])
        count = sum(report.longrepr[2] == f"Skipped: {NO_MCP}" for report in skipped)
        terminalreporter.write_line(f"{count} sync tests skipped: {NO_MCP}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for instance in live:
            tail = "\n".join(instance.logs().splitlines()[-80:])
            report.sections.append((f"log of {instance.folder} (last 80 lines)", tail))


@pytest.fixture(scope="session")
def built():
    """The program exists: nothing here can pass without it."""
    path = binary()
    if path is None or not os.access(path, os.X_OK):
        pytest.fail(f"no sluice binary ({path}): run `make build`, or set SLUICE_BINARY")
    return path


@pytest.fixture(scope="session")
def sluice(built, tmp_path_factory):
    """The instance that ordinary tests share. They name their datasets apart and never stop it."""
    instance = Sluice(tmp_path_factory.mktemp("shared"))
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def make_sluice(built, tmp_path):
    """Instances of a test's own, with settings: `make_sluice(MCP_ENABLED="false").start()`."""
    made = []

    def make(**settings):
        made.append(Sluice(tmp_path / f"own{len(made)}", **settings))
        return made[-1]

    yield make
    for instance in made:
        instance.close()


@pytest.fixture(scope="session")
def other_token(sluice):
    return second_tenant(sluice)
