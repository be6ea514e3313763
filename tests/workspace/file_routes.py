"""The Files API: files and folders of volumes, and uploads in parts or resumable ones."""

from refusals import Bad
from sign_in import ADMIN
from unity_catalog import only
from ways import Ways

# What databricks-sdk-py goes by when it then sends the file whole (mixins/files.py): 403 with this reason, or any other error.
CODES = {403: "PERMISSION_DENIED", 400: "FEATURE_DISABLED"}
DISABLED = {
    "message": "Presigned URLs API is not enabled",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "FILES_API_API_IS_NOT_ENABLED", "domain": "filesystem.databricks.com"}],
}


def on_file(exchange, path):
    volumes, query = exchange.space.volumes, exchange.query
    only(query, "overwrite", "action", "upload_type", "session_token")
    overwrite = query.get("overwrite") == "true"
    if exchange.command == "PUT":
        volumes.put(path, overwrite, exchange.rfile, exchange.length)
    elif exchange.command == "HEAD":
        exchange.head_length = volumes.size(path)
    elif exchange.command == "DELETE":
        volumes.remove(path)
    elif exchange.command == "GET":
        return exchange.send_file(volumes.existing(path))
    elif query.get("action") == "initiate-upload":
        if status := exchange.space.ways.no_parts:
            raise Bad(status, "", "", body={"error_code": CODES.get(status, "INTERNAL_ERROR"), **DISABLED})
        kind = "resumable_upload" if exchange.space.ways.resumable else "multipart_upload"
        return {kind: {"session_token": volumes.begin_parts(path, overwrite)}}
    elif query.get("action") == "complete-upload":
        volumes.complete(path, query["session_token"], exchange.json()["parts"])
        return {}
    return None


def on_directory(exchange, path):
    volumes = exchange.space.volumes
    ways = Ways() if exchange.principal == ADMIN else exchange.space.ways
    only(exchange.query, "page_size", "page_token")
    if exchange.command == "GET":
        return page(volumes.listing(path, ways), exchange.query, ways)
    if exchange.command == "PUT":
        volumes.make_directory(path)
    elif exchange.command == "DELETE":
        volumes.remove_directory(path)
    else:
        volumes.head_folder(path)
    return None


def page(contents, query, ways):
    """A page may be short, or empty with more behind it (databricks-sdk-py, FilesAPI.list_directory_contents)."""
    if ways.empty_page and "page_token" not in query:
        return {"next_page_token": "0"}
    begin = int(query.get("page_token", 0))
    end = begin + min(int(query.get("page_size", 0)) or 1000, ways.page_items)
    return {"contents": contents[begin:end], **({"next_page_token": str(end)} if end < len(contents) else {})} if contents else {}


def on_addresses(exchange, what):
    """Presigned addresses, with the headers that must be sent to them."""
    body, space = exchange.json(), exchange.space
    if what == "create-download-url":
        return {"url": space.links.make("download", path=body.get("path") or exchange.query["path"]), "headers": []}
    space.volumes.session(body["path"], body["session_token"])

    def address(**payload):
        return {"url": space.links.make(session=body["session_token"], **payload), "headers": [{"name": "x-storage-test", "value": "1"}]}

    if what == "create-upload-part-urls":
        only(body, "path", "session_token", "start_part_number", "count", "expire_time")
        numbers = range(body["start_part_number"], body["start_part_number"] + body["count"])
        return {"upload_part_urls": [{"part_number": number, **address(what="part", number=number)} for number in numbers]}
    if what == "create-resumable-upload-url":
        only(body, "path", "session_token")
        return {"resumable_upload_url": address(what="resumable")}
    only(body, "path", "session_token", "expire_time")
    return {"abort_upload_url": address(what="abort")}
