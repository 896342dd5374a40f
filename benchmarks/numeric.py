"""Compiled functions against SymPy, SymEngine, JAX and code written by hand: arrays, scalars, first number.

`python -m benchmarks.numeric [--quick]` prints the rows of the speed table and writes results/numeric.json. Ratios of
one run: the systems take turns, and the least of several measurements counts. Arrays have fresh outputs everywhere.
Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

import calcml as cm
from benchmarks.measure import geometric_mean, print_table, save, short_time

Job = Callable[[], Any]
SLICE = 0.003  # seconds that a measurement of arrays lasts at least
OURS = ("calcml", "calcml, stable", "calcml as sympy", "calcml on jax")

x, y, z, w = cm.symbols("x y z w")
THIRTY = "sin(x^2+1) e^(-x/3) + ln(1+x^2)/(2+cos(3x)) + tanh(x) sqrt(x^2+x+1) - x^3/(1+e^(-x))"
ROWS: dict[str, tuple[list[cm.Expr], Any]] = {
    "sigma'": ([x], cm.diff(cm.parse("1/(1+exp(-x))"), x)),
    "logsumexp of 4, gradient": ([x, y, z, w], cm.grad(cm.parse("ln(exp(x)+exp(y)+exp(z)+exp(w))"), [x, y, z, w])),
    "30-node expression'": ([x], cm.differentiate(cm.parse(THIRTY), x)),
}


def installed(name: str) -> Any:
    """The module, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None


def least(jobs: dict[str, Job], repeat: int, clock: Callable[[], float], slice_: float = 0.0) -> dict[str, float]:
    """The least time of each job; they take turns, so that a slow spell of the machine meets all of them.

    slice_: seconds that one measurement lasts at least; a short job is repeated until it does.
    """
    found = dict.fromkeys(jobs, math.inf)
    runs = dict.fromkeys(jobs, 1)
    for name, job in jobs.items():
        job()
        start = clock()
        job()
        runs[name] = max(1, int(slice_ / max(clock() - start, 1e-7)))
    for _ in range(repeat):
        for name, job in jobs.items():
            start = clock()
            for _ in range(runs[name]):
                job()
            found[name] = min(found[name], (clock() - start) / runs[name])
    return found


def by_hand(name: str, data: list[np.ndarray]) -> Job:
    """NumPy in blocks of 32k with reused buffers and a fresh result, as an expert would write it; one thread."""
    size, width = len(data[0]), 32_768
    a, b, c = (np.empty(width) for _ in range(3))

    def sigma() -> np.ndarray:
        (values,) = data
        out = np.empty(size)
        for start in range(0, size, width):
            part, into = values[start : start + width], out[start : start + width]
            t, u = a[: len(part)], b[: len(part)]
            np.negative(part, out=t)
            np.exp(t, out=t)
            np.add(t, 1.0, out=u)
            np.multiply(u, u, out=u)
            np.divide(t, u, out=into)
        return out

    def softmax() -> np.ndarray:
        out = np.empty((4, size))
        for start in range(0, size, width):
            stop = min(start + width, size)
            t, total = a[: stop - start], c[: stop - start]
            total[:] = 0.0
            for i, values in enumerate(data):
                np.exp(values[start:stop], out=out[i, start:stop])
                np.add(total, out[i, start:stop], out=total)
            np.divide(1.0, total, out=t)
            np.multiply(out[:, start:stop], t, out=out[:, start:stop])
        return out.T

    return {"sigma'": sigma, "logsumexp of 4, gradient": softmax}[name]


def in_jax(jax: Any, name: str) -> Callable[..., Any]:
    """The row as a user of JAX would write it, jitted."""
    jnp = jax.numpy

    def thirty(v: Any) -> Any:
        return (
            jnp.sin(v**2 + 1) * jnp.exp(-v / 3)
            + jnp.log(1 + v**2) / (2 + jnp.cos(3 * v))
            + jnp.tanh(v) * jnp.sqrt(v**2 + v + 1)
            - v**3 / (1 + jnp.exp(-v))
        )

    written = {
        "sigma'": lambda v: jnp.exp(-v) / (1 + jnp.exp(-v)) ** 2,
        "logsumexp of 4, gradient": lambda *v: jax.nn.softmax(jnp.stack(v, axis=-1)),
        "30-node expression'": jax.vmap(jax.grad(thirty)),
    }
    return jax.jit(written[name])


def arrays(sizes: list[int], repeat: int) -> list[dict[str, Any]]:
    """Every row at every size: nanoseconds an element."""
    sympy, jax = installed("sympy"), installed("jax")
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
    results = []
    for name, (variables, expr) in ROWS.items():
        for size in sizes:
            data = [np.random.default_rng(i).normal(size=size) for i in range(len(variables))]
            ours, by_default = cm.lambdify(variables, expr, stable=False), cm.lambdify(variables, expr)
            jobs: dict[str, Job] = {
                "calcml": lambda f=ours, data=data: f(*data),
                "calcml, stable": lambda f=by_default, data=data: f(*data),
            }
            if "30" not in name:
                jobs["by hand, blocks"] = by_hand(name, data)
            if sympy is not None:
                converted = cm.to_sympy(expr)
                is_vector = hasattr(converted, "shape")
                entries = list(converted) if is_vector else converted
                peer = sympy.lambdify([cm.to_sympy(v) for v in variables], entries, modules="numpy", cse=True)
                jobs["sympy, cse"] = lambda f=peer, data=data: f(*data)
                # A list of arrays is the quickest that SymPy has for a vector; ours beside it is a list, too.
                alike = cm.lambdify(variables, list(expr.args), stable=False) if is_vector else ours
                jobs["calcml as sympy"] = lambda f=alike, data=data: f(*data)
            if jax is not None:
                given = [jax.numpy.asarray(column) for column in data]
                hand = in_jax(jax, name)
                own = cm.lambdify(variables, expr, backend="jax", stable=False)
                jobs["jax"] = lambda f=hand, given=given: f(*given).block_until_ready()
                jobs["calcml on jax"] = lambda f=own, given=given: f(*given).block_until_ready()
            times = least(jobs, repeat if size < 10**7 else max(3, repeat // 4), time.perf_counter, SLICE)
            per = {key: value / size * 1e9 for key, value in times.items()}
            results.append({"row": name, "size": size, "ns per element": per})
    return results


def scalars(repeat: int) -> list[dict[str, Any]]:
    """One call with Python floats."""
    exp, log, sin, cos, tanh, sqrt = math.exp, math.log, math.sin, math.cos, math.tanh, math.sqrt

    def sigma(a: float) -> float:
        e = exp(-a)
        return e / (1 + e) ** 2

    def softmax(a: float, b: float, c: float, d: float) -> list[float]:
        p, q, r, s = exp(a), exp(b), exp(c), exp(d)
        total = p + q + r + s
        return [p / total, q / total, r / total, s / total]

    def thirty(a: float) -> float:
        square = a * a
        e, f, u, h = exp(-a), exp(-a / 3), square + 1, 2 + cos(3 * a)
        root, t = sqrt(square + a + 1), tanh(a)
        return (
            2 * a * cos(u) * f - sin(u) * f / 3 + (2 * a / u * h + log(u) * 3 * sin(3 * a)) / (h * h)
            + (1 - t * t) * root + t * (2 * a + 1) / (2 * root)
            - (3 * square * (1 + e) + square * a * e) / ((1 + e) * (1 + e))
        )  # fmt: skip

    results = []
    for (name, (variables, expr)), hand in zip(ROWS.items(), (sigma, softmax, thirty), strict=True):
        at = [0.3, -0.7, 1.1, 0.2][: len(variables)]
        ours = cm.lambdify(variables, expr, backend="math", stable=False)
        arrays_too = cm.lambdify(variables, expr, stable=False)
        got = ours(*at)
        assert np.allclose(got, hand(*at)), name
        count = 20_000

        def loop(f: Callable[..., Any], at: list[float] = at, count: int = count) -> None:
            for _ in range(count):
                f(*at)

        jobs: dict[str, Job] = {"calcml math": lambda f=ours: loop(f), "math by hand": lambda f=hand: loop(f)}
        jobs["calcml numpy"] = lambda f=arrays_too: loop(f)
        sympy = installed("sympy")
        if sympy is not None:
            converted = cm.to_sympy(expr)
            is_vector = hasattr(converted, "shape")
            entries = list(converted) if is_vector else converted
            if is_vector:  # a list, as SymPy's
                alike = cm.lambdify(variables, list(expr.args), stable=False)
                jobs["calcml numpy, list"] = lambda f=alike: loop(f)
            symbols = [cm.to_sympy(v) for v in variables]
            peers = {module: sympy.lambdify(symbols, entries, modules=module, cse=True) for module in ("math", "numpy")}
            jobs["sympy math"] = lambda f=peers["math"]: loop(f)
            jobs["sympy numpy"] = lambda f=peers["numpy"]: loop(f)
        times = least(jobs, max(3, repeat // 3), time.process_time)
        results.append({"row": name, "ns per call": {key: value / count * 1e9 for key, value in times.items()}})
    return results


def first_number(repeat: int) -> dict[str, float]:
    """From the expression, derivative included, to the first value: σ′ at a point, caches as a session has them."""

    def calcml() -> float:
        f = 1 / (1 + cm.exp(-x))
        return cm.lambdify(x, cm.differentiate(f, x), backend="math", stable=False)(0.3)

    jobs: dict[str, Job] = {"calcml": calcml}
    symengine, sympy = installed("symengine"), installed("sympy")
    if symengine is not None:
        v = symengine.Symbol("x")
        jobs["symengine lambda"] = lambda: symengine.Lambdify(
            [v], [(1 / (1 + symengine.exp(-v))).diff(v)], backend="lambda"
        )([0.3])
    if sympy is not None:
        u = sympy.Symbol("x")

        def by_sympy() -> float:
            sympy.core.cache.clear_cache()
            return sympy.lambdify(u, sympy.diff(1 / (1 + sympy.exp(-u)), u), modules="math", cse=True)(0.3)

        jobs["sympy, first number"] = by_sympy
    return least(jobs, 20 * repeat, time.process_time)


def ratios(
    of_arrays: list[dict[str, Any]], of_scalars: list[dict[str, Any]], first: dict[str, float]
) -> list[list[str]]:
    """Our figure over the peer's, beside the target."""
    rows = []

    def add(what: str, ratio: float, target: float) -> None:
        rows.append([what, f"{ratio:.2f}", f"{target:g}", "" if ratio <= target else "missed"])

    against: dict[str, list[float]] = {}
    for result in of_arrays:
        times = result["ns per element"]
        for peer, value in times.items():
            if peer not in OURS:
                ours = times["calcml as sympy"] if peer == "sympy, cse" else times["calcml"]
                against.setdefault(peer, []).append(ours / value)
        label = f"{result['row']}, {result['size']:,}"
        if "jax" in times and "30" not in result["row"] and result["size"] in (10**6, 10**7):
            add(f"jax: {label}", times["calcml"] / times["jax"], 0.7 if result["size"] == 10**7 else 1.5)
        if "by hand, blocks" in times and result["size"] >= 10**5:
            add(f"by hand, blocks: {label}", times["calcml"] / times["by hand, blocks"], 1.15)
        if "sympy, cse" in times:
            add(f"sympy cse: {label}", times["calcml as sympy"] / times["sympy, cse"], 1.0)
        if "calcml on jax" in times:
            add(f"jax back end, jitted by hand: {label}", times["calcml on jax"] / times["jax"], 1.05)
    if "sympy, cse" in against:
        add("sympy cse, geometric mean", geometric_mean(against["sympy, cse"]), 1 / 1.5)
    for result in of_scalars:
        times = result["ns per call"]
        add(f"math by hand, one call: {result['row']}", times["calcml math"] / times["math by hand"], 1.3)
        if "sympy numpy" in times:
            ours = times.get("calcml numpy, list", times["calcml numpy"])
            add(f"sympy numpy, one call: {result['row']}", ours / times["sympy numpy"], 1.0)
    for peer, target in (("symengine lambda", 1.5), ("sympy, first number", 0.1)):
        if peer in first:
            add(f"first number: {peer}", first["calcml"] / first[peer], target)
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 10^6 elements, few repetitions")
    quick = parser.parse_args(arguments).quick
    warnings.simplefilter("ignore")
    sizes = [10, 1000, 10**4, 10**5, 10**6, *([] if quick else [10**7])]
    repeat = 5 if quick else 12
    of_arrays, of_scalars, first = arrays(sizes, repeat), scalars(repeat), first_number(repeat)
    peers = list(dict.fromkeys(key for result in of_arrays for key in result["ns per element"]))
    print("nanoseconds an element\n")
    rows = []
    for result in of_arrays:
        per = result["ns per element"]
        rows.append([result["row"], f"{result['size']:,}", *[f"{per[p]:.3g}" if p in per else "-" for p in peers]])
    print_table(["row", "size", *peers], rows)
    callers = list(dict.fromkeys(key for result in of_scalars for key in result["ns per call"]))
    print("\nnanoseconds a call\n")
    print_table(
        ["row", *callers],
        [
            [r["row"], *[f"{r['ns per call'][c]:.0f}" if c in r["ns per call"] else "-" for c in callers]]
            for r in of_scalars
        ],
    )
    print("\nfirst number, derivative included:", ", ".join(f"{k} {short_time(v)}" for k, v in first.items()))
    found = ratios(of_arrays, of_scalars, first)
    print("\nratios to peers\n")
    print_table(["ratio to", "is", "target", ""], found)
    save("numeric", {"arrays": of_arrays, "scalars": of_scalars, "first number": first, "ratios": found})
    return 0


if __name__ == "__main__":
    main()
