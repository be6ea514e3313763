"""What the query workers of one API process did, seen from outside by strace."""

import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from machine import descendants, until

# `?` where an architecture has no such call.
CALLS = "%file,socket,connect,bind,ftruncate,prctl,clone,clone3,?fork,?vfork"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
# The engine resolves /proc/self to /proc/PID before it opens.
OWN_PROCESS = re.compile(r"^/proc/(self|\d+)(?=/|$)(/fd/\d+$)?")
RESULT_PATH = re.compile(r" = \d+<(.*)>$")


class Call:
    def __init__(self, pid, line):
        self.pid, self.line = pid, line
        self.name = line.partition("(")[0]
        path = QUOTED.search(line)
        self.path = path.group(1) if path else ""
        self.flags = frozenset(re.findall(r"\bO_[A-Z]+", line))
        opened = RESULT_PATH.search(line)
        self.opened = opened.group(1) if opened else None  # what the path led to

    def __repr__(self):
        return f"{self.pid}: {self.line}"

    def kind(self):
        """What was done, whatever the process and the descriptor are."""
        own = OWN_PROCESS.match(self.path)
        path = self.path if own is None else "/proc/self" + ("/fd/N" if own[2] else self.path[own.end() :])
        return self.name, path, self.flags

    def is_new_thread(self):
        return self.name.startswith("clone") and "CLONE_THREAD" in self.line


def workers_of(api):
    return {p.pid for p in descendants(api.pid) if "query-worker" in p.args}


class Trace:
    """Follows the API process and its workers, those not yet born included."""

    def __init__(self, api, folder):
        program = shutil.which("strace")
        if program is None:
            pytest.fail("no strace on PATH: run tools/deps --for test")
        self.api, self.folder = api, pathlib.Path(folder)
        self.folder.mkdir()
        # A worker waits bound or idle for long, so that these are all there are.
        self.workers = until(lambda: workers_of(api), 10, "warm query workers")
        followed = [f"--attach={pid}" for pid in (api.pid, *self.workers)]
        self.said = self.folder / "strace.err"
        with open(self.said, "wb") as said:
            self.popen = subprocess.Popen(
                [program, "-ff", "-y", "-s", "4096", "-e", f"trace={CALLS}", "-e", "signal=none"]
                + ["-o", str(self.folder / "calls"), *followed],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip
        until(self.is_attached, 20, lambda: f"strace is attached: {self.said.read_text()}")

    def is_attached(self):
        assert self.popen.poll() is None, self.said.read_text()
        tasks = [t for pid in (self.api.pid, *self.workers) for t in pathlib.Path(f"/proc/{pid}/task").iterdir()]
        return all(f"TracerPid:\t{self.popen.pid}\n" in (t / "status").read_text() for t in tasks)

    def close(self):
        """Lets the traced processes go on by themselves."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
            self.popen.wait(20)

    def _calls(self, task):
        path = self.folder / f"calls.{task}"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return [Call(task, line) for line in lines if re.match(r"\w+\(", line)]

    def executed(self):
        """Workers that were born under our eyes."""
        found = set()
        for path in self.folder.glob("calls.*"):
            task = int(path.suffix[1:])
            for call in self._calls(task):
                if call.name == "execve" and '"query-worker"' in call.line and call.line.endswith(" = 0"):
                    found.add(task)
        return found

    def locked_in(self):
        """{worker: its calls in lists by thread} since its sandbox was complete, which is before any SQL came."""
        out = {}
        for worker in self.workers | self.executed():
            calls = self._calls(worker)
            locks = [i for i, call in enumerate(calls) if "PR_SET_SECCOMP" in call.line]
            if not locks:
                continue  # has had no query yet
            threads = [calls[locks[-1] + 1 :]]
            for thread in threads:
                born = [call for call in thread if call.is_new_thread() and re.search(r" = \d+$", call.line)]
                threads += [self._calls(int(call.line.rpartition(" ")[2])) for call in born]
            out[worker] = threads
        return out

    def since(self, before):
        """Calls by workers that `before`, an earlier locked_in(), does not hold."""
        fresh = []
        for worker, threads in self.locked_in().items():
            had = before.get(worker, [])
            for i, thread in enumerate(threads):
                fresh += thread[len(had[i]) if i < len(had) else 0 :]
        return fresh
