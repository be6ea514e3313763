"""What a tenant may do to the others: connections that are slow on purpose, by bare sockets.

Each load holds its connections until it is closed. `python3 loads.py KIND URL TOKEN COUNT …` runs one as a process
of its own, so that it takes no time from who measures.
"""

import contextlib
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

SLOW_SQL = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
LARGE_SQL = "SELECT range AS n, md5(range::VARCHAR) AS t FROM range(3000000)"
BOUNDARY = "b0undary"


class Load:
    """`count` connections that each say `request`, then a little every now and then; they read little or nothing."""

    def __init__(self, url, count, request, drip=b"", read_bytes=0, every_s=0.5, small_buffers=False):
        address = urlsplit(url)
        self.sockets, self.over = [], threading.Event()
        for number in range(count):
            one = socket.socket()
            if small_buffers:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(10)
            one.connect((address.hostname, address.port))
            one.sendall(request(number) if callable(request) else request)
            one.setblocking(False)
            self.sockets.append(one)
        self.thread = threading.Thread(target=self.run, args=(drip, read_bytes, every_s), daemon=True)
        self.thread.start()

    def run(self, drip, read_bytes, every_s):
        while not self.over.wait(every_s):
            for one in self.sockets:
                with contextlib.suppress(OSError):
                    if drip:
                        one.send(drip)
                with contextlib.suppress(OSError):
                    if read_bytes:
                        one.recv(read_bytes)

    def statuses(self):
        """What the answers that came begin with; nothing for those that did not come."""
        found = []
        for one in self.sockets:
            with contextlib.suppress(OSError):
                found.append(one.recv(4096)[:12].decode(errors="replace"))
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for one in self.sockets:
            one.close()


def head(method, path, token, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def slow_bodies(url, token, count):
    """Queries whose bodies come at 1.4 KB/s."""
    begin = head("POST", "/api/v1/query", token, Content_Type="application/json", Content_Length=250_000)
    return Load(url, count, begin + b'{"sql": "' + b" " * 1000, drip=b" " * 700)


def long_queries(url, token, count, dataset_id):
    """Queries of 30 s."""
    body = json.dumps({"sql": SLOW_SQL}).encode()
    path = f"/api/v1/datasets/{dataset_id}/query"
    return Load(url, count, head("POST", path, token, Content_Length=len(body)) + body)


def slow_uploads(url, token, count):
    """Forms whose file comes at 1.4 KB/s."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
    begin = head("POST", "/api/v1/datasets/upload", token, Content_Length=10_000_000,
                 Content_Type=f"multipart/form-data; boundary={BOUNDARY}")
    return Load(url, count, begin + part.encode(), drip=b"1,2\r\n" * 140)


def slow_chunks(url, token, count):
    """The same as resumable uploads, which begin with their first bytes."""
    begin = head("POST", "/api/v1/uploads", token, Tus_Resumable="1.0.0", Upload_Length=10_000_000,
                 Content_Length=10_000_000, Content_Type="application/offset+octet-stream",
                 Upload_Metadata="filename YS5jc3Y=")
    return Load(url, count, begin + b"a,b\r\n", drip=b"1,2\r\n" * 140)


def slow_downloads(url, token, count, dataset_id):
    """The original, read at 10 KB/s."""
    request = head("GET", f"/api/v1/datasets/{dataset_id}/source", token)
    return Load(url, count, request, read_bytes=5_000, small_buffers=True)


def slow_exports(url, token, count, dataset_id):
    """Large answers, read at 10 KB/s."""
    body = json.dumps({"sql": LARGE_SQL, "format": "ndjson"}).encode()
    request = head("POST", f"/api/v1/datasets/{dataset_id}/query", token, Content_Length=len(body)) + body
    return Load(url, count, request, read_bytes=5_000, small_buffers=True)


def idle(url, _token, count):
    """Connections that say nothing, opened again where they were closed."""
    address = urlsplit(url)

    class Idle(Load):
        def run(self, *_):
            while not self.over.wait(0.2):
                for place, one in enumerate(self.sockets):
                    try:
                        closed = one.recv(1) == b""
                    except BlockingIOError:
                        closed = False
                    except OSError:
                        closed = True
                    if closed:
                        one.close()
                        self.sockets[place] = again = socket.socket()
                        again.settimeout(2)
                        with contextlib.suppress(OSError):
                            again.connect((address.hostname, address.port))
                        again.setblocking(False)

    return Idle(url, count, b"")


KINDS = {kind.__name__: kind for kind in (slow_bodies, long_queries, slow_uploads, slow_chunks, slow_downloads,
                                          slow_exports, idle)}

if __name__ == "__main__":
    kind, url, token, count, *more = sys.argv[1:]
    with KINDS[kind](url, token, int(count), *more):
        print("on", flush=True)
        sys.stdin.read()  # Until who started it closes that.
        time.sleep(0)
