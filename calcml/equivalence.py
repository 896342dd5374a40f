"""Whether two expressions are equal: as functions on the real numbers, domains included.

First a witness is looked for: a real point where both are defined and their values differ, found in float64 and
confirmed to 50 digits. Where there is none, the difference is brought to normal form; what that does not prove to be
0 is compared at 24 points to 50 digits. Values that agree leave the domains to be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice
from math import isfinite
from typing import Any

from calcml import sampling
from calcml.algebra.fractions import is_zero
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.budget import DEFAULT, Budget, Deadline
from calcml.build import sub
from calcml.common_domain import Comparison, compare_domains
from calcml.conditions import combined, opposite
from calcml.differentiation import resolve
from calcml.domains import requirements
from calcml.entries import written_out
from calcml.errors import LimitError, NoRuleError, UndecidedError
from calcml.evaluation import Program
from calcml.expr import Expr, rational
from calcml.precise import PreciseProgram, divides_by_zero, exact_ratio, jumps
from calcml.probing import Point, points
from calcml.traverse import count_nodes

EQUAL, EXCEPT, WHERE, DIFFERENT, UNDECIDED = "equal", "equal except", "equal where", "different", "undecided"
NORMAL_FORM = "normal form"
SAMPLED = "24 points at 50 digits"
WANTED = 24
_PRECISIONS = (70, 140, 700)
_FOR_CONSTANTS = (70, 140, 1200)  # one point only, so that it can be looked at closely
_SEEN = 100  # digits in which values agree
_LEAST = 1e-20  # below it two values are compared with it: what cancels to 0 leaves noise
_CLEARLY = 1e-6  # a difference of floats that needs no luck to be confirmed
_TRIES = 8  # witnesses that floats propose and digits have to confirm
_SECONDS = 4.0
MAX_NODES = 20_000


class Verdict:
    """What was found.

    status: "equal", "equal except" (at removable `points`, or where one of `conditions` fails), "equal where" (the
    `conditions` hold: elsewhere one of the two has no value), "different" (`witness`: symbol to exact value, a real
    point of both domains; `values` of the two there) or "undecided" (`reason`).
    proof: "normal form", "24 points at 50 digits", "1000 digits" (of constants), or empty.
    """

    __slots__ = ("conditions", "points", "proof", "reason", "status", "values", "witness")

    def __init__(
        self,
        status: str,
        *,
        proof: str = "",
        points: tuple[Expr, ...] = (),
        conditions: tuple[Expr, ...] = (),
        witness: dict[Expr, Expr] | None = None,
        values: tuple[Any, ...] = (),
        reason: str = "",
    ) -> None:
        self.status = status
        self.proof = proof
        self.points = points
        self.conditions = conditions
        self.witness = witness or {}
        self.values = values
        self.reason = reason

    def __bool__(self) -> bool:
        return self.status == EQUAL

    def __str__(self) -> str:
        return sentence(self, str)

    def __repr__(self) -> str:
        return f"<{self}>"


def sentence(verdict: Verdict, show: Callable[[Expr], str]) -> str:
    """The verdict in words."""
    if verdict.status == DIFFERENT:
        if not verdict.values:
            return f"different: {verdict.reason}"
        at = ", ".join(f"{show(symbol)} = {show(value)}" for symbol, value in verdict.witness.items())
        first, second = verdict.values
        return f"different: the first is {first} and the second {second}" + (f" at {at}" if at else "")
    if verdict.status == UNDECIDED:
        return f"undecided: {verdict.reason}"
    if verdict.status == EXCEPT and verdict.points:
        return f"equal except at {', '.join(map(show, verdict.points))}"
    if verdict.status == EXCEPT:
        return f"equal except where {' or '.join(show(opposite(part)) for part in verdict.conditions)}"
    if verdict.status == WHERE:
        return f"equal where {', '.join(map(show, verdict.conditions))}"
    return "equal"


def equivalent(a: Expr, b: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Verdict:
    """Whether two expressions have the same values on their common real domain, and the same domain. Symmetric.

    a, b: expressions of one shape; vectors are compared entry by entry. assuming: what is known of the symbols.

    >>> from calcml.reading import parse
    >>> for a, b in [("(x+1)^2", "x^2+2x+1"), ("(x^2-1)/(x-1)", "x+1"), ("ln(x^2)", "2*ln(x)"), ("sqrt(x^2)", "x")]:
    ...     print(equivalent(parse(a), parse(b)))
    equal
    equal except at 1
    equal where x > 0
    different: the first is 1 and the second -1 at x = -1
    """
    pairs = _entries(a, b)
    if pairs is None:
        return Verdict(DIFFERENT, reason=f"the shapes {a.shape} and {b.shape} differ")
    return _together([_decide(first, second, assuming, budget)[0] for first, second in pairs])


def accepts(answer: Expr, key: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> bool:
    """Whether an answer is right: equal to the key on the key's whole domain, single points aside.

    An answer defined at more points than the key is right, one that lacks an interval is not. UndecidedError where
    that cannot be told.

    >>> from calcml.reading import parse
    >>> accepts(parse("x + 1"), parse("(x^2-1)/(x-1)")), accepts(parse("2*ln(x)"), parse("ln(x^2)"))
    (True, False)
    """
    pairs = _entries(answer, key)
    if pairs is None:
        return False
    for first, second in pairs:
        verdict, domains = _decide(first, second, assuming, budget)
        if verdict.status == UNDECIDED:
            raise UndecidedError(f"it is not decided whether {answer!r} equals {key!r}", hint=verdict.reason)
        if verdict.status == DIFFERENT or (domains is not None and domains.first_lacks):
            return False
    return True


def _entries(a: Expr, b: Expr) -> list[tuple[Expr, Expr]] | None:
    a, b = written_out(resolve(a)), written_out(resolve(b))
    if a.shape != b.shape:
        return None
    if not a.shape:
        return [(a, b)]
    rows = [(a, b)]
    for _ in a.shape:
        rows = [pair for first, second in rows for pair in zip(first.args, second.args, strict=True)]
    return rows


def _together(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a vector: the worst of its entries."""
    order = (DIFFERENT, UNDECIDED, WHERE, EXCEPT, EQUAL)
    worst = min(verdicts, key=lambda verdict: order.index(verdict.status))
    if worst.status in (WHERE, EXCEPT):
        conditions = tuple(dict.fromkeys(part for verdict in verdicts for part in verdict.conditions))
        found = tuple(dict.fromkeys(part for verdict in verdicts for part in verdict.points))
        return Verdict(worst.status, proof=worst.proof, conditions=conditions, points=found)
    return worst


# ---- one pair of scalars -------------------------------------------------------------------------------------------


def _decide(a: Expr, b: Expr, assuming: Assumptions, budget: Budget) -> tuple[Verdict, Comparison | None]:
    if a is b:
        return Verdict(EQUAL, proof=NORMAL_FORM), None
    if count_nodes(a) + count_nodes(b) > MAX_NODES:
        return Verdict(UNDECIDED, reason="the expressions are too large to be compared"), None
    variables: list[Expr] = sorted(free_symbols(a, b), key=lambda symbol: symbol.data)
    try:
        search = _Search(a, b, variables, assuming, budget)
    except NoRuleError as error:
        return Verdict(UNDECIDED, reason=error.message), None
    witness = search.by_floats()
    if witness is not None:
        return witness, None
    zero = is_zero(sub(a, b), assuming.conditions)
    proof = NORMAL_FORM if zero is True else ""
    if not proof:
        witness = search.exactly() if zero is False else None
        if witness is not None:
            return witness, None
        found = search.by_digits()
        if isinstance(found, Verdict):
            return found, None
        proof = SAMPLED if variables else "1000 digits"
        if variables and jumps(a, b):
            return Verdict(
                UNDECIDED, reason=f"the values agree at {found} points, but a function jumps in between"
            ), None
        if found < (WANTED if variables else 1):
            return Verdict(UNDECIDED, reason=f"only {found} points were found where both have a value"), None
    domains = compare_domains(a, b, variables, assuming)
    if domains.disjoint:
        return Verdict(UNDECIDED, reason="there is no real point where both have a value"), domains
    if domains.same:
        return Verdict(EQUAL, proof=proof), domains
    status = EXCEPT if domains.removable else WHERE
    return Verdict(status, proof=proof, points=domains.points, conditions=domains.conditions), domains


class _Search:
    """The points looked at for one pair, and what floats say there."""

    __slots__ = ("deadline", "program", "programs", "rows", "sides", "variables")

    def __init__(self, a: Expr, b: Expr, variables: list[Expr], assuming: Assumptions, budget: Budget) -> None:
        self.variables = variables
        self.sides = (a, b)
        self.deadline = Deadline(min(budget.seconds, _SECONDS))
        self.program = Program([a, b, *assuming.conditions], variables)
        self.programs = (PreciseProgram(a), PreciseProgram(b))
        self.rows: list[tuple[Point, Any, Any]] = []
        conditions = assuming.conditions
        inside = [*requirements(a), *requirements(b), *conditions]
        for point in chain(points((a, b, *conditions), variables), _inside(variables, inside)):
            first, second, *held = self.program.run([_float(part) for part in point])
            if not any(verdict is not True for verdict in held):
                self.rows.append((point, first, second))

    def by_floats(self) -> Verdict | None:
        """A witness among the points where floats differ, the clear ones first."""
        differing = []
        for point, first, second in self.rows:
            if _usable(first) and _usable(second) and first != second:
                size = max(abs(first), abs(second))
                differing.append((abs(first - second) / size if size else 0.0, point))
        clear = [point for gap, point in differing if gap > _CLEARLY]
        close = [point for _, point in sorted((item for item in differing if item[0] <= _CLEARLY), reverse=True)]
        for point in [*clear[:_TRIES], *close[:_TRIES]]:
            verdict = self._differs_at(point)
            if isinstance(verdict, Verdict):
                return verdict
        return None

    def by_digits(self) -> Verdict | int:
        """A witness among all points, or at how many of them the values agree."""
        agreeing = 0
        for point in self._in_order():
            if agreeing >= WANTED or self.deadline.passed():
                break
            verdict = self._differs_at(point)
            if isinstance(verdict, Verdict):
                return verdict
            agreeing += verdict is False
        return agreeing

    def _in_order(self) -> Iterator[Point]:
        """Those where floats have a value first, and among them from all over the list: near, far, beside switches."""
        usable = [point for point, first, second in self.rows if _usable(first) and _usable(second)]
        others = [point for point, *_ in self.rows if point not in set(usable)]
        step = max(1, len(usable) // WANTED)
        spread = usable[::step]
        yield from spread
        yield from (point for point in usable if point not in set(spread))
        yield from others

    def exactly(self) -> Verdict | None:
        """A witness by exact arithmetic, for what is known not to be 0: x + 10^(-400) is not x."""
        for point, *_ in self.rows:
            at = {symbol: rational(part.numerator, part.denominator) for symbol, part in self._at(point)}
            ratios = [exact_ratio(substitute(side, at)) for side in self.sides]
            if all(isinstance(ratio, tuple) for ratio in ratios) and ratios[0] != ratios[1]:
                return Verdict(DIFFERENT, witness=at, values=tuple([_abbreviated(rational(*r)) for r in ratios]))
        return None

    def _at(self, point: Point) -> Iterator[tuple[Expr, Fraction]]:
        return zip(self.variables, point, strict=True)

    def _differs_at(self, point: Point) -> Verdict | bool | None:
        """The verdict with this witness; False where the values agree, None where there are none or it is not clear."""
        ratios = {symbol: (part.numerator, part.denominator) for symbol, part in self._at(point)}
        if any(divides_by_zero(side, ratios) is not None for side in self.sides):
            return None
        found = _values(self.programs, self.variables, point)
        if not isinstance(found, tuple):
            return found
        at = {
            symbol: rational(part.numerator, part.denominator)
            for symbol, part in zip(self.variables, point, strict=True)
        }
        return Verdict(DIFFERENT, witness=at, values=_shown(found))


def _inside(variables: list[Expr], conditions: list[Expr]) -> Iterator[Point]:
    """Points drawn inside the bounds that simple conditions set (x > 0, 0 < p < 1)."""
    if not variables:
        return
    for values in islice(sampling.points(variables, combined(conditions)), WANTED * len(variables)):
        yield tuple([Fraction(value).limit_denominator(1000) for value in values])


def _float(part: Fraction) -> float:
    return part.numerator / part.denominator


def _usable(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _values(programs: tuple[PreciseProgram, PreciseProgram], variables: Sequence[Expr], point: Point) -> Any:
    """The two values where they certainly differ; False where they agree to 50 digits; None where neither is sure.

    A difference counts when it is large beside the rounding of all that went into it: 2 - erfc(-25) is 0 until 300
    digits are kept.
    """
    import mpmath

    before: list[Any] = []
    for digits in _PRECISIONS if variables else _FOR_CONSTANTS:
        with mpmath.workdps(digits):
            at = {s: mpmath.mpf(part.numerator) / part.denominator for s, part in zip(variables, point, strict=True)}
            try:
                traces = [program.trace(at) for program in programs]
            except (LimitError, MemoryError, OverflowError):
                return None
            first, second = (trace[program.root] for trace, program in zip(traces, programs, strict=True))
            if not _is_value(first) or not _is_value(second):
                return None
            if isinstance(first, bool) or isinstance(second, bool):
                return None if first is second else (first, second)
            gap, size = first - second, max(abs(first), abs(second), _LEAST)
            if before:
                steady = abs(gap - before[-1]) <= abs(gap) / 1000
                if gap and steady and abs(gap) > _largest(traces) * mpmath.mpf(10) ** (10 - digits):
                    return first, second
                small = size * mpmath.mpf(10) ** -(_SEEN if variables else 1000)
                if abs(gap) <= small and (len(before) > 1 or abs(before[-1]) <= size * mpmath.mpf(10) ** -50):
                    return False
            before.append(gap)
    return None


def _largest(traces: list[dict[Expr, Any]]) -> Any:
    """The largest number on the way to the values."""
    import mpmath

    found = [
        abs(value) for trace in traces for value in trace.values() if value is not None and type(value) is not bool
    ]
    return max((value for value in found if mpmath.isfinite(value)), default=0)


def _is_value(value: Any) -> bool:
    import mpmath

    return value is not None and (isinstance(value, bool) or bool(mpmath.isfinite(value)))


def _shown(values: tuple[Any, Any]) -> tuple[str, str]:
    """The two values with as many digits as tell them apart."""
    import mpmath

    for digits in (6, 12, 20, 40, 60):
        shown = tuple(
            _tidy(mpmath.nstr(value, digits)) if not isinstance(value, bool) else str(value) for value in values
        )
        if shown[0] != shown[1]:
            return shown[0], shown[1]
    with mpmath.workdps(_FOR_CONSTANTS[-1]):
        gap = mpmath.nstr(abs(values[1] - values[0]), 3)
    return shown[0], f"{gap} {'more' if values[1] > values[0] else 'less'}"


def _abbreviated(value: Expr) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:20]}...{text[-10:]}"


def _tidy(text: str) -> str:
    return text.removesuffix(".0")
