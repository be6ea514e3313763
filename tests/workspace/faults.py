"""Faults for the next calls that match, told by `POST /_control/faults`."""

import dataclasses
import re
import threading


@dataclasses.dataclass
class Fault:
    """`action`: `status` (with `status`, `code`, `retry_after`), `delay` (of `seconds`), or where the connection breaks:
    `reset` (before anything is done), `half_body` (within the request's body), `lost` (done, but the answer never comes),
    `half_answer` (within the answer); `expire` (all OAuth tokens do), `expired-link`; or `statement`: it ends as FAILED with `message`."""

    action: str
    method: str = ".*"
    path: str = ".*"
    body: str = ""
    count: int = 1
    status: int = 503
    code: str = "INJECTED"
    message: str = "by the test"
    retry_after: int | None = None
    seconds: float = 0.0


class Faults:
    """Threads: safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []
        self.hits = 0

    def add(self, description):
        with self._lock:
            self._faults.append(Fault(**description))

    def clear(self):
        with self._lock:
            self._faults.clear()

    def take(self, method, path, body):
        with self._lock:
            for fault in self._faults:
                if fault.count > 0 and re.fullmatch(fault.method, method) and re.search(fault.path, path) and re.search(fault.body, body):
                    fault.count -= 1
                    self.hits += 1
                    return fault
        return None
