#!/usr/bin/env python3
"""Queries over HTTP on a million rows: Sluice, DuckDB within one process, FastAPI with DuckDB; in turns, in one run.

Usage: bench/query/run.py SLUICE IN_PROCESS BENCH_PYTHON --rounds N, by bench/run. All read the same Parquet file, the
one that Sluice made of the upload. HTTP is asked by wrk over connections that stay open, which share the machine's
cores with what they ask. One client: what a query costs. 20 clients: whether it stays fair; there p99 stands beside
p50 of the same. Medians over the rounds.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from main_job import form
from server import Server, free_port

ROWS = 1_000_000
SECONDS = 2
QUERIES = {
    "LIMIT 10": "SELECT * FROM dataset LIMIT 10",
    "group by": "SELECT region, count(*), sum(amount), avg(share) FROM dataset GROUP BY region ORDER BY region",
}
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3}


def content():
    lines = ["id,region,amount,share,name,day"]
    lines += [
        f"{i},region {i % 7},{i % 9973}.{i % 100:02},{(i * 7919 % 10007) / 10007:.4f},name {i % 977},2025-01-{i % 28 + 1:02}"
        for i in range(ROWS)
    ]
    return "\n".join(lines).encode() + b"\n"


def wrk(url, clients, header=()):
    command = ["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "--latency", "--timeout", "20s", *header, url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"{url}: {out}")
    found = {share: float(number) * UNITS[unit] for share, number, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", out)}
    return found["50"], found["99"]


class InProcess:
    def __init__(self, program, parquet, clients):
        self.process = subprocess.Popen(
            [program, parquet, "2", str(clients)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def __call__(self, sql):
        self.process.stdin.write(f"{SECONDS} {sql}\n")
        self.process.stdin.flush()
        _, p50, p99 = self.process.stdout.readline().split()
        return float(p50) / 1e3, float(p99) / 1e3

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def started(command, url):
    process = subprocess.Popen(command)
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    sys.exit(f"{command} did not start")


def measure(server, dataset, parquet, args, clients):
    port = free_port()
    service_url = f"http://127.0.0.1:{port}/query?sql="
    service = started([args.python, str(pathlib.Path(__file__).with_name("service.py")), parquet, str(port)], service_url + "SELECT%201")
    in_process = InProcess(args.in_process, parquet, clients)
    header = ["-H", f"Authorization: Bearer {server.token}"]
    own_url = f"{server.base}/api/v1/datasets/{dataset}/query?sql="
    figures = {(who, name): [] for name in QUERIES for who in ("Sluice", "in process", "FastAPI")}
    try:
        for _ in range(args.rounds):
            for name, sql in QUERIES.items():
                quoted = urllib.parse.quote(sql)
                figures["in process", name].append(in_process(sql))
                figures["Sluice", name].append(wrk(own_url + quoted, clients, header))
                figures["FastAPI", name].append(wrk(service_url + quoted, clients))
    finally:
        in_process.close()
        service.terminate()
        service.wait(20)
    for name in QUERIES:
        (own, own99), (base, base99), (python, python99) = (
            [statistics.median(values) for values in zip(*figures[who, name])] for who in ("Sluice", "in process", "FastAPI")
        )
        print(
            f"{name}, {clients} client{'s' if clients > 1 else ''}: Sluice p50 {own:.2f} ms, p99 {own99:.2f} ms; "
            f"in process {base:.2f}, {base99:.2f}; FastAPI + duckdb {python:.2f}, {python99:.2f}. "
            f"Sluice − in process {own - base:+.2f} ms p50; Sluice / FastAPI {own / python:.2f} p50, {own99 / python99:.2f} p99; "
            f"p99 / p50 {own99 / own:.1f}, in process {base99 / base:.1f}, FastAPI {python99 / python:.1f}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sluice")
    parser.add_argument("in_process")
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with Server(args.sluice) as server:
        data, content_type = form("million.csv", content())
        start = time.monotonic()
        dataset = server.call("POST", "/api/v1/datasets/upload", data, content_type)["id"]
        server.wait_synced(dataset, start)
        (parquet,) = (path for path in server.folder.glob("**/*.parquet") if path.parent.name != "bronze" and "lakehouse" not in str(path))
        for clients in (1, 20):
            measure(server, dataset, str(parquet), args, clients)


if __name__ == "__main__":
    main()
