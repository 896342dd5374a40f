"""What people see, kept in files: the terminal, LaTeX, Markdown, HTML and JSON of worked examples, and one input per
error. `CALCML_UPDATE=1 pytest tests/test_golden.py` writes them anew; the difference is reviewed like code."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from calcml.cli.app import run

HERE = Path(__file__).parent
WORKED = ["1/(1+exp(-x))", "x^2 * e^x", "(3x+1)^5", "x^x", "sin(x^2)/(1+x^2)", "relu(w*x + b)", "x|x|"]
FORMATS = ["unicode", "text", "latex", "markdown", "html", "json"]


def golden(path: Path, text: str) -> None:
    if os.environ.get("CALCML_UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def session(commands: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    shown: list[str] = []
    for command in commands:
        code = run(shlex.split(command))
        out, err = capsys.readouterr()
        shown += [f"$ calcml {command}", out + "".join(f"[stderr] {line}\n" for line in err.splitlines())]
        if code:
            shown.append(f"[exit {code}]\n")
    return "\n".join(shown)


def variable(typed: str) -> str:
    return "w" if "w" in typed else "x"


@pytest.mark.parametrize("form", FORMATS)
def test_derivations(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    level = "full" if form in ("unicode", "html") else "standard"
    commands = [f'diff "{typed}" {variable(typed)} --level {level} --format {form}' for typed in WORKED]
    golden(HERE / "golden" / f"steps.{form}.txt", session(commands, capsys))


RESULTS = [
    "1/(1+exp(-x))", "x^2 * e^x", "(3x+1)^5", "sqrt x", "x^x", "relu(x)", "|x|", "ln|x|", "x|x|", "tanh x", "softplus(x)",
    "silu(x)", "log(x,2)", "sin^2 x", "2x sin x", r"\frac{x}{1+x^2}", "e^-x", "-x^2", "max(0,x)", "ln(p/(1-p))",
    "e^x/(1+e^x)", "(e^x-e^-x)/(e^x+e^-x)", "sqrt(1-x^2)", "asin x", "tan x", "ln(cosh x)", "leaky_relu(x, 0.1)",
]  # fmt: skip


def test_results(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [f"diff {shlex.quote(typed)} --format unicode" for typed in RESULTS]
    commands += ["diff a^x x --format unicode", "diff x^n x --format unicode", "diff 'w1 x1 + b' w1 --format unicode"]
    commands += ["diff '-y ln(σ(z)) - (1-y) ln(1-σ(z))' z --format unicode", "diff 'σ(x)' -n 3 --format unicode"]
    golden(HERE / "golden" / "results.txt", session(commands, capsys))


def test_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [
        "diff x^3 -n 2 --at x=2", "diff 'sin x' --at x=0", "diff 'x^2 y' x --at 'x=1, y=3'", "diff '(x+1)^2' --form expanded",
        "diff '1/(1+e^-x)' --form self", "diff '(x+y)^3' x --form all", "eval 2/3+1/6", "eval '1/(1+exp(-x))' x=2",
        "eval e^pi --digits 50", "eval 'x^2' x=0.5", "parse 1/2x", "parse 'sin x cos x'", "parse 'f(x) = x^2'",
        "simplify x/x", "simplify '2x(x+1) - x^2'", "simplify 'sqrt(x^2)'", "functions softplus", "rules quotient", "rules",
        "diff x^2 y", "diff 'x^2' --format latex", "diff 'x^2' --format mathml", "diff 5", "diff x --steps",
    ]  # fmt: skip
    golden(HERE / "golden" / "commands.txt", session(commands, capsys))


ERRORS = [
    "diff sigmod(x)", "diff 'sin(x'", "diff 3..4", "diff ''", "diff 1/0", 'diff "__import__(\'os\')"', "diff 'x +* 3'",
    "diff 'x + y'", "diff 'sin(x, y)'", "diff 'ln(-1)*x'", "diff x^2 --foo", "dif x", "diff", "diff x --at y=1",
    "diff 'relu(x)' --at x=0", "diff 'ln x' --at x=-1", "eval 1/0", "eval x", "eval 'sqrt(x)' x=-1", "eval '9^9^9^9' --digits 30",
    "diff x --assume 'x ~ 3'", "diff x --vars '1x'", "functions sigmod", "rules chian", "diff 'x[1]'", "diff 1,5x",
    "diff 'X' X --vars 'X[2,2]'", "diff '[x, 1' x", "diff x --format html5", "diff 1e99999x", "simplify 'x.__class__'",
    "diff @missing.txt", "diff 'x==2'", "diff 'x < 1'",
]  # fmt: skip


def test_errors(capsys: pytest.CaptureFixture[str]) -> None:
    text = session(ERRORS, capsys)
    assert "Traceback" not in text
    assert text.count("[exit ") == len(ERRORS), "every one of these is an error"
    golden(HERE / "golden" / "errors.txt", text)
