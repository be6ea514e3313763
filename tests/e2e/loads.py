"""What one tenant can do to a server with few bytes: bodies, uploads and queries that take long, answers that nobody takes,
connections that say nothing.

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
import types

import requests
from mutants.crashers import CRASHERS

LONG_SQL = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
LARGE_SQL = "SELECT range AS n, md5(range::VARCHAR) AS t FROM range(3000000)"
JSON = {"Content_Type": "application/json"}
#: Above the server's least rate, so that it has no reason to cut.
SLOW_BYTES_PER_S = 1_400
SLOW_READ_BYTES_PER_S = 10_000
SLOW_PIECE_S = 0.25
SPACES = b" " * int(SLOW_BYTES_PER_S * SLOW_PIECE_S)
ROWS = b"1,2\r\n" * int(SLOW_BYTES_PER_S * SLOW_PIECE_S / 5)
#: So many begin in a second, and anew at most: a load is what is named, and no flood of refusals unless it is named so.
BEGIN_PER_S = 1_000
AGAIN_PER_S = 200
FLOOD_PER_S = 10_000
OPEN_S = 0.05
CRASH_THREADS = 2


def head(method, path, token, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def query(token, path="/api/v1/query", **body):
    text = json.dumps(body).encode()
    return head("POST", path, token, **JSON, Content_Length=len(text)) + text


def descriptors(soft):
    """What this process, and a server that it starts from now on, may have open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, soft), hard))


class Connections(threading.Thread):
    """`count` connections that send a request, then `piece` every so often; one that the server ends begins anew.

    `request` may make its bytes of the connection's number. With `read_bytes`, so many of the answer are taken every so
    often, through a small buffer; else all as it comes. `again_on_answer` ends a connection itself when it is answered.
    """

    def __init__(self, port, count, request, piece=b"", read_bytes=None, again_on_answer=False, again_per_s=AGAIN_PER_S):
        super().__init__(daemon=True)
        self.port, self.count, self.request = port, count, request
        self.piece, self.read_bytes = piece, read_bytes
        self.again, self.again_per_s = again_on_answer, again_per_s
        self.over, self.ready = threading.Event(), threading.Event()
        self.clients = {}  # As a set that knows the oldest.
        self.begun, self.ended, self.answers = 0, 0, []

    @property
    def held(self):
        return len(self.clients)

    def let_go(self, number):
        """The oldest end, and are not begun anew."""
        self.count -= number

    def run(self):
        next_open = next_piece = time.monotonic()
        with selectors.DefaultSelector() as self.selector:
            while not self.over.is_set():
                if time.monotonic() >= next_open:
                    next_open = time.monotonic() + OPEN_S
                    self._open_and_close()
                for key, _ in self.selector.select(OPEN_S):
                    self._read(key.fileobj, 1 << 16)
                if time.monotonic() >= next_piece:
                    next_piece = time.monotonic() + SLOW_PIECE_S
                    self._go_on()
            for client in list(self.clients):
                self._close(client)

    def _open_and_close(self):
        while self.held > self.count:
            self._close(next(iter(self.clients)))
        most = int((self.again_per_s if self.ready.is_set() else BEGIN_PER_S) * OPEN_S)
        for _ in range(min(most, self.count - self.held)):
            try:
                self._open()
            except OSError:
                self.ended += 1
                break
        if self.begun >= self.count:
            self.ready.set()

    def _open(self):
        client = socket.socket()
        try:
            if self.read_bytes is not None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(5)
            client.connect(("127.0.0.1", self.port))
            client.sendall(self.request(self.begun) if callable(self.request) else self.request)
        except OSError:
            client.close()
            raise
        client.setblocking(False)
        self.begun += 1
        self.clients[client] = None
        if self.read_bytes is None:
            self.selector.register(client, selectors.EVENT_READ)

    def _read(self, client, bytes_max):
        try:
            answer = client.recv(bytes_max)
        except BlockingIOError:
            return
        except OSError:
            answer = b""
        if answer.startswith(b"HTTP/1.1 "):
            self.answers.append(answer.split()[1].decode())
        if not answer or self.again:
            self._gone(client)

    def _go_on(self):
        for client in list(self.clients):
            try:
                if self.piece:
                    client.send(self.piece)
            except BlockingIOError:
                continue
            except OSError:
                self._gone(client)
                continue
            if self.read_bytes:
                self._read(client, self.read_bytes)

    def _gone(self, client):
        self.ended += 1
        self._close(client)

    def _close(self, client):
        del self.clients[client]
        if self.read_bytes is None:
            self.selector.unregister(client)
        client.close()

    def __enter__(self):
        self.descriptors_before = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        descriptors(20_000)  # This side needs one for each.
        self.start()
        if not self.ready.wait(20):
            self.__exit__()
            raise TimeoutError(f"only {self.begun} of {self.count} connections have begun")
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        descriptors(self.descriptors_before)


def slow_bodies(sluice, token, count):
    """Queries whose bodies come slowly."""
    first = head("POST", "/api/v1/query", token, **JSON, Content_Length=256 << 10)
    return Connections(sluice.api_port, count, first + b'{"sql": "SELECT 1"', SPACES)


def long_queries(sluice, token, count):
    """Queries of 30 s."""
    return Connections(sluice.api_port, count, query(token, sql=LONG_SQL, timeout_ms=30_000), again_on_answer=True)


def slow_uploads(sluice, token, count):
    """Forms whose file comes slowly."""
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n'
    first = head("POST", "/api/v1/datasets/upload", token, Content_Type="multipart/form-data; boundary=b", Content_Length=10_000_000)
    return Connections(sluice.api_port, count, first + form, ROWS)


def slow_chunks(sluice, token, count):
    """The same as resumable uploads, which begin with their first bytes."""
    first = head("POST", "/api/v1/uploads", token, Tus_Resumable="1.0.0", Upload_Length=10_000_000, Content_Length=10_000_000,
                 Content_Type="application/offset+octet-stream", Upload_Metadata="filename YS5jc3Y=")  # fmt: skip
    return Connections(sluice.api_port, count, first + b"a,b\r\n", ROWS)


def slow_downloads(sluice, token, count, dataset_id):
    """The original, read slowly."""
    return slow_reads(sluice, count, head("GET", f"/api/v1/datasets/{dataset_id}/source", token))


def slow_exports(sluice, token, count):
    """Large answers, read slowly."""
    return slow_reads(sluice, count, query(token, sql=LARGE_SQL, format="ndjson"))


def slow_reads(sluice, count, request):
    return Connections(sluice.api_port, count, request, read_bytes=int(SLOW_READ_BYTES_PER_S * SLOW_PIECE_S))


def idle(sluice, _token, count):
    """Connections that say nothing. The server ends each after 5 s: enough begin anew for `count` to be held."""
    return Connections(sluice.api_port, count, b"", again_per_s=max(AGAIN_PER_S, count // 4))


@contextlib.contextmanager
def crash_files(sluice, token, count):
    """Files that once ended the API, again and again; what each was answered."""
    over = threading.Event()
    files = [CRASHERS[name]() for name in itertools.islice(CRASHERS, count)]
    seen = types.SimpleNamespace(answers=[], ended=0, held=CRASH_THREADS)

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
