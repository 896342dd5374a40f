"""Checking every step by values: what a rule said against what the function does.

The oracle evaluates functions only, never a derivative: the slope of a node is measured by differences of its values,
in float64 with a running bound on the error, and with 40 digits where float64 leaves it undecided. All steps of a
derivation share the points and the evaluations at them. A step that disagrees is our own bug and raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from math import inf
from typing import Any

from calcml.binding import free_symbols
from calcml.budget import Deadline
from calcml.cases import border_points, has_cases, no_case_holds, slopes_beside
from calcml.conditions import combined
from calcml.derivation import Check
from calcml.errors import InvariantError, LimitError, NoRuleError
from calcml.evaluation import Program
from calcml.expr import Call, Expr, Relation
from calcml.precise import PreciseProgram
from calcml.sampling import points

POINTS = 8
MAX_TRIES = 96
DIGITS = 40
PRECISE_SECONDS = 1.5  # for the checks with many digits of one derivation; what is not reached stays unverified
_EPS = 2.220446049250313e-16

Claim = tuple[Expr, Expr]  # a function and what is said to be its derivative (or its equal)
Sides = tuple["list[Any]", "list[Any]"]  # the values of both at a block of points
# Of one claim at each point: None where there is nothing to compare, else whether it agrees (None: cannot tell) and the
# difference.
Verdicts = list["tuple[bool | None, float] | None"]
MISSING: tuple[bool | None, float] = (None, -1.0)  # there is a slope, and the formula has no value
PreciseTest = Callable[[Claim, "list[Expr]", "list[float]", Deadline], "bool | None"]


class Verifier:
    """Checks claims about functions of `x`: derivatives, and equalities."""

    __slots__ = ("conditions", "deadline", "firm", "seed", "variables", "wanted", "x")

    def __init__(
        self,
        roots: Sequence[Expr],
        x: Expr,
        conditions: Sequence[Expr] = (),
        seed: int = 1,
        points_wanted: int = POINTS,
        firm: Sequence[Expr] | None = None,
    ) -> None:
        """firm: where conditions that the results themselves brought in fail, these say where results are due."""
        self.x = x
        self.firm = firm
        others = sorted(free_symbols(*roots, x, *conditions) - {x}, key=lambda symbol: symbol.data)
        self.variables: list[Expr] = [x, *others]
        self.conditions = list(conditions)
        self.seed = seed
        self.wanted = points_wanted
        self.deadline = Deadline(PRECISE_SECONDS)

    def derivatives(self, claims: Sequence[Claim]) -> list[Check]:
        """A check for every (function, derivative) pair."""
        return self.checks(claims, ())[0]

    def equalities(self, claims: Sequence[Claim]) -> list[Check]:
        """A check for every (a, b) pair: equal where the first of them is defined."""
        return self.checks((), claims)[1]

    def checks(self, derivatives: Sequence[Claim], equalities: Sequence[Claim]) -> tuple[list[Check], list[Check]]:
        """The checks of both kinds of claims, at shared points.

        Claims about vectors are checked entry by entry; the weakest check of the entries stands for them all.
        """
        parts = [_entries(claim) for claim in (*derivatives, *equalities)]
        first = sum(map(len, parts[: len(derivatives)]))
        checks = iter(self._decide([claim for part in parts for claim in part], first))
        found = [min((next(checks) for _ in part), key=lambda check: (check.holds, check.points)) for part in parts]
        return found[: len(derivatives)], found[len(derivatives) :]

    def _decide(self, claims: list[Claim], count: int) -> list[Check]:
        """The checks of claims of which the first `count` are about derivatives."""
        if not claims:
            return []
        try:
            sides = [side for claim in claims for side in claim]
            program = Program([*sides, *self.conditions, *(self.firm or ())], self.variables)
        except NoRuleError as error:
            return [Check("unverified", reason=error.message)] * len(claims)
        functions = program.narrowed([a for a, _ in claims[:count]])
        required = [program.index[condition] for condition in self.conditions]
        by_cases: list[int] = []
        if any(type(node) is Relation for node in program.index):
            by_cases = [i for i, (_, b) in enumerate(claims[:count]) if has_cases(b)]
        passed = [0] * len(claims)
        worst = [0.0] * len(claims)
        doubtful: list[list[list[float]]] = [[] for _ in claims]  # float64 says no: to be looked at closely
        undecided: list[list[list[float]]] = [[] for _ in claims]  # float64 cannot tell: of use when points are few
        stream = points(self.variables, self.conditions, self.seed)
        for number in range(MAX_TRIES // self.wanted):
            if min(passed) >= self.wanted:
                break
            if number == 1:  # settled, more of the conditions are bounds: x - 40 > 0
                stream = points(self.variables, combined(self.conditions), self.seed + 1)
            block = list(islice(stream, self.wanted))
            columns = program.columns(block)
            # Points outside what the result claims are left out.
            inside = [k for k in range(len(block)) if not any(columns[i][k] is False for i in required)]
            if len(inside) < len(block):
                if by_cases and self.firm is not None:
                    outside = [k for k in range(len(block)) if k not in inside]
                    self._refuse_gaps([claims[i] for i in by_cases], program, columns, block, outside)
                block = [block[k] for k in inside]
                columns = [[column[k] for k in inside] for column in columns]
            places = [(program.index[a], program.index[b]) for a, b in claims]
            values = [(columns[a], columns[b]) for a, b in places]
            verdicts = [
                *_slopes_agree(functions, values[:count], block),
                *_values_agree(values[count:]),
            ]
            for i, of_claim in enumerate(verdicts):
                for point, verdict in zip(block, of_claim, strict=True):
                    if verdict is None or verdict is MISSING or passed[i] >= self.wanted:
                        continue
                    agrees, gap = verdict
                    if agrees is None:
                        undecided[i].append(point)
                    elif agrees:
                        passed[i] += 1
                        worst[i] = max(worst[i], gap)
                    elif len(doubtful[i]) < self.wanted:
                        doubtful[i].append(point)
            if by_cases and any(MISSING in verdicts[i] for i in by_cases):
                self._refuse_gaps([claims[i] for i in by_cases], program, columns, block, range(len(block)))
        for i in by_cases:
            self._refuse_kinks(claims[i])
        return [
            self._settled(
                claim, passed[i], worst[i], doubtful[i], undecided[i], _precise_slope if i < count else _precise_value
            )
            for i, claim in enumerate(claims)
        ]

    def _settled(
        self,
        claim: Claim,
        passed: int,
        worst: float,
        doubtful: list[list[float]],
        undecided: list[list[float]],
        precise: PreciseTest,
    ) -> Check:
        digits = 9
        if doubtful or passed < self.wanted:
            extra = (
                doubtful
                if passed >= self.wanted
                else [*doubtful, *undecided[: self.wanted]] or self._more_points(passed)
            )
            confirmed = 0
            for point in extra:
                if self.deadline.passed() or not self._allows(point):
                    continue
                try:
                    verdict = precise(claim, self.variables, point, self.deadline)
                except (LimitError, NoRuleError, MemoryError):
                    continue
                if verdict is False:
                    raise self._failed(claim, point)
                confirmed += verdict is True
            passed += confirmed
            if confirmed and passed - confirmed < self.wanted // 2:
                digits = DIGITS // 2
        if passed and passed >= self.wanted // 2:
            return Check("checked", points=passed, digits=digits, error=worst)
        return Check("unverified", points=passed, reason=too_few(passed, decides=not (doubtful or undecided)))

    def _failed(self, claim: Claim, point: Sequence[float], why: str = "") -> InvariantError:
        at = ", ".join(f"{v} = {value!r}" for v, value in zip(self.variables, point, strict=True))
        return InvariantError(
            f"a step failed its check: {claim[0]!r} and {claim[1]!r} at {at}{why}",
            hint="this is a bug in calcml; please report the input",
        )

    def _refuse_gaps(
        self,
        claims: list[Claim],
        program: Program,
        columns: list[list[Any]],
        block: list[list[float]],
        chosen: Sequence[int],
    ) -> None:
        """Raise where no case of a formula holds, nothing firm is against it, and the function has a slope."""
        due = [program.index[condition] for condition in self.firm or ()]
        chosen = [k for k in chosen if all(columns[i][k] is True for i in due)]
        places = [(program.index[a], program.index[b]) for a, b in claims]
        sides = [tuple([columns[place][k] for k in chosen] for place in pair) for pair in places]
        functions = program.narrowed([a for a, _ in claims])
        verdicts = _slopes_agree(functions, sides, [block[k] for k in chosen])  # type: ignore[arg-type]
        for claim, of_claim in zip(claims, verdicts, strict=True):
            for k, verdict in zip(chosen, of_claim, strict=True):
                if verdict is not MISSING or self.deadline.passed():
                    continue
                if no_case_holds(claim[1], program, [column[k] for column in columns]):
                    slope, _ = _settled_slope(claim[0], self.variables, block[k])
                    if slope is not None:
                        raise self._failed(claim, block[k], ", where no case holds")

    def _refuse_kinks(self, claim: Claim) -> None:
        """Raise where a case of a formula holds at its border, and the function has a kink there."""
        for point in border_points(claim, self.variables, self.conditions):
            if self.deadline.passed():
                return
            if _differs_at_border(claim, self.variables, point):
                raise self._failed(claim, point, ", a border")

    def _allows(self, point: list[float]) -> bool:
        """Whether no condition fails at a point."""
        if not self.conditions:
            return True
        return not any(verdict is False for verdict in Program(self.conditions, self.variables).run(point))

    def _more_points(self, passed: int) -> list[list[float]]:
        found = []
        for point in points(self.variables, combined(self.conditions), self.seed + 7):
            found.append(point)  # the precise test looks at the conditions itself
            if len(found) >= 3 * (self.wanted - passed):
                return found
        return found


def too_few(points_found: int, *, decides: bool = True) -> str:
    """Why a claim is unverified: so many points of the domain were found, or so many at which values decide."""
    which = "of the domain" if decides else "that decides" if points_found < 2 else "that decide"
    if points_found > 1:
        return f"only {points_found} points {which} were found"
    return f"{'only 1' if points_found else 'no'} point {which} was found"


def _entries(claim: Claim) -> list[Claim]:
    a, b = claim
    return list(zip(a.args, b.args, strict=True)) if a.shape else [claim]


def _values_agree(sides: list[Sides]) -> list[Verdicts]:
    """For each claim, whether both sides agree at each point."""
    found: list[Verdicts] = []
    for lefts, rights in sides:
        verdicts: Verdicts = []
        for left, right in zip(lefts, rights, strict=True):
            if not _usable(left):
                verdicts.append(None)
            elif not _usable(right):
                verdicts.append((False, inf))
            else:
                error = abs(left - right) / max(abs(left), abs(right), 1e-300) if left != right else 0.0
                verdicts.append((error < 1e-9, error))
        found.append(verdicts)
    return found


def _usable(value: object) -> bool:
    kind = type(value)
    return (kind is float or kind is int) and -1e100 < value < 1e100  # type: ignore[operator]


STENCIL = (-4, -2, -1, 1, 2, 4)  # in quarters of the step


def _slopes_agree(functions: Program, sides: list[Sides], block: list[list[float]]) -> list[Verdicts]:
    """For each claim, whether the claimed derivative is the slope of the function at each point.

    functions: the functions of the claims alone, which are evaluated beside all points at once.
    """
    if not functions.roots:
        return []
    steps = [max(abs(point[0]), 0.1) * 2.0**-7 for point in block]
    around = [[point[0] + k * h / 4, *point[1:]] for point, h in zip(block, steps, strict=True) for k in STENCIL]
    beside = functions.columns(around)
    found: list[Verdicts] = []
    for place, (values, claimed) in zip(functions.roots, sides, strict=True):
        near = beside[place]
        found.append([
            slope_agrees(claimed[k], h, near[6 * k : 6 * k + 6]) if _usable(values[k]) else None
            for k, h in enumerate(steps)
        ])  # fmt: skip
    return found


def slope_agrees(claimed: Any, h: float, values: list[Any]) -> tuple[bool | None, float] | None:
    """Richardson's extrapolation of central differences, against what is claimed, with a bound on its error."""
    if not all(map(_usable, values)):
        return None
    low4, low2, low1, high1, high2, high4 = values
    coarse = (high4 - low4) / (2 * h)
    fine = (high2 - low2) / h
    finest = (high1 - low1) / (h / 2)
    first, second = fine + (fine - coarse) / 3, finest + (finest - fine) / 3
    slope = second + (second - first) / 15
    size = max(map(abs, values))
    bound = abs(slope - second) + 8 * _EPS * size / (h / 4) + 1e-12 * abs(slope)
    if bound > 1e-6 * (abs(slope) + size) and bound > 1e-7:
        return None if not _usable(claimed) else (None, inf)  # a kink or a pole is near
    if not _usable(claimed):
        return MISSING
    gap = abs(claimed - slope)
    return gap <= 10 * bound + 1e-10 * abs(slope), gap / max(abs(slope), abs(claimed), 1e-300) if gap else 0.0


_STEPS = frozenset({"floor", "ceil", "sign"})  # what all functions that jump are made of, but for cases

# The precise tests work at rising precision until two of them agree; a value that no precision settles (a chaotic map
# iterated fifty times) leaves the claim undecided and is never called a failure.
_PRECISIONS = (DIGITS, 2 * DIGITS, 6 * DIGITS)
_AGREE = 10 ** (DIGITS // 2)
_NOTHING = 1e-30  # the function's own size below which two slopes refute nothing


def _precise_value(claim: Claim, variables: list[Expr], point: list[float], deadline: Deadline) -> bool | None:
    left = _settled_value(claim[0], variables, point, deadline)
    if left is None:
        return None
    right = _settled_value(claim[1], variables, point, deadline)
    if right is None:
        return False if not deadline.passed() and _has_no_value(claim[1], variables, point) else None
    return _near(left[0], right[0], _noise(min(left[1], right[1])))


def _near(a: Any, b: Any, size: Any) -> bool:
    """Whether two values agree, relative to them or to `size`, whichever is larger."""
    return bool(abs(a - b) * _AGREE <= 10 * max(abs(a), abs(b), size))


def _noise(digits: int) -> Any:
    """Values below it are compared with it: what cancels to 0 leaves only noise. A remainder of 1e-56 is none at 80."""
    import mpmath

    return mpmath.mpf(10) ** (-3 * digits // 5)


def _settled_value(
    expr: Expr, variables: list[Expr], point: list[float], deadline: Deadline | None = None
) -> tuple[Any, int] | None:
    """The value once two precisions agree on it, and the digits of the higher one; None where none is settled."""
    import mpmath

    program = PreciseProgram(expr)
    steps = _steps_in(program)
    before, lower, doubtful = None, 0, False
    for digits in _PRECISIONS:
        if deadline is not None and deadline.passed():
            return None
        with mpmath.workdps(digits):
            trace = _trace(program, variables, point)
            value = _finite(trace[program.root])
            if value is None:
                return None
            beside = _is_beside_a_step(steps, trace, digits)
        if before is not None and _near(before, value, _noise(lower)):
            return None if beside or doubtful else (value, digits)
        before, lower, doubtful = value, digits, beside
    return None


def _trace(program: PreciseProgram, variables: list[Expr], point: list[float]) -> dict[Expr, Any]:
    import mpmath

    return program.trace({variable: mpmath.mpf(x) for variable, x in zip(variables, point, strict=True)})


def _finite(value: Any) -> Any:
    """A number, or None for what is none."""
    import mpmath

    return None if value is None or isinstance(value, bool) or not mpmath.isfinite(value) else value


def _is_beside_a_step(steps: list[Expr], trace: dict[Expr, Any], digits: int) -> bool:
    """Whether rounding decides on which side of a jump an operand falls: floor(sin(x)^2 + cos(x)^2)."""
    import mpmath

    for step in steps:
        u = trace[step.args[0]]
        if u is not None and 0 < abs(u if step.data == "sign" else u - mpmath.nint(u)) < _noise(digits):
            return True
    return False


def _steps_in(program: PreciseProgram) -> list[Expr]:
    return [node for node in program.nodes if type(node) is Call and node.data in _STEPS]


def _has_no_value(expr: Expr, variables: list[Expr], point: list[float]) -> bool:
    import mpmath

    program = PreciseProgram(expr)
    with mpmath.workdps(_PRECISIONS[-1]):
        return _finite(_trace(program, variables, point)[program.root]) is None


def _differs_at_border(claim: Claim, variables: list[Expr], point: list[float]) -> bool:
    """Whether a formula has a value at a border where the function has no slope, or another one."""
    import mpmath

    try:
        settled = _settled_value(claim[1], variables, point)
        if settled is None:
            return False
        claimed = settled[0]
        with mpmath.workdps(2 * DIGITS):
            left, right = slopes_beside(PreciseProgram(claim[0]), variables, point)
            return (
                left is not None
                and right is not None
                and max(abs(left - claimed), abs(right - claimed))
                > (mpmath.mpf(10) ** -6 * max(1, abs(claimed), abs(left)))
            )
    except (LimitError, NoRuleError, MemoryError):
        return False


def _precise_slope(claim: Claim, variables: list[Expr], point: list[float], deadline: Deadline) -> bool | None:
    settled = _settled_value(claim[1], variables, point, deadline)
    if settled is None:
        return None
    slope, size = _settled_slope(claim[0], variables, point, deadline)
    if slope is None:
        return None
    claimed = settled[0]
    # Two slopes of a function smaller than the noise agree whatever they are: they confirm, and refute nothing.
    return _near(claimed, slope, max(size, _NOTHING)) or (None if size < _NOTHING else False)


def _settled_slope(
    expr: Expr, variables: list[Expr], point: list[float], deadline: Deadline | None = None
) -> tuple[Any, Any]:
    """The slope once two step sizes agree on it, and the size of the function around the point.

    None for the slope at a kink, a jump, a pole, or where none is settled. Steps that are long beside the wiggles of a
    fast function measure nothing: two such slopes agree only by chance, so the function's own size is the yardstick.
    """
    import mpmath

    program = PreciseProgram(expr)
    steps = _steps_in(program)
    before = None
    for digits in _PRECISIONS:
        if deadline is not None and deadline.passed():
            return None, 0
        with mpmath.workdps(2 * digits):
            h = mpmath.mpf(10) ** (-digits // 3)
            x = mpmath.mpf(point[0])
            rest = {variable: mpmath.mpf(value) for variable, value in zip(variables[1:], point[1:], strict=True)}
            traces = [program.trace({variables[0]: x + k * h, **rest}) for k in (-2, -1, 0, 1, 2)]
            values = [trace[program.root] for trace in traces]
            if any(value is None or isinstance(value, bool) or not mpmath.isfinite(value) for value in values):
                return None, 0
            if any(trace[step] != traces[0][step] for step in steps for trace in traces):
                before = None  # a jump between the points: mod(x, 1e-30) repeats more often than h
                continue
            low2, low, middle, high, high2 = values
            size = max(map(abs, values))
            slope = (8 * (high - low) - (high2 - low2)) / (12 * h)
            if abs((middle - low) - (high - middle)) > abs(high - low) / 8 + h * mpmath.mpf(10) ** -6:
                before = None  # the two sides differ: a kink, or a step size too large
                continue
            if before is not None and _near(before, slope, size):
                return slope, size
            before = slope
    return None, 0
