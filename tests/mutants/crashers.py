"""Parquet files made by hand to hurt what reads them: small ones that once ended the API, and others of their kind.

    CRASHERS["time_beyond_a_day"]()   # the bytes
"""

import io
import struct

import pyarrow as pa
import pyarrow.parquet as pq
from mutants import thrift
from mutants.parquet import CHILDREN, CONVERTED, LOGICAL, NAME, REPETITION, SCHEMA, File, clocked, pages, rewrite_page
from mutants.thrift import BINARY, BYTE, FALSE, I32, I64, LIST, STRUCT

HOUR_US = 3_600_000_000
PAGE_BYTES = 1 << 28


def written(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **{"compression": "none", "use_dictionary": False, "write_statistics": False, **options})
    return out.getvalue()


def values(kind, as_integers, *numbers):
    """One column whose stored integers pyarrow itself would not make of such a value."""
    return written(pa.table({"t": pa.array(numbers, as_integers).view(kind)}))


def nested_groups(depth, **fields):
    """A schema of groups in groups, with nothing else in the file."""
    group = [[REPETITION, I32, 1], [NAME, BINARY, b"g"], [CHILDREN, I32, 1]] + [[n, k, v] for n, k, v in fields.values()]
    root = [[NAME, BINARY, b"schema"], [CHILDREN, I32, 1]]
    leaf = [[1, I32, 1], [REPETITION, I32, 1], [NAME, BINARY, b"x"]]
    footer = [[1, I32, 2], [SCHEMA, LIST, [STRUCT, [root] + [group] * depth + [leaf]]], [3, I64, 0], [4, LIST, [STRUCT, []]]]
    packed = thrift.struct_written(footer)
    return b"PAR1" + packed + struct.pack("<I", len(packed)) + b"PAR1"


def variant(value):
    """A VARIANT column of one value, as https://github.com/apache/parquet-format/blob/master/VariantEncoding.md has it."""
    metadata = bytes([0x01, 0x00, 0x00])
    kind = pa.struct([pa.field("metadata", pa.binary(), False), pa.field("value", pa.binary(), False)])
    file = File(written(pa.table({"v": pa.array([{"metadata": metadata, "value": value}], kind)})))
    thrift.set_field(file.schema()[1], LOGICAL, STRUCT, [[16, STRUCT, [[1, BYTE, 1]]]])
    return file.bytes()


def variant_arrays(depth):
    value = b"\x00"
    for _ in range(depth):
        value = b"\x0f\x01" + struct.pack("<II", 0, len(value)) + value
    return variant(value)


def variant_objects(depth):
    value = b"\x00"
    for _ in range(depth):  # one field, of a name that the metadata does not have
        value = b"\x0e\x01\x00" + struct.pack("<II", 0, len(value)) + value
    return variant(value)


def with_page(table, change, **options):
    """`change(header, data)` gives the data of the first column's first page; sizes follow unless it sets them."""
    file = File(written(table, **options))
    chunk = next(file.chunks())
    page = pages(file, chunk)[0]
    before = thrift.field(page[1], 2), thrift.field(page[1], 3)
    data = change(page[1], bytes(file.body[page[2] : page[3]]))
    if (thrift.field(page[1], 2), thrift.field(page[1], 3)) == before:
        thrift.set_field(page[1], 2, I32, len(data))
        thrift.set_field(page[1], 3, I32, len(data))
    rewrite_page(file, chunk, page, thrift.struct_written(page[1]) + data)
    return file.bytes()


def page_bomb(codec):
    """A page of a few KB that unpacks to 256 MiB of the same number."""
    def change(header, data):
        packed = pa.compress(b"\0" * PAGE_BYTES, codec=codec, asbytes=True)
        thrift.set_field(header, 2, I32, PAGE_BYTES)
        thrift.set_field(header, 3, I32, len(packed))
        return packed

    return with_page(pa.table({"a": pa.array([1, 2, 3], pa.int64())}), change, compression=codec)


def page_size_lie(header, data):
    thrift.set_field(header, 2, I32, (1 << 31) - 1)
    return data


def empty_pages():
    """Pages without a value, one after another, as far as the chunk says; the reader must not go round for ever."""
    file = File(written(pa.table({"a": pa.array([1, 2, 3], pa.int64())})))
    chunk = next(file.chunks())
    page = pages(file, chunk)[0]
    thrift.set_field(thrift.field(page[1], 5), 1, I32, 0)
    thrift.set_field(page[1], 2, I32, 0)
    thrift.set_field(page[1], 3, I32, 0)
    rewrite_page(file, chunk, page, thrift.struct_written(page[1]) * 200_000)
    return file.bytes()


def dictionary_lie(bits):
    """Indexes far beyond the dictionary, in as many bits."""
    table = pa.table({"a": pa.array(["x", "y"] * 50)})
    file = File(written(table, use_dictionary=True))
    chunk = next(file.chunks())
    page = pages(file, chunk)[1]
    data = bytes(file.body[page[2] : page[3]])
    levels = 4 + struct.unpack("<I", data[:4])[0]
    run = thrift.varint(100 << 1) + b"\xff" * ((bits + 7) // 8)
    data = data[:levels] + bytes([bits]) + run
    thrift.set_field(page[1], 2, I32, len(data))
    thrift.set_field(page[1], 3, I32, len(data))
    rewrite_page(file, chunk, page, thrift.struct_written(page[1]) + data)
    return file.bytes()


def relabelled(table, *fields):
    """The first column's schema element with other fields."""
    file = File(written(table))
    for number, kind, value in fields:
        thrift.set_field(file.schema()[1], number, kind, value)
    return file.bytes()


def fixed(data, count=1):
    return pa.table({"a": pa.array([data] * count, pa.binary(len(data)))})


def int96(day, nanoseconds):
    """INT96 moments are 12 bytes: nanoseconds of the day, and a Julian day."""
    table = pa.table({"a": pa.array([0], pa.timestamp("ns"))})

    def change(_, data):
        return data[:-12] + struct.pack("<qi", nanoseconds, day)

    return with_page(table, change, use_deprecated_int96_timestamps=True)


def many_groups(count):
    """A row group said to be there very often."""
    file = File(written(pa.table({"a": pa.array([1, 2, 3], pa.int64())})))
    groups = thrift.field(file.footer, 4)
    groups[1] *= count
    thrift.set_field(file.footer, 3, I64, 3 * count)
    return file.bytes()


def wkb(depth):
    """A geometry collection in a collection in a collection."""
    shape = struct.pack("<BIdd", 1, 1, 1.0, 2.0)
    for _ in range(depth):
        shape = struct.pack("<BII", 1, 7, 1) + shape
    return relabelled(pa.table({"a": pa.array([shape])}), (LOGICAL, STRUCT, [[17, STRUCT, []]]), (CONVERTED, I32, -1))


def decimal_label(precision, scale):
    return ((CONVERTED, I32, 5), (7, I32, scale), (8, I32, precision),
            (LOGICAL, STRUCT, [[5, STRUCT, [[1, I32, scale], [2, I32, precision]]]]))  # fmt: skip


INT = {"a": [1, 2, 3]}
TEXT = pa.table({"a": pa.array(["x"])})
#: The three of the attack report first.
CRASHERS = {
    "time_beyond_a_day": lambda: values(pa.time64("us"), pa.int64(), (1 << 30) * HOUR_US),
    "variant_arrays_20000_deep": lambda: variant_arrays(20_000),
    "groups_60000_deep": lambda: nested_groups(60_000),
    # Times, days and moments outside of what they can be.
    "time_negative": lambda: values(pa.time64("us"), pa.int64(), -1, -(1 << 63), (1 << 63) - 1),
    "time_ms_extremes": lambda: values(pa.time32("ms"), pa.int32(), -1, -(1 << 31), (1 << 31) - 1),
    "time_ns_extremes": lambda: values(pa.time64("ns"), pa.int64(), -1, -(1 << 63), (1 << 63) - 1),
    "time_utc": lambda: relabelled(pa.table({"a": pa.array([-(1 << 63), (1 << 63) - 1])}), (LOGICAL, STRUCT, clocked(7, True, 2))),
    "time_in_a_list": lambda: written(pa.table({"a": pa.array([[(1 << 30) * HOUR_US]], pa.list_(pa.int64())).cast(pa.list_(pa.time64("us")), safe=False)})),
    "time_as_map_key": lambda: written(pa.table({"a": pa.array([[((1 << 30) * HOUR_US, 1)]], pa.map_(pa.int64(), pa.int32())).cast(pa.map_(pa.time64("us"), pa.int32()), safe=False)})),
    "date_extremes": lambda: values(pa.date32(), pa.int32(), -(1 << 31), (1 << 31) - 1, -(1 << 31) + 1),
    "timestamp_extremes": lambda: values(pa.timestamp("us"), pa.int64(), -(1 << 63), (1 << 63) - 1, -(1 << 63) + 1),
    "timestamp_ns_extremes": lambda: values(pa.timestamp("ns"), pa.int64(), -(1 << 63), (1 << 63) - 1),
    "timestamp_ms_extremes": lambda: values(pa.timestamp("ms"), pa.int64(), -(1 << 63), (1 << 63) - 1),
    "timestamptz_extremes": lambda: values(pa.timestamp("us", "UTC"), pa.int64(), -(1 << 63), (1 << 63) - 1),
    "int96_extremes": lambda: int96((1 << 31) - 1, (1 << 63) - 1),
    "int96_negative": lambda: int96(-(1 << 31), -(1 << 63)),
    "interval_extremes": lambda: relabelled(fixed(b"\xff" * 12), (CONVERTED, I32, 21)),
    # Types that lie.
    "decimal_of_39_digits": lambda: relabelled(fixed(b"\x7f" + b"\xff" * 15), *decimal_label(39, 0)),
    "decimal_scale_beyond_precision": lambda: relabelled(fixed(b"\x7f" * 8), *decimal_label(4, 30)),
    "decimal_scale_negative": lambda: relabelled(fixed(b"\x7f" * 8), *decimal_label(4, -5)),
    "decimal_narrow_of_wide_values": lambda: relabelled(fixed(b"\x7f" * 16), *decimal_label(4, 2)),
    "decimal_of_4096_bytes": lambda: relabelled(fixed(b"\x7f" * 4096), *decimal_label(38, 0)),
    "decimal_of_no_bytes": lambda: relabelled(pa.table({"a": pa.array([b""])}), *decimal_label(38, 0)),
    "uuid_of_3_bytes": lambda: relabelled(fixed(b"abc"), (LOGICAL, STRUCT, [[14, STRUCT, []]])),
    "float16_of_5_bytes": lambda: relabelled(fixed(b"abcde"), (LOGICAL, STRUCT, [[15, STRUCT, []]])),
    "text_that_is_no_utf8": lambda: relabelled(pa.table({"a": pa.array([b"\xff\xfe\xed\xa0\x80"])}), (CONVERTED, I32, 0), (LOGICAL, STRUCT, [[1, STRUCT, []]])),
    "json_that_is_none": lambda: relabelled(pa.table({"a": pa.array([b"[" * 100_000])}), (CONVERTED, I32, 19), (LOGICAL, STRUCT, [[11, STRUCT, []]])),
    "fixed_length_huge": lambda: relabelled(fixed(b"x" * 8), (2, I32, (1 << 31) - 1)),
    "fixed_length_negative": lambda: relabelled(fixed(b"x" * 8), (2, I32, -8)),
    # Nesting.
    "groups_65_deep": lambda: nested_groups(65),
    "groups_3000_deep": lambda: nested_groups(3_000),
    "maps_60000_deep": lambda: nested_groups(60_000, converted=(CONVERTED, I32, 1)),
    "lists_60000_deep": lambda: nested_groups(60_000, converted=(CONVERTED, I32, 3)),
    "variant_objects_20000_deep": lambda: variant_objects(20_000),
    "variant_array_beyond_its_bytes": lambda: variant(b"\x0f\x01" + struct.pack("<II", 0, 1 << 30) + b"\0"),
    "variant_text_beyond_its_bytes": lambda: variant(b"\x40" + struct.pack("<I", (1 << 31) - 1) + b"x"),
    "variant_decimal_scale_255": lambda: variant(b"\x28\xff" + b"\x7f" * 16),
    "geometry_20000_deep": lambda: wkb(20_000),
    "children_beyond_the_schema": lambda: relabelled(pa.table(INT), (CHILDREN, I32, (1 << 31) - 1)),
    # Pages.
    "page_bomb_snappy": lambda: page_bomb("snappy"),
    "page_bomb_zstd": lambda: page_bomb("zstd"),
    "page_bomb_gzip": lambda: page_bomb("gzip"),
    "page_size_lie": lambda: with_page(TEXT, page_size_lie),
    "pages_without_values": empty_pages,
    "dictionary_index_beyond": lambda: dictionary_lie(8),
    "dictionary_index_of_32_bits": lambda: dictionary_lie(32),
    "dictionary_index_of_255_bits": lambda: dictionary_lie(255),
    "text_longer_than_its_page": lambda: with_page(TEXT, lambda _, data: data[:-5] + struct.pack("<I", (1 << 31) - 1) + b"x"),
    "levels_longer_than_the_page": lambda: with_page(TEXT, lambda _, data: struct.pack("<I", (1 << 32) - 1) + data[4:]),
    "groups_of_rows_100000_times": lambda: many_groups(100_000),
    "name_with_nul": lambda: relabelled(pa.table(INT), (NAME, BINARY, b"a\0b")),
    "name_of_a_megabyte": lambda: relabelled(pa.table(INT), (NAME, BINARY, b"a" * 1_000_000)),
    "logical_type_that_is_a_boolean": lambda: relabelled(pa.table({"a": [True, False]}), (1, I32, 7), (2, I32, 1 << 30), (LOGICAL, FALSE, None)),
}  # fmt: skip
