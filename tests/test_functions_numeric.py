"""Every row of the function table against mpmath: float64 values, derivatives, domains and the stated properties.

The reference is the row's `mpmath` text, else its `defined_as`, translated here and not by calcml's parser.
CALCML_SOAK=1 samples 10,000 points a row instead of 200.
"""

from __future__ import annotations

import math
import os
import random
import re
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

import calcml as cm
from calcml import functions
from calcml.functions.spec import FunctionSpec
from calcml.numeric import arrays, scalar

SOAK = os.environ.get("CALCML_SOAK") == "1"
COUNT = 10_000 if SOAK else 200
ROWS = {row.name: row for row in functions.all_functions()}
TINY = 2.0**-1022

# ---- tolerances: 4 ULP of the value, except -------------------------------------------------------------------------

# rows measured in ULP of |f| + sum |x*f'|: what one last place of the arguments changes is allowed as well
CONDITIONED = {
    "bernoulli_kl": "the root where both arguments are equal",
    "log_expm1": "the root ln 2",
    "log_normal_cdf": "a rounded square of x",
    "normal_excess": "erfcx of a rounded x/sqrt(2)",
    "normal_hazard": "erfcx of a rounded x/sqrt(2)",
    "times_exp": "exp of a rounded argument",
    "xlogy": "the root y = 1",
    "beta": "a quotient of three gamma functions, each with its own error; Stirling's series where they overflow",
    "digamma": "roots between the poles",
    "dsinc": "roots, where x*cos(x) = sin(x)",
    "factorial": "gamma of the C library's Lanczos sum; x + 1 is rounded near -1/2",
    "gelu": "exp of -x^2/2",
    "gelu_tanh": "exp of a rounded x + 0.044715*x^3",
    "huber": "root of |x| - delta/2",
    "lgamma": "roots between the poles below 0",
    "log": "the base near 1",
    "log_softmax": "differences of the arguments",
    "logsumexp": "the sum cancels where it is near a root",
    "polygamma": "roots between the poles",
    "softmax": "exp of a rounded difference",
    "spherical_jn": "roots; recurrence",
    "trigamma": "sin(pi*x)^2 of the reflection, near its poles",
}  # fmt: skip
# rows that may be further off than 4
LIMITS = {
    "beta": (40.0, "three gamma functions of the C library"),
    "factorial": (16.0, "the C library's gamma (CPython states at most 20 ULP)"),
    "gamma": (16.0, "the C library's gamma (CPython states at most 20 ULP)"),
    "lgamma": (16.0, "the C library's lgamma; SciPy's"),
    "digamma": (12.0, "recurrence of up to eight steps; reflection"),
    "polygamma": (60.0, "powers of order n of rounded x + i; reflection"),
    "spherical_jn": (30.0, "recurrence"),
    "dsinc": (8.0, "difference of two terms of equal size"),
    "erfc": (8.0, "product of two exponentials and erfcx"),
    "erfcx": (8.0, "product of two exponentials and erfc"),
    "normal_cdf": (8.0, "product of two exponentials and erfcx"),
    "gelu": (8.0, "normal_cdf"),
}


def limit(name: str) -> float:
    return LIMITS.get(name, (4.0, ""))[0]


SPECIAL = {
    "beta", "digamma", "erf", "erfc", "erfcx", "factorial", "gamma", "lgamma", "normal_excess", "polygamma", "spherical_jn", "trigamma",
}  # fmt: skip

# ---- the reference: row texts in mpmath ------------------------------------------------------------------------------


def translate(text: str, starred: str = "") -> str:
    """calcml's notation as Python over mpmath."""

    def cases(found: re.Match[str]) -> str:
        parts = [part.rsplit(":", 1) for part in found[1].split(";")]
        code = "nowhere()"
        for value, condition in reversed(parts):
            condition = condition.strip()
            code = f"({value})" if condition == "otherwise" else f"(({value}) if ({condition}) else {code})"
        return code

    text = re.sub(r"\{([^{}]*)\}", cases, text)
    text = re.sub(r"(?<![<>!=])=(?!=)", "==", text).replace("^", "**")
    text = re.sub(r"(?<![\w.])(\d+\.?\d*)", r'mpf("\1")', text)
    if starred:
        text = re.sub(rf"(?<!\w)({starred}|rest_j)(?!\w)", r"*\1", text)
    return text


class Nowhere(Exception):
    """No case of a piecewise text applies."""


def nowhere() -> Any:
    raise Nowhere


class Names(dict[str, Any]):
    """Functions of the table by name."""

    def __missing__(self, name: str) -> Any:
        row = functions.find(name)
        if row is None:
            raise KeyError(name)
        return lambda *args: reference(row, args)


def names() -> Names:
    return Names(
        mp=mpmath.mp, mpf=mpmath.mpf, pi=mpmath.pi(), e=mpmath.e(), nowhere=nowhere,
        delta=lambda a, b: mpmath.mpf(int(a == b)),
    )  # fmt: skip


@cache
def compiled(text: str, starred: str) -> Any:
    return compile(translate(text, starred), text, "eval")


def bound(row: FunctionSpec, args: tuple[Any, ...], j: int = 0) -> Names:
    values = names()
    if row.is_variadic:
        fixed, star = len(row.params) - 1, row.params[-1][1:]
        values |= {star: args[fixed:], "j": mpmath.mpf(j)}
        if j:
            tail = args[fixed:]
            values |= {f"{star}_j": tail[j - 1], "rest_j": tail[: j - 1] + tail[j:]}
        values.update(zip(row.params[:fixed], args[:fixed], strict=True))
    else:
        values.update(zip(row.params, args, strict=True))
    return values


def text_value(row: FunctionSpec, text: str, args: tuple[Any, ...], j: int = 0) -> Any:
    starred = row.params[-1][1:] if row.is_variadic else ""
    return eval(compiled(text, starred), {"__builtins__": {}}, bound(row, args, j))


def constant(text: str) -> Any:
    return eval(compiled(text, ""), {"__builtins__": {}}, names())


def places(row: FunctionSpec, count: int) -> tuple[list[str], list[str]]:
    args = [f"a{i}" for i in range(count)]
    return args, args[len(row.params) - 1 :]


@cache
def function(name: str, text: str, count: int) -> Callable[..., Any]:
    """A template such as `special.mish(#1)` as a function of `count` arguments."""
    args, tail = places(ROWS[name], count)
    code = text.replace("#*", ", ".join(tail))
    for i in range(count, 0, -1):
        code = code.replace(f"#{i}", args[i - 1])
    scope = {"mp": mpmath.mp, "np": np, "special": arrays}
    if text == ROWS[name].python:
        scope = {**vars(math), **vars(scalar)}
    made: Callable[..., Any] = eval(f"lambda {', '.join(args)}: {code}", scope)
    return made


def reference(row: FunctionSpec, args: tuple[Any, ...]) -> Any:
    if row.defaults:
        args += tuple(mpmath.mpf(text) for _, text in row.defaults)[len(args) - row.arity[0] :]
    if row.mpmath:
        return function(row.name, row.mpmath, len(args))(*args)
    return text_value(row, row.defined_as, args)


def in_domain(row: FunctionSpec, args: tuple[Any, ...]) -> bool:
    if row.name in ("softmax", "log_softmax") and args[0] > len(args) - 1:
        return False
    with mpmath.workprec(300):
        return not row.domain or bool(text_value(row, row.domain, tuple(map(mpmath.mpf, args))))


# ---- points ----------------------------------------------------------------------------------------------------------


def number(rng: random.Random, low: float = -300.0, high: float = 300.0) -> float:
    kind = rng.random()
    if kind < 0.35:
        return rng.choice((-1, 1)) * 10.0 ** rng.uniform(low, high)
    if kind < 0.45:
        return rng.uniform(-1.0, 1.0)
    if kind < 0.75:
        return rng.uniform(-10.0, 10.0)
    if kind < 0.85:
        return rng.uniform(-800.0, 800.0)
    base = float(rng.choice((-6, -3, -2, -1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 6, 10, 12)))
    return base + rng.choice((0.0, 1.0, -1.0)) * 10.0 ** rng.uniform(-16, -1)


def point(row: FunctionSpec, rng: random.Random) -> tuple[float, ...]:
    name = row.name
    if name in ("softmax", "log_softmax"):
        n = rng.randint(1, 4)
        return (float(rng.randint(1, n)), *[number(rng) for _ in range(n)])
    if row.is_variadic:
        return tuple(number(rng) for _ in range(rng.randint(1, 4)))
    if name == "polygamma":  # mpmath sums |x| terms below 0
        return (float(rng.randint(0, 6)), rng.choice((abs(number(rng, -30, 6)), rng.uniform(-20.0, 0.0))))
    if name == "spherical_jn":
        return (float(rng.randint(0, 6)), number(rng, -30, 6))
    if name in ("gamma", "factorial", "lgamma", "digamma", "trigamma"):
        return (number(rng, -300, 12 if name in ("digamma", "trigamma", "lgamma") else 3),)
    if name == "beta":
        return (abs(number(rng, -300, 5)), abs(number(rng, -300, 5)))
    if name == "clip":
        return (number(rng), *sorted((number(rng), number(rng))))
    if name == "hypot" and rng.random() < 0.5:
        scale = 10.0 ** rng.uniform(-300, 300)
        return (rng.uniform(-1, 1) * scale, rng.uniform(-1, 1) * scale)
    return tuple(number(rng) for _ in row.params)


def points(row: FunctionSpec, count: int, seed: str = "") -> Iterator[tuple[float, ...]]:
    rng = random.Random(row.name + seed)
    found = 0
    for _ in range(100 * count):
        args = point(row, rng)
        if in_domain(row, args):
            yield args
            found += 1
            if found == count:
                return
    assert found > count // 2


# ---- values ----------------------------------------------------------------------------------------------------------


@cache
def sampled(name: str) -> list[tuple[tuple[float, ...], Any]]:
    row = ROWS[name]
    with mpmath.workprec(500 if name in SPECIAL else 2600):
        return [(args, reference(row, tuple(map(mpmath.mpf, args)))) for args in points(row, COUNT)]


def slack(row: FunctionSpec, args: tuple[float, ...]) -> Any:
    """sum |x*f'|: how much one unit of relative change in the arguments changes the value."""
    with mpmath.workprec(500 if row.name in SPECIAL else 2600):
        total = mpmath.mpf(0)
        fixed = 1 if row.name in ("softmax", "log_softmax", "polygamma", "spherical_jn") else 0
        for i in range(fixed, len(args)):
            x = mpmath.mpf(args[i])
            step = abs(x) * mpmath.mpf(2) ** -60
            if step:
                moved = [
                    reference(row, tuple(mpmath.mpf(a) if k != i else x + s * step for k, a in enumerate(args)))
                    for s in (-1, 1)
                ]
                total += abs(moved[1] - moved[0]) * mpmath.mpf(2) ** 59
        return total


def ulps(row: FunctionSpec, args: tuple[float, ...], got: float, true: Any) -> float:
    """The error in units of the last place; 0 for what underflows or overflows as it should."""
    with mpmath.workprec(200):
        if abs(true) >= mpmath.mpf(2) ** 1024 * (1 - mpmath.mpf(2) ** -50):
            return 0.0 if got == math.inf * int(mpmath.sign(true)) or abs(got) > 1.79e308 else math.inf
        if not math.isfinite(got):
            return math.inf
        error = abs(mpmath.mpf(got) - true)
        if error <= TINY:
            return 0.0
        size = math.ulp(float(abs(true)))
        found = float(error / size)
        if found > 4.0 and row.name in CONDITIONED:
            found = float(error / ((abs(true) + slack(row, args)) * mpmath.mpf(2) ** -52))
        return found


def worst(row: FunctionSpec, values: list[float]) -> tuple[float, Any]:
    found = (0.0, None)
    for (args, true), got in zip(sampled(row.name), values, strict=True):
        error = ulps(row, args, got, true)
        if error > found[0]:
            found = (error, (args, got, float(true)))
    return found


@pytest.mark.parametrize("name", ROWS)
def test_python_text(name: str) -> None:
    row = ROWS[name]
    values = [function(name, row.python, len(args))(*args) for args, _ in sampled(name)]
    assert all(type(value) is float for value in values)
    error, where = worst(row, values)
    assert error <= limit(name), where


def numpy_values(row: FunctionSpec, sample: list[tuple[float, ...]]) -> list[float]:
    """One call per number of arguments, on columns."""
    values: dict[int, float] = {}
    for count in sorted({len(args) for args in sample}):
        chosen = [i for i, args in enumerate(sample) if len(args) == count]
        columns = [np.array(column) for column in zip(*[sample[i] for i in chosen], strict=True)]
        with np.errstate(all="ignore"):  # generated code does the same around np.exp, np.log
            result = function(row.name, row.numpy, count)(*columns)
        assert result.shape == (len(chosen),) and result.dtype == np.float64
        values.update(zip(chosen, result.tolist(), strict=True))
    return [values[i] for i in range(len(sample))]


@pytest.mark.parametrize("with_scipy", [True, False])
@pytest.mark.parametrize("name", ROWS)
def test_numpy_text(name: str, with_scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if with_scipy:
        pytest.importorskip("scipy")
    else:
        monkeypatch.setattr(arrays, "_scipy", lambda: None)
    row = ROWS[name]
    error, where = worst(row, numpy_values(row, [args for args, _ in sampled(name)]))
    assert error <= limit(name), where


@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name].domain])
def test_outside_the_domain(name: str) -> None:
    """nan from `python`; from `numpy` no finite number."""
    row, rng = ROWS[name], random.Random(name)
    outside = [(0.0,) * len(row.params), (-1.0,) * len(row.params), (-2.5,) * len(row.params)]
    outside += [tuple(number(rng, -300, 6) for _ in row.params) for _ in range(COUNT)]
    outside = [args for args in outside if not in_domain(row, args)]
    for args in outside:
        assert math.isnan(function(name, row.python, len(args))(*args)), args
    if outside:
        assert not np.isfinite(numpy_values(row, outside)).any()


@pytest.mark.parametrize("name", ROWS)
def test_nothing_raises_or_warns(name: str) -> None:
    """Infinities, nan and the ends of the range; NumPy text with scalars and empty arrays too."""
    row = ROWS[name]
    count = row.arity[1] or 3
    ends = (0.0, -0.0, 1e-320, -1e-320, 1e308, -1e308, math.inf, -math.inf, math.nan, 1.0, -1.0)
    rng = random.Random(name)
    sample = [(end,) * count for end in ends] + [tuple(rng.choice(ends) for _ in range(count)) for _ in range(100)]
    for args in sample:
        assert type(function(name, row.python, count)(*args)) is float
    numpy_values(row, sample)
    if row.numpy.startswith("special."):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            function(name, row.numpy, count)(*[np.array(column) for column in zip(*sample, strict=True)])
            function(name, row.numpy, count)(*[1.0] * count)
            assert function(name, row.numpy, count)(*[np.zeros((0, 2))] * count).shape == (0, 2)
            assert function(name, row.numpy, count)(*[np.ones((2, 3))] * (count - 1), np.ones(3)).shape[-1] == 3


# ---- derivatives and properties --------------------------------------------------------------------------------------


def test_sinc_has_every_derivative_at_0() -> None:
    """0, -1/3, 0, 1/5: the rows of sinc, dsinc and spherical_jn, followed by hand."""
    zero = mpmath.mpf(0)
    assert text_value(ROWS["sinc"], ROWS["sinc"].derivative[0], (zero,)) == 0
    assert text_value(ROWS["dsinc"], ROWS["dsinc"].derivative[0], (zero,)) == mpmath.mpf(-1) / 3

    def jn_slope(n: int) -> Any:  # as a list of (factor, order)
        return [(mpmath.mpf(n) / (2 * n + 1), n - 1)] * (n > 0) + [(mpmath.mpf(-n - 1) / (2 * n + 1), n + 1)]

    combination = {0: mpmath.mpf(1)}
    at_zero = []
    for _ in range(7):
        at_zero.append(float(combination.get(0, 0)))
        following: dict[int, Any] = {}
        for n, factor in combination.items():
            for share, order in jn_slope(n):
                following[order] = following.get(order, 0) + share * factor
        combination = following
    assert at_zero == pytest.approx([1, 0, -1 / 3, 0, 1 / 5, 0, -1 / 7])


def test_large_orders_of_bessel_functions() -> None:
    """Downward recurrence, n above x."""
    for n in (5, 12, 30, 60):
        for x in (3.5, 8.0, 11.0, 25.0):
            with mpmath.workprec(200):
                true = reference(ROWS["spherical_jn"], (mpmath.mpf(n), mpmath.mpf(x)))
                assert abs(scalar.spherical_jn(n, x) / true - 1) < 1e-12, (n, x)


def test_sums_inside_sums_over_the_same_index() -> None:
    expr = cm.parse("sum(sum(i/3 + sqrt(2), i, 0, 2) + i, i, 0, 3)")  # 4·(1 + 3√2) + 6
    assert cm.evaluate(expr) == pytest.approx(10 + 12 * 2**0.5)
    assert float(cm.evaluate(expr, digits=30)) == pytest.approx(10 + 12 * 2**0.5)
