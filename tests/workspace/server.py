#!/usr/bin/env python3
"""A Databricks workspace on loopback, with Spark and Delta Lake inside, to test against.

Usage: server.py --root FOLDER --jars FOLDER --classes FOLDER [--port N] [--external s3://bucket]... [--start-s S] [--hard]
Prints one line of JSON with host, token, admin (an administrator's token) and warehouse_id when it is ready. Control: README.md.
"""

import argparse
import http.server
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from exchange import Exchange
from faults import Faults
from links import Links
from sign_in import ADMIN_TOKEN, TOKEN, SignIn
from spark import Spark
from statement_rules import StatementRules
from statements import Warehouse
from unity_catalog import UnityCatalog
from volumes import Volumes
from ways import HARD, Ways

WAREHOUSE = "warehouse1"


class Workspace:
    """What the server serves."""

    def __init__(self, options):
        self.root = pathlib.Path(options.root).resolve()
        self.ways = Ways()
        self.spark = Spark(self.root, options.jars, options.classes, options.external)
        self.volumes = Volumes(self.root / "volumes", self.ways)
        self.links = Links()
        self.catalog = UnityCatalog(self.spark, self.volumes, self.root, self.ways)
        self.rules = StatementRules(self.spark, self.catalog, self.ways)
        self.warehouse = Warehouse(self.rules, WAREHOUSE, self.links, self.ways, options.start_s)
        self.faults = Faults()
        self.sign_in = SignIn(options.token_s)
        self.calls = []


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
    parser.add_argument("--hard", action="store_true", help="as most accounts are: ways.py")
    options = parser.parse_args()
    space = Exchange.space = Workspace(options)
    if options.hard:
        space.ways.put(HARD)
    server = Server(("127.0.0.1", options.port), Exchange)
    space.links.origin = host = f"http://127.0.0.1:{server.server_address[1]}"
    print(json.dumps({"host": host, "token": TOKEN, "admin": ADMIN_TOKEN, "warehouse_id": WAREHOUSE}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
