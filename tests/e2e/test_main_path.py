"""Upload → bronze → silver through the real parts; the right answers are computed here."""

import csv
import importlib.util
import json
import pathlib
import re
from datetime import date
from decimal import Decimal

import pytest
import requests
from sluice import assert_synced_once, delta_count, workspace

NULLS = {"", "NA"}
FAMILIES = {
    "integer": re.compile(r"TINYINT|SMALLINT|INTEGER|BIGINT|DECIMAL\(\d+,0\)"),
    "number": re.compile(r"DOUBLE|FLOAT|DECIMAL\(\d+,\d+\)"),
    "date": re.compile(r"DATE"),
    "boolean": re.compile(r"BOOLEAN"),
    "text": re.compile(r"VARCHAR"),
}


def types_of(answer):
    return {c["name"]: c["type"] for c in answer["columns"]}


def published_csv(package, path):
    """A data file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"{package} is not installed (tools/requirements-test.txt)")
    return pathlib.Path(spec.origin).parent / path


def snake(header):
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", header)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def expected_silver(rows):
    """Family per column, and the rows with those types: by the csv module alone."""
    families = {}
    for header in rows[0]:
        cells = [r[header] for r in rows if r[header] not in NULLS]
        if all(re.fullmatch(r"-?(0|[1-9]\d*)", c) for c in cells):
            families[header] = "integer"
        elif all(re.fullmatch(r"-?\d+(\.\d+)?", c) for c in cells):
            families[header] = "number"
        elif all(re.fullmatch(r"\d{4}-\d\d-\d\d", c) for c in cells):
            families[header] = "date"
        elif set(cells) == {"Yes", "No"}:
            families[header] = "boolean"
        else:
            families[header] = "text"
    read = {"integer": int, "number": Decimal, "text": str}
    read["date"] = lambda t: str(date.fromisoformat(t))
    read["boolean"] = lambda t: t == "Yes"
    typed = [
        tuple(None if c in NULLS else read[families[h]](c) for h, c in row.items()) for row in rows
    ]
    return families, typed


def comparable(row):
    """Doubles and decimals meet at twelve significant digits; None sorts apart from text."""
    out = []
    for cell in row:
        is_number = isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool)
        out.append((cell is None, f"{float(cell):.12g}" if is_number else str(cell)))
    return tuple(out)


@pytest.mark.needs_sync
def test_ingest_as_in_the_spec(sluice):
    body = sluice.ingest(
        "Revenue Q1 2025",
        '[{"order_id": "1001", "amount": 450.00, "date": "2025-01-15"},'
        ' {"order_id": "1002", "amount": 820.50, "date": "2025-01-16"}]',
        description="Quarterly revenue data",
    )
    assert body["name"] == "Revenue Q1 2025"
    assert body["description"] == "Quarterly revenue data"
    assert body["row_count"] == 2
    assert body["version"] == 1
    assert body["file_name"] == body["id"] + ".parquet"
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", body["id"]
    )
    assert re.fullmatch(r"[0-9a-f]{64}", body["sha256"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", body["created_at"])
    assert body["metadata"]["databricks_enabled"] is True
    # The 201 is written with the outbox row, so nothing can have been started before it.
    assert body["metadata"]["sync_status"] == "pending"
    assert body["metadata"]["last_sync_error"] is None

    status = sluice.wait_status(body["id"])
    assert status["dataset_id"] == body["id"]
    assert status["dataset_name"] == "Revenue Q1 2025"
    assert status["lakehouse"] == ("databricks" if workspace else "local")
    assert status["bronze_kind"] == ("managed" if workspace else "external")
    assert status["workflow_id"] == f"dataset-sync-{body['id']}"
    bronze = r"e2e_\w+\.tenant_default__bronze" if workspace else r"catalog_tenant_[a-z0-9_]+\.bronze"
    assert re.fullmatch(bronze + r"\.revenue_q1_2025", status["bronze_table"])
    assert status["silver_table"] == status["bronze_table"].replace("bronze.", "silver.") + "_clean"
    assert status["waiting_for"] is None and status["last_sync_error"] is None
    assert_synced_once(sluice, body["id"], 2)

    metadata = sluice.dataset(body["id"])["metadata"]
    assert metadata["sync_status"] == "synced"
    assert metadata["row_count_databricks"] == 2
    for field in ("bronze_table", "silver_table", "last_sync_at"):
        assert metadata[field] == status[field]

    silver = sluice.lakehouse(f"SELECT * FROM {status['silver_table']} ORDER BY order_id")
    assert list(types_of(silver)) == ["order_id", "amount", "date"], "silver has no columns of ours"
    assert types_of(silver)["date"] == "DATE"
    assert FAMILIES["number"].fullmatch(types_of(silver)["amount"])
    assert [r[1:] for r in silver["rows"]] == [
        [Decimal("450.00"), "2025-01-15"],
        [Decimal("820.50"), "2025-01-16"],
    ]
    bronze = sluice.lakehouse(f"SELECT * FROM {status['bronze_table']}")
    assert list(types_of(bronze)) == ["order_id", "amount", "date", "_batch"]
    assert {row[3] for row in bronze["rows"]} == {1}


@pytest.mark.needs_sync
@pytest.mark.parametrize("file", ["penguins.csv", "penguins-raw.csv"])
def test_a_published_file(sluice, file):
    path = published_csv("palmerpenguins", f"data/{file}")
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    families, typed = expected_silver(rows)
    distinct = set(map(comparable, typed))
    assert len(rows) > 300 and "number" in families.values()

    dataset_id = sluice.upload(path)["id"]
    sluice.wait_status(dataset_id)
    status = assert_synced_once(sluice, dataset_id, len(rows), len(distinct))
    assert status["rows_quarantined"] == 0

    # As it came: every cell prints back its text, under its own header.
    headers = list(rows[0])
    as_text = ", ".join(f'CAST("{h}" AS VARCHAR)' for h in headers)
    came = sluice.query(dataset_id, f"SELECT {as_text} FROM dataset LIMIT 10000")
    wanted = [[c or None for c in r.values()] for r in rows]
    assert sorted(came["rows"], key=repr) == sorted(wanted, key=repr)

    # Silver: names, families of types, values, nulls; and dataset_clean agrees with it.
    for answer in (
        sluice.lakehouse(f"SELECT * FROM {status['silver_table']} LIMIT 10000"),
        sluice.query(dataset_id, "SELECT * FROM dataset_clean LIMIT 10000"),
    ):
        types = types_of(answer)
        assert list(types) == [snake(h) for h in headers]
        for header, family in families.items():
            assert FAMILIES[family].fullmatch(types[snake(header)]), (header, family, types)
        assert sorted(map(comparable, answer["rows"])) == sorted(distinct)


@pytest.mark.needs_sync
def test_joins_over_two_datasets(sluice):
    sales = sluice.ingest("Join sales", [{"product_id": i % 3 + 1, "qty": i} for i in range(1, 10)])
    products = sluice.ingest(
        "Join products",
        [{"id": 1, "category": "a"}, {"id": 2, "category": "b"}, {"id": 3, "category": "a"}],
    )
    left = sluice.wait_status(sales["id"])["silver_table"]
    right = sluice.wait_status(products["id"])["silver_table"]
    answer = sluice.lakehouse(
        f"SELECT b.category, sum(a.qty) AS qty FROM {left} a JOIN {right} b "
        "ON a.product_id = b.id GROUP BY 1 ORDER BY 1"
    )
    # product 2 is sold as 1, 4, 7; the other two products share category a.
    assert [[c, int(q)] for c, q in answer["rows"]] == [["a", 33], ["b", 12]]


@pytest.mark.needs_sync
def test_the_workflow_is_visible_in_temporal(sluice):
    dataset_id = sluice.ingest("Seen in Temporal", [{"a": 1}])["id"]
    sluice.wait_status(dataset_id)
    info = sluice.workflow(dataset_id)["workflowExecutionInfo"]
    assert info["type"]["name"] == "DatasetSyncWorkflow"
    listed = sluice.temporal(
        "workflow", "list", "--query", f"WorkflowId = 'dataset-sync-{dataset_id}'"
    )
    assert len(listed) == 1
    history = sluice.temporal("workflow", "show", "-w", f"dataset-sync-{dataset_id}")
    activities = [
        e["activityTaskScheduledEventAttributes"]["activityType"]["name"]
        for e in history["events"]
        if "activityTaskScheduledEventAttributes" in e
    ]
    wanted = ["sync_to_bronze", "transform_to_silver", "update_dataset_metadata"]
    assert [a for a in activities if a in wanted] == wanted
    page = requests.get(f"http://127.0.0.1:{sluice.ui_port}/", timeout=10)
    assert page.status_code == 200 and "<html" in page.text.lower()


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_delta_rs_reads_both_tables(sluice):
    pytest.importorskip("deltalake")
    from deltalake import DeltaTable

    dataset_id = sluice.upload("id,price\n1,1.10\n2,2.25\n2,2.25\n", name="For delta-rs")["id"]
    status = sluice.wait_status(dataset_id)
    (bronze,) = sluice.delta_tables(status["bronze_table"], "bronze")
    (silver,) = sluice.delta_tables(status["silver_table"], "silver")
    assert delta_count(bronze) == 3 and delta_count(silver) == 2
    types = {f.name: str(f.type) for f in DeltaTable(str(silver)).schema().fields}
    assert list(types) == ["id", "price"]
    assert "long" in types["id"] and "decimal(" in types["price"].lower()


@pytest.mark.needs_sync
def test_ten_thousand_records(sluice):
    records = [{"id": i, "name": f"row {i}", "half": i / 2} for i in range(10_000)]
    dataset_id = sluice.ingest("Ten thousand", records)["id"]
    answer = sluice.query(dataset_id, "SELECT count(*), sum(id), count(DISTINCT name) FROM dataset")
    assert [int(v) for v in answer["rows"][0]] == [10_000, 49_995_000, 10_000]
    sluice.wait_status(dataset_id)
    status = assert_synced_once(sluice, dataset_id, 10_000)
    assert float(sluice.value(f"SELECT sum(half) FROM {status['silver_table']}")) == 24_997_500


@pytest.mark.needs_sync
def test_texts_that_look_like_numbers_survive(sluice):
    content = (
        "code,digits,version,money,sci\n"
        "007,12345678901234567890,1.1,1.10,1e5\n"
        "042,99999999999999999999,1.10,22.05,2e5\n"
    )
    dataset_id = sluice.upload(content, name="Dangerous cells")["id"]
    status = sluice.wait_status(dataset_id)
    wanted = [line.split(",") for line in content.splitlines()[1:]]
    as_text = ", ".join(
        f"CAST({c} AS VARCHAR)" for c in ("code", "digits", "version", "money", "sci")
    )
    local = sluice.query(dataset_id, f"SELECT {as_text} FROM dataset ORDER BY code")
    bronze = sluice.lakehouse(f"SELECT {as_text} FROM {status['bronze_table']} ORDER BY code")
    assert local["rows"] == bronze["rows"] == wanted

    schema = sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/schema")
    types = {c["name"]: c["type"] for c in schema["columns"]}
    assert types["code"] == types["digits"] == types["version"] == types["sci"] == "VARCHAR"
    assert re.fullmatch(r"DECIMAL\(\d+,2\)", types["money"])

    silver = sluice.lakehouse(
        f"SELECT code, digits, money FROM {status['silver_table']} ORDER BY code"
    )
    assert [[str(v) for v in row] for row in silver["rows"]] == [
        ["007", "12345678901234567890", "1.10"],
        ["042", "99999999999999999999", "22.05"],
    ], "silver keeps the zeros, the digits and the cents"


@pytest.mark.needs_sync
def test_json_numbers_are_never_read_through_a_double(sluice):
    dataset_id = sluice.ingest(
        "Raw numbers", '[{"n": 9007199254740993, "p": 1.10}, {"n": 1, "p": 3.00}]'
    )["id"]
    status = sluice.wait_status(dataset_id)
    for answer in (
        sluice.query(dataset_id, "SELECT n, p FROM dataset ORDER BY n"),
        sluice.lakehouse(f"SELECT n, p FROM {status['silver_table']} ORDER BY n"),
    ):
        (one, three), (big, p) = answer["rows"]
        assert int(one) == 1 and str(three) == "3.00"
        assert big == "9007199254740993", "beyond 2^53 an integer is a string"
        assert str(p) == "1.10"


@pytest.mark.needs_sync
def test_duplicates_are_removed_in_silver_only(sluice):
    dataset_id = sluice.upload("a,b\n1,x\n2,y\n1,x\n1,x\n", name="Duplicates")["id"]
    sluice.wait_status(dataset_id)
    status = assert_synced_once(sluice, dataset_id, rows=4, silver_rows=2)
    assert status["duplicates_removed"] == 2
    assert sluice.query(dataset_id, "SELECT count(*) FROM dataset")["rows"] == [[4]]
    assert sluice.query(dataset_id, "SELECT count(*) FROM dataset_clean")["rows"] == [[2]]


@pytest.mark.needs_sync
def test_a_new_version_replaces(sluice):
    first = sluice.upload("a\n1\n2\n", name="Versions")
    sluice.wait_status(first["id"])
    second = sluice.new_version(first["id"], "a,b\n1,x\n2,y\n3,z\n")
    assert second["id"] == first["id"] and second["version"] == 2 and second["row_count"] == 3
    assert second["file_name"] != first["file_name"], "a Parquet file is never changed"
    sluice.wait_status(first["id"], synced_version=2)
    status = assert_synced_once(sluice, first["id"], 3, version=2)
    assert sluice.value(f"SELECT min(_batch) FROM {status['bronze_table']}") == 2
    clean = sluice.query(first["id"], "SELECT * FROM dataset_clean ORDER BY a")
    assert clean["rows"] == [[1, "x"], [2, "y"], [3, "z"]]


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_sync_by_hand_mends_damaged_tables(sluice):
    """Files of the right size with other bytes: the catalogue cannot tell, a resync does not ask it."""
    dataset_id = sluice.ingest("Damaged", [{"a": 1}, {"a": 2}])["id"]
    status = sluice.wait_status(dataset_id)
    for layer in ("bronze", "silver"):
        (folder,) = sluice.delta_tables(status[f"{layer}_table"], layer)
        for file in folder.rglob("*.parquet"):
            file.write_bytes(b"x" * file.stat().st_size)
    assert sluice.call(
        "POST", "/api/v1/query", json={"sql": f"SELECT * FROM {status['silver_table']}"}
    ).status_code >= 400
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 2)


@pytest.mark.needs_sync
@pytest.mark.parametrize(
    "file_name, content",
    [
        ("array.json", json.dumps([{"a": 1, "b": "x"}, {"a": 2}])),
        ("lines.ndjson", '{"a": 1, "b": "x"}\n{"a": 2}\n'),
    ],
)
def test_json_files(sluice, file_name, content):
    dataset_id = sluice.upload(content, file_name)["id"]
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 2)
    assert sluice.query(dataset_id, "SELECT a, b FROM dataset ORDER BY a")["rows"] == [
        [1, "x"],
        [2, None],
    ]


@pytest.mark.needs_sync
def test_a_header_without_rows_syncs(sluice):
    dataset_id = sluice.upload("a,b\n", name="Only a header")["id"]
    sluice.wait_status(dataset_id)
    assert_synced_once(sluice, dataset_id, 0)


HARD_HEADERS = ["Ä", "ä", "A", "a", "İ", "i", "Straße", "STRASSE", "é", "e\u0301", "CO₂", "CO2", "select", "_batch", "_reason", "\u200b", "w" * 300]
HARD_NAMES = ["Ä", "ä_2", "A", "a_2", "İ", "i_2", "Straße", "STRASSE_2", "é", "e\u0301_2", "CO₂", "CO2", "select", "_batch_2", "_reason", "column_16", "w" * 255]


@pytest.mark.needs_sync
def test_headers_that_a_lakehouse_takes_for_one(sluice):
    cells = [str(i) for i in range(len(HARD_HEADERS))]
    content = ("\n".join([",".join(HARD_HEADERS), ",".join(cells)]) + "\n").encode()
    dataset = sluice.upload(content, "hard headers.csv")["id"]
    assert [c["name"] for c in sluice.ok("GET", f"/api/v1/datasets/{dataset}/schema")["columns"]] == HARD_NAMES
    for column, cell in (("Ä", "0"), ("ä", "1"), ("é", "8"), ("e\u0301", "9"), ("\u200b", "15")):
        assert sluice.query(dataset, f'SELECT CAST("{column}" AS VARCHAR) FROM dataset')["rows"] == [[cell]], column

    status = sluice.wait_status(dataset)
    assert status["last_sync_error"] is None and status["rows_quarantined"] == 0
    bronze = sluice.lakehouse(f"SELECT * FROM {status['bronze_table']}")
    assert list(types_of(bronze)) == [*HARD_NAMES, "_batch"]
    assert [str(int(cell)) for cell in bronze["rows"][0]] == [*cells, "1"]
    silver = sluice.lakehouse(f"SELECT * FROM {status['silver_table']}")
    assert list(types_of(silver))[:6] == ["Ä", "ä_2", "a", "a_2", "İ", "i_2"]
    assert [str(int(cell)) for cell in silver["rows"][0]] == cells

    # The same file again: the same names.
    sluice.new_version(dataset, content, "hard headers.csv")
    again = sluice.wait_status(dataset, synced_version=2)
    assert list(types_of(sluice.lakehouse(f"SELECT * FROM {again['bronze_table']}"))) == [*HARD_NAMES, "_batch"]


@pytest.mark.needs_sync
def test_two_datasets_of_one_name_get_two_tables(sluice):
    ids = [sluice.ingest("Same name", [{"a": i}])["id"] for i in (1, 2)]
    tables = [sluice.wait_status(i)["silver_table"] for i in ids]
    assert tables[0] != tables[1]
    assert [sluice.value(f"SELECT a FROM {t}") for t in tables] == [1, 2]


@pytest.mark.needs_sync
def test_metrics_and_health_of_each_process(sluice):
    sluice.wait_status(sluice.ingest("Counted", [{"a": 1}])["id"])
    api = sluice.call("GET", "/metrics", token="").text
    worker = requests.get(f"http://127.0.0.1:{sluice.worker_port}/metrics", timeout=10).text
    for name in ("datasets_outbox_depth", "datasets_pending_age_seconds"):
        assert re.search(rf"^{name}(\{{.*\}})? \d", api, re.M), name
    succeeded = re.search(r"^datasets_sync_succeeded_total(?:\{.*\})? (\S+)", worker, re.M)
    assert succeeded and float(succeeded[1]) >= 1
    for name in ("sync_failed_total", "sync_retries_total", "sync_duration_seconds_count"):
        assert f"datasets_{name}" in worker, name
    assert re.search(r'^temporal_request_total\{.*operation="SignalWithStart', api, re.M)
    assert re.search(r"^temporal_activity_execution_latency_seconds_count\{.*\} [1-9]", worker, re.M)
    documented = set(re.findall(r"`([a-z_]+)`", (pathlib.Path(__file__).resolve().parents[2] / "docs/metrics.md").read_text()))
    shown = set(re.findall(r"^# TYPE (\S+)", api + worker, re.M))
    assert shown <= documented, f"docs/metrics.md does not name {shown - documented}"
    for port in (sluice.mcp_port, sluice.worker_port):
        assert requests.get(f"http://127.0.0.1:{port}/health", timeout=10).status_code == 200
    health = sluice.call("GET", "/health", token="")
    assert health.json() == {"status": "ok"}
