#!/usr/bin/env python3
"""How long a preview takes: 1 MiB of CSV, of JSON, and a workbook of 100 sheets.

Usage: bench/preview.py SLUICE_BINARY. Starts a server of its own in a temporary folder, on free ports, and ends it.
The workbook wants openpyxl or xlsxwriter; without one it is left out, and said. Figures depend on the machine.
"""

import io
import json
import statistics
import sys
import time

from data import HEADER, rows
from main_job import form
from server import Server

RUNS = 40
BEGINNING = 1 << 20


def csv(bytes_wanted):
    text = [",".join(HEADER)]
    size = len(text[0])
    for row in rows(10**6):
        text.append(",".join("true" if c is True else "false" if c is False else str(c) for c in row))
        size += len(text[-1]) + 1
        if size > bytes_wanted:
            return ("\n".join(text) + "\n").encode()


def records(bytes_wanted):
    text, size = [], 0
    for row in rows(10**6):
        text.append(json.dumps(dict(zip(HEADER, row)), default=str))
        size += len(text[-1]) + 2
        if size > bytes_wanted:
            return ("[" + ",\n".join(text) + "]").encode()


def workbook(sheets, count):
    """None where nothing is installed that writes one."""
    try:
        import openpyxl
    except ImportError:
        return None
    book = openpyxl.Workbook(write_only=True)
    for number in range(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        sheet.append(HEADER)
        for row in rows(count):
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def measure(server, what, name, data, source_bytes=0):
    path = "/api/v1/datasets/preview" + (f"?source_bytes={source_bytes}" if source_bytes else "")
    body, content_type = form(name, data)
    times = []
    for _ in range(RUNS):
        start = time.monotonic()
        answer = server.call("POST", path, body, content_type)
        times.append((time.monotonic() - start) * 1000)
    times.sort()
    print(f"{what} ({len(data) >> 10} KiB, {len(answer['columns'])} columns, {answer['row_count']} rows), {RUNS} runs: "
          f"p50 {statistics.median(times):.0f} ms, p90 {times[RUNS * 9 // 10 - 1]:.0f} ms")  # fmt: skip


def main(binary):
    text, array = csv(3 * BEGINNING), records(3 * BEGINNING)
    book = workbook(100, 200)
    with Server(binary) as server:
        measure(server, "small CSV", "small.csv", csv(10_000))
        measure(server, "CSV, its first 1 MiB", "long.csv", text[:BEGINNING], len(text))
        measure(server, "JSON, its first 1 MiB", "long.json", array[:BEGINNING], len(array))
        if book is None:
            print("workbook of 100 sheets: left out, there is no openpyxl")
        else:
            measure(server, "workbook of 100 sheets of 200 rows", "book.xlsx", book)


if __name__ == "__main__":
    main(sys.argv[1])
