"""Mutants: the enumeration reaches every row and every field, changes are undone, and a sample is judged."""

from __future__ import annotations

import os
import random
from typing import ClassVar

import pytest

import calcml as cm
from benchmarks import mutants
from benchmarks.mutants import Mutant
from calcml import functions
from calcml.algebra.rules import ALGEBRA_RULES
from calcml.functions import FunctionSpec
from calcml.rules.differentiation import RULES, DiffRule
from calcml.templates import template

SOAK = os.environ.get("CALCML_SOAK") == "1"
x = cm.symbols("x")
ROWS = {row.name: row for row in functions.all_functions()}
TEXT_FIELDS = (
    "derivative",
    "at_kink",
    "defined_as",
    "domain",
    "smooth",
    "range",
    "period",
    "defaults",
    "special_values",
)
OTHER_FIELDS = ("parity", "monotone", "continuous", "python", "mpmath", "numpy", "sympy", "latex", "unicode")
# What is in a row and says nothing about the function; the note is words, of which the check of at_kink reads some.
NOT_MUTATED = {"aliases", "arity", "group", "is_variadic", "name", "note", "params", "source", "title"}
NOT_MUTATED |= {"c", "code", "jax", "torch"}  # texts of other back ends: the tests of lambdify
LEAVES = {"constant", "identity", "none"}  # rules without code


def test_every_field_of_a_row_is_mutated_or_named_here() -> None:
    assert {*TEXT_FIELDS, *OTHER_FIELDS} | NOT_MUTATED == set(FunctionSpec.__slots__)
    assert not {*TEXT_FIELDS, *OTHER_FIELDS} & NOT_MUTATED


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_every_text_of_every_row_has_mutants(row: FunctionSpec) -> None:
    found = {(mutant.field, mutant.place) for mutant in mutants.function_mutants(row)}
    for field in (*TEXT_FIELDS, *OTHER_FIELDS):
        value = getattr(row, field)
        if isinstance(value, tuple):
            for i, text in enumerate(value):
                assert not text or any(name == field and place[0] == i for name, place in found), field
        elif value or field == "continuous":
            assert (field, ()) in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_mutants_and_is_used_in_its_examples(rule: DiffRule) -> None:
    found = list(mutants.rule_mutants(rule))
    assert {mutant.field for mutant in found} >= {"statement"} | ({"where"} if rule.where else set())
    if rule.name not in LEAVES:
        assert any(mutant.field == "apply" for mutant in found)
        assert len(mutants.rule_applications(rule)) == len(mutants.RULE_EXAMPLES[rule.name])


def test_every_rule_of_algebra_and_every_rewrite_has_mutants() -> None:
    for row in ALGEBRA_RULES:
        found = {mutant.field for mutant in mutants.algebra_mutants(row)}
        assert found >= {"statement"} | ({"where"} if row.where else set()), row.name
        assert ("key" in found) == (mutants.place_of(row)[0] in mutants.LEFT_SIDES)
    for name, rewrite in mutants.REWRITES.items():
        assert list(mutants.rewrite_mutants(name, rewrite)), name


def test_kinds_of_errors() -> None:
    """Sign, coefficient, swapped argument, dropped factor, wrong function, exponent one off: each once, each place."""
    found = {str(tree) for _, _, tree in mutants.errors_in(cm.parse("2*x^3*sin(y)"))}
    assert found >= {
        "-2*x^3*sin(y)", "2*(2*x^3*sin(y))", "3*x^3*sin(y)", "1*x^3*sin(y)", "2*sin(y)", "x^3*sin(y)", "2*x^3",
        "2*x^4*sin(y)", "2*x^2*sin(y)", "2*3^x*sin(y)", "2*x^3*cos(y)", "2*x^3*sinh(y)", "2*x^3*sin(-y)", "2*x^3*y",
    }  # fmt: skip
    quotient = {str(tree) for _, _, tree in mutants.errors_in(cm.parse("{x/atan2(x, y): x < 0; y: otherwise}"))}
    assert quotient >= {
        "{atan2(x, y)/x: x < 0; y: otherwise}", "{x/atan2(y, x): x < 0; y: otherwise}", "{x: x < 0; y: otherwise}",
        "{x/atan2(x, y): x <= 0; y: otherwise}", "{x/atan2(x, y): 0 < x; y: otherwise}", "{x/atan2(x, y): x < 0}",
        "{y: x < 0; x/atan2(x, y): otherwise}", "{x/atan2(x, y): x < 1; y: otherwise}",
    }  # fmt: skip
    code = {text for _, text in mutants.code_errors("(clip((#1) + 3.0, 0.0, #2)/6.0)")}
    assert code >= {
        "-(clip(#1 + 3.0, 0.0, #2) / 6.0)", "clip(#1 + 3.0, #2, 0.0) / 6.0", "clip(#1 + 4.0, 0.0, #2) / 6.0",
        "clip(#1, 0.0, #2) / 6.0", "clip(-#1 + 3.0, 0.0, #2) / 6.0", "6.0 / clip(#1 + 3.0, 0.0, #2)",
    }  # fmt: skip


def test_a_changed_text_is_read_back_as_the_tree_it_was_made_from() -> None:
    for row in random.Random(1).sample(list(ROWS.values()), 12):
        for field, _, text, names in mutants.texts(row):
            for _, _, tree in mutants.errors_in(template(text, names).expr):
                assert template(str(tree), names).expr is tree, (row.name, field)


class Spy(FunctionSpec):
    """A row that notes which of its fields are read."""

    __slots__ = ()
    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> object:
        if name in FunctionSpec.__slots__:
            Spy.read.add(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize("name", ["log2", "leaky_relu", "softmax", "sinc", "abs", "asec"])
def test_no_field_is_read_by_a_derivation_that_is_not_mutated(name: str) -> None:
    row = ROWS[name]
    values = {field: getattr(row, field) for field in mutants.FIELDS if field != "name"}
    spy = Spy(name, **values)
    Spy.read = set()
    with mutants.row_in_place(row, spy):
        for way in mutants.ways(spy):
            for job in (*mutants.slope_jobs(way)[:2], *mutants.stated_jobs(way, [])):
                mutants.derived(job)
    words = {"aliases", "arity", "group", "is_variadic", "name", "note", "params"}
    assert Spy.read - words <= {*TEXT_FIELDS, *OTHER_FIELDS}
    assert {"python", "derivative"} <= Spy.read


def first(row: str, field: str, after: str) -> Mutant:
    return next(mutant for mutant in mutants.all_mutants([row]) if mutant.field == field and mutant.after == after)


@pytest.mark.parametrize(
    ("row", "field", "after", "status"),
    [
        ("cos", "derivative", "sin(x)", "caught"),
        ("tanh", "derivative", "1 - tanh(x)^3", "caught"),
        ("log", "derivative", "-ln(x)/(base*ln(base)^3)", "caught"),
        ("sin", "special_values", "2*(1/2)", "caught"),
        ("cosh", "parity", "odd", "caught"),
        ("product", "apply", "sin(x) + (-x*cos(x))", "caught"),
        ("sinh-over-cosh", "statement", "sinh(u)/cosh(u) = coth(u)", "caught"),
        ("hypot", "derivative", "x/hypot(y, x)", "equivalent"),
        ("ln", "domain", "2*x > 0", "equivalent"),
    ],
)
def test_verdicts(row: str, field: str, after: str, status: str) -> None:
    assert mutants.judge(first(row, field, after)).status == status


def test_equal_values_are_looked_for_at_borders_too() -> None:
    for row, field, after in [("relu", "smooth", "x = 0"), ("sqrt", "domain", "x > 0"), ("abs", "smooth", "x != 1"),
                              ("acosh", "range", "y > 0"), ("hypot", "smooth", "x != 0"), ("cos", "period", "pi"),
                              ("clip", "domain", "a < b")]:  # fmt: skip
        assert not mutants.is_equivalent(first(row, field, after)), (row, after)
    for row, field, after in [("relu", "smooth", "2*x != 0"), ("tan", "domain", "-cos(x) != 0"),
                              ("sin", "range", "-2 <= y and y <= 1"), ("cos", "period", "2*(2*pi)")]:  # fmt: skip
        assert mutants.is_equivalent(first(row, field, after)), (row, after)


def test_nothing_is_left_behind() -> None:
    jobs = [
        cm.parse(text) for text in ("x*sin(-x)*sinh(x)/cosh(x)", "1/(1 + e^(-x))", "x*sigmoid(-x)", "leaky_relu(x)")
    ]
    before = [mutants.derived(job) for job in jobs]
    tables = (dict(functions._BY_NAME), [dict(table) for table in mutants.TABLES.values()], [r.apply for r in RULES])
    for mutant in random.Random(2).sample(mutants.all_mutants(), 40):
        with mutants.in_place(mutant):
            pass
    assert tables == (
        functions._BY_NAME, [dict(table) for table in mutants.TABLES.values()], [r.apply for r in RULES]
    )  # fmt: skip
    assert [mutants.derived(job) for job in jobs] == before


def test_a_sample_is_caught() -> None:
    """Every field, by the check that is about it; SOAK judges ten times as many."""
    chosen = random.Random(1).sample(mutants.all_mutants(), 400 if SOAK else 40)
    found = mutants.summary(mutants.judge_all(chosen, jobs=1))
    assert found["fields"]["all"]["mutants"] == len(chosen)
    assert found["wrong"] == found["weaker"] == found["unseen"] == {}
    assert sum(found["fields"]["all"][f"by {checker}"] for checker in mutants.CHECKERS) >= len(chosen) / 2


def test_what_the_checks_of_rows_let_pass_is_left_to_derivations(monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = first("tanh", "derivative", "1 - tanh(x)^3")
    assert mutants.judge(mutant).by == ("row check", "derivation")
    monkeypatch.setattr(mutants, "checked", lambda mutant: "")
    assert mutants.judge(mutant).by == ("derivation",)
    assert mutants.judge(first("tanh", "monotone", "decreasing")).status == "unseen"


def test_the_exit_code_says_whether_enough_are_caught(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mutants.main(["--row", "tanh", "--field", "parity", "--no-save"]) == 0
    assert mutants.main(["--row", "relu", "--field", "at_kink", "--no-save"]) == 0
    monkeypatch.setattr(mutants, "checked", lambda mutant: "")  # as if there were no check of rows
    assert mutants.main(["--row", "relu", "--field", "at_kink", "--no-save"]) == 1
    assert "relu.at_kink" in capsys.readouterr().out
