"""docs/INPUT.md, row by row: what is typed, the tree it means, the note or the error that goes with it."""

from __future__ import annotations

import gc
import time

import pytest

from calcml.budget import Budget
from calcml.errors import (
    ArityError,
    CalcmlError,
    InputError,
    LimitError,
    ParseError,
    ShapeError,
    Span,
    UnknownNameError,
)  # fmt: skip
from calcml.expr import (
    PI,
    TWO,
    Add,
    And,
    Call,
    Constant,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Number,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    symbols,
)
from calcml.heads import Derivative, Dot, Index, MatMul, Matrix, Sum, Vector
from calcml.render.latex import to_latex
from calcml.render.text import to_text
from calcml.syntax.declarations import parse_conditions, parse_declarations, parse_point
from calcml.syntax.names import canonical_name
from calcml.syntax.parser import parse_text
from calcml.traverse import height

x, y, z, a, b, c, n, w, f = symbols("x y z a b c n w f")
one, three = Number(1), Number(3)

# text; the tree, or its canonical text; the notes. One block a row of INPUT.md.
READINGS: list[tuple[str, Expr | str, tuple[str, ...]]] = [
    # products without a sign
    ("2x", Mul(TWO, x), ()),
    ("2(x+1)", Mul(TWO, Add(x, one)), ()),
    ("(x+1)(x-1)", Mul(Add(x, one), Sub(x, one)), ()),
    ("x y", Mul(x, y), ()),
    ("x sin x", Mul(x, Call("sin", x)), ()),
    ("x y z", Mul(x, y, z), ()),
    ("2x*3 y/z", Div(Mul(TWO, x, three, y), z), ()),
    # names of two and more letters
    ("xy", Mul(x, y), ("read as: x*y",)),
    ("xe^x", Mul(x, Pow(E, x)), ("read as: x*e^x",)),
    ("ex", Mul(E, x), ("read as: e*x",)),
    ("x^ny", Mul(Pow(x, n), y), ("read as: (x^n)*y",)),
    ("1/xy", Mul(Div(one, x), y), ("read as: (1/x)*y",)),
    ("abc", Symbol("abc"), ("read as one symbol: abc",)),
    ("loss/loss", Div(Symbol("loss"), Symbol("loss")), ("read as one symbol: loss",)),
    # a bracket after a variable
    ("x(x+1)", Mul(x, Add(x, one)), ()),
    ("f(x)", Mul(f, x), ("read as: f*x",)),
    ("e(x+1)", Mul(E, Add(x, one)), ()),
    ("w1(x+1)", Mul(Symbol("w1"), Add(x, one)), ()),
    # indexed names
    ("w1", Symbol("w1"), ()),
    ("w_1", Symbol("w1"), ()),
    ("w₁", Symbol("w1"), ()),
    ("w_i", Symbol("w_i"), ()),
    ("w1 x1", Mul(Symbol("w1"), Symbol("x1")), ()),
    ("w₁x₁", Mul(Symbol("w1"), Symbol("x1")), ()),
    ("w1x1", Symbol("w1x1"), ("read as one symbol: w1x1 (a product has a space or *)",)),
    # a product after a division
    ("1/2x", Mul(Div(one, TWO), x), ("read as: (1/2)*x",)),
    ("2/3x", Mul(Div(TWO, three), x), ("read as: (2/3)*x",)),
    ("1/2 x", Mul(Div(one, TWO), x), ("read as: (1/2)*x",)),
    ("1/2*x", Mul(Div(one, TWO), x), ()),
    ("a/(2x)", Div(a, Mul(TWO, x)), ()),
    # a product after a power
    ("e^2x", Mul(Pow(E, TWO), x), ("read as: (e^2)*x",)),
    ("x^2y", Mul(Pow(x, TWO), y), ("read as: (x^2)*y",)),
    ("x^2 y", Mul(Pow(x, TWO), y), ()),
    ("x²y", Mul(Pow(x, TWO), y), ()),
    ("e^(2x)", Pow(E, Mul(TWO, x)), ()),
    # powers
    ("-x^2", Neg(Pow(x, TWO)), ()),
    ("2^3^2", Pow(TWO, Pow(three, TWO)), ()),
    ("2**3**2", Pow(TWO, Pow(three, TWO)), ()),
    ("2^-x^2", Pow(TWO, Neg(Pow(x, TWO))), ()),
    ("(-x)^2", Pow(Neg(x), TWO), ()),
    ("x^2^-1*y", Mul(Pow(x, Pow(TWO, Neg(one))), y), ()),
    # Euler's number
    ("e", E, ()),
    ("e^x", Pow(E, x), ()),
    ("exp x", Call("exp", x), ()),
    ("exp(x)", Call("exp", x), ()),
    ("E", Symbol("E"), ()),
    # numbers
    ("2e3", Number("2e3"), ()),
    ("1e-8", Number("1e-8"), ()),
    ("1e+8", Number("1e8"), ()),
    ("0.1", Number("0.1"), ()),
    ("0.50", Number("0.50"), ()),
    (".5", Number("0.5"), ()),
    ("5.", Number("5.0"), ()),
    ("007", Number(7), ()),
    ("2e", Mul(TWO, E), ()),
    ("2e3x", Mul(Number("2e3"), x), ()),
    ("2e-x", Sub(Mul(TWO, E), x), ()),
    ("2E3", Mul(TWO, Symbol("E3")), ("read as: 2*E3",)),
    # logarithms
    ("ln x", Call("ln", x), ()),
    ("log x", Call("ln", x), ()),
    ("log(x)", Call("ln", x), ()),
    ("log10 x", Call("log10", x), ()),
    ("log2(x)", Call("log2", x), ()),
    ("lg x", Call("log10", x), ()),
    ("log_b(x)", Call("log", x, b), ()),
    ("log_2 x", Call("log2", x), ()),
    ("log_3 x", Call("log", x, three), ()),
    ("log₁₀ x", Call("log10", x), ()),
    ("log(x,b)", Call("log", x, b), ()),
    ("log(x, 2)", Call("log", x, TWO), ()),
    # bare arguments
    ("sin 2x", Call("sin", Mul(TWO, x)), ()),
    ("sin x cos x", Mul(Call("sin", x), Call("cos", x)), ()),
    ("sin x/2", Div(Call("sin", x), TWO), ("read as: sin(x)/2",)),
    ("sin x + 1", Add(Call("sin", x), one), ()),
    ("sin x*cos x", Mul(Call("sin", x), Call("cos", x)), ()),
    ("sin sin x", Call("sin", Call("sin", x)), ()),
    ("sin x(x+1)", Mul(Call("sin", x), Add(x, one)), ("read as: sin(x)*(x + 1)",)),
    ("sin -x", Call("sin", Neg(x)), ("read as: sin(-x)",)),
    ("sin |x|", Call("sin", Call("abs", x)), ()),
    ("sin x^2", Call("sin", Pow(x, TWO)), ()),
    ("ln x y", Call("ln", Mul(x, y)), ("read as: ln(x*y)",)),
    # powers of functions
    ("sin^2 x", Pow(Call("sin", x), TWO), ()),
    ("sin²(x)", Pow(Call("sin", x), TWO), ()),
    ("sin(x)^2", Pow(Call("sin", x), TWO), ()),
    ("sin (x+1)^2", Pow(Call("sin", Add(x, one)), TWO), ("read as: sin(x + 1)^2",)),
    ("sin^2x cos y", Mul(Pow(Call("sin", x), TWO), Call("cos", y)), ()),
    ("sin^n x", Pow(Call("sin", x), n), ()),
    ("sin^-1 x", Call("asin", x), ("read as: asin(x)",)),
    ("tan⁻¹(x)", Call("atan", x), ("read as: atan(x)",)),
    # aliases
    ("asin x + arcsin x", Add(Call("asin", x), Call("asin", x)), ()),
    ("arctan(x)", Call("atan", x), ()),
    ("arsinh x + asinh(x)", Add(Call("asinh", x), Call("asinh", x)), ()),
    ("cosec x", Call("csc", x), ()),
    ("sec x + cot x", Add(Call("sec", x), Call("cot", x)), ()),
    # bars
    ("|x|", Call("abs", x), ()),
    ("|x-1|+|x|", Add(Call("abs", Sub(x, one)), Call("abs", x)), ()),
    ("||x|-1|", Call("abs", Sub(Call("abs", x), one)), ()),
    ("2|x|", Mul(TWO, Call("abs", x)), ()),
    ("|x||y|", Mul(Call("abs", x), Call("abs", y)), ()),
    ("|x + (|y|)|", Call("abs", Add(x, Call("abs", y))), ()),
    ("|x|^2", Pow(Call("abs", x), TWO), ()),
    ("‖[a, b, c]‖", Call("sqrt", Add(Pow(a, TWO), Pow(b, TWO), Pow(c, TWO))), ()),
    ("norm([a, b])", Call("hypot", a, b), ()),
    ("norm(w)", Call("abs", w), ()),
    # signs and letters
    ("x²", Pow(x, TWO), ()),
    ("x⁻¹", Pow(x, Neg(one)), ()),
    ("eˣ", Pow(E, x), ()),
    ("√x", Call("sqrt", x), ()),
    ("√(x+1)", Call("sqrt", Add(x, one)), ()),
    ("∛x", Call("cbrt", x), ()),
    ("x · y × z", Mul(x, y, z), ()),
    ("x − y ÷ π", Sub(x, Div(y, PI)), ()),
    ("x – y", Sub(x, y), ()),
    ("θ + ∞", Add(Symbol("theta"), Constant("oo")), ()),
    ("√x y", Mul(Call("sqrt", x), y), ()),
    ("√x²", Call("sqrt", Pow(x, TWO)), ("read as: sqrt(x^2)",)),
    # the logistic function
    ("σ(x)", Call("sigmoid", x), ()),
    ("sigma(x)", Call("sigmoid", x), ()),
    ("sigmoid(x)", Call("sigmoid", x), ()),
    ("expit(x)", Call("sigmoid", x), ()),
    ("σ + sigma", Add(Symbol("sigma"), Symbol("sigma")), ()),
    ("exp(-x^2/(2σ^2))", "exp(-x^2/(2*sigma^2))", ()),
    # plain symbols
    ("lambda nu + xi mu", Add(Mul(Symbol("lambda"), Symbol("nu")), Mul(Symbol("xi"), Symbol("mu"))), ()),
    ("λ + α₁", Add(Symbol("lambda"), Symbol("alpha1")), ()),
    ("N S I Q O", "N*S*I*Q*O", ()),
    ("x_max + beta1", Add(Symbol("x_max"), Symbol("beta1")), ()),
    ("gamma(x)", Call("gamma", x), ()),
    ("beta(a,b)", Call("beta", a, b), ()),
    ("gamma beta", Mul(Symbol("gamma"), Symbol("beta")), ()),
    ("2πr", Mul(TWO, PI, Symbol("r")), ()),
    # constants
    ("pi", PI, ()),
    ("oo + inf + ∞", Add(Constant("oo"), Constant("oo"), Constant("oo")), ()),
    ("tau", Symbol("tau"), ()),
    # the table
    ("max(x, y) + min(x, y)", Add(Call("max", x, y), Call("min", x, y)), ()),
    ("relu(x) + silu(x) + swish(x)", "relu(x) + silu(x) + silu(x)", ()),
    ("max([x, y])", Call("max", x, y), ()),
    ("logsumexp([a, b])", Call("logsumexp", a, b), ()),
    ("softmax([a, b])", Vector(Call("softmax", 1, a, b), Call("softmax", 2, a, b)), ()),
    ("softmax([a, b, c])[2]", Call("softmax", 2, a, b, c), ()),
    ("softmax(1, a, b)", Call("softmax", 1, a, b), ()),
    ("log_softmax([a, b])[1]", Call("log_softmax", 1, a, b), ()),
    ("erf x + sign x + floor(x)", "erf(x) + sign(x) + floor(x)", ()),
    # factorial, remainder
    ("x!", Call("factorial", x), ()),
    ("2x!^2", Mul(TWO, Pow(Call("factorial", x), TWO)), ()),
    ("mod(a,b)", Call("mod", a, b), ()),
    # the normal distribution
    ("φ(x)", Call("normal_pdf", x), ()),
    ("Φ(x)", Call("normal_cdf", x), ()),
    ("phi(x)", Call("normal_pdf", x), ("read as: phi(x), the standard normal density",)),
    ("phi Φ", Mul(Symbol("phi"), Symbol("Phi")), ()),
    # choices
    ("if(x>0,a,b)", Piecewise((a, x > 0), otherwise=b), ()),
    ("a if x>0 else b", Piecewise((a, x > 0), otherwise=b), ()),
    ("{a: x>0; b: otherwise}", Piecewise((a, x > 0), otherwise=b), ()),
    ("{a: x>0; b: x<0}", Piecewise((a, x > 0), (b, x < 0)), ()),
    (r"\begin{cases} x & x>0 \\ 0 & \text{otherwise} \end{cases}", Piecewise((x, x > 0), otherwise=0), ()),
    (r"\begin{cases} x, & \text{if } x>0 \\ 0 & x \le 0 \\ \end{cases}", Piecewise((x, x > 0), (0, x <= 0)), ()),
    # derivatives
    ("d/dx f", Derivative(f, x), ()),
    ("d/dx x^2 + x", Add(Derivative(Pow(x, TWO), x), x), ("read as: diff(x^2, x)",)),
    ("d/dx (x^2 + x)", Derivative(Add(Pow(x, TWO), x), x), ()),
    ("∂/∂x x^2 y", Derivative(Mul(Pow(x, TWO), y), x), ()),
    ("d²/dx² sin x", Derivative(Call("sin", x), x, TWO), ()),
    ("d^2/dx^2 sin x", Derivative(Call("sin", x), x, TWO), ()),
    ("∂²/∂x∂y (x y)", Derivative(Derivative(Mul(x, y), y), x), ()),
    ("diff(x^2,x)", Derivative(Pow(x, TWO), x), ()),
    ("diff(x^2,x,2)", Derivative(Pow(x, TWO), x, TWO), ()),
    ("(x^2)'", Derivative(Pow(x, TWO), x), ()),
    ("(x^2)''", Derivative(Pow(x, TWO), x, TWO), ()),
    ("f'", Derivative(f, f), ("read as: diff(f, f)",)),
    ("dy/dx", Derivative(y, x), ("read as: diff(y, x)",)),
    # equations (the definitions are tested below)
    ("x^2+y^2=1", Relation("=", Add(Pow(x, TWO), Pow(y, TWO)), one), ()),
    # relations
    ("x<1 and y<=2 or not z ≤ 3", "x < 1 and y <= 2 or not z <= 3", ()),
    ("x > 1 or x != 0", "x > 1 or x != 0", ()),
    ("0 < x < 1", And(Relation("<", 0, x), Relation("<", x, 1)), ()),
    # vectors
    ("[x, y]", Vector(x, y), ()),
    ("[[a,b],[c,x]]", Matrix(Vector(a, b), Vector(c, x)), ()),
    ("[a, b][1]", Index(Vector(a, b), 1), ()),
    # LaTeX
    (r"\frac{1}{1+e^{-x}}", Div(one, Add(one, Pow(E, Neg(x)))), ()),
    (r"\sigma(x)", Call("sigmoid", x), ()),
    (r"\operatorname{relu}(x)", Call("relu", x), ()),
    (r"\sqrt[3]{x}", Call("cbrt", x), ()),
    (r"\sqrt{x} + \sqrt[4]{x}", Add(Call("sqrt", x), Pow(x, Div(one, Number(4)))), ()),
    (r"\left|x\right|", Call("abs", x), ()),
    (r"\left|x \left|y\right| z\right|", Call("abs", Mul(x, Call("abs", y), z)), ()),
    (r"\left\|x\right\|", Call("abs", x), ()),
    (r"\sin^2 \theta + \cos^{2}\theta", "sin(theta)^2 + cos(theta)^2", ()),
    (r"\frac12 x^{2} \cdot y", Mul(Div(one, TWO), Pow(x, TWO), y), ()),
    (r"\frac{d}{dx} x^2", Derivative(Pow(x, TWO), x), ()),
    (r"\frac{\partial^2}{\partial x \partial y} x y", Derivative(Derivative(Mul(x, y), y), x), ()),
    (r"x_{max} + \theta_{1} \le \infty", "x_max + theta1 <= oo", ()),
    (r"\log_{10}\left(x\right)", Call("log10", x), ()),
    # chains
    ("a + b - c", Add(a, b, Neg(c)), ()),
    ("a - b", Sub(a, b), ()),
    ("a - b - c", Add(a, Neg(b), Neg(c)), ()),
    ("-a - b", Sub(Neg(a), b), ()),
    ("a + (-b)", Add(a, Neg(b)), ()),
    ("(a + b) + c", Add(Add(a, b), c), ()),
    ("a*b/c", Div(Mul(a, b), c), ()),
    ("a/b*c", Mul(Div(a, b), c), ()),
    ("a/b/c", Div(Div(a, b), c), ()),
    ("-a*b", Neg(Mul(a, b)), ()),
    ("-a/b", Neg(Div(a, b)), ()),
    ("a*-b", Mul(a, Neg(b)), ()),
    ("+x++y", Add(x, y), ()),
    ("--x", Neg(Neg(x)), ()),
    # forms
    ("integral(x, x, 0, 1) + limit(x, x, 0, left)", "integral(x, x, 0, 1) + limit(x, x, 0, left)", ()),
    ("sum(ab^2, ab, 1, n)", Sum(Pow(Symbol("ab"), TWO), Symbol("ab"), 1, n), ()),
    ("sum(integral(x, x₁_2)*ab, ab, 1, n)", "sum(integral(x, x1_2)*ab, ab, 1, n)", ()),
    ("e + sum(e^2, e, 1, n)", Add(E, Sum(Pow(Symbol("e"), TWO), Symbol("e"), 1, n)), ()),
    # LaTeX: sums, integrals, limits, derivatives
    (r"\sum_{i=1}^{n} i^2", "sum(i^2, i, 1, n)", ()),
    (r"\sum_{i=1}^n i + 1", "sum(i, i, 1, n) + 1", ("read as: sum(i, i, 1, n)",)),
    (r"\sum_{i = 1}^{3} -x", "sum(-x, i, 1, 3)", ()),
    (r"\int x^2 + 1\,dx", "integral(x^2 + 1, x)", ()),
    (r"\int_0^1 x dx", "integral(x, x, 0, 1)", ()),
    (r"\int^{b}_{a} \cos\theta\,d\theta", "integral(cos(theta), theta, a, b)", ()),
    (r"\int \int x y\,\mathrm{d}x\,\mathrm{d}y", "integral(integral(x*y, x), y)", ()),
    (r"\int dx", "integral(1, x)", ()),
    (r"\int d \cdot x\,dx + dx", "integral(d*x, x) + d*x", ("read as: d*x",)),
    (r"\lim_{x \to 0^{+}} \frac{1}{x}", "limit(1/x, x, 0, right)", ()),
    (r"\lim_{x\to 0^-} x", "limit(x, x, 0, left)", ()),
    (r"\lim_{x \to \infty} x - 1", "limit(x, x, oo) - 1", ("read as: limit(x, x, oo)",)),
    (r"\frac{d}{d\mathrm{loss}} 5", "diff(5, loss)", ()),
    (r"\frac{d^{n}}{dx^{n}} x", "diff(x, x, n)", ()),
    (r"\frac{d}{dx_{1}} x_1^2", "diff(x1^2, x1)", ()),
    (r"(\frac{dy}{dx})^2", "diff(y, x)^2", ("read as: diff(y, x)",)),
    (r"\frac{d}{d \cdot x}", "d/(d*x)", ()),
    # LaTeX: names
    (r"x_{\mathrm{max}} + x_{1,b} + x_{\theta}", "x_max + x1_b + x_theta", ()),
    (r"\mathrm{ab}\,x", Mul(Symbol("ab"), x), ()),
    (r"\mathrm{e}^{x}", Pow(E, x), ()),
    (r"\operatorname{leaky\_relu}(x, 0.1)", "leaky_relu(x, 0.1)", ()),
    (r"\operatorname{GELU_{tanh}}(x) + \operatorname{SiLU} x", "gelu_tanh(x) + silu(x)", ()),
    (r"\mathrm{B}(x, y)", "beta(x, y)", ()),
    (r"\log_{b+1}(x)", "log(x, b + 1)", ()),
    (r"(x + 1) \bmod y", "mod(x + 1, y)", ()),
    (r"2 x \bmod 3", "mod(2*x, 3)", ("read as: mod(2*x, 3)",)),
    (r"\psi'(2) + \operatorname{sinc}'(2)", "trigamma(2) + dsinc(2)", ()),
    (r"\begin{bmatrix} x \\ 1 \\ \end{bmatrix}", Vector(x, 1), ()),
    (r"\begin{pmatrix} 1 & x \\ 0 & 1 \end{pmatrix}", Matrix(Vector(1, x), Vector(0, 1)), ()),
    (r"x^{(a)(b)} (y)", "x^(a*b)*y", ()),
    # PyTorch's spelling
    ("ReLU(x) + ReLU6(x) + ELU(x) + CELU(x) + SELU(x)", "relu(x) + relu6(x) + elu(x) + celu(x) + selu(x)", ()),
    ("GELU(x) + SiLU(x) + PReLU(x, a)", "gelu(x) + silu(x) + prelu(x, a)", ()),
    ("LeakyReLU(x) + Hardtanh(x) + Hardswish(x) + Mish(x)", "leaky_relu(x) + hardtanh(x) + hardswish(x) + mish(x)", ()),
    # a name before a bracket
    ("f1(x-a)", "f1*(x - a)", ("read as: f1*(x - a)",)),
    ("ζ(x)", "zeta*x", ("read as: zeta*x",)),
    ("γ(x) + w_1(x)", "gamma(x) + w1*x", ()),
    ("5. + 1E5", "5.0 + 1*E5", ("read as: 1*E5",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "notes"), READINGS, ids=[row[0] for row in READINGS])
def test_reading(text: str, wanted: Expr | str, notes: tuple[str, ...]) -> None:
    found = parse_text(text)
    if isinstance(wanted, str):
        assert to_text(found.expr) == wanted
    else:
        assert found.expr is wanted, to_text(found.expr)
    assert found.notes == notes


# text; the error; where; part of its message; part of its hint
ERRORS: list[tuple[str, type[CalcmlError], tuple[int, int], str, str]] = [
    ("foo(x)", UnknownNameError, (0, 3), "no function 'foo'", "foo*("),
    ("sinx", UnknownNameError, (0, 4), "'sinx'", "did you mean `sin x`?"),
    ("x + sinx", UnknownNameError, (4, 8), "'sinx'", "did you mean `sin x`?"),
    ("sin2x", UnknownNameError, (0, 5), "'sin2x'", "did you mean `sin(2x)`?"),
    ("xsin(x)", UnknownNameError, (0, 4), "'xsin'", "did you mean `x sin(x)`?"),
    ("sigmod(x)", UnknownNameError, (0, 6), "'sigmod'", "did you mean `sigmoid(x)`?"),
    ("xy(x+1)", UnknownNameError, (0, 2), "'xy'", "x*y*(x+1)"),
    ("log3(x)", UnknownNameError, (0, 4), "'log3'", "log_3(x)"),
    ("sin^-2 x", ParseError, (0, 6), "two ways", "asin(x)^2"),
    ("exp^-1 x", ParseError, (0, 8), "two ways", "1/exp(x)"),
    ("|x|y|z|", ParseError, (4, 5), "two ways", "abs(...)"),
    ("|x|y|", ParseError, (4, 5), "two ways", "abs(...)"),
    ("x%2", ParseError, (1, 2), "'%'", "mod(a, b)"),
    ("x!!", ParseError, (1, 3), "double factorial", "(x!)!"),
    ("1,5", ParseError, (1, 2), "comma", "did you mean `1.5`?"),
    ("(1,5)", ParseError, (2, 3), "comma", "did you mean `1.5`?"),
    ("(x,y)", ParseError, (2, 3), "comma", "[a, b]"),
    ("sin(1,5)", ArityError, (0, 8), "sin takes 1 argument, not 2", "did you mean `1.5`?"),
    ("mod(a)", ArityError, (0, 6), "mod takes 2 arguments", "mod(a, b)"),
    ("diff(x)", ArityError, (0, 7), "diff takes 2 or 3 arguments, not 1", "diff(f, x)"),
    ("diff(x, 2)", ParseError, (0, 10), "variable, not 2", "diff(f, x)"),
    ("x == 1", ParseError, (2, 4), "'=='", "did you mean `x = 1`?"),
    ("exp(-x", ParseError, (6, 6), "')' is expected", "did you mean `exp(-x)`?"),
    ("sin(x))", ParseError, (6, 7), "closes nothing", "did you mean `sin(x)`?"),
    ("(x]", ParseError, (2, 3), "')' is expected", "did you mean `(x)`?"),
    ("1..2", ParseError, (1, 2), "one decimal point", "did you mean `1.2`?"),
    ("3..4", ParseError, (1, 2), "one decimal point", "did you mean `3.4`?"),
    ("1.2.3", ParseError, (3, 4), "one decimal point", ""),
    ("x +* 3", ParseError, (3, 4), "expected after '+', found '*'", "did you mean `x + 3` or `x * 3`?"),
    ("x +", ParseError, (3, 3), "expected after '+'", "did you mean `x`?"),
    ("", ParseError, (0, 0), "nothing to read", ""),
    ("  ", ParseError, (2, 2), "nothing to read", ""),
    ("3 4", ParseError, (2, 3), "between two numbers", "`3*4`"),
    ("2 + １", ParseError, (4, 5), "FULLWIDTH DIGIT ONE", "did you mean `1`?"),
    ("x\u200fy", ParseError, (1, 2), "RIGHT-TO-LEFT MARK", ""),
    ("x\0", ParseError, (1, 2), "control character U+0000", ""),
    ("x\x1b[0m", ParseError, (1, 2), "control character U+001B", ""),
    ("х + 1", ParseError, (0, 1), "CYRILLIC SMALL LETTER HA", "did you mean `x`?"),
    ("x.__class__", ParseError, (1, 2), "'.'", "nothing that is typed is executed"),
    ("x__class__", ParseError, (0, 10), "'x__class__' is not a name", ""),
    ("__import__('os')", ParseError, (0, 10), "'__import__' is not a name", ""),
    ("lambda x: x", ParseError, (8, 9), "':'", "f(x) = ..."),
    ('f"{x}"', ParseError, (1, 2), "'\"'", ""),
    ("f'{x}'", ParseError, (1, 2), '"\'"', "quotes"),
    ("x; y", ParseError, (1, 2), "';'", ""),
    ("x; import os", ParseError, (3, 9), "'import' is a word of Python", ""),
    ("import os", ParseError, (0, 6), "'import' is a word of Python", ""),
    ("exec(x)", ParseError, (0, 4), "'exec' is a word of Python", ""),
    ("True", ParseError, (0, 4), "'True'", "did you mean `true`?"),
    ("1_000", ParseError, (0, 5), "underscore", "1000"),
    ("$x$", ParseError, (0, 1), "'$'", "dollar"),
    ("sin", ParseError, (0, 3), "sin needs an argument", "sin(x)"),
    ("sin + 1", ParseError, (0, 3), "sin needs an argument", "sin(x)"),
    ("max x", ParseError, (0, 3), "in brackets", "max(...)"),
    ("x[1]", ParseError, (0, 4), "scalar", "--vars x[n]"),
    ("[[a, b], [c]]", ShapeError, (0, 13), "one length", ""),
    ("[a, b][3]", ShapeError, (0, 9), "outside 1 to 2", ""),
    ("(x+y)'", ParseError, (5, 6), "several: x, y", "diff(f, x)"),
    ("3'", ParseError, (1, 2), "none", "diff(f, x)"),
    ("f'(x)", ParseError, (0, 1), "f is a variable", "d/dx"),
    ("x if y", ParseError, (6, 6), "'else' is expected", "value if condition else value"),
    ("{a: x>0", ParseError, (7, 7), "'}' is expected", "did you mean"),
    (r"\foo{x}", ParseError, (0, 4), "\\foo", ""),
    (r"\alph", ParseError, (0, 5), "\\alph", "`\\alpha`"),
    (r"\begin{tabular}", ParseError, (0, 6), "tabular", "[[a, b], [c, d]]"),
    ("d^2/dx f", ParseError, (0, 6), "orders", "d^2/dx^2"),
    ("1e999999999", LimitError, (0, 11), "too many digits", "Budget(digits=...)"),
    ("1e-99999999999999999999", LimitError, (0, 23), "too many digits", ""),
    ("9" * 10_001, LimitError, (0, 10_001), "10,001", ""),
    # LaTeX with two readings, or none
    (r"\operatorname{H}(2)", UnknownNameError, (0, 1), "no function 'H'", "H*("),
    (r"\mathrm{loss}(x)", UnknownNameError, (0, 4), "no function 'loss'", "loss*("),
    (r"\psi^{(3)}(x)", ParseError, (0, 11), "a power or a derivative", "diff(f, x, n)"),
    (r"\frac{d}{dx+1}", ParseError, (0, 5), "a derivative or a quotient", r"\frac{d}{dx}"),
    (r"\frac{d^{n+1}}{dx^{n+1}} x", ParseError, (0, 5), "a derivative or a quotient", "diff(f, x, n)"),
    (r"\frac{d f(x)}{dx}", ParseError, (0, 5), "a derivative or a quotient", "diff(f, x, n)"),
    (r"\frac{d^2}{dx^3} x", ParseError, (0, 16), "orders", "diff(f, x, 2)"),
    (r"\frac{d}{de} e", ParseError, (0, 12), "e is a constant", "--vars e"),
    (r"\int x", ParseError, (6, 6), "the variable of the integral", r"\,dx"),
    (r"\int_0 x\,dx", ParseError, (0, 4), "two bounds or none", r"\int_{a}^{b}"),
    (r"\int \frac{dx}{x}", ParseError, (11, 13), "an operand is expected", ""),
    (r"\sum x", ParseError, (0, 4), "needs its range", r"\sum_{i=1}^{n}"),
    (r"\sum_{e=1}^{3} e", ParseError, (6, 7), "a variable is expected", "--vars e"),
    (r"\lim_{x} x", ParseError, (7, 8), "'to' is expected", r"\lim_{x \to"),
    (r"\top", ParseError, (0, 4), "transpose", ""),
    (r"x_{i+1}", ParseError, (0, 7), "x is a scalar and has no entries", "--vars x[n]"),
    (r"x_{\sin}", ParseError, (0, 8), "is not a name", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "span", "message", "hint"), ERRORS, ids=[repr(row[0][:30]) for row in ERRORS]
)
def test_error(text: str, error: type[CalcmlError], span: tuple[int, int], message: str, hint: str) -> None:
    with pytest.raises(CalcmlError) as caught:
        parse_text(text)
    found = caught.value
    assert type(found) is error
    assert found.source == text
    assert found.span == Span(*span), found.span
    assert message in found.message
    assert hint in (found.hint or ""), found.hint


def test_tight_juxtaposition() -> None:
    assert parse_text("1/2x", juxtapose="tight").expr is Div(one, Mul(TWO, x))
    assert parse_text("a/b c*x", juxtapose="tight").expr is Mul(Div(a, Mul(b, c)), x)
    assert parse_text("1/2*x", juxtapose="tight").expr is Mul(Div(one, TWO), x)
    with pytest.raises(InputError):
        parse_text("x", juxtapose="other")


def test_declared_names_win() -> None:
    xy = Symbol("xy")
    assert parse_text("xy + 1", symbols=["xy"]).expr is Add(xy, one)
    assert parse_text("xy + 1", symbols=["xy"]).notes == ()
    assert parse_text("e^2", symbols="e").expr is Pow(Symbol("e"), TWO)
    assert parse_text("sinx", symbols=[Symbol("sinx")]).expr is Symbol("sinx")
    assert parse_text("loss(x+1)", symbols=["loss"]).expr is Mul(Symbol("loss"), Add(x, one))
    assert parse_text("d/dx", symbols=["d", "dx"]).expr is Div(Symbol("d"), Symbol("dx"))
    assert parse_text("d/dloss loss^2", symbols=["loss"]).expr is Derivative(Pow(Symbol("loss"), TWO), Symbol("loss"))
    with pytest.raises(ParseError):
        parse_text("x", symbols=["and"])
    with pytest.raises(InputError):
        parse_text("x", symbols=[3])  # type: ignore[list-item]


def test_vectors_and_matrices() -> None:
    declared = parse_declarations("v[n], u[n], X[N, n], z3[3]")
    v, u, matrix, z3 = declared
    assert parse_text("X[i, j]", symbols=declared).expr is Index(matrix, Symbol("i"), Symbol("j"))
    assert parse_text("dot(v, u)", symbols=declared).expr is Dot(v, u)
    assert parse_text("v @ u", symbols=declared).expr is Dot(v, u)
    assert parse_text("X @ v", symbols=declared).expr is MatMul(matrix, v)
    assert parse_text("matmul(X, v)", symbols=declared).expr is MatMul(matrix, v)
    assert parse_text("(v + u)[1]", symbols=declared).expr is Index(Add(v, u), 1)
    for text in ("‖v‖", "norm(v)", "||v||", r"\left\|v\right\|"):
        assert parse_text(text, symbols=declared).expr is Call("sqrt", Dot(v, v)), text
    entries = [Index(z3, k) for k in (1, 2, 3)]
    assert parse_text("softmax(z3)[2]", symbols=declared).expr is Call("softmax", 2, *entries)
    assert parse_text("max(z3)", symbols=declared).expr is Call("max", *entries)
    for text in ("v + X", "v @ X", "dot(v, X)", "softmax(v)", "norm(X)", "[v, u]", "v[1, 2]"):
        with pytest.raises(ShapeError) as caught:
            parse_text(text, symbols=declared)
        assert caught.value.span is not None
    with pytest.raises(ParseError, match="two things"):
        parse_text("|v|", symbols=declared)


def test_definitions_and_equations() -> None:
    found = parse_text("y = x^2")
    assert found.definition == ("y", ())
    assert found.expr is Relation("=", y, Pow(x, TWO))
    assert found.body is Pow(x, TWO)
    assert found.body_spans[0] == Span(4, 5)
    found = parse_text("f(x) = x^2")
    assert (found.definition, found.expr, found.body) == (("f", ("x",)), Pow(x, TWO), Pow(x, TWO))
    assert found.span_of((0,)) == Span(7, 8)
    found = parse_text("loss(w1, lr) = w1*lr")
    assert found.definition == ("loss", ("w1", "lr"))
    assert found.body is Mul(Symbol("w1"), Symbol("lr"))
    assert found.notes == ()
    assert parse_text("x^2+y^2=1").definition is None
    assert parse_text("sin(x) = 1").expr is Relation("=", Call("sin", x), one)
    assert parse_text("xy = 1").definition is None
    assert parse_text("e = 1").definition is None


def test_spans_belong_to_occurrences() -> None:
    text = "x + sin(x)*(2 - x)"
    found = parse_text(text)

    def at(*path: int) -> str:
        span = found.span_of(path)
        return text[span.start : span.end]

    assert at() == text
    assert at(0) == "x"
    assert at(1) == "sin(x)*(2 - x)"
    assert at(1, 0) == "sin(x)"
    assert at(1, 0, 0) == "x"
    assert at(1, 1) == "(2 - x)"
    assert at(1, 1, 1) == "x"
    assert found.spans[1, 0, 0] == Span(8, 9)
    assert at(1, 0, 0, 7) == "x"  # no such operand: the nearest occurrence
    text = "a - b + c"
    found = parse_text(text)
    assert (at(1), at(1, 0)) == ("- b", "b")
    text = "a if x > 0 else b"
    found = parse_text(text)
    assert (at(0), at(1), at(2)) == ("a", "x > 0", "b")
    text = "if(x > 0, a, b)"
    found = parse_text(text)
    assert (at(0), at(1), at(2)) == ("a", "x > 0", "b")


def test_notes_are_few_and_in_order() -> None:
    found = parse_text("+".join(["1/2x"] * 1000))
    assert found.notes == ("read as: (1/2)*x",)
    many = parse_text(" + ".join(f"1/{k}x" for k in range(2, 500)))
    assert len(many.notes) <= 21
    assert parse_text("xy + 1/2x").notes == ("read as: x*y", "read as: (1/2)*x")


def test_entries_of_declared_vectors_and_matrices() -> None:
    v, u, A = Symbol("v", (3,)), Symbol("u", (3,)), Symbol("A", (3, 3))
    i, j = symbols("i j")
    for text, wanted, notes in (
        ("v_1", Index(v, 1), ("read as: v[1]",)),
        ("v₁", Index(v, 1), ("read as: v[1]",)),
        ("v1", Symbol("v1"), ()),
        ("v_{i}", Index(v, i), ("read as: v[i]",)),
        ("v_{i+1}", Index(v, Add(i, 1)), ()),
        ("A_{ij}", Index(A, i, j), ("read as: A[i, j]",)),
        ("A_{1,2}", Index(A, 1, 2), ("read as: A[1, 2]",)),
        ("(u + v)_{1}", Index(Add(u, v), 1), ()),
        ("x_i", Symbol("x_i"), ()),
        (r"v^{\top} u", Dot(v, u), ()),
        (r"v^\top A u x", Mul(Dot(v, MatMul(A, u)), x), ()),
        (r"2 v \odot u", Mul(2, v, u), ()),
        ("A A v", MatMul(MatMul(A, A), v), ("read as: matmul(matmul(A, A), v)",)),
        ("2A v", Mul(2, MatMul(A, v)), ("read as: 2*matmul(A, v)",)),
    ):
        found = parse_text(text, symbols=[v, u, A])
        assert (found.expr, found.notes) == (wanted, notes), text
        assert found.expr is wanted
    assert parse_text("v_1", symbols=[v, Symbol("v1")]).expr is Symbol("v1")
    with pytest.raises(ParseError, match="two ways"):
        parse_text("A_{12}", symbols=[A])
    with pytest.raises(ShapeError) as caught:
        parse_text("x + v_4", symbols=[v])
    assert caught.value.span == Span(4, 7)


@pytest.mark.parametrize("word", ["and", "or", "not", "if", "else", "otherwise", "true", "false"])
def test_no_symbol_is_called_like_a_word_of_the_notation(word: str) -> None:
    for make in (canonical_name, Symbol, parse_declarations):
        with pytest.raises(ParseError, match="a word of the notation"):
            make(word)


@pytest.mark.parametrize("name", ["e", "pi", "oo", "inf", "E"])
def test_a_declared_constant_is_a_variable(name: str) -> None:
    symbol = Symbol(name)
    expr = Pow(symbol, TWO)
    for written in (to_text(expr), to_latex(expr)):
        assert parse_text(written, symbols=[symbol]).expr is expr
        assert name == "E" or parse_text(written).expr is not expr
    both = Mul(Symbol("e"), E)
    assert to_latex(both) == r"e \mathrm{e}"
    assert parse_text(to_latex(both), symbols=[Symbol("e")]).expr is both


def test_one_spelling_of_subscripts() -> None:
    for name in ("x_1_b", "x1_b", "x₁_b"):
        assert parse_text(name).expr is Symbol("x1_b") is Symbol("x_1_b")
    assert parse_text("x_{1,2}").expr is Symbol("x_1_2") is Symbol("x1_2")


# ---- size ------------------------------------------------------------------------------------------------------------

DEEP = 100_000
LARGE = {
    "brackets": "(" * DEEP + "x" + ")" * DEEP,
    "calls": "sin(" * DEEP + "x" + ")" * DEEP,
    "bare calls": "sin " * 20_000 + "x",
    "minus": "-" * DEEP + "x",
    "powers": "^".join(["2"] * DEEP),
    "fractions": r"\frac{" * 20_000 + "x" + "}{y}" * 20_000,
    "divisions": "x" + "/x" * 50_000,
    "roots": "√" * 20_000 + "x",
    "not": "not " * 20_000 + "x > 0",
    "choices": "1 if x>0 else " * 20_000 + "2",
    "cases": "{" * 20_000 + "x" + ": x>0}" * 20_000,
    "bars": "(|" * 20_000 + "x" + "|)" * 20_000,
    "signs": "x" + "*-x" * 50_000,
    "sum": "+".join(["x"] * DEEP),
    "sums": "sum(" * 5_000 + "ab" + ", ab, 1, 3)" * 5_000,
    "digits": "7" * 10_000,
    "derivatives": "d/dx " * 5_000 + "x",
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_texts_are_read(kind: str) -> None:
    start = time.perf_counter()
    found = parse_text(LARGE[kind])
    assert time.perf_counter() - start < 10
    assert found.notes is not None
    if kind == "calls":
        assert height(found.expr) == DEEP
        assert found.span_of((0,) * DEEP) == Span(4 * DEEP, 4 * DEEP + 1)


def test_a_flat_megabyte_is_read_in_linear_time() -> None:
    piece = "x+x^2*sin(x)"
    text = "+".join([piece] * (999_000 // (len(piece) + 1)))
    start = time.perf_counter()
    found = parse_text(text)
    assert time.perf_counter() - start < 15  # about 2.5 s on an idle machine
    assert len(found.expr.args) == 2 * (999_000 // (len(piece) + 1))


def test_more_nesting_than_the_budget_is_refused() -> None:
    with pytest.raises(LimitError, match="too deeply nested: 100,001"):
        parse_text("(" * (DEEP + 1))
    with pytest.raises(LimitError, match="too deeply nested: 100,001"):
        parse_text("-" * (DEEP + 1) + "x")
    small = Budget(depth=1000)
    for text in ("sin(" * 1001, "x" + "/x" * 1001, "√" * 1001 + "x", "|" * 1001, "2" + "^2" * 1001, "not " * 1001, "[" * 1001,
                 "x" + "'" * 1001, "{" * 1001, "sin " * 1001, r"\frac{" * 1001, "1 if x else " * 1001, "d/dx " * 1001):  # fmt: skip
        with pytest.raises(LimitError, match="too deeply nested") as caught:
            parse_text(text, budget=small)
        assert caught.value.span is not None


@pytest.mark.parametrize(
    "text", ["(" * 100_001, "(" * 1_000_000, "([{" * 300_000, r"\frac{" * 160_000, "sin(x+" * 160_000]
)
def test_nesting_that_is_visible_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(LimitError, match="too deeply nested: 100,001") as caught:
        parse_text(text)
    assert time.process_time() - start < 0.1  # 4 to 12 ms on an idle machine
    assert caught.value.span is not None
    assert text[caught.value.span.start] in "([{"


def test_the_collector_is_left_as_it_was() -> None:
    long = "+".join(["x"] * 10_000)
    for text in (long, long + "+", "x"):
        for is_on in (True, False):
            (gc.enable if is_on else gc.disable)()
            try:
                try:
                    parse_text(text)
                except ParseError:
                    pass
                assert gc.isenabled() is is_on
            finally:
                gc.enable()


def test_text_and_digits_are_refused_at_once() -> None:
    for text in ("x+" * 600_000, "1e999999999", "9" * 10_001, "x^1e99999"):
        start = time.perf_counter()
        with pytest.raises(LimitError):
            parse_text(text)
        assert time.perf_counter() - start < 0.05
    small = Budget(text=500, depth=60)
    with pytest.raises(LimitError):
        parse_text("x" * 501, budget=small)
    with pytest.raises(LimitError):
        parse_text("(" * 61 + "x" + ")" * 61, budget=small)
    with pytest.raises(LimitError):
        parse_text("1234", budget=Budget(digits=3))


# ---- declarations ----------------------------------------------------------------------------------------------------


def test_declarations() -> None:
    found = parse_declarations("w[n], X[N,d], lr  λ; z[3]")
    assert [(symbol.data, symbol.shape) for symbol in found] == [
        ("w", ("n",)), ("X", ("N", "d")), ("lr", ()), ("lambda", ()), ("z", (3,)),
    ]  # fmt: skip
    assert parse_declarations("") == ()


@pytest.mark.parametrize(
    "text", ["w[", "w[]", "w[0]", "w[-1]", "w[1,2,3]", "1x", "x+y", "and", "w[n], w[m]", "a.b", "w[[n]]", "x,,y"]
)
def test_declaration_errors(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_declarations(text)
    assert caught.value.span is not None
    assert caught.value.source == text


def test_point() -> None:
    assert parse_point("x=1, y = -1/2") == {x: one, y: Neg(Div(one, TWO))}
    assert parse_point("t=max(1,2)") == {Symbol("t"): Call("max", 1, 2)}
    assert parse_point("loss=2") == {Symbol("loss"): TWO}
    for text, span in (
        ("x", (0, 1)),
        ("x=", (2, 2)),
        ("x=1, 3=4", (5, 6)),
        ("x=1, x=2", (5, 8)),
        ("e=1", (0, 1)),
        ("x=1, y=(", (8, 8)),
        ("x<1", (0, 3)),
    ):
        with pytest.raises(ParseError) as caught:
            parse_point(text)
        assert caught.value.span == Span(*span), text
        assert caught.value.source == text


def test_conditions() -> None:
    assert parse_conditions("x>0, n integer, a != b") == (x > 0, (n, "integer"), Relation("!=", a, b))
    assert parse_conditions("0 < x < 1") == (Relation("<", 0, x), x < 1)
    assert parse_conditions("x > 0 and y > 0") == (x > 0, y > 0)
    assert parse_conditions("n is an integer, x positive") == ((n, "integer"), (x, "positive"))
    for text in ("x", "x + 1", "n intger", "x > 0,, y", "x > 0 or y > 0", "n + 1 integer"):
        with pytest.raises(CalcmlError) as caught:
            parse_conditions(text)
        assert caught.value.span is not None, text
    assert "did you mean `integer`?" in (_error(parse_conditions, "n intger").hint or "")


def _error(reader: object, text: str) -> CalcmlError:
    with pytest.raises(CalcmlError) as caught:
        reader(text)  # type: ignore[operator]
    return caught.value
