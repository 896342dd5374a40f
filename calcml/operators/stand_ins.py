"""Entries of shaped symbols as plain symbols while an operator works, and back in the record that comes out."""

from __future__ import annotations

from collections.abc import Mapping

from calcml.derivation import Bindings, Cell, Derivation, Fact, Form, Section, Step, Table, Words
from calcml.entries import written_out
from calcml.expr import Expr, Number, Symbol, make
from calcml.heads import Index
from calcml.traverse import replace, topological


def stand_ins(*exprs: Expr) -> dict[Expr, Expr]:
    """A plain symbol for every entry of a shaped symbol. Its name, w[1], is none that could be typed as a symbol."""
    found: dict[Expr, Expr] = {}
    for node in topological(*exprs):
        if type(node) is not Index or not isinstance(node.args[0], Symbol):
            continue
        if all(type(place) is Number for place in node.args[1:]):
            found[make(Symbol, str(node), ())] = node
    return found


def values_by_entry(given: Mapping[Expr, Expr], names: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """The values of the stand-ins, from those of the shaped symbols or of their entries; other values as they are."""
    point = {symbol: value for symbol, value in given.items() if not symbol.shape and symbol not in names}
    for entry, name in names.items():
        symbol, *places = entry.args
        if entry in given:
            point[name] = given[entry]
        elif symbol in given:
            point[name] = written_out(make(Index, None, (given[symbol], *places)))
    return point


def restored(derivation: Derivation, entries: Mapping[Expr, Expr]) -> Derivation:
    """The record with its stand-ins replaced by the entries they stand for."""

    def back(expr: Expr) -> Expr:
        return replace(expr, entries)

    def letters(bindings: Bindings) -> Bindings:
        return tuple([(name, back(value)) for name, value in bindings])

    def cell_back(cell: Cell) -> Cell:
        if isinstance(cell, Words):
            return Words(cell.text, letters(cell.bindings))
        return cell if isinstance(cell, str) else back(cell)

    def table_back(table: Table) -> Table:
        rows = [tuple([cell_back(cell) for cell in row]) for row in table.rows]
        return Table(table.title, table.header, tuple(rows), is_result=table.is_result)

    steps: dict[int, Step] = {}

    def step_back(step: Step) -> Step:
        return steps[id(step)]

    for step in derivation.steps_in_order():
        steps[id(step)] = Step(
            step.kind,
            rule=step.rule,
            title=step.title,
            statement=step.statement,
            why=step.why,
            focus_before=back(step.focus_before),
            focus_after=back(step.focus_after),
            result=back(step.result),
            bindings=letters(step.bindings),
            conditions=tuple(map(back, step.conditions)),
            level=step.level,
            children=tuple(map(step_back, step.children)),
            check=step.check,
        )
    return Derivation(
        derivation.what,
        problem=back(derivation.problem),
        variables=tuple(map(back, derivation.variables)),
        asked=back(derivation.asked),
        label=derivation.label,
        sections=tuple(
            [
                Section(
                    section.title,
                    back(section.start),
                    tuple(map(step_back, section.steps)),
                    bindings=letters(section.bindings),
                    shows_start=section.shows_start,
                    table=None if section.table is None else table_back(section.table),
                )
                for section in derivation.sections
            ]
        ),
        result=back(derivation.result),
        layout=derivation.layout,
        conditions=tuple(map(back, derivation.conditions)),
        notes=derivation.notes,
        forms=tuple([Form(form.name, back(form.expr), tuple(map(step_back, form.steps))) for form in derivation.forms]),
        point=derivation.point,
        tables=tuple(map(table_back, derivation.tables)),
        facts=tuple(
            [
                Fact(fact.name, None if fact.value is None else back(fact.value), decimal=fact.decimal, text=fact.text)
                for fact in derivation.facts
            ]
        ),
    )
