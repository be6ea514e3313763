#!/usr/bin/env python3
"""The rules of this repository that no compiler checks. `tools/tidy.py [--self-test] [FOLDER]`

Each finding is one line, `file:line: error: what is wrong; do what to do`; exit code 1 if there is any.
`--self-test` proves on small trees that each rule fires, and only there.
"""

import pathlib
import re
import subprocess
import sys

ROOMS_FILE = "src/rooms.txt"


def declared_rooms(text):
    """Floors from top to bottom, each {room: what it is}."""
    floors, floor = [], {}
    for line in [*text.splitlines(), ""]:
        room, _, purpose = line.partition(": ")
        if not line.strip() and floor:
            floors.append(floor)
            floor = {}
        elif line.strip() and not line.startswith("#"):
            floor[room] = purpose
    return floors


ORDER = declared_rooms((pathlib.Path(__file__).resolve().parents[1] / ROOMS_FILE).read_text(encoding="utf-8"))
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
# Could serve another program than Sluice, and stay so.
KNOWS_NO_DATASET = {"temporal", "mcp", "http", "duckdb", "sandbox"}

# Rooms of the processes that serve tenants, and what of `ingest/` they may know: who has a file read in a worker, and
# how it is asked for. Nothing that reads one, and no engine.
SERVING = ("api", "intake", "mcp_tools", "cli", "sync", "metadata", "storage", "mcp", "http", "temporal", "auth")
ASKS_FOR_READING = {"ingest/ingest.h", "ingest/ingest_job.h", "ingest/options.h", "ingest/bytes/source_file.h",
                    "ingest/error_codes.h",
                    "ingest/structure/structure_decision_forms.h"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# Longer ones that stay, with the reason.
LONG_FUNCTIONS = {"src/api/operation_handlers.cc::handler_of"}  # A table: a case for each operation.
SUBJECT_CHARACTERS_MAX = 72
# The rule for commits is younger than this one; without a tag or another branch to compare with, it holds after it.
COMMITS_SINCE = "09eca517f1d00f777e6ec427b52ce06d012a1a11"
README_LINES_MAX = 40
# Every process has these; they are no settings of ours.
COMMON_VARIABLES = {"PATH", "HOME", "TERM", "NO_COLOR", "COLUMNS", "TMPDIR"}
# In pieces, so that this file passes its own rules.
REGISTRY_HOSTS = [".".join(parts) for parts in (
    ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"), ("pypi", "org"), ("pythonhosted", "org"),
    ("static", "crates", "io"), ("index", "crates", "io"), ("proxy", "golang", "org"), ("sum", "golang", "org"),
    ("repo1", "maven", "org"), ("repo", "maven", "apache", "org"), ("deb", "debian", "org"),
    ("security", "debian", "org"), ("docker", "io"), ("ghcr", "io"))]
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME")) + r")\b")
# Every Cargo.lock has `source` lines.
HOSTS_ALLOWED_IN = {"Cargo.lock"}


def listed(root):
    """What git has or would take; in a folder without git, all files."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
        return sorted(set(subprocess.check_output(command, text=True).split("\0")) - {""})
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


class Tree:
    """The files of one working tree, and what was found wrong with them."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.found = []
        self.files = {}
        for path in listed(self.root):
            try:
                self.files[path] = (self.root / path).read_text(encoding="utf-8").splitlines()
            except (UnicodeDecodeError, OSError):
                continue  # data of tests, a dangling link, or removed and not yet committed

    def error(self, path, line, what, remedy):
        self.found.append(f"{path}:{line}: error: {what}; {remedy}")

    def rooms(self):
        return sorted({path.split("/")[1] for path in self.files if path.startswith("src/") and path.count("/") > 1})

    def code(self, *folders, tests=True):
        """(path, number, line) of all C++ below src/ or below given rooms."""
        starts = tuple(f"src/{f}/" for f in folders) or ("src/",)
        for path, lines in self.files.items():
            if path.startswith(starts) and path.endswith((".h", ".cc")) and (tests or not is_test(path)):
                for number, line in enumerate(lines, 1):
                    yield path, number, line

    def text(self, path):
        return "\n".join(self.files.get(path, []))


def is_test(path):
    *folders, name = path.split("/")
    return "test" in re.split(r"[_.]", name) or not {"testing", "fuzz"}.isdisjoint(folders)


def each_match(lines, pattern):
    for path, number, line in lines:
        if line.lstrip().startswith("//"):
            continue
        for match in re.finditer(pattern, line):
            yield path, number, match.group(1)


def names_in(text):
    """What the docs name: all that stands between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def check_arrows(tree):
    def arrow(path, number, source, target, how):
        if source == target or target not in LEVEL or source not in LEVEL:
            return
        if target == "dataset" and source in KNOWS_NO_DATASET:
            tree.error(path, number, f"{source} {how} dataset", f"{source} knows no dataset: pass plain values in")
        elif LEVEL[target] <= LEVEL[source]:
            way = "sideways" if LEVEL[target] == LEVEL[source] else "upward"
            tree.error(path, number, f"{source} {how} {target}, which points {way}",
                       "move what is shared to a lower room, or pass it in from above (order: src/rooms.txt)")

    for path, number, target in each_match(tree.code(), r'^\s*#\s*include\s+"([a-z_]+)/'):
        arrow(path, number, path.split("/")[1], target, "includes")
    for path, lines in tree.files.items():
        parts = path.split("/")
        if parts[0] == "src" and len(parts) > 2 and parts[-1] == "CMakeLists.txt":
            for number, line in enumerate(lines, 1):
                for target in re.findall(r"\bsluice_([a-z_]+)\b", line.split("#")[0]):
                    arrow(path, number, parts[1], target, "links")


def check_error_codes(tree):
    """No ErrorCode is made of text, the compiler sees to that. Comparing one with text, and `from_outside`, are for tests."""
    as_text = re.compile(r'\bcode(?:\.text\(\))?\)? [!=]= "|\bErrc::\w+,\s*"[a-z0-9_]+"|\bfrom_outside\(\s*"')
    for path, lines in tree.files.items():
        if path.startswith("src/") and path.endswith((".h", ".cc")) and not is_test(path):
            text = "\n".join("" if line.lstrip().startswith("//") else line for line in lines)
            for match in as_text.finditer(text):
                tree.error(path, text.count("\n", 0, match.start()) + 1, "an error's code is written as text",
                           "use its enumerator in the room's error_codes.h")


def check_databricks_stays_inside(tree):
    for path, number, route in each_match(tree.code(), r"(/api/[12]\.\d/[a-z]*)"):
        if not path.startswith("src/lakehouse/databricks/"):
            tree.error(path, number, f"Databricks' {route} is named outside lakehouse/databricks",
                       "go through the port in lakehouse/lakehouse.h")


def check_serving_rooms_read_no_file(tree):
    for path, number, target in each_match(tree.code(*SERVING, tests=False), r'^\s*#\s*include\s+"((?:ingest|duckdb)/[^"]+)"'):
        if target not in ASKS_FOR_READING:
            tree.error(path, number, f"{target} is included where tenants are served",
                       "have it done in a worker: ingest/ingest_job.h, duckdb/engine_session.h from lakehouse/")


def check_settings(tree):
    settings, tests = names_in(tree.text("docs/settings.md")), tree.text("tests/README.md")
    named = list(each_match(tree.code(), r'getenv\("([A-Za-z_0-9]+)"'))
    named += each_match(tree.code("app", "cli", tests=False), r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')
    named += [found for found in each_match(tree.code("app", tests=False), r'"([A-Z][A-Z0-9]{3,})"')
              if found[0] == "src/app/settings.cc"]
    for path, number, name in sorted(set(named)):
        only_for_tests = name.startswith("SLUICE_") and re.search(rf"\b{name}\b", tests)
        if name not in settings and name not in COMMON_VARIABLES and not only_for_tests:
            tree.error(path, number, f"docs/settings.md does not name the variable {name}",
                       "add a row for it there (SLUICE_… for tests only: in tests/README.md)")


def check_routes(tree):
    """The compiler compares the routes of api/ with the description; here, what else names one."""
    def shape(route):
        return re.sub(r"\{[^}]*\}", "{}", route.split("?")[0])

    routes = {shape(line.strip(" :\"")) for path, lines in tree.files.items() if path.startswith("src/api/openapi")
              for line in lines if re.match(r"  /[^ ]*:$", line)}
    for path, number, route in each_match(tree.code("api", "app", "mcp_tools", tests=False),
                                          r'"((?:/api/v\d|/internal|/health|/metrics|/docs|/openapi)[^"]*)"'):
        known = any(r.startswith(shape(route)) for r in routes) if route.endswith("/") else shape(route) in routes
        fragment = route.startswith("/databricks")
        if not known and not fragment:
            tree.error(path, number, f"src/api/openapi does not describe the route {route}", "describe it there")


def check_metrics(tree):
    named = names_in(tree.text("docs/metrics.md"))
    for path, number, metric in each_match(tree.code(tests=False), r'"((?:datasets|sluice)_[a-z0-9_]+)"'):
        if metric not in named:
            tree.error(path, number, f"docs/metrics.md does not name the metric {metric}", "add a row for it there")


def check_mcp_tools(tree):
    named = names_in(tree.text("docs/mcp.md"))
    for path, number, tool in each_match(tree.code("mcp_tools", tests=False), r'\.name = "([a-z0-9_]+)"'):
        if tool not in named:
            tree.error(path, number, f"docs/mcp.md does not name the tool {tool}", "add a row for it there")


def check_security_tests(tree):
    """docs/security.md: each boundary names the test that holds it, `file::name`, and that test is there."""
    path, in_boundaries = "docs/security.md", False
    for number, line in enumerate(tree.files.get(path, []), 1):
        if line.startswith("#"):
            in_boundaries = "boundar" in line.lower()
        named = re.findall(r"`((?:src|tests|tools)/[\w./-]+)(?:::(\w+))?`", line)
        for file, test in named:
            folder = file.endswith("/") and any(other.startswith(file) for other in tree.files)
            if file not in tree.files and not folder:
                tree.error(path, number, f"there is no {file}", "name the test that holds this now")
            elif test and not re.search(rf"\b{test}\b", tree.text(file)):
                tree.error(path, number, f"{file} has no {test}", "name the test that holds this now")
        is_row = in_boundaries and line.startswith("|") and not re.match(r"\|[\s:|-]*$", line)
        is_head = is_row and tree.files[path][number : number + 1] and re.match(r"\|[\s:|-]*$", tree.files[path][number])
        if is_row and not is_head and not any("test" in file for file, _ in named):
            tree.error(path, number, "a boundary without a test", "name the test that holds it, as `file::name`")


def check_rooms(tree):
    for room in tree.rooms():
        readme = f"src/{room}/README.md"
        if room not in LEVEL:
            tree.error(f"src/{room}", 1, "this room has no place in the order", f"add it to {ROOMS_FILE}")
        if readme not in tree.files:
            tree.error(readme, 1, "the room has no README", "say there what it is for and what it must not know")
        elif len(tree.files[readme]) > README_LINES_MAX:
            tree.error(readme, README_LINES_MAX + 1, f"more than {README_LINES_MAX} lines", "move detail into the headers")


def check_code_map(tree):
    """ARCHITECTURE.md's table has a row for each room, with the words of rooms.txt."""
    rows = set(tree.files.get("ARCHITECTURE.md", []))
    for floor in ORDER if rows else []:
        for room, purpose in floor.items():
            row = f"| `{room}/` | {purpose} |"
            if row not in rows:
                tree.error("ARCHITECTURE.md", 1, f"the code map has no such row for {room}", f"add: {row}")


def check_files(tree):
    for path, lines in tree.files.items():
        name = path.rsplit("/", 1)[-1]
        is_code = name.endswith((".h", ".cc", ".py", ".rs", ".cmake", ".yaml", ".js", ".css", ".html")) or path.startswith("tools/")
        if is_code and len(lines) > FILE_LINES_MAX:
            tree.error(path, FILE_LINES_MAX + 1, f"the file has {len(lines)} lines, {FILE_LINES_MAX} at most",
                       "split it by what changes together")
        if path.startswith("src/") and name.endswith(".h") and "#pragma once" not in lines:
            tree.error(path, 1, "#pragma once is missing", "add it as the first line of code")
        for number, line in enumerate(lines, 1):
            unfinished = UNFINISHED.search(line)
            if unfinished and not path.startswith("docs/decisions/"):
                tree.error(path, number, f"{unfinished.group(1)} in a file", "do it, or file an issue and say what holds now")
            if name not in HOSTS_ALLOWED_IN:
                for host in REGISTRY_HOSTS:
                    if host in line.lower():
                        tree.error(path, number, "a registry's host is named",
                                   "name the package only; clients find their registry by the machine's settings")


def check_decisions(tree):
    """Each has a number of its own, the same in its name and in its title."""
    taken = {}
    for path in sorted(tree.files):
        match = re.fullmatch(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md", path)
        if not match:
            continue
        number = match.group(1)
        if number in taken:
            tree.error(path, 1, f"the number {number} is that of {taken[number]}", "give it the next free one")
        if not tree.files[path] or not tree.files[path][0].startswith(f"# {int(number)}. "):
            tree.error(path, 1, "the title has not the file's number", f"begin it with `# {int(number)}. `")
        taken[number] = path


def functions(lines):
    """(first line, its text, length) of each function body, as clang-format lays them out: it opens at the end of a line
    and closes with a brace at its own indent, none or that of a class's member."""
    no_function = re.compile(r"\s*(?:template <.*> )?(?:namespace|class|struct|enum|union|extern|switch|if|for|while|do|else|try)\b")
    for indent in ("", "  "):
        begin, opened = None, False
        for number, line in enumerate(lines):
            if opened and line.startswith(indent + "}"):
                yield begin + 1, lines[begin].strip(), number - begin + 1
                opened = False
            elif not opened and re.match(indent + r"[^\s}#/)]", line):
                begin = number
            if begin is None or opened:
                continue
            if line.endswith("{"):
                head = " ".join(lines[begin:number + 1])
                opened = "(" in head and not no_function.match(head) and not head.endswith("= {")
                begin = begin if opened else None
            elif line.endswith((";", "}")):
                begin = None


def check_functions(tree):
    for path, lines in tree.files.items():
        if path.startswith("src/") and path.endswith((".h", ".cc")):
            for number, text, length in functions(lines):
                name = (re.findall(r"([\w:~]+)\(", text) or [text])[0]
                if length > FUNCTION_LINES_MAX and f"{path}::{name}" not in LONG_FUNCTIONS:
                    tree.error(path, number, f"{name} has {length} lines, {FUNCTION_LINES_MAX} at most",
                               "split it, or say in LONG_FUNCTIONS why it stays")


def check_commits(root):
    """What is wrong with the messages of the commits that are new: (found, note)."""
    def git(*arguments):
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    since = git("describe", "--tags", "--abbrev=0") or git("merge-base", "HEAD", "origin/HEAD")
    if not since or since == git("rev-parse", "HEAD"):
        since = git("rev-parse", "--verify", "--quiet", COMMITS_SINCE + "^{commit}")
    if not since:
        return [], f"SKIPPED: the commits' messages: no history here that reaches back to {COMMITS_SINCE}"
    found = []
    for commit in git("rev-list", "--no-merges", f"{since}..HEAD").split():
        subject, _, body = git("show", "-s", "--format=%B", commit).partition("\n")
        found += [f"{commit[:9]}:1: error: {problem}" for problem in commit_problems(subject, body)]
    return found, ""


def commit_problems(subject, body):
    if len(subject) > SUBJECT_CHARACTERS_MAX:
        yield f"the subject has {len(subject)} characters, {SUBJECT_CHARACTERS_MAX} at most; shorten it"
    if not re.match(r"[\w./-]+: \S", subject):
        yield "the subject does not say where; write `room: what`"
    if not body.strip():
        yield "the commit has no body; say there why"


CHECKS = [check_functions, check_arrows, check_error_codes, check_databricks_stays_inside, check_serving_rooms_read_no_file,
          check_settings, check_routes, check_metrics, check_mcp_tools, check_security_tests, check_rooms, check_code_map, check_decisions,
          check_files]


def findings(root):
    tree = Tree(root)
    for check in CHECKS:
        check(tree)
    return tree.found


def main(arguments):
    if "--self-test" in arguments:
        import tidy_self_test
        return tidy_self_test.run()
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[1]
    of_commits, note = check_commits(root)
    found = findings(root) + of_commits
    print("\n".join([*found, note] if note else found) if found or note else "tidy: nothing to say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
