"""The function table's float64 helpers for one point; standard library only.

A point outside the domain gives nan and a value too large gives an infinity: nothing here raises. A trailing
underscore marks a function of `math` with that promise added (`math.exp(1000)` raises, `exp_(1000)` is inf). The forms
are those that keep their digits over the whole range of float64; where a comment says why, the obvious form does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign, erfc, exp, fabs, fsum, inf, isfinite, isnan, log, log1p, nan, pi, sqrt, tanh
from typing import Any

_SQRT_HALF = 0.7071067811865476
_SQRT_2PI = 2.5066282746310007
_INV_SQRT_PI = 0.5641895835477563
_LN_2 = 0.6931471805599453


def _total(function: Callable[[float], float], overflow: float = inf) -> Callable[[float], float]:
    """The function of `math`, with nan instead of ValueError and `overflow` instead of OverflowError."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return overflow

    return safe


# ---- quotients and powers -------------------------------------------------------------------------------------------


def quotient(a: float, b: float) -> float:
    """a/b; nan where b is 0."""
    return a / b if b else nan


def power(a: float, n: float) -> float:
    """Real powers: nan for 0 to a negative number and for a negative number to one that is not whole."""
    if isnan(a) or isnan(n):
        return nan
    if n == 0:
        return 1.0
    if (a == 0 and n < 0) or (a < 0 and isfinite(n) and n != int(n)):
        return nan
    try:
        return a**n
    except OverflowError:
        return -inf if a < 0 and n % 2 else inf


# ---- exponentials, logarithms, roots -------------------------------------------------------------------------------

exp_ = _total(exp)
expm1_ = _total(math.expm1)
ln = _total(log)
log10_ = _total(math.log10)
log2_ = _total(math.log2)
log1p_ = _total(log1p)
sqrt_ = _total(sqrt)


def log_base(x: float, base: float) -> float:
    """Logarithm of x to the base."""
    below = ln(base)
    return ln(x) / below if below else nan


def _exp_of_square(x: float, factor: float) -> float:
    """exp(factor*x^2) for factor 1, -1 or ±1/2.

    x*x is off by half a unit in its last place, which exp turns into x^2/2 units: so x^2 is split into the square of
    x rounded to a multiple of 1/2^16, which is exact for the x that matter, and the rest.
    """
    if not fabs(x) < 64.0:
        return nan if isnan(x) else (inf if factor > 0 else 0.0)
    head = round(x * 65536.0) / 65536.0
    try:
        return exp(factor * head * head) * exp(factor * (x - head) * (x + head))
    except OverflowError:
        return exp_(factor * x * x)  # head may be the larger one


# ---- signs, rounding, largest and smallest -------------------------------------------------------------------------


def sign(x: float) -> float:
    """-1, 0 or 1."""
    return nan if isnan(x) else float((x > 0.0) - (x < 0.0))


def heaviside(x: float) -> float:
    """0, 1/2 or 1."""
    return nan if isnan(x) else 0.5 * ((x > 0.0) + (x >= 0.0))


def floor_(x: float) -> float:
    """The largest whole number that is at most x."""
    return float(math.floor(x)) if isfinite(x) else x


def ceil_(x: float) -> float:
    """The smallest whole number that is at least x."""
    return float(math.ceil(x)) if isfinite(x) else x


def mod(a: float, b: float) -> float:
    """Remainder of a by b, with the sign of b."""
    return a % b if b else nan


def max_(*values: float) -> float:
    """The largest; nan if one of them is."""
    return nan if any(map(isnan, values)) else max(values)


def min_(*values: float) -> float:
    """The smallest; nan if one of them is."""
    return nan if any(map(isnan, values)) else min(values)


def clip(x: float, a: float, b: float) -> float:
    """x limited to [a, b]."""
    return min_(max_(x, a), b) if a <= b else nan


# ---- circular functions and inverses -------------------------------------------------------------------------------

sin_ = _total(math.sin)
cos_ = _total(math.cos)
tan_ = _total(math.tan)
asin_ = _total(math.asin)
acos_ = _total(math.acos)


def _reciprocal(x: float) -> float:
    return 1.0 / x if x else nan


def cot(x: float) -> float:
    """cos/sin."""
    return _reciprocal(tan_(x))


def sec(x: float) -> float:
    """1/cos."""
    return _reciprocal(cos_(x))


def csc(x: float) -> float:
    """1/sin."""
    return _reciprocal(sin_(x))


def _leg(x: float) -> float:
    # sqrt(x^2 - 1), |x| >= 1: no overflow, and no digits lost near 1, where 1/x in acos(1/x) has lost them already.
    return sqrt(fabs(x) - 1.0) * sqrt(fabs(x) + 1.0)


def asec(x: float) -> float:
    """acos(1/x), in [0, pi]."""
    return math.atan2(_leg(x), copysign(1.0, x)) if fabs(x) >= 1.0 else nan


def acsc(x: float) -> float:
    """asin(1/x), in [-pi/2, pi/2]."""
    return copysign(math.atan2(1.0, _leg(x)), x) if fabs(x) >= 1.0 else nan


def atan2_(y: float, x: float) -> float:
    """The angle of (x, y); nan at the origin, which has none."""
    return math.atan2(y + 0.0, x) if x or y else nan  # + 0.0: -0.0 on the cut is the point of the axis


# ---- hyperbolic functions and inverses -----------------------------------------------------------------------------

cosh_ = _total(math.cosh)
acosh_ = _total(math.acosh)


def atanh_(x: float) -> float:
    """Inverse hyperbolic tangent."""
    return math.atanh(x) if -1.0 < x < 1.0 else nan


def sinh_(x: float) -> float:
    """Hyperbolic sine."""
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def coth(x: float) -> float:
    """1/tanh."""
    return _signed_reciprocal(tanh(x))


def _signed_reciprocal(x: float) -> float:
    try:
        return 1.0 / x  # of a subnormal number: infinite, without an exception
    except ZeroDivisionError:
        return nan


def sech(x: float) -> float:
    """1/cosh, also where cosh overflows."""
    e = exp(-fabs(x))
    return 2.0 * e / (1.0 + e * e)


def csch(x: float) -> float:
    """1/sinh, also where sinh overflows."""
    if fabs(x) < 1.0:
        return _signed_reciprocal(math.sinh(x))
    e = exp(-fabs(x))
    return copysign(2.0 * e / -math.expm1(-2.0 * fabs(x)), x)


def acoth(x: float) -> float:
    """atanh(1/x)."""
    return copysign(0.5 * log1p(2.0 / (fabs(x) - 1.0)), x) if fabs(x) > 1.0 else nan


def asech(x: float) -> float:
    """acosh(1/x)."""
    if not 0.0 < x <= 1.0:
        return nan
    if x < 0.5:
        return log1p(sqrt((1.0 - x) * (1.0 + x))) - log(x)
    return 2.0 * math.atanh(sqrt((1.0 - x) / (1.0 + x)))  # near 1 by the exact difference 1 - x


def acsch(x: float) -> float:
    """asinh(1/x)."""
    if not x:
        return nan
    # 1/x of a subnormal number overflows
    return math.asinh(1.0 / x) if fabs(x) > 1e-300 else copysign(_LN_2 - log(fabs(x)), x)


# ---- gamma function and relatives ----------------------------------------------------------------------------------


def _is_pole(x: float) -> bool:
    return x <= 0.0 and x == math.floor(x) if isfinite(x) else x < 0.0


def gamma_(x: float) -> float:
    """Gamma function."""
    try:
        return math.gamma(x)
    except ValueError:
        return nan
    except OverflowError:
        return inf if x > 0.0 else -inf  # below 0 only next to the pole 0


def factorial_(x: float) -> float:
    """gamma(x + 1)."""
    if fabs(x) > 0.5 and isfinite(x) and x != math.floor(x):
        product = x * gamma_(x)  # x + 1 would be rounded, and gamma magnifies that
        if isfinite(product):
            return product
    return gamma_(x + 1.0)


# (-1)^k*(zeta(k) - 1)/k for k = 2, 3, ...: Taylor coefficients of lgamma(2 + d) - (1 - Euler's constant)*d (DLMF 5.7.3)
_LGAMMA_AT_2 = (
    0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
    -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-05,
    -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06, 4.374866789907488e-06,
    -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07, 2.1207184805554665e-07,
    -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08, 1.0838659214896955e-08,
    -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09, 5.731367241678862e-10,
    -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11,
)  # fmt: skip
_ONE_MINUS_EULER = 0.42278433509846713


def lgamma_(x: float) -> float:
    """Logarithm of |gamma(x)|, with all digits at its roots 1 and 2."""
    if 0.5 <= x <= 2.5:
        d = x - 2.0 if x > 1.5 else x - 1.0
        total = 0.0
        for coefficient in reversed(_LGAMMA_AT_2):
            total = (total + coefficient) * d
        value = d * (_ONE_MINUS_EULER + total)
        return value if x > 1.5 else value - log1p(d)
    if _is_pole(x):
        return nan
    return _total(math.lgamma)(x)


# Bernoulli numbers B_2k, and psi^(k)(r)/k! at the positive root r = _PSI_ROOT + _PSI_ROOT_REST (computed to 60 digits)
_BERNOULLI = (
    0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576,
    -0.2531135531135531, 1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424,
)  # fmt: skip
_PSI_ROOT, _PSI_ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
_PSI_AT_ROOT = (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
    -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
    0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328, 0.002305126326734928,
    -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602,
    -0.0003454680251063077, 0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741,
    -7.569179582195066e-05, 5.178575795222081e-05, -3.5430070947659604e-05, 2.424006611860132e-05,
    -1.6584242271854135e-05, 1.134638458466385e-05, -7.762817668462094e-06, 5.3110609208898636e-06,
    -3.6336507898010456e-06, 2.486022733129538e-06, -1.7008538854332607e-06, 1.1636675363548843e-06,
)  # fmt: skip


def digamma(x: float) -> float:
    """Derivative of ln gamma: Taylor series at the positive root, recurrence, asymptotic series, reflection.

    Source: DLMF 5.5.2, 5.5.4, 5.11.2.
    """
    if isnan(x) or _is_pole(x):
        return nan
    if x < 0.0:
        offset = x - round(x)
        return digamma(1.0 - x) - pi / math.tan(pi * offset)
    if x >= 10.0:
        if x == inf:
            return inf
        t = 1.0 / x / x
        total = 0.0
        for k in range(len(_BERNOULLI), 0, -1):
            total = (total + _BERNOULLI[k - 1] / (2 * k)) * t
        return log(x) - 0.5 / x - total
    extra = 0.0
    if x < 0.96:
        if x < 1e-300:
            return _signed_reciprocal(-x)
        extra, x = -1.0 / x, x + 1.0
    while x > 1.96:  # every term is positive, so that nothing cancels; x - 1 is exact
        x -= 1.0
        extra += 1.0 / x
    d = (x - _PSI_ROOT) - _PSI_ROOT_REST
    total = 0.0
    for coefficient in reversed(_PSI_AT_ROOT):
        total = (total + coefficient) * d
    return total + extra


def trigamma(x: float) -> float:
    """Derivative of digamma."""
    return polygamma(1, x)


def polygamma(n: float, x: float) -> float:
    """n-th derivative of digamma: Hurwitz zeta function by Euler-Maclaurin summation, reflection below 0.

    nan for n > 170. Source: SciPy docs, scipy.special.zeta; Euler-Maclaurin: fungrim.org/entry/d25d10; DLMF 5.15.6.
    """
    if not (isfinite(n) and n >= 0.0 and n == math.floor(n)) or isnan(x) or _is_pole(x):
        return nan
    if n > 170.0:
        return nan  # n! is beyond float64
    order = int(n)
    if order == 0:
        return digamma(x)
    if x < 0.0:
        reflected = polygamma(order, 1.0 - x)
        return (-reflected if order % 2 else reflected) - _cot_derivative(order, x - round(x))
    s = order + 1
    terms = []
    try:
        shift = max(0, math.ceil(order + 12.0 - x)) if x < order + 12.0 else 0
        terms = [(x + i) ** -s for i in range(shift)]
        a = x + shift
        terms += [a ** (1 - s) / (s - 1), 0.5 * a**-s]
        factor = s * a ** (-s - 1) / 2.0  # s(s+1)...(s+2k-2)/(2k)! * a^(1-s-2k)
        for k in range(1, len(_BERNOULLI) + 1):
            terms.append(_BERNOULLI[k - 1] * factor)
            factor *= (s + 2 * k - 1) * (s + 2 * k) / ((2 * k + 1) * (2 * k + 2)) / a / a
        value = fsum(terms) * math.gamma(s)
    except (OverflowError, ZeroDivisionError):
        value = inf
    return value if order % 2 else -value


def _cot_derivative(order: int, t: float) -> float:
    """n-th derivative of pi*cot(pi*x) where x is a whole number plus t: a polynomial in cot, all signs equal."""
    c = 1.0 / math.tan(pi * t)
    coefficients = [0.0, 1.0]
    for _ in range(order):  # d/dx P(cot(pi*x)) = -pi*(1 + cot^2)*P'(cot)
        slope = [k * value for k, value in enumerate(coefficients)][1:]
        coefficients = [0.0] * (len(slope) + 2)
        for k, value in enumerate(slope):
            coefficients[k] -= value
            coefficients[k + 2] -= value
    value = 0.0
    for coefficient in reversed(coefficients):
        value = value * c + coefficient
    try:
        return value * pi ** (order + 1)
    except OverflowError:
        return copysign(inf, value)


def beta(a: float, b: float) -> float:
    """gamma(a)*gamma(b)/gamma(a + b) for positive a and b."""
    if not (a > 0.0 and b > 0.0):
        return nan
    a, b = min(a, b), max(a, b)
    if a + b < 170.0:
        if a < 1e-300:
            return _signed_reciprocal(a)
        s = a + b
        lost = (b - s) + a  # what rounding took from the sum: gamma would magnify it
        return math.gamma(a) / math.gamma(s) * math.gamma(b) * (1.0 - lost * digamma(s))
    # gamma(b)/gamma(a + b) by Stirling's series, and gamma(a) too when a is large (DLMF 5.11.1)
    if b == inf:
        return 0.0
    q = a / b / (1.0 + a / b)  # a + b may overflow
    tail = _stirling(b) - _stirling(a + b)
    if a >= 20.0:
        scale = _SQRT_2PI / sqrt(a) * exp(_stirling(a) + tail)
        return scale * sqrt(1.0 + a / b) * exp(a * log(q) + b * log1p(-q))
    log_ratio = (b - 0.5) * log1p(-q) - a * (log(b) + log1p(a / b)) + a + tail
    return gamma_(a) * exp(log_ratio) if a > 1e-300 else _signed_reciprocal(a)


def _stirling(x: float) -> float:
    """ln gamma(x) minus (x - 1/2)*ln(x) - x + ln(2*pi)/2, for x >= 20."""
    t = 1.0 / x / x
    return (1 / 12 - t * (1 / 360 - t * (1 / 1260 - t * (1 / 1680 - t * (1 / 1188 - t * (691 / 360360)))))) / x


# ---- error function ------------------------------------------------------------------------------------------------


def erfcx(x: float) -> float:
    """exp(x^2)*erfc(x)."""
    if x > 12.0:
        t = 0.5 / x / x
        total = 1.0
        for k in range(23, 0, -2):  # asymptotic series, DLMF 7.12.1
            total = 1.0 - k * t * total
        return _INV_SQRT_PI * total / x
    return _exp_of_square(x, 1.0) * erfc(x)


def normal_pdf(x: float) -> float:
    """Density of the standard normal distribution."""
    return _exp_of_square(x, -0.5) / _SQRT_2PI


def normal_cdf(x: float) -> float:
    """Distribution function of the standard normal distribution."""
    if x > -1.0:
        return 0.5 * erfc(-x * _SQRT_HALF)
    # erfc would magnify the rounding of x/sqrt(2) by x^2; erfcx does not
    return 0.5 * erfcx(-x * _SQRT_HALF) * _exp_of_square(x, -0.5)


# ---- sinc and its derivatives --------------------------------------------------------------------------------------


def sinc(x: float) -> float:
    """sin(x)/x, and 1 at 0."""
    if isnan(x):
        return nan
    return math.sin(x) / x if x and isfinite(x) else float(x == 0.0)


def dsinc(x: float) -> float:
    """Derivative of sinc."""
    return -spherical_jn(1, x)


def spherical_jn(n: float, x: float) -> float:
    """Spherical Bessel function of the first kind, of whole order n >= 0.

    Power series for small x, upward recurrence for x > n, else downward recurrence. Source: DLMF 10.51.1, 10.53.1.
    """
    if not (isfinite(n) and n >= 0.0 and n == math.floor(n)) or isnan(x):
        return nan
    if n > 1e5:
        return nan  # the recurrences would take too long
    order = int(n)
    if order == 0:
        return sinc(x)
    if x < 0.0:
        value = spherical_jn(order, -x)
        return -value if order % 2 else value
    if x == inf:
        return 0.0
    if x * x < 2.0 * order + 3.0:
        leading = 1.0
        for k in range(1, order + 1):
            leading *= x / (2 * k + 1)
        t, term, total, k = -0.5 * x * x, 1.0, 1.0, 1
        while fabs(term) > 1e-17:
            term *= t / (k * (2 * order + 2 * k + 1))
            total += term
            k += 1
        return leading * total
    first = math.sin(x) / x
    second = (first - math.cos(x)) / x
    if x > order:
        for k in range(1, order):
            first, second = second, (2 * k + 1) / x * second - first
        return second
    above, here, wanted = 0.0, 1e-300, 0.0
    start = order + 20 + int(sqrt(40.0 * order))
    for k in range(start, 0, -1):
        above, here = here, (2 * k + 1) / x * here - above
        if k - 1 == order:
            wanted = here
        if fabs(here) > 1e250:
            above, here, wanted = above * 1e-250, here * 1e-250, wanted * 1e-250
    # the larger of j0 and j1 sets the scale: they are never small together
    return wanted * (first / here if fabs(first) > fabs(second) else second / above)


# ---- sigmoids ------------------------------------------------------------------------------------------------------


def sigmoid(x: float) -> float:
    """1/(1 + exp(-x))."""
    e = exp(-fabs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


def logit(x: float) -> float:
    """ln(x/(1 - x))."""
    if not 0.0 < x < 1.0:
        return nan
    if 0.25 < x < 0.75:
        return 2.0 * math.atanh(2.0 * x - 1.0)  # 2x - 1 is exact here, so the root at 1/2 keeps its digits
    return log(x) - log1p(-x)


def softplus(x: float) -> float:
    """ln(1 + exp(x))."""
    return max_(x, 0.0) + log1p(exp(-fabs(x)))


def log_sigmoid(x: float) -> float:
    """ln(sigmoid(x))."""
    return -softplus(-x)


def softsign(x: float) -> float:
    """x/(1 + |x|)."""
    return x / (1.0 + fabs(x)) if fabs(x) < inf else sign(x)


def tanhshrink(x: float) -> float:
    """x - tanh(x)."""
    if fabs(x) >= 1.5:
        return x - tanh(x)
    # tanh(x) = x/(1 + t), t the continued fraction x^2/(3 + x^2/(5 + ...)) (DLMF 4.39.1): no cancellation
    square, t = x * x, 0.0
    for k in range(25, 1, -2):
        t = square / (k + t)
    return x * (t / (1.0 + t))


# ---- rectifiers ----------------------------------------------------------------------------------------------------


def prelu(x: float, a: float) -> float:
    """a*x below 0, else x."""
    return a * x if x < 0.0 else x


def elu(x: float, alpha: float) -> float:
    """alpha*expm1(x) below 0, else x."""
    return alpha * math.expm1(x) if x < 0.0 else x


def selu(x: float) -> float:
    """Scaled exponential linear unit."""
    return 1.7580993408473768 * math.expm1(x) if x < 0.0 else 1.0507009873554805 * x


def celu(x: float, alpha: float) -> float:
    """alpha*expm1(x/alpha) below 0, else x; alpha > 0."""
    if not alpha > 0.0:
        return nan
    if x > -1e-17 * alpha:
        return x  # x/alpha may underflow
    return alpha * math.expm1(x / alpha)


def gelu(x: float) -> float:
    """x times the standard normal distribution function of x."""
    return -0.0 if x == -inf else x * normal_cdf(x)


def gelu_tanh(x: float) -> float:
    """x*sigmoid(2*u), u = sqrt(2/pi)*(x + 0.044715*x^3): the tanh approximation without cancellation."""
    if x < -40.0:
        return -0.0
    return x * sigmoid(1.5957691216057308 * x * (1.0 + 0.044715 * x * x))


def silu(x: float) -> float:
    """x*sigmoid(x)."""
    if x < -700.0:  # sigmoid(x) becomes subnormal before the product does
        half = exp(0.5 * x)
        return x * half * half if x > -inf else -0.0
    return x * sigmoid(x)


def mish(x: float) -> float:
    """x*tanh(softplus(x))."""
    e = exp(-fabs(x))
    if x >= 0.0:
        return x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e * (1.0 + e)))
    return x * e * ((2.0 + e) / (2.0 + e * (2.0 + e))) if x > -inf else (-0.0 if x == -inf else nan)


def hardswish(x: float) -> float:
    """x*relu6(x + 3)/6."""
    if fabs(x) >= 3.0:
        return x if x > 0.0 else -0.0
    return x * ((x + 3.0) / 6.0)


# ---- of several numbers --------------------------------------------------------------------------------------------


def _rest(values: tuple[float, ...]) -> tuple[int, float]:
    """Index m of a largest value, and the sum of exp(value - largest) over all the others."""
    m = max(range(len(values)), key=values.__getitem__)
    top = values[m]
    return m, fsum([1.0 if v == top else exp(v - top) for i, v in enumerate(values) if i != m])


def logsumexp(*values: float) -> float:
    """ln of the sum of the exponentials; the largest is left out of the sum, so that (0, -40) gives 4.2e-18."""
    if any(map(isnan, values)):
        return nan
    m, rest = _rest(values)
    return values[m] + log1p(rest) if isfinite(values[m]) else values[m]


def softmax(k: float, *values: float) -> float:
    """Component k, from 1, of exp(values) over its sum."""
    if not (1.0 <= k <= len(values) and k == math.floor(k)) or any(map(isnan, values)):
        return nan
    m, rest = _rest(values)
    x, top = values[int(k) - 1], values[m]
    return (1.0 if x == top else exp(x - top)) / (1.0 + rest)


def log_softmax(k: float, *values: float) -> float:
    """Logarithm of softmax."""
    if not (1.0 <= k <= len(values) and k == math.floor(k)) or any(map(isnan, values)):
        return nan
    m, rest = _rest(values)
    x, top = values[int(k) - 1], values[m]
    return (0.0 if x == top else x - top) - log1p(rest)


# ---- losses --------------------------------------------------------------------------------------------------------


def huber(x: float, delta: float) -> float:
    """x^2/2 up to |x| = delta, then straight; delta > 0."""
    if not delta > 0.0:
        return nan
    size = fabs(x)
    return 0.5 * x * x if size <= delta else delta * (size - 0.5 * delta)


def log_cosh(x: float) -> float:
    """ln(cosh(x))."""
    size = fabs(x)
    if size >= 1.0:
        return size + log1p(exp(-2.0 * size)) - _LN_2
    half = math.sinh(0.5 * x)
    return log1p(2.0 * half * half)


# ---- sums with an index --------------------------------------------------------------------------------------------


def total(terms: list[float]) -> float:
    """The sum of the terms, rounded once; added up in order where it is no finite number."""
    try:
        return fsum(terms)
    except (ValueError, OverflowError):
        return sum(terms)


def span(first: float, last: float) -> list[float]:
    """The values of a sum's index: first, first + 1, … up to last."""
    return [float(i) for i in range(int(first), int(last) + 1)]


def entry(body: Any, *places: float) -> Any:
    """The entry of a list (of lists) at these places, counted from 1."""
    for place in places:
        if place < 1:
            raise IndexError("places are counted from 1")
        body = body[int(place) - 1]
    return body


# ---- what stable code is made of -------------------------------------------------------------------------------------

_SQRT_2_OVER_PI = 0.7978845608028654


def log1mexp(x: float) -> float:
    """ln(1 - exp(-x)), x > 0."""
    if not x > 0.0:
        return nan
    return log(-math.expm1(-x)) if x < _LN_2 else log1p(-exp(-x))


def log_expm1(x: float) -> float:
    """ln(exp(x) - 1), x > 0."""
    if not x > 0.0:
        return nan
    return log(math.expm1(x)) if x < 1.0 else x + log1p(-exp(-x))


def log_normal_cdf(x: float) -> float:
    """ln of the standard normal distribution function."""
    if x > 0.0:
        return log1p(-normal_cdf(-x))
    if x > -1.0:
        return log(normal_cdf(x))
    return log(0.5 * erfcx(-x * _SQRT_HALF)) - 0.5 * x * x if x > -inf else (-inf if x == -inf else nan)


def normal_hazard(x: float) -> float:
    """Density of the standard normal distribution over its right tail."""
    if x < -1.0:  # erfcx would magnify the rounding of x/sqrt(2) by x^2
        return normal_pdf(x) / normal_cdf(-x)
    return x if x == inf else _SQRT_2_OVER_PI / erfcx(x * _SQRT_HALF)


def normal_excess(x: float) -> float:
    """normal_hazard(x) - x: for x > 2 by Laplace's continued fraction 1/(x + 2/(x + 3/(x + ...))) (DLMF 7.9)."""
    if not x > 2.0:
        return normal_hazard(x) - x
    tail = x
    for k in range(125, 1, -1):
        tail = x + k / tail
    return 1.0 / tail


def unit(x: float, y: float) -> float:
    """x over the length of (x, y)."""
    length = math.hypot(x, y)
    if length == inf:
        length, x = math.hypot(0.5 * x, 0.5 * y), 0.5 * x
    return x / length if 0.0 < length < inf else nan


def times_exp(p: float, u: float) -> float:
    """p*exp(u); 0 where p is 0 or exp(u) below anything p could make up for."""
    if isnan(p) or isnan(u):
        return nan
    if p == 0.0 or u < -2000.0:
        return 0.0
    e = exp_(u)
    if 1e-290 < e < inf:
        return p * e
    half = exp_(0.5 * u)
    return p * half * half


def xlogy(x: float, y: float) -> float:
    """x*ln(y), and 0 where x = 0 and y >= 0."""
    if x == 0.0 and y >= 0.0:
        return 0.0
    return x * ln(y) if y > 0.0 else nan


def _log1p_minus(w: float) -> float:
    """ln(1 + w) - w by the series of atanh in w/(2 + w), for -1/2 < w < 1."""
    s = w / (2.0 + w)
    total = 0.0
    for k in range(33, 1, -2):
        total = 1.0 / k + s * s * total
    return s * (2.0 * s * s * total - w)


def _expm1_minus(d: float) -> float:
    """exp(d) - 1 - d by its series, for |d| <= 1."""
    total = 1.0
    for k in range(19, 2, -1):
        total = 1.0 + d / k * total
    return 0.5 * d * d * total


def bernoulli_kl(x: float, a: float) -> float:
    """Divergence of a coin with log-odds a from one with log-odds x."""
    if x > 0.0:  # the other side of both coins
        x, a = -x, -a
    d, p = a - x, sigmoid(x)
    if fabs(d) <= 1.0:
        return _log1p_minus(p * math.expm1(d)) + p * _expm1_minus(d)
    return (-p * d if p else 0.0) + softplus(a) - softplus(x)
