"""Mutated files of every format through POST and tus: the API never ends, and another tenant sees nothing of it."""

import os
import time

import mutants
from machine import ROOT
from mutants.storm import storm
from tenants import second_tenant

COUNT = int(os.environ.get("SOAK_MUTANTS_HTTP", 20_000))
SECONDS = int(os.environ.get("SOAK_MUTANTS_HTTP_S", 3_600))
SEED = int(os.environ.get("SOAK_SEED", 1))
KEEP = ROOT / "build/mutants-http"  # culprits; nothing is written where there are none
THREADS = 4
#: Of the files that are taken, one in so many is carried into the lakehouse too.
SYNC_EVERY = 25


def test_nobody_notices(make_sluice, figure):
    sluice = make_sluice(DATABRICKS_AUTO_SYNC="false").start()
    began = time.monotonic()
    sent, neighbour = storm(sluice, second_tenant(sluice), mutants.Maker(SEED), KEEP, COUNT, THREADS, SECONDS, SYNC_EVERY)
    total = sum(sent.answers.values())
    figure(
        f"mutants over HTTP: {total:,} in {time.monotonic() - began:.0f} s, seed {SEED}: {sent.taken:,} taken and read, "
        f"{sent.synced} of them synced, {sent.lost} connections lost, {sum(sent.died.values())} workers died; another tenant: "
        f"{neighbour.rounds} rounds, GET p50 {neighbour.percentile_ms(0.5):.0f} ms, p99 {neighbour.percentile_ms(0.99):.0f} ms\n"
        + sent.report()
    )
    assert not sent.faults and not sent.lost, "\n".join(sent.faults[:100])
    assert not neighbour.faults and neighbour.rounds > 10, "\n".join(neighbour.faults[:20])
    assert total > COUNT * 0.9 or time.monotonic() - began >= SECONDS
