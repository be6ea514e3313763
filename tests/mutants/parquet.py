"""Changes inside a Parquet file: its footer's tree, its schema, its page headers, and the bytes of a page under its codec."""

import copy
import pickle
import struct

import pyarrow as pa
from mutants import thrift
from mutants.raw import INTERESTING, changed
from mutants.thrift import BINARY, FALSE, I32, I64, LIST, SET, STRUCT, TRUE

# FileMetaData, SchemaElement, ColumnMetaData, PageHeader: field ids of parquet.thrift.
SCHEMA, ROW_COUNT, ROW_GROUPS = 2, 3, 4
TYPE, TYPE_LENGTH, REPETITION, NAME, CHILDREN, CONVERTED, SCALE, PRECISION, LOGICAL = 1, 2, 3, 4, 5, 6, 7, 8, 10
CODECS = {0: None, 1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
DEEP, WIDE = 60_000, 3_000


def unit(number):
    return [[number, STRUCT, []]]


def clocked(logical, utc, of):
    return [[logical, STRUCT, [[1, TRUE if utc else FALSE, None], [2, STRUCT, unit(of)]]]]


#: LogicalType as a union; of Decimal precision and scale, of Integer width and sign.
LOGICALS = (
    [[[n, STRUCT, []]] for n in (1, 2, 3, 4, 6, 11, 12, 13, 14, 15, 19)]
    + [clocked(n, utc, of) for n in (7, 8) for utc in (True, False) for of in (1, 2, 3)]
    + [[[10, STRUCT, [[1, thrift.BYTE, width], [2, sign, None]]]] for width in (8, 16, 32, 64, 77) for sign in (TRUE, FALSE)]
    + [[[5, STRUCT, [[1, I32, scale], [2, I32, precision]]]]
       for scale, precision in ((0, 0), (0, 39), (5, 2), (-3, 5), (38, 38), (40, 80), (1 << 30, 1 << 30))]
    + [[[16, STRUCT, [[1, thrift.BYTE, 1]]]], [[17, STRUCT, [[1, BINARY, b"EPSG:99999999"]]]], [[18, STRUCT, []]]]
)  # fmt: skip


class File:
    """A Parquet file taken apart: the bytes before the footer, and the footer's tree."""

    def __init__(self, data):
        size = struct.unpack("<I", data[-8:-4])[0]
        self.body = bytearray(data[: -8 - size])
        self.footer = thrift.Reader(data[-8 - size : -8]).struct()

    def schema(self):
        return thrift.field(self.footer, SCHEMA)[1]

    def chunks(self):
        """ColumnMetaData of every column chunk."""
        for group in thrift.field(self.footer, ROW_GROUPS)[1]:
            for chunk in thrift.field(group, 1)[1]:
                yield thrift.field(chunk, 3)

    def bytes(self):
        footer = thrift.struct_written(self.footer)
        return bytes(self.body) + footer + struct.pack("<I", len(footer)) + b"PAR1"


def change_node(rng, entry):
    """One entry of a tree becomes something else of its kind, or of another."""
    kind, value = entry[1], entry[2]
    if kind in (TRUE, FALSE):
        entry[1] = TRUE + FALSE - kind
    elif kind in (I32, I64, thrift.I16, thrift.BYTE):
        entry[2] = rng.choice((*INTERESTING, value + 1, value - 1, -value, rng.randrange(20)))
    elif kind == BINARY:
        entry[2] = rng.choice((changed(rng, value), b"", value * 2, b"\0", value + b"\0x", b"x" * 70_000, b"\xff\xfe", b"list"))
    elif kind in (LIST, SET):
        change_list(rng, value)
    elif kind == STRUCT:
        rng.choice((lambda: value.clear(), lambda: value.reverse(), lambda: value.extend(value[:]),
                    lambda: value.append([rng.randrange(1, 30), I64, rng.choice(INTERESTING)])))()  # fmt: skip


def change_list(rng, value):
    kind, values = value[0], value[1]
    what = rng.randrange(6)
    if what == 0 and values:
        values.append(copy.deepcopy(rng.choice(values)))
    elif what == 1 and values:
        del values[rng.randrange(len(values))]
    elif what == 2 and values:
        values.extend(copy.deepcopy(values[-1]) for _ in range(rng.choice((2, 100, WIDE))))
    elif what == 3:
        value[2:] = [rng.choice((1 << 20, (1 << 31) - 1, (1 << 32) + 5, len(values) + 1))]
    elif what == 4:
        rng.shuffle(values)
    elif kind in (I32, I64) and values:
        values[rng.randrange(len(values))] = rng.choice(INTERESTING)


def change_footer(rng, file):
    nodes = [entry for entry, _ in thrift.nodes(STRUCT, file.footer)]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        entry = rng.choice(nodes)
        if rng.random() < 0.1:
            entry[0] = rng.randrange(1, 20)
        change_node(rng, entry)


def change_schema(rng, file):
    """A column's type, logical type, nesting or name."""
    schema = file.schema()
    element = rng.choice(schema)
    what = rng.randrange(8)
    if what == 0:
        thrift.set_field(element, TYPE, I32, rng.randrange(-1, 9))
        thrift.set_field(element, TYPE_LENGTH, I32, rng.choice((0, 1, 2, 12, 16, 17, 1 << 20, -1)))
    elif what in (1, 2):
        thrift.set_field(element, LOGICAL, STRUCT, copy.deepcopy(rng.choice(LOGICALS)))
    elif what == 3:
        thrift.set_field(element, CONVERTED, I32, rng.randrange(-1, 24))
        thrift.set_field(element, PRECISION, I32, rng.choice((0, 1, 5, 18, 38, 39, 76, -1)))
        thrift.set_field(element, SCALE, I32, rng.choice((0, 2, 38, 39, -1)))
    elif what == 4:
        thrift.set_field(element, REPETITION, I32, rng.randrange(-1, 4))
    elif what == 5:
        thrift.set_field(element, CHILDREN, I32, rng.choice((*range(8), 1 << 20, -1, (1 << 31) - 1)))
    elif what == 6:
        names = [thrift.field(e, NAME) for e in schema]
        thrift.set_field(element, NAME, BINARY, rng.choice((*names, b"", b"list", b"key_value", b"a\0b", b'"', b"x" * 5000)))
    else:
        nest(rng, schema)


def nest(rng, schema):
    """A column becomes groups in groups; at times very many."""
    at = rng.randrange(1, len(schema))
    if thrift.field(schema[at], CHILDREN):
        return
    depth = rng.choice((1, 3, 64, 65, 1_000)) if rng.random() < 0.97 else DEEP
    group = [[REPETITION, I32, rng.randrange(3)], [NAME, BINARY, b"g"], [CHILDREN, I32, 1]]
    if rng.random() < 0.5:
        group.append([CONVERTED, I32, rng.choice((1, 2, 3))])
    schema[at:at] = [group] * depth


def change_counts(rng, file):
    """What footer and chunks say of rows, sizes and places."""
    if rng.random() < 0.2:
        thrift.set_field(file.footer, ROW_COUNT, I64, rng.choice(INTERESTING))
        return
    chunk = rng.choice(list(file.chunks()))
    number = rng.choice((1, 4, 5, 6, 7, 9, 11, 11, 9, 14, 15))
    kind = I32 if number in (1, 4, 15) else I64
    thrift.set_field(chunk, number, kind, rng.choice((*INTERESTING, len(file.body), len(file.body) - 5, 4)))


def pages(file, chunk):
    """(start of the header, header, start of the data, end) of each page of a column chunk."""
    start = thrift.field(chunk, 11) or thrift.field(chunk, 9)
    end = start + thrift.field(chunk, 7)
    found = []
    while start < end:
        reader = thrift.Reader(file.body, start)
        header = reader.struct()
        data_end = reader.at + thrift.field(header, 3)
        found.append((start, header, reader.at, data_end))
        start = data_end
    return found


def rewrite_page(file, chunk, page, new):
    """Puts a copy of the chunk with that page replaced behind all others, and has the footer point there."""
    start = pages(file, chunk)[0][0]
    end = start + thrift.field(chunk, 7)
    moved = len(file.body) - start
    copied = bytes(file.body[start : page[0]]) + new + bytes(file.body[page[3] : end])
    file.body += copied
    grown = len(new) - (page[3] - page[0])
    for number in (9, 11):
        at = thrift.field(chunk, number)
        if at:
            after = grown if at > page[0] else 0
            thrift.set_field(chunk, number, I64, at + moved + after)
    thrift.set_field(chunk, 7, I64, len(copied))


def change_page_header(rng, file):
    chunk = rng.choice(list(file.chunks()))
    page = rng.choice(pages(file, chunk))
    nodes = [entry for entry, _ in thrift.nodes(STRUCT, page[1])]
    change_node(rng, rng.choice(nodes))
    rewrite_page(file, chunk, page, thrift.struct_written(page[1]) + bytes(file.body[page[2] : page[3]]))


def extremes(rng, data):
    """Whole values of 4 or 8 bytes at the ends of their range."""
    data = bytearray(data)
    size = rng.choice((4, 8))
    for _ in range(rng.choice((1, 3, len(data) // size + 1))):
        if len(data) >= size:
            at = rng.randrange(len(data) // size) * size + len(data) % size
            value = rng.choice((*INTERESTING, 0x7FF8 << 48, 0x7FF << 52, 0xFFF << 52, 86_400_000_000, 1 << 30))
            data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
    return bytes(data)


def change_page_data(rng, file):
    """What is under the codec is changed and packed again, sizes right."""
    chunk = rng.choice(list(file.chunks()))
    page = rng.choice(pages(file, chunk))
    codec = CODECS.get(thrift.field(chunk, 4))
    data = bytes(file.body[page[2] : page[3]])
    version_2 = thrift.field(page[1], 8)
    levels = 0
    if version_2:  # its levels lie before what is packed
        levels = (thrift.field(version_2, 5) or 0) + (thrift.field(version_2, 6) or 0)
        codec = None if any(entry[0] == 7 and entry[1] == FALSE for entry in version_2) else codec
    size = thrift.field(page[1], 2) - levels
    if codec and data[levels:]:
        data = data[:levels] + pa.decompress(data[levels:], size, codec=codec, asbytes=True)
    data = extremes(rng, data) if rng.random() < 0.4 else changed(rng, data)
    thrift.set_field(page[1], 2, I32, len(data))
    if codec:
        levels = min(levels, len(data))
        data = data[:levels] + pa.compress(data[levels:], codec=codec, asbytes=True)
    thrift.set_field(page[1], 3, I32, len(data))
    rewrite_page(file, chunk, page, thrift.struct_written(page[1]) + data)


KINDS = (change_footer,) * 3 + (change_schema,) * 3 + (change_counts,) + (change_page_header,) * 2 + (change_page_data,) * 4


def taken_apart(data):
    """A File, packed up: unpacking it is how it is copied, ten times as fast as copy.deepcopy."""
    return pickle.dumps(File(data), pickle.HIGHEST_PROTOCOL)


def mutated(rng, packed):
    """Bytes and how, of what `taken_apart` gave."""
    file = pickle.loads(packed)
    kind = rng.choice(KINDS)
    kind(rng, file)
    return file.bytes(), kind.__name__
