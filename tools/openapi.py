#!/usr/bin/python3
"""From the API's description, what is compiled and what is served. `tools/openapi.py ROOT OUT`

Joins src/api/openapi.yaml and src/api/openapi/*.yaml (a key given twice is an error) and writes to OUT: `openapi.json`,
`api/operations.h` (enum and table of all operations) and `operations_check.cc` (the limits that are written there are
those of request_limits.h). Where an operation names groups and codes of errors (`x-errors`), its responses are made of
them, with the statuses of docs/errors.md. What is wrong in the description is one line, and exit code 1.
"""

import json
import pathlib
import re
import sys

import yaml

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
PERMISSIONS = ("none", "internal", "read", "query", "write", "admin")
# What an operation answers because of what it takes to be called.
CREDENTIAL = ["token_invalid", "token_expired", "token_revoked", "session_ended", "access_token_expired",
              "access_token_invalid"]
OF_PERMISSION = {"none": [], "internal": ["mcp_key_invalid"], "read": [*CREDENTIAL, "permission_missing"],
                 "query": [*CREDENTIAL, "permission_missing"], "write": [*CREDENTIAL, "token_read_only"],
                 "admin": [*CREDENTIAL, "permission_missing"]}
BODIES = ("none", "server_default", "upload", "preview", "records", "query", "small", "chunk")
# Where a limit's number may stand, by namespace.
LIMITS = {"api": "src/api/request_limits.h", "intake": "src/intake/upload_limits.h"}
WANTED = ("operationId", "summary", "tags", "x-permission", "responses")


class Wrong(Exception):
    """What is wrong, and where."""


class Loader(yaml.SafeLoader):
    """YAML in which a key stands once, and a word is a word."""


def mapping(loader, node):
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise Wrong(f"{node.start_mark.name}:{key.start_mark.line + 1}: the key {key.value} stands twice")
        seen.add(key.value)
    return {str(loader.construct_object(key, True)): loader.construct_object(value, True) for key, value in node.value}


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith((":timestamp", ":bool"))]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), "tf")
Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)


def joined(into, other, where):
    for key, value in other.items():
        if key not in into:
            into[key] = value
        elif isinstance(into[key], dict) and isinstance(value, dict):
            joined(into[key], value, f"{where}/{key}")
        else:
            raise Wrong(f"{where}: {key} is described twice")


def read_description(root):
    description = {}
    for path in [root / "src/api/openapi.yaml", *sorted((root / "src/api/openapi").glob("*.yaml"))]:
        part = yaml.load(path.read_text(encoding="utf-8"), Loader)
        joined(description, part, path.relative_to(root).as_posix())
    return description


def documented_statuses(root):
    """Code → the HTTP statuses that docs/errors.md says it shows as."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", (root / "docs/errors.md").read_text(encoding="utf-8"), re.M)
    return {code: [int(number) for number in re.findall(r"\b[45]\d\d\b", shows)] for code, shows in rows}


def operations_of(description):
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def codes_of(names, groups, seen=()):
    for name in names:
        if name in seen:
            raise Wrong(f"the group of errors {name} names itself")
        if name in groups:
            yield from codes_of(groups[name], groups, (*seen, name))
        else:
            yield name


def problem(status, codes):
    named = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    response = {"description": ", ".join(codes),
                "content": {"application/problem+json":
                            {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, named]}}}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}}
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response


def add_errors(where, operation, groups, statuses):
    permission = operation["x-permission"]
    names = ["server", *operation.pop("x-errors", []), *OF_PERMISSION[permission]]
    if not where.startswith(("GET ", "HEAD ")) and permission not in ("none", "internal"):
        names.append("csrf_failed")
    codes = sorted(set(codes_of(names, groups)))
    by_status = {}
    for code in codes:
        if code not in statuses:
            raise Wrong(f"{where}: docs/errors.md has no code {code}")
        if not statuses[code]:
            raise Wrong(f"{where}: docs/errors.md names no HTTP status of {code}")
        for status in statuses[code]:
            by_status.setdefault(status, []).append(code)
    operation["x-error-codes"] = codes
    for status, named in sorted(by_status.items()):
        operation["responses"].setdefault(str(status), problem(status, named))
    operation["responses"] = dict(sorted(operation["responses"].items()))


def add_examples(where, description, operation):
    """Beside each JSON that is answered, that of its schema's name; what is sent has its own."""
    known = description["components"].get("examples", {})
    for response in resolved(description, [each for status, each in operation["responses"].items() if status[0] == "2"]):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        if name in known:
            response["content"]["application/json"]["examples"] = {name: {"$ref": f"#/components/examples/{name}"}}
        elif name:
            raise Wrong(f"{where}: there is no example of {name} in examples.yaml")
    for body in resolved(description, [operation["requestBody"]] if "requestBody" in operation else []):
        for kind, content in body["content"].items():
            if "example" not in content and "examples" not in content:
                raise Wrong(f"{where}: the body {kind} has no example")


def complete(description, root):
    """Checks each operation and adds what follows from it."""
    groups, statuses, ids = description.pop("x-error-groups"), documented_statuses(root), {}
    for path, method, operation in operations_of(description):
        where = f"{method.upper()} {path}"
        for key in WANTED:
            if key not in operation:
                raise Wrong(f"{where}: {key} is missing")
        name, permission = operation["operationId"], operation["x-permission"]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or ids.setdefault(name, where) != where:
            raise Wrong(f"{where}: the operationId {name} is no name, or is that of {ids.get(name)}")
        if permission not in PERMISSIONS:
            raise Wrong(f"{where}: x-permission {permission} is none of {', '.join(PERMISSIONS)}")
        if operation.get("x-body", "none") not in BODIES:
            raise Wrong(f"{where}: x-body {operation['x-body']} is none of {', '.join(BODIES)}")
        if ("x-body" in operation) != ("requestBody" in operation):
            raise Wrong(f"{where}: a requestBody has its limit in x-body, and only that")
        shared = {each.get("name") for each in resolved(description, description["paths"][path].get("parameters", []))}
        own = {each.get("name") for each in resolved(description, operation.get("parameters", [])) if each["in"] == "path"}
        if set(re.findall(r"{(\w+)}", path)) - shared - own:
            raise Wrong(f"{where}: a parameter of the path is not described")
        ways = {"none": [], "internal": [{"token": []}]}
        operation.setdefault("security", ways.get(permission, [{"token": []}, {"session": []}]))
        add_errors(where, operation, groups, statuses)
        add_examples(where, description, operation)


def resolved(description, items):
    for item in items:
        while "$ref" in item:
            target = description
            for step in item["$ref"].removeprefix("#/").split("/"):
                if step not in target:
                    raise Wrong(f"there is no {item['$ref']}")
                target = target[step]
            item = target
        yield item


def check_references(description):
    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                list(resolved(description, [value]))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(description)


def limits_of(value, found):
    """Name → number: `x-limits`, and `x-limit` beside a maximum."""
    if isinstance(value, dict):
        for name, number in value.get("x-limits", {}).items():
            found.add((name, number))
        if "x-limit" in value:
            found.add((value["x-limit"], next(value[key] for key in ("maximum", "maxLength", "maxItems") if key in value)))
        for inner in value.values():
            limits_of(inner, found)
    elif isinstance(value, list):
        for inner in value:
            limits_of(inner, found)
    return found


def check_source(description, root):
    declared = {name: room for room, path in LIMITS.items()
                for name in re.findall(r"constexpr [\w:]+ (\w+) =", (root / path).read_text(encoding="utf-8"))}
    settings = set(re.findall(r"`([A-Z_]+)`", (root / "docs/settings.md").read_text(encoding="utf-8")))
    lines = ["// Made by tools/openapi.py: the limits that the description tells are those that hold.",
             *(f'#include "{path.removeprefix("src/")}"' for path in LIMITS.values()), "", "namespace sluice::api {", ""]
    for name, number in sorted(limits_of(description, set()), key=str):
        if isinstance(number, str):
            if number not in settings:
                raise Wrong(f"the limit {name} is said to be the setting {number}, which docs/settings.md does not have")
        elif name in declared:
            lines.append(f"static_assert({declared[name]}::{name} == {number});")
        else:
            raise Wrong(f"the limit {name} is in none of {', '.join(LIMITS.values())}")
    return "\n".join([*lines, "", "}  // namespace sluice::api", ""])


def header(description):
    rows, names = [], []
    for path, method, operation in operations_of(description):
        name = operation["operationId"]
        names.append(name)
        rows.append(f'    {{Operation::{name}, "{name}", "{method.upper()}", "{path}", '
                    f'Permission::{operation["x-permission"]}, BodyLimit::{operation.get("x-body", "none")}, '
                    f'Protocol::{operation.get("x-protocol", "none")}}},')
    return "\n".join([
        "#pragma once", "", "// Made by tools/openapi.py of src/api/openapi.yaml.", "",
        '#include "api/operation_terms.h"', "", "namespace sluice::api {", "", "enum class Operation {",
        *(f"  {name}," for name in names), "};", "", "/// What the description says of each operation.",
        "struct DescribedOperation {", "  Operation operation;", "  const char* id;", "  const char* method;",
        "  const char* pattern;", "  Permission permission;", "  BodyLimit body;", "  Protocol protocol;", "};", "",
        "inline constexpr DescribedOperation described_operations[] = {", *rows, "};", "", "}  // namespace sluice::api", ""])


def without_internal(description):
    paths = {path: {key: value for key, value in item.items() if not (key in METHODS and value.get("x-internal"))}
             for path, item in description["paths"].items()}
    return {**description, "paths": {path: item for path, item in paths.items() if set(item) & set(METHODS)}}


def schemas_named(value, description, found):
    """The schemas that are reached from there by references."""
    if isinstance(value, dict):
        name = value.get("$ref", "")
        if name.startswith("#/components/schemas/") and name not in found:
            found.add(name)
            schemas_named(next(resolved(description, [value])), description, found)
        elif name.startswith("#/"):
            schemas_named(next(resolved(description, [value])), description, found)
        for inner in value.values():
            schemas_named(inner, description, found)
    elif isinstance(value, list):
        for inner in value:
            schemas_named(inner, description, found)
    return found


def without_closed(value):
    if isinstance(value, dict):
        return {key: without_closed(inner) for key, inner in value.items()
                if not (key == "additionalProperties" and inner is False)}
    return [without_closed(inner) for inner in value] if isinstance(value, list) else value


def open_answers(description):
    """What is answered may have more keys one day: clients are not told that it has none. Our tests are stricter."""
    sent = set()
    for _, _, operation in operations_of(description):
        schemas_named([operation.get("requestBody", {}), operation.get("parameters", [])], description, sent)
    schemas = {name: schema if f"#/components/schemas/{name}" in sent else without_closed(schema)
               for name, schema in description["components"]["schemas"].items()}
    return {**description, "components": {**description["components"], "schemas": schemas}}


def write(path, text):
    """Only where it changed, so that nothing is compiled again for nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main(arguments):
    root, out = map(pathlib.Path, arguments)
    try:
        description = read_description(root)
        complete(description, root)
        check_references(description)
        write(out / "api/operations.h", header(description))
        write(out / "operations_check.cc", check_source(description, root))
        served = open_answers(without_internal({**description, "paths": dict(sorted(description["paths"].items()))}))
        write(out / "openapi.json", json.dumps(served, ensure_ascii=False, separators=(",", ":")) + "\n")
    except (Wrong, yaml.YAMLError) as wrong:
        sys.exit(f"tools/openapi.py: error: {wrong}")


if __name__ == "__main__":
    main(sys.argv[1:])
