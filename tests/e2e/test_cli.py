"""The command line as a person on the same machine uses it: no token typed, answers for scripts."""

import json
import zipfile

import pytest

CSV = "id,amount\n1,1.10\n2,2.25\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "from the shell.csv"
    path.write_text(CSV)
    return path


def answer(done):
    """The JSON of a command that went well; with --json nothing else may stand on stdout."""
    assert done.returncode == 0, f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def refused(done, *words):
    assert done.returncode > 0, f"{done.args} went well: {done.stdout}"
    assert done.stdout == "", "errors go to stderr"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines and all(any(w in line for line in lines) for w in words), done.stderr
    assert "Traceback" not in done.stderr and "terminate called" not in done.stderr
    return done


@pytest.fixture(scope="module")
def uploaded(sluice, file):
    said = answer(sluice.cli("upload", file, "--json"))
    return said.get("id") or said["dataset_id"]


def test_upload_names_after_the_file_or_as_told(sluice, file, uploaded):
    assert sluice.dataset(uploaded)["name"] == "from the shell"
    assert sluice.dataset(uploaded)["row_count"] == 2
    said = answer(sluice.cli("upload", file, "--name", "Named by hand", "--json"))
    dataset_id = said.get("id") or said["dataset_id"]
    assert sluice.dataset(dataset_id)["name"] == "Named by hand"


def test_upload_each_makes_a_dataset_of_each_table_of_an_archive(sluice, tmp_path):
    archive = tmp_path / "year.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("2024/orders each.csv", "id,amount\n1,1.10\n2,2.25\n")
        made.writestr("customers each.json", '[{"id": 1, "name": "Ann"}]')
        made.writestr("README.md", "Read me.")
    problem = sluice.call("POST", "/api/v1/datasets/upload", files={"file": ("year.zip", archive.read_bytes())}).json()
    assert problem["code"] == "archive_members"
    assert problem["choices"] == ["2024/orders each.csv", "customers each.json"]
    refused(sluice.cli("upload", archive), "orders each.csv", "--each")
    said = answer(sluice.cli("upload", archive, "--each", "--json"))
    datasets = [sluice.dataset(one["id"]) for one in said]
    assert [(one["name"], one["row_count"]) for one in datasets] == [("orders each", 2), ("customers each", 1)]


@pytest.mark.needs_sync
def test_upload_waits_until_synced(sluice, file):
    said = answer(sluice.cli("upload", file, "--name", "Waited for", "--wait", "--json"))
    dataset_id = said.get("id") or said["dataset_id"]
    assert sluice.status(dataset_id)["sync_status"] == "synced"
    status = said if "sync_status" in said else said["metadata"]
    assert status["sync_status"] == "synced", "what it prints is where it ended"
    spoken = sluice.cli("upload", file, "--name", "Waited for aloud", "--wait")
    assert spoken.returncode == 0 and "synced" in spoken.stdout + spoken.stderr


def test_ls(sluice, uploaded):
    listed = answer(sluice.cli("ls", "--json"))
    datasets = listed["datasets"] if isinstance(listed, dict) else listed
    assert uploaded in [d["id"] for d in datasets]
    spoken = sluice.cli("ls")
    assert spoken.returncode == 0 and "from the shell" in spoken.stdout


def test_status(sluice, uploaded):
    said = answer(sluice.cli("status", uploaded, "--json"))
    assert said["dataset_id"] == uploaded and said["row_count_local"] == 2
    spoken = sluice.cli("status", uploaded)
    assert (
        spoken.returncode == 0 and said["sync_status"] in spoken.stdout or "sync" in spoken.stdout
    )


def test_query(sluice, uploaded):
    sql = "SELECT id, amount FROM dataset ORDER BY id"
    said = answer(sluice.cli("query", uploaded, sql, "--json"))
    assert said["row_count"] == 2 and said["rows"][0][0] == 1
    spoken = sluice.cli("query", uploaded, sql)
    assert spoken.returncode == 0
    for text in ("id", "amount", "1.10", "2.25"):
        assert text in spoken.stdout, spoken.stdout


def test_what_goes_wrong_is_said(sluice, file, uploaded, tmp_path):
    nobody = "01900000-0000-7000-8000-000000000000"
    refused(sluice.cli("status", nobody), "dataset")
    refused(sluice.cli("query", nobody, "SELECT 1"), "dataset")
    refused(sluice.cli("query", uploaded, "SELEC 1"))
    refused(sluice.cli("query", uploaded, "SELECT * FROM '/etc/passwd'"))
    refused(sluice.cli("upload", tmp_path / "absent.csv"), "absent.csv")
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("a,b\n1,2\n3,4,5\n6\n")
    refused(sluice.cli("upload", ragged))
    refused(sluice.cli("ls", API_URL="http://127.0.0.1:9"), "127.0.0.1:9")
    refused(sluice.cli("ls", API_TOKEN="wrong"), "token")
    refused(sluice.cli("ls", DATA_STORAGE_PATH=tmp_path / "no such folder"), "token")
    assert sluice.cli("no-such-command").returncode > 0
    assert sluice.cli("upload").returncode > 0


def test_help(sluice):
    said = sluice.cli("--help")
    assert said.returncode == 0
    for command in ("serve", "api", "worker", "mcp", "upload", "ls", "status", "query"):
        assert command in said.stdout, command
