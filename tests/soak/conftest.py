"""Soak tests run the real program as the end-to-end tests do, for longer; their figures go into a note."""

import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS)]

from machine import binary  # noqa: E402  it lies there
from sluice import Sluice  # noqa: E402

figures = []


@pytest.fixture
def figure():
    """`figure("text")`: said at the end of the run; at once in the file SOAK_FIGURES, for runs that are cut short."""

    def say(text):
        figures.append(text)
        if os.environ.get("SOAK_FIGURES"):
            with open(os.environ["SOAK_FIGURES"], "a") as out:
                out.write(text + "\n")

    return say


def instances(folder):
    path = binary()
    assert path is not None and "dev" not in path.parts, f"soak runs the release build, not {path}: see `make soak`"
    made = []

    def make(**settings):
        made.append(Sluice(folder / f"soak{len(made)}", **settings))
        return made[-1]

    yield make
    for instance in made:
        instance.close()


@pytest.fixture
def make_sluice(tmp_path):
    """Instances of a test's own, with settings, as in e2e."""
    yield from instances(tmp_path)


@pytest.fixture(scope="module")
def make_shared(tmp_path_factory):
    """Instances of a module's own; `make_shared(…).start()`."""
    yield from instances(tmp_path_factory.mktemp("module"))


@pytest.fixture
def sluice(make_sluice):
    return make_sluice().start()


def pytest_terminal_summary(terminalreporter):
    for text in figures:
        terminalreporter.write_line("figure: " + text)
