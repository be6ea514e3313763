"""One library reads one file and writes Parquet, in this fresh process; prints the seconds without the imports.

`competitor.py WAY SOURCE TARGET`, each as its manual's first page shows it, with its default settings.
"""

import sys
import time

way, source, target = sys.argv[1:]
if way.startswith("polars"):
    import polars as pl

    if way == "polars read_excel":
        import fastexcel  # noqa: F401  polars imports it on use
else:
    import pandas as pd
    import pyarrow.parquet  # noqa: F401  pandas imports them on use

    if way == "pandas read_excel":
        import openpyxl  # noqa: F401

WAYS = {
    "polars read_csv": lambda: pl.read_csv(source, try_parse_dates=True).write_parquet(target),
    "polars scan_csv": lambda: pl.scan_csv(source, try_parse_dates=True).sink_parquet(target),
    "polars read_excel": lambda: pl.read_excel(source).write_parquet(target),
    "polars read_json": lambda: pl.read_json(source).write_parquet(target),
    "pandas read_csv": lambda: pd.read_csv(source).to_parquet(target),
    "pandas read_excel": lambda: pd.read_excel(source).to_parquet(target),
    "pandas read_json": lambda: pd.read_json(source).to_parquet(target),
}
start = time.monotonic()
WAYS[way]()
print(time.monotonic() - start)
