"""Clients and servers die in the middle of an upload: nothing half-made is seen, nothing is done twice."""

import base64
import contextlib
import hashlib
import json
from contextlib import closing

import pytest
import requests
from machine import has_fault_points, until
from sluice import assert_synced_once
from tus import (
    append, begun, ended, offset, partial_files, send, slow_append, started, wait_no_leftovers,
)  # fmt: skip

ROWS = 3_000
CONTENT = ("id,name\n" + "".join(f"{i},row {i}\n" for i in range(ROWS))).encode()
HALF = len(CONTENT) // 2


def is_whole(sluice, path):
    """The upload's dataset holds each row once, and it is the only one."""
    done = ended(sluice, path)
    sql = "SELECT count(*), count(DISTINCT id), max(id), min(name) FROM dataset"
    assert sluice.query(done["dataset_id"], sql)["rows"] == [[ROWS, ROWS, ROWS - 1, "row 0"]]
    assert [d["id"] for d in sluice.ok("GET", "/api/v1/datasets")["datasets"]] == [
        done["dataset_id"]
    ]
    files = [p.name for p in (sluice.data / "storage/datasets").glob("*.parquet")]
    assert files == [sluice.dataset(done["dataset_id"])["file_name"]], "one file, and no orphan"
    wait_no_leftovers(sluice)
    return done["dataset_id"]


def kill_api(sluice):
    api = sluice.wait_child("api")
    api.kill()
    sluice.wait_child("api", other_than=api)

    def answers():
        with contextlib.suppress(requests.ConnectionError):
            return sluice.call("GET", "/health").status_code == 200

    until(answers, 30, "the API is back")


def test_a_client_that_dies_goes_on_where_it_was(make_sluice):
    sluice = started(make_sluice(MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    with closing(slow_append(sluice, path, 0, len(CONTENT), CONTENT[:HALF])):
        until(lambda: offset(sluice, path) == HALF, 10, "what was sent is there")

    def free_again():  # the server sees within 200 ms that the client is gone
        return append(sluice, path, HALF, b"").status_code == 204

    until(free_again, 10, "the dead client's hold ends")
    assert offset(sluice, path) == HALF, "what came of it is kept"
    assert sluice.ok("GET", "/api/v1/datasets")["datasets"] == []
    assert append(sluice, path, HALF, CONTENT[HALF:]).status_code == 204
    is_whole(sluice, path)


def test_kill_9_in_the_middle_of_a_patch(make_sluice):
    sluice = started(make_sluice(MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    send(sluice, path, CONTENT[:1000])
    with closing(slow_append(sluice, path, 1000, len(CONTENT) - 1000, CONTENT[1000:HALF])):
        until(lambda: offset(sluice, path) == HALF, 10, "half has arrived")
        kill_api(sluice)
    assert offset(sluice, path) == HALF == partial_files(sluice)[0].stat().st_size
    assert append(sluice, path, HALF, CONTENT[HALF:]).status_code == 204
    is_whole(sluice, path)


def test_kill_9_in_the_middle_of_a_chunk_with_a_checksum(make_sluice):
    """Nobody can say any more whether those bytes were right: they do not count."""
    sluice = started(make_sluice(MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    send(sluice, path, CONTENT[:1000])
    digest = base64.b64encode(hashlib.sha256(CONTENT[1000:]).digest()).decode()
    checked = {"Upload-Checksum": f"sha256 {digest}"}
    garbage = b"!" * (HALF - 1000)
    with closing(slow_append(sluice, path, 1000, len(CONTENT) - 1000, garbage, **checked)):
        (file,) = partial_files(sluice)
        until(lambda: file.stat().st_size == HALF, 10, "half has arrived")
        assert offset(sluice, path) == 1000, "not before it is checked"
        kill_api(sluice)
    assert offset(sluice, path) == 1000
    assert append(sluice, path, 1000, CONTENT[1000:], **checked).status_code == 204
    is_whole(sluice, path)


@pytest.mark.parametrize(
    "point",
    [
        "upload.complete",  # all bytes are there, and nobody has noted it
        "upload.ingesting",
        "storage_before_rename",
        "upload.published",  # the Parquet file is there, the dataset is not
        "upload.committed",  # the dataset is there, the upload's file is still there
    ],
)
def test_kill_9_on_the_way_from_the_last_byte_to_the_dataset(make_sluice, tmp_path, point):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    sluice = started(make_sluice(SLUICE_FAULT=f"{point}:exit_once={died}", MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    with contextlib.suppress(requests.ConnectionError):
        send(sluice, path, CONTENT)
    is_whole(sluice, path)
    assert died.exists(), f"the fault point {point} was reached"


def test_kill_9_while_a_new_version_is_made(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    fault = f"upload.ingesting:exit_once={died}"
    sluice = started(make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false"))
    dataset = sluice.upload(b"id,name\n1,a\n", name="Renewed")
    path = begun(sluice, len(CONTENT), dataset_id=dataset["id"])
    with contextlib.suppress(requests.ConnectionError):
        send(sluice, path, CONTENT)
    ended(sluice, path)
    assert died.exists()
    now = sluice.dataset(dataset["id"])
    assert (now["version"], now["row_count"]) == (2, ROWS), "one version more, not two"
    wait_no_leftovers(sluice)


def test_sigterm_in_the_middle_of_an_ingest(make_sluice):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    fault = "upload.ingesting:delay_ms=1500"
    sluice = started(make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    send(sluice, path, CONTENT)
    until(lambda: sluice.ok("GET", path)["state"] == "ingesting", 10, "it is being ingested")
    assert sluice.terminate(timeout_s=10) == 0
    assert len(partial_files(sluice)) == 1, "it is taken up again by the next start"
    sluice.start()
    is_whole(sluice, path)


@pytest.mark.needs_sync
def test_an_upload_that_was_taken_up_again_is_synced_once(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    sluice = started(make_sluice(SLUICE_FAULT=f"upload.published:exit_once={died}"))
    path = begun(sluice, len(CONTENT), filename="Taken up.csv")
    send(sluice, path, CONTENT)
    dataset_id = is_whole(sluice, path)
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, ROWS)


@pytest.mark.parametrize("point", ["storage_before_rename", "upload.published"])
def test_an_ordinary_upload_that_dies_leaves_nothing(make_sluice, tmp_path, point):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    fault = f"{point}:exit_once={died}"
    sluice = started(make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false"))
    files = {"file": ("a.csv", CONTENT)}
    with pytest.raises(requests.ConnectionError):
        sluice.call("POST", "/api/v1/datasets/upload", files=files)
    assert died.exists()

    def back():
        with contextlib.suppress(requests.ConnectionError):
            return sluice.call("GET", "/api/v1/datasets").json()["datasets"] == []

    until(back, 30, "the API is back, without a dataset")
    wait_no_leftovers(sluice)
    assert list((sluice.data / "storage/datasets").glob("*.parquet")) == []


def test_the_command_line_goes_on_after_the_server_died(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    fault = f"upload.piece:exit_once={died}"
    sluice = started(make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false"))
    file = tmp_path / "large.csv"  # above 64 MiB: from there on it is resumable
    with open(file, "w") as out:
        out.write("id,text\n")
        out.writelines(f"{i},{i % 10}{'x' * 999}\n" for i in range(70_000))
    said = sluice.cli("upload", file, "--name", "Large", "--json")
    assert said.returncode == 0, said.stderr
    assert died.exists(), "the server died at the first piece"
    dataset = json.loads(said.stdout)
    assert (dataset["name"], dataset["row_count"]) == ("Large", 70_000)
    wait_no_leftovers(sluice)
    cut = tmp_path / "cut.json"
    cut.write_text("[" + ('{"a": "' + "x" * 999 + '"},') * 70_000)
    refused = sluice.cli("upload", cut)
    assert refused.returncode == 1 and "json_syntax" in refused.stderr, refused.stderr
    wait_no_leftovers(sluice)


def test_an_upload_that_always_takes_the_server_along_is_given_up(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    died = tmp_path / "died"
    fault = f"upload.ingesting:exit_once={died}"
    sluice = started(make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false"))
    path = begun(sluice, len(CONTENT))
    with contextlib.suppress(requests.ConnectionError):
        send(sluice, path, CONTENT)
    deaths = 0

    def given_up():
        nonlocal deaths
        with contextlib.suppress(FileNotFoundError):
            died.unlink()  # so that it dies again
            deaths += 1
        if deaths < 6:
            return False
        died.touch()
        with contextlib.suppress(requests.ConnectionError):
            return sluice.ok("GET", path)["state"] == "failed"

    until(given_up, 90, lambda: f"an end after {deaths} deaths")
    assert sluice.ok("GET", path)["error"]["code"] == "upload_gave_up"
    assert sluice.ok("GET", "/api/v1/datasets")["datasets"] == []
    wait_no_leftovers(sluice)
