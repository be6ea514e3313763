"""Changes inside what packs other bytes: gzip, zstd and xz streams, and the zip files that spreadsheets are."""

import gzip
import io
import lzma
import re
import struct
import warnings
import zipfile
import zlib

import pyarrow as pa
from mutants.raw import DEEP, INTERESTING, NUMBERS, WIDE_TEXT, changed, changed_text

OLD = (1980, 1, 1, 0, 0, 0)
#: The members that readers look into.
READ = re.compile(r"sheet\d*\.(xml|bin)|sharedStrings|styles|workbook|content\.xml")


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return [(info.filename, packed.read(info)) for info in packed.infolist()]


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice is what some mutants are about
        for name, data in parts:
            packed.writestr(zipfile.ZipInfo(name, OLD), data, method, 1)
    return out.getvalue()


def xml_number(rng, text):
    found = list(re.finditer(rb'"(-?\d+)"|>(-?\d+(?:\.\d+)?)<', text))
    if not found:
        return text
    match = rng.choice(found)
    group = 1 if match.group(1) is not None else 2
    number = rng.choice((*NUMBERS, *map(str, INTERESTING))).encode()
    return text[: match.start(group)] + number + text[match.end(group) :]


def xml_reference(rng, text):
    """The place of a cell, a range, or the index of a text."""
    found = list(re.finditer(rb'(?:r|ref|s|t|count|uniqueCount|name|r:id|Target)="([^"]*)"', text))
    if not found:
        return text
    match = rng.choice(found)
    other = rng.choice((b"XFD1048576", b"A0", b"ZZZZZZ99999999", b"A1:XFD1048576", b"C3:A1", b"", b"1A", b"../../../etc/passwd",
                        b"s", b"inlineStr", b"d", b"e", b"str", b"-1", b"4294967295", b"99999999999999999999"))  # fmt: skip
    return text[: match.start(1)] + other + text[match.end(1) :]


def xml_element(rng, text):
    """An element is left out, or there again, once or very often."""
    found = list(re.finditer(rb"<(\w+)[^<>]*?(?:/>|>[^<]*</\1>)", text))
    if not found:
        return text
    match = rng.choice(found)
    times = rng.choice((0, 2, 2, 50, 5_000))
    return text[: match.start()] + match.group(0) * times + text[match.end() :]


def xml_nesting(rng, text):
    at = text.find(b">", rng.randrange(len(text) or 1)) + 1
    depth = rng.choice((10, 1_000, DEEP))
    return text[:at] + b"<a>" * depth + (b"</a>" * depth if rng.random() < 0.5 else b"") + text[at:]


def xml_entity(rng, text):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
    ) + b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'  # fmt: skip
    text = text.replace(b"?>", b"?>" + bomb, 1)
    at = text.find(b">", rng.randrange(len(text))) + 1
    return text[:at] + rng.choice((b"&j;", b"&f;", b"&#0;", b"&#1114112;", b"&#xD800;", b"&lol;")) + text[at:]


XML = (xml_number,) * 4 + (xml_reference,) * 4 + (xml_element,) * 4 + (xml_nesting, xml_entity)


def changed_member(rng, data):
    if rng.random() < 0.6:
        return rng.choice(XML)(rng, data) if data else data
    return changed_text(rng, data) if rng.random() < 0.5 else changed(rng, data)


def zip_mutated(rng, parts):
    """A member is changed and the checksums are right; or the members' names, number and order are."""
    parts = list(parts)
    at = rng.choice([i for i, (name, _) in enumerate(parts) for _ in range(8 if READ.search(name) else 1)])
    name, data = parts[at]
    what = rng.random()
    if what < 0.8:
        parts[at] = (name, changed_member(rng, data))
        how = f"member {name}"
    elif what < 0.9:
        new = rng.choice((name.upper(), "../" + name, "/" + name, name + "/", "x" * 60_000, name.replace("/", "\\"), ""))
        parts[at] = (new or "x", data)
        how = "member renamed"
    else:
        parts = [part for part in parts if part is not parts[at]] + rng.choice(([], [parts[at]] * 2, [(name, b"")]))
        how = "member gone or twice"
    method = zipfile.ZIP_STORED if rng.random() < 0.2 else zipfile.ZIP_DEFLATED
    packed = zipped(parts, method)
    return (zip_lies(rng, packed), how + " and a lie") if rng.random() < 0.1 else (packed, how)


def zip_lies(rng, data):
    """Sizes, offsets, methods and flags in local headers, the directory, and its end."""
    data = bytearray(data)
    mark, fields = rng.choice(
        ((b"PK\x03\x04", ((6, "H"), (8, "H"), (14, "I"), (18, "I"), (22, "I"), (26, "H"), (28, "H"))),
         (b"PK\x01\x02", ((8, "H"), (10, "H"), (16, "I"), (20, "I"), (24, "I"), (28, "H"), (30, "H"), (32, "H"), (42, "I"))),
         (b"PK\x05\x06", ((4, "H"), (8, "H"), (10, "H"), (12, "I"), (16, "I"), (20, "H"))))
    )  # fmt: skip
    places = [match.start() for match in re.finditer(re.escape(mark), data)]
    if places:
        offset, form = rng.choice(fields)
        at = rng.choice(places) + offset
        size = struct.calcsize(form)
        old = int.from_bytes(data[at : at + size], "little")
        value = rng.choice((*INTERESTING, old + 1, old - 1, old * 2, len(data))) % (1 << 8 * size)
        data[at : at + size] = value.to_bytes(size, "little")
    return bytes(data)


def gzip_member(rng, data, honest=True):
    """RFC 1952, with the fields that few writers set."""
    flags = rng.choice((0, 0, 0, 4, 8, 16, 2, 31))
    head = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\xff"
    if flags & 4:
        head += struct.pack("<H", 300) + b"x" * 300
    if flags & 8:
        head += b"name.csv\0"
    if flags & 16:
        head += b"c" * rng.choice((3, 70_000)) + b"\0"
    if flags & 2:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    packer = zlib.compressobj(rng.randrange(0, 10), zlib.DEFLATED, -15)
    crc, size = zlib.crc32(data), len(data) & 0xFFFFFFFF
    if not honest:
        crc, size = rng.choice(((crc ^ 1, size), (crc, size + 1), (0, 0)))
    return head + packer.compress(data) + packer.flush() + struct.pack("<II", crc, size)


def gzip_mutated(rng, text):
    """(bytes, how, whether they hold `text` unchanged)."""
    what = rng.randrange(6)
    if what == 0:
        return gzip_member(rng, text), "packed otherwise", True
    if what == 1:
        cut = rng.randrange(len(text) + 1)
        return gzip_member(rng, text[:cut]) + gzip_member(rng, b"") + gzip_member(rng, text[cut:]), "members", True
    if what == 2:
        return gzip_member(rng, text, honest=False), "a trailer that lies", False
    if what == 3:
        return gzip.compress(changed_text(rng, text)), "text changed", False
    if what == 4:
        return gzip.compress(text) + rng.choice((b"\0" * 600, b"trailing", text, b"\x1f\x8b")), "more behind", False
    return changed(rng, gzip.compress(text)), "bytes", False


def zstd_mutated(rng, text):
    what = rng.randrange(6)

    def packed(data):
        return pa.Codec("zstd", rng.choice((1, 3, 19))).compress(data, asbytes=True)

    if what == 0:
        return packed(text), "packed otherwise", True
    if what == 1:
        cut = rng.randrange(len(text) + 1)
        skipped = struct.pack("<II", 0x184D2A50 + rng.randrange(16), 5) + b"hello"
        return packed(text[:cut]) + skipped + packed(text[cut:]), "frames", True
    if what == 2:
        return packed(changed_text(rng, text)), "text changed", False
    if what == 3:
        return packed(text) + rng.choice((b"\0" * 600, b"trailing", text, b"\x28\xb5\x2f\xfd")), "more behind", False
    if what == 4:
        data = bytearray(packed(text))
        data[4 + rng.randrange(min(8, len(data) - 4))] = rng.randrange(256)
        return bytes(data), "frame header", False
    return changed(rng, packed(text)), "bytes", False


def xz_mutated(rng, text):
    what = rng.randrange(6)

    def packed(data):
        filters = [{"id": lzma.FILTER_LZMA2, "preset": rng.choice((0, 6)), "dict_size": 1 << rng.choice((12, 16, 26))}]
        if rng.random() < 0.3:
            filters.insert(0, {"id": rng.choice((lzma.FILTER_DELTA, lzma.FILTER_X86, lzma.FILTER_ARM))})
        check = rng.choice((lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256))
        return lzma.compress(data, check=check, filters=filters)

    if what == 0:
        return packed(text), "packed otherwise", True
    if what == 1:
        cut = rng.randrange(len(text) + 1)
        return packed(text[:cut]) + b"\0" * 4 * rng.randrange(3) + packed(text[cut:]), "streams", True
    if what == 2:
        return packed(changed_text(rng, text)), "text changed", False
    if what == 3:
        return packed(text) + rng.choice((b"\0" * 602, b"trailing", text, b"\xfd7zXZ\0")), "more behind", False
    if what == 4:
        data = bytearray(packed(text))
        data[6 + rng.randrange(min(20, len(data) - 6))] = rng.randrange(256)
        return bytes(data), "headers", False
    return changed(rng, packed(text)), "bytes", False


def bomb(rng, kind):
    """Small, and large when unpacked: a text of one letter, or cells without end."""
    text = rng.choice((b"a", b"a,b\n", b",", b'"', b"[", b"\n")) * WIDE_TEXT
    packers = {"gzip": gzip.compress, "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True), "xz": lzma.compress}
    return packers[kind](text)
