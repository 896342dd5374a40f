"""The shown form: the line people recognise, up to the order of terms and factors."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import calcml as cm
from calcml.expr import Add, Call, Div, E, Expr, Mul, Neg, Pow, Sub, make
from calcml.order import structural_sort
from calcml.traverse import rewrite_bottom_up

CASES = tomllib.loads((Path(__file__).parent / "tables" / "forms.toml").read_text(encoding="utf-8"))["form"]


def up_to_order(expr: Expr) -> Expr:
    """One representative of all orders: chains flat and sorted, a - b as a + -b, e^u as exp(u)."""

    def visit(node: Expr) -> Expr:
        head = type(node)
        if head is Sub:
            node, head = make(Add, None, (node.args[0], make(Neg, None, (node.args[1],)))), Add
        if head is Pow and node.args[0] is E:
            return Call("exp", node.args[1])
        if head in (Add, Mul):
            flat: list[Expr] = []
            for arg in node.args:
                flat += arg.args if type(arg) is head else (arg,)
            return make(head, None, tuple(structural_sort(flat)))  # type: ignore[no-any-return]
        if head is Div and type(node.args[0]) is Neg:
            return make(Neg, None, (make(Div, None, (node.args[0].args[0], node.args[1])),))  # type: ignore[no-any-return]
        return node

    return rewrite_bottom_up(expr, visit)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}: {case['typed'][:40]}" for i, case in enumerate(CASES)])
def test_shown_form(case: dict[str, object]) -> None:
    typed = cm.parse(str(case["typed"]))
    derivation = cm.derive(typed, cm.Symbol(str(case["by"])), int(case.get("order", 1)))  # type: ignore[call-overload]
    shown = [derivation.result, *[form.expr for form in derivation.forms]]
    wanted = up_to_order(cm.parse(str(case["shown"])))
    assert wanted in [up_to_order(form) for form in shown], (
        f"wanted {case['shown']}, shown {[str(form) for form in shown]}"
    )
