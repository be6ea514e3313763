#!/usr/bin/env python3
"""Makes the tables beside it that expect.json names. Needs xlsxwriter; run it in a venv of your own."""

import datetime as dt
import pathlib
import zipfile

import xlsxwriter

HERE = pathlib.Path(__file__).parent


def book(name):
    return xlsxwriter.Workbook(HERE / name, {"in_memory": True})


with book("orders.xlsx") as out:  # A title, then a table of every kind at B3, with a blank row and an error.
    day = out.add_format({"num_format": "yyyy-mm-dd"})
    moment = out.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    percent = out.add_format({"num_format": "0.00%"})
    euro = out.add_format({"num_format": "#,##0.00 [$€-407]"})
    sheet = out.add_worksheet("Orders")
    sheet.write("B1", "Orders of January")
    sheet.write_row("B3", ["id", "day", "at", "share", "price", "paid", "code", "note"])
    for row, (number, share, price, paid, code, note) in enumerate(
            [(1, 0.125, 1234.5, True, "007", "ok"), (2, 0.5, 2, False, "008", None), (3, 1, -0.25, True, "9", "x")]):
        at = 3 + row + (1 if row == 2 else 0)
        sheet.write_number(at, 1, number)
        sheet.write_datetime(at, 2, dt.date(2024, 1, 29 + row), day)
        sheet.write_datetime(at, 3, dt.datetime(2024, 1, 29 + row, 12, 30, row), moment)
        sheet.write_number(at, 4, share, percent)
        sheet.write_number(at, 5, price, euro)
        sheet.write_boolean(at, 6, paid)
        sheet.write_string(at, 7, code)
        if note:
            sheet.write_string(at, 8, note)

with book("mixed.xlsx") as out:  # Numbers with an error among them, two header rows with cells that span.
    sheet = out.add_worksheet("First is empty")
    sheet = out.add_worksheet("Data")
    sheet.merge_range("A1:A2", "who")
    sheet.merge_range("B1:C1", "sales")
    sheet.write_row("B2", ["q1", "q2"])
    sheet.write_row("A3", ["Ada", 1, 2.5])
    sheet.write_row("A4", ["Bo", 2])
    sheet.write_formula("C4", "=1/0", None, "#DIV/0!")

with book("plain.xlsx") as out:  # No header, and numbers only.
    sheet = out.add_worksheet()
    sheet.write_row("A1", [1, 10.5])
    sheet.write_row("A2", [2, 11])

with book("tokens.xlsx") as out:  # What is missing, as people write it: among the first rows and far below them.
    sheet = out.add_worksheet()
    sheet.write_row("A1", ["amount", "day"])
    for row in range(1, 211):
        sheet.write_row(row, 0, ["n/a" if row in (2, 205) else row, "-" if row == 207 else f"{row % 28 + 1:02}.01.2024"])

with book("counts.xlsx") as out:  # A header with numbers and a gap; 2^53 and beyond, which a double cannot tell apart.
    sheet = out.add_worksheet()
    sheet.write_row("A1", ["country", 2019, 2020])
    sheet.write_row("A2", ["DE", 9007199254740991, 9007199254740991, "note"])
    sheet.write_row("A3", ["FR", 3, 9007199254740992, "other"])


def change(name, part, old, new, checksum_of_old=False):
    """The file with a part changed; the directory may go on naming the checksum of what was there before."""
    with zipfile.ZipFile(HERE / name) as book:
        parts = {info.filename: book.read(info) for info in book.infolist()}
    before = parts[part]
    assert old in before, (name, old)
    parts[part] = before.replace(old, new)
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as book:
        for part_name, data in parts.items():
            book.writestr(zipfile.ZipInfo(part_name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    if checksum_of_old:
        packed = (HERE / name).read_bytes()
        good, bad = (zipfile.zlib.crc32(data).to_bytes(4, "little") for data in (before, parts[part]))
        assert packed.count(bad) == 2
        (HERE / name).write_bytes(packed.replace(bad, good))


SHEET = "xl/worksheets/sheet1.xml"
for name in ("checksum.xlsx", "new_error.xlsx", "nul.xlsx", "wide_texts.xlsx", "shared_texts.xlsx"):
    with book(name) as out:
        sheet = out.add_worksheet()
        sheet.write_row("A1", ["a", "b"])
        for row in range(1, 101):
            sheet.write_row(row, 0, ["shared"] * (40 if name == "wide_texts.xlsx" else 5) if "texts" in name else [row, "x"])
change("checksum.xlsx", SHEET, b"<v>17</v>", b"<v>71</v>", checksum_of_old=True)
change("new_error.xlsx", SHEET, b"<c r=\"A5\"><v>4</v></c>", b"<c r=\"A5\" t=\"e\"><v>#SPILL!</v></c>")
change("nul.xlsx", "xl/sharedStrings.xml", b">x<", b">x_x0000_y<")
for name in ("wide_texts.xlsx", "shared_texts.xlsx"):
    change(name, "xl/sharedStrings.xml", b"shared", b"s" * 900_000)
