"""Files of which one byte, one row or one cell is changed, and what of the reading may follow from that.

    grid = Grid.of(data, names)                       # where the rows and cells of a text are
    change = changed_text(random.Random(1), grid)     # a Change
"""

import io
import re
from typing import NamedTuple

import openpyxl

BYTES = b"0159azXZ  ,;\t|\"'\n\r-.:#=\xe9"
WORDS = ("", "NULL", "n/a", "-", "x", "Total", "0", "7", "1.5", "-3", "1,5", "12%", "2024-01-31", "true", "two words", "a" * 200)
DELIMITER = re.compile(r"The delimiter is (.+)\.")
ONE_HEADER = re.compile(r"The header is in (?:line|row) (\d+)")
ROWS_OF_NAMES = re.compile(r"The header is in (\w+) rows, from (?:line|row) (\d+) on")
NUMBERS = {"two": 2, "three": 3}
#: What a change is of. Of `data` nothing but the data may differ; the others may turn the reading rightly.
PLACES = {
    "data": "in a row of data",
    "first": "in the first row, where there are no names",
    "quote": "a quote comes or goes",
    "letters": "a byte that is no UTF-8 comes",
    "above": "in a row above the table",
    "names": "in a row of names",
    "gone": "a row of names goes, or another stands there",
}


class Change(NamedTuple):
    data: bytes
    unit: str  # byte, row, cell
    place: str  # a key of PLACES
    how: str
    rows: tuple  # by how many the rows may grow: (-1,) of a row that was deleted
    names: tuple = ()  # columns whose name is changed
    columns: int = 0  # by how many they may grow: a cell may be the only one of its column


class Grid:
    """A text as rows of cells, with their places; a character is a byte. `headers`: the lines of names, from 1."""

    def __init__(self, text, delimiter, headers=()):
        self.text, self.delimiter = text, delimiter
        self.rows = []  # (begin, end with the line end, [(begin, end) of a cell])
        cells, begin, cell, at, quoted = [], 0, 0, 0, False
        while at < len(text):
            char = text[at]
            if quoted:
                if text[at : at + 2] == '""':
                    at += 1
                else:
                    quoted = char != '"'
            elif char == '"' and at == cell:
                quoted = True
            elif text.startswith(delimiter, at):
                cells.append((cell, at))
                at += len(delimiter) - 1
                cell = at + 1
            elif char in "\r\n":
                cells.append((cell, at))
                at += 1 if text[at : at + 2] == "\r\n" else 0
                self.rows.append((begin, at + 1, cells))
                cells, begin, cell = [], at + 1, at + 1
            at += 1
        if begin < len(text):
            self.rows.append((begin, len(text), cells + [(cell, len(text))]))

        first = [1 + text.count("\n" if "\n" in text else "\r", 0, row[0]) for row in self.rows]
        self.headers = [i for i, line in enumerate(first) if line in headers]

    @classmethod
    def of(cls, data, reading):
        """As the reading says that it divides; None where that is not said so simply."""
        delimiter = next((found for found in map(DELIMITER.fullmatch, reading["notes"]) if found), None)
        if not delimiter:
            return None
        named = {"tab": "\t", "space": " "}.get(delimiter[1], delimiter[1].replace("\\t", "\t").encode().decode("latin-1"))
        return cls(data.decode("latin-1"), named, header_lines(reading))

    def place(self, index):
        if not self.headers:
            return "data" if index > 0 else "first"
        if index > self.headers[-1]:
            return "data"
        return "names" if index in self.headers else "above"


def header_lines(reading):
    """The lines, or rows of a sheet, that a reading says are its names."""
    said = " ".join(reading["notes"])
    if found := ROWS_OF_NAMES.search(said):
        return range(int(found[2]), int(found[2]) + NUMBERS[found[1]])
    found = ONE_HEADER.search(said)
    return range(int(found[1]), int(found[1]) + 1) if found else range(0)


def changed_text(rng, grid):
    """One byte (of ten changes four), one row (three) or one cell (three) of it."""
    unit = rng.choices(("byte", "row", "cell"), (4, 3, 3))[0]
    return {"byte": _byte, "row": _row, "cell": _cell}[unit](rng, grid)


def _row_at(grid, position):
    return next(i for i, row in enumerate(grid.rows) if position < row[1])


def _column_at(grid, index, position):
    return next((c for c, (_, end) in enumerate(grid.rows[index][2]) if position <= end), len(grid.rows[index][2]) - 1)


def _named(grid, row, column):
    """The columns whose name a change there may change: of groups over names, all to its right."""
    if row not in grid.headers:
        return ()
    return (column,) if len(grid.headers) == 1 else tuple(range(column, len(grid.rows[row][2]) + 1))


def _byte(rng, grid):
    text = grid.text
    at = rng.randrange(len(text))
    new = chr(rng.choice(BYTES))
    how = rng.choices(("replaced", "deleted", "inserted"), (6, 2, 2))[0]
    old = "" if how == "inserted" else text[at]
    new = "" if how == "deleted" else new
    made = text[:at] + new + text[at + len(old) :]
    row = _row_at(grid, at)
    place = grid.place(row)
    names = _named(grid, row, _column_at(grid, row, at))
    if new > "\x7f" or old > "\x7f":
        place = "letters"
    elif '"' in old + new:
        place = "quote"
    ends = set("\r\n") & set(old + new)
    said = f"byte {at} (line {row + 1}) {how}: {old!r} -> {new!r}"
    return Change(made.encode("latin-1"), "byte", place, said, (-1, 0, 1) if ends else (0,), names)


def _row(rng, grid):
    index = rng.randrange(len(grid.rows))
    begin, end, cells = grid.rows[index]
    line = grid.text[begin:end]
    how = rng.choice(("deleted", "doubled", "moved", "emptied", "blank line after"))
    place = grid.place(index)
    rows, made = (0,), None
    if how == "deleted":
        made, rows = grid.text[:begin] + grid.text[end:], (-1,)
    elif how == "doubled":
        whole = line if line.endswith(("\n", "\r")) else "\n" + line
        made, rows = grid.text[:end] + whole + grid.text[end:], (1,)
    elif how == "moved":
        other = rng.randrange(len(grid.rows))
        low, high = sorted((index, other))
        a, b = grid.rows[low], grid.rows[high]
        if low == high or not grid.text[a[0] : b[1]].endswith(("\n", "\r")):
            return _row(rng, grid)
        text = grid.text
        made = text[: a[0]] + text[b[0] : b[1]] + text[a[1] : b[0]] + text[a[0] : a[1]] + text[b[1] :]
        place = min(grid.place(low), grid.place(high), key=["names", "above", "first", "data"].index)
    elif how == "emptied":
        tail = line[len(line.rstrip("\r\n")) :]
        made = grid.text[:begin] + grid.delimiter * (len(cells) - 1) + tail + grid.text[end:]
        rows = (0, -1)
    else:
        made = grid.text[:end] + "\n" + grid.text[end:]
        rows = (0, 1)  # of one column, an empty line is a row
    if place == "names" and how != "doubled" and how != "blank line after":
        place = "gone"
    return Change(made.encode("latin-1"), "row", place, f"line {index + 1} {how}", rows)


def _cell(rng, grid):
    index = rng.randrange(len(grid.rows))
    column = rng.randrange(len(grid.rows[index][2]))
    begin, end = grid.rows[index][2][column]
    word = rng.choice(WORDS)
    if rng.random() < 0.2:
        other = rng.randrange(len(grid.rows))
        a, b = grid.rows[other][2][min(column, len(grid.rows[other][2]) - 1)]
        word = grid.text[a:b].strip('"')
    if grid.delimiter in word or grid.text[begin:end].startswith('"'):
        word = '"' + word.replace('"', '""') + '"'
    made = grid.text[:begin] + word + grid.text[end:]
    said = f"line {index + 1}, cell {column + 1}: {grid.text[begin:end]!r} -> {word[:40]!r}"
    # Of a row of one cell a blank line is left, which is no row.
    rows = (0, -1) if not word and len(grid.rows[index][2]) == 1 else (0,)
    return Change(made.encode("latin-1"), "cell", grid.place(index), said, rows, _named(grid, index, column))


def _columns_used(sheet):
    used = [cell.column for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")]
    return max(used) - min(used) + 1


def changed_sheet(rng, data, reading):
    """A row or a cell of an .xlsx file's first sheet with cells, as openpyxl writes it again."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = next(sheet for sheet in book.worksheets if sheet.max_row > 1 or sheet["A1"].value is not None)
    rows = [index for index, row in enumerate(sheet.iter_rows(values_only=True), 1) if any(v not in (None, "") for v in row)]
    headers = header_lines(reading)
    columns = _columns_used(sheet)
    index = rng.choice(rows)
    if not headers:
        place = "data" if index > rows[0] else "first"
    else:
        place = "data" if index > headers[-1] else "names" if index in headers else "above"
    names, grown = (), (0, -1, 1)  # a cell may make a row, or be its last one
    if rng.random() < 0.4:
        unit, how = "row", rng.choice(("deleted", "doubled"))
        said, grown = f"row {index} {how}", (-1,) if how == "deleted" else (1,)
        if how == "deleted":
            sheet.delete_rows(index)
            place = "gone" if place == "names" else place
        else:
            values = [cell.value for cell in sheet[index]]
            sheet.insert_rows(index)
            for column, value in enumerate(values, 1):
                sheet.cell(index, column).value = value
    else:
        unit, column = "cell", rng.randrange(sheet.max_column) + 1
        value = rng.choice((None, "x", "Total", 0, 7, 1.5, "n/a", "2024-01-31", True))
        said = f"row {index}, cell {column}: {sheet.cell(index, column).value!r} -> {value!r}"
        sheet.cell(index, column).value = value
        names = tuple(range(len(reading["names"]))) if place == "names" else ()
    out = io.BytesIO()
    book.save(out)
    return Change(out.getvalue(), unit, place, said, grown, names, _columns_used(sheet) - columns)
