"""Function values over the kernels: what each function of the table is in terms of others.

A function whose row defines it by others is replaced by its definition before it gets here. The rest have a rule
below, or are kernels: with the sign of the argument settled by parity, and special values looked up in the row.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, factorial

from calcml import functions
from calcml.algebra.angles import circular
from calcml.algebra.field import NOUGHT, UNIT, Product, Undefined, number
from calcml.algebra.kernels import Kernels
from calcml.algebra.logarithms import absolute, logarithm, sign_of
from calcml.algebra.polynomials import is_constant, scaled
from calcml.algebra.powers import exponential, fraction_of, rational_power
from calcml.expr import Call, make
from calcml.templates import template

MAX_SHIFT = 20
MAX_FACTORIAL = 200
Rule = Callable[[Kernels, list[Product]], Product]


def call(k: Kernels, name: str, args: list[Product]) -> Product:
    """The function of that name at these arguments."""
    rule = RULES.get(name)
    return function(k, name, args) if rule is None else rule(k, args)


def function(k: Kernels, name: str, args: list[Product]) -> Product:
    """A function value as a kernel, or what its row says of it."""
    field = k.field
    spec = functions.find(name)
    if spec is not None and spec.parity and len(args) == 1:
        if not args[0].top and spec.parity == "odd":
            return NOUGHT
        above, _ = field.fraction(args[0])
        if above and above[max(above)] < 0:
            flipped = function(k, name, [field.negated(args[0])])
            return field.negated(flipped) if spec.parity == "odd" else flipped
    keys = tuple([field.key(arg) for arg in args])
    if (name, keys) in field.index:
        return field.element(field.index[name, keys])
    if spec is not None and spec.special_values:
        value = _special_value(k, spec, keys)
        if value is not None:
            return value
    same = _same_arguments(k, name, args)
    if same is not None:
        return field.element(same)
    node = make(Call, name, tuple([k.expression(arg) for arg in args]))
    return field.element(field.kernel((name, keys), name, node, tuple(args)))


def _special_value(k: Kernels, spec: functions.FunctionSpec, keys: tuple[object, ...]) -> Product | None:
    from calcml.syntax.parser import parse_text

    constants = [p for key in keys for p in key]  # type: ignore[attr-defined]
    if any(k.depends(dict(p)) for p in constants):
        return None
    for texts, value in spec.special_values:
        at = parse_text(f"[{texts}]").expr.args
        if len(at) == len(keys) and tuple([k.field.key(k.read(arg)) for arg in at]) == keys:
            return k.read(template(value, ()).fill(()))
    return None


def _same_arguments(k: Kernels, name: str, args: list[Product]) -> int | None:
    """A kernel of the same function whose arguments differ by 0: 1/(1 + √2) is √2 - 1."""
    field = k.field
    algebraic = any(
        field.kernels[i].relation for arg in args for e in field.fraction(arg)[1] for i, n in enumerate(e) if n
    )
    for place, kernel in enumerate(field.kernels):
        if kernel.name != name or not isinstance(kernel.of, tuple) or len(kernel.of) != len(args):
            continue
        if not algebraic and all(is_constant(field.fraction(arg)[1]) for arg in kernel.of):
            continue
        if all(not field.sum([arg, field.negated(other)]).top for arg, other in zip(args, kernel.of, strict=True)):
            return place
    return None


# ---- shifts by whole numbers -----------------------------------------------------------------------------------------


def _shift(k: Kernels, u: Product) -> tuple[Product, int]:
    """(v, n) with u = v + n and a whole n: what is left has a constant term of at least 0 and less than 1."""
    above, below = k.field.fraction(u)
    n = above.get((), 0) // below[()] if is_constant(below) else 0
    return (k.field.sum([u, number(-n)]), n) if n else (u, 0)


def _floor(k: Kernels, args: list[Product]) -> Product:
    ratio = fraction_of(args[0])
    if ratio is not None:
        return number(ratio[0] // ratio[1])
    v, n = _shift(k, args[0])
    return k.field.sum([function(k, "floor", [v]), number(n)])


def _gamma_argument(k: Kernels, u: Product) -> tuple[Product, int]:
    ratio = fraction_of(u)
    if ratio is None:
        v, n = _shift(k, u)
    else:
        n = ceil(ratio[0] / ratio[1]) - 1 if abs(ratio[0]) < 10**9 else 0
        v = k.field.sum([u, number(-n)])
        if ratio[1] == 1 and ratio[0] <= 0:
            raise Undefined("a pole of the gamma function")
    return (v, n) if abs(n) <= MAX_SHIFT else (u, 0)


def _gamma(k: Kernels, args: list[Product]) -> Product:
    field = k.field
    ratio = fraction_of(args[0])
    if ratio is not None and ratio[1] == 1 and 0 < ratio[0] <= MAX_FACTORIAL:
        return number(factorial(ratio[0] - 1))
    v, n = _gamma_argument(k, args[0])
    steps = [field.sum([v, number(i)]) for i in (range(n) if n > 0 else range(n, 0))]
    factors = [field.power(step, 1 if n > 0 else -1) for step in steps]
    return field.product([function(k, "gamma", [v]), *factors])


def _shifted_sum(name: str, exponent: int, sign: int) -> Rule:
    """ψ(u + 1) = ψ(u) + 1/u, and its derivative."""

    def rule(k: Kernels, args: list[Product]) -> Product:
        field = k.field
        v, n = _gamma_argument(k, args[0])
        steps = [field.sum([v, number(i)]) for i in (range(n) if n > 0 else range(n, 0))]
        outer = number(sign if n > 0 else -sign)
        terms = [field.product([outer, field.power(step, exponent)]) for step in steps]
        return field.sum([function(k, name, [v]), *terms])

    return rule


def _polygamma(k: Kernels, args: list[Product]) -> Product:
    order = fraction_of(args[0])
    if order in ((0, 1), (1, 1)):
        return RULES["digamma" if order == (0, 1) else "trigamma"](k, args[1:])
    return function(k, "polygamma", args)


# ---- several arguments -----------------------------------------------------------------------------------------------


def _extremum(sign: int) -> Rule:
    """max(a, b) = (a + b + |a - b|)/2, and min with the other sign."""

    def rule(k: Kernels, args: list[Product]) -> Product:
        f = k.field
        best = args[0]
        for other in args[1:]:
            gap = absolute(k, f.sum([best, f.negated(other)]))
            best = f.product([number(1, 2), f.sum([best, other, f.product([number(sign), gap])])])
        return best

    return rule


def _logsumexp(k: Kernels, args: list[Product]) -> Product:
    return logarithm(k, k.field.sum([exponential(k, arg) for arg in args]))


def _softmax(k: Kernels, args: list[Product]) -> Product:
    order = fraction_of(args[0])
    if order is None or order[1] != 1 or not 1 <= order[0] < len(args):
        return function(k, "softmax", args)
    powers = [exponential(k, arg) for arg in args[1:]]
    return k.field.quotient(powers[order[0] - 1], k.field.sum(powers))


# ---- inverse functions and the rest ----------------------------------------------------------------------------------


def _acos(k: Kernels, args: list[Product]) -> Product:
    """π/2 - asin u."""
    f = k.field
    half_turn = f.product([number(1, 2), k.pi()])
    return f.sum([half_turn, f.negated(function(k, "asin", args))])


def _asinh(k: Kernels, args: list[Product]) -> Product:
    """ln(u + √(u² + 1)), the sign of u settled first."""
    f = k.field
    if not args[0].top:
        return NOUGHT
    above, below = f.fraction(args[0])
    negative = above[max(above)] < 0
    u = f.quotient(f.of(scaled(above, -1 if negative else 1)), f.of(below))
    value = logarithm(k, f.sum([u, rational_power(k, f.sum([f.power(u, 2), UNIT]), 1, 2)]))
    return f.negated(value) if negative else value


def _heaviside(k: Kernels, args: list[Product]) -> Product:
    return k.field.product([number(1, 2), k.field.sum([UNIT, sign_of(k, args[0])])])


def _sinc(k: Kernels, args: list[Product]) -> Product:
    """sin u/u where u is never 0."""
    u = args[0]
    if u.top and all(k.sign(p).nonzero for p, n in k.factored(u).parts if n > 0):
        return k.field.quotient(circular(k, u)[1], u)
    return function(k, "sinc", args)


RULES: dict[str, Rule] = {
    "exp": lambda k, args: exponential(k, args[0]),
    "ln": lambda k, args: logarithm(k, args[0]),
    "sqrt": lambda k, args: rational_power(k, args[0], 1, 2),
    "cbrt": lambda k, args: rational_power(k, args[0], 1, 3),
    "sin": lambda k, args: circular(k, args[0])[1],
    "cos": lambda k, args: circular(k, args[0])[0],
    "abs": lambda k, args: absolute(k, args[0]),
    "sign": lambda k, args: sign_of(k, args[0]),
    "heaviside": _heaviside,
    "floor": _floor,
    "max": _extremum(1),
    "min": _extremum(-1),
    "gamma": _gamma,
    "digamma": _shifted_sum("digamma", -1, 1),
    "trigamma": _shifted_sum("trigamma", -2, -1),
    "polygamma": _polygamma,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "acos": _acos,
    "asinh": _asinh,
    "sinc": _sinc,
}
