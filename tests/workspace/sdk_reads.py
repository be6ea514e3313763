#!/usr/bin/env python3
"""Tables as the official SDK reads them: HOST TOKEN WAREHOUSE TABLE… → JSON."""

import json
import sys

from databricks.sdk import WorkspaceClient

host, token, warehouse, *names = sys.argv[1:]
client = WorkspaceClient(host=host, token=token, auth_type="pat")
tables = []
for name in names:
    table = client.tables.get(name)
    rows = lambda sql: client.statement_execution.execute_statement(sql, warehouse, wait_timeout="50s").result.data_array
    tables.append({
        "count": int(rows(f"SELECT count(*) FROM {name}")[0][0]),
        "columns": [[column.name, column.type_text] for column in table.columns],
        "comments": [column.comment for column in table.columns],
        "properties": table.properties,
        "first": rows(f"SELECT * FROM {name} ORDER BY 1 LIMIT 1")[0],
    })
print(json.dumps(tables))
