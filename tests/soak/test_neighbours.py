"""While one tenant does its worst, another is served: its requests in milliseconds, its upload and its query answered."""

import collections
import contextlib
import os

import load
import pytest
from neighbour import Other
from tenants import read_only_token

LOAD_S = float(os.environ.get("SOAK_NEIGHBOUR_S", 15))
#: Of another tenant's GET /datasets?limit=1 under each load.
P99_MS_MAX = float(os.environ.get("SOAK_NEIGHBOUR_P99_MS", 50))
USUAL_DESCRIPTORS = 1_024  # `ulimit -n` of most shells
#: Name, load, whether a read-only token is enough for it.
LOADS = (
    ("none", lambda *_: contextlib.nullcontext(), True),
    ("64 slow bodies", lambda s, t: load.slow_bodies(s, t, 64), True),
    ("100 long queries", lambda s, t: load.long_queries(s, t, 100), True),
    ("40 slow uploads", lambda s, t: load.slow_uploads(s, t, 40), False),
    ("2,000 idle connections", lambda s, t: load.idle_connections(s, t, 2_000), True),
    ("crash files in a loop", lambda s, t: load.crash_files(s, t, 3), False),
)


@pytest.mark.parametrize("name, make_load, read_only", LOADS, ids=[name.replace(" ", "_") for name, *_ in LOADS])
def test_the_other_tenant_is_served(make_sluice, figure, name, make_load, read_only):
    load.descriptors(USUAL_DESCRIPTORS)
    sluice = make_sluice(MCP_ENABLED="false").start()
    token = read_only_token(sluice) if read_only else sluice.token
    other = Other(sluice)
    api = sluice.child("api")
    with make_load(sluice, token) as at_work:
        other.live(LOAD_S)
        answers = collections.Counter(at_work.answers) if at_work else {}
        held = f"{at_work.held} held, {at_work.ended} ended, answers {dict(answers)}" if at_work else ""
    figure(f"{other.row(name)}  | {held}")
    assert api.alive(), "the API was started anew"
    faults = other.faults(P99_MS_MAX)
    assert not faults, f"{other.row(name)}: {faults[:10]}"
