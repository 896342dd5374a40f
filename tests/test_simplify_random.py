"""Random expressions through the simplifier: value and domain kept, idempotent, never longer, never slow."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from random_expressions import distribution, samples

import calcml as cm
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.measure import measure
from calcml.precise import PreciseProgram
from calcml.sampling import points
from calcml.simplification import simplify

SOAK = os.environ.get("CALCML_SOAK") == "1"
COUNT = 100_000 if SOAK else 300
SEED = int(os.environ.get("CALCML_SEED", "20261121"))
SECONDS = 2.0
RESULTS = Path(__file__).parent.parent / "benchmarks" / "results" / "simplify_random.json"
POINTS = 14
DIGITS = (50, 300)


def failure(expr: Expr) -> str:
    """What is wrong with how an expression is simplified; empty: nothing."""
    started = time.process_time()
    line = simplify(expr)
    kept = cm.simplify(expr)
    seconds = time.process_time() - started
    if seconds > 2 * SECONDS:
        return f"took {seconds:.1f} s for two calls"
    if measure(line) > measure(expr):
        return f"became longer: {line}"
    again = simplify(line)
    if again is not line:
        return f"not idempotent: {line}, then {again}"
    return _differs(expr, line, kept)


def _differs(expr: Expr, line: Expr, kept: Expr) -> str:
    variables = sorted(cm.free_symbols(expr, line, kept), key=lambda symbol: symbol.name)
    program = Program([expr, line, kept], variables)
    fixed = [[a, b, c][: len(variables)] for a in (0.0, 1.0, -1.0) for b in (1.0, -1.0) for c in (2.0,)]
    stream = points(variables, seed=5)
    for point in [*fixed, *(next(stream) for _ in range(POINTS))]:
        before, after, guarded = program.run(point)
        close = (
            type(before) is float
            and type(after) is float
            and abs(before) < 1e200
            and abs(before - after) <= 1e-9 * abs(before)
            and type(guarded) is float
            and abs(before - guarded) <= 1e-9 * abs(before)
        )
        if not close and not (before != before and guarded != guarded):
            problem = _confirmed((expr, line, kept), variables, point)
            if problem:
                at = ", ".join(f"{v} = {p!r}" for v, p in zip(variables, point, strict=True))
                return f"{problem}: {line} (with its domain: {kept}) at {at}"
    return ""


def _confirmed(lines: tuple[Expr, Expr, Expr], variables: list[Expr], point: list[float]) -> str:
    """Whether digits confirm what floats saw: values that differ, or a value where there was none."""
    before: list[object] | None = None
    for digits in DIGITS:
        values = _values(lines, variables, point, digits)
        if values is None:
            return ""  # too large to be computed
        if before is not None and _unsettled(before, values):
            return ""  # at this point no precision tells
        before = values
    first, second, third = before  # type: ignore[misc]
    if first is None:
        return "" if third is None else "defined where it was not"
    if second is None or third is None:
        return "no value where there was one"
    return "" if _near(first, second) and _near(first, third) else f"{first} became {second}"


def _values(lines: tuple[Expr, ...], variables: list[Expr], point: list[float], digits: int) -> list[object] | None:
    import mpmath

    with mpmath.workdps(digits):
        at = {v: mpmath.mpf(p) for v, p in zip(variables, point, strict=True)}
        try:
            found = [PreciseProgram(line).run(at) for line in lines]
        except (cm.CalcmlError, MemoryError, OverflowError):
            return None
    return [value if value is None or mpmath.isfinite(value) else None for value in found]


def _near(a: object, b: object) -> bool:
    return bool(abs(a - b) <= 1e-25 * max(abs(a), abs(b), 1e-30))  # type: ignore[operator, arg-type]


def _unsettled(before: list[object], after: list[object]) -> bool:
    pairs = zip(before, after, strict=True)
    return any((a is None) != (b is None) or (a is not None and not _near(a, b)) for a, b in pairs)


def test_random_expressions() -> None:
    found = samples(COUNT, SEED)
    drawn = distribution(found)
    print(json.dumps(drawn))
    assert 2 * int(str(drawn["not rational"])) >= COUNT
    failures = []
    slowest = 0.0
    for i, expr in enumerate(found):
        started = time.process_time()
        problem = failure(expr)
        slowest = max(slowest, time.process_time() - started)
        if problem:
            failures.append(f"seed {SEED}, number {i}: {expr}: {problem}")
    if SOAK:
        record = {"seed": SEED, "count": COUNT, "failures": failures, "slowest, with checks": slowest, "drawn": drawn}
        RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    assert not failures, "\n".join(failures[:20])
