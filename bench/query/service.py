"""The service that one would write in an hour: FastAPI and DuckDB over one Parquet file, without tenants or a sandbox.

Usage: service.py PARQUET PORT. GET /query?sql=… answers {"columns": […], "rows": […]}.
"""

import sys

import duckdb
import uvicorn
from fastapi import FastAPI

app = FastAPI()
database = duckdb.connect()
database.execute("SET threads = 2")
database.execute("SET parquet_metadata_cache = true")
database.execute(f"CREATE VIEW dataset AS FROM read_parquet('{sys.argv[1]}')")


@app.get("/query")
def query(sql: str):
    with database.cursor() as cursor:
        cursor.execute(sql)
        return {"columns": [column[0] for column in cursor.description], "rows": cursor.fetchall()}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
