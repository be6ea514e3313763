"""What schemathesis cannot know of itself: which text is SQL, which bytes are a table, how long an upload is.

Only of what it makes to be right, and only of some: the rest stays as strange as it is. Chosen by what was there, so that
the same seed asks the same.
"""

import os
import zlib

import schemathesis
from schemathesis.generation import GenerationMode

OWN_TOKEN = os.environ.get("FUZZ_OWN_TOKEN", "none")
SQL = ["SELECT * FROM dataset", "SELECT count(*) AS n FROM dataset_clean", "SHOW TABLES", "DESCRIBE dataset",
       "SELECT line, reason FROM dataset_rejects", "EXPLAIN SELECT * FROM dataset", "SELECT 1 AS one, 'é' AS two, NULL AS three",
       "SELECT column_name FROM information_schema.columns", "SUMMARIZE dataset", "SELECT range AS n FROM range(20000)"]  # fmt: skip
FILES = [b"a,b\n1,x\n2,y\n", b"a;b\n1,5;x\n2,5;y\n", b'[{"a":1},{"a":2.5}]', b'{"a":1}\n{"a":"x"}\n', b"a,b\n1,x\n2\n3,z\n"]


@schemathesis.serializer("application/offset+octet-stream")
def offset_octet_stream(ctx, value):
    return bytes_of(value)


def bytes_of(value):
    value = getattr(value, "data", value)
    return value if isinstance(value, bytes) else str(value).encode()


def picked(choices, value):
    """One of the choices, or three times in eight what was there."""
    number = zlib.crc32(repr(value).encode())
    return value if number % 8 < 3 else choices[number // 8 % len(choices)]


@schemathesis.hook
def filter_case(ctx, case):
    """A header that nobody knows is no error in HTTP (RFC 9110, 5.1)."""
    return not any(name.lower().startswith("x-schemathesis") for name in case.headers or {})


@schemathesis.hook("filter_case")
def keep_our_own_token(ctx, case):
    """What is revoked by chance must not be what all this is asked with."""
    return OWN_TOKEN not in (case.path_parameters or {}).values()


@schemathesis.hook
def map_case(ctx, case):
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return case
    if isinstance(case.query, dict) and isinstance(case.query.get("sql"), str):
        case.query["sql"] = picked(SQL, case.query["sql"])
    if isinstance(case.body, dict) and isinstance(case.body.get("sql"), str):
        case.body["sql"] = picked(SQL, case.body["sql"])
        if "parameters" in case.body and zlib.crc32(case.body["sql"].encode()) % 4:
            del case.body["parameters"]
    if isinstance(case.body, dict) and "file" in case.body:
        case.body["file"] = picked(FILES, case.body["file"])
        if "options" in case.body and zlib.crc32(repr(case.body["options"]).encode()) % 4:
            del case.body["options"]
    if case.operation.definition.raw.get("operationId") == "create_upload" and "Upload-Length" in case.headers:
        sent = len(bytes_of(case.body)) if isinstance(case.body, (bytes, str)) or hasattr(case.body, "data") else 0
        case.headers["Upload-Length"] = picked([str(sent), str(sent), str(sent + 5)], case.headers["Upload-Length"])
    return case
