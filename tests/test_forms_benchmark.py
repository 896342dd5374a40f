"""How the benchmark of shown forms counts, and what it takes for an answer: the derivative, and nothing false beside it."""

from __future__ import annotations

import pytest

import calcml as cm
from benchmarks import forms


@pytest.mark.parametrize(
    ("typed", "written_out", "by_name", "exponentials"),
    [
        ("a + b - c", 5, 5, 5), ("-2*x*y/(3*z)", 10, 10, 10), ("x^(-2)", 5, 5, 5), ("0.75*x", 5, 5, 5), ("e^u", 2, 2, 2),
        ("u^(1/2)", 2, 2, 2), ("cbrt(u)^2", 3, 3, 3), ("sigmoid(u)", 7, 2, 7), ("tanh(u)", 13, 2, 13),
        ("1/cosh(u)^2", 6, 6, 12), ("{0: u < 0; 1: u > 0}", 9, 9, 9),
    ],
)  # fmt: skip
def test_counting(typed: str, written_out: int, by_name: int, exponentials: int) -> None:
    assert forms.counts(cm.parse(typed)) == (written_out, by_name, exponentials)


@pytest.mark.parametrize(
    ("typed", "line", "where"),
    [
        ("max(0, x)", "heaviside(x)", "at x = 0, where there is no derivative"),
        ("max(0, x)", "{0: x < 0; 1: x > 0}", ""),
        ("max(0, 3 - 2*x)", "-2*heaviside(3 - 2*x)", "at x = 1.5, where there is no derivative"),
        ("max(0, x)^2", "2*max(0, x)*heaviside(x)", ""),
        ("{x: x > 0; a*x: otherwise}", "{1: x > 0; a: otherwise}", "value 1.5 at x = 0"),
        ("{x^2: x <= 2; 5*x - 7: otherwise}", "{2*x: x <= 2; 5: otherwise}", "value 4 at x = 2"),
        ("{x^2: x <= 1; 2*x - 1: otherwise}", "{2*x: x <= 1; 2: otherwise}", ""),
        ("|x|", "sign(x)", "value 0 at x = 0"),
        ("x*|x|", "2*|x|", ""),
        ("ln(x)", "1/x", ""),
        ("sqrt(x)", "1/(2*sqrt(x))", ""),
        ("x^3", "3*x", "not"),
    ],
)  # fmt: skip
def test_what_is_not_the_derivative(typed: str, line: str, where: str) -> None:
    row = forms.Row(typed, "x", 1, "own")
    found = forms.false_at(cm.parse(line), row, cm.derive(row.function(), cm.Symbol("x")))
    assert (where in found) if where else found == ""


def test_reasons_are_given_for_rows_that_exist() -> None:
    assert set(forms.reasons()) <= {str(row) for row in forms.rows()}
