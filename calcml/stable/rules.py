"""The stable rewritings, as rows: what a formula loses digits or range by, and what it is computed as instead.

A row is an identity as in `calcml.algebra.rules`; a test holds its two sides against each other over the whole of its
domain, and another that float64 is nearer to the truth on the right than on the left. Rows of the groups complements,
opposites, compositions and products are looked up by their statement, so a row added there is in use. The rows
of the group strategies name the work of functions that a single pattern cannot describe.

Source of the list: the numerical literature's common stock (expm1 and log1p for differences, the largest exponent taken
out of a sum of exponentials, half angles), each derived here and certified by the tests; own.
"""

from __future__ import annotations

from collections.abc import Iterable

from calcml.algebra.rules import AlgebraRule

StableRule = AlgebraRule


def _rows(group: str, lines: Iterable[tuple[str, ...]]) -> tuple[StableRule, ...]:
    """Rows from (name, statement, why, where)."""
    return tuple([StableRule(name, group, name, statement, *rest) for name, statement, *rest in lines])


# ---- a function and a number: w*1 - w*f(u), with any common factor w -----------------------------------------------

COMPLEMENTS = _rows("complements", (
    ("one-minus-sigmoid", "1 - sigmoid(u) = sigmoid(-u)", "Near 1 the difference is all there is."),
    ("twice-sigmoid", "2*sigmoid(u) - 1 = tanh(u/2)", "Near u = 0 the two cancel."),
    ("one-minus-tanh", "1 - tanh(u) = 2*sigmoid(-2*u)", "tanh is 1 to all digits from 19 on."),
    ("one-plus-tanh", "1 + tanh(u) = 2*sigmoid(2*u)", "tanh is -1 to all digits below -19."),
    ("one-minus-tanh-squared", "1 - tanh(u)^2 = sech(u)^2", "tanh is ±1 to all digits beyond 19."),
    ("one-minus-sech-squared", "1 - sech(u)^2 = tanh(u)^2", "Near u = 0 the two cancel."),
    ("one-minus-cos", "1 - cos(u) = 2*sin(u/2)^2", "Near u = 0 the two cancel."),
    ("cosh-minus-one", "cosh(u) - 1 = 2*sinh(u/2)^2", "Near u = 0 the two cancel."),
    ("one-minus-cos-squared", "1 - cos(u)^2 = sin(u)^2", "Near u = 0 the two cancel."),
    ("one-minus-sin-squared", "1 - sin(u)^2 = cos(u)^2", "Near pi/2 the two cancel."),
    ("cosh-squared-minus-one", "cosh(u)^2 - 1 = sinh(u)^2", "Near u = 0 the two cancel."),
    ("one-minus-erf", "1 - erf(u) = erfc(u)", "erf is 1 to all digits from 6 on."),
    ("one-plus-erf", "1 + erf(u) = erfc(-u)", "erf is -1 to all digits below -6."),
    ("one-minus-erfc", "1 - erfc(u) = erf(u)", "Near u = 0 the two cancel."),
    ("one-minus-normal-cdf", "1 - normal_cdf(u) = normal_cdf(-u)", "The tail is all there is."),
    ("twice-normal-cdf", "2*normal_cdf(u) - 1 = erf(u/sqrt(2))", "Near u = 0 the two cancel."),
    ("expm1-plus-one", "expm1(u) + 1 = exp(u)", "Below -37 the sum has no digits left."),
    ("one-minus-unit-squared", "1 - unit(u, v)^2 = unit(v, u)^2", "Near ±1 the two cancel.", "u != 0"),
))  # fmt: skip

# ---- the same function at u and at -u, and next to u itself --------------------------------------------------------

OPPOSITES = _rows("opposites", (
    ("softplus-difference", "softplus(u) - softplus(-u) = u", "Exact, where both are large."),
    ("sigmoid-sum", "sigmoid(u) + sigmoid(-u) = 1", "Exact."),
    ("sigmoid-difference", "sigmoid(u) - sigmoid(-u) = tanh(u/2)", "Near u = 0 the two cancel."),
    ("normal-cdf-difference", "normal_cdf(u) - normal_cdf(-u) = erf(u/sqrt(2))", "Near u = 0 the two cancel."),
    ("normal-cdf-sum", "normal_cdf(u) + normal_cdf(-u) = 1", "Exact."),
))  # fmt: skip

# ---- one function of another -----------------------------------------------------------------------------------------

COMPOSITIONS = _rows("compositions", (
    ("log-of-cosh", "ln(cosh(u)) = log_cosh(u)", "cosh overflows at 711, its logarithm is |u| - ln 2."),
    ("log-of-sech", "ln(sech(u)) = -log_cosh(u)", "sech underflows at 746."),
    ("log-of-sigmoid", "ln(sigmoid(u)) = -softplus(-u)", "sigmoid underflows, its logarithm is u."),
    ("log-sigmoid", "log_sigmoid(u) = -softplus(-u)", "One name for one function, so that equal terms meet."),
    ("log-of-normal-cdf", "ln(normal_cdf(u)) = log_normal_cdf(u)", "The tail underflows at -38."),
    ("log-of-normal-pdf", "ln(normal_pdf(u)) = -u^2/2 - ln(2*pi)/2", "The density underflows at 39."),
    ("log-of-expm1", "ln(expm1(u)) = log_expm1(u)", "Overflows at 710."),
    ("log1p-of-exp", "log1p(exp(u)) = softplus(u)", "exp overflows at 710."),
    ("log1p-of-expm1", "log1p(expm1(u)) = u", "Exact."),
    ("log-of-exp", "ln(exp(u)) = u", "Exact, and no overflow."),
    ("logit-of-sigmoid", "logit(sigmoid(u)) = u", "Exact."),
    ("sigmoid-of-log", "sigmoid(ln(u)) = u/(1 + u)", "No exponential is needed."),
    ("tanh-of-log", "tanh(ln(u)) = (u - 1)*(u + 1)/(u^2 + 1)", "No exponential is needed."),
    ("tanh-of-atanh", "tanh(atanh(u)) = u", "Exact."),
    ("log-of-erfc", "ln(erfc(u)) = ln(2) + log_normal_cdf(-sqrt(2)*u)", "erfc underflows at 27."),
    ("log-of-gamma", "ln(gamma(u)) = lgamma(u)", "gamma overflows at 172.", "u > 0"),
    ("log-of-factorial", "ln(factorial(u)) = lgamma(u + 1)", "factorial overflows at 171.", "u > -1"),
    ("sqrt-of-exp", "sqrt(exp(u)) = exp(u/2)", "exp overflows at 710, its root at 1420."),
    ("coth-as-tanh", "coth(u) = 1/tanh(u)", "One name for one function, so that equal terms meet."),
))  # fmt: skip

# ---- two functions multiplied ----------------------------------------------------------------------------------------

PRODUCTS = _rows("products", (
    ("expm1-sigmoid", "expm1(u)*sigmoid(-u) = tanh(u/2)", "Infinity times 0 where u is large."),
    ("sinh-sech", "sinh(u)*sech(u) = tanh(u)", "Infinity times 0 where u is large."),
    ("cosh-tanh", "cosh(u)*tanh(u) = sinh(u)", "One function less."),
    ("cosh-sech", "cosh(u)*sech(u) = 1", "Infinity times 0 where u is large."),
    ("normal-hazard", "normal_pdf(u)/normal_cdf(u) = normal_hazard(-u)", "0/0 in the tail."),
    ("abs-sign", "abs(u)*sign(u) = u", "Exact."),
))  # fmt: skip

# ---- what functions do -----------------------------------------------------------------------------------------------

STRATEGIES = {row.name: row for row in _rows("strategies", (
    ("collect", "a*u + b*u = (a + b)*u", "Like terms that cancel must cancel exactly."),
    ("merge-exponentials", "exp(u)*exp(v) = exp(u + v)", "One may overflow where the other underflows."),
    ("exponential-minus-one", "exp(u) - 1 = expm1(u)", "Near u = 0 the two cancel."),
    ("sum-of-opposite-exponentials", "exp(u) + exp(-u) = 2*cosh(u)", "One function instead of two."),
    ("difference-of-opposite-exponentials", "exp(u) - exp(-u) = 2*sinh(u)", "Near u = 0 the two cancel."),
    ("reciprocal-of-exponentials", "1/(exp(u) + exp(v)) = exp(-u)*sigmoid(u - v)", "The sum overflows."),
    ("exponential-times-sigmoid", "exp(u)*sigmoid(-u) = sigmoid(u)", "Infinity times 0 where u is large."),
    ("exponential-times-softmax", "exp(v - u)*softmax(1, u, v) = softmax(2, u, v)", "Infinity times 0."),
    ("exponential-times-sech", "exp(u)*sech(u) = 2*sigmoid(2*u)", "Infinity times 0 where u is large."),
    ("exponential-over-expm1", "exp(u)/expm1(u) = -1/expm1(-u)", "Infinity over infinity."),
    ("exponential-over-expm1-squared", "exp(u)/expm1(u)^2 = 1/(2*sinh(u/2))^2", "Infinity over infinity."),
    ("exponential-over-normal-cdf", "exp(-u^2/2)/normal_cdf(u) = sqrt(2*pi)*normal_hazard(-u)", "0/0 in the tail."),
    ("scaled-erfc", "exp(u^2)*normal_cdf(-sqrt(2)*u) = erfcx(u)/2", "Infinity times 0."),
    ("reciprocal-sigmoid", "sigmoid(u)/sigmoid(v) = sigmoid(u) + exp(u - v)*sigmoid(-u)", "0/0 where both are small."),
    ("target-minus-sigmoid", "sigmoid(u) - y = (1 - y)*sigmoid(u) - y*sigmoid(-u)", "At y = 1 the two cancel."),
    ("target-minus-tanh", "tanh(u) - y = (1 - y)*sigmoid(2*u) - (1 + y)*sigmoid(-2*u)",
     "At y = ±1 the two cancel; a branch, as near u = 0 the left side is better.", "abs(u) > 1/2"),
    ("target-minus-normal-cdf", "normal_cdf(u) - y = (1 - y)*normal_cdf(u) - y*normal_cdf(-u)",
     "At y = 1 the two cancel."),
    ("softplus-minus-target", "softplus(u) - y*u = (1 - y)*softplus(u) + y*softplus(-u)", "At y = 1 they cancel."),
    ("difference-of-sigmoids",
     "sigmoid(u) - sigmoid(v) = tanh((u - v)/2)*(sigmoid(u)*sigmoid(-v) + sigmoid(v)*sigmoid(-u))",
     "Near u = v the two cancel."),
    ("expm1-in-a-product", "expm1(u) = -exp(max(u, 0))*sign(u)*expm1(-abs(u))", "Infinity times 0."),
    ("divide-term-by-term", "(u*v + w)/v = u + w/v", "What cancels must cancel exactly.", "v != 0"),
    ("one-minus-softmax", "1 - softmax(1, u, v, w) = softmax(2, u, v, w) + softmax(3, u, v, w)", "Near 1 they cancel."),
    ("log-sum-exp-minus-one-of-them", "logsumexp(u, v) - u = -log_softmax(1, u, v)", "Where u leads they cancel."),
    ("difference-of-roots", "sqrt(u) - sqrt(v) = (u - v)/(sqrt(u) + sqrt(v))", "Near u = v they cancel.", "u + v > 0"),
    ("root-minus-its-part", "hypot(u, v) - u = v*(v/(hypot(u, v) + abs(u))) + (abs(u) - u)",
     "Near v = 0 the two cancel.", "u != 0 or v != 0"),
    ("difference-of-squares", "u^2 - v^2 = (u - v)*(u + v)", "Infinity minus infinity, and u near v."),
    ("difference-of-quotients", "1/(v + u) - u/(v + u)^2 = v/(v + u)^2", "Where u is large they cancel.", "u + v != 0"),
    ("difference-of-reciprocals", "1/u - 1/v = (v - u)/u/v", "Near u = v they cancel."),
    ("log-of-product", "ln(exp(u)*v) = u + ln(v)", "The exponential over- or underflows."),
    ("log-of-power", "ln(abs(u)^n) = n*ln(abs(u))", "The power over- or underflows."),
    ("log-of-square", "ln(u^2) = 2*ln(abs(u))", "The square over- or underflows."),
    ("log-of-root", "ln(sqrt(u)) = ln(u)/2", "No digits are lost."),
    ("log-of-one-plus", "ln(1 + u) = log1p(u)", "1 + u rounds a small u away."),
    ("log-of-exponentials", "ln(exp(u) + exp(v)) = logsumexp(u, v)", "Overflow, or underflow to ln 0."),
    ("log-of-one-plus-exponential", "ln(1 + exp(u)) = softplus(u)", "Overflow; and 1 + e^u rounds e^u away."),
    ("log-of-one-minus-exponential", "ln(-expm1(-u)) = log1mexp(u)", "Near 0 and far out."),
    ("log-of-softmax", "ln(softmax(1, u, v)) = log_softmax(1, u, v)", "softmax underflows."),
    ("area-sine", "ln(u + hypot(v, u)) = asinh(u/v) + ln(v)", "For negative u the two cancel.", "v > 0"),
    ("area-tangent", "ln((v + u)/(v - u)) = 2*atanh(u/v)", "Near u = 0 the logarithm of nearly 1.", "v != 0"),
    ("log-odds", "ln(u/(1 - u)) = logit(u)", "Near 1/2 the logarithm of nearly 1."),
    ("length", "sqrt(u^2 + v^2) = hypot(u, v)", "The squares over- or underflow."),
    ("root-of-square", "sqrt(u^2) = abs(u)", "The square over- or underflows."),
    ("direction", "u/hypot(u, v) = unit(u, v)", "Its derivative is a quotient without a difference.",
     "u != 0 or v != 0"),
    ("softsign", "u/(1 + abs(u)) = softsign(u)", "Its derivative is a quotient without a difference."),
    ("power-of-quotient", "u^2/v^2 = (u/v)^2", "The squares over- or underflow."),
    ("exponential-of-softplus", "exp(-softplus(u)) = sigmoid(-u)", "One function less."),
    ("exponential-of-log", "exp(n*ln(u)) = u^n", "The logarithm's rounding is magnified."),
    ("entropy-term", "u*ln(u) = xlogy(u, u)", "0 at u = 0, as its limit."),
    ("erfc-as-normal", "erfc(u/sqrt(2)) = 2*normal_cdf(-u)", "The rounding of u/sqrt(2) is magnified by u^2."),
    ("even-function", "cosh(-u) = cosh(u)", "Equal terms meet."),
    ("odd-function", "tanh(-u) = -tanh(u)", "Equal terms meet."),
    ("exponential-near-parameter", "v*exp(u) - w = (v - w) + v*expm1(u)", "Near u = 0, where v = w.", "abs(u) < 1/2"),
    ("exponential-out-of-sum", "v*exp(u) - w*expm1(u) = exp(u)*(v + w*expm1(-u))", "Infinity minus infinity.",
     "u > 100"),
    ("exponential-with-factor", "v*exp(u) = times_exp(v, u)", "The exponential over- or underflows alone."),
    ("relative-entropy",
     "sigmoid(u)*(softplus(-v) - softplus(-u)) + sigmoid(-u)*(softplus(v) - softplus(u)) = bernoulli_kl(u, v)",
     "Near u = v first-order terms cancel."),
))}  # fmt: skip

ROWS = (*COMPLEMENTS, *OPPOSITES, *COMPOSITIONS, *PRODUCTS, *STRATEGIES.values())
