#!/usr/bin/python3
"""What a client of the last release's API would miss in this one. `tools/openapi_breaks.py LAST NEW`, or `--self-test`

Each break is a line; exit code 1 if there is any and `info.version` has the same major number. Additions are none:
operations, optional parameters and fields, keys of answers, values of them, error codes.
"""

import json
import sys

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
PERMISSIONS = ("none", "read", "query", "write", "admin", "internal")
# Greater is wider for the first, smaller for the second.
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


class Comparison:
    def __init__(self, last, new):
        self.last, self.new, self.breaks = last, new, []

    def say(self, where, what):
        self.breaks.append(f"{where}: {what}")

    @staticmethod
    def resolved(description, value):
        while isinstance(value, dict) and "$ref" in value:
            target = description
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            value = {**target, **{key: kept for key, kept in value.items() if key != "$ref"}}
        return value

    def run(self):
        for path, item in self.last["paths"].items():
            for method in METHODS:
                if method in item:
                    where = f"{method.upper()} {path}"
                    there = self.new["paths"].get(path, {})
                    if method not in there:
                        self.say(where, "the operation is gone")
                    else:
                        self.operation(where, item, item[method], there, there[method])
        return self.breaks

    def operation(self, where, item, last, new_item, new):
        if last["operationId"] != new["operationId"]:
            self.say(where, f"operationId {last['operationId']} became {new['operationId']}")
        if PERMISSIONS.index(new["x-permission"]) > PERMISSIONS.index(last["x-permission"]):
            self.say(where, f"permission {last['x-permission']} became {new['x-permission']}")
        for code in sorted(set(last.get("x-error-codes", [])) - set(new.get("x-error-codes", []))):
            self.say(where, f"the error code {code} is gone")
        for name, number in last.get("x-limits", {}).items():
            now = new.get("x-limits", {}).get(name)
            if isinstance(number, int) and isinstance(now, int) and now < number:
                self.say(where, f"the limit {name} fell from {number} to {now}")
        self.parameters(where, self.parameters_of(self.last, item, last), self.parameters_of(self.new, new_item, new))
        self.bodies(where, last, new)
        for status, response in last["responses"].items():
            if status[0] not in "23":
                continue
            if status not in new["responses"]:
                self.say(where, f"the answer {status} is gone")
                continue
            before, now = self.resolved(self.last, response), self.resolved(self.new, new["responses"][status])
            for header in set(before.get("headers", {})) - set(now.get("headers", {})):
                self.say(where, f"the header {header} of {status} is gone")
            for kind, content in before.get("content", {}).items():
                if kind not in now.get("content", {}):
                    self.say(where, f"{status} is no longer {kind}")
                else:
                    self.answered(f"{where} {status}", content["schema"], now["content"][kind]["schema"])

    def parameters_of(self, description, item, operation):
        every = [*item.get("parameters", []), *operation.get("parameters", [])]
        return {(each["in"], each["name"].lower()): each for each in (self.resolved(description, one) for one in every)}

    def parameters(self, where, last, new):
        for key, parameter in new.items():
            if parameter.get("required") and not last.get(key, {}).get("required"):
                self.say(where, f"the parameter {key[1]} is required now")
        for key, parameter in last.items():
            if key not in new:
                self.say(where, f"the parameter {key[1]} is gone")
            else:
                self.sent(f"{where} {key[1]}", parameter.get("schema", {}), new[key].get("schema", {}))

    def bodies(self, where, last, new):
        before = self.resolved(self.last, last.get("requestBody", {}))
        now = self.resolved(self.new, new.get("requestBody", {}))
        if now.get("required") and not before.get("required"):
            self.say(where, "a body is required now")
        for kind, content in before.get("content", {}).items():
            if kind not in now.get("content", {}):
                self.say(where, f"a body of {kind} is no longer taken")
            else:
                self.sent(f"{where} body", content["schema"], now["content"][kind]["schema"])

    def sent(self, where, last, new):
        """What was right to send has to stay right."""
        last, new = self.resolved(self.last, last), self.resolved(self.new, new)
        for key in UPPER:
            if key in new and (key not in last or new[key] < last[key]):
                self.say(where, f"{key} {last.get(key, 'without bound')} became {new[key]}")
        for key in LOWER:
            if key in new and new[key] > last.get(key, 0 if key.startswith("min") and key != "minimum" else float("-inf")):
                self.say(where, f"{key} {last.get(key, 'without bound')} became {new[key]}")
        if "pattern" in new and new["pattern"] != last.get("pattern"):
            self.say(where, "the pattern is another")
        if "enum" in new and "enum" not in last:
            self.say(where, "only some values are taken now")
        for value in set(map(str, last.get("enum", []))) - set(map(str, new.get("enum", last.get("enum", [])))):
            self.say(where, f"the value {value} is no longer taken")
        self.types(where, new, last, "is no longer taken")
        for name in set(new.get("required", [])) - set(last.get("required", [])):
            self.say(where, f"the field {name} is required now")
        for name, schema in last.get("properties", {}).items():
            if name in new.get("properties", {}):
                self.sent(f"{where}.{name}", schema, new["properties"][name])
            elif new.get("additionalProperties") is False:
                self.say(where, f"the field {name} is gone")
        if "items" in last and "items" in new:
            self.sent(f"{where}[]", last["items"], new["items"])

    def answered(self, where, last, new):
        """What was there has to be there, of the type that it had."""
        last, new = self.resolved(self.last, last), self.resolved(self.new, new)
        self.types(where, last, new, "comes where it did not")
        for name in set(last.get("required", [])) - set(new.get("required", [])):
            self.say(where, f"the field {name} is not always there")
        for name, schema in last.get("properties", {}).items():
            if name in new.get("properties", {}):
                self.answered(f"{where}.{name}", schema, new["properties"][name])
            else:
                self.say(where, f"the field {name} is gone")
        if "items" in last and "items" in new:
            self.answered(f"{where}[]", last["items"], new["items"])

    def types(self, where, narrow, wide, says):
        of = [set([schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])) for schema in (narrow, wide)]
        for name in sorted(of[1] - of[0]) if of[0] else []:
            if not (name == "integer" and "number" in of[0]):
                self.say(where, f"the type {name} {says}")


def main(last, new):
    last, new = (json.load(open(path, encoding="utf-8")) for path in (last, new))
    breaks = Comparison(last, new).run()
    versions = [description["info"]["version"] for description in (last, new)]
    print("\n".join([*breaks, f"{len(breaks)} breaks from {versions[0]} to {versions[1]}"]))
    is_said = int(versions[1].split(".")[0]) > int(versions[0].split(".")[0])
    if breaks and not is_said:
        sys.exit("tools/openapi_breaks.py: error: the last release's clients would break; keep what they use, or raise the "
                 "major number of info.version in src/api/openapi.yaml")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        import openapi_breaks_self_test
        openapi_breaks_self_test.run()
    else:
        main(*sys.argv[1:])
