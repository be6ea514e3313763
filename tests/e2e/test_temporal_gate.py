"""The supervised Temporal server: who reaches it, what its processes are told, and what its damage stops."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
from machine import temporal_binary, until
from sluice import assert_synced_once

pytestmark = pytest.mark.needs_sync
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
is_root = os.geteuid() == 0


def has_namespaces():
    tries = (["unshare", "--net", "true"], ["unshare", "-Un", "true"])
    return any(subprocess.run(t, capture_output=True, check=False).returncode == 0 for t in tries)


needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="this machine allows no network namespaces")
needs_root = pytest.mark.skipif(not is_root, reason="only root can be another user")


def environment(process):
    raw = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
    return dict(entry.decode().split("=", 1) for entry in raw.split(b"\0") if b"=" in entry)


def gate(sluice):
    (found,) = [p for p in sluice.children() if "temporal-gate" in p.args]
    return found


def listening(process):
    """Ports that this process listens on, as its own network namespace has them."""
    inodes = set()
    for entry in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def command_as(prefix, sluice, *args):
    done = subprocess.run(
        [*prefix, temporal_binary(), *args, "--address", sluice.temporal_address, "--command-timeout", "5s"],
        env={**os.environ, "HOME": "/tmp"}, capture_output=True, text=True, timeout=30, check=False)  # fmt: skip
    assert "permission denied" not in done.stderr, "the gate is to refuse it, not a file"
    return done


@needs_namespaces
def test_nothing_but_the_gate_is_outside(make_sluice):
    sluice = make_sluice().start()
    server, ours = sluice.child("temporal"), os.readlink("/proc/self/ns/net")
    assert os.readlink(f"/proc/{server.pid}/ns/net") != ours, "a network of its own"
    assert {sluice.temporal_port, sluice.ui_port} < listening(server), "and more, which nobody reaches"
    outside = pathlib.Path("/proc/self/net/tcp").read_text()
    for port in listening(server) - {sluice.temporal_port, sluice.ui_port}:
        assert f"0100007F:{port:04X} 00000000:0000 0A" not in outside, port
    dataset = sluice.ingest("Through", [{"a": 1}])["id"]
    sluice.wait_status(dataset)
    assert sluice.workflow(dataset), "Temporal's command line comes in"
    page = requests.get(f"http://127.0.0.1:{sluice.ui_port}/", timeout=10)
    assert page.status_code == 200 and "html" in page.headers["Content-Type"], "and a browser"


@needs_namespaces
@needs_root
def test_another_user_does_not_come_in(make_sluice):
    sluice = make_sluice().start()
    dataset = sluice.ingest("Victim", [{"a": 1}])["id"]
    status = sluice.wait_status(dataset)
    assert command_as([], sluice, "workflow", "list").returncode == 0
    for args in (
        ("workflow", "list"),
        ("workflow", "signal-with-start", "--type", "DatasetSyncWorkflow", "--task-queue", "dataset-sync",
         "--signal-name", "want", "-w", f"dataset-sync-{dataset}", "--signal-input", '{"not": 1}'),
        ("workflow", "terminate", "-w", f"dataset-sync-{dataset}"),
    ):  # fmt: skip
        assert command_as(AS_NOBODY, sluice, *args).returncode != 0, args
    probe = (
        "import socket,sys\nfor p in map(int, sys.argv[1:]):\n s = socket.create_connection(('127.0.0.1', p), 5)\n"
        " s.settimeout(5)\n try:\n  s.sendall(b'GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n'); got = s.recv(99)\n"
        " except OSError: got = b''\n print(got)"
    )
    for closes_first in (False, True):
        # Who closes at once is root's to the kernel; he must not come in for that.
        text = probe.replace("got = s.recv(99)", "s.close(); got = b''") if closes_first else probe
        out = subprocess.run([*AS_NOBODY, "/usr/bin/python3", "-c", text, str(sluice.temporal_port), str(sluice.ui_port)],
                             capture_output=True, text=True, timeout=30, check=True).stdout  # fmt: skip
        assert out == "b''\nb''\n", out
    assert sluice.status(dataset) == status
    assert sluice.logs().count("tried by another user") == 1
    dataset = sluice.ingest("After", [{"a": 1}])["id"]
    sluice.wait_status(dataset)


@needs_namespaces
@needs_root
def test_a_user_who_may_comes_in(make_sluice):
    sluice = make_sluice(TEMPORAL_USERS="nobody, 4321").start()
    done = command_as(AS_NOBODY, sluice, "workflow", "list")
    assert done.returncode == 0, done.stderr


@needs_namespaces
def test_a_web_page_does_not_come_in(make_sluice):
    """A name of its own that points here: the browser then takes our answers for the page's."""
    sluice = make_sluice().start()
    url = f"http://127.0.0.1:{sluice.ui_port}/api/v1/namespaces"
    until(lambda: requests.get(url, timeout=10).status_code == 200, 20, "the page has found its server")
    for host, wanted in (("evil.example", 403), (f"evil.example:{sluice.ui_port}", 403), ("127.0.0.1", 200),
                         (f"localhost:{sluice.ui_port}", 200)):  # fmt: skip
        assert requests.get(url, headers={"Host": host}, timeout=10).status_code == wanted, host
    with socket.create_connection(("127.0.0.1", sluice.ui_port), 5) as s:
        s.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.2)
        s.sendall(b"Host: evil.example\r\n\r\n")
        assert b"403" in s.recv(99)


@needs_namespaces
def test_it_dies_and_comes_back(make_sluice):
    sluice = make_sluice().start()
    for victim in ("temporal", "gate"):
        server = sluice.child("temporal")
        (server if victim == "temporal" else gate(sluice)).kill()
        assert sluice.wait_child("temporal", other_than=server)
        until(lambda: not server.alive(), 10, "the old server is gone")
        dataset = sluice.ingest(f"After {victim}", [{"a": 1}])["id"]
        sluice.wait_status(dataset)
    known = sluice.children()
    sluice.kill()
    until(lambda: not any(p.alive() for p in known), 10, "all die with serve")


@pytest.mark.skipif(is_root and not os.path.exists("/usr/bin/setpriv"), reason="no setpriv to be an ordinary user")
@needs_namespaces
def test_an_ordinary_user_has_the_gate_as_well(make_sluice, tmp_path_factory):
    """By way of a user namespace."""
    if not is_root:
        pytest.skip("every other test is one of an ordinary user")
    import tempfile

    from sluice import Sluice

    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
    os.chown(folder, 65534, 65534)
    sluice = Sluice(folder, HOME=str(folder))
    try:
        os.chown(sluice.log_path, 65534, 65534)
        spawn = sluice.spawn
        sluice.spawn = lambda *args, **_: spawn(*args, prefix=AS_NOBODY)
        sluice.start()
        assert os.readlink(f"/proc/{sluice.child('temporal').pid}/ns/net") != os.readlink("/proc/self/ns/net")
        dataset = sluice.ingest("Ordinary", [{"a": 1}])["id"]
        sluice.wait_status(dataset)
        assert command_as(["setpriv", "--reuid=65533", "--clear-groups"], sluice, "workflow", "list").returncode != 0
        known = sluice.children()
        sluice.kill()
        until(lambda: not any(p.alive() for p in known), 10, "all die with serve")
    finally:
        sluice.close()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_without_namespaces_it_says_so_and_works(make_sluice):
    """As on a machine that allows none: Temporal listens on loopback itself, and nothing else is worse."""
    refusing = str(pathlib.Path(__file__).with_name("refusing.py"))
    sluice = make_sluice().start(prefix=(sys.executable, refusing, "unshare"))
    server = sluice.wait_child("temporal")
    assert os.readlink(f"/proc/{server.pid}/ns/net") == os.readlink("/proc/self/ns/net")
    until(lambda: {sluice.temporal_port, sluice.ui_port} <= listening(server), 20, "it listens itself")
    assert "Every user of this machine reaches Temporal's ports" in sluice.logs()
    dataset = sluice.ingest("Unfenced", [{"a": 1}])["id"]
    sluice.wait_status(dataset)
    assert_synced_once(sluice, dataset, 1)
    # Workers take their own filter beside the one that is there already.
    assert sluice.query(dataset, "SELECT a FROM dataset")["rows"] == [[1]]


SECRETS = {
    "API_TOKEN": "of-the-command-line",
    "MCP_API_KEY": "of-mcp",
    "DATABRICKS_TOKEN": "of-databricks",
    "DATABRICKS_CLIENT_SECRET": "of-databricks-too",
    "AWS_SECRET_ACCESS_KEY": "of-somebody-else",
}


def test_each_child_is_told_only_what_it_needs(make_sluice):
    keys = "test:" + "A" * 43 + "="
    sluice = make_sluice(**SECRETS, TEMPORAL_PAYLOAD_KEYS=keys).start()
    holders = {name: set() for name in [*SECRETS, "TEMPORAL_PAYLOAD_KEYS"]}
    found = {part: sluice.wait_child(part) for part in ("temporal", "api", "mcp", "worker")}
    for part, process in found.items():
        told = environment(process)
        for name in told.keys() & holders.keys():
            holders[name].add(part)
        leaks = {name for name, secret in SECRETS.items() if secret in told.values() and name not in told}
        assert not leaks, (part, leaks)
    assert holders == {
        "API_TOKEN": set(),
        "MCP_API_KEY": {"api", "mcp", "worker"},
        "DATABRICKS_TOKEN": set(),  # the lakehouse here is a local one
        "DATABRICKS_CLIENT_SECRET": set(),
        "AWS_SECRET_ACCESS_KEY": set(),
        "TEMPORAL_PAYLOAD_KEYS": {"api", "worker"},
    }
    found["gate"] = gate(sluice)
    machine = {"PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL"}
    assert environment(found["temporal"]).keys() <= machine
    assert environment(found["gate"]).keys() <= machine


def test_parts_read_no_env_file(make_sluice):
    """It would tell each of them all."""
    sluice = make_sluice()
    (sluice.folder / ".env").write_text("DATABRICKS_AUTO_SYNC=false\nAPI_TOKEN=of-the-command-line\n")
    sluice.start()
    for part in ("api", "mcp", "worker"):
        assert "--no-env-file" in sluice.wait_child(part).args
    dataset = sluice.ingest("Not synced", [{"a": 1}])["id"]
    assert sluice.status(dataset)["sync_status"] == "not_synced", "what serve read there holds"


def broken(path):
    """A header that is none."""
    with open(path, "r+b") as file:
        file.write(b"\0" * 100)


def malformed(path):
    """The first page's tree is garbage: the schema cannot be read."""
    with open(path, "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3_000)


def empty(path):
    """As a machine leaves it that went down while it was made."""
    os.truncate(path, 0)


@pytest.mark.parametrize("damage", [broken, malformed, empty])
def test_a_broken_database_is_set_aside(make_sluice, damage):
    """What was in flight goes on from the metadata; what is local never stops."""
    sluice = make_sluice().start()
    synced = sluice.ingest("Synced", [{"a": 1}])["id"]
    sluice.wait_status(synced)
    sluice.wait_child("worker").kill(signal.SIGSTOP)
    waiting = sluice.ingest("Waiting", [{"a": 1}, {"a": 2}])["id"]
    dropped = sluice.ingest("Dropped", [{"a": 1}])["id"]
    sluice.ok("DELETE", f"/api/v1/datasets/{synced}?lakehouse=drop", status=204)
    sluice.wait_status(waiting, "pending", waiting_for="worker")
    sluice.ok("DELETE", f"/api/v1/datasets/{dropped}/databricks", status=202)
    known = sluice.children()
    sluice.kill()
    until(lambda: not any(p.alive() for p in known), 10, "all die with serve")
    database = sluice.data / "temporal/temporal.db"
    for suffix in ("-journal", "-wal", "-shm"):  # they would mend it
        pathlib.Path(f"{database}{suffix}").unlink(missing_ok=True)
    damage(database)
    sluice.start()
    (aside,) = [p for p in database.parent.glob("temporal.db.broken-*") if not p.name.endswith(("-journal", "-wal", "-shm"))]  # fmt: skip
    assert aside.name in sluice.logs(), "the log says where it is"
    sluice.wait_status(waiting, timeout_s=60)
    assert_synced_once(sluice, waiting, 2)
    sluice.wait_status(dropped, "not_synced", timeout_s=60)
    folder = sluice.data / "lakehouse/catalog_tenant_default/bronze/synced"
    until(lambda: not folder.exists(), 60, "the drop of a deleted dataset is done as well")


def test_what_is_local_goes_on_without_temporal(make_sluice):
    """The database cannot even be made: its place is a folder that is not ours to change."""
    sluice = make_sluice()
    (sluice.data / "temporal/temporal.db/in-the-way").mkdir(parents=True)
    sluice.start()
    dataset = sluice.ingest("Local", [{"a": 1}])["id"]
    assert sluice.query(dataset, "SELECT a FROM dataset")["rows"] == [[1]]
    status = sluice.wait_status(dataset, "pending", waiting_for="temporal")
    assert status["waiting_since"]
    assert sluice.popen.poll() is None
    (sluice.data / "temporal/temporal.db/in-the-way").rmdir()
    (sluice.data / "temporal/temporal.db").rmdir()
    sluice.wait_status(dataset, timeout_s=60)


def test_a_workflow_that_somebody_ended_is_begun_again(make_sluice):
    sluice = make_sluice().start()
    sluice.wait_child("worker").kill(signal.SIGSTOP)
    dataset = sluice.ingest("Terminated", [{"a": 1}])["id"]
    sluice.wait_status(dataset, "pending", waiting_for="worker")
    sluice.temporal_do("workflow", "terminate", "-w", f"dataset-sync-{dataset}")
    sluice.wait_child("worker").kill(signal.SIGCONT)
    sluice.wait_status(dataset, timeout_s=60)
    assert_synced_once(sluice, dataset, 1)


def test_a_stopped_mcp_server_is_named(make_sluice):
    sluice = make_sluice().start()
    mcp = sluice.wait_child("mcp")
    mcp.kill(signal.SIGSTOP)
    try:
        dataset = sluice.ingest("Stopped", [{"a": 1}])["id"]
        status = sluice.wait_status(dataset, "pending", waiting_for="mcp", timeout_s=60)
        assert status["attempts"] == 0, "nobody's fault"
    finally:
        mcp.kill(signal.SIGCONT)
    sluice.wait_status(dataset, timeout_s=60)
    assert_synced_once(sluice, dataset, 1)
