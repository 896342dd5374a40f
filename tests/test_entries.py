"""Vectors and matrices: written out entry by entry, evaluated, differentiated and checked."""

from __future__ import annotations

import pytest

import calcml as cm
from calcml.cli.present import format_value
from calcml.entries import written_out
from calcml.errors import NoRuleError

x, y = cm.symbols("x y")

WRITTEN_OUT = [
    ("[1, x]*2", "[1*2, x*2]"),
    ("[x, y] + [1, 2]", "[x + 1, y + 2]"),
    ("dot([x, y], [3, 4])", "x*3 + y*4"),
    ("[[1, 2], [3, 4]] @ [x, y]", "[1*x + 2*y, 3*x + 4*y]"),
    ("[[1, 2]] @ [[x], [y]]", "[[1*x + 2*y]]"),
    ("sin([x, y])", "[sin(x), sin(y)]"),
]


@pytest.mark.parametrize(("typed", "entries"), WRITTEN_OUT)
def test_written_out(typed: str, entries: str) -> None:
    assert written_out(cm.parse(typed)) is cm.parse(entries)


def test_symbols_with_a_shape() -> None:
    w = cm.symbols("w", (2,))
    assert repr(written_out(w * x)) == "[w[1]*x, w[2]*x]"
    with pytest.raises(NoRuleError, match="give n a number"):
        written_out(cm.symbols("v", ("n",)) * 2)


def test_scalars_are_left_alone() -> None:
    f = cm.parse("x^2 + sin(x)")
    assert written_out(f) is f


VALUES = [
    ("[x, x^2]", "[2, 4]"),
    ("[0.1 + 0.2, pi]", "[0.3, 3.141592653589793]"),
    ("[[x, 1], [0, x]] @ [1, 2]", "[4, 4]"),
    ("0.1 + 0.2", "0.3"),
    ("0.1*x^2", "0.4"),
    ("1.1 - 1", "0.1"),
]


@pytest.mark.parametrize(("typed", "value"), VALUES)
def test_values(typed: str, value: str) -> None:
    assert format_value(cm.evaluate(cm.parse(typed), {x: 2}), 17, "text") == value


def test_derivatives_of_vectors_are_checked() -> None:
    derivation = cm.derive(cm.parse("[x, x^2, sin(x)]*x"), x)
    assert derivation.verify().status == "checked"
    assert cm.parse("[2*x, 3*x^2, x*cos(x) + sin(x)]").args[:2] == derivation.result.args[:2]
