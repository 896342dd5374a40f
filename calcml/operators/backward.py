"""Reverse mode: one sweep from the result back, written down as the table of backpropagation.

Every node of the graph that depends on a variable has a name: the variables their own, the others v1, v2 … in the order
in which they are computed, a subexpression that is used twice once. The adjoint of a node is the derivative of the
result by it; it is the sum, over the nodes that use it, of their adjoint times their local derivative by it. Local
derivatives come from the same rows as in forward mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calcml import build
from calcml.binding import free_symbols
from calcml.derivation import Derivation, Section, Table
from calcml.differentiation import Adjoint, reverse
from calcml.evaluation import Program
from calcml.expr import ONE, Expr, Relation, Symbol, make
from calcml.operators.derivative import derived
from calcml.operators.points import FLOAT_DIGITS
from calcml.operators.problem import Problem
from calcml.precise import evaluate
from calcml.rules.differentiation import pull
from calcml.traverse import replace

MAX_ROWS = 200  # of the table; a larger graph is swept without one
SHOWN_DIGITS = 6  # of the numbers in the table, unless other digits were asked for


class Names(NamedTuple):
    """The name of every active node and of its adjoint; the variables are called by their own."""

    node: dict[Expr, Expr]
    adjoint: dict[Expr, Expr]


def swept(problem: Problem) -> tuple[list[Section], list[Derivation]]:
    """The sweep as a section with its table, and a derivative for every variable, worked out from its adjoint."""
    record: list[Adjoint] = []
    raw = reverse(problem.f, problem.variables, record)
    sections = [_section(problem, record)] if 0 < len(record) <= MAX_ROWS else []
    parts = [derived(problem, problem.f, x, swept=adjoint) for x, adjoint in zip(problem.variables, raw, strict=True)]
    return sections, parts


def _section(problem: Problem, record: Sequence[Adjoint]) -> Section:
    names = named(problem, record)
    adjoints = {entry.node: entry.adjoint for entry in record}
    nodes = [x for x in problem.variables if x in adjoints]
    nodes += [entry.node for entry in reversed(record) if entry.node not in problem.variables]
    local = {node: [] if node in problem.variables else pull(node, ONE, adjoints) for node in nodes}
    owed = _contributions(record, local, names)
    values = _values(problem, record) if problem.point else {}
    header = ["node", "computes", *["value"] * bool(values), "by", "local derivative", "adjoint"]
    header += ["adjoint's value"] * bool(values)
    rows: list[tuple[Expr | str, ...]] = []
    for node in nodes:
        computes = "" if node in problem.variables else _in_names(node, names)
        adjoint = make(Relation, "=", (names.adjoint[node], owed[node]))
        front: list[Expr | str] = [names.node[node], computes, *([values[node]] if values else [])]
        end: list[Expr | str] = [adjoint, *([values[adjoints[node]]] if values else [])]
        passed: list[list[Expr | str]] = [[names.node[arg], replace(d, names.node)] for arg, d in local[node]]
        first, *more = passed or [["", ""]]
        rows.append((*front, *first, *end))
        rows += [(*[""] * len(front), *each, *[""] * len(end)) for each in more]  # an operand a row
    return Section(
        "Backpropagation: values from the top down, adjoints from the bottom up",
        problem.f, (), shows_start=False, table=Table("", tuple(header), tuple(rows)),
    )  # fmt: skip


def named(problem: Problem, record: Sequence[Adjoint]) -> Names:
    """v1, v2 … for the nodes and δ1, δ2 … for their adjoints, δx for that of x; other letters where these are taken."""
    taken = {symbol.data for symbol in free_symbols(problem.f, *problem.variables)}
    letter = next(letter for letter in ("v", "u", "node") if not any(_begins(name, letter) for name in taken))
    delta = next(letter for letter in ("delta", "adjoint") if not any(_begins(name, letter) for name in taken))
    nodes: dict[Expr, Expr] = {x: x for x in problem.variables}
    adjoints: dict[Expr, Expr] = {x: Symbol(f"{delta}_{x}") if _is_plain(x) else _free(delta, x) for x in nodes}
    inner = [entry.node for entry in reversed(record) if entry.node not in nodes]
    for number, node in enumerate(inner, 1):
        nodes[node] = Symbol(f"{letter}{number}")
        adjoints[node] = Symbol(f"{delta}{number}")
    return Names(nodes, adjoints)


def _begins(name: str, letter: str) -> bool:
    rest = name.removeprefix(letter)
    return name.startswith(letter) and (not rest or rest.strip("_").isdigit())


def _is_plain(x: Expr) -> bool:
    return isinstance(x, Symbol) and x.data.isidentifier()


def _free(delta: str, x: Expr) -> Expr:
    return make(Symbol, f"{delta}_{x}", ())


def _in_names(node: Expr, names: Names) -> Expr:
    """What a node computes, its active operands by name."""
    return node.rebuild(tuple([replace(arg, names.node) for arg in node.args]))


def _contributions(
    record: Sequence[Adjoint], local: dict[Expr, list[tuple[Expr, Expr]]], names: Names
) -> dict[Expr, Expr]:
    """The adjoint of every node by the names of those that use it."""
    shares: dict[Expr, list[Expr]] = {record[0].node: [ONE]}
    for entry in record:
        for arg, partial in local[entry.node]:
            share = build.mul(names.adjoint[entry.node], replace(partial, names.node))
            shares.setdefault(arg, []).append(share)
    return {node: build.add_all(found) for node, found in shares.items()}


def _values(problem: Problem, record: Sequence[Adjoint]) -> dict[Expr, str]:
    """The values of all nodes and adjoints at the point, as text."""
    wanted = [expr for entry in record for expr in (entry.node, entry.adjoint)]
    variables = list(problem.point)
    numbers = [float(evaluate(problem.point[x])) for x in variables]
    found = Program(wanted, variables).run(numbers)
    digits = SHOWN_DIGITS if problem.digits == FLOAT_DIGITS else problem.digits
    return {expr: f"{value:.{digits}g}" for expr, value in zip(wanted, found, strict=True)}
