"""JSON: expressions and derivations as data, and expressions back from it.

A document holds one table of nodes, operands before their users, each [head, data, [operand numbers]]; everything else
refers to a node by its number. `from_json` checks every head, name, arity and reference and executes nothing. The
schema is docs/schema.json; its major version is the number under `calcml_schema`, and a newer one is refused by name.
"""

from __future__ import annotations

import json
from typing import Any

from calcml import functions
from calcml.errors import CalcmlError, InputError
from calcml.expr import (
    CONSTANTS,
    RELATIONS,
    Call,
    Constant,
    Expr,
    Number,
    Piecewise,
    Relation,
    Symbol,
    check_arity,
    make,
)
from calcml.flat import to_table
from calcml.heads import HEADS, Limit

SCHEMA = 1


def to_json(expr: Expr) -> str:
    """One expression as JSON.

    >>> from calcml.expr import symbols
    >>> to_json(symbols("x") + 1)
    '{"calcml_schema": 1, "nodes": [["Symbol", "x", []], ["Number", 1, []], ["Add", null, [0, 1]]], "expression": 2}'
    """
    rows = portable(to_table(expr))
    return json.dumps({"calcml_schema": SCHEMA, "nodes": rows[:-1], "expression": rows[-1][0]})


def from_json(text: str) -> Any:
    """The expression, or the derivation, of such a document. InputError for anything that is neither.

    >>> from_json(to_json(Symbol("x") * 2))
    x*2
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not JSON: {error}") from None
    if not isinstance(document, dict) or "nodes" not in document or not {"expression", "what"} & document.keys():
        raise InputError("this is no calcml document: `nodes` and `expression`, or a derivation, are expected")
    version = document.get("calcml_schema")
    if version != SCHEMA:
        raise InputError(
            f"the document has schema {version!r}, and this calcml reads schema {SCHEMA}",
            hint="a newer calcml wrote it; upgrade to read it",
        )
    nodes: list[Expr] = []
    if not isinstance(document["nodes"], list):
        raise InputError("`nodes` is a list of [head, data, operands]")
    for number, row in enumerate(document["nodes"]):
        nodes.append(_checked_node(number, row, nodes))
    if "expression" in document:
        return nodes[reference(document["expression"], len(nodes), "expression")]
    from calcml.derivation_json import derivation_of

    return derivation_of(document, nodes)


def portable(rows: list[Any]) -> list[Any]:
    """The rows as JSON carries them: many read its numbers as floats, so an int beyond 2^53 travels as text."""
    for row in rows[:-1]:
        if isinstance(row[1], int) and abs(row[1]) >= 2**53:
            from calcml.decimals import digits_of

            row[1] = {"int": digits_of(row[1])}
    return rows


def reference(value: Any, count: int, where: str) -> int:
    """A number that refers to one of `count` rows. InputError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise InputError(f"{where}: {value!r} is not the number of an earlier node")
    return value


def _checked_node(number: int, row: Any, nodes: list[Expr]) -> Expr:
    where = f"node {number}"
    if not isinstance(row, list) or not 3 <= len(row) <= 4 or not isinstance(row[2], list):
        raise InputError(f"{where}: [head, data, operands] is expected")
    name, data, operands = row[:3]
    head = HEADS.get(name) if isinstance(name, str) else None
    if head is None:
        raise InputError(f"{where}: there is no head {name!r}")
    args = tuple([nodes[reference(i, len(nodes), where)] for i in operands])
    shape = _checked_shape(row[3], where) if len(row) == 4 else None
    try:
        return _construct(head, data, args, shape)
    except (CalcmlError, TypeError, ValueError) as error:
        raise InputError(f"{where} ({name}): {error}") from None


def _checked_shape(value: Any, where: str) -> tuple[int | str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, (int, str)) for item in value):
        raise InputError(f"{where}: a shape is a list of numbers and names")
    return tuple(value)


def _construct(head: type[Expr], data: Any, args: tuple[Expr, ...], shape: tuple[int | str, ...] | None) -> Expr:
    if head is Number:
        if isinstance(data, dict):
            from calcml.decimals import integer_of

            digits = data.get("int")
            if not isinstance(digits, str) or not digits.isdecimal() or not digits.isascii():
                raise InputError('a large whole number is {"int": "digits"}')
            return Number(integer_of(digits))
        return Number(data)
    if head is Symbol:
        return Symbol(data, shape or ())
    if head is Constant and data in CONSTANTS:
        return Constant(data)
    if head is Call:
        spec = functions.find(data) if isinstance(data, str) else None
        if spec is None:
            raise InputError(f"there is no function {data!r}")
        check_arity(spec, len(args))
        return make(Call, spec.name, args)
    if head is Relation and data in RELATIONS:
        return Relation(data, *args)
    if head is Limit:
        body, x, to = args
        return Limit(body, x, to, side=data)
    if head is Piecewise and args:
        return make(Piecewise, None, args)
    if data is not None:
        raise InputError(f"data {data!r} does not belong here")
    return head(*args)
