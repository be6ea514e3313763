"""Each refusal: the documented status, as a problem that says what to do, and leaking nothing."""

import contextlib
import hashlib
import http.client
import json
import socket
import zipfile
from contextlib import closing
from io import BytesIO

import pytest
from machine import until

JSON = {"Content-Type": "application/json"}
UPLOAD = "/api/v1/datasets/upload"
INGEST = "/api/v1/datasets/ingest"


def problem(response, status):
    """Checks the documented shape of an error and returns it."""
    wanted = status if isinstance(status, tuple) else (status,)
    assert response.status_code in wanted, f"{response.status_code} {response.text}"
    assert response.headers["Content-Type"].split(";")[0] == "application/problem+json"
    body = response.json()
    assert set(body) >= {
        "type", "title", "status", "detail", "code", "hint", "retryable", "instance",
    }  # fmt: skip
    assert body["status"] == response.status_code
    assert body["code"].replace("_", "").isalnum() and body["code"] == body["code"].lower()
    assert body["title"] and body["detail"]
    assert isinstance(body["retryable"], bool)
    assert body["instance"] == response.headers["X-Request-Id"]
    return body


@pytest.fixture(scope="module")
def dataset(sluice):
    return sluice.ingest("Errors", [{"a": 1}])


@pytest.mark.parametrize(
    "header", ["", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", "nonsense"]
)
def test_no_valid_token(sluice, dataset, header):
    headers = {"Authorization": header} if header else {}
    for method, path in (
        ("GET", "/api/v1/datasets"), ("GET", f"/api/v1/datasets/{dataset['id']}"),
        ("POST", INGEST), ("POST", "/api/v1/query"),
    ):  # fmt: skip
        body = problem(sluice.call(method, path, token="", headers=headers), 401)
        assert body["retryable"] is False


def test_slow_uploads_leave_room_for_everything_else(make_sluice):
    sluice = make_sluice().start()
    head = (
        f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
    )
    with contextlib.ExitStack() as stack:
        for _ in range(32):  # uploads_max of a tenant
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", sluice.api_port)))
            slow.sendall(head.encode())
        files = {"file": ("a.csv", b"a,b\n1,2\n")}

        def received():
            return sum(p.is_file() for p in (sluice.data / "storage").rglob("tmp/*/*")) == 32

        until(received, 10, "they have begun to arrive")
        busy = sluice.call("POST", UPLOAD, files=files)
        assert problem(busy, 503)["code"] == "uploads_busy"
        assert busy.headers["Retry-After"] and problem(busy, 503)["retryable"]
        assert sluice.call("GET", "/api/v1/datasets").status_code == 200

    def taken():
        return sluice.call("POST", UPLOAD, files=files).status_code == 201

    until(taken, 10, "an upload is taken again once the slow ones have gone")


def test_the_request_id_is_echoed(sluice):
    response = sluice.call(
        "GET", "/api/v1/datasets", token="", headers={"X-Request-Id": "e2e-request-1"}
    )
    assert problem(response, 401)["instance"] == "e2e-request-1"
    assert sluice.call("GET", "/api/v1/datasets").headers["X-Request-Id"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"x"', b"{}", b'{"name": "x"}', b'{"records": [{"a": 1}]}',
        b'{"name": "x", "records": {}}', b'{"name": "x", "records": [1, 2]}',
        b'{"name": 5, "records": [{"a": 1}]}', b'{"name": "\xff", "records": [{"a": 1}]}',
        b'{"name": "x", "records": [{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    ],
    ids=lambda b: repr(b[:30]),
)  # fmt: skip
def test_bad_json(sluice, body):
    # 413 where a named limit was passed: the depth.
    problem(sluice.call("POST", INGEST, data=body, headers=JSON), (400, 413, 422))


def test_records_without_a_column(sluice):
    for records in ([], [{}]):
        body = {"name": "No column", "records": records}
        problem(sluice.call("POST", INGEST, json=body), 422)


def xlsx():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        z.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    "file_name, content",
    [
        ("ragged.csv", b"a,b\n1,2\n3,4,5\n6,7,8\n"),
        ("empty.csv", b""),
        ("empty.json", b""),
        ("blank.csv", b"\n\n\n"),
        ("book.xlsx", xlsx()),
        ("book.csv", xlsx()),
        ("broken.json", b'[{"a": 1}, {"a": '),
        ("noise.csv", bytes(range(256)) * 20),
    ],
)
def test_files_that_cannot_be_used(sluice, file_name, content):
    before = sluice.ok("GET", "/api/v1/datasets", params={"limit": 500})["datasets"]
    response = sluice.call("POST", UPLOAD, files={"file": (file_name, content)})
    body = problem(response, 422)
    assert body["hint"], "says what to do about it"
    after = sluice.ok("GET", "/api/v1/datasets", params={"limit": 500})["datasets"]
    assert [d["id"] for d in after] == [d["id"] for d in before], "nothing half-made is left"


def test_a_ragged_row_is_named(sluice):
    content = b"a,b\n1,2\n3,4,5\n6\n"
    body = problem(sluice.call("POST", UPLOAD, files={"file": ("r.csv", content)}), 422)
    assert "3" in body["detail"], f"the line is said: {body['detail']}"


def test_malformed_uploads(sluice):
    problem(sluice.call("POST", UPLOAD, files={"other": ("a.csv", b"a\n1\n")}), 400)
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\na"):
        problem(sluice.call("POST", UPLOAD, data=body, headers=multipart), 400)
    no_boundary = {"Content-Type": "multipart/form-data"}
    problem(sluice.call("POST", UPLOAD, data=b"x", headers=no_boundary), (400, 415))


def test_content_types_that_are_not_taken(sluice):
    problem(sluice.call("POST", UPLOAD, json={"a": 1}), 415)
    text = {"Content-Type": "text/plain"}
    problem(sluice.call("POST", INGEST, data=b"{}", headers=text), 415)


@pytest.mark.parametrize(
    "path, content_type, length",
    [(UPLOAD, "multipart/form-data; boundary=x", 101 << 30), (INGEST, "application/json", 600 << 20)],
)
def test_a_body_over_the_limit_is_refused_before_it_is_read(sluice, path, content_type, length):
    with closing(socket.create_connection(("127.0.0.1", sluice.api_port), 10)) as s:
        s.settimeout(20)
        s.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n--x\r\n".encode()
        )
        answer = s.recv(4096)
        assert b" 413 " in answer.split(b"\r\n")[0]
        limit = b"UPLOAD_BYTES_MAX" if path == UPLOAD else b"records_body_bytes_max"
        assert limit in answer, "the limit is named"


def test_unknown_routes_and_methods(sluice, dataset):
    problem(sluice.call("GET", "/api/v1/nothing"), 404)
    problem(sluice.call("GET", "/nothing"), 404)
    problem(sluice.call("GET", f"/api/v1/datasets/{dataset['id']}/nothing"), 404)
    problem(sluice.call("PATCH", f"/api/v1/datasets/{dataset['id']}"), (404, 405))
    problem(sluice.call("PUT", INGEST), (404, 405))


def test_parameters_that_make_no_sense(sluice, dataset):
    for params in ({"limit": "x"}, {"limit": "-1"}, {"cursor": "%%%"}, {"sync_status": "great"}):
        problem(sluice.call("GET", "/api/v1/datasets", params=params), 400)
    problem(sluice.call("GET", f"/api/v1/datasets/{dataset['id']}/query"), 400)
    problem(sluice.call("POST", "/api/v1/query", json={}), 400)


ESCAPES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM read_parquet('{data}/**/*.parquet')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('{data}/datasets/x.parquet')",
    "SELECT * FROM sqlite_scan('{data}/metadata.db', 'tokens')",
    "SELECT * FROM delta_scan('{data}')",
    "SELECT getenv('PATH')",
    "SELECT current_setting('home_directory'), * FROM duckdb_secrets()",
    "COPY (SELECT 1) TO '{data}/out.csv'",
    "COPY dataset FROM '/etc/passwd'",
    "ATTACH '{data}/metadata.db' AS m (TYPE sqlite)",
    "ATTACH ':memory:' AS m",
    "EXPORT DATABASE '{data}/out'",
    "IMPORT DATABASE '/tmp'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW dataset AS SELECT 1",
    "INSERT INTO dataset VALUES (1)",
    "UPDATE dataset SET a = 2",
    "DELETE FROM dataset",
    "DROP TABLE dataset",
    "DROP VIEW dataset",
    "CALL pragma_version()",
    "SELECT 1; SELECT 2",
    "SELECT 1; ATTACH ':memory:' AS m",
    "SELEC 1",
    "",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_sql_that_may_not_run(sluice, dataset, sql):
    sql = sql.format(data=sluice.data)
    local = sluice.call("GET", f"/api/v1/datasets/{dataset['id']}/query", params={"sql": sql})
    over = sluice.call("POST", "/api/v1/query", json={"sql": sql})
    for response in (local, over):
        problem(response, 400)
        assert "root:" not in response.text
    assert not (sluice.data / "out.csv").exists() and not (sluice.data / "out").exists()
    assert sluice.query(dataset["id"], "SELECT a FROM dataset")["rows"] == [[1]], "all as it was"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM catalog_tenant_other.silver.secret_clean",
        "SELECT * FROM other.main.t",
        "SELECT * FROM metadata.main.tokens",
        "SELECT * FROM datasets",
        "SELECT * FROM tokens",
    ],
)
def test_names_of_nobody_or_of_others(sluice, dataset, sql):
    problem(sluice.call("POST", "/api/v1/query", json={"sql": sql}), (400, 404))
    path = f"/api/v1/datasets/{dataset['id']}/query"
    problem(sluice.call("GET", path, params={"sql": sql}), (400, 404))


def test_another_tenant_sees_nothing(sluice, dataset, other_token):
    seen = sluice.ok("GET", "/api/v1/datasets", token=other_token)
    assert seen["datasets"] == []
    base = f"/api/v1/datasets/{dataset['id']}"
    for method, path in (
        ("GET", base), ("GET", base + "/databricks/status"), ("GET", base + "/schema"),
        ("GET", base + "/preview"), ("GET", base + "/query?sql=SELECT%201"),
        ("POST", base + "/sync"), ("DELETE", base),
    ):  # fmt: skip
        theirs = problem(sluice.call(method, path, token=other_token), 404)
        absent = path.replace(dataset["id"], "01900000-0000-7000-8000-000000000000")
        nobodys = problem(sluice.call(method, absent, token=other_token), 404)
        assert theirs["code"] == nobodys["code"], "indistinguishable from one that does not exist"
    assert sluice.dataset(dataset["id"])["id"] == dataset["id"]


@pytest.mark.needs_sync
def test_another_tenants_tables_do_not_exist(sluice, dataset, other_token):
    table = sluice.wait_status(dataset["id"])["silver_table"]
    body = {"sql": f"SELECT * FROM {table}"}
    problem(sluice.call("POST", "/api/v1/query", json=body, token=other_token), (400, 404))


INTERNAL = "/internal/storage/datasets/"


@pytest.fixture(scope="module")
def mcp_key(sluice):
    return (sluice.data / "mcp_api_key").read_text().strip()


def test_internal_wants_the_key(sluice, dataset, mcp_key):
    path = INTERNAL + dataset["file_name"]
    for token in ("", "wrong", sluice.token, mcp_key[:-1], mcp_key + "x"):
        response = sluice.call("GET", path, token=token)
        problem(response, 401)
        assert b"PAR1" not in response.content
    problem(sluice.call("GET", "/api/v1/datasets", token=mcp_key), 401)


def test_internal_gives_the_file(sluice, dataset, mcp_key):
    response = sluice.call("GET", INTERNAL + dataset["file_name"], token=mcp_key)
    assert response.status_code == 200
    assert response.content[:4] == response.content[-4:] == b"PAR1"
    assert len(response.content) == dataset["file_bytes"]
    assert hashlib.sha256(response.content).hexdigest() == dataset["sha256"]


@pytest.mark.parametrize(
    "name",
    [
        "../metadata.db", "..%2Fmetadata.db", "%2e%2e/token", "%2e%2e%2ftoken", "..%5cmetadata.db",
        "....//token", "/etc/passwd", "%2Fetc%2Fpasswd", "..", ".", "", "%00", "token",
        "nothing.parquet", "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a" * 5000,
    ],
    ids=lambda n: n[:40],
)  # fmt: skip
def test_internal_names_stay_inside(sluice, mcp_key, name):
    # http.client, since requests would tidy the path up before it is sent.
    connection = http.client.HTTPConnection("127.0.0.1", sluice.api_port, timeout=10)
    with closing(connection):
        connection.request("GET", INTERNAL + name, headers={"Authorization": f"Bearer {mcp_key}"})
        response = connection.getresponse()
        body = response.read()
    assert response.status in (400, 404, 414, 431), f"{response.status}"
    assert b"root:" not in body and b"SQLite format" not in body
    assert sluice.token.encode() not in body
    if response.status in (400, 404) and body:
        assert json.loads(body)["status"] == response.status


def test_versions_of_what_is_not_there(sluice):
    path = "/api/v1/datasets/01900000-0000-7000-8000-000000000000/versions"
    problem(sluice.call("POST", path, files={"file": ("a.csv", b"a\n1\n")}), 404)


def test_a_version_that_cannot_be_used_changes_nothing(sluice):
    dataset = sluice.upload("a\n1\n", name="Stays as it was")
    path = f"/api/v1/datasets/{dataset['id']}/versions"
    problem(sluice.call("POST", path, files={"file": ("a.csv", b"a,b\n1,2\n3,4,5\n6\n")}), 422)
    now = sluice.dataset(dataset["id"])
    assert now["version"] == 1 and now["sha256"] == dataset["sha256"]
