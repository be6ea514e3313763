#!/usr/bin/python3
"""Packs files and writes the C++ that compiles them in. `tools/embed.py OUT NAME FILE=CONTENT_TYPE…`

OUT/NAME.cc defines `std::span<const sluice::http::Asset> sluice::embedded::NAME()`; the packed bytes lie beside it and are
taken by the assembler, which costs the compiler nothing. Called by cmake/SluiceEmbed.cmake.
"""

import gzip
import hashlib
import pathlib
import sys


def main(out, name, *files):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    assembly, declared, rows = [], [], []
    for number, entry in enumerate(files):
        path, _, content_type = entry.partition("=")
        content_type += "; charset=utf-8" if content_type.startswith("text/") else ""
        plain = pathlib.Path(path).read_bytes()
        packed = out / f"{name}_{number}.gz"
        packed.write_bytes(gzip.compress(plain, 9, mtime=0))
        symbol = f"sluice_{name}_{number}"
        assembly.append(f".global {symbol}\n{symbol}:\n.incbin \"{packed}\"\n")
        declared.append(f"extern const char {symbol}[];")
        etag = hashlib.sha256(plain).hexdigest()[:24]
        rows.append(f'    {{"{pathlib.Path(path).name}", "{content_type}", {{{symbol}, {packed.stat().st_size}}}, {len(plain)}, '
                    f'"W/\\"{etag}\\""}},')
    (out / f"{name}.cc").write_text("\n".join([
        f"// Made by tools/embed.py: {len(files)} files.", "#include <span>", "", '#include "http/asset.h"', "",
        'asm(R"(.section .rodata', *assembly, '.previous)");', "", 'extern "C" {', *declared, "}", "",
        "namespace sluice::embedded {", "", f"std::span<const http::Asset> {name}();", "",
        f"std::span<const http::Asset> {name}() {{", "  static const http::Asset all[] = {", *rows, "  };",
        "  return all;", "}", "", "}  // namespace sluice::embedded", ""]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
