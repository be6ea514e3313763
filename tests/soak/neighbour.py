"""Another tenant beside the one that does its worst: how long its requests take, and what became of them.

`python3 neighbour.py URL TOKEN DATASET_ID SECONDS` lives as that tenant and prints what it met. Other starts it as a process
of its own: in one with the load's threads it would measure how long it waits for Python, too.
"""

import collections
import functools
import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from urllib.parse import urlencode, urlsplit

PATIENCE_S = float(os.environ.get("SOAK_PATIENCE_S", 20))
FILE = "a,b\n" + "".join(f"{i},{i}.25\n" for i in range(1000))
FORM = f'--b\r\nContent-Disposition: form-data; name="file"; filename="n.csv"\r\n\r\n{FILE}\r\n--b--\r\n'.encode()
RIGHT = {"upload": 201, "query": 200, "metrics": 200}


def ask(url, token, method, path, body=None, **headers):
    """(status or what went wrong, ms), on a connection of its own."""
    began = time.monotonic()
    try:
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)) as connection:
            connection.request(method, path, body, {"Authorization": f"Bearer {token}", **headers})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
    except (OSError, http.client.HTTPException) as why:
        status = type(why).__name__
    return status, (time.monotonic() - began) * 1000


def query_path(dataset_id, sql):
    return f"/api/v1/datasets/{dataset_id}/query?{urlencode({'sql': sql})}"


def lived(url, token, dataset_id, seconds):
    """GETs one after another, between them an errand now and then."""
    do = functools.partial(ask, url, token)
    errands = {
        "upload": lambda: do("POST", "/api/v1/datasets/upload", FORM, **{"Content-Type": "multipart/form-data; boundary=b"}),
        "query": lambda: do("GET", query_path(dataset_id, "SELECT count(*), sum(b) FROM dataset")),
        "metrics": lambda: do("GET", "/metrics"),
    }
    times_ms, unanswered, others = [], 0, collections.defaultdict(list)
    deadline, turn = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        status, ms = do("GET", "/api/v1/datasets?limit=1")
        times_ms.append(ms)
        unanswered += status != 200
        if turn % 15 == 0:
            name = list(errands)[turn // 15 % len(errands)]
            others[name].append(errands[name]())
        turn += 1
        time.sleep(0.01)
    for name, errand in errands.items():  # however slow all was, each is tried
        if not others[name]:
            others[name].append(errand())
    return {"times_ms": times_ms, "unanswered": unanswered, "others": others}


class Other:
    """What the other tenant, whose token it is, meets: times of its GETs, and what became of all else."""

    def __init__(self, sluice, token):
        uploaded = sluice.ok("POST", "/api/v1/datasets/upload", 201, token=token, files={"file": ("n.csv", FILE)})
        self.arguments = [sluice.url, token, uploaded["id"]]
        ask(sluice.url, token, "GET", query_path(uploaded["id"], "SELECT 1"))  # a worker is warm, as in use

    def live(self, seconds):
        command = [sys.executable, __file__, *self.arguments, str(seconds)]
        seen = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        self.times_ms, self.unanswered, self.others = seen["times_ms"], seen["unanswered"], seen["others"]

    def percentile_ms(self, share):
        times = sorted(self.times_ms)
        return times[min(len(times) - 1, int(len(times) * share))]

    def row(self, name):
        cells = [f"{name:24}", f"{len(self.times_ms):5}", f"{self.unanswered:4}",
                 f"{self.percentile_ms(0.5):8.1f}", f"{self.percentile_ms(0.99):8.1f}"]  # fmt: skip
        for errand, right in RIGHT.items():
            done = [ms for status, ms in self.others[errand] if status == right]
            cells.append(f"{len(done)}/{len(self.others[errand])}" + (f" {max(done):.0f} ms" if done else "").rjust(9))
        return "  ".join(cells)

    def faults(self, p99_ms_max):
        wrong = [f"{self.unanswered} GETs unanswered"] if self.unanswered else []
        if self.percentile_ms(0.99) > p99_ms_max:
            wrong.append(f"p99 {self.percentile_ms(0.99):.0f} ms")
        for errand, right in RIGHT.items():
            wrong += [f"{errand} {status}" for status, _ in self.others[errand] if status != right]
        return wrong


if __name__ == "__main__":
    url, token, dataset_id, seconds = sys.argv[1:]
    print(json.dumps(lived(url, token, dataset_id, float(seconds))))
