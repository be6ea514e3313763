"""When the warehouse is up: a statement wakes it, and it stops when it has had none for `auto_stop_s`."""

import threading
import time


class Awake:
    """Threads: safe. `auto_stop_s` None: it stays up, as most tests want it."""

    def __init__(self, start_s):
        self.start_s, self.auto_stop_s = start_s, None
        self._lock = threading.Lock()
        self._woken_at = self._up_at = self._idle_since = None
        self._busy = self._wakings = 0
        self._past_s = 0.0  # Awake in wakings that are over.

    def begin(self):
        """A statement is submitted: when it may run."""
        with self._lock:
            self._stop_if_idle()
            if self._up_at is None:
                self._woken_at = time.monotonic()
                self._up_at = self._woken_at + self.start_s
                self._wakings += 1
            self._busy += 1
            return self._up_at

    def end(self):
        with self._lock:
            self._busy -= 1
            self._idle_since = time.monotonic()

    def state(self):
        with self._lock:
            self._stop_if_idle()
            return "STOPPED" if self._up_at is None else "STARTING" if time.monotonic() < self._up_at else "RUNNING"

    def sleep(self):
        """It is stopped, and nothing was counted."""
        with self._lock:
            self._up_at = self._woken_at = None
            self._wakings, self._past_s = 0, 0.0

    def auto_stop_mins(self):
        return 10 if self.auto_stop_s is None else round(self.auto_stop_s / 60)

    def told(self):
        """How often it was woken and for how long it was up, the idle time to come until it stops included."""
        with self._lock:
            self._stop_if_idle()
            awake_s = self._past_s
            if self._up_at is not None:
                awake_s += (time.monotonic() if self._busy else self._idle_since + self._tail_s()) - self._woken_at
            return {"wakings": self._wakings, "awake_s": awake_s}

    def _tail_s(self):
        return 60.0 * self.auto_stop_mins() if self.auto_stop_s is None else self.auto_stop_s

    def _stop_if_idle(self):
        if self._up_at is None or self._busy or self.auto_stop_s is None:
            return
        stopped_at = self._idle_since + self.auto_stop_s
        if time.monotonic() >= stopped_at:
            self._past_s += stopped_at - self._woken_at
            self._up_at = self._woken_at = None
