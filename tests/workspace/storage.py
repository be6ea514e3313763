"""What the cloud's storage does with presigned addresses: no token of the workspace's is wanted there, nor taken."""

import re

from refusals import Bad
from statements import SSE_C

GOOGLE_BLOCK = 256 << 10  # Of an unfinished upload Google keeps multiples of this.
SIGNED = "x-storage-test"


def xml(code, message):
    return f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'


def answer(exchange, token):
    what, payload = exchange.space.links.use(token)
    volumes = exchange.space.volumes
    if "Authorization" in exchange.headers:
        raise Bad(400, "", "", body=xml("InvalidArgument", "Only one auth mechanism allowed"))
    if what == "chunk":
        check_key(exchange, payload)
        return exchange.send_bytes(payload["content"])
    if what == "download":
        return exchange.send_file(volumes.existing(payload["path"]))
    # The official client asks how far an upload came without the headers of its address.
    asks_how_far = what == "resumable" and exchange.length == 0
    if not asks_how_far and exchange.headers.get(SIGNED) != "1":
        raise Bad(403, "", "", body=xml("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."))
    if what == "resumable":
        return resumed(exchange, payload["session"])
    if what == "part":
        etag = volumes.put_part(payload["session"], payload["number"], exchange.rfile, exchange.length)
        return exchange.send_bytes(b"", **({"ETag": etag} if exchange.space.ways.etags else {}))
    volumes.abort(payload["session"])
    return exchange.send_bytes(b"")


def check_key(exchange, payload):
    """S3 with a key of the customer's (SSE-C): its words without the key's headers, and with a wrong one."""
    if not payload["key"]:
        return
    given = {name: exchange.headers.get(name) for name in SSE_C}
    if None in given.values():
        raise Bad(400, "", "", body=xml("InvalidRequest", "The object was stored using a form of Server Side Encryption. "
                                        "The correct parameters must be provided to retrieve the object."))
    if given != payload["key"]:
        raise Bad(403, "", "", body=xml("AccessDenied", "Access Denied"))


def resumed(exchange, session):
    """Google's protocol: PUT of a range, 308 with what has arrived until all has; `bytes */*` asks how far it came."""
    volumes = exchange.space.volumes
    if exchange.command == "DELETE":
        volumes.abort(session)
        return exchange.send_bytes(b"", 499)
    wanted = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", exchange.headers.get("Content-Range", ""))
    if wanted is None:
        raise Bad(400, "", "", body=xml("InvalidArgument", "Invalid Content-Range"))
    begin, total = int(wanted[1] or 0), None if wanted[3] == "*" else int(wanted[3])
    arrived = volumes.append(session, begin, exchange.rfile, exchange.length, total, GOOGLE_BLOCK)
    if arrived is None:
        return exchange.send_bytes(b"")
    return exchange.send_bytes(b"", 308, **({"Range": f"bytes=0-{arrived - 1}"} if arrived else {}))
