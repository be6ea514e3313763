#!/usr/bin/env python3
"""What the official databricks-sdk says of the workspace: HOST TOKEN WAREHOUSE. Each check uses the client as its users do.

Run by test_sdk.py with the workspace's own Python, which has the SDK. Prints the names of the checks that passed.
"""

import io
import os
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import AlreadyExists, BadRequest, NotFound, PermissionDenied
from databricks.sdk.service import catalog, sql

HOST, TOKEN, WAREHOUSE = sys.argv[1:4]


def refused(kind, call, *arguments, **more):
    try:
        call(*arguments, **more)
    except kind:
        return
    raise AssertionError(f"{call.__name__} was not refused")


def config(**more):
    # Small parts, so that parts are many without megabytes by the hundred.
    made = Config(host=HOST, auth_type=more.pop("auth_type", "pat"), **more)
    made.files_ext_multipart_upload_min_stream_size = 6 << 20
    made.files_ext_multipart_upload_default_part_size = 5 << 20
    made.files_ext_multipart_upload_part_size_options = [5 << 20, 10 << 20]
    return made


def catalogs(w):
    made = w.catalogs.create("sdk", comment="of the checks")
    assert made.name == "sdk" and w.catalogs.get("sdk").comment == "of the checks"
    refused((AlreadyExists, BadRequest), w.catalogs.create, "sdk")
    refused(NotFound, w.catalogs.get, "nothing")
    for schema in ("bronze", "silver"):
        w.schemas.create(schema, "sdk")
    assert [each.full_name for each in w.schemas.list("sdk")] == ["sdk.bronze", "sdk.silver"]
    assert w.schemas.get("SDK.Bronze").name == "bronze"
    volume = w.volumes.create("sdk", "bronze", "landing", catalog.VolumeType.MANAGED)
    assert volume.full_name == "sdk.bronze.landing" and w.volumes.read("sdk.bronze.landing").volume_type == catalog.VolumeType.MANAGED
    assert [each.name for each in w.volumes.list("sdk", "bronze")] == ["landing"]
    assert [each.url for each in w.external_locations.list()] == ["s3://bucket"]
    refused((PermissionDenied, NotFound), w.volumes.create, "sdk", "bronze", "far", catalog.VolumeType.EXTERNAL, storage_location="s3://other/x")


def grants(w):
    change = catalog.PermissionsChange(principal="sdk-readers", add=[catalog.Privilege.USE_CATALOG, catalog.Privilege.SELECT])
    w.grants.update("catalog", "sdk", changes=[change])
    (held,) = w.grants.get("catalog", "sdk").privilege_assignments
    assert held.principal == "sdk-readers" and catalog.Privilege.SELECT in held.privileges
    refused(NotFound, w.grants.update, "catalog", "sdk", changes=[catalog.PermissionsChange(principal="nobody", add=[catalog.Privilege.SELECT])])


def run(w, statement, may_fail=False, **more):
    done = w.statement_execution.execute_statement(statement, WAREHOUSE, wait_timeout="50s", **more)
    assert may_fail or done.status.state == sql.StatementState.SUCCEEDED, (statement, done.status)
    return done


def statements(w):
    run(w, "CREATE TABLE sdk.bronze.t (id BIGINT, price DECIMAL(9,2), at TIMESTAMP_NTZ, note STRING) COMMENT 'of the checks'")
    run(w, "INSERT INTO sdk.bronze.t VALUES (1, 1.10, TIMESTAMP_NTZ'2024-02-29 23:59:59.5', 'a'), (2, NULL, NULL, '')")
    done = run(w, "SELECT * FROM sdk.bronze.t ORDER BY id")
    assert [column.type_name for column in done.manifest.schema.columns][:2] == [sql.ColumnInfoTypeName.LONG, sql.ColumnInfoTypeName.DECIMAL]
    assert (done.manifest.schema.columns[1].type_precision, done.manifest.schema.columns[1].type_scale) == (9, 2)
    assert done.result.data_array == [["1", "1.10", "2024-02-29T23:59:59.500000", "a"], ["2", None, None, ""]]
    named = [sql.StatementParameterListItem(name="id", value="2", type="BIGINT"), sql.StatementParameterListItem(name="note", value="")]
    done = run(w, "SELECT id FROM sdk.bronze.t WHERE id = :id AND note = :note", parameters=named)
    assert done.result.data_array == [["2"]]
    failed = run(w, "SELECT * FROM sdk.bronze.nothing", may_fail=True)
    assert failed.status.state == sql.StatementState.FAILED and "TABLE_OR_VIEW_NOT_FOUND" in failed.status.error.message
    limited = run(w, "SELECT * FROM range(10)", row_limit=3)
    assert limited.manifest.truncated and len(limited.result.data_array) == 3
    refused(BadRequest, w.statement_execution.execute_statement, "SELECT 1", WAREHOUSE, wait_timeout="3s")
    refused(BadRequest, w.statement_execution.execute_statement, "SELECT 1", "no-such-warehouse")


def chunks(w):
    done = run(w, "SELECT id FROM range(50000)")
    rows, chunk = list(done.result.data_array), done.result
    while chunk.next_chunk_index is not None:
        chunk = w.statement_execution.get_statement_result_chunk_n(done.statement_id, chunk.next_chunk_index)
        rows += chunk.data_array
    assert len(rows) == 50000 and {row[0] for row in rows} == {str(at) for at in range(50000)}
    assert done.manifest.total_chunk_count == 3 and done.manifest.total_row_count == 50000


def external_links(w):
    import requests

    done = run(w, "SELECT id, CAST(NULL AS STRING) AS n FROM range(30000)", disposition=sql.Disposition.EXTERNAL_LINKS, format=sql.Format.JSON_ARRAY)
    rows, links = [], done.result.external_links
    while links:
        (link,) = links
        address = link.external_link
        assert requests.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30).status_code == 400, "no token goes to the storage"
        got = requests.get(address, timeout=30)
        assert len(got.content) == link.byte_count and link.expiration
        rows += got.json()
        links = (
            w.statement_execution.get_statement_result_chunk_n(done.statement_id, link.next_chunk_index).external_links
            if link.next_chunk_index is not None
            else None
        )
    assert len(rows) == 30000 and rows[-1][1] is None


def polling(w):
    begun = w.statement_execution.execute_statement("SELECT count(*) FROM range(10)", WAREHOUSE, wait_timeout="0s")
    state = begun.status.state
    while state in (sql.StatementState.PENDING, sql.StatementState.RUNNING):
        got = w.statement_execution.get_statement(begun.statement_id)
        state = got.status.state
    assert got.result.data_array == [["10"]]
    w.statement_execution.cancel_execution(begun.statement_id)


def files(w):
    root = "/Volumes/sdk/bronze/landing"
    small = os.urandom(100_000)
    w.files.upload(f"{root}/a b/small.bin", io.BytesIO(small), overwrite=True)
    assert w.files.download(f"{root}/a b/small.bin").contents.read() == small
    assert w.files.get_metadata(f"{root}/a b/small.bin").content_length == len(small)
    refused(AlreadyExists, w.files.upload, f"{root}/a b/small.bin", io.BytesIO(b"x"), overwrite=False)
    large = os.urandom(23 << 20)
    w.files.upload(f"{root}/large.bin", io.BytesIO(large), overwrite=True)
    assert w.files.download(f"{root}/large.bin").contents.read() == large
    w.files.create_directory(f"{root}/empty")
    listed = {entry.name: entry for entry in w.files.list_directory_contents(root)}
    assert set(listed) == {"a b", "empty", "large.bin"} and listed["empty"].is_directory and listed["large.bin"].file_size == len(large)
    refused(BadRequest, w.files.delete_directory, f"{root}/a b")
    for path in ("a b/small.bin", "large.bin"):
        w.files.delete(f"{root}/{path}")
    for path in ("a b", "empty"):
        w.files.delete_directory(f"{root}/{path}")
    refused(NotFound, w.files.get_metadata, f"{root}/large.bin")


def tables(w):
    table = w.tables.get("sdk.bronze.t")
    assert table.table_type == catalog.TableType.MANAGED and table.data_source_format == catalog.DataSourceFormat.DELTA
    assert [(column.name, column.type_text) for column in table.columns] == [
        ("id", "bigint"), ("price", "decimal(9,2)"), ("at", "timestamp_ntz"), ("note", "string")
    ]
    assert w.tables.exists("sdk.bronze.t").table_exists and not w.tables.exists("sdk.bronze.u").table_exists
    assert [each.name for each in w.tables.list("sdk", "bronze")] == ["t"]
    w.tables.delete("sdk.bronze.t")
    refused(NotFound, w.tables.get, "sdk.bronze.t")


def strictness(w):
    for bad in ("CREATE TABLE sdk.bronze.u (x INT) LOCATION '/Volumes/sdk/bronze/landing/u'", "CREATE TABLE sdk.bronze.u (x INT) LOCATION 's3://other/u'",
                "CREATE TABLE sdk.bronze.u (`a b` INT)"):
        assert run(w, bad, may_fail=True).status.state == sql.StatementState.FAILED, bad
    refused(BadRequest, w.api_client.do, "POST", "/api/2.0/sql/statements", body={"statement": "SELECT 1", "warehouse_id": WAREHOUSE, "typo": 1})
    refused(BadRequest, w.api_client.do, "GET", "/api/2.1/unity-catalog/schemas", query={"catalog": "sdk"})


def warehouses(w):
    assert w.warehouses.get(WAREHOUSE).auto_stop_mins == 10
    assert [each.id for each in w.warehouses.list()] == [WAREHOUSE]


def looks(w):
    """What `sluice databricks check` asks for."""
    there, metastore = w.metastores.current(), w.metastores.summary()
    assert there.metastore_id == metastore.metastore_id and there.workspace_id > 0 and metastore.cloud == "aws"
    me = w.current_user.me()
    assert me.user_name == "admin@example.com" and "users" in [group.display for group in me.groups]
    assert w.catalogs.get("sdk").owner == w.schemas.get("sdk.bronze").owner == me.user_name
    held = w.grants.get_effective("catalog", "sdk", principal="sdk-readers", max_results=0).privilege_assignments
    assert [each.privilege for each in held[0].privileges] == [catalog.Privilege.USE_CATALOG, catalog.Privilege.SELECT]
    (of_location,) = w.grants.get_effective("external_location", "location0", principal=me.user_name).privilege_assignments or [None]
    assert of_location is None, "an owner's privileges are not listed"
    quota = w.resource_quotas.get_quota("catalog", "sdk", "schema-quota").quota_info
    assert (quota.quota_count, quota.quota_limit, quota.parent_securable_type) == (2, 10_000, catalog.SecurableType.CATALOG)
    (group,) = w.groups.list(filter='displayName eq "sdk-readers"', attributes="displayName,meta")
    assert group.display_name == "sdk-readers" and group.meta.resource_type == "Group"
    refused(NotFound, w.grants.get_effective, "catalog", "nothing")


def oauth(_):
    client = WorkspaceClient(config=config(auth_type="oauth-m2m", client_id="client1", client_secret="secret1"))
    assert client.catalogs.get("sdk").name == "sdk"
    refused(PermissionDenied, WorkspaceClient(config=config(token="dapi-wrong")).catalogs.get, "sdk")


def cleaning(w):
    refused(BadRequest, w.catalogs.delete, "sdk")
    w.catalogs.delete("sdk", force=True)
    refused(NotFound, w.schemas.get, "sdk.bronze")


if __name__ == "__main__":
    client = WorkspaceClient(config=config(token=TOKEN))
    for check in (catalogs, grants, statements, chunks, external_links, polling, files, tables, strictness, warehouses, looks, oauth, cleaning):
        check(client)
        print(check.__name__, flush=True)
