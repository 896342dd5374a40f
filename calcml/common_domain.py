"""How the real domains of two expressions differ: not at all, in single points, or in more.

For one variable both domains are solved for, as sets of numbers. Where that is beyond us, and for several variables,
the conditions are compared: what one asks and the other does not is a difference when it fails somewhere in the domain
of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from calcml.assumptions import Assumptions
from calcml.binding import free_symbols, substitute
from calcml.build import sub
from calcml.conditions import combined, implies, settle
from calcml.domains import requirements
from calcml.errors import LimitError, UndecidedError
from calcml.evaluation import Program
from calcml.expr import FALSE, TRUE, And, Expr, Or, Relation, rational
from calcml.precise import PreciseProgram, exact_ratio
from calcml.probing import points
from calcml.regions.inequalities import defined_on, solution
from calcml.regions.periodic import Periodic, Set
from calcml.regions.reals import expr_of
from calcml.regions.region import EMPTY, Region, conditions_of
from calcml.signs import Known, known_from
from calcml.traverse import count_nodes, topological


class Comparison:
    """The result.

    same: equal domains. removable: they differ in single points only, `points` where these are finitely many numbers
    of one variable. conditions: where both are defined. first_lacks: more than single points of the second's domain
    are missing in the first's. disjoint: there is no common point.
    """

    __slots__ = ("conditions", "disjoint", "first_lacks", "points", "removable", "same")

    def __init__(
        self,
        *,
        same: bool = False,
        removable: bool = False,
        points: tuple[Expr, ...] = (),
        conditions: tuple[Expr, ...] = (),
        first_lacks: bool = False,
        disjoint: bool = False,
    ) -> None:
        self.same = same
        self.removable = removable
        self.points = points
        self.conditions = conditions
        self.first_lacks = first_lacks
        self.disjoint = disjoint


def compare_domains(a: Expr, b: Expr, variables: Sequence[Expr], assuming: Assumptions) -> Comparison:
    """The domains of two expressions, under assumptions."""
    known = assuming.known
    first, second = combined(requirements(a, known), known), combined(requirements(b, known), known)
    if FALSE in first or FALSE in second:
        return Comparison(disjoint=True)
    if set(first) == set(second):
        return Comparison(same=True)
    if len(variables) == 1:
        try:
            return _on_a_line(a, b, variables[0], assuming)
        except UndecidedError:
            pass
    return _by_conditions(first, second, (a, b), variables, assuming)


# ---- one variable: sets of numbers ---------------------------------------------------------------------------------


def _on_a_line(a: Expr, b: Expr, x: Expr, assuming: Assumptions) -> Comparison:
    first, second = defined_on(a, x), defined_on(b, x)
    for condition in assuming.conditions:
        if x in free_symbols(condition):
            held = solution(condition, x)
            first, second = first & held, second & held
    common = first & second
    lacking, beyond = second & ~first, first & ~second
    if common == EMPTY:
        return Comparison(disjoint=True)
    if lacking == EMPTY and beyond == EMPTY:
        return Comparison(same=True)
    removable = _is_scattered(lacking) and _is_scattered(beyond)
    gaps = lacking | beyond
    points: tuple[Expr, ...] = ()
    if removable and isinstance(gaps, Region):
        points = tuple([expr_of(border) for border, held in zip(gaps.borders, gaps.at, strict=True) if held])
    known = assuming.known
    conditions = (
        tuple(conditions_of(common, x))  # type: ignore[arg-type]
        if isinstance(common, Region)
        else _telling(combined([*requirements(a, known), *requirements(b, known)], known), gaps, x, removable)
    )
    return Comparison(removable=removable, points=points, conditions=conditions, first_lacks=not _is_scattered(lacking))


def _telling(conditions: tuple[Expr, ...], gaps: Set, x: Expr, removable: bool) -> tuple[Expr, ...]:
    """Of conditions that leave out single points, those that fail where just one of the two has a value."""
    if not removable:
        return conditions
    return tuple([part for part in conditions if (gaps & ~solution(part, x)) != EMPTY]) or conditions


def _is_scattered(numbers: Set) -> bool:
    """Whether a set consists of single points."""
    region = numbers.region if isinstance(numbers, Periodic) else numbers
    return not any(region.inside)


# ---- several variables: conditions ---------------------------------------------------------------------------------


def _by_conditions(
    first: tuple[Expr, ...],
    second: tuple[Expr, ...],
    sides: tuple[Expr, Expr],
    variables: Sequence[Expr],
    assuming: Assumptions,
) -> Comparison:
    asked = [condition for condition in first if not any(implies(other, condition) for other in second)]
    beyond = [condition for condition in second if not any(implies(other, condition) for other in first)]
    lacking = [condition for condition in asked if _fails_somewhere(condition, second, sides, variables, assuming)]
    extra = [condition for condition in beyond if _fails_somewhere(condition, first, sides, variables, assuming)]
    if not lacking and not extra:
        return Comparison(same=True)
    thick = [condition for condition in lacking if not _is_thin(condition)]
    return Comparison(
        removable=all(_is_thin(condition) for condition in (*lacking, *extra)),
        conditions=(
            combined([*lacking, *extra], assuming.known)
            if not thick and all(_is_thin(condition) for condition in extra)
            else _independent(combined([*first, *second], assuming.known), assuming.known)
        ),
        first_lacks=bool(thick),
    )


def _independent(conditions: tuple[Expr, ...], known: Known) -> tuple[Expr, ...]:
    """Without those that follow from the others by sign: beside x > 0 and y > 0, x*y > 0 goes without saying."""
    kept = list(conditions)
    for condition in sorted(conditions, key=count_nodes, reverse=True):
        others = [part for part in kept if part is not condition]
        if condition in kept and settle(condition, {**known, **known_from(others)}) is TRUE:
            kept = others
    return tuple(kept)


def _is_thin(condition: Expr) -> bool:
    """Whether a condition leaves out a set without an interior: x != y; x > 0 or x no whole number."""
    if isinstance(condition, Or):
        return any(_is_thin(part) for part in condition.args)
    return isinstance(condition, Relation) and condition.data == "!="


def _fails_somewhere(
    condition: Expr,
    others: tuple[Expr, ...],
    sides: tuple[Expr, Expr],
    variables: Sequence[Expr],
    assuming: Assumptions,
) -> bool:
    """Whether a point is found where the condition fails and all the others hold, clearly. `sides` say where."""
    rest = [*others, *assuming.conditions]
    program = Program([condition, *rest], variables)
    clear = _Clearance(rest, variables)
    seen = []
    for point in points((condition, *rest, *sides), variables):
        at = [part.numerator / part.denominator for part in point]
        verdict, *held = program.run(at)
        if all(part is True for part in held):
            if verdict is False and clear.at(at, point) and _is_false(condition, variables, point):
                return True
            seen.append(at)
    return any(_vanishes(relation, condition, clear, variables, seen) for relation in _unequal(condition))


def _unequal(condition: Expr) -> list[Relation]:
    parts = condition.args if isinstance(condition, Or) else (condition,)
    return [part for part in parts if isinstance(part, Relation) and part.data == "!="]


def _is_false(condition: Expr, variables: Sequence[Expr], point: Sequence[Fraction]) -> bool:
    """Whether digits confirm it: the density of the normal distribution at 40 is no 0."""
    import mpmath

    with mpmath.workdps(60):
        at = {s: mpmath.mpf(part.numerator) / part.denominator for s, part in zip(variables, point, strict=True)}
        try:
            return PreciseProgram(condition).run(at) is False
        except LimitError:
            return False


class _Clearance:
    """Whether conditions hold with room to spare: at pi/2 the float cosine is not 0, and is meant to be."""

    __slots__ = ("conditions", "program", "relations", "variables")

    def __init__(self, conditions: Sequence[Expr], variables: Sequence[Expr]) -> None:
        self.variables = list(variables)
        self.conditions = list(conditions)
        self.relations = [node for node in topological(*conditions) if isinstance(node, Relation)]
        sides = [side for relation in self.relations for side in relation.args]
        self.program = Program([*self.relations, *sides], variables)

    def at(self, values: list[float], exact: Sequence[Fraction] | None = None) -> bool:
        """Whether every condition holds clearly; of exact values, also one whose sides are found by arithmetic."""
        found = self.program.run(values)
        count = len(self.relations)
        clear: dict[Expr, bool] = {}
        for i, relation in enumerate(self.relations):
            low, high = found[count + 2 * i], found[count + 2 * i + 1]
            apart = isinstance(low, float | int) and isinstance(high, float | int) and abs(low - high) > _ROOM
            clear[relation] = found[i] is True and (
                apart or relation.data == "=" or self._holds_exactly(relation, exact)
            )
        return all(_holds(condition, clear) for condition in self.conditions)

    def _holds_exactly(self, relation: Expr, exact: Sequence[Fraction] | None) -> bool:
        if exact is None:
            return False
        at = {s: rational(part.numerator, part.denominator) for s, part in zip(self.variables, exact, strict=True)}
        return exact_ratio(substitute(relation, at)) is True


_ROOM = 1e-7


def _holds(condition: Expr, clear: dict[Expr, bool]) -> bool:
    if isinstance(condition, (And, Or)):
        verdicts = [_holds(part, clear) for part in condition.args]
        return all(verdicts) if isinstance(condition, And) else any(verdicts)
    return clear.get(condition, True)


def _vanishes(
    relation: Relation, condition: Expr, clear: _Clearance, variables: Sequence[Expr], seen: list[list[float]]
) -> bool:
    """Whether the two sides of u != v meet on the way from one point of the domain to another, inside of it."""
    gap = Program([sub(*relation.args)], variables)
    others = [part for part in (condition.args if isinstance(condition, Or) else ()) if part is not relation]
    rest = Program(others, variables)

    def value(at: list[float]) -> float | None:
        (found,) = gap.run(at)
        return found if isinstance(found, float) and found == found else None

    for place in range(len(variables)):
        for base in seen[:6]:
            rows = []
            for other in seen:
                at = [*base[:place], other[place], *base[place + 1 :]]
                found = value(at)
                if found is not None:
                    rows.append((at[place], found))
            rows.sort()
            for (low, u), (high, v) in pairwise(rows):
                if u * v < 0:
                    root = _root(value, base, place, low, high, u)
                    if root is None or any(rest.run(root)):
                        continue
                    nearby = [float(Fraction(part).limit_denominator(1000)) for part in root]
                    if clear.at(root) and clear.at(nearby):  # the root itself may be a whole number
                        return True
    return False


def _root(
    value: Callable[[list[float]], float | None], base: list[float], place: int, low: float, high: float, u: float
) -> list[float] | None:
    """Bisection: a change of sign through 0, not through a pole; None for the latter."""
    size = max(abs(u), 1.0)
    found: float | None = u
    at = base
    for _ in range(80):
        middle = (low + high) / 2
        at = [*base[:place], middle, *base[place + 1 :]]
        found = value(at)
        if found is None:
            return None
        low, high = (middle, high) if (found < 0) == (u < 0) else (low, middle)
    return at if found is not None and abs(found) <= 1e-6 * size else None
