"""Tables of 2,000 columns of each kind, through dataset_clean, the profile and the sync: how long each takes."""

import contextlib
import time

import pytest
from sluice import Sluice


def wide(kind, columns, rows):
    cell = {
        "blank": lambda i, r: "",
        "int": lambda i, r: str(i * 7 + r),
        "date": lambda i, r: f"{(i + r) % 28 + 1}.{i % 12 + 1}.2024",
        "thousands": lambda i, r: f'"{(i + 1) * 1000 + r:,}"',
        "decimal": lambda i, r: f"{i}.{r % 10}{i % 10}" if r % 2 else f"{i}.{i % 10}",
        "text": lambda i, r: f"text {i} {r}",
    }[kind]
    lines = [",".join(f"c{i}" for i in range(columns))]
    lines += [",".join(cell(i, r) for i in range(columns)) for r in range(rows)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rows", [1, 1000])
@pytest.mark.parametrize("kind", ["blank", "int", "date", "thousands", "decimal", "text"])
def test_wide_tables_go_all_the_way(tmp_path, figure, kind, rows):
    with contextlib.closing(Sluice(tmp_path / "own").start()) as sluice:
        began = time.monotonic()
        dataset = sluice.upload(wide(kind, 2000, rows), f"wide_{kind}.csv")
        uploaded = time.monotonic()
        answer = sluice.query(dataset["id"], "SELECT count(*) FROM dataset_clean")
        clean = time.monotonic()
        sluice.wait_status(dataset["id"], timeout_s=600)  # with the profile, which comes first
        assert answer["rows"][0][0] >= 1
        figure(
            f"wide {kind}, {rows} rows: uploaded {uploaded - began:.1f} s, dataset_clean {clean - uploaded:.1f} s, "
            f"synced {time.monotonic() - uploaded:.1f} s after the answer"
        )
