"""What people and clients begin with, over HTTP: PIVOT as DuckDB's documentation has it, SHOW TABLES, information_schema."""

import io

import pyarrow.parquet
import pytest
from machine import until
from tenants import second_tenant

#: The table of duckdb.org/docs/stable/sql/statements/pivot.
CITIES = """country,name,year,population
NL,Amsterdam,2000,1005
NL,Amsterdam,2010,1065
NL,Amsterdam,2020,1158
US,Seattle,2000,564
US,Seattle,2010,608
US,Seattle,2020,738
US,New York City,2000,8015
US,New York City,2010,8175
US,New York City,2020,8772
"""


@pytest.fixture(scope="module")
def cities(sluice):
    return sluice.upload(CITIES, name="Cities S")


def ask(sluice, sql, status=200, **more):
    return sluice.ok("POST", "/api/v1/query", status, json={"sql": sql, **more})


def table(answer):
    return [[column["name"] for column in answer["columns"]], *answer["rows"]]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "PIVOT {t} ON year USING sum(population) ORDER BY name",
            [["country", "name", "2000", "2010", "2020"], ["NL", "Amsterdam", 1005, 1065, 1158],
             ["US", "New York City", 8015, 8175, 8772], ["US", "Seattle", 564, 608, 738]],
        ),
        (
            "PIVOT {t} ON year USING sum(population) GROUP BY country ORDER BY country",
            [["country", "2000", "2010", "2020"], ["NL", 1005, 1065, 1158], ["US", 8579, 8783, 9510]],
        ),
        (
            "PIVOT {t} ON country, name USING sum(population) ORDER BY year LIMIT 1",
            [["year", "NL_Amsterdam", "NL_New York City", "NL_Seattle", "US_Amsterdam", "US_New York City", "US_Seattle"],
             [2000, 1005, None, None, None, 8015, 564]],
        ),
        (
            "PIVOT {t} ON country || '_' || name USING sum(population) ORDER BY year LIMIT 1",
            [["year", "NL_Amsterdam", "US_New York City", "US_Seattle"], [2000, 1005, 8015, 564]],
        ),
        (
            "PIVOT {t} ON year USING sum(population) AS total, max(population) AS max GROUP BY country ORDER BY 1 LIMIT 1",
            [["country", "2000_total", "2000_max", "2010_total", "2010_max", "2020_total", "2020_max"],
             ["NL", 1005, 1005, 1065, 1065, 1158, 1158]],
        ),
        (
            "WITH pivot_alias AS (PIVOT {t} ON year USING sum(population) GROUP BY country) "
            "SELECT * FROM pivot_alias ORDER BY country LIMIT 1",
            [["country", "2000", "2010", "2020"], ["NL", 1005, 1065, 1158]],
        ),
        (
            "SELECT * FROM (PIVOT {t} ON year USING sum(population) GROUP BY country) pivot_alias ORDER BY 1 LIMIT 1",
            [["country", "2000", "2010", "2020"], ["NL", 1005, 1065, 1158]],
        ),
        (
            "FROM (PIVOT {t} ON year USING sum(population) GROUP BY country) year_pivot JOIN "
            "(PIVOT {t} ON name USING sum(population) GROUP BY country) name_pivot USING (country) ORDER BY 1 LIMIT 1",
            [["country", "2000", "2010", "2020", "Amsterdam", "New York City", "Seattle"],
             ["NL", 1005, 1065, 1158, 3228, None, None]],
        ),
    ],
)  # fmt: skip
def test_pivots_of_duckdbs_documentation(sluice, cities, sql, expected):
    assert table(ask(sluice, sql.format(t=cities["table_name"]))) == expected
    path = f"/api/v1/datasets/{cities['id']}/query"
    assert table(sluice.ok("POST", path, json={"sql": sql.format(t="dataset")})) == expected


def test_a_pivot_is_one_query_in_all_ways_of_asking(sluice, cities):
    path = f"/api/v1/datasets/{cities['id']}/query"
    sql = "PIVOT (FROM dataset WHERE population > $least) ON year USING sum(population) GROUP BY country"
    body = {"sql": sql, "parameters": {"least": 8100}}
    names = ["country", "2010", "2020"]
    response = sluice.call("POST", path, json={**body, "format": "parquet"})
    assert pyarrow.parquet.read_table(io.BytesIO(response.content)).column_names == names
    response = sluice.call("POST", path, json={**body, "format": "csv"})
    assert response.text.splitlines() == ["country,2010,2020", "US,8175,8772"]
    query = sluice.ok("POST", path + "?mode=async", 202, json=body)
    until(lambda: sluice.ok("GET", f"/api/v1/queries/{query['id']}")["status"] == "done", 30, "the query")
    assert table(sluice.ok("GET", f"/api/v1/queries/{query['id']}/result"))[0] == names
    plan = sluice.ok("POST", path, json={**body, "sql": "EXPLAIN " + sql})
    assert [column["type"] for column in plan["columns"]] == ["JSON"]
    late = "PIVOT (SELECT (a.range + b.range) % 7 AS n FROM range(1000000000) a, range(1000000000) b) ON n"
    assert sluice.ok("POST", path, 504, json={"sql": late, "timeout_ms": 300})["code"] == "query_deadline"
    many = sluice.ok("POST", path, 413, json={"sql": "PIVOT range(20000) t(n) ON n"})
    assert many["code"] == "query_too_large" and "10000 values" in many["detail"], many


def test_tables_are_shown(sluice, cities):
    name = cities["table_name"]
    names = [row[0] for row in ask(sluice, "SHOW TABLES")["rows"]]
    assert {name, f"{name}_clean"} <= set(names) and names == sorted(names)
    for shown in names:  # By these names they are asked.
        ask(sluice, f'SELECT count(*) FROM "{shown}"')
    path = f"/api/v1/datasets/{cities['id']}/query"
    rows = sluice.ok("POST", path, json={"sql": "SHOW TABLES"})["rows"]
    assert rows == [["dataset"], ["dataset_clean"], ["dataset_rejects"]]


def test_rejects_are_listed_where_there_are_some(sluice):
    dataset = sluice.upload("a,b\n1,2\n3,4\n5,6\n7,8\n9,10\n1,2,3,4\n", name="Rejects S")
    assert dataset["rows_rejected"] == 1, dataset
    path = f"/api/v1/datasets/{dataset['id']}/query"
    sql = "SELECT column_name FROM information_schema.columns WHERE table_name = 'dataset_rejects' ORDER BY ordinal_position"
    assert sluice.ok("POST", path, json={"sql": sql})["rows"] == [["line"], ["reason"], ["detail"], ["raw"]]
    sql = "SELECT (SELECT count(*) FROM information_schema.tables), (SELECT count(*) FROM dataset_rejects)"
    assert sluice.ok("POST", path, json={"sql": sql})["rows"] == [[3, 1]]


#: A column of each type that a file can have.
TYPES = """[{"i": 1, "d": 1.5, "big": 12345678901234567890, "t": "x", "b": true, "day": "2024-01-31",
"at": "2024-01-31T10:00:00", "utc": "2024-01-31T10:00:00Z", "Two Words": "a", "list": [1, 2], "s": {"a": 1, "b c": "x"},
"none": null, "mixed": [{"a": [1.5]}]}]"""


def test_columns_have_the_types_that_sql_shows(sluice):
    dataset = sluice.upload(TYPES, file_name="types.json", name="Types S")
    csv = sluice.upload("code,price,n\n007,1.10,5\n008,2.20,6\n", name="Types T")
    tables = [t["table_name"] + suffix for t in (dataset, csv) for suffix in ("", "_clean")]
    for name in tables:
        sql = (  # A synced table has the same name in another schema.
            f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{name}' "
            "AND table_schema = current_schema() ORDER BY ordinal_position"
        )
        listed = ask(sluice, sql)["rows"]
        described = ask(sluice, f'SELECT column_name, column_type FROM (DESCRIBE "{name}")')["rows"]
        assert listed == described, name
        path = f"/api/v1/datasets/{(dataset if name.startswith('types_s') else csv)['id']}/query"
        own = "dataset_clean" if name.endswith("_clean") else "dataset"
        assert sluice.ok("POST", path, json={"sql": sql.replace(f"'{name}'", f"'{own}'")})["rows"] == listed


@pytest.mark.needs_sync
def test_lakehouse_tables_are_listed_with_their_columns(sluice, cities):
    sluice.wait_status(cities["id"])
    state = sluice.status(cities["id"])
    for full in (state["bronze_table"], state["silver_table"]):
        catalog, schema, name = full.split(".")
        sql = (
            "SELECT column_name, data_type FROM information_schema.tables t JOIN information_schema.columns c "
            "USING (table_catalog, table_schema, table_name) WHERE table_catalog = $1 AND table_schema = $2 AND "
            "table_name = $3 ORDER BY ordinal_position"
        )
        listed = ask(sluice, sql, parameters=[catalog, schema, name])["rows"]
        assert listed == ask(sluice, f"SELECT column_name, column_type FROM (DESCRIBE {full})")["rows"], full
        assert listed, full
        row = next(r for r in ask(sluice, "SHOW ALL TABLES")["rows"] if r[:3] == [catalog, schema, name])
        assert [list(pair) for pair in zip(row[3], row[4])] == listed


def test_no_other_tenants_names_are_shown(make_sluice):
    sluice = make_sluice().start()
    token = second_tenant(sluice)
    sluice.ingest("Mine", [{"own_column": 1}])
    theirs = sluice.ok(
        "POST", "/api/v1/datasets/ingest", 201, token=token, json={"name": "Salaries", "records": [{"secret_column": 1}]}
    )
    for asker, seen, unseen in ((sluice.token, ("mine", "own_column"), ("salaries", "secret_column")),
                                (token, ("salaries", "secret_column"), ("mine", "own_column"))):  # fmt: skip
        for sql in ("SHOW TABLES", "SHOW ALL TABLES", "FROM information_schema.tables", "FROM information_schema.columns",
                    "PIVOT information_schema.columns ON table_name", "EXPLAIN SHOW ALL TABLES"):  # fmt: skip
            response = sluice.call("POST", "/api/v1/query", token=asker, json={"sql": sql})
            assert response.status_code == 200, response.text
            assert not any(word in response.text for word in (*unseen, "othertenant" if asker != token else "tenant_default"))
            assert seen[0] in response.text or sql.startswith("EXPLAIN"), sql
    path = f"/api/v1/datasets/{theirs['id']}/query"
    assert sluice.call("POST", path, json={"sql": "SHOW TABLES"}).status_code == 404


def test_hints_for_what_other_databases_say(sluice, cities):
    name = cities["table_name"]
    for sql, hint in (
        (f"SELECT TOP 10 * FROM {name}", "LIMIT 10"),
        (f"SELECT * FROM {name} LIMIT 10, 20", "OFFSET"),
        (f'SELECT * FROM {name} WHERE country = "NL"', "single quotes"),
        (f"SELECT `name` FROM {name}", "double quotes"),
        (f"SHOW COLUMNS FROM {name}", "DESCRIBE"),
        ("SHOW DATABASES", "SHOW TABLES"),
        ("USE x", "SHOW ALL TABLES"),
        ("\\d", "SHOW TABLES"),
        (f"FROM {name}.csv", name),
    ):
        assert hint in ask(sluice, sql, 400)["hint"], sql
