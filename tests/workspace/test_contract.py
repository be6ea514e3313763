"""The contract of the lakehouse port (src/lakehouse/testing/lakehouse_contract.cc), which the local one keeps in `lakehouse_test`, on the workspace."""

import json
import os
import subprocess

import pytest
from machine import binary

# What REST and SQL have most to do with; `make soak` runs all of it, on both kinds of bronze.
MANAGED = ("BronzeThenSilver*", "ANewVersion*", "QuarantineComes*", "AnotherDatasets*", "AForeignTable*", "ADropTakes*", "ALateDrop*", "AnyHeader*")
EXTERNAL = ("BronzeThenSilver*", "ADropTakes*")
FILTER = ":".join([*(f"*.{name}/managed" for name in MANAGED), *(f"*.{name}/external" for name in EXTERNAL)])


def contract_program():
    return binary().parents[1] / "lakehouse" / "lakehouse_contract"


@pytest.fixture(scope="module")
def verdicts(workspace, tmp_path_factory):
    """{(kind of bronze, test): what failed}"""
    if not contract_program().exists():
        pytest.skip(f"{contract_program()} is not built: it comes with the tests")
    report = tmp_path_factory.mktemp("contract") / "report.json"
    env = dict(os.environ, **workspace.settings(DATABRICKS_EXTERNAL_LOCATION="s3://bucket/contract"))
    command = [contract_program(), f"--gtest_output=json:{report}", f"--gtest_filter={'*' if os.environ.get('WORKSPACE_FAULTS') == 'all' else FILTER}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=1500)
    assert report.exists(), done.stdout[-4000:] + done.stderr[-4000:]
    found = {}
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            name, kind = test["name"].split("/")
            found[kind, name] = "\n".join(failure["failure"] for failure in test.get("failures", []))
    return found


@pytest.mark.parametrize(("kind", "at_least"), (("managed", len(MANAGED)), ("external", len(EXTERNAL))))
def test_databricks_keeps_the_contract_of_the_port(verdicts, kind, at_least):
    own = {name: failure for (of, name), failure in verdicts.items() if of == kind}
    broken = {name: failure for name, failure in own.items() if failure}
    assert not broken, "\n\n".join(f"{name}:\n{failure}" for name, failure in broken.items())
    assert len(own) >= at_least, sorted(own)
