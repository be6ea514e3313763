#!/usr/bin/env python3
"""Makes those files beside it that are packed in less usual ways. Needs inflate64 and pyzipper; run it in a venv of
your own. The files are committed.
"""

import io
import lzma
import pathlib
import struct
import tarfile
import zipfile
import zlib

import inflate64
import pyzipper

HERE = pathlib.Path(__file__).parent
MIB = 1 << 20


def xz(text, dictionary_bytes=MIB, **how):
    return lzma.compress(text, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": dictionary_bytes}], **how)


def tar(name, text):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return out.getvalue()


def zstd_frame(text, window_log):
    """One raw block behind a header that asks for such a window (RFC 8878, 3.1.1.1.2)."""
    return struct.pack("<IBB", 0xFD2FB528, 0, (window_log - 10) << 3) + struct.pack("<I", len(text) << 3 | 1)[:3] + text


def zipped(name, text, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name), text, method)
    return out.getvalue()


def deflate64_zip(name, text):
    """As Windows packs what is larger than 2 GB; zipfile knows the method's number only."""
    packer = inflate64.Deflater()
    packed = packer.deflate(text) + packer.flush()
    common = struct.pack("<5H3I2H", 21, 0, 9, 0, 0x21, zlib.crc32(text), len(packed), len(text), len(name), 0)
    local = b"PK\3\4" + common + name + packed
    directory = b"PK\1\2" + struct.pack("<H", 21) + common + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name
    return local + directory + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 1, 1, len(directory), len(local), 0)


def aes_zip(name, text):
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"secret")
        archive.writestr(name, text)
    return out.getvalue()


def main():
    rows = b"id,name\n1,x\n", b"2,y\n"
    streams = xz(rows[0], check=lzma.CHECK_SHA256) + bytes(8) + xz(rows[1], 64 * MIB)
    wrong = bytearray(xz(b"".join(rows)))
    wrong[-25] ^= 1  # Of the block's checksum.
    files = {
        "orders.csv.xz": streams,
        "cut.csv.xz": streams[:-20],
        "wrong.csv.xz": bytes(wrong),
        "bomb.csv.xz": xz(b"a,b\n" + b"1,2\n" * (35 * MIB)),
        "window.csv.xz": xz(b"".join(rows), 192 * MIB),
        "window.csv.zst": zstd_frame(b"".join(rows), 28),
        "one.tar.xz": xz(tar("orders.csv", b"".join(rows))),
        "bzip2.zip": zipped("orders.csv", b"".join(rows), zipfile.ZIP_BZIP2),
        "lzma.zip": zipped("orders.csv", b"".join(rows), zipfile.ZIP_LZMA),
        "deflate64.zip": deflate64_zip(b"orders.csv", b"".join(rows)),
        "aes.zip": aes_zip("orders.csv", b"".join(rows)),
    }
    for name, data in files.items():
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
