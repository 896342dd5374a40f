"""The function table's float64 helpers for NumPy arrays: the same formulas as `scalar`, elementwise with broadcasting.

SciPy serves where it is installed and as accurate; without it the C library's functions are applied to each element
(as quick as NumPy arithmetic would be: about 50 ns) or the formulas of `scalar` are written over arrays. No function
here warns: nan outside the domain, an infinity for what is too large.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from typing import Any, ParamSpec

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml.numeric import scalar

Array = NDArray[np.float64]
P = ParamSpec("P")

_SQRT_HALF = 0.7071067811865476
_SQRT_2PI = 2.5066282746310007
_INV_SQRT_PI = 0.5641895835477563
_LN_2 = 0.6931471805599453


@cache
def _scipy() -> Any:
    """scipy.special, imported by the first function that needs it; None where SciPy is not installed."""
    try:
        return import_module("scipy.special")
    except ImportError:
        return None


def _quiet(function: Callable[P, Any]) -> Callable[P, Array]:
    """Both branches of a `where` are computed: what overflows in the one not taken must not warn."""

    @wraps(function)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> Array:
        with np.errstate(all="ignore"):
            result: Array = function(*args, **kwargs)
            return result

    return quiet


def _floats(x: ArrayLike) -> Array:
    return np.asarray(x, dtype=np.float64)


def _each(function: Callable[..., float], *arguments: ArrayLike) -> Array:
    """A function of the standard library, or of `scalar`, at every element."""
    arrays = np.broadcast_arrays(*[_floats(x) for x in arguments])
    columns = [array.ravel().tolist() for array in arrays]
    return np.fromiter(map(function, *columns), np.float64, arrays[0].size).reshape(arrays[0].shape)


@_quiet
def _exp_of_square(x: Array, factor: float) -> Array:
    # x split so that the square of the head is exact, see scalar; |x| > 64 over- or underflows anyway
    x = np.clip(x, -64.0, 64.0)
    head = np.rint(x * 65536.0) / 65536.0
    value = np.exp(factor * head * head) * np.exp(factor * (x - head) * (x + head))
    return np.where(np.isinf(value), np.exp(factor * x * x), value)


# ---- logarithm, rounding, largest and smallest, angles -------------------------------------------------------------


@_quiet
def log_base(x: ArrayLike, base: ArrayLike) -> Any:
    """Logarithm of x to the base."""
    x, base = _floats(x), _floats(base)
    return np.where((x > 0.0) & (base > 0.0) & (base != 1.0), np.log(x) / np.log(base), np.nan)


@_quiet
def mod(a: ArrayLike, b: ArrayLike) -> Any:
    """Remainder of a by b, with the sign of b."""
    return np.mod(_floats(a), _floats(b))


@_quiet
def maximum(*values: ArrayLike) -> Any:
    """The largest; nan if one of them is."""
    result = _floats(values[0])
    for value in values[1:]:
        result = np.maximum(result, value)
    return result


@_quiet
def minimum(*values: ArrayLike) -> Any:
    """The smallest; nan if one of them is."""
    result = _floats(values[0])
    for value in values[1:]:
        result = np.minimum(result, value)
    return result


@_quiet
def clip(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> Any:
    """x limited to [a, b]."""
    x, a, b = _floats(x), _floats(a), _floats(b)
    return np.where(a <= b, np.minimum(np.maximum(x, a), b), np.nan)


@_quiet
def atan2(y: ArrayLike, x: ArrayLike) -> Any:
    """The angle of (x, y); nan at the origin, which has none."""
    y, x = _floats(y), _floats(x)
    return np.where((x == 0.0) & (y == 0.0), np.nan, np.arctan2(y + 0.0, x))


def _leg(x: Array) -> Array:
    result: Array = np.sqrt(np.abs(x) - 1.0) * np.sqrt(np.abs(x) + 1.0)
    return result


@_quiet
def asec(x: ArrayLike) -> Any:
    """acos(1/x), in [0, pi]."""
    x = _floats(x)
    return np.arctan2(_leg(x), np.copysign(1.0, x))


@_quiet
def acsc(x: ArrayLike) -> Any:
    """asin(1/x), in [-pi/2, pi/2]."""
    x = _floats(x)
    return np.copysign(np.arctan2(1.0, _leg(x)), x)


# ---- hyperbolic functions and inverses -----------------------------------------------------------------------------


@_quiet
def sech(x: ArrayLike) -> Any:
    """1/cosh, also where cosh overflows."""
    e = np.exp(-np.abs(_floats(x)))
    return 2.0 * e / (1.0 + e * e)


@_quiet
def csch(x: ArrayLike) -> Any:
    """1/sinh, also where sinh overflows."""
    x = _floats(x)
    size = np.abs(x)
    far = np.copysign(2.0 * np.exp(-size) / -np.expm1(-2.0 * size), x)
    return np.where(size < 1.0, 1.0 / np.sinh(x), far)


@_quiet
def acoth(x: ArrayLike) -> Any:
    """atanh(1/x)."""
    x = _floats(x)
    return np.where(np.abs(x) > 1.0, np.copysign(0.5 * np.log1p(2.0 / (np.abs(x) - 1.0)), x), np.nan)


@_quiet
def asech(x: ArrayLike) -> Any:
    """acosh(1/x)."""
    x = _floats(x)
    near = 2.0 * np.arctanh(np.sqrt((1.0 - x) / (1.0 + x)))
    value = np.where(x < 0.5, np.log1p(np.sqrt((1.0 - x) * (1.0 + x))) - np.log(x), near)
    return np.where((x > 0.0) & (x <= 1.0), value, np.nan)


@_quiet
def acsch(x: ArrayLike) -> Any:
    """asinh(1/x)."""
    x = _floats(x)
    tiny = np.copysign(_LN_2 - np.log(np.abs(x)), x)
    return np.where(x == 0.0, np.nan, np.where(np.abs(x) > 1e-300, np.arcsinh(1.0 / x), tiny))


# ---- gamma function and relatives ----------------------------------------------------------------------------------


@_quiet
def gamma(x: ArrayLike) -> Any:
    """Gamma function."""
    return _each(scalar.gamma_, x)


@_quiet
def factorial(x: ArrayLike) -> Any:
    """gamma(x + 1)."""
    return _each(scalar.factorial_, x)


@_quiet
def lgamma(x: ArrayLike) -> Any:
    """Logarithm of |gamma(x)|."""
    special = _scipy()
    return special.gammaln(_floats(x)) if special else _each(scalar.lgamma_, x)


def _series(coefficients: tuple[float, ...], d: Array) -> Array:
    total = np.zeros_like(d)
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * d
    return total


@_quiet
def digamma(x: ArrayLike) -> Any:
    """Derivative of ln gamma, as in `scalar`."""
    x = _floats(x)
    pole = (x <= 0.0) & (x == np.floor(x))
    y = np.where(x < 0.0, 1.0 - x, x)
    t = 1.0 / y / y
    coefficients = tuple(b / (2 * k) for k, b in enumerate(scalar._BERNOULLI, 1))
    far = np.log(y) - 0.5 / y - _series(coefficients, t)
    extra = np.where(y < 0.96, -1.0 / y, 0.0)
    z = np.where(y < 0.96, y + 1.0, np.minimum(y, 10.0))
    for _ in range(9):
        high = z > 1.96
        z = np.where(high, z - 1.0, z)
        extra = np.where(high, extra + 1.0 / z, extra)
    near = extra + _series(scalar._PSI_AT_ROOT, (z - scalar._PSI_ROOT) - scalar._PSI_ROOT_REST)
    value = np.where(y >= 10.0, np.where(np.isinf(y), y, far), near)
    value = np.where(x < 0.0, value - np.pi / np.tan(np.pi * (x - np.rint(x))), value)
    return np.where(pole | (x == -np.inf), np.nan, value)


@_quiet
def trigamma(x: ArrayLike) -> Any:
    """Derivative of digamma."""
    return polygamma(1, x)


@_quiet
def polygamma(n: ArrayLike, x: ArrayLike) -> Any:
    """n-th derivative of digamma."""
    return _each(scalar.polygamma, n, x)


@_quiet
def beta(a: ArrayLike, b: ArrayLike) -> Any:
    """gamma(a)*gamma(b)/gamma(a + b) for positive a and b."""
    return _each(scalar.beta, a, b)


# ---- error function ------------------------------------------------------------------------------------------------


@_quiet
def erf(x: ArrayLike) -> Any:
    """Error function."""
    special = _scipy()
    return special.erf(_floats(x)) if special else _each(math.erf, x)


@_quiet
def erfc(x: ArrayLike) -> Any:
    """Complementary error function."""
    special = _scipy()
    if not special:
        return _each(math.erfc, x)
    x = _floats(x)
    # SciPy's erfc loses digits for large x, its erfcx does not
    return np.where(x < 0.5, special.erfc(x), special.erfcx(np.maximum(x, 0.0)) * _exp_of_square(x, -1.0))


@_quiet
def erfcx(x: ArrayLike) -> Any:
    """exp(x^2)*erfc(x)."""
    x = _floats(x)
    special = _scipy()
    if special:
        near = special.erfcx(np.maximum(x, -1.0))
        return np.where(x < -1.0, special.erfc(x) * _exp_of_square(x, 1.0), near)
    t = 0.5 / x / x
    total = np.ones_like(x)
    for k in range(23, 0, -2):  # asymptotic series, DLMF 7.12.1
        total = 1.0 - k * t * total
    return np.where(x > 12.0, _INV_SQRT_PI * total / x, _exp_of_square(x, 1.0) * _each(math.erfc, np.minimum(x, 12.0)))


@_quiet
def normal_pdf(x: ArrayLike) -> Any:
    """Density of the standard normal distribution."""
    return _exp_of_square(_floats(x), -0.5) / _SQRT_2PI


@_quiet
def normal_cdf(x: ArrayLike) -> Any:
    """Distribution function of the standard normal distribution."""
    x = _floats(x)
    far = 0.5 * erfcx(np.maximum(-x, 1.0) * _SQRT_HALF) * _exp_of_square(x, -0.5)
    return np.where(x > -1.0, 0.5 * erfc(-x * _SQRT_HALF), np.where(np.isnan(x), x, far))


# ---- sinc and its derivatives --------------------------------------------------------------------------------------


@_quiet
def sinc(x: ArrayLike) -> Any:
    """sin(x)/x, and 1 at 0."""
    x = _floats(x)
    return np.where(x == 0.0, 1.0, np.where(np.isinf(x), 0.0, np.sin(x) / np.where(x == 0.0, 1.0, x)))


@_quiet
def dsinc(x: ArrayLike) -> Any:
    """Derivative of sinc: power series near 0, where (x*cos(x) - sin(x))/x^2 cancels."""
    x = _floats(x)
    t = -0.5 * x * x
    total = np.ones_like(x)
    for k in range(12, 0, -1):
        total = 1.0 + t / (k * (2 * k + 3)) * total
    away = (np.cos(x) - np.sin(x) / x) / x
    return np.where(x * x < 5.0, -x / 3.0 * total, np.where(np.isinf(x), 0.0, away))


@_quiet
def spherical_jn(n: ArrayLike, x: ArrayLike) -> Any:
    """Spherical Bessel function of the first kind, of whole order n >= 0."""
    return _each(scalar.spherical_jn, n, x)


# ---- sigmoids ------------------------------------------------------------------------------------------------------


@_quiet
def sigmoid(x: ArrayLike) -> Any:
    """1/(1 + exp(-x))."""
    x = _floats(x)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0.0, 1.0, e) / (1.0 + e)


@_quiet
def logit(x: ArrayLike) -> Any:
    """ln(x/(1 - x))."""
    x = _floats(x)
    middle = 2.0 * np.arctanh(2.0 * x - 1.0)
    value = np.where((x > 0.25) & (x < 0.75), middle, np.log(x) - np.log1p(-x))
    return np.where((x > 0.0) & (x < 1.0), value, np.nan)


@_quiet
def softplus(x: ArrayLike) -> Any:
    """ln(1 + exp(x))."""
    return np.logaddexp(0.0, x)


@_quiet
def log_sigmoid(x: ArrayLike) -> Any:
    """ln(sigmoid(x))."""
    return -np.logaddexp(0.0, -_floats(x))


@_quiet
def softsign(x: ArrayLike) -> Any:
    """x/(1 + |x|)."""
    x = _floats(x)
    return np.where(np.isinf(x), np.sign(x), x / (1.0 + np.abs(x)))


@_quiet
def tanhshrink(x: ArrayLike) -> Any:
    """x - tanh(x)."""
    x = _floats(x)
    square, t = x * x, np.zeros_like(x)
    for k in range(25, 1, -2):  # the continued fraction of tanh, DLMF 4.39.1
        t = square / (k + t)
    return np.where(np.abs(x) < 1.5, x * (t / (1.0 + t)), x - np.tanh(x))


# ---- rectifiers ----------------------------------------------------------------------------------------------------


@_quiet
def prelu(x: ArrayLike, a: ArrayLike) -> Any:
    """a*x below 0, else x."""
    x, a = _floats(x), _floats(a)
    return np.where(x < 0.0, a * x, x)


@_quiet
def elu(x: ArrayLike, alpha: ArrayLike) -> Any:
    """alpha*expm1(x) below 0, else x."""
    x, alpha = _floats(x), _floats(alpha)
    return np.where(x < 0.0, alpha * np.expm1(np.minimum(x, 0.0)), x)


@_quiet
def selu(x: ArrayLike) -> Any:
    """Scaled exponential linear unit."""
    x = _floats(x)
    return np.where(x < 0.0, 1.7580993408473768 * np.expm1(np.minimum(x, 0.0)), 1.0507009873554805 * x)


@_quiet
def celu(x: ArrayLike, alpha: ArrayLike) -> Any:
    """alpha*expm1(x/alpha) below 0, else x; alpha > 0."""
    x, alpha = _floats(x), _floats(alpha)
    value = np.where(x > -1e-17 * alpha, x, alpha * np.expm1(np.minimum(x, 0.0) / alpha))
    return np.where(alpha > 0.0, value, np.nan)


@_quiet
def gelu(x: ArrayLike) -> Any:
    """x times the standard normal distribution function of x."""
    x = _floats(x)
    return np.where(x == -np.inf, -0.0, x * normal_cdf(x))


@_quiet
def gelu_tanh(x: ArrayLike) -> Any:
    """x*sigmoid(2*u), u = sqrt(2/pi)*(x + 0.044715*x^3)."""
    x = _floats(x)
    return np.where(x < -40.0, -0.0, x * sigmoid(1.5957691216057308 * x * (1.0 + 0.044715 * x * x)))


@_quiet
def silu(x: ArrayLike) -> Any:
    """x*sigmoid(x)."""
    x = _floats(x)
    half = np.exp(np.minimum(0.5 * x, 0.0))
    far = np.where(x == -np.inf, -0.0, x * half * half)  # sigmoid becomes subnormal before the product does
    return np.where(x < -700.0, far, x * sigmoid(x))


@_quiet
def mish(x: ArrayLike) -> Any:
    """x*tanh(softplus(x))."""
    x = _floats(x)
    e = np.exp(-np.abs(x))
    right = x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e * (1.0 + e)))
    left = np.where(x == -np.inf, -0.0, x * e * ((2.0 + e) / (2.0 + e * (2.0 + e))))
    return np.where(x >= 0.0, right, left)


@_quiet
def hardswish(x: ArrayLike) -> Any:
    """x*relu6(x + 3)/6."""
    x = _floats(x)
    return np.where(x <= -3.0, -0.0, np.where(x >= 3.0, x, x * ((x + 3.0) / 6.0)))


# ---- of several numbers --------------------------------------------------------------------------------------------


def _rest(values: tuple[ArrayLike, ...]) -> tuple[Array, Array, Array]:
    """The arguments as rows, their largest, and the sum of exp(value - largest) over all but one largest."""
    rows = np.stack(np.broadcast_arrays(*[_floats(value) for value in values]))
    top = rows.max(axis=0)
    parts = np.where(rows == top, 1.0, np.exp(rows - top))
    first = rows.argmax(axis=0)
    np.put_along_axis(parts, first[None], 0.0, axis=0)
    return rows, top, parts.sum(axis=0)


@_quiet
def logsumexp(*values: ArrayLike) -> Any:
    """ln of the sum of the exponentials; the largest is left out of the sum."""
    _, top, rest = _rest(values)
    return np.where(np.isfinite(top), top + np.log1p(rest), top)


def _chosen(k: ArrayLike, rows: Array) -> Array:
    """Row number k, from 1; nan where there is no such row."""
    k = _floats(k)
    inside = (k >= 1.0) & (k <= len(rows)) & (k == np.floor(k))
    index = np.broadcast_to(np.where(inside, k, 1.0).astype(int) - 1, rows.shape[1:])
    result: Array = np.where(inside, np.take_along_axis(rows, index[None], axis=0)[0], np.nan)
    return result


@_quiet
def softmax(k: ArrayLike, *values: ArrayLike) -> Any:
    """Component k, from 1, of exp(values) over its sum."""
    rows, top, rest = _rest(values)
    x = _chosen(k, rows)
    return np.where(x == top, 1.0, np.exp(x - top)) / (1.0 + rest)


@_quiet
def log_softmax(k: ArrayLike, *values: ArrayLike) -> Any:
    """Logarithm of softmax."""
    rows, top, rest = _rest(values)
    x = _chosen(k, rows)
    return np.where(x == top, 0.0, x - top) - np.log1p(rest)


# ---- losses --------------------------------------------------------------------------------------------------------


@_quiet
def huber(x: ArrayLike, delta: ArrayLike) -> Any:
    """x^2/2 up to |x| = delta, then straight; delta > 0."""
    x, delta = _floats(x), _floats(delta)
    size = np.abs(x)
    value = np.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))
    return np.where(delta > 0.0, value, np.nan)


@_quiet
def log_cosh(x: ArrayLike) -> Any:
    """ln(cosh(x))."""
    size = np.abs(_floats(x))
    half = np.sinh(0.5 * np.minimum(size, 1.0))
    return np.where(size >= 1.0, size + np.log1p(np.exp(-2.0 * size)) - _LN_2, np.log1p(2.0 * half * half))


# ---- sums with an index --------------------------------------------------------------------------------------------


def index(first: Any, last: Any, rank: int) -> Any:
    """The values of a sum's index along a new leading axis, before `rank` axes of data."""
    if np.size(first) != 1 or np.size(last) != 1:
        raise ValueError("the ends of a sum are single numbers")
    return np.arange(int(first), int(last) + 1, dtype=np.float64).reshape(-1, *[1] * rank)


def entry(body: Any, rank: int, *places: Any) -> Any:
    """The entries of an array at these places, counted from 1; axes of indices lead, those of data follow.

    The entries stand in the last axes of `body`, behind its own data axes, of which there are at most `rank`.
    """
    count = len(places)
    moved = np.moveaxis(body, range(-count, 0), range(count))
    data = moved.shape[count:]
    moved = moved.reshape(*moved.shape[:count], *[1] * (rank - len(data)), *data)
    wanted = [np.asarray(place) for place in places]
    for place, size in zip(wanted, moved.shape, strict=False):
        if np.any((place < 1) | (place > size)):
            raise ValueError(f"an index is outside 1 to {size}")
    depth = max(place.ndim for place in wanted)
    if depth <= rank:  # picked by data, not by the index of a sum
        if any(size != 1 for size in moved.shape[count:]):
            raise ValueError("an entry that is picked by an array is not available for an array of arrays")
        return moved.reshape(moved.shape[:count])[tuple(place.astype(np.intp) - 1 for place in wanted)]
    for place in wanted:
        if place.ndim and place.size and any(size != 1 for size in place.shape[place.ndim - rank :] if rank):
            raise ValueError("an entry that is picked by data and by the index of a sum is not available")
    flat = [
        (place.reshape(place.shape[: place.ndim - rank]) if place.ndim else place).astype(np.intp) - 1
        for place in wanted
    ]
    return moved[tuple(flat)]


# ---- what stable code is made of -------------------------------------------------------------------------------------


@_quiet
def log1mexp(x: ArrayLike) -> Any:
    """ln(1 - exp(-x)), x > 0."""
    x = _floats(x)
    value = np.where(x < _LN_2, np.log(-np.expm1(-x)), np.log1p(-np.exp(-x)))
    return np.where(x > 0.0, value, np.nan)


@_quiet
def log_expm1(x: ArrayLike) -> Any:
    """ln(exp(x) - 1), x > 0."""
    x = _floats(x)
    value = np.where(x < 1.0, np.log(np.expm1(x)), x + np.log1p(-np.exp(-x)))
    return np.where(x > 0.0, value, np.nan)


@_quiet
def log_normal_cdf(x: ArrayLike) -> Any:
    """ln of the standard normal distribution function."""
    x = _floats(x)
    near = normal_cdf(-np.abs(x))
    far = np.log(0.5 * erfcx(-x * _SQRT_HALF)) - 0.5 * x * x
    return np.where(x > 0.0, np.log1p(-near), np.where(x > -1.0, np.log(near), np.where(np.isinf(x), x, far)))


@_quiet
def normal_hazard(x: ArrayLike) -> Any:
    """Density of the standard normal distribution over its right tail."""
    x = _floats(x)
    right = np.where(x == np.inf, x, scalar._SQRT_2_OVER_PI / erfcx(x * _SQRT_HALF))
    return np.where(x < -1.0, normal_pdf(x) / normal_cdf(-x), right)


@_quiet
def normal_excess(x: ArrayLike) -> Any:
    """normal_hazard(x) - x, by a continued fraction for x > 2."""
    x = _floats(x)
    tail = x
    for k in range(125, 1, -1):
        tail = x + k / tail
    return np.where(x > 2.0, 1.0 / tail, normal_hazard(x) - x)


@_quiet
def unit(x: ArrayLike, y: ArrayLike) -> Any:
    """x over the length of (x, y)."""
    x, y = _floats(x), _floats(y)
    length = np.hypot(x, y)
    large = np.isinf(length)
    value = np.where(large, 0.5 * x / np.hypot(0.5 * x, 0.5 * y), x / length)
    return np.where(np.isinf(x) | np.isinf(y), np.nan, value)


@_quiet
def times_exp(p: ArrayLike, u: ArrayLike) -> Any:
    """p*exp(u); 0 where p is 0 or exp(u) below anything p could make up for."""
    p, u = _floats(p), _floats(u)
    half = np.exp(0.5 * u)
    plain = np.abs(u) < 650.0
    value = np.where(plain, p * np.exp(u), p * half * half)
    return np.where(np.isnan(p) | np.isnan(u), np.nan, np.where((p == 0.0) | (u < -2000.0), 0.0, value))


@_quiet
def xlogy(x: ArrayLike, y: ArrayLike) -> Any:
    """x*ln(y), and 0 where x = 0 and y >= 0."""
    x, y = _floats(x), _floats(y)
    return np.where((x == 0.0) & (y >= 0.0), 0.0, np.where(y > 0.0, x * np.log(y), np.nan))


@_quiet
def bernoulli_kl(x: ArrayLike, a: ArrayLike) -> Any:
    """Divergence of a coin with log-odds a from one with log-odds x."""
    x, a = _floats(x), _floats(a)
    x, a = np.where(x > 0.0, -x, x), np.where(x > 0.0, -a, a)
    d, p = a - x, sigmoid(x)
    small = np.clip(d, -1.0, 1.0)
    w = p * np.expm1(small)
    s = w / (2.0 + w)
    total = np.zeros_like(s)
    for k in range(33, 1, -2):
        total = 1.0 / k + s * s * total
    tail = np.ones_like(small)
    for k in range(19, 2, -1):
        tail = 1.0 + small / k * tail
    near = s * (2.0 * s * s * total - w) + p * (0.5 * small * small * tail)
    far = np.where(p == 0.0, 0.0, -p * d) + np.logaddexp(0.0, a) - np.logaddexp(0.0, x)
    return np.where(np.isnan(d), d, np.where(np.abs(d) <= 1.0, near, far))
