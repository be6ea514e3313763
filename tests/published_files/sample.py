"""Which files: 200 of all data files in the packages, drawn by a seed, no package and no format too often."""

import collections
import pathlib
import random
import re
import tarfile
import zipfile
from typing import NamedTuple

SEED = 22
FILES = 200
OF_A_PACKAGE_MAX = 30
BYTES_LEAST, BYTES_MAX = 50, 20_000_000


class Kind(NamedTuple):
    name: str
    endings: set
    files: int  # of the sample
    of_a_package_max: int


KINDS = [
    Kind("text", {"csv", "tsv", "tab", "dat", "data", "txt"}, 100, 14),
    Kind("excel", {"xls", "xlsx", "xlsm", "xlsb", "ods"}, 55, 18),
    Kind("json", {"json", "ndjson", "jsonl"}, 45, 8),
]
# Of the package, not its data; prose: licences, what programs print; what macOS keeps beside a file.
NO_DATA = (
    "egg-info/ dist-info/ licenses/ docs/ i18n/ resources/labelers/ embeddings/ JMulTi_results/ tests/data/txt/ "
    "/._ package.json composer.json requirements LICENSE README"
).split()


class File(NamedTuple):
    package: str  # `csvkit-2.2.0.tar.gz`
    member: str  # within it; of an archive within it, behind a `!`
    kind: str

    @property
    def name(self):
        """`csvkit-2.2.0: examples/dummy.csv`, what answers.jsonl calls it."""
        return f"{title(self.package)}: {self.member}"


def title(package):
    """`csvkit-2.2.0` of any package's file name: without endings and the platform that a wheel is for."""
    return re.match(r".+?-\d+(\.\d+)*", package)[0]


def members(package):
    """(name, bytes) of each file in it; a tar archive within it is looked into as well."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            yield from ((info.filename, info.file_size) for info in archive.infolist() if not info.is_dir())
        return
    with tarfile.open(package) as archive:
        for info in archive:
            if not info.isfile():
                continue
            yield info.name, info.size
            if info.name.endswith(".tar.gz"):
                with tarfile.open(fileobj=archive.extractfile(info)) as inner:
                    yield from ((f"{info.name}!{part.name}", part.size) for part in inner if part.isfile())


def content(folder, file):
    package = pathlib.Path(folder) / file.package
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            return archive.read(file.member)
    with tarfile.open(package) as archive:
        outer, _, inner = file.member.partition("!")
        if not inner:
            return archive.extractfile(outer).read()
        with tarfile.open(fileobj=archive.extractfile(outer)) as nested:
            return nested.extractfile(inner).read()


def kind_of(member):
    ending = member.lower().removesuffix(".gz").rpartition(".")[2]
    return next((kind for kind in KINDS if ending in kind.endings), None)


def sample(folder):
    """The files, in the order of their names. The same for the same packages."""
    candidates = collections.defaultdict(list)
    for package in sorted(pathlib.Path(folder).iterdir()):
        for member, size in members(package):
            kind = kind_of(member)
            if kind and BYTES_LEAST <= size <= BYTES_MAX and not any(part in member for part in NO_DATA):
                candidates[kind.name].append(File(package.name, member, kind.name))
    chance = random.Random(SEED)
    of_package = collections.Counter()
    drawn = []
    for kind in sorted(KINDS, key=lambda kind: len(candidates[kind.name])):  # the rarest first
        of_kind = collections.Counter()
        files = sorted(candidates[kind.name])
        for file in chance.sample(files, len(files)):
            if of_kind.total() == kind.files:
                break
            if of_kind[file.package] < kind.of_a_package_max and of_package[file.package] < OF_A_PACKAGE_MAX:
                of_kind[file.package] += 1
                of_package[file.package] += 1
                drawn.append(file)
    assert len(drawn) == FILES, f"{len(drawn)} files, where {FILES} were to be drawn"
    return sorted(drawn)
