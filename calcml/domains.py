"""Where an expression is defined, and where a derivative holds: conditions collected from the heads and the rows.

A condition is kept as a condition; solving for intervals is not attempted here. What is always true by sign is left
out, so 1/(1 + e^(-x)) has no condition at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite

from calcml import functions
from calcml.binding import free_symbols, substitute
from calcml.conditions import combined, disjoint, opposite, settle, whole_with
from calcml.errors import CalcmlError, DomainError, InputError
from calcml.evaluation import Program
from calcml.expr import (
    FALSE,
    INFINITY,
    TRUE,
    ZERO,
    And,
    Call,
    Div,
    E,
    Expr,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Symbol,
    make,
    ratio_of,
    rational,
)
from calcml.heads import Integral, Limit, Sum, Vector
from calcml.precise import exact_value, precise_value
from calcml.signs import Known, is_positive
from calcml.templates import fill_row
from calcml.traverse import beyond, dependents, path_to, rewrite_bottom_up, topological


def domain(expr: Expr, known: Known | None = None) -> tuple[Expr, ...]:
    """The conditions under which the expression has a real value; empty: everywhere.

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> domain(Call("ln", x) / (x - 2))
    (x > 0, x != 2)
    """
    return combined(requirements(expr, known), known)


def requirements(expr: Expr, known: Known | None = None, x: Expr | None = None) -> list[Expr]:
    """The conditions each part needs, unsettled; those of a case are asked only where the case is taken.

    x: the variable that moves; a power with x in its exponent cannot do with whole exponents.
    """
    found: list[Expr] = []
    free = _free_symbols_memo()
    work: list[Asked] = [(expr, None)]
    while work:
        root, excuse = work.pop()
        for node in outside_cases(root):
            if type(node) is Piecewise:
                work += [*_values_asked(node, excuse), *_conditions_asked(node, excuse)]
                if len(node.args) % 2 == 0:  # undefined where no case holds
                    some = make(Or, None, node.args[1::2]) if len(node.args) > 2 else node.args[1]
                    found.append(_unless(excuse, some))
            elif type(node) in (And, Or):
                work += _parts_asked(node, excuse)
            elif type(node) is Sum:
                found += [_unless(excuse, condition) for condition in _needs_of_terms(node, known, x)]
            else:
                found += [_unless(excuse, condition) for condition in _needs(node, known, x, free)]
    return found


Asked = tuple[Expr, Expr | None]  # an expression, and a condition under which it need not have a value


def _unless(excuse: Expr | None, condition: Expr) -> Expr:
    return condition if excuse is None else make(Or, None, (excuse, condition))


def _values_asked(node: Expr, excuse: Expr | None) -> list[Asked]:
    """The values of cases: each is asked for where its condition holds, and no condition before it does."""
    found: list[Asked] = []
    earlier: list[Expr] = []
    for value, condition in node.cases:  # type: ignore[attr-defined]
        others = [] if excuse is None else [excuse]
        if condition is not None:
            others.append(opposite(condition))
        others += [before for before in earlier if condition is None or not disjoint(before, condition)]
        found.append((value, _any(others)))
        earlier += () if condition is None else (condition,)
    return found


def _conditions_asked(node: Expr, excuse: Expr | None) -> list[Asked]:
    """The conditions of cases: each is asked where none before it holds."""
    conditions = node.args[1::2]
    before = () if excuse is None else (excuse,)
    return [(condition, _any([*before, *conditions[:i]])) for i, condition in enumerate(conditions)]


def _parts_asked(node: Expr, excuse: Expr | None) -> list[Asked]:
    """The parts of `and` and `or`: one that decides is enough, whatever becomes of the others."""
    before = () if excuse is None else (excuse,)
    deciding = [opposite(part) for part in node.args] if type(node) is And else node.args
    return [(part, _any([*before, *deciding[:i], *deciding[i + 1 :]])) for i, part in enumerate(node.args)]


def _any(conditions: Sequence[Expr]) -> Expr | None:
    return None if not conditions else conditions[0] if len(conditions) == 1 else make(Or, None, tuple(conditions))


MAX_SUM_TERMS = 20  # of a sum whose terms are asked one by one


def _needs_of_terms(node: Expr, known: Known | None, x: Expr | None) -> list[Expr]:
    """What the terms of a sum need; of a long one, or one of unknown length, only what does not depend on its index."""
    body, index, first, last = node.args
    low, high = ratio_of(first), ratio_of(last)
    needed = requirements(body, known, x)
    free_of_index = [condition for condition in needed if index not in free_symbols(condition)]
    if low is None or high is None or low[1] != 1 or high[1] != 1 or high[0] - low[0] >= MAX_SUM_TERMS:
        return free_of_index
    terms = [substitute(body, {index: rational(k)}) for k in range(low[0], high[0] + 1)]
    return [condition for term in terms for condition in requirements(term, known, x)]


def require_numbers(expr: Expr) -> None:
    """Raise InputError where one computes with infinity: oo - oo, x*oo. It may stand at the end of a range."""
    seen = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if node is INFINITY:
            raise InputError(
                "oo is no number that one can compute with",
                hint="a limit says what happens there",
                path=path_to(expr, node),
            )
        if node not in seen and type(node) not in (Relation, Vector):
            seen.add(node)
            stack.extend(node.args[:1] if type(node) in (Sum, Integral, Limit) else node.args)


def require_some_domain(expr: Expr) -> None:
    """Raise DomainError where a part has no value at all: 1/0, ln(-1); InputError where one computes with infinity."""
    require_numbers(expr)
    for node in outside_cases(expr):
        if type(node) is Piecewise:
            continue
        for condition in _needs(node, None, None, _free_symbols_memo()):
            if settle(condition) is FALSE:
                reason = "a division by zero" if type(node) is Div else f"it needs {condition}"
                if type(node) is Pow and free_symbols(node.args[1]):
                    reason = f"a power with a variable exponent needs a base > 0, not {node.args[0]!r}"
                raise DomainError(f"{node!r} has no value: {reason}", path=path_to(expr, node))


FreeSymbols = Callable[[Expr], frozenset[Expr]]


def _free_symbols_memo() -> FreeSymbols:
    """The free symbols of nodes of one expression, each found once: a tower of powers asks at every level."""
    memo: dict[Expr, frozenset[Expr]] = {}

    def free(root: Expr) -> frozenset[Expr]:
        for node in beyond(root, memo):
            if isinstance(node, Symbol):
                memo[node] = frozenset((node,))
            else:
                sets = {memo[arg] for arg in node.args}
                memo[node] = next(iter(sets)) if len(sets) == 1 else frozenset().union(*sets)
        return memo[root]

    return free


def outside_cases(root: Expr) -> list[Expr]:
    """The nodes of an expression from left to right, without those in its cases, in the terms of sums, and in what
    `and` and `or` join: what has to have a value wherever the expression has one."""
    seen = {root: None}
    stack = [root]
    while stack:
        node = stack.pop()
        for arg in reversed(_looked_into(node)):
            if arg not in seen:
                seen[arg] = None
                stack.append(arg)
    return list(seen)


def _looked_into(node: Expr) -> tuple[Expr, ...]:
    if type(node) in (Piecewise, And, Or):
        return ()
    return node.args[2:] if type(node) is Sum else node.args


def _needs(node: Expr, known: Known | None, x: Expr | None, free: FreeSymbols) -> list[Expr]:
    head = type(node)
    if head is Div:
        return [make(Relation, "!=", (node.args[1], ZERO))]
    if head is Pow:
        return _power_needs(node.args[0], node.args[1], known, x, free)
    if head is Call:
        spec = functions.find(node.data)
        if spec is not None and spec.domain:
            return [fill_row(spec, spec.domain, node.args)]
    return []


def _power_needs(base: Expr, exponent: Expr, known: Known | None, x: Expr | None, free: FreeSymbols) -> list[Expr]:
    ratio = ratio_of(exponent)
    if ratio is None and not free(exponent):
        exact = exact_value(exponent)
        ratio = _whole_number(exponent) if exact is None else ratio_of(exact)
    if ratio is not None:
        n, q = ratio
        if q == 1:
            return [make(Relation, "!=", (base, ZERO))] if n < 0 else []
        return [make(Relation, ">" if n < 0 else ">=", (base, ZERO))]
    if base is E or (type(base) is Number and base is not ZERO) or is_positive(base, known):
        return []
    positive = make(Relation, ">", (base, ZERO))
    if not free(exponent):
        rises = settle(make(Relation, ">", (exponent, ZERO))) is TRUE  # x^pi is 0 at 0
        return [make(Relation, ">=", (base, ZERO)) if rises else positive]
    if x not in free(exponent) and free(base) and not free(base) & free(exponent):
        at_zero = make(Or, None, (make(Relation, "!=", (base, ZERO)), make(Relation, ">=", (exponent, ZERO))))
        return [make(Or, None, (positive, make(And, None, (is_integer(exponent), at_zero))))]
    return [positive]


def _whole_number(closed: Expr) -> tuple[int, int] | None:
    """The whole number that an expression without symbols is to fifty digits, as a ratio: ceil(2/3) is 1."""
    (value,) = Program([closed], []).run([])
    if not isinstance(value, float) or not isfinite(value) or abs(value - round(value)) > 1e-9:
        return None  # also where there is no value
    try:
        value = precise_value(closed, {}, 50)
    except CalcmlError:
        return None
    return (round(value), 1) if abs(value - round(value)) < 1e-45 else None


def is_integer(n: Expr) -> Expr:
    """The condition that n is a whole number; n - 1 is one when n is."""
    return make(Relation, "=", whole_with(n))


def kinks(expr: Expr, x: Expr) -> list[tuple[Expr, Expr]]:
    """(condition, node) for every function value with a kink: it is differentiable where the condition holds."""
    moving = not_locally_constant(expr, [x])
    found: list[tuple[Expr, Expr]] = []
    work: list[Asked] = [(expr, None)]
    while work:
        root, excuse = work.pop()
        for node in outside_cases(root):
            if type(node) is Piecewise:
                work += _values_asked(node, excuse)
            elif type(node) is Call and any(arg in moving for arg in node.args):
                spec = functions.find(node.data)
                if spec is not None and spec.smooth:
                    smooth = fill_row(spec, spec.smooth, node.args)
                    found.append((_unless(excuse, smooth), node))
    return found


def not_locally_constant(expr: Expr, symbols: Iterable[Expr]) -> set[Expr]:
    """The nodes that symbols can move a little: not floor(x), and what depends on x through floor(x) alone."""
    found = set(symbols)
    for node in topological(expr):
        if any(arg in found for arg in node.args) and not is_flat(node):
            found.add(node)
    return found


def is_flat(node: Expr) -> bool:
    """Whether a node is the value of a function with slope 0 wherever it has a slope: floor, sign."""
    spec = functions.find(node.data) if type(node) is Call else None
    return spec is not None and all(text == "0" for text in spec.derivative)


def borders_under_flat_functions(expr: Expr, x: Expr) -> list[Expr]:
    """Conditions that x is on no border of cases whose slopes the derivative does not show: sign({-1: x < 0; x})."""
    flat = [node for node in topological(expr) if is_flat(node)]
    moving = dependents(flat, [x]) if flat else set()
    return [
        make(Relation, "!=", relation.args)
        for cases in topological(*flat)
        if type(cases) is Piecewise and cases in moving
        for relation in topological(*cases.args[1::2])
        if isinstance(relation, Relation) and relation in moving
    ]


def at_no_jump(expr: Expr) -> tuple[Expr, ...]:
    """The conditions that the functions in an expression that jump (floor, mod, sign) are at no jump."""
    found = []
    for node in topological(expr):
        spec = functions.find(node.data) if type(node) is Call else None
        if spec is not None and not spec.continuous and spec.smooth:
            found.append(fill_row(spec, spec.smooth, node.args))
    return tuple(found)


def is_continuous(expr: Expr) -> bool:
    """Whether the expression is evidently continuous wherever it is defined: continuous functions, and no cases."""
    for node in topological(expr):
        if type(node) in (Piecewise, Relation):
            return False
        if type(node) is Call:
            spec = functions.find(node.data)
            if spec is None or not spec.continuous:
                return False
    return True


def opened(condition: Expr, x: Expr) -> Expr:
    """The condition without the borders that x can cross: at the edge of a domain there is no two-sided slope."""

    def visit(node: Expr) -> Expr:
        if isinstance(node, Relation) and node.data in ("<=", ">=") and node in not_locally_constant(node, [x]):
            return make(Relation, node.data[0], node.args)
        return node

    return rewrite_bottom_up(condition, visit)


def integer_in_words(condition: Expr) -> str:
    """A condition as text, whole numbers said in words: `n integer` for n = floor(n)."""
    if isinstance(condition, Relation) and condition.data == "=" and condition.args[1] is _floor(condition.args[0]):
        return f"{condition.args[0]} integer"
    return str(condition)


def _floor(n: Expr) -> Expr:
    return make(Call, "floor", (n,))
