"""Rows of the function table: circular and hyperbolic functions and their inverses. Angles are in radians.

Ranges of the inverses: asin, acsc, atan in [-pi/2, pi/2]; acos, asec in [0, pi]; acot in (0, pi).
"""

from __future__ import annotations

from calcml.functions.spec import FunctionSpec

_TABLE = "OpenStax Calculus, Table of Derivatives (github.com/philschatz/calculus-book, contents/m54050.md)"
_UFUNCS = "NumPy, numpy/core/code_generators/ufunc_docstrings.py"
_AREA = "PlanetMath, area functions (planetmath.org/areafunctions)"

ROWS: tuple[FunctionSpec, ...] = (
    # ---- circular ----------------------------------------------------------------------------------------------------
    FunctionSpec(
        "sin", title="Sine", group="circular functions",
        derivative=("cos(x)",), range="-1 <= y and y <= 1", parity="odd", period="2*pi",
        latex=r"\sin\left(#1\right)",
        python="sin_(#1)", numpy="np.sin(#1)", mpmath="mp.sin(#1)", sympy="sin(#1)",
        special_values=(
            ("0", "0"), ("pi/6", "1/2"), ("pi/4", "sqrt(2)/2"), ("pi/3", "sqrt(3)/2"), ("pi/2", "1"), ("pi", "0"),
        ),
        source=f"DLMF 4.14; {_TABLE}",
    ),
    FunctionSpec(
        "cos", title="Cosine", group="circular functions",
        derivative=("-sin(x)",), range="-1 <= y and y <= 1", parity="even", period="2*pi",
        latex=r"\cos\left(#1\right)",
        python="cos_(#1)", numpy="np.cos(#1)", mpmath="mp.cos(#1)", sympy="cos(#1)",
        special_values=(
            ("0", "1"), ("pi/6", "sqrt(3)/2"), ("pi/4", "sqrt(2)/2"), ("pi/3", "1/2"), ("pi/2", "0"), ("pi", "-1"),
        ),
        source=f"DLMF 4.14; {_TABLE}",
    ),
    FunctionSpec(
        "tan", title="Tangent", group="circular functions",
        defined_as="sin(x)/cos(x)", derivative=("sec(x)^2",), domain="cos(x) != 0", parity="odd", period="pi",
        latex=r"\tan\left(#1\right)",
        python="tan_(#1)", numpy="np.tan(#1)", mpmath="mp.tan(#1)", sympy="tan(#1)",
        special_values=(("0", "0"), ("pi/6", "sqrt(3)/3"), ("pi/4", "1"), ("pi/3", "sqrt(3)")),
        source=f"DLMF 4.14; {_TABLE}",
    ),
    FunctionSpec(
        "cot", title="Cotangent", group="circular functions",
        defined_as="cos(x)/sin(x)", derivative=("-1 - cot(x)^2",), domain="sin(x) != 0", parity="odd", period="pi",
        latex=r"\cot\left(#1\right)",
        python="cot(#1)", numpy="(1/np.tan(#1))", mpmath="mp.cot(#1)", sympy="cot(#1)",
        special_values=(("pi/4", "1"), ("pi/2", "0")), source=f"DLMF 4.14; {_TABLE}",
    ),
    FunctionSpec(
        "sec", title="Secant", group="circular functions",
        defined_as="1/cos(x)", derivative=("sec(x)*tan(x)",), domain="cos(x) != 0", range="y <= -1 or y >= 1",
        parity="even", period="2*pi",
        latex=r"\sec\left(#1\right)",
        python="sec(#1)", numpy="(1/np.cos(#1))", mpmath="mp.sec(#1)", sympy="sec(#1)",
        special_values=(("0", "1"), ("pi/3", "2"), ("pi", "-1")), source=f"DLMF 4.14; {_TABLE}",
    ),
    FunctionSpec(
        "csc", title="Cosecant", group="circular functions", aliases=("cosec",),
        defined_as="1/sin(x)", derivative=("-csc(x)*cot(x)",), domain="sin(x) != 0", range="y <= -1 or y >= 1",
        parity="odd", period="2*pi",
        latex=r"\csc\left(#1\right)",
        python="csc(#1)", numpy="(1/np.sin(#1))", mpmath="mp.csc(#1)", sympy="csc(#1)",
        special_values=(("pi/6", "2"), ("pi/2", "1")), source=f"DLMF 4.14; {_TABLE}",
    ),
    # ---- inverse circular --------------------------------------------------------------------------------------------
    FunctionSpec(
        "asin", title="Inverse sine", group="inverse circular functions", aliases=("arcsin",),
        derivative=("1/sqrt(1 - x^2)",), domain="-1 <= x and x <= 1", range="-pi/2 <= y and y <= pi/2", parity="odd",
        latex=r"\arcsin\left(#1\right)", unicode="arcsin(#1)",
        monotone="increasing",
        python="asin_(#1)", numpy="np.arcsin(#1)", mpmath="mp.asin(#1)", sympy="asin(#1)",
        special_values=(("0", "0"), ("1/2", "pi/6"), ("1", "pi/2"), ("-1", "-pi/2")), source=f"{_UFUNCS}; {_TABLE}",
    ),
    FunctionSpec(
        "acos", title="Inverse cosine", group="inverse circular functions", aliases=("arccos",),
        derivative=("-1/sqrt(1 - x^2)",), domain="-1 <= x and x <= 1", range="0 <= y and y <= pi",
        latex=r"\arccos\left(#1\right)", unicode="arccos(#1)",
        monotone="decreasing",
        python="acos_(#1)", numpy="np.arccos(#1)", mpmath="mp.acos(#1)", sympy="acos(#1)",
        special_values=(("0", "pi/2"), ("1/2", "pi/3"), ("1", "0"), ("-1", "pi")), source=f"{_UFUNCS}; {_TABLE}",
    ),
    FunctionSpec(
        "atan", title="Inverse tangent", group="inverse circular functions", aliases=("arctan",),
        derivative=("1/(1 + x^2)",), range="-pi/2 < y and y < pi/2", parity="odd",
        latex=r"\arctan\left(#1\right)", unicode="arctan(#1)",
        monotone="increasing",
        python="atan(#1)", numpy="np.arctan(#1)", mpmath="mp.atan(#1)", sympy="atan(#1)",
        special_values=(("0", "0"), ("1", "pi/4"), ("-1", "-pi/4"), ("sqrt(3)", "pi/3")), source=f"{_UFUNCS}; {_TABLE}",
    ),
    FunctionSpec(
        "acot", title="Inverse cotangent", group="inverse circular functions", aliases=("arccot",),
        defined_as="pi/2 - atan(x)", derivative=("-1/(1 + x^2)",), range="0 < y and y < pi",
        note="continuous, with values in (0, pi); elsewhere atan(1/x) is also called acot",
        latex=r"\operatorname{arccot}\left(#1\right)", unicode="arccot(#1)",
        monotone="decreasing",
        python="atan2(1.0, #1)", numpy="np.arctan2(1.0, #1)", mpmath="mp.atan2(1, #1)",
        special_values=(("0", "pi/2"), ("1", "pi/4"), ("-1", "3*pi/4")),
        source="The Art of Mathematics, Help 6.7 (librow-calculator.com/help/help-6-7)",
    ),
    FunctionSpec(
        "asec", title="Inverse secant", group="inverse circular functions", aliases=("arcsec",),
        defined_as="acos(1/x)", derivative=("1/(abs(x)*sqrt(x^2 - 1))",), domain="abs(x) >= 1",
        range="0 <= y and y <= pi and y != pi/2",
        latex=r"\operatorname{arcsec}\left(#1\right)", unicode="arcsec(#1)",
        python="asec(#1)", numpy="special.asec(#1)",
        special_values=(("1", "0"), ("2", "pi/3"), ("-1", "pi")), source=f"DLMF 4.23; {_TABLE}",
    ),
    FunctionSpec(
        "acsc", title="Inverse cosecant", group="inverse circular functions", aliases=("arccsc", "acosec", "arccosec"),
        defined_as="asin(1/x)", derivative=("-1/(abs(x)*sqrt(x^2 - 1))",), domain="abs(x) >= 1",
        range="-pi/2 <= y and y <= pi/2 and y != 0", parity="odd",
        latex=r"\operatorname{arccsc}\left(#1\right)", unicode="arccsc(#1)",
        python="acsc(#1)", numpy="special.acsc(#1)",
        special_values=(("1", "pi/2"), ("2", "pi/6"), ("-1", "-pi/2")), source=f"DLMF 4.23; {_TABLE}",
    ),
    FunctionSpec(
        "atan2", title="Angle of the point (x, y)", group="inverse circular functions", params=("y", "x"),
        aliases=("arctan2",),
        derivative=("x/(x^2 + y^2)", "-y/(x^2 + y^2)"), domain="x != 0 or y != 0",
        smooth="x > 0 or y != 0", at_kink=("x/(x^2 + y^2)", "-y/(x^2 + y^2)"),
        note="values in (-pi, pi]; jumps by 2*pi across the negative x axis, where code uses the slope from above",
        continuous=False,
        latex=r"\operatorname{atan2}\left(#1, #2\right)",
        python="atan2_(#1, #2)", numpy="special.atan2(#1, #2)", mpmath="mp.atan2(#1, #2)", sympy="atan2(#1, #2)",
        special_values=(("0, 1", "0"), ("1, 0", "pi/2"), ("1, 1", "pi/4"), ("0, -1", "pi")),
        source=f"{_UFUNCS}; PyTorch, tools/autograd/derivatives.yaml",
    ),
    # ---- hyperbolic --------------------------------------------------------------------------------------------------
    FunctionSpec(
        "sinh", title="Hyperbolic sine", group="hyperbolic functions",
        defined_as="(exp(x) - exp(-x))/2", derivative=("cosh(x)",), parity="odd",
        latex=r"\sinh\left(#1\right)",
        monotone="increasing",
        python="sinh_(#1)", numpy="np.sinh(#1)", mpmath="mp.sinh(#1)", sympy="sinh(#1)",
        special_values=(("0", "0"),), source=f"DLMF 4.28; {_TABLE}",
    ),
    FunctionSpec(
        "cosh", title="Hyperbolic cosine", group="hyperbolic functions",
        defined_as="(exp(x) + exp(-x))/2", derivative=("sinh(x)",), range="y >= 1", parity="even",
        latex=r"\cosh\left(#1\right)",
        python="cosh_(#1)", numpy="np.cosh(#1)", mpmath="mp.cosh(#1)", sympy="cosh(#1)",
        special_values=(("0", "1"),), source=f"DLMF 4.28; {_TABLE}",
    ),
    FunctionSpec(
        "tanh", title="Hyperbolic tangent", group="hyperbolic functions",
        defined_as="sinh(x)/cosh(x)", derivative=("1 - tanh(x)^2",), range="-1 < y and y < 1", parity="odd",
        latex=r"\tanh\left(#1\right)",
        monotone="increasing",
        python="tanh(#1)", numpy="np.tanh(#1)", mpmath="mp.tanh(#1)", sympy="tanh(#1)",
        special_values=(("0", "0"),), source=f"DLMF 4.28; {_TABLE}",
    ),
    FunctionSpec(
        "coth", title="Hyperbolic cotangent", group="hyperbolic functions",
        defined_as="cosh(x)/sinh(x)", derivative=("-csch(x)^2",), domain="x != 0", range="y < -1 or y > 1",
        parity="odd",
        latex=r"\coth\left(#1\right)",
        python="coth(#1)", numpy="(1/np.tanh(#1))", mpmath="mp.coth(#1)", sympy="coth(#1)",
        source=f"DLMF 4.28; {_TABLE}",
    ),
    FunctionSpec(
        "sech", title="Hyperbolic secant", group="hyperbolic functions",
        defined_as="1/cosh(x)", derivative=("-sech(x)*tanh(x)",), range="0 < y and y <= 1", parity="even",
        latex=r"\operatorname{sech}\left(#1\right)",
        python="sech(#1)", numpy="special.sech(#1)", mpmath="mp.sech(#1)", sympy="sech(#1)",
        special_values=(("0", "1"),), source=f"DLMF 4.28; {_TABLE}",
    ),
    FunctionSpec(
        "csch", title="Hyperbolic cosecant", group="hyperbolic functions", aliases=("cosech",),
        defined_as="1/sinh(x)", derivative=("-csch(x)*coth(x)",), domain="x != 0", range="y != 0", parity="odd",
        latex=r"\operatorname{csch}\left(#1\right)",
        python="csch(#1)", numpy="special.csch(#1)", mpmath="mp.csch(#1)", sympy="csch(#1)",
        source=f"DLMF 4.28; {_TABLE}",
    ),
    # ---- inverse hyperbolic ------------------------------------------------------------------------------------------
    FunctionSpec(
        "asinh", title="Inverse hyperbolic sine", group="inverse hyperbolic functions", aliases=("arsinh", "arcsinh"),
        defined_as="ln(x + sqrt(x^2 + 1))", derivative=("1/sqrt(x^2 + 1)",), parity="odd",
        latex=r"\operatorname{arsinh}\left(#1\right)", unicode="arsinh(#1)",
        monotone="increasing",
        python="asinh(#1)", numpy="np.arcsinh(#1)", mpmath="mp.asinh(#1)", sympy="asinh(#1)",
        special_values=(("0", "0"),), source=_AREA,
    ),
    FunctionSpec(
        "acosh", title="Inverse hyperbolic cosine", group="inverse hyperbolic functions", aliases=("arcosh", "arccosh"),
        defined_as="ln(x + sqrt(x^2 - 1))", derivative=("1/sqrt(x^2 - 1)",), domain="x >= 1", range="y >= 0",
        latex=r"\operatorname{arcosh}\left(#1\right)", unicode="arcosh(#1)",
        monotone="increasing",
        python="acosh_(#1)", numpy="np.arccosh(#1)", mpmath="mp.acosh(#1)", sympy="acosh(#1)",
        special_values=(("1", "0"),), source=_AREA,
    ),
    FunctionSpec(
        "atanh", title="Inverse hyperbolic tangent", group="inverse hyperbolic functions",
        aliases=("artanh", "arctanh"),
        defined_as="ln((1 + x)/(1 - x))/2", derivative=("1/(1 - x^2)",), domain="-1 < x and x < 1", parity="odd",
        latex=r"\operatorname{artanh}\left(#1\right)", unicode="artanh(#1)",
        monotone="increasing",
        python="atanh_(#1)", numpy="np.arctanh(#1)", mpmath="mp.atanh(#1)", sympy="atanh(#1)",
        special_values=(("0", "0"),), source=_AREA,
    ),
    FunctionSpec(
        "acoth", title="Inverse hyperbolic cotangent", group="inverse hyperbolic functions",
        aliases=("arcoth", "arccoth"),
        defined_as="ln((x + 1)/(x - 1))/2", derivative=("1/(1 - x^2)",), domain="abs(x) > 1", range="y != 0",
        parity="odd",
        latex=r"\operatorname{arcoth}\left(#1\right)", unicode="arcoth(#1)",
        python="acoth(#1)", numpy="special.acoth(#1)",
        source=_AREA,
    ),
    FunctionSpec(
        "asech", title="Inverse hyperbolic secant", group="inverse hyperbolic functions", aliases=("arsech", "arcsech"),
        defined_as="acosh(1/x)", derivative=("-1/(x*sqrt(1 - x^2))",), domain="0 < x and x <= 1", range="y >= 0",
        latex=r"\operatorname{arsech}\left(#1\right)", unicode="arsech(#1)",
        monotone="decreasing",
        python="asech(#1)", numpy="special.asech(#1)",
        special_values=(("1", "0"),), source=f"DLMF 4.37; {_TABLE}",
    ),
    FunctionSpec(
        "acsch", title="Inverse hyperbolic cosecant", group="inverse hyperbolic functions",
        aliases=("arcsch", "arccsch"),
        defined_as="asinh(1/x)", derivative=("-1/(abs(x)*sqrt(1 + x^2))",), domain="x != 0", range="y != 0",
        parity="odd",
        latex=r"\operatorname{arcsch}\left(#1\right)", unicode="arcsch(#1)",
        python="acsch(#1)", numpy="special.acsch(#1)",
        source=f"DLMF 4.37; {_TABLE}",
    ),
)  # fmt: skip
