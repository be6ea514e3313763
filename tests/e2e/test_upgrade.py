"""A data folder from before wants were recorded and payloads sealed: what was under way there goes on."""

import json
import pathlib
import sqlite3
import tarfile
from contextlib import closing

import pytest
from machine import until

pytestmark = [pytest.mark.needs_sync, pytest.mark.local_lakehouse]
BEFORE = pathlib.Path(__file__).parent / "before_wants/data.tar.xz"


def test_what_was_under_way_goes_on(make_sluice):
    sluice = make_sluice(DATABRICKS_RETRY_INTERVAL="10")
    with tarfile.open(BEFORE) as archive:
        archive.extractall(sluice.folder, filter="data")
    ids = json.loads((sluice.data / "ids.json").read_text())
    tables = sluice.data / "lakehouse/catalog_tenant_default/bronze"
    assert {"dropped", "gone", "kept"} <= {f.name for f in tables.iterdir()}
    sluice.start()
    for name, rows in (("untouched", 5), ("paused", 4)):
        status = sluice.wait_status(ids[name], timeout_s=60)
        assert status["row_count_databricks"] == rows, status
    sluice.wait_status(ids["dropped"], "not_synced", timeout_s=60)
    # Nobody can ask what became of this one, for it is deleted.
    until(lambda: not (tables / "gone").exists(), 60, "the drop of a deleted dataset is done")
    assert not (tables / "dropped").exists()
    assert (tables / "kept").exists(), "nobody asked for that to go"
    assert "nobody asked for it" not in sluice.logs()
    with closing(sqlite3.connect(f"file:{sluice.data}/metadata.db?mode=ro", uri=True)) as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    dataset = sluice.ingest("After", [{"a": 1}])["id"]
    sluice.wait_status(dataset)
