"""Mutated files straight at the readers, built with sanitizers: each is refused for what it is, or read right."""

import os
import subprocess
import time

import mutants
import pytest
from machine import ROOT
from mutants.readers import Run

COUNT = int(os.environ.get("SOAK_MUTANTS", 1_000_000))
SECONDS = int(os.environ.get("SOAK_MUTANTS_S", 3_600))
SEED = int(os.environ.get("SOAK_SEED", 1))
BUILD = ROOT / "build/asan"
KEEP = ROOT / "build/mutants"  # culprits; nothing is written where there are none


@pytest.fixture(scope="module")
def program():
    """Built here, for `make soak` needs nothing else of that build."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "asan"], cwd=ROOT, check=True, capture_output=True)
    built = subprocess.run(["ninja", "-C", BUILD, "read_files"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return BUILD / "src/ingest/read_files"


@pytest.mark.parametrize("format_", mutants.FORMATS)
def test_each_is_refused_or_right(program, format_, tmp_path, figure):
    """The reader's process may be thrown away; here it is told how often that was needed, and for what."""
    share = len(mutants.FORMATS)
    run = Run(program, tmp_path, KEEP / format_, maker=mutants.Maker(SEED, [format_]))
    began = time.monotonic()
    tally = run.all(0, COUNT // share, SECONDS // share)
    figure(
        f"mutants at the reader of {format_}: seed {SEED}, {time.monotonic() - began:.0f} s, memory of a reader at most "
        f"{run.memory_bytes_max >> 20} MiB\n{tally.report()}"
    )
    assert sum(tally.files.values()) > 100
    ended = {what: n for (_, what), n in tally.ends.items() if not what.startswith(("refused", "right"))}
    assert not ended, f"{ended}:\n" + "\n".join(tally.bad[:100])
