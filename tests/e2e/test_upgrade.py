"""Data folders of older versions (record_install.py), with work under way: all of it goes on."""

import json
import pathlib
import sqlite3
import tarfile
from contextlib import closing

import pytest
from machine import until

pytestmark = [pytest.mark.needs_sync, pytest.mark.local_lakehouse]
HERE = pathlib.Path(__file__).parent


def rows_of(sluice, statement):
    with closing(sqlite3.connect(f"file:{sluice.data}/metadata.db?mode=ro", uri=True)) as db:
        return db.execute(statement).fetchall()


def ids_of(sluice, install):
    with tarfile.open(HERE / install / "data.tar.xz") as archive:
        archive.extractall(sluice.folder, filter="data")
    return json.loads((sluice.data / "ids.json").read_text())


def check_what_was_under_way(sluice, ids, synced):
    tables = sluice.data / "lakehouse/catalog_tenant_default/bronze"
    assert {"dropped", "gone", "kept"} <= {f.name for f in tables.iterdir()}
    sluice.start()
    for name, rows in synced.items():
        status = sluice.wait_status(ids[name], timeout_s=60)
        assert status["row_count_databricks"] == rows, status
    sluice.wait_status(ids["dropped"], "not_synced", timeout_s=60)
    # Nobody can ask what became of this one, for it is deleted.
    until(lambda: not (tables / "gone").exists(), 60, "the drop of a deleted dataset is done")
    assert not (tables / "dropped").exists()
    assert (tables / "kept").exists(), "nobody asked for that to go"
    assert "nobody asked for it" not in sluice.logs()
    assert "nondeterminism" not in sluice.logs()
    assert rows_of(sluice, "SELECT count(*) FROM outbox") == [(0,)]
    dataset = sluice.ingest("After", [{"a": 1}])["id"]
    sluice.wait_status(dataset)


def test_from_before_wants_were_recorded_and_payloads_sealed(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="10")
    check_what_was_under_way(sluice, ids_of(sluice, "before_wants"), {"untouched": 5, "paused": 4})


def test_from_before_runs_handed_over(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="10")
    ids = ids_of(sluice, "before_house")
    left = f"SELECT outcome FROM sync_runs WHERE dataset_id = '{ids['overtaken']}' AND version = 1"
    assert rows_of(sluice, left) == [("running",)], "as that version left a run that was overtaken"
    check_what_was_under_way(sluice, ids, {"untouched": 5, "paused": 4, "overtaken": 7})
    assert rows_of(sluice, left) == [("superseded",)]
    unended = "SELECT run_id FROM sync_runs WHERE ended_at_us IS NULL"
    until(lambda: rows_of(sluice, unended) == [], 30, "no run is left without an end")
