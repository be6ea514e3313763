#!/usr/bin/env python3
"""Spark's half of the dialects' contract: FOLDER JARS CLASSES ZONE… < answers.json (of dialect_cases) > results.json

For each session time zone and each case that it matters to: silver's and quarantine's rows, and the count, as cells.py has them.
"""

import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cells import cell
from dialect_plans import OF_TIME
from pyspark.sql import types
from spark import Spark


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def instant(_, micros):
    """PySpark's own way uses the machine's zone, and fails on the first day of the year 1."""
    return None if micros is None else EPOCH + datetime.timedelta(microseconds=micros)


def wall_time(_, micros):
    return None if micros is None else instant(_, micros).replace(tzinfo=None)


types.TimestampType.fromInternal, types.TimestampNTZType.fromInternal = instant, wall_time


def rows(session, sql):
    frame = session.sql(sql)
    return {
        "columns": [[field.name, field.dataType.simpleString()] for field in frame.schema.fields],
        "rows": [[cell(value) for value in row] for row in frame.collect()],
    }


def main():
    folder, jars, classes, *zones = sys.argv[1:]
    session = Spark(pathlib.Path(folder), jars, classes).session
    cases, results = json.load(sys.stdin), []
    for zone in zones:
        session.conf.set("spark.sql.session.timeZone", zone)
        for case in cases:
            if zone != zones[0] and not case["name"].startswith(OF_TIME):
                continue
            session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {case['view']} AS {case['bronze_sql']}")
            results.append({
                "name": case["name"],
                "zone": zone,
                "silver": rows(session, case["silver_sql"]),
                "quarantine": rows(session, case["quarantine_sql"]),
                "quarantined": rows(session, case["quarantined_sql"])["rows"][0][0],
            })
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
