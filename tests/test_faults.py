"""Faults that were found once, each with the expressions that showed it."""

from __future__ import annotations

import pytest

import calcml as cm

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
