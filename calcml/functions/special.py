"""Rows of the function table: gamma and error functions, the normal distribution, sinc and its derivatives."""

from __future__ import annotations

from calcml.functions.spec import FunctionSpec

_MATH = "CPython, Doc/library/math.rst"
_AUTOGRAD = "PyTorch, tools/autograd/derivatives.yaml"
_SYMPY = "SymPy, sympy/functions"
_SERIES = "1"  # of dsinc at 0
for _k in range(12, 0, -1):
    _SERIES = f"(1 - x^2/{2 * _k * (2 * _k + 3)}*{_SERIES})"

ROWS: tuple[FunctionSpec, ...] = (
    # ---- gamma function and relatives --------------------------------------------------------------------------------
    FunctionSpec(
        "factorial", title="Factorial", group="gamma function",
        defined_as="gamma(x + 1)", derivative=("factorial(x)*digamma(x + 1)",), domain="x > -1 or x != floor(x)",
        note="of real x by the gamma function",
        latex="@1!", unicode="@1!",
        python="factorial_(#1)", numpy="special.factorial(#1)", mpmath="mp.gamma((#1) + 1)", sympy="factorial(#1)",
        special_values=(("0", "1"), ("1", "1"), ("5", "120"), ("-1/2", "sqrt(pi)")),
        source=f"DLMF 5.4; {_SYMPY}/combinatorial/factorials.py",
    ),
    FunctionSpec(
        "gamma", title="Gamma function", group="gamma function", aliases=("Gamma", "Γ"),
        derivative=("gamma(x)*digamma(x)",), domain="x > 0 or x != floor(x)", range="y != 0",
        latex=r"\Gamma\left(#1\right)", unicode="Γ(#1)",
        python="gamma_(#1)", numpy="special.gamma(#1)", mpmath="mp.gamma(#1)", sympy="gamma(#1)",
        jax="special.gamma(#1)", torch="special.gamma(#1)", c="tgamma(#1)",
        special_values=(("1", "1"), ("1/2", "sqrt(pi)"), ("5", "24"), ("-1/2", "-2*sqrt(pi)")),
        source=f"DLMF 5.2, 5.4; {_SYMPY}/special/gamma_functions.py",
    ),
    FunctionSpec(
        "lgamma", title="Logarithm of |gamma(x)|", group="gamma function", aliases=("loggamma", "gammaln"),
        defined_as="ln(abs(gamma(x)))", derivative=("digamma(x)",), domain="x > 0 or x != floor(x)",
        latex=r"\ln\left|\Gamma\left(#1\right)\right|",
        python="lgamma_(#1)", numpy="special.lgamma(#1)", mpmath="mp.re(mp.loggamma(#1))", sympy="log(Abs(gamma(#1)))",
        jax="scipy.gammaln(#1)", torch="torch.lgamma(#1)", c="lgamma(#1)",
        special_values=(("1", "0"), ("2", "0"), ("1/2", "ln(pi)/2")), source=f"{_MATH}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "digamma", title="Digamma function", group="gamma function", aliases=("psi", "ψ"),
        derivative=("trigamma(x)",), domain="x > 0 or x != floor(x)",
        latex=r"\psi\left(#1\right)", unicode="ψ(#1)",
        python="digamma(#1)", numpy="special.digamma(#1)", mpmath="mp.digamma(#1)", sympy="digamma(#1)",
        jax="scipy.digamma(#1)", torch="torch.digamma(#1)", c="digamma(#1)",
        source=f"DLMF 5.2; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "trigamma", title="Trigamma function", group="gamma function",
        derivative=("polygamma(2, x)",), domain="x > 0 or x != floor(x)", range="y > 0",
        latex=r"\psi'\left(#1\right)", unicode="ψ′(#1)",
        python="trigamma(#1)", numpy="special.trigamma(#1)",
        # mpmath alone sums |x| terms below 0: there by reflection
        mpmath="(mp.polygamma(1, #1) if #1 > 0 else (mp.pi/mp.sinpi(#1))**2 - mp.polygamma(1, 1 - (#1)))",
        sympy="polygamma(1, #1)",
        jax="scipy.polygamma(1, #1)", torch="torch.polygamma(1, #1)",
        special_values=(("1", "pi^2/6"), ("1/2", "pi^2/2")), source=f"DLMF 5.15; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "polygamma", title="Derivative number n of the digamma function", group="gamma function", params=("n", "x"),
        derivative=("", "polygamma(n + 1, x)"), domain="n >= 0 and n = floor(n) and (x > 0 or x != floor(x))",
        note="polygamma(0, x) is digamma(x); n is a whole number, in float64 at most 170",
        latex=r"\operatorname{polygamma}\left(#1, #2\right)",
        python="polygamma(#1, #2)", numpy="special.polygamma(#1, #2)",
        # mpmath alone sums |x| terms below 0: there by reflection
        mpmath="(mp.polygamma(int(#1), #2) if #2 > 0 else (-1)**int(#1)*mp.polygamma(int(#1), 1 - (#2))"
        " - mp.diff(lambda t: mp.pi*mp.cot(mp.pi*t), (#2) - mp.nint(#2), int(#1)))",
        sympy="polygamma(#1, #2)",
        jax="scipy.polygamma(int(#1), #2)", torch="torch.polygamma(int(#1), #2)",
        special_values=(("1, 1", "pi^2/6"), ("1, 1/2", "pi^2/2")), source=f"DLMF 5.15; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "beta", title="Beta function", group="gamma function", params=("a", "b"),
        defined_as="gamma(a)*gamma(b)/gamma(a + b)",
        derivative=("beta(a, b)*(digamma(a) - digamma(a + b))", "beta(a, b)*(digamma(b) - digamma(a + b))"),
        domain="a > 0 and b > 0", range="y > 0",
        latex=r"\mathrm{B}\left(#1, #2\right)",
        python="beta(#1, #2)", numpy="special.beta(#1, #2)",
        mpmath="mp.beta(#1, #2) if #1 > 0 and #2 > 0 else mp.nan", sympy="beta(#1, #2)",
        jax="special.beta(#1, #2)", torch="special.beta(#1, #2)",
        c="exp(lgamma(#1) + lgamma(#2) - lgamma(#1 + #2))",
        special_values=(("1, 1", "1"), ("1/2, 1/2", "pi"), ("2, 3", "1/12")),
        source=f"DLMF 5.12; {_SYMPY}/special/beta_functions.py",
    ),
    # ---- error function ----------------------------------------------------------------------------------------------
    FunctionSpec(
        "erf", title="Error function", group="error function",
        derivative=("2/sqrt(pi)*exp(-x^2)",), range="-1 < y and y < 1", parity="odd",
        latex=r"\operatorname{erf}\left(#1\right)",
        monotone="increasing",
        python="erf(#1)", numpy="special.erf(#1)", mpmath="mp.erf(#1)", sympy="erf(#1)",
        jax="scipy.erf(#1)", torch="torch.erf(#1)", c="erf(#1)",
        special_values=(("0", "0"),), source=f"{_SYMPY}/special/error_functions.py",
    ),
    FunctionSpec(
        "erfc", title="Complementary error function", group="error function",
        defined_as="1 - erf(x)", derivative=("-2/sqrt(pi)*exp(-x^2)",), range="0 < y and y < 2",
        latex=r"\operatorname{erfc}\left(#1\right)",
        monotone="decreasing",
        python="erfc(#1)", numpy="special.erfc(#1)",
        mpmath="(mp.erfc(#1) if abs(#1) < 1e150 else 1 - mp.sign(#1) + mp.exp(-(#1)**2)/((#1)*mp.sqrt(mp.pi)))",
        sympy="erfc(#1)",
        jax="scipy.erfc(#1)", torch="torch.erfc(#1)", c="erfc(#1)",
        special_values=(("0", "1"),), source=f"{_SYMPY}/special/error_functions.py",
    ),
    FunctionSpec(
        "erfcx", title="Scaled complementary error function", group="error function",
        defined_as="exp(x^2)*erfc(x)", derivative=("2*x*erfcx(x) - 2/sqrt(pi)",), range="y > 0",
        note="does not underflow for large x, where it is close to 1/(x*sqrt(pi))",
        latex=r"\operatorname{erfcx}\left(#1\right)",
        monotone="decreasing",
        python="erfcx(#1)", numpy="special.erfcx(#1)",
        jax="special.erfcx(#1)", torch="torch.special.erfcx(#1)", c="erfcx(#1)",
        special_values=(("0", "1"),), source=f"SciPy docs, scipy.special.erfcx; {_AUTOGRAD}; DLMF 7.12",
    ),
    FunctionSpec(
        "normal_pdf", title="Standard normal density", group="error function", aliases=("phi", "φ"),
        defined_as="exp(-x^2/2)/sqrt(2*pi)", derivative=("-x*normal_pdf(x)",), range="0 < y and y <= 1/sqrt(2*pi)",
        parity="even",
        latex=r"\varphi\left(#1\right)", unicode="φ(#1)",
        python="normal_pdf(#1)", numpy="special.normal_pdf(#1)",
        code=(
            "exp(-1/2*(floor(65536*min(max(x, -64), 64) + 1/2)/65536)^2)*exp(-1/2*(min(max(x, -64), 64) - "
            "(floor(65536*min(max(x, -64), 64) + 1/2)/65536))*(min(max(x, -64), 64) + (floor(65536*"
            "min(max(x, -64), 64) + 1/2)/65536)))/sqrt(2*pi)"
        ),
        special_values=(("0", "1/sqrt(2*pi)"),),
        source="SciPy docs, scipy.special.ndtr; Wikipedia, Normal distribution, read in a copy at wiki.niidae.com",
    ),
    FunctionSpec(
        "normal_cdf", title="Standard normal distribution function", group="error function",
        aliases=("Phi", "Φ", "ncdf"),
        defined_as="erfc(-x/sqrt(2))/2", derivative=("normal_pdf(x)",), range="0 < y and y < 1",
        latex=r"\Phi\left(#1\right)", unicode="Φ(#1)",
        monotone="increasing",
        python="normal_cdf(#1)", numpy="special.normal_cdf(#1)",
        code=(
            "{erfc(-x/sqrt(2))/2: x > -1; erfcx(max(-x, 1)/sqrt(2))/2*exp(-1/2*(floor(65536*min(max(x, -64), "
            "64) + 1/2)/65536)^2)*exp(-1/2*(min(max(x, -64), 64) - (floor(65536*min(max(x, -64), 64) + "
            "1/2)/65536))*(min(max(x, -64), 64) + (floor(65536*min(max(x, -64), 64) + 1/2)/65536))): "
            "otherwise}"
        ),
        special_values=(("0", "1/2"),), source=f"SciPy docs, scipy.special.ndtr; {_MATH}",
    ),
    # ---- sinc --------------------------------------------------------------------------------------------------------
    FunctionSpec(
        "sinc", title="Sine over its argument", group="sinc",
        defined_as="{1: x = 0; sin(x)/x: otherwise}", derivative=("dsinc(x)",),
        range="-0.21723362821122166 <= y and y <= 1", parity="even",
        note="sin(x)/x without a factor pi, sinc(0) = 1; np.sinc is another function; least where x first is tan(x)",
        latex=r"\operatorname{sinc}\left(#1\right)",
        python="sinc(#1)", numpy="special.sinc(#1)", sympy="sinc(#1)",
        special_values=(("0", "1"), ("pi", "0"), ("pi/2", "2/pi")), source=f"{_SYMPY}/elementary/trigonometric.py",
    ),
    FunctionSpec(
        "dsinc", title="Derivative of sinc", group="sinc",
        defined_as="{0: x = 0; (x*cos(x) - sin(x))/x^2: otherwise}", derivative=("(2*spherical_jn(2, x) - sinc(x))/3",),
        parity="odd",
        note="its own row so that sinc has derivatives of every order at 0 too; it is -spherical_jn(1, x)",
        latex=r"\operatorname{sinc}'\left(#1\right)",
        code=f"{{-x/3*{_SERIES}: x^2 < 5; (cos(x) - sin(x)/x)/x: otherwise}}",
        python="dsinc(#1)", numpy="special.dsinc(#1)", sympy="(-sign(#1)*jn(1, Abs(#1)))",
        special_values=(("0", "0"), ("pi", "-1/pi")), source=f"{_SYMPY}/elementary/trigonometric.py; DLMF 10.51",
    ),
    FunctionSpec(
        "spherical_jn", title="Spherical Bessel function of the first kind", group="sinc", params=("n", "x"),
        derivative=("", "(n*spherical_jn(n - 1, x) - (n + 1)*spherical_jn(n + 1, x))/(2*n + 1)"),
        domain="n >= 0 and n = floor(n)",
        note="n is a whole number; spherical_jn(0, x) is sinc(x), and the term with n - 1 is absent for n = 0",
        latex=r"\operatorname{spherical\_jn}\left(#1, #2\right)",
        python="spherical_jn(#1, #2)", numpy="special.spherical_jn(#1, #2)",
        jax="special.spherical_jn(#1, #2)", torch="special.spherical_jn(#1, #2)",
        mpmath="(mp.mpf(#1 == 0) if #2 == 0 else "
        "mp.sign(#2)**int(#1)*mp.sqrt(mp.pi/(2*abs(#2)))*mp.besselj((#1) + mp.mpf(1)/2, abs(#2)))",
        # SymPy evaluates jn with the wrong sign for x < 0 and odd n
        sympy="(sign(#2)**(#1)*jn(#1, Abs(#2)))",
        special_values=(("0, 0", "1"), ("1, 0", "0"), ("1, pi", "1/pi")),
        source="SciPy, scipy/special/_spherical_bessel.py; DLMF 10.51",
    ),
)  # fmt: skip
