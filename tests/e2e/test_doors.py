"""One tenant does its worst with a token of its own; another is served all the same. And who may do what at all."""

import http.client
import json
import secrets
import socket
import sqlite3
import subprocess
import time
from contextlib import closing, suppress

import loads
import pytest
import requests
from tenants import copied_row, second_tenant
from machine import until
from tus import CHUNK, TUS

PATIENCE_S = 5  # Each answer takes milliseconds; a machine with others on it must not fail a test.


@pytest.fixture(scope="module")
def doors(built, tmp_path_factory):
    """An instance of these tests' own, whose first tenant does the harm, and the other's token."""
    from sluice import Sluice

    instance = Sluice(tmp_path_factory.mktemp("doors"), MCP_ENABLED="false")
    try:
        instance.start()
        instance.other = second_tenant(instance)
        lines = "".join(f"{i},{secrets.token_hex(400)}\n" for i in range(10_000))
        instance.large = instance.upload("id,t\n" + lines, name="Large")["id"]
        instance.theirs = upload_as(instance, instance.other, "Theirs", "id,t\n" + lines)["id"]
        yield instance
    finally:
        instance.close()


def upload_as(sluice, token, name="B", text="a\n1\n", timeout=PATIENCE_S):
    files = {"file": ("b.csv", text.encode())}
    return sluice.ok("POST", "/api/v1/datasets/upload", 201, token=token, timeout=timeout, files=files,
                     data={"name": name})


def select_1(sluice, token):
    body = {"sql": "SELECT 1"}
    answer = sluice.ok("POST", "/api/v1/query", token=token, timeout=PATIENCE_S, json=body)
    assert answer["rows"] == [[1]]


def small_requests(sluice, token):
    for _ in range(10):
        sluice.ok("GET", "/api/v1/datasets?limit=1", token=token, timeout=PATIENCE_S)


def served(sluice, token):
    """What the other tenant wants, and who watches."""
    small_requests(sluice, token)
    upload_as(sluice, token)
    select_1(sluice, token)
    watched = sluice.call("GET", "/metrics", token="", timeout=PATIENCE_S)
    assert watched.status_code == 200 and "query_queued" in watched.text
    assert sluice.call("GET", "/health", token="", timeout=PATIENCE_S).status_code == 200


def test_slow_bodies_of_one_hold_nobody(doors):
    with loads.slow_bodies(doors, doors.token, 24):
        time.sleep(0.5)
        served(doors, doors.other)
        small_requests(doors, doors.token)
        select_1(doors, doors.token)  # Its own small one has no need to wait either.


def test_a_slow_body_has_its_time(doors):
    with loads.slow_bodies(doors, doors.token, 1) as load:
        until(lambda: "408" in load.answers, 25, "408 for a small body that takes too long")


def test_long_queries_of_one_hold_nobody(doors):
    with loads.long_queries(doors, doors.token, 40):
        until(lambda: "query_queued 37" in doors.call("GET", "/metrics", timeout=PATIENCE_S).text, 10, "37 wait")
        for _ in range(3):
            served(doors, doors.other)
        small_requests(doors, doors.token)
    until(lambda: "query_queued 0" in doors.call("GET", "/metrics").text, 10, "who left waits no more")


@pytest.mark.parametrize("kind", [loads.slow_uploads, loads.slow_chunks], ids=lambda k: k.__name__)
def test_slow_uploads_of_one_hold_nobody(doors, kind):
    with kind(doors, doors.token, 40):
        time.sleep(0.5)
        served(doors, doors.other)
        sent = doors.call("POST", "/api/v1/uploads", token=doors.other, timeout=PATIENCE_S, data=b"a\n1\n",
                          headers={**CHUNK, "Upload-Length": "4", "Upload-Metadata": "filename YS5jc3Y="})
        assert sent.status_code == 201, sent.text
        small_requests(doors, doors.token)


def test_an_upload_waits_for_its_turn(doors):
    """Above its share a tenant waits, with its body unread, and goes on when one of its own has ended."""
    with loads.slow_uploads(doors, doors.token, 40) as load:
        time.sleep(0.5)
        with pytest.raises(requests.Timeout):
            upload_as(doors, doors.token, timeout=1)
        load.let_go(20)
        upload_as(doors, doors.token)
        doors.ok("DELETE", f"/api/v1/datasets/{upload_as(doors, doors.token)['id']}", 204)


def test_slow_downloads_of_one_hold_nobody(doors):
    with loads.slow_downloads(doors, doors.token, 20, doors.large):
        time.sleep(0.5)
        served(doors, doors.other)
        whole = doors.call("GET", f"/api/v1/datasets/{doors.theirs}/source", token=doors.other, timeout=PATIENCE_S)
        assert whole.status_code == 200 and len(whole.content) > 8_000_000


def test_slow_exports_of_one_hold_nobody(doors):
    with loads.slow_exports(doors, doors.token, 6):
        time.sleep(2)
        served(doors, doors.other)
        body = {"sql": "SELECT range FROM range(300000)", "format": "ndjson"}
        path = f"/api/v1/datasets/{doors.theirs}/query"
        whole = doors.call("POST", path, token=doors.other, timeout=30, json=body)
        assert whole.status_code == 200 and len(whole.text.splitlines()) == 300_000


def limited(make_sluice, limit, **settings):
    instance = make_sluice(MCP_ENABLED="false", **settings)
    return instance.start(prefix=("prlimit", f"--nofile={limit}"))


@pytest.mark.parametrize("limit", [64, 256])
def test_idle_connections_take_no_last_descriptor(make_sluice, limit):
    sluice = limited(make_sluice, f"{limit}:{limit}")
    other = second_tenant(sluice)
    # Of one peer the idlest connection goes first: a client that keeps one finds it closed, and of the 16
    # that 64 descriptors leave a new one may go before its first byte. Clients try again.
    sluice.http.headers["Connection"] = "close"
    again = requests.adapters.Retry(total=8, allowed_methods=None, backoff_factor=0.05)
    sluice.http.mount("http://", requests.adapters.HTTPAdapter(max_retries=again))
    with loads.idle(sluice, "", 2 * limit):
        for _ in range(3):
            served(sluice, other)
            # A new connection each time, as a client has that comes now.
            connection = http.client.HTTPConnection("127.0.0.1", sluice.api_port, timeout=PATIENCE_S)
            with closing(connection):
                connection.request("GET", "/health")
                assert connection.getresponse().status == 200
            time.sleep(0.5)


def test_the_limit_of_descriptors_is_raised(make_sluice):
    sluice = limited(make_sluice, "128:2000")
    with open(f"/proc/{sluice.child('api').pid}/limits") as limits:
        row = next(line for line in limits if line.startswith("Max open files"))
    assert row.split()[3:5] == ["2000", "2000"]


def test_a_new_connection_has_to_say_something_soon(doors):
    with closing(socket.create_connection(("127.0.0.1", doors.api_port), timeout=10)) as silent:
        began = time.monotonic()
        assert silent.recv(1) == b""
        assert 4 < time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Transfer-Encoding: chunked", 200),
        ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding: chunked, gzip", 501),
        ("Transfer-Encoding: chunked ;q=1", 400),
        ("Transfer-Encoding:\r\n chunked", 400),
        ("X-Other: a\r\n b\r\nTransfer-Encoding: chunked", 400),
    ],
)
def test_framing(doors, header, status):
    body = json.dumps({"sql": "SELECT 1"}).encode()
    request = (f"POST /api/v1/query HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {doors.token}\r\n"
               f"Connection: close\r\n{header}\r\n\r\n{len(body):x}\r\n").encode() + body + b"\r\n0\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", doors.api_port), timeout=10)) as raw:
        raw.sendall(request + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1, "nothing behind it is taken for a request"


def reading_token(sluice):
    """A second token of the first tenant, of scope read."""
    token = sluice.token[:-64] + secrets.token_hex(32)
    import hashlib

    with closing(sqlite3.connect(sluice.data / "metadata.db", timeout=10)) as db, db:
        db.row_factory = sqlite3.Row
        copied_row(db, "tokens", lambda row: {"token_id": "e2e-read-" + token[-8:], "scopes": "read query",
                                              "sha256": hashlib.sha256(token.encode()).hexdigest()})
    return token


def test_a_token_to_read_changes_nothing(doors):
    reading = reading_token(doors)
    slow = {"sql": loads.LONG_SQL}
    path = f"/api/v1/datasets/{doors.large}"
    run = doors.ok("POST", path + "/query?mode=async", 202, json=slow)["id"]
    refused = [
        ("DELETE", f"/api/v1/queries/{run}", {}),
        ("POST", "/api/v1/query?mode=async", {"json": {"sql": "SELECT 1"}}),
        ("POST", path + "/query?mode=async", {"json": {"sql": "SELECT 1"}}),
        ("DELETE", path, {}),
        ("DELETE", path + "/databricks", {}),
        ("POST", path + "/sync", {}),
        ("POST", path + "/reingest", {}),
        ("POST", path + "/versions", {"files": {"file": ("a.csv", b"a\n1\n")}}),
        ("POST", "/api/v1/datasets/upload", {"files": {"file": ("a.csv", b"a\n1\n")}}),
        ("POST", "/api/v1/datasets/ingest", {"json": {"name": "n", "records": [{"a": 1}]}}),
        ("POST", "/api/v1/uploads", {"headers": {**TUS, "Upload-Length": "4"}}),
        ("PATCH", "/api/v1/uploads/x", {"headers": {**CHUNK, "Upload-Offset": "0"}, "data": b"a"}),
        ("DELETE", "/api/v1/uploads/x", {"headers": TUS}),
    ]
    for method, where, more in refused:
        response = doors.call(method, where, token=reading, **more)
        assert (response.status_code, response.json()["code"]) == (403, "token_read_only"), (method, where)
    assert doors.ok("GET", f"/api/v1/queries/{run}", token=reading)["status"] in ("queued", "running")
    select_1(doors, reading)
    for where in ("", "/schema", "/preview", "/source", "/databricks/status", "/rejects", "/query?sql=SELECT%201"):
        assert doors.call("GET", path + where, token=reading).status_code == 200, where
    doors.ok("DELETE", f"/api/v1/queries/{run}", 204)


def test_a_revoked_token_is_not_obeyed_though_it_is_remembered(doors):
    token = reading_token(doors)
    select_1(doors, token)
    doors.ok("DELETE", "/api/v1/tokens/e2e-read-" + token[-8:], 204)
    for _ in range(2):
        refused = doors.call("POST", "/api/v1/query", token=token, json={"sql": "SELECT 1"})
        assert refused.status_code == 401


def of_host(port, host, path="/metrics", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in {"Host": host, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


def is_there(port):
    with suppress(OSError):
        return of_host(port, "localhost", "/health") == 200


@pytest.mark.needs_sync
def test_metrics_and_health_look_at_the_host(make_sluice):
    sluice = make_sluice(ALLOWED_HOSTS="watch.example, other.example", METRICS_TOKEN="s3cret-of-metrics").start()
    bearer = {"Authorization": "Bearer s3cret-of-metrics"}
    for part in ("api", "mcp", "worker"):
        port = getattr(sluice, part + "_port")
        until(lambda port=port: is_there(port), 20, f"{part} is there")
        for path in ("/health", "/metrics"):
            for host in ("localhost", f"127.0.0.1:{port}", "watch.example:80", "Other.Example"):
                assert of_host(port, host, path, **bearer) == 200, (part, host, path)
            for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "192.0.2.1"):
                assert of_host(port, host, path, **bearer) == 421, (part, host, path)
        assert of_host(port, "localhost", "/health") == 200
        assert of_host(port, "localhost") == 401
        assert of_host(port, "localhost", Authorization="Bearer s3cret-of-metric") == 401
    assert "s3cret-of-metrics" not in sluice.logs()


def test_no_path_in_what_a_tenant_reads(doors):
    """As the worker noted it of a lakehouse that could not write and of a log that could not be read."""
    dataset = upload_as(doors, doors.token, "Paths")["id"]
    said = (f"Cannot create {doors.data}/lakehouse/landing/x.part: Permission denied. syntax error "
            "[boost.json:15 at /usr/include/boost/json/basic_parser_impl.hpp:2750 in function 'fail']")
    with closing(sqlite3.connect(doors.data / "metadata.db", timeout=10)) as db, db:
        changed = db.execute("UPDATE sync_states SET last_sync_error = ? WHERE dataset_id = ?", (said, dataset))
        assert changed.rowcount == 1
    for path in (f"/api/v1/datasets/{dataset}/databricks/status", f"/api/v1/datasets/{dataset}", "/api/v1/datasets"):
        text = doors.call("GET", path).text
        assert "Cannot create …: Permission denied. syntax error" in text, text
        assert str(doors.data) not in text and ".hpp" not in text


def test_all_of_it_at_once(doors):
    """Connections that wait for their turn are no load: those that ask for something small pass by."""
    with loads.long_queries(doors, doors.token, 60), \
         loads.slow_uploads(doors, doors.token, 60), \
         loads.slow_bodies(doors, doors.token, 200):
        time.sleep(1)
        served(doors, doors.other)


def test_threads_come_and_go(doors):
    """What waits or sends slowly has threads for as long as it does, and no longer."""
    pid = doors.child("api").pid

    def threads():
        done = subprocess.run(["ps", "-o", "nlwp=", "-p", str(pid)], capture_output=True, text=True, check=True)
        return int(done.stdout)

    with loads.slow_uploads(doors, doors.token, 40), loads.slow_bodies(doors, doors.token, 100):
        until(lambda: threads() >= 32, 10, "a thread for each upload that is received")
        busy = threads()
        assert busy < 100, "waiting bodies hold none"
    until(lambda: threads() < busy - 20, 30, "idle threads end")
