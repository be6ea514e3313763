"""While one tenant does its worst, another is served: its requests in milliseconds, its upload and its query answered."""

import collections
import contextlib
import os
import secrets

import loads
import pytest
from machine import until
from neighbour import Other
from tenants import read_only_token, second_tenant

LOAD_S = float(os.environ.get("SOAK_NEIGHBOUR_S", 15))
#: Of another tenant's GET /datasets?limit=1 under each load.
P99_MS_MAX = float(os.environ.get("SOAK_NEIGHBOUR_P99_MS", 50))
USUAL_DESCRIPTORS = 1_024  # `ulimit -n` of most shells


def downloads(sluice, token, count):
    """Of an original of 8 MB, whose profile is made before anything is measured."""
    rows = "id,t\n" + "".join(f"{i},{secrets.token_hex(400)}\n" for i in range(10_000))
    dataset_id = sluice.upload(rows)["id"]
    sluice.ok("GET", f"/api/v1/datasets/{dataset_id}/profile")
    return loads.slow_downloads(sluice, token, count, dataset_id)


#: Name, load, how many, whether a read-only token is enough for it.
LOADS = (
    ("none", lambda *_: contextlib.nullcontext(), 0, True),
    ("24 slow bodies", loads.slow_bodies, 24, True),
    ("64 slow bodies", loads.slow_bodies, 64, True),
    ("8 long queries", loads.long_queries, 8, True),
    ("40 long queries", loads.long_queries, 40, True),
    ("100 long queries", loads.long_queries, 100, True),
    ("16 slow uploads", loads.slow_uploads, 16, False),
    ("40 slow uploads", loads.slow_uploads, 40, False),
    ("40 slow chunks", loads.slow_chunks, 40, False),
    ("20 slow downloads", downloads, 20, True),
    ("6 slow exports", loads.slow_exports, 6, True),
    ("2,000 idle connections", loads.idle, 2_000, True),
    ("crash files in a loop", loads.crash_files, 3, False),
)


@pytest.mark.parametrize("name, load, count, read_only", LOADS, ids=[name.replace(" ", "_") for name, *_ in LOADS])
def test_the_other_tenant_is_served(make_sluice, figure, name, load, count, read_only):
    loads.descriptors(USUAL_DESCRIPTORS)
    sluice = make_sluice(MCP_ENABLED="false").start()
    token = read_only_token(sluice) if read_only else sluice.token
    other = Other(sluice, second_tenant(sluice))
    api = sluice.child("api")
    with load(sluice, token, count) as at_work:
        other.live(LOAD_S)
        answers = collections.Counter(at_work.answers) if at_work else {}
        held = f"{at_work.held} held, {at_work.ended} ended, answers {dict(answers)}" if at_work else ""
    figure(f"{other.row(name)}  | {held}")
    assert api.alive(), "the API was started anew"
    until(lambda: "query_queued 0" in sluice.call("GET", "/metrics").text, 30, "nothing of the load waits any more")
    faults = other.faults(P99_MS_MAX)
    assert not faults, f"{other.row(name)}: {faults[:10]}"
