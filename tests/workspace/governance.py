"""What others decide about tables: whose they are, masks, filters, and how many there may be."""

import re

from refusals import Bad, Refused
from ways import QUOTA, with_class


def is_of_others(ways, table):
    return any(re.fullmatch(others, table) for others in ways.owned_by_others)


def with_policies(ways, table):
    """Masks and filters as databricks-sdk-go has them: catalog.ColumnMask, catalog.TableRowFilter."""
    name = table["full_name"]
    masked = ways.of_table(ways.masks, name)
    for column in table["columns"]:
        if column["name"].lower() in masked:
            column["mask"] = {"function_name": "main.governance.mask", "using_column_names": []}
    if conditions := " ".join(ways.of_table(ways.row_filters, name)):
        named = [column["name"] for column in table["columns"] if re.search(rf"\b{re.escape(column['name'])}\b", conditions, re.I)]
        table["row_filter"] = {"function_name": "main.governance.filter", "input_column_names": named}
    table["owner"] = "somebody@example.com" if is_of_others(ways, name) else "sluice"
    return table


def as_seen(ways, spark, name):
    """The table `name`, which stands behind FROM, as our principal sees it."""
    plain = name.replace("`", "").lower()
    masked, conditions = ways.of_table(ways.masks, plain), ways.of_table(ways.row_filters, plain)
    table = spark.table(plain) if (masked or conditions) and not ways.exempt else None
    if table is None:
        return name
    cells = []
    for column in table["columns"]:
        mask = "'***'" if column["type_text"] == "string" else f"CAST(NULL AS {column['type_text']})"
        quoted = f"`{column['name']}`"
        cells.append(f"{mask} AS {quoted}" if column["name"].lower() in masked else quoted)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"(SELECT {', '.join(cells)} FROM {name}{where})"


def check_quota(ways, what, full_name, there):
    """Of one more `Table` or `Schema`; `there`: the names that its parent has."""
    limit = ways.quota.get(what.lower() + "s")
    if limit is None or full_name.rpartition(".")[2] in there or len(there) < limit:
        return
    parent = "Schema" if what == "Table" else "Catalog"
    words = QUOTA.format(what=what, parent=parent, id="16e388e4-4f7d-4ea7-9a83-26c44917aced", count=len(there), limit=limit)
    if what == "Table":
        raise Refused("", with_class("QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED", words))
    status, code = ways.quota_error
    raise Bad(status, code, words)
