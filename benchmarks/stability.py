"""Naive formulas of machine learning over the whole of float64: values and slopes of generated code against the truth.

Each function of tests/tables/stability.toml is typed without precaution, as people do; every system makes code of it
and of its derivative, and the code is run at points from ±1e-300 to ±1e300 and at 0. A point is ok where
|got - true| <= 1e-12*(|true| + |x*true'|) + 2^-1022. Writes results/stability.json.

    python -m benchmarks.stability                 the table: calcml beside SymPy and JAX
    python -m benchmarks.stability --only sigmoid  one function, point by point
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import sys
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
import numpy as np

import calcml as cm
from benchmarks.measure import save
from benchmarks.truths import Truth, Truths
from calcml.codegen.compiled import lambdify
from calcml.evaluation import Program
from calcml.expr import Add, Constant, Div, Expr, Mul, Neg, Number, Piecewise, Pow, Relation, Sub
from calcml.stable import stabilise, stable_derivative
from calcml.traverse import topological

TABLE = Path(__file__).parent.parent / "tests" / "tables" / "stability.toml"
GROUPS = {1: "written for", 2: "batch 2", 3: "batch 3"}
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
    batch: int
    open: bool


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
                    row.get("batch", 1), row.get("open", False),
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
    """The formula as typed and its raw derivative, `stable=False`."""
    f, x = cm.parse(case.typed), cm.Symbol(case.of)
    return _on_numpy(case, [f, cm.differentiate(f, x)], stable=False)


def calcml_numpy(case: Case) -> Columns:
    """The stable form and its derivative, on NumPy arrays."""
    return _on_numpy(case, _stable_roots(case))


def calcml_differentiated(case: Case) -> Columns:
    """What a person may do: differentiate the formula, then compile the slope."""
    f, x = cm.parse(case.typed), cm.Symbol(case.of)
    return _on_numpy(case, [f, cm.differentiate(f, x)])


def calcml_scalar(case: Case) -> Columns:
    """The stable forms one point at a time, with the standard library's functions."""
    symbols, values = _arguments(case)
    program = Program(_stable_roots(case), symbols)
    rows = [program.run([point, *values]) for point in case.points]
    value, slope = zip(*rows, strict=True)
    return list(map(float, value)), list(map(float, slope))


def _stable_roots(case: Case) -> list[Expr]:
    f, x = cm.parse(case.typed), cm.Symbol(case.of)
    return [stabilise(f), stable_derivative(f, x)]


def _arguments(case: Case) -> tuple[list[Expr], list[float]]:
    return [cm.Symbol(case.of), *map(cm.Symbol, case.at)], [float(value) for value in case.at.values()]


def _on_numpy(case: Case, roots: list[Expr], stable: bool = True) -> Columns:
    symbols, values = _arguments(case)
    compiled = lambdify(symbols, roots, stable=stable)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no RuntimeWarning either
        value, slope = compiled(np.array(case.points), *values)
    return np.broadcast_to(value, len(case.points)).tolist(), np.broadcast_to(slope, len(case.points)).tolist()


def calcml_jax(case: Case) -> Columns:
    """The stable form and its derivative as JAX code, under jit and vmap."""
    jax = _jax()
    symbols, values = _arguments(case)
    compiled = lambdify(symbols, _stable_roots(case), backend="jax")
    run = jax.jit(jax.vmap(compiled, in_axes=(0, *[None] * len(values))))
    value, slope = run(jax.numpy.array(case.points), *map(jax.numpy.float64, values))
    return np.asarray(value).tolist(), np.asarray(slope).tolist()


def jax_grad(case: Case) -> Columns:
    """The formula as typed, in JAX's functions, and jax.grad of it."""
    jax = _jax()
    f = cm.parse(case.typed)
    symbols, values = _arguments(case)

    def value(x: Any, *others: Any) -> Any:
        return _in_jax(f, dict(zip(symbols, (x, *others), strict=True)))

    run = jax.jit(jax.vmap(jax.value_and_grad(value), in_axes=(0, *[None] * len(values))))
    got, slope = run(jax.numpy.array(case.points), *map(jax.numpy.float64, values))
    return np.asarray(got).tolist(), np.asarray(slope).tolist()


def _jax() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def _in_jax(f: Expr, values: dict[Expr, Any]) -> Any:
    """The value of an expression by JAX's own operations, node by node, as a person would write them."""
    import jax.numpy as jnp
    import jax.scipy.special as special

    calls = {
        "exp": jnp.exp, "ln": jnp.log, "sqrt": jnp.sqrt, "abs": jnp.abs, "tanh": jnp.tanh, "cosh": jnp.cosh,
        "sinh": jnp.sinh, "sin": jnp.sin, "cos": jnp.cos, "erf": special.erf, "normal_cdf": special.ndtr,
    }  # fmt: skip
    tests = {"<": jnp.less, "<=": jnp.less_equal, ">": jnp.greater, ">=": jnp.greater_equal}
    slots = dict(values)
    for node in topological(f):
        if node in slots:
            continue
        args = [slots[arg] for arg in node.args]
        head = type(node)
        if head is Number:
            top, bottom = node.ratio
            slots[node] = top / bottom
        elif head is Constant:
            slots[node] = {"e": math.e, "pi": math.pi}[node.data]
        elif head is Add:
            slots[node] = sum(args[1:], args[0])
        elif head is Sub:
            slots[node] = args[0] - args[1]
        elif head is Neg:
            slots[node] = -args[0]
        elif head is Mul:
            slots[node] = math.prod(args[1:], start=args[0])
        elif head is Div:
            slots[node] = args[0] / args[1]
        elif head is Pow:
            n = args[1]
            slots[node] = args[0] ** (int(n) if isinstance(n, (int, float)) and n == int(n) else n)
        elif head is Piecewise:
            slots[node] = jnp.where(args[1], args[0], args[2])
        elif head is Relation:
            slots[node] = tests[node.data](*args)
        else:
            slots[node] = calls[node.data](*args)
    return slots[f]


def sympy_lambdify(case: Case) -> Columns:
    """SymPy: diff and lambdify to NumPy."""
    import sympy

    f = cm.to_sympy(cm.parse(case.typed))
    symbols, values = _arguments(case)
    names = [cm.to_sympy(symbol) for symbol in symbols]
    code = sympy.lambdify(names, [f, sympy.diff(f, names[0])], modules=["scipy", "numpy"])
    with np.errstate(all="ignore"):
        columns = [np.broadcast_to(column, len(case.points)) for column in code(np.array(case.points), *values)]
    return columns[0].astype(float).tolist(), columns[1].astype(float).tolist()


SYSTEMS: dict[str, Callable[[Case], Columns]] = {
    "calcml": calcml_numpy,
    "calcml, one point": calcml_scalar,
    "calcml, derivative compiled": calcml_differentiated,
    "calcml on JAX": calcml_jax,
    "calcml, stable=False": calcml_literal,
    "SymPy diff + lambdify": sympy_lambdify,
    "jax.grad": jax_grad,
}
NEEDS = {"calcml on JAX": "jax", "jax.grad": "jax", "SymPy diff + lambdify": "sympy"}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; `--only` prints one function's points."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stability", description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="functions whose name contains this, point by point")
    parser.add_argument("--batch", type=int, choices=GROUPS, help="one batch alone")
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS))
    parser.add_argument("--failures", action="store_true", help="the points that are not ok")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    truths = Truths()
    counts: dict[str, dict[str, Any]] = {}
    for name in options.systems:
        if importlib.util.find_spec(NEEDS.get(name, "calcml")) is None:
            print(f"{name}: {NEEDS[name]} is not installed; skipped", file=sys.stderr)
            continue
        chosen = [
            case
            for case in cases()
            if options.batch in (None, case.batch) and (options.only is None or options.only in case.name)
        ]
        counts[name] = table_of(SYSTEMS[name], truths, chosen, options.failures or bool(options.only))
        truths.save()
    for batch, group in GROUPS.items():
        if options.batch in (None, batch):
            print_table(group, counts)
    print("\n" + "\n".join(first_runs()))
    if not options.only and not options.batch and not options.no_save and set(counts) == set(SYSTEMS):
        save("stability", {"systems": counts, "points per column": len(SIZES) * 2 + 1})
    return 0


def first_runs() -> list[str]:
    """What each batch gave when it was run first, before anything was mended: what an unprepared formula may expect."""
    with TABLE.open("rb") as file:
        known = tomllib.load(file).get("first_run", {})
    return [
        f"batch {number}, its first run: {run['ok']} of {run['points']} points ok, "
        f"{run['failing']} of {run['functions']} functions with a failure ({run['what']})"
        for number, run in known.items()
    ]


def print_table(group: str, counts: dict[str, dict[str, Any]]) -> None:
    """One line a system, as in the design's table of peers."""
    columns = (*KINDS[1:], "points", "functions failing", "cannot")
    print(
        f"\n{group:28}{'ok %':>8}" + "".join(f"{name:>{max(len(name) + 2, 8)}}" for name in columns) + "  within 4 ulp"
    )
    for name, found in counts.items():
        row = found[group]
        share = 100 * row["ok"] / max(row["points"], 1)
        numbers = "".join(f"{row[column]:>{max(len(column) + 2, 8)}}" for column in columns)
        print(f"{name:28}{share:8.2f}{numbers}  {100 * row['within 4 ulp']:.2f} %")
        if row["failing"] and name.startswith("calcml") and "=" not in name:
            print(f"    failing: {', '.join(row['failing'])}")


def table_of(
    system: Callable[[Case], Columns], truths: Truths, chosen: Sequence[Case], failures: bool
) -> dict[str, Any]:
    """Counts of kinds for each batch of functions, with the failing functions."""
    found: dict[str, Any] = {}
    for batch, group in GROUPS.items():
        total: Counter[str] = Counter()
        failing: dict[str, None] = {}
        errors: list[float] = []
        cannot: dict[str, str] = {}
        for case in chosen:
            if case.batch != batch:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    columns = system(case)
            except Exception as error:  # a system that cannot do a function is counted, the others go on
                cannot[case.name] = f"{type(error).__name__}: {error}"[:200]
                continue
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
            "cannot": len(cannot),
            "reasons": cannot,
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
