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


NETWORK = "'(w2*relu(w1*x + b) - y)^2' w1 w2 b"
LOGISTIC = "'-y ln(σ(w x + b)) - (1-y) ln(1-σ(w x + b))' w b"
OPERATORS = [
    "diff 'log(1 + exp(x))' --form stable", "diff 'log(1 - exp(-x))' --form stable --format unicode",
    "grad 'log(exp(x) + exp(y))' --form stable", "hessian 'log(cosh(x*y))' --form stable",
    "diff '1/(1+exp(-x))' --format python", "grad 'x^2 y + max(x, lambda)' --format python",
    "hessian 'x^3 y^2' --format python", "diff 'gamma(x)' --format python", "simplify '1 - tanh(x)^2' --form stable",
    "grad x^2 --at x=1/0", "grad x^2 --at x=oo", "check '[x, y]'", "code x x x", "code 'y = x^2' --target math",
    "grad 'x^2 + 3x*y + y^2' --at 'x=1, y=2'", "grad 'x^2 + 3x*y + y^2' --at 'x=1, y=2' --format unicode",
    f"grad {NETWORK} --at 'w1=1, w2=2, b=1/2, x=3, y=1' --mode reverse --steps --format unicode",
    f"grad {NETWORK} --mode reverse --steps --format latex", f"grad {NETWORK} --mode reverse --steps --format markdown",
    "grad 'x^2*y' x y --mode reverse --steps --format html", "grad 'x^2*y' --mode reverse --steps --format json",
    "grad 'dot(w,w)*x' w x --vars 'w[2]' --at 'w=[1,2], x=3' --format unicode",
    "diff 'x^2 y^3' x y y --steps --format unicode", "diff 'x^2 y^3' x y y --format unicode",
    "jacobian '[r cos t, r sin t]' r t --steps --format unicode", "jacobian '[x^2 y, 5x + sin y]' --at 'x=1, y=0'",
    f"hessian {LOGISTIC} --format unicode", "hessian 'x^2 + 3x*y + y^3' --at 'x=1, y=2' --steps --format unicode",
    "hessian 'x^2 + 3x*y + y^3' --at 'x=1, y=2' --format latex", "hessian '(x+y)^2' --format mathml",
    "directional 'x^2 + y^2' --along '3,4' --at 'x=1, y=2' --steps --format unicode",
    "directional 'x^2 + y^2' --along '3,4' --format markdown", "div '[x^2, x*y, z]' --steps --format unicode",
    "curl '[y*z, x*z, 3x*y]' --format unicode", "laplacian 'ln(x^2 + y^2)' --steps --format unicode",
    "total 'x^2+y^2' --with 'x=t^2, y=2t' t --steps --format unicode",
    "implicit 'x^2 + y^2 = 25' y x --at 'x=3, y=4' --steps --format unicode",
    "implicit 'x^2 + y^2 = 1' y x -n 2 --steps --format unicode", "implicit 'x^3 + y^3 = 6x y' y x",
    "jvp '[x*y, x + y]' --along 1,2 --format unicode", "hvp 'x^2 y' --along 1,0 --steps --format unicode",
]  # fmt: skip


def test_operators(capsys: pytest.CaptureFixture[str]) -> None:
    golden(HERE / "golden" / "operators.txt", session(OPERATORS, capsys))


OPERATOR_ERRORS = [
    "grad 5", "grad x --at y=1", "grad x*y x x", "grad '[x, y]'", "grad 'relu(x)*y' --at x=0,y=1", "grad w --vars 'w[n]'",
    "grad 'dot(w,w)' w --vars 'w[2]' --at 'w=[1,2,3]'", "directional x*y --along 0,0", "directional x*y --along 1,2,3",
    "directional x*y", "curl '[x,y,z,w]'", "div '[x,y]' x", "hessian '[x,y]'", "hessian 'x|x|+y^2' --at x=0,y=1",
    "implicit 'x<y' y x", "implicit x^2+1=0 y x", "implicit x+y y", "implicit x^2+y^2=1 y x --at x=1,y=1",
    "total x*y --with x=y,y=x t", "total x*y --with t=2 t", "total x*y t", "hvp x*y*a --along x,1 x y", "diff x*y x y -n 2",
    "jvp '[x,y' --along 1,2",
]  # fmt: skip


def test_operator_errors(capsys: pytest.CaptureFixture[str]) -> None:
    text = session(OPERATOR_ERRORS, capsys)
    assert "Traceback" not in text
    assert text.count("[exit ") == len(OPERATOR_ERRORS), "every one of these is an error"
    golden(HERE / "golden" / "operator_errors.txt", text)


TAYLOR = [
    "taylor 'e^x' -n 4", "taylor 'e^x' -n 4 --format unicode", "taylor 'ln(x)' --at x=1 -n 3 --steps",
    "taylor '1/(1+e^-x)' -n 5 --steps --format unicode", "taylor 'sin(x)' -n 3 --on -1 1 --format unicode",
    "taylor 'sin(x)/x' -n 4 --format unicode", "taylor 'sqrt(x)' --at x=4 -n 2 --steps --format latex",
    "taylor 'e^x cos(y)' --at 'x=0, y=0' -n 2 --steps --format unicode", "taylor 'logsumexp(x,y)' -n 2 --format unicode",
    "taylor 'ln(1+x)' -n 2 --steps --format markdown", "taylor 'cos(x)' -n 2 --steps --format html",
    "taylor 'x^2' --at x=1 -n 2 --format json", "taylor 'ln(x)' x --at x=a -n 2 --format unicode",
    "taylor '|x|' -n 2", "taylor 'elu(x)' -n 2", "taylor '1/x'", "taylor 'ln(x)'", "taylor 'sqrt(x)'", "taylor 'x^x'",
    "taylor 'floor(x)'", "taylor 'relu(w*x+b)' x", "taylor 'e^x' --at y=1", "taylor 'e^x' -n 2 --on 1 2",
    "tangent 'x^2' --at x=1", "tangent 'x^2' --at x=1 --format unicode", "tangent 'sin(x)' --at x=pi/6 --steps",
    "tangent 'x^2 + y^2' --at 'x=1, y=2' --format unicode", "tangent 'x^2 + y^2 = 25' --at 'x=3, y=4' --steps --format unicode",
    "tangent 'x^2 + y^2 = 25' --at 'x=3, y=3'", "tangent '|x|' --at x=0", "tangent 'cbrt(x)' --at x=0", "tangent 'x^2'",
]  # fmt: skip


def test_taylor(capsys: pytest.CaptureFixture[str]) -> None:
    golden(HERE / "golden" / "taylor.txt", session(TAYLOR, capsys))


EXTREMA = [
    "extrema 'x^3-3x'", "extrema 'x^3-3x' --format unicode", "extrema 'x^4' --steps --format unicode",
    "extrema 'x^3-3x' --on -2 3 --format unicode", "extrema 'sin x' --format unicode", "extrema 'x+sin x' --format unicode",
    "extrema '|x|' --format unicode", "extrema 'relu(x)' --format unicode", "extrema 'gelu(x)' --format unicode",
    "extrema 'e^x' --format unicode", "extrema 'x ln x' --steps --format latex", "extrema 'x^2' --steps --format markdown",
    "extrema 'x^2' --steps --format html", "extrema 'x^2' --format json", "extrema 'x^3+y^3-3x y' --steps --format unicode",
    "extrema 'x^2+y^4' --format unicode", "extrema '(y-x^2)(y-3x^2)' --format unicode", "extrema 'x^2 y^2' --format unicode",
    "extrema 'a x^2+b x+c' x --assume 'a>0' --format unicode", "extrema 'x^4+y^4+x^2 y^2-x-y' --format unicode",
    "extrema 'x sin x' --on 0 5 --format unicode", "extrema 'cos(x)+cos(2x)' --format unicode", "extrema 'tan x' --format unicode",
    "extrema 5", "extrema 'floor x'", "extrema 'x^3' --on 3 1", "extrema 'x y' --on 0 1", "extrema 'x^2' --at x=1",
    "extrema 'x^2+|y|'", "extrema 'sqrt(-1-x^2)'",
]  # fmt: skip


def test_extrema(capsys: pytest.CaptureFixture[str]) -> None:
    golden(HERE / "golden" / "extrema.txt", session(EXTREMA, capsys))
