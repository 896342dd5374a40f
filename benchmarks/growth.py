"""How cost grows with the size of the expression: the exponent p of time ~ size^p, which should be 1.

Nested sines, a long sum, a long product, and the tower e <- e*e + e, whose tree is exponential and whose graph is not;
each built first and then differentiated, by `differentiate` and by `differentiate_all`, and simplified. Writes
results/growth.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.measure import TimeLimitError, once, print_table, save, settle, short_time, slope, time_limit
from benchmarks.systems import Calcml, installed
from calcml.simplification import simplify

SIZES = (100, 316, 1000, 3162, 10_000, 31_623, 100_000)
Family = Callable[[Calcml, int], tuple[Any, list[Any]]]


def nested_sine(s: Calcml, size: int) -> tuple[Any, list[Any]]:
    """sin(sin(… x)), one node for each level."""
    x = e = s.symbols(1)[0]
    for _ in range(size):
        e = s.sin(e)
    return e, [x]


def long_sum(s: Calcml, size: int) -> tuple[Any, list[Any]]:
    """sin(x1 x) + sin(x2 x) + …: about three nodes for each term."""
    x, *rest = s.symbols(size // 3 + 1)
    return s.total([s.sin(x * y) for y in rest]), [x, *rest]


def long_product(s: Calcml, size: int) -> tuple[Any, list[Any]]:
    """(x + x1)(x + x2)…: about three nodes for each factor."""
    x, *rest = s.symbols(size // 3 + 1)
    return s.product([x + y for y in rest]), [x, *rest]


def sum_by_a_loop(s: Calcml, size: int) -> tuple[Any, list[Any]]:
    """A sum that a Python loop adds up term by term."""
    x, *rest = s.symbols(size // 3 + 1)
    e = x
    for y in rest:
        e = e + s.sin(x * y)
    return e, [x, *rest]


def tower(s: Calcml, size: int) -> tuple[Any, list[Any]]:
    """e <- e*e + e: two nodes for each level."""
    x = e = s.symbols(1)[0]
    for _ in range(size // 2):
        e = s.total([s.product([e, e]), e])
    return e, [x]


FAMILIES: dict[str, Family] = {
    "nested sine": nested_sine,
    "long sum": long_sum,
    "sum by a loop": sum_by_a_loop,
    "long product": long_product,
    "tower e*e + e": tower,
}


def job_of(name: str, system: Calcml, family: Family, size: int) -> Callable[[], Any]:
    """Build the expression, or differentiate one that is built: then nothing but the derivative is timed."""
    if name == "build":
        return lambda: family(system, size)
    f, variables = family(system, size)
    if name == "simplify":
        return lambda: simplify(f)
    if name == "differentiate":
        return lambda: system.derivative(f, variables[0], 1)
    return lambda: system.gradient(f, variables)


def measure(system: Calcml, family: Family, sizes: list[int], limit: float, repeat: int) -> dict[str, list[float]]:
    """Seconds for building, differentiating by x and by all variables, and simplifying; the smallest of some runs."""
    times: dict[str, list[float]] = {"build": [], "differentiate": [], "differentiate_all": [], "simplify": []}
    for size in sizes:
        number = sizes.index(size)
        for name, found in times.items():
            if len(found) < number:
                continue  # it failed at a smaller size
            try:
                with time_limit(limit):
                    job = job_of(name, system, family, size)
                    found.append(
                        min(once(job, system.reset, 1 + 2000 // size, system.release)[0] for _ in range(repeat))
                    )
            except TimeLimitError as error:
                print(f"{name}, size {size}: {error}", file=sys.stderr)
    return times


def main(arguments: list[str] | None = None) -> int:
    """Print times and exponents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n")[0])
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one job at one size")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    systems, missing = installed(["calcml"])
    if missing:
        print(f"growth: calcml is {missing['calcml']}; skipped", file=sys.stderr)
        return 0
    settle()
    sizes = [size for size in SIZES if size <= options.largest]
    data: dict[str, Any] = {}
    lines = []
    for name, family in FAMILIES.items():
        times = measure(systems["calcml"], family, sizes, options.limit, options.repeat)
        data[name] = {}
        for job, found in times.items():
            measured = sizes[: len(found)]
            large = [(size, value) for size, value in zip(measured, found, strict=True) if size >= 1000]
            tail = slope(*zip(*large, strict=True)) if len(large) > 1 else float("nan")
            data[name][job] = {"sizes": measured, "seconds": found, "exponent": slope(measured, found), "tail": tail}
            cells = [short_time(value) for value in found] + ["-"] * (len(sizes) - len(found))
            lines.append([f"{name}: {job}", *cells, f"{slope(measured, found):.2f}", f"{tail:.2f}"])
    print_table(["size", *map(str, sizes), "exponent", "from 1000"], lines)
    if not options.no_save:
        print(f"written to {save('growth', {'families': data})}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
