"""Which path is answered by what."""

import file_routes
import principals
import sign_in
import storage
from refusals import Bad

UC = "/api/2.1/unity-catalog/"


def answer(exchange):
    route, space = exchange.route, exchange.space
    if route.startswith("/_presigned/"):
        return storage.answer(exchange, route.removeprefix("/_presigned/"))
    if not route.startswith("/api/"):
        return sign_in.answer(exchange)
    space.sign_in.check_workspace(exchange)
    exchange.principal = space.sign_in.principal_of(exchange)
    if route.startswith("/api/2.0/sql/statements"):
        return on_statements(exchange, route.removeprefix("/api/2.0/sql/statements").strip("/"))
    if route.startswith("/api/2.0/fs/files"):
        return file_routes.on_file(exchange, route.removeprefix("/api/2.0/fs/files"))
    if route.startswith("/api/2.0/fs/directories"):
        return file_routes.on_directory(exchange, route.removeprefix("/api/2.0/fs/directories"))
    if route.startswith("/api/2.0/fs/create-"):
        return file_routes.on_addresses(exchange, route.removeprefix("/api/2.0/fs/"))
    if route.startswith("/api/2.0/sql/warehouses"):
        return on_warehouses(exchange, route.removeprefix("/api/2.0/sql/warehouses").strip("/"))
    if route == "/api/2.0/preview/scim/v2/Me":
        return principals.me(exchange)
    if route == "/api/2.0/preview/scim/v2/Groups" and exchange.command == "GET":
        return principals.groups(exchange)
    if route.startswith(UC):
        return space.catalog.answer(exchange.command, route.removeprefix(UC), exchange.query, exchange.json(), exchange.principal)
    raise Bad(404, "ENDPOINT_NOT_FOUND", f"No API found for '{exchange.command} {route}'")


def on_statements(exchange, rest):
    warehouse, links = exchange.space.warehouse, exchange.space.links
    if exchange.command == "POST" and not rest:
        return warehouse.submit(exchange.json(), exchange.principal, exchange.failing)
    statement, *more = rest.split("/")
    if exchange.command == "POST" and more == ["cancel"]:
        return warehouse.cancel(statement) or {}
    if more[:2] == ["result", "chunks"]:
        return warehouse.get(statement).chunk(int(more[2]), links)
    return warehouse.get(statement).answer(links)


def on_warehouses(exchange, name):
    warehouse = exchange.space.warehouse
    if name:
        warehouse.check_id(name)
    return warehouse.describe() if name else {"warehouses": [warehouse.describe()]}
