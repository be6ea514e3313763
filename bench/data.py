#!/usr/bin/env python3
"""The files of the ingest benchmark, the same on every machine. `bench/data.py FOLDER` makes those that are missing."""

import datetime
import json
import os
import pathlib
import random
import sys

CSV_ROWS, XLSX_ROWS, JSON_ROWS = 1_000_000, 100_000, 10_000
NAMES = {"csv": "million.csv", "xlsx": "hundred_thousand.xlsx", "json": "ten_thousand.json"}
HEADER = ["id", "order_no", "amount", "price", "ratio", "flag", "day", "ts", "name", "note"]
EPOCH = datetime.datetime(2025, 1, 1)


def rows(count):
    """Ten columns: integers, decimals of fixed scale, doubles, booleans, dates, timestamps, short texts."""
    rng = random.Random(1)
    for i in range(count):
        day = EPOCH + datetime.timedelta(days=i % 365)
        ts = EPOCH + datetime.timedelta(seconds=i * 61 % 31_000_000)
        yield (i, rng.randrange(10**9), f"{rng.uniform(0, 1000):.2f}", f"{rng.uniform(0, 100):.4f}", rng.random(),
               i % 3 > 0, day.date(), ts, f"name {i % 9977}", f"some note text {rng.randrange(1000)}")  # fmt: skip


def write_csv(path):
    with open(path, "w") as out:
        out.write(",".join(HEADER) + "\n")
        for row in rows(CSV_ROWS):
            out.write(",".join("true" if c is True else "false" if c is False else str(c) for c in row) + "\n")


def write_xlsx(path):
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("data")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    ts = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, HEADER)
    for number, row in enumerate(rows(XLSX_ROWS), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, bool):
                sheet.write_boolean(number, column, cell)
            elif isinstance(cell, datetime.date):
                sheet.write_datetime(number, column, cell, ts if isinstance(cell, datetime.datetime) else day)
            elif column in (2, 3):
                sheet.write_number(number, column, float(cell))
            elif isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)
    book.set_properties({"created": EPOCH})
    book.close()


def write_json(path):
    def value(cell):
        return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)

    with open(path, "w") as out:
        records = []
        for row in rows(JSON_ROWS):
            # Numbers as other programs write them: 569.2, not "569.20".
            record = dict(zip(HEADER, row, strict=True))
            record["amount"], record["price"] = float(record["amount"]), float(record["price"])
            records.append(json.dumps(record, default=value))
        out.write("[" + ",\n".join(records) + "]\n")


def make(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, write in (("csv", write_csv), ("xlsx", write_xlsx), ("json", write_json)):
        path = folder / NAMES[kind]
        if not path.exists():
            print(f"making {path}", flush=True)
            write(str(path) + ".part")
            os.rename(str(path) + ".part", path)


if __name__ == "__main__":
    make(sys.argv[1])
