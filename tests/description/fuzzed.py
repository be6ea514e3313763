"""schemathesis against a running server: what it found, and how much it looked at."""

import json
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(sys.executable).parent / "schemathesis"


@dataclass
class Found:
    code: int  # 0: no failure
    operations: int  # tested, of those that are described
    cases: int
    report: str


def closed(description):
    """As clients must not take it: what is answered has no key that is not described."""

    def close(value):
        if isinstance(value, dict):
            if isinstance(value.get("properties"), dict):
                value.setdefault("additionalProperties", False)
            for inner in value.values():
                close(inner)
        elif isinstance(value, list):
            for inner in value:
                close(inner)

    close(description["components"]["schemas"])
    return description


def fuzz(sluice, seconds, examples, seed):
    """All checks, which is the default (named on the command line they would undo the exceptions), with a real token; the
    same seed asks the same."""
    # From a file: by its address schemathesis leaves out that very operation.
    described = sluice.folder / "openapi.json"
    described.write_text(json.dumps(closed(sluice.call("GET", "/openapi.json").json())), encoding="utf-8")
    ours = sluice.call("GET", "/api/v1/me").json()["credential_id"]
    done = subprocess.run(
        [PROGRAM, "--config-file", HERE / "schemathesis.toml", "run", described, "--url", sluice.url, "--header",
         f"Authorization: Bearer {sluice.token}", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(examples),
         "--max-time", str(seconds), "--seed", str(seed), "--generation-database", "none", "--no-color"],
        cwd=HERE, env={**sluice.env, "FUZZ_OWN_TOKEN": ours, "HYPOTHESIS_STORAGE_DIRECTORY": str(sluice.folder / "hypothesis")},
        capture_output=True, text=True, timeout=seconds + 300, check=False)  # fmt: skip
    report = done.stdout + done.stderr
    tested = re.search(r"Tested: (\d+)", report)
    cases = re.search(r"(\d+) generated", report)
    return Found(done.returncode, int(tested[1]) if tested else 0, int(cases[1]) if cases else 0, report)
