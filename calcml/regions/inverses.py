"""What the functions of the table take to where: images of sets backwards through one function."""

from __future__ import annotations

from functools import cache, lru_cache

from calcml import functions
from calcml.errors import UndecidedError
from calcml.expr import PI, Call, Symbol, make
from calcml.regions.periodic import Periodic
from calcml.regions.reals import Border, expr_of, minus, plus, real, times
from calcml.regions.region import EMPTY, REALS, Region, compared, only
from calcml.templates import template

# The inverses of strictly monotone functions; their range is the row's, and all numbers where the row states none.
_INVERSE = {
    "exp": "ln(y)", "ln": "e^y", "log10": "10^y", "log2": "2^y", "log1p": "e^y - 1", "expm1": "ln(1 + y)",
    "sqrt": "y^2", "cbrt": "y^3", "asin": "sin(y)", "acos": "cos(y)", "atan": "tan(y)", "acot": "cot(y)",
    "sinh": "asinh(y)", "tanh": "atanh(y)", "asinh": "sinh(y)", "acosh": "cosh(y)", "atanh": "tanh(y)",
    "asech": "sech(y)", "sigmoid": "ln(y/(1 - y))", "logit": "1/(1 + e^(-y))", "softplus": "ln(e^y - 1)",
    "log_sigmoid": "-ln(e^(-y) - 1)", "softsign": "y/(1 - abs(y))", "erf": "", "erfc": "", "normal_cdf": "",
    "tanhshrink": "", "erfcx": "",
}  # fmt: skip


@cache
def image_set(name: str) -> Region | None:
    """The range of a function of the table, where its row states one."""
    from calcml.regions.inequalities import solution

    spec = functions.find(name)
    if spec is None or not spec.range:
        return None
    y = Symbol("y")
    found = solution(template(spec.range, ("y",)).expr, y)
    return found if isinstance(found, Region) else None


def inverse_image(name: str, target: Region) -> Region | None:
    """The arguments that a function takes into the target; None for a function that is not inverted here.

    >>> inverse_image("exp", compared(">", 2)), inverse_image("abs", compared("<=", 1))
    ((ln(2), oo), [-1, 1])
    """
    if name == "abs":
        right = target & compared(">=", 0)
        return right | right.mapped(minus, increasing=False)
    if name not in _INVERSE:
        return None
    spec = functions.find(name)
    assert spec is not None
    image = image_set(name) or REALS
    return _pulled_back(name, target, image, spec.monotone == "increasing")


def _pulled_back(name: str, target: Region, image: Region, increasing: bool) -> Region:
    """The target read along the image, an interval; its ends that are not reached have no argument."""
    reached = [border for border in target.borders if border in image]
    skipped = sum([border not in image and not _is_right_of(image, border) for border in target.borders])
    inside = target.inside[skipped : skipped + len(reached) + 1]
    at = target.at[skipped : skipped + len(reached)]
    # An end that is reached has arguments on one side alone; beyond it the domain ends.
    found = Region(reached, at, inside)
    return found.mapped(lambda border: _inverse(name, border), increasing)


def _is_right_of(image: Region, border: Border) -> bool:
    return bool(image.borders) and not image.inside[-1] and border >= image.borders[-1]


def _inverse(name: str, y: Border) -> Border:
    spec = functions.find(name)
    assert spec is not None
    for argument, value in spec.special_values:
        if real(template(value, ()).fill(())) == y:
            return real(template(argument, ()).fill(()))
    if not _INVERSE[name]:
        raise UndecidedError(f"{name} has no inverse in closed form")
    return real(template(_INVERSE[name], ("y",)).fill((expr_of(y),)))


@lru_cache(maxsize=128)
def periodic_image(name: str, target: Region) -> Periodic | None:
    """The angles that sin, cos, tan or cot take into the target; None for any other function.

    >>> periodic_image("tan", compared(">", 1)), periodic_image("sin", compared("!=", 0))
    (Periodic(pi, (pi/4, pi/2)), Periodic(2*pi, (0, pi) U (pi, 2*pi)))
    """
    pi = real(PI)
    half = times(pi, real(expr_of(1) / 2))
    if name in ("sin", "cos"):
        part = target & compared(">=", -1) & compared("<=", 1)
        if name == "cos":
            right = part.mapped(lambda y: _angle("acos", y), increasing=False) & _between(0, pi)
            return _turned(right | right.mapped(minus, increasing=False), times(2, pi))
        right = part.mapped(lambda y: _angle("asin", y)) & _between(minus(half), half)
        left = right.mapped(lambda t: plus(pi, minus(t)), increasing=False)
        return _turned(right | left, times(2, pi))
    if name == "tan":
        inner = target.mapped(lambda y: _angle("atan", y)) & (_between(minus(half), half) - only([minus(half), half]))
        return _turned(inner, pi)
    if name == "cot":
        inner = target.mapped(lambda y: _angle("acot", y), increasing=False) & (_between(0, pi) - only([0, pi]))
        return _turned(inner, pi)
    return None


def _between(low: Border, high: Border) -> Region:
    return compared(">=", low) & compared("<=", high)


def _turned(angles: Region, period: Border) -> Periodic:
    """Angles of any two neighbouring periods as a periodic set."""
    found = EMPTY
    for turns in (-1, 0, 1):
        found = found | angles.mapped(lambda border, turns=turns: plus(border, times(turns, period)))  # type: ignore[misc]
    return Periodic(period, found)


def _angle(name: str, y: Border) -> Border:
    """An inverse circular function at an exact number, by the special values of its row or of its inverse's."""
    size = minus(y) if y < 0 else y
    spec, circular = functions.find(name), functions.find(name[1:])
    assert spec is not None and circular is not None
    pairs = [*spec.special_values, *[(value, argument) for argument, value in circular.special_values]]
    for argument, value in pairs:
        if real(template(argument, ()).fill(())) == size:
            found = real(template(value, ()).fill(()))
            break
    else:
        found = real(make(Call, name, (expr_of(size),)))
    if size is y:
        return found
    return minus(found) if name in ("asin", "atan") else plus(real(PI), minus(found))
