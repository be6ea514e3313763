"""A CSV of 10 GB: its row count is right, the server's memory and folder stay bounded."""

import json
import os
import random
import socket
import time
from contextlib import closing

from machine import until
from watch import Watch, folder_bytes

SIZE_BYTES = int(os.environ.get("SOAK_CSV_BYTES", 10_000_000_000))
BLOCK_BYTES = 32 << 20
SERVER_MEMORY_BYTES_MAX = 1 << 30
ZSTD_MAGIC = bytes.fromhex("28b52ffd")  # RFC 8878, 3.1.1
UPLOAD = "/api/v1/datasets/upload"
HEADER = b"id,order_no,amount,price,ratio,flag,day,ts,name,note\n"


def block():
    """Rows of ten columns, and how many. Repeated, they make any size: nothing downstream knows."""
    rng = random.Random(1)
    rows = []
    size = 0
    while size < BLOCK_BYTES:
        i = len(rows)
        rows.append(
            b"%d,%d,%.2f,%.4f,%r,%s,2025-%02d-%02d,2025-01-%02d 10:%02d:%02d,name %d,some note text %d\n"
            % (i, rng.randrange(10**9), rng.uniform(0, 1000), rng.uniform(0, 100),
               round(rng.random(), 9), b"true" if i % 3 else b"false", i % 12 + 1, i % 28 + 1,
               i % 28 + 1, i % 60, i % 59, i % 9977, rng.randrange(1000))
        )  # fmt: skip
        size += len(rows[-1])
    return b"".join(rows), len(rows)


def send(sluice, rows, blocks):
    """The answer and the seconds from the first byte to it. Nothing of the file lies on this side's disk."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n' + HEADER
    tail = b"\r\n--b--\r\n"
    length = len(head) + len(rows) * blocks + len(tail)
    with closing(socket.create_connection(("127.0.0.1", sluice.api_port), 600)) as client:
        start = time.monotonic()
        client.sendall(
            f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n"
            "Connection: close\r\n\r\n".encode() + head
        )
        for _ in range(blocks):
            client.sendall(rows)
        client.sendall(tail)
        sent_s = time.monotonic() - start
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        return answer, sent_s, time.monotonic() - start


def test_ten_gigabytes(sluice, figure):
    rows, count = block()
    blocks = -(-SIZE_BYTES // len(rows))
    total_bytes = len(HEADER) + len(rows) * blocks
    parts = {part: sluice.child(part).pid for part in ("api", "mcp", "worker")}
    with Watch(list(parts.values()), sluice.data) as seen:
        answer, sent_s, answered_s = send(sluice, rows, blocks)
        head, body = answer.split(b"\r\n\r\n", 1)
        assert head.split()[1] == b"201", answer
        dataset = json.loads(body)
        api_bytes = seen.memory_bytes_max.get(parts["api"], 0)
        assert dataset["row_count"] == dataset["rows_read"] == count * blocks
        assert dataset["source"]["bytes"] == total_bytes
        start = time.monotonic()
        sluice.wait_status(dataset["id"], timeout_s=1800)
        synced_s = time.monotonic() - start
        status = sluice.status(dataset["id"])
        assert status["row_count_databricks"] == count * blocks

        original = sluice.data / "storage" / "datasets" / f"{dataset['id']}.source"

        def packed():
            with original.open("rb") as file:
                return file.read(4) == ZSTD_MAGIC

        until(packed, 1800, "the original is packed")
    figure(
        f"CSV of {total_bytes / 1e9:.2f} GB, {count * blocks:,} rows: sent in {sent_s:.1f} s, answered after "
        f"{answered_s:.1f} s, synced {synced_s:.1f} s later; peak memory of api {api_bytes >> 20} MiB until the answer, "
        + ", ".join(f"{part} {seen.memory_bytes_max[pid] >> 20} MiB" for part, pid in parts.items())
        + f" in all; folder at most {seen.folder_bytes_max / 1e9:.2f} GB, {folder_bytes(sluice.data) / 1e9:.2f} GB in "
        f"the end, Parquet {dataset['file_bytes'] / 1e9:.2f} GB"
    )
    for part, pid in parts.items():
        assert seen.memory_bytes_max[pid] < SERVER_MEMORY_BYTES_MAX, part
    # The original, its packed successor, and three Parquet files: ours, bronze, silver.
    assert seen.folder_bytes_max < 1.5 * total_bytes + 4 * dataset["file_bytes"]
