"""Soak tests run the real program as the end-to-end tests do, for longer; their figures go into a note."""

import pathlib
import sys

import pytest

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"
sys.path.insert(0, str(E2E))

from machine import binary  # noqa: E402  it lies there
from sluice import Sluice  # noqa: E402

figures = []


@pytest.fixture
def figure():
    """`figure("text")`: said at the end of the run."""
    return figures.append


@pytest.fixture
def sluice(tmp_path):
    path = binary()
    assert path is not None and "dev" not in path.parts, f"soak runs the release build, not {path}: see `make soak`"
    instance = Sluice(tmp_path / "soak")
    try:
        yield instance.start()
    finally:
        instance.close()


def pytest_terminal_summary(terminalreporter):
    for text in figures:
        terminalreporter.write_line("figure: " + text)
