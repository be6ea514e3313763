"""The end-to-end suite, which runs on the local lakehouse in `make e2e`, on the workspace. Takes long: `make soak`."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"


@pytest.mark.skipif(os.environ.get("WORKSPACE_SOAK") != "1", reason="takes long: make soak")
def test_the_same_suite_passes_on_the_workspace(workspace, figure):
    env = dict(os.environ, E2E_WORKSPACE=json.dumps(workspace.settings()))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-ra", E2E], env=env, capture_output=True, text=True, timeout=3600)
    summary = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout[-6000:]
    skipped = len(re.findall(r"looks into the local lakehouse", done.stdout))
    figure(f"end-to-end suite on the workspace: {summary} ({skipped} groups look into the local lakehouse)")
