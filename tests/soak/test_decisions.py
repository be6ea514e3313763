"""10,000 changes of 50 files, each of one byte, one row or one cell: where the decision about the structure turns, that is said."""

import os
import subprocess

import pytest
from machine import ROOT
from mutants.decisions import CHANGES, Run

BUILD = ROOT / "build/release"
SEED = int(os.environ.get("SOAK_SEED", 22))
#: The words of the present state, so that it gets no worse: of 1,000 changes in rows of data so many may turn in silence.
SILENT_OF_1000_MAX = 20


@pytest.fixture(scope="module")
def program():
    built = subprocess.run(["ninja", "-C", BUILD, "read_files"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return BUILD / "src/ingest/read_files"


def test_a_turn_is_said(program, tmp_path, figure):
    run = Run(program, tmp_path / "reader", ROOT / ".deps/published-soak", SEED)
    run.choose()
    run.change_all(CHANGES)
    run.reader.close()
    figure(run.report())
    assert len(run.bases) == 50 and not run.faults, run.faults
    of_data = sum(n for (_, place, _), n in run.counts.items() if place == "data")
    silent = sum(n for (_, place, end), n in run.counts.items() if (place, end) == ("data", "in silence"))
    assert silent * 1000 <= SILENT_OF_1000_MAX * of_data, run.report()
