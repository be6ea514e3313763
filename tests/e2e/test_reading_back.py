"""What the API gives back of what it was given."""

import re
import uuid

import pytest
from machine import until
from sluice import workspace

CSV = "Order ID,Amount (EUR),paid\n001,1.10,true\n002,22.05,false\n003,3.00,true\n"


@pytest.fixture(scope="module")
def orders(sluice):
    return sluice.upload(CSV, "orders.csv", description="three orders")


@pytest.fixture(scope="module")
def many(sluice):
    return sluice.upload("n\n" + "".join(f"{i}\n" for i in range(12_000)), name="Twelve thousand")


def test_get_is_what_the_upload_answered(sluice, orders):
    assert orders["name"] == "orders", "the default name is the file's"
    assert orders["description"] == "three orders"
    assert orders["source_format"] == "csv"
    got = sluice.dataset(orders["id"])
    for field in set(orders) - {"metadata", "updated_at"}:
        assert got[field] == orders[field], field
    assert set(got["metadata"]) >= {
        "databricks_enabled", "sync_status", "bronze_table", "silver_table", "last_sync_at",
        "last_sync_error", "row_count_databricks", "lakehouse",
    }  # fmt: skip


def test_list_pages_through_everything_once(sluice):
    made = [sluice.ingest(f"Paged {i}", [{"a": i}])["id"] for i in range(5)]
    seen, cursor = [], None
    for _ in range(200):
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = sluice.ok("GET", "/api/v1/datasets", params=params)
        assert len(page["datasets"]) <= 2
        seen += [d["id"] for d in page["datasets"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert cursor is None, "the last page says so"
    assert len(seen) == len(set(seen)), "none twice"
    assert set(made) <= set(seen), "none left out"


@pytest.mark.needs_sync
def test_list_filters_by_status(sluice):
    dataset_id = sluice.ingest("Filtered", [{"a": 1}])["id"]
    sluice.wait_status(dataset_id)
    params = {"sync_status": "synced", "limit": 500}
    page = sluice.ok("GET", "/api/v1/datasets", params=params)["datasets"]
    assert dataset_id in [d["id"] for d in page]
    assert {d["metadata"]["sync_status"] for d in page} == {"synced"}
    params["sync_status"] = "failed"
    page = sluice.ok("GET", "/api/v1/datasets", params=params)["datasets"]
    assert dataset_id not in [d["id"] for d in page]


def test_schema_says_type_and_reason(sluice, orders):
    schema = sluice.ok("GET", f"/api/v1/datasets/{orders['id']}/schema")
    assert schema["dataset_id"] == orders["id"] and schema["version"] == 1
    columns = schema["columns"]
    assert [c["original"] for c in columns] == ["Order ID", "Amount (EUR)", "paid"]
    assert [c["silver"]["name"] for c in columns] == ["order_id", "amount_eur", "paid"]
    assert columns[0]["type"] == "VARCHAR", "leading zeros keep it text"
    assert re.fullmatch(r"DECIMAL\(\d+,2\)", columns[1]["type"])
    assert columns[2]["type"] == "BOOLEAN"
    for column in columns:
        assert not re.search(r"[ ,;{}()\n\t=]", column["name"]), "Delta forbids these"
        assert column["reason"] and column["silver"]["type"] and column["silver"]["reason"]


def test_dataset_as_it_came_and_clean(sluice, orders):
    came = sluice.query(orders["id"], 'SELECT * FROM dataset ORDER BY "Order ID"')
    assert [c["name"] for c in came["columns"]] == ["Order ID", "Amount (EUR)", "paid"]
    assert [[a, str(b), c] for a, b, c in came["rows"]] == [
        ["001", "1.10", True], ["002", "22.05", False], ["003", "3.00", True],
    ]  # fmt: skip
    assert came["row_count"] == 3 and came["truncated"] is False
    clean = sluice.query(orders["id"], "SELECT sum(amount_eur) AS s FROM dataset_clean WHERE paid")
    assert clean["columns"][0]["name"] == "s"
    assert [str(v) for v in clean["rows"][0]] == ["4.10"], "exact, not through a double"


def test_preview(sluice, many):
    answer = sluice.ok("GET", f"/api/v1/datasets/{many['id']}/preview")
    assert [row[0] for row in answer["rows"]] == list(range(20))
    answer = sluice.ok("GET", f"/api/v1/datasets/{many['id']}/preview", params={"limit": 1000})
    assert answer["row_count"] == len(answer["rows"]) == 1000


@pytest.mark.parametrize(
    "sql, rows, truncated",
    [
        ("SELECT n FROM dataset", 10_000, True),
        ("SELECT n FROM dataset WHERE n < 10000", 10_000, False),
        ("SELECT n FROM dataset LIMIT 12000", 12_000, False),
        ("SELECT n FROM dataset LIMIT 10000", 10_000, None),
        ("SELECT n FROM dataset LIMIT 7", 7, None),
        ("SELECT n FROM dataset LIMIT 0", 0, None),
    ],
)
def test_limit_is_honoured(sluice, many, sql, rows, truncated):
    answer = sluice.query(many["id"], sql)
    assert answer["row_count"] == len(answer["rows"]) == rows
    if truncated is not None:
        assert answer["truncated"] is truncated


@pytest.mark.needs_sync
def test_limit_is_honoured_over_the_lakehouse(sluice, many):
    silver = sluice.wait_status(many["id"])["silver_table"]
    assert sluice.lakehouse(f"SELECT * FROM {silver}")["truncated"] is True
    answer = sluice.lakehouse(f"SELECT * FROM {silver} LIMIT 12000")
    assert len(answer["rows"]) == 12_000 and answer["truncated"] is False


def gone(sluice, dataset_id):
    base = f"/api/v1/datasets/{dataset_id}"
    for method, path in (
        ("GET", base), ("GET", base + "/databricks/status"), ("GET", base + "/schema"),
        ("GET", base + "/preview"), ("GET", base + "/query?sql=SELECT%201"),
        ("POST", base + "/sync"), ("DELETE", base),
    ):  # fmt: skip
        response = sluice.call(method, path)
        assert response.status_code == 404, f"{method} {path}: {response.status_code}"
    listed = sluice.ok("GET", "/api/v1/datasets", params={"limit": 500})["datasets"]
    assert dataset_id not in [d["id"] for d in listed]


@pytest.mark.needs_sync
def test_delete_keeps_the_lakehouse_tables(sluice):
    dataset_id = sluice.ingest("Deleted here", [{"a": 1}, {"a": 2}])["id"]
    status = sluice.wait_status(dataset_id)
    sluice.ok("DELETE", f"/api/v1/datasets/{dataset_id}", 204)
    gone(sluice, dataset_id)
    for table in (status["bronze_table"], status["silver_table"]):
        assert sluice.value(f"SELECT count(*) FROM {table}") == 2, "the lakehouse keeps its own"


@pytest.mark.needs_sync
def test_tables_are_dropped_and_made_again(sluice):
    dataset_id = sluice.upload(b"a,b\n1,2\n3,4\n", "fleeting.csv")["id"]
    table = sluice.wait_status(dataset_id)["silver_table"]
    runs = sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/databricks/runs")["runs"]
    assert [(run["outcome"], run["version"], run["error"]) for run in runs] == [("synced", 1, None)]
    answer = sluice.ok("DELETE", f"/api/v1/datasets/{dataset_id}/databricks", 202)
    assert (answer["sync_status"], answer["waiting_for"]) == ("pending", "dispatcher")
    status = sluice.wait_status(dataset_id, "not_synced")
    assert (status["silver_table"], status["row_count_databricks"], status["synced_version"]) == (None, None, None)
    assert sluice.call("POST", "/api/v1/query", json={"sql": f"SELECT * FROM {table}"}).status_code == 400
    assert sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/query", json={"sql": "SELECT count(*) FROM dataset"})["rows"] == [[2]]
    # Once more: nothing is there, which is what was asked for.
    sluice.ok("DELETE", f"/api/v1/datasets/{dataset_id}/databricks", 202)
    sluice.wait_status(dataset_id, "not_synced")
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    sluice.wait_status(dataset_id)
    assert sluice.ok("POST", "/api/v1/query", json={"sql": f"SELECT count(*) FROM {table}"})["rows"] == [[2]]
    runs = sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/databricks/runs?limit=2")["runs"]
    assert [run["outcome"] for run in runs] == ["synced", "dropped"]
    usage = sluice.ok("GET", "/api/v1/usage?days=1")
    assert usage["runs"] >= 4 and (usage["cost"]["statements"] > 0) == bool(workspace)
    assert sluice.call("GET", "/api/v1/usage?days=0").json()["code"] == "bad_days"


def test_delete_may_drop_the_lakehouse_tables(sluice):
    dataset_id = sluice.ingest("Dropped there", [{"a": 1}])["id"]
    status = sluice.wait_status(dataset_id)
    sluice.ok("DELETE", f"/api/v1/datasets/{dataset_id}?lakehouse=drop", 204)
    gone(sluice, dataset_id)
    for table in (status["bronze_table"], status["silver_table"]):

        def dropped(table=table):
            body = {"sql": f"SELECT count(*) FROM {table}"}
            return sluice.call("POST", "/api/v1/query", json=body).status_code in (400, 404)

        until(dropped, 60, f"{table} is dropped")


def test_a_dataset_that_never_was(sluice):
    gone(sluice, str(uuid.uuid4()))
    gone(sluice, "not-an-id")
