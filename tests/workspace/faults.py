"""Faults for the next calls that match, told by `POST /_control/faults`."""

import dataclasses
import re
import threading


@dataclasses.dataclass
class Fault:
    """`action`: `status` (with `status`, `code`, `retry_after`), `delay` (of `seconds`), or where the connection breaks:
    `reset` (before anything is done), `half_body` (within the request's body), `lost` (done, but the answer never comes),
    `half_answer` (within the answer); `expire` (all OAuth tokens do), `expired-link`; `closed`: a statement that succeeded has its
    result closed already; or `statement`: it ends as FAILED with `message`. A `status` may have `headers`, and `text` for its body.
    `count` None is for ever."""

    action: str
    method: str = ".*"
    path: str = ".*"  # Found in the path, with `?` and the query behind it where it has one.
    body: str = ""
    count: int | None = 1
    status: int = 503
    code: str | int = "INJECTED"
    message: str = "by the test"
    retry_after: int | None = None
    seconds: float = 0.0
    headers: dict = dataclasses.field(default_factory=dict)
    text: str | None = None

    def meets(self, method, path, body):
        if self.count == 0 or not re.fullmatch(self.method, method):
            return False
        return bool(re.search(self.path, path) and re.search(self.body, body))

    def body_of(self):
        return {"error_code": self.code, "message": self.message} if self.text is None else self.text


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

    def take(self, exchange):
        """The fault that this call meets, or None."""
        path = exchange.route + ("?" + exchange.url.query if exchange.url.query else "")
        body = exchange.raw.decode("utf-8", "replace")
        with self._lock:
            for fault in self._faults:
                if fault.meets(exchange.command, path, body):
                    if fault.count is not None:
                        fault.count -= 1
                    self.hits += 1
                    return fault
        return None
