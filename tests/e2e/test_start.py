"""Starts that cannot work say why in one line; starts that can find everything as it was."""

import os
import pathlib
import shutil
import socket
import stat
import subprocess
import tempfile
from contextlib import closing

import pytest
from machine import binary


def fails(sluice, *names, prefix=(), command="serve", **env):
    """Runs to its end: exit code not 0, and exactly one line naming each of `names`."""
    popen = sluice.spawn(command, prefix=prefix, **env)
    try:
        code = popen.wait(20)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"it goes on; its log: {sluice.logs()}") from None
    lines = [line for line in sluice.log_path.read_text().splitlines() if line.strip()]
    assert code > 0, f"exit code {code}: {lines}"
    saying = [line for line in lines if all(name in line for name in names)]
    assert len(saying) == 1, f"one clear line with {names}: {lines}"
    for noise in ("terminate called", "what():", "Traceback", "panicked", "core dumped"):
        assert not any(noise in line for line in lines), lines
    assert sluice.children() == [], "nothing is left behind"
    return lines


@pytest.mark.parametrize("setting", ["API_LISTEN", "MCP_LISTEN", "WORKER_LISTEN", "TEMPORAL_PORT"])
def test_a_port_that_is_taken(make_sluice, setting):
    if setting != "API_LISTEN" and os.environ.get("MCP_ENABLED") == "false":
        pytest.skip("MCP_ENABLED=false: only the API listens")
    sluice = make_sluice()
    with closing(socket.socket()) as s:
        port = int(sluice.env[setting].rpartition(":")[2])
        s.bind(("127.0.0.1", port))
        s.listen()
        fails(sluice, str(port))


def test_a_second_serve_on_one_folder(sluice):
    """Two would work on one set of files; the second says so (or that its ports are taken)."""
    popen = sluice.spawn("serve", log=sluice.folder / "second.log")
    assert popen.wait(20) > 0
    assert sluice.call("GET", "/health").status_code == 200, "the first serves on"


def test_a_folder_that_cannot_be_written(make_sluice):
    prefix = ()
    # pytest's own temporary folders are closed to others; this one has to be reachable.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
    try:
        folder.chmod(0o555)
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                pytest.skip("root, and no setpriv to be somebody else")
            prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            if subprocess.run([*prefix, "test", "-x", binary()], check=False).returncode != 0:
                pytest.skip(f"nobody may not run {binary()}")
        sluice = make_sluice(DATA_STORAGE_PATH=folder / "data")
        sluice.folder.chmod(0o755)
        fails(sluice, str(folder / "data"), prefix=prefix)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_where_the_folder_should_be(make_sluice):
    sluice = make_sluice()
    sluice.data.write_text("in the way")
    fails(sluice, str(sluice.data))
    assert sluice.data.read_text() == "in the way"


@pytest.mark.needs_sync
def test_a_missing_temporal(make_sluice):
    fails(make_sluice(TEMPORAL_BINARY="/nonexistent/temporal"), "/nonexistent/temporal")


@pytest.mark.parametrize(
    "setting, value",
    [
        ("API_LISTEN", "nowhere"),
        ("API_LISTEN", "127.0.0.1:99999"),
        ("TEMPORAL_PORT", "seven"),
        ("MCP_ENABLED", "perhaps"),
        ("DATABRICKS_AUTO_SYNC", "2"),
        ("DATABRICKS_RETRY_ATTEMPTS", "-1"),
        ("DATABRICKS_RETRY_INTERVAL", "5 minutes"),
        ("DATABASE_URL", "mysql://x"),
        ("LAKEHOUSE", "iceberg"),
        ("DATABRICKS_ISOLATION", "tenant"),
    ],
)
def test_a_setting_that_cannot_be_understood(make_sluice, setting, value):
    lines = fails(make_sluice(**{setting: value}), setting)
    assert len(lines) == 1, "one line, nothing else"


def test_settings_come_from_env_file_and_flag(make_sluice):
    sluice = make_sluice()
    for name in ("DATA_STORAGE_PATH", "API_LISTEN"):
        del sluice.env[name]
    (sluice.folder / ".env").write_text(
        f"# as in docs/settings.md\nAPI_LISTEN=127.0.0.1:{sluice.api_port}\n"
        f"DATA_STORAGE_PATH={sluice.folder}/not-this-one\n"
    )
    sluice.popen = sluice.spawn("serve", "--data-storage-path", str(sluice.data))
    original, sluice.spawn = sluice.spawn, lambda *_, **__: sluice.popen
    try:
        sluice.start()
    finally:
        sluice.spawn = original
    assert not (sluice.folder / "not-this-one").exists(), "the flag wins"
    assert sluice.call("GET", "/api/v1/datasets").status_code == 200


def test_a_first_and_a_second_start(make_sluice):
    sluice = make_sluice().start()
    assert stat.S_IMODE(sluice.data.stat().st_mode) == 0o700
    for secret in ("token", "mcp_api_key"):
        assert stat.S_IMODE((sluice.data / secret).stat().st_mode) == 0o600, secret
    assert sluice.token not in sluice.logs() and str(sluice.data / "token") in sluice.logs(), "where it lies, not what it is"

    token = sluice.token
    dataset = sluice.ingest("Found again", [{"a": 1}, {"a": 2}], description="kept")
    if sluice.env.get("MCP_ENABLED") != "false":
        sluice.wait_status(dataset["id"])
    before, status = sluice.dataset(dataset["id"]), sluice.status(dataset["id"])
    assert sluice.terminate() == 0

    sluice.start()
    assert sluice.token == token
    assert token not in sluice.logs()
    assert sluice.dataset(dataset["id"]) == before
    assert sluice.status(dataset["id"]) == status
    assert sluice.query(dataset["id"], "SELECT sum(a) FROM dataset")["rows"][0][0] in (3, "3")
    if status["silver_table"]:
        assert sluice.value(f"SELECT count(*) FROM {status['silver_table']}") == 2
    assert sluice.terminate() == 0
