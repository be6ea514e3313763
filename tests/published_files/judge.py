"""Whether a file is read as a careful person would read it: `answers.jsonl` has the readings that somebody found right by looking."""

import json
import pathlib

ANSWERS = pathlib.Path(__file__).with_name("answers.jsonl")
#: Notes that call a reading a guess; or tell of records further in, of tables written by columns.
SAYS_SO = ("guess", "records_path", "Write it by records", "other sheets")
NAMES = 6  # names shown in a line


def answers():
    """By file name: {right: [reading, …], was, why}. A reading is {rows, columns, names} or {refused: true}."""
    lines = ANSWERS.read_text(encoding="utf-8").splitlines()
    return {answer["file"]: answer for answer in map(json.loads, lines)}


def is_that(reading, right):
    if right.get("refused"):
        return "code" in reading
    if "code" in reading or reading["rows"] != right["rows"]:
        return False
    first = right.get("names", [])
    return len(reading["names"]) == right.get("columns", len(reading["names"])) and reading["names"][: len(first)] == first


def verdict(reading, answer):
    """`right`; `said`: refused, or taken with a note that it may be read otherwise, and how; else `wrong`."""
    if any(is_that(reading, right) for right in answer["right"]):
        return "right"
    if "code" in reading or any(word in note for note in reading["notes"] for word in SAYS_SO):
        return "said"
    return "wrong"


def line(reading):
    """A reading in a line."""
    if "code" in reading:
        return f"refused, {reading['code']}: {reading['detail']}"
    names = ", ".join(repr(name) for name in reading["names"][:NAMES])
    rejects = f", {reading['rejects']} rejects" if reading["rejects"] else ""
    return f"{reading['format']} {reading['encoding']}: {reading['rows']} rows × {len(reading['names'])}{rejects}: {names}"
