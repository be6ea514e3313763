"""Presigned addresses of the workspace's storage: whoever has one may use it, until it expires; tokens are not wanted there."""

import datetime
import secrets
import threading
import time

EXPIRED = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
)


class Expired(Exception):
    """403 with the cloud's own XML."""


class Links:
    """Threads: safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._made = {}
        self.lifetime_s = 900.0
        self.origin = ""

    def make(self, what, **payload):
        """A new one, for `what` (`chunk`, `part`, `abort`, `resume`, `download`)."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._made[token] = (what, payload, time.monotonic() + self.lifetime_s)
        return f"{self.origin}/_presigned/{token}?X-Amz-Expires={int(self.lifetime_s)}"

    def use(self, token):
        with self._lock:
            what, payload, until = self._made.get(token, (None, None, 0))
        if until < time.monotonic():
            raise Expired
        return what, payload

    def expiration(self):
        return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.lifetime_s)).isoformat().replace("+00:00", "Z")
