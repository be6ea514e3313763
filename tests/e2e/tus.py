"""A small tus 1.0.0 client that does what a test tells it, the wrong things too."""

import base64
import socket
from contextlib import suppress

from machine import until

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**values):
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def started(sluice):
    """Also for the supervisor, which takes a part that dies while it starts for broken, and ends."""
    sluice.start()
    until(lambda: "sluice started successfully" in sluice.logs(), 10, "serve says that it started")
    return sluice


def begin(sluice, length, token=None, headers=None, data=None, **values):
    """POST; the whole response."""
    headers = {**TUS, "Upload-Length": str(length), **(headers or {})}
    if values:
        headers["Upload-Metadata"] = metadata(**values)
    return sluice.call("POST", UPLOADS, token=token, headers=headers, data=data)


def begun(sluice, length, **values):
    """The path of a new upload."""
    response = begin(sluice, length, **(values or {"filename": "data.csv"}))
    assert response.status_code == 201, response.text
    return response.headers["Location"]


def append(sluice, path, offset, data, token=None, **headers):
    headers = {**CHUNK, "Upload-Offset": str(offset), **headers}
    return sluice.call("PATCH", path, token=token, headers=headers, data=data)


def offset(sluice, path):
    response = sluice.call("HEAD", path, headers=TUS)
    assert response.status_code == 200, response.status_code
    assert response.headers["Cache-Control"] == "no-store"
    return int(response.headers["Upload-Offset"])


def send(sluice, path, data):
    response = append(sluice, path, 0, data)
    assert response.status_code == 204, response.text


def ended(sluice, path, state="done", timeout_s=60):
    """Waits until the upload is `done` or `failed`, and checks which."""
    seen = {}

    def reached():
        with suppress(OSError):  # requests' errors are OSErrors; the server may be starting again
            seen.update(sluice.ok("GET", path))
        return seen.get("state") in ("done", "failed")

    until(reached, timeout_s, lambda: f"{path} to end; last seen {seen}")
    assert seen["state"] == state, seen
    return seen


def slow_append(sluice, path, at, announced, data, **headers):
    """A PATCH that sends some of what it announces and then waits; the caller closes the socket."""
    fields = {**CHUNK, "Upload-Offset": at, "Content-Length": announced, **headers}
    head = f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sluice.token}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    client = socket.create_connection(("127.0.0.1", sluice.api_port), 10)
    client.sendall(head.encode() + b"\r\n" + data)
    return client


def partial_files(sluice):
    return list((sluice.data / "storage/uploads").iterdir())


def leftovers(sluice):
    """Files that nobody should see once nothing runs: partial ones, and temporary ones of uploads and ingests."""
    temporary = (sluice.data / "storage/datasets/tmp").glob("*/*")
    return partial_files(sluice) + list(temporary)


def wait_no_leftovers(sluice, timeout_s=10):
    until(lambda: not leftovers(sluice), timeout_s, lambda: f"no file left: {leftovers(sluice)}")
