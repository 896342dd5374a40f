"""A rewritten expression held against the one it came from, by values: the same value wherever there was one, and none
where there was none.

Floats decide where they can, at a block of points evaluated at once. Where they say no, digits do: only what differs at
every one of five precisions is a failure, so that rounding (asin(sin(x)^2 + cos(x)^2)) raises no false alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from calcml.binding import free_symbols
from calcml.budget import Deadline
from calcml.conditions import combined
from calcml.derivation import Check
from calcml.domains import requirements
from calcml.entries import written_out
from calcml.errors import CalcmlError, InvariantError
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.precise import PreciseProgram
from calcml.sampling import points
from calcml.verify import too_few

POINTS = 8
MAX_BLOCKS = 6  # tried until half of them had a value
MAX_DOUBTS = 6  # points that are looked at with digits
PRECISIONS = (40, 47, 60, 80, 240)
PRECISE_SECONDS = 0.5  # for all that digits have to decide; what would take longer stays undecided
_ENDS = (0.0, 1.0, -1.0)  # of all variables at once: where cases meet and single points of the domain are missing
_TINY, _LARGE = 1e-9, 1e100

DIFFERENT, GONE, NEW = "it has another value", "it has no value", "it has a value where there was none"


def agreement(before: Expr, after: Expr, conditions: Sequence[Expr] = (), *, domain: bool = True) -> Check:
    """How two expressions compare where `conditions` hold: checked, unverified, or failed with the point as reason.

    domain: whether `after` must also have no value where `before` has none.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> agreement(x + x, 2*x), agreement(x + x, x**2)
    (checked at 8 points to 9 digits, failed: it has another value at x = 0.21267160438975696)
    >>> agreement(x/x, x - x + 1), agreement(x/x, x - x + 1, domain=False)
    (failed: it has a value where there was none at x = 0.0, checked at 8 points to 9 digits)
    """
    if before is after:
        return Check("proved", reason="nothing was changed")
    if before.shape != after.shape:
        return Check("failed", reason=f"its shape is {after.shape}, and was {before.shape}")
    pairs = _entries(before, after)
    variables = sorted(free_symbols(before, after, *conditions), key=lambda symbol: symbol.data)
    try:
        program = Program([side for pair in pairs for side in pair] + list(conditions), variables)
    except CalcmlError as error:
        return Check("unverified", reason=error.message)
    places = [(program.index[a], program.index[b]) for a, b in pairs]
    required = [program.index[condition] for condition in conditions]
    wanted = POINTS if variables else 1
    stream = points(variables, conditions)
    passed, worst = [0] * len(pairs), 0.0
    doubts: list[tuple[int, list[float]]] = []
    for number in range(MAX_BLOCKS if variables else 1):
        if number == 1:  # then in the domain, as far as its conditions are bounds
            asked = () if before.shape else combined(requirements(before))
            stream = points(variables, [*conditions, *asked], seed=2)
        block = list(islice(stream, wanted))
        if not number and variables:
            block += [[end] * len(variables) for end in _ENDS]
        columns = program.columns(block)
        for k, point in enumerate(block):
            if any(columns[i][k] is not True for i in required):
                continue
            for i, (a, b) in enumerate(places):
                verdict = _compared(columns[a][k], columns[b][k], domain)
                if verdict is None:
                    continue
                if verdict < 0:
                    doubts.append((i, point))
                else:
                    passed[i] += 1
                    worst = max(worst, verdict)
        if min(passed) >= wanted:
            break
    settled: dict[int, int] = {}
    deadline = Deadline(PRECISE_SECONDS)
    for i, point in doubts:
        if settled.get(i, 0) < MAX_DOUBTS and not deadline.passed():
            settled[i] = settled.get(i, 0) + 1
            wrong = _difference(*pairs[i], variables, point, domain, deadline)
            if wrong:
                at = ", ".join(f"{v} = {p!r}" for v, p in zip(variables, point, strict=True))
                return Check("failed", reason=f"{wrong} at {at}" if at else wrong)
            passed[i] += wrong == ""
    least = min(min(passed), wanted)
    if least < (wanted + 1) // 2:
        return Check("unverified", points=least, reason=too_few(least, decides=not doubts))
    return Check("checked", points=least, digits=9, error=worst)


def require_agreement(before: Expr, after: Expr, form: str) -> Check:
    """The check of a form asked for by name, by values alone. InvariantError where it fails: it is not shown."""
    check = agreement(before, after, domain=False)
    if check.status == "failed":
        raise InvariantError(
            f"{form}: the form that was found failed its check: {check.reason}",
            hint="this is a bug in calcml; please report the input",
        )
    return check


def _entries(a: Expr, b: Expr) -> list[tuple[Expr, Expr]]:
    """The pairs of entries of two vectors or matrices."""
    if not a.shape:
        return [(a, b)]
    pairs = zip(written_out(a).args, written_out(b).args, strict=True)
    return [pair for x, y in pairs for pair in _entries(x, y)]


def _compared(left: Any, right: Any, domain: bool) -> float | None:
    """The relative difference of two floats; -1 for digits to decide, None where nothing can be said."""
    if type(left) is bool or type(right) is bool:
        return 0.0 if left is right else None if left != left and right != right else -1.0
    if left != left:
        return -1.0 if domain and right == right else None
    if not -_LARGE < left < _LARGE:
        return None
    if left == right:
        return 0.0
    if right != right:
        return -1.0
    error = abs(left - right) / max(abs(left), abs(right))
    return error if error < _TINY else -1.0


def _difference(
    before: Expr, after: Expr, variables: Sequence[Expr], point: Sequence[float], domain: bool, deadline: Deadline
) -> str | None:
    """What is wrong at a point, at every precision; "" where both agree, None where digits cannot tell in time."""
    import mpmath

    told: list[str] = []
    values = []
    spent, last = 0.0, PRECISIONS[0]
    try:
        programs = [PreciseProgram(side) for side in (before, after)]
        for digits in PRECISIONS:
            left_over = deadline.left()
            if spent * (digits / last) ** 2 > left_over:  # the time that functions take grows so, at least
                return None
            with mpmath.workdps(digits):
                at = {v: mpmath.mpf(p) for v, p in zip(variables, point, strict=True)}
                left, right = [_number(program.run(at), mpmath) for program in programs]
                values.append((left, right))
                told.append(_told(left, right, digits, domain))
                if told == ["", ""] and left is not None and abs(left) > _nothing(digits):
                    return "" if _close(values[0][0], left, PRECISIONS[0]) else None
            spent, last = left_over - deadline.left(), digits
    except (CalcmlError, ArithmeticError, MemoryError, ValueError, TypeError):
        return None
    if told[-1] == "":
        return None if values[-1][0] is None else ""
    # Of settled values: a chaotic map iterated decides nothing, nor does a division by what cancels to 0.
    (left, right), (last_left, last_right) = values[-2:]
    if not (_close(left, last_left, PRECISIONS[-2]) and _close(right, last_right, PRECISIONS[-2])):
        return None
    if told[-1] == DIFFERENT:  # at few digits a small difference may not be seen
        return DIFFERENT if told[-2] == DIFFERENT else None
    return told[-1] if len(set(told)) == 1 else None


def _told(left: Any, right: Any, digits: int, domain: bool) -> str:
    if left is None:
        return NEW if domain and right is not None else ""
    if right is None:
        return GONE
    return "" if _close(left, right, digits) else DIFFERENT


def _number(value: Any, mp: Any) -> Any:
    return None if value is None or (not isinstance(value, bool) and not mp.isfinite(value)) else value


def _close(a: Any, b: Any, digits: int) -> bool:
    """Whether two values agree, relative to them, or to what rounding leaves of a value that cancels to 0."""
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(abs(a - b) * 10 ** (digits // 2) <= max(abs(a), abs(b), _nothing(digits)))


def _nothing(digits: int) -> Any:
    import mpmath

    return mpmath.mpf(10) ** (-3 * digits // 10)
