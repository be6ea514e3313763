#!/usr/bin/env python3
"""A Databricks workspace on loopback, with Spark and Delta Lake inside, to test against.

Usage: server.py --root FOLDER --jars FOLDER --classes FOLDER [--port N] [--external s3://bucket]... [--start-s S]
Prints one line of JSON with host, token and warehouse_id when it is ready. Control: README.md.
"""

import argparse
import base64
import http.server
import json
import pathlib
import re
import secrets
import shutil
import socket
import struct
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from faults import Faults
from links import EXPIRED, Expired, Links
from spark import Spark
from statements import Bad, Warehouse
from unity_catalog import UnityCatalog, only
from volumes import Volumes

TOKEN, WAREHOUSE, CLIENT = "dapi-workspace", "warehouse1", ("client1", "secret1")
UC = "/api/2.1/unity-catalog"
SENT = object()  # The answer is on its way already.


class Workspace:
    """What the server serves."""

    def __init__(self, options):
        self.root = pathlib.Path(options.root).resolve()
        self.spark = Spark(self.root, options.jars, options.classes, options.external)
        self.volumes = Volumes(self.root / "volumes")
        self.links = Links()
        self.catalog = UnityCatalog(self.spark, self.volumes, self.root)
        self.warehouse = Warehouse(self.spark, WAREHOUSE, self.links, options.start_s)
        self.resumable = False  # Uploads in parts as Google's storage has them.
        self.faults = Faults()
        self.calls = []
        self.tokens = {}  # OAuth: token → when it ends.
        self.token_s = options.token_s


class Handler(http.server.BaseHTTPRequestHandler):
    """Routes by method and path; each `on_…` returns the JSON of its answer."""

    protocol_version = "HTTP/1.1"
    workspace: Workspace

    def log_message(self, *_):
        pass

    def do(self):
        self.url = urllib.parse.urlsplit(self.path)
        self.route = urllib.parse.unquote(self.url.path)
        self.query = dict(urllib.parse.parse_qsl(self.url.query))
        self.head_length = None
        self.length = int(self.headers.get("Content-Length", 0))
        is_file = self.command == "PUT" and self.route.startswith(("/api/2.0/fs/files", "/_presigned/"))
        self.raw = b"" if is_file else self.rfile.read(self.length)
        space = self.workspace
        if self.route.startswith("/_control"):
            return self.send(200, self.control())
        space.calls.append((self.command, self.route))
        fault = space.faults.take(self.command, self.route, self.raw.decode("utf-8", "replace"))
        if fault and fault.action == "delay":
            time.sleep(fault.seconds)
        if fault and fault.action == "expire":
            space.tokens.clear()
        if fault and fault.action == "expired-link":
            self.close_connection = True
            return self.send(403, EXPIRED)
        if fault and fault.action == "half_body" and is_file:
            self.rfile.read(self.length // 2)
        if fault and fault.action in ("reset", "half_body"):
            return self.cut()
        if fault and fault.action == "status":
            self.close_connection = True
            return self.send(fault.status, {"error_code": fault.code, "message": fault.message}, fault.retry_after)
        self.failing = fault.message if fault and fault.action == "statement" else None
        try:
            status, body = 200, self.answer()
        except Expired:
            status, body = 403, EXPIRED
            self.close_connection = True
        except Bad as bad:
            status, body = bad.status, {"error_code": bad.code, "message": bad.message}
            if is_file:
                self.close_connection = True
        if fault and fault.action == "lost":
            return self.cut()
        if body is SENT:
            return None
        self.send(status, body, half=fault is not None and fault.action == "half_answer")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do

    def cut(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def send(self, status, body, retry_after=None, half=False):
        text = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        length = len(text) if self.head_length is None else self.head_length
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if half:
            self.wfile.write(text[: len(text) // 2])
            self.wfile.flush()
            return self.cut()
        if self.command != "HEAD":
            self.wfile.write(text)

    def control(self):
        space, what = self.workspace, self.route.removeprefix("/_control/")
        body = json.loads(self.raw or b"{}")
        if what == "faults" and self.command == "POST":
            space.faults.add(body)
        elif what == "faults":
            space.faults.clear()
        elif what == "state":
            for name, value in body.items():
                if name == "groups":
                    space.catalog.groups = set(value)
                elif name == "may_create_catalog":
                    space.catalog.may_create_catalog = value
                elif name == "link_lifetime_s":
                    space.links.lifetime_s = value
                elif name == "chunk_rows":
                    space.warehouse.chunk_rows = value
                elif name == "warehouse_start_s":
                    space.warehouse.start_s, space.warehouse.up_at = value, None
                elif name == "answer_after_s":
                    space.warehouse.answer_after_s = value
                elif name == "expire_tokens":
                    space.tokens.clear()
                else:
                    setattr(space, name, value)
        return {
            "hits": space.faults.hits,
            "calls": space.calls,
            "statements": [{"sql": s.sql, "state": s.state, "error": s.error, "tags": s.tags} for s in space.warehouse.statements.values()],
            "grants": space.catalog.grants,
        }

    def check_token(self):
        given = self.headers.get("Authorization", "")
        if not given:
            raise Bad(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.")
        token = given.removeprefix("Bearer ")
        if token != TOKEN and self.workspace.tokens.get(token, 0) < time.monotonic():
            raise Bad(403, 403, "Invalid access token.")

    def on_token(self):
        user, _, secret = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")
        if (user, secret) != CLIENT:
            raise Bad(401, "invalid_client", "Client authentication failed")
        token = secrets.token_urlsafe(16)
        self.workspace.tokens[token] = time.monotonic() + self.workspace.token_s
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.workspace.token_s}

    def on_warehouses(self, name):
        warehouse = self.workspace.warehouse
        if name and name != warehouse.id:
            raise Bad(404, "RESOURCE_DOES_NOT_EXIST", f"SQL warehouse {name} does not exist")
        return warehouse.describe() if name else {"warehouses": [warehouse.describe()]}

    def answer(self):
        if self.route == "/oidc/v1/token":
            return self.on_token()
        if self.route == "/.well-known/databricks-config":
            return {"oidc_endpoint": self.origin() + "/oidc"}
        if self.route == "/oidc/.well-known/oauth-authorization-server":
            return {"authorization_endpoint": self.origin() + "/oidc/v1/authorize", "token_endpoint": self.origin() + "/oidc/v1/token"}
        if self.route.startswith("/_presigned/"):
            return self.on_presigned(self.route.removeprefix("/_presigned/"))
        self.check_token()
        if self.route.startswith("/api/2.0/sql/statements"):
            return self.on_statements(self.route.removeprefix("/api/2.0/sql/statements").strip("/"))
        if self.route.startswith("/api/2.0/fs/files"):
            return self.on_file(self.route.removeprefix("/api/2.0/fs/files"))
        if self.route.startswith("/api/2.0/fs/directories"):
            return self.on_directory(self.route.removeprefix("/api/2.0/fs/directories"))
        if self.route.startswith("/api/2.0/fs/create-"):
            return self.on_addresses(self.route.removeprefix("/api/2.0/fs/"))
        if self.route.startswith("/api/2.0/sql/warehouses"):
            return self.on_warehouses(self.route.removeprefix("/api/2.0/sql/warehouses").strip("/"))
        if self.route.startswith(UC + "/"):
            return self.workspace.catalog.answer(self.command, self.route.removeprefix(UC + "/"), self.query, json.loads(self.raw or b"{}"))
        raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{self.command} {self.route}'")

    def on_statements(self, rest):
        warehouse = self.workspace.warehouse
        if self.command == "POST" and not rest:
            return warehouse.submit(json.loads(self.raw), self.failing)
        statement, *more = rest.split("/")
        if self.command == "POST" and more == ["cancel"]:
            return warehouse.cancel(statement) or {}
        if more[:2] == ["result", "chunks"]:
            return warehouse.get(statement).chunk(int(more[2]), self.workspace.links)
        return warehouse.get(statement).answer(self.workspace.links)

    def on_file(self, path):
        volumes, links = self.workspace.volumes, self.workspace.links
        only(self.query, "overwrite", "action", "upload_type", "session_token")
        overwrite = self.query.get("overwrite") == "true"
        if self.command == "PUT":
            volumes.put(path, overwrite, self.rfile, self.length)
        elif self.command == "HEAD":
            self.head_length = volumes.size(path)
        elif self.command == "DELETE":
            volumes.remove(path)
        elif self.command == "GET":
            self.send_file(volumes.existing(path))
            return SENT
        elif self.query.get("action") == "initiate-upload":
            kind = "resumable_upload" if self.workspace.resumable else "multipart_upload"
            return {kind: {"session_token": volumes.begin_parts(path, overwrite)}}
        elif self.query.get("action") == "complete-upload":
            volumes.complete(path, self.query["session_token"], json.loads(self.raw)["parts"])
            return {}
        return None

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

    def on_addresses(self, what):
        """Presigned addresses for an upload in parts; headers that must be sent with them."""
        body, space = json.loads(self.raw or b"{}"), self.workspace
        if what == "create-download-url":
            return {"url": space.links.make("download", path=self.query["path"]), "headers": []}
        space.volumes.session(body["path"], body["session_token"])

        def address(**payload):
            return {"url": space.links.make(session=body["session_token"], **payload), "headers": [{"name": "x-storage-test", "value": "1"}]}

        if what == "create-upload-part-urls":
            only(body, "path", "session_token", "start_part_number", "count", "expire_time")
            numbers = range(body["start_part_number"], body["start_part_number"] + body["count"])
            return {"upload_part_urls": [{"part_number": number, **address(what="part", number=number)} for number in numbers]}
        only(body, "path", "session_token", "expire_time")
        return {"abort_upload_url": address(what="abort")}

    def origin(self):
        return f"http://{self.headers['Host']}"

    def on_presigned(self, token):
        """What the cloud's storage does: no token of the workspace's is wanted there, nor taken."""
        if "Authorization" in self.headers:
            raise Bad(400, "InvalidArgument", "Only one auth mechanism allowed")
        what, payload = self.workspace.links.use(token)
        volumes = self.workspace.volumes
        if what == "chunk":
            self.send_bytes(payload["content"])
        elif what == "download":
            self.send_file(volumes.existing(payload["path"]))
        elif self.headers.get("x-storage-test") != "1":
            raise Bad(403, "SignatureDoesNotMatch", "a signed header is missing")
        elif what == "part":
            self.send_bytes(b"", ETag=volumes.put_part(payload["session"], payload["number"], self.rfile, self.length))
        else:
            volumes.abort(payload["session"])
            self.send_bytes(b"")
        return SENT

    def send_bytes(self, content, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def on_directory(self, path):
        volumes = self.workspace.volumes
        only(self.query, "page_size", "page_token")
        if self.command == "GET":
            contents = volumes.listing(path)
            begin = int(self.query.get("page_token", 0))
            end = begin + int(self.query.get("page_size", 0) or 1000)
            return {"contents": contents[begin:end], **({"next_page_token": str(end)} if end < len(contents) else {})} if contents else {}
        if self.command == "PUT":
            volumes.make_directory(path)
        elif self.command == "DELETE":
            volumes.remove_directory(path)
        else:
            volumes.head_folder(path)
        return None


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ValueError, OSError)):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--jars", required=True)
    parser.add_argument("--classes", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--external", action="append", default=[])
    parser.add_argument("--start-s", type=float, default=0.0)
    parser.add_argument("--token-s", type=int, default=3600)
    options = parser.parse_args()
    Handler.workspace = Workspace(options)
    server = Server(("127.0.0.1", options.port), Handler)
    Handler.workspace.links.origin = host = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"host": host, "token": TOKEN, "warehouse_id": WAREHOUSE}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
