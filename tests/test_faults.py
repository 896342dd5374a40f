"""Faults that were found once, each with the expressions that showed it."""

from __future__ import annotations

import time

import pytest

import calcml as cm
from calcml.budget import Deadline
from calcml.cli.app import run

x, y = cm.symbols("x y")


def derivative(text: str) -> cm.Derivation:
    return cm.derive(cm.parse(text), x)


# ---- jumps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("mod(x, e^(-128))", "1"),
        ("mod(1, e^(-128)*x)", "-floor(e^128/x)/e^128"),
        ("exp(mod(x, 3e-56))", "exp(mod(x, 3e-56))"),
        ("mod(x, 10^-30)*10^30", "10^30"),
        ("mod(x^2, erfc(x + 11))", "2*(x + floor(x^2/erfc(x + 11))*e^(-(x + 11)^2)/sqrt(pi))"),
        ("floor(sin(x)^2 + cos(x)^2)*x", "floor(1)"),
        ("mod(x, 10^-20)", "1"),
    ],
)
def test_jumps_too_close_to_be_seen_raise_no_alarm(text: str, result: str) -> None:
    assert cm.accepts(derivative(text).result, cm.parse(result)) or str(derivative(text).result) == result


def test_a_wrong_slope_beside_close_jumps_is_not_confirmed() -> None:
    from calcml.verify import Verifier

    check = Verifier([cm.parse("mod(x, 10^-56)")], x).derivatives([(cm.parse("mod(x, 10^-56)"), cm.parse("1/2"))])[0]
    assert not check.holds


def test_tiny_values_are_no_noise() -> None:
    from calcml.verify import Verifier

    with pytest.raises(cm.InvariantError):
        Verifier([x], x).equalities([(cm.parse("10^-56*x"), cm.parse("10^-57*x"))])
    assert Verifier([x], x).equalities([(cm.parse("sin(x)^2 + cos(x)^2 - 1"), cm.parse("0"))])[0].holds


@pytest.mark.parametrize(
    ("text", "points"),  # where there is a slope, and it; and where there is none
    [
        ("{2x: floor(x) > 1; x^2: floor(x) <= 1}", {"1.5": "3", "2.5": "2", "0.5": "1", "2": None}),
        ("{x: ceil(x/3) <= 1; x^2: ceil(x/3) > 1}", {"2.5": "1", "3.5": "7", "3": None}),
        ("{x: mod(x, 3) <= 1; x^2: mod(x, 3) > 1}", {"0.5": "1", "2": "4", "1": None, "3": None, "4": None}),
        ("{x: floor(x) = 2; x^2: otherwise}", {"2.5": "1", "3.5": "7", "3": None, "2": None}),
        ("{x: not 5 - x != 1; x^2: 5 - x != 1}", {"4": None, "3": "6"}),
        ("sqrt(floor(x) - 1)*x", {"1.5": "0", "2.5": "1", "2": None}),
    ],
)
def test_cases_with_jumps_in_their_conditions(text: str, points: dict[str, str | None]) -> None:
    found = derivative(text)
    assert found.verify().holds
    for at, slope in points.items():
        point = {x: cm.parse(at)}
        holds = all(cm.evaluate(condition, point) is True for condition in found.conditions)
        assert holds == (slope is not None), (at, found.conditions)
        if slope is not None:
            assert float(cm.evaluate(found.result, point)) == float(slope)


# ---- conditions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("cos(pi/2) != 0", "false"),
        ("cos(pi/2) = 0", "true"),
        ("sin(pi) >= 0", "true"),
        ("sqrt(2)*sqrt(3) = sqrt(6)", "true"),
        ("exp(1)^10^-20 > 1", "true"),
        ("sin(10^-20) != 0", "true"),
        ("exp(pi*sqrt(163)) != 640320^3 + 744", "true"),
        ("exp(1000) < exp(2000)", "true"),
        ("x - y != 0", "x != y"),
    ],
)
def test_conditions_without_symbols_are_settled_by_what_they_are(text: str, settled: str) -> None:
    from calcml.conditions import settle

    assert str(settle(cm.parse(text))) == settled
    if settled != "x != y":
        assert cm.evaluate(cm.parse(text)) is (settled == "true")
        assert cm.equivalent(cm.parse(f"{{1: {text}; 2: otherwise}}"), cm.parse("1" if settled == "true" else "2"))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("1/(x - y) + 1/(y - x)", "0", "x != y"),
        ("1/(x^2 - y) + 1/(y - x^2)", "0", "x^2 != y"),
        ("(x - y)/(x - y)", "1", "x != y"),
    ],
)
def test_a_condition_is_said_once(a: str, b: str, said: str) -> None:
    conditions = cm.equivalent(cm.parse(a), cm.parse(b)).conditions
    assert len(conditions) == 1, said


@pytest.mark.parametrize("text", ["oo", "x*oo", "1/oo", "exp(-oo)", "[1, oo + 1]"])
def test_infinity_has_no_value(text: str) -> None:
    with pytest.raises(cm.InputError, match="oo is no number"):
        cm.evaluate(cm.parse(text), {x: 2})


def test_infinity_can_be_compared_with() -> None:
    assert cm.evaluate(cm.parse("2 < oo")) is True


# ---- what is shown -------------------------------------------------------------------------------------------------


e, euler = cm.Symbol("e"), cm.parse("e")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (euler * e, "exp(1)*e"),
        (cm.Pow(euler, e) + euler, "exp(e) + exp(1)"),
        (cm.Pow(e, euler), "e^exp(1)"),
        (cm.Pow(euler, -x) / e, "exp(-x)/e"),
        (euler * x, "e*x"),
        (e * x, "e*x"),
    ],
)
def test_a_variable_called_e_is_told_from_the_number(line: cm.Expr, shown: str) -> None:
    assert cm.to_text(line) == shown
    names = sorted(cm.free_symbols(line), key=str)
    back = cm.parse(shown, symbols=names)
    assert float(cm.evaluate(back, dict.fromkeys(names, 2))) == float(cm.evaluate(line, dict.fromkeys(names, 2)))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("x^2 y + sin y", "Put in order"),
        ("x y^2 x", "Combine factors"),
        ("x^2 y^2 + x y^2 x", "Collect like terms"),
    ],
)
def test_a_step_that_only_reorders_says_so(text: str, title: str) -> None:
    assert cm.derive(cm.parse(text), y).steps[-1].title == title


@pytest.mark.parametrize(
    ("text", "simplest"),
    [
        ("2/sqrt(2)", "sqrt(2)"),
        ("4/sqrt(2)", "2*sqrt(2)"),
        ("6 x/sqrt(3)", "2*x*sqrt(3)"),
        ("2/2^(2/3) + 2^(1/3)", "2*2^(1/3)"),
        ("10/sqrt(20)", "sqrt(5)"),
        ("1/sqrt(2)", "1/sqrt(2)"),
        ("sqrt(2) - 2/sqrt(2)", "0"),
        ("3 sqrt(2)/2", "3*sqrt(2)/2"),
    ],
)
def test_a_number_over_its_root(text: str, simplest: str) -> None:
    assert str(cm.simplify(cm.parse(text))) == simplest


# ---- where a derivative holds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["acsc(hardtanh(x))", "asec(clip(x, -1, 1))"])
def test_conditions_that_hold_nowhere_are_no_answer(text: str) -> None:
    with pytest.raises(cm.NoRuleError, match="holds nowhere"):
        derivative(text)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("1/(1/(1/(x - 2)))", "x != 2"),
        ("1/(x/y - y/x)", "x != 0, y != 0, x^2 - y^2 != 0"),
        ("1/(1 + 1/(1 + 1/(y + 1/x)))", "x != 0, 2*x*y + x + 2 != 0, x*y + x + 1 != 0, x*y + 1 != 0"),
        ("1/(1/x - x/(1/x + 1))", "x != -1, x != 0, x - x^3 + 1 != 0"),
        ("ln(x)*ln(gamma(x))", "x > 0"),
        ("sqrt(gamma(x + 1))*ln(x)", "x > 0"),
        ("factorial(x)", "x > -1 or x != floor(x)"),
        ("ln(gamma(x))", "gamma(x) > 0, x > 0 or x != floor(x)"),
    ],
)
def test_conditions_in_plain_words(text: str, conditions: str) -> None:
    assert ", ".join(map(str, derivative(text).conditions)) == conditions


@pytest.mark.parametrize(
    "text",
    [
        "1/(sin(x)^2 + cos(x)^2 - 1)",
        "ln(cosh(x)^2 - sinh(x)^2 - 1)",
        "x/(e^x*e^(-x) - 1)",
        "x^2/(sin(2x) - 2 sin(x) cos(x))",
    ],
)
def test_what_has_no_value_anywhere_is_refused(text: str) -> None:
    with pytest.raises(cm.DomainError):
        derivative(text)
    if "sin(2x)" not in text:  # which the simplifier leaves as it is, and says that it could not be checked
        assert run(["simplify", text]) == 3


# ---- what must end well --------------------------------------------------------------------------------------------


def test_partial_fractions_of_many_linear_factors() -> None:
    f = cm.parse("1/(" + "*".join(f"(x - {i})" for i in range(1, 40)) + ")")
    parts = cm.apart(f)
    assert isinstance(parts, (cm.Add, cm.Sub))
    assert len(parts.args) == 39
    assert float(cm.evaluate(parts, {x: 100})) == pytest.approx(float(cm.evaluate(f, {x: 100})), rel=1e-6)


def test_many_terms_in_many_variables_are_not_searched_for_factors() -> None:
    names = "abcdfghjkm"
    line = " + ".join(f"{i}*{names[i % 10]}^{i % 5 + 1}*{names[i // 7 % 10]}" for i in range(1, 200))
    f = cm.parse(line)
    start = time.process_time()
    assert cm.equivalent(cm.factor(f), f)
    assert time.process_time() - start < 5


def test_a_few_terms_in_many_variables_are_factored() -> None:
    f = cm.parse("(a + 2 b^2 + 3 c d)*(f + g h + 5 j^2 - k)*(a - m)")
    assert cm.accepts(cm.factor(cm.expand(f)), f)
    assert len(cm.factor(cm.expand(f)).args) == 3


def test_an_order_that_takes_too_long_is_refused() -> None:
    with pytest.raises(cm.DeadlineError, match=r"order 200 is too much .* were reached"):
        cm.diff(cm.parse("1/(1 + x^2)"), x, 200, budget=cm.Budget(seconds=0.2))


def test_a_sum_of_too_many_terms_says_so() -> None:
    with pytest.raises(cm.LimitError, match="a sum of more than"):
        cm.evaluate(cm.parse("sum(1/i, i, 1, 10^9)"))


def test_seconds_are_computing_time() -> None:
    deadline = Deadline(0.2)
    time.sleep(0.3)
    assert not deadline.passed()


# ---- long lines ----------------------------------------------------------------------------------------------------


def _rows(text: str, width: int) -> list[str]:
    from calcml.render.wrapping import wrapped

    rows = wrapped(text, width)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    return rows


@pytest.mark.parametrize("width", [30, 40, 74])
def test_long_lines_are_broken_outside_brackets(width: int) -> None:
    factors = [f"diff(sin({i}*x + {i + 1}), x)*exp(-(x - {i})^2)" for i in range(9)]
    for text in (" + ".join(factors), " - ".join(factors), " \u2212 ".join(factors)):
        rows = _rows(text, width)
        assert max(map(len, rows)) <= width
        for row in rows:
            assert row.count("(") == row.count(")"), row


def test_long_lines_without_a_better_place() -> None:
    assert _rows("x" * 100, 40) == ["x" * 100]
    assert _rows("f(" + " + ".join(["abcdefgh"] * 10) + ")", 40)[1].startswith("+ ")
    assert _rows("[" + ", ".join(["abcdefgh"] * 10) + "]", 40)[0].endswith(",")
    assert _rows("", 40) == [""]


def test_breaking_a_very_long_line_takes_no_time() -> None:
    start = time.process_time()
    _rows("*".join(["sin(x + 1)"] * 20_000), 74)
    _rows("x" * 200_000, 74)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text", ["ln(e^z1 + e^z2 + e^z3) - z1", "x^2 - 2x + 1", "1/(1 + exp(-x))", "(x + 1)^2/x", "sin(x)", "x*y + x*z"]
)
def test_all_forms_differ_in_more_than_order(text: str) -> None:
    from calcml.forms import all_forms

    f = cm.parse(text)
    line = cm.simplify(f)
    forms = [line, *all_forms(line, None, [line]).values()]
    assert len({"".join(sorted(str(form).replace(" ", ""))) for form in forms}) == len(forms)


def test_a_relation_without_a_value_decides_no_case() -> None:
    for typed in ("{0: sech(asech(e)) < 2; 5: sech(asech(e)) >= 2}", "{1: tanh(ln(-1)) < 2; 5: otherwise}"):
        with pytest.raises(cm.DomainError):
            cm.evaluate(cm.parse(typed))


@pytest.mark.parametrize("typed", ["{x*floor(x): x < 1; x: otherwise}", "{x^2*sign(x - 2): x < 2; 0*x: otherwise}"])
def test_a_value_beside_a_jump_is_no_limit(typed: str) -> None:
    derivation = cm.derive(cm.parse(typed), cm.Symbol("x"))
    assert derivation.verify().holds
    assert "x = " not in str(derivation.result)
