"""Under strace: what a worker asks of the kernel, once it is locked in, it gets. The list of calls
(src/sandbox/syscall_rules.cc) was made so; an engine or a C library that wants more shows here."""

import gzip
import io
import pathlib
import re
import shutil
import signal
import subprocess

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from machine import descendants, until
from test_file_workers import fork_server

SECCOMP = "PR_SET_SECCOMP"
# glibc tries it first, and takes clone where there is none.
EXPECTED = {"clone3"}
REFUSED = re.compile(r"^(\w+)\(.* = -1 (?:EPERM|ENOSYS) ")
THREAD = re.compile(r"^clone\(.*CLONE_THREAD.* = (\d+)$")


class Calls:
    """All calls of these processes, and of those that they make, until closed."""

    def __init__(self, folder, pids):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        said = self.folder / "strace.err"
        with open(said, "wb") as err:
            self.popen = subprocess.Popen(
                [shutil.which("strace"), "-ff", "-qq", "-s", "80", "-o", str(self.folder / "calls")]
                + [f"--attach={pid}" for pid in pids],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
            )  # fmt: skip

        def attached():
            assert self.popen.poll() is None, said.read_text()
            status = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in pids]
            return all(f"TracerPid:\t{self.popen.pid}\n" in text for text in status)

        until(attached, 20, "strace is attached")

    def close(self):
        self.popen.send_signal(signal.SIGINT)
        self.popen.wait(20)

    def _of(self, task):
        path = self.folder / f"calls.{task}"
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    def locked_in(self):
        """{process: the lines of its threads from the moment on that its filter stands}."""
        out = {}
        for path in self.folder.glob("calls.*"):
            lines = self._of(path.suffix[1:])
            filters = [i for i, line in enumerate(lines) if SECCOMP in line]
            if filters:
                lines = lines[filters[-1] + 1 :]
                for line in lines:
                    if thread := THREAD.match(line):
                        lines += self._of(thread[1])  # and of the threads of that one, as we go on
                out[path.suffix[1:]] = lines
        return out


def xlsx():
    book = openpyxl.Workbook()
    for row in (["name", "n"], ["a", 1], ["b", 2.5]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet():
    out = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 2, 3], "t": ["x", "y", None]}), out)
    return out.getvalue()


FILES = {
    "plain.csv": b"a,b\n1,x\n2,y\n",
    "packed.csv.gz": gzip.compress(b"a,b\n1,x\n2,y\n"),
    "latin.csv": "Stra\u00dfe;Preis\nL\u00fcbecker;1,5\n".encode("windows-1252"),  # iconv loads a module
    "rejects.csv": b"a,b\n1,x\n2,y,too,many\n3,z\n4,u\n5,v\n6,w\n7,x\n8,x\n9,y\n10,z\n11,a\n12,b\n",
    "lines.ndjson": b'{"a": 1, "b": [1, {"c": null}]}\n{"a": 2}\n',
    "array.json": b'[{"a": 1.5}, {"a": 2}]',
    "book.xlsx": xlsx(),
    "table.parquet": parquet(),
    "large.csv": b"id,text\n" + b"".join(b"%d,row number %d\n" % (i, i) for i in range(400_000)),  # while it arrives
}
QUERIES = (
    "SELECT * FROM dataset",
    "SELECT count(*), max(id) FROM dataset",
    "SELECT text, row_number() OVER (ORDER BY id DESC) AS n FROM dataset ORDER BY text, n LIMIT 10",
    "SELECT a.id FROM dataset a JOIN dataset b ON a.id = b.id + 1 ORDER BY a.id DESC LIMIT 3",
    "SELECT regexp_replace(text, '[0-9]+', 'N'), strftime(now(), '%Y') FROM dataset LIMIT 2",
)


@pytest.mark.local_lakehouse
def test_workers_need_nothing_that_is_refused(make_sluice, tmp_path):
    sluice = make_sluice().start()
    server = fork_server(sluice)
    mcp = sluice.child("mcp")
    calls = Calls(tmp_path / "trace", [sluice.wait_child("api").pid, server.pid]
                  + [p.pid for p in (descendants(mcp.pid) if mcp else []) if "file-worker" in p.args]
                  + [p.pid for p in descendants(sluice.wait_child("api").pid) if "query-worker" in p.args])  # fmt: skip
    try:
        made = {name: sluice.upload(content, name) for name, content in FILES.items()}
        large = made["large.csv"]["id"]
        for sql in QUERIES:
            assert sluice.query(large, sql)["rows"], sql
        params = {"sql": "SELECT * FROM dataset", "format": "parquet"}
        assert sluice.call("GET", f"/api/v1/datasets/{large}/query", params=params).status_code == 200
        refused = sluice.call("POST", f"/api/v1/datasets/{large}/query", json={"sql": "COPY dataset TO '/tmp/x.csv'"})
        assert refused.status_code == 400, refused.text
        if mcp:
            for dataset in made.values():
                sluice.wait_status(dataset["id"], timeout_s=180)
    finally:
        calls.close()
    workers = calls.locked_in()
    lines = [line for of_worker in workers.values() for line in of_worker]
    wrong = [line for line in lines if (call := REFUSED.match(line)) and call[1] not in EXPECTED or "SIGSYS" in line]
    assert not wrong, "\n".join(sorted(set(wrong)))
    names = {line.partition("(")[0] for line in lines if re.match(r"\w+\(", line)}
    # That strace saw them at work: files written in folders, threads, a module of iconv.
    assert {"mkdir", "write", "clone", "pread64", "recvmsg", "sendto"} <= names, names
    assert any("PROT_EXEC" in line for line in lines), "iconv loaded a module"
    assert len(workers) > len(FILES), workers.keys()
    print(f"{len(workers)} workers, {len(lines)} calls of {len(names)} kinds: {' '.join(sorted(names))}")
