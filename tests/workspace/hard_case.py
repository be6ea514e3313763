"""One switch of the suite "hard workspace" through its four stages: what came of each, and whether that was right."""

import dataclasses
import re
import time

from hard_content import CONTENTS
from machine import until
from sign_in import ADMIN
from sluice import exact

STAGES = ("first", "second", "query", "drop")
ENDS_S = 150
# A drop is tried again and again: one that is not done so long after its first error has failed.
RETRIED_S = 20
# Of a query's answer.
CLASSES = {409: "needs_you", 429: "transient", 503: "transient", 504: "transient"}


@dataclasses.dataclass
class End:
    """How a stage ended: a word of hard_table.py's, or what is none of them; and what Sluice said."""

    word: str
    said: str = ""
    seconds: float = 0.0


class Case:
    """`ends`: of the stages that it came to; `wrong`: what should not have been."""

    def __init__(self, switch, workspace, sluice, base):
        self.switch, self.workspace, self.sluice, self.base = switch, workspace, sluice, base
        self.content = CONTENTS[switch.content]()
        self.started_with = None
        self.dataset, self.status, self.version = None, {}, 0
        self.ends, self.wrong = {}, []

    def run(self):
        self.workspace.control("empty")
        self.workspace.control("state", {"groups": list(self.switch.groups), "warehouse_start_s": 0, "answer_after_s": 50, "may_create_catalog": True})
        if self.switch.by_hand:
            self.workspace.control("catalog", {"name": self.switch.by_hand, "default_storage": self.switch.default_storage})
        for name, act in zip(STAGES, (self.sync, self.sync, self.query, self.drop)):
            self.put(on=name != "first" or self.switch.since == "first")
            begun = time.monotonic()
            end = self.ends[name] = act()
            end.seconds = time.monotonic() - begun
            self.judge(name, end)
            if end.word not in ("right", "governed") and name != "query":
                self.put(on=False)
                cured = self.drop() if name == "drop" else self.sync_ends(again=True)
                if cured.word != "right":
                    self.wrong.append(f"{name}, after the cure: {cured.word}: {cured.said}")
                    return

    def put(self, on):
        """The world with the switch on, or off, which is the cure."""
        switch, space = self.switch, self.workspace
        space.as_usual()
        space.ways(**self.base)
        if on:
            space.ways(**switch.ways)
        elif switch.cure_by_hand:
            space.control("catalog", {"name": switch.cure_by_hand})
        wanted = {**space.settings(), **switch.settings, **(switch.on if on else {})}
        settings = {name: text.replace("{host}", space.host) for name, text in wanted.items() if text is not None}
        if settings != self.started_with:
            self.start(settings)
        for fault in switch.faults if on else ():
            space.fault(**fault)

    def start(self, settings):
        """With what it had before, if it had any."""
        if self.started_with is not None:
            self.sluice.terminate()
        for name in self.started_with or ():
            self.sluice.env.pop(name, None)
        self.sluice.env.update(settings)
        self.started_with = settings
        self.sluice.start()

    def judge(self, name, end):
        if end.word not in getattr(self.switch, name).split("|"):
            self.wrong.append(f"{name}: {end.word}: {end.said}")
        elif end.word == "needs_you" and not re.search(self.switch.remedy, end.said):
            self.ends[name].word = "needs_you, but"
            self.wrong.append(f"{name}: the words do not help: {end.said}")

    def sync(self):
        self.version += 1
        file, before, calls = self.content.file(self.version), self.statements(), len(self.workspace.control()["calls"])
        if self.dataset is None:
            self.dataset = self.sluice.upload(file, "orders.csv")["id"]
        else:
            self.sluice.new_version(self.dataset, file, "orders.csv")
        end = self.sync_ends()
        if self.version == 1:
            self.look_at_first(self.statements() - before, calls)
        return end

    def look_at_first(self, statements, calls_before):
        """What the first sync did on the way, where the row says something of that."""
        switch, after = self.switch, self.workspace.control()
        if switch.statements_max is not None and statements > switch.statements_max:
            self.wrong.append(f"first: {statements} statements, not {switch.statements_max}")
        grants = "\n".join(" ".join(grant) for grant in after["grants"])
        if switch.granted and not re.search(switch.granted, grants):
            self.wrong.append(f"first: granted were {grants!r}")
        if switch.warned and not re.search(switch.warned, self.status.get("last_sync_warning") or ""):
            self.wrong.append(f"first: warned of {self.status.get('last_sync_warning')!r}")
        calls = "\n".join(" ".join(call) for call in after["calls"][calls_before:])
        if switch.called and not re.search(switch.called, calls):
            self.wrong.append(f"first: nothing called {switch.called}: {calls}")
        if switch.uncalled and re.search(switch.uncalled, calls):
            self.wrong.append(f"first: called {switch.uncalled}: {calls}")

    def statements(self):
        """How many Sluice has sent."""
        return sum(each["principal"] != ADMIN for each in self.workspace.control()["statements"])

    def sync_ends(self, again=False):
        if again:
            self.sluice.ok("POST", f"/api/v1/datasets/{self.dataset}/sync", 202)
        seen = {}

        def over():
            seen.update(self.sluice.status(self.dataset))
            is_done = seen["sync_status"] == "synced" and seen["synced_version"] == self.version
            return is_done or (seen["sync_status"] == "failed" and not seen.get("waiting_for"))

        try:
            until(over, ENDS_S, "the sync ends", 0.25)
        except AssertionError:
            return End("no end", f"{seen}")
        if seen["sync_status"] == "failed":
            return End(seen["last_sync_error_class"] or "no class", seen["last_sync_error"] or "")
        self.status = seen
        return self.compared({layer: self.workspace.sql(self.content.sql(table)) for layer, table in self.tables().items()})

    def tables(self):
        return {"bronze": self.status["bronze_table"], "silver": self.status["silver_table"]}

    def compared(self, answers, is_query=False):
        """`answers`: rows of both layers."""
        word = "right"
        for layer, rows in answers.items():
            got, content = self.content.compared(rows or []), self.content
            wanted = content.compared((content.answer if is_query else content.table)(layer, self.version))
            if got == wanted:
                continue
            if not is_query or got not in [content.compared(each) for each in content.governed(layer, self.version)]:
                return End("WRONG ROWS", f"{layer} is {got}, not {wanted}"[:2000])
            word = "governed"
        return End(word)

    def query(self):
        """Of both tables: what may come with the workspace's answer, and what is too much for that until it is known: links."""
        ends = []
        for order in ("", " ORDER BY 1"):
            rows = {}
            for layer, table in self.tables().items():
                answer = self.sluice.call("POST", "/api/v1/query", json={"sql": self.content.query(table) + order}, timeout=120)
                if answer.status_code != 200:
                    said = answer.json()
                    return End(CLASSES.get(answer.status_code, f"HTTP {answer.status_code}"), f"{said.get('code')}: {said.get('detail')} {said.get('hint')}")
                rows[layer] = exact(answer)["rows"]
            ends.append(self.compared(rows, is_query=True))
        return next((end for end in ends if end.word != "right"), ends[0])

    def drop(self):
        """Asked for again it is tried at once, whenever its next time would have been."""
        before = self.sluice.status(self.dataset)["waiting_since"]
        self.sluice.ok("DELETE", f"/api/v1/datasets/{self.dataset}/databricks", 202)
        seen, errors = {}, []

        def over():
            seen.update(self.sluice.status(self.dataset))
            if seen["waiting_for"] == "retry" and seen["waiting_since"] != before:
                errors.append(time.monotonic())
            has_failed = errors and (seen["last_sync_error_class"] != "transient" or time.monotonic() - errors[0] > RETRIED_S)
            return seen["sync_status"] == "not_synced" or has_failed

        try:
            until(over, 60, "the tables are dropped", 0.25)
        except AssertionError:
            return End("no end", f"{seen}")
        if seen["sync_status"] != "not_synced":
            return End(seen["last_sync_error_class"], seen["last_sync_error"])
        left = self.left()
        return End("LEFT", ", ".join(left)) if left else End("right")

    def left(self):
        """Of the dataset's tables and files, after the drop."""
        uc, files = "/api/2.1/unity-catalog/tables/", "/api/2.0/fs/directories/Volumes/"
        catalog, schema, table = self.status["bronze_table"].split(".")
        found = [name for name in self.tables().values() if self.workspace.call("GET", uc + name).status_code != 404]
        landed = f"{catalog}/{schema}/landing/{table}"
        if self.workspace.call("GET", files + landed).status_code != 404:
            found.append(landed)
        return found + [file for file in self.workspace.control()["cloud_files"] if f"/{table}/" in file]
