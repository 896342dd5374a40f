"""What must hold of a simplified expression, and how it is told: floats first, then digits where floats disagree.

At a point no judgement is made where digits cannot make one: where a value on the way still changes between 50 and 300
digits (cot(acot(0)) is 0, and 10^-50 to 50 digits), where it is rounded to an end that its function never reaches
(erfc(-28) < 2), where a term is lost beside another one, and where rounding decides on which side of a jump it falls.
How many points were settled, and how, is counted.
"""

from __future__ import annotations

import time
from collections import Counter

import calcml as cm
from calcml import functions
from calcml.entries import written_out
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.heads import Sum
from calcml.measure import measure
from calcml.precise import PreciseProgram
from calcml.sampling import points
from calcml.signs import enclosure_of_range
from calcml.simplification import SEARCH_SECONDS, simplify
from calcml.traverse import rewrite_bottom_up

SECONDS = 2.0  # for one call
POINTS = 14  # with a value, for one expression
MOST_POINTS = 40  # tried
FIXED = [[a, b, 2.0] for a in (0.0, 1.0, -1.0) for b in (1.0, -1.0)]
DIGITS = (50, 300)

Values = dict[Expr, object]


def failure(expr: Expr, seen: Counter[str] | None = None) -> tuple[str, float]:
    """What is wrong with how an expression is simplified (empty: nothing), and the seconds of the slower call."""
    line, seconds = _undisturbed(expr)
    started = time.process_time()
    kept = cm.simplify(expr)
    seconds = max(seconds, time.process_time() - started)
    if seconds > SECONDS:
        return f"took {seconds:.1f} s", seconds
    if measure(line) > measure(expr):
        return f"became longer: {line}", seconds
    again, _ = _undisturbed(line)
    if again is not line:
        return f"not idempotent: {line}, then {again}", seconds
    return _differs((expr, line, kept), Counter() if seen is None else seen), seconds


def _undisturbed(expr: Expr) -> tuple[Expr, float]:
    """The line and its seconds; once more where a busy machine held the search up until its time was over."""
    for _ in range(5):
        wall, started = time.monotonic(), time.process_time()
        line = simplify(expr)
        wall, seconds = time.monotonic() - wall, time.process_time() - started
        if wall < SEARCH_SECONDS or wall < 1.5 * seconds:
            break
    return line, seconds


def _differs(lines: tuple[Expr, Expr, Expr], seen: Counter[str]) -> str:
    """A point at which the line has another value, or it with its conditions another domain; empty: none found."""
    plain = [_plain(line) for line in lines]
    variables = sorted(cm.free_symbols(*plain), key=lambda symbol: symbol.name)
    program = Program(plain, variables)
    precise: list[PreciseProgram] = []
    fixed, stream = iter([at[: len(variables)] for at in FIXED]), points(variables, seed=5)
    valued = 0
    for _ in range(len(FIXED) + MOST_POINTS):
        point = next(fixed, None) or next(stream)
        before, after, guarded = program.run(point)
        if before != before and guarded != guarded:
            seen["no value in floats"] += 1
            continue
        valued += 1
        if valued > POINTS:
            break
        if _close(before, after) and _close(before, guarded):
            seen["equal in floats"] += 1
        else:
            precise = precise or [PreciseProgram(line) for line in plain]
            verdict = _by_digits(precise, variables, point)
            if verdict.startswith("! "):
                at = ", ".join(f"{v} = {p!r}" for v, p in zip(variables, point, strict=True))
                return f"{verdict[2:]}: {lines[1]} (with its domain: {lines[2]}) at {at}"
            seen[verdict] += 1
    seen["expressions without a value at any point"] += not valued
    return ""


def _plain(line: Expr) -> Expr:
    """With vectors and sums written out, as digits ask for."""

    def visit(node: Expr) -> Expr:
        if not isinstance(node, Sum):
            return node
        body, index, first, last = node.args
        return cm.Add(*(cm.substitute(body, {index: k}) for k in range(first.ratio[0], last.ratio[0] + 1)))  # type: ignore[attr-defined]

    return rewrite_bottom_up(written_out(line), visit)


def _close(a: object, b: object) -> bool:
    return type(a) is float and type(b) is float and abs(a) < 1e200 and abs(a - b) <= 1e-9 * abs(a)


def _by_digits(precise: list[PreciseProgram], variables: list[Expr], point: list[float]) -> str:
    """How the point was settled, or what is wrong, after "! "."""
    first, second = (_traces(precise, variables, point, digits) for digits in DIGITS)
    if first is None or second is None:
        return "too large for digits"
    before, after, guarded = (trace[p.root] for trace, p in zip(second, precise, strict=True))
    if before is None and guarded is None:
        return "no value in digits"
    if _near(before, after) and _near(before, guarded):
        return "equal in digits"
    if any(_is_doubtful(a, b) for a, b in zip(first, second, strict=True)):
        return "no digits tell"
    if before is None:
        return "! defined where it was not"
    if after is None or guarded is None:
        return "! no value where there was one"
    return f"! {float(before):.17g} became {float(after):.17g}"


def _traces(
    precise: list[PreciseProgram], variables: list[Expr], point: list[float], digits: int
) -> list[Values] | None:
    import mpmath

    with mpmath.workdps(digits):
        at = {v: mpmath.mpf(p) for v, p in zip(variables, point, strict=True)}
        try:
            found = [program.trace(at) for program in precise]
        except (cm.CalcmlError, MemoryError, OverflowError):
            return None
        for trace in found:  # an infinite value is none
            trace.update({node: None for node, value in trace.items() if not mpmath.isfinite(value or 0)})
    return found


def _near(a: object, b: object) -> bool:
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(abs(a - b) <= 1e-25 * max(abs(a), abs(b)))  # type: ignore[operator, arg-type]


def _is_doubtful(first: Values, second: Values) -> bool:
    """Whether a value on the way is not settled by these digits."""
    import mpmath

    with mpmath.workdps(DIGITS[1]):
        return any(
            not _near(first[node], value) or (value is not None and _is_rounded_across(node, second))
            for node, value in second.items()
        )


def _is_rounded_across(node: Expr, values: Values) -> bool:
    """Whether rounding took a value to where it cannot be, or to the other side of a jump."""
    import mpmath

    tiny = mpmath.mpf(10) ** (10 - DIGITS[1])
    args = [values[arg] for arg in node.args]
    if isinstance(node, (cm.Add, cm.Sub)):
        return any(arg and abs(arg) < tiny * abs(other) for arg in args for other in args)  # type: ignore[arg-type, operator]
    if not isinstance(node, cm.Call):
        return False
    low, high, low_out, high_out = enclosure_of_range(functions.find(node.data))
    if (low_out and values[node] == low) or (high_out and values[node] == high):
        return True
    if node.data in ("floor", "ceil", "mod"):
        place = args[0] if len(args) == 1 else args[0] / args[1]  # type: ignore[operator]
        return 0 < abs(place - mpmath.nint(place)) < mpmath.sqrt(tiny)
    return False
