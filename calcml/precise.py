"""Values to any number of digits, with mpmath; and the value people ask for with `eval` and `--at`.

mpmath is imported when digits beyond float64 are asked for, and when float64 leaves a check undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from calcml import functions
from calcml.binding import free_symbols, substitute
from calcml.budget import DEFAULT, Budget
from calcml.entries import written_out
from calcml.errors import DomainError, InputError, LimitError, NonFiniteError, NoRuleError
from calcml.evaluation import RELATION_TESTS, Program, bound_bodies, closed_relation, compile_row, power_kind
from calcml.expr import (
    INFINITY,
    Add,
    And,
    Call,
    Constant,
    Div,
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
    as_expr,
    rational,
)
from calcml.heads import Sum
from calcml.templates import fill_row
from calcml.traverse import path_to, rewrite_bottom_up, topological


def evaluate(expr: Expr, values: Mapping[Any, Any] | None = None, digits: int = 17, budget: Budget = DEFAULT) -> Any:
    """The value at one point: exact where arithmetic alone gives it, else a float, or an mpf beyond 17 digits.

    Decimals ask for a decimal: 0.1 + 0.2 is the float 0.3, rounded once. A vector or matrix has a tuple of values.

    values: numbers (or expressions without symbols) for the symbols. Angles are in radians. DomainError outside the
    domain, InputError for a symbol without a value, NonFiniteError when float64 overflows.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> evaluate(x**2 / 3, {x: 2}), evaluate(x**2, {x: 0.5})
    (4/3, 0.25)
    """
    budget.require("digits", digits)
    point = {as_expr(symbol): as_expr(value) for symbol, value in (values or {}).items()}
    from calcml.differentiation import resolve

    closed = substitute(resolve(expr), point) if point else resolve(expr)
    _require_powers(expr, point)
    if INFINITY in topological(closed):
        from calcml.domains import require_numbers

        require_numbers(closed)
    missing = free_symbols(closed)
    if missing:
        names = ", ".join(sorted(symbol.name for symbol in missing))
        raise InputError(f"no value was given for {names}", hint=f"give one: {names.split(',')[0]}=1.5")
    if closed.shape or any(node.shape for node in topological(closed)):
        closed = written_out(closed)
        if closed.shape:
            return tuple([evaluate(entry, None, digits, budget) for entry in closed.args])
    exact = exact_value(closed, budget)
    if exact is None and digits <= 17:
        exact = _special_value(closed)
    if exact is not None:
        return exact
    closed = _folded(closed, budget)
    zero = divides_by_zero(closed, {})
    if zero is not None:
        raise DomainError(f"{zero!r} has no value: a division by zero", path=path_to(closed, zero))
    if digits <= 17:
        ratio = exact_ratio(closed, budget)
        if isinstance(ratio, tuple) and abs(ratio[0]).bit_length() - ratio[1].bit_length() < _FLOAT_BITS:
            return ratio[0] / ratio[1]
        if jumps(closed):  # floor(0.29*100) is 29, and 28 in floats
            value = precise_value(closed, {}, 20)
            return value if isinstance(value, bool) else float(value)
        program = Program([closed], [])
        value = program.run([])[0]
        if isinstance(value, (bool, tuple)):
            return value
        if value != value:
            value = _beyond_floats(closed)
            if value is None:
                raise _domain_error(expr, closed, program)
        if abs(value) != float("inf") or not _is_finite_constant(closed):
            return value
        raise NonFiniteError(f"the value of {expr!r} is too large for a float", hint="ask for digits: --digits 30")
    return precise_value(closed, {}, digits)


_FLOAT_BITS = 1000  # what is larger than 2^1000 goes through float64, which knows what overflows


def _folded(closed: Expr, budget: Budget) -> Expr:
    """Exact arithmetic carried out wherever it stands, so that floor(0.1^(-2)) is asked about 100."""

    def visit(node: Expr) -> Expr:
        if type(node) not in (Add, Sub, Mul, Div, Pow):
            return node
        ratio = exact_ratio(node, budget)
        return rational(*ratio) if isinstance(ratio, tuple) else node

    return rewrite_bottom_up(closed, visit)


def jumps(*exprs: Expr) -> bool:
    """Whether a function that jumps occurs: floats are not to be trusted at its steps, nor samples between them."""
    names = {node.data for node in topological(*exprs) if type(node) is Call}
    return any(spec is not None and not spec.continuous for spec in map(functions.find, names))


def _beyond_floats(closed: Expr) -> float | None:
    """The value where something on the way is too large or too small for a float; None outside the domain."""
    try:
        return float(precise_value(closed, {}, 20))
    except LimitError:
        if any(type(node) is Sum for node in topological(closed)):
            raise  # its length is what is too much
        return None
    except (DomainError, NoRuleError, TypeError):
        return None


def _special_value(closed: Expr) -> Expr | None:
    """The exact value of what the table knows at this point (cos 0 is 1, √4 is 2), or None.

    Decimals ask for a decimal, and a value outside the domain is for the evaluator to find.
    """
    nodes = topological(closed)
    if len(nodes) > 200 or not any(type(node) in (Call, Constant) for node in nodes):
        return None
    if any(type(node) is Number and isinstance(node.data, str) for node in nodes):
        return None
    from calcml.algebra.read import terms_of
    from calcml.algebra.terms import UNIT
    from calcml.algebra.write import exact

    value = Program([closed], []).run([])[0]
    if isinstance(value, (bool, tuple)) or value != value or not float(value * 720720).is_integer():
        return None
    terms = terms_of(closed)
    return exact(terms.get(UNIT, 0)) if set(terms) <= {UNIT} else None


def _is_finite_constant(closed: Expr) -> bool:
    return not any(type(node) is Constant and node.data == "oo" for node in topological(closed))


def _domain_error(expr: Expr, closed: Expr, program: Program) -> DomainError:
    slots = program.trace([])
    for node in topological(closed):
        value = slots[program.index[node]] if node in program.index else None
        if (
            isinstance(value, float)
            and value != value
            and not any(
                isinstance(slots[program.index[arg]], float) and slots[program.index[arg]] != slots[program.index[arg]]
                for arg in node.args
                if arg in program.index
            )
        ):
            reason = (
                "a division by zero"
                if type(node) is Div and slots[program.index[node.args[1]]] == 0
                else "outside the domain"
            )
            return DomainError(f"{node!r} has no value: {reason}", path=path_to(closed, node))
    return DomainError(f"{closed!r} has no value")


def exact_value(closed: Expr, budget: Budget = DEFAULT) -> Expr | None:
    """The exact rational value of plain arithmetic, or None when something else is in it (or it would be too large)."""
    if any(type(node) is Number and not isinstance(node.data, int) for node in topological(closed)):
        return None  # a typed decimal asks for a decimal
    ratio = exact_ratio(closed, budget)
    return rational(*ratio) if isinstance(ratio, tuple) else None


def _require_powers(expr: Expr, point: Mapping[Expr, Expr]) -> None:
    """x^x asks for x > 0 wherever it is evaluated; after substitution (-2)^(-2) would not."""
    for node in topological(expr):
        if type(node) is Pow and power_kind(*node.args) == "moving":
            base = substitute(node.args[0], point)
            if not free_symbols(base) and Program([base], []).run([])[0] <= 0:
                raise DomainError(f"{node!r} needs {node.args[0]} > 0", path=path_to(expr, node))


def divides_by_zero(expr: Expr, values: Mapping[Expr, tuple[int, int]]) -> Expr | None:
    """The first part that divides by exactly 0 where the symbols have these values; digits alone would not tell."""
    exact: dict[Expr, Any] = dict(values)
    nodes = topological(expr)
    if any(type(node) is Piecewise for node in nodes):
        return None  # what a case does not use may divide by 0
    for node in nodes:
        if node in exact:
            continue
        if type(node) is Number:
            exact[node] = node.ratio
        elif type(node) in (Add, Sub, Neg, Mul, Div, Pow) and all(exact.get(arg) is not None for arg in node.args):
            args = [exact[arg] for arg in node.args]
            if (type(node) is Div and not args[1][0]) or (type(node) is Pow and not args[0][0] and args[1][0] < 0):
                return node
            exact[node] = _exact(type(node), args, DEFAULT)
        elif type(node) is Div and exact.get(node.args[1]) is not None and not exact[node.args[1]][0]:
            return node
    return None


def exact_ratio(closed: Expr, budget: Budget = DEFAULT) -> Any:
    """The value of plain arithmetic as (numerator, denominator), or a truth value; None where there is more to it."""
    values: dict[Expr, Any] = {}
    for node in topological(closed):
        head = type(node)
        if head is Number:
            values[node] = node.ratio  # type: ignore[attr-defined]
            continue
        if head is Piecewise:
            chosen = next((v for v, c in node.cases if c is None or values[c] is True), None)  # type: ignore[attr-defined]
            if chosen is None:
                return None
            values[node] = values[chosen]
            continue
        args = [values[arg] for arg in node.args]
        if head is Relation:
            (a, b), (c, d) = args
            values[node] = RELATION_TESTS[node.data](a * d, c * b)
            continue
        if head in (And, Or, Not):
            values[node] = all(args) if head is And else any(args) if head is Or else not args[0]
            continue
        if head not in (Add, Sub, Neg, Mul, Div, Pow):
            return None
        result = _exact(head, args, budget)
        if result is None:
            return None
        values[node] = result
    return values[closed]


def _exact(head: type[Expr], args: list[tuple[int, int]], budget: Budget) -> tuple[int, int] | None:
    from math import gcd

    top, bottom = args[0]
    if head is Pow:
        (n, q) = args[1]
        if q != 1 or abs(n) * max(abs(top), bottom).bit_length() > budget.bits or (n <= 0 and top == 0 and n):
            return None
        return (top**n, bottom**n) if n >= 0 else (bottom**-n * (1 if top > 0 or n % 2 == 0 else -1), abs(top) ** -n)
    if head is Neg:
        return -top, bottom
    for p, q in args[1:]:
        if head is Add:
            top, bottom = top * q + p * bottom, bottom * q
        elif head is Sub:
            top, bottom = top * q - p * bottom, bottom * q
        elif head is Mul:
            top, bottom = top * p, bottom * q
        else:
            if p == 0:
                return None
            top, bottom = top * q * (1 if p > 0 else -1), bottom * abs(p)
        divisor = gcd(top, bottom)
        top, bottom = top // divisor, bottom // divisor
        if max(top.bit_length(), bottom.bit_length()) > budget.bits:
            return None
    return top, bottom


def precise_value(expr: Expr, values: Mapping[Expr, Any], digits: int) -> Any:
    """The value with mpmath to that many digits, however many more have to be carried. DomainError where there is none.

    The precision rises until two runs agree in all digits asked for; where cancellation eats them all (up to
    `_CARRIED` times as many), the last value stands.
    """
    import mpmath

    program = PreciseProgram(expr)
    before = None
    carried = digits + 10
    while True:
        with mpmath.workdps(carried):
            value = program.run(values)
            if value is None:
                raise DomainError(f"{expr!r} has no value here")
            if isinstance(value, bool) or not mpmath.isfinite(value):
                return value
            if before is not None and value and abs(value - before) <= abs(value) * mpmath.mpf(10) ** (-digits - 2):
                return value
            if carried > _CARRIED * digits + 400:
                return mpmath.mpf(0) if abs(value) < mpmath.mpf(10) ** (-carried // 2) else value
        before = value
        carried = 2 * carried + 20


_CARRIED = 20


class PreciseProgram:
    """An expression prepared for evaluation with mpmath at whatever precision is set when it runs."""

    __slots__ = ("decided", "guards", "nodes", "root", "terms")

    def __init__(self, expr: Expr, indices: tuple[Expr, ...] = ()) -> None:
        """`indices`: those of the sums that the expression is the body of."""
        # elu(1, alpha) has no value where alpha has none, though its definition does not use it there
        self.guards: dict[Expr, tuple[Expr, ...]] = {}
        self.root = expand_definitions(expr, self.guards)
        nodes = topological(*(arg for args in self.guards.values() for arg in args), self.root)
        inside = bound_bodies(nodes, indices)
        self.nodes = [node for node in nodes if node not in inside]
        relations = [(node, closed_relation(node)) for node in self.nodes if type(node) is Relation]
        self.decided = {node: decided for node, decided in relations if decided is not None}
        self.terms = {
            node: PreciseProgram(node.args[0], (*indices, node.args[1])) for node in self.nodes if type(node) is Sum
        }

    def run(self, values: Mapping[Expr, Any]) -> Any:
        """The value of the root, or None outside the domain."""
        return self.trace(values)[self.root]

    def trace(self, values: Mapping[Expr, Any]) -> dict[Expr, Any]:
        """The value of every node; None outside the domain."""
        import mpmath as mp

        slots: dict[Expr, Any] = dict(values)
        for node in self.nodes:
            if node in slots:
                continue
            if type(node) is Number:
                top, bottom = node.ratio
                slots[node] = mp.mpf(top) / bottom
                continue
            if type(node) is Constant:
                slots[node] = {"e": +mp.e, "pi": +mp.pi, "oo": mp.inf, "true": True, "false": False}[node.data]
                continue
            if isinstance(node, Symbol):
                raise InputError(f"no value was given for {node}")
            if node in self.guards and any(slots[part] is None or slots[part] is False for part in self.guards[node]):
                slots[node] = None
                continue
            if type(node) is Piecewise:
                slots[node] = _piecewise(node, slots)
                continue
            if node in self.decided:
                slots[node] = self.decided[node]
                continue
            if type(node) is Sum:
                slots[node] = _sum(self.terms[node], node, slots, values)
                continue
            args = [slots[arg] for arg in node.args]
            if type(node) is And or type(node) is Or:
                slots[node] = _joined(args, deciding=type(node) is Or)
                continue
            value = None if any(arg is None for arg in args) else _real(_apply(node, args, mp))
            if value is not None and type(value) is not bool and mp.isinf(value) and not any(map(_is_infinite, args)):
                value = None  # ln(0), atanh(1)
            slots[node] = value
        return slots


def _joined(args: list[Any], deciding: bool) -> bool | None:
    """Conditions joined: one that decides is enough, even beside one that has no value."""
    return deciding if deciding in args else None if None in args else not deciding


def _sum(terms: PreciseProgram, node: Expr, slots: dict[Expr, Any], values: Mapping[Expr, Any]) -> Any:
    import mpmath

    _, index, first, last = node.args
    low, high = slots[first], slots[last]
    if low is None or high is None:
        return None
    if high - low > MAX_TERMS:
        raise LimitError(f"a sum of more than {MAX_TERMS} terms is not computed", hint="ask for fewer terms")
    found = [terms.run({**values, index: mpmath.mpf(i)}) for i in range(int(low), int(high) + 1)]
    return None if any(term is None for term in found) else mpmath.fsum(found)


MAX_TERMS = 10**5


def _is_infinite(value: Any) -> bool:
    return type(value) is not bool and abs(value) == float("inf")


def _real(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if getattr(value, "imag", 0) != 0 or value != value:
        return None
    return value.real if hasattr(value, "real") else value


def _piecewise(node: Expr, slots: dict[Expr, Any]) -> Any:
    for value, condition in node.cases:  # type: ignore[attr-defined]
        holds = True if condition is None else slots[condition]
        if holds is None:
            return None
        if holds:
            return slots[value]
    return None


def _apply(node: Expr, args: list[Any], mp: Any) -> Any:
    head = type(node)
    try:
        if head is Add:
            return mp.fsum(args)
        if head is Mul:
            return mp.fprod(args)
        if head is Neg:
            return -args[0]
        if head is Sub:
            return args[0] - args[1]
        if head is Div:
            return args[0] / args[1] if args[1] else None
        if head is Pow:
            kind = power_kind(*node.args)
            if args[0] <= 0 and (kind == "moving" or (kind == "parameter" and args[1] != mp.floor(args[1]))):
                return None
            return power_of(args[0], args[1], mp)
        if head is Call:
            limit = _GROWING if node.data in _FAST_GROWING else _MAX_MAGNITUDE
            if node.data not in _ANY_SIZE and any(mp.mag(arg) > limit for arg in args if arg):
                raise LimitError(f"{node.data} of a number of this size is not computed")  # sin(10^1000000)
            return mpmath_function(node.data, len(args))(*args)
        if head is Relation:
            return bool(RELATION_TESTS[node.data](*args))
        if head is Not:
            return not args[0]
    except LimitError:
        raise
    except (ValueError, ZeroDivisionError, OverflowError, IndexError, TypeError, NotImplementedError):
        return None
    raise NoRuleError(f"{head.__name__} cannot be evaluated yet")


def power_of(a: Any, n: Any, mp: Any) -> Any:
    """a^n as docs/INPUT.md defines it; None where it has no value, LimitError where it is too large to compute."""
    if n == 0:
        return mp.mpf(1)
    if a == 0 and n < 0:
        return None
    if a < 0 and n != mp.floor(n):
        return None
    size = n * mp.log(abs(a)) if a else 0
    if size > _MAX_EXPONENT or size < -(10**30):
        raise LimitError("a power is too large to compute", hint="its exponent alone would fill the memory")
    if a < 0:
        return a ** int(n)
    return mp.power(a, n)


_MAX_EXPONENT = 10**9  # of e
_MAX_MAGNITUDE = 2000  # bits
_GROWING = 34  # bits: e^(2^34) has seven billion digits before the point
_FAST_GROWING = frozenset(
    {"exp", "expm1", "sinh", "cosh", "tanh", "sech", "csch", "coth", "gamma", "factorial", "beta"}
)
_ANY_SIZE = frozenset({"ln", "sqrt", "cbrt", "abs", "sign", "floor", "ceil", "max", "min", "hypot"})
_functions: dict[tuple[str, int], Callable[..., Any]] = {}


def mpmath_function(name: str, count: int) -> Callable[..., Any]:
    """The mpmath function of a row that has one, for that many arguments."""
    found = _functions.get((name, count))
    if found is None:
        import mpmath

        spec = functions.find(name)
        assert spec is not None
        found = _functions[name, count] = compile_row(spec, spec.mpmath, count, {"mp": mpmath})
    return found


def expand_definitions(expr: Expr, guards: dict[Expr, tuple[Expr, ...]] | None = None) -> Expr:
    """Functions without an mpmath text replaced by what they are defined as.

    `guards` receives, for those of several arguments, what must have a value besides, and hold if it is a condition.
    """

    def visit(node: Expr) -> Expr:
        while type(node) is Call:
            spec = functions.find(node.data)
            if spec is None:
                return node
            args = node.args
            is_computed = bool(spec.mpmath)
            if not is_computed:
                node = rewrite_bottom_up(fill_row(spec, spec.defined_as, args), visit)
            if guards is not None and len(args) > 1 and node not in args:
                asked = [rewrite_bottom_up(fill_row(spec, spec.domain, args), visit)] if spec.domain else []
                guards[node] = (*args, *asked)
            if is_computed:
                return node
        return node

    return rewrite_bottom_up(expr, visit)
