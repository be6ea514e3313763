"""What Sluice is measured against: each a command that turns a source into Parquet, run in a fresh process."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
READERS = {"csv": "read_csv", "xlsx": "read_xlsx", "json": "read_json"}
LIBRARIES = {
    "csv": ["polars read_csv", "polars scan_csv", "pandas read_csv"],
    "xlsx": ["polars read_excel", "pandas read_excel"],
    "json": ["polars read_json", "pandas read_json"],
}
TARGET = "{target}"


def site_packages(venv):
    return next(pathlib.Path(venv).glob("lib/python3*/site-packages"))


def duckdb(venv):
    return str(site_packages(venv) / "duckdb_cli" / "duckdb")


def contenders(venv, kind, source):
    """(name, command) of each for that kind of file."""
    statement = f"COPY (FROM {READERS[kind]}('{source}')) TO '{TARGET}' (FORMAT parquet)"
    before = []
    if kind == "xlsx":
        extension = next(site_packages(venv).glob("duckdb_extension_excel/**/excel.duckdb_extension"))
        before = ["-c", f"LOAD '{extension}'"]
    command = [duckdb(venv), "-batch", *before, "-c", ".timer on", "-c", statement]
    yield f"duckdb {READERS[kind]}", command
    for way in LIBRARIES[kind]:
        yield way, [str(venv / "bin/python"), str(HERE / "competitor.py"), way, str(source), TARGET]


def run(command, venv, rows):
    """Seconds of the whole process and of its work alone, and its peak memory. Fails where a row is missing."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        target, said = os.path.join(folder, "out.parquet"), os.path.join(folder, "said")
        command = [part.replace(TARGET, target) for part in command]
        with open(said, "w") as out:
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        text = pathlib.Path(said).read_text()
        if process.returncode != 0:
            sys.exit(f"{command} ended with {process.returncode}:\n{text}")
        count = f"SELECT count(*) FROM '{target}'"
        counted = subprocess.check_output([duckdb(venv), "-batch", "-noheader", "-list", "-c", count], text=True)
        if int(counted) != rows:
            sys.exit(f"{command} wrote {counted.strip()} rows of {rows}")
    work = re.search(r"real ([0-9.]+)", text)
    work_s = float(work.group(1) if work else text.split()[-1])
    return {"wall_s": wall_s, "work_s": work_s, "peak_bytes": usage.ru_maxrss * 1024}
