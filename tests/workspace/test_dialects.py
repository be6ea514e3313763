"""One plan, two dialects: DuckDB and Spark make the same silver and the same quarantine of the same bronze, cell by cell."""

import collections
import json
import os
import pathlib
import subprocess

import pyarrow.parquet
import pytest
from cells import cell
from conftest import NEEDS
from dialect_plans import CASTS, CELLS, KNOWN, SEED, cases
from machine import binary

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "dialects.md"
HEADING = "## Dangerous cells"
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", *(["Europe/Berlin"] if os.environ.get("WORKSPACE_FAULTS") == "all" else [])]


def contract_program():
    return binary().parents[1] / "lakehouse" / "dialect_cases"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """(cases, DuckDB's answers, Spark's results)"""
    missing = [name for name in NEEDS if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no Spark: {', '.join(missing)} not set (tests/workspace/README.md)")
    if not contract_program().exists():
        pytest.skip(f"{contract_program()} is not built: it comes with the tests")
    folder = tmp_path_factory.mktemp("dialects")
    given = cases(int(os.environ.get("DIALECT_CELLS", "1500")))
    env = dict(os.environ, TZ="UTC")
    made = subprocess.run([contract_program(), folder], input=json.dumps(given), capture_output=True, text=True, env=env, timeout=300)
    assert made.returncode == 0, made.stderr
    spark = [os.environ["WORKSPACE_PYTHON"], HERE / "dialects_on_spark.py", folder, os.environ["WORKSPACE_JARS"], os.environ["WORKSPACE_CLASSES"], *ZONES]
    done = subprocess.run(spark, input=made.stdout, capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return given, {each["name"]: each for each in json.loads(made.stdout)}, json.loads(done.stdout[done.stdout.index("[{") :])


def of_file(path):
    table = pyarrow.parquet.read_table(path)
    return table.column_names, [[cell(value) for value in row.values()] for row in table.to_pylist()]


def as_multiset(rows):
    return collections.Counter(json.dumps(row, sort_keys=True) for row in rows)


def test_every_cell_is_the_same_on_both_engines(answers):
    given, ours, theirs = answers
    compared, differences = 0, []
    known = {name: {at for at, (_, cell) in enumerate(each["rows"]) if (name, cell) in KNOWN} for each in given if (name := each["name"]) in dict(KNOWN)}
    assert all(known.values()), "the cells of KNOWN are among those tried"
    for result in theirs:
        for layer in ("silver", "quarantine"):
            names, rows = of_file(ours[result["name"]][layer])
            assert [name for name, _ in result[layer]["columns"]] == names
            duckdb, spark = as_multiset(rows), as_multiset(result[layer]["rows"])
            compared += len(rows) * len(names)
            where = f"{result['name']}, {layer}, {result['zone']}"
            expected = known.get(result["name"], set())
            alone = [("DuckDB", row) for row in (duckdb - spark).elements()] + [("Spark", row) for row in (spark - duckdb).elements()]
            differences += [f"{where}: {engine} alone: {row}" for engine, row in alone if json.loads(row)[0] not in expected]
            met = {json.loads(row)[0] for _, row in alone} & expected
            assert met == expected, "a known difference is gone: take it out of KNOWN"
        if result["quarantined"] != ours[result["name"]]["quarantined"] - len(expected):
            differences.append(f"{result['name']}, {result['zone']}: {result['quarantined']} rows counted, not {ours[result['name']]['quarantined']}")
    print(f"{compared} cells of {len(given)} cases compared, {len(theirs)} runs, zones {ZONES}, seed {SEED}")
    assert not differences, f"{len(differences)} differences, seed {SEED}:\n" + "\n".join(sorted(differences)[:60])
    assert compared > 100_000


def test_every_row_is_in_silver_or_in_quarantine(answers):
    given, ours, _ = answers
    for each in given:
        if not each["plan"]["remove_duplicates"]:
            silver, quarantine = (len(of_file(ours[each["name"]][layer])[1]) for layer in ("silver", "quarantine"))
            assert silver + quarantine == len(each["rows"]), each["name"]


def shown(value):
    """A cell in a Markdown table."""
    if value is None:
        return "NULL"
    text = json.dumps(value, ensure_ascii=True) if isinstance(value, str) else str(value).lower()
    if len(text) > 44:
        text = text[:40] + '…"'
    return "`` " + text.replace("|", "\\|") + " ``"


def page(ours):
    """docs/dialects.md from its second part on: what each dangerous cell becomes as each type."""
    table = {}
    kinds = []
    for name, kind, transform, form in CASTS:
        title = kind.replace(" WITH TIME ZONE", "TZ") + (f" {form}" if form else " with thousands" if transform == "thousands" else "")
        if name == "text":
            continue
        kinds.append(title)
        silver = {row[0]: row[1] for row in of_file(ours[name]["silver"])[1]}
        for at in range(len(CELLS)):
            if silver.get(at) is not None:
                value = silver[at]
                if isinstance(value, str):
                    value = value.split(" ", 1)[1]
                    value = float.fromhex(value) if kind == "DOUBLE" else value
                table.setdefault(at, []).append(f"{title}: {value if not isinstance(value, bool) else str(value).lower()}")
    lines = [
        HEADING,
        "",
        "What silver makes of cells on which readers, casts and calendars disagree, by the type that its column was given: the same in",
        "DuckDB and in Spark, which `tests/workspace/test_dialects.py` compares cell by cell in several session time zones. A type that is not",
        "named sends the row to quarantine. Blank cells are NULL in every type. (Sluice gives a column a type only where each of its cells fits,",
        "so that a row goes to quarantine only by a plan made by hand.)",
        "",
        f"Types tried: {', '.join(f'`{kind}`' for kind in kinds)}.",
        "",
        "| cell | becomes |",
        "|---|---|",
    ]
    for at, text in enumerate(CELLS):
        if text is None or not text.strip():
            continue
        lines.append(f"| {shown(text)} | {'; '.join(table.get(at, [])) or 'text only'} |")
    return "\n".join(lines) + "\n"


def test_the_page_of_dangerous_cells_is_true(answers):
    made = page(answers[1])
    rules, heading, found = PAGE.read_text().partition(HEADING)
    if os.environ.get("UPDATE_PAGES"):
        PAGE.write_text(rules + made)
        found = made.removeprefix(HEADING)
    assert heading + found == made, "docs/dialects.md is stale: run this with UPDATE_PAGES=1"
