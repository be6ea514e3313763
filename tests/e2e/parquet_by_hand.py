"""Parquet files by hand: what no writer would write. Plain pages, required columns, one row group unless told so."""

import struct

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTES, FIXED = range(8)
STRUCT_END = b"\0"


def varint(number):
    out = b""
    while True:
        out += bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
        number >>= 7
        if number == 0:
            return out


def zigzag(number):
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def struct_of(fields):
    """A Thrift compact struct of {id: value}: int (i64), "i32"-tagged pairs, bytes, bool, list, or a struct's bytes."""
    out, last = b"", 0
    for field, value in sorted(fields.items()):
        kind, body = encoded(value)
        step = field - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + zigzag(field)
        out += body
        last = field
    return Struct(out + STRUCT_END)


class Struct(bytes):
    pass


class I32(int):
    pass


def encoded(value):
    if value is True or value is False:
        return (1 if value else 2), b""
    if isinstance(value, I32):
        return 5, zigzag(value)
    if isinstance(value, int):
        return 6, zigzag(value)
    if isinstance(value, Struct):
        return 12, bytes(value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return 8, varint(len(value)) + value
    kinds = [encoded(item) for item in value]
    kind = kinds[0][0] if kinds else 12
    size = bytes([len(kinds) << 4 | kind]) if len(kinds) < 15 else bytes([0xF0 | kind]) + varint(len(kinds))
    return 9, size + b"".join(body for _, body in kinds)


def logical(field, body=STRUCT_END):
    """A LogicalType: TIME is 7, TIMESTAMP 8, VARIANT 16 (parquet.thrift)."""
    return struct_of({field: Struct(body)})


def time_unit(unit, utc=False):
    return struct_of({1: utc, 2: struct_of({{"ms": 1, "us": 2, "ns": 3}[unit]: Struct(STRUCT_END)})})


def leaf(name, kind, repetition=0, **more):
    """A SchemaElement; `more`: type_length, converted, scale, precision, logical."""
    fields = {1: I32(kind), 3: I32(repetition), 4: name}
    for key, field in {"type_length": 2, "converted": 6, "scale": 7, "precision": 8}.items():
        if key in more:
            fields[field] = I32(more[key])
    if "logical" in more:
        fields[10] = more["logical"]
    return struct_of(fields)


def group(name, children, repetition=0, **more):
    fields = {3: I32(repetition), 4: name, 5: I32(children)}
    if "logical" in more:
        fields[10] = more["logical"]
    if "converted" in more:
        fields[6] = I32(more["converted"])
    return struct_of(fields)


def plain(kind, values):
    if kind in (BYTES,):
        return b"".join(struct.pack("<I", len(v)) + v for v in values)
    if kind in (FIXED, INT96):
        return b"".join(values)
    code = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}[kind]
    return b"".join(struct.pack(code, v) for v in values)


def page(body, rows, uncompressed=None, compressed=None):
    header = struct_of(
        {
            1: I32(0),
            2: I32(len(body) if uncompressed is None else uncompressed),
            3: I32(len(body) if compressed is None else compressed),
            5: struct_of({1: I32(rows), 2: I32(0), 3: I32(3), 4: I32(3)}),
        }
    )
    return bytes(header) + body


def file_of(schema, chunks, rows, groups=1, claims=None, row_claims=None, footer=None):
    """`schema`: elements below the root, in preorder, and how many of them are columns; `chunks`: (path, kind, page)
    of each leaf; `claims`: ColumnMetaData fields to lie in; `row_claims`: FileMetaData fields."""
    elements, columns = schema
    out = b"PAR1"
    row_groups = []
    for _ in range(groups):
        metas = []
        for path, kind, body in chunks:
            fields = {1: I32(kind), 2: [I32(0), I32(3)], 3: path, 4: I32(0), 5: rows, 6: len(body), 7: len(body), 9: len(out)}
            fields.update(claims or {})
            metas.append(struct_of({2: len(out), 3: struct_of(fields)}))
            out += body
        row_groups.append(struct_of({1: metas, 2: 1, 3: rows}))
    root = struct_of({4: "schema", 5: I32(columns)})
    meta = {1: I32(1), 2: [root, *elements], 3: rows * groups, 4: row_groups}
    meta.update(row_claims or {})
    meta = bytes(struct_of(meta)) if footer is None else footer
    return out + meta + struct.pack("<I", len(meta)) + b"PAR1"


def column(kind, values, **of_leaf):
    """A file of one column `x`."""
    body = page(plain(kind, values), len(values))
    return file_of(([leaf("x", kind, **of_leaf)], 1), [(["x"], kind, body)], len(values))


def listed(kind, values, **of_leaf):
    """A file of one column `x`, a LIST; each row has one element."""
    elements = [group("x", 1, converted=3), group("list", 1, repetition=2), leaf("element", kind, **of_leaf)]
    levels = struct.pack("<I", 0)
    # Repetition 0 and definition 1 for each: runs of one value.
    run = lambda bits, n: varint(n << 1) + bytes([bits])
    encode = lambda body: struct.pack("<I", len(body)) + body
    del levels
    body = encode(run(0, len(values))) + encode(run(1, len(values))) + plain(kind, values)
    return file_of((elements, 1), [(["x", "list", "element"], kind, page(body, len(values)))], len(values))
