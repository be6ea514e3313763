"""Whoever reaches Temporal can signal, with whatever he likes: nothing is copied, dropped or stopped by it.

The server here is Temporal's own, with no gate before it and with its HTTP API open: what holds here is the proof that
each step asks of the metadata, and the seal. That nobody gets so far with the supervised server: test_temporal_gate.py.
"""

import base64
import contextlib
import json
import os
import re
import subprocess
import time

import pytest
import requests
from conftest import second_tenant
from machine import free_port, temporal_binary, until
from sluice import Temporal, assert_synced_once

pytestmark = [pytest.mark.needs_sync, pytest.mark.local_lakehouse]
SECRET = "TOPSECRETA"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


@pytest.fixture
def open_temporal(tmp_path):
    temporal = Temporal(tmp_path, free_port())
    yield temporal
    temporal.close()


@pytest.fixture
def victim(make_sluice, open_temporal):
    """A synced dataset of one tenant, another tenant beside it, and a Temporal that anybody reaches."""
    sluice = make_sluice(TEMPORAL_ADDRESS=f"127.0.0.1:{open_temporal.port}").start()
    sluice.thief = second_tenant(sluice)
    sluice.victim = sluice.ingest("Victim", [{"secret": SECRET}, {"secret": "TOPSECRETB"}])["id"]
    sluice.wait_status(sluice.victim)
    return sluice


def want(sluice, **change):
    """A want as the dispatcher writes it, as far as an attacker can know it: all but the order."""
    version = sluice.dataset(sluice.victim)
    sha256 = sluice.sha256 if hasattr(sluice, "sha256") else "0" * 64
    genuine = {
        "kind": "resync", "dataset_id": sluice.victim, "tenant_id": "default", "version": version["version"],
        "sha256": sha256, "table_name": "victim", "order": 999_999, "retry_attempts": 3,
        "retry_interval_s": 1, "search_attributes": True,
    }  # fmt: skip
    return {**genuine, **change}


def by_grpc(sluice, workflow_id, content, as_nobody=True):
    command = [
        temporal_binary(), "workflow", "signal-with-start", "--address", sluice.temporal_address,
        "--type", "DatasetSyncWorkflow", "--task-queue", "dataset-sync", "--signal-name", "want",
        "-w", workflow_id, "--signal-input", json.dumps(content),
    ]  # fmt: skip
    subprocess.run((NOBODY if as_nobody else []) + command, env={**os.environ, "HOME": "/tmp"}, check=True,
                   capture_output=True, timeout=20)  # fmt: skip


def http_port(temporal):
    """The HTTP API's, which the server chose: of all that it listens on, the one that answers as it."""
    out = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, timeout=10).stdout
    ports = {int(m[1]) for m in re.finditer(rf":(\d+)\s.*pid={temporal.popen.pid},", out)}
    for port in ports - {temporal.port}:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/api/v1/namespaces", timeout=2).status_code == 200:
                return port
    raise AssertionError(f"no HTTP API among {ports}: {out}")


def by_http(port, workflow_id, payload):
    """As a web page does it, without preflight."""
    text = {"workflowType": {"name": "DatasetSyncWorkflow"}, "taskQueue": {"name": "dataset-sync"}}

    def taken():
        answer = requests.post(
            f"http://127.0.0.1:{port}/api/v1/namespaces/default/workflows/{workflow_id}/signal-with-start/want",
            data=json.dumps({**text, "signalInput": [payload]}),
            headers={"Content-Type": "text/plain", "Origin": "http://evil.example", "Host": "evil.example"},
            timeout=10,
        )
        assert answer.status_code in (200, 429), answer.text
        return answer.status_code == 200  # 429: the workflow is just ending

    until(taken, 20, "the signal is taken")


def settled(sluice, workflow_id):
    """No run of this workflow is open any more."""

    def closed():
        info = sluice.temporal("workflow", "describe", "-w", workflow_id)
        return info and "RUNNING" not in str(info["workflowExecutionInfo"]["status"]).upper()

    until(closed, 30, f"{workflow_id} ends")


def assert_unharmed(sluice, status):
    """The victim's tables are as they were and his own, nobody has a copy, and his syncs go on."""
    assert sluice.status(sluice.victim) == status
    folders = {f"{f.parent.name}/{f.name}" for f in sluice.data.glob("lakehouse/catalog_tenant_*/*/*")}
    assert folders == {"bronze/victim", "silver/victim_clean"}, folders
    tenants = {f.name for f in sluice.data.glob("lakehouse/catalog_tenant_*")}
    assert tenants == {"catalog_tenant_default"}, tenants
    stolen = sluice.call("POST", "/api/v1/query", token=sluice.thief,
                         json={"sql": "SELECT * FROM catalog_tenant_othertenant.bronze.stolen"})  # fmt: skip
    assert stolen.status_code == 400 and SECRET not in stolen.text, stolen.text
    assert_synced_once(sluice, sluice.victim, 2, version=status["version"])


def assert_goes_on(sluice):
    sluice.new_version(sluice.victim, f"secret\n{SECRET}\nb\nc\n")
    sluice.wait_status(sluice.victim, timeout_s=30, version=2, synced_version=2)
    sluice.ok("POST", f"/api/v1/datasets/{sluice.victim}/sync", status=202)
    sluice.wait_status(sluice.victim, timeout_s=30)
    assert_synced_once(sluice, sluice.victim, 3, version=2)


def known_sha256(sluice):
    """The strongest attacker knows what the file is, for he has it."""
    (file,) = [f for f in (sluice.data / "storage/datasets").iterdir() if f.suffix == ".parquet"]
    return subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout.split()[0]


FORGERIES = {
    "theft": {"tenant_id": "othertenant", "table_name": "stolen"},
    "theft into a namesake": {"tenant_id": "othertenant"},
    "another table": {"table_name": "stolen"},
    "drop": {"kind": "drop"},
    "drop of an order that was": {"kind": "drop", "order": 1},
    "drop of another tenant's": {"kind": "drop", "tenant_id": "othertenant"},
    "resync of an order to come": {"order": 2},
    "another version": {"version": 7},
}


@pytest.mark.parametrize("way", ["gRPC", "HTTP"])
def test_forged_wants_are_not_obeyed(victim, open_temporal, way):
    victim.sha256 = known_sha256(victim)
    status = victim.status(victim.victim)
    port = http_port(open_temporal) if way == "HTTP" else None
    for name, change in FORGERIES.items():
        # To the dataset's own workflow, and to one of the attacker's.
        for workflow_id in (f"dataset-sync-{victim.victim}", "x"):
            forged = want(victim, **change)
            if way == "gRPC":
                by_grpc(victim, workflow_id, forged)
            else:
                by_http(port, workflow_id, forged)
            settled(victim, workflow_id)
            assert victim.status(victim.victim) == status, name
    assert_unharmed(victim, status)
    assert victim.logs().count("nobody asked for it") >= 6, "the operator is told"
    assert_goes_on(victim)


GARBAGE = [{"not": 1}, [], 7, "want", None, {"kind": "drop"}, {"kind": "x" * 100_000}, {"order": "1"}]


@pytest.mark.parametrize("way", ["gRPC", "HTTP"])
def test_garbage_stops_nothing(victim, open_temporal, way):
    status = victim.status(victim.victim)
    own = f"dataset-sync-{victim.victim}"
    port = http_port(open_temporal) if way == "HTTP" else None
    for content in [*GARBAGE, want(victim, retry_interval_s=10**18), want(victim, retry_attempts=-1)]:
        if way == "gRPC":
            by_grpc(victim, own, content)
        else:
            by_http(port, own, content)
    settled(victim, own)
    if port:
        # Encodings that are none, and a seal that is none.
        for encoding in (b"binary/encrypted", b"binary/null", b"json/plain", b"\xff", b""):
            metadata = {"encoding": base64.b64encode(encoding).decode(), "encryption-key-id": "YQ=="}
            by_http(port, own, {"metadata": metadata, "data": base64.b64encode(b"x" * 50).decode()})
        settled(victim, own)
    assert_unharmed(victim, status)
    assert_goes_on(victim)


def sealed_want(sluice, dataset_id):
    """The payload of the dataset's last signal as the server keeps it."""
    history = sluice.temporal("workflow", "show", "-w", f"dataset-sync-{dataset_id}", opened=False)
    signals = [
        e["workflowExecutionSignaledEventAttributes"]
        for e in history["events"]
        if "workflowExecutionSignaledEventAttributes" in e
    ]
    payload = signals[-1]["input"]
    payload = payload["payloads"][0] if isinstance(payload, dict) else payload[0]
    assert base64.b64decode(payload["metadata"]["encoding"]) == b"binary/encrypted", payload
    return payload


def test_seals_of_others_are_not_obeyed(victim, open_temporal, make_sluice):
    """A want that another install sealed, one of another workflow, and one that was obeyed before."""
    status = victim.status(victim.victim)
    port = http_port(open_temporal)
    own = f"dataset-sync-{victim.victim}"
    used = sealed_want(victim, victim.victim)
    other = victim.ingest("Other", [{"a": 1}])["id"]
    victim.wait_status(other)
    foreign = make_sluice(TEMPORAL_ADDRESS=f"127.0.0.1:{open_temporal.port}", TEMPORAL_NAMESPACE="foreign")
    subprocess.run([temporal_binary(), "operator", "namespace", "create", "-n", "foreign", "--address",
                    victim.temporal_address], check=True, capture_output=True, timeout=20)  # fmt: skip
    foreign.start()
    theirs = foreign.ingest("Theirs", [{"a": 1}])["id"]
    foreign.wait_status(theirs)
    foreign_history = subprocess.run(
        [temporal_binary(), "workflow", "show", "-w", f"dataset-sync-{theirs}", "-n", "foreign", "--address",
         victim.temporal_address, "-o", "json"], check=True, capture_output=True, timeout=20).stdout  # fmt: skip
    (signal, *_) = [e for e in json.loads(foreign_history)["events"] if "workflowExecutionSignaledEventAttributes" in e]
    foreign_seal = signal["workflowExecutionSignaledEventAttributes"]["input"]["payloads"][0]
    victim.ok("DELETE", f"/api/v1/datasets/{other}", status=204)
    time.sleep(1)
    for payload in (used, sealed_want(victim, other), foreign_seal):
        by_http(port, own, payload)
        settled(victim, own)
        assert victim.status(victim.victim) == status
    assert_goes_on(victim)


def texts(value):
    """All that is written there, what is in base64 as well."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
        with contextlib.suppress(ValueError):
            yield base64.b64decode(value, validate=True).decode(errors="replace")


def test_nothing_is_legible_at_temporal(victim):
    """Not the tenant's names, sums or columns; but for the search attributes, which are meant to be searched."""
    own = f"dataset-sync-{victim.victim}"
    history = victim.temporal("workflow", "show", "-w", own, opened=False)
    for event in history["events"]:
        event.pop("upsertWorkflowSearchAttributesEventAttributes", None)
        for attributes in event.values():
            if isinstance(attributes, dict):
                attributes.pop("searchAttributes", None)
    everything = "\n".join(texts(history))
    for word in ("catalog_tenant", "table_name", "sha256", "row_count", known_sha256(victim)):
        assert word not in everything, word
    opened = "\n".join(texts(victim.temporal("workflow", "show", "-w", own)))
    assert "catalog_tenant_default.bronze.victim" in opened, "by Temporal's command line, with the token"
    ours = victim.cli("workflow", victim.victim, TEMPORAL_ADDRESS=victim.temporal_address)
    assert "catalog_tenant_default.bronze.victim" in ours.stdout, ours.stderr
    json.loads(ours.stdout)


def test_payloads_are_decoded_for_the_token_only(victim):
    payload = sealed_want(victim, victim.victim)
    url = f"http://127.0.0.1:{victim.worker_port}/temporal"
    token = (victim.data / "temporal_decode_token").read_text().strip()
    body = {"payloads": [payload]}
    page = {"Origin": "http://127.0.0.1:8233", "X-Namespace": "default"}
    for path, headers in (("/decode", {}), ("/decode", {"Authorization": "Bearer x"}), ("/x/decode", {}),
                          ("/decode", {"Authorization": f"Bearer {victim.token}"})):  # fmt: skip
        refused = requests.post(url + path, json=body, headers=headers, timeout=10)
        assert refused.status_code == 401 and "victim" not in refused.text
    asked = requests.options(f"{url}/{token}/decode", timeout=10, headers={
        **page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"})  # fmt: skip
    assert asked.status_code in (200, 204) and asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-namespace" in asked.headers["Access-Control-Allow-Headers"].lower()
    decoded = requests.post(f"{url}/{token}/decode", json=body, headers=page, timeout=10)
    assert decoded.status_code == 200 and decoded.headers["Access-Control-Allow-Origin"] == "*"
    (opened,) = decoded.json()["payloads"]
    assert base64.b64decode(opened["metadata"]["encoding"]) == b"json/plain"
    assert json.loads(base64.b64decode(opened["data"]))["table_name"] == "victim"
    plain = {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": "e30="}
    assert requests.post(f"{url}/{token}/decode", json={"payloads": [plain]}, timeout=10).json()["payloads"] == [plain]
    assert requests.post(f"{url}/{token}/decode", data="{", timeout=10).status_code == 400


def test_keys_can_be_changed(victim):
    """The old key opens, the new one seals; then the old one may go."""
    old = (victim.data / "temporal_payload_keys").read_text().strip()
    assert (victim.data / "temporal_payload_keys").stat().st_mode & 0o777 == 0o600
    new = "second:" + base64.b64encode(os.urandom(32)).decode()
    assert victim.terminate() == 0
    victim.env["TEMPORAL_PAYLOAD_KEYS"] = f"{new},{old}"
    victim.start()
    victim.ok("POST", f"/api/v1/datasets/{victim.victim}/sync", status=202)
    time.sleep(1)
    victim.wait_status(victim.victim, timeout_s=30)
    payload = sealed_want(victim, victim.victim)
    assert base64.b64decode(payload["metadata"]["encryption-key-id"]) == b"second"
    assert old.partition(":")[2] not in victim.logs() and new.partition(":")[2] not in victim.logs()
