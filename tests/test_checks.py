"""The checks of the tables: nothing is wrong in what is shipped, and each kind of wrong field is found."""

from __future__ import annotations

import pytest

import calcml as cm
from calcml import functions
from calcml.algebra import rules as algebra
from calcml.algebra.rules import ALGEBRA_RULES, AlgebraRule
from calcml.checks.rows import FIELDS, check_row
from calcml.checks.rules import check_algebra, check_keys, check_rule
from calcml.functions import FunctionSpec
from calcml.rules.differentiation import RULES, DiffRule

ROWS = {row.name: row for row in functions.all_functions()}
WORDS = {"aliases", "arity", "group", "is_variadic", "name", "params", "source", "title"}
BACK_ENDS = {"c", "code", "jax", "torch"}  # compared with values in the tests of lambdify


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_field_of_every_row(row: FunctionSpec) -> None:
    assert list(check_row(row)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_of_differentiation(rule: DiffRule) -> None:
    assert list(check_rule(rule)) == []


@pytest.mark.parametrize("row", ALGEBRA_RULES, ids=lambda row: row.name)
def test_every_rule_of_algebra(row: AlgebraRule) -> None:
    assert list(check_algebra(row)) == []


def test_every_row_is_looked_up_under_its_left_side() -> None:
    assert list(check_keys()) == []
    row = algebra.COMPOSITIONS.pop(("sin", "asin"))
    algebra.COMPOSITIONS["sin", "acos"], kept = row, algebra.COMPOSITIONS["sin", "acos"]
    try:
        assert [found.row for found in check_keys()] == ["sin-of-asin"]
    finally:
        algebra.COMPOSITIONS["sin", "asin"], algebra.COMPOSITIONS["sin", "acos"] = row, kept


def test_every_field_that_says_something_has_a_check() -> None:
    assert set(FunctionSpec.__slots__) == FIELDS | WORDS | BACK_ENDS


def changed(name: str, **fields: object) -> FunctionSpec:
    row = ROWS[name]
    values = {key: getattr(row, key) for key in FunctionSpec.__slots__ if key not in ("arity", "is_variadic", "name")}
    return FunctionSpec(name, **{**values, **fields})


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("gelu", "python", "gelu(2*#1)"),
        ("log1p", "defined_as", "ln(x - 1)"),
        ("acosh", "domain", "x > 1"),  # the border belongs to it
        ("logit", "domain", "0 < x and x < 2"),
        ("tan", "domain", "sin(x) != 0"),
        ("asinh", "special_values", (("0", "1"),)),
        ("elu", "defaults", (("alpha", "2"),)),
        ("relu", "derivative", ("{0: x < 0; 1: x > 1}",)),  # too narrow
        ("relu", "derivative", ("{0: x < 0; 1: x >= 0}",)),  # a slope at the kink
        ("huber", "derivative", ("{x: abs(x) <= 2; delta*sign(x): otherwise}", "0")),
        ("hardswish", "smooth", "x != -3"),
        ("elu", "smooth", "x != 0"),  # with alpha = 1 there is no kink
        ("prelu", "smooth", "x != 0 or a = 2"),
        ("relu6", "at_kink", ("2",)),  # no slope on either side
        ("hinge", "at_kink", ("-1",)),  # a subgradient, but not the one that the note names
        ("abs", "note", "undefined at 0"),
        ("floor", "continuous", True),
        ("erf", "continuous", False),
        ("csch", "parity", "even"),
        ("cot", "period", "2*pi"),  # a period, but not the smallest
        ("sec", "period", "pi"),
        ("acos", "monotone", "increasing"),
        ("sigmoid", "range", "0 < y and y < 2"),  # true, and too wide
        ("normal_pdf", "range", "0 < y and y < 1/sqrt(2*pi)"),
        ("asec", "range", "0 <= y and y <= pi"),
        ("factorial", "latex", r"\sqrt{#1}!"),
        ("atan2", "latex", r"\operatorname{atan2}\left(#2, #1\right)"),
        ("asin", "unicode", "arccos(#1)"),
        ("clip", "numpy", "special.clip(#1, #3, #2)"),
        ("sqrt", "numpy", "np.sqrt(np.abs(#1))"),  # a value outside the domain
    ],
)
def test_a_wrong_field_is_found(name: str, field: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    row = changed(name, **{field: value})
    monkeypatch.setitem(functions._BY_NAME, name, row)
    assert field in {found.field for found in check_row(row)}


def test_a_wrong_sympy_text_is_found() -> None:
    pytest.importorskip("sympy")
    row = changed("gamma", sympy="gamma(#1 + 1)")
    functions._BY_NAME["gamma"] = row
    from calcml.interop import sympy

    sympy._compiled.clear()
    try:
        assert [found.field for found in check_row(row)] == ["sympy"]
    finally:
        functions._BY_NAME["gamma"] = ROWS["gamma"]
        sympy._compiled.clear()


def test_a_wrong_reference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = changed("atan", mpmath="mp.acot(#1)")
    monkeypatch.setitem(functions._BY_NAME, "atan", row)
    assert [found.field for found in check_row(row, ["mpmath"])] == ["python"]  # it cannot tell which of the two


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("statement", "d(u/v) = (d(u)*v + u*d(v))/v^2"),
        ("statement", "d(u/v) = (d(u)*v - u*d(v))/v"),
        ("where", ""),
        ("where", "v > 0"),
        ("where", "v != 1"),
    ],
)
def test_a_wrong_rule_is_found(field: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in RULES if rule.name == "quotient")
    monkeypatch.setattr(rule, field, text)
    expected = [] if (field, text) == ("where", "") else [field]  # without one it holds wherever both sides do
    assert [found.field for found in check_rule(rule)] == expected


def test_wrong_letters_of_a_step_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from calcml import recording
    from calcml.rules.differentiation import POWER

    monkeypatch.setattr(recording, "_bindings", lambda rule, node, d: (("n", node.args[0]), ("u", node.args[1])))
    assert [found.field for found in check_rule(POWER)] == ["bindings"]


def test_a_row_is_checked_when_it_is_registered() -> None:
    def row(**fields: object) -> FunctionSpec:
        texts = {"derivative": ("2*x*bump(x)",), "defined_as": "exp(x^2)", "python": "exp(#1*#1)", "numpy": "np.exp(#1*#1)",
                 "latex": r"\operatorname{bump}\left(#1\right)", "range": "y >= 1", "parity": "even"}  # fmt: skip
        return FunctionSpec("bump", title="Bump", group="tests", source="own", **{**texts, **fields})  # type: ignore[arg-type]

    with pytest.raises(cm.InputError, match=r"bump\.derivative: by x at .* it is .*, not"):
        functions.register(row(derivative=("x*bump(x)",)))
    assert functions.find("bump") is None
    functions.register(row())
    try:
        with pytest.raises(cm.InputError, match="parity"):
            functions.register(row(parity="odd"))
        assert functions.find("bump").parity == "even"  # type: ignore[union-attr]
    finally:
        functions._BY_NAME.pop("bump")
        functions._ROWS.pop("bump")
