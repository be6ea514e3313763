"""`sluice databricks check`: what it says of the easy workspace, of each switch of the hard one, and of cases of its own.

No statement is sent, no secret shown, and a minute is the most; the table says what was said, and in how many seconds.
`make test` has the switches that it tries on syncs, and the cases that wait for nothing; `make soak` has all.
"""

import http.server
import os
import re
import shutil
import ssl
import subprocess
import threading

import pytest
from check_run import CheckRun
from check_table import CASES, Says, SWITCHES as SAYS
from hard_further import FURTHER
from hard_table import SWITCHES
from machine import binary
from ways import HARD

# Of the case whose answers come late.
QUICK_S = 10
TITLE = "databricks check"
ALL = os.environ.get("WORKSPACE_FAULTS") == "all"
EVERY = (*SWITCHES, *FURTHER)
HEADS = ["workspace", "would pass", "seconds", "calls", "says"]


def judge(table_row, name, run, says, seconds_max):
    line = next((line for line in run.lines if re.search(says.line, line)), "-")
    table_row(TITLE, HEADS, [name, "yes" if run.exit_code == 0 else "no", f"{run.seconds:.1f}", str(run.document["rest_calls"]), line[:110]])
    said = "\n".join(run.lines)
    assert run.says(says.line), said
    assert run.exit_code == (0 if says.passes else 1), said
    assert run.statements == run.document["statements"] == 0
    assert run.seconds < seconds_max


@pytest.mark.parametrize("switch", [pytest.param(each, id=each.name) for each in EVERY if ALL or each.in_test])
def test_each_switch_of_the_hard_workspace(workspace, table_row, switch):
    workspace.control("empty")
    workspace.control("state", {"groups": list(switch.groups), "may_create_catalog": True})
    if switch.by_hand:
        workspace.control("catalog", {"name": switch.by_hand, "default_storage": switch.default_storage})
    workspace.ways(**{**HARD, **switch.ways})
    for fault in switch.faults:
        workspace.fault(**fault)
    run = CheckRun(workspace, {**workspace.settings(), **switch.settings, **switch.on})
    judge(table_row, switch.name, run, SAYS[switch.name], 60)


def test_what_it_foretells_is_what_a_sync_does():
    """Of the suite's own words for each switch, but for what no look by REST can know."""
    assert {switch.name for switch in EVERY} == SAYS.keys()
    for switch in EVERY:
        stage = switch.first if switch.since == "first" else switch.second
        foretold = SAYS[switch.name].passes == ("right" in stage.split("|"))
        assert foretold != bool(SAYS[switch.name].unseen), switch.name


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in CASES if ALL or each.seconds_max <= QUICK_S])
def test_each_case_of_its_own(workspace, table_row, case):
    workspace.control("empty")
    workspace.control("ways", method="DELETE")
    workspace.control("state", {"groups": list(case.groups), "may_create_catalog": True})
    if case.by_hand:
        workspace.control("catalog", {"name": "catalog_tenant_default"})
    for schema in case.schemas:
        made = workspace.call("POST", "/api/2.1/unity-catalog/schemas", json={"name": schema, "catalog_name": "catalog_tenant_default"})
        assert made.status_code == 200, made.text
    workspace.ways(**case.ways)
    for fault in case.faults:
        workspace.fault(**fault)
    run = CheckRun(workspace, {**workspace.settings(), **case.settings})
    judge(table_row, case.name, run, case.says, case.seconds_max)


def test_a_statement_says_how_long_the_warehouse_took(workspace, table_row):
    workspace.control("empty")
    workspace.control("ways", method="DELETE")
    workspace.control("state", {"warehouse_start_s": 2})
    try:
        run = CheckRun(workspace, workspace.settings(), "--statement")
    finally:
        workspace.control("state", {"warehouse_start_s": 0})
    table_row(TITLE, HEADS, ["--statement, a start of 2 s", "yes", f"{run.seconds:.1f}", str(run.document["rest_calls"]), run.lines[-1]])
    assert run.statements == run.document["statements"] == 1
    assert run.says(r"^ok statement SELECT 1 took [2-9]\.\d s, with the start of the warehouse"), run.lines
    assert run.exit_code == 0


@pytest.fixture
def host_of_another(tmp_path):
    """With a certificate that nobody knows, as a proxy that looks into TLS has one."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(made, check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.handle_error = lambda *_: None  # The client goes away in the handshake.
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_a_certificate_that_nobody_knows(workspace, table_row, host_of_another):
    run = CheckRun(workspace, {**workspace.settings(), "DATABRICKS_HOST": host_of_another})
    judge(table_row, "a certificate that nobody knows", run, Says(False, r"^wrong sign_in .*certificate.* -> .*SSL_CERT_FILE"), QUICK_S)


def test_for_people_it_is_a_line_each_with_what_to_do_below(workspace):
    workspace.control("empty")
    workspace.control("ways", method="DELETE")
    workspace.ways(withheld=[["metastore", "CREATE_CATALOG"]])
    settings = {**workspace.settings(), "PATH": "/usr/bin", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run([str(binary()), "--no-env-file", "databricks", "check"], env=settings, capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and done.stderr == ""
    assert lines[0] == workspace.host
    at = next(at for at, line in enumerate(lines) if line.startswith("wrong"))
    assert re.fullmatch(r"wrong +privileges +Our principal lacks CREATE CATALOG on METASTORE\.", lines[at])
    assert re.fullmatch(r" +-> GRANT CREATE CATALOG ON METASTORE TO `someone@example.com`;", lines[at + 1])
    assert re.fullmatch(r"A first sync would not pass \(\d+ calls, 0 statements, \d+\.\d s\)\.", lines[-1])
