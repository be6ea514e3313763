"""A few hundred of the mutated files that `make soak` sends for an hour: at the readers, and over HTTP."""

import mutants
from machine import binary
from mutants.readers import Run
from mutants.storm import storm
from tenants import second_tenant

SEED = 19
AT_THE_READERS, OVER_HTTP = 420, 300


def test_the_same_seed_makes_the_same_files():
    first, second = mutants.Maker(SEED), mutants.Maker(SEED)
    for number in (0, 1, 2, 3, 4, 5, 6, 700):
        one = first.make(number)
        assert one == second.make(number)
        assert one.format == mutants.FORMATS[number % len(mutants.FORMATS)]


def test_straight_at_the_readers(built, tmp_path):
    program = built.parents[1] / "ingest/read_files"
    assert program.exists(), f"no {program}: run `make test`, which builds it"
    run = Run(program, tmp_path, tmp_path / "culprits", timeout_s=60, maker=mutants.Maker(SEED))
    tally = run.all(0, AT_THE_READERS, 300)
    assert sum(tally.files.values()) == AT_THE_READERS
    refused = sum(n for (_, end), n in tally.ends.items() if end.startswith("refused"))
    right = sum(n for (_, end), n in tally.ends.items() if end == "right")
    assert refused + right == AT_THE_READERS, tally.report() + "\n" + "\n".join(tally.bad)
    assert refused > 50 and right > 50, "mutants that are all alike try nothing"


def test_over_http(make_sluice, tmp_path):
    sluice = make_sluice(MCP_ENABLED="false").start()
    sent, neighbour = storm(sluice, second_tenant(sluice), mutants.Maker(SEED), tmp_path / "culprits", OVER_HTTP, 3)
    assert sum(sent.answers.values()) == OVER_HTTP and sent.lost == 0, sent.report()
    assert not sent.faults, "\n".join(sent.faults)
    assert sent.taken > 30, sent.report()
    assert not neighbour.faults and neighbour.rounds > 0, "\n".join(neighbour.faults)
