"""Any workspace, on the first try: each switch of hard_table.py and hard_further.py, on a workspace that is as most accounts are.

`make test` has one of each kind, `make soak` all (WORKSPACE_FAULTS=all). HARD_ONLY takes the switches in whose names this
regular expression is found; HARD_BASE=easy switches each on a workspace that is easy in all else.
"""

import os
import re

import pytest
from hard_case import STAGES, Case
from hard_further import FURTHER
from hard_table import SWITCHES
from ways import HARD

ALL = os.environ.get("WORKSPACE_FAULTS") == "all"
ONLY = os.environ.get("HARD_ONLY")
BASE = {} if os.environ.get("HARD_BASE") == "easy" else HARD


def wanted(switch):
    return re.search(ONLY, switch.name) if ONLY else ALL or switch.in_test


@pytest.mark.parametrize("switch", [pytest.param(each, id=each.name) for each in (*SWITCHES, *FURTHER) if wanted(each)])
def test_right_tables_or_a_word_that_helps(workspace, make_sluice, table_row, switch):
    case = Case(switch, workspace, make_sluice(), BASE)
    try:
        case.run()
    finally:
        cells = [f"{case.ends[name].word} ({case.ends[name].seconds:.0f} s)" if name in case.ends else "-" for name in STAGES]
        table_row("a hard workspace", ["switch", *STAGES], [switch.name, *cells])
        for name, end in case.ends.items():
            if end.said:
                print(f"{name}: {end.said}")
    assert not case.wrong, "\n".join(case.wrong)


def test_names_are_of_one_switch():
    every = (*SWITCHES, *FURTHER)
    assert len({switch.name for switch in every}) == len(every)
