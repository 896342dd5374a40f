"""Rows of the function table: what stable code is made of beyond the functions people type.

Each keeps its digits where the formula it stands for loses them, and has its derivative in the same set.
"""

from __future__ import annotations

from calcml.functions.spec import FunctionSpec

_RMPFR = "Rmpfr docs, log1mexp (search.r-project.org/CRAN/refmans/Rmpfr/html/log1mexp.html)"

_EXCESS = "x"  # Laplace's continued fraction, DLMF 7.9
for _k in range(125, 1, -1):
    _EXCESS = f"(x + {_k}/{_EXCESS})"

# bernoulli_kl, of the coins' sides that make x negative: with d = a - x and p = sigmoid(x), for small d
# ln(1 + w) - w by the series of atanh in s = w/(2 + w) where w = p*expm1(d), and p*(expm1(d) - d)
_A = "{-a: x > 0; a: otherwise}"
_D, _P = f"({_A} + abs(x))", "sigmoid(-abs(x))"
_W = f"({_P}*expm1({_D}))"
_S = f"({_W}/(2 + {_W}))"
_ATANH, _TAIL = "1/33", "1"
for _k in range(31, 1, -2):
    _ATANH = f"(1/{_k} + {_S}^2*{_ATANH})"
for _k in range(19, 2, -1):
    _TAIL = f"(1 + {_D}/{_k}*{_TAIL})"
_KL = (
    f"{{{_S}*(2*{_S}^2*{_ATANH} - {_W}) + {_P}*({_D}^2/2*{_TAIL}): abs({_D}) <= 1; "
    f"softplus({_A}) - softplus(-abs(x)) - {{0: {_P} = 0; {_P}*{_D}: otherwise}}: otherwise}}"
)

ROWS: tuple[FunctionSpec, ...] = (
    FunctionSpec(
        "log1mexp", title="Logarithm of 1 - exp(-x)", group="numeric",
        defined_as="ln(-expm1(-x))", derivative=("1/expm1(x)",), domain="x > 0", range="y < 0",
        note="keeps its digits near 0 and for large x",
        latex=r"\operatorname{log1mexp}\left(#1\right)",
        monotone="increasing",
        python="log1mexp(#1)", numpy="special.log1mexp(#1)",
        code="{ln(-expm1(-x)): x < 0.6931471805599453; log1p(-exp(-x)): otherwise}",
        special_values=(("ln(2)", "-ln(2)"),), source=f"{_RMPFR}; derivative: own",
    ),
    FunctionSpec(
        "log_expm1", title="Logarithm of exp(x) - 1", group="numeric", aliases=("softplus_inverse",),
        defined_as="ln(expm1(x))", derivative=("-1/expm1(-x)",), domain="x > 0",
        note="the inverse of softplus",
        latex=r"\operatorname{log\_expm1}\left(#1\right)",
        monotone="increasing",
        python="log_expm1(#1)", numpy="special.log_expm1(#1)", mpmath="((#1) + mp.log(-mp.expm1(-(#1))))",
        code="{ln(expm1(x)): x < 1; x + log1p(-exp(-x)): otherwise}",
        special_values=(("ln(2)", "0"),), source="own",
    ),
    FunctionSpec(
        "log_normal_cdf", title="Logarithm of the standard normal distribution function", group="numeric",
        aliases=("log_ndtr",),
        defined_as="ln(normal_cdf(x))", derivative=("normal_hazard(-x)",), range="y < 0",
        note="does not underflow in the left tail",
        latex=r"\ln\Phi\left(#1\right)",
        monotone="increasing",
        python="log_normal_cdf(#1)", numpy="special.log_normal_cdf(#1)",
        code=(
            "{log1p(-normal_cdf(-x)): x > 0; ln(normal_cdf(x)): x > -1; "
            "ln(erfcx(-x/sqrt(2))/2) - x^2/2: otherwise}"
        ),
        special_values=(("0", "-ln(2)"),), source="SciPy docs, scipy.special.log_ndtr; derivative: own",
    ),
    FunctionSpec(
        "normal_hazard", title="Hazard of the standard normal distribution", group="numeric",
        aliases=("inverse_mills",),
        defined_as="normal_pdf(x)/normal_cdf(-x)", derivative=("normal_hazard(x)*normal_excess(x)",), range="y > 0",
        note="density over the right tail; close to x for large x",
        latex=r"\operatorname{normal\_hazard}\left(#1\right)",
        monotone="increasing",
        python="normal_hazard(#1)", numpy="special.normal_hazard(#1)",
        code="{normal_pdf(x)/normal_cdf(-x): x < -1; sqrt(2/pi)/erfcx(x/sqrt(2)): otherwise}",
        special_values=(("0", "sqrt(2/pi)"),), source="own",
    ),
    FunctionSpec(
        "normal_excess", title="Mean excess of the standard normal distribution over x", group="numeric",
        defined_as="normal_hazard(x) - x", derivative=("normal_hazard(x)*normal_excess(x) - 1",), range="y > 0",
        note="the mean of what exceeds x, counted from x; close to 1/x for large x",
        latex=r"\operatorname{normal\_excess}\left(#1\right)",
        monotone="decreasing",
        python="normal_excess(#1)", numpy="special.normal_excess(#1)",
        code=f"{{1/{_EXCESS}: x > 2; normal_hazard(x) - x: otherwise}}",
        # The difference cancels, and e^(-x^2/2) loses digits: four for each of x. Far out U has all of them at once.
        mpmath="(mp.hyperu(1, 0.5, (#1)**2/2)/(mp.sqrt(2)*mp.hyperu(0.5, 0.5, (#1)**2/2)) if #1 > 10**8 else "
        "mp.extradps(10 + 4*max(0, int(mp.log10(1 + abs(#1)))))(lambda t: 2*mp.npdf(t)/mp.erfc(t/mp.sqrt(2)) - t)(#1))",
        special_values=(("0", "sqrt(2/pi)"),), source="own",
    ),
    FunctionSpec(
        "unit", title="First coordinate of (x, y) scaled to length 1", group="numeric", params=("x", "y"),
        defined_as="x/hypot(x, y)",
        derivative=("unit(y, x)^2/hypot(x, y)", "-unit(x, y)*unit(y, x)/hypot(x, y)"),
        domain="x != 0 or y != 0", range="-1 <= y and y <= 1",
        note="the cosine of the direction of (x, y)",
        latex=r"\operatorname{unit}\left(#1, #2\right)",
        python="unit(#1, #2)", numpy="special.unit(#1, #2)",
        special_values=(("3, 4", "3/5"), ("-1, 0", "-1")), source="own",
    ),
    FunctionSpec(
        "times_exp", title="p times exp(u)", group="numeric", params=("p", "u"),
        defined_as="p*exp(u)", derivative=("exp(u)", "times_exp(p, u)"),
        note="without overflow or underflow of exp(u) alone; 0 where p is 0",
        latex=r"\operatorname{times\_exp}\left(#1, #2\right)",
        python="times_exp(#1, #2)", numpy="special.times_exp(#1, #2)",
        code="{0: p = 0 or u < -2000; p*exp(u): abs(u) < 650; p*exp(u/2)*exp(u/2): otherwise}",
        special_values=(("2, 0", "2"), ("0, 1", "0")), source="own",
    ),
    FunctionSpec(
        "xlogy", title="x times the logarithm of y, 0 where x = 0", group="numeric", params=("x", "y"),
        defined_as="{0: x = 0; x*ln(y): otherwise}", derivative=("ln(y)", "x/y"),
        domain="y > 0 or (x = 0 and y = 0)",
        latex=r"\operatorname{xlogy}\left(#1, #2\right)",
        python="xlogy(#1, #2)", numpy="special.xlogy(#1, #2)",
        special_values=(("0, 1", "0"), ("2, e", "2")), source="SciPy docs, scipy.special.xlogy",
    ),
    FunctionSpec(
        "bernoulli_kl", title="Kullback-Leibler divergence of two coins, by their log-odds", group="numeric",
        params=("x", "a"),
        defined_as="sigmoid(x)*(x - a) + softplus(a) - softplus(x)",
        derivative=(
            "(x - a)*sigmoid(x)*sigmoid(-x)",
            "tanh((a - x)/2)*(sigmoid(a)*sigmoid(-x) + sigmoid(x)*sigmoid(-a))",
        ),
        range="y >= 0",
        note="from the coin with probability sigmoid(x) to that with sigmoid(a)",
        latex=r"\operatorname{bernoulli\_kl}\left(#1, #2\right)",
        python="bernoulli_kl(#1, #2)", numpy="special.bernoulli_kl(#1, #2)", code=_KL,
        special_values=(("0, 0", "0"),), source="own",
    ),
)  # fmt: skip
