"""The SQL Statement Execution API: submit, poll, cancel, results in chunks; one warehouse that stops and starts."""

import base64
import hashlib
import json
import threading
import time
import uuid

from awake import Awake
from refusals import Bad, Refused
from sign_in import ADMIN

FIELDS = {
    "statement", "warehouse_id", "catalog", "schema", "parameters", "wait_timeout", "on_wait_timeout", "disposition",
    "format", "row_limit", "byte_limit", "query_tags",
}
INLINE_BYTES_MAX = 25 << 20


# A key of the customer's, with which S3 keeps results on default storage. Its headers come with a link: databricks-sdk-go,
# sql.ExternalLink.HttpHeaders.
_KEY = bytes(range(32))
SSE_C = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": base64.b64encode(_KEY).decode(),
    "x-amz-server-side-encryption-customer-key-MD5": base64.b64encode(hashlib.md5(_KEY).digest()).decode(),
}


def seconds_of(wait_timeout):
    text = str(wait_timeout)
    number = int(text[:-1]) if text.endswith("s") and text[:-1].isdigit() else -1
    if number != 0 and not 5 <= number <= 50:
        raise Bad(400, "INVALID_PARAMETER_VALUE", f"wait_timeout {text}: 0s, or 5s to 50s")
    return number


def checked(body):
    unknown = set(body) - FIELDS
    if unknown:
        raise Bad(400, "MALFORMED_REQUEST", f"unknown fields: {sorted(unknown)}")
    if body.get("disposition", "INLINE") not in ("INLINE", "EXTERNAL_LINKS"):
        raise Bad(400, "INVALID_PARAMETER_VALUE", f"disposition {body['disposition']}")
    if body.get("format", "JSON_ARRAY") != "JSON_ARRAY":
        raise Bad(400, "INVALID_PARAMETER_VALUE", "only JSON_ARRAY in this workspace")
    if {"catalog", "schema"} & set(body):
        raise Bad(501, "NOT_IMPLEMENTED", "catalog and schema: name tables in three parts in this workspace")
    tags = body.get("query_tags", [])
    if len(tags) > 20 or any(set(tag) - {"key", "value"} for tag in tags):
        raise Bad(400, "INVALID_PARAMETER_VALUE", "query_tags: at most 20 of key and value")
    for parameter in body.get("parameters", []):
        if set(parameter) - {"name", "value", "type"} or "name" not in parameter:
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"parameter {parameter}")


class Statement:
    """One submitted statement; its thread fills it in."""

    def __init__(self, body, principal, has_key):
        self.id = str(uuid.uuid4())
        self.principal, self.has_key = principal, has_key
        self.body, self.sql, self.tags = body, body["statement"], body.get("query_tags", [])
        self.external = body.get("disposition") == "EXTERNAL_LINKS"
        self.state = "PENDING"
        self.error = None
        self.columns, self.chunks = [], []
        self.truncated = False
        self.ended = threading.Event()
        self.cancelled = False
        self.failing = None

    def take(self, columns, rows, chunk_rows):
        limit, room = self.body.get("row_limit"), self.body.get("byte_limit")
        if limit is not None and len(rows) > limit:
            rows, self.truncated = rows[:limit], True
        sizes = [sum(len(cell or "") + 3 for cell in row) for row in rows]
        if room is not None and sum(sizes) > room:
            kept = 0
            while kept < len(rows) and sum(sizes[: kept + 1]) <= room:
                kept += 1
            rows, self.truncated = rows[:kept], True
        if not self.external and sum(sizes) > INLINE_BYTES_MAX:
            raise Refused("RESULT_TOO_LARGE", "the result is larger than 25 MiB")
        self.columns = columns
        self.chunks = [rows[at : at + chunk_rows] for at in range(0, len(rows), chunk_rows)]
        self.state = "SUCCEEDED"

    def manifest(self):
        counts = [len(chunk) for chunk in self.chunks] or [0]
        return {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(self.columns), "columns": self.columns},
            "total_chunk_count": len(self.chunks),
            "chunks": [{"chunk_index": at, "row_offset": sum(counts[:at]), "row_count": count} for at, count in enumerate(counts)],
            "total_row_count": sum(counts),
            "truncated": self.truncated,
        }

    def chunk(self, at, links):
        if self.chunks and not 0 <= at < len(self.chunks):
            raise Bad(404, "NOT_FOUND", f"statement {self.id} has no chunk {at}")
        rows = self.chunks[at] if self.chunks else []
        body = {"chunk_index": at, "row_offset": sum(map(len, self.chunks[:at])), "row_count": len(rows)}
        if at + 1 < len(self.chunks):
            body["next_chunk_index"] = at + 1
            body["next_chunk_internal_link"] = f"/api/2.0/sql/statements/{self.id}/result/chunks/{at + 1}?row_offset={body['row_offset'] + len(rows)}"
        if not self.external:
            return {**body, **({"data_array": rows} if rows else {})}
        if not rows:
            return {}
        content, key = json.dumps(rows, ensure_ascii=False).encode(), SSE_C if self.has_key else {}
        link = {**body, "byte_count": len(content), "external_link": links.make("chunk", content=content, key=key), "expiration": links.expiration()}
        if key:
            link["http_headers"] = key
        return {"external_links": [link]}

    def answer(self, links):
        status = {"state": self.state}
        if self.error:
            status["error"] = {"error_code": "BAD_REQUEST", "message": self.error}
        body = {"statement_id": self.id, "status": status}
        if self.state == "SUCCEEDED":
            body |= {"manifest": self.manifest(), "result": self.chunk(0, links)}
        return body


class Warehouse:
    """Runs statements, two at a time; while it starts they are PENDING."""

    def __init__(self, rules, warehouse_id, links, ways, start_s=0.0):
        self.rules, self.id, self.links, self.ways = rules, warehouse_id, links, ways
        self.awake = Awake(start_s)
        self.answer_after_s = 50.0  # What a client is kept waiting for at most; less makes it poll.
        self.chunk_rows = 20_000
        self.statements = {}
        self._places = threading.Semaphore(2)

    def check_id(self, warehouse_id):
        if warehouse_id != self.id:
            # Of asset bundles with a wrong id; deploy logs of several public projects.
            raise Bad(400, "INVALID_PARAMETER_VALUE", f"{warehouse_id} is not a valid endpoint id.")

    def describe(self):
        """databricks-sdk-go, sql.GetWarehouseResponse."""
        state = self.awake.state()
        return {
            "id": self.id, "name": "workspace", "cluster_size": "2X-Small", "min_num_clusters": 1, "max_num_clusters": 1,
            "num_clusters": int(state == "RUNNING"), "auto_stop_mins": self.awake.auto_stop_mins(), "enable_serverless_compute": True, "warehouse_type": "PRO",
            "channel": {"name": "CHANNEL_NAME_CURRENT"}, "state": state, **self.ways.warehouse,
        }

    def submit(self, body, principal, failing=None):
        checked(body)
        self.check_id(body.get("warehouse_id"))
        wait_s = seconds_of(body.get("wait_timeout", "10s"))
        statement = Statement(body, principal, self.ways.sse_c and principal != ADMIN)
        statement.failing = failing
        self.statements[statement.id] = statement
        threading.Thread(target=self._run, args=(statement, self.awake.begin()), daemon=True).start()
        if wait_s:
            statement.ended.wait(min(wait_s, self.answer_after_s))
            if not statement.ended.is_set() and body.get("on_wait_timeout", "CONTINUE") == "CANCEL":
                self.cancel(statement.id)
        return statement.answer(self.links)

    def get(self, statement_id):
        if statement_id not in self.statements:
            raise Bad(404, "NOT_FOUND", f"statement {statement_id} was not found")
        return self.statements[statement_id]

    def cancel(self, statement_id):
        statement = self.get(statement_id)
        if not statement.ended.is_set():
            statement.cancelled = True
            if statement.state == "PENDING":
                statement.state = "CANCELED"
                statement.ended.set()

    def _run(self, statement, up_at):
        try:
            self._carry(statement, up_at)
        finally:
            self.awake.end()
            statement.ended.set()

    def _carry(self, statement, up_at):
        begins_at = max(up_at, time.monotonic() + self.rules.waits_s(statement.principal))
        while time.monotonic() < begins_at and not statement.cancelled:
            time.sleep(0.05)
        with self._places:
            if statement.ended.is_set():
                return
            statement.state = "RUNNING"
            try:
                if statement.failing:
                    raise Refused("", statement.failing)
                columns, rows = self.rules.run(statement, self.describe())
                statement.take(columns, rows, self.chunk_rows)
            except Exception as error:  # Spark's classes are many; the client is told what they say.
                statement.error = str(error).split("\n\nJVM")[0][:4000]
                statement.state = "FAILED"
