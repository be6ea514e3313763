"""Mutated files of every format that Sluice reads: from a seed and a number, always the same one.

    one = mutants.Maker(seed=1).make(4711)      # a Mutant
    python -m mutants --seed 1 4711 > culprit   # with tests/ on PYTHONPATH
"""

import random
import zipfile
from typing import NamedTuple

from mutants import containers, old_excel, parquet, seeds
from mutants.raw import changed, changed_text, spliced

FORMATS = seeds.FORMATS
#: A file is made of one of its own kind, and now and then of two kinds.
SPLICED_SHARE, RAW_SHARE, BOMB_SHARE = 0.02, 0.25, 0.0005


class Mutant(NamedTuple):
    number: int
    format: str
    name: str  # of the file as it is sent
    data: bytes
    how: str
    twin: bytes | None  # what it must be read as: it holds these very bytes, packed otherwise


class Maker:
    def __init__(self, seed, formats=FORMATS):
        self.seed, self.formats = seed, tuple(formats)
        self._taken_apart = {}

    def make(self, number):
        rng = random.Random(f"{self.seed}:{number}")
        format_ = self.formats[number % len(self.formats)]
        files = seeds.of(format_)
        name = rng.choice(list(files))
        data = files[name]
        if format_ == "archive":
            return self._archive(rng, number, name, data)
        if rng.random() < SPLICED_SHARE:
            other = seeds.of(rng.choice(self.formats))
            return Mutant(number, format_, name, spliced(rng, data, other[rng.choice(list(other))]), f"{name}: spliced", None)
        made, how = getattr(self, "_" + format_)(rng, name, data)
        return Mutant(number, format_, name, made, f"{name}: {how}", None)

    def _parts(self, take_apart, name, data):
        """What is parsed once per seed; None where it cannot be."""
        if name not in self._taken_apart:
            try:
                self._taken_apart[name] = take_apart(data)
            except (ValueError, IndexError, zipfile.BadZipFile, TypeError):
                self._taken_apart[name] = None
        return self._taken_apart[name]

    def _parquet(self, rng, name, data):
        file = None if rng.random() < RAW_SHARE else self._parts(parquet.taken_apart, name, data)
        if file is None:
            return changed(rng, data), "bytes"
        try:
            return parquet.mutated(rng, file)
        except (OSError, ValueError, IndexError, TypeError, OverflowError):  # a page that another change made unreadable
            return changed(rng, data), "bytes"

    def _xlsx(self, rng, name, data):
        parts = None if rng.random() < RAW_SHARE else self._parts(containers.members, name, data)
        if not parts:
            return (containers.zip_lies(rng, data), "zip lies") if rng.random() < 0.5 else (changed(rng, data), "bytes")
        return containers.zip_mutated(rng, parts)

    _ods = _xlsx

    def _xls(self, rng, name, data):
        if rng.random() < RAW_SHARE or not data.startswith(b"\xd0\xcf\x11\xe0"):
            return changed(rng, data), "bytes"
        return old_excel.mutated(rng, data)

    def _csv(self, rng, name, data):
        return changed_text(rng, data), "text"

    _json = _csv

    def _archive(self, rng, number, name, text):
        kind, ending = rng.choice((("gzip", ".gz"), ("zstd", ".zst"), ("xz", ".xz")))
        file_name = name + ending
        if rng.random() < BOMB_SHARE:
            return Mutant(number, "archive", file_name, containers.bomb(rng, kind), f"{kind} bomb", None)
        data, how, same = getattr(containers, kind + "_mutated")(rng, text)
        return Mutant(number, "archive", file_name, data, f"{file_name}: {how}", text if same else None)
