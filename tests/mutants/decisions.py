"""How often the decision about a file's structure turns when one byte, one row or one cell is changed, and whether that is said.

    PYTHONPATH=tests .venv/bin/python -m mutants.decisions --program build/dev/src/ingest/read_files --packages .deps/published-soak
"""

import argparse
import collections
import io
import json
import pathlib
import random
import tempfile
import time
from typing import NamedTuple

import openpyxl
from mutants.one_change import PLACES, Grid, changed_sheet, changed_text
from mutants.readers import Reader
from published_files import sample

TESTDATA = pathlib.Path(__file__).resolve().parents[2] / "src/ingest/testdata"
#: Of each sort so many files, drawn by the seed; 200 changes of each make the 10,000.
WRITTEN, PUBLISHED_TEXTS, PUBLISHED_SHEETS, CHANGES = 18, 26, 6, 200
TEXT_BYTES_MAX, SHEET_BYTES_MAX = 20_000, 12_000
ROWS_LEAST = COLUMNS_LEAST = 2  # where one is all there is, a change of it is one of everything
SHOWN = 20


class Base(NamedTuple):
    name: str
    data: bytes
    reading: dict
    grid: Grid | None  # of a text


def drawn(seed, packages):
    """(name, bytes) in an order by chance, by sort: texts of structure.json, which lie near the decision, and published files."""
    chance = random.Random(seed)
    tests = json.loads((TESTDATA / "structure.json").read_text())
    written = [(f"structure.json: {test.get('why', test['kind'])}", test["text"].encode()) for test in tests if "options" not in test]
    texts, sheets = [], []
    for file in sample.sample(packages):
        content = sample.content(packages, file)
        if file.kind == "text" and len(content) <= TEXT_BYTES_MAX and b"\0" not in content:
            texts.append((file.name, content))
        elif file.member.endswith(".xlsx") and len(content) <= SHEET_BYTES_MAX and content.startswith(b"PK"):
            sheets.append((file.name, content))
    sorts = ((written, WRITTEN), (texts, PUBLISHED_TEXTS), (sheets, PUBLISHED_SHEETS))
    return [(chance.sample(files, len(files)), count) for files, count in sorts]


def saved_again(data):
    """As openpyxl writes it, so that nothing but the change differs."""
    book, out = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    book.save(out)
    return out.getvalue()


def is_guess(reading):
    """Called one; or the header is said to be too short, which is what a lost delimiter does."""
    return any("guess" in note or "less than the rows" in note for note in reading.get("notes", ()))


def is_numbered(name):
    return name.startswith("column_")


def turned(base, answer, change):
    """In what the decision differs beyond what the change brings; nothing where it is the same."""
    if "code" in answer:
        return f"refused: {answer['code']}"
    if answer["format"] != base["format"]:
        return f"format {answer['format']}"
    if answer["encoding"] != base["encoding"] and change.place != "letters":
        return f"encoding {answer['encoding']}"
    if change.columns and set(base["names"]) <= set(answer["names"]):
        return ""  # a cell beside the table, which is wider by it
    if len(answer["names"]) - len(base["names"]) not in (0, change.columns):
        return f"{len(answer['names'])} columns, not {len(base['names'])}"
    if change.place == "gone" and all(is_numbered(name) for name in answer["names"]):
        return ""  # without its names a table has none
    differ = [i for i, (was, now) in enumerate(zip(base["names"], answer["names"])) if was != now and i not in change.names]
    if differ:
        return f"column {differ[0] + 1} is {answer['names'][differ[0]]!r}, not {base['names'][differ[0]]!r}"
    grown = answer["rows"] + answer["rejects"] - base["rows"] - base["rejects"]
    return "" if grown in change.rows else f"{grown:+} rows"


def told(base, answer):
    """How somebody learns of it: refused, a note that it is a guess (before or now), rows among the rejects; else silence."""
    if "code" in answer:
        return "refused"
    if is_guess(answer) or is_guess(base):
        return "called a guess"
    return "told by rejects" if answer["rejects"] > base["rejects"] else "in silence"


class Run:
    def __init__(self, program, folder, packages, seed):
        self.reader, self.seed, self.packages = Reader(program, folder), seed, packages
        self.counts = collections.Counter()  # (unit, place, end)
        self.silent = []
        self.faults = []
        self.bases = []

    def read(self, data, ending):
        path = self.reader.folder / f"file{ending}"
        path.write_bytes(data)
        answer = self.reader.read(path)
        if not answer.keys() & {"code", "names"} or "fault" in answer:
            self.faults.append(f"{answer}")
            answer = {"code": "fault", **answer}
        return answer

    def choose(self):
        """The first so many of each sort that are read at all, and whose rows can be told apart here."""
        for files, count in drawn(self.seed, self.packages):
            chosen = 0
            for name, data in files:
                if chosen == count:
                    break
                sheet = name.endswith(".xlsx")
                data = saved_again(data) if sheet else data
                reading = self.read(data, ".xlsx" if sheet else ".csv")
                if "code" in reading or reading["rows"] < ROWS_LEAST or len(reading["names"]) < COLUMNS_LEAST:
                    continue
                grid = None if sheet else Grid.of(data, reading)
                if sheet or grid:
                    chosen += 1
                    self.bases.append(Base(name, data, reading, grid))

    def change_all(self, changes=CHANGES, seconds=7200):
        """Of each file one after another, so that a run that is cut short has changed all of them."""
        deadline = time.monotonic() + seconds
        for k in range(changes):
            for number, base in enumerate(self.bases):
                if time.monotonic() > deadline:
                    return
                chance = random.Random(f"{self.seed}:{number}:{k}")
                sheet = base.grid is None
                self.judge(base, changed_sheet(chance, base.data, base.reading) if sheet else changed_text(chance, base.grid))

    def judge(self, base, change):
        answer = self.read(change.data, ".xlsx" if base.grid is None else ".csv")
        difference = turned(base.reading, answer, change)
        end = told(base.reading, answer) if difference else "same"
        self.counts[change.unit, change.place, end] += 1
        if end == "in silence":
            self.silent.append((change.place, f"{base.name}: {change.how}: {difference}; notes {answer['notes']}"))

    def report(self):
        ends = ("same", "refused", "called a guess", "told by rejects", "in silence")
        total = self.counts.total()
        stayed = sum(n for (_, _, end), n in self.counts.items() if end == "same")
        lines = [
            f"{total:,} changes of {len(self.bases)} files (seed {self.seed}): the decision stays in {stayed:,} "
            f"({100 * stayed / total:.1f} %) and turns in {total - stayed:,}, of these {len(self.silent):,} in silence",
            f"  {'what is changed':44}" + "".join(f"{end:>16}" for end in ends),
        ]
        for unit in ("byte", "row", "cell"):
            for place, meaning in PLACES.items():
                row = [self.counts[unit, place, end] for end in ends]
                if any(row):
                    lines.append(f"  {unit + ': ' + meaning:44}" + "".join(f"{n:16,}" for n in row))
        lines += [f"  {place}: {what}" for place, what in sorted(self.silent)[:SHOWN]]
        return "\n".join(lines + self.faults[:SHOWN])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--packages", required=True)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--seconds", type=float, default=7200)
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--all", action="store_true", help="every silent one")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(given.program, folder, given.packages, given.seed)
        run.choose()
        run.change_all(given.changes, given.seconds)
        run.reader.close()
    print(run.report())
    if given.all:
        print("\n".join(f"{place}: {what}" for place, what in run.silent))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
