"""Systems of equations, solved exactly where elimination is enough.

Every equation is brought to a numerator, without factors that are never 0, and factored: a product is 0 where one of
its factors is. An equation in one unknown is solved for it; one that is linear in an unknown, with a coefficient that
is not 0, gives it in terms of the others; two polynomials are freed of an unknown by their resultant. Whatever was
assumed on the way, each solution is put into the equations it came from before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calcml.algebra import fractions
from calcml.algebra.polynomials import Allowance, Poly, coefficients, constant, difference, divide, multiply, primitive
from calcml.algebra.read import terms_of
from calcml.algebra.terms import is_number
from calcml.algebra.write import canonical
from calcml.binding import free_symbols, substitute
from calcml.build import add_all, div, mul_all, neg, power, sub
from calcml.conditions import settle
from calcml.critical.zeros import without_nonzero_factors
from calcml.domains import requirements
from calcml.errors import CalcmlError, UndecidedError
from calcml.expr import FALSE, ZERO, Div, Expr, Mul, Neg, Pow, Relation, Symbol, make, rational
from calcml.forms import collect, factor, together
from calcml.regions.inequalities import solution
from calcml.regions.periodic import Periodic
from calcml.regions.reals import compare, expr_of, real
from calcml.signs import Known, is_nonzero
from calcml.simplification import simplify
from calcml.traverse import count_nodes

MAX_BRANCHES = 200
MAX_NODES = 300
MAX_SIZE = 8  # of the matrix behind a resultant

Solution = dict[Expr, Expr]


class Solutions(NamedTuple):
    """All solutions of a system: values of the unknowns. One without a value is free, and others may depend on it.

    periods: for unknowns in which everything repeats; the solutions are those of one period.
    """

    found: list[Solution]
    periods: dict[Expr, Expr]


class _Branch(NamedTuple):
    equations: tuple[Expr, ...]
    values: tuple[tuple[Expr, Expr], ...]
    left: tuple[Expr, ...]


def solve(equations: Sequence[Expr], unknowns: Sequence[Symbol], known: Known | None = None) -> Solutions:
    """The values of the unknowns for which all expressions are 0. UndecidedError where elimination is not enough.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> solve([parse("x^2 - y"), parse("y^2 - x")], symbols("x y")).found
    [{x: 0, y: 0}, {x: 1, y: 1}]
    """
    periods: dict[Expr, Expr] = {}
    found: list[Solution] = []
    stack = [_Branch(tuple(equations), (), tuple(unknowns))]
    branches = 0
    while stack:
        branch = stack.pop()
        branches += 1
        if branches > MAX_BRANCHES:
            raise UndecidedError("a system with too many cases")
        tidy = _tidied(branch, known)
        if tidy is None:
            continue
        if not tidy.equations:
            values = _resolved(dict(tidy.values))
            if _holds(equations, values, known) and values not in found:
                found.append(values)
            continue
        stack += _next(tidy, periods, known)
    order: dict[Expr, int] = {unknown: i for i, unknown in enumerate(unknowns)}
    ordered = [{u: values[u] for u in sorted(values, key=order.__getitem__)} for values in found]
    return Solutions(sorted(ordered, key=_by_size), periods)


def _by_size(values: Solution) -> list[float]:
    key: list[float] = []
    for value in values.values():
        try:
            key.append(float(real(value)))
        except (UndecidedError, TypeError, ValueError):
            key.append(float("inf"))
    return key


def _tidied(branch: _Branch, known: Known | None) -> _Branch | None:
    """Without equations that hold; None where one never does."""
    kept: list[Expr] = []
    for equation in branch.equations:
        if not free_symbols(equation) & set(branch.left):
            verdict = _vanishes(equation, known)
            if verdict is False:
                return None
            if verdict is None:
                raise UndecidedError(f"whether {equation!r} is 0 is not decided")
            continue
        if fractions.is_zero(equation) is True:
            continue
        if equation not in kept:
            kept.append(equation)
    return branch._replace(equations=tuple(kept))


def _vanishes(value: Expr, known: Known | None) -> bool | None:
    """Whether an expression without unknowns is 0; one in parameters is taken not to be, unless it is for all."""
    if free_symbols(value):
        zero = fractions.is_zero(value)
        return True if zero else False if zero is False or is_nonzero(value, known) else None
    try:
        return compare(real(simplify(value)), 0) == 0
    except UndecidedError:
        return fractions.is_zero(value)


def _next(branch: _Branch, periods: dict[Expr, Expr], known: Known | None) -> list[_Branch]:
    """The branches one step further on."""
    left = set(branch.left)
    split = [_factors(equation, left, known) for equation in branch.equations]
    for i, parts in enumerate(split):
        if parts != [branch.equations[i]]:
            others = tuple([e for j, e in enumerate(branch.equations) if j != i])
            return [branch._replace(equations=(part, *others)) for part in reversed(parts)]
    for equation in sorted(branch.equations, key=count_nodes):
        inside = [u for u in branch.left if u in free_symbols(equation)]
        if len(inside) == 1 and isinstance(inside[0], Symbol) and free_symbols(equation) <= set(inside):
            return _univariate(branch, equation, inside[0], periods)
    if len(branch.equations) < len(branch.left) and not _is_linear_somewhere(branch):
        raise UndecidedError("the critical points fill a curve: " + ", ".join([f"{e} = 0" for e in branch.equations]))
    linear = _linear(branch, known)
    if linear is not None:
        return linear
    return _by_resultant(branch)


def _factors(equation: Expr, unknowns: set[Symbol] | set[Expr], known: Known | None) -> list[Expr]:
    """The factors of a numerator that can be 0; [the equation itself] where there is one, in tidy form."""
    if count_nodes(equation) > MAX_NODES:
        raise UndecidedError("an equation that is too large")
    try:
        whole = together(equation)
        if type(whole) is Neg:
            whole = whole.args[0]
        top = whole.args[0] if type(whole) is Div else whole
        product = factor(top)
    except CalcmlError:
        product = equation
    found: list[Expr] = []
    stack = [without_nonzero_factors(product)]
    while stack:
        part = stack.pop()
        if type(part) in (Mul, Neg):
            stack.extend(reversed(part.args))
        elif type(part) is Div or (type(part) is Pow and is_number(_exponent(part))):
            stack.append(part.args[0])
        elif free_symbols(part) & unknowns and not is_nonzero(part, known):
            tidy = without_nonzero_factors(part)
            if tidy is not part and type(tidy) in (Mul, Neg, Div):
                stack.append(tidy)
            elif tidy not in found:
                found.append(tidy)
    return found


def _exponent(node: Expr) -> object:
    from calcml.expr import ratio_of

    ratio = ratio_of(node.args[1])
    return 1 if ratio is not None and ratio[0] > 0 else node


def _univariate(branch: _Branch, equation: Expr, unknown: Symbol, periods: dict[Expr, Expr]) -> list[_Branch]:
    found = solution(make(Relation, "=", (equation, ZERO)), unknown)
    region = found.region if isinstance(found, Periodic) else found
    if len(region.points()) < len(region.stretches()):
        raise UndecidedError(f"{equation!r} is 0 on an interval")
    if isinstance(found, Periodic):
        period = expr_of(found.period)
        if periods.setdefault(unknown, period) is not period:
            raise UndecidedError("solutions with different periods")
    return [_placed(branch, unknown, expr_of(root)) for root in reversed(region.points())]


def _placed(branch: _Branch, unknown: Expr, value: Expr) -> _Branch:
    equations = tuple([simplify(substitute(equation, {unknown: value})) for equation in branch.equations])
    left = tuple([other for other in branch.left if other is not unknown])
    return _Branch(equations, (*branch.values, (unknown, value)), left)


def _linear(branch: _Branch, known: Known | None) -> list[_Branch] | None:
    """An equation that is linear in an unknown, solved for it."""
    best: tuple[int, Expr, Expr, Expr] | None = None
    for equation in branch.equations:
        for unknown in branch.left:
            parts = _slope_and_rest(equation, unknown)
            if parts is None:
                continue
            slope, rest = parts
            certain = not free_symbols(slope) & set(branch.left) or is_nonzero(slope, known)
            cost = count_nodes(slope) + count_nodes(rest) + (0 if certain else 1000)
            if best is None or cost < best[0]:
                best = (cost, unknown, slope, rest)
    if best is None:
        return None
    cost, unknown, slope, rest = best
    value = simplify(neg(div(rest, slope)))
    if count_nodes(value) > MAX_NODES:
        return None
    further = [_placed(branch, unknown, value)]
    if cost >= 1000:  # where the coefficient is 0, so is the rest
        further.append(branch._replace(equations=(slope, rest, *branch.equations)))
    return further


def _is_linear_somewhere(branch: _Branch) -> bool:
    return any(_slope_and_rest(e, u) is not None for e in branch.equations for u in branch.left)


def _slope_and_rest(equation: Expr, unknown: Expr) -> tuple[Expr, Expr] | None:
    """(a, b) with equation = a·unknown + b, both free of it."""
    if unknown not in free_symbols(equation):
        return None
    try:
        terms = terms_of(collect(equation, unknown))
    except CalcmlError:
        return None
    slope, rest = {}, {}
    for mono, number in terms.items():
        powers = dict(mono)
        n = powers.pop(unknown, 0)
        others = tuple([part for part in mono if part[0] is not unknown])
        if any(
            unknown in free_symbols(base) or (isinstance(m, Expr) and unknown in free_symbols(m)) for base, m in others
        ):
            return None
        if n == 0:
            rest[mono] = number
        elif n == 1:
            slope[others] = number
        else:
            return None
    return (canonical(slope), canonical(rest)) if slope else None


# ---- resultants ----------------------------------------------------------------------------------------------------


def _by_resultant(branch: _Branch) -> list[_Branch]:
    """Two polynomial equations freed of an unknown: the resultant is a further equation, and is solved first."""
    symbols = sorted(branch.left, key=str)
    polys = [_polynomial(equation, symbols) for equation in branch.equations]
    allowance = Allowance()
    tried: list[tuple[int, Poly]] = []
    for i, p in enumerate(polys):
        for q in polys[i + 1 :]:
            for place in range(len(symbols)):
                if p is None or q is None:
                    continue
                a, b = coefficients(p, place), coefficients(q, place)
                if max(a) == 0 or max(b) == 0 or max(a) + max(b) > MAX_SIZE:
                    continue
                found = primitive(_resultant(a, b, allowance))
                if found:
                    tried.append((sum(map(sum, found)), found))
    known = set(map(id, branch.equations))
    for _, found in sorted(tried, key=lambda entry: entry[0]):
        equation = _expression(found, symbols)
        inside = free_symbols(equation) & set(branch.left)
        if len(inside) == 1 and id(equation) not in known:
            return [branch._replace(equations=(equation, *branch.equations))]
    raise UndecidedError("the equations are not solved by elimination")


def _polynomial(equation: Expr, symbols: Sequence[Expr]) -> Poly | None:
    """An equation as a polynomial with whole coefficients in the symbols."""
    from math import lcm

    from calcml.algebra.expand import expand

    terms = expand(terms_of(equation))
    if terms is None:
        return None
    bottom = lcm(*[1 if isinstance(c, int) else c.denominator for c in terms.values()])
    found: Poly = {}
    for mono, number in terms.items():
        exponents = [0] * len(symbols)
        for base, n in mono:
            if base not in symbols or not isinstance(n, int) or n < 0:
                return None
            exponents[symbols.index(base)] = n
        while exponents and not exponents[-1]:
            exponents.pop()
        found[tuple(exponents)] = int(number * bottom)
    return found


def _expression(p: Poly, symbols: Sequence[Expr]) -> Expr:
    terms: list[Expr] = []
    for exponents, number in sorted(p.items(), reverse=True):
        factors = [power(s, rational(n)) for s, n in zip(symbols, exponents, strict=False) if n]
        terms.append(mul_all([rational(number), *factors]) if factors else rational(number))
    return add_all(terms) if terms else ZERO


def _resultant(a: Mapping[int, Poly], b: Mapping[int, Poly], allowance: Allowance) -> Poly:
    """The determinant of Sylvester's matrix, by elimination without fractions (Bareiss)."""
    m, n = max(a), max(b)
    matrix: list[list[Poly]] = []
    for i in range(n):
        matrix.append([{}] * i + [a.get(m - k, {}) for k in range(m + 1)] + [{}] * (n - 1 - i))
    for i in range(m):
        matrix.append([{}] * i + [b.get(n - k, {}) for k in range(n + 1)] + [{}] * (m - 1 - i))
    last: Poly = constant(1)
    sign = 1
    size = m + n
    for k in range(size - 1):
        pivot = next((i for i in range(k, size) if matrix[i][k]), None)
        if pivot is None:
            return {}
        if pivot != k:
            matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
            sign = -sign
        for i in range(k + 1, size):
            for j in range(k + 1, size):
                cross = difference(
                    multiply(matrix[i][j], matrix[k][k], allowance), multiply(matrix[i][k], matrix[k][j], allowance)
                )
                exact = divide(cross, last, allowance) if cross else {}
                if exact is None:
                    raise UndecidedError("an elimination with fractions")
                matrix[i][j] = exact
        last = matrix[k][k]
    found = matrix[-1][-1]
    return found if sign > 0 else {e: -c for e, c in found.items()}


# ---- solutions -------------------------------------------------------------------------------------------------------


def _resolved(values: Solution) -> Solution:
    """Values put into each other: x = -b/(2a) with the b that was found later."""
    for _ in range(len(values)):
        fresh = {u: simplify(substitute(value, values)) for u, value in values.items()}
        if fresh == values:
            break
        values = fresh
    return values


def _holds(equations: Sequence[Expr], values: Solution, known: Known | None) -> bool:
    """Whether the values solve the equations, and lie where these are defined."""
    for equation in equations:
        for condition in requirements(equation):
            there = substitute(condition, values)
            if settle(there, known) is FALSE or fails(there):
                return False
        try:
            value = simplify(substitute(equation, values))
        except (CalcmlError, ZeroDivisionError):
            return False
        if _vanishes(value, known) is not True:
            return False
    return True


def fails(condition: Expr) -> bool:
    """Whether a condition between numbers does not hold, or has no value."""
    if not isinstance(condition, Relation) or free_symbols(condition):
        return False
    try:
        sign = compare(real(sub(*condition.args)), 0)
    except (UndecidedError, ZeroDivisionError):
        return True
    return not {
        "<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0,
    }[condition.data]  # fmt: skip
