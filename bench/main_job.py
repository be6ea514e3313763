#!/usr/bin/env python3
"""How long the main job takes: 10,000 JSON records to the answer, a 100,000-row CSV to `synced`.

Usage: bench/main_job.py SLUICE_BINARY. Starts a server of its own in a temporary folder, on free ports, and
ends it. Figures depend on the machine; compare them only within one run.
"""

import json
import random
import statistics
import sys
import time

from server import Server

RUNS = 20


def form(name, data):
    b = "bench-boundary"
    head = f'--{b}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + data + f"\r\n--{b}--\r\n".encode(), f"multipart/form-data; boundary={b}"


def main(binary):
    rng = random.Random(1)
    records = [
        {"order_id": str(1000 + i), "amount": round(rng.uniform(1, 900), 2), "date": "2025-01-15",
         "customer": f"customer {rng.randrange(500)}", "paid": rng.random() < 0.5}
        for i in range(10_000)
    ]  # fmt: skip
    body = json.dumps({"name": "Bench", "records": records}).encode()
    rows = "\n".join(
        f"{i},{rng.randrange(10**6)},{rng.uniform(0, 1):.4f},name {i % 977},2025-01-{i % 28 + 1:02}"
        for i in range(100_000)
    )
    csv = ("id,amount,share,name,day\n" + rows + "\n").encode()
    with Server(binary) as server:
        answers, synced = [], []
        for _ in range(RUNS):
            start = time.monotonic()
            dataset = server.call("POST", "/api/v1/datasets/ingest", body)
            answers.append(time.monotonic() - start)
            synced.append(server.wait_synced(dataset["id"], start)[1])
        answers.sort()
        print(f"10,000 JSON records, {RUNS} runs: answer p50 {statistics.median(answers):.3f} s, "
              f"p95 {answers[int(RUNS * 0.95) - 1]:.3f} s; synced p50 {statistics.median(synced):.3f} s")
        for _ in range(3):
            data, content_type = form("hundred_thousand.csv", csv)
            start = time.monotonic()
            dataset = server.call("POST", "/api/v1/datasets/upload", data, content_type)
            answer = time.monotonic() - start
            status, took = server.wait_synced(dataset["id"], start)
            print(f"100,000-row CSV ({len(csv) >> 20} MiB): answer {answer:.2f} s, "
                  f"{status['sync_status']} after {took:.2f} s, "
                  f"{status['row_count_databricks']} bronze, {status['row_count_silver']} silver")
        query = f"/api/v1/datasets/{dataset['id']}/query?sql=SELECT%20*%20FROM%20dataset%20LIMIT%2010"
        times = []
        for _ in range(RUNS):
            start = time.monotonic()
            server.call("GET", query)
            times.append(time.monotonic() - start)
        print(f"SELECT * LIMIT 10 over it: p50 {statistics.median(times) * 1000:.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1])
