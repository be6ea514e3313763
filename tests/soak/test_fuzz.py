"""The fuzzers search on from their corpora; what they find that is new is kept beside the run, and nothing may break."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUZZ_S = int(os.environ.get("SOAK_FUZZ_S", 120))
# src/ROOM/fuzz/corpus/TARGET
CORPORA = sorted((ROOT / "src").glob("*/fuzz/corpus/*"))


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda folder: f"{folder.parts[-4]}-{folder.name}")
def test_nothing_breaks(corpus, tmp_path, figure):
    room, target = corpus.parts[-4], corpus.name
    fuzzer = ROOT / f"build/fuzz/src/{room}/{room}_{target}_fuzz"
    assert fuzzer.exists(), f"no {fuzzer}: run `make fuzz`"
    corpus = shutil.copytree(corpus, tmp_path / "corpus")
    before = len(list(corpus.iterdir()))
    command = [fuzzer, f"-max_total_time={FUZZ_S}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={tmp_path}/", corpus]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=FUZZ_S + 120)
    tail = "\n".join(run.stderr.splitlines()[-40:])
    assert run.returncode == 0, f"{list(tmp_path.iterdir())} breaks {room}/{target}:\n{tail}"
    executed = int(re.search(r"stat::number_of_executed_units:\s+(\d+)", run.stderr).group(1))
    assert executed > 1000, tail
    found = len(list(corpus.iterdir())) - before
    figure(f"fuzz {room}/{target}: {executed:,} inputs in {FUZZ_S} s, {found} new ones kept, nothing broke")
