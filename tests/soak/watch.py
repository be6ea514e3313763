"""What a server uses while it works: memory of its processes, bytes of its folder."""

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


def folder_bytes(folder):
    """Blocks on the disk: a file with two names counts once, one without a name not at all."""
    seen = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            stat = path.lstat()
            seen[stat.st_ino] = stat.st_blocks * 512
    return sum(seen.values())


class Watch:
    """`with Watch(pids, folder) as seen:` and then `seen.folder_bytes_max`, `seen.memory_bytes_max[pid]`.

    Memory is VmHWM, which the kernel keeps: no peak is missed between two looks.
    """

    def __init__(self, pids, folder, every_s=0.2):
        self.pids, self.folder, self.every_s = pids, folder, every_s
        self.folder_bytes_max = 0
        self.memory_bytes_max = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def look(self):
        self.folder_bytes_max = max(self.folder_bytes_max, folder_bytes(self.folder))
        for pid in self.pids:
            self.memory_bytes_max[pid] = max(self.memory_bytes_max.get(pid, 0), status_bytes(pid, "VmHWM"))

    def _run(self):
        while not self.over.wait(self.every_s):
            self.look()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.look()
