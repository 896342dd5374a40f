"""The two drivers of differentiation. Neither knows a rule: both ask `rules.differentiation`.

`forward` walks the graph from the leaves and carries the derivative of every node along; told to record, it notes each
application, and that record is the derivation. `reverse` walks back from the result and carries what it owes to every
node, so that one sweep serves all variables. Both visit each node once and recurse never.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from calcml.build import add_all, mul
from calcml.collector import CollectorPaused
from calcml.errors import InputError, NoRuleError
from calcml.expr import ONE, ZERO, And, Expr, Not, Or, Relation, Symbol, make, ratio_of
from calcml.heads import Derivative, Index, Sum
from calcml.rules.differentiation import DiffRule, pull, rule_for
from calcml.traverse import path_to, topological

Pull = Callable[[Expr, Expr, Container[Expr]], "list[tuple[Expr, Expr]]"]
LARGE = 1000  # nodes from which on pausing the collector pays
CONDITIONS = frozenset({Relation, And, Or, Not})  # they hold or not; their operands' slopes do not matter


class Application(NamedTuple):
    """One use of a rule: `result` is the derivative of `node`, `d` those of its operands (None: constant)."""

    node: Expr
    rule: DiffRule
    d: list[Expr | None]
    result: Expr


class Adjoint(NamedTuple):
    """One node of a reverse sweep: `adjoint` is the derivative of the root by it."""

    node: Expr
    adjoint: Expr


def forward(root: Expr, x: Expr, record: list[Application] | None = None) -> Expr:
    """The derivative by one variable, carried from the leaves to the root.

    `record` receives an application for every node that depends on x, operands before users.
    """
    return _forward(root, topological(root), x, record)


def _forward(root: Expr, nodes: list[Expr], x: Expr, record: list[Application] | None) -> Expr:
    with CollectorPaused(len(nodes) > LARGE):
        return _carried(root, nodes, x, record)


def _carried(root: Expr, nodes: list[Expr], x: Expr, record: list[Application] | None) -> Expr:
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
        if node is not x:  # an entry of a vector has operands of its own
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


def reach_of(nodes: Sequence[Expr], variables: Sequence[Expr]) -> dict[Expr, int]:
    """For every node that depends on a variable, the number of the last one it depends on."""
    reach = {x: i for i, x in enumerate(variables)}
    get = reach.get
    for node in nodes:
        last = -1
        for arg in node.args:
            found = get(arg, -1)
            if found > last:
                last = found
        if last >= 0 and node not in reach and type(node) not in CONDITIONS:
            reach[node] = last
    return reach


def reverse(
    root: Expr, variables: Sequence[Expr], record: list[Adjoint] | None = None, pulled: Pull = pull
) -> list[Expr]:
    """The derivatives by all variables, in one sweep from the root: adjoints are collected and added once per node.

    `record` receives an entry for every node that depends on a variable, users before operands, variables included.
    `pulled` is what a node passes back; code has conventions at kinks, where the rules have no value.
    """
    return _reverse(root, topological(root), variables, record, pulled)


def _reverse(
    root: Expr,
    nodes: list[Expr],
    variables: Sequence[Expr],
    record: list[Adjoint] | None = None,
    pulled: Pull = pull,
) -> list[Expr]:
    with CollectorPaused(len(nodes) > LARGE):
        return _swept(root, nodes, variables, reach_of(nodes, variables), record, pulled)


def _swept(
    root: Expr,
    nodes: Sequence[Expr],
    variables: Sequence[Expr],
    active: Container[Expr],
    record: list[Adjoint] | None = None,
    pulled: Pull = pull,
) -> list[Expr]:
    if root not in active:
        return [ZERO] * len(variables)
    wanted = set(variables)
    totals: dict[Expr, Expr] = {}
    owed: dict[Expr, list[Expr]] = {root: [ONE]}
    take, get = owed.pop, owed.get
    for node in reversed(nodes):
        shares = take(node, None)
        if shares is None:
            continue
        adjoint = shares[0] if len(shares) == 1 else add_all(shares)
        if node in wanted:
            totals[node] = adjoint
            if record is not None:
                record.append(Adjoint(node, adjoint))
            continue
        try:
            if type(node) is Sum:  # its index has a value only inside: the body is differentiated there
                passed = _through_sum(node, adjoint, variables, pulled)
            else:
                passed = pulled(node, adjoint, active)
        except NoRuleError as error:
            raise NoRuleError(error.message, hint=error.hint, path=path_to(root, node)) from None
        if record is not None:
            record.append(Adjoint(node, adjoint))
        for arg, share in passed:
            waiting = get(arg)
            if waiting is None:
                owed[arg] = [share]
            else:
                waiting.append(share)
    return [totals.get(variable, ZERO) for variable in variables]


def _through_sum(node: Expr, adjoint: Expr, variables: Sequence[Expr], pulled: Pull) -> list[tuple[Expr, Expr]]:
    """The shares of the variables in a sum with an index: the derivative of the body by each, added up."""
    body, index, first, last = node.args
    slopes = _reverse(body, topological(body), variables, None, pulled)
    return [
        (variable, mul(adjoint, make(Sum, None, (slope, index, first, last))))
        for variable, slope in zip(variables, slopes, strict=True)
        if slope is not ZERO
    ]


def differentiate_twice(f: Expr, variables: Iterable[Expr]) -> list[list[Expr]]:
    """The raw second derivatives by every two of the variables, row by row: one reverse sweep for each.

    A row starts at the diagonal's entry; what stands before it is the rows' above.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> differentiate_twice(x * y**2, [x, y])
    [[0, 2*y], [2*y, 2*x]]
    """
    variables = list(variables)
    gradient = differentiate_all(f, variables)
    nodes = topological(*gradient)
    with CollectorPaused(len(nodes) > LARGE):
        by_reach: list[list[Expr]] = [[] for _ in variables]
        for node, last in reach_of(nodes, variables).items():
            by_reach[last].append(node)
        # From the last row to the first, so that what depends on the variables from there on only ever grows.
        active: set[Expr] = set()
        upper: list[list[Expr]] = []
        for i in reversed(range(len(variables))):
            active.update(by_reach[i])
            upper.append(_swept(gradient[i], topological(gradient[i]), variables[i:], active))
    upper.reverse()
    return [[*[upper[j][i - j] for j in range(i)], *upper[i]] for i in range(len(variables))]


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
    f, nodes = _resolved(f)
    if order == 1:
        return _forward(f, nodes, x, None)
    if order > 1:
        from calcml.repeated import repeated_derivative

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
    return _reverse(*_resolved(f), variables)


def require_variable(x: Expr) -> None:
    """Raise InputError unless x is something one can differentiate by."""
    if not (isinstance(x, Symbol) or (isinstance(x, Index) and isinstance(x.args[0], Symbol))):
        raise InputError(f"{x!r} is not a variable", hint="differentiate by a symbol")


def resolve(f: Expr) -> Expr:
    """Carry out the derivatives that were written as such: d/dx x^2 becomes 2*x."""
    return _resolved(f)[0]


def _resolved(f: Expr) -> tuple[Expr, list[Expr]]:
    """The function with its written derivatives carried out, and its nodes in topological order."""
    if not isinstance(f, Expr):
        raise TypeError(f"an expression is expected, not {type(f).__name__}; calcml.parse reads text")
    nodes = topological(f)
    if Derivative not in set(map(type, nodes)):
        return f, nodes
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
    return values[f], topological(values[f])
