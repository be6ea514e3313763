"""A million statements of a grammar, hostile ones among them, through the query workers: none crashes, leaks or hangs."""

import os
import pathlib
import re
import subprocess

from machine import binary

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
COUNT = int(os.environ.get("SOAK_SQL_COUNT", 1_000_000))
SEED = int(os.environ.get("SOAK_SQL_SEED", 1))
#: A tenth of what a busy machine with two cores does.
STATEMENTS_PER_S_MIN = 20


def test_nothing_crashes_or_leaks(figure):
    built = subprocess.run(["ninja", "-C", BUILD, "sql_fuzz"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    command = [BUILD / "src/query/sql_fuzz", binary(), "--count", str(COUNT), "--seed", str(SEED), "--threads", "3"]
    run = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=600 + COUNT / STATEMENTS_PER_S_MIN
    )
    assert run.returncode == 0, "\n".join((run.stdout + run.stderr).splitlines()[-200:])
    summary = run.stdout.splitlines()[-1]
    answered = int(re.search(r" ok (\d+)", summary).group(1))
    assert answered > COUNT / 10, f"so few of the statements are sound that little was tried: {summary}"
    figure("SQL fuzz: " + summary)
