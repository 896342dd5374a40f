"""`calcml code`: files that run without calcml, in Python, and in C under a strict compiler."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from row_points import moderate
from test_functions_numeric import ROWS

import calcml as cm
from benchmarks.stability import Case, cases, judge
from benchmarks.truths import Truths
from calcml.cli.app import run
from calcml.codegen.standalone import standalone_code

x, y = cm.symbols("x y")
LIBRARIES = {"numpy": "numpy", "math": "math", "jax": "jax", "torch": "torch"}
NO_C = {"trigamma", "polygamma", "spherical_jn", "dsinc"}  # dsinc has C code, its slope has not


def run_alone(source: str, calls: str, target: str) -> list[float]:
    """The numbers printed by a process in which calcml cannot be imported."""
    if target != "math" and importlib.util.find_spec(LIBRARIES[target]) is None:
        pytest.skip(f"{target} is not installed")
    start = "import sys\nsys.modules['calcml'] = None\n"
    if target == "jax":
        start += "import jax\njax.config.update('jax_enable_x64', True)\n"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + source + calls], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return [float(word) for word in result.stdout.split()]


TEXTS = [
    "1/(1 + exp(-x)) + y^2",
    "mish(x)*gamma(y) + {ln(x): x > 0; exp(x)*sin(exp(x)): otherwise}",
    "softplus(x*y) + relu(x - y)^2 + huber(x, 2) + digamma(y)",
    "logsumexp(x, y, 1) + softmax(2, x, y) + max(x, y, 0) + mod(x, y)",
    "sum(x^i*y/i, i, 1, 5) + normal_cdf(x) + log_cosh(y)",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("target", LIBRARIES)
def test_python_files_run_alone(text: str, target: str) -> None:
    expr = cm.parse(text)
    source = standalone_code(expr, [x, y], target, grad="sum" not in text)
    value = "v, g = f(0.7, 1.3)\n" if "sum" not in text else "v = f(0.7, 1.3)\ng = [v]\n"
    if target == "torch":
        value = value.replace("0.7", "torch.tensor(0.7, dtype=torch.float64)")
    found = run_alone(source, value + "print(float(v), *[float(part) for part in g])\n", target)
    f = cm.lambdify([x, y], expr, backend="math")
    assert found[0] == pytest.approx(f(0.7, 1.3), rel=1e-12)
    if "sum" not in text:
        assert found[1:] == pytest.approx(f.grad(0.7, 1.3), rel=1e-8)  # torch.polygamma has ten digits


def test_arrays_and_hessians() -> None:
    source = standalone_code(cm.parse("x^2*y + y^3"), [x, y], "numpy", grad=True, hess=True)
    calls = "v, g, h = f(np.ones((3, 1)), np.arange(4))\nprint(*v.shape, *g.shape, *h.shape, *h[1, 2].ravel())\n"
    assert run_alone(source, calls, "numpy") == [3, 4, 3, 4, 2, 3, 4, 2, 2, 4, 2, 2, 12]
    assert "shape B + (2, 2)" in source


def test_hostile_names() -> None:
    letters = [cm.Symbol(name) for name in ("lambda", "np", "f", "x0", "t1", "print", "exp", "stack", "shape", "log")]
    total = cm.Add(*[cm.exp(letter) * letters[0] for letter in letters])
    for target in LIBRARIES:
        source = standalone_code(total, letters, target)
        assert run_alone(
            source, f"print(float(f(*[{'torch.tensor(0.0)' if target == 'torch' else '0.0'}]*10)))\n", target
        ) == [0.0]
    assert "double f_" in standalone_code(total, letters, "c")


def compiled_c(source: str, main: str, folder: Path) -> list[float]:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed")
    path = folder / "code.c"
    path.write_text(source + "\n#include <stdio.h>\nint main(void)\n{\n" + main + "    return 0;\n}\n")
    command = [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", str(path), "-o", str(folder / "code"), "-lm"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    printed = subprocess.run([str(folder / "code")], capture_output=True, text=True, check=True).stdout
    return [float(word) for word in printed.split()]


@pytest.mark.parametrize("text", TEXTS)
def test_c_files_compile_without_a_warning(text: str, tmp_path: Path) -> None:
    expr = cm.parse(text)
    f = cm.lambdify([x, y], expr, backend="math")
    has_sum, has_digamma = "sum(" in text.replace("logsum", ""), "digamma" in text
    if has_sum or has_digamma or "gamma" in text:
        found = compiled_c(standalone_code(expr, [x, y], "c"), '    printf("%.17g\\n", f(0.7, 1.3));\n', tmp_path)
    else:
        main = '    double v, g[2];\n    f(0.7, 1.3, &v, g);\n    printf("%.17g %.17g %.17g\\n", v, g[0], g[1]);\n'
        found = compiled_c(standalone_code(expr, [x, y], "c", grad=True), main, tmp_path)
        assert found[1:] == pytest.approx(f.grad(0.7, 1.3), rel=1e-12)
    assert found[0] == pytest.approx(f(0.7, 1.3), rel=1e-12)


def test_every_row_in_c(tmp_path: Path) -> None:
    """One program with all rows; those that C cannot have say so."""
    texts, calls, expected = [], [], []
    for name, row in ROWS.items():
        points = [tuple(map(float, args)) for args in moderate(row, 5)]
        letters = list(cm.symbols("a b c d")[: len(points[0])])
        try:
            source = standalone_code(cm.Call(name, *letters), letters, "c")
        except cm.NoRuleError as error:
            assert name in NO_C and "is not available for c" in error.message
            continue
        texts.append(
            compiled_c(
                source, "".join(f'    printf("%.17g\\n", f({", ".join(map(repr, at))}));\n' for at in points), tmp_path
            )
        )
        calls.append(name)
        expected.append([cm.lambdify(letters, cm.Call(name, *letters), backend="math")(*at) for at in points])
    for name, got, wanted in zip(calls, texts, expected, strict=True):
        assert got == pytest.approx(wanted, rel=1e-12, abs=1e-300), name
    assert len(calls) >= len(ROWS) - len(NO_C)


@pytest.mark.parametrize("target", ["numpy", "math", "jax", "torch", "c"])
def test_command(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["code", "(w x + b - y)^2", "w", "b", "x", "y", "--target", target, "--grad", "--hess"]) == 0
    printed = capsys.readouterr().out
    assert "the gradient" in printed and "the Hessian" in printed and "(w*x + b - y)^2" in printed


def test_command_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["code", "polygamma(3, x)", "--target", "c"]) == 3
    assert "polygamma is not available for c" in capsys.readouterr().err
    assert run(["code", "[x, y]", "--grad"]) == 2
    assert "a gradient is of one scalar" in capsys.readouterr().err
    assert run(["code", "x", "x", "x"]) == 2
    assert "stands twice" in capsys.readouterr().err
    assert run(["code", "y = x^2", "--target", "math"]) == 0
    assert "return x*x" in capsys.readouterr().out
    assert run(["code", "x", "--target", "fortran"]) == 2


STABLE_CASES = [case for case in cases() if not case.open][::9]


def judged(case: Case, found: list[list[float]]) -> None:
    values, slopes = zip(*found, strict=True)
    count = judge(case, Truths(), (values, slopes))
    wrong = [
        (case.name, point, kinds, got)
        for point, *kinds, got in zip(case.points, count.value, count.slope, found, strict=True)
        if not {"ok", ""}.issuperset(kinds)
    ]
    assert not wrong


def stable_code(case: Case, target: str) -> tuple[str, list[float]]:
    """The file for a function typed naively, with its gradient; the values of the other variables."""
    letters = [cm.Symbol(case.of), *map(cm.Symbol, case.at)]
    return standalone_code(cm.parse(case.typed), letters, target, grad=True), list(map(float, case.at.values()))


RUN_ALL = """
import importlib, json, sys
sys.modules["calcml"] = None
{start}
found = []
for name, points, others in json.load(open("cases.json")):
    f = importlib.import_module(name).f
    rows = []
    for point in points:
        value, gradient = f({point}, *others)
        rows.append([float(value), float(gradient[0])])
    found.append(rows)
print(json.dumps(found))
"""
START = {"jax": "import jax\njax.config.update('jax_enable_x64', True)", "torch": "import torch"}


@pytest.mark.parametrize("target", LIBRARIES)
def test_python_files_are_stable(target: str, tmp_path: Path) -> None:
    """Slopes of generated files hold promise 6 as compiled functions do: no nan, no exception, no lost digits."""
    if target != "math" and importlib.util.find_spec(LIBRARIES[target]) is None:
        pytest.skip(f"{target} is not installed")
    given = []
    chosen = STABLE_CASES if target in ("math", "numpy") else STABLE_CASES[::4]
    chosen = [case._replace(points=case.points[::4]) for case in chosen]
    for number, case in enumerate(chosen):
        source, others = stable_code(case, target)
        (tmp_path / f"case{number}.py").write_text(source)
        given.append((f"case{number}", case.points, others))
    (tmp_path / "cases.json").write_text(json.dumps(given))
    point = "torch.tensor(point, dtype=torch.float64)" if target == "torch" else "point"
    program = RUN_ALL.format(start=START.get(target, ""), point=point)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    for case, found in zip(chosen, json.loads(result.stdout), strict=True):
        judged(case, found)


@pytest.mark.parametrize("case", STABLE_CASES[::4], ids=lambda case: case.name)
def test_c_files_are_stable(case: Case, tmp_path: Path) -> None:
    source, others = stable_code(case, "c")
    call = ", ".join(["points[i]", *map(repr, others)])
    main = (
        f"    double points[] = {{{', '.join(map(repr, case.points))}}}, v, g[{1 + len(others)}];\n"
        f"    for (int i = 0; i < {len(case.points)}; i++) {{\n        f({call}, &v, g);\n"
        '        printf("%.17g %.17g\\n", v, g[0]);\n    }\n'
    )
    found = compiled_c(source, main, tmp_path)
    judged(case, [list(pair) for pair in zip(found[::2], found[1::2], strict=True)])


def test_hessians_are_of_the_stable_form() -> None:
    """(e^x - 1)/x at 1e-9: the literal Hessian is noise, the branch of the second derivative 1/3."""
    calls = "v, g, h = f(1e-9)\nprint(v, g[0], h[0][0])\n"
    source = standalone_code(cm.parse("(exp(x) - 1)/x"), [x], "math", grad=True, hess=True)
    assert run_alone(source, calls, "math") == pytest.approx([1.0, 0.5, 1 / 3], rel=1e-8)
    literal = standalone_code(cm.parse("(exp(x) - 1)/x"), [x], "math", grad=True, hess=True, stable=False)
    assert abs(run_alone(literal, calls, "math")[2]) > 1e6


def test_math_files_raise_nothing() -> None:
    source = standalone_code(cm.parse("exp(x) + 1/y + sqrt(x) + x^y + ln(x)"), [x, y], "math", grad=True)
    calls = "for at in ((800.0, 0.0), (-1.0, 0.5), (0.0, -1.0), (1e300, 1e300)):\n    print(f(*at)[0])\n"
    values = run_alone(source, calls, "math")
    f = cm.lambdify([x, y], cm.parse("exp(x) + 1/y + sqrt(x) + x^y + ln(x)"), backend="math")
    wanted = [f(*at) for at in ((800.0, 0.0), (-1.0, 0.5), (0.0, -1.0), (1e300, 1e300))]
    assert values == pytest.approx(wanted, nan_ok=True)


def test_parameters_named_like_helpers() -> None:
    names = [cm.Symbol(name) for name in ("total", "quotient", "power", "span", "nan")]
    source = standalone_code(names[0] / names[1] ** names[2] + cm.exp(names[3]) * names[4], names, "math")
    assert run_alone(source, "print(f(1.0, 2.0, 2.0, 0.0, 3.0))\n", "math") == [3.25]


def test_numbers_beyond_floats_are_refused_by_name() -> None:
    """Infinity in their place would be a wrong answer without a word."""
    x = cm.Symbol("x")
    for text, said in (("3e500*x", "3e500"), ("x/2e310 + 1", "2e310"), ("{x: x < 7e999; 0: otherwise}", "7e999")):
        for target in ("numpy", "math", "c"):
            with pytest.raises(cm.InputError, match=f"{said} is too large for floating point"):
                standalone_code(cm.parse(text), [x], target)
        with pytest.raises(cm.InputError, match=said):
            cm.lambdify(x, cm.parse(text))
        assert cm.lambdify(x, cm.parse(text), backend="mpmath")(1) is not None
    assert cm.lambdify(x, cm.parse("1e308*x"), backend="math")(1.5) == 1.5e308
    with pytest.raises(cm.NonFiniteError) as caught:
        cm.evaluate(cm.parse("3e500*x^2"), {x: 2})
    assert "3e500*x^2" in caught.value.message


def test_no_critical_point_is_said_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["extrema", "2x + 1", "--on", "0", "inf"], ["extrema", "e^(-x)"]):
        assert run([*command, "--format", "text"]) == 0
        assert capsys.readouterr().out == "none\n"
