"""What cannot be checked is labelled: a warning from functions, an unverified step in records, a note from commands."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable

import pytest

import calcml as cm
from calcml.cli.app import run

x, y, z, t = cm.symbols("x y z t")
NARROW = "ln(sin(x) - 1 + 10^-9)"  # defined near pi/2 alone, where no point that is tried lies
f, g = cm.parse(NARROW), cm.parse(f"y {NARROW}")

FUNCTIONS: dict[str, Callable[[], object]] = {
    "diff": lambda: cm.diff(f, x),
    "diff of a large function": lambda: cm.diff(cm.Add(*(cm.sin(x + k) for k in range(1500))), x, 3),
    "grad": lambda: cm.grad(g),
    "jacobian": lambda: cm.jacobian([g, x]),
    "hessian": lambda: cm.hessian(g),
    "directional": lambda: cm.directional(g, [3, 4]),
    "jvp": lambda: cm.jvp([g, x], [1, 2]),
    "hvp": lambda: cm.hvp(g, [1, 2]),
    "divergence": lambda: cm.divergence([g, x]),
    "curl": lambda: cm.curl([g, x, z]),
    "laplacian": lambda: cm.laplacian(g),
    "total": lambda: cm.total(g, {x: t, y: t**2}, t),
    "implicit": lambda: cm.implicit(cm.Relation("=", g, 1), y, x),
    "extrema": lambda: cm.extrema(cm.parse("x^2 + y^2 + sin(x y) cos(x + y)")),
    "simplify": lambda: cm.simplify(f + f),
    "expand": lambda: cm.expand(f * (f + 1)),
    "factor": lambda: cm.factor(f**2 - 1),
    "collect": lambda: cm.collect(x * f + f, x),
    "together": lambda: cm.together(f + 1 / x),
    "cancel": lambda: cm.cancel(f / (f * x + f)),
    "apart": lambda: cm.apart((f + 1) / (x**2 - 1), x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_warn(name: str) -> None:
    with pytest.warns(cm.UnverifiedWarning, match="the result could not be checked: ") as said:
        FUNCTIONS[name]()
    assert [warning.filename for warning in said] == [__file__]  # it points at the call


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_filter_makes_it_a_refusal(name: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=cm.UnverifiedWarning)
        with pytest.raises(cm.UnverifiedWarning):
            FUNCTIONS[name]()


CHECKED: list[Callable[[], object]] = [
    lambda: cm.diff(cm.parse("ln(x - 40)"), x),
    lambda: cm.grad(cm.parse("x^2 y")),
    lambda: cm.hessian(cm.parse("sin(x y)")),
    lambda: cm.taylor(f, x, cm.parse("pi/2"), 2),
    lambda: cm.extrema(cm.parse("x^3 - 3x")),
    lambda: cm.expand(cm.parse("(x + 1)^5")),
    lambda: cm.diff(cm.parse("5"), x),
]


@pytest.mark.parametrize("call", CHECKED)
def test_nothing_is_said_of_what_is_checked(call: Callable[[], object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call()


COMMANDS = [
    ["diff", NARROW],
    ["diff", NARROW, "-n", "2"],
    ["grad", f"y {NARROW}"],
    ["hessian", f"y {NARROW}"],
    ["jacobian", f"[y {NARROW}, x]"],
    ["directional", f"y {NARROW}", "--along", "3,4"],
    ["jvp", f"[y {NARROW}, x]", "--along", "3,4"],
    ["hvp", f"y {NARROW}", "--along", "3,4"],
    ["div", f"[y {NARROW}, x]"],
    ["curl", f"[y {NARROW}, x, z]"],
    ["laplacian", f"y {NARROW}"],
    ["total", f"y {NARROW}", "t", "--with", "x=t, y=t^2"],
    ["implicit", f"y {NARROW} = 1", "y", "x"],
    ["extrema", "x^2 + y^2 + sin(x y) cos(x + y)"],
    ["simplify", f"{NARROW} + {NARROW}"],
    ["simplify", f"{NARROW}^2 - 1", "--form", "factored"],
]


@pytest.mark.parametrize("form", ["text", "unicode", "json"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:1]))
def test_commands_note_it(arguments: list[str], form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*arguments, "--format", form]) == 0
    said = capsys.readouterr()
    assert said.err.count("note: the result could not be checked: ") == 1


def test_steps_say_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", NARROW, "--steps"]) == 0
    assert "steps could not be checked." in capsys.readouterr().out
    record = json.loads(cm.steps.derivative(f, x).to_json())
    assert "unverified" in json.dumps(record)
