"""Small files that broke the program, or kept it from reading what it had taken: each is refused in words or right, and
nobody else notices. The API's process is the one that was there before."""

import contextlib
import datetime
import pathlib
import struct
import threading
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from machine import descendants
from parquet_by_hand import (
    BYTES, DOUBLE, FIXED, INT32, INT64, INT96, column, file_of, group, leaf, listed, logical, page, plain, struct_of,
    time_unit,
)  # fmt: skip
from test_errors import UPLOAD, problem

HOUR_US = 3600 * 10**6


@pytest.fixture(autouse=True)
def api_lives(sluice):
    before = sluice.child("api").pid
    yield
    assert sluice.child("api").pid == before, "the API was started again"
    assert sluice.call("GET", "/api/v1/datasets?limit=1").status_code == 200


def refused(sluice, content, code, name="a.parquet", status=422):
    response = sluice.call("POST", UPLOAD, files={"file": (name, content)}, timeout=60)
    body = problem(response, status)
    assert body["code"] == code, body
    assert not body["retryable"] and "SET threads" not in str(body) and "/proc/" not in str(body)
    return body


def read_everywhere(sluice, dataset, sync=True):
    """What was answered 201 can be read: preview, both views, the tenant's SQL, the profile, and the lakehouse."""
    path = f"/api/v1/datasets/{dataset['id']}"
    rows = sluice.ok("GET", path + "/preview")["rows"]
    assert sluice.query(dataset["id"], "SELECT * FROM dataset")["rows"] == rows
    clean = sluice.query(dataset["id"], "SELECT * FROM dataset_clean")["rows"]
    assert len(clean) <= len(rows)
    table = dataset["table_name"]
    assert sluice.lakehouse(f"SELECT * FROM {table}")["rows"] == rows
    again = sluice.lakehouse(f"SELECT * FROM {table}_clean")["rows"]
    assert sorted(map(str, again)) == sorted(map(str, clean))  # without duplicates, and so in any order
    sluice.ok("GET", path + "/schema")
    if sync:
        state = sluice.wait_status(dataset["id"])
        assert state["row_count_databricks"] == len(rows)
        assert len(sluice.lakehouse(f"SELECT * FROM {state['silver_table']}")["rows"]) == len(clean)
        until_profiled(sluice, path)
    return rows, clean


def until_profiled(sluice, path):
    for _ in range(200):
        response = sluice.call("GET", path + "/profile")
        if response.status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError(f"no profile: {response.status_code} {response.text}")


def deep_groups(levels):
    elements = [group(f"g{i}", 1) for i in range(levels)] + [leaf("x", INT32)]
    body = page(plain(INT32, [1]), 1)
    return file_of((elements, 1), [([f"g{i}" for i in range(levels)] + ["x"], INT32, body)], 1)


def deep_variant(levels):
    """Arrays of one element within each other (VariantEncoding.md), the innermost empty: sizes and offsets of 4 bytes."""
    value = b"\x1f" + struct.pack("<II", 0, 0)
    parts, size = [], len(value)
    for _ in range(levels):
        # header: array, large, offsets of 4 bytes
        parts.append(b"\x1f" + struct.pack("<III", 1, 0, size))
        size += 13
    value = b"".join(reversed(parts)) + value
    metadata = b"\x01\x00\x00"
    elements = [group("v", 2, logical=logical(16)), leaf("metadata", BYTES), leaf("value", BYTES)]
    chunks = [(["v", n], BYTES, page(plain(BYTES, [b]), 1)) for n, b in (("metadata", metadata), ("value", value))]
    return file_of((elements, 1), chunks, 1)


TIME_US, TIME_MS = logical(7, time_unit("us")), logical(7, time_unit("ms"))


@pytest.mark.parametrize("hours", [2**30, 2**31 - 1, 100, 25, -1])
@pytest.mark.parametrize("make", [column, listed])
def test_a_time_beyond_the_day(sluice, make, hours):
    body = refused(sluice, make(INT64, [0, hours * HOUR_US], logical=TIME_US), "value_out_of_range")
    assert "'x'" in body["detail"] and "row 2" in body["detail"]


@pytest.mark.parametrize("value", [-(2**31), -1, 86_400_001, 2**31 - 1])
def test_a_time_of_milliseconds_beyond_the_day(sluice, value):
    refused(sluice, column(INT32, [value], logical=TIME_MS), "value_out_of_range")


def test_statistics_do_not_hide_a_value(sluice):
    """The engine believes what the file says of its smallest and largest value."""
    bounds = struct_of({5: struct.pack("<q", 5), 6: struct.pack("<q", 5), 3: 0})
    body = page(plain(INT64, [2**30 * HOUR_US]), 1)
    content = file_of(([leaf("x", INT64, logical=TIME_US)], 1), [(["x"], INT64, body)], 1, claims={12: bounds})
    refused(sluice, content, "value_out_of_range")


def test_times_of_the_day_are_text(sluice):
    dataset = sluice.upload(column(INT64, [0, 24 * HOUR_US - 1], logical=TIME_US), "times.parquet")
    assert read_everywhere(sluice, dataset, sync=False)[0] == [["00:00:00"], ["23:59:59.999999"]]


@pytest.mark.parametrize("levels,limit", [(63, "64 levels"), (1000, "64 levels"), (60_000, "50000 elements")])
def test_a_schema_nested_without_end(sluice, levels, limit):
    assert limit in refused(sluice, deep_groups(levels), "parquet_footer")["detail"]


def test_a_schema_nested_deeply(sluice):
    dataset = sluice.upload(deep_groups(62), "deep.parquet")
    assert len(read_everywhere(sluice, dataset)[0]) == 1


@pytest.mark.parametrize("levels", [1, 20_000])
def test_a_variant(sluice, levels):
    refused(sluice, deep_variant(levels), "parquet_variant")


TIB = 1 << 40


@pytest.mark.parametrize(
    "claims", [{7: TIB}, {6: TIB}, {9: TIB}, {9: -1}, {5: -5}, {5: TIB}, {7: 2**62}, {11: 4, 9: TIB}],
)  # fmt: skip
def test_a_footer_that_claims_much(sluice, claims):
    body = page(plain(INT64, [1]), 1)
    content = file_of(([leaf("x", INT64)], 1), [(["x"], INT64, body)], 1, claims=claims)
    refused(sluice, content, "parquet_footer")


@pytest.mark.parametrize("claim", [{"uncompressed": 2**31 - 1}, {"compressed": 2**31 - 1}, {"uncompressed": -1}])
def test_a_page_that_claims_much(sluice, claim):
    body = page(plain(INT64, [1]), 1, **claim)
    refused(sluice, file_of(([leaf("x", INT64)], 1), [(["x"], INT64, body)], 1), "parquet_footer")


@pytest.mark.parametrize("kind,values,of_leaf", [
    (INT64, [7], {"logical": TIME_US}), (INT32, [1, 2], {}), (DOUBLE, [1.5], {}), (INT96, [b"\0" * 12], {}),
    (FIXED, [b"abc"], {"type_length": 3}),
])  # fmt: skip
def test_a_page_that_is_a_byte_short(sluice, kind, values, of_leaf):
    """The engine takes the byte behind it, which is another at each reading: once it printed what it had not checked."""
    for short in (1, 2):
        body = page(plain(kind, values)[:-short], len(values))
        content = file_of(([leaf("x", kind, **of_leaf)], 1), [(["x"], kind, body)], len(values))
        assert "fewer bytes" in refused(sluice, content, "parquet_footer")["detail"]


def test_many_row_groups(sluice):
    body = page(plain(INT64, [1]), 1)
    content = file_of(([leaf("x", INT64)], 1), [(["x"], INT64, body)], 1, groups=100_000)
    began = time.monotonic()
    refused(sluice, content, "parquet_footer")
    assert time.monotonic() - began < 20


def test_rows_that_are_not_there(sluice):
    body = page(plain(INT64, [1]), 1)
    schema, chunks = ([leaf("x", INT64)], 1), [(["x"], INT64, body)]
    refused(sluice, file_of(schema, chunks, 1, row_claims={3: 2}), "parquet_footer")
    refused(sluice, file_of(schema, chunks, 1, row_claims={3: -1}), "parquet_footer")
    refused(sluice, file_of(schema, chunks, 2**41), "parquet_footer")
    assert problem(sluice.call("POST", UPLOAD, files={"file": ("a.parquet", file_of(schema, chunks, 1)[:-20])}), 422)


MICROS, MICROS_UTC = logical(8, time_unit("us")), logical(8, time_unit("us", True))


@pytest.mark.parametrize("of_leaf", [{"logical": MICROS}, {"logical": MICROS_UTC}])
def test_moments_at_the_ends(sluice, of_leaf):
    for value in (-(2**63), -(2**63) + 1, 2**63 - 1):
        refused(sluice, column(INT64, [5, value], **of_leaf), "value_out_of_range")
    kept = [-9 * 10**18, -62_135_596_800_000_001, 253_402_300_800_000_000, 9 * 10**18]
    rows, _ = read_everywhere(sluice, sluice.upload(column(INT64, kept, **of_leaf), "moments.parquet"))
    assert len(rows) == 4


EPOCH_DAY, DAY_NS = 2_440_588, 86_400 * 10**9


def int96(day, nanoseconds):
    """An instant as Impala, Hive and Spark write it: nanoseconds of the day, then the Julian day."""
    return struct.pack("<qI", nanoseconds, day)


@pytest.mark.parametrize("day,nanoseconds", [
    (2**31 - 1, 0), (2**32 - 1, 0), (EPOCH_DAY + 213_503_982, 0), (EPOCH_DAY, 2**63 - 1), (EPOCH_DAY, -(2**63)),
    (2**31 - 1, 2**63 - 1), (EPOCH_DAY, 2 * DAY_NS),
])  # fmt: skip
@pytest.mark.parametrize("make", [column, listed])
def test_an_instant_of_twelve_bytes_that_does_not_fit(sluice, make, day, nanoseconds):
    """The engine's microseconds wrap: it would be another instant, in silence."""
    body = refused(sluice, make(INT96, [int96(EPOCH_DAY, 0), int96(day, nanoseconds)]), "value_out_of_range")
    assert "'x' in row 2" in body["detail"] and "INT96" in body["detail"]


def notes_of(sluice, dataset):
    return [note for note in sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")["notes"] if "nanoseconds" in note]


def test_instants_of_twelve_bytes(sluice):
    kept = [int96(0, 0), int96(EPOCH_DAY, 1000), int96(EPOCH_DAY + 19_000, DAY_NS - 1000), int96(100_000_000, 0)]
    dataset = sluice.upload(column(INT96, kept), "int96.parquet")
    rows, _ = read_everywhere(sluice, dataset)
    assert [str(row[0]).replace("T", " ") for row in rows][1:3] == ["1970-01-01 00:00:00.000001", "2022-01-08 23:59:59.999999"]
    assert notes_of(sluice, dataset) == []


@pytest.mark.parametrize("nanoseconds", [1, 999, 1_000_001, 2**32, DAY_NS - 1, -1])
def test_digits_that_are_not_kept_are_said(sluice, nanoseconds):
    kept = [int96(EPOCH_DAY, 0), int96(EPOCH_DAY, nanoseconds)]
    assert "'x'" in notes_of(sluice, sluice.upload(column(INT96, kept), "int96.parquet"))[0]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
def test_instants_of_twelve_bytes_among_other_columns(sluice, compression):
    """Dictionaries, codecs, row groups, nulls, and columns before and behind that the look at them leaves out."""
    moments = [None if i % 7 == 0 else datetime.datetime(1900 + i % 150, 1 + i % 12, 1, 2, 3, 4, i) for i in range(5_000)]
    moments = pa.array(moments, pa.timestamp("us"))
    table = pa.table({"before": [f"text {i}" for i in range(5_000)], "t": moments, "n": range(5_000),
                      "again": moments.take(pa.array([i % 10 for i in range(5_000)])),
                      "within": pa.StructArray.from_arrays([moments, pa.array(range(5_000))], ["t", "n"]),
                      "behind": [i / 7 for i in range(5_000)]})  # fmt: skip
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=compression, use_deprecated_int96_timestamps=True, row_group_size=1_700)
    dataset = sluice.upload(sink.getvalue().to_pybytes(), "moments.parquet")
    sql = "SELECT count(t), max(t), count(again), max(again), sum(n), max(before), max(behind) FROM dataset"
    row = sluice.query(dataset["id"], sql)["rows"][0]
    as_text = [str(v.as_py()) for v in (pc.max(table["t"]), pc.max(table["again"]))]
    assert [row[0], row[2]] == [len(moments) - moments.null_count, 5_000 - table["again"].null_count]
    assert [str(row[1]).replace("T", " "), str(row[3]).replace("T", " ")] == as_text
    assert row[4] == 12_497_500 and row[5] == "text 999" and float(row[6]) == 4_999 / 7
    assert len(notes_of(sluice, dataset)) == 1, "of the nested one it is said in any case"


def test_days_at_the_ends(sluice):
    for value in (-(2**31), -(2**31) + 1, 2**31 - 1):
        refused(sluice, column(INT32, [value], converted=6), "value_out_of_range")
    kept = [-(2**31) + 2, -719_163, 2_932_897, 2**31 - 2]
    rows, _ = read_everywhere(sluice, sluice.upload(column(INT32, kept, converted=6), "days.parquet"))
    assert len(rows) == 4


def test_decimals_of_more_digits_than_their_type(sluice):
    of_four = {"converted": 5, "precision": 4, "scale": 2}
    for value in (10_000, -10_000):
        refused(sluice, column(INT32, [1, value], **of_four), "value_out_of_range")
    wide = {"converted": 5, "precision": 38, "scale": 0, "type_length": 16}
    refused(sluice, column(FIXED, [b"\x7f" + b"\xff" * 15], **wide), "value_out_of_range")
    refused(sluice, column(INT64, [-(2**63)], converted=5, precision=18, scale=0), "value_out_of_range")
    refused(sluice, column(INT32, [5], converted=5, precision=2, scale=-1), "parquet_footer")
    dataset = sluice.upload(column(INT32, [9999, -9999], **of_four), "decimals.parquet")
    assert [str(row[0]) for row in read_everywhere(sluice, dataset, sync=False)[0]] == ["99.99", "-99.99"]


def test_not_a_number(sluice):
    dataset = sluice.upload(column(DOUBLE, [float("nan"), float("inf"), -0.0]), "doubles.parquet")
    assert len(read_everywhere(sluice, dataset)[0]) == 3


def test_an_encrypted_file_is_named_so(sluice):
    plain_footer = file_of(([leaf("x", INT64)], 1), [(["x"], INT64, page(plain(INT64, [1]), 1))], 1,
                           row_claims={8: struct_of({1: struct_of({1: b"x"})})})  # fmt: skip
    refused(sluice, plain_footer, "parquet_encrypted")
    refused(sluice, b"PARE" + b"\x00" * 100 + struct.pack("<I", 50) + b"PARE", "parquet_encrypted")


def test_names_that_break(sluice):
    refused(sluice, b"a\0b,c\n1,2\n", "nul_byte", "a.csv")
    refused(sluice, b"t\0itle\n\na,b,c\n1,2,3\n", "nul_byte", "a.csv")
    refused(sluice, b"x" * 70_000 + b",b\n1,2\n", "column_name_too_long", "a.csv", status=413)
    refused(sluice, file_of(([leaf("a\0b", INT64)], 1), [(["a\0b"], INT64, page(plain(INT64, [1]), 1))], 1), "nul_byte")


ODD = [
    "a\nb", "a\r\nb", "a\tb", 'a"b', "a'b", "a`b", "a;b", "\x01", "\x1b[31m", "\x7f", "\u202eabc", "\u2066x\u2069", "\u200b",
    "\ufeffx", "$$", "${x}", "%s", "\\", "select", "b0", "t0", "s0", "g0[1]", "x", "first", "cell", "_batch", "=1+1",
    "\U0001f600", "e\u0301", "\u00e9",
]  # fmt: skip


def test_odd_names_are_read_everywhere(sluice):
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in ODD)
    row = ",".join(f"v{i}" for i in range(len(ODD)))
    dataset = sluice.upload(f"{quoted}\n{row}\n", "odd.csv")
    rows, clean = read_everywhere(sluice, dataset)
    assert rows == clean == [[f"v{i}" for i in range(len(ODD))]]
    named = sluice.query(dataset["id"], "SELECT * FROM dataset")["columns"]
    assert [c["name"] for c in named][:4] == ODD[:4]


@pytest.mark.parametrize("name", ["a\nb", "a\r\nb", "a\u202eb", "a\u2066b", "a\u2028b", "a\x85b"])
def test_a_dataset_is_named_in_one_line_of_one_direction(sluice, name):
    response = sluice.call("POST", "/api/v1/datasets/ingest", json={"name": name, "records": [{"a": 1}]})
    assert problem(response, 400)["code"] == "name_not_text"


@contextlib.contextmanager
def peak_of_workers(sluice):
    """The most memory, in MiB, that a process below the API had meanwhile: files are read there."""
    api, peaks, over = sluice.child("api").pid, [0], threading.Event()

    def watch():
        while not over.wait(0.02):
            for process in descendants(api):
                with contextlib.suppress(OSError, StopIteration):
                    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
                    peaks.append(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def test_an_unclosed_quote_takes_no_more_than_an_ordinary_file(make_sluice):
    sluice = make_sluice(MCP_ENABLED="false").start()
    rows = 15 << 20
    with peak_of_workers(sluice) as ordinary:
        sluice.upload("a,b\n" + "1,x\n" * (rows // 2), "ordinary.csv")
    with peak_of_workers(sluice) as quoted:
        refused(sluice, 'a,b\n"' + "x\n" * rows, "rejects_too_many", "quote.csv")
    assert max(quoted) > 30, "a worker was seen"
    assert max(quoted) < max(ordinary) + 256, (max(quoted), max(ordinary))


@pytest.mark.needs_sync
def test_a_table_of_blank_columns_goes_all_the_way(sluice):
    """It once took all the memory of silver; wider ones and other kinds: tests/soak/test_wide_tables.py."""
    names = ",".join(f"c{i}" for i in range(562))
    dataset = sluice.upload(names + "\n" + "," * 561 + "\n", "blank.csv")
    assert sluice.query(dataset["id"], "SELECT count(*) FROM dataset_clean")["rows"] == [[1]]
    sluice.wait_status(dataset["id"], timeout_s=240)  # with the profile, which comes first


def test_a_file_of_nested_columns_goes_all_the_way(sluice):
    records = [{f"c{i}": {"a": i, "b": [r, i]} for i in range(500)} for r in range(2)]
    dataset = sluice.ingest("wide nested", records)
    rows, clean = read_everywhere(sluice, dataset)
    assert len(rows) == len(clean) == 2


