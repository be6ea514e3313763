"""Large uploads are converted while they arrive; what comes out is the same, and nothing is left where they break."""

import json
import socket
import threading
from contextlib import closing

from machine import until
from tus import wait_no_leftovers

UPLOAD = "/api/v1/datasets/upload"
HEADER = b"id,code,text\n"
ROW = b"%08d,%05d,some text to fill the row with bytes\n"


def content(rows=400_000):
    """20 MB, over the size from which a conversion begins early."""
    return HEADER + b"".join(ROW % (i, i % 1000) for i in range(rows))


class Form:
    """A form on a socket, sent in parts as the test pleases."""

    def __init__(self, sluice, data, options=None):
        part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
        self.begin = part % (b"file", b'; filename="big.csv"')
        self.end = b"\r\n"
        if options is not None:
            self.end += part % (b"options", b"") + json.dumps(options).encode() + b"\r\n"
        self.end += b"--b--\r\n"
        length = len(self.begin) + len(data) + len(self.end)
        self.data, self.sent, self.sluice = data, 0, sluice
        self.socket = socket.create_connection(("127.0.0.1", sluice.api_port), 30)
        self.socket.sendall(
            f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n"
            "Connection: close\r\n\r\n".encode() + self.begin
        )

    def send(self, bytes_):
        self.socket.sendall(self.data[self.sent : self.sent + bytes_])
        self.sent += bytes_

    def answer(self):
        self.socket.sendall(self.data[self.sent :] + self.end)
        raw = b"".join(iter(lambda: self.socket.recv(1 << 16), b""))
        head, body = raw.split(b"\r\n\r\n", 1)
        return int(head.split()[1]), json.loads(body)

    def close(self):
        self.socket.close()


def conversions(sluice):
    return list((sluice.data / "storage/datasets/tmp").glob("*/job-*/table.parquet"))


def begun(sluice):
    until(lambda: conversions(sluice), 10, "the conversion has begun before the upload is complete")


def test_a_large_upload_is_converted_while_it_arrives(sluice):
    wait_no_leftovers(sluice)
    with closing(Form(sluice, content())) as form:
        form.send(10 << 20)
        begun(sluice)
        status, dataset = form.answer()
    assert status == 201, dataset
    assert (dataset["rows_read"], dataset["row_count"]) == (400_000, 400_000)
    path = f"/api/v1/datasets/{dataset['id']}"
    whole = sluice.ok("GET", f"{path}/schema")["columns"]
    again = sluice.ok("POST", f"{path}/reingest", 201, json={})
    assert again["row_count"] == 400_000 and again["sha256"] == dataset["sha256"]
    assert sluice.ok("GET", f"{path}/schema")["columns"] == whole


def test_a_surprise_in_the_last_row_counts(sluice):
    with closing(Form(sluice, content() + b"x,7,last\n" + b"too,many,cells,here\n")) as form:
        form.send(12 << 20)
        begun(sluice)
        status, dataset = form.answer()
    assert status == 201, dataset
    assert (dataset["row_count"], dataset["rows_rejected"]) == (400_001, 1)
    columns = sluice.ok("GET", f"/api/v1/datasets/{dataset['id']}/schema")["columns"]
    assert [c["type"] for c in columns] == ["VARCHAR"] * 3


def test_options_after_the_file_count(sluice):
    with closing(Form(sluice, content(), {"header": False})) as form:
        form.send(12 << 20)
        begun(sluice)
        status, dataset = form.answer()
    assert status == 201 and dataset["row_count"] == 400_001, dataset


def test_a_client_that_dies_leaves_nothing(sluice):
    def ids():
        return [d["id"] for d in sluice.ok("GET", "/api/v1/datasets")["datasets"]]

    before = ids()
    with closing(Form(sluice, content())) as form:
        form.send(12 << 20)
        begun(sluice)
    wait_no_leftovers(sluice)
    assert ids() == before


def test_a_slow_client_does_not_hold_up_others(sluice):
    with closing(Form(sluice, content())) as first, closing(Form(sluice, content())) as second:
        first.send(10 << 20)
        begun(sluice)
        second.send(10 << 20)
        stop = threading.Event()

        def trickle():
            while not stop.wait(0.1):
                for form in (first, second):
                    form.send(16 << 10)

        sender = threading.Thread(target=trickle)
        sender.start()
        try:
            files = {"file": ("a.csv", b"a\n1\n")}
            assert sluice.call("POST", UPLOAD, files=files).status_code == 201
            assert len(conversions(sluice)) == 1, "the last free slot is for those whose file is there"
            until(lambda: not conversions(sluice), 20, "a client that stays slow gives its slot back")
            assert first.sent < len(first.data), "the slow ones are still at it"
        finally:
            stop.set()
            sender.join()
        for form in (first, second):
            status, dataset = form.answer()
            assert status == 201 and dataset["row_count"] == 400_000, dataset


def test_a_file_that_turns_bad_is_refused_at_its_end(sluice):
    with closing(Form(sluice, content() + b"a,b\n" * 2000)) as form:
        form.send(12 << 20)
        begun(sluice)
        status, problem = form.answer()
    assert (status, problem["code"]) == (422, "rejects_too_many"), problem
    wait_no_leftovers(sluice)
