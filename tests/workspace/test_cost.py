"""What a sync took from the workspace: on its run, in the tenant's sum, and as the workspace itself counts it."""

from machine import until

ROWS = b"sku,qty\nA1,3\nB2,4\n"


def counted(workspace, before):
    after = workspace.control()
    return {name: len(after[name]) - len(before[name]) for name in ("statements", "calls")}


def test_a_run_says_what_it_cost(workspace, on_workspace):
    usage = on_workspace.ok("GET", "/api/v1/usage")
    before = workspace.control()
    dataset = on_workspace.upload(ROWS, "stock.csv")["id"]
    on_workspace.wait_status(dataset)
    seen = counted(workspace, before)
    (run,) = on_workspace.ok("GET", f"/api/v1/datasets/{dataset}/databricks/runs")["runs"]
    cost = run["cost"]
    assert (cost["statements"], cost["rest_calls"]) == (seen["statements"], seen["calls"])
    assert cost["statements"] == 2 and cost["warehouse_ms"] > 0
    assert cost["bytes_uploaded"] == on_workspace.dataset(dataset)["file_bytes"]
    after = on_workspace.ok("GET", "/api/v1/usage")
    assert after["runs"] == usage["runs"] + 1
    assert after["cost"]["statements"] == usage["cost"]["statements"] + 2

    # In the workspace's own query history the statements are found by their tags.
    tags = [{tag["key"]: tag["value"] for tag in each["tags"]} for each in workspace.control()["statements"][-2:]]
    assert [(each["dataset"], each["step"]) for each in tags] == [(dataset, "bronze"), (dataset, "silver")]


def test_what_failed_cost_something_too(workspace, on_workspace):
    workspace.fault(action="status", status=403, path="/tables/.*refused_clean", method="GET")
    dataset = on_workspace.upload(ROWS, "refused.csv")["id"]
    status = on_workspace.wait_status(dataset, "failed")
    assert status["last_sync_error_class"] == "needs_you"
    (run,) = on_workspace.ok("GET", f"/api/v1/datasets/{dataset}/databricks/runs")["runs"]
    assert run["outcome"] == "failed" and run["cost"]["statements"] == 1
    assert run["error"] == status["last_sync_error"]


def test_tables_are_dropped_without_a_warehouse(workspace, on_workspace):
    dataset = on_workspace.upload(ROWS, "leaving.csv")["id"]
    status = on_workspace.wait_status(dataset)
    before = workspace.control()
    on_workspace.ok("DELETE", f"/api/v1/datasets/{dataset}/databricks", 202)
    gone = on_workspace.wait_status(dataset, "not_synced")
    assert gone["bronze_table"] is None and gone["synced_version"] is None
    for table in (status["bronze_table"], status["silver_table"]):
        assert workspace.call("GET", f"/api/2.1/unity-catalog/tables/{table}").status_code == 404
    landed = "/api/2.0/fs/directories/Volumes/catalog_tenant_default/bronze/landing/leaving"
    assert workspace.call("GET", landed).status_code == 404
    assert counted(workspace, before)["statements"] == 0
    runs = on_workspace.ok("GET", f"/api/v1/datasets/{dataset}/databricks/runs")["runs"]
    assert [run["outcome"] for run in runs] == ["dropped", "synced"]
    assert runs[0]["cost"]["statements"] == 0 and runs[0]["cost"]["rest_calls"] > 0
    on_workspace.ok("POST", f"/api/v1/datasets/{dataset}/sync", 202)
    on_workspace.wait_status(dataset)
    assert workspace.sql(f"SELECT count(*) FROM {status['silver_table']}") == [["2"]]


def test_a_drop_is_tried_until_it_is_done(workspace, on_workspace):
    dataset = on_workspace.upload(ROWS, "staying.csv")["id"]
    status = on_workspace.wait_status(dataset)
    workspace.fault(action="status", status=403, path="/tables/.*staying", method="DELETE")
    on_workspace.ok("DELETE", f"/api/v1/datasets/{dataset}/databricks", 202)
    waiting = on_workspace.wait_status(dataset, "pending", waiting_for="retry")
    assert waiting["last_sync_error_class"] == "needs_you" and "Grant it" in waiting["last_sync_error"]
    on_workspace.wait_status(dataset, "not_synced")
    until(lambda: workspace.sql(f"SELECT 1 FROM {status['bronze_table']}") is None, 30, "bronze is dropped")
