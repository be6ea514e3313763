"""Peak memory of a process during one piece of work, by what Linux counts in /proc."""

import contextlib
import pathlib
import threading


def status_bytes(pid, field):
    """A field of /proc/PID/status that is given in kB; 0 for a process that has ended."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def children(pid):
    found = []
    with contextlib.suppress(OSError):  # it, or one of its threads, has ended
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found + [grandchild for child in found for grandchild in children(child)]


class Peak:
    """`with Peak(pid) as peak: …; peak.own_bytes, peak.children_bytes`

    The process's own peak is VmHWM, which the kernel keeps and which is set back at the beginning: nothing is
    missed between two looks. Children are looked at every `every_s`: the largest sum of their resident memory.
    Pages that they share with their parent count twice, so `bytes` is never too low.
    """

    def __init__(self, pid, every_s=0.05):
        self.pid, self.every_s, self.children_bytes = pid, every_s, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.own_bytes = status_bytes(self.pid, "VmHWM")
        self.bytes = self.own_bytes + self.children_bytes

    def _look(self):
        while True:
            now = sum(status_bytes(child, "VmRSS") for child in children(self.pid))
            self.children_bytes = max(self.children_bytes, now)
            if self.over.wait(self.every_s):
                return
