"""A preview says how a file would be read, and leaves nothing: of each format, of beginnings, of many at once."""

import bz2
import concurrent.futures
import gzip
import http.client
import io
import json
import socket
import time
import zipfile

import pytest
from machine import until
from sluice import exact
from tenants import second_tenant

PATH = "/api/v1/datasets/preview"
CSV = "id,price,day\n" + "".join(f"{i},{i}.10,2024-01-{i % 28 + 1:02}\n" for i in range(50_000))


def ask(sluice, data, name="f.csv", options=None, token=None, **query):
    form = {"file": (name, data)}
    if options is not None:
        form["options"] = (None, options if isinstance(options, str) else json.dumps(options))
    return sluice.call("POST", PATH, token=token, files=form, params=query)


def shown(*args, **more):
    response = ask(*args, **more)
    assert response.status_code == 200, response.text
    return exact(response)


def left(sluice):
    """Every file of the data folder that a preview could have left."""
    root = sluice.data / "storage"
    return sorted(str(p) for p in root.rglob("*") if p.is_file() and not p.name.endswith(".lock"))


def taken(preview, what):
    return next(choice for choice in preview["decision"] if choice["what"] == what)


def parquet():
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pyarrow.table({"id": [1, 2], "t": ["a", None]}), out)
    return out.getvalue()


def workbook(sheets=2, rows=3):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(sheets):
        sheet = book.create_sheet(f"S{number}")
        sheet.append(["id", "t"])
        for row in range(rows):
            sheet.append([row, "text"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("inner.csv", text)
    return out.getvalue()


SMALL = "id,t\n1,a\n2,\n"
FORMATS = {
    "csv": (lambda: SMALL.encode(), "csv", "none"),
    "tsv": (lambda: SMALL.replace(",", "\t").encode(), "csv", "none"),
    "utf16": (lambda: SMALL.encode("utf-16"), "csv", "none"),
    "gzip": (lambda: gzip.compress(SMALL.encode()), "csv", "gzip"),
    "bzip2": (lambda: bz2.compress(SMALL.encode()), "csv", "bzip2"),
    "zip": (lambda: zipped(SMALL), "csv", "none"),
    "json": (lambda: b'[{"id": 1, "t": "a"}, {"id": 2, "t": null}]', "json", "none"),
    "ndjson": (lambda: b'{"id": 1, "t": "a"}\n{"id": 2}\n', "ndjson", "none"),
    "parquet": (parquet, "parquet", "none"),
    "xlsx": (lambda: workbook(1), "excel", "none"),
}


def dataset_ids(sluice):
    """Of other tests' datasets; their syncs go on meanwhile."""
    return [dataset["id"] for dataset in sluice.ok("GET", "/api/v1/datasets")["datasets"]]


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_shown_and_nothing_is_left(sluice, kind):
    make, source_format, compression = FORMATS[kind]
    before, datasets = left(sluice), dataset_ids(sluice)
    preview = shown(sluice, make(), f"f.{kind}")
    assert (preview["source_format"], preview["compression"]) == (source_format, compression)
    assert [c["name"] for c in preview["columns"]] == ["id", "t"]
    assert preview["rows"][0] == [1, "a"] if kind != "xlsx" else [0, "text"]
    assert preview["is_beginning"] is False and preview["rejects"] == []
    assert left(sluice) == before
    assert dataset_ids(sluice) == datasets


def test_a_cut_body_is_read_up_to_its_last_whole_row(sluice):
    data = CSV.encode()
    part = data[: 1 << 19]
    preview = shown(sluice, part, source_bytes=len(data), limit=5)
    assert preview["is_beginning"] is True
    assert preview["row_count"] == part.count(b"\n") - 1 and preview["rows_rejected"] == 0
    assert [str(cell) for cell in preview["rows"][1]] == ["1", "1.10", "2024-01-02"], "exact, as a query"
    records = json.dumps([{"id": i, "t": "x" * 50} for i in range(10_000)]).encode()
    cut = shown(sluice, records[: 1 << 18], "f.json", source_bytes=len(records))
    assert cut["source_format"] == "json" and cut["is_beginning"] is True
    assert cut["row_count"] == records[: 1 << 18].count(b"}")
    packed = gzip.compress(data)
    assert shown(sluice, packed[: len(packed) // 2], source_bytes=len(packed))["row_count"] > 1000
    book = workbook()
    refused = ask(sluice, book[: len(book) // 2], "b.xlsx", source_bytes=len(book))
    assert (refused.status_code, refused.json()["code"]) == (422, "whole_file_needed")


def test_a_guess_comes_with_the_options_that_read_the_other(sluice):
    text = "alpha,beta\nalpha,gamma\ndelta,beta\n"
    guess = taken(shown(sluice, text), "header")
    assert guess["is_guess"] and guess["runner_up"] and guess["settled_by"]
    other = taken(shown(sluice, text, options=guess["runner_up_options"]), "header")
    assert other["taken"] == guess["runner_up"] and other["is_given"] and not other["is_guess"]


HOSTILE = [
    ("[", 400),
    ("nonsense", 400),
    ('{"delimiter": "\\u0000"}', 400),
    ('{"encoding": "../../etc/passwd"}', 400),
    ('{"column_types": {"id": "BIGINT); DROP TABLE x; --"}}', 400),
    ('{"member": "../../etc/passwd"}', 422),
    ('{"header_line": 9223372036854775807}', 422),
    ('{"rejects_max": -1}', 400),
    ("{" + '"null_tokens": [' + ",".join(['"x"'] * 5000) + "]}", 400),
    ('{"date_format": "' + "%d" * 500 + '"}', 400),
]


@pytest.mark.parametrize("options,status", HOSTILE)
def test_hostile_options_are_refused_by_code(sluice, options, status):
    response = ask(sluice, SMALL, options=options)
    assert response.status_code == status, response.text
    assert response.json()["code"] and response.headers["Content-Type"] == "application/problem+json"


def test_a_body_over_the_limit_is_refused_before_it_is_read(sluice):
    before = left(sluice)
    connection = http.client.HTTPConnection("127.0.0.1", sluice.api_port, timeout=20)
    connection.putrequest("POST", PATH)
    for name, value in {
        "Authorization": f"Bearer {sluice.token}",
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(1 << 40),
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()  # of 1 TiB not a byte was sent
    assert response.status == 413, response.read()
    connection.close()
    assert left(sluice) == before


def test_a_client_that_goes_leaves_nothing(sluice):
    before = left(sluice)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {sluice.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'
    )
    for behind in (b"", CSV.encode()[:100_000]):
        with socket.create_connection(("127.0.0.1", sluice.api_port), timeout=20) as client:
            client.sendall(head.encode() + behind)
            time.sleep(0.3)
    until(lambda: left(sluice) == before, 20, "the temporary files are gone")


def test_one_tenants_many_previews_leave_a_place_to_another(sluice):
    other = second_tenant(sluice, "previewer")
    before = left(sluice)
    data = workbook(sheets=20, rows=400)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        many = [pool.submit(ask, sluice, data, "b.xlsx") for _ in range(20)]
        time.sleep(0.2)
        start = time.monotonic()
        theirs = ask(sluice, SMALL, token=other)
        took, unfinished = time.monotonic() - start, sum(not one.done() for one in many)
        answers = [one.result() for one in many]
    assert theirs.status_code == 200, theirs.text
    assert took < 10, took
    assert {a.status_code for a in answers} <= {200, 503}, [a.text[:200] for a in answers]
    assert sum(a.status_code == 200 for a in answers) >= 2
    assert unfinished >= 1, "the other's answer came while they were still running"
    until(lambda: left(sluice) == before, 20, "nothing is left")


def test_the_command_shows_it_to_people_and_to_scripts(sluice):
    path = sluice.folder / "towns.csv"
    path.write_text("alpha,beta\nalpha,gamma\ndelta,beta\n")
    people = sluice.cli("preview", path)
    assert people.returncode == 0, people.stderr
    assert "That is a guess." in people.stdout and "--options '" in people.stdout
    assert "delimiter: ,  (3 of the first 3 rows have 2 cells.)" in people.stdout
    scripts = sluice.cli("preview", path, "--json", "--options", '{"header": false}')
    assert json.loads(scripts.stdout)["row_count"] == 3
    long = sluice.folder / "long.csv"
    long.write_text(CSV)
    begun = json.loads(sluice.cli("preview", long, "--json", "--limit", "3").stdout)
    assert begun["is_beginning"] is (len(CSV) > 1 << 20) and len(begun["rows"]) == 3
    book = sluice.folder / "book.xlsx"
    book.write_bytes(workbook())
    assert json.loads(sluice.cli("preview", book, "--json").stdout)["source_format"] == "excel"
    bad = sluice.folder / "bad.csv"
    bad.write_bytes(b"")
    refused = sluice.cli("preview", bad)
    assert refused.returncode == 1 and "no_columns" in refused.stderr
    assert sluice.cli("preview", sluice.folder / "none").returncode == 2
