import hashlib
import os
import secrets
import sqlite3
from contextlib import closing

import pytest
from machine import binary, mcp_enabled
from sluice import Sluice, live, workspace

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


def copied_row(db, table, change):
    """Inserts a copy of the table's first row with some columns changed."""
    row = dict(db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone())
    row.update(change(row))
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def second_tenant(sluice):
    """The token of a new tenant `othertenant`, put into metadata.db, since no route makes tenants yet."""
    token = sluice.token[:-64] + secrets.token_hex(32)  # of the form that ours has
    digests = {}
    for text, of in ((sluice.token, "ours"), (token, "theirs")):
        raw = hashlib.sha256(text.encode())
        digests[of] = (raw.hexdigest(), raw.digest())
    try:
        with closing(sqlite3.connect(sluice.data / "metadata.db", timeout=10)) as db, db:
            db.row_factory = sqlite3.Row

            def tenant(row):
                return {k: "othertenant" for k in row if k in ("id", "tenant_id", "name")}

            def their_token(row):
                change = {"tenant_id": "othertenant"}
                for k, v in row.items():
                    if v in digests["ours"]:
                        change[k] = digests["theirs"][digests["ours"].index(v)]
                    elif k in ("id", "token_id"):
                        change[k] = "e2e-other" if isinstance(v, str) else v + 1000
                if len(change) < 2 or not set(change) & (set(row) - {"tenant_id", "id"}):
                    pytest.skip("metadata.db: no column holds the token's SHA-256")
                return change

            copied_row(db, "tenants", tenant)
            copied_row(db, "tokens", their_token)
    except (sqlite3.Error, TypeError) as why:
        pytest.skip(f"metadata.db does not let a test add a tenant: {why}")
    return token


@pytest.fixture(scope="session")
def other_token(sluice):
    return second_tenant(sluice)
