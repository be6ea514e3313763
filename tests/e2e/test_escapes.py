"""Every attempt of src/query/testdata/escapes.txt at every route that takes SQL: each is refused, and strace
sees the query workers touch nothing but what a harmless query touches."""

import concurrent.futures
import hashlib
import pathlib
import re
import secrets
import sqlite3
from contextlib import closing

import pytest
import requests
from machine import ROOT, mcp_enabled, until
from tenants import second_tenant
from tracing import Call, Trace, workers_of

ROUTES = ("GET /api/v1/datasets/{id}/query", "POST /api/v1/datasets/{id}/query", "POST /api/v1/query")
ATTEMPTS_MIN = 250
AT_ONCE = 4  # of a tenant, 3 run at once and 32 may wait
REFUSALS = {"query_not_allowed", "query_table_unknown", "query_syntax", "query_parameters"}
HARMLESS = "SELECT * FROM dataset"
WRITING = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"}


def test_the_routes_are_all_that_take_sql(sluice):
    described = requests.get(f"{sluice.url}/openapi.json", timeout=10).json()["paths"]
    found = {f"{method.upper()} {path}" for path, item in described.items() for method, operation in item.items()
             if method != "parameters" and ("#/components/requestBodies/Query" in str(operation.get("requestBody"))
                                            or "#/components/schemas/Sql" in str(operation.get("parameters")))}
    assert found == set(ROUTES)


class Scene:
    """A tenant who attacks, one who is attacked, and what must never be seen."""

    def __init__(self, sluice, canary):
        self.sluice = sluice
        self.other_token = second_tenant(sluice)
        # With this table name the same SQL means the same at all routes.
        self.dataset = sluice.ingest("dataset", [{"id": 1, "region": "north"}, {"id": 2, "region": "south"}])
        self.secret = secrets.token_hex(16)
        theirs = self.as_other(
            "POST", "/api/v1/datasets/ingest", 201,
            json={"name": f"Salaries {secrets.token_hex(4)}", "records": [{"secret": self.secret}]},
        )  # fmt: skip
        self.other_table = theirs["table_name"]
        self.other_catalog = "catalog_tenant_othertenant"
        tables = [self.other_table, f"{self.other_table}_clean"]
        if mcp_enabled():
            status = f"/api/v1/datasets/{theirs['id']}/databricks/status"
            until(lambda: self.as_other("GET", status)["sync_status"] == "synced", 60, "the other's sync")
            tables += [self.as_other("GET", status)[key] for key in ("bronze_table", "silver_table")]
            assert tables[-1].startswith(self.other_catalog + "."), tables
        for table in tables:  # What is attacked is there.
            answer = self.as_other("POST", "/api/v1/query", json={"sql": f"SELECT secret FROM {table}"})
            assert answer["rows"] == [[self.secret]]
        self.never = {self.secret, canary, sluice.token, self.other_token, "root:x:0:0"}
        (self.parquet,) = sluice.data.rglob(sluice.dataset(self.dataset["id"])["file_name"])
        self.own_files = {str(self.parquet), *self.lakehouse_files()}

    def lakehouse_files(self):
        """Of the attacker's own tables, which the third route may read too."""
        if not mcp_enabled():
            return []
        self.sluice.wait_status(self.dataset["id"])
        uri = f"file:{self.sluice.data}/metadata.db?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as db:
            rows = db.execute("SELECT location, data_file FROM lakehouse_tables WHERE tenant_id = 'default'").fetchall()
        assert len(rows) == 2, rows
        return [str(pathlib.Path(location) / file) for location, file in rows]

    def as_other(self, method, path, status=200, **more):
        return self.sluice.ok(method, path, status, token=self.other_token, **more)

    def attempts(self):
        names = {"{data}": str(self.sluice.data), "{other_table}": self.other_table}
        names |= {"{other_catalog}": self.other_catalog, "{newline}": "\n", "{return}": "\r"}
        lines = (ROOT / "src/query/testdata/escapes.txt").read_text(encoding="utf-8").split("\n")
        for line in lines:
            if line and not line.startswith("#"):
                yield re.sub(r"\{\w+\}", lambda found: names.get(found[0], found[0]), line)

    def ask(self, route, sql, **more):
        method, path = route.format(id=self.dataset["id"]).split()
        body = {"sql": sql, **more}
        return self.sluice.call(method, path, **({"params": body} if method == "GET" else {"json": body}))

    def wrong_with(self, sql, response):
        """Why this answer is no refusal, or shows what it must not; None where all is well."""
        if not 400 <= response.status_code < 500:
            return f"status {response.status_code}"
        problem = response.json()
        if problem["code"] not in REFUSALS:
            return f"code {problem['code']}"
        text = "\n".join([response.text, *map(str, problem.values())])
        shown = [word for word in self.never if word in text]
        if self.other_table in text and self.other_table not in sql:
            shown.append(self.other_table)
        paths = re.findall(re.escape(str(self.sluice.data)) + r"[^\s\"'\\]*", text)
        shown += [path for path in paths if path.rstrip(".,:;") not in sql]
        return f"shows {shown}" if shown else None

    def control(self):
        """Harmless queries pass at every route, with what is ours."""
        for route in ROUTES:
            answer = self.ask(route, HARMLESS)
            assert answer.status_code == 200 and answer.json()["rows"] == [[1, "north"], [2, "south"]], answer.text


@pytest.fixture
def scene(make_sluice):
    canary = secrets.token_hex(16)
    return Scene(make_sluice(ESCAPES_CANARY=canary).start(), canary)


@pytest.fixture
def trace(scene, tmp_path):
    trace = Trace(scene.sluice.wait_child("api"), tmp_path / "trace")
    yield trace
    trace.close()


@pytest.mark.local_lakehouse  # strace's judge knows its files
def test_every_escape_at_every_route(scene, trace):
    def hashes():
        return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in (scene.parquet, scene.sluice.data / "token")}

    kept = hashes()
    scene.control()
    baseline = trace.locked_in()
    usual = [call for threads in baseline.values() for thread in threads for call in thread]
    opens = [call for call in usual if call.opened == str(scene.parquet)]
    assert opens, f"strace sees the harmless query open {scene.parquet}: {usual}"

    attempts = list(scene.attempts())
    assert len(attempts) >= ATTEMPTS_MIN
    tried = [(route, sql, {}) for sql in attempts for route in ROUTES]
    for form, step in (("csv", 7), ("ndjson", 11)):
        tried += [(route, sql, {"format": form}) for sql in attempts[::step] for route in ROUTES]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda each: scene.ask(each[0], each[1], **each[2]), tried)
        wrong = [
            f"{route} {more or ''} {sql} → {why}: {answer.text[:300]}"
            for (route, sql, more), answer in zip(tried, answers)
            if (why := scene.wrong_with(sql, answer))
        ]
    assert not wrong, f"{len(wrong)} of {len(tried)} attempts:\n" + "\n".join(wrong)
    scene.control()
    assert hashes() == kept

    workers = workers_of(trace.api)
    trace.close()
    assert trace.executed(), "strace saw workers begin"
    assert workers <= trace.workers | trace.executed(), "no worker was overlooked"
    assert set(trace.locked_in()) & workers, "strace saw workers get work"
    allowed = {call.kind() for call in usual}
    touched = [call for call in trace.since(baseline) if not is_usual(call, allowed, scene.own_files)]
    assert not touched, "\n".join(map(str, touched))
    seen = trace.since({})
    print(f"{len(attempts)} attempts, {len(tried)} requests, {len(trace.locked_in())} workers, {len(seen)} calls")


def is_usual(call, allowed, own_files):
    """Whether a harmless query does the same; what it opens is the tenant's own file, for reading."""
    if call.name == "prctl" or call.is_new_thread():
        return True
    name, path, flags = call.kind()
    if name.startswith("open") and path == "/proc/self/fd/N":
        return call.opened in own_files and not flags & WRITING
    return (name, path, flags) in allowed


OWN = "/data/own.parquet"


@pytest.mark.parametrize(
    ("line", "usual"),
    [
        (f'openat(AT_FDCWD</>, "/proc/self/fd/4", O_RDONLY|O_CLOEXEC) = 7<{OWN}>', True),
        ('openat(AT_FDCWD</>, "/proc/self/fd/4", O_RDONLY|O_CLOEXEC) = 7</data/theirs.parquet>', False),
        ('openat(AT_FDCWD</>, "/proc/self/fd/3", O_RDONLY|O_CLOEXEC) = -1 ENXIO (No such device or address)', False),
        (f'openat(AT_FDCWD</>, "/proc/self/fd/4", O_RDWR) = 7<{OWN}>', False),
        ('readlink("/proc/99/fd/12", "/data/own.parquet", 1023) = 17', True),
        ('openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 7</etc/passwd>', False),
        ('openat(AT_FDCWD</>, "/proc/99/environ", O_RDONLY) = -1 EACCES (Permission denied)', False),
        ('openat(AT_FDCWD</>, "/tmp/out/schema.sql", O_RDONLY) = -1 ENOENT (No such file or directory)', False),
        ('openat(AT_FDCWD</>, "/tmp/out", O_WRONLY|O_CREAT, 0666) = -1 EPERM (Operation not permitted)', False),
        ("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = -1 EPERM (Operation not permitted)", False),
        ('execve("/bin/sh", ["sh"], 0x7ffd /* 0 vars */) = -1 EPERM (Operation not permitted)', False),
        ('unlink("/tmp/out") = -1 EPERM (Operation not permitted)', False),
        ("clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD, tls=0x7f) = 77", True),
        ("clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 77", False),
    ],
)
def test_the_judge_of_calls(line, usual):
    allowed = {Call(1, 'readlink("/proc/2/fd/4", "/data/own.parquet", 1023) = 17').kind()}
    assert is_usual(Call(99, line), allowed, {OWN}) is usual
