"""The files of the suite "hard workspace", and the tables that must come of them, cell by cell."""

import random
import zlib

HEADER = ("Order ID", "region", "amount", "when", "day", "note")
ROWS = [
    ("007", "north", "1,234.50", "2024-01-31 10:00:00", "31.01.2024", "old"),
    ("008", "south", "7.00", "2024-02-29 23:59:59.5", "1.2.2024", "older"),
    ("009", "NA", "12.25", "2024-03-01 00:00:00", "15.03.2024", "oldest"),
    ("009", "NA", "12.25", "2024-03-01 00:00:00", "15.03.2024", "oldest"),
]
LARGE_ROWS = 2_000_000  # More than 64 MiB of Parquet, which goes in parts.


def moment(text):
    """As it is compared: no `T`, no fraction but what is needed."""
    return text.replace("T", " ")[:19] + text[19:].rstrip("0").rstrip(".")


class Small:
    """A few rows of five columns. The second version has a row more, and a column less or more if that is wanted."""

    def __init__(self, columns=(0, 1, 2, 3, 4)):
        self.second_columns = columns

    def rows(self, version):
        last = ("010", "east", "1.00", "2024-03-02 00:00:00", "16.03.2024", "new")
        return [*ROWS, last] if version > 1 else ROWS

    def kept(self, version):
        """Indices of the columns."""
        return self.second_columns if version > 1 else (0, 1, 2, 3, 4)

    def file(self, version):
        quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in [HEADER, *self.rows(version)]]
        return ("\n".join(",".join(row[at] for at in self.kept(version)) for row in quoted) + "\n").encode()

    def bronze(self, version):
        return sorted([*(row[at] for at in self.kept(version)), str(version)] for row in self.rows(version))

    def silver(self, version):
        typed = set()
        for order, region, amount, when, day, note in self.rows(version):
            d, m, y = day.split(".")
            cells = (order, region, amount.replace(",", ""), when, f"{y}-{m:0>2}-{d:0>2}", note)
            typed.add(tuple(cells[at] for at in self.kept(version)))
        return sorted(map(list, typed))

    def table(self, layer, version):
        return self.bronze(version) if layer == "bronze" else self.silver(version)

    answer = table

    def sql(self, table):
        return f"SELECT * FROM {table}"

    query = sql

    def compared(self, rows):
        """Of the workspace's and of a query's, which write moments in two ways."""
        return sorted([moment(str(cell)) if str(cell)[4:5] == "-" else str(cell) for cell in row] for row in rows)

    def governed(self, layer, version):
        """What the rows may look like to our principal under a mask or a filter of the table."""
        rows = self.table(layer, version)
        return [
            sorted([row[0], "***", *row[2:]] for row in rows),
            sorted([*row[:3], "None", *row[4:]] for row in rows),
            [row for row in rows if row[1] == "north"],
        ]


class Large:
    """Noise that does not compress. Tables are compared by sums of their rows' checksums, queries by their first rows."""

    def __init__(self):
        self._sums, self._first = {}, {}

    def file(self, version):
        rng = random.Random(version)
        noise = [f"{rng.getrandbits(256):064x}" for _ in range(LARGE_ROWS)]
        self._sums[version] = sum(zlib.crc32(f"{i}:{cell}".encode()) for i, cell in enumerate(noise))
        self._first[version] = [[str(i), noise[i]] for i in range(20)]
        return ("id,noise\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(noise))).encode()

    def table(self, _, version):
        return [[str(LARGE_ROWS), str(self._sums[version])]]

    def answer(self, _, version):
        return self._first[version]

    def sql(self, table):
        return f"SELECT count(*), sum(crc32(encode(concat(CAST(id AS STRING), ':', noise), 'utf-8'))) FROM {table}"

    def query(self, table):
        return f"SELECT id, noise FROM {table} WHERE id < 20"

    def compared(self, rows):
        return sorted([str(cell) for cell in row] for row in rows)

    def governed(self, *_):
        return []


CONTENTS = {
    "small": Small,
    "a column goes": lambda: Small((0, 2, 3, 4)),
    "a column comes": lambda: Small((0, 1, 2, 3, 4, 5)),
    "large": Large,
}
