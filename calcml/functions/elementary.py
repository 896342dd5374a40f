"""Rows of the function table: exponentials, logarithms, roots, absolute value, rounding, largest and smallest."""

from __future__ import annotations

from calcml.functions.spec import FunctionSpec

_TABLE = "OpenStax Calculus, Table of Derivatives (github.com/philschatz/calculus-book, contents/m54050.md)"
_MATH = "CPython, Doc/library/math.rst"
_UFUNCS = "NumPy, numpy/core/code_generators/ufunc_docstrings.py"
_AUTOGRAD = "PyTorch, tools/autograd/derivatives.yaml"

ROWS: tuple[FunctionSpec, ...] = (
    # ---- exponentials and logarithms ---------------------------------------------------------------------------------
    FunctionSpec(
        "exp", title="Exponential function", group="exponentials and logarithms",
        derivative=("exp(x)",), range="y > 0",
        latex=r"\exp\left(#1\right)",
        monotone="increasing",
        python="exp_(#1)", numpy="np.exp(#1)", mpmath="mp.exp(#1)", sympy="exp(#1)",
        c="exp(#1)",
        special_values=(("0", "1"), ("1", "e")), source=_TABLE,
    ),
    FunctionSpec(
        "ln", title="Natural logarithm", group="exponentials and logarithms",
        derivative=("1/x",), domain="x > 0",
        latex=r"\ln\left(#1\right)",
        monotone="increasing",
        python="ln(#1)", numpy="np.log(#1)", mpmath="mp.log(#1)", sympy="log(#1)",
        c="log(#1)",
        special_values=(("1", "0"), ("e", "1")), source=f"DLMF 4.2; {_TABLE}",
    ),
    FunctionSpec(
        "log", title="Logarithm to any base", group="exponentials and logarithms", params=("x", "base"),
        defined_as="ln(x)/ln(base)", derivative=("1/(x*ln(base))", "-ln(x)/(base*ln(base)^2)"),
        domain="x > 0 and base > 0 and base != 1",
        latex=r"\log_{#2}\left(#1\right)",
        python="log_base(#1, #2)", numpy="special.log_base(#1, #2)",
        special_values=(("1, 2", "0"), ("8, 2", "3")), source=f"{_MATH}; {_TABLE}; by base: own",
    ),
    FunctionSpec(
        "log10", title="Logarithm to base 10", group="exponentials and logarithms", aliases=("lg",),
        defined_as="ln(x)/ln(10)", derivative=("1/(x*ln(10))",), domain="x > 0",
        latex=r"\log_{10}\left(#1\right)",
        monotone="increasing",
        python="log10_(#1)", numpy="np.log10(#1)", mpmath="mp.log10(#1)",
        c="log10(#1)",
        special_values=(("1", "0"), ("10", "1"), ("100", "2")), source=f"{_MATH}; {_TABLE}",
    ),
    FunctionSpec(
        "log2", title="Logarithm to base 2", group="exponentials and logarithms",
        defined_as="ln(x)/ln(2)", derivative=("1/(x*ln(2))",), domain="x > 0",
        latex=r"\log_{2}\left(#1\right)",
        monotone="increasing",
        python="log2_(#1)", numpy="np.log2(#1)",
        c="log2(#1)",
        special_values=(("1", "0"), ("2", "1"), ("8", "3")), source=f"{_MATH}; {_TABLE}",
    ),
    FunctionSpec(
        "log1p", title="Logarithm of 1 + x", group="exponentials and logarithms",
        defined_as="ln(1 + x)", derivative=("1/(1 + x)",), domain="x > -1",
        note="keeps all digits near x = 0",
        latex=r"\operatorname{log1p}\left(#1\right)",
        monotone="increasing",
        python="log1p_(#1)", numpy="np.log1p(#1)", mpmath="mp.log1p(#1)",
        c="log1p(#1)",
        special_values=(("0", "0"),), source=f"{_MATH}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "expm1", title="Exponential minus 1", group="exponentials and logarithms",
        defined_as="exp(x) - 1", derivative=("exp(x)",), range="y > -1",
        note="keeps all digits near x = 0",
        latex=r"\operatorname{expm1}\left(#1\right)",
        monotone="increasing",
        python="expm1_(#1)", numpy="np.expm1(#1)", mpmath="mp.expm1(#1)",
        c="expm1(#1)",
        special_values=(("0", "0"),), source=f"{_MATH}; {_AUTOGRAD}",
    ),
    # ---- roots -------------------------------------------------------------------------------------------------------
    FunctionSpec(
        "sqrt", title="Square root", group="roots",
        derivative=("1/(2*sqrt(x))",), domain="x >= 0", range="y >= 0",
        latex=r"\sqrt{#1}", unicode="√@1",
        monotone="increasing",
        python="sqrt_(#1)", numpy="np.sqrt(#1)", mpmath="mp.sqrt(#1)", sympy="sqrt(#1)",
        c="sqrt(#1)",
        special_values=(("0", "0"), ("1", "1"), ("4", "2")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "cbrt", title="Cube root", group="roots",
        derivative=("1/(3*cbrt(x)^2)",), parity="odd",
        note="takes every real x: cbrt(-8) = -2",
        latex=r"\sqrt[3]{#1}", unicode="∛@1",
        monotone="increasing",
        python="cbrt(#1)", numpy="np.cbrt(#1)",
        mpmath="(mp.sign(#1)*mp.cbrt(abs(#1)))", sympy="(sign(#1)*cbrt(Abs(#1)))",
        torch="special.cbrt(#1)", c="cbrt(#1)",
        special_values=(("0", "0"), ("1", "1"), ("8", "2"), ("-8", "-2")),
        source=f"SciPy docs, scipy.special.cbrt; {_TABLE}, rule 4",
    ),
    FunctionSpec(
        "hypot", title="Length of the hypotenuse", group="roots", params=("x", "y"),
        defined_as="sqrt(x^2 + y^2)", derivative=("x/hypot(x, y)", "y/hypot(x, y)"), range="y >= 0",
        smooth="x != 0 or y != 0", at_kink=("0", "0"),
        note="undefined at (0, 0), where every vector of length at most 1 is a subgradient; code uses 0",
        latex=r"\operatorname{hypot}\left(#1, #2\right)",
        python="hypot(#1, #2)", numpy="np.hypot(#1, #2)",
        torch="special.hypot(#1, #2)", c="hypot(#1, #2)",
        special_values=(("3, 4", "5"), ("0, 0", "0")), source=f"{_MATH}; {_AUTOGRAD}; at (0, 0): own",
    ),
    # ---- absolute value and rounding ---------------------------------------------------------------------------------
    FunctionSpec(
        "abs", title="Absolute value", group="absolute value and rounding",
        derivative=("sign(x)",), range="y >= 0", parity="even",
        smooth="x != 0", at_kink=("0",), note="undefined at 0; subgradient [-1, 1]; code uses 0",
        latex=r"\left|#1\right|", unicode="|#1|",
        python="fabs(#1)", numpy="np.abs(#1)", mpmath="abs(#1)", sympy="Abs(#1)",
        c="fabs(#1)",
        special_values=(("0", "0"), ("-1", "1")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "sign", title="Sign", group="absolute value and rounding", aliases=("sgn",),
        defined_as="{-1: x < 0; 0: x = 0; 1: x > 0}", derivative=("0",), range="-1 <= y and y <= 1", parity="odd",
        smooth="x != 0", at_kink=("0",), note="sign(0) = 0; no derivative at the jump; code uses 0", continuous=False,
        latex=r"\operatorname{sign}\left(#1\right)",
        python="sign(#1)", numpy="np.sign(#1)", mpmath="mp.sign(#1)", sympy="sign(#1)",
        special_values=(("0", "0"), ("2", "1"), ("-2", "-1")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "floor", title="Rounded down", group="absolute value and rounding",
        derivative=("0",), smooth="x != floor(x)", at_kink=("0",),
        note="no derivative at the integers; code uses 0", continuous=False,
        latex=r"\left\lfloor #1\right\rfloor", unicode="⌊#1⌋",
        python="floor_(#1)", numpy="np.floor(#1)", mpmath="mp.floor(#1)", sympy="floor(#1)",
        c="floor(#1)",
        special_values=(("1/2", "0"), ("-1/2", "-1")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "ceil", title="Rounded up", group="absolute value and rounding", aliases=("ceiling",),
        defined_as="-floor(-x)", derivative=("0",), smooth="x != floor(x)", at_kink=("0",),
        note="no derivative at the integers; code uses 0", continuous=False,
        latex=r"\left\lceil #1\right\rceil", unicode="⌈#1⌉",
        python="ceil_(#1)", numpy="np.ceil(#1)", mpmath="mp.ceil(#1)", sympy="ceiling(#1)",
        c="ceil(#1)",
        special_values=(("1/2", "1"), ("-1/2", "0")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    FunctionSpec(
        "mod", title="Remainder with the sign of the divisor", group="absolute value and rounding", params=("a", "b"),
        defined_as="a - b*floor(a/b)", derivative=("1", "-floor(a/b)"), domain="b != 0",
        smooth="mod(a, b) != 0", at_kink=("1", "-floor(a/b)"),
        note="jumps where a/b is an integer; code uses the slope on either side", continuous=False,
        latex=r"#1 \bmod #2",
        python="mod(#1, #2)", numpy="special.mod(#1, #2)", sympy="Mod(#1, #2)",
        jax="np.mod(#1, #2)", torch="special.mod(#1, #2)", c="mod(#1, #2)",
        special_values=(("7, 3", "1"), ("-7, 3", "2"), ("7, -3", "-2")), source=f"{_UFUNCS}; {_AUTOGRAD}",
    ),
    # ---- largest and smallest ----------------------------------------------------------------------------------------
    FunctionSpec(
        "max", title="Largest", group="largest and smallest", params=("*x",),
        derivative=("{1: x_j > max(rest_j); 0: x_j < max(rest_j)}",),
        note="undefined where the largest two tie; code uses 0 if a tied argument is constant, else the mean of the "
        "tied slopes, so that max(0, x) is relu(x)",
        latex=r"\max\left(#*\right)",
        python="max_(#*)", numpy="special.maximum(#*)", mpmath="max((#*,))", sympy="Max(#*)",
        jax="special.maximum(#*)", torch="special.maximum(#*)", c="(#1 >= #2 || #1 != #1 ? #1 : #2)",
        special_values=(("0, 1", "1"), ("3, -2, 1", "3")), source=f"{_UFUNCS}; {_AUTOGRAD}; tie with a constant: own",
    ),
    FunctionSpec(
        "min", title="Smallest", group="largest and smallest", params=("*x",),
        derivative=("{1: x_j < min(rest_j); 0: x_j > min(rest_j)}",),
        note="undefined where the smallest two tie; code uses 0 if a tied argument is constant, else the mean of the "
        "tied slopes",
        latex=r"\min\left(#*\right)",
        python="min_(#*)", numpy="special.minimum(#*)", mpmath="min((#*,))", sympy="Min(#*)",
        jax="special.minimum(#*)", torch="special.minimum(#*)", c="(#1 <= #2 || #1 != #1 ? #1 : #2)",
        special_values=(("0, 1", "0"), ("3, -2, 1", "-2")), source=f"{_UFUNCS}; {_AUTOGRAD}; tie with a constant: own",
    ),
    FunctionSpec(
        "clip", title="Limited to [a, b]", group="largest and smallest", params=("x", "a", "b"),
        defined_as="{min(max(x, a), b): a <= b}",
        derivative=("{1: a < x and x < b; 0: x < a or x > b}", "{1: x < a; 0: x > a}", "{1: x > b; 0: x < b}"),
        domain="a <= b", smooth="x != a and x != b",
        at_kink=("0", "{1: x <= a; 0: otherwise}", "{1: x >= b; 0: otherwise}"),
        note="undefined at x = a and x = b; subgradient [0, 1]; code uses 0 by x, 1 by a at x = a, 1 by b at x = b",
        latex=r"\operatorname{clip}\left(#1, #2, #3\right)",
        python="clip(#1, #2, #3)", numpy="special.clip(#1, #2, #3)",
        special_values=(("5, 0, 1", "1"), ("1/2, 0, 1", "1/2")),
        source=f"{_UFUNCS}; {_AUTOGRAD}; at x = a and x = b: own",
    ),
)  # fmt: skip
