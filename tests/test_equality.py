"""Equality against the labelled pairs, which were fixed before the code that decides them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import calcml as cm
from calcml.assumptions import NOTHING
from calcml.equivalence import Verdict, equivalent

PAIRS = tomllib.loads((Path(__file__).parent / "tables" / "equality.toml").read_text(encoding="utf-8"))["pair"]


def verdict_of(pair: dict[str, object]) -> Verdict:
    a, b = cm.parse(str(pair["a"])), cm.parse(str(pair["b"]))
    return equivalent(a, b, cm.assume(str(pair["assume"])) if pair.get("assume") else NOTHING)


def name_of(pair: dict[str, object]) -> str:
    return f"{pair['a']} | {pair['b']}"[:80]


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_no_false_verdict(pair: dict[str, object]) -> None:
    verdict = verdict_of(pair)
    assert verdict.status in (pair["verdict"], "undecided"), str(verdict)


def test_hardly_any_is_undecided() -> None:
    undecided = [name_of(pair) for pair in PAIRS if verdict_of(pair).status == "undecided"]
    assert len(undecided) <= 0.02 * len(PAIRS), undecided


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("y/y + 1/(x-z)", "1 + 1/(x-z)", "equal except where y = 0"),
        ("tan(2x)", "2tan(x)/(1-tan(x)^2)", "cos(x) = 0"),
    ],
)
def test_only_what_one_side_lacks_is_named(a: str, b: str, said: str) -> None:
    verdict = cm.equivalent(cm.parse(a), cm.parse(b))
    assert verdict.status == "equal except" and said in str(verdict) and "x - z" not in str(verdict)
