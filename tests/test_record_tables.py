"""Tables in a derivation: shown in every format, carried by JSON and back."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

import calcml as cm
from calcml.derivation import Derivation, Section, Step, Table

x = cm.symbols("x")


def record() -> Derivation:
    step = Step(
        "check", rule="solve", title="Solve for {x}", statement="", why="", focus_before=cm.parse("2x = 0"),
        focus_after=cm.parse("x = 0"), result=cm.parse("x = 0"), bindings=(("x", x),),
    )  # fmt: skip
    return Derivation(
        "extrema",
        problem=x**2,
        variables=(x,),
        asked=cm.parse("2x = 0"),
        sections=(Section("Where the slope is 0", cm.parse("2x = 0"), (step,)),),
        result=cm.parse("x = 0"),
        tables=(Table("Points", ("x", "kind"), ((cm.parse("|x| - 1"), "minimum & more"),), is_result=True),),
    )


@pytest.mark.parametrize(
    ("form", "pieces"),
    [
        ("text", ["Points", "x           kind", "abs(x) - 1  minimum & more", "1 <=> x = 0"]),
        ("unicode", ["|x| − 1  minimum & more", "1 ⟺ x = 0"]),
        ("latex", [r"\text{minimum \& more}", r"\begin{array}{ll}", r"&\iff x = 0"]),
        ("markdown", ["| x | kind |", "| --- | --- |", r"\iff"]),
        ("html", ["<td>minimum &amp; more</td>", "&#x27FA;", "<caption>Points</caption>"]),
    ],
)
def test_formats(form: str, pieces: list[str]) -> None:
    shown = getattr(record(), f"to_{form}")()
    for piece in pieces:
        assert piece in shown


def test_json_and_back() -> None:
    text = record().to_json()
    schema = json.loads((Path(__file__).parent.parent / "docs" / "schema.json").read_text())
    jsonschema.validate(json.loads(text), schema)
    back = cm.from_json(text)
    assert isinstance(back, Derivation)
    assert [table.rows for table in back.tables] == [table.rows for table in record().tables]
    assert back.to_json() == text


@pytest.mark.parametrize("rows", [[["a", 99]], [[None]], ["a"], [[True]]])
def test_json_with_wrong_cells_is_refused(rows: list[object]) -> None:
    document = json.loads(record().to_json())
    document["tables"][0]["rows"] = rows
    with pytest.raises(cm.InputError):
        cm.from_json(json.dumps(document))
