"""Confirms operators.toml with two oracles that share nothing with calcml: SymPy's derivatives, and mpmath's numerical ones.

    python tests/tables/confirm_operators.py [part of a typed text]

Every operator is written here once more, by its definition in terms of partial derivatives; SymPy supplies those
symbolically, mpmath by differences at 40 digits. Both are compared with the table's answer at random rational points of
the domain, and the values at points likewise. Prints a line per row, and exits 1 if anything disagrees.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import sympy
from mpmath import mp

sys.path.insert(0, str(Path(__file__).resolve().parent))
from confirm_derivatives import (
    DIFF_DIGITS,
    SYMPY_DIGITS,
    Disagreement,
    Point,
    Reader,
    error,
    exact,
    finite,
    mpmath_function,
    names_in,
    points,
    sympy_value,
)

Partial = Callable[[int, tuple[int, ...]], Any]  # function i, and how often by each variable
HERE = Path(__file__).resolve().parent


def split(text: str, separator: str = ",") -> list[str]:
    """The parts between separators that stand outside of all brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in [*parts, text[start:]]]


def entries(text: str) -> list[str]:
    """The entries of a scalar, vector or matrix, row by row."""
    text = text.strip()
    if not text.startswith("["):
        return [text]
    return [entry for part in split(text[1:-1]) for entry in entries(part)]


def expected(case: dict[str, Any], count: int, partial: Partial, v: list[Any], root: Callable[[Any], Any]) -> list[Any]:
    """What the operator is, entry by entry, from partial derivatives."""
    n = len(case["by"])

    def d(i: int, *places: int) -> Any:
        return partial(i, tuple([places.count(k) for k in range(n)]))

    operator = case["operator"]
    if operator in ("gradient", "jacobian"):
        return [d(i, j) for i in range(count) for j in range(n)]
    if operator == "hessian":
        return [d(0, i, j) for i in range(n) for j in range(n)]
    if operator == "divergence":
        return [sum(d(i, i) for i in range(n))]
    if operator == "curl":
        third = d(1, 0) - d(0, 1)
        return [third] if n == 2 else [d(2, 1) - d(1, 2), d(0, 2) - d(2, 0), third]
    if operator == "laplacian":
        return [sum(d(0, i, i) for i in range(n))]
    if operator == "directional":
        return [sum(d(0, i) * v[i] for i in range(n)) / root(sum(entry * entry for entry in v))]
    if operator == "jvp":
        return [sum(d(i, j) * v[j] for j in range(n)) for i in range(count)]
    if operator == "hvp":
        return [sum(d(0, i, j) * v[j] for j in range(n)) for i in range(n)]
    if operator == "implicit":
        y, x = 0, 1
        if case.get("order", 1) == 1:
            return [-d(0, x) / d(0, y)]
        upper = d(0, x, x) * d(0, y) ** 2 - 2 * d(0, x, y) * d(0, x) * d(0, y) + d(0, y, y) * d(0, x) ** 2
        return [-upper / d(0, y) ** 3]
    if operator == "mixed":
        names = list(dict.fromkeys(case["by"]))
        return [partial(0, tuple([case["by"].count(name) for name in names]))]
    if operator == "total":
        return [d(0, 0)]
    raise Disagreement(f"there is no operator {operator}")


def functions_of(case: dict[str, Any]) -> list[str]:
    """The texts of the functions; the left side minus the right one of an equation."""
    if case["operator"] == "implicit":
        left, _, right = case["typed"].partition("=")
        return [f"({left}) - ({right})"]
    return entries(case["typed"])


def confirm(case: dict[str, Any]) -> tuple[float, float]:
    """The largest error against each oracle. Raises Disagreement."""
    texts, answers = functions_of(case), entries(case["answer"])
    direction = split(case["along"]) if "along" in case else []
    inner = dict(part.split("=", 1) for part in split(case["with"])) if "with" in case else {}
    by = list(dict.fromkeys(case["by"]))
    where = case["where"]
    given = " + ".join(f"({text})" for text in [*texts, *answers, *inner.values(), *direction])
    names = (names_in(given) | names_in(where) | set(by)) - set(inner)
    at = points(names, where, case["typed"] + case["operator"])
    symbolic = _by_sympy(case, texts, by, inner, direction)
    numeric = _by_mpmath(case, texts, by, inner, direction)
    claims = [Reader(answer).read() for answer in answers]
    if len(symbolic) != len(claims):
        raise Disagreement(f"the answer has {len(claims)} entries, and there are {len(symbolic)}")
    worst = [mp.mpf(0), mp.mpf(0)]
    for point in at:
        for claim, theirs in zip(claims, symbolic, strict=True):
            ours, other = sympy_value(claim, point, SYMPY_DIGITS), sympy_value(theirs, point, SYMPY_DIGITS)
            with mpmath.workdps(SYMPY_DIGITS + 10):
                _compare("SymPy", ours, other, mp.mpf(10) ** -SYMPY_DIGITS, worst, 0)
        with mpmath.workdps(DIFF_DIGITS):
            for answer, other in zip(answers, numeric(point), strict=True):
                ours = finite(mpmath_function(answer)(exact(point)), point)
                _compare("mpmath", ours, other, mp.mpf(10) ** (-DIFF_DIGITS // 3), worst, 1)
    if "value" in case:
        _confirm_value(case, answers)
    return float(worst[0]), float(worst[1])


def _compare(oracle: str, ours: Any, theirs: Any, tolerance: Any, worst: list[Any], place: int) -> None:
    difference = error(ours, theirs)
    if difference > tolerance:
        raise Disagreement(f"{oracle} has {mp.nstr(theirs, 12)}, the answer {mp.nstr(ours, 12)}")
    worst[place] = max(worst[place], difference)


def _by_sympy(
    case: dict[str, Any], texts: list[str], by: list[str], inner: dict[str, str], direction: list[str]
) -> list[Any]:
    symbols = [sympy.Symbol(name, real=True) for name in by]
    put = {sympy.Symbol(name.strip(), real=True): Reader(text).read() for name, text in inner.items()}
    functions = [Reader(text).read().subs(put) for text in texts]

    def partial(i: int, orders: tuple[int, ...]) -> Any:
        found = functions[i]
        for symbol, order in zip(symbols, orders, strict=True):
            found = sympy.diff(found, symbol, order) if order else found
        return found

    return expected(case, len(texts), partial, [Reader(text).read() for text in direction], sympy.sqrt)


def _by_mpmath(
    case: dict[str, Any], texts: list[str], by: list[str], inner: dict[str, str], direction: list[str]
) -> Callable[[Point], list[Any]]:
    functions = [mpmath_function(text) for text in texts]
    put = {name.strip(): mpmath_function(text) for name, text in inner.items()}

    def at_point(point: Point) -> list[Any]:
        place = exact(point)

        def partial(i: int, orders: tuple[int, ...]) -> Any:
            def section(*values: Any) -> Any:
                moved = {**place, **dict(zip(by, values, strict=True))}
                return functions[i]({**moved, **{name: value(moved) for name, value in put.items()}})

            return mp.diff(section, tuple([place[name] for name in by]), orders)

        v = [mpmath_function(text)(place) for text in direction]
        return expected(case, len(texts), partial, v, mp.sqrt)

    return at_point


def _confirm_value(case: dict[str, Any], answers: list[str]) -> None:
    """The value at the point is the answer there."""
    with mpmath.workdps(DIFF_DIGITS):
        place = {name.strip(): mpmath_function(text)({}) for name, text in (p.split("=") for p in split(case["at"]))}
        for answer, value in zip(answers, entries(case["value"]), strict=True):
            ours, theirs = mpmath_function(value)({}), mpmath_function(answer)(place)
            if error(ours, theirs) > mp.mpf(10) ** -30:
                raise Disagreement(f"the answer at {case['at']} is {mp.nstr(theirs, 12)}, not {value}")
    with mpmath.workdps(SYMPY_DIGITS):
        point = {name.strip(): Reader(text).read() for name, text in (p.split("=") for p in split(case["at"]))}
        for answer, value in zip(answers, entries(case["value"]), strict=True):
            put = {sympy.Symbol(name, real=True): number for name, number in point.items()}
            difference = sympy.N(Reader(answer).read().subs(put) - Reader(value).read(), SYMPY_DIGITS)
            if abs(difference) > sympy.Float(10) ** (5 - SYMPY_DIGITS):
                raise Disagreement(f"SymPy: the answer at {case['at']} differs from {value} by {difference}")


def main(wanted: str = "") -> int:
    """Confirm every row whose typed text contains `wanted`."""
    cases = tomllib.loads((HERE / "operators.toml").read_text(encoding="utf-8"))["case"]
    failures = []
    for number, case in enumerate(cases, 1):
        label = f"{case['operator']} {case['typed']}"
        if wanted not in label:
            continue
        try:
            errors = confirm(case)
        except (Disagreement, ArithmeticError, ValueError, KeyError, SyntaxError, TypeError) as problem:
            failures.append(f"{number}: {label}: {type(problem).__name__}: {problem}")
            print(f"{number:4}  FAILED   {label}")
            continue
        print(f"{number:4}  {errors[0]:.0e}  {errors[1]:.0e}  {label}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} rows disagree" if failures else "every row agrees with both oracles")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
