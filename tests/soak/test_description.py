"""schemathesis for twenty minutes: all checks, and stateful."""

from description.fuzzed import fuzz


def test_nothing_is_answered_that_is_not_described(make_sluice, record_property):
    sluice = make_sluice(DATABRICKS_AUTO_SYNC="false").start()
    found = fuzz(sluice, seconds=1_200, examples=400, seed=2)
    record_property("cases", found.cases)
    print(found.report[-2_000:])
    assert found.code == 0, found.report
    assert found.cases > 10_000, found.report
