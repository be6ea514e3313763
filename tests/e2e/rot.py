"""Single bits that flip in stored files, and who finds them."""

import contextlib
import os
import pathlib
import random
import sqlite3

from machine import until

FAST = {"SCRUB_INTERVAL_S": 1, "SCRUB_BYTES_PER_S": 1 << 30}
OFF = {"SCRUB_INTERVAL_S": 0}
ROWS = 20_000


def csv_text(rows=ROWS):
    """Numbers and words; two rows in a hundred do not fit and are rejects."""
    draw = random.Random(19)
    lines = ["id,v,word"]
    lines += [f"{i},{draw.randrange(10**9)},w{draw.randrange(999)}" for i in range(rows)]
    lines += ["1,2", "3,4,5,6"]
    return "\n".join(lines) + "\n"


def flip(path, draw=random):
    """One bit; the times stay as they were, as where the disk itself rots."""
    info = os.stat(path)
    at = draw.randrange(info.st_size)
    bit = 1 << draw.randrange(8)
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    return at, bit


def unflip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))


def stored(sluice, dataset_id):
    """Paths of data, rejects and original, and the digests that are known of them."""
    uri = f"file:{sluice.data}/metadata.db?mode=ro"
    sql = (
        "SELECT v.file_name, v.rejects_file, v.source_file, v.rejects_sha256, v.source_sha256, v.packed_sha256 "
        "FROM dataset_versions v JOIN datasets d ON d.dataset_id = v.dataset_id AND v.version = d.current_version "
        "WHERE d.dataset_id = ?"
    )
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as db:
        data, rejects, source, *digests = db.execute(sql, (dataset_id,)).fetchone()
    folder = sluice.data / "storage" / "datasets"
    return {"data": folder / data, "rejects": folder / rejects, "source": folder / source}, digests


def table_file(sluice, layer, table):
    """The data file of a lakehouse table's newest commit."""
    uri = f"file:{sluice.data}/metadata.db?mode=ro"
    sql = "SELECT location, data_file FROM lakehouse_tables WHERE schema_name = ? AND table_name = ?"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as db:
        location, name = db.execute(sql, (layer, table.split(".")[-1])).fetchone()
    return pathlib.Path(location) / name


def wait_settled(sluice, dataset_id):
    """The original is packed, and all digests are known."""
    until(lambda: all(stored(sluice, dataset_id)[1]), 30, "the digests of all files")
    source = stored(sluice, dataset_id)[0]["source"]
    until(lambda: source.stat().st_size < len(csv_text()), 30, "the original is packed")
    until(lambda: sluice.call("GET", f"/api/v1/datasets/{dataset_id}/profile").ok, 60, "the profile")


ASKED = {
    "data": ("POST", "query", {"json": {"sql": "SELECT sum(id), bit_xor(hash(v)), count(word) FROM dataset"}}),
    "rejects": ("GET", "rejects", {}),
    "source": ("GET", "source", {}),
}


def ask(sluice, dataset_id, kind):
    method, path, more = ASKED[kind]
    return sluice.call(method, f"/api/v1/datasets/{dataset_id}/{path}", **more)


def damage(sluice, dataset_id):
    return {entry["file"]: entry for entry in sluice.dataset(dataset_id)["damage"]}


def assert_refused(response, kind):
    assert response.status_code == 409, f"{kind}: {response.status_code} {response.content[:300]}"
    problem = response.json()
    assert problem["code"] == ("source_damaged" if kind == "source" else "data_damaged"), problem
    assert problem["retryable"] is False and "/api/v1/datasets/" in problem["hint"], problem
    assert str(pathlib.Path("storage") / "datasets") not in response.text, "no path of ours"


def flips(sluice, count, seed=4):
    """`count` flips over data, rejects and original of a dataset on an instance that is not started yet: answers that
    were wrong, flips that the scrubber did not name, and how many questions were refused."""
    draw = random.Random(seed)
    # Without a scrubber: what is found is found by who opens the file.
    sluice.env.update({k: str(v) for k, v in OFF.items()}, DATABRICKS_SYNC_ENABLED="false")
    sluice.start()
    dataset_id = sluice.upload(csv_text(), name="Rot", options='{"rejects_max": 10}')["id"]
    wait_settled(sluice, dataset_id)
    right = {kind: ask(sluice, dataset_id, kind).content for kind in ASKED}
    files = stored(sluice, dataset_id)[0]
    wrong, marks, refused = [], [], 0
    for number in range(count):
        kind = tuple(ASKED)[number % len(ASKED)]
        at, bit = flip(files[kind], draw)
        marks.append((kind, at, bit))
        response = ask(sluice, dataset_id, kind)
        if response.status_code == 409:
            assert_refused(response, kind)
            assert kind in damage(sluice, dataset_id), "who meets it notes it"
            refused += 1
        elif response.content != right[kind]:
            wrong.append((*marks[-1], response.status_code))
        unflip(files[kind], at, bit)
        assert ask(sluice, dataset_id, kind).content == right[kind], "it is right again"
    assert sluice.terminate() == 0

    # The same flips met by the scrubber alone: nobody asks for the files.
    sluice.env.update({k: str(v) for k, v in FAST.items()})
    sluice.start()
    unnamed = []
    until(lambda: not damage(sluice, dataset_id), 30, "marks of what is right again go")
    for kind, at, bit in marks:
        unflip(files[kind], at, bit)
        try:
            until(lambda kind=kind: kind in damage(sluice, dataset_id), 20, "named", every_s=0.05)
        except AssertionError:
            unnamed.append((kind, at, bit))
        unflip(files[kind], at, bit)
        until(lambda: not damage(sluice, dataset_id), 20, "the mark goes", every_s=0.05)
    assert sluice.terminate() == 0
    return wrong, unnamed, refused
