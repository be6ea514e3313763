"""Changes to bytes of no particular format, and to text."""

import struct

#: Where readers of lengths, counts and offsets go wrong.
INTERESTING = sorted(
    {sign * (1 << bits) + by for bits in (7, 8, 15, 16, 24, 31, 32, 47, 62, 63) for by in (-1, 0, 1) for sign in (1, -1)}
    | {0, 1, 2, 3, -1, -2, 10, 100, 1000, 65_000, 1_000_000, 10**9, 10**12, 10**18}
)
NUMBERS = ("0", "-0", "-1", "99999999999999999999", "1e309", "-1e-400", "NaN", "0x10", "9" * 400, "1." + "0" * 60 + "1",
           "2147483648", "9223372036854775808", "-9223372036854775809", "1_000", "١٢", "00", "+5", ".5", "5.")  # fmt: skip
TOKENS = (b'"', b'""', b'"""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3",
          b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"{", b"}", b"[", b"]", b"[]", b"{}", b":", b"null", b"true",
          b"\\", b"\\u0000", b"\\ud800", b"\\x", b"'", b"#", b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
          b"2024-02-30", b"9999-12-31T23:59:60Z", b"-0001-01-01", b"1e5", b"infinity")  # fmt: skip
DEEP = 100_000
LONG = 300_000
#: Repetitions of a few bytes in a bomb.
WIDE_TEXT = 8_000_000


def flip_bit(rng, data):
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)


def set_byte(rng, data):
    data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def set_integer(rng, data):
    form = rng.choice(("<H", "<I", "<Q", ">H", ">I", ">Q"))
    size = struct.calcsize(form)
    if len(data) < size:
        return
    at = rng.randrange(len(data) - size + 1)
    value = rng.choice(INTERESTING) % (1 << 8 * size)
    data[at : at + size] = struct.pack(form, value)


def cut_end(rng, data):
    del data[rng.randrange(len(data)) :]


def a_range(rng, data, longest=256):
    start = rng.randrange(len(data))
    return start, min(len(data), start + rng.randint(1, longest))


def remove(rng, data):
    start, end = a_range(rng, data)
    del data[start:end]


def repeat(rng, data):
    start, end = a_range(rng, data)
    times = rng.choice((1, 1, 1, 2, 10, 100))
    data[start:start] = data[start:end] * times


def insert_noise(rng, data):
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.randint(1, 64))


def overwrite(rng, data):
    start, end = a_range(rng, data, 64)
    data[start:end] = bytes([rng.choice((0, 0xFF, 0x80, 0x41))]) * (end - start)


def swap(rng, data):
    first, second = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    size = min(rng.randint(1, 64), second - first, len(data) - second)
    if size > 0:
        data[first : first + size], data[second : second + size] = data[second : second + size], data[first : first + size]


BYTES = (flip_bit, flip_bit, flip_bit, set_byte, set_byte, set_integer, set_integer, set_integer, cut_end, remove, repeat,
         insert_noise, overwrite, swap)  # fmt: skip


def insert_token(rng, data):
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 2, 50))


def replace_number(rng, data):
    digits = [at for at, byte in enumerate(data[:4096]) if 48 <= byte <= 57]
    if not digits:
        return insert_token(rng, data)
    start = end = rng.choice(digits)
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    data[start:end] = rng.choice((*NUMBERS, str(rng.choice(INTERESTING)))).encode()


def repeat_line(rng, data):
    lines = bytes(data).split(b"\n")
    at = rng.randrange(len(lines))
    lines[at:at] = [rng.choice(lines)] * rng.choice((1, 1, 2, 40, 3000))
    data[:] = b"\n".join(lines)


def drop_line(rng, data):
    lines = bytes(data).split(b"\n")
    del lines[rng.randrange(len(lines))]
    data[:] = b"\n".join(lines)


def widen(rng, data):
    """A line of very many cells, a cell of very many bytes, or brackets in brackets."""
    at = rng.randrange(len(data) + 1)
    much = rng.choice((b",", b";", b"[", b'{"a":', b"x", b'"', b"\n", b"a,b\n"))
    data[at:at] = much * (rng.choice((65, 2_001, DEEP, LONG)) // len(much) + 1)


TEXT = (insert_token,) * 6 + (replace_number,) * 4 + (repeat_line,) * 2 + (drop_line, widen)


def changed(rng, data, kinds=BYTES, most=4):
    """A copy of `data` with a few changes."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 2, rng.randint(1, most)))):
        if data:
            rng.choice(kinds)(rng, data)
    return bytes(data)


def changed_text(rng, data):
    return changed(rng, data, BYTES if rng.random() < 0.4 else TEXT)


def spliced(rng, data, other):
    """The start of one file and the end of another."""
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
