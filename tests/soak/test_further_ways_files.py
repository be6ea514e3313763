"""Other files than those of the attack report: each is refused for what it is, or taken and then readable; none costs the API
its life, gigabytes of memory, or minutes."""

import contextlib
import gzip
import io
import threading
import time
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from machine import descendants, until
from mutants.crashers import CRASHERS
from watch import status_bytes

UPLOAD = "/api/v1/datasets/upload"
MEMORY_BYTES_MAX = 1 << 30  # of any one process
ANSWER_S_MAX = 60
LINES = 15_000_000


@pytest.fixture(scope="module")
def sluice(make_shared):
    return make_shared(MCP_ENABLED="false").start()


class Peak(threading.Thread):
    """The most memory that any process below `serve` had, looked at often: workers come and go."""

    def __init__(self, sluice):
        super().__init__(daemon=True)
        self.sluice, self.over, self.bytes = sluice, threading.Event(), {}

    def run(self):
        while not self.over.wait(0.05):
            for process in descendants(self.sluice.popen.pid):
                name = " ".join(process.args[1:2]) or process.args[0] if process.args else "?"
                with contextlib.suppress(OSError):
                    self.bytes[name] = max(self.bytes.get(name, 0), status_bytes(process.pid, "VmRSS"))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def answered(sluice, figure, name, file_name, data):
    """Uploads, checks that the API lives and that what was taken can be read; (status, body)."""
    api = sluice.child("api")
    began = time.monotonic()
    with Peak(sluice) as peak:
        try:
            answer = sluice.call("POST", UPLOAD, files={"file": (file_name, data)}, timeout=300)
        except requests.RequestException as why:
            figure(f"{name}: {len(data):,} bytes: CONNECTION LOST after {time.monotonic() - began:.1f} s")
            until(lambda: sluice.child("api") and sluice.child("api").pid != api.pid, 60, "another API")
            time.sleep(2)
            raise AssertionError(f"{name}: connection lost: {why}") from None
    took_s = time.monotonic() - began
    body = answer.json()
    said = body.get("code") or f"{body['row_count']} rows"
    memory = max(peak.bytes.values(), default=0)
    figure(f"{name}: {len(data):,} bytes: {answer.status_code} {said} after {took_s:.1f} s, {memory >> 20} MiB")
    assert api.alive()
    assert answer.status_code == 201 or 400 <= answer.status_code < 500, f"{answer.status_code} {body}"
    assert memory < MEMORY_BYTES_MAX, {who: b >> 20 for who, b in peak.bytes.items()}
    assert took_s < ANSWER_S_MAX
    if answer.status_code == 201:
        readable(sluice, figure, name, body)
    return answer.status_code, body


def readable(sluice, figure, name, body):
    path = f"/api/v1/datasets/{body['id']}"
    began = time.monotonic()
    for at, sql in (("/preview", None), ("/query", "SELECT count(*) FROM dataset"), ("/query", "SELECT count(*) FROM dataset_clean"),
                    ("/profile", None)):  # fmt: skip
        answer = sluice.call("GET", path + at, params={"sql": sql} if sql else None, timeout=120)
        assert answer.status_code == 200, f"{name}: taken, but {sql or at}: {answer.status_code} {answer.text[:300]}"
    over = sluice.call("POST", "/api/v1/query", json={"sql": f"SELECT count(*) FROM {body['table_name']}"})
    assert over.status_code == 200 and over.json()["rows"] == [[body["row_count"]]], over.text[:300]
    figure(f"{name}: read in {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < ANSWER_S_MAX
    sluice.ok("DELETE", path, 204)


@pytest.mark.parametrize("name", CRASHERS)
def test_parquet_by_hand(sluice, figure, name):
    answered(sluice, figure, name, "x.parquet", CRASHERS[name]())


def workbook(cells):
    """An .xlsx of one sheet with this text between <sheetData>."""
    out = io.BytesIO()
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        z.writestr("_rels/.rels", f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr("xl/_rels/workbook.xml.rels", f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        z.writestr("xl/workbook.xml", f'<?xml version="1.0"?><workbook {ns} xmlns:r="{rel}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')
        z.writestr("xl/worksheets/sheet1.xml", f'<?xml version="1.0"?><worksheet {ns}><sheetData>{cells}</sheetData></worksheet>')
    return out.getvalue()  # fmt: skip


#: Finding 5: small files that cost much memory. Name of the file, bytes.
COSTLY = {
    "quote_never_closed": ("a.csv", lambda: b'a,b\n"' + b"x\n" * LINES),
    "quote_opens_in_each_row": ("a.csv", lambda: b"a,b\n" + b'"x,y\n' * (LINES // 3)),
    "single_quote_never_closed": ("a.csv", lambda: b"a;b\n'1';'2'\n'" + b"x;\n" * (LINES // 2)),
    "quote_never_closed_in_utf16": ("a.csv", lambda: ('a,b\n"' + "x\n" * (LINES // 2)).encode("utf-16")),
    "quote_never_closed_in_gzip": ("a.csv.gz", lambda: gzip.compress(b'a,b\n"' + b"x\n" * LINES, 1)),
    "quote_closed_at_the_very_end": ("a.csv", lambda: b'a,b\n1,"' + b"x\n" * LINES + b'"\n2,3\n'),
    "all_rows_ragged": ("a.csv", lambda: b"a,b\n" + b"1,2\n" * 10 + b"1,2,3\n" * (LINES // 4)),
    "a_row_of_cells": ("a.csv", lambda: b"a,b\n" + b"," * 30_000_000),
    "rows_of_blanks": ("a.csv", lambda: b"a,b\n" + b",\n" * LINES),
    "json_arrays_without_end": ("a.json", lambda: b'[{"a":[' + b"[]," * 10_000_000 + b"[]]}]"),
    "json_of_distinct_keys": ("a.ndjson", lambda: b"".join(b'{"k%d":1}\n' % i for i in range(1_000_000))),
    "json_of_distinct_nested_keys": ("a.ndjson", lambda: b"".join(b'{"a":{"k%d":1}}\n' % i for i in range(600_000))),
    "json_one_text": ("a.json", lambda: b'[{"a":"' + b"\\u00e9" * 5_000_000 + b'"}]'),
    "sheet_of_far_cells": ("a.xlsx", lambda: workbook("".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(1, 200_000)))),
    "sheet_whose_last_row_is_the_last": ("a.xlsx", lambda: workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_small_files_that_cost_much(sluice, figure, name):
    file_name, make = COSTLY[name]
    answered(sluice, figure, name, file_name, make())


def wide_csv(columns, cell, rows=1):
    head = ",".join(f"column_{i}" for i in range(columns))
    return (head + "\n" + (",".join([cell] * columns) + "\n") * rows).encode()


def wide_parquet(columns, make):
    out = io.BytesIO()
    pq.write_table(pa.table({f"c{i}": make() for i in range(columns)}), out)
    return out.getvalue()


#: Finding 6: tables that are wide and say little.
WIDE = {
    "562_blank": ("a.csv", lambda: wide_csv(562, "")),
    "2000_blank": ("a.csv", lambda: wide_csv(2_000, "")),
    "2000_quoted_blank": ("a.csv", lambda: wide_csv(2_000, '""')),
    "2000_spaces": ("a.csv", lambda: wide_csv(2_000, "  ", 3)),
    "2000_dates": ("a.csv", lambda: wide_csv(2_000, "2024-02-29", 3)),
    "2000_moments": ("a.csv", lambda: wide_csv(2_000, "2024-02-29T10:00:00+02:00", 3)),
    "2000_american_dates": ("a.csv", lambda: wide_csv(2_000, "12/31/2024", 3)),
    "2000_decimals": ("a.csv", lambda: wide_csv(2_000, "1.10", 3)),
    "2000_of_text_nulls": ("a.csv", lambda: wide_csv(2_000, "N/A", 3)),
    "2000_long_names": ("a.csv", lambda: (",".join("x" * 250 + str(i) for i in range(2_000)) + "\n" + ",".join("1" * 2_000) + "\n").encode()),
    "2000_nested_json": ("a.json", lambda: b"[{" + b",".join(b'"k%d":{"a":[1,{"b":null}]}' % i for i in range(2_000)) + b"}]"),
    "2000_null_parquet": ("a.parquet", lambda: wide_parquet(2_000, lambda: pa.array([None], pa.null()))),
    "2000_lists_parquet": ("a.parquet", lambda: wide_parquet(2_000, lambda: pa.array([[1, 2]], pa.list_(pa.int64())))),
    "2000_times_parquet": ("a.parquet", lambda: wide_parquet(2_000, lambda: pa.array([1], pa.time64("us")))),
}  # fmt: skip


@pytest.mark.parametrize("name", WIDE)
def test_wide_files(sluice, figure, name):
    file_name, make = WIDE[name]
    status, body = answered(sluice, figure, name, file_name, make())
    assert status == 201, body


#: Finding 8: names and values that a file may hold and that must not make it unreadable.
NAMES = {
    "nul_in_a_header": ("a.csv", b"a\0b,c\n1,2\n"),
    "nul_in_a_quoted_header": ("a.csv", b'"a\0b",c\n1,2\n'),
    "nul_in_a_header_of_utf16": ("a.csv", "a\0b,c\n1,2\n".encode("utf-16")),
    "nul_in_a_header_of_utf32": ("a.csv", "a\0b,c\n1,2\n".encode("utf-32")),
    "nul_in_a_header_of_gzip": ("a.csv.gz", gzip.compress(b"a\0b,c\n1,2\n")),
    "nul_alone_as_header": ("a.csv", b"\0,c\n1,2\n"),
    "title_in_latin1": ("a.csv", "Bericht für März\na,b\n1,2\n3,4\n".encode("latin-1")),
    "title_with_nul": ("a.csv", b"Report\0\na,b\n1,2\n3,4\n"),
    "nul_in_a_cell": ("a.csv", b"a,c\n1\x002,2\n"),
    "nul_in_a_nested_key": ("a.json", b'[{"a":{"x\\u0000y":1}}]'),
    "nul_in_a_key_of_lines": ("a.ndjson", b'{"a\\u0000":1}\n'),
    "quotes_and_semicolons": ("a.csv", b'"a""; DROP TABLE dataset; --",c\n1,2\n'),
    "names_of_the_engine": ("a.csv", b"dataset,rowid,source,_column,filename,file_row_number\n1,2,3,4,5,6\n"),
    "names_that_differ_in_case": ("a.csv", "a,A,ä,Ä,ß,SS\n1,2,3,4,5,6\n".encode()),
    "names_in_two_normal_forms": ("a.csv", "é,e\u0301\n1,2\n".encode()),
    "names_of_marks": ("a.csv", "\u202e\u200b,\u2028,\ufeff\n1,2,3\n".encode()),
    "name_of_a_lone_surrogate": ("a.json", b'[{"\\ud800":1}]'),
    "dates_at_the_ends": ("a.csv", b"d,t\n0001-01-01,0001-01-01 00:00:00\n9999-12-31,9999-12-31 23:59:59.999999\n"),
    "instants_at_the_ends": ("a.csv", b"t\n0001-01-01T00:00:00+14:00\n9999-12-31T23:59:59-12:00\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_was_taken_can_be_read(sluice, figure, name):
    file_name, data = NAMES[name]
    answered(sluice, figure, name, file_name, data)
