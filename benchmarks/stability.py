"""Naive formulas of machine learning over the whole of float64: values and slopes of generated code against the truth.

Each function of tests/tables/stability.toml is typed without precaution, as people do; every system makes code of it
and of its derivative, and the code is run at points from ±1e-300 to ±1e300 and at 0. A point is ok where
|got - true| <= 1e-12*(|true| + |x*true'|) + 2^-1022. Writes results/stability.json.

    python -m benchmarks.stability                 the table: calcml beside SymPy and JAX
    python -m benchmarks.stability --only sigmoid  one function, point by point
"""

from __future__ import annotations

import argparse
import math
import sys
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath

import calcml as cm
from benchmarks.truths import Truth, Truths
from calcml.expr import Expr

TABLE = Path(__file__).parent.parent / "tests" / "tables" / "stability.toml"
KINDS = ("ok", "nan", "false inf", "lost to 0", "wrong", "lossy")
SIZES = (
    1e-300, 1e-200, 1e-100, 1e-30, 1e-16, 1e-10, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 0.5, 0.7, 1.5, 2.0, 5.0, 12.0,
    20.0, 38.0, 100.0, 300.0, 700.0, 1e3, 1e4, 1e6, 1e8, 1e12, 1e20, 1e50, 1e100, 1e150, 1e155, 1e200, 1e300,
)  # fmt: skip
NEAR_ENDS = (1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.25, 0.4)
TOLERANCE = 1e-12
TINY = mpmath.mpf(2) ** -1022
LARGEST = mpmath.mpf(2) ** 1024 * (1 - mpmath.mpf(2) ** -53)

# a system gives, for a text, the variable and the other variables' values, value and slope at points, or raises
Columns = tuple[Sequence[float], Sequence[float]]


class Case(NamedTuple):
    """One line of the table at one choice of the other variables."""

    name: str
    typed: str
    truth: str
    of: str
    at: dict[str, float]
    points: list[float]
    seen: bool


def cases() -> Iterator[Case]:
    """The table, one case for each choice of the other variables."""
    with TABLE.open("rb") as file:
        for row in tomllib.load(file)["function"]:
            low, high = row.get("where", (-math.inf, math.inf))
            points = [0.0, *SIZES, *[-size for size in SIZES]]
            if (low, high) != (-math.inf, math.inf):
                points += [end + sign * size for end in (low, high) if math.isfinite(end) and end
                           for size in NEAR_ENDS for sign in (1, -1)]  # fmt: skip
            points = sorted({p for p in points if low < p < high})
            for at in row.get("at", ({},)):
                typed = row["typed"]
                yield Case(
                    row["name"], typed, row.get("truth", typed), row.get("of", "x"), dict(at), points,
                    row.get("seen", True),
                )  # fmt: skip


class Count(NamedTuple):
    """What one system made of one case: the kind of every value and slope, and errors in units of the last place."""

    value: list[str]
    slope: list[str]
    ulps: list[float]


def kind_of(got: float, true: Any, slack: Any) -> str:
    """The kind of one number; slack is |x*true'|."""
    if true is None:
        return ""
    with mpmath.workdps(40):
        if got != got:
            return "nan"
        if abs(true) > LARGEST:
            return "ok" if got == math.inf * int(mpmath.sign(true)) or abs(got) > 1.797e308 else "wrong"
        if math.isinf(got):
            return "ok" if abs(true) > LARGEST * (1 - mpmath.mpf(10) ** -12) else "false inf"
        error = abs(mpmath.mpf(got) - true)
        if error <= TOLERANCE * (abs(true) + slack) + TINY:
            return "ok"
        if got == 0.0:
            return "lost to 0"
        return "wrong" if error > mpmath.mpf(10) ** -6 * abs(true) else "lossy"


def ulps_of(got: float, true: Any) -> float | None:
    """The error in units of the last place; None for roots, subnormal numbers and what is beyond float64."""
    if true is None or not math.isfinite(got) or abs(true) < 4 * TINY or abs(true) > LARGEST / 4:
        return None
    with mpmath.workdps(40):
        return float(abs(mpmath.mpf(got) - true) / math.ulp(float(abs(true))))


def judge(case: Case, truths: Truths, columns: Columns) -> Count:
    """Values and slopes of one case against the truth."""
    f, x = cm.parse(case.truth), cm.symbols(case.of)
    others = {cm.Symbol(name): float(value) for name, value in case.at.items()}
    value_kinds, slope_kinds, errors = [], [], []
    for point, value, slope in zip(case.points, *columns, strict=True):
        truth = truths.at(case.truth, f, x, {**others, x: point})
        slack, bend_slack = _slack(point, truth.slope), _slack(point, truth.bend)
        value_kinds.append(kind_of(float(value), truth.value, slack))
        slope_kinds.append(kind_of(float(slope), truth.slope, bend_slack))
        for got, true, slope_of in ((value, truth.value, slack), (slope, truth.slope, bend_slack)):
            if true is not None and slope_of < 100 * abs(true):  # away from roots
                found = ulps_of(float(got), true)
                if found is not None:
                    errors.append(found)
    return Count(value_kinds, slope_kinds, errors)


def _slack(point: float, slope: Any) -> Any:
    return abs(mpmath.mpf(point) * slope) if slope is not None else mpmath.mpf(0)


# ---- systems -----------------------------------------------------------------------------------------------------


def calcml_literal(case: Case) -> Columns:
    """The formula as typed and its raw derivative."""
    f, x = cm.parse(case.typed), cm.symbols(case.of)
    return _run(case, f, cm.differentiate(f, x))


def calcml_stable(case: Case) -> Columns:
    """The stable forms, one point at a time, with the standard library's functions."""
    from calcml.stable import stabilise, stable_derivative

    f, x = cm.parse(case.typed), cm.symbols(case.of)
    return _run(case, stabilise(f), stable_derivative(f, x))


def _run(case: Case, *roots: Expr) -> Columns:
    from calcml.evaluation import Program

    x = cm.Symbol(case.of)
    others = {cm.Symbol(name): float(value) for name, value in case.at.items()}
    program = Program(list(roots), [x, *others])
    rows = [program.run([point, *others.values()]) for point in case.points]
    value, slope = zip(*rows, strict=True)
    return list(map(float, value)), list(map(float, slope))


SYSTEMS: dict[str, Callable[[Case], Columns]] = {
    "calcml literal": calcml_literal,
    "calcml": calcml_stable,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; `--only` prints one function's points."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stability", description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="functions whose name contains this, point by point")
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS))
    parser.add_argument("--failures", action="store_true", help="the points that are not ok")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    truths = Truths()
    counts: dict[str, dict[str, Any]] = {}
    for name in options.systems:
        counts[name] = table_of(SYSTEMS[name], truths, options.only, options.failures or bool(options.only))
        truths.save()
    for name, count in counts.items():
        print(name, count)
    return 0


def table_of(system: Callable[[Case], Columns], truths: Truths, only: str | None, failures: bool) -> dict[str, Any]:
    """Counts of kinds for the functions that were seen and those that were not; with the failing functions."""
    found: dict[str, Any] = {}
    for group in ("seen", "unseen"):
        total: Counter[str] = Counter()
        failing: dict[str, None] = {}
        errors: list[float] = []
        for case in cases():
            if case.seen != (group == "seen") or (only and only not in case.name):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                columns = system(case)
            count = judge(case, truths, columns)
            truths.save()
            kinds = [kind for kind in (*count.value, *count.slope) if kind]
            total.update(kinds)
            errors += count.ulps
            if any(kind != "ok" for kind in kinds):
                failing[case.name] = None
                if failures:
                    print_failures(case, truths, columns, count)
        found[group] = {
            **{kind: total[kind] for kind in KINDS},
            "points": sum(total.values()),
            "functions failing": len(failing),
            "failing": list(failing),
            "within 4 ulp": round(sum(e <= 4 for e in errors) / max(len(errors), 1), 4),
        }
    return found


def print_failures(case: Case, truths: Truths, columns: Columns, count: Count) -> None:
    """The points that are not ok."""
    print(f"{case.name}: {case.typed}  at {case.at}")
    f, x = cm.parse(case.truth), cm.symbols(case.of)
    others = {cm.Symbol(name): float(value) for name, value in case.at.items()}
    for i, point in enumerate(case.points):
        truth: Truth = truths.at(case.truth, f, x, {**others, x: point})
        for label, kind, got, true in (
            ("f ", count.value[i], columns[0][i], truth.value),
            ("f'", count.slope[i], columns[1][i], truth.slope),
        ):
            if kind not in ("", "ok"):
                print(f"  {label}({point:g}) = {got!r}, true {mpmath.nstr(true, 17)}: {kind}")


if __name__ == "__main__":
    sys.exit(main())
