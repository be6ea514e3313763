"""Queries over HTTP: parameters, limits, one dataset and all that the tenant owns."""

import datetime
import decimal
import io
import contextlib
import pathlib
import socket
import time
import urllib.parse

import pyarrow.parquet
import pytest
import requests
from machine import descendants, until


@pytest.fixture
def orders(sluice):
    return sluice.upload(
        "Order No,amount,day\n1,10.50,2025-01-01\n2,0.10,2025-01-02\n3,7.00,2025-01-03\n", name="Orders P"
    )


def ask(sluice, dataset, status=200, **body):
    return sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/query", status, json=body)


def test_parameters_by_place_and_by_name(sluice, orders):
    sql = 'SELECT "Order No" FROM dataset WHERE amount > ? AND day < ? ORDER BY 1'
    assert ask(sluice, orders, sql=sql, parameters=[1, "2025-01-03"])["rows"] == [[1]]
    sql = "SELECT count(*) FROM dataset_clean WHERE amount = $amount OR $none IS NOT NULL"
    assert ask(sluice, orders, sql=sql, parameters={"amount": "0.10", "none": None})["rows"] == [[1]]
    sql = "SELECT $1, $2, $3, $4, $5"
    values = [True, 9007199254740993, -1.5, "it's; DROP TABLE x --", None]
    (row,) = ask(sluice, orders, sql=sql, parameters=values)["rows"]
    assert [str(v) for v in row] == ["True", "9007199254740993", "-1.5", "it's; DROP TABLE x --", "None"]


@pytest.mark.parametrize(
    ("sql", "parameters", "says"),
    [
        ("SELECT ?", [], "$1 has no value"),
        ("SELECT $day", {"days": 1}, "$day has no value"),
        ("SELECT 1", [1], "has no parameter $1"),
        ("SELECT ?", [[1]], "list or an object"),
        ("SELECT ?", "x", "is a list for"),
        ("SELECT * FROM dataset WHERE day = ?", ["no day"], "no day"),
    ],
)
def test_parameters_that_do_not_fit_are_named(sluice, orders, sql, parameters, says):
    response = sluice.call(
        "POST", f"/api/v1/datasets/{orders['id']}/query", json={"sql": sql, "parameters": parameters}
    )
    assert response.status_code in (400, 422)
    assert says in response.json()["detail"], response.text


def test_a_parameter_is_never_sql(sluice, orders):
    for text in ("dataset", "1; SELECT 2", "read_csv('/etc/passwd')"):
        assert ask(sluice, orders, sql="SELECT ?", parameters=[text])["rows"] == [[text]]
    ask(sluice, orders, status=400, sql="SELECT * FROM ?", parameters=["dataset"])


def test_limit_and_time(sluice, orders):
    answer = ask(sluice, orders, sql="SELECT * FROM range(1000)", limit=3)
    assert (answer["row_count"], answer["truncated"]) == (3, True)
    answer = ask(sluice, orders, sql="SELECT * FROM range(1000) LIMIT 50", limit=3)
    assert (answer["row_count"], answer["truncated"]) == (3, True)
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
    problem = ask(sluice, orders, status=504, sql=slow, timeout_ms=300)
    assert problem["code"] == "query_deadline"
    url = f"/api/v1/datasets/{orders['id']}/query"
    assert sluice.ok("GET", url, params={"sql": "FROM dataset", "limit": 2})["row_count"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"sql": 1}, {"sql": "SELECT 1", "limit": 0}, {"sql": "SELECT 1", "limit": "3"}, {"sql": "SELECT 1", "format": "xml"},
        {"sql": "SELECT 1", "timeout_ms": 30_001}, {"sql": "SELECT 1", "colour": "red"}, {}, [], {"parameters": []},
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused_by_field(sluice, orders, body):
    problem = ask_raw(sluice, orders, body)
    assert problem["code"] == "bad_query_body"
    if isinstance(body, dict) and len(body) == 2:
        assert next(key for key in body if key != "sql") in problem["detail"]


def ask_raw(sluice, dataset, body):
    return sluice.ok("POST", f"/api/v1/datasets/{dataset['id']}/query", 400, json=body)


def test_local_datasets_by_their_table_names(sluice, orders):
    customers = sluice.ingest("Customers P", [{"order": 1, "name": "ann"}, {"order": 3, "name": "bob"}])
    name = orders["table_name"]
    sql = f'SELECT c.name, o.amount FROM {name} o JOIN customers_p_clean c ON o."Order No" = c."order" ORDER BY 1'
    assert [[name, str(amount)] for name, amount in sluice.lakehouse(sql)["rows"]] == [["ann", "10.50"], ["bob", "7.00"]]
    # At once in the new version, and gone with the dataset.
    sluice.new_version(orders["id"], "Order No,amount\n9,1.00\n")
    assert sluice.lakehouse(f"SELECT count(*) FROM {name}")["rows"] == [[1]]
    sluice.ok("DELETE", f"/api/v1/datasets/{orders['id']}", 204)
    problem = sluice.ok("POST", "/api/v1/query", 400, json={"sql": f"SELECT * FROM {name}"})
    assert name in problem["detail"]
    assert sluice.lakehouse("SELECT count(*) FROM customers_p")["rows"] == [[customers["row_count"]]]


@pytest.mark.needs_sync
def test_local_and_lakehouse_tables_are_joined(sluice):
    dataset = sluice.ingest("Both Places", [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}])
    silver = sluice.wait_status(dataset["id"])["silver_table"]
    until(lambda: sluice.value(f"SELECT count(*) FROM {silver}") == 2, 10, "silver")
    sql = f"SELECT count(*) FROM {silver} s JOIN both_places_clean l USING (k) WHERE s.v = l.v AND k >= ?"
    answer = sluice.ok("POST", "/api/v1/query", json={"sql": sql, "parameters": [1]})
    assert answer["rows"] == [[2]]


def test_errors_say_where_and_what_is_near(sluice, orders):
    problem = ask(sluice, orders, status=400, sql="SELECT day,\n  amuont\nFROM dataset")
    assert problem["position"] == {"line": 2, "column": 3}
    assert problem["hint"] == 'Did you mean "amount"?'
    near = orders["table_name"][:-1] + "x"
    problem = sluice.ok("POST", "/api/v1/query", 400, json={"sql": f"SELECT *\nFROM {near}"})
    assert problem["code"] == "query_table_unknown" and problem["position"] == {"line": 2, "column": 6}
    assert f'"{orders["table_name"]}"' in problem["hint"]
    assert "near" not in problem["detail"] and "/" not in problem["detail"]


def test_a_plan_is_json(sluice, orders):
    for explain in ("EXPLAIN", "explain analyze"):
        answer = ask(sluice, orders, sql=f"{explain} SELECT sum(amount) FROM dataset WHERE amount > ?", parameters=[1])
        assert answer["columns"] == [{"name": "plan", "type": "JSON"}]
        assert isinstance(answer["rows"][0][0], (dict, list)), answer
        assert "/" + "proc" not in str(answer)


def fetch(sluice, dataset, sql, status=200, **more):
    headers = more.pop("headers", {})
    response = sluice.call(
        "GET", f"/api/v1/datasets/{dataset['id']}/query", params={"sql": sql, **more}, headers=headers
    )
    assert response.status_code == status, response.text
    return response


def test_formats_by_name_and_by_accept(sluice, orders):
    sql = 'SELECT * FROM dataset ORDER BY "Order No" LIMIT 2'
    csv = fetch(sluice, orders, sql, format="csv")
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert csv.text == "Order No,amount,day\r\n1,10.50,2025-01-01\r\n2,0.10,2025-01-02\r\n"
    assert fetch(sluice, orders, sql, headers={"Accept": "text/csv"}).text == csv.text
    lines = fetch(sluice, orders, sql, format="ndjson")
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    assert lines.text.splitlines()[0] == '{"Order No":1,"amount":10.50,"day":"2025-01-01"}'
    assert fetch(sluice, orders, sql, headers={"Accept": "application/x-ndjson"}).text == lines.text
    assert fetch(sluice, orders, sql, headers={"Accept": "*/*"}).json()["row_count"] == 2
    assert fetch(sluice, orders, "SELECT 1 AS a, 2 AS a", format="ndjson").text == '{"a":1,"a_1":2}\n'


def test_csv_is_exact_and_safe_in_spreadsheets(sluice, orders):
    sql = """SELECT NULL AS n, '' AS e, '=1+1' AS f, -5 AS i, '-5' AS t, 'a"b,' || chr(10) AS q,
             170141183460469231731687303715884105727::HUGEINT AS h, 1.10::DECIMAL(9,2) AS d, [1,2] AS l,
             TIMESTAMP '2025-01-01 10:00:00' AS ts, '@x' AS "+head" """
    (head, row, _) = fetch(sluice, orders, sql, format="csv").text.split("\r\n")
    assert head == "n,e,f,i,t,q,h,d,l,ts,'+head"
    assert row == (
        ",\"\",'=1+1,-5,'-5,\"a\"\"b,\n\",170141183460469231731687303715884105727,1.10,\"[1,2]\",2025-01-01 10:00:00,'@x"
    )
    raw = fetch(sluice, orders, sql, format="csv", formulas="raw").text
    assert ",=1+1,-5,-5," in raw and raw.startswith("n,e,f,i,t,q,h,d,l,ts,+head")


def test_a_million_rows_in_each_format(sluice, orders):
    sql = "SELECT range AS n, 'text ' || range AS t FROM range(1000000)"
    assert fetch(sluice, orders, sql, format="csv").text.count("\r\n") == 1_000_001
    lines = fetch(sluice, orders, sql, format="ndjson").text.splitlines()
    assert len(lines) == 1_000_000 and lines[-1] == '{"n":999999,"t":"text 999999"}'
    answer = fetch(sluice, orders, sql + " LIMIT 1000000").json()
    assert (answer["row_count"], answer["truncated"], answer["rows"][-1]) == (1_000_000, False, [999_999, "text 999999"])
    answer = fetch(sluice, orders, sql).json()
    assert (answer["row_count"], answer["truncated"]) == (10_000, True)


def parquet(response):
    assert response.headers["Content-Type"] == "application/vnd.apache.parquet"
    return pyarrow.parquet.ParquetFile(io.BytesIO(response.content))


def notes(file):
    return {key.decode(): value.decode() for key, value in file.metadata.metadata.items()}


def test_parquet_by_name_and_by_accept(sluice, orders):
    sql = 'SELECT *, amount AS day FROM dataset ORDER BY "Order No" LIMIT 2'
    file = parquet(fetch(sluice, orders, sql, format="parquet"))
    assert file.read().to_pylist() == [
        {"Order No": 1, "amount": decimal.Decimal("10.50"), "day": datetime.date(2025, 1, 1), "day_1": decimal.Decimal("10.50")},
        {"Order No": 2, "amount": decimal.Decimal("0.10"), "day": datetime.date(2025, 1, 2), "day_1": decimal.Decimal("0.10")},
    ]
    assert notes(file) == {"sluice.row_count": "2", "sluice.truncated": "false"}
    accepted = fetch(sluice, orders, sql, headers={"Accept": "application/vnd.apache.parquet"})
    assert parquet(accepted).read().equals(file.read())
    body = {"sql": "FROM dataset", "format": "parquet", "limit": 1}
    file = parquet(sluice.call("POST", f"/api/v1/datasets/{orders['id']}/query", json=body))
    assert notes(file) == {"sluice.row_count": "1", "sluice.truncated": "true"}
    empty = parquet(fetch(sluice, orders, "FROM dataset WHERE false", format="parquet"))
    assert (empty.metadata.num_rows, empty.schema_arrow.names) == (0, ["Order No", "amount", "day"])


def test_parquet_is_exact_to_other_readers(sluice, orders):
    sql = """SELECT 99999999999999999999999999999999999999::HUGEINT AS h, sum(1) AS s, 340282366920938463463374607431768211455::UHUGEINT AS u,
             '1.000000000000000000000000000000000001'::DECIMAL(38,36) AS d, INTERVAL '1 month 00:00:00.000001' AS i,
             TIMESTAMP_NS '2025-01-01 00:00:00.123456789' AS ns, TIMESTAMP_S '2025-01-01 00:00:01' AS sec,
             TIMESTAMPTZ '2025-01-01 02:00:00+02' AS tz, TIMETZ '12:00:00+05:30' AS ttz, TIME '12:00:00.000001' AS t,
             '00000000-0000-0000-0000-000000000001'::UUID AS id, 'b'::ENUM('a', 'b') AS e, '0101'::BIT AS bit,
             '\\x00\\xFF'::BLOB AS blob, [{'a': 1, 'b': [NULL, 'x']}, NULL] AS l, MAP {'k': 1} AS m, [1, 2]::INTEGER[2] AS arr,
             row(1, 'x') AS r, NULL AS n"""
    table = parquet(fetch(sluice, orders, sql, format="parquet")).read()
    assert table["ns"][0].value == 1735689600123456789
    (row,) = table.drop_columns("ns").to_pylist()
    assert row == {
        "h": decimal.Decimal("99999999999999999999999999999999999999"), "s": decimal.Decimal(1),
        "u": "340282366920938463463374607431768211455", "d": decimal.Decimal("1.000000000000000000000000000000000001"),
        "i": "1 month 00:00:00.000001", "sec": datetime.datetime(2025, 1, 1, 0, 0, 1),
        "tz": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc), "ttz": "12:00:00+05:30",
        "t": datetime.time(12, 0, 0, 1), "id": "00000000-0000-0000-0000-000000000001", "e": "b", "bit": "0101",
        "blob": b"\x00\xff", "l": [{"a": 1, "b": [None, "x"]}, None], "m": [("k", 1)], "arr": [1, 2],
        "r": {"v1": 1, "v2": "x"}, "n": None,
    }  # fmt: skip
    for sql in ("SELECT union_value(num := 1) AS bad", "SELECT 170141183460469231731687303715884105727::HUGEINT AS bad"):
        problem = fetch(sluice, orders, sql, 422, format="parquet").json()
        assert problem["code"] == "query_failed" and "bad" in problem["detail"] and "CAST" in problem["hint"]


def test_parquet_of_millions_of_rows(sluice, orders):
    sql = "SELECT range AS n, 'text ' || range AS t FROM range(3000000)"
    file = parquet(fetch(sluice, orders, sql, format="parquet"))
    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (3_000_000, 25)
    assert notes(file) == {"sluice.row_count": "3000000", "sluice.truncated": "false"}
    last = file.read_row_group(24).to_pylist()[-1]
    assert last == {"n": 2_999_999, "t": "text 2999999"}


def test_a_parquet_answer_is_a_dataset_again(sluice, orders):
    content = fetch(sluice, orders, "FROM dataset", format="parquet").content
    again = sluice.upload(content, file_name="orders.parquet", name="Orders Again")
    sql = 'FROM dataset ORDER BY "Order No"'
    assert fetch(sluice, again, sql).text == fetch(sluice, orders, sql).text


def test_an_error_in_mid_answer_cuts_it(sluice, orders):
    sql = "SELECT CASE WHEN range = 900000 THEN error('late') ELSE range END FROM range(1000000)"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        fetch(sluice, orders, sql, format="csv")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        fetch(sluice, orders, sql, format="parquet")
    assert fetch(sluice, orders, "SELECT error('early')", 422, format="csv").json()["code"] == "query_failed"


def test_clients_that_leave_end_their_queries(sluice, orders):
    def statuses(sql):
        return [q["status"] for q in sluice.ok("GET", "/api/v1/queries")["queries"] if q["sql"] == sql]

    url = f"/api/v1/datasets/{orders['id']}/query"
    endless = "SELECT a.range, b.range FROM range(10000000) a, range(10000000) b"
    for _ in range(3):
        response = sluice.call("GET", url, params={"sql": endless, "format": "csv"}, stream=True)
        next(response.iter_content(1 << 20))
        response.close()
    slow = "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5"
    with socket.create_connection(("127.0.0.1", sluice.api_port)) as client:
        head = f"GET {url}?sql={urllib.parse.quote(slow)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n\r\n"
        client.sendall(head.encode())
        until(lambda: "running" in statuses(slow), 20, "the query is under way")
    until(lambda: statuses(slow) == ["cancelled"], 10, lambda: f"it has ended: {statuses(slow)}")
    until(lambda: statuses(endless) == ["cancelled"] * 3, 10, lambda: f"they have ended: {statuses(endless)}")
    api = sluice.child("api")

    def busy():
        before = {p.pid: cpu_ticks(p.pid) for p in descendants(api.pid) if p.alive()}
        time.sleep(0.5)
        return [p for p in descendants(api.pid) if p.alive() and cpu_ticks(p.pid) - before.get(p.pid, 0) > 20]

    until(lambda: not busy(), 10, "no worker works on")
    assert fetch(sluice, orders, "SELECT 1").json()["rows"] == [[1]]


def cpu_ticks(pid):
    with contextlib.suppress(OSError):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0
