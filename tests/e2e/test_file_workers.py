"""Files are read in processes that can be thrown away: one that breaks is its file's error, and nobody else notices."""

import os
import re
import signal
from contextlib import closing

import pytest
import tus
from machine import Process, descendants, until
from test_while_arriving import Form, begun, content
from tus import wait_no_leftovers


def fork_server(sluice):
    """The one that serves the API."""
    api = sluice.wait_child("api")
    return until(
        lambda: next((p for p in sluice.children() if p.ppid == api.pid and "file-worker" in p.args), None),
        30,
        "a fork server below the API",
    )


def workers(sluice):
    return descendants(fork_server(sluice).pid)


def worker(sluice):
    return until(lambda: next(iter(workers(sluice)), None), 20, "a worker", every_s=0.01)


def upload_a_little(sluice):
    made = sluice.upload("a,b\n1,x\n2,y\n", "little.csv")
    assert made["row_count"] == 2
    return made


def broken_off(sluice, number):
    """The answer to an upload whose worker got that signal."""
    with closing(Form(sluice, content())) as form:
        form.send(10 << 20)
        begun(sluice)
        os.kill(worker(sluice).pid, number)
        return form.answer()


def broken_so_far(sluice):
    """What /metrics counts, which is as of the last second."""
    text = sluice.call("GET", "/metrics", token="").text
    return int(re.search(r"^file_workers_broken_total (\d+)", text, re.MULTILINE).group(1))


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_reader_that_breaks_is_the_files_error(sluice, number):
    api, before = sluice.wait_child("api").pid, broken_so_far(sluice)
    status, problem = broken_off(sluice, number)
    assert status == 422 and problem["code"] == "file_unreadable", problem
    assert f"signal {int(number)} ({number.name})" in problem["detail"], problem
    assert problem["retryable"] is False
    upload_a_little(sluice)
    assert sluice.wait_child("api").pid == api
    until(lambda: broken_so_far(sluice) == before + 1, 5, "it is counted once")
    wait_no_leftovers(sluice)


@pytest.mark.parametrize("content", [b"\x00\x01", b'\xef"""\xbb\xbf\r\n\r\na,b\r\n', b"PK\x03\x00\x00\x00\x00\x00\x06\x04"])
def test_an_error_that_quotes_bytes_is_the_readers_own(sluice, content):
    """The reader did not break: it said what is wrong, with bytes that are no text."""
    answer = sluice.call("POST", "/api/v1/datasets/upload", files={"file": ("bytes.csv", content)})
    assert answer.status_code == 422 and answer.json()["code"] != "file_unreadable", answer.text


def test_a_reader_that_is_killed_from_outside_may_be_tried_again(sluice):
    status, problem = broken_off(sluice, signal.SIGKILL)
    assert status == 503 and problem["code"] == "worker_killed" and problem["retryable"] is True, problem
    upload_a_little(sluice)


def test_a_fork_server_that_dies_takes_its_workers_along_and_is_replaced(sluice):
    server = fork_server(sluice)
    with closing(Form(sluice, content())) as form:
        form.send(10 << 20)
        begun(sluice)
        at_work = worker(sluice)
        server.kill()
        until(lambda: not at_work.alive(), 5, "the worker is gone")
        status, problem = form.answer()
    assert status == 503 and problem["code"] == "worker_killed", problem
    upload_a_little(sluice)
    assert fork_server(sluice).pid != server.pid


def test_workers_die_with_the_api(make_sluice):
    sluice = make_sluice().start()
    server = fork_server(sluice)
    with closing(Form(sluice, content())) as form:
        form.send(10 << 20)
        begun(sluice)
        at_work = worker(sluice)
        sluice.wait_child("api").kill()
        until(lambda: not at_work.alive() and not server.alive(), 5, "worker and fork server are gone")


def test_a_worker_is_locked_in_with_its_file(sluice):
    with closing(Form(sluice, content())) as form:
        form.send(10 << 20)
        begun(sluice)
        at_work = worker(sluice)
        proc = f"/proc/{at_work.pid}"
        with open(f"{proc}/status") as f:
            status = f.read()
        with open(f"{proc}/environ", "rb") as f:
            environ = f.read()
        opened = {name: os.readlink(f"{proc}/fd/{name}") for name in os.listdir(f"{proc}/fd")}
        assert form.answer()[0] == 201
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert environ == b""
    data = str(sluice.data)
    assert all(target == "/dev/null" or target.startswith(("socket:", data)) for target in opened.values()), opened
    assert sum(target.startswith("socket:") for target in opened.values()) == 1, opened


def test_an_upload_whose_reader_breaks_is_not_begun_again(sluice):
    """Resumable ones are ingested behind the answer: five tries of a file that kills would be five deaths."""
    path = tus.begun(sluice, len(content(2_000_000)), filename="big.csv")
    tus.send(sluice, path, content(2_000_000))
    os.kill(worker(sluice).pid, signal.SIGSEGV)
    upload = tus.ended(sluice, path, "failed", 30)
    assert "file_unreadable" in str(upload), upload
    assert workers(sluice) == []


def test_the_api_reads_no_file_itself(sluice):
    """Whatever it has of a file in memory is bytes: no engine is open in it, which would have its threads."""
    upload_a_little(sluice)
    api = Process(sluice.wait_child("api").pid)
    names = set()
    for task in os.listdir(f"/proc/{api.pid}/task"):
        with open(f"/proc/{api.pid}/task/{task}/comm") as f:
            names.add(f.read().strip())
    assert not any("duckdb" in name.lower() for name in names), names
