"""People and tokens with the real binary: two processes, one database, and a start that finds its token revoked."""

import json
import re
import subprocess

import requests
from machine import binary, until

PASSWORD = "correct horse battery"


def user(sluice, *args, stdin=""):
    return subprocess.run([str(binary()), "--no-env-file", "user", *args], input=stdin, env=sluice.env, text=True,
                          capture_output=True, timeout=60, check=False)


def login(sluice, name, password=PASSWORD):
    return requests.post(f"{sluice.url}/api/v1/auth/login", json={"login": name, "password": password}, timeout=30)


def me(sluice, credential):
    return requests.get(f"{sluice.url}/api/v1/me", headers={"Authorization": f"Bearer {credential}"}, timeout=30)


def test_somebody_is_added_logs_in_and_is_removed(sluice):
    added = user(sluice, "add", "Ann@Example.com", "--role", "owner", "--json", stdin=PASSWORD + "\n")
    assert added.returncode == 0, added.stderr
    weak = user(sluice, "add", "bob", stdin="tiny0ne\n")
    assert weak.returncode == 1 and "10 characters" in weak.stderr and "tiny0ne" not in weak.stderr
    assert user(sluice, "add", "bob", "--role", "editor", stdin="another long one\n").returncode == 0
    listed = json.loads(user(sluice, "list", "--json").stdout)
    assert {(one["login"], one["role"]) for one in listed} == {("ann@example.com", "owner"), ("bob", "editor")}

    said = login(sluice, "ann@example.com")
    assert said.status_code == 200, said.text
    access = said.json()["access_token"]
    assert me(sluice, access).json()["role"] == "owner"
    assert login(sluice, "ann@example.com", "wrong").status_code == 401

    # Another process takes the role away; the API hears of it within a second, with the time of a request.
    refused = user(sluice, "remove", "ann@example.com")
    assert refused.returncode == 1 and "last_owner" not in refused.stdout and "owner" in refused.stderr
    assert user(sluice, "add", "bob", "--role", "owner").returncode == 0, "who is known keeps their password"
    assert user(sluice, "remove", "ann@example.com").returncode == 0
    until(lambda: me(sluice, access).status_code == 401, 5, "the session ends")
    assert login(sluice, "bob", "another long one").status_code == 200


def test_tokens_by_the_command_line(sluice):
    made = sluice.cli("token", "create", "nightly", "--scope", "read,write", "--expires-in-days", "3")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert re.fullmatch(r"slc_[0-9a-f]{64}", token)
    assert token not in made.stderr
    assert me(sluice, token).json()["scopes"] == ["read", "write"]
    listed = sluice.cli("token", "list")
    assert "nightly" in listed.stdout and "first token" in listed.stdout and token not in listed.stdout
    tokens = json.loads(sluice.cli("token", "list", "--json").stdout)["tokens"]
    mine = next(each for each in tokens if each["name"] == "nightly")
    assert sluice.cli("token", "revoke", mine["id"]).returncode == 0
    assert me(sluice, token).json()["code"] == "token_revoked"
    gone = sluice.cli("token", "revoke", "00000000-0000-7000-8000-000000000000")
    assert gone.returncode == 1 and "token_not_found" in gone.stderr


def test_the_first_token_is_one_like_others(make_sluice):
    sluice = make_sluice(MCP_ENABLED="false").start()
    first = (sluice.data / "token").read_text().strip()
    assert (sluice.data / "secret_key").stat().st_mode & 0o777 == 0o600
    tokens = json.loads(sluice.cli("token", "list", "--json").stdout)["tokens"]
    assert [each["name"] for each in tokens] == ["first token"]
    assert first.startswith(tokens[0]["prefix"])
    assert sluice.cli("token", "revoke", tokens[0]["id"]).returncode == 0
    assert sluice.cli("ls").returncode == 1
    sluice.terminate()
    sluice.start()
    second = (sluice.data / "token").read_text().strip()
    assert second != first and sluice.cli("ls").returncode == 0
    assert me(sluice, first).json()["code"] == "token_revoked"
    log = sluice.log_path.read_text()
    assert first not in log and second not in log
