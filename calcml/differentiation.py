"""The two drivers of differentiation. Neither knows a rule: both ask `rules.differentiation`.

`forward` walks the graph from the leaves and carries the derivative of every node along; told to record, it notes each
application, and that record is the derivation. `reverse` walks back from the result and carries what it owes to every
node, so that one sweep serves all variables. Both visit each node once and recurse never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from calcml.build import add_all, mul
from calcml.collector import CollectorPaused
from calcml.errors import InputError, NoRuleError
from calcml.expr import ONE, ZERO, And, Expr, Not, Or, Relation, Symbol, ratio_of
from calcml.heads import Derivative, Index
from calcml.rules.differentiation import DiffRule, local_partials, rule_for
from calcml.traverse import path_to, topological

LARGE = 1000  # nodes from which on pausing the collector pays
CONDITIONS = frozenset({Relation, And, Or, Not})  # they hold or not; their operands' slopes do not matter


class Application(NamedTuple):
    """One use of a rule: `result` is the derivative of `node`, `d` those of its operands (None: constant)."""

    node: Expr
    rule: DiffRule
    d: list[Expr | None]
    result: Expr


def forward(root: Expr, x: Expr, record: list[Application] | None = None) -> Expr:
    """The derivative by one variable, carried from the leaves to the root.

    `record` receives an application for every node that depends on x, operands before users.
    """
    nodes = topological(root)
    with CollectorPaused(len(nodes) > LARGE):
        return _forward(root, nodes, x, record)


def _forward(root: Expr, nodes: list[Expr], x: Expr, record: list[Application] | None) -> Expr:
    derivative: dict[Expr, Expr] = {x: ONE}
    get = derivative.get
    for node in nodes:
        args = node.args
        if len(args) == 1:
            du = get(args[0])
            if du is None:
                continue
            d: list[Expr | None] = [du]
        elif len(args) == 2:
            du, dv = d = [get(args[0]), get(args[1])]
            if du is None and dv is None:
                continue
        else:
            d = [get(arg) for arg in args]
            if not any(d):
                continue
        if node not in derivative:
            if type(node) in CONDITIONS:
                derivative[node] = ZERO  # it moves with x; whether it holds has no slope
                continue
            rule = rule_for(node, d)
            try:
                result = rule.apply(node, d)
            except NoRuleError as error:
                raise NoRuleError(error.message, hint=error.hint, path=path_to(root, node)) from None
            derivative[node] = result
            if record is not None:
                record.append(Application(node, rule, d, result))
    return get(root, ZERO)


def reverse(root: Expr, variables: Sequence[Expr]) -> list[Expr]:
    """The derivatives by all variables, in one sweep from the root: adjoints are collected and added once per node."""
    nodes = topological(root)
    with CollectorPaused(len(nodes) > LARGE):
        return _reverse(root, nodes, variables)


def _reverse(root: Expr, nodes: list[Expr], variables: Sequence[Expr]) -> list[Expr]:
    active = set(variables)
    for node in nodes:
        for arg in node.args:
            if arg in active:
                if type(node) not in CONDITIONS:
                    active.add(node)
                break
    if root not in active:
        return [ZERO] * len(variables)
    owed: dict[Expr, list[Expr]] = {root: [ONE]}
    totals: dict[Expr, Expr] = {}
    wanted = set(variables)
    for node in reversed(nodes):
        contributions = owed.pop(node, None)
        if contributions is None:
            continue
        adjoint = add_all(contributions) if len(contributions) > 1 else contributions[0]
        if node in wanted:
            totals[node] = adjoint
            continue
        args = node.args
        if not args:
            continue
        try:
            partials = local_partials(node, [arg in active for arg in args])
        except NoRuleError as error:
            raise NoRuleError(error.message, hint=error.hint, path=path_to(root, node)) from None
        for arg, partial in zip(args, partials, strict=True):
            if partial is not None:
                share = adjoint if partial is ONE else mul(adjoint, partial)
                found = owed.get(arg)
                if found is None:
                    owed[arg] = [share]
                else:
                    found.append(share)
    return [totals.get(variable, ZERO) for variable in variables]


def differentiate(f: Expr, x: Expr, order: int = 1) -> Expr:
    """The raw derivative: rules applied, numbers folded, 0 and 1 dropped; between orders, terms collected.

    f: a scalar expression. x: a symbol (angles are in radians). The result is unsimplified and unverified: `diff` is
    the one to show. NoRuleError where no rule applies.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> differentiate(x**3, x), differentiate(x**3, x, 2)
    (3*x^2, 6*x)
    """
    require_variable(x)
    if order < 0:
        raise InputError(f"the order of a derivative is 0 or more, not {order}")
    f = resolve(f)
    if order > 1:
        from calcml.collect import repeated_derivative

        collected = repeated_derivative(f, x, order)
        if collected is not None:
            return collected
    for _ in range(order):
        f = forward(f, x)
    return f


def differentiate_all(f: Expr, variables: Iterable[Expr]) -> list[Expr]:
    """The raw derivatives by every variable, by one reverse sweep: a small constant times the cost of f, however many.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> differentiate_all(x * y**2, [x, y])
    [y^2, x*(2*y)]
    """
    variables = list(variables)
    for variable in variables:
        require_variable(variable)
    return reverse(resolve(f), variables)


def require_variable(x: Expr) -> None:
    """Raise InputError unless x is something one can differentiate by."""
    if not (isinstance(x, Symbol) or (isinstance(x, Index) and isinstance(x.args[0], Symbol))):
        raise InputError(f"{x!r} is not a variable", hint="differentiate by a symbol")


def resolve(f: Expr) -> Expr:
    """Carry out the derivatives that were written as such: d/dx x^2 becomes 2*x."""
    if not isinstance(f, Expr):
        raise TypeError(f"an expression is expected, not {type(f).__name__}; calcml.parse reads text")
    nodes = topological(f)
    if not any(type(node) is Derivative for node in nodes):
        return f
    values: dict[Expr, Expr] = {}
    for node in nodes:
        fresh = tuple([values[arg] for arg in node.args])
        if type(node) is Derivative:
            order = ratio_of(fresh[2]) if len(fresh) > 2 else (1, 1)
            if order is None or order[1] != 1:
                raise NoRuleError(f"the order of {node!r} is not a number")
            values[node] = differentiate(fresh[0], fresh[1], order[0])
        else:
            values[node] = node if fresh == node.args else node.rebuild(fresh)
    return values[f]
