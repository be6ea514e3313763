#!/usr/bin/env python3
"""How fast files become Parquet: Sluice over HTTP against DuckDB, polars and pandas on the same files.

Usage: bench/ingest.py SLUICE_BINARY FOLDER [--rounds N] [--only csv,xlsx,json]. FOLDER holds venv/ and gets data/ and
ingest.json. Every round runs each contender once, one after the other, beginning with another one each time; the first
round warms up and does not count. Figures depend on the machine: compare them within one run only.
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

from contenders import contenders, run
from data import CSV_ROWS, JSON_ROWS, NAMES, XLSX_ROWS
from memory import Peak, status_bytes
from server import Server

KINDS = {  # title, rows, the ways into Sluice
    "csv": (f"CSV, {CSV_ROWS:,} rows x 10", CSV_ROWS, ["upload"]),
    "xlsx": (f"xlsx, {XLSX_ROWS:,} rows x 10", XLSX_ROWS, ["upload"]),
    "json": (f"JSON, {JSON_ROWS:,} records x 10", JSON_ROWS, ["upload", "ingest"]),
}


def measure_sluice(server, way, source, rows):
    """One request; its dataset is removed again, so that each round finds the same server."""
    with Peak(server.api_pid) as peak:
        start = time.monotonic()
        status, answer, answer_s = getattr(server, way)(source)
    if status == 201:
        synced, synced_s = server.wait_synced(answer["id"], start)
        if answer["row_count"] != rows:
            sys.exit(f"Sluice kept {answer['row_count']} rows of {rows}: {answer}")
        if synced["sync_status"] != "synced":
            sys.exit(f"not synced: {synced}")
        server.call("DELETE", f"/api/v1/datasets/{answer['id']}?lakehouse=drop")
        return {"wall_s": answer_s, "synced_s": synced_s, "peak_bytes": peak.bytes,
                "peak_children_bytes": peak.children_bytes,
                "peak_until_synced_bytes": status_bytes(server.api_pid, "VmHWM")}  # fmt: skip
    if status in (415, 422):
        return {"not_supported": answer.get("code", str(status))}
    sys.exit(f"{way} of {source}: {status} {answer}")


def probe(source):
    """The same work each round, by nobody measured: what the machine itself varies by."""
    start = time.monotonic()
    with open(source, "rb") as data:
        hashlib.file_digest(data, "sha256")
    return {"wall_s": time.monotonic() - start}


def measure(server, folder, kinds, rounds):
    """{kind: {contender: [sample, …]}}, without the first round."""
    tasks = []
    for kind in kinds:
        source, rows = folder / "data" / NAMES[kind], KINDS[kind][1]
        for way in KINDS[kind][2]:
            name = f"sluice /{way}"
            tasks.append((kind, name, lambda s=source, r=rows, w=way: measure_sluice(server, w, s, r)))
        for name, command in contenders(folder / "venv", kind, source):
            tasks.append((kind, name, lambda c=command, r=rows: run(c, folder / "venv", r)))
    any_source = folder / "data" / NAMES[kinds[0]]
    tasks.append(("machine", f"sha256 of {any_source.name}", lambda: probe(any_source)))
    samples = {}
    for number in range(rounds + 1):
        shift = number * 5 % len(tasks)
        for kind, name, work in tasks[shift:] + tasks[:shift]:
            sample = work()
            if number > 0:
                samples.setdefault(kind, {}).setdefault(name, []).append(sample)
        print(f"round {number} of {rounds}{' (warm-up)' if number == 0 else ''}", file=sys.stderr, flush=True)
    return samples


def summary(samples):
    """Median, min and max of each figure of one contender."""
    refused = [s["not_supported"] for s in samples if "not_supported" in s]
    if refused:
        return {"not_supported": refused[0]}
    figures = {}
    for key in samples[0]:
        values = [s[key] for s in samples]
        figures[key] = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return figures


def ratio(ours, theirs, key):
    if "wall_s" not in ours or key not in theirs:
        return "-"
    return f"{ours['wall_s']['median'] / theirs[key]['median']:.2f}x"


def table(title, figures):
    """Lines of text for one kind of file. A ratio below 1 says: Sluice took less time than that one."""
    ours = [name for name in figures if name.startswith("sluice")]
    heads = ["", "median s", "min - max", "without start", "peak MiB", "synced s"]
    heads += [f"{name} / it{part}" for name in ours for part in ("", ", without start")]
    lines = [heads]
    for name, figure in figures.items():
        if "not_supported" in figure:
            lines.append([name, f"not supported ({figure['not_supported']})"] + [""] * (len(heads) - 2))
            continue
        wall, work, synced = figure["wall_s"], figure.get("work_s"), figure.get("synced_s")
        line = [name, f"{wall['median']:.3f}", f"{wall['min']:.3f} - {wall['max']:.3f}",
                f"{work['median']:.3f}" if work else "", f"{figure['peak_bytes']['max'] / 2**20:.0f}",
                f"{synced['median']:.3f}" if synced else ""]  # fmt: skip
        for our in ours:
            for key in ("wall_s", "work_s"):
                line.append("" if name in ours else ratio(figures[our], figure, key))
        lines.append(line)
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    text = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in lines]  # fmt: skip
    return [f"\n{title}", *(line.rstrip() for line in text)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default=",".join(KINDS))
    given = parser.parse_args()
    folder, kinds = given.folder.resolve(), given.only.split(",")
    subprocess.run([folder / "venv/bin/python", pathlib.Path(__file__).parent / "data.py", folder / "data"], check=True)
    load_before = os.getloadavg()[0]
    with Server(given.binary) as server:
        samples = measure(server, folder, kinds, given.rounds)
    figures = {kind: {name: summary(s) for name, s in of.items()} for kind, of in samples.items()}
    machine, = figures.pop("machine").values()
    for kind in kinds:
        print("\n".join(table(KINDS[kind][0], figures[kind])))
    noise = machine["wall_s"]
    print(f"\n{given.rounds} rounds on {os.cpu_count()} cores; load before {load_before:.1f}; the machine's noise: the "
          f"same SHA-256 took {noise['min']:.3f} - {noise['max']:.3f} s ({noise['max'] / noise['min']:.2f}x)")
    print("`without start` leaves out a process's start and imports. Sluice's time is from the first byte sent to the "
          "answer 201; `synced s` goes on until the lakehouse has bronze and silver. Peaks are the largest of all "
          "rounds; Sluice's is its API process's and that process's children's, until the answer.")
    report = {"rounds": given.rounds, "cores": os.cpu_count(), "machine": platform.platform(), "load_before": load_before,
              "noise": machine, "figures": figures, "samples": samples}  # fmt: skip
    (folder / "ingest.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"as JSON: {folder / 'ingest.json'}")


if __name__ == "__main__":
    main()
