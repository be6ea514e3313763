"""What the server answers is what its description says: schemathesis looks for the difference for two minutes."""

import jsonschema_rs
import requests
from description.fuzzed import closed, fuzz

METHODS = {"get", "head", "options", "post", "put", "patch", "delete"}


def test_nothing_is_answered_that_is_not_described(make_sluice, record_property):
    # Hundreds of datasets that nobody waits for; syncs are still asked for by hand.
    sluice = make_sluice(DATABRICKS_AUTO_SYNC="false").start()
    paths = requests.get(f"{sluice.url}/openapi.json", timeout=10).json()["paths"]
    found = fuzz(sluice, seconds=120, examples=15, seed=1)
    record_property("cases", found.cases)
    assert found.code == 0, found.report
    assert found.operations == sum(len(METHODS & set(item)) for item in paths.values()), found.report
    assert found.cases > 1_000, found.report


def test_each_example_is_what_its_schema_says(sluice):
    described = closed(requests.get(f"{sluice.url}/openapi.json", timeout=10).json())
    schemas, examples = described["components"], described["components"]["examples"]
    assert len(examples) > 10
    for name, example in examples.items():
        validator = jsonschema_rs.Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": schemas}, validate_formats=True)  # fmt: skip
        assert [str(error) for error in validator.iter_errors(example["value"])] == [], name
