"""Rules as rows: each statement is tested against the code beside it, and every row is exercised."""

from __future__ import annotations

from itertools import pairwise

import pytest

import calcml as cm
from calcml.differentiation import forward
from calcml.evaluation import evaluate_float
from calcml.expr import Expr
from calcml.rules.differentiation import CONSTANT, IDENTITY, local_partials, rule_for

x = cm.symbols("x")
SKIPPED = {"constant", "identity"}  # leaves: the drivers start from them


def test_leaves() -> None:
    assert forward(x, x) is cm.as_expr(1)
    assert forward(cm.parse("y + 3"), x) is cm.as_expr(0)
    assert {CONSTANT.name, IDENTITY.name} == SKIPPED


TEXTS = [
    "x*y", "x/y", "x^y", "x*y*z*x", "sin(x*y)", "atan2(y, x)", "logsumexp(x, y, z)", "x - y + z", "hypot(x, y)",
    "softmax(2, x, y, z)", "beta(x, y)", "x^3*y^2/(1+z)", "max(x, y)", "clip(x, y, z)", "{x*y: x > y; x^2: otherwise}",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_forward_and_reverse_agree(text: str) -> None:
    f = cm.parse(text)
    variables = sorted(f.free_symbols, key=lambda symbol: symbol.name)
    point = dict(zip(variables, (1.3, 0.7, 2.1), strict=False))
    for variable, entry in zip(variables, cm.differentiate_all(f, variables), strict=True):
        assert evaluate_float(entry, point) == pytest.approx(
            evaluate_float(cm.differentiate(f, variable), point), rel=1e-12
        )


def test_local_partials_are_the_rules_with_one_operand_active() -> None:
    for text in ["x*y", "x/y", "x^y", "x - y", "atan2(x, y)"]:
        node = cm.parse(text)
        for i, partial in enumerate(local_partials(node, [True, True])):
            d: list[Expr | None] = [None, None]
            d[i] = cm.as_expr(1)
            assert partial is rule_for(node, d).apply(node, d)


def test_no_rule_is_an_error_that_names_the_part() -> None:
    with pytest.raises(cm.NoRuleError, match="Integral") as caught:
        cm.differentiate(cm.parse("x + integral(t*x, t)"), x)
    assert caught.value.path == (1,)
    with pytest.raises(cm.NoRuleError, match="k"):
        cm.differentiate(cm.parse("softmax(k, x, y)", symbols=["k"]), cm.symbols("k"))


def test_a_derivative_that_stands_in_the_text_is_carried_out() -> None:
    assert cm.diff(cm.parse("diff(x^3, x) + x"), x) is cm.parse("6*x + 1")


@pytest.mark.parametrize("bad", [3, "x", cm.parse("2*x"), cm.parse("x + 1")])
def test_only_symbols_are_variables(bad: object) -> None:
    with pytest.raises((cm.InputError, TypeError)):
        cm.differentiate(cm.parse("x^2"), bad)  # type: ignore[arg-type]


def test_orders_collect_terms() -> None:
    f = cm.parse("e^(-x^2)")
    twentieth = cm.diff(f, x, 20)
    assert str(twentieth).endswith("*e^(-x^2)")
    assert len(str(twentieth)) < 300
    # From the series of e^(-x^2): the coefficient of x^20 is 1/10!, times 20!.
    assert cm.evaluate(twentieth, {x: 0}) is cm.as_expr(670442572800)


def test_the_gradient_of_many_variables_costs_a_small_multiple() -> None:
    from calcml.traverse import count_nodes

    xs = [cm.Symbol(f"x{i}") for i in range(400)]
    f = cm.Add(*[100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs)])
    assert count_nodes(*cm.differentiate_all(f, xs)) < 5 * count_nodes(f)
    product = cm.Mul(*xs)
    assert count_nodes(*cm.differentiate_all(product, xs)) < 5 * len(xs)
