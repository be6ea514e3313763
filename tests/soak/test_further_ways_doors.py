"""Other ways than those of the attack report to take threads, descriptors and what a token may not: none reaches another tenant."""

import http.client
import json
import os
import pathlib
import socket
import time

import loads
import pytest
import requests
from neighbour import FILE, Other
from tenants import read_only_token, second_tenant

LOAD_S = float(os.environ.get("SOAK_WAY_S", 6))
P99_MS_MAX = float(os.environ.get("SOAK_NEIGHBOUR_P99_MS", 50))
JSON = {"Content-Type": "application/json"}


def expecting(sluice, token):
    """`Expect: 100-continue`, and then no body."""
    first = loads.head("POST", "/api/v1/query", token, Content_Type="application/json", Content_Length=1000, Expect="100-continue")
    return loads.Connections(sluice.api_port, 64, first)


def slow_chunks(sluice, token):
    first = loads.head("POST", "/api/v1/query", token, Content_Type="application/json", Transfer_Encoding="chunked")
    return loads.Connections(sluice.api_port, 64, first + b'1\r\n{\r\n', b"c8\r\n" + b" " * 200 + b"\r\n")


def slow_body_of_a_get(sluice, token):
    """A route that takes no body, given one."""
    first = loads.head("GET", "/api/v1/datasets?limit=1", token, Content_Length=10_000_000)
    return loads.Connections(sluice.api_port, 64, first, b" " * 350)


def slow_body_of_a_sync(sluice, token):
    path = f"/api/v1/datasets/{sluice.upload(FILE)['id']}/reingest"
    first = loads.head("POST", path, token, Content_Type="application/json", Content_Length=200_000)
    return loads.Connections(sluice.api_port, 64, first + b"{", b" " * 350)


def slow_parts(sluice, token):
    """The form's other fields come slowly, before any file."""
    form = b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n'
    first = loads.head("POST", "/api/v1/datasets/upload", token, Content_Type="multipart/form-data; boundary=b", Content_Length=10_000_000)
    return loads.Connections(sluice.api_port, 64, first + form, b"x" * 350)


def slow_tus(sluice, token):
    """A PATCH each, of resumable uploads of their own."""
    from tus import begun

    paths = [begun(sluice, 10_000_000) for _ in range(40)]

    def request(number):
        return loads.head("PATCH", paths[number % 40], token, Tus_Resumable="1.0.0", Upload_Offset=0,
                          Content_Type="application/offset+octet-stream", Content_Length=10_000_000)  # fmt: skip

    return loads.Connections(sluice.api_port, 40, request, b"1,2\r\n" * 70)


def answers_not_read(sluice, token):
    """Requests one behind another on each connection, whose answers nobody takes."""
    path = f"/api/v1/datasets/{sluice.upload(FILE)['id']}/preview?limit=1000"
    return loads.Connections(sluice.api_port, 64, loads.head("GET", path, token) * 40, read_bytes=0)


def flood(sluice, count, request):
    return loads.Connections(sluice.api_port, count, request, again_on_answer=True, again_per_s=loads.FLOOD_PER_S)


def pipelined(sluice, token):
    return flood(sluice, 20, loads.head("GET", "/api/v1/datasets?limit=500", token) * 500)


def wrong_tokens(sluice, _):
    return flood(sluice, 200, loads.head("GET", "/api/v1/datasets", "x" * 64))


def profiles_waited_for(sluice, token):
    """Each waits up to 30 s for a profile that is being made."""
    rows = "a,b,c,d\n" + "".join(f"{i},text {i},{i}.5,{i % 7}\n" for i in range(400_000))
    paths = [f"/api/v1/datasets/{sluice.upload(rows)['id']}/profile" for _ in range(4)]
    return loads.Connections(sluice.api_port, 64, loads.head("GET", paths[-1], token))


def async_queries(sluice, token):
    request = loads.query(token, "/api/v1/query?mode=async", sql=loads.LONG_SQL)
    return loads.Connections(sluice.api_port, 40, request, again_on_answer=True)


def large_downloads_not_read(sluice, token):
    rows = "a,b\n" + "".join(f"{i},some text that does not pack well {i * 7919 % 1000003}\n" for i in range(600_000))
    path = f"/api/v1/datasets/{sluice.upload(rows)['id']}/source"
    return loads.Connections(sluice.api_port, 40, loads.head("GET", path, token), read_bytes=0)


def first_byte_only(sluice, _):
    return loads.Connections(sluice.api_port, 2_000, b"G")


def kept_alive(sluice, _):
    """One good request each, then silence."""
    return loads.Connections(sluice.api_port, 2_000, loads.head("GET", "/health", ""))


def no_newline(sluice, _):
    return loads.Connections(sluice.api_port, 500, b"GET / HTTP/1.1\r\nX: ", b"y")


WAYS = (expecting, slow_chunks, slow_body_of_a_get, slow_body_of_a_sync, slow_parts, slow_tus, answers_not_read, pipelined, wrong_tokens,
        profiles_waited_for, async_queries, large_downloads_not_read, first_byte_only, kept_alive, no_newline)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_other_tenant_is_served(make_sluice, figure, way):
    loads.descriptors(1_024)
    sluice = make_sluice(MCP_ENABLED="false").start()
    other = Other(sluice, second_tenant(sluice))
    api = sluice.child("api")
    with way(sluice, sluice.token) as at_work:
        other.live(LOAD_S)
        held = f"{at_work.held} held, {at_work.ended} ended"
    figure(f"{other.row(way.__name__)}  | {held}")
    assert api.alive()
    assert not other.faults(P99_MS_MAX), f"{other.row(way.__name__)}: {other.faults(P99_MS_MAX)[:10]}"


@pytest.mark.parametrize("port", ["mcp_port", "worker_port"])
def test_idle_connections_elsewhere_stop_no_sync(make_sluice, figure, port):
    sluice = make_sluice().start()
    with loads.Connections(getattr(sluice, port), 2_000, b"") as idle:
        made = sluice.upload(FILE)
        began = time.monotonic()
        sluice.wait_status(made["id"])
        figure(f"{port}: {idle.held} idle connections held, {idle.ended} ended, synced after {time.monotonic() - began:.1f} s")


@pytest.fixture(scope="module")
def shared(make_shared):
    sluice = make_shared().start()
    sluice.read_only = read_only_token(sluice)
    sluice.other = second_tenant(sluice)
    sluice.made = sluice.upload(FILE, name="kept")
    sluice.wait_status(sluice.made["id"])
    return sluice


READ_ONLY = {
    "async over the dataset": ("POST", "/api/v1/datasets/{id}/query?mode=async", {"json": {"sql": "SELECT 1"}}),
    "async by GET": ("GET", "/api/v1/datasets/{id}/query?mode=async&sql=SELECT%201", {}),
    "mode=ASYNC": ("POST", "/api/v1/query?mode=ASYNC", {"json": {"sql": "SELECT 1"}}),
    "mode twice": ("POST", "/api/v1/query?mode=sync&mode=async", {"json": {"sql": "SELECT 1"}}),
    "mode escaped": ("POST", "/api/v1/query?%6dode=%61sync", {"json": {"sql": "SELECT 1"}}),
    "tus begun": ("POST", "/api/v1/uploads", {"headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "3"}}),
    "override of a POST": ("POST", "/api/v1/query", {"headers": {"X-HTTP-Method-Override": "DELETE"}, "json": {"sql": "SELECT 1"}}),
    "override of a GET": ("GET", "/api/v1/datasets/{id}", {"headers": {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}}),
    "deleted": ("DELETE", "/api/v1/datasets/{id}", {}),
    "deleted with a slash": ("DELETE", "/api/v1/datasets/{id}/", {}),
    "deleted by an escaped path": ("DELETE", "/api/v1/d%61tasets/{id}", {}),
    "synced": ("POST", "/api/v1/datasets/{id}/sync", {}),
    "read again": ("POST", "/api/v1/datasets/{id}/reingest", {"json": {}}),
    "tables dropped": ("DELETE", "/api/v1/datasets/{id}/databricks", {}),
    "records": ("POST", "/api/v1/datasets/ingest", {"json": {"name": "x", "records": [{"a": 1}]}}),
    "a version": ("POST", "/api/v1/datasets/{id}/versions", {"files": {"file": ("a.csv", FILE)}}),
}


def state(sluice):
    dataset_id = sluice.made["id"]
    queries = [q for q in sluice.ok("GET", "/api/v1/queries")["queries"] if q["mode"] == "async"]
    return (sluice.dataset(dataset_id)["version"], sluice.status(dataset_id)["sync_status"], len(queries),
            len(sluice.ok("GET", "/api/v1/datasets")["datasets"]), len(sluice.ok("GET", "/api/v1/uploads")["uploads"]),
            len(sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/databricks/runs")["runs"]))  # fmt: skip


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_read_only_token_changes_nothing(shared, figure, name):
    method, path, more = READ_ONLY[name]
    before = state(shared)
    answer = shared.call(method, path.format(id=shared.made["id"]), token=shared.read_only, **json.loads(json.dumps(more)) if "files" not in more else more)
    time.sleep(0.3)
    figure(f"read-only, {name}: {answer.status_code} {answer.json().get('code', '') if answer.text else ''}")
    assert state(shared) == before


def test_a_read_only_token_touches_no_query_of_another(shared):
    begun = shared.call("POST", "/api/v1/query?mode=async", json={"sql": loads.LONG_SQL})
    assert begun.status_code == 202
    path = begun.headers["Location"]
    assert shared.call("DELETE", path, token=shared.read_only).status_code == 403
    assert shared.call("POST", path, token=shared.read_only, headers={"X-HTTP-Method-Override": "DELETE"}).status_code in (403, 404, 405)
    assert shared.ok("GET", path)["status"] in ("queued", "running")
    shared.ok("DELETE", path, 204)


def raw(port, text):
    """The status line's number, or '' where the server closed."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.settimeout(8)
        client.sendall(text)
        try:
            answer = client.recv(1 << 16)
        except (TimeoutError, ConnectionError):
            return "nothing"
        return answer.split()[1].decode() if answer else "closed"


ENCODINGS = ("gzip, chunked", "chunked, chunked", "chunked, gzip", "identity, chunked", "xchunked", "chunked;q=1", "chunked ;q=1", "\tchunked,",
             ", chunked", "chunked\x0b", "\"chunked\"", "deflate", "identity")  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_transfer_encodings_that_are_not_chunked(shared, figure, encoding):
    body = b"5\r\n{\"sql\r\n0\r\n\r\n"
    request = loads.head("POST", "/api/v1/query", shared.token, Content_Type="application/json", Transfer_Encoding=encoding) + body
    status = raw(shared.api_port, request)
    figure(f"Transfer-Encoding {encoding!r}: {status}")
    assert status in ("400", "501", "closed"), status


@pytest.mark.parametrize("heads", [b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
                                   b"Transfer-Encoding:\r\n chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"])  # fmt: skip
def test_heads_that_a_proxy_reads_otherwise(shared, figure, heads):
    head = loads.head("POST", "/api/v1/query", shared.token, Content_Type="application/json")[:-2] + heads + b"\r\n"
    status = raw(shared.api_port, head + b"5\r\n{\"sql\r\n0\r\n\r\n")
    figure(f"{heads!r}: {status}")
    assert status in ("400", "501", "closed"), status


def test_http_1_0_with_chunks(shared):
    head = loads.head("POST", "/api/v1/query", shared.token, Content_Type="application/json", Transfer_Encoding="chunked")
    assert raw(shared.api_port, head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n") in ("400", "501", "505", "closed")


@pytest.mark.parametrize("port", ["api_port", "mcp_port", "worker_port"])
@pytest.mark.parametrize("path", ["/metrics", "/health"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.1.1", ""])
def test_a_page_in_a_browser_reads_no_metrics(shared, port, path, host):
    """DNS rebinding: the page's own name, resolved to this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", getattr(shared, port), timeout=5)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status in (400, 401, 403, 421), f"{answer.status} {text[:200]}"
    assert "datasets_" not in text


def test_no_secret_is_told(shared, figure):
    """Logs, arguments, environments of the foreign program and of processes that parse, and error texts."""
    secrets = {name: (shared.data / name).read_text().strip() for name in ("token", "mcp_api_key")}
    for file in sorted(shared.data.glob("*key*")):
        secrets[file.name] = file.read_bytes().decode(errors="replace").strip()
    logs = shared.logs()
    for name, secret in secrets.items():
        assert secret not in logs, f"{name} is in a log"
    held = {}
    for process in shared.children():
        environment = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace")
        name = " ".join(map(os.path.basename, process.args[:2]))
        assert not any(secret in " ".join(process.args) for secret in secrets.values()), process
        held[name] = sorted(n for n, secret in secrets.items() if secret in environment)
        if "temporal" in name or "query-worker" in name or "ingest-worker" in name:
            assert not held[name], f"{name} has {held[name]}"
    figure(f"secrets in environments: {held}")


def test_dataset_names_hold_no_control(shared):
    for name in ("a\r\nX: y", "a\x00b", "a\u202eb", "a\u2028b", "a\u0085b", "a\x1b[31mb", "\u2066x"):
        answer = shared.call("POST", "/api/v1/datasets/ingest", json={"name": name, "records": [{"a": 1}]})
        assert answer.status_code in (201, 400, 422), answer.text
        if answer.status_code == 201:
            kept = answer.json()["name"]
            assert not set(kept) & set("\r\n\x00\x1b\u202e\u2028\u0085\u2066"), repr(kept)


def test_paths_in_no_error(shared):
    """What a tenant reads names no folder of the server."""
    dataset_id = shared.upload(FILE, name="paths")["id"]
    shared.wait_status(dataset_id)
    folder = shared.delta_tables("paths", "bronze")[0] / "_delta_log"
    for commit in folder.iterdir():
        commit.write_text("{not json")
    shared.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    seen = shared.wait_status(dataset_id, "failed")
    assert str(shared.data) not in json.dumps(seen) and ".hpp" not in json.dumps(seen), seen["last_sync_error"]
    answer = requests.get(shared.url + "/api/v1/datasets/..%2f..%2fetc%2fpasswd", headers={"Authorization": f"Bearer {shared.token}"}, timeout=5)
    assert str(shared.data) not in answer.text
