"""docs/databricks.md's quick starts, as far as the stand-in goes: the page's settings and grants, in a workspace of that kind.

Before the page's grants are given, the check must ask for these and no others; with them it passes, and so does a sync.
"""

import pathlib
import re

import pytest
from check_run import CheckRun
from sign_in import CLIENT, ENTRA

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/databricks.md"
NAMES = ("Free Edition", "AWS", "Azure", "GCP")
GRANT = re.compile(r"GRANT ([A-Z ,]+) ON (METASTORE|CATALOG|SCHEMA|EXTERNAL LOCATION)\b")
# What the workspaces are like, beside ways.HARD; and the catalog that is there beforehand.
WAYS = {
    "Free Edition": {"catalogs": "ui", "sse_c": True},
    "AWS": {"catalogs": "root", "sse_c": True},
    "Azure": {"catalogs": "ui", "cloud": "azure"},
    "GCP": {"catalogs": "root", "cloud": "gcp", "resumable": True},
}
BY_HAND = {"Free Edition": {"name": "workspace", "default_storage": True}, "Azure": {"name": "catalog_tenant_default"}}
KIND = {"METASTORE": "metastore", "CATALOG": "catalog/.*", "EXTERNAL LOCATION": "external_location/.*"}
ROWS = b"Order ID,region,amount\n007,north,1.50\n008,south,7.00\n"


def section(name):
    """The page's settings and grants."""
    text = PAGE.read_text(encoding="utf-8").split("## Quick starts\n")[1].split(f"### {name}\n")[1]
    text = re.split(r"^##", text, maxsplit=1, flags=re.M)[0]
    blocks = {kind: body for kind, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S)}
    return dict(line.split("=", 1) for line in blocks[""].splitlines()), blocks.get("sql", "")


def filled_in(settings, workspace):
    """`…` is the reader's own, here the stand-in's. Its own places stay as the page has them."""
    own = {
        "DATABRICKS_HOST": workspace.host, "DATABRICKS_TOKEN": workspace.token, "DATABRICKS_WAREHOUSE_ID": workspace.warehouse_id,
        "DATABRICKS_CLIENT_ID": CLIENT[0], "DATABRICKS_CLIENT_SECRET": CLIENT[1],
        "ARM_TENANT_ID": ENTRA[0], "ARM_CLIENT_ID": ENTRA[1], "ARM_CLIENT_SECRET": ENTRA[2],
    }
    login = {"ARM_LOGIN_HOST": workspace.host} if "ARM_CLIENT_ID" in settings else {}
    return {**{name: own[name] if "…" in value else value for name, value in settings.items()}, **login}


def privileges_in(text):
    return {(privilege, kind) for listed, kind in GRANT.findall(text) for privilege in listed.split(", ")}


@pytest.mark.parametrize("name", NAMES)
def test_a_quick_start_of_the_page(workspace, make_sluice, table_row, name):
    settings, grants = section(name)
    wanted = privileges_in(grants)
    workspace.control("empty")
    places = {re.match(r"\w+://[^/]+", value)[0] for value in settings.values() if re.match(r"(s3|abfss|gs)://", value)}
    workspace.control("state", {"groups": [], "may_create_catalog": True, "external_locations": sorted(places) or ["s3://bucket"]})
    try:
        if name in BY_HAND:
            workspace.control("catalog", BY_HAND[name])
        workspace.control("ways", method="DELETE")
        workspace.ways(**WAYS[name], withheld=[[KIND[kind], privilege.replace(" ", "_")] for privilege, kind in wanted])
        settings = filled_in(settings, workspace)
        before = CheckRun(workspace, settings)
        asked = privileges_in("\n".join(before.lines))
        assert asked == wanted, before.lines
        assert before.exit_code == (1 if wanted else 0)
        workspace.ways(withheld=[])
        after = CheckRun(workspace, settings)
        assert after.worst() == "ok" and after.exit_code == 0, after.lines
        sluice = make_sluice(**settings).start()
        status = sluice.wait_status(sluice.upload(ROWS, "orders.csv")["id"])
        assert (status["sync_status"], status["row_count_silver"]) == ("synced", 2), status
        assert workspace.sql(f"SELECT order_id, amount FROM {status['silver_table']} ORDER BY 1") == [["007", "1.50"], ["008", "7.00"]]
        where = status["bronze_kind"]
        table_row("quick starts", ["page", "asked for", "check then", "first sync"],
                  [name, ", ".join(sorted(privilege for privilege, _ in asked)) or "nothing", after.worst(), f"synced, bronze {where}"])
        assert where == ("external" if "DATABRICKS_EXTERNAL_LOCATION" in settings else "managed")
    finally:
        workspace.control("empty")
        workspace.control("state", {"external_locations": ["s3://bucket"]})


def test_all_quick_starts_of_the_page_are_tried():
    text = PAGE.read_text(encoding="utf-8").split("## Quick starts\n")[1]
    assert tuple(re.findall(r"^### (.*)$", re.split(r"^## ", text, maxsplit=1, flags=re.M)[0], re.M)) == NAMES
