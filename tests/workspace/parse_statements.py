#!/usr/bin/env python3
"""Whether sqlglot takes statements for Databricks' SQL: a JSON list on stdin → {"parsed", "refused"}.

It knows no scripts: what stands between BEGIN and END is parsed statement by statement.
"""

import json
import re
import sys

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType


def statements_of(sql):
    """A script's statements, and of each IF its condition as a query."""
    script = re.fullmatch(r"\s*BEGIN\b(.*)\bEND;?\s*", sql, re.DOTALL)
    if not script:
        return [sql]
    text, found, begin, starts, in_condition, depth = script[1], [], 0, True, False, 0
    for token in sqlglot.tokenize(text, read="databricks"):
        word = token.text.upper()
        depth += {"(": 1, ")": -1}.get(word, 0)
        if starts and word == "IF":
            begin, in_condition = token.end + 1, True
        elif in_condition and depth == 0 and word == "THEN":
            found.append("SELECT " + text[begin : token.start])
            begin, starts, in_condition = token.end + 1, True, False
            continue
        elif starts and word in ("ELSE", "END"):
            begin = token.end + 1
            continue
        elif token.token_type == TokenType.SEMICOLON:
            found.append(text[begin : token.start])
            begin, starts = token.end + 1, True
            continue
        starts = False
    found.append(text[begin:])
    return [statement for statement in found if statement.strip()]


parsed, refused = 0, []
for sql in json.load(sys.stdin):
    for statement in statements_of(sql):
        try:
            (tree,) = sqlglot.parse(statement, read="databricks") or [None]
            if tree is None:
                raise sqlglot.errors.ParseError("there is no statement in it")
            if isinstance(tree, exp.Command):
                raise sqlglot.errors.ParseError("taken for a command, which is not looked into")
            parsed += 1
        except sqlglot.errors.SqlglotError as error:
            refused.append([str(error)[:300], statement[:300]])
json.dump({"parsed": parsed, "refused": refused}, sys.stdout)
