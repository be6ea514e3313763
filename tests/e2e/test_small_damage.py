"""Parts that are damaged, deleted, full or there twice: the damage stays small, and what to do is said in one line."""

import contextlib
import os
import shutil
import signal
import subprocess
import time

import pytest
from machine import free_port, has_fault_points, until

LOCAL = {"DATABRICKS_SYNC_ENABLED": "false"}


def ended(sluice, part, timeout_s=30, **env):
    """Exit code and output of a part that should refuse to start."""
    log = sluice.folder / f"{part}-{time.monotonic_ns()}.log"
    popen = sluice.spawn(part, log=log, **env)
    return popen.wait(timeout_s), log.read_text()


@pytest.mark.parametrize("how", ["truncated", "removed", "another"])
def test_an_empty_database_beside_files_is_refused(make_sluice, how):
    sluice = make_sluice(**LOCAL).start()
    dataset = sluice.upload("a\n1\n", name="Kept")
    assert sluice.terminate() == 0
    database = sluice.data / "metadata.db"
    whole = database.read_bytes()
    database.unlink()
    if how == "truncated":
        database.touch()
    if how == "another":
        import sqlite3

        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("CREATE TABLE something (a)")
    code, said = ended(sluice, "serve")
    assert code == 1
    assert "The metadata database is empty" in said and "backup" in said and "datasets" in said, said
    assert (sluice.data / "storage" / "datasets" / dataset["file_name"]).exists()
    # And it is no worse for having been tried.
    code, said = ended(sluice, "api")
    assert code == 1 and "The metadata database is empty" in said, said
    for path in sluice.data.glob("metadata.db*"):
        path.unlink()
    database.write_bytes(whole)
    sluice.start()
    assert sluice.query(dataset["id"], "SELECT a FROM dataset")["rows"] == [[1]]


def test_an_empty_folder_is_a_first_start(make_sluice):
    sluice = make_sluice(**LOCAL)
    sluice.data.mkdir(parents=True)
    (sluice.data / "metadata.db").touch()
    sluice.start()
    assert sluice.ok("GET", "/api/v1/datasets")["datasets"] == []


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_folders_deleted_under_a_running_server_are_made_again(make_sluice):
    sluice = make_sluice().start()
    first = sluice.upload("a\n1\n", name="First")
    sluice.wait_status(first["id"])
    for name in ("lakehouse", "storage/datasets/tmp", "storage/uploads", "storage/query_results"):
        shutil.rmtree(sluice.data / name)
    second = sluice.upload("a\n1\n", name="Second")
    sluice.wait_status(second["id"])
    assert sluice.value(f"SELECT count(*) FROM {sluice.status(second['id'])['silver_table']}") == 1
    # What was deleted with it comes back by hand.
    sluice.ok("POST", f"/api/v1/datasets/{first['id']}/sync", 202)
    sluice.wait_status(first["id"])
    created = sluice.call(
        "POST", "/api/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "filename YS5jc3Y="}
    )
    assert created.status_code == 201, created.text
    path = created.headers["Location"].removeprefix(sluice.url)
    headers = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    assert sluice.call("PATCH", path, headers=headers, data=b"a\n1\n").status_code == 204
    started = sluice.ok("POST", "/api/v1/query?mode=async", 202, json={"sql": "SELECT 7 AS n"})

    def result():
        response = sluice.call("GET", f"/api/v1/queries/{started['id']}/result")
        return response if response.ok else None

    assert until(result, 20, "the query's result").json()["rows"] == [[7]]


def test_a_second_api_on_the_folder_is_refused(make_sluice):
    sluice = make_sluice(**LOCAL).start()
    started = sluice.ok("POST", "/api/v1/query?mode=async", 202, json={"sql": "SELECT 7 AS n"})
    path = f"/api/v1/queries/{started['id']}/result"
    until(lambda: sluice.call("GET", path).ok, 20, "the query's result")
    code, said = ended(sluice, "api", API_LISTEN=f"127.0.0.1:{free_port()}")
    assert code == 1
    assert "Another sluice api runs on" in said and "DATA_STORAGE_PATH" in said, said
    assert sluice.ok("GET", path)["rows"] == [[7]], "the first one's results are still there"
    # One that was killed is no obstacle for the one that follows it.
    sluice.child("api").kill()
    until(lambda: sluice.call("GET", "/api/v1/datasets").ok if healthy(sluice) else None, 30, "it is back")


def healthy(sluice):
    with contextlib.suppress(OSError):
        return sluice.http.get(sluice.url + "/health", timeout=2).ok
    return False


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 96 MiB, as DATA_STORAGE_PATH."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m,mode=0700", "sluice-test", str(folder)], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    """Until not a byte is free; gives the file that does it."""
    path = folder / "filler"
    with open(path, "wb") as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    os.write(file.fileno(), b"x" * size)
    assert os.statvfs(folder).f_bavail == 0
    return path


def full_and_running(make_sluice, small_disk, datasets):
    sluice = make_sluice(DATA_STORAGE_PATH=small_disk / "data", DISK_FREE_BYTES_MIN=0, SCRUB_INTERVAL_S=0,
                         DATABRICKS_AUTO_SYNC="false")
    sluice.data = small_disk / "data"
    sluice.start()
    ids = [
        sluice.upload("id,v\n" + "".join(f"{i},{i * 7919 % 99991}\n" for i in range(20_000)), name=f"D{n}")["id"]
        for n in range(datasets)
    ]
    for dataset_id in ids:
        until(lambda d=dataset_id: sluice.call("GET", f"/api/v1/datasets/{d}/profile").ok, 60, "its profile")
    # The whole log of the database is in use, and what it may grow by is none.
    reserve = sluice.data / "metadata.db-reserve"
    with contextlib.suppress(AssertionError):  # One that keeps none has to do without.
        until(lambda: reserve.exists() and reserve.stat().st_size > 0, 10, "the reserve")
    fill(small_disk)
    return sluice, ids


@pytest.mark.needs_sync
def test_a_full_disk_lets_one_delete_and_ask_for_a_sync(make_sluice, small_disk):
    sluice, ids = full_and_running(make_sluice, small_disk, 4)
    asked = sluice.call("POST", f"/api/v1/datasets/{ids[0]}/sync")
    assert asked.status_code == 202, asked.text
    for dataset_id in ids[1:]:
        deleted = sluice.call("DELETE", f"/api/v1/datasets/{dataset_id}")
        assert deleted.status_code == 204, deleted.text
    assert [d["id"] for d in sluice.ok("GET", "/api/v1/datasets")["datasets"]] == [ids[0]]
    (small_disk / "filler").unlink()
    sluice.wait_status(ids[0], timeout_s=90)
    assert sluice.query(ids[0], "SELECT count(*) FROM dataset")["rows"] == [[20_000]]


def test_a_full_disk_lets_one_start_and_delete(make_sluice, small_disk):
    sluice, ids = full_and_running(make_sluice, small_disk, 2)
    sluice.kill()
    until(lambda: not [p for p in sluice.known if p.alive()], 20, "all have ended")
    (small_disk / "filler").unlink()  # Temporal, too, wants to start; then it is full once more.
    sluice.env.update(LOCAL)
    fill(small_disk)
    sluice.start()
    assert sluice.call("DELETE", f"/api/v1/datasets/{ids[0]}").status_code == 204
    assert [d["id"] for d in sluice.ok("GET", "/api/v1/datasets")["datasets"]] == [ids[1]]


@pytest.mark.needs_sync
@pytest.mark.local_lakehouse
def test_what_a_killed_mcp_server_left_is_swept_by_the_next(make_sluice, built):
    if not has_fault_points():
        pytest.skip("a release build has no fault points to be killed at")
    sluice = make_sluice(SLUICE_FAULT="mcp.downloaded:delay_ms=6000").start()
    dataset_id = sluice.upload("a\n1\n", name="Killed")["id"]

    def landed():
        return list((sluice.data / "lakehouse" / "landing").rglob("*.part"))

    until(landed, 40, "the file has landed")
    left = landed()
    mcp = sluice.wait_child("mcp")
    mcp.kill(signal.SIGKILL)
    sluice.wait_child("mcp", other_than=mcp)
    until(lambda: not any(path.exists() for path in left), 20, "the next one sweeps it at its start")
    sluice.wait_status(dataset_id)
    until(lambda: not landed(), 20, "nothing is left")


def test_no_token_in_any_log(make_sluice):
    sluice = make_sluice(**LOCAL).start()
    assert sluice.ok("GET", "/api/v1/datasets")["datasets"] == []
    assert sluice.token and sluice.token not in sluice.logs()
    assert str(sluice.data / "token") in sluice.logs(), "where it lies is said"


@pytest.mark.parametrize("content", ["", "garbage\n", "slc_" + "0" * 64 + "\n"])
def test_a_token_file_that_the_store_does_not_know_is_not_believed(make_sluice, content):
    """As after a crash between writing the file and adding the token."""
    sluice = make_sluice(**LOCAL).start()
    old = sluice.token
    assert sluice.terminate() == 0
    (sluice.data / "token").write_text(content)
    sluice.start()
    assert sluice.token.strip() and sluice.token != content.strip()
    assert sluice.call("GET", "/api/v1/datasets").status_code == 200
    assert sluice.call("GET", "/api/v1/datasets", token=old).status_code == 200
    kept = sluice.token
    assert sluice.terminate() == 0
    sluice.start()
    assert sluice.token == kept, "a known one stays"


def test_a_crash_before_the_token_file_leaves_no_lie(make_sluice, tmp_path):
    if not has_fault_points():
        pytest.skip("a release build has no fault points to be killed at")
    sluice = make_sluice(**LOCAL)
    died = tmp_path / "died"
    popen = sluice.spawn("api", SLUICE_FAULT=f"bootstrap.token_added:exit_once={died}")
    assert popen.wait(30) == 137 and died.exists()
    sluice.start()
    assert sluice.call("GET", "/api/v1/datasets").status_code == 200
