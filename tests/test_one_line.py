"""`--format python`: one line over NumPy arrays, the same numbers as everything else."""

from __future__ import annotations

import numpy as np
import pytest

import calcml as cm
from calcml.cli.app import run
from calcml.codegen.one_line import LONGEST, python_line

x, y = cm.symbols("x y")

TEXTS = [
    "x^2 - 3*x + 1", "1/(1 + exp(-x))", "x^-3 + 2/(x*y)", "-(x - y)^2", "x - (y - 1)", "x/(y/2)", "(x + y)*(x - y)^4",
    "sqrt(x)*y^2.5", "x^y", "max(x, y, 1) + min(x, 2)", "abs(x) + sign(y - 1)", "{x: x < 1; y^2: otherwise}",
    "{x: x < 1 and y > 0; -y: not (x < 1) or y = 0}", "mish(x) + softplus(y) + gelu_tanh(x)", "atan2(y, x) + log2(x)",
    "e^x + pi + 1/3", "[x, y*x]", "[[x, 1], [y, x^2]]",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_lines_compute_what_they_say(text: str) -> None:
    f = cm.parse(text)
    line = python_line(f)
    assert "\n" not in line and "special" not in line
    found = eval(line, {"np": np, "x": 0.7, "y": 1.3})  # the test's own lines
    assert np.allclose(found, cm.lambdify([x, y], f)(0.7, 1.3), rtol=1e-14, atol=0)


def test_what_has_no_line() -> None:
    with pytest.raises(cm.NoRuleError, match="gamma is not available"):
        python_line(cm.gamma(x))
    with pytest.raises(cm.NoRuleError, match="no line for this"):
        python_line(cm.parse("sum(x^i, i, 1, 3)"))
    deep = x
    for _ in range(20):
        deep = cm.sin(deep) * deep
    with pytest.raises(cm.LimitError, match=str(LONGEST)):
        python_line(deep)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "lambda*x^3", "x", "--format", "python"]) == 0
    assert capsys.readouterr().out == "3.0 * lambda_ * x ** 2\n"
    assert run(["diff", "gamma(x)", "--format", "python"]) == 3
    assert "calcml code" in capsys.readouterr().err
