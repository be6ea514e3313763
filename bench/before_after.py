#!/usr/bin/env python3
"""What a change costs: two builds of Sluice on the same files and queries, turn by turn.

Usage: bench/before_after.py BEFORE AFTER FOLDER [--rounds N] [--large-rounds N]. BEFORE and AFTER are release binaries
named `sluice`; FOLDER gets data/ (made with xlsxwriter: run it by the Python of `make bench`, build/bench/venv). Both
servers run; each thing is done by one and then by the other, another one first each time, and a dataset is synced and
dropped before anything else is begun. A ratio is AFTER's figure by BEFORE's: above 1, the change made it slower.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time
import urllib.parse

from data import NAMES, make
from server import Server

SMALL = json.dumps({"name": "Small", "records": [{"id": i, "amount": i * 1.25, "day": "2025-01-15"} for i in range(10)]}).encode()
SQL = {"select": "SELECT * FROM dataset LIMIT 10", "group": "SELECT flag, count(*), sum(amount) FROM dataset GROUP BY flag"}


def dropped(server, dataset_id, since):
    """Seconds until it was synced; then it is gone, and its sync takes no time from what comes next."""
    status, synced_s = server.wait_synced(dataset_id, since)
    if status["sync_status"] != "synced":
        sys.exit(f"not synced: {status}")
    server.call("DELETE", f"/api/v1/datasets/{dataset_id}?lakehouse=drop")
    return synced_s


def upload(server, path):
    start = time.monotonic()
    status, answer, answer_s = server.upload(path)
    if status != 201:
        sys.exit(f"upload of {path}: {status} {answer}")
    return {"answer": answer_s, "synced": dropped(server, answer["id"], start)}


def ingest(server):
    start = time.monotonic()
    answer = server.call("POST", "/api/v1/datasets/ingest", SMALL)
    answer_s = time.monotonic() - start
    return {"answer": answer_s, "synced": dropped(server, answer["id"], start)}


def query(server, sql):
    path = f"/api/v1/datasets/{server.kept_id}/query?sql={urllib.parse.quote(sql)}"
    start = time.monotonic()
    server.call("GET", path)
    return {"answer": time.monotonic() - start}


def turns(servers, rounds, work, samples, name):
    """One round more than is counted: the first warms up."""
    for number in range(rounds + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            for figure, seconds in work(servers[which]).items():
                if number > 0:
                    samples.setdefault(f"{name}, {figure}", ([], []))[which].append(seconds)
    print(f"{name}: {rounds} rounds", file=sys.stderr, flush=True)


def report(samples):
    print(f"{'median ms of':36} {'before':>9} {'after':>9} {'ratio':>6}  {'fastest by fastest':>18}  rounds")
    for name, (before, after) in samples.items():
        one, other = statistics.median(before) * 1000, statistics.median(after) * 1000
        print(f"{name:36} {one:9.1f} {other:9.1f} {other / one:6.2f}  {min(after) / min(before):18.2f}  {len(before)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=60, help="of what takes milliseconds")
    parser.add_argument("--large-rounds", type=int, default=9, help="of what takes seconds")
    given = parser.parse_args()
    make(given.folder / "data")
    files = {kind: given.folder / "data" / name for kind, name in NAMES.items()}
    load = os.getloadavg()[0]
    samples = {}
    with Server(given.before) as before, Server(given.after) as after:
        servers = before, after
        for kind in ("csv", "xlsx", "json"):
            turns(servers, given.large_rounds, lambda s, f=files[kind]: upload(s, f), samples, f"{kind} upload")
        turns(servers, given.rounds, ingest, samples, "10 records ingested")
        for server in servers:
            server.kept_id = server.upload(files["csv"])[1]["id"]
            server.wait_synced(server.kept_id, time.monotonic())
        for name, sql in SQL.items():
            turns(servers, given.rounds, lambda s, q=sql: query(s, q), samples, f"query ({name})")
    report(samples)
    print(f"{os.cpu_count()} cores, load before {load:.1f}")


if __name__ == "__main__":
    main()
