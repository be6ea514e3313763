"""Resumable uploads by tus 1.0.0: the protocol, its limits, and how far an upload is."""

import base64
import csv
import hashlib
import io
import socket
from contextlib import closing

import pytest
from machine import has_fault_points, until
from test_errors import problem
from tus import (
    CHUNK, TUS, UPLOADS, append, begin, begun, ended, leftovers, offset, partial_files, send,
    slow_append, wait_no_leftovers,
)  # fmt: skip

CSV = b"id,name\n1,Anna\n2,Bert\n3,Cleo\n"


def table(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [["id", "text"], *([i, f"row {i}"] for i in range(rows))]
    )
    return out.getvalue().encode()


def test_options_say_what_is_spoken(sluice):
    for path in (UPLOADS, UPLOADS + "/any"):
        said = sluice.call("OPTIONS", path, token="")
        assert said.status_code == 204
        assert said.headers["Tus-Version"] == said.headers["Tus-Resumable"] == "1.0.0"
        assert int(said.headers["Tus-Max-Size"]) == 100 << 30
        assert {"sha1", "sha256"} <= set(said.headers["Tus-Checksum-Algorithm"].split(","))
        extensions = set(said.headers["Tus-Extension"].split(","))
        assert extensions >= {"creation", "termination", "expiration", "checksum"}


def test_a_file_in_three_pieces_becomes_a_dataset(sluice):
    path = begun(sluice, len(CSV), filename="three pieces.csv", description="in three")
    assert offset(sluice, path) == 0
    for start, end in ((0, 5), (5, 17), (17, len(CSV))):
        shown = sluice.ok("GET", path)
        assert (shown["state"], shown["bytes_received"]) == ("receiving", start)
        assert shown["dataset_id"] is None and shown["bytes_total"] == len(CSV)
        answer = append(sluice, path, start, CSV[start:end])
        assert answer.status_code == 204 and int(answer.headers["Upload-Offset"]) == end
        assert answer.headers["Tus-Resumable"] == "1.0.0" and answer.headers["Upload-Expires"]
    done = ended(sluice, path)
    assert done["bytes_ingested"] == done["bytes_received"] == len(CSV) and done["error"] is None
    dataset = sluice.dataset(done["dataset_id"])
    assert (dataset["name"], dataset["description"]) == ("three pieces", "in three")
    rows = sluice.query(dataset["id"], "SELECT * FROM dataset ORDER BY id")["rows"]
    assert rows == [[1, "Anna"], [2, "Bert"], [3, "Cleo"]]
    assert offset(sluice, path) == len(CSV), "a client that missed the last answer sees the end"
    assert append(sluice, path, len(CSV), b"").status_code == 204
    assert path.rsplit("/", 1)[1] in [u["id"] for u in sluice.ok("GET", UPLOADS)["uploads"]]
    until(lambda: not partial_files(sluice), 5, "the partial file is gone")
    assert sluice.call("DELETE", path, headers=TUS).status_code == 204
    problem(sluice.call("GET", path), 404)
    assert sluice.dataset(dataset["id"])["row_count"] == 3, "the dataset stays"


def test_creation_with_the_whole_body(sluice):
    response = begin(
        sluice, len(CSV), filename="at once.csv", data=CSV,
        headers={"Content-Type": CHUNK["Content-Type"]},
    )  # fmt: skip
    assert response.status_code == 201 and int(response.headers["Upload-Offset"]) == len(CSV)
    done = ended(sluice, response.headers["Location"])
    assert sluice.dataset(done["dataset_id"])["row_count"] == 3


def test_a_new_version(sluice):
    dataset = sluice.upload(b"id\n1\n", name="Renewed by tus")
    path = begun(sluice, len(CSV), dataset_id=dataset["id"])
    assert sluice.ok("GET", path)["dataset_id"] == dataset["id"]
    send(sluice, path, CSV)
    assert ended(sluice, path)["dataset_id"] == dataset["id"]
    now = sluice.dataset(dataset["id"])
    assert (now["version"], now["row_count"], now["name"]) == (2, 3, "Renewed by tus")
    nobody = "01900000-0000-7000-8000-000000000000"
    problem(begin(sluice, 5, dataset_id=nobody), 404)


def test_offsets_lengths_types_and_versions_that_are_wrong(sluice):
    path = begun(sluice, len(CSV))
    send(sluice, path, CSV[:10])
    said = problem(append(sluice, path, 9, CSV[9:]), 409)
    assert "10 bytes are there" in said["detail"]
    problem(append(sluice, path, 0, CSV), 409)
    problem(append(sluice, path, -1, CSV), 400)
    problem(append(sluice, path, "", CSV), 400)
    problem(append(sluice, path, 10, CSV[10:], **{"Content-Type": "text/csv"}), 415)
    for version in ({}, {"Tus-Resumable": "0.2.2"}):
        headers = {"Content-Type": CHUNK["Content-Type"], "Upload-Offset": "10", **version}
        refused = sluice.call("PATCH", path, headers=headers, data=CSV[10:])
        assert problem(refused, 412)["code"] == "tus_version"
        assert refused.headers["Tus-Version"] == refused.headers["Tus-Resumable"] == "1.0.0"
    assert sluice.call("HEAD", path).status_code == 412

    too_long = append(sluice, path, 10, CSV[10:] + b"4,Dora\n")
    assert problem(too_long, 413)["code"] == "upload_length"
    # The same without a length said beforehand: what came of it does not stay.
    chunked = append(sluice, path, 10, iter([CSV[10:], b"4,Dora\n"]))
    assert problem(chunked, 413)["code"] == "upload_length"
    assert offset(sluice, path) == 10
    override = {"X-HTTP-Method-Override": "PATCH", **CHUNK, "Upload-Offset": "10"}
    assert sluice.call("POST", path, headers=override, data=CSV[10:]).status_code == 204
    ended(sluice, path)
    problem(sluice.call("POST", path, headers=TUS), 400)


def test_what_cannot_begin(sluice):
    problem(begin(sluice, "", filename="a.csv"), 400)
    problem(begin(sluice, -5, filename="a.csv"), 400)
    problem(begin(sluice, 5, filename="a.csv", headers={"Upload-Defer-Length": "1"}), 400)
    said = problem(begin(sluice, (100 << 30) + 1, filename="a.csv"), 413)
    assert "UPLOAD_BYTES_MAX" in said["detail"] and str(100 << 30) in said["detail"]
    said = problem(begin(sluice, 5, filename="a.csv", colour="red"), 400)
    assert said["code"] == "upload_metadata_unknown" and "`colour`" in said["detail"]
    assert "dataset_id" in said["hint"]
    for header in ("filename !!!", "filename YQ", "filename gICA", "name YQ==,name YQ==", ",", "x"):
        problem(begin(sluice, 5, headers={"Upload-Metadata": header}), 400)
    assert problem(begin(sluice, 5), 400)["code"] == "name_missing"
    assert problem(begin(sluice, 5, name="x" * 256), 413)["code"] == "name_too_long"
    assert problem(begin(sluice, 5, name="x" * 20_000), 413)["code"] == "upload_metadata_too_long"


def test_limits_are_settings(make_sluice):
    sluice = make_sluice(UPLOAD_BYTES_MAX=len(CSV), MCP_ENABLED="false").start()
    assert problem(begin(sluice, len(CSV) + 1, filename="a.csv"), 413)["code"] == "upload_too_large"
    path = begun(sluice, len(CSV))
    send(sluice, path, CSV)
    ended(sluice, path)
    sluice.upload(CSV)
    files = {"file": ("a.csv", CSV + b"4,Dora\n")}
    said = problem(sluice.call("POST", "/api/v1/datasets/upload", files=files), 413)
    assert "UPLOAD_BYTES_MAX" in said["detail"]
    for n in range(100):
        begun(sluice, 7, name=f"n{n}")
    busy = begin(sluice, 7, name="one more")
    assert problem(busy, 503)["code"] == "too_many_uploads" and "open_uploads_max" in busy.text


def test_a_disk_never_gets_full(make_sluice):
    sluice = make_sluice(DISK_FREE_BYTES_MIN=1 << 59, MCP_ENABLED="false").start()
    files = {"file": ("a.csv", CSV)}
    for refused in (
        begin(sluice, 1000, filename="a.csv"),
        sluice.call("POST", "/api/v1/datasets/upload", files=files),
        sluice.call("POST", "/api/v1/datasets/ingest", json={"name": "x", "records": [{"a": 1}]}),
    ):
        said = problem(refused, 507)
        assert said["code"] == "disk_full" and "DISK_FREE_BYTES_MIN" in said["detail"]
        missing = int(said["detail"].split()[0])
        assert 1 << 58 < missing < 1 << 60
    assert leftovers(sluice) == []


def digest(name, data):
    return f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"


def test_checksums(sluice):
    path = begun(sluice, len(CSV), filename="checked.csv")
    right = append(sluice, path, 0, CSV[:8], **{"Upload-Checksum": digest("sha1", CSV[:8])})
    assert right.status_code == 204
    wrong = append(sluice, path, 8, CSV[8:], **{"Upload-Checksum": digest("sha256", CSV)})
    assert problem(wrong, 460)["code"] == "upload_checksum_mismatch"
    assert offset(sluice, path) == 8, "what was wrong is thrown away"
    for header in ("md5 xyz", "sha256 xyz", "sha256", "sha1 " + digest("sha256", CSV)[7:]):
        problem(append(sluice, path, 8, CSV[8:], **{"Upload-Checksum": header}), 400)
    right = append(sluice, path, 8, CSV[8:], **{"Upload-Checksum": digest("sha256", CSV[8:])})
    assert right.status_code == 204
    assert sluice.dataset(ended(sluice, path)["dataset_id"])["row_count"] == 3


def test_another_tenants_upload_does_not_exist(sluice, other_token):
    path = begun(sluice, len(CSV))
    problem(sluice.call("GET", path, token=other_token), 404)
    assert sluice.call("HEAD", path, token=other_token, headers=TUS).status_code == 404
    problem(append(sluice, path, 0, CSV, token=other_token), 404)
    problem(sluice.call("DELETE", path, token=other_token, headers=TUS), 404)
    problem(begin(sluice, 5, token="", filename="a.csv"), 401)
    listed = sluice.ok("GET", UPLOADS, token=other_token)["uploads"]
    assert path.rsplit("/", 1)[1] not in [u["id"] for u in listed]
    dataset = sluice.ingest("Not theirs", [{"a": 1}])
    problem(begin(sluice, 5, token=other_token, dataset_id=dataset["id"]), 404)
    assert offset(sluice, path) == 0
    assert sluice.call("DELETE", path, headers=TUS).status_code == 204


def test_two_requests_never_write_one_upload(sluice):
    path = begun(sluice, len(CSV))
    with closing(slow_append(sluice, path, 0, len(CSV), CSV[:9])):
        until(lambda: offset(sluice, path) == 9, 5, "the first has begun")
        said = problem(append(sluice, path, 9, CSV[9:]), 423)
        assert said["code"] == "upload_locked" and said["retryable"]
        problem(sluice.call("DELETE", path, headers=TUS), 423)

    def taken():
        return append(sluice, path, 9, CSV[9:]).status_code == 204

    until(taken, 10, "the second goes on where the first died")
    assert sluice.dataset(ended(sluice, path)["dataset_id"])["row_count"] == 3


def test_a_file_that_cannot_be_used_fails_with_its_problem(sluice):
    before = sluice.ok("GET", "/api/v1/datasets", params={"limit": 500})["datasets"]
    cut = b'[{"a": 1}, {"a": '
    path = begun(sluice, len(cut), filename="cut.json")
    send(sluice, path, cut)
    error = ended(sluice, path, "failed")["error"]
    assert (error["status"], error["code"]) == (422, "json_syntax") and error["hint"]
    path = begun(sluice, 0)
    assert ended(sluice, path, "failed")["error"]["status"] == 422
    after = sluice.ok("GET", "/api/v1/datasets", params={"limit": 500})["datasets"]
    assert [d["id"] for d in after] == [d["id"] for d in before]
    wait_no_leftovers(sluice)


def test_idle_uploads_expire(make_sluice):
    sluice = make_sluice(UPLOAD_IDLE_S=2, MCP_ENABLED="false").start()
    path = begun(sluice, len(CSV))
    send(sluice, path, CSV[:5])

    def expired():
        return append(sluice, path, 5, b"").status_code != 204 or None

    assert not expired(), "each PATCH prolongs it"
    until(lambda: sluice.call("HEAD", path, headers=TUS).status_code == 410, 10, "it expires")
    problem(append(sluice, path, 5, CSV[5:]), 410)
    assert len(partial_files(sluice)) == 1
    assert sluice.terminate() == 0
    sluice.start()  # sweeps at once
    until(lambda: not partial_files(sluice), 10, "its bytes are removed")
    problem(sluice.call("GET", path), 404)


def test_an_ordinary_upload_is_listed_while_it_runs(sluice):
    head = (
        f"POST /api/v1/datasets/upload HTTP/1.1\r\nHost: x\r\nX-Request-Id: seen-while-running\r\n"
        f"Authorization: Bearer {sluice.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 1000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    path = UPLOADS + "/seen-while-running"
    problem(sluice.call("GET", path), 404)
    with closing(socket.create_connection(("127.0.0.1", sluice.api_port), 10)) as client:
        client.sendall(head.encode() + b"x" * 300_000)

        def received():
            response = sluice.call("GET", path)
            return response.status_code == 200 and response.json()["bytes_received"] > 250_000

        until(received, 10, "its progress is readable")
        shown = sluice.ok("GET", path)
        assert (shown["state"], shown["bytes_total"]) == ("receiving", 1_000_000)
        assert "seen-while-running" in [u["id"] for u in sluice.ok("GET", UPLOADS)["uploads"]]
        assert leftovers(sluice)
    # The client died: nothing of it is left, in the list or on the disk.
    until(lambda: sluice.call("GET", path).status_code == 404, 10, "it is not listed any more")
    wait_no_leftovers(sluice)


def test_removing_one_that_is_ingested_leaves_no_dataset(make_sluice):
    if not has_fault_points():
        pytest.skip("fault points are compiled out of this build")
    fault = "upload.ingesting:delay_ms=2000"
    sluice = make_sluice(SLUICE_FAULT=fault, MCP_ENABLED="false").start()
    path = begun(sluice, len(CSV))
    send(sluice, path, CSV)
    until(lambda: sluice.ok("GET", path)["state"] == "ingesting", 10, "it is being ingested")
    assert sluice.call("DELETE", path, headers=TUS).status_code == 204
    problem(sluice.call("GET", path), 404)
    wait_no_leftovers(sluice)
    assert sluice.ok("GET", "/api/v1/datasets")["datasets"] == []
    assert list((sluice.data / "storage/datasets").glob("*.parquet")) == []


def test_progress_of_an_ingest_is_readable(sluice):
    content = table(400_000)
    path = begun(sluice, len(content), filename="progress.csv")
    send(sluice, path, content)
    seen = []

    def over():
        shown = sluice.ok("GET", path)
        seen.append((shown["state"], shown["bytes_ingested"]))
        return shown["state"] == "done"

    until(over, 60, "it is ingested", every_s=0.02)
    numbers = [number for _, number in seen]
    # It may go back: a late surprise makes the engine read the file again.
    assert max(numbers) == numbers[-1] == len(content)
    assert any(state == "ingesting" and number > 0 for state, number in seen), seen


def test_the_official_client(sluice, tmp_path):
    client_module = pytest.importorskip("tusclient.client")
    content = table(50_000)
    file = tmp_path / "by tuspy.csv"
    file.write_bytes(content)
    client = client_module.TusClient(
        sluice.url + UPLOADS, headers={"Authorization": f"Bearer {sluice.token}"}
    )
    first = client.uploader(
        str(file), chunk_size=100_000, metadata={"filename": file.name}, upload_checksum=True
    )
    first.upload(stop_at=300_000)  # and then the client's machine dies
    assert first.url and offset(sluice, first.url.removeprefix(sluice.url)) == 300_000
    again = client.uploader(str(file), chunk_size=1 << 20, url=first.url)
    assert again.offset == 300_000, "it asks the server where to go on"
    again.upload()
    done = ended(sluice, first.url.removeprefix(sluice.url))
    dataset = sluice.dataset(done["dataset_id"])
    assert (dataset["name"], dataset["row_count"]) == ("by tuspy", 50_000)
    total = sluice.query(dataset["id"], "SELECT sum(id), max(text) FROM dataset")["rows"]
    assert [int(total[0][0]), total[0][1]] == [50_000 * 49_999 // 2, "row 9999"]
