"""Where a function of one variable goes at an end of an interval: a number, ±oo, or not known.

Three ways, in this order: arithmetic with infinities, the row of a monotone function telling where it ends; the series
at the end (in 1/x at infinity); and which term of a sum outgrows the others, exponentials before powers before
logarithms. None is an answer too: nobody knows, or it goes on swinging.
"""

from __future__ import annotations

from typing import NamedTuple

from calcml import functions
from calcml.algebra.expand import expand
from calcml.algebra.read import terms_of
from calcml.algebra.terms import Terms, quotient, scaled
from calcml.algebra.write import canonical
from calcml.binding import free_symbols, substitute
from calcml.build import add, div, mul, neg, power, sub
from calcml.errors import CalcmlError
from calcml.expr import (
    INFINITY,
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Number,
    Piecewise,
    Pow,
    Sub,
    Symbol,
    make,
    ratio_of,
)
from calcml.regions.inverses import image_set
from calcml.regions.reals import Border, Real, compare, expr_of, plus, real, times
from calcml.series.coefficients import expression_of
from calcml.series.local import with_cases
from calcml.series.near import RIGHT, Near
from calcml.series.streams import valuation
from calcml.signs import bounds
from calcml.templates import fill_row
from calcml.traverse import topological

MINUS_INFINITY = Neg(INFINITY)
MAX_NODES = 300


class End(NamedTuple):
    """An end of the line or of an interval: a number approached from one side, or ±oo (at is None).

    side: RIGHT where x comes from the right (decreasing towards the number, or from +oo).
    """

    at: Border | None
    side: int


def limit(f: Expr, x: Symbol, end: End) -> Expr | None:
    """The limit of f at an end: a number, oo or -oo; None where it is not found.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> [limit(parse(s), x, End(None, RIGHT)) for s in ("x*e^(-x)", "(2x^2+1)/(x^2-x)", "atan(x) - x", "sin(x)")]
    [0, 2, -oo, None]
    >>> limit(parse("x ln x"), x, End(0, RIGHT)), limit(parse("ln(x) + 1/x"), x, End(0, RIGHT))
    (0, oo)
    """
    if len(topological(f)) > MAX_NODES:
        return None
    f = with_cases(f)
    t = Symbol("t") if x.data != "t" else Symbol("s")
    if end.at is None:
        inside = substitute(f, {x: div(ONE, t) if end.side == RIGHT else neg(div(ONE, t))})
    else:
        inside = substitute(f, {x: expr_of(end.at) + t if end.side == RIGHT else expr_of(end.at) - t})
    try:
        return _Growth(t).limit(inside)
    except (CalcmlError, ZeroDivisionError):
        return None


class Lead(NamedTuple):
    """How a part grows as t falls to 0: like number·e^exponent·t^power·ln(1/t)^log.

    number: 0 for what vanishes at an unknown rate, None for what is bounded and goes on swinging.
    """

    number: Border | None
    exponent: Expr = ZERO
    power: Border = 0
    log: Border = 0

    @property
    def is_plain(self) -> bool:
        """Whether it goes to a number that is not 0."""
        return bool(self.number) and self.exponent is ZERO and not self.power and not self.log


VANISHES, SWINGS = Lead(0), Lead(None)


class _Growth:
    """The leads of the parts of one expression; a part whose growth is not known has none."""

    def __init__(self, t: Symbol) -> None:
        self.t = t
        self.memo: dict[Expr, Lead | None] = {}

    def limit(self, f: Expr) -> Expr | None:
        lead = self.lead(f)
        if lead is None or lead.number is None:
            return None
        size = self.size(lead)
        if size == 0:
            return expr_of(lead.number)
        if size is None:
            return None
        return ZERO if size < 0 else INFINITY if compare(lead.number, 0) > 0 else MINUS_INFINITY

    def lead(self, f: Expr) -> Lead | None:
        """The lead of an expression, operands first."""
        for node in topological(f):
            if node not in self.memo:
                try:
                    self.memo[node] = self._series(node) or self._lead(node)
                except (CalcmlError, ZeroDivisionError):
                    self.memo[node] = None
        return self.memo[f]

    def size(self, lead: Lead) -> int | None:
        """-1 for what goes to 0, 0 for what has a limit that is not 0, 1 for what grows beyond all bounds."""
        if lead.number is None:
            return None
        if lead.number == 0:
            return -1
        if lead.exponent is not ZERO:
            above = self.lead(lead.exponent)
            if above is None or above.number is None or self.size(above) != 1:
                return None
            return compare(above.number, 0)
        if lead.power:
            return -compare(lead.power, 0)
        return compare(lead.log, 0)

    def _series(self, node: Expr) -> Lead | None:
        """From the series in t, where there is one."""
        if self.t not in free_symbols(node):
            number = real(node)
            return Lead(number) if number else None
        try:
            near = Near(node, {self.t: ZERO}, side=RIGHT)
            stream = near.stream(node)
            lowest = valuation(stream, DEEPEST)
        except CalcmlError:
            return None
        if lowest is None:
            return VANISHES if stream is near.memo.get(ZERO) else None
        return Lead(real(expression_of(stream.at(lowest))), ZERO, lowest)

    def _lead(self, node: Expr) -> Lead | None:
        head = type(node)
        if head is Number or head is Constant:
            return VANISHES if node is ZERO else None
        if head is Piecewise:
            return self.lead(Near(node, {self.t: ZERO}, side=RIGHT).case_of(node))
        parts = [self.memo[arg] for arg in node.args]
        if head in (Add, Sub):
            return self._sum(node, parts)
        if any(part is None for part in parts):
            return self._bounded(node)
        leads: list[Lead] = [part for part in parts if part is not None]
        if head is Neg:
            return self._times(Lead(-1), leads[0])
        if head is Mul:
            product: Lead | None = leads[0]
            for part in leads[1:]:
                product = None if product is None else self._times(product, part)
            return product
        if head is Div:
            below = self._raised(leads[1], -1)
            return None if below is None else self._times(leads[0], below)
        if head is Pow:
            return self._power(node, leads)
        if head is Call and len(node.args) == 1:
            return self._call(node, leads[0])
        return self._bounded(node)

    # ---- arithmetic ------------------------------------------------------------------------------------------------

    def _times(self, a: Lead, b: Lead) -> Lead | None:
        if a.number is None or b.number is None or a.number == 0 or b.number == 0:
            sizes = {self.size(part) if part.number is not None else 0 for part in (a, b)}
            if None in sizes or 1 in sizes:
                return None
            return VANISHES if -1 in sizes else SWINGS
        exponent = a.exponent if b.exponent is ZERO else b.exponent if a.exponent is ZERO else self._added(a, b)
        found = Lead(times(a.number, b.number), exponent, plus(a.power, b.power), plus(a.log, b.log))
        return self._settled(found)

    def _added(self, a: Lead, b: Lead) -> Expr:
        total = terms_of(add(a.exponent, b.exponent))
        return canonical(expand(total) or total) if total else ZERO

    def _settled(self, lead: Lead) -> Lead | None:
        """With an exponent that has a limit taken into the number."""
        if lead.exponent is ZERO:
            return lead
        above = self.lead(lead.exponent)
        if above is None or above.number is None:
            return None
        size = self.size(above)
        if size == 1:
            return lead
        value = self.limit(lead.exponent)
        if value is None:
            return None
        return lead._replace(number=times(lead.number, real(power(E, value))), exponent=ZERO)

    def _raised(self, a: Lead, n: Border) -> Lead | None:
        if not a.number:
            return VANISHES if a.number == 0 and compare(n, 0) > 0 else None
        if not isinstance(n, int) and compare(a.number, 0) < 0:
            return None
        number = real(power(expr_of(a.number), expr_of(n)))
        exponent = ZERO if a.exponent is ZERO else canonical(_multiplied(a.exponent, n))
        return Lead(number, exponent, times(n, a.power), times(n, a.log))

    def _sum(self, node: Expr, parts: list[Lead | None]) -> Lead | None:
        signs = [1, -1] if type(node) is Sub else [1] * len(parts)
        if any(part is None for part in parts):
            return self._bounded(node)
        total: Lead | None = None
        for sign, part in zip(signs, parts, strict=True):
            term = self._times(Lead(sign), part)  # type: ignore[arg-type]
            if term is None:
                return None
            total = term if total is None else self._plus(total, term)
            if total is None:
                return self._bounded(node)
        return total

    def _plus(self, a: Lead, b: Lead) -> Lead | None:
        sizes = [self.size(part) if part.number is not None else 0 for part in (a, b)]
        if a.number is None or b.number is None or a.number == 0 or b.number == 0:
            if sizes[0] is None or sizes[1] is None:
                return None
            if sizes == [-1, -1]:
                return VANISHES
            low, high = sorted((a, b), key=lambda part: (part.number is not None, self.size(part) or 0))
            if self.size(high) == 1:
                return high
            return SWINGS if low.number is None else high
        ratio = self._raised(b, -1)
        quotient = None if ratio is None else self._times(a, ratio)
        larger = None if quotient is None else self.size(quotient)
        if larger is None:
            return None
        if larger:
            return a if larger > 0 else b
        number = plus(a.number, b.number)
        if compare(number, 0) == 0:
            return VANISHES if sizes == [-1, -1] or (sizes == [0, 0] and a.is_plain and b.is_plain) else None
        return a._replace(number=number)

    # ---- powers and functions ----------------------------------------------------------------------------------------

    def _power(self, node: Expr, leads: list[Lead]) -> Lead | None:
        base, exponent = node.args
        ratio = ratio_of(exponent)
        if ratio is not None:
            return self._raised(leads[0], real(exponent))
        if base is E:
            return self._exponential(exponent, leads[1])
        return self._exponential(mul(exponent, make(Call, "ln", (base,))), None)

    def _exponential(self, u: Expr, lead: Lead | None) -> Lead | None:
        lead = self.lead(u) if lead is None else lead
        if lead is None or lead.number is None:
            return None
        size = self.size(lead)
        if size is None:
            return None
        if size < 1:
            value = self.limit(u)
            return None if value is None else Lead(real(power(E, value)))
        if lead.exponent is ZERO and not lead.power and lead.log == 1:  # e^(c·ln(1/t) + r) is t^(-c)·e^r
            rest = sub(u, mul(expr_of(lead.number), neg(make(Call, "ln", (self.t,)))))
            value = self.limit(_opened(rest))
            return (
                None
                if value is None or value in INFINITE
                else Lead(real(power(E, value)), ZERO, times(-1, lead.number))
            )
        if lead.exponent is ZERO and not lead.power and lead.log < 1:
            return None
        return Lead(1, u)

    def _logarithm(self, lead: Lead) -> Lead | None:
        if not lead.number or compare(lead.number, 0) < 0:
            return None
        if lead.exponent is not ZERO:
            return self.lead(lead.exponent)
        if lead.power:
            return Lead(times(-1, lead.power), ZERO, 0, 1)
        if lead.log or lead.number == 1:
            return None
        return Lead(real(make(Call, "ln", (expr_of(lead.number),))))

    def _call(self, node: Expr, lead: Lead) -> Lead | None:
        name = node.data
        size = self.size(lead)
        if name == "exp":
            return self._exponential(node.args[0], lead)
        if name == "sqrt":
            return self._raised(lead, quotient(1, 2))
        if name == "cbrt" and lead.number:
            positive = compare(lead.number, 0) > 0
            root = self._raised(lead if positive else lead._replace(number=times(-1, lead.number)), quotient(1, 3))
            return root if positive or root is None else self._times(Lead(-1), root)
        if name == "abs" and lead.number:
            return lead if compare(lead.number, 0) > 0 else self._times(Lead(-1), lead)
        if name == "ln" and size != 0:
            return self._logarithm(lead)
        if size is None:
            return self._bounded(node)
        if size < 1:
            value = self.limit(node.args[0])
            try:
                return None if value is None else self._at(node, value)
            except CalcmlError:  # a pole of the function: tan at pi/2
                spec = functions.find(name)
                is_plain = spec is not None and spec.defined_as and not spec.is_variadic
                return self.lead(fill_row(spec, spec.defined_as, node.args)) if spec is not None and is_plain else None
        return self._far(node, compare(lead.number, 0))

    def _at(self, node: Expr, value: Expr) -> Lead | None:
        """f(u) for u that goes to a number: the first coefficient of f there that is not 0."""
        s = Symbol("s_1")
        near = Near(make(Call, node.data, (s,)), {s: value})
        stream = near.stream(near.root)
        k = valuation(stream, DEEPEST)
        if k is None:
            return None
        inner = self.lead(sub(node.args[0], value)) if value is not ZERO else self.memo[node.args[0]]
        if k == 0:
            return Lead(real(expression_of(stream.at(0))))
        if inner is None:
            return VANISHES
        powered = self._raised(inner, k)
        return None if powered is None else self._times(Lead(real(expression_of(stream.at(k)))), powered)

    def _far(self, node: Expr, side: int) -> Lead | None:
        """f(u) for u that grows beyond all bounds: by the definition of f, or by the end of its range."""
        spec = functions.find(node.data)
        if spec is None:
            return None
        if spec.monotone and (spec.range or not spec.defined_as):
            least, most, _, _ = bounds(make(Call, node.data, (Symbol("x"),)))
            top = (side > 0) == (spec.monotone == "increasing")
            end = most if top else least
            if abs(end) != float("inf"):
                number = _end_of_range(spec, top)
                if number:
                    return Lead(number)
                if not spec.defined_as:
                    return VANISHES
        if spec.defined_as and not spec.is_variadic:
            found = self.lead(fill_row(spec, spec.defined_as, node.args))
            if found is not None:
                return found
            if spec.monotone and spec.range:
                least, most, _, _ = bounds(make(Call, node.data, (Symbol("x"),)))
                if (most if (side > 0) == (spec.monotone == "increasing") else least) == 0:
                    return VANISHES
        return self._bounded(node)

    def _bounded(self, node: Expr) -> Lead | None:
        low, high, _, _ = bounds(node)
        return SWINGS if abs(low) != float("inf") and abs(high) != float("inf") else None


def _end_of_range(spec: functions.FunctionSpec, top: bool) -> Border | None:
    """The upper or lower end of the range a row states, exactly."""
    found = image_set(spec.name)
    if found is None or not found.borders:
        return None
    return found.borders[-1] if top else found.borders[0]


def _multiplied(u: Expr, n: Border) -> Terms:
    return scaled(terms_of(u), n) if not isinstance(n, Real) else terms_of(mul(expr_of(n), u))


def _opened(expr: Expr) -> Expr:
    total = terms_of(expr)
    return canonical(expand(total) or total) if total else ZERO


DEEPEST = 12
INFINITE = frozenset({INFINITY, MINUS_INFINITY})
