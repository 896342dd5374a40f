"""Operators of several variables: the table of answers, the laws that hold between operators, and what must end well."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import calcml as cm
from calcml.derivation import Derivation
from calcml.evaluation import Program
from calcml.operators.assembly import entries
from calcml.sampling import points
from calcml.syntax.declarations import parse_point

x, y, z, t = cm.symbols("x y z t")
CASES = tomllib.loads((Path(__file__).parent / "tables" / "operators.toml").read_text(encoding="utf-8"))["case"]


def along(case: dict[str, Any]) -> cm.Expr:
    return cm.parse(f"[{case['along']}]")


def recorded(case: dict[str, Any], **settings: Any) -> Derivation:
    f, by = cm.parse(case["typed"]), [cm.Symbol(name) for name in case["by"]]
    operator = case["operator"]
    if operator in ("directional", "jvp", "hvp"):
        return getattr(cm.steps, operator)(f, along(case), by, **settings)
    if operator == "total":
        return cm.steps.total(f, parse_point(case["with"]), by[0], **settings)
    if operator == "implicit":
        return cm.steps.implicit(f, *by, case.get("order", 1), **settings)
    if operator == "mixed":
        return cm.steps.derivative(f, by, **settings)
    return getattr(cm.steps, operator)(f, by, **settings)


def same_values(a: Sequence[cm.Expr], b: Sequence[cm.Expr], where: str = "") -> bool:
    conditions = [cm.parse(where)] if where else []
    variables = sorted(cm.free_symbols(*a, *b, *conditions), key=lambda symbol: symbol.name)
    program = Program([*a, *b, *conditions], variables)
    seen = 0
    for tries, point in enumerate(points(variables, conditions)):
        values = program.run(point)
        left, right, holds = values[: len(a)], values[len(a) : len(a) + len(b)], values[len(a) + len(b) :]
        if all(holds) and all(math.isfinite(value) for value in right):
            for one, other in zip(left, right, strict=True):
                assert one == pytest.approx(other, rel=1e-8, abs=1e-9), point
            seen += 1
        if seen >= 6 or tries > 500:
            break
    return seen >= 2


def test_the_table_is_long_enough_and_says_where_it_is_from() -> None:
    assert len(CASES) >= 80
    assert {case["operator"] for case in CASES} >= {
        "gradient", "jacobian", "hessian", "divergence", "curl", "laplacian", "directional", "total", "implicit",
        "jvp", "hvp", "mixed",
    }  # fmt: skip
    assert all(case["source"].strip() for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}: {c['operator']} {c['typed'][:30]}" for i, c in enumerate(CASES)])
def test_operator(case: dict[str, Any]) -> None:
    """The result has the answer's values, every step is checked, the record survives JSON, and the facts are right."""
    record = recorded(case)
    assert record.verify().holds, record.verify()
    answer = cm.parse(case["answer"])
    assert record.result.shape == answer.shape
    assert same_values(entries(record.result), entries(answer), case["where"])
    again = cm.from_json(record.to_json())
    assert again.to_json() == record.to_json() and again.to_html("full") == record.to_html("full")
    if "form" in case or "shown" in case:
        wanted = cm.parse(case.get("form") or case["shown"])
        assert wanted in [form.expr for form in record.forms]
    if "determinant" in case:
        fact = record.fact("determinant")
        assert fact is not None and fact.value is not None
        assert same_values([fact.value], [cm.parse(case["determinant"])])


@pytest.mark.parametrize("case", [case for case in CASES if "at" in case], ids=lambda case: case["typed"][:30])
def test_values_at_points(case: dict[str, Any]) -> None:
    record = recorded(case, at=parse_point(case["at"]))
    fact = record.fact("value")
    assert fact is not None and fact.value is not None
    for ours, expected in zip(entries(fact.value), entries(cm.parse(case["value"])), strict=True):
        assert float(ours) == pytest.approx(float(expected), rel=1e-12, abs=1e-15)
    if "definiteness" in case:
        kind = record.fact("definiteness")
        assert kind is not None and kind.text == case["definiteness"]


# ---- laws between operators, on random expressions -------------------------------------------------------------------

_leaves = st.sampled_from([x, y, z, cm.as_expr(2), cm.as_expr(1) / 3])
_expressions = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a: cm.Call("tanh", a), inner),
        st.builds(lambda a: cm.Call("sin", a), inner),
        st.builds(lambda a: a**2, inner),
        st.builds(lambda a, b: a / (1 + b**2), inner, inner),
    ),
    max_leaves=7,
)
_random = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_random
@given(_expressions)
def test_forward_and_reverse_agree(f: cm.Expr) -> None:
    forward = cm.steps.gradient(f, [x, y, z])
    backward = cm.steps.gradient(f, [x, y, z], mode="reverse")
    assert same_values(entries(forward.result), entries(backward.result))
    assert backward.verify().holds


@_random
@given(_expressions)
def test_the_hessian_is_symmetric_and_the_jacobian_of_the_gradient(f: cm.Expr) -> None:
    found = cm.hessian(f, [x, y, z])
    rows = [row.args for row in found.args]
    assert all(rows[i][j] is rows[j][i] for i in range(3) for j in range(3))
    assert same_values(entries(found), entries(cm.jacobian(cm.grad(f, [x, y, z]), [x, y, z])))


@_random
@given(_expressions, st.tuples(*[st.integers(-3, 3)] * 3))
def test_products_are_matrix_times_vector(f: cm.Expr, v: tuple[int, int, int]) -> None:
    second = cm.hessian(f, [x, y, z])
    expected = [sum((a * b for a, b in zip(row.args, v, strict=True)), cm.as_expr(0)) for row in second.args]
    assert same_values(entries(cm.hvp(f, v, [x, y, z])), expected)
    slope = sum((a * b for a, b in zip(cm.grad(f, [x, y, z]).args, v, strict=True)), cm.as_expr(0))
    assert same_values(entries(cm.jvp([f], v, [x, y, z])), [slope])


@_random
@given(_expressions)
def test_the_laplacian_is_the_trace_and_the_divergence_of_the_gradient(f: cm.Expr) -> None:
    rows = [row.args for row in cm.hessian(f, [x, y, z]).args]
    found = cm.laplacian(f, [x, y, z])
    assert same_values([found], [rows[0][0] + rows[1][1] + rows[2][2]])
    assert same_values([found], [cm.divergence(cm.grad(f, [x, y, z]), [x, y, z])])


@_random
@given(_expressions)
def test_the_curl_of_a_gradient_is_zero(f: cm.Expr) -> None:
    zero = cm.as_expr(0)
    assert same_values(entries(cm.curl(cm.grad(f, [x, y, z]), [x, y, z])), [zero, zero, zero])


@_random
@given(_expressions)
def test_the_order_of_mixed_partials_does_not_matter(f: cm.Expr) -> None:
    assert same_values([cm.diff(f, [x, y, z])], [cm.diff(f, [z, x, y])])


@_random
@given(_expressions)
def test_the_total_derivative_is_that_of_the_composition(f: cm.Expr) -> None:
    where = {x: t**2, y: cm.Call("sin", t)}
    assert same_values([cm.total(f, where, t)], [cm.diff(cm.substitute(f, where), t)])


# ---- the record ------------------------------------------------------------------------------------------------------


def test_plain_functions_return_the_result_of_the_record() -> None:
    f = cm.parse("x^2*y + sin(x*y)")
    assert cm.grad(f) is cm.steps.gradient(f).result
    assert cm.hessian(f) is cm.steps.hessian(f).result
    assert cm.directional(f, [1, 2]) is cm.steps.directional(f, [1, 2]).result


def test_a_factor_of_all_entries_stands_in_front() -> None:
    for typed in (
        "-y*ln(σ(w*x + b)) - (1 - y)*ln(1 - σ(w*x + b))",
        "ln(1 + e^(w*x + b)) - y*(w*x + b)",
        "-y*ln(1/(1 + e^(-(w*x + b)))) - (1 - y)*ln(1 - 1/(1 + e^(-(w*x + b))))",
    ):
        record = cm.steps.hessian(cm.parse(typed), cm.symbols("w b"))
        wanted = cm.parse("σ(w*x + b)*(1 - σ(w*x + b))*[[x^2, x], [x, 1]]")
        assert record.forms[-1].expr is wanted
        assert all(step.check is not None and step.check.holds for form in record.forms for step in form.steps)


def test_a_gradient_in_terms_of_the_function_itself() -> None:
    f = cm.parse("-y*ln(1/(1 + e^(-(w*x + b)))) - (1 - y)*ln(1 - 1/(1 + e^(-(w*x + b))))")
    (form,) = cm.steps.gradient(f, cm.symbols("w b")).forms
    assert form.expr is cm.parse("[x*(σ(w*x + b) - y), σ(w*x + b) - y]")


def test_backpropagation_names_shared_parts_once() -> None:
    f = cm.parse("exp(x*y)*sin(x*y)")
    record = cm.steps.gradient(f, [x, y], at={x: 1, y: 2}, mode="reverse")
    table = record.sections[0].table
    assert table is not None
    named = [row[0] for row in table.rows if row[0]]
    assert [str(name) for name in named] == ["x", "y", "v1", "v2", "v3", "v4"]
    computed = [str(row[1]) for row in table.rows if row[0]]
    assert computed == ["", "", "x*y", "exp(v1)", "sin(v1)", "v2*v3"]
    adjoint = table.header.index("adjoint's value")
    values = {str(row[0]): float(str(row[adjoint])) for row in table.rows if row[0]}
    expected = record.fact("value")
    assert expected is not None
    at_point = json.loads(expected.decimal)
    assert [values["x"], values["y"]] == pytest.approx(at_point, rel=1e-5)


def test_names_of_nodes_avoid_those_of_the_expression() -> None:
    record = cm.steps.gradient(cm.parse("sin(v1)*u + delta2"), mode="reverse")
    table = record.sections[0].table
    assert table is not None
    names = [str(row[0]) for row in table.rows if row[0]]
    assert len(set(names)) == len(names)


def test_a_derivative_taken_before_is_referred_to() -> None:
    text = cm.steps.jacobian(cm.parse("[x*sin(x^2*y), y*sin(x^2*y)]"), [x, y]).to_text()
    assert "as in steps" in text


def test_entries_of_shaped_symbols() -> None:
    w = cm.symbols("w", (2,))
    record = cm.steps.gradient(cm.parse("dot(w, w)*x", symbols=[w]), [w, x], at={w: [1, 2], x: 3})
    assert str(record.result) == "[2*w[1]*x, 2*w[2]*x, w[1]*w[1] + w[2]*w[2]]"
    assert str(record.fact("value").value) == "[6, 12, 5]"  # type: ignore[union-attr]
    assert record.verify().holds
    assert cm.from_json(record.to_json()).to_json() == record.to_json()


def test_conditions_of_all_entries_come_together() -> None:
    record = cm.steps.gradient(cm.parse("ln(x)*sqrt(y) + relu(z)"))
    assert {str(condition) for condition in record.conditions} == {"x > 0", "y > 0", "z != 0"}
    assert any("relu" in note for note in record.notes)


@pytest.mark.parametrize("form", ["text", "unicode", "latex", "markdown", "html", "json"])
def test_every_format_of_every_operator(form: str) -> None:
    records = [
        cm.steps.gradient(cm.parse("relu(x*y)^2"), [x, y], at={x: 1, y: 2}, mode="reverse"),
        cm.steps.hessian(cm.parse("x^2*y"), at={x: 1, y: 2}),
        cm.steps.implicit(cm.parse("x^2 + y^2 = 25"), y, x, at={x: 3, y: 4}),
        cm.steps.total(cm.parse("x*y"), {x: t**2, y: 2 * t}, t),
        cm.steps.curl([y * z, x * z, 3 * x * y], [x, y, z]),
    ]
    from calcml.render.steps import render

    for record in records:
        for level in ("outline", "standard", "full"):
            assert render(record, form, level)


def test_text_is_ascii() -> None:
    for record in (
        cm.steps.gradient(cm.parse("relu(x*y)^2"), [x, y], at={x: 1, y: 2}, mode="reverse"),
        cm.steps.hessian(cm.parse("x^2*y"), at={x: 1, y: 2}),
        cm.steps.implicit(cm.parse("x^2 + y^2 = 25"), y, x, at={x: 3, y: 4}),
        cm.steps.directional(cm.parse("x^2*y"), [1, 2], at={x: 1, y: 2}),
        cm.steps.total(cm.parse("x*y"), {x: t**2, y: 2 * t}, t),
        cm.steps.curl([y * z, x * z, 3 * x * y], [x, y, z]),
    ):
        assert record.to_text("full").isascii()


# ---- what must end well ----------------------------------------------------------------------------------------------

WRONG: list[tuple[Any, type[Exception], str]] = [
    (lambda: cm.grad(cm.as_expr(5)), cm.InputError, "no variable"),
    (lambda: cm.grad(cm.parse("[x, y]")), cm.ShapeError, r"shape \(2,\)"),
    (lambda: cm.grad(x * y, [x, x]), cm.InputError, "twice"),
    (lambda: cm.grad(x * y, [x * y]), cm.InputError, "not a variable"),
    (lambda: cm.steps.gradient(x * y, at={z: 1}), cm.InputError, "does not occur"),
    (lambda: cm.steps.gradient(x * y, at={x: 1}), cm.InputError, "no value was given for y"),
    (lambda: cm.directional(x * y, [0, 0]), cm.InputError, "no direction"),
    (lambda: cm.directional(x * y, [1, 2, 3]), cm.ShapeError, r"shape \(3,\), and shape \(2,\) is expected"),
    (lambda: cm.divergence([x, y], [x]), cm.ShapeError, "2 components and 1 variable were given"),
    (lambda: cm.curl([x, y, z, t], [x, y, z, t]), cm.ShapeError, "2 or 3"),
    (lambda: cm.hvp(x * y, [x, 1]), cm.InputError, "depends on x"),
    (lambda: cm.implicit(cm.parse("x^2 = 1"), y, x), cm.InputError, "does not occur"),
    (lambda: cm.implicit(cm.parse("x < y"), y, x), cm.InputError, "an equation is expected"),
    (lambda: cm.implicit(x**2 + y**2, y, y), cm.InputError, "itself"),
    (lambda: cm.steps.implicit(cm.parse("x^2+y^2=1"), y, x, at={x: 1, y: 1}), cm.DomainError, "not on the curve"),
    (lambda: cm.steps.implicit(cm.parse("x^2+y^2=1"), y, x, at={x: 1, y: 0}), cm.DomainError, "no slope"),
    (lambda: cm.total(x * y, {x: y, y: x}, t), cm.InputError, "circle"),
    (lambda: cm.total(x * y, {t: x}, t), cm.InputError, "cannot be defined"),
    (lambda: cm.grad(cm.symbols("w", ("n",))[1] * x, cm.symbols("w", ("n",))), cm.NoRuleError, "give n a number"),
    (lambda: cm.steps.gradient(cm.parse("|x|*y"), at={x: 0, y: 1}), cm.NotDifferentiableError, "not differentiable"),
    (lambda: cm.steps.hessian(cm.parse("x|x| + y^2"), at={x: 0, y: 1}), cm.DomainError, "no derivative"),
    (lambda: cm.steps.laplacian(cm.parse("|x| + y^2"), at={x: 0, y: 1}), cm.DomainError, "no derivative"),
    (lambda: cm.steps.total(cm.parse("|x|"), {x: t}, t, at={t: 0}), cm.DomainError, "no derivative"),
    (lambda: cm.steps.gradient(cm.parse("ln(x)*y"), at={x: -1, y: 1}), cm.MathError, "x > 0"),
    (lambda: cm.steps.gradient(x * y, at={x: cm.parse("oo"), y: 1}), cm.InputError, "is no point"),
    (lambda: cm.steps.gradient(x * y, mode="sideways"), cm.InputError, "not a mode"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_questions(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_direction_may_be_symbolic() -> None:
    a, b = cm.symbols("a b")
    record = cm.steps.directional(x * y, [a, b], [x, y])
    assert record.verify().holds
    assert same_values([record.result], [cm.parse("(a*y + b*x)/sqrt(a^2 + b^2)")])


def test_a_kink_with_one_slope_has_a_gradient() -> None:
    assert str(cm.steps.gradient(cm.parse("x|x| + y"), at={x: 0, y: 0}).fact("value").value) == "[0, 1]"  # type: ignore[union-attr]


GAPS = [  # function, point that the formula leaves out, slope there
    ("{t^2*cos(1/t): t != 0; 0: t = 0}", "0", "0"), ("{(2t - 1)^3*sin(1/(2t - 1)): t != 1/2; 0: t = 1/2}", "1/2", "0"),
    ("{(e^t - 1)/t: t != 0; 1: t = 0}", "0", "0.5"), ("10^-20*{(e^t - 1)/t: t != 0; 1: t = 0}", "0", "5e-21"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "at", "slope"), GAPS)
def test_a_value_that_the_formula_does_not_give_says_so(typed: str, at: str, slope: str) -> None:
    """The value at the point and the condition of the formula do not contradict each other."""
    found = cm.steps.derivative(cm.parse(typed), cm.Symbol("t"), at={cm.Symbol("t"): cm.parse(at)})
    value = found.fact("value")
    assert (str(value.value) if value.value is not None else value.decimal) == slope  # type: ignore[union-attr]
    assert f"the formula is for t != {at}" in found.to_text() and "the slope of the function itself" in found.to_text()
    elsewhere = cm.steps.derivative(cm.parse(typed), cm.Symbol("t"), at={cm.Symbol("t"): 3})
    assert "the formula is" not in elsewhere.to_text() and f"for t != {at}" in elsewhere.to_text()


def test_the_condition_of_an_implicit_slope_is_said_without_a_common_number() -> None:
    x, y = cm.symbols("x y")
    for equation, condition in (
        ("2x^3 + 2y^3 = 9x*y", "2*y^2 - 3*x != 0"), ("x*y^2 - 4x^2*y = 1", "y - 2*x != 0"), ("y^4/2 - x*y^2 = 3", "y^2 - x != 0"),
    ):  # fmt: skip
        said = [str(part) for part in cm.steps.implicit(cm.parse(equation), y, x).conditions]
        assert condition in said


def test_a_jump_in_a_small_function_has_no_slope() -> None:
    with pytest.raises(cm.NotDifferentiableError):
        cm.steps.derivative(cm.parse("10^-30*|t|"), cm.Symbol("t"), at={cm.Symbol("t"): 0})


def test_a_gradient_that_the_formula_does_not_give_says_so() -> None:
    found = cm.steps.gradient(cm.parse("{s*t^2*sin(1/t): t != 0; 0: t = 0}"), at={cm.Symbol("s"): 2, cm.Symbol("t"): 0})
    assert str(found.fact("value").value) == "[0, 0]" and "the formula is for t != 0" in found.to_text()  # type: ignore[union-attr]


def test_variables_come_in_natural_order() -> None:
    record = cm.steps.gradient(cm.parse("x10 + x2 + b + x1 + a_2"))
    assert [str(symbol) for symbol in record.variables] == ["a2", "b", "x1", "x2", "x10"]


def test_singular_hessians() -> None:
    for typed, kind in (
        ("(x + y)^2", "positive semidefinite, singular"),
        ("x + y", "zero"),
        ("-(x - y)^2", "negative semidef"),
    ):
        fact = cm.steps.hessian(cm.parse(typed)).fact("definiteness")
        assert fact is not None and fact.text.startswith(kind)


def test_many_variables_are_swept_at_once() -> None:
    xs = [cm.Symbol(f"x{i}") for i in range(3000)]
    f = cm.Add(*[a**2 * b for a, b in pairwise(xs)])
    record = cm.steps.gradient(f, xs, at={a: 1 for a in xs})
    assert record.verify().holds and len(record.result.args) == len(xs)
    value = record.fact("value")
    assert value is not None and value.decimal.startswith("[2.0, 3.0, 3.0")
    large = cm.steps.hessian(cm.Add(*f.args[:60]), xs[:61])
    assert large.verify().holds and large.result.shape == (61, 61)


def test_a_wrong_sweep_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from calcml.operators import gradient

    right = gradient.reverse
    monkeypatch.setattr(gradient, "reverse", lambda f, xs: [2 * entry for entry in right(f, xs)])
    xs = [cm.Symbol(f"x{i}") for i in range(60)]
    with pytest.raises(cm.InvariantError, match="failed its check"):
        cm.grad(cm.Add(*[a**2 for a in xs]), xs)


def test_a_wrong_implicit_slope_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from calcml.operators import implicit

    monkeypatch.setattr(implicit.build, "neg", lambda expr: expr)
    with pytest.raises(cm.InvariantError, match="failed its check"):
        cm.implicit(cm.parse("x^2 + y^2 = 1"), y, x)


# ---- records as JSON -------------------------------------------------------------------------------------------------


def _documents() -> list[dict[str, Any]]:
    records = [
        cm.steps.gradient(cm.parse("relu(x*y)^2"), [x, y], at={x: 1, y: 2}, mode="reverse"),
        cm.steps.hessian(cm.parse("x^2*y"), at={x: 1, y: 2}),
        cm.steps.implicit(cm.parse("x^2 + y^2 = 1"), y, x, 2),
    ]
    return [json.loads(record.to_json()) for record in records]


def test_records_follow_the_schema() -> None:
    import jsonschema

    schema = json.loads((Path(__file__).parent.parent / "docs" / "schema.json").read_text(encoding="utf-8"))
    for document in _documents():
        jsonschema.Draft202012Validator(schema).validate(document)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in _places(item, (*path, key)))]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_record_is_refused_and_nothing_else(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(_DOCUMENTS))
    copy = json.loads(json.dumps(document))
    place = data.draw(st.sampled_from([place for place in _places(copy) if place and place[0] != "nodes"]))
    holder = copy
    for key in place[:-1]:
        holder = holder[key]
    if isinstance(holder, dict) and data.draw(st.booleans()):
        del holder[place[-1]]
    else:
        holder[place[-1]] = data.draw(st.sampled_from([None, -1, 10**9, "x", [], {}, [[]], 1.5, True]))
    try:
        cm.from_json(json.dumps(copy))
    except cm.InputError:
        pass


_DOCUMENTS = _documents()


def test_entries_of_a_hessian_are_written_alike() -> None:
    w, b = cm.symbols("w b")
    for typed in ("ln(1+exp(-(w*x+b)))", "ln(1+exp(w*x+b))"):
        shown = [
            str(entry).replace("x^2*", "").replace("x*sigmoid", "sigmoid")
            for row in cm.hessian(cm.parse(typed), [w, b]).args
            for entry in row.args
        ]
        assert set(shown) == {"sigmoid(w*x + b)*(1 - sigmoid(w*x + b))"}
    assert str(cm.hessian(cm.parse("(w*x+b-y)^2"), [w, b])) == "[[2*x^2, 2*x], [2*x, 2]]"
