"""MathML: how every head and function looks; that it is well-formed, complete and escaped."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest
import strategies
from hypothesis import HealthCheck, given, settings

from calcml import functions
from calcml.budget import Budget
from calcml.errors import LimitError
from calcml.expr import Add, Call, Div, Expr, Mul, Number, Pow, Symbol, make
from calcml.heads import Derivative, Dot, Index, MatMul, Sum
from calcml.render.mathml import mathml_name, template_of, to_mathml
from calcml.syntax.parser import parse_text

SOAK = os.environ.get("CALCML_SOAK") == "1"  # the full counts, with a new seed each time
MANY = settings(
    max_examples=5_000 if SOAK else 100, derandomize=not SOAK, deadline=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
DEEP = 100_000 if SOAK else 20_000
MATH = "http://www.w3.org/1998/Math/MathML"
COUNTS = {"mfrac": 2, "msup": 2, "msub": 2, "mroot": 2, "munder": 2, "msubsup": 3, "munderover": 3}
x = Symbol("x")
v, A = Symbol("v", (3,)), Symbol("A", (3, 3))


def tree_of(source: str) -> ElementTree.Element:
    """The <math> element."""
    root = ElementTree.fromstring(source)
    assert root.tag == f"{{{MATH}}}math"
    return root


def outline(element: ElementTree.Element) -> str:
    """The elements in short: mfrac(x, 2); spaces and invisible signs are named."""
    tag = element.tag.removeprefix(f"{{{MATH}}}")
    text = (element.text or "").replace("\u2061", "of").replace("\u2062", "times").replace("\u00a0", "_")
    children = [outline(child) for child in element]
    if tag in ("mi", "mn", "mo", "mtext"):
        return text
    if tag in ("mrow", "math"):
        return " ".join(children) if tag == "math" else f"[{' '.join(children)}]"
    return f"{tag}({', '.join(children)})"


OUTLINES = [
    # leaves
    ("12", "12"),
    ("0.50", "0.50"),
    ("1e-8", "[1 × msup(10, [− 8])]"),
    ("2.5e3", "[2.5 × msup(10, 3)]"),
    ("x", "x"),
    ("theta", "θ"),
    ("w12", "msub(w, 12)"),
    ("x_max", "msub(x, max)"),
    ("alpha_i", "msub(α, i)"),
    ("x_1_b", "msub(x, [1 , b])"),
    ("loss", "loss"),
    ("e + pi + oo", "[e + π + ∞]"),
    ("true", "true"),
    # sums, products, powers
    ("a - b + c", "[a − b + c]"),
    ("a - (b - c)", "[a − [( [b − c] )]]"),
    ("-x", "[− x]"),
    ("-(-x)", "[− [( [− x] )]]"),
    ("2x", "[2 times x]"),
    ("2*3", "[2 ⋅ 3]"),
    ("x*2", "[x ⋅ 2]"),
    ("f*(x + 1)", "[f ⋅ [( [x + 1] )]]"),
    ("x*(x + 1)", "[x times [( [x + 1] )]]"),
    ("x/2", "mfrac(x, 2)"),
    ("(x/2)^2", "msup([( mfrac(x, 2) )], 2)"),
    ("x^(-1/2)", "msup(x, [− 1 / 2])"),
    ("w1^2", "msubsup(w, 1, 2)"),
    ("x^y^z", "msup(x, msup(y, z))"),
    # functions
    ("sin(x)", "[sin of [( x )]]"),
    ("sin(x)^2", "[msup(sin, 2) of [( x )]]"),
    ("exp(x)^2", "msup([exp of [( x )]], 2)"),
    ("x*sin(x)", "[x times [sin of [( x )]]]"),
    ("sigmoid(x)", "[σ of [( x )]]"),
    ("abs(x)", "[| x |]"),
    ("floor(x)", "[⌊ x ⌋]"),
    ("ceil(x)", "[⌈ x ⌉]"),
    ("sqrt(x)", "msqrt(x)"),
    ("cbrt(x)", "mroot(x, 3)"),
    ("factorial(n + 1)", "[[( [n + 1] )] !]"),
    ("log(x, b)", "[msub(log, b) of [( x )]]"),
    ("log10(x)", "[msub(log, 10) of [( x )]]"),
    ("mod(x + 1, y)", "[[( [x + 1] )] mod y]"),
    ("1 + mod(x, y)", "[1 + [( [x mod y] )]]"),
    ("max(1, x)", "[max of [( 1 , x )]]"),
    ("gamma(x)", "[Γ of [( x )]]"),
    ("trigamma(x)", "[ψ ′ of [( x )]]"),
    ("normal_cdf(x)", "[Φ of [( x )]]"),
    ("normal_pdf(x)", "[φ of [( x )]]"),
    ("asin(x)", "[arcsin of [( x )]]"),
    ("tanh(x)", "[tanh of [( x )]]"),
    ("softmax(1, x, y)", "[softmax of [( 1 , x , y )]]"),
    ("log_softmax(1, x)", "[log_softmax of [( 1 , x )]]"),
    # conditions
    ("x < 1", "[x < 1]"),
    ("x <= 1 and y != 2", "[[x ≤ 1] _and_ [y ≠ 2]]"),
    ("not (x > 1 or y >= 2)", "[not_ [( [[x > 1] _or_ [y ≥ 2]] )]]"),
    (
        "{x: x > 0; 0: otherwise}",
        "[{ mtable(mtr(mtd(x), mtd(if_, [x > 0])), mtr(mtd(0), mtd(otherwise)))]",
    ),
    # vectors and matrices
    ("[x, y]", "[[ mtable(mtr(mtd(x)), mtr(mtd(y))) ]]"),
    ("[[1, x], [0, 1]]", "[[ mtable(mtr(mtd(1), mtd(x)), mtr(mtd(0), mtd(1))) ]]"),
    # operators
    ("sum(x^i, i, 1, n)", "[munderover(∑, [i = 1], n) msup(x, i)]"),
    ("sum(i, i, 1, n) + 1", "[[( [munderover(∑, [i = 1], n) i] )] + 1]"),
    ("diff(x^2, x)", "[mfrac(d, [d x]) mspace() msup(x, 2)]"),
    ("diff(x*y, x, 2)", "[mfrac(msup(∂, 2), [∂ msup(x, 2)]) mspace() [( [x times y] )]]"),
    ("integral(x, x)", "[∫ x mspace() d x]"),
    ("integral(x + 1, x, 0, oo)", "[msubsup(∫, 0, ∞) [( [x + 1] )] mspace() d x]"),
    ("limit(1/x, x, 0)", "[munder(lim, [x → 0]) mfrac(1, x)]"),
    ("limit(1/x, x, 0, left)", "[munder(lim, [x → msup(0, −)]) mfrac(1, x)]"),
]
SHAPED = [
    (Dot(v, MatMul(A, v)), "[msup(v, ⊤) times [A times v]]"),
    (MatMul(A, MatMul(A, v)), "[A times [( [A times v] )]]"),
    (Mul(2, v, v), "[2 times v ⊙ v]"),
    (Index(A, 1, 2), "msub(A, [1 , 2])"),
    (Pow(Index(v, 1), Number(2)), "msubsup(v, [1], 2)"),
]


@pytest.mark.parametrize(("text", "elements"), OUTLINES)
def test_outline(text: str, elements: str) -> None:
    assert outline(tree_of(to_mathml(parse_text(text).expr))) == elements


@pytest.mark.parametrize(("expr", "elements"), SHAPED)
def test_vectors_and_matrices(expr: Expr, elements: str) -> None:
    assert outline(tree_of(to_mathml(expr))) == elements


@MANY
@given(strategies.expressions())
def test_every_tree_is_well_formed(expr: Expr) -> None:
    source = to_mathml(expr)
    root = tree_of(source)
    assert len(root) == 1, "a node is one element"
    for element in root.iter():
        tag = element.tag.removeprefix(f"{{{MATH}}}")
        assert tag != "mfenced"
        assert len(element) == COUNTS.get(tag, len(element)), tag
        if tag in ("mi", "mn", "mo", "mtext"):
            assert element.text
            assert len(element) == 0
            assert "-" not in element.text, "minus is U+2212"
        else:
            assert not (element.text or "").strip(), "text stands in token elements only"
            assert not (element.tail or "").strip()


@pytest.mark.parametrize("spec", list(functions.all_functions()), ids=lambda spec: spec.name)
def test_every_row_has_elements_of_its_own(spec: functions.FunctionSpec) -> None:
    fewest, most = spec.arity
    args = [Symbol(f"a{n}") for n in range(1, max(fewest, 1) + 1)]
    root = tree_of(to_mathml(Call(spec.name, *args)))
    assert [element.text for element in root.iter() if element.text and element.text.isdigit()]
    if spec.latex:
        fallback = template_of("", spec.name, False)
        assert template_of(spec.latex, spec.name, False) != fallback or spec.name in spec.latex
    if most == 2 and fewest == 1:
        assert "," not in "".join(tree_of(to_mathml(Call(spec.name, x))).itertext())


def test_display() -> None:
    assert to_mathml(x) == f'<math xmlns="{MATH}"><mi>x</mi></math>'
    assert to_mathml(x, display=True) == f'<math xmlns="{MATH}" display="block"><mi>x</mi></math>'


def test_brackets_stretch_only_around_what_is_tall() -> None:
    assert to_mathml(Call("sin", x)).count('stretchy="false"') == 2
    assert "stretchy" not in to_mathml(Call("sin", Div(x, 2)))


def test_emitter_rules() -> None:
    minus = to_mathml(parse_text("-x").expr)
    assert '<mrow><mo form="prefix">−</mo>' in minus
    assert "<mi>sin</mi><mo>\u2061</mo>" in to_mathml(Call("sin", x))
    assert 'movablelimits="true"' in to_mathml(parse_text("limit(1/x, x, 0)").expr)
    assert "text-align: left" in to_mathml(parse_text("{1: x > 0}").expr)
    assert 'form="postfix" lspace="0" rspace="0">′' in to_mathml(Call("trigamma", x))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'a"b', "a&b", "x_<b>", "]]>"])
def test_hostile_names_are_escaped(name: str) -> None:
    for source in (to_mathml(make(Symbol, name, ())), mathml_name(name)):
        text = "".join(ElementTree.fromstring(source).itertext())
        assert text.replace(",", "") == name.replace("_", "")
        assert "<script" not in source
        assert "<b>" not in source
    row = template_of("", name, False)
    assert "<script" not in row
    assert "<b>" not in row


def test_commands_that_are_not_known_fall_back_to_the_name() -> None:
    for latex in (r"\unknown\left(#1\right)", r"\left<#1\right>", r"#1 ~ #2", r"\sqrt{#1"):
        assert template_of(latex, "name", False) == template_of("", "name", False)


@pytest.mark.parametrize("step", [
    lambda e: Add(x, Mul(2, e)), lambda e: Call("sin", e), lambda e: Div(1, Add(1, e)), lambda e: Pow(x, e),
    lambda e: Pow(e, 2), lambda e: Sum(e, x, 1, 2), lambda e: Call("factorial", e), lambda e: Derivative(e, x),
])  # fmt: skip
def test_deep_chains(step: object) -> None:
    chain: Expr = x
    for _ in range(DEEP):
        chain = step(chain)  # type: ignore[operator]
    assert len(to_mathml(chain, budget=Budget(output=10**8))) > DEEP


def test_what_would_not_end_is_refused() -> None:
    doubled: Expr = x
    for _ in range(1000):
        doubled = Add(doubled, doubled)
    with pytest.raises(LimitError, match="characters"):
        to_mathml(doubled)
