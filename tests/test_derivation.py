"""The record: its invariants, its checks, and what they catch."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import calcml as cm
from calcml import functions, readable
from calcml.algebra.rules import COLLECT
from calcml.at_point import value_at
from calcml.derivation import Derivation
from calcml.evaluation import Program
from calcml.lines import Move
from calcml.render.lines import parts
from calcml.rules import differentiation as rules
from calcml.sampling import points

x = cm.symbols("x")
CASES = tomllib.loads((Path(__file__).parent / "tables" / "derivatives.toml").read_text(encoding="utf-8"))["case"]
SAMPLE = CASES[::7]


def derivation_of(case: dict[str, object]) -> Derivation:
    return cm.derive(cm.parse(str(case["typed"])), cm.Symbol(str(case["by"])), int(case.get("order", 1)))  # type: ignore[call-overload]


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: str(case["typed"])[:40])
def test_invariants(case: dict[str, object]) -> None:
    """First focus is the problem, last line the result, the raw line is what `differentiate` returns, all checked."""
    derivation = derivation_of(case)
    first = derivation.steps[0]
    assert first.focus_before.args[0] is derivation.problem or "diff" in str(derivation.problem)
    assert derivation.steps[-1].result is derivation.result
    if derivation.order == 1:
        assert derivation.raw is cm.differentiate(derivation.problem, derivation.variable)
        assert first.result is derivation.raw
    for step in derivation.all_steps():
        assert step.check is not None and step.check.holds, step


@pytest.mark.parametrize("level", ["outline", "standard", "full"])
@pytest.mark.parametrize("case", SAMPLE[::3], ids=lambda case: str(case["typed"])[:40])
def test_every_line_is_equal_to_the_last(case: dict[str, object], level: str) -> None:
    """A whole line with its derivatives carried out has the values of the result."""
    derivation = derivation_of(case)
    for part in parts(derivation, level):
        last = part.lines[-1].expr
        for line in part.lines:
            assert_equal(cm_resolved(line.expr), last, derivation)


def cm_resolved(expr: cm.Expr) -> cm.Expr:
    from calcml.differentiation import resolve

    return resolve(expr)


def assert_equal(a: cm.Expr, b: cm.Expr, derivation: Derivation) -> None:
    variables = sorted(cm.free_symbols(a, b), key=lambda symbol: symbol.name)
    program = Program([a, b], variables)
    seen = 0
    for tries, point in enumerate(points(variables, derivation.conditions)):
        left, right = program.run(point)
        if left == left and right == right and abs(right) < 1e12:
            assert left == pytest.approx(right, rel=1e-7, abs=1e-9)
            seen += 1
        if seen > 5 or tries > 100:
            return


def test_a_sub_problem_is_derived_once() -> None:
    derivation = cm.derive(cm.parse("sin(x^2)*cos(x^2)"), x)
    squares = [step for step in derivation.all_steps() if str(step.focus_before) == "diff(x^2, x)"]
    assert len(squares) == 1
    assert sum(squares[0] in step.children for step in derivation.all_steps()) == 2


def test_a_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    product = rules.PRODUCT
    wrong = rules.DiffRule(
        product.name, title=product.title, statement=product.statement, explanation="",
        apply=lambda node, d: cm.Mul(*[item for item in d if item is not None]),
    )  # fmt: skip
    monkeypatch.setattr(rules, "PRODUCT", wrong)
    with pytest.raises(cm.InvariantError, match="failed its check"):
        cm.derive(cm.parse("x^2*sin(x)"), x)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("tanh", "1 + tanh(x)^2"),
        ("sigmoid", "sigmoid(x)"),
        ("ln", "1/x^2"),
        ("softplus", "1 - sigmoid(x)"),
        ("gelu", "normal_cdf(x)"),
    ],
)
def test_a_wrong_row_is_caught(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from calcml import templates

    spec = functions.find(name)
    assert spec is not None
    monkeypatch.setattr(spec, "derivative", (wrong,))
    monkeypatch.setattr(templates, "_derivatives", {})
    with pytest.raises(cm.InvariantError, match="failed its check"):
        cm.derive(cm.Call(name, x), x)


def test_a_wrong_simplification_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "readable_moves", lambda expr, *args, **options: [Move(COLLECT, expr, expr + 1)])
    with pytest.raises(cm.InvariantError, match="failed its check"):
        cm.derive(cm.parse("x^2"), x)


def test_a_chaotic_function_is_never_called_a_failure() -> None:
    node = x
    for _ in range(30):
        node = 4 * node * (1 - node)
    assert cm.derive(node, x).verify().status in ("checked", "unverified")


def test_sigmoid_in_its_own_terms_with_the_proof_a_teacher_writes() -> None:
    derivation = cm.derive(cm.parse("1/(1+exp(-x))"), x)
    (form,) = derivation.forms
    assert str(form.expr) == "sigmoid(x)*(1 - sigmoid(x))"
    assert [step.title for step in form.steps] == [
        "Split the fraction", "Add and subtract 1", "Split the fraction", "Cancel", "Write it by its name",
    ]  # fmt: skip
    assert all(step.check is not None and step.check.holds for step in form.steps)


def test_json_holds_the_whole_record() -> None:
    import json

    document = json.loads(cm.derive(cm.parse("x*sin(x)"), x).to_json())
    assert document["calcml_schema"] == 1
    count = len(document["nodes"])
    for step in document["steps"]:
        assert step["check"]["status"] in ("proved", "checked")
        assert all(0 <= step[key] < count for key in ("before", "after", "result"))
        assert all(0 <= child < len(document["steps"]) for child in step["children"])
    assert document["nodes"][document["result"]][0] == "Add"


CONDITIONS = [
    ("ln x", "x > 0"), ("sqrt x", "x > 0"), ("1/x", "x != 0"), ("|x|", "x != 0"), ("x|x|", ""), ("x^(1/3)", "x > 0"),
    ("cbrt x", "x != 0"), ("ln(p/(1-p))", "p > 0, p < 1"), ("asin x", "x > -1, x < 1"), ("1/(1+e^-x)", ""), ("e^x", ""),
    ("1/(2+cos x)", ""), ("sqrt(1+x^2)", ""), ("sqrt(x^2)", "x != 0"), ("ln|x|", "x != 0"), ("relu(x)", "x != 0"),
    ("max(x, 2x)", "x != 0"), ("{x^2: x <= 2; 4x - 4: otherwise}", ""), ("{x^2: x <= 2; 5x - 7: otherwise}", "x != 2"),
    ("{0: x < 0; 1: otherwise}", "x != 0"), ("{0: x = 0; x: otherwise}", ""), ("floor(x)", "x != floor(x)"), ("x^-2", "x != 0"),
    ("ln(ln x)", "x > 1"), ("elu(x)", ""), ("huber(x)", ""), ("|x|^3", ""), ("x/(1+|x|)", ""), ("sinc(x)", ""),
    ("asin(2x/(1+x^2))", "x != -1, x != 1"), ("sqrt(floor(x))", "x > 0, x != floor(x)"), ("|floor(x)|", "x != floor(x)"),
    ("floor(floor(x))*sign(x)", "x != 0, x != floor(x)"), ("acos(1-2x^2)", "x > -1, x < 1, x != 0"),
    ("sign({1 + x^2: x < 1; -x: otherwise})", "x != 1"), ("ln(sqrt(x)-2)", "x > 4"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "expected"), CONDITIONS)
def test_conditions(typed: str, expected: str) -> None:
    f = cm.parse(typed)
    (variable,) = f.free_symbols
    assert ", ".join(map(str, cm.derive(f, variable).conditions)) == expected


def test_a_power_with_a_whole_exponent_at_zero() -> None:
    n = cm.symbols("n")
    (condition,) = cm.derive(x**n, x).conditions
    assert str(condition) == "x > 0 or n = floor(n) and (x != 0 or n >= 1)"
    for value, slope in ((-1, None), (0, None), (1, 1.0), (2, 0.0)):
        held = cm.evaluate(condition, {x: 0, n: value})
        assert bool(held) == (slope is not None)


def test_assumptions_settle_conditions() -> None:
    f = cm.parse("x^n + ln(x)")
    assert cm.derive(f, x, assuming=cm.assume("x > 0")).conditions == ()


# The failures of other systems that docs/STEPS.md lists (rows 11 to 14), as values at the point in question.
@pytest.mark.parametrize(
    ("typed", "at", "value"),
    [
        ("{0: x = 0; x: otherwise}", 0, 1),
        ("max(x, e^x - 1, (x+1)^2/2 - 1/2)", 0, 1),
        ("max(0, x)", 2, 1),
        ("|x|", -3, -1),
    ],
)
def test_values_at_borders(typed: str, at: int, value: int) -> None:
    derivation = cm.derive(cm.parse(typed), x)
    assert float(value_at(derivation, {x: cm.as_expr(at)})) == value


@pytest.mark.parametrize(
    ("typed", "at"), [("relu(x)", 0), ("{0: x < 0; 1: otherwise}", 0), ("|x|", 0), ("max(x, 2x)", 0)]
)
def test_no_derivative_at_kinks_and_jumps(typed: str, at: int) -> None:
    with pytest.raises((cm.NotDifferentiableError, cm.DomainError)):
        value_at(cm.derive(cm.parse(typed), x), {x: cm.as_expr(at)})
