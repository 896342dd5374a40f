"""Solving conditions in one unknown: the set of real numbers for which they hold.

`solution(condition, x)` is a Region, or a Periodic where sines and tangents are in it. A relation holds where both
sides have a value and stand in it. `where(u, target, x)` is the set on which u has its value in the target: a monotone
function is inverted, a polynomial in one base is solved for that base, a product is decided by the signs of its
factors, and |u|, max, min and cases are split. What is in none of these shapes raises UndecidedError; no answer is a
guess.
"""

from __future__ import annotations

from functools import lru_cache

from calcml import functions
from calcml.algebra.expand import expand, factor_out
from calcml.algebra.read import as_factor, terms_of
from calcml.algebra.terms import Coefficient, Mono, Terms, is_number, quotient, whole
from calcml.algebra.write import canonical, exact
from calcml.binding import free_symbols
from calcml.build import add, mul, neg, sub
from calcml.conditions import FLIP, opposite
from calcml.domains import requirements
from calcml.errors import UndecidedError
from calcml.expr import FALSE, TRUE, ZERO, And, Call, Constant, Expr, Not, Or, Piecewise, Relation, make
from calcml.regions.inverses import image_set, inverse_image, periodic_image
from calcml.regions.periodic import Periodic, Set, preimage
from calcml.regions.power_sums import linear_form, solved_powers
from calcml.regions.reals import Border, compare, expr_of, floor, real
from calcml.regions.region import EMPTY, REALS, Region, compared
from calcml.signs import bounds
from calcml.templates import fill_row
from calcml.traverse import count_nodes, replace, topological

MAX_NODES = 400  # a larger condition is not solved
MAX_DEPTH = 24  # functions inside functions, and cases inside cases

NEGATIVE, ZERO_ALONE, POSITIVE = compared("<", 0), compared("=", 0), compared(">", 0)


@lru_cache(maxsize=512)
def solution(condition: Expr, x: Expr, depth: int = 0) -> Set:
    """The set of numbers x for which the condition holds. UndecidedError where that is beyond us.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> solution(parse("x^2 < 2 and ln(x) >= 0"), symbols("x"))
    [1, sqrt(2))
    """
    if depth > MAX_DEPTH or (depth == 0 and count_nodes(condition) > MAX_NODES):
        raise UndecidedError("a condition too large to be solved")
    if condition is TRUE or condition is FALSE:
        return REALS if condition is TRUE else EMPTY
    if isinstance(condition, (And, Or)):
        sets = [solution(part, x, depth + 1) for part in condition.args]
        found = sets[0]
        for other in sets[1:]:
            found = found & other if isinstance(condition, And) else found | other
        return found
    if isinstance(condition, Not):
        return solution(opposite(condition.args[0]), x, depth + 1)
    if not isinstance(condition, Relation) or free_symbols(condition) - {x}:
        raise UndecidedError(f"{condition!r} is no condition on {x!r} alone")
    lhs, rhs = condition.args
    return defined_on(condition, x, depth) & _relation(condition.data, lhs, rhs, x, depth)


def defined_on(expr: Expr, x: Expr, depth: int = 0) -> Set:
    """The numbers for which an expression in one unknown has a value."""
    found: Set = REALS
    for condition in requirements(expr):
        found = found & solution(condition, x, depth + 1)
    return found


def _relation(sign: str, lhs: Expr, rhs: Expr, x: Expr, depth: int) -> Set:
    if x not in free_symbols(lhs):
        sign, lhs, rhs = FLIP[sign], rhs, lhs
    if type(rhs) is Call and rhs.data == "floor" and rhs.args[0] is lhs and sign in ("=", "!="):
        whole = _through(lhs, Periodic(1, compared("=", 0)), x)  # x = floor(x): a whole number
        return whole if sign == "=" else ~whole
    if x in free_symbols(rhs):
        return where(sub(lhs, rhs), compared(sign, 0), x, depth)
    if type(rhs) is Constant and rhs.data == "oo":
        return REALS if sign in ("<", "<=", "!=") else EMPTY
    return where(lhs, compared(sign, real(rhs)), x, depth)


def where(u: Expr, target: Region, x: Expr, depth: int = 0) -> Set:
    """The numbers x for which u, if it has a value, has it in the target.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> where(parse("e^(2x) - 3e^x"), compared("<", -2), symbols("x"))
    (0, ln(2))
    """
    if target in (REALS, EMPTY) or u is x:
        return target
    if x not in free_symbols(u):
        return REALS if real(u) in target else EMPTY
    if depth > MAX_DEPTH:
        raise UndecidedError("too many functions inside functions")
    enclosure = _enclosure(u)
    if enclosure <= target:
        return REALS
    if enclosure & target == EMPTY:
        return EMPTY
    terms = terms_of(u)
    if x not in free_symbols(canonical(terms)):  # x - x
        return REALS if real(canonical(terms)) in target else EMPTY
    wave = _one_wave(terms, x)
    if wave is not None:
        return where(wave, target, x, depth + 1)
    solved = solved_powers(terms, target, x)
    if solved is not None:
        base, inner = solved
        if base is not u or inner != target:
            return _of_base(base, inner, x, depth + 1)
        return _of_base(u, target, x, depth + 1)
    return _of_several(u, terms, target, x, depth + 1)


def _enclosure(u: Expr) -> Region:
    from fractions import Fraction

    low, high, low_out, high_out = bounds(u)
    found = REALS
    if abs(low) != float("inf"):
        found = found & compared(">" if low_out else ">=", Fraction(low))
    if abs(high) != float("inf"):
        found = found & compared("<" if high_out else "<=", Fraction(high))
    return found


def _one_wave(terms: Terms, x: Expr) -> Expr | None:
    """a·sin(u) + b·cos(u) + c as ±√(a² + b²)·sin(u + atan(b/a)) + c; None for another sum."""
    parts: dict[str, tuple[Expr, Coefficient]] = {}
    rest: Terms = {}
    for mono, number in terms.items():
        base = mono[0][0] if len(mono) == 1 and mono[0][1] == 1 else None
        if type(base) is Call and base.data in ("sin", "cos") and base.data not in parts:
            parts[base.data] = (base.args[0], number)
        else:
            rest[mono] = number
    if len(parts) < 2 or parts["sin"][0] is not parts["cos"][0] or x in free_symbols(canonical(rest)):
        return None
    (u, a), (_, b) = parts["sin"], parts["cos"]
    height = make(Call, "sqrt", (exact(whole(a * a + b * b)),))
    shifted = make(Call, "sin", (add(u, make(Call, "atan", (exact(quotient(b, a)),))),))
    wave = mul(height, shifted)
    return add(wave if a > 0 else neg(wave), canonical(rest))


def _through(inner: Expr, target: Set, x: Expr) -> Set:
    """A periodic target reached through a linear function of x."""
    return preimage(target, *linear_form(inner, x))


# ---- one base: a symbol, a function value, a bracket, cases ----------------------------------------------------------


def _of_base(u: Expr, target: Region, x: Expr, depth: int) -> Set:
    if u is x or target in (REALS, EMPTY):
        return target
    if type(u) is Call:
        return _of_call(u, target, x, depth)
    if type(u) is Piecewise:
        return _split(u, u, target, x, depth)
    if terms_of(u) != {((u, 1),): 1}:
        return where(u, target, x, depth)
    raise UndecidedError(f"{u!r} is not solved for {x!r}")


def _of_call(u: Expr, target: Region, x: Expr, depth: int) -> Set:
    image = image_set(u.data)
    if image is not None and (image <= target or image & target == EMPTY):
        return REALS if image <= target else EMPTY
    if len(u.args) == 1:
        inner = u.args[0]
        periodic = periodic_image(u.data, target)
        if periodic is not None:
            return _through(inner, periodic, x)
        if u.data == "floor":
            return where(inner, _stairs(target), x, depth)
        reached = inverse_image(u.data, target)
        if reached is not None:
            return where(inner, reached, x, depth)
    split = _branches(u)
    if split is not None:
        return _split(u, u, target, x, depth)
    spec = functions.find(u.data)
    if spec is not None and spec.defined_as:
        return where(fill_row(spec, spec.defined_as, u.args), target, x, depth)
    raise UndecidedError(f"{u!r} is not solved for {x!r}")


def _stairs(target: Region) -> Region:
    """The numbers whose floor is in the target."""

    def first(border: Border, belongs: bool) -> int:  # the least whole number from there on
        down = floor(border)
        return down if belongs and compare(down, border) == 0 else down + 1

    found = EMPTY
    for low, high, low_belongs, high_belongs in target.stretches():
        part = REALS if low is None else compared(">=", first(low, low_belongs))
        found = found | (part if high is None else part & compared("<", first(high, not high_belongs)))
    return found


# ---- cases -----------------------------------------------------------------------------------------------------------


def _branches(node: Expr) -> list[tuple[Expr, Expr]] | None:
    """(value, condition) for a function that is one of several expressions; None for any other."""
    if type(node) is Piecewise:
        found: list[tuple[Expr, Expr]] = []
        before: list[Expr] = []
        for value, condition in node.cases:
            parts = [*before, *([] if condition is None else [condition])]
            found.append((value, make(And, None, tuple(parts)) if len(parts) > 1 else parts[0] if parts else TRUE))
            if condition is not None:
                before.append(opposite(condition))
        return found
    if type(node) is not Call:
        return None
    if node.data == "abs":
        (v,) = node.args
        return [(v, make(Relation, ">=", (v, ZERO))), (neg(v), make(Relation, "<", (v, ZERO)))]
    if node.data in ("max", "min"):
        first, *others = node.args
        if not others:
            return [(first, TRUE)]
        rest = others[0] if len(others) == 1 else make(Call, node.data, tuple(others))
        sign = ">=" if node.data == "max" else "<="
        holds = make(Relation, sign, (first, rest))
        return [(first, holds), (rest, opposite(holds))]
    spec = functions.find(node.data)
    if spec is not None and spec.defined_as:
        meaning = fill_row(spec, spec.defined_as, node.args)
        if type(meaning) is Piecewise or (type(meaning) is Call and meaning.data in ("max", "min")):
            return _branches(meaning)
    return None


def _split(u: Expr, node: Expr, target: Region, x: Expr, depth: int) -> Set:
    """The expression with a node that is one of several, each where it is that one."""
    found: Set = EMPTY
    for value, condition in _branches(node) or []:
        inside = solution(condition, x, depth + 1)
        if inside != EMPTY:
            found = found | (inside & where(replace(u, {node: value}), target, x, depth + 1))
    return found


# ---- several bases ---------------------------------------------------------------------------------------------------


def _of_several(u: Expr, terms: Terms, target: Region, x: Expr, depth: int) -> Set:
    branching = next((node for node in topological(u) if x in free_symbols(node) and _branches(node)), None)
    if branching is not None:
        return _split(u, branching, target, x, depth)
    if target.borders != (0,):
        return _by_borders(u, target, x, depth)
    expanded = expand(terms)
    if len(terms) > 1 and expanded is not None and expanded != terms:
        return where(canonical(expanded), target, x, depth)
    factors = factor_out(terms)
    mono, number = as_factor(terms)
    if factors is not None:
        rest_terms = expand(factors[2]) or factors[2]
        mono, number = tuple([*factors[0], (canonical(rest_terms), 1)]), factors[1]
    elif len(terms) > 1:
        raise UndecidedError(f"the sign of {u!r} is not found")
    return _by_signs(mono, number, target, x, depth)


def _by_borders(u: Expr, target: Region, x: Expr, depth: int) -> Set:
    """Whether u lies in the target, from the signs of u - c for every border c."""
    found: Set = EMPTY
    for low, high, low_belongs, high_belongs in target.stretches():
        part: Set = REALS
        if low is not None:
            part = part & where(sub(u, expr_of(low)), compared(">=" if low_belongs else ">", 0), x, depth)
        if high is not None:
            part = part & where(sub(u, expr_of(high)), compared("<=" if high_belongs else "<", 0), x, depth)
        found = found | part
    return found


def _by_signs(mono: Mono, number: Border, target: Region, x: Expr, depth: int) -> Set:
    """Whether a product lies in a target that only asks for its sign."""
    negative, zero, positive = (EMPTY, EMPTY, REALS) if number > 0 else (REALS, EMPTY, EMPTY)
    signs: tuple[Set, Set, Set] = (negative, zero, positive)
    for base, n in mono:
        signs = _times(signs, _signs(base, n, x, depth))
    found: Set = EMPTY
    for part, belongs in zip(signs, (target.inside[0], target.at[0], target.inside[1]), strict=True):
        if belongs:
            found = found | part
    return found


def _times(a: tuple[Set, Set, Set], b: tuple[Set, Set, Set]) -> tuple[Set, Set, Set]:
    return (
        (a[0] & b[2]) | (a[2] & b[0]),
        (a[1] & (b[0] | b[1] | b[2])) | (b[1] & (a[0] | a[1] | a[2])),
        (a[0] & b[0]) | (a[2] & b[2]),
    )


def _signs(base: Expr, n: object, x: Expr, depth: int) -> tuple[Set, Set, Set]:
    """Where base^n is negative, 0 and positive."""
    if not is_number(n):  # a power with a variable exponent has a positive base
        return EMPTY, EMPTY, REALS
    negative = where(base, NEGATIVE, x, depth)
    zero = where(base, ZERO_ALONE, x, depth)
    positive = where(base, POSITIVE, x, depth)
    if n < 0:  # type: ignore[operator]
        zero = EMPTY
    if not isinstance(n, int):
        return EMPTY, zero, positive
    return (negative, zero, positive) if n % 2 else (EMPTY, zero, negative | positive)
