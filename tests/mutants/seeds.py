"""The files from which mutants are made, by format: those of src/ingest/testdata, and what pyarrow writes here."""

import datetime
import decimal
import functools
import io
import pathlib
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

TESTDATA = pathlib.Path(__file__).resolve().parents[2] / "src/ingest/testdata"
FORMATS = ("parquet", "xlsx", "ods", "xls", "csv", "json", "archive")
#: A seed that is itself large makes every one of its mutants slow.
SEED_BYTES_MAX = 40_000
#: A cell in each corner of 65,536 rows of 256 columns: seconds each.
SLOW = {"corners.xls", "expect.json"}


def table(rows=60):
    """A column of each type that a Parquet file can have, with a NULL here and there."""
    day, now = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)
    numbers = [None if i % 7 == 3 else i for i in range(rows)]

    def column(make, kind):
        return pa.array([None if i is None else make(i) for i in numbers], kind)

    return pa.table({
        "i8": column(lambda i: i - 9, pa.int8()), "u16": column(lambda i: i, pa.uint16()),
        "i32": column(lambda i: -i, pa.int32()), "i64": column(lambda i: i << 40, pa.int64()),
        "u64": column(lambda i: (1 << 64) - 1 - i, pa.uint64()), "f32": column(lambda i: i / 8, pa.float32()),
        "f64": column(lambda i: i / 3, pa.float64()), "flag": column(lambda i: i % 2 == 0, pa.bool_()),
        "text": column(lambda i: f"text {i % 5} ☃", pa.string()), "bytes": column(lambda i: bytes([i, 0, 255]), pa.binary()),
        "fixed": column(lambda i: bytes([i]) * 16, pa.binary(16)), "day": column(lambda i: day, pa.date32()),
        "ts": column(lambda i: now, pa.timestamp("us")), "tz": column(lambda i: now, pa.timestamp("ms", "UTC")),
        "ns": column(lambda i: now, pa.timestamp("ns")), "clock": column(lambda i: now.time(), pa.time64("us")),
        "clock_ms": column(lambda i: datetime.time(1, 2, 3), pa.time32("ms")),
        "money": column(lambda i: decimal.Decimal(i) / 4, pa.decimal128(9, 2)),
        "wide": column(lambda i: decimal.Decimal(i), pa.decimal128(38, 0)),
        "list": column(lambda i: [i, None, -i][: i % 4], pa.list_(pa.int32())),
        "struct": column(lambda i: {"a": i, "b": [str(i)]}, pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])),
        "map": column(lambda i: [(str(i), i)], pa.map_(pa.string(), pa.int32())),
        "word": column(lambda i: "ab"[i % 2], pa.dictionary(pa.int8(), pa.string())),
    })  # fmt: skip


def parquet(columns=None, **options):
    out = io.BytesIO()
    pq.write_table(table() if columns is None else table().select(columns), out, **options)
    return out.getvalue()


@functools.cache
def parquets():
    """Name to bytes: codecs, encodings, page versions, many groups, page indexes, and single types."""
    made = {f"{codec}.parquet": parquet(compression=codec) for codec in ("none", "snappy", "zstd", "gzip", "brotli", "lz4")}
    made["v2.parquet"] = parquet(data_page_version="2.0", compression="zstd", write_page_checksum=True)
    made["plain.parquet"] = parquet(use_dictionary=False, compression="none", write_page_index=True)
    made["int96.parquet"] = parquet(["ts", "ns"], use_deprecated_int96_timestamps=True)
    made["groups.parquet"] = parquet(["i32", "text", "list"], row_group_size=7, data_page_size=64)
    encoded = {"i32": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY", "bytes": "DELTA_LENGTH_BYTE_ARRAY",
               "f64": "BYTE_STREAM_SPLIT", "fixed": "BYTE_STREAM_SPLIT", "flag": "RLE"}  # fmt: skip
    made["encodings.parquet"] = parquet(list(encoded), use_dictionary=False, column_encoding=encoded, compression="none")
    for name in table().column_names:
        made[f"{name}.parquet"] = parquet([name], use_dictionary=name in ("text", "word"), compression="none")
    values = [uuid.UUID(int=i).bytes for i in range(5)]
    out = io.BytesIO()
    pq.write_table(pa.table({"id": pa.ExtensionArray.from_storage(pa.uuid(), pa.array(values, pa.binary(16)))}), out)
    made["uuid.parquet"] = out.getvalue()
    return made


@functools.cache
def of(format_):
    """Name to bytes. `archive` holds texts, which are packed when a mutant is made."""
    if format_ == "parquet":
        made = {path.name: path.read_bytes() for path in sorted(TESTDATA.glob("*.parquet"))}
        return {**made, **parquets()}
    patterns = {
        "xlsx": ("excel/*.xlsx", "excel/*.xlsb"), "ods": ("excel/*.ods",), "xls": ("excel/*.xls",),
        "csv": ("*.csv", "*.tsv"), "json": ("*.json", "*.ndjson"),
        "archive": ("types.csv", "titles.csv", "quoted_*.csv", "lines.ndjson", "nested*.json", "unicode.csv", "dates.csv"),
    }  # fmt: skip
    found = {}
    for pattern in patterns[format_]:
        for path in sorted(TESTDATA.glob(pattern)):
            data = path.read_bytes()
            if 0 < len(data) <= SEED_BYTES_MAX and path.name not in SLOW:
                found[path.name] = data
    return found
