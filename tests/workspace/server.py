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
import socket
import struct
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from faults import Faults
from spark import Spark
from statements import Bad, Warehouse
from volumes import Volumes

TOKEN, WAREHOUSE, CLIENT = "dapi-workspace", "warehouse1", ("client1", "secret1")
UC = "/api/2.1/unity-catalog"


class Workspace:
    """What the server serves."""

    def __init__(self, options):
        self.root = pathlib.Path(options.root).resolve()
        self.spark = Spark(self.root, options.jars, options.classes, options.external)
        self.volumes_on_disk = Volumes(self.root / "volumes")
        self.warehouse = Warehouse(self.spark, WAREHOUSE, options.start_s)
        self.faults = Faults()
        self.calls = []
        self.tokens = {}  # OAuth: token → when it ends.
        self.token_s = options.token_s
        self.catalogs, self.schemas, self.volumes, self.grants = {}, {}, {}, []
        self.may_create_catalog = True
        self.groups = set()
        self.lock = threading.Lock()


def only(body, *fields):
    unknown = set(body) - set(fields)
    if unknown:
        raise Bad(400, "MALFORMED_REQUEST", f"unknown fields: {sorted(unknown)}")


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
        is_file = self.route.startswith("/api/2.0/fs/files") and self.command == "PUT"
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
        except Bad as bad:
            status, body = bad.status, {"error_code": bad.code, "message": bad.message}
            if is_file:
                self.close_connection = True
        if fault and fault.action == "lost":
            return self.cut()
        self.send(status, body, half=fault is not None and fault.action == "half_answer")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do

    def cut(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def send(self, status, body, retry_after=None, half=False):
        text = b"" if body is None else json.dumps(body).encode()
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
                    space.groups = set(value)
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
            "grants": space.grants,
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

    def answer(self):
        if self.route == "/oidc/v1/token":
            return self.on_token()
        self.check_token()
        if self.route.startswith("/api/2.0/sql/statements"):
            return self.on_statements(self.route.removeprefix("/api/2.0/sql/statements").strip("/"))
        if self.route.startswith("/api/2.0/fs/files"):
            return self.on_file(self.route.removeprefix("/api/2.0/fs/files"))
        if self.route.startswith("/api/2.0/fs/directories"):
            return self.on_directory(self.route.removeprefix("/api/2.0/fs/directories"))
        if self.route.startswith(UC + "/"):
            kind, _, name = self.route.removeprefix(UC + "/").partition("/")
            with self.workspace.lock:
                return self.on_catalog(kind, name, json.loads(self.raw or b"{}"))
        raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{self.command} {self.route}'")

    def on_statements(self, rest):
        warehouse = self.workspace.warehouse
        if self.command == "POST" and not rest:
            return warehouse.submit(json.loads(self.raw), self.failing)
        if self.command == "POST" and rest.endswith("/cancel"):
            return warehouse.cancel(rest.split("/")[0]) or {}
        return warehouse.get(rest).answer()

    def on_file(self, path):
        volumes = self.workspace.volumes_on_disk
        only(self.query, "overwrite")
        if self.command == "PUT":
            volumes.put(path, self.query.get("overwrite") == "true", self.rfile, self.length)
        elif self.command == "HEAD":
            self.head_length = volumes.size(path)
        elif self.command == "DELETE":
            volumes.remove(path)
        else:
            raise Bad(501, "NOT_IMPLEMENTED", "not in this workspace yet")
        return None

    def on_directory(self, path):
        volumes = self.workspace.volumes_on_disk
        only(self.query, "page_size", "page_token")
        if self.command == "GET":
            contents = volumes.listing(path)
            return {"contents": contents} if contents else {}
        if self.command == "DELETE":
            return volumes.remove_directory(path)
        raise Bad(501, "NOT_IMPLEMENTED", "not in this workspace yet")

    def on_catalog(self, kind, name, body):
        space = self.workspace
        if kind == "permissions":
            only(body, "changes")
            for change in body["changes"]:
                if change["principal"] not in space.groups:
                    raise Bad(404, "PRINCIPAL_DOES_NOT_EXIST", f"Could not find principal with name {change['principal']}")
                space.grants.append([name, change["principal"], *change["add"]])
            return {"privilege_assignments": []}
        if kind == "tables":
            table = space.spark.table(name)
            if table is None:
                raise Bad(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
            if self.command == "DELETE":
                space.spark.drop_table(name)
                return {}
            return table
        known = {"catalogs": space.catalogs, "schemas": space.schemas, "volumes": space.volumes}.get(kind)
        if known is None:
            raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{kind}'")
        what = kind[:-1].upper()
        if self.command == "POST":
            return self.create(kind, what, known, body)
        if name not in known:
            raise Bad(404, f"{what}_DOES_NOT_EXIST", f"{what.title()} '{name}' does not exist.")
        if self.command == "DELETE":
            if kind == "volumes":
                space.volumes_on_disk.drop(name)
            known.pop(name)
            return {}
        return known[name]

    def create(self, kind, what, known, body):
        space = self.workspace
        if kind == "catalogs":
            only(body, "name", "comment", "storage_root", "properties")
            full_name = body["name"]
            if not space.may_create_catalog:
                raise Bad(403, "PERMISSION_DENIED", "User does not have CREATE CATALOG on Metastore.")
        elif kind == "schemas":
            only(body, "name", "catalog_name", "comment", "storage_root", "properties")
            full_name = f"{body['catalog_name']}.{body['name']}"
            if body["catalog_name"] not in space.catalogs:
                raise Bad(404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{body['catalog_name']}' does not exist.")
        else:
            only(body, "name", "catalog_name", "schema_name", "volume_type", "storage_location", "comment")
            schema = f"{body['catalog_name']}.{body['schema_name']}"
            full_name = f"{schema}.{body['name']}"
            if schema not in space.schemas:
                raise Bad(404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{schema}' does not exist.")
        if not re.fullmatch(r"[^. /\x00-\x1f\x7f]{1,255}", body["name"]):
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"'{body['name']}' is no name")
        if full_name in known:
            raise Bad(400, f"{what}_ALREADY_EXISTS", f"{what.title()} '{full_name}' already exists.")
        if kind == "catalogs":
            space.spark.add_catalog(full_name)
        elif kind == "schemas":
            space.spark.add_schema(*full_name.split("."))
        elif body["volume_type"] == "EXTERNAL":
            location = body["storage_location"]
            if not any(location.startswith(allowed + "/") for allowed in space.spark.external_locations):
                raise Bad(403, "EXTERNAL_LOCATION_DOES_NOT_EXIST", f"No external location for {location}")
            scheme, _, rest = location.partition("://")
            space.volumes_on_disk.make_external(full_name, space.root / "cloud" / scheme / rest)
        else:
            space.volumes_on_disk.make(full_name)
        known[full_name] = {**body, "full_name": full_name}
        return known[full_name]


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
    host = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"host": host, "token": TOKEN, "warehouse_id": WAREHOUSE}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
