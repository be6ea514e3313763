"""Mutants over HTTP at a running server, by POST and by tus, while another tenant lives beside it."""

import collections
import contextlib
import pathlib
import re
import threading
import time

import requests
from tus import CHUNK, TUS, UPLOADS, metadata

UPLOAD = "/api/v1/datasets/upload"
#: A server that is busy says so, with a reason and a time; then it is asked again.
BUSY_TRIES, BUSY_PAUSE_S = 60, 0.25
TUS_S = 120
CLEAN = "SELECT count(*) FROM dataset_clean"
NEIGHBOURS_FILE = "a,b\n" + "".join(f"{i},{i}.25\n" for i in range(100))


class Client:
    """Requests of one thread with one token; nothing is retried but a 503 that gives its reason."""

    def __init__(self, sluice, token):
        self.url, self.busy = sluice.url, 0
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, timeout=120, **more):
        for _ in range(BUSY_TRIES):
            answer = self.http.request(method, self.url + path, timeout=timeout, **more)
            if answer.status_code != 503 or "Retry-After" not in answer.headers:
                break
            self.busy += 1
            time.sleep(BUSY_PAUSE_S)
        return answer


class Neighbour(threading.Thread):
    """Another tenant: lists, uploads, queries and deletes all along. Whatever is not answered is a fault."""

    def __init__(self, sluice, token):
        super().__init__(daemon=True)
        self.client = Client(sluice, token)
        self.over = threading.Event()
        self.faults, self.times_ms, self.rounds = [], [], 0

    def run(self):
        while not self.over.is_set():
            try:
                self._round()
            except (requests.RequestException, KeyError, ValueError) as why:
                self.faults.append(repr(why)[:300])
                time.sleep(0.2)

    def _wants(self, status, method, path, **more):
        began = time.monotonic()
        answer = self.client.call(method, path, **more)
        if method == "GET" and "limit" in path:
            self.times_ms.append((time.monotonic() - began) * 1000)
        if answer.status_code != status:
            self.faults.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def _round(self):
        for _ in range(20):
            self._wants(200, "GET", "/api/v1/datasets?limit=1")
            time.sleep(0.02)
        made = self._wants(201, "POST", UPLOAD, files={"file": ("n.csv", NEIGHBOURS_FILE)}).json()["id"]
        path = f"/api/v1/datasets/{made}"
        rows = self._wants(200, "GET", path + "/query", params={"sql": "SELECT count(*), sum(b) FROM dataset"}).json()["rows"]
        if rows != [[100, 4975]]:
            self.faults.append(f"wrong rows: {rows}")
        self._wants(204, "DELETE", path)
        self.rounds += 1

    def end(self):
        self.over.set()
        self.join(60)

    def percentile_ms(self, share):
        times = sorted(self.times_ms)
        return times[min(len(times) - 1, int(len(times) * share))]


class Storm:
    """Sends mutants by several threads and judges each answer. `faults` is what must not be."""

    def __init__(self, sluice, maker, keep, sync_every=0):
        self.sluice, self.maker, self.keep, self.sync_every = sluice, maker, pathlib.Path(keep), sync_every
        self.lock = threading.Lock()
        self.answers, self.died = collections.Counter(), collections.Counter()
        self.faults, self.lost, self.taken, self.synced = [], 0, 0, 0
        self.beyond_memory = 0  # a few megabytes that hold half a gigabyte of text: cells of 900,000 characters

    def fault(self, mutant, what):
        with self.lock:
            self.keep.mkdir(parents=True, exist_ok=True)
            path = self.keep / f"{mutant.number}-{mutant.format}-{mutant.name}"
            path.write_bytes(mutant.data)
            self.faults.append(f"{path}: {mutant.how}: {what}")

    def send(self, numbers, deadline=float("inf")):
        client = Client(self.sluice, self.sluice.token)
        for number in numbers:
            if time.monotonic() > deadline:
                return
            mutant = self.maker.make(number)
            try:
                self._send_one(client, mutant)
            except requests.RequestException as why:
                with self.lock:
                    self.lost += 1
                self.fault(mutant, f"connection lost: {why!r}"[:300])
                time.sleep(0.5)

    def _send_one(self, client, mutant):
        by_tus = mutant.number % 3 == 0
        status, problem, dataset_id, rows = (self._by_tus if by_tus else self._by_form)(client, mutant)
        code = (problem or {}).get("code", "taken")
        with self.lock:
            self.answers[mutant.format, f"{status} {code}"] += 1
            if code == "file_unreadable":
                self.died[mutant.format, re.sub(r"\d+", "N", problem["detail"])[:160]] += 1
        if status == 201:
            self._read_back(client, mutant, dataset_id, rows)
        elif not 400 <= status < 500:
            self.fault(mutant, f"{status} {problem}")
        elif not (problem and problem.get("detail")):
            self.fault(mutant, f"{status} without a reason")

    def _by_form(self, client, mutant):
        answer = client.call("POST", UPLOAD, files={"file": (mutant.name, mutant.data)})
        body = answer.json()
        return (201, None, body["id"], body["row_count"]) if answer.status_code == 201 else (answer.status_code, body, None, 0)

    def _by_tus(self, client, mutant):
        headers = {**TUS, "Upload-Length": str(len(mutant.data)), "Upload-Metadata": metadata(filename=mutant.name)}
        begun = client.call("POST", UPLOADS, headers=headers)
        if begun.status_code != 201:
            return begun.status_code, begun.json(), None, 0
        path = begun.headers["Location"]
        half = len(mutant.data) // 2
        for at, piece in ((0, mutant.data[:half]), (half, mutant.data[half:])):
            if piece:
                sent = client.call("PATCH", path, headers={**CHUNK, "Upload-Offset": str(at)}, data=piece)
                if sent.status_code != 204:
                    return sent.status_code, sent.json(), None, 0
        deadline = time.monotonic() + TUS_S
        while time.monotonic() < deadline:
            seen = client.call("GET", path).json()
            if seen.get("state") in ("done", "failed"):
                break
            time.sleep(0.03)
        else:
            return 0, {"detail": f"the upload has not ended within {TUS_S} s: {seen}"}, None, 0
        with contextlib.suppress(requests.RequestException):
            client.call("DELETE", path, headers=TUS)
        if seen["state"] == "failed":
            return seen["error"]["status"], seen["error"], None, 0
        dataset = client.call("GET", f"/api/v1/datasets/{seen['dataset_id']}").json()
        return 201, None, dataset["id"], dataset["row_count"]

    def _read_back(self, client, mutant, dataset_id, rows):
        """What was answered 201 can be read."""
        path = f"/api/v1/datasets/{dataset_id}"
        checks = [(path + "/preview", None), (path + "/query", "SELECT count(*) FROM dataset"),
                  (path + "/query", CLEAN)]  # fmt: skip
        for at, sql in checks:
            answer = client.call("GET", at, params={"sql": sql} if sql else None)
            if answer.status_code == 422 and sql == CLEAN and answer.json()["code"] == "query_memory":
                with self.lock:
                    self.beyond_memory += 1
            elif answer.status_code != 200:
                self.fault(mutant, f"taken, but {sql or 'preview'}: {answer.status_code} {answer.text[:300]}")
            elif sql == "SELECT count(*) FROM dataset" and answer.json()["rows"] != [[rows]]:
                self.fault(mutant, f"{answer.json()['rows']} rows of {rows}")
        with self.lock:
            self.taken += 1
            syncs = self.sync_every and self.taken % self.sync_every == 0
        if syncs:
            self._sync(client, mutant, path)
        client.call("DELETE", path)

    def _sync(self, client, mutant, path):
        client.call("POST", path + "/sync")
        deadline = time.monotonic() + TUS_S
        while time.monotonic() < deadline:
            seen = client.call("GET", path + "/databricks/status").json()
            if seen["sync_status"] in ("synced", "failed"):
                break
            time.sleep(0.1)
        with self.lock:
            self.synced += seen["sync_status"] == "synced"
        if seen["sync_status"] != "synced":
            self.fault(mutant, f"not synced: {seen['sync_status']} {seen['last_sync_error']}")

    def report(self):
        lines = []
        for format_ in sorted({format_ for format_, _ in self.answers}):
            answers = sorted(((n, what) for (of, what), n in self.answers.items() if of == format_), reverse=True)
            lines.append(f"  {format_} {sum(n for n, _ in answers)}: " + ", ".join(f"{what} {n}" for n, what in answers[:8]))
        lines += [f"  a worker died, {n} x {format_}: {what}" for (format_, what), n in self.died.most_common(30)]
        lines += [f"  dataset_clean refused as query_memory: {self.beyond_memory}"]
        return "\n".join(lines)


def storm(sluice, other_token, maker, keep, count, threads, seconds=float("inf"), sync_every=0):
    """All of it: (Storm, Neighbour), the API's process the same before and after."""
    api = sluice.child("api")
    neighbour = Neighbour(sluice, other_token)
    neighbour.start()
    one = Storm(sluice, maker, keep, sync_every)
    deadline = time.monotonic() + seconds
    senders = [threading.Thread(target=one.send, args=(range(i, count, threads), deadline)) for i in range(threads)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    neighbour.end()
    now = sluice.child("api")
    if not api.alive():
        one.faults.append(f"the API died: it was {api}, now it is {now}")
    return one, neighbour
