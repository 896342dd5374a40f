"""Simplified lines are held against what was typed: broken rewritings are caught, and rounding raises no alarm."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import calcml as cm
from calcml import forms, simplification, simplified, strategies
from calcml.agreement import agreement
from calcml.algebra.rules import COLLECT
from calcml.cli.app import run
from calcml.expr import Expr
from calcml.lines import Move

x, y = cm.symbols("x y")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sin(x)^2 + cos(x)^2", "1"),
        ("asin(sin(x)^2 + cos(x)^2)", "asin(1)"),
        ("(x - 1)^40", "(1 - x)^40"),
        ("(1 - cos(x/10^9))*10^18", "2*sin(x/(2*10^9))^2*10^18"),
        ("exp(800 x^2)/exp(800 x^2 - 1)", "e"),
        ("ln(x - 40)", "ln(2 x - 80) - ln 2"),
        ("ln(x y)", "{ln(-x) + ln(-y): x < 0 and y < 0; ln x + ln y: x > 0 and y > 0}"),
        ("x/x", "{1: x != 0}"),
        ("2 + 3", "5"),
        ("sqrt(2) - 2/sqrt(2)", "0"),
        ("sin(x)^2 + cos(x)^2 - 1", "0"),
        ("[x + x, x*x]", "[2x, x^2]"),
    ],
)
def test_equal_lines_agree(before: str, after: str) -> None:
    assert agreement(cm.parse(before), cm.parse(after)).holds


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("x + x", "x^2", "another value"),
        ("sqrt(x^2)", "x", "another value"),
        ("ln(x^2)", "2 ln x", "no value"),
        ("2 ln x", "ln(x^2)", "a value where there was none"),
        ("x/x", "1", "a value where there was none at x = 0.0"),
        ("(x^2 - 1)/(x - 1)", "x + 1", "a value where there was none at x = 1.0"),
        ("x + 10^-8 x", "x", "another value"),
        ("exp(800 x^2)/exp(800 x^2 - 1)", "e + 10^-8", "another value"),
        ("(1 - cos(x/10^9))*10^18", "x^2/3", "another value"),
        ("|x y|", "x y", "another value"),
        ("2 + 3", "6", "another value"),
        ("[x, x]", "[x, 2x]", "another value"),
        ("10^-40 x", "2*10^-40 x", "another value"),
        ("sqrt(2) - 2/sqrt(2) + 10^-60", "0", "another value"),
        ("[x, x]", "[x, x, x]", "shape"),
    ],
)
def test_other_lines_fail(before: str, after: str, reason: str) -> None:
    check = agreement(cm.parse(before), cm.parse(after))
    assert check.status == "failed"
    assert reason in check.reason


def test_conditions_limit_where_lines_are_compared() -> None:
    assert agreement(cm.parse("|x|"), x, [x > 0]).holds
    assert agreement(cm.parse("|x|"), x, [x < 0]).status == "failed"


def test_values_alone() -> None:
    assert agreement(cm.parse("x/x"), cm.parse("1"), domain=False).holds
    assert agreement(cm.parse("x/x"), cm.parse("2"), domain=False).status == "failed"


def test_without_a_domain_nothing_is_claimed() -> None:
    assert agreement(cm.parse("sqrt(-1 - x^2) + x"), cm.parse("x + sqrt(-x^2 - 1)")).status == "unverified"


# ---- broken on purpose ---------------------------------------------------------------------------------------------


def broken_sines(monkeypatch: pytest.MonkeyPatch) -> None:
    """sin(2u) for sin(u)*cos(u), without the half."""
    right = strategies.sine_doubled

    def wrong(terms: strategies.Terms) -> object:
        found = right(terms)
        return None if found is None else (found[0], {mono: 2 * c for mono, c in found[1].items()})

    row = next(row for row in strategies.STRATEGIES if row.name == "double angles of halves")
    rows = tuple(row._replace(lines=strategies._by(wrong)) if r is row else r for r in strategies.STRATEGIES)  # type: ignore[arg-type]
    monkeypatch.setattr(strategies, "STRATEGIES", rows)


def test_a_broken_strategy_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    f = cm.parse("sin(x/2)*cos(x/2)")
    assert str(cm.simplify(f)) == "sin(x)/2"
    broken_sines(monkeypatch)
    with pytest.warns(cm.UnverifiedWarning, match=r"left out: it has another value at x = .*report"):
        line = cm.simplify(f)
    assert agreement(f, line).holds


def test_the_line_before_the_broken_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    right = simplified.moves_under

    def wrong(*args: object) -> list[Move]:
        moves = right(*args)  # type: ignore[arg-type]
        return [*moves, Move(COLLECT, moves[-1].after, cm.Neg(moves[-1].after))]

    monkeypatch.setattr(simplified, "moves_under", wrong)
    found = simplified.simplified(cm.parse("x + x"))
    assert str(found.line) == "2*x"
    assert found.check.holds
    assert "left out" in found.reservation


def test_a_lost_condition_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplified, "lost_conditions", lambda f, line, assuming: ())
    f = cm.parse("(x^2 - 1)/(x - 1)")
    with pytest.warns(cm.UnverifiedWarning, match="where there was none at x = 1"):
        assert cm.simplify(f) is f


def test_the_command_says_it_and_shows_no_wrong_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(simplification, "WRITINGS", ((lambda seen: True, lambda expr: (COLLECT, cm.Neg(x))),))
    assert run(["simplify", "x^2 + 3*x*x + sin(x)*cos(x)^7"]) == 0
    said = capsys.readouterr()
    assert agreement(cm.parse("x^2 + 3*x*x + sin(x)*cos(x)^7"), cm.parse(said.out)).holds
    assert "note: a rewriting (" in said.err
    assert "report" in said.err


BROKEN: list[tuple[str, Callable[[], Expr]]] = [
    ("expand", lambda: cm.expand(cm.parse("(x + 1)^2"))),
    ("factor", lambda: cm.factor(cm.parse("x^2 - 1"))),
    ("together", lambda: cm.together(cm.parse("1/x + 1/y"))),
    ("cancel", lambda: cm.cancel(cm.parse("(x^2 - y)/(x - 1)"))),
    ("apart", lambda: cm.apart(cm.parse("1/(x^2 - 1)"), x)),
    ("collect", lambda: cm.collect(cm.parse("x y + x"), x)),
    ("in_form", lambda: forms.in_form(cm.parse("x^2 - 1"), "factored")),
    ("simplify", lambda: cm.simplify(cm.parse("x^2 - 1"), "factored")),
]


@pytest.mark.parametrize(("name", "call"), BROKEN, ids=[name for name, _ in BROKEN])
def test_a_broken_form_is_refused(name: str, call: Callable[[], Expr], monkeypatch: pytest.MonkeyPatch) -> None:
    right = forms.Display.show
    monkeypatch.setattr(forms.Display, "show", lambda self, terms: cm.Add(right(self, terms), cm.as_expr(1)))
    with pytest.raises(cm.InvariantError, match="another value"):
        call()


def test_a_broken_form_is_not_among_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(forms, "multiplied_out", lambda terms, limit: forms.terms_of(cm.parse("x^2")))
    assert run(["simplify", "(x + 1)^2", "--form", "all"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == ["(x + 1)^2", "x^2 + 2*x + 1"]  # of which the second is the cancelled form
    assert "note: left out: expanded" in said.err


def test_nothing_is_said_where_all_is_well() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("x + x", "x/x", "ln(x - 40) + ln(x - 40)", "sqrt(x^2)", "2 + 3"):
            cm.simplify(cm.parse(text))
