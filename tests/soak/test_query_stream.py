"""Results of 5 GB flow through in constant memory; clients that are killed leave no query behind."""

import json
import os
import pathlib
import random
import subprocess
import sys
import time

import pytest
from machine import descendants, until
from watch import status_bytes

RESULT_BYTES = int(os.environ.get("SOAK_RESULT_BYTES", 5_000_000_000))
MEMORY_BYTES_MAX = 512 << 20
KILLED_CLIENTS = int(os.environ.get("SOAK_KILLED_CLIENTS", 100))
ROWS = 200_000
CSV = "id,region,amount,note\n" + "".join(
    f"{i},region {i % 7},{i % 9973}.{i % 100:02},some text number {i % 977} that makes rows longer\n" for i in range(ROWS)
)
SLOW = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
CLIENT = """
import sys, urllib.parse, urllib.request
url, token, sql = sys.argv[1:]
query = urllib.parse.urlencode({"sql": sql, "format": "csv"})
request = urllib.request.Request(url + "?" + query, headers={"Authorization": "Bearer " + token})
with urllib.request.urlopen(request) as answer:
    while answer.read(1 << 16):
        pass
"""


def workers(sluice):
    return {p.pid for p in descendants(sluice.child("api").pid) if p.alive()}


def running(sluice):
    return [q for q in sluice.ok("GET", "/api/v1/queries")["queries"] if q["status"] in ("queued", "running")]


def endless(factor):
    return f"SELECT d.*, r.range AS again FROM dataset d, range({factor}) r"


@pytest.mark.parametrize("format_", ["csv", "ndjson", "json", "parquet"])
def test_five_gigabytes(sluice, figure, format_):
    dataset = sluice.upload(CSV, name="Streamed")
    url = f"/api/v1/datasets/{dataset['id']}/query"
    row_bytes = {"csv": 65, "ndjson": 110, "json": 75, "parquet": 1.2}[format_]
    factor = int(RESULT_BYTES / (ROWS * row_bytes))
    if format_ == "parquet":  # It packs these rows to next to nothing: rows are what is bounded by time.
        factor = 300
    sql = endless(factor) + f" LIMIT {ROWS * factor}"
    peak, rows, size, last = {}, 0, 0, b""
    start = time.monotonic()
    with sluice.call("GET", url, params={"sql": sql, "format": format_}, stream=True, timeout=600) as response:
        assert response.status_code == 200
        looked = 0
        for piece in response.iter_content(1 << 20):
            size += len(piece)
            rows += piece.count(b"\n")
            last = (last + piece)[-200:]
            if size - looked > 100 << 20:
                looked = size
                for pid in {sluice.child("api").pid, *workers(sluice)}:
                    peak[pid] = max(peak.get(pid, 0), status_bytes(pid, "VmHWM"))
    took = time.monotonic() - start
    for pid in {sluice.child("api").pid, *workers(sluice)}:
        peak[pid] = max(peak.get(pid, 0), status_bytes(pid, "VmHWM"))
    expected = ROWS * factor
    if format_ == "json":
        assert json.loads(b"{" + last[last.rindex(b'"row_count"'):]) == {"row_count": expected, "truncated": False}
    elif format_ == "parquet":
        assert last.endswith(b"PAR1")
    else:
        assert rows == expected + (format_ == "csv")
    if format_ != "parquet":
        assert size >= RESULT_BYTES * 0.9
    figure(
        f"{format_}: {size / 1e9:.2f} GB, {expected:,} rows in {took:.0f} s ({size / took / 1e6:.0f} MB/s), "
        f"highest memory of a process {max(peak.values()) >> 20} MiB of {len(peak)}"
    )
    assert max(peak.values()) < MEMORY_BYTES_MAX


def test_killed_clients_leave_no_query(sluice, figure):
    dataset = sluice.upload(CSV, name="Left")
    base = f"http://127.0.0.1:{sluice.api_port}/api/v1/datasets/{dataset['id']}/query"
    rng = random.Random(7)
    statuses, seen_running = 0, 0
    for i in range(KILLED_CLIENTS):
        sql = SLOW if i % 2 else endless(1_000_000)
        client = subprocess.Popen([sys.executable, "-c", CLIENT, base, sluice.token, sql])
        time.sleep(rng.uniform(0.1, 0.8))
        seen_running += bool(running(sluice))
        client.kill()
        client.wait()
        statuses += 1
    until(lambda: not running(sluice), 10, lambda: f"no query runs: {running(sluice)}")

    def ticks():
        total = {}
        for pid in workers(sluice):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total[pid] = int(fields[11]) + int(fields[12])
        return total

    time.sleep(1)
    before = ticks()
    time.sleep(2)
    after = ticks()
    busy = {pid for pid in after if after[pid] - before.get(pid, after[pid]) > 20}
    assert not busy, f"workers still at work: {busy}"
    assert len(after) <= 8, "two that wait and at most six that are bound"
    assert sluice.query(dataset["id"], "SELECT count(*) FROM dataset")["rows"] == [[ROWS]]
    assert seen_running > KILLED_CLIENTS / 2
    figure(f"{statuses} clients killed in mid-query ({seen_running} seen running): none runs on, {len(after)} workers wait")
