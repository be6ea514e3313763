"""Changes inside an .xls: the compound file around it (MS-CFB) and the records of its workbook (MS-XLS)."""

import struct

from mutants.raw import INTERESTING, changed

SECTOR = 512
END_OF_CHAIN = 0xFFFFFFFE
#: BOF of a workbook in BIFF8: the stream lies in one piece in files as small as ours.
BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00"


def records(data):
    """(place, type, length) of each record from the first BOF on, as far as they hold together."""
    at = data.find(BOF)
    found = []
    while 0 <= at <= len(data) - 4:
        kind, size = struct.unpack_from("<HH", data, at)
        if at + 4 + size > len(data) or (kind == 0 and size == 0):
            break
        found.append((at, kind, size))
        at += 4 + size
    return found


def change_record(rng, data, found):
    at, _, size = rng.choice(found)
    what = rng.randrange(5)
    if what == 0:
        struct.pack_into("<H", data, at + 2, rng.choice((0, 1, size - 1, size + 1, 0xFFFF, rng.randrange(9_000))) % 65_536)
    elif what == 1:
        struct.pack_into("<H", data, at, rng.choice([kind for _, kind, _ in found]))
    elif what == 2 and size:
        data[at + 4 : at + 4 + size] = changed(rng, bytes(data[at + 4 : at + 4 + size]))[:size].ljust(size, b"\0")
    elif what == 3 and size >= 4:
        place = at + 4 + 2 * rng.randrange(size // 2)
        form = "<H" if place + 4 > at + 4 + size else rng.choice(("<H", "<I"))
        struct.pack_into(form, data, place, rng.choice(INTERESTING) % (1 << 8 * struct.calcsize(form)))
    else:
        other = rng.choice(found)
        piece = bytes(data[other[0] : other[0] + 4 + other[2]])
        data[at : at + len(piece)] = piece


def change_container(rng, data):
    """The header's counts and places, an entry of the allocation table, an entry of the directory."""
    what = rng.randrange(3)
    if what == 0:
        place = rng.choice((24, 26, 28, 30, 32, 44, 48, 56, 60, 64, 68, 72, 76, 80))
        struct.pack_into("<I", data, place, rng.choice((*INTERESTING, END_OF_CHAIN, 0, 1, 2)) % (1 << 32))
        return
    table = struct.unpack_from("<I", data, 76 if what == 1 else 48)[0]
    start = (table + 1) * SECTOR
    if start + SECTOR > len(data):
        return
    if what == 1:
        place = start + 4 * rng.randrange(SECTOR // 4)
        struct.pack_into("<I", data, place, rng.choice((0, 1, 2, 3, END_OF_CHAIN, 0xFFFFFFFF, 0x7FFFFFFF, rng.randrange(12))))
    else:
        place = start + 128 * rng.randrange(SECTOR // 128) + rng.choice((0, 64, 66, 68, 72, 76, 116, 120, 124))
        struct.pack_into("<I", data, place, rng.choice((*INTERESTING, 0, 1, 3)) % (1 << 32))


def mutated(rng, data):
    data = bytearray(data)
    found = records(data)
    how = "record" if found and rng.random() < 0.75 else "container"
    for _ in range(rng.choice((1, 1, 2, 3))):
        if how == "record":
            change_record(rng, data, found)
        else:
            change_container(rng, data)
    return bytes(data), how
