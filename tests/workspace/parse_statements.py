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
    script = re.fullmatch(r"\s*BEGIN\b(.*)\bEND;?\s*", sql, re.DOTALL)
    if not script:
        return [sql]
    text, found, begin = script[1], [], 0
    for token in sqlglot.tokenize(text, read="databricks"):
        if token.token_type == TokenType.SEMICOLON:
            found.append(text[begin : token.start])
            begin = token.end + 1
    return [statement for statement in [*found, text[begin:]] if statement.strip()]


parsed, refused = 0, []
for sql in json.load(sys.stdin):
    for statement in statements_of(sql):
        try:
            (tree,) = sqlglot.parse(statement, read="databricks")
            if isinstance(tree, exp.Command):
                raise sqlglot.errors.ParseError("taken for a command, which is not looked into")
            parsed += 1
        except sqlglot.errors.SqlglotError as error:
            refused.append([str(error)[:300], statement[:300]])
json.dump({"parsed": parsed, "refused": refused}, sys.stdout)
