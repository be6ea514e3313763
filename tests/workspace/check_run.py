"""`sluice databricks check` on a workspace: its document, its exit code, what it sent."""

import json
import os
import re
import subprocess
import time

from machine import binary
from sign_in import ADMIN, CLIENT, ENTRA, TOKEN
from sluice import SETTINGS

SECRETS = (TOKEN, CLIENT[1], ENTRA[2])


class CheckRun:
    """`lines`: a finding each, `wrong catalog What was found. -> What to do.`"""

    def __init__(self, workspace, settings, *arguments):
        env = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        env |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        env |= {name: text.replace("{host}", workspace.host) for name, text in settings.items() if text is not None}
        before, begun = self.sent(workspace), time.monotonic()
        done = subprocess.run([str(binary()), "--no-env-file", "databricks", "check", "--json", *arguments], env=env, capture_output=True, text=True, timeout=200)
        self.seconds = time.monotonic() - begun
        self.statements = self.sent(workspace) - before
        self.exit_code = done.returncode
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS), "a secret is shown"
        assert done.stderr == "", done.stderr
        self.document = json.loads(done.stdout)
        self.lines = [f"{one['verdict']} {one['topic']} {one['says']}" + (f" -> {one['to_do']}" if one["to_do"] else "") for one in self.document["findings"]]
        assert self.exit_code == (0 if self.document["would_pass"] else 1)
        assert self.document["would_pass"] == all(one["verdict"] != "wrong" for one in self.document["findings"])

    @staticmethod
    def sent(workspace):
        """Statements of all but the administrator."""
        return sum(each["principal"] != ADMIN for each in workspace.control()["statements"])

    def worst(self):
        return next((word for word in ("wrong", "warning") if any(line.startswith(word) for line in self.lines)), "ok")

    def says(self, pattern):
        return any(re.search(pattern, line) for line in self.lines)
