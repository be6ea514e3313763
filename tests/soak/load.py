"""What one tenant can do to a server with few bytes: bodies, uploads and queries that take long, connections that say nothing.

Each load is a context manager: `with slow_bodies(sluice, token, 64):`. All sockets of a load live on one thread.
"""

import contextlib
import itertools
import json
import resource
import selectors
import socket
import threading
import time

import requests
from mutants.crashers import CRASHERS

LONG_SQL = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
#: Above the server's least rate, so that it has no reason to cut.
SLOW_BYTES_PER_S = 1_400
SLOW_PIECE_S = 0.25
#: So many begin anew in a second at most: a load is what is named, and no flood of refusals.
AGAIN_PER_S = 200
CRASH_THREADS = 2


def head(method, path, token, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def descriptors(soft):
    """What this process, and a server that it starts from now on, may have open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, soft), hard))


def more_descriptors():
    """This side needs as many as it holds open."""
    descriptors(20_000)


class Connections(threading.Thread):
    """`count` connections that send `first`, then `piece` every so often; one that the server ends begins anew."""

    def __init__(self, port, count, first, piece=b"", again_on_answer=False):
        super().__init__(daemon=True)
        self.port, self.count, self.first, self.piece, self.again = port, count, first, piece, again_on_answer
        self.over, self.ready = threading.Event(), threading.Event()
        self.held, self.answers, self.ended = 0, [], 0

    def _open(self, selector):
        client = socket.socket()
        client.settimeout(5)
        client.connect(("127.0.0.1", self.port))
        client.sendall(self.first)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
        return client

    def _close(self, selector, client):
        selector.unregister(client)
        client.close()

    def run(self):
        with selectors.DefaultSelector() as selector:
            clients, next_piece, begun = set(), time.monotonic(), 0
            while not self.over.is_set():
                opened = 0
                while len(clients) < self.count and opened < (50 if begun < self.count else AGAIN_PER_S // 20):
                    opened += 1
                    begun += 1
                    try:
                        clients.add(self._open(selector))
                    except OSError:
                        time.sleep(0.05)
                        break
                self.held = len(clients)
                if self.held == self.count:
                    self.ready.set()
                for key, _ in selector.select(0.05):
                    self._read(selector, clients, key.fileobj)
                if self.piece and time.monotonic() >= next_piece:
                    next_piece = time.monotonic() + SLOW_PIECE_S
                    for client in list(clients):
                        try:
                            client.send(self.piece)
                        except BlockingIOError:
                            continue
                        except OSError:
                            self._gone(selector, clients, client)
            for client in clients:
                self._close(selector, client)

    def _read(self, selector, clients, client):
        try:
            answer = client.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            answer = b""
        if answer.startswith(b"HTTP/1.1 "):
            self.answers.append(answer.split()[1].decode())
        if not answer or self.again:
            self._gone(selector, clients, client)

    def _gone(self, selector, clients, client):
        self.ended += 1
        clients.discard(client)
        self._close(selector, client)

    def __enter__(self):
        self.start()
        self.ready.wait(20)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def slow_bodies(sluice, token, count):
    first = head("POST", "/api/v1/query", token, Content_Type="application/json", Content_Length=256 << 10)
    piece = b" " * int(SLOW_BYTES_PER_S * SLOW_PIECE_S)
    return Connections(sluice.api_port, count, first + b'{"sql": "SELECT 1"', piece)


def long_queries(sluice, token, count):
    body = json.dumps({"sql": LONG_SQL, "timeout_ms": 30_000}).encode()
    first = head("POST", "/api/v1/query", token, Content_Type="application/json", Content_Length=len(body))
    return Connections(sluice.api_port, count, first + body, again_on_answer=True)


def slow_uploads(sluice, token, count):
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
    first = head("POST", "/api/v1/datasets/upload", token, Content_Type="multipart/form-data; boundary=b", Content_Length=10_000_000)
    piece = b"1,2\r\n" * int(SLOW_BYTES_PER_S * SLOW_PIECE_S / 5)
    return Connections(sluice.api_port, count, first + form, piece)


def idle_connections(sluice, token, count):
    more_descriptors()
    return Connections(sluice.api_port, count, b"")


@contextlib.contextmanager
def crash_files(sluice, token, count):
    """Files that once ended the API, again and again; what each was answered."""
    over = threading.Event()
    files = [CRASHERS[name]() for name in itertools.islice(CRASHERS, count)]
    seen = type("Seen", (), {"answers": [], "ended": 0, "held": CRASH_THREADS})()

    def send():
        for data in itertools.cycle(files):
            if over.is_set():
                return
            try:
                answer = requests.post(
                    sluice.url + "/api/v1/datasets/upload", files={"file": ("c.parquet", data)},
                    headers={"Authorization": f"Bearer {token}"}, timeout=120,
                )  # fmt: skip
                seen.answers.append(str(answer.status_code))
            except requests.RequestException:
                seen.ended += 1
                time.sleep(0.1)

    threads = [threading.Thread(target=send, daemon=True) for _ in range(CRASH_THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(130)
