"""Data files that others published, whole: every cell that Sluice keeps against what another reader says.

`published.json` lists them, with columns and types decided by looking at the files (the rule is in
shared/sync-and-types.md). The packages are pinned in tools/pins; `tools/deps --for test` fetches them.
"""

import csv
import datetime
import gzip
import io
import json
import pathlib
import tarfile
import zipfile
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq
import pytest
import xlrd

HERE = pathlib.Path(__file__).parent
PACKAGES = HERE.parents[1] / ".deps" / "published"
FILES = json.loads((HERE / "published.json").read_text(encoding="utf-8"))


def content_of(file):
    package = PACKAGES / file["package"]
    assert package.is_file(), f"{package} is missing: run `tools/deps --for test`"
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(file["member"])
    with tarfile.open(package) as archive:
        return archive.extractfile(file["member"]).read()


def cells_by_csv(content, file):
    """Python's csv module: text, None where empty."""
    if file["member"].endswith(".gz"):
        content = gzip.decompress(content)
    text = io.StringIO(content.decode(file["encoding"]), newline="")
    plain = {"quoting": csv.QUOTE_NONE} if file.get("quotes_are_text") else {}
    rows = list(csv.reader(text, delimiter=file.get("delimiter", ","), **plain))
    return [[cell or None for cell in row] for row in rows[file.get("header_row", 0) :]]


def cells_by_json(content, file):
    """Python's json module, numbers as they are written; a missing key is null."""
    records = json.loads(content, parse_float=Decimal)
    headers = list(dict.fromkeys(key for record in records for key in record))
    return [headers] + [[record.get(key) for key in headers] for record in records]


def cells_by_xlrd(content, file):
    book = xlrd.open_workbook(file_contents=content)
    sheet = book.sheet_by_index(0)

    def value(cell):
        if cell.ctype == xlrd.XL_CELL_DATE:
            return xlrd.xldate_as_datetime(cell.value, book.datemode)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        return cell.value if cell.value != "" else None

    return [[value(cell) for cell in sheet.row(row)] for row in range(sheet.nrows)]


def cells_by_openpyxl(content, file):
    # As in a stream: the other way wants the drawings, which one of the files lacks.
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book[file["sheet"]] if "sheet" in file else book.worksheets[0]
    sheet.reset_dimensions()
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    width = max(map(len, rows))
    return [row + [None] * (width - len(row)) for row in rows]


READERS = {
    "csv": cells_by_csv,
    "json": cells_by_json,
    "xlrd": cells_by_xlrd,
    "openpyxl": cells_by_openpyxl,
}


def as_answered(value, type_name):
    """A cell of another reader, as a query answers it in a column of that type."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime.datetime):
        return str(value.date()) if type_name == "DATE" else str(value)
    if type_name == "VARCHAR":
        return str(value)
    return Decimal(str(value)) if isinstance(value, (int, float)) else value


def all_rows(sluice, dataset_id, select):
    rows = []
    while True:
        sql = f"SELECT {select} FROM dataset LIMIT 20000 OFFSET {len(rows)}"
        page = sluice.query(dataset_id, sql)["rows"]
        rows += page
        if len(page) < 20000:
            return rows


def upload(sluice, file):
    content = content_of(file)
    name = pathlib.PurePath(file["member"]).name
    options = {"sheet": file["sheet"]} if "sheet" in file else {}
    answer = sluice.upload(content, name, options=json.dumps(options))
    return content, answer


def check_schema(sluice, answer, file):
    schema = sluice.ok("GET", f"/api/v1/datasets/{answer['id']}/schema")
    found = [[column["original"], column["type"]] for column in schema["columns"]]
    assert found == file["columns"]
    assert answer["rows_read"] == answer["row_count"] + answer["rows_rejected"]
    assert answer["rows_rejected"] == file.get("rejected", 0)


def check_source(sluice, answer, content):
    source = sluice.call("GET", f"/api/v1/datasets/{answer['id']}/source")
    assert source.status_code == 200 and source.content == content


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file["reader"] != "pyarrow"],
    ids=lambda file: pathlib.PurePath(file["member"]).name,
)
def test_every_cell_is_kept(sluice, file):
    content, answer = upload(sluice, file)
    check_schema(sluice, answer, file)
    headers, *expected = READERS[file["reader"]](content, file)
    names, types = zip(*file["columns"])
    assert [header or "" for header in headers] == list(names)
    if "encoding" in file:
        assert answer["source"]["encoding"] == file.get("reported", file["encoding"])

    if file["reader"] == "csv":  # Each cell prints back as it was written.
        rows = all_rows(sluice, answer["id"], "CAST(COLUMNS(*) AS VARCHAR)")
    else:
        rows = all_rows(sluice, answer["id"], "*")
        expected = [[as_answered(*cell) for cell in zip(row, types)] for row in expected]
    assert len(rows) == len(expected) == answer["row_count"] >= file.get("rows_min", 1)
    for number, (row, wanted) in enumerate(zip(rows, expected)):
        assert row == wanted, f"row {number}"
    check_source(sluice, answer, content)


@pytest.mark.parametrize("file", [file for file in FILES if file["reader"] == "pyarrow"])
def test_every_value_of_a_parquet_file_is_kept(sluice, file):
    content, answer = upload(sluice, file)
    check_schema(sluice, answer, file)
    (kept,) = sluice.data.rglob(answer["file_name"])
    came, is_there = pq.read_table(io.BytesIO(content)), pq.read_table(kept)
    assert came.num_rows == answer["row_count"] >= file["rows_min"]
    assert came.column_names == is_there.column_names
    for name in came.column_names:
        assert came[name].cast(is_there[name].type).equals(is_there[name]), name
    check_source(sluice, answer, content)
