"""What users say of a file, rows that do not fit, the kept original, and reading it again."""

import contextlib
import gzip
import json
import socket

from machine import mcp_enabled, until
from tus import begin

UPLOAD = "/api/v1/datasets/upload"

GERMAN = "Name;Preis;Tag\nÖl;1,50;31/01/2024\nBrot;2,25;01/02/2024\nkaputt;3\n".encode("cp1252")
OPTIONS = {"decimal_mark": ",", "date_format": "%d/%m/%Y"}


def upload(sluice, name, content, options=None):
    files = {"file": (name, content)}
    if options is not None:
        files["options"] = (None, json.dumps(options))
    response = sluice.call("POST", UPLOAD, files=files)
    assert response.status_code == 201, response.text
    return response.json()


def rows(sluice, dataset, sql):
    path = f"/api/v1/datasets/{dataset['id']}/query"
    return sluice.ok("GET", path, params={"sql": sql})["rows"]


def test_a_file_of_another_country(sluice):
    dataset = upload(sluice, "preise.csv", GERMAN, OPTIONS)
    assert (dataset["rows_read"], dataset["row_count"], dataset["rows_rejected"]) == (3, 2, 1)
    assert dataset["source"]["encoding"] == "windows-1252" or dataset["source"]["encoding"] == "iso-8859-1"
    assert rows(sluice, dataset, "SELECT * FROM dataset ORDER BY 2") == [
        ["Öl", 1.5, "2024-01-31"], ["Brot", 2.25, "2024-02-01"]]  # fmt: skip
    schema = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")
    assert [c["type"] for c in schema["columns"]] == ["VARCHAR", "DECIMAL(18,2)", "DATE"]
    assert schema["options"] == OPTIONS
    assert any("delimiter is ;" in note for note in schema["notes"])


def test_rejects_are_shown_and_answer_sql(sluice):
    dataset = upload(sluice, "preise.csv", GERMAN)
    rejects = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/rejects")
    assert rejects["rows"][0][:2] == [4, "ragged_row"] and rejects["rows"][0][3] == "kaputt;3"
    assert rows(sluice, dataset, "SELECT count(*) FROM dataset_rejects") == [[1]]
    clean = upload(sluice, "clean.csv", b"a\n1\n")
    assert sluice.ok("GET", f"/api/v1/datasets/{clean['id']}/rejects")["rows"] == []


def test_the_original_comes_back_byte_for_byte(sluice):
    large = b"a,b\n" + b"".join(b"%d,some text that repeats\n" % i for i in range(50_000))
    for name, content in (("preise.csv", GERMAN), ("large.csv", large), ("p.csv.gz", gzip.compress(GERMAN))):
        dataset = upload(sluice, name, content)
        path = f"/api/v1/datasets/{dataset['id']}/source"
        assert sluice.call("GET", path).content == content
        assert dataset["source"]["name"] == name and dataset["source"]["bytes"] == len(content)
    stored = sluice.data / "storage" / "datasets" / (dataset["id"] + ".source")
    assert stored.exists()


def test_a_large_original_is_packed_after_the_answer(sluice):
    content = b"a,b\n" + b"".join(b"%d,some text that repeats\n" % i for i in range(50_000))
    dataset = upload(sluice, "large.csv", content)
    stored = sluice.data / "storage" / "datasets" / (dataset["id"] + ".source")
    until(lambda: stored.stat().st_size < len(content) // 2, 20, "the original is packed")
    assert sluice.call("GET", f"/api/v1/datasets/{dataset['id']}/source").content == content
    again = sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/reingest", 201, json={"header": False})
    assert again["version"] == 2 and again["row_count"] == 50_001
    assert sluice.call("GET", f"/api/v1/datasets/{dataset['id']}/source").content == content


def test_reading_again_with_other_options(sluice):
    dataset = upload(sluice, "preise.csv", GERMAN)
    before = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")
    assert [c["type"] for c in before["columns"]] == ["VARCHAR"] * 3
    again = sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/reingest", 201, json=OPTIONS)
    assert again["id"] == dataset["id"] and again["version"] == 2
    assert rows(sluice, dataset, "SELECT sum(Preis) FROM dataset") == [[3.75]]
    forced = sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/reingest", 201,
                       json={**OPTIONS, "column_types": {"Preis": "BIGINT"}, "rejects_max": 3})  # fmt: skip
    assert (forced["row_count"], forced["rows_rejected"]) == (0, 3)
    reasons = rows(sluice, dataset, "SELECT reason FROM dataset_rejects ORDER BY line")
    assert reasons == [["unparsable"], ["unparsable"], ["ragged_row"]]


def test_options_that_are_none(sluice):
    for options, code in (({"delimeter": ";"}, "option_unknown"), ({"delimiter": "123456789"}, "option_invalid"),
                          ({"date_format": "%d"}, "option_invalid"), ([], "option_invalid"),
                          ({"column_types": {"a": "BLOB"}}, "option_invalid"),
                          ({"encoding": "klingon"}, "encoding_unknown"),
                          ({"column_types": {"nobody": "BIGINT"}}, "column_unknown")):  # fmt: skip
        files = {"file": ("a.csv", b"a,b\n1,2\n"), "options": (None, json.dumps(options))}
        response = sluice.call("POST", UPLOAD, files=files)
        assert response.status_code == 400 and response.json()["code"] == code, response.text


def test_options_of_a_resumable_upload_are_refused_before_its_bytes(sluice):
    response = begin(sluice, 1000, filename="a.csv", options="{zzz")
    assert response.status_code == 400 and response.json()["code"] == "option_invalid", response.text


def test_an_original_that_packs_well_can_be_read_again(sluice):
    row = b"the same row,again and again as machines write it\n"
    content = b"a,b\n" + row * 400_000
    dataset = upload(sluice, "same.csv", content)
    stored = sluice.data / "storage" / "datasets" / (dataset["id"] + ".source")
    until(lambda: stored.stat().st_size < len(content) / 2000, 30, "packed better than a sender's file may be")
    again = sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/reingest", 201, json={"header": False})
    assert again["row_count"] == 400_001
    assert again["source"] == {**dataset["source"]}, "told of as it came"


def test_sql_on_rejects_where_there_are_none(sluice):
    dataset = upload(sluice, "clean.csv", b"a\n1\n")
    assert rows(sluice, dataset, "SELECT count(line), count(*) FROM dataset_rejects") == [[0, 0]]


def test_names_are_text(sluice):
    for fields in ({"name": b"\xff\xfe"}, {"name": b"a\x00b"}, {"description": b"\xff"}):
        files = {"file": ("a.csv", b"a\n1\n"), **{k: (None, v) for k, v in fields.items()}}
        response = sluice.call("POST", UPLOAD, files=files)
        assert response.status_code == 400 and response.json()["code"] == "name_not_text", response.text
    twice = [("name", (None, b"a")), ("name", (None, b"b")), ("file", ("a.csv", b"a\n1\n"))]
    response = sluice.call("POST", UPLOAD, files=twice)
    assert response.status_code == 400 and response.json()["code"] == "field_twice", response.text


def test_downloads_leave_threads_for_others(make_sluice):
    sluice = make_sluice(MCP_ENABLED="false")
    sluice.start()
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * 7919 % 1_000_003) for i in range(2_000_000))
    dataset = upload(sluice, "large.csv", content)
    path = f"/api/v1/datasets/{dataset['id']}/source"
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for _ in range(16):  # downloads_max of a tenant
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", sluice.api_port), 30))
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(request)
            assert slow.recv(12) == b"HTTP/1.1 200"
        response = sluice.call("GET", path)
        assert response.status_code == 503 and response.json()["code"] == "downloads_busy", response.text
        assert sluice.call("GET", "/api/v1/datasets").status_code == 200
    until(lambda: sluice.call("GET", path).content == content, 30, "who is gone gives the slot back")


def test_nested_json_is_nested_and_syncs(sluice):
    content = json.dumps([{"id": 1, "a": {"b": [1, 2], "c": "x"}}, {"id": 2, "a": {"b": [], "c": None}}])
    dataset = upload(sluice, "nested.json", content.encode())
    schema = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")
    assert schema["columns"][1]["type"] == "STRUCT(b BIGINT[], c VARCHAR)"
    assert rows(sluice, dataset, "SELECT a FROM dataset_clean WHERE id = 1") == [[{"b": [1, 2], "c": "x"}]]
    if mcp_enabled():
        assert sluice.wait_status(dataset["id"])["row_count_silver"] == 2
