"""Tenants beside the first, which the server makes itself."""

import hashlib
import secrets
import sqlite3
from contextlib import closing

import pytest


def copied_row(db, table, change):
    """Inserts a copy of the table's first row with some columns changed."""
    row = dict(db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone())
    row.update(change(row))
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def second_tenant(sluice, name="othertenant"):
    """The token of a new tenant, put into metadata.db, since no route makes tenants yet."""
    token = sluice.token[:-64] + secrets.token_hex(32)  # of the form that ours has
    digests = {}
    for text, of in ((sluice.token, "ours"), (token, "theirs")):
        raw = hashlib.sha256(text.encode())
        digests[of] = (raw.hexdigest(), raw.digest())
    try:
        with closing(sqlite3.connect(sluice.data / "metadata.db", timeout=10)) as db, db:
            db.row_factory = sqlite3.Row

            def tenant(row):
                return {k: name for k in row if k in ("id", "tenant_id", "name")}

            def their_token(row):
                change = {"tenant_id": name}
                for k, v in row.items():
                    if v in digests["ours"]:
                        change[k] = digests["theirs"][digests["ours"].index(v)]
                    elif k in ("id", "token_id"):
                        change[k] = f"e2e-{name}" if isinstance(v, str) else v + 1000
                if len(change) < 2 or not set(change) & (set(row) - {"tenant_id", "id"}):
                    pytest.fail("metadata.db: no column holds the token's SHA-256")
                return change

            copied_row(db, "tenants", tenant)
            copied_row(db, "tokens", their_token)
    except (sqlite3.Error, TypeError) as why:
        pytest.fail(f"metadata.db does not let a test add a tenant: {why}")
    return token


def read_only_token(sluice):
    """A second token of the first tenant, with scope `read`."""
    token = sluice.token[:-64] + secrets.token_hex(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    with closing(sqlite3.connect(sluice.data / "metadata.db", timeout=10)) as db, db:
        db.row_factory = sqlite3.Row
        copied_row(db, "tokens", lambda _: {"token_id": f"read-{digest[:8]}", "scopes": "read query", "sha256": digest})
    return token
