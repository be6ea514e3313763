"""One request and its answer over HTTP: the faults that it meets, and how bytes go out."""

import http.server
import io
import json
import re
import shutil
import socket
import struct
import time
import urllib.parse

import control
import routes
from links import EXPIRED, Expired
from refusals import Bad

SENT = object()  # The answer is on its way already.


class Half(io.RawIOBase):
    """The first bytes of a body, and then its end: the connection broke."""

    def __init__(self, stream, bytes_left):
        self._stream, self._left = stream, bytes_left

    def read(self, size=-1):
        piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece


class Exchange(http.server.BaseHTTPRequestHandler):
    """`space` is the workspace; `principal` who asks, once that is known. Threads: one each."""

    protocol_version = "HTTP/1.1"
    space = None

    def log_message(self, *_):
        pass

    def do(self):
        self.url = urllib.parse.urlsplit(self.path)
        self.route = urllib.parse.unquote(self.url.path)
        self.query = dict(urllib.parse.parse_qsl(self.url.query))
        self.principal, self.head_length, self.failing = "", None, None
        self.length = int(self.headers.get("Content-Length", 0))
        self.is_file = self.command == "PUT" and self.route.startswith(("/api/2.0/fs/files", "/_presigned/"))
        self.raw = b"" if self.is_file else self.rfile.read(self.length)
        if self.route.startswith("/_control"):
            return self.send(200, control.answer(self))
        self.space.calls.append((self.command, self.route))
        fault = None if self.space.sign_in.is_admin(self) else self.space.faults.take(self)
        if fault is None:
            return self.answer_with(None)
        match fault.action:
            case "delay":
                time.sleep(fault.seconds)
            case "expire":
                self.space.sign_in.expire()
            case "expired-link":
                self.close_connection = True
                return self.send(403, EXPIRED)
            case "half_body" if self.is_file:
                self.rfile = Half(self.rfile, self.length // 2)
            case "reset" | "half_body":
                return self.cut()
            case "status":
                self.close_connection = True
                return self.send(fault.status, fault.body_of(), {"Retry-After": fault.retry_after, **fault.headers})
            case "statement":
                self.failing = fault.message
        return self.answer_with(fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do

    def answer_with(self, fault):
        action, headers = fault.action if fault else "", None
        try:
            status, body = 200, routes.answer(self)
        except Expired:
            status, body = 403, EXPIRED
            self.close_connection = True
        except Bad as bad:
            status, headers = bad.status, bad.headers
            body = {"error_code": bad.code, "message": bad.message} if bad.body is None else bad.body
            if self.is_file:
                self.close_connection = True
        except ConnectionError:
            return self.cut()
        if action in ("lost", "half_body"):
            return self.cut()
        if body is SENT:
            return None
        if action == "closed" and isinstance(body, dict) and body.get("status", {}).get("state") == "SUCCEEDED":
            body = {"statement_id": body["statement_id"], "status": {"state": "CLOSED"}}
        return self.send(status, body, headers, half=action == "half_answer")

    def cut(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def origin(self):
        return f"http://{self.headers['Host']}"

    def json(self):
        return json.loads(self.raw or b"{}")

    def send(self, status, body, headers=None, half=False):
        text = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        length = len(text) if self.head_length is None else self.head_length
        kind = "application/json"
        if isinstance(body, str):
            kind = "application/xml" if body.startswith("<?xml") else "text/html"
        for name, value in {"Content-Type": kind, "Content-Length": length, **(headers or {})}.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()
        if half:
            self.wfile.write(text[: len(text) // 2])
            self.wfile.flush()
            return self.cut()
        if self.command != "HEAD":
            self.wfile.write(text)
        return None

    def send_bytes(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return SENT

    def send_file(self, place):
        """Whole, or the one range that is asked for."""
        size, given = place.stat().st_size, re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        begin, end = (int(given[1]), min(int(given[2] or size - 1), size - 1)) if given else (0, size - 1)
        self.send_response(206 if given else 200)
        self.send_header("Content-Length", str(end - begin + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", self.date_time_string(int(place.stat().st_mtime)))
        if given:
            self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
        self.end_headers()
        with open(place, "rb") as file:
            file.seek(begin)
            shutil.copyfileobj(file, self.wfile) if not given else self.wfile.write(file.read(end - begin + 1))
        return SENT
