"""Other damage than that of the attack report: bits of every kind of file, parts of the data folder gone or of no sense. No answer
is wrong, what still can serves, and what cannot says so in words."""

import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
import requests
from machine import until
from tus import begun, ended, send

ROWS = 300
FLIPPED = int(os.environ.get("SOAK_FLIPS", 12))  # datasets, each with five files
SEED = int(os.environ.get("SOAK_SEED", 1))


def content(rng):
    lines = [f"{i},name {rng.randrange(1000)},{rng.randrange(10**6)}.{rng.randrange(100):02}" for i in range(ROWS)]
    lines[rng.randrange(ROWS)] += ",ragged,row"
    return "id,name,amount\n" + "\n".join(lines) + "\n"


def answers(sluice, dataset):
    """Whatever a tenant can be told of the bytes of one dataset: (status, what it says)."""
    path = f"/api/v1/datasets/{dataset['id']}"
    sql = "SELECT sum(id), bit_xor(hash(name)), sum(amount), count(*) FROM {}"
    asked = {
        "data": sluice.call("GET", path + "/query", params={"sql": sql.format("dataset")}),
        "rejects": sluice.call("GET", path + "/rejects"),
        "source": sluice.call("GET", path + "/source"),
        "bronze": sluice.call("POST", "/api/v1/query", json={"sql": sql.format(dataset["bronze"])}),
        "silver": sluice.call("POST", "/api/v1/query", json={"sql": sql.format(dataset["silver"])}),
    }
    return {what: (a.status_code, a.content) for what, a in asked.items()}


def files_of(sluice, dataset):
    """The one file behind each of `answers`."""
    stored = sluice.data / "storage/datasets"
    found = {"data": stored / dataset["file_name"], "source": next(stored.glob(f"{dataset['id']}*source*"))}
    rejects = [path for path in stored.glob(f"{dataset['id']}*") if "reject" in path.name]
    assert len(rejects) == 1, rejects
    found["rejects"] = rejects[0]
    for layer in ("bronze", "silver"):
        tables = sluice.delta_tables(dataset[layer], layer)
        found[layer] = next(path for path in sorted(tables[0].rglob("*.parquet")))
    return found


def flip(rng, path):
    """A bit of it, as a disk does it: its time stays what it was."""
    stat = path.stat()
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    mode = stat.st_mode
    path.chmod(mode | 0o200)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data[at : at + 1])
    path.chmod(mode)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return at


def made(sluice, rng, count):
    datasets = []
    for i in range(count):
        dataset = sluice.upload(content(rng), name=f"flipped {i}")
        seen = sluice.wait_status(dataset["id"])
        datasets.append({**dataset, "bronze": seen["bronze_table"], "silver": seen["silver_table"]})
    return datasets


def judged(before, after):
    """For each kind of file: same, refused, or WRONG."""
    ends = {}
    for what, (status, body) in before.items():
        now, said = after[what]
        assert status == 200
        ends[what] = "refused" if now != 200 else "same" if said == body else "WRONG"
    return ends


@pytest.mark.parametrize("restarted", [True, False], ids=["before_a_start", "while_running"])
def test_a_flipped_bit_is_never_an_answer(make_sluice, figure, restarted):
    rng = random.Random(SEED)
    sluice = make_sluice().start()
    datasets = made(sluice, rng, FLIPPED)
    before = [answers(sluice, dataset) for dataset in datasets]
    files = [files_of(sluice, dataset) for dataset in datasets]
    if restarted:
        sluice.terminate()
    for of in files:
        for path in of.values():
            flip(rng, path)
    if restarted:
        sluice.start()
    counted = {}
    for dataset, then in zip(datasets, before):
        for what, end in judged(then, answers(sluice, dataset)).items():
            counted.setdefault(what, []).append(end)
    said = {what: {end: ends.count(end) for end in sorted(set(ends))} for what, ends in counted.items()}
    figure(f"a bit flipped in each of {FLIPPED} files of a kind, {'before a start' if restarted else 'while running'}, seed {SEED}: {said}")
    assert not [what for what, ends in counted.items() if "WRONG" in ends], said


def stop(sluice):
    sluice.terminate()
    return sluice


def serves(sluice):
    """A file is taken and answered."""
    dataset = sluice.upload("a,b\n1,2\n3,4\n")
    assert sluice.query(dataset["id"], "SELECT sum(a + b) FROM dataset")["rows"] == [[10]]
    return dataset


def scramble(path, start=0.3, end=0.7):
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = random.Random(SEED).randbytes(last - first)
    path.write_bytes(data)


TEMPORAL = {
    "scrambled in the middle": scramble,
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "of no bytes": lambda path: os.truncate(path, 0),
    "another program's database": lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()),
    "a text": lambda path: path.write_text("hello" * 10_000),
}


@pytest.mark.parametrize("damage", TEMPORAL)
def test_temporals_database_is_damaged(make_sluice, figure, damage):
    sluice = make_sluice().start()
    old = sluice.upload("a\n1\n")
    sluice.wait_status(old["id"])
    stop(sluice)
    path = next(sluice.data.rglob("temporal.db"))
    for more in path.parent.glob("temporal.db-*"):
        more.unlink()
    TEMPORAL[damage](path)
    sluice.start()
    assert sluice.query(old["id"], "SELECT a FROM dataset")["rows"] == [[1]]
    dataset = serves(sluice)
    began = time.monotonic()
    sluice.wait_status(dataset["id"], timeout_s=90)
    figure(f"temporal.db {damage}: local service goes on, a new sync after {time.monotonic() - began:.1f} s")


SAID = {
    "a folder": lambda path: (path.unlink(), path.mkdir(), (path / "x").write_text("x")),
    "of a schema that is gone": lambda path: sqlite3.connect(path).execute("DROP TABLE executions").connection.close(),
}


@pytest.mark.parametrize("damage", SAID)
def test_what_is_not_set_aside_is_said(make_sluice, damage):
    """No file of the server's own, and one with which it starts and fails at each workflow: somebody has to look."""
    sluice = make_sluice().start()
    sluice.wait_status(sluice.upload("a\n1\n")["id"])
    stop(sluice)
    SAID[damage](next(sluice.data.rglob("temporal.db")))
    sluice.start()
    sluice.wait_status(serves(sluice)["id"], "pending", waiting_for="temporal", timeout_s=60)


METADATA = {
    "gone": lambda path: path.unlink(),
    "of no bytes": lambda path: os.truncate(path, 0),
    "another program's database": lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()),
    "scrambled": scramble,
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "without its tables": lambda path: sqlite3.connect(path).executescript("DROP TABLE IF EXISTS tokens; DROP TABLE IF EXISTS outbox;").connection.close(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", METADATA)
def test_the_metadata_is_damaged(make_sluice, figure, damage):
    """It refuses to start in one line that says what to do, and touches no file; an empty list of datasets would be a lie."""
    sluice = make_sluice(MCP_ENABLED="false").start()
    dataset = sluice.upload("a\n1\n")
    stop(sluice)
    path = sluice.data / "metadata.db"
    for more in path.parent.glob("metadata.db-*"):
        more.unlink()
    METADATA[damage](path)
    popen = sluice.spawn("serve")
    try:
        code = popen.wait(20)
    except subprocess.TimeoutExpired:
        popen.terminate()
        popen.wait(10)
        code = None
    lines = [line for line in sluice.logs().splitlines() if "metadata" in line]
    figure(f"metadata.db {damage}: exit {code}: {lines[-1][:200] if lines else 'nothing said'}")
    assert (sluice.data / "storage/datasets" / dataset["file_name"]).exists()
    assert code not in (None, 0), "it served, as if there had never been a dataset"
    assert lines


@pytest.mark.parametrize("folder", ["lakehouse", "lakehouse/landing", "storage/datasets/tmp", "storage/uploads", "storage/query_results"])
def test_a_folder_goes_while_it_runs(make_sluice, figure, folder):
    sluice = make_sluice().start()
    sluice.wait_status(serves(sluice)["id"])
    path = sluice.data / folder
    assert path.exists(), f"no {path}"
    shutil.rmtree(path)
    dataset = serves(sluice)
    upload = begun(sluice, 8)
    send(sluice, upload, b"a,b\n1,2\n")
    assert ended(sluice, upload)["dataset_id"]
    query = sluice.call("POST", "/api/v1/query?mode=async", json={"sql": "SELECT 42"})
    assert query.status_code == 202
    at = query.headers["Location"]
    until(lambda: sluice.ok("GET", at)["status"] not in ("queued", "running"), 20, "the query ends")
    assert sluice.call("GET", at + "/result").status_code == 200, sluice.ok("GET", at)
    sluice.wait_status(dataset["id"])
    figure(f"{folder}/ deleted under a running server: uploads, queries and syncs go on")


@pytest.mark.parametrize("command", ["api", "mcp", "worker"])
def test_a_second_of_a_part_takes_nothing_from_the_first(make_sluice, figure, command):
    sluice = make_sluice().start()
    dataset = serves(sluice)
    query = sluice.call("POST", "/api/v1/query?mode=async", json={"sql": "SELECT 42"})
    at = query.headers["Location"]
    until(lambda: sluice.ok("GET", at)["status"] == "done", 20, "the query ends")
    second = sluice.spawn(command, log=sluice.folder / "second.log", API_LISTEN="127.0.0.1:0", MCP_LISTEN="127.0.0.1:0", WORKER_LISTEN="127.0.0.1:0")
    time.sleep(4)
    code = second.poll()
    said = pathlib.Path(sluice.folder / "second.log").read_text().splitlines()
    second.terminate()
    second.wait(15)
    figure(f"a second `sluice {command}`: exit {code}: {said[-1][:160] if said else ''}")
    assert sluice.call("GET", at + "/result").status_code == 200
    sluice.wait_status(dataset["id"])
    sluice.wait_status(serves(sluice)["id"])
    if command == "api":
        assert code not in (None, 0), "two APIs on one folder"


@pytest.mark.parametrize("part, names", [("worker", {"worker"}), ("mcp", {"mcp"}), ("temporal", {"temporal", "dispatcher"}), ("api", set())])
def test_a_part_that_is_stopped_is_named(make_sluice, figure, part, names):
    sluice = make_sluice().start()
    sluice.wait_status(serves(sluice)["id"])
    process = sluice.child(part)
    seen = {}
    os.kill(process.pid, signal.SIGSTOP)
    try:
        if part == "api":  # nobody can ask it; it must go on as if nothing had been
            time.sleep(20)
        else:
            dataset = serves(sluice)
            began = time.monotonic()

            def named():
                seen.update(sluice.status(dataset["id"]))
                return seen["waiting_for"] in names

            until(named, 60, lambda: f"{part} is stopped, and the status says {seen['sync_status']}, {seen['waiting_for']}")
            figure(f"{part} stopped: `waiting_for` {seen['waiting_for']} after {time.monotonic() - began:.0f} s")
    finally:
        os.kill(process.pid, signal.SIGCONT)

    def answers_again():
        try:
            return sluice.call("GET", "/api/v1/datasets", timeout=3).status_code == 200
        except requests.RequestException:
            return False

    until(answers_again, 30, "the API answers")
    sluice.wait_status(serves(sluice)["id"], timeout_s=90)
