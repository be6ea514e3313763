#!/usr/bin/env python3
"""Makes the workbooks beside it. Needs openpyxl, xlsxwriter, xlwt and odfpy; run it in a venv of your own.

The files are committed: excel_reader_test.cc says what is in them, cell by cell.
"""

import datetime as dt
import io
import pathlib
import re
import struct
import zipfile

import openpyxl
import xlsxwriter
import xlwt
from odf import opendocument, style, table, text

HERE = pathlib.Path(__file__).parent
A_DATE = dt.date(2024, 1, 31)
A_MOMENT = dt.datetime(2024, 1, 31, 23, 59, 58, 500000)


def rewrite(source, target, change):
    """Copies a zip, each part through change(name, bytes)."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), change(info.filename, old.read(info)),
                         zipfile.ZIP_DEFLATED)


def replace(target, part, old, new):
    def change(name, data):
        if name == part:
            assert old in data, (name, old)
            return data.replace(old, new)
        return data
    once = io.BytesIO((HERE / target).read_bytes())
    rewrite(once, HERE / target, change)


def book(name, **options):
    return xlsxwriter.Workbook(HERE / name, {"in_memory": True, **options})


def values():
    """All kinds of cells, an empty first sheet, a hidden one, a chart, and a table that begins at B3."""
    with book("values.xlsx") as out:
        out.set_properties({"created": dt.datetime(2024, 1, 1)})
        form = {code: out.add_format({"num_format": code}) for code in
                ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm", "[h]:mm:ss", "0.00%", "#,##0.00 [$€-407]")}
        out.add_worksheet("Empty")
        sheet = out.add_worksheet("Värden ☃")
        sheet.write_row("A1", ["text", "héllo 世界 🎉", "  spaced  ", "two\nlines", "a & b < c"])
        sheet.write_row("A2", ["number", 1, -2.5, 1e300, 0.1])
        sheet.write_row("A3", ["boolean", True, False])
        sheet.write("A4", "date")
        sheet.write_datetime("B4", A_DATE, form["yyyy-mm-dd"])
        sheet.write_number("C4", 59, form["yyyy-mm-dd"])
        sheet.write_number("D4", 60, form["yyyy-mm-dd"])
        sheet.write_number("E4", 61, form["yyyy-mm-dd"])
        sheet.write_number("F4", 1, form["yyyy-mm-dd"])
        sheet.write_number("G4", 1.2e19, form["yyyy-mm-dd"])
        sheet.write_number("H4", -1, form["yyyy-mm-dd"])
        sheet.write("A5", "datetime")
        sheet.write_datetime("B5", A_MOMENT, form["yyyy-mm-dd hh:mm:ss"])
        sheet.write_datetime("C5", dt.datetime(2024, 1, 31), form["yyyy-mm-dd hh:mm:ss"])
        sheet.write("A6", "time")
        sheet.write_number("B6", 0.5, form["hh:mm"])
        sheet.write_number("C6", 0, form["hh:mm"])
        sheet.write("A7", "duration")
        sheet.write_number("B7", 36.25 / 24, form["[h]:mm:ss"])
        sheet.write_number("C7", 0.25, form["[h]:mm:ss"])
        sheet.write_row("A8", ["percent, currency"])
        sheet.write_number("B8", 0.125, form["0.00%"])
        sheet.write_number("C8", 1234.5, form["#,##0.00 [$€-407]"])
        sheet.write("A9", "formula")
        sheet.write_formula("B9", "=1+1", None, 2)
        sheet.write_formula("C9", '="a"&"b"', None, "ab")
        sheet.write_formula("D9", "=NA()", None, "#N/A")
        sheet.write_formula("E9", "=1/0", None, "#DIV/0!")
        sheet.write_formula("F9", "=1=1", None, True)
        hidden = out.add_worksheet("Hidden")
        hidden.hide()
        hidden.write("A1", "secret")
        out.add_chartsheet("Chart").set_chart(chart(out))
        table_at = out.add_worksheet("Table")
        table_at.merge_range("B3:C3", "Name")
        table_at.write("D3", "Age")
        table_at.write_row("B4", ["first", "last"])
        table_at.write_row("B5", ["Ada", "Lovelace", 36])
        table_at.write("D8", 7)


def chart(out):
    made = out.add_chart({"type": "line"})
    made.add_series({"values": "=Table!$D$5:$D$8"})
    return made


def epoch_1904():
    with book("epoch_1904.xlsx", date_1904=True) as out:
        sheet = out.add_worksheet()
        sheet.write_datetime("A1", A_DATE, out.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number("B1", 0, out.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number("C1", 60, out.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number("D1", 1.5, out.add_format({"num_format": "[h]:mm:ss"}))


def inline():
    """Strings beside their cells, dates as ISO 8601, and a formula without a saved value."""
    out = openpyxl.Workbook(iso_dates=True)
    sheet = out.active
    sheet.title = "Inline"
    sheet["A1"], sheet["B1"], sheet["C1"] = "SHARED", A_DATE, dt.datetime(2024, 1, 31, 12)
    sheet["A2"], sheet["B2"] = "=1+1", dt.time(12, 30)
    out.save(HERE / "inline.xlsx")
    replace("inline.xlsx", "xl/worksheets/sheet1.xml", b"<is><t>SHARED</t></is>",
            b"<is><r><t>in</t></r><r><t>line</t></r></is>")


def xls():
    out = xlwt.Workbook()
    sheet = out.add_sheet("Gammal")
    form = {code: xlwt.easyxf(num_format_str=code) for code in
            ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm", "[h]:mm:ss")}
    for column, value in enumerate(["héllo 世界", 1, -2.5, True]):
        sheet.write(0, column, value)
    sheet.write(1, 0, A_DATE, form["yyyy-mm-dd"])
    sheet.write(1, 1, A_MOMENT, form["yyyy-mm-dd hh:mm:ss"])  # xlwt cuts the half second
    sheet.write(1, 2, 60, form["yyyy-mm-dd"])
    sheet.write(1, 3, 0.5, form["hh:mm"])
    sheet.write(1, 4, 1.5, form["[h]:mm:ss"])
    sheet.write_merge(3, 3, 1, 2, "merged")
    out.add_sheet("Hidden").visibility = 1
    out.save(str(HERE / "old.xls"))

    out = xlwt.Workbook()
    out.dates_1904 = True
    sheet = out.add_sheet("S")
    sheet.write(0, 0, 43860, form["yyyy-mm-dd"])
    out.save(str(HERE / "old_1904.xls"))

    # What the letters of a format's first section do not tell.
    out = xlwt.Workbook()
    sheet = out.add_sheet("S")
    for at, (number, code) in enumerate([
        (45000, "Standard"), (45000.5, "Standard"), (45000, '[=0]"";dd/mm/yyyy'), (0, '[=0]"";dd/mm/yyyy'),
        (45000, "dd/mm/yyyy hh:mm"), (45000, "General"), (45000, '0.00" days"'),
    ]):
        sheet.write(0, at, number, xlwt.easyxf(num_format_str=code))
    out.save(str(HERE / "old_formats.xls"))

    # Two cells, in the two corners of the largest sheet: 16.7 million in memory.
    out = xlwt.Workbook()
    sheet = out.add_sheet("S")
    sheet.write(0, 0, 1)
    sheet.write(65535, 255, 1)
    out.save(str(HERE / "corners.xls"))

    # The chain of the directory's sectors bites its tail.
    data = bytearray((HERE / "old_1904.xls").read_bytes())
    directory, = struct.unpack_from("<I", data, 48)
    table_sector, = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, 512 * (table_sector + 1) + 4 * directory, directory)
    (HERE / "circle.xls").write_bytes(data)

    # A sheet that ends before it begins: 2^32 rows to an unsigned difference.
    data = (HERE / "old_1904.xls").read_bytes()
    announced = struct.pack("<HHIIHHH", 0x200, 14, 0, 1, 0, 1, 0)
    assert data.count(announced) == 1
    (HERE / "negative_rows.xls").write_bytes(
        data.replace(announced, struct.pack("<HHIIHHH", 0x200, 14, 9, 1, 0, 200, 0)))


def ods():
    out = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Kalc")

    def row(*cells, **attributes):
        made = table.TableRow(**attributes)
        for cell in cells:
            made.addElement(cell)
        sheet.addElement(made)

    def cell(shown=None, **attributes):
        made = table.TableCell(**attributes)
        if shown is not None:
            made.addElement(text.P(text=shown))
        return made

    row(cell("héllo", valuetype="string"), cell(numbercolumnsrepeated=2), cell("1", valuetype="float", value=1))
    row(cell(numbercolumnsrepeated=4), numberrowsrepeated=2)
    row(cell("12.5%", valuetype="percentage", value=0.125),
        cell("1,234.50 €", valuetype="currency", value=1234.5, currency="EUR"),
        cell("TRUE", valuetype="boolean", booleanvalue="true"),
        cell("31.01.24", valuetype="date", datevalue="2024-01-31"),
        cell("x", valuetype="date", datevalue="2024-01-31T23:59:58.5"),
        cell("x", valuetype="time", timevalue="PT36H15M00S"),
        cell("x", valuetype="time", timevalue="PT12H30M00S"))
    row(cell("same", valuetype="string", numbercolumnsrepeated=2), numberrowsrepeated=2)
    out.spreadsheet.addElement(sheet)
    out.spreadsheet.addElement(table.Table(name="Empty"))
    out.save(str(HERE / "open.ods"))

    out = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Huge")
    row(cell("x" * 100, valuetype="string", numbercolumnsrepeated=16000), numberrowsrepeated=1000000)
    out.spreadsheet.addElement(sheet)
    out.save(str(HERE / "repeated.ods"))


def record(kind, data=b""):
    """One record of .xlsb (MS-XLSB 2.1.4): its type and its length in groups of seven bits."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(shown):
    return struct.pack("<I", len(shown.encode("utf-16-le")) // 2) + shown.encode("utf-16-le")


def xlsb():
    """No library writes it, so: the few records that make a workbook."""
    def cell(kind, column, value, form=0):
        return record(kind, struct.pack("<II", column, form) + value)

    def row(index):
        return record(0, struct.pack("<I", index) + bytes(13))

    number = struct.Struct("<d").pack
    rels = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' \
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" ' \
        'Target="{}"/></Relationships>'
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": rels.format("officeDocument", "xl/workbook.bin").encode(),
        "xl/_rels/workbook.bin.rels": rels.format("worksheet", "worksheets/sheet1.bin").encode(),
        "xl/workbook.bin": record(131) + record(153, bytes(12)) + record(143)
        + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Binary")) + record(144) + record(132),
        "xl/sharedStrings.bin": record(159, struct.pack("<II", 1, 1)) + record(19, b"\0" + wide("shared")) + record(160),
        "xl/styles.bin": record(617, struct.pack("<I", 2)) + record(47, struct.pack("<HH", 0, 0) + bytes(12))
        + record(47, struct.pack("<HH", 0, 14) + bytes(12)) + record(618),
        "xl/worksheets/sheet1.bin": record(129) + record(148, struct.pack("<IIII", 0, 2, 0, 3)) + record(145)
        + row(0) + cell(6, 0, wide("héllo")) + cell(5, 1, number(1.5)) + cell(2, 2, struct.pack("<I", 7 << 2 | 2))
        + row(2) + cell(7, 0, struct.pack("<I", 0)) + cell(4, 1, b"\1") + cell(3, 2, b"\x2a")
        + cell(5, 3, number(45322), 1) + record(146) + record(130),
    }
    with zipfile.ZipFile(HERE / "binary.xlsb", "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def compound(name, streams):
    """A compound file (MS-CFB) of streams of at least 4,096 bytes: the table, the directory, then they."""
    def entry(shown, kind, start, size, child=-1, right=-1):
        raw = (shown + "\0").encode("utf-16-le")
        return raw.ljust(64, b"\0") + struct.pack("<HBBiii36xIQ", len(raw), kind, 1, -1, right, child, start, size)

    table_of, entries, body = [-3, -2], [], b""
    for index, (shown, data) in enumerate(streams):
        data += bytes(-len(data) % 512)
        first = len(table_of)
        table_of += [*range(first + 1, first + len(data) // 512), -2]
        entries.append(entry(shown, 2, first, len(data), right=index + 2 if index + 1 < len(streams) else -1))
        body += data
    directory = (entry("Root Entry", 5, -2 & 0xFFFFFFFF, 0, child=1) + b"".join(entries)).ljust(512, b"\0")
    head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIiIiI", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, -2, 0, -2, 0)
    sectors = struct.pack("<109i", 0, *[-1] * 108)
    table_sector = struct.pack("<128i", *table_of, *[-1] * (128 - len(table_of)))
    (HERE / name).write_bytes(head + sectors + table_sector + directory + body)


def passwords():
    """What tells a protected workbook: an encrypted package (MS-OFFCRYPTO), or a FilePass record (MS-XLS)."""
    compound("password.xlsx", [("EncryptionInfo", bytes(4096)), ("EncryptedPackage", bytes(4096))])
    begin = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0, 0, 0, 6)
    compound("password.xls", [("Workbook", (begin + struct.pack("<HHH52x", 0x2F, 54, 1)).ljust(4096, b"\0"))])


def refused():
    one = io.BytesIO()
    with xlsxwriter.Workbook(one, {"in_memory": True}) as out:
        out.add_worksheet().write("A1", "x")

    (HERE / "cut.xlsx").write_bytes(one.getvalue()[:-200])

    def bomb(name, data):
        return data.replace(b"</worksheet>", b" " * 20_000_000 + b"</worksheet>") if "sheet1" in name else data
    rewrite(one, HERE / "bomb.xlsx", bomb)

    # The directory says 1,000 bytes where there are 20 million.
    data = bytearray((HERE / "bomb.xlsx").read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(data)):
        size, = struct.unpack_from("<I", data, found.start() + 24)
        if size > 1_000_000:
            struct.pack_into("<I", data, found.start() + 24, 1000)
    (HERE / "lying_bomb.xlsx").write_bytes(data)

    rewrite(one, HERE / "many_strings.xlsx", lambda name, data: data.replace(
        b'uniqueCount="1"', b'uniqueCount="1000000000000"'))
    rewrite(one, HERE / "out_of_order.xlsx", lambda name, data: data.replace(
        b"</sheetData>", b'<row r="3"><c r="B3"><v>1</v></c><c r="A3"><v>1</v></c></row></sheetData>'))
    rewrite(one, HERE / "no_such_string.xlsx", lambda name, data: data.replace(b"<v>0</v>", b"<v>7</v>"))
    fonts = b"<font><name val=\"" + b"x" * 100_000 + b"\"/></font>"
    rewrite(one, HERE / "huge_styles.xlsx", lambda name, data: data.replace(
        b"<font>", fonts + b"<font>", 1).replace(b"</cellXfs>", b'<xf fontId="0"/>' * 10_000 + b"</cellXfs>")
        if "styles" in name else data)
    (HERE / "table.xls").write_text("<html><table><tr><td>1</td></tr></table></html>\n")
    (HERE / "text.xlsx").write_text("a,b\n1,2\n")
    with zipfile.ZipFile(HERE / "other.xlsx", "w") as out:
        out.writestr(zipfile.ZipInfo("readme.txt", (1980, 1, 1, 0, 0, 0)), "x")


if __name__ == "__main__":
    for make in (values, epoch_1904, inline, xls, ods, xlsb, passwords, refused):
        make()
