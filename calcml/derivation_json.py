"""Derivations as JSON, and back: one node table, and a record that refers to its nodes by number.

Reading trusts nothing: every field is checked for its type, every number for a row it may refer to, and a step refers
only to steps that stand before it, so that no document can be a circle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from calcml.derivation import LEVELS, Bindings, Check, Derivation, Fact, Form, Section, Step, Table
from calcml.errors import InputError
from calcml.expr import Expr
from calcml.flat import to_table
from calcml.serialize import SCHEMA, portable, reference

KINDS = ("diff", "rewrite", "simplify", "substitute", "limit", "integrate", "branch", "check")
STATUSES = ("proved", "checked", "unverified", "failed")


def derivation_to_json(derivation: Derivation) -> str:
    """A derivation as JSON."""
    steps = derivation.steps_in_order()
    numbers = {id(step): number for number, step in enumerate(steps)}
    everything = dict.fromkeys(_expressions(derivation, steps))
    rows = portable(to_table(*everything))
    place = dict(zip(everything, rows[-1], strict=True))

    def places(exprs: Iterable[Expr]) -> list[int]:
        return [place[expr] for expr in exprs]

    def letters(bindings: Bindings) -> dict[str, int]:
        return {name: place[value] for name, value in bindings}

    def listed(some: Iterable[Step]) -> list[int]:
        return [numbers[id(step)] for step in some]

    def tabled(table: Table) -> dict[str, Any]:
        return {
            "title": table.title,
            "header": list(table.header),
            "rows": [[place[cell] if isinstance(cell, Expr) else str(cell) for cell in row] for row in table.rows],
            "is_result": table.is_result,
        }

    document = {
        "calcml_schema": SCHEMA,
        "nodes": rows[:-1],
        "what": derivation.what,
        "problem": place[derivation.problem],
        "variables": places(derivation.variables),
        "asked": place[derivation.asked],
        "label": derivation.label,
        "result": place[derivation.result],
        "shape": list(derivation.result.shape),
        "layout": derivation.layout,
        "conditions": places(derivation.conditions),
        "notes": list(derivation.notes),
        "point": [places(pair) for pair in derivation.point],
        "facts": [
            {
                "name": fact.announced(str)[0],
                "value": None if fact.value is None else place[fact.value],
                "decimal": fact.decimal,
                "text": fact.announced(str)[1],
            }
            for fact in derivation.facts
        ],
        "tables": [tabled(table) for table in derivation.tables],
        "forms": [
            {"name": form.name, "expression": place[form.expr], "steps": listed(form.steps)}
            for form in derivation.forms
        ],
        "sections": [
            {
                "title": section.announced(str),
                "template": section.title,
                "bindings": letters(section.bindings),
                "start": place[section.start],
                "shows_start": section.shows_start,
                "table": None if section.table is None else tabled(section.table),
                "steps": listed(section.steps),
            }
            for section in derivation.sections
        ],
        "steps": [
            {
                "kind": step.kind,
                "rule": step.rule,
                "title": step.announced(str),
                "template": step.title,
                "statement": step.statement,
                "why": step.why,
                "before": place[step.focus_before],
                "after": place[step.focus_after],
                "result": place[step.result],
                "bindings": letters(step.bindings),
                "conditions": places(step.conditions),
                "level": step.level,
                "children": listed(step.children),
                "check": None
                if step.check is None
                else {name: getattr(step.check, name) for name in ("status", "points", "digits", "error", "reason")},
            }
            for step in steps
        ],
    }
    return json.dumps(document)


def _expressions(derivation: Derivation, steps: list[Step]) -> list[Expr]:
    found = [derivation.problem, *derivation.variables, derivation.asked, derivation.result, *derivation.conditions]
    found += [expr for pair in derivation.point for expr in pair]
    found += [fact.value for fact in derivation.facts if fact.value is not None]
    found += [form.expr for form in derivation.forms]
    tables = [*derivation.tables, *(section.table for section in derivation.sections if section.table is not None)]
    found += [cell for table in tables for row in table.rows for cell in row if isinstance(cell, Expr)]
    for section in derivation.sections:
        found += [section.start, *(value for _, value in section.bindings)]
    for step in steps:
        found += [step.focus_before, step.focus_after, step.result, *step.conditions]
        found += [value for _, value in step.bindings]
    return found


# ---- reading --------------------------------------------------------------------------------------------------------


def derivation_of(document: dict[str, Any], nodes: list[Expr]) -> Derivation:
    """The derivation of a document whose node table has been read. InputError where a field is not what it must be."""
    reader = _Reader(nodes)
    for number, row in enumerate(reader.rows(document, "steps")):
        reader.steps.append(reader.step(row, f"step {number}"))
    get = reader.field
    return Derivation(
        get(document, "what", str),
        problem=reader.expr(document, "problem"),
        variables=reader.exprs(document, "variables"),
        asked=reader.expr(document, "asked"),
        label=get(document, "label", str),
        sections=tuple(
            [
                Section(
                    get(row, "template", str),
                    reader.expr(row, "start"),
                    reader.listed(row, "steps"),
                    bindings=reader.bindings(row),
                    shows_start=get(row, "shows_start", bool),
                    table=None if row.get("table") is None else reader.table(row["table"]),
                )
                for row in reader.rows(document, "sections")
            ]
        ),
        result=reader.expr(document, "result"),
        layout=get(document, "layout", str),
        conditions=reader.exprs(document, "conditions"),
        notes=tuple(reader.texts(document, "notes")),
        forms=tuple(
            [
                Form(get(row, "name", str), reader.expr(row, "expression"), reader.listed(row, "steps"))
                for row in reader.rows(document, "forms")
            ]
        ),
        point=tuple([reader.pair(pair) for pair in get(document, "point", list)]),
        facts=tuple([reader.fact(row) for row in reader.rows(document, "facts")]),
        tables=tuple([reader.table(row) for row in reader.rows(document, "tables")]),
    )


class _Reader:
    """Fields of a document, each checked: InputError names the field that is wrong."""

    def __init__(self, nodes: list[Expr]) -> None:
        self.nodes = nodes
        self.steps: list[Step] = []

    def field(self, row: Any, name: str, kind: type) -> Any:
        value = row.get(name) if isinstance(row, dict) else None
        if type(value) is not kind:
            raise InputError(f"`{name}` is {_KIND_NAMES[kind]} in a derivation, not {value!r:.40}")
        return value

    def choice(self, row: Any, name: str, choices: tuple[str, ...]) -> str:
        value = self.field(row, name, str)
        if value not in choices:
            raise InputError(f"`{name}` is one of {', '.join(choices)}, not {value!r:.40}")
        return str(value)

    def rows(self, row: Any, name: str) -> list[Any]:
        return list(self.field(row, name, list))

    def texts(self, row: Any, name: str) -> list[str]:
        found = self.rows(row, name)
        if not all(isinstance(text, str) for text in found):
            raise InputError(f"`{name}` is a list of texts")
        return found

    def node(self, number: Any, where: str) -> Expr:
        return self.nodes[reference(number, len(self.nodes), where)]

    def expr(self, row: Any, name: str) -> Expr:
        return self.node(row.get(name) if isinstance(row, dict) else None, name)

    def exprs(self, row: Any, name: str) -> tuple[Expr, ...]:
        return tuple([self.node(number, name) for number in self.rows(row, name)])

    def pair(self, pair: Any) -> tuple[Expr, Expr]:
        if not isinstance(pair, list) or len(pair) != 2:
            raise InputError("`point` is a list of pairs of a variable and its value")
        return self.node(pair[0], "point"), self.node(pair[1], "point")

    def bindings(self, row: Any) -> Bindings:
        return tuple(
            [(name, self.node(number, "bindings")) for name, number in self.field(row, "bindings", dict).items()]
        )

    def listed(self, row: Any, name: str) -> tuple[Step, ...]:
        return tuple([self.steps[reference(number, len(self.steps), name)] for number in self.rows(row, name)])

    def fact(self, row: Any) -> Fact:
        name, decimal, text = (self.field(row, key, str) for key in ("name", "decimal", "text"))
        return Fact(name, None if row.get("value") is None else self.expr(row, "value"), decimal=decimal, text=text)

    def table(self, row: Any) -> Table:
        rows: list[tuple[Expr | str, ...]] = []
        for cells in self.rows(row, "rows"):
            if not isinstance(cells, list):
                raise InputError("`rows` is a list of lists of texts and numbers of nodes")
            rows.append(tuple([cell if isinstance(cell, str) else self.node(cell, "rows") for cell in cells]))
        header = tuple(self.texts(row, "header"))
        return Table(self.field(row, "title", str), header, tuple(rows), is_result=self.field(row, "is_result", bool))

    def step(self, row: Any, where: str) -> Step:
        try:
            return Step(
                self.choice(row, "kind", KINDS),
                rule=self.field(row, "rule", str),
                title=self.field(row, "template", str),
                statement=self.field(row, "statement", str),
                why=self.field(row, "why", str),
                focus_before=self.expr(row, "before"),
                focus_after=self.expr(row, "after"),
                result=self.expr(row, "result"),
                bindings=self.bindings(row),
                conditions=self.exprs(row, "conditions"),
                level=self.choice(row, "level", LEVELS),
                children=self.listed(row, "children"),
                check=self.check(row.get("check")),
            )
        except InputError as error:
            raise InputError(f"{where}: {error.message}") from None

    def check(self, row: Any) -> Check | None:
        if row is None:
            return None
        error: Any = row.get("error") if isinstance(row, dict) else None
        if type(error) not in (int, float):
            raise InputError(f"`error` is a number, not {error!r:.40}")
        return Check(
            self.choice(row, "status", STATUSES),
            points=self.field(row, "points", int),
            digits=self.field(row, "digits", int),
            error=float(error),
            reason=self.field(row, "reason", str),
        )


_KIND_NAMES: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
