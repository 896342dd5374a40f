"""What is printed is read back: the text form to the identical tree, the unicode form to one of equal meaning."""

from __future__ import annotations

import os

import strategies
from hypothesis import HealthCheck, given, settings

from calcml.binding import free_symbols
from calcml.errors import CalcmlError
from calcml.expr import Add, Call, Constant, Div, E, Expr, Mul, Neg, Number, Pow, Sub, Symbol, symbols
from calcml.render.text import to_text, to_unicode
from calcml.syntax.parser import parse_text

SOAK = os.environ.get("CALCML_SOAK") == "1"  # the full counts, with a new seed each time
MANY = settings(
    max_examples=20_000 if SOAK else 150, derandomize=not SOAK, deadline=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
FEWER = settings(MANY, max_examples=MANY.max_examples // 2)


@MANY
@given(strategies.expressions())
def test_text_reads_back_to_the_same_node(expr: Expr) -> None:
    text = to_text(expr)
    again = parse_text(text, symbols=free_symbols(expr)).expr
    assert again is expr, text


@MANY
@given(strategies.scalars())
def test_scalar_text_reads_back_to_the_same_node(expr: Expr) -> None:
    assert parse_text(to_text(expr), symbols=free_symbols(expr)).expr is expr


@FEWER
@given(strategies.expressions())
def test_text_needs_no_note_and_every_span_is_inside(expr: Expr) -> None:
    text = to_text(expr)
    found = parse_text(text, symbols=free_symbols(expr))
    stack: list[tuple[Expr, tuple[int, ...]]] = [(expr, ())]
    while stack:
        node, path = stack.pop()
        span = found.span_of(path)
        assert 0 <= span.start <= span.end <= len(text)
        stack += [(arg, (*path, number)) for number, arg in enumerate(node.args)]


# d/dx takes the whole following product, so the unicode form of a derivative inside a product is not exact.
@FEWER
@given(strategies.scalars(without=frozenset({"derivative"})))
def test_unicode_is_read_for_scalars(expr: Expr) -> None:
    # Without declared names: `sin`, `sum` and the like are printed bare, and a superscript e is the constant.
    try:
        again = parse_text(to_unicode(expr), symbols=free_symbols(expr)).expr
    except CalcmlError as error:
        raise AssertionError(f"{to_unicode(expr)}: {error}") from error
    assert again is expr, to_unicode(expr)


def test_known_shapes_of_text() -> None:
    x, y, z = symbols("x y z")
    for expr in (
        Add(x, Neg(y)), Add(x, y, Neg(Neg(z))), Sub(x, Neg(y)), Sub(Sub(x, y), z), Add(Sub(x, y), z), Sub(x, Sub(y, z)),
        Neg(Neg(x)), Neg(Mul(x, y)), Mul(Neg(x), y), Mul(x, Neg(y)), Div(Neg(x), y), Neg(Div(x, y)), Div(x, Neg(y)),
        Pow(Neg(x), y), Neg(Pow(x, y)), Pow(x, Neg(y)), Pow(Pow(x, y), z), Pow(x, Pow(y, z)), Div(Div(x, y), z),
        Div(x, Div(y, z)), Mul(Div(x, y), z), Div(Mul(x, y), z), Mul(x, Div(y, z)), Mul(Mul(x, y), z), Mul(x, Mul(y, z)),
        Add(Add(x, y), z), Add(x, Add(y, z)), Neg(Add(x, y)), Mul(Number(2), E), Pow(E, x), Call("exp", x),
        Pow(Constant("oo"), x), Add(Neg(x), y), Sub(Neg(x), y), Neg(Sub(x, y)),
    ):  # fmt: skip
        assert parse_text(to_text(expr)).expr is expr
        assert parse_text(to_unicode(expr)).expr is expr


def test_deep_trees_read_back() -> None:
    x = Symbol("x")
    chain: Expr = x
    for _ in range(20_000):
        chain = Call("sin", Add(chain, x))
    assert parse_text(to_text(chain)).expr is chain


def test_declared_e_is_a_variable() -> None:
    e = Symbol("e")
    assert parse_text("e^2", symbols=[e]).expr is Pow(e, Number(2))
    assert parse_text("e^2").expr is Pow(E, Number(2))
