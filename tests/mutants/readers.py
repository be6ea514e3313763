"""Mutants straight at the readers: `read_files` processes that are thrown away when one dies, and a count of what came of it.

    PYTHONPATH=tests .venv/bin/python -m mutants.readers --program build/asan/src/ingest/read_files --count 1000
"""

import argparse
import collections
import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import re
import selectors
import signal
import subprocess
import tempfile
import threading
import time

import mutants

TIMEOUT_S = 10
#: ASan's own words would be lost in DuckDB's threads otherwise; leaks are looked for by the unit tests.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
PARALLEL = 2


class Reader:
    """One `read_files`; a new one is begun where the last has ended."""

    def __init__(self, program, folder, timeout_s=TIMEOUT_S):
        self.program, self.folder, self.timeout_s = pathlib.Path(program), pathlib.Path(folder), timeout_s
        self.folder.mkdir(parents=True, exist_ok=True)
        self.popen = None
        self.memory_bytes_max = 0

    def _start(self):
        self.said = open(self.folder / "stderr", "w+b")
        self.popen = subprocess.Popen(
            [self.program, self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said,
            env={**os.environ, **ENVIRONMENT}, bufsize=0,
        )  # fmt: skip
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.popen.stdout, selectors.EVENT_READ)

    def close(self):
        if self.popen:
            self._look_at_memory()
            self.popen.kill()
            self.popen.wait()
            self.popen.stdin.close()
            self.popen.stdout.close()
            self.selector.close()
            self.said.close()
            self.popen = None

    def _look_at_memory(self):
        try:
            status = pathlib.Path(f"/proc/{self.popen.pid}/status").read_text()
        except OSError:
            return
        found = re.search(r"VmHWM:\s+(\d+)", status)
        self.memory_bytes_max = max(self.memory_bytes_max, int(found.group(1)) * 1024 if found else 0)

    def _line(self):
        """What it answers, or None where it ended; TimeoutError."""
        answer, deadline = b"", time.monotonic() + self.timeout_s
        while not answer.endswith(b"\n"):
            if not self.selector.select(max(0, deadline - time.monotonic())):
                raise TimeoutError
            piece = self.popen.stdout.read(1 << 16)
            if not piece:
                return None
            answer += piece
        return json.loads(answer.decode(errors="replace"))

    def _last_words(self):
        self.said.seek(0)
        text = self.said.read().decode(errors="replace")
        summary = re.findall(r"^SUMMARY: (.*)|(.*runtime error: .*)|^(terminate called.*|fuzz: .*)$", text, re.MULTILINE)
        return next((part for found in summary for part in found if part), text[-300:].strip())

    def read(self, path):
        """A dict: what `read_files` said, or `died` and its last words, or `timeout`."""
        if self.popen is None:
            self._start()
        try:
            self.popen.stdin.write(f"{path}\n".encode())
            answer = self._line()
        except TimeoutError:
            self.close()
            return {"timeout": f"no answer within {self.timeout_s} s"}
        except BrokenPipeError:
            answer = None
        if answer is None:
            code = self.popen.wait()
            words = self._last_words()
            self.close()
            name = signal.Signals(-code).name if code < 0 else f"exit {code}"
            return {"died": name, "words": words}
        if self.said.seek(0, os.SEEK_END):  # the undefined-behaviour sanitizer goes on after it spoke
            words = self._last_words()
            self.said.truncate(0)
            if "runtime error" in words:
                answer["fault"] = words
        return answer


class Tally:
    """What came of all files, and the culprits kept."""

    def __init__(self, keep):
        self.keep = pathlib.Path(keep)
        self.lock = threading.Lock()
        self.files = collections.Counter()
        self.ends = collections.Counter()
        self.deaths = collections.Counter()
        self.bad = []
        self.slowest_ms = 0

    def add(self, mutant, answer, confirmed):
        end, what = judged(answer)
        with self.lock:
            self.files[mutant.format] += 1
            self.ends[mutant.format, end if end != "refused" else f"refused {what}"] += 1
            self.slowest_ms = max(self.slowest_ms, answer.get("ms", 0))
            if end in ("refused", "right"):
                return
            self.deaths[mutant.format, end, what] += 1
            self.keep.mkdir(parents=True, exist_ok=True)
            path = self.keep / f"{mutant.number}-{mutant.format}-{end}-{mutant.name}"
            path.write_bytes(mutant.data)
            self.bad.append(f"{path}: {mutant.how}: {end}: {what}{'' if confirmed else ' (not again)'}")

    def report(self):
        total = sum(self.files.values())
        lines = [f"{total:,} files: " + ", ".join(f"{n:,} {f}" for f, n in sorted(self.files.items()))]
        for format_ in sorted(self.files):
            ends = {end: n for (of, end), n in self.ends.items() if of == format_}
            refused = sum(n for end, n in ends.items() if end.startswith("refused"))
            rest = {end: n for end, n in ends.items() if not end.startswith("refused")}
            codes = sorted(((n, end[8:]) for end, n in ends.items() if end.startswith("refused")), reverse=True)
            lines.append(f"  {format_}: {rest}, refused {refused}: " + ", ".join(f"{code} {n}" for n, code in codes[:6]))
        for (format_, end, what), count in self.deaths.most_common(40):
            lines.append(f"  {end} {count} x {format_}: {what}")
        lines.append(f"  slowest that answered: {self.slowest_ms} ms")
        return "\n".join(lines)


def judged(answer):
    """(end, what): refused, right, fault, died or timeout."""
    if "died" in answer:
        return "died", f"{answer['died']}: {answer['words']}"
    if "timeout" in answer:
        return "timeout", answer["timeout"]
    if "fault" in answer:
        return "fault", answer["fault"][:300]
    if "code" in answer:
        return "refused", answer["code"]
    return "right", ""


def same(answer, twin):
    """Whether two files that hold the same were read the same."""
    return all(answer.get(key) == twin.get(key) for key in ("code", "rows", "rejects", "content"))


class Run:
    def __init__(self, program, folder, keep, timeout_s=TIMEOUT_S, maker=None):
        self.program, self.folder, self.timeout_s = program, pathlib.Path(folder), timeout_s
        self.maker = maker
        self.tally = Tally(keep)
        self.twins = {}
        self.memory_bytes_max = 0

    def _once(self, reader, name, data):
        path = reader.folder / ("mutant" + "".join(pathlib.Path(name).suffixes[-2:]))
        path.write_bytes(data)
        try:
            return reader.read(path)
        finally:
            path.unlink()

    def _judge(self, reader, mutant):
        answer = self._once(reader, mutant.name, mutant.data)
        if mutant.twin is not None and "died" not in answer and "timeout" not in answer:
            key = hashlib.sha256(mutant.twin).digest()
            if key not in self.twins:
                self.twins[key] = self._once(reader, pathlib.Path(mutant.name).stem, mutant.twin)
            if not same(answer, self.twins[key]):
                answer["fault"] = f"not read as what it holds: {answer} and {self.twins[key]}"
        confirmed = True
        if judged(answer)[0] in ("died", "timeout"):
            again = self._once(reader, mutant.name, mutant.data)
            confirmed = judged(again)[0] == judged(answer)[0]
            reader.close()
        self.tally.add(mutant, answer, confirmed)

    def _worker(self, number, numbers, deadline):
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"reader{number}-") as folder:
            reader = Reader(self.program, folder, self.timeout_s)
            try:
                for mutant in numbers:
                    if time.monotonic() > deadline:
                        return
                    self._judge(reader, self.maker.make(mutant))
            finally:
                reader.close()
                self.memory_bytes_max = max(self.memory_bytes_max, reader.memory_bytes_max)

    def all(self, first, count, seconds):
        """`count` files from number `first` on, or as many as the seconds allow."""
        deadline = time.monotonic() + seconds
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            works = [
                pool.submit(self._worker, i, itertools.islice(range(first, first + count), i, None, PARALLEL), deadline)
                for i in range(PARALLEL)
            ]
            for work in works:
                work.result()
        return self.tally


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--formats", default=",".join(mutants.FORMATS))
    parser.add_argument("--keep", default="culprits")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S)
    given = parser.parse_args()
    maker = mutants.Maker(given.seed, given.formats.split(","))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(given.program, folder, given.keep, given.timeout, maker)
        tally = run.all(given.first, given.count, given.seconds)
    print(tally.report())
    print(f"  {time.monotonic() - began:.0f} s, memory of a reader at most {run.memory_bytes_max >> 20} MiB")
    print("\n".join(tally.bad[:200]))


if __name__ == "__main__":
    main()
