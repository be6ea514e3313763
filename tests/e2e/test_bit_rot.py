"""Single bits that flip in stored files: never an answer, always named, and mended by what the status says."""

import pytest
from machine import until
from rot import FAST, OFF, ROWS, ask, assert_refused, csv_text, damage, flip, flips, stored, table_file, wait_settled


def test_a_dozen_flips_are_refused_and_named(make_sluice):
    wrong, unnamed, refused = flips(make_sluice(), 12)
    assert wrong == [] and unnamed == []
    assert refused == 12


def test_what_a_damaged_file_does_not_take_along(make_sluice):
    sluice = make_sluice(DATABRICKS_SYNC_ENABLED="false", **OFF).start()
    dataset_id = sluice.upload(csv_text(), name="Small damage", options='{"rejects_max": 10}')["id"]
    wait_settled(sluice, dataset_id)
    files = stored(sluice, dataset_id)[0]
    flip(files["rejects"])
    assert sluice.query(dataset_id, "SELECT count(*) FROM dataset")["rows"] == [[ROWS]]
    assert_refused(ask(sluice, dataset_id, "rejects"), "rejects")
    listed = sluice.ok("GET", "/api/v1/datasets")["datasets"][0]
    assert [entry["file"] for entry in listed["damage"]] == ["rejects"]
    assert "/reingest" in listed["damage"][0]["remedy"]
    assert sluice.status(dataset_id)["damage"] == listed["damage"]
    def counted():
        return "datasets_damaged_files 1" in sluice.http.get(sluice.url + "/metrics", timeout=10).text

    until(counted, 10, "the metrics count it")  # they are as of the last second
    sluice.query(dataset_id, "SELECT 1")
    assert sluice.logs().count("a stored file is damaged") == 1, "logged once"


def test_reingest_mends_a_damaged_parquet_file_and_refuses_a_damaged_original(make_sluice):
    sluice = make_sluice(DATABRICKS_SYNC_ENABLED="false", **OFF).start()
    dataset_id = sluice.upload(csv_text(), name="Mended", options='{"rejects_max": 10}')["id"]
    wait_settled(sluice, dataset_id)
    right = ask(sluice, dataset_id, "data").content
    files = stored(sluice, dataset_id)[0]
    flip(files["data"])
    refused = ask(sluice, dataset_id, "data")
    assert_refused(refused, "data")
    assert "/reingest" in refused.json()["hint"]
    mended = sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/reingest", 201, json={"rejects_max": 10})
    assert mended["version"] == 2 and mended["damage"] == []
    assert ask(sluice, dataset_id, "data").content == right
    assert damage(sluice, dataset_id) == {}

    files = stored(sluice, dataset_id)[0]
    flip(files["source"])
    flip(files["data"])
    response = sluice.call("POST", f"/api/v1/datasets/{dataset_id}/reingest", json={"rejects_max": 10})
    assert_refused(response, "source")
    assert_refused(ask(sluice, dataset_id, "data"), "data")
    found = damage(sluice, dataset_id)
    assert set(found) == {"data", "source"}
    assert "/versions" in found["data"]["remedy"], "an original that is damaged as well is no remedy"
    sluice.new_version(dataset_id, "id\n1\n")
    assert damage(sluice, dataset_id) == {}


def test_rot_behind_the_back_of_a_warm_worker(make_sluice):
    """The worker has the file open and its pages in memory, and no time of the file changes."""
    sluice = make_sluice(DATABRICKS_SYNC_ENABLED="false", **FAST).start()
    dataset_id = sluice.upload(csv_text(), name="Warm", options='{"rejects_max": 10}')["id"]
    wait_settled(sluice, dataset_id)
    for _ in range(3):
        assert ask(sluice, dataset_id, "data").ok
    flip(stored(sluice, dataset_id)[0]["data"])
    until(lambda: damage(sluice, dataset_id), 20, "the scrubber finds it")
    assert_refused(ask(sluice, dataset_id, "data"), "data")


def test_a_missing_file_is_damage_too(make_sluice):
    sluice = make_sluice(DATABRICKS_SYNC_ENABLED="false", **FAST).start()
    dataset_id = sluice.upload(csv_text(), name="Gone", options='{"rejects_max": 10}')["id"]
    wait_settled(sluice, dataset_id)
    stored(sluice, dataset_id)[0]["data"].unlink()
    assert_refused(ask(sluice, dataset_id, "data"), "data")
    until(lambda: "data" in damage(sluice, dataset_id), 20, "it is named")


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_restore_from_bronze_and_damaged_tables(make_sluice):
    sluice = make_sluice(KEEP_SOURCE="false", **FAST).start()
    dataset_id = sluice.upload("id,v\n1,2\n3,4\n", name="From bronze")["id"]
    status = sluice.wait_status(dataset_id)
    base = f"/api/v1/datasets/{dataset_id}"
    path = sluice.data / "storage" / "datasets" / sluice.dataset(dataset_id)["file_name"]
    whole = path.read_bytes()

    flip(path)
    refused = sluice.call("GET", base + "/preview")
    assert_refused(refused, "data")
    assert "/restore" in refused.json()["hint"]
    assert sluice.ok("POST", base + "/restore")["damage"] == []
    assert path.read_bytes() == whole
    assert sluice.ok("GET", base + "/preview")["rows"] == [[1, 2], [3, 4]]
    assert sluice.ok("POST", base + "/restore")["version"] == 1, "nothing to do is no error"

    for layer in ("silver", "bronze"):
        table = status[f"{layer}_table"]
        flip(table_file(sluice, layer, table))
        response = sluice.call("POST", "/api/v1/query", json={"sql": f"SELECT * FROM {table}"})
        assert_refused(response, layer)
        assert f"{base}/sync" in response.json()["hint"]
        assert layer in damage(sluice, dataset_id)
        if layer == "bronze":
            path.unlink()
            until(lambda: "data" in damage(sluice, dataset_id), 20, "the scrubber misses it")
            response = sluice.call("POST", base + "/restore")
            assert response.status_code == 409 and response.json()["code"] == "restore_impossible"
            assert "/versions" in response.json()["hint"]
            path.write_bytes(whole)
        sluice.ok("POST", base + "/sync", 202)
        sluice.wait_status(dataset_id)
        assert sluice.value(f"SELECT sum(v) FROM {table}") in (6, "6")
        until(lambda layer=layer: layer not in damage(sluice, dataset_id), 20, "the mark goes")


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_a_damaged_file_is_not_synced(make_sluice):
    sluice = make_sluice(DATABRICKS_AUTO_SYNC="false", KEEP_SOURCE="false", **OFF).start()
    dataset_id = sluice.upload("id,v\n1,2\n3,4\n", name="Rotten sync")["id"]
    assert sluice.call("GET", f"/api/v1/datasets/{dataset_id}/profile").ok
    flip(sluice.data / "storage" / "datasets" / sluice.dataset(dataset_id)["file_name"])
    sluice.ok("POST", f"/api/v1/datasets/{dataset_id}/sync", 202)
    status = sluice.wait_status(dataset_id, "failed")
    assert status["last_sync_error_class"] == "needs_you", status
    assert "is not what was stored" in status["last_sync_error"], status
    assert "data" in damage(sluice, dataset_id)
