"""Proves on small trees that each rule of tidy.py fires where it should and nowhere else. Run by `tidy.py --self-test`."""

import pathlib
import tempfile

import tidy

# A tree that keeps every rule, and close to breaking some.
GOOD = {
    "docs/settings.md": "| `API_LISTEN` | |\n| `LAKEHOUSE` | |\n",
    "docs/api.md": "x\n",
    "src/api/openapi/datasets.yaml": "paths:\n  /api/v1/datasets/{id}:\n    get:\n",
    "src/api/openapi/service.yaml": "paths:\n  /health:\n    get:\n",
    "docs/metrics.md": "| `datasets_sync_failed_total` | counter |\n",
    "docs/mcp.md": "| `sync_dataset` | |\n",
    "docs/decisions/0001-one.md": "# 1. One\n",
    "docs/decisions/0010-ten.md": "# 10. Ten\n",
    "docs/security.md": "See `docs/api.md`.\n\n## Boundaries\n\n| what | held by |\n|---|---|\n| SQL | `tests/x.py::test_sql` |\n",
    "tests/x.py": "def test_sql():\n",
    "tests/README.md": "`SLUICE_MEASURE=1` prints times.\n",
    "src/app/README.md": "x\n" * 40,
    "src/app/settings.cc": '#include "api/routes.h"\ntext("API_LISTEN"); text("LAKEHOUSE"); getenv("PATH");\n',
    "src/api/README.md": "x\n",
    "src/api/routes.h": "#pragma once\n",
    "src/api/routes.cc": '#include "api/routes.h"\n#include "ingest/ingest_job.h"\n#include "sync/m.h"\nadd("/api/v1/datasets/{dataset_id}");\n'
                         'location("/api/v1/datasets/"); add("/health");\n// "/api/v1/old" is gone\n',
    "src/sync/README.md": "x\n",
    "src/sync/m.cc": '#include "temporal/t.h"\n#include "dataset/d.h"\nName("datasets_sync_failed_total");\n',
    "src/sync/m_test.cc": 'open("sluice_scratch"); getenv("SLUICE_MEASURE"); error.code == "bad_want";\n',
    "src/sync/fuzz/m.cc": 'fail(Errc::internal, ErrorCode::from_outside("mine"), "");\n',
    "src/sync/w.cc": '// error.code == "bad_want"\nerror.code == Code::bad_want; fail(Errc::internal, Code::bad_want, "no"); add(Errc::internal, "In words.");\n'
                     'ErrorCode::from_outside(text);\n',
    "src/temporal/README.md": "x\n",
    "src/temporal/CMakeLists.txt": "sluice_room(temporal LINK sluice_base sluice_rust)\n",
    "src/mcp_tools/README.md": "x\n",
    "src/mcp_tools/tools.cc": 'add({.name = "sync_dataset",\n' + "\n" * 399,
    "src/lakehouse/README.md": "x\n",
    "src/lakehouse/databricks/c.cc": 'post("/api/2.0/sql/statements");\n',
    "src/sync/long.cc": "int whole(int x) {\n" + "  x += 1;\n" * 68 + "}\n\nconst int table[] = {\n" + "    int(1),\n" * 90 + "};\n",
    "rust/Cargo.lock": f'source = "https://{tidy.REGISTRY_HOSTS[5]}/"\n',
}

# path, content, what the one finding must say
BAD = [
    ("src/sync/up.cc", '#include "api/routes.h"\n', "src/sync/up.cc:1: error: sync includes api, which points upward"),
    ("src/mcp_tools/side.cc", '\n#include "api/routes.h"\n', "src/mcp_tools/side.cc:2: error: mcp_tools includes api, which points sideways"),
    ("src/temporal/know.cc", '#include "dataset/d.h"\n', "temporal knows no dataset"),
    ("src/temporal/CMakeLists.txt", "sluice_room(temporal LINK sluice_sync)\n", "temporal links sync, which points upward"),
    ("src/sync/sql.cc", 'get("/api/2.1/jobs");\n', "outside lakehouse/databricks"),
    ("src/api/reads.cc", '#include "ingest/json_reader.h"\n', "ingest/json_reader.h is included where tenants are served"),
    ("src/sync/reads.cc", '#include "duckdb/database.h"\n', "duckdb/database.h is included where tenants are served"),
    ("src/sync/same.cc", 'if (error.code == "bad_want") return;\n', "src/sync/same.cc:1: error: an error's code is written as text"),
    ("src/sync/same.cc", 'if (answer.error().code.text() != "bad_want") return;\n', "an error's code is written as text"),
    ("src/sync/made.cc", '\nreturn fail(Errc::internal,\n            "bad_want", "no");\n', "src/sync/made.cc:2: error: an error's code is written as text"),
    ("src/sync/made.cc", 'ErrorCode::from_outside("bad_want");\n', "an error's code is written as text"),
    ("src/sync/env.cc", 'getenv("SLUICE_SECRET");\n', "does not name the variable SLUICE_SECRET"),
    ("src/app/settings.cc", 'text("MCP_LISTEN");\n', "does not name the variable MCP_LISTEN"),
    ("src/app/settings.cc", 'text("FLAVOUR");\n', "does not name the variable FLAVOUR"),
    ("docs/settings.md", "`API_LISTEN`\n", "does not name the variable LAKEHOUSE"),
    ("src/api/more.cc", 'add("GET", "/api/v1/datasets/{id}/secret");\n', "does not describe the route /api/v1/datasets/{id}/secret"),
    ("src/app/more.cc", 'add("GET", "/metrics");\n', "does not describe the route /metrics"),
    ("src/sync/more.cc", 'Name("sluice_rows_total");\n', "does not name the metric sluice_rows_total"),
    ("src/mcp_tools/more.cc", 'add({.name = "drop_all",\n', "does not name the tool drop_all"),
    ("docs/decisions/0001-another.md", "# 1. Another\n", "the number 0001 is that of docs/decisions/0001-another.md"),
    ("docs/decisions/0002-two.md", "# 1. Two\n", "the title has not the file's number"),
    ("docs/mcp.md", None, "does not name the tool sync_dataset"),
    ("docs/security.md", "`tests/gone.py`\n", "there is no tests/gone.py"),
    ("docs/security.md", "`tests/x.py::test_files`\n", "tests/x.py has no test_files"),
    ("docs/security.md", "# Boundaries\n| SQL | a worker |\n", "a boundary without a test"),
    ("src/sync/longer.cc", "\n" * 401, "the file has 401 lines"),
    ("tools/long", "\n" * 401, "the file has 401 lines"),
    ("src/sync/README.md", None, "the room has no README"),
    ("src/sync/README.md", "x\n" * 41, "more than 40 lines"),
    ("src/attic/README.md", "x\n", "no place in the order"),
    ("src/sync/body.cc", "int work(int x) {\n" + "  x += 1;\n" * 69 + "}\n", "src/sync/body.cc:1: error: work has 71 lines"),
    ("src/sync/in.h", "#pragma once\nclass X {\n  int member(\n      int x) {\n" + "    x += 1;\n" * 68 + "  }\n};\n",
     "src/sync/in.h:3: error: member has 71 lines"),
    ("ARCHITECTURE.md", "".join(f"| `{room}/` | {what} |\n" for floor in tidy.ORDER for room, what in floor.items() if room != "base"),
     "the code map has no such row for base"),
    ("src/sync/h.h", "int x;\n", "#pragma once is missing"),
    ("tests/y.py", "# TO" + "DO: later\n", "in a file"),
    ("src/sync/f.cc", "// FIX" + "ME\n", "in a file"),
    *[("tools/get", f"curl https://x.{host}/y\n", "a registry's host is named") for host in tidy.REGISTRY_HOSTS],
]


MESSAGES = [
    ("room: what", "why", 0),
    ("room: " + "x" * 67, "why", 1),
    ("room: what", " \n", 1),
    ("What it is", "why", 1),
]


def found_in(files):
    with tempfile.TemporaryDirectory(prefix="tidy-") as folder:
        for path, content in files.items():
            if content is not None:
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content, encoding="utf-8")
        return tidy.findings(folder)


def run():
    failed = [f"a good tree: {line}" for line in found_in(GOOD)]
    for path, content, expected in BAD:
        found = found_in({**GOOD, path: content})
        if len(found) != 1 or expected not in found[0]:
            failed.append(f"{path}: wanted one finding with “{expected}”, got {found}")
    for subject, body, expected in MESSAGES:
        if len(list(tidy.commit_problems(subject, body))) != expected:
            failed.append(f"“{subject}”: wanted {expected} findings")
    print("\n".join(failed + [f"tidy self-test: {len(BAD) + len(MESSAGES) + 1 - len(failed)} passed, {len(failed)} failed"]))
    return 1 if failed else 0
