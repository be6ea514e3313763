"""Another tenant beside the one that does its worst: how long its requests take, and what became of them."""

import collections
import os
import time

import requests
from tenants import second_tenant

PATIENCE_S = float(os.environ.get("SOAK_PATIENCE_S", 20))
FILE = "a,b\n" + "".join(f"{i},{i}.25\n" for i in range(1000))


class Other:
    """What the other tenant meets: times of its GETs, and what became of all else, each on a connection of its own."""

    def __init__(self, sluice):
        self.sluice, self.token = sluice, second_tenant(sluice)
        self.times_ms, self.unanswered = [], 0
        self.others = collections.defaultdict(list)
        self.dataset_id = sluice.ok("POST", "/api/v1/datasets/upload", 201, token=self.token, files={"file": ("n.csv", FILE)})["id"]
        self.ask("GET", f"/api/v1/datasets/{self.dataset_id}/query", params={"sql": "SELECT 1"})  # a worker is warm, as in use

    def ask(self, method, path, **more):
        """(status or what went wrong, ms)"""
        began = time.monotonic()
        try:
            answer = requests.request(
                method, self.sluice.url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=PATIENCE_S, **more
            )
            status = answer.status_code
        except requests.RequestException as why:
            status = type(why).__name__
        return status, (time.monotonic() - began) * 1000

    def live(self, seconds):
        deadline = time.monotonic() + seconds
        sql = {"sql": "SELECT count(*), sum(b) FROM dataset"}
        errands = [
            ("upload", "POST", "/api/v1/datasets/upload", {"files": {"file": ("n.csv", FILE)}}),
            ("query", "GET", f"/api/v1/datasets/{self.dataset_id}/query", {"params": sql}),
            ("metrics", "GET", "/metrics", {}),
        ]
        turn = 0
        while time.monotonic() < deadline:
            status, ms = self.ask("GET", "/api/v1/datasets?limit=1")
            self.times_ms.append(ms)
            self.unanswered += status != 200
            if turn % 15 == 0:
                name, method, path, more = errands[turn // 15 % len(errands)]
                self.others[name].append(self.ask(method, path, **more))
            turn += 1
            time.sleep(0.01)
        for name, method, path, more in errands:  # however slow all was, each is tried
            if not self.others[name]:
                self.others[name].append(self.ask(method, path, **more))

    def percentile_ms(self, share):
        times = sorted(self.times_ms)
        return times[min(len(times) - 1, int(len(times) * share))]

    def row(self, name):
        cells = [f"{name:24}", f"{len(self.times_ms):5}", f"{self.unanswered:4}",
                 f"{self.percentile_ms(0.5):8.1f}", f"{self.percentile_ms(0.99):8.1f}"]  # fmt: skip
        for errand, right in (("upload", 201), ("query", 200), ("metrics", 200)):
            done = [ms for status, ms in self.others[errand] if status == right]
            cells.append(f"{len(done)}/{len(self.others[errand])}" + (f" {max(done):.0f} ms" if done else "").rjust(9))
        return "  ".join(cells)

    def faults(self, p99_ms_max):
        wrong = [f"{self.unanswered} GETs unanswered"] if self.unanswered else []
        if self.percentile_ms(0.99) > p99_ms_max:
            wrong.append(f"p99 {self.percentile_ms(0.99):.0f} ms")
        for errand, right in (("upload", 201), ("query", 200), ("metrics", 200)):
            wrong += [f"{errand} {status}" for status, _ in self.others[errand] if status != right]
        return wrong
