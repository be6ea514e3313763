"""Proves on a small description that each break is found, and that additions are none. Run by `openapi_breaks.py --self-test`."""

import copy
import sys

from openapi_breaks import Comparison

GOOD = {
    "info": {"version": "1.0.0"},
    "components": {"schemas": {"Thing": {"type": "object", "required": ["id", "size"], "properties": {
        "id": {"type": "string"}, "size": {"type": ["integer", "null"]}}}}},
    "paths": {"/things": {"get": {
        "operationId": "list_things", "x-permission": "read", "x-error-codes": ["bad_limit", "bad_cursor"], "x-limits": {"things_max": 5},
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}},
                       {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["up", "down"]}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}},
                                                                      "additionalProperties": False}}}},
        "responses": {"200": {"headers": {"ETag": {}}, "content": {"application/json": {"schema": {
            "type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}}}}}},
}


def thing(description):
    return description["components"]["schemas"]["Thing"]


def operation(description):
    return description["paths"]["/things"]["get"]


def body(description):
    return operation(description)["requestBody"]["content"]["application/json"]["schema"]


# What is changed, and what the one break has to say.
BREAKS = [
    (lambda d: d["paths"].pop("/things"), "the operation is gone"),
    (lambda d: operation(d).update(operationId="other"), "operationId list_things became other"),
    (lambda d: operation(d).update({"x-permission": "write"}), "permission read became write"),
    (lambda d: operation(d)["x-error-codes"].remove("bad_cursor"), "the error code bad_cursor is gone"),
    (lambda d: operation(d)["x-limits"].update(things_max=4), "the limit things_max fell from 5 to 4"),
    (lambda d: operation(d)["parameters"][0]["schema"].update(maximum=499), "maximum 500 became 499"),
    (lambda d: operation(d)["parameters"][0]["schema"].update(minimum=2), "minimum 1 became 2"),
    (lambda d: operation(d)["parameters"][0].update(required=True), "the parameter limit is required now"),
    (lambda d: operation(d)["parameters"].pop(), "the parameter sort is gone"),
    (lambda d: operation(d)["parameters"][1]["schema"]["enum"].remove("up"), "the value up is no longer taken"),
    (lambda d: operation(d)["parameters"][0]["schema"].update(enum=[1]), "only some values are taken now"),
    (lambda d: operation(d)["parameters"][1]["schema"].update(pattern="^u"), "the pattern is another"),
    (lambda d: operation(d)["requestBody"].update(required=True), "a body is required now"),
    (lambda d: body(d).update(required=["a"]), "the field a is required now"),
    (lambda d: body(d).update(properties={}), "the field a is gone"),
    (lambda d: body(d)["properties"]["a"].update(type="integer"), "the type string is no longer taken"),
    (lambda d: operation(d)["responses"]["200"]["headers"].clear(), "the header ETag of 200 is gone"),
    (lambda d: operation(d)["responses"]["200"]["content"].clear(), "200 is no longer application/json"),
    (lambda d: operation(d).update(responses={}), "the answer 200 is gone"),
    (lambda d: thing(d)["required"].remove("id"), "the field id is not always there"),
    (lambda d: thing(d)["properties"].pop("size"), "the field size is gone"),
    (lambda d: thing(d)["properties"]["id"].update(type=["string", "null"]), "the type null comes where it did not"),
]
ADDITIONS = [
    lambda d: d["paths"].update({"/more": {}}),
    lambda d: operation(d)["x-error-codes"].append("new_code"),
    lambda d: operation(d)["x-limits"].update(things_max=6),
    lambda d: operation(d)["parameters"].append({"name": "q", "in": "query", "schema": {"type": "string"}}),
    lambda d: operation(d)["parameters"][0]["schema"].update(maximum=501),
    lambda d: body(d)["properties"].update(b={"type": "string"}),
    lambda d: thing(d)["properties"].update(more={"type": "string"}),
    lambda d: thing(d)["required"].append("more"),
    lambda d: thing(d)["properties"]["size"].update(type="integer"),
]


def changed(change):
    new = copy.deepcopy(GOOD)
    change(new)
    return Comparison(GOOD, new).run()


def run():
    wrong = [f"{says}: {changed(change)}" for change, says in BREAKS if not (len(changed(change)) == 1 and changed(change)[0].endswith(says))]
    wrong += [f"addition {number}: {changed(change)}" for number, change in enumerate(ADDITIONS) if changed(change)]
    print("\n".join([*wrong, f"openapi_breaks self-test: {len(BREAKS) + len(ADDITIONS) - len(wrong)} passed, {len(wrong)} failed"]))
    sys.exit(1 if wrong else 0)
