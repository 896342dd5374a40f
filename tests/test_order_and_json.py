"""The structural order, and JSON: the same in every process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import calcml as cm
from calcml.order import compare, structural_sort

x, y = cm.symbols("x y")
TEXTS = [
    "x",
    "y",
    "3",
    "0.5",
    "x+y",
    "y+x",
    "sin(x)",
    "cos(x)",
    "x^2",
    "x*y",
    "x/y",
    "{1: x>0; 0: otherwise}",
    "pi",
    "x<y",
]


def test_the_order_does_not_depend_on_how_nodes_came_about() -> None:
    nodes = [cm.parse(text) for text in TEXTS]
    expected = structural_sort(nodes)
    for seed in range(10):
        shuffled = nodes[:]
        random.Random(seed).shuffle(shuffled)
        assert structural_sort(shuffled) == expected
    for a, b in pairwise(expected):
        assert compare(a, b) == -1 and compare(b, a) == 1
    assert compare(x, x) == 0


SCRIPT = """
import calcml as cm
from calcml.order import structural_sort
texts = {texts!r}
print(structural_sort({{cm.parse(t) for t in texts}}))
for f in ["x*y*sin(x)*exp(-y)/(1+x^2)", "(x+y+1)^2*ln(x*y)", "softplus(x*y)/(x-y)"]:
    d = cm.derive(cm.parse(f), cm.symbols("x"))
    print(d.to_unicode("full"), d.to_json())
"""


def test_output_does_not_depend_on_the_hash_seed() -> None:
    outputs = set()
    for seed in ("0", "1", "12345"):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(texts=TEXTS)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        outputs.add(run.stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize(
    "text", [*TEXTS, "sum(i*x, i, 1, n)", "limit(x, x, 0, left)", "[x, y]", "diff(x^2, x, 2)", str(10**400)]
)
def test_json_round_trip(text: str) -> None:
    node = cm.parse(text)
    assert cm.from_json(cm.to_json(node)) is node


@pytest.mark.parametrize(
    "document",
    [
        "", "[]", "{}", '{"calcml_schema": 2, "nodes": [], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Add", null, [0, 0]]], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Symbol", "__class__", []]], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Symbol", "x", []], ["Call", "os.system", [0]]], "expression": 1}',
        '{"calcml_schema": 1, "nodes": [["Symbol", "x", []], ["Call", "sin", [0, 0]]], "expression": 1}',
        '{"calcml_schema": 1, "nodes": [["Number", -3, []]], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Number", true, []]], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Nothing", null, []]], "expression": 0}',
        '{"calcml_schema": 1, "nodes": [["Constant", "nan", []]], "expression": 0}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_foreign_json_is_checked(document: str) -> None:
    with pytest.raises(cm.InputError):
        cm.from_json(document)


def test_a_newer_schema_is_refused_by_name() -> None:
    with pytest.raises(cm.InputError, match="schema 2"):
        cm.from_json(json.dumps({"calcml_schema": 2, "nodes": [], "expression": 0}))


def test_documents_follow_the_published_schema() -> None:
    import jsonschema

    schema = json.loads((Path(__file__).parent.parent / "docs" / "schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for text in TEXTS:
        validator.validate(json.loads(cm.to_json(cm.parse(text))))
    validator.validate(json.loads(cm.to_json(cm.symbols("w", ("n",)))))
    for text in ["1/(1+exp(-x))", "x^x", "relu(x)", "5", str(10**400) + "x"]:
        validator.validate(json.loads(cm.derive(cm.parse(text), x).to_json()))
