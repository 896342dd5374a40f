"""An expression near a point, as a stream of coefficients.

Every moving symbol x is a + h·t, with a its place and h its direction (1 for a single variable). A function may be
looked at from one side, where |u|, max, cases and steps are one of their branches: which one follows from the sign of
the first coefficient that is not 0. Where a part has no series there (outside its domain, at the border of it, at a
pole, at a kink), an error says which part, and why.
"""

from __future__ import annotations

from collections.abc import Mapping

from calcml import functions
from calcml.algebra.terms import quotient
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols, substitute
from calcml.build import power, sub
from calcml.conditions import given, settle
from calcml.differentiation import require_variable
from calcml.domains import opened, requirements
from calcml.errors import CalcmlError, DomainError, NoRuleError, NotDifferentiableError, UndecidedError
from calcml.expr import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Add,
    And,
    Call,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    make,
    ratio_of,
    rational,
)
from calcml.heads import Sum
from calcml.regions.reals import compare, floor, real
from calcml.regions.sides import HERE, LEFT, RIGHT
from calcml.rules.differentiation import local_partials
from calcml.series.coefficients import Coefficient, coefficient_of, expression_of, is_zero
from calcml.series.streams import Finite, Product, Quotient, Shifted, Solution, Stream, Total, coefficient, valuation
from calcml.signs import is_positive
from calcml.templates import fill_row, template
from calcml.traverse import path_to

BOTH = 2  # looked at from both sides at once: a branch must be the same on both
DEEPEST = 60  # powers of t that are looked at before a series is taken for 0
MAX_SUM_TERMS = 200


class Near:
    """The series of the parts of one expression at one point.

    place       {symbol: its value}; the values may have parameters
    directions  {symbol: the coefficient of t}
    side        LEFT, RIGHT or BOTH; HERE for the point itself
    conditions  what was asked of parameters on the way
    filled      parts that have no value at the point itself, but a limit: sin(x)/x at 0
    """

    __slots__ = ("assuming", "conditions", "directions", "filled", "fixed", "memo", "place", "root", "side")

    def __init__(
        self,
        root: Expr,
        place: Mapping[Expr, Expr],
        directions: Mapping[Expr, Coefficient] | None = None,
        side: int = BOTH,
        assuming: Assumptions = NOTHING,
    ) -> None:
        for symbol in place:
            require_variable(symbol)
        self.root = root
        self.place = dict(place)
        self.directions = dict(directions) if directions is not None else {symbol: 1 for symbol in place}
        self.side = side
        self.assuming = assuming
        self.conditions: list[Expr] = []
        self.filled: list[Expr] = []
        self.memo: dict[Expr, Stream] = {}
        self.fixed: set[Expr] = set()  # nodes without a moving symbol

    def coefficient(self, k: int) -> Coefficient:
        """The coefficient of t^k of the whole expression.

        >>> from calcml.reading import parse
        >>> from calcml.expr import symbols
        >>> [Near(parse("1/(1 + exp(-x))"), {symbols("x"): ZERO}).coefficient(k) for k in range(4)]
        [Fraction(1, 2), Fraction(1, 4), 0, Fraction(-1, 48)]
        """
        return coefficient(self.stream(self.root), k)

    # ---- building ------------------------------------------------------------------------------------------------

    def stream(self, root: Expr) -> Stream:
        """The series of an expression; errors point at the part that has none."""
        memo = self.memo
        stack = [root]
        while stack:
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            wanted = self._operands(node)
            missing = [arg for arg in wanted if arg not in memo]
            if missing:
                stack.extend(reversed(missing))
                continue
            memo[node] = self._built(node, wanted)
            if node not in self.place and all(arg in self.fixed for arg in node.args):
                self.fixed.add(node)
            stack.pop()
        return memo[root]

    def _operands(self, node: Expr) -> tuple[Expr, ...]:
        """The nodes whose series are needed for that of a node: of cases, the one that holds."""
        if type(node) is Piecewise:
            return (self.case_of(node),)
        if type(node) is Sum:
            return _terms_of_sum(node)
        return node.args

    def _built(self, node: Expr, args: tuple[Expr, ...]) -> Stream:
        head = type(node)
        if node in self.place:
            return Finite(0, [coefficient_of(self.place[node]), self.directions[node]])
        if isinstance(node, Symbol) or not node.args:
            return Finite(0, [coefficient_of(node)])
        if head is Piecewise:
            return self.memo[args[0]]
        if all(arg in self.fixed for arg in node.args):
            return Finite(0, [coefficient_of(node)])
        parts = [self.memo[arg] for arg in args]
        if head is Add or head is Sum:
            return Total([(part, 1) for part in parts])
        if head is Sub:
            return Total([(parts[0], 1), (parts[1], -1)])
        if head is Neg:
            return Total([(parts[0], -1)])
        if head is Mul:
            product = parts[0]
            for part in parts[1:]:
                product = Product(product, part)
            return product
        if head is Div:
            return self._quotient(node, *parts)
        if head is Pow:
            return self._power(node, *parts)
        if head is Call:
            return self._function(node, parts)
        raise NoRuleError(f"{head.__name__} has no series here", path=self._path(node))

    def _quotient(self, node: Expr, u: Stream, v: Stream) -> Stream:
        start = self._first(v, node.args[1])
        if start is None:
            raise self._outside(node, "its denominator is 0 there")
        if start > 0:
            if self.side == HERE:
                raise self._outside(node, "a division by zero")
            self.filled.append(node)
        return Quotient(u, v, start)

    def _first(self, stream: Stream, node: Expr) -> int | None:
        """The lowest power of a series; None where it is 0 throughout. What parameters must not be is noted."""
        limit = 0 if self.side == HERE else DEEPEST
        start = valuation(stream, limit)
        if start is None:
            if self.side == HERE or _is_zero_everywhere(node):
                return None
            raise UndecidedError(f"{node!r} is 0 there to so high an order that it is not looked at")
        lead = stream.at(start)
        if isinstance(lead, dict):
            expr = expression_of(lead)
            moved = {s for h in self.directions.values() if isinstance(h, dict) for s in free_symbols(expression_of(h))}
            if free_symbols(expr) & moved:
                if len(lead) > 1:
                    raise UndecidedError(f"how {node!r} approaches 0 depends on the direction")
            elif free_symbols(expr):
                self._ask(make(Relation, "!=", (expr, ZERO)))
        return start

    # ---- powers ----------------------------------------------------------------------------------------------------

    def _power(self, node: Expr, u: Stream, n: Stream) -> Stream:
        base, exponent = node.args
        ratio = ratio_of(exponent)
        if ratio is not None and ratio[1] == 1:
            return self._whole_power(node, u, ratio[0])
        if base in self.fixed:
            if base is not E:
                self._require(make(Relation, ">", (base, ZERO)), node)
            self._value(n, node)
            return self._solved(node, [n], [False, True])
        if ratio is not None:
            rooted = self._root(node, u, ratio)
            if rooted is not None:
                return rooted
        value = self._value(u, node)
        self._require(make(Relation, ">", (value, ZERO)), node)
        if exponent in self.fixed:
            return self._solved(node, [u], [True, False])
        self._value(n, node)
        return self._solved(node, [u, n], [True, True])

    def _whole_power(self, node: Expr, u: Stream, n: int) -> Stream:
        if n == 0:
            return Finite(0, [1])
        if u.low >= 0 and not is_zero(coefficient(u, 0)):
            return self._solved(node, [u], [True, False])
        if n > 0:  # where it begins is not asked: the base may be a function whose slope this power is part of
            return _whole_power_of(u, n)
        start = self._first(u, node.args[0])
        if start is None or (start > 0 and self.side == HERE):
            raise self._outside(node, "a division by zero")
        if start > 0:
            self.filled.append(node)
        inner = Shifted(u, -start, 0)  # u = t^start·w, and w begins with a number
        return Shifted(_whole_power_of(inner, n), start * n, start * n)

    def _root(self, node: Expr, u: Stream, ratio: tuple[int, int]) -> Stream | None:
        """u^(p/q) on one side of a zero of u: u = |t|^m·w, and u^(p/q) = |t|^(mp/q)·w^(p/q)."""
        if self.side not in (LEFT, RIGHT):
            return None
        start = self._first(u, node.args[0])
        if start is None or start == 0:
            return None
        p, q = ratio
        if self._sign_of(u.at(start)) * (-1 if self.side == LEFT and start % 2 else 1) < 0:
            raise self._outside(node, f"that needs {self._needed(node)}")
        if start * p % q or start * p < 0:
            raise NotDifferentiableError(
                f"{self._said(node)} grows there like a broken power of the distance", path=self._path(node)
            )
        sign = -1 if self.side == LEFT and start % 2 else 1
        inner = Total([(Shifted(u, -start, 0), sign)])
        letter, n = Symbol("w"), rational(p, q)
        self.memo[letter] = inner
        value = coefficient_of(make(Pow, None, (expression_of(coefficient(inner, 0)), n)))
        root = self._solved(make(Pow, None, (letter, n)), [inner], [True, False], value)
        self.memo[make(Pow, None, (letter, n))] = root
        shift = start * p // q
        return Total([(Shifted(root, shift, shift), -1 if self.side == LEFT and shift % 2 else 1)])

    # ---- functions of the table --------------------------------------------------------------------------------------

    def _function(self, node: Expr, parts: list[Stream]) -> Stream:
        if node.data == "abs":
            return Total([(parts[0], 1 if self._sign(parts[0], node.args[0], node) >= 0 else -1)])
        if node.data in ("max", "min"):
            return self._extreme(node)
        if node.data == "floor":
            return Finite(0, [self._floor(node, parts[0])])
        if node.data == "sqrt":
            rooted = self._root(node, parts[0], (1, 2))
            if rooted is not None:
                return rooted
        moving = [arg not in self.fixed for arg in node.args]
        values = [
            self._value(part, node) if moves else arg for part, arg, moves in zip(parts, node.args, moving, strict=True)
        ]
        spec = functions.find(node.data)
        assert spec is not None
        letters = [Symbol(f"u{i + 1}") for i in range(len(values))]
        standing = tuple([u if moves else value for u, value, moves in zip(letters, values, moving, strict=True)])
        at: dict[Expr, Expr] = {u: value for u, value, moves in zip(letters, values, moving, strict=True) if moves}
        if self.side != HERE:
            self._require_smooth(node, spec, make(Call, node.data, standing), moving, at)
        else:
            for condition in requirements(make(Call, node.data, tuple(values))):
                self._require(condition, node)
        inner = [part for part, moves in zip(parts, moving, strict=True) if moves]
        return self._solved(node, inner, moving, _value_of_call(spec, tuple(values)))

    def _require_smooth(
        self, node: Expr, spec: functions.FunctionSpec, general: Expr, moving: list[bool], at: dict[Expr, Expr]
    ) -> None:
        """Raise where the function has no series at its argument: outside or on the border of its domain, at a kink."""
        for condition in requirements(general):
            inner = condition
            for letter in at:
                inner = opened(inner, letter)
            self._require(substitute(inner, at), node, substitute(condition, at))
        if spec.smooth:
            self._require_no_kink(substitute(fill_row(spec, spec.smooth, general.args), at), node, spec)
        for slope in local_partials(general, moving):
            for condition in requirements(slope) if slope is not None else []:
                if not self._holds(substitute(condition, at)):
                    raise NotDifferentiableError(
                        f"{self._said(node)} has no derivative {self._there()}: that needs "
                        f"{substitute(condition, dict(zip(general.args, node.args, strict=True)))}",
                        path=self._path(node),
                    )

    def _require_no_kink(self, smooth: Expr, node: Expr, spec: functions.FunctionSpec) -> None:
        if not self._holds(smooth):
            raise NotDifferentiableError(
                f"{self._said(node)} is not smooth {self._there()}",
                hint=f"{spec.name}: {spec.note}",
                path=self._path(node),
            )

    def _solved(self, node: Expr, inner: list[Stream], active: list[bool], value: Coefficient | None = None) -> Stream:
        """y = f(u) from y' = f'(u)·u', its slopes from the rules."""
        if value is None:
            parts = [expression_of(coefficient(self.memo[arg], 0)) for arg in node.args]
            value = coefficient_of(make(Pow, None, tuple(parts)))

        def slopes() -> list[Stream]:
            if type(node) is Pow and active == [True, False]:  # n·u^(n - 1) is n·y/u: the series closes upon itself
                base, n = node.args
                lower = local_partials(make(Pow, None, (base, n)), active)[0]
                assert lower is not None
                below = _power_below(base, n)
                if below not in self.memo:
                    self.memo[below] = Quotient(self.memo[node], self.memo[base], 0)
                return [self.stream(lower)]
            return [self.stream(slope) for slope in local_partials(node, active) if slope is not None]

        return Solution(value, inner, slopes)

    def _value(self, stream: Stream, node: Expr) -> Expr:
        """The constant coefficient of an argument, which must have no pole there."""
        if stream.low < 0 and valuation(stream, -1) is not None:
            raise DomainError(
                f"no expansion of {self._said(node)} is found {self._there()}: its argument grows beyond all bounds",
                path=self._path(node),
            )
        return expression_of(coefficient(stream, 0))

    # ---- branches ----------------------------------------------------------------------------------------------------

    def case_of(self, node: Expr) -> Expr:
        """The value of the case that holds near the place."""
        for value, condition in node.cases:  # type: ignore[attr-defined]
            if condition is None or self._true_near(condition, node):
                return value
        raise self._outside(node, "no case holds")

    def _true_near(self, condition: Expr, node: Expr) -> bool:
        """Whether a condition holds at all points near the place, on the side that is looked at."""
        if condition is TRUE or condition is FALSE:
            return condition is TRUE
        if isinstance(condition, And):
            return all([self._true_near(part, node) for part in condition.args])
        if isinstance(condition, Or):
            return any([self._true_near(part, node) for part in condition.args])
        if isinstance(condition, Not):
            return not self._true_near(condition.args[0], node)
        if not isinstance(condition, Relation):
            raise UndecidedError(f"whether {condition!r} holds near the point is not known")
        difference = sub(*condition.args)
        sign = self._sign(self.stream(difference), difference, node)
        return {
            "<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0,
        }[condition.data]  # fmt: skip

    def _extreme(self, node: Expr) -> Stream:
        chosen = node.args[0]
        for other in node.args[1:]:
            difference = sub(other, chosen)
            sign = self._sign(self.stream(difference), difference, node)
            if (sign > 0) == (node.data == "max") and sign:
                chosen = other
        return self.memo[chosen]

    def _floor(self, node: Expr, u: Stream) -> Coefficient:
        value = real(self._value(u, node))
        whole = floor(value)
        if self.side != HERE and compare(value, whole) == 0:
            difference = sub(node.args[0], rational(whole))
            if self._sign(self.stream(difference), difference, node) < 0:
                whole -= 1
        return whole

    def _sign(self, stream: Stream, expr: Expr, node: Expr) -> int:
        """The sign of an expression near the place (HERE: at it). 0: it is 0 there, throughout."""
        if _is_zero_everywhere(expr):
            return 0
        start = valuation(stream, 0 if self.side == HERE else DEEPEST)
        if start is None:
            if self.side == HERE:
                return 0
            raise UndecidedError(f"the sign of {expr!r} near the point is not found")
        if start > 0 and self.side == BOTH:
            raise NotDifferentiableError(
                f"{self._said(node)} changes its formula {self._there()}", path=self._path(node)
            )
        sign = self._sign_of(stream.at(start))
        return -sign if self.side == LEFT and start % 2 else sign

    def _sign_of(self, value: Coefficient) -> int:
        if not isinstance(value, dict):
            return (value > 0) - (value < 0)
        expr = expression_of(value)
        if not free_symbols(expr):
            return compare(real(expr), 0)
        for sign, positive in ((1, expr), (-1, make(Neg, None, (expr,)))):
            condition = make(Relation, ">", (positive, ZERO))
            if is_positive(positive, self.assuming.known) or self._is_given(condition):
                return sign
        raise UndecidedError(
            f"which case holds {self._there()} depends on the sign of {expr!r}",
            hint=f'say it with an assumption: --assume "{expr} > 0"',
        )

    # ---- conditions --------------------------------------------------------------------------------------------------

    def _is_given(self, condition: Expr) -> bool:
        return given(condition, self.assuming.conditions, self.assuming.known) is TRUE

    def _holds(self, condition: Expr) -> bool:
        """Whether a condition on numbers holds; one on parameters is noted, and taken to hold."""
        if isinstance(condition, And):
            return all([self._holds(part) for part in condition.args])
        settled = condition if self._is_closed_relation(condition) else settle(condition, self.assuming.known)
        if settled is TRUE or settled is FALSE:
            return settled is TRUE
        if free_symbols(settled):
            if given(settled, self.assuming.conditions, self.assuming.known) is FALSE:
                return False
            self._ask(settled)
            return True
        if isinstance(settled, Or):
            return any([self._holds(part) for part in settled.args])
        if isinstance(settled, Not):
            return not self._holds(settled.args[0])
        if not isinstance(settled, Relation):
            raise UndecidedError(f"whether {settled!r} holds is not known")
        lhs, rhs = settled.args
        if type(rhs) is Call and rhs.data == "floor" and rhs.args[0] is lhs:
            value = real(lhs)
            sign = compare(value, floor(value))
        else:
            sign = compare(real(lhs), real(rhs))
        return {
            "<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0,
        }[settled.data]  # fmt: skip

    def _is_closed_relation(self, condition: Expr) -> bool:
        """Whether a condition is between numbers, and so told exactly; floats find cos(pi/2) to be positive."""
        return isinstance(condition, Relation) and not free_symbols(condition)

    def _ask(self, condition: Expr) -> None:
        if condition not in self.conditions and not self._is_given(condition):
            self.conditions.append(condition)

    def _require(self, condition: Expr, node: Expr, plainer: Expr | None = None) -> None:
        """Raise DomainError unless the condition holds; `plainer`: the one that is enough at the point itself."""
        if self._holds(condition):
            return
        if plainer is not None and plainer is not condition and self._holds(plainer):
            raise DomainError(
                f"{self._said(node)} is defined on one side only {self._there()}: the point is the end of its domain",
                path=self._path(node),
            )
        raise self._outside(node, f"that needs {self._needed(node)}")

    def _needed(self, node: Expr) -> str:
        conditions = requirements(node)
        own = [part for part in conditions if part.args and set(part.args) & set(node.args)]
        return " and ".join(map(str, own or conditions)) or "another point"

    def _outside(self, node: Expr, reason: str) -> DomainError:
        return DomainError(f"{self._said(node)} has no value {self._there()}: {reason}", path=self._path(node))

    def _said(self, node: Expr) -> str:
        text = str(node)
        return text if len(text) <= 60 else f"a part of the expression ({text[:57]}...)"

    def _there(self) -> str:
        beside = {LEFT: "left of ", RIGHT: "right of "}.get(self.side, "at ")
        return beside + ", ".join([f"{symbol} = {value}" for symbol, value in self.place.items()])

    def _path(self, node: Expr) -> tuple[int, ...] | None:
        return path_to(self.root, node)


def _value_of_call(spec: functions.FunctionSpec, values: tuple[Expr, ...]) -> Coefficient:
    """The value of a function as a coefficient; of several arguments, by what the row says it is."""
    if len(values) > 1:
        own = [coefficient_of(value) for value in values]
        for arguments, value in spec.special_values:
            if own == [coefficient_of(template(part.strip(), ()).expr) for part in arguments.split(",")]:
                return coefficient_of(template(value, ()).expr)
        if spec.defined_as:
            return coefficient_of(fill_row(spec, spec.defined_as, values))
    node = make(Call, spec.name, values)
    found = coefficient_of(node)
    return found if not isinstance(found, dict) or free_symbols(node) else _rational_value(node, found)


def _rational_value(node: Expr, found: Coefficient) -> Coefficient:
    """The value of a function at a number where algebra alone makes it rational: cosh(ln(2)), softmax(1, 0, 0)."""
    from calcml.algebra import fractions
    from calcml.algebra.polynomials import is_constant

    try:
        above, below, _ = fractions.normal_form(node)
    except (CalcmlError, ZeroDivisionError):
        return found
    return quotient(above.get((), 0), below[()]) if is_constant(above) and is_constant(below) else found


def _is_zero_everywhere(expr: Expr) -> bool:
    from calcml.algebra import fractions

    if type(expr) is Number:
        return expr is ZERO
    return fractions.is_zero(expr) is True


def _power_below(base: Expr, n: Expr) -> Expr:
    """u^(n - 1) as the power rule writes it."""
    return power(base, sub(n, ONE))


def _whole_power_of(u: Stream, n: int) -> Stream:
    """u^n, where u begins with a number that is not 0, by squaring."""
    result: Stream | None = None
    square = u
    left = abs(n)
    while left:
        if left % 2:
            result = square if result is None else Product(result, square)
        left //= 2
        if left:
            square = Product(square, square)
    assert result is not None
    return Quotient(Finite(0, [1]), result, 0) if n < 0 else result


def _terms_of_sum(node: Expr) -> tuple[Expr, ...]:
    body, index, first, last = node.args
    low, high = ratio_of(first), ratio_of(last)
    if low is None or high is None or low[1] != 1 or high[1] != 1:
        raise NoRuleError(f"{node!r} has no series: its length is not a number")
    if high[0] - low[0] >= MAX_SUM_TERMS:
        raise NoRuleError(f"{node!r} has no series here: it is too long", hint=f"at most {MAX_SUM_TERMS} terms")
    return tuple([substitute(body, {index: rational(k)}) for k in range(low[0], high[0] + 1)]) or (ZERO,)


__all__ = ["BOTH", "HERE", "LEFT", "RIGHT", "Near"]
