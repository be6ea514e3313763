#!/usr/bin/env python3
"""How long the main job takes: 10,000 JSON records to the answer, a 100,000-row CSV to `synced`.

Usage: bench/main_job.py SLUICE_BINARY. Starts a server of its own in a temporary folder, on free ports, and
ends it. Figures depend on the machine; compare them only within one run.
"""

import json
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

RUNS = 20


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def call(base, token, method, path, body=None, content_type="application/json"):
    request = urllib.request.Request(base + path, data=body, method=method)
    request.add_header("Authorization", "Bearer " + token)
    if body is not None:
        request.add_header("Content-Type", content_type)
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)


def form(name, data):
    b = "bench-boundary"
    head = f'--{b}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + data + f"\r\n--{b}--\r\n".encode(), f"multipart/form-data; boundary={b}"


def wait_synced(base, token, dataset_id, since):
    while time.monotonic() - since < 120:
        status = call(base, token, "GET", f"/api/v1/datasets/{dataset_id}/databricks/status")
        if status["sync_status"] not in ("pending", "syncing"):
            return status, time.monotonic() - since
        time.sleep(0.02)
    raise SystemExit("not synced within 120 s")


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
    with tempfile.TemporaryDirectory() as folder:
        api, mcp, worker, temporal, ui = (free_port() for _ in range(5))
        env = dict(
            os.environ, DATA_STORAGE_PATH=folder, API_LISTEN=f"127.0.0.1:{api}",
            MCP_LISTEN=f"127.0.0.1:{mcp}", WORKER_LISTEN=f"127.0.0.1:{worker}",
            TEMPORAL_PORT=str(temporal), TEMPORAL_UI_PORT=str(ui),
        )  # fmt: skip
        base = f"http://127.0.0.1:{api}"
        with open(pathlib.Path(folder) / "serve.log", "w") as log:
            server = subprocess.Popen([binary, "serve"], env=env, stdout=log, stderr=log)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{worker}/health", timeout=1)
                    break
                except OSError:
                    if server.poll() is not None:
                        raise SystemExit("the server did not start")
                    time.sleep(0.05)
            token = (pathlib.Path(folder) / "token").read_text().strip()
            answers, synced = [], []
            for _ in range(RUNS):
                start = time.monotonic()
                dataset = call(base, token, "POST", "/api/v1/datasets/ingest", body)
                answers.append(time.monotonic() - start)
                synced.append(wait_synced(base, token, dataset["id"], start)[1])
            answers.sort()
            print(f"10,000 JSON records, {RUNS} runs: answer p50 {statistics.median(answers):.3f} s, "
                  f"p95 {answers[int(RUNS * 0.95) - 1]:.3f} s; synced p50 {statistics.median(synced):.3f} s")
            for _ in range(3):
                data, content_type = form("hundred_thousand.csv", csv)
                start = time.monotonic()
                dataset = call(base, token, "POST", "/api/v1/datasets/upload", data, content_type)
                answer = time.monotonic() - start
                status, took = wait_synced(base, token, dataset["id"], start)
                print(f"100,000-row CSV ({len(csv) >> 20} MiB): answer {answer:.2f} s, "
                      f"{status['sync_status']} after {took:.2f} s, "
                      f"{status['row_count_databricks']} bronze, {status['row_count_silver']} silver")
            query = f"/api/v1/datasets/{dataset['id']}/query?sql=SELECT%20*%20FROM%20dataset%20LIMIT%2010"
            times = []
            for _ in range(RUNS):
                start = time.monotonic()
                call(base, token, "GET", query)
                times.append(time.monotonic() - start)
            print(f"SELECT * LIMIT 10 over it: p50 {statistics.median(times) * 1000:.0f} ms")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(15)


if __name__ == "__main__":
    main(sys.argv[1])
