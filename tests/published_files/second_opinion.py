"""What other readers make of a file: csv (or clevercsv, where it is installed), openpyxl, xlrd and json. To disagree with, not to obey."""

import collections
import csv
import gzip
import io
import json
import re

try:
    import clevercsv  # a detector of dialects: `pip install clevercsv`
except ImportError:
    clevercsv = None

csv.field_size_limit(1 << 30)
SNIFFED_BYTES = 20_000


def of(content, kind):
    """{by, rows, columns, names} or {by, error}. `rows` are those below a first row that is taken for names."""
    try:
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        if content.startswith(b"PAR1") or content.startswith(b"Obj\x01"):
            return {"by": "magic", "error": "Parquet" if content.startswith(b"PAR1") else "Avro"}
        if kind == "json":
            return of_json(content)
        if content.startswith(b"PK"):
            return of_openpyxl(content)
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            return of_xlrd(content)
        return of_text(content)
    except Exception as error:  # whatever the other reader raises is its answer
        return {"by": kind, "error": f"{type(error).__name__}: {error}"[:120]}


def decoded(content):
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def of_text(content):
    text = decoded(content)
    start = text[:SNIFFED_BYTES].rpartition("\n")[0] or text
    if clevercsv:
        found = clevercsv.Sniffer().sniff(start)
        dialect = {"delimiter": found.delimiter or "\1", "quotechar": found.quotechar or '"'}
        by = f"clevercsv {found.delimiter!r}"
    else:
        found = csv.Sniffer().sniff(start, ",;\t| ")
        dialect = {"delimiter": found.delimiter}
        by = f"csv {found.delimiter!r}"
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), **dialect) if row]
    width = collections.Counter(map(len, rows)).most_common(1)[0][0]
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    has_names = looks_like_names(rows[first], rows[first + 1 : first + 50])
    return answer(by, rows[first + has_names :], rows[first] if has_names else [f"column_{i + 1}" for i in range(width)])


def of_openpyxl(content):
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for sheet in book.worksheets:
        rows = [row for row in sheet.iter_rows(values_only=True) if any(cell not in (None, "") for cell in row)]
        if rows and sheet.sheet_state == "visible":
            return answer(f"openpyxl {sheet.title}", rows[1:], rows[0])
    return {"by": "openpyxl", "error": "no cells"}


def of_xlrd(content):
    import xlrd

    book = xlrd.open_workbook(file_contents=content)
    for sheet in book.sheets():
        rows = [sheet.row_values(i) for i in range(sheet.nrows) if any(cell != "" for cell in sheet.row_values(i))]
        if rows and sheet.visibility == 0:
            return answer(f"xlrd {sheet.name}", rows[1:], rows[0])
    return {"by": "xlrd", "error": "no cells"}


def of_json(content):
    text = decoded(content)
    try:
        value, by = json.loads(text), "json"
    except json.JSONDecodeError:
        value, by = [json.loads(line) for line in text.splitlines() if line.strip()], "ndjson"
    path = []
    while isinstance(value, dict):
        lists = [key for key in value if isinstance(value[key], list) and value[key] and isinstance(value[key][0], dict)]
        inner = [key for key in value if isinstance(value[key], dict)]
        if len(lists) != 1 and not (not lists and len(inner) == 1):
            value = [value]
            break
        path.append((lists or inner)[0])
        value = value[path[-1]]
    records = [record for record in value if isinstance(record, dict)]
    return answer(f"{by} {'.'.join(path)}".strip(), records, list(dict.fromkeys(key for record in records for key in record)))


NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d[\d.,]*([eE][-+]?\d+)?%?\s*$")


def looks_like_names(row, below):
    numbers = [sum(bool(NUMBER.match(cells[i])) for cells in below if i < len(cells)) for i in range(len(row))]
    typed = [i for i in range(len(row)) if below and numbers[i] * 2 > len(below)]
    return not any(NUMBER.match(cell) for cell in row) if not typed else not any(NUMBER.match(row[i]) for i in typed)


def answer(by, rows, names):
    return {"by": by, "rows": len(rows), "columns": len(names), "names": ["" if name is None else str(name) for name in names]}
