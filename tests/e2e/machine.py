"""The machine around the tests: programs, ports, processes, and waiting with a deadline."""

import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import signal
import socket
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def mcp_enabled():
    return os.environ.get("MCP_ENABLED", "true").lower() not in ("false", "0", "no")


def binary():
    """Path of the program under test, or None."""
    wanted = os.environ.get("SLUICE_BINARY")
    if wanted:
        return pathlib.Path(wanted).resolve()
    for path in ("build/dev/src/app/sluice", "build/release/sluice"):
        if (ROOT / path).is_file():
            return ROOT / path
    return None


def has_fault_points():
    """Fault points are compiled out of release builds."""
    return b"SLUICE_FAULT" in binary().read_bytes()


def temporal_binary():
    own = ROOT / ".deps/temporal/temporal"
    return str(own) if own.exists() else shutil.which("temporal")


# Below the range that outgoing connections take, so that a port stays free between two starts. A block is one run's, or
# one worker's of a run, as long as it lives: the kernel drops the lock with the process.
PORTS = range(20_000, 32_000)
PORTS_OF_BLOCK = 100
_blocks = []
_ports = iter(())


def claim_block():
    """A block of ports that no other run on this machine has: its lock, which must be kept, and the ports."""
    folder = pathlib.Path(tempfile.gettempdir(), f"sluice-test-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    starts = list(PORTS[::PORTS_OF_BLOCK])
    random.shuffle(starts)
    for start in starts:
        lock = open(folder / str(start), "w", encoding="utf-8")  # noqa: SIM115 - held until this process ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return lock, range(start, start + PORTS_OF_BLOCK)
    raise AssertionError(f"all {len(starts)} blocks of ports are taken; see the locks in {folder}")


def free_port():
    """A port that nobody else here is given, and that nothing listens on."""
    global _ports
    while True:
        for port in _ports:
            if port_is_free(port):
                return port
        lock, ports = claim_block()
        _blocks.append(lock)
        _ports = iter(ports)


def port_is_free(port):
    with socket.socket() as s:
        # As servers do: connections lingering in TIME_WAIT are not "taken".
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def until(condition, timeout_s, what, every_s=0.1):
    """Polls until `condition()` is truthy and returns that; fails with `what` when time is up."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what() if callable(what) else what}")
        time.sleep(every_s)


class Process:
    """A process by pid and start time, so that a reused pid is never taken for it."""

    def __init__(self, pid):
        self.pid = pid
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        self.ppid, self.started = int(stat[1]), stat[19]
        raw = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        self.args = [a.decode(errors="replace") for a in raw.split(b"\0") if a]

    def __repr__(self):
        return f"{self.pid} {' '.join(self.args)}"

    def alive(self):
        try:
            stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            threads = len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return False
        # Threads of a killed process may outlive its first one, and hold its ports until the last has ended.
        return stat[19] == self.started and (stat[0] not in "ZX" or threads > 1)

    def kill(self, sig=signal.SIGKILL):
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)


def processes():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError):
                found.append(Process(int(entry)))
    return found


def descendants(pid):
    everyone = processes()
    ours, grew = {pid}, True
    while grew:
        more = {p.pid for p in everyone if p.ppid in ours} - ours
        ours |= more
        grew = bool(more)
    return [p for p in everyone if p.pid in ours and p.pid != pid]
