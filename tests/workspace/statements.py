"""The SQL Statement Execution API: submit, poll, cancel; one warehouse that stops and starts."""

import threading
import time
import uuid

from spark import Refused

FIELDS = {
    "statement", "warehouse_id", "catalog", "schema", "parameters", "wait_timeout", "on_wait_timeout", "disposition",
    "format", "row_limit", "byte_limit", "query_tags",
}
INLINE_BYTES_MAX = 25 << 20


class Bad(Exception):
    """An answer that is an error: HTTP status, code, message."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def seconds_of(wait_timeout):
    text = str(wait_timeout)
    number = int(text[:-1]) if text.endswith("s") and text[:-1].isdigit() else -1
    if number != 0 and not 5 <= number <= 50:
        raise Bad(400, "INVALID_PARAMETER_VALUE", f"wait_timeout {text}: 0s, or 5s to 50s")
    return number


class Statement:
    """One submitted statement; its thread fills it in."""

    def __init__(self, sql, tags):
        self.id = str(uuid.uuid4())
        self.sql, self.tags = sql, tags
        self.state = "PENDING"
        self.error = None
        self.columns, self.rows = [], []
        self.submitted = time.monotonic()
        self.ended = threading.Event()
        self.cancelled = False
        self.failing = None

    def answer(self):
        status = {"state": self.state}
        if self.error:
            status["error"] = {"error_code": "BAD_REQUEST", "message": self.error}
        body = {"statement_id": self.id, "status": status}
        if self.state == "SUCCEEDED":
            body["manifest"] = {
                "format": "JSON_ARRAY",
                "schema": {
                    "column_count": len(self.columns),
                    "columns": [
                        {"name": name, "position": at, "type_text": kind.upper(), "type_name": kind.split("(")[0].upper()}
                        for at, (name, kind) in enumerate(self.columns)
                    ],
                },
                "total_chunk_count": 1,
                "total_row_count": len(self.rows),
                "truncated": False,
            }
            body["result"] = {"chunk_index": 0, "row_offset": 0, "row_count": len(self.rows)}
            if self.rows:
                body["result"]["data_array"] = self.rows
        return body


class Warehouse:
    """Runs statements, two at a time; while it starts they are PENDING."""

    def __init__(self, spark, warehouse_id, start_s=0.0):
        self.spark, self.id = spark, warehouse_id
        self.start_s = start_s
        self.up_at = None
        self.answer_after_s = 50.0  # What a client is kept waiting for at most; less makes it poll.
        self.statements = {}
        self._places = threading.Semaphore(2)

    def submit(self, body, failing=None):
        unknown = set(body) - FIELDS
        if unknown:
            raise Bad(400, "MALFORMED_REQUEST", f"unknown fields: {sorted(unknown)}")
        if body.get("warehouse_id") != self.id:
            raise Bad(404, "RESOURCE_DOES_NOT_EXIST", f"warehouse {body.get('warehouse_id')} does not exist")
        if body.get("disposition", "INLINE") != "INLINE" or body.get("format", "JSON_ARRAY") != "JSON_ARRAY":
            raise Bad(400, "INVALID_PARAMETER_VALUE", "only INLINE with JSON_ARRAY in this workspace")
        tags = body.get("query_tags", [])
        if len(tags) > 20 or any(set(tag) - {"key", "value"} for tag in tags):
            raise Bad(400, "INVALID_PARAMETER_VALUE", "query_tags: at most 20 of key and value")
        wait_s = seconds_of(body.get("wait_timeout", "10s"))
        statement = Statement(body["statement"], tags)
        statement.failing = failing
        self.statements[statement.id] = statement
        if self.up_at is None:
            self.up_at = time.monotonic() + self.start_s
        threading.Thread(target=self._run, args=(statement,), daemon=True).start()
        if wait_s:
            statement.ended.wait(min(wait_s, self.answer_after_s))
            if not statement.ended.is_set() and body.get("on_wait_timeout", "CONTINUE") == "CANCEL":
                self.cancel(statement.id)
        return statement.answer()

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

    def _run(self, statement):
        while time.monotonic() < self.up_at and not statement.cancelled:
            time.sleep(0.05)
        with self._places:
            if statement.ended.is_set():
                return
            statement.state = "RUNNING"
            try:
                if statement.failing:
                    raise Refused("", statement.failing)
                statement.columns, statement.rows = self.spark.run(statement.sql)
                size = sum(len(cell or "") for row in statement.rows for cell in row)
                if size > INLINE_BYTES_MAX:
                    raise Refused("RESULT_TOO_LARGE", "the result is larger than 25 MiB")
                statement.state = "SUCCEEDED"
            except Exception as error:  # Spark's classes are many; the client is told what they say.
                statement.error = str(error).split("\n\nJVM")[0][:4000]
                statement.state = "FAILED"
            statement.ended.set()
