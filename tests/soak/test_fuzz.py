"""The fuzzers search on from their corpora; what they find that is new is kept beside the run, and nothing may break."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUZZ_S = int(os.environ.get("SOAK_FUZZ_S", 120))
FUZZERS = ROOT / "build/fuzz/src/ingest"
CORPUS = ROOT / "src/ingest/fuzz/corpus"
TARGETS = sorted(folder.name for folder in CORPUS.iterdir())


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks(target, tmp_path, figure):
    fuzzer = FUZZERS / f"ingest_{target}_fuzz"
    assert fuzzer.exists(), f"no {fuzzer}: run `make fuzz`"
    corpus = shutil.copytree(CORPUS / target, tmp_path / "corpus")
    before = len(list(corpus.iterdir()))
    command = [fuzzer, f"-max_total_time={FUZZ_S}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={tmp_path}/", corpus]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=FUZZ_S + 120)
    tail = "\n".join(run.stderr.splitlines()[-40:])
    assert run.returncode == 0, f"{list(tmp_path.iterdir())} breaks {target}:\n{tail}"
    executed = int(re.search(r"stat::number_of_executed_units:\s+(\d+)", run.stderr).group(1))
    assert executed > 1000, tail
    found = len(list(corpus.iterdir())) - before
    figure(f"fuzz {target}: {executed:,} inputs in {FUZZ_S} s, {found} new ones kept, nothing broke")
