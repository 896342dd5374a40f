r"""LaTeX: how every head and function looks, and that the parser reads it back."""

from __future__ import annotations

import math
import os
import re

import pytest
import strategies
from hypothesis import HealthCheck, assume, given, settings

from calcml.budget import Budget
from calcml.errors import LimitError
from calcml.evaluation import evaluate_float
from calcml.expr import Add, Call, Div, Expr, Mul, Neg, Number, Pow, Symbol, make
from calcml.functions import FunctionSpec, all_functions
from calcml.heads import Derivative, Dot, Index, MatMul, Matrix, Sum, Vector
from calcml.render.latex import to_latex
from calcml.syntax.parser import parse_text
from calcml.traverse import topological

SOAK = os.environ.get("CALCML_SOAK") == "1"  # the full counts, with a new seed each time
MANY = settings(
    max_examples=20_000 if SOAK else 150, derandomize=not SOAK, deadline=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
DEEP = 100_000 if SOAK else 20_000

LATEX = [
    ("-x^2/(1 + x) - 2*(x - y)", r"-\frac{x^{2}}{1 + x} - 2 (x - y)"),
    ("3x^2*(1-sigmoid(x))", r"3 x^{2} (1 - \sigma(x))"),
    ("e^(-x^2/2)/sqrt(2*pi)", r"\frac{e^{-x^{2}/2}}{\sqrt{2 \pi}}"),
    ("x^(1/2)+x^(-2/3)", r"x^{1/2} + x^{-2/3}"),
    ("sin(x)^2+cos(x)^2", r"\sin^{2}(x) + \cos^{2}(x)"),
    ("tanh(x)^-1", r"\tanh(x)^{-1}"),
    ("sech(x)^2", r"\operatorname{sech}^{2}(x)"),
    ("2*3*x", r"2 \cdot 3 x"),
    ("x*2", r"x \cdot 2"),
    ("(x+1)*(x-1)", r"(x + 1) (x - 1)"),
    ("sigma*(1-x)", r"\sigma \cdot (1 - x)"),
    ("f*(x+1)", r"f \cdot (x + 1)"),
    ("loss*x", r"\mathrm{loss}\,x"),
    ("exp(x)*2", r"\exp(x) \cdot 2"),
    ("exp(-(x-mu)^2/(2*sigma^2))", r"\exp\left(-\frac{(x - \mu)^{2}}{2 \sigma^{2}}\right)"),
    ("relu(x)", r"\operatorname{ReLU}(x)"),
    ("softmax(1,x,y)", r"\operatorname{softmax}(1, x, y)"),
    ("abs(x)^2", r"\left|x\right|^{2}"),
    ("floor(x/2)", r"\left\lfloor \frac{x}{2}\right\rfloor"),
    ("mod(x+1,y)*3", r"((x + 1) \bmod y) \cdot 3"),
    ("log(x,b)", r"\log_{b}(x)"),
    ("log_sigmoid(x)^2", r"(\ln\sigma(x))^{2}"),
    ("factorial(n)", r"n!"),
    ("factorial(n+1)*x", r"(n + 1)! x"),
    ("max(0,1-x)", r"\max(0, 1 - x)"),
    ("{x: x>0; 0: otherwise}", r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}"),
    (
        "{x^2/2: abs(x)<=delta and not x=2; delta*(abs(x)-delta/2): otherwise}",
        r"\begin{cases} \frac{x^{2}}{2} & \text{if } \left|x\right| \le \delta\text{ and }\text{not }x = "
        r"2 \\ \delta \left(\left|x\right| - \frac{\delta}{2}\right) & \text{otherwise} \end{cases}",
    ),
    ("[x,y^2]", r"\begin{bmatrix} x \\ y^{2} \end{bmatrix}"),
    ("[[1,x/2],[0,1]]", r"\begin{bmatrix} 1 & \frac{x}{2} \\ 0 & 1 \end{bmatrix}"),
    ("sum(x^i,i,1,n)*y + 1", r"\left(\sum_{i=1}^{n} x^{i}\right) y + 1"),
    ("sum(x*i,i,1,n)", r"\sum_{i=1}^{n} x i"),
    ("diff(x^2,x)+3", r"\frac{d}{dx} x^{2} + 3"),
    ("diff(x*y,x,2)*y", r"\left(\frac{\partial^{2}}{\partial x^{2}} (x y)\right) y"),
    ("integral(x+1,x)", r"\int (x + 1)\,dx"),
    ("integral(1/x,x,1,oo)", r"\int_{1}^{\infty} \frac{1}{x}\,dx"),
    ("limit(sin(x)/x,x,0,right)", r"\lim_{x \to 0^{+}} \frac{\sin(x)}{x}"),
    ("limit(1/x,x,oo)", r"\lim_{x \to \infty} \frac{1}{x}"),
    ("1e-8*x", r"1 \times 10^{-8} x"),
    ("(1e-8)^2", r"(1 \times 10^{-8})^{2}"),
    ("x_max+x_ij+x_1_b+theta_i", r"x_{\mathrm{max}} + x_{ij} + x_{1,b} + \theta_{i}"),
    ("-(-x)", r"-(-x)"),
    ("2*(-x)", r"2 (-x)"),
    ("1/2*x", r"\frac{1}{2} x"),
    ("2*(1/3)", r"2 \cdot \frac{1}{3}"),
    ("2*(x/3)", r"2 \frac{x}{3}"),
    ("x!=1 or y<=2", r"x \ne 1\text{ or }y \le 2"),
    ("true", r"\text{true}"),
    ("(x/y)^2", r"\left(\frac{x}{y}\right)^{2}"),
    ("(x^2)^3", r"(x^{2})^{3}"),
    ("x^y^z", r"x^{y^{z}}"),
    ("digamma(x)", r"\psi(x)"),
    ("trigamma(x)", r"\psi'(x)"),
    ("normal_cdf(x)", r"\Phi(x)"),
    ("erf(x)", r"\operatorname{erf}(x)"),
    ("cbrt(x)", r"\sqrt[3]{x}"),
    ("2^10", r"2^{10}"),
    ("x*2^y", r"x \cdot 2^{y}"),
    ("hypot(x,y)", r"\operatorname{hypot}(x, y)"),
    ("a-(b-c)+d", r"a - (b - c) + d"),
    ("integral(x,x)^2", r"\left(\int x\,dx\right)^{2}"),
    ("e^(x/2)", r"e^{x/2}"),
    ("e^(-x/(2*y))", r"e^{-x/(2 y)}"),
    ("x^(2*x/3)", r"x^{2 x/3}"),
    ("(-2)^2", r"(-2)^{2}"),
    ("-2^2", r"-2^{2}"),
    ("w1^2", r"w_{1}^{2}"),
    ("alpha1*beta_2", r"\alpha_{1} \beta_{2}"),
    ("lambda", r"\lambda"),
    ("Gamma+epsilon+omega", r"\Gamma + \epsilon + \omega"),
    ("loss2+hidden_layer_2", r"\mathrm{loss2} + \mathrm{hidden}_{\mathrm{layer2}}"),
    ("0.50", r"0.50"),
    ("12345678901234567890", r"12345678901234567890"),
    ("x<1", r"x < 1"),
    ("x=y", r"x = y"),
    ("oo", r"\infty"),
    ("pi*r^2", r"\pi r^{2}"),
    ("a*(b*c)", r"a (b c)"),
    ("(a*b)/c", r"\frac{a b}{c}"),
    ("a/b/c", r"\frac{\frac{a}{b}}{c}"),
    ("a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
    ("x-(-y)", r"x - (-y)"),
    ("x+(-y)+z", r"x - y + z"),
    ("not (x<1 or y>2)", r"\text{not }(x < 1\text{ or }y > 2)"),
    ("diff(sin(x)/x,x)", r"\frac{d}{dx} \frac{\sin(x)}{x}"),
    ("diff(-x,x)", r"\frac{d}{dx} (-x)"),
    ("diff(x,x,n)", r"\frac{d^{n}}{dx^{n}} x"),
    ("sum(-x,i,1,3)", r"\sum_{i=1}^{3} (-x)"),
    ("sum(i,i,1,n)+1", r"\left(\sum_{i=1}^{n} i\right) + 1"),
    ("limit(x+1,x,-1,left)", r"\lim_{x \to (-1)^{-}} (x + 1)"),
    ("integral(-x,x)", r"\int -x\,dx"),
    ("asin(x)^2+ln(x)^3", r"\arcsin^{2}(x) + \ln^{3}(x)"),
    ("sin(x)^(1/2)", r"\sin(x)^{1/2}"),
    ("sqrt(x)^3", r"\sqrt{x}^{3}"),
    ("exp(x)^2", r"\exp(x)^{2}"),
    ("sign(x)", r"\operatorname{sign}(x)"),
    ("gelu(x)+silu(x)", r"\operatorname{GELU}(x) + \operatorname{SiLU}(x)"),
    ("beta(x,y)", r"\mathrm{B}(x, y)"),
    ("spherical_jn(2,x)", r"\operatorname{spherical\_jn}(2, x)"),
    ("polygamma(3,x)", r"\operatorname{polygamma}(3, x)"),
    ("heaviside(2)", r"\operatorname{heaviside}(2)"),
    ("d*x + d/(d*x)", r"d \cdot x + \frac{d}{d \cdot x}"),
    ("integral(d*x,x)", r"\int d \cdot x\,dx"),
    ("log(x,b+1)", r"\log_{b + 1}(x)"),
    ("diff(5,loss)", r"\frac{d}{d\mathrm{loss}} 5"),
    ("x1_2 + x_theta", r"x_{1,2} + x_{\theta}"),
    ("gelu_tanh(x)", r"\operatorname{GELU_{tanh}}(x)"),
    ("leaky_relu(x,0.1)", r"\operatorname{leaky\_relu}(x, 0.1)"),
    ("dsinc(2)", r"\operatorname{sinc}'(2)"),
    ("log2(x)", r"\log_{2}(x)"),
    ("elu(x)", r"\operatorname{ELU}(x)"),
    ("normal_pdf(x)", r"\varphi(x)"),
    ("min(x,y,z)", r"\min(x, y, z)"),
    ("atan2(y,x)", r"\operatorname{atan2}(y, x)"),
    ("softplus(x)", r"\operatorname{softplus}(x)"),
    ("clip(x,0,1)", r"\operatorname{clip}(x, 0, 1)"),
    ("x*mod(x,2)", r"x (x \bmod 2)"),
    ("-mod(x,2)+1", r"-(x \bmod 2) + 1"),
    ("e*x*pi", r"e x \pi"),
    ("2*e^x", r"2 e^{x}"),
    ("x*y_i*(z+1)", r"x y_{i} (z + 1)"),
    ("{1: x<0}*2", r"\left(\begin{cases} 1 & \text{if } x < 0 \end{cases}\right) \cdot 2"),
    ("5*(2+3)", r"5 (2 + 3)"),
    ("log_softmax(1, x, y)", r"\operatorname{log\_softmax}(1, x, y)"),
]

v, u, w1 = Symbol("v", (3,)), Symbol("u", (3,)), Symbol("w1", (3,))
A = Symbol("A", (3, 3))
x = Symbol("x")
SHAPED = [
    (Dot(v, u), r"v^{\top} u"),
    (Mul(2, Dot(v, u), x), r"2 (v^{\top} u) x"),
    (Dot(Add(v, u), MatMul(A, v)), r"(v + u)^{\top} A v"),
    (MatMul(MatMul(A, A), v), "A A v"),
    (MatMul(A, MatMul(A, v)), "A (A v)"),
    (MatMul(A, Add(v, u)), "A (v + u)"),
    (Mul(2, v, u), r"2 v \odot u"),
    (Index(A, 1, 2), "A_{1,2}"),
    (Pow(Index(v, 1), Number(2)), "v_{1}^{2}"),
    (Index(w1, 1), "{w_{1}}_{1}"),
    (Index(Add(v, u), 1), "(v + u)_{1}"),
    (Index(Vector(1, 2), 1), r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}_{1}"),
    (Sum(Index(v, Symbol("i")), Symbol("i"), 1, 3), r"\sum_{i=1}^{3} v_{i}"),
]

# Notation that is of another function in full: ln|Γ(x)|, ln σ(x), ln cosh(x).
EQUAL_IN_MEANING = frozenset({"lgamma", "log_sigmoid", "log_cosh", "log_normal_cdf"})


def is_read(expr: Expr) -> bool:
    """Whether the LaTeX is of this tree alone. What is not reads as a tree of equal meaning, or is refused."""
    for node in topological(expr):
        if isinstance(node, Call) and node.data in EQUAL_IN_MEANING:
            return False
        if isinstance(node, Call) and node.data == "log" and node.args[1] in (Number(2), Number(10)):
            return False  # log2, log10
        if isinstance(node, Number) and "e" in str(node.data):
            return False  # 1 × 10⁻⁸
        if isinstance(node, Matrix) and len(node.args[0].args) == 1:
            return False  # a column is a vector
        if isinstance(node, Derivative) and len(node.args) > 2 and not isinstance(node.args[2], (Number, Symbol)):
            return False  # refused
    return True


def read_back(expr: Expr) -> Expr:
    """What the parser makes of the LaTeX, when it knows every name that occurs."""
    names = [node for node in topological(expr) if isinstance(node, Symbol)]
    return parse_text(to_latex(expr), symbols=names).expr


@pytest.mark.parametrize(("text", "latex"), LATEX)
def test_latex(text: str, latex: str) -> None:
    expr = parse_text(text).expr
    assert to_latex(expr) == latex
    if is_read(expr):
        assert read_back(expr) is expr


@pytest.mark.parametrize(("expr", "latex"), SHAPED)
def test_vectors_and_matrices(expr: Expr, latex: str) -> None:
    assert to_latex(expr) == latex
    assert read_back(expr) is expr


@MANY
@given(strategies.expressions())
def test_latex_reads_back_to_the_same_node(expr: Expr) -> None:
    assume(is_read(expr))
    assert read_back(expr) is expr, to_latex(expr)


@pytest.mark.parametrize("spec", list(all_functions()), ids=lambda spec: spec.name)
def test_every_function_reads_back(spec: FunctionSpec) -> None:
    fewest, most = spec.arity
    y = Symbol("y")
    for count in {max(fewest, 1), most if most is not None else fewest + 2}:
        for operands in (
            (x, y, x, y),
            (Number(3), Number(4), x, y),
            (Div(x, 2), Add(x, 1), x, y),
            (Number(3), Neg(x), x, y),
        ):
            call = Call(spec.name, *operands[:count])
            for expr in (
                call,
                Pow(call, Number(2)),
                Mul(2, call),
                Mul(call, x),
                Pow(x, call),
                Add(call, y),
                Neg(call),
                Div(call, y),
            ):
                again = read_back(expr)
                assert again is expr or not is_read(expr), to_latex(expr)
                assert is_read(expr) or isinstance(again, type(expr))


@MANY
@given(strategies.expressions())
def test_groups_are_balanced(expr: Expr) -> None:
    latex = to_latex(expr)
    depth = 0
    for at, char in enumerate(latex):
        if char in "{}" and latex[at - 1 : at] != "\\":
            depth += 1 if char == "{" else -1
            assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert re.search(r"([_^])\{[^{}]*\} *\1\{", latex) is None, "two subscripts in a row"


@pytest.mark.parametrize(
    "text",
    ["1e-8*x + 2e3", "(1.5e2)^x", "log_sigmoid(x)^2", "2*log_cosh(x)", "x^lgamma(x)", "-lgamma(x)/2", "log(x, 3)^2"],
)
def test_notation_of_equal_meaning(text: str) -> None:
    expr = parse_text(text).expr
    again = parse_text(to_latex(expr)).expr
    for value in (0.7, 1.9, 4.25):
        assert math.isclose(evaluate_float(again, {x: value}), evaluate_float(expr, {x: value}), rel_tol=1e-12)


def test_brackets_grow_with_what_they_hold() -> None:
    assert to_latex(Call("sin", Div(x, 2))) == r"\sin\left(\frac{x}{2}\right)"
    assert to_latex(Call("sin", Pow(x, Div(1, 2)))) == r"\sin(x^{1/2})"
    assert to_latex(Call("max", x, Div(x, 2), 1)) == r"\max\left(x, \frac{x}{2}, 1\right)"


def test_parameters_left_out_leave_no_comma() -> None:
    assert to_latex(Call("elu", x)) == r"\operatorname{ELU}(x)"
    assert to_latex(Call("elu", x, 2)) == r"\operatorname{ELU}(x, 2)"


@pytest.mark.parametrize("step", [
    lambda e: Add(x, Mul(2, e)), lambda e: Call("sin", e), lambda e: Div(1, Add(1, e)), lambda e: Pow(x, e),
    lambda e: Pow(e, 2), lambda e: Sum(e, x, 1, 2), lambda e: Call("factorial", e), lambda e: Derivative(e, x),
])  # fmt: skip
def test_deep_chains(step: object) -> None:
    chain: Expr = x
    for _ in range(DEEP):
        chain = step(chain)  # type: ignore[operator]
    assert len(to_latex(chain)) > DEEP


def test_wide_sums() -> None:
    wide = Add(*[Mul(n, x) for n in range(100_000)])
    assert to_latex(wide).startswith("0 x + 1 x + 2 x")


def test_what_would_not_end_is_refused() -> None:
    doubled: Expr = x
    for _ in range(1000):
        doubled = Add(doubled, doubled)
    with pytest.raises(LimitError, match="characters"):
        to_latex(doubled)
    with pytest.raises(LimitError, match="characters"):
        to_latex(Add(x, 1), Budget(output=4))
    assert to_latex(Add(x, 1), Budget(output=5)) == "x + 1"


@pytest.mark.parametrize("name", ["x}\\input{secret}", "a$b", "50%", "a#1", "x^2", "tilde~"])
def test_no_name_becomes_a_command(name: str) -> None:
    latex = to_latex(make(Symbol, name, ()))
    assert "\\input" not in latex
    for char in "$%#":
        assert latex.count(char) == latex.count("\\" + char)
