"""Confirms taylor.toml with two oracles that share nothing with calcml.

    python tests/tables/confirm_taylor.py [part of a function]

- SymPy: the coefficients of its own series of the function (along a line through the point, in several variables), to 30
  digits. For a case with `highest`, its one-sided limits of the derivatives.
- mpmath: what is left between function and answer, at 300 digits, shrinks by the power order + 1 of the distance when
  the distance does, on both sides of the point. For a case with `highest`, one-sided differences of that order agree
  and those of the next do not, or grow.

The texts are read by the readers of confirm_derivatives.py. Prints a line per row, and exits 1 if anything disagrees.
"""

from __future__ import annotations

import random
import sys
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import sympy
from confirm_derivatives import Disagreement, Reader, mpmath_function, names_in
from mpmath import mp

HERE = Path(__file__).resolve().parent
DIGITS = 300


def place_of(text: str) -> dict[str, str]:
    """`x=0, y=1` as names and texts."""
    return dict(part.strip().split("=") for part in text.split(","))  # type: ignore[misc]


def parameters(row: dict[str, Any], place: dict[str, str]) -> dict[str, Fraction]:
    """Random values for the symbols that are not expanded in."""
    names = names_in(row["plain"]) | {name for text in place.values() for name in names_in(text)}
    rng = random.Random(row["plain"])
    return {name: Fraction(rng.randint(200, 400), 97) for name in sorted(names - set(place))}


def by_sympy(row: dict[str, Any]) -> str:
    """The series of SymPy against the answer, coefficient by coefficient of the distance t along a line."""
    place = place_of(row["at"])
    t = sympy.Symbol("t", real=True)
    values = {name: sympy.Rational(v.numerator, v.denominator) for name, v in parameters(row, place).items()}
    line = {
        sympy.Symbol(name, real=True): Reader(text).read() + (i + 1) * t for i, (name, text) in enumerate(place.items())
    }
    given = {sympy.Symbol(name, real=True): value for name, value in values.items()}
    both = [Reader(row[key]).read().subs(line, simultaneous=True).subs(given) for key in ("plain", "answer")]
    if both[0].has(sympy.Piecewise):
        return "cases"
    theirs = sympy.series(both[0], t, 0, row["order"] + 1).removeO()
    for k in range(row["order"] + 1):
        pair = [sympy.N(sympy.expand(each).coeff(t, k), 40) for each in (theirs, sympy.expand(both[1]))]
        if abs(pair[0] - pair[1]) > sympy.Float("1e-28", 40) * max(1, abs(pair[0])):
            raise Disagreement(f"SymPy has {pair[0]} at t^{k}, the answer {pair[1]}")
    return "series"


def by_mpmath(row: dict[str, Any]) -> float:
    """How much faster than asked the remainder shrinks: the exponent that is measured, less order + 1."""
    place = place_of(row["at"])
    function, answer = mpmath_function(row["plain"]), mpmath_function(row["answer"])
    order = row["order"]
    worst = mp.inf
    with mpmath.workdps(DIGITS):
        given = {name: mp.mpf(v.numerator) / v.denominator for name, v in parameters(row, place).items()}
        centre = {name: mpmath_function(text)(given) for name, text in place.items()}
        for sign in (1, -1):
            for slope in (1, 2):
                left = []
                for size in (8, 10):
                    h = sign * mp.mpf(10) ** -size
                    at = {n: c + h * (1 + slope * i) for i, (n, c) in enumerate(centre.items())}
                    left.append(abs(function({**given, **at}) - answer({**given, **at})))
                if left[0] < mp.mpf(10) ** (40 - DIGITS):
                    continue  # the function is the polynomial
                worst = min(worst, mp.log10(left[0] / left[1]) / 2 - (order + 1))
    if worst < -0.01:
        raise Disagreement(f"the remainder shrinks like the power {order + 1 + float(worst):.2f} only")
    return float(worst)


def one_sided(function: Any, name: str, a: Any, side: int, k: int, size: int) -> Any:
    """The k-th difference quotient of values on one side of the point."""
    h = side * mp.mpf(10) ** -size
    total = mp.mpf(0)
    for i in range(k + 1):
        total += (-1) ** (k - i) * mp.binomial(k, i) * function({name: a + (i or mp.mpf(10) ** -90) * h})
    return total / h**k


def confirm_limit(row: dict[str, Any]) -> str:
    """That the expansion exists up to the order `highest`, and no further."""
    ((name, text),) = place_of(row["at"]).items()
    function, highest = mpmath_function(row["plain"]), row["highest"]
    with mpmath.workdps(DIGITS):
        a = mpmath_function(text)({})
        for k in range(max(highest, 0) + 2):
            found = []
            for side in (1, -1):
                try:
                    values = [one_sided(function, name, a, side, k, size) for size in (30, 60)]
                    real = all(not isinstance(v, mpmath.mpc) and mp.isfinite(v) for v in values)
                except (ValueError, ZeroDivisionError, Disagreement, TypeError):
                    real = False
                settled = real and abs(values[0] - values[1]) < mp.mpf(10) ** -4 * max(1, abs(values[1]))
                found.append(values[1] if settled else None)
            agree = None not in found and abs(found[0] - found[1]) < mp.mpf(10) ** -4
            if k <= highest and not agree:
                raise Disagreement(f"the derivative of order {k} is {found} by mpmath")
            if k > highest and agree:
                raise Disagreement(f"the derivative of order {k} exists by mpmath: {mp.nstr(found[0], 8)}")
            if k > highest:
                break
    return by_sympy_limit(row, name, text)


def by_sympy_limit(row: dict[str, Any], name: str, text: str) -> str:
    """The same by SymPy's limits of the derivatives on either side, where it finds them."""
    x = sympy.Symbol(name, real=True)
    f, a = Reader(row["plain"]).read(), Reader(text).read()
    for k in range(max(row["highest"], 0) + 2):
        try:  # beside the point every case is settled by the sign of t
            t = sympy.Symbol("t", positive=True)
            ends = [sympy.limit(side**k * sympy.diff(f.subs(x, a + side * t), t, k), t, 0, "+") for side in (1, -1)]
        except Exception:  # SymPy's limits of cases fail in many ways
            return "SymPy does not know"
        if any(end.has(sympy.Limit, sympy.AccumBounds) or end is sympy.nan for end in ends):
            return "SymPy does not know"
        agree = all(end.is_finite and end.is_real for end in ends) and sympy.simplify(ends[0] - ends[1]) == 0
        if agree != (k <= row["highest"]) and not (row["highest"] == -1 and k == 0 and _only_value(f, x, a)):
            return f"SymPy says otherwise at order {k}: {ends}"
        if k > row["highest"]:
            break
    return "SymPy agrees"


def _only_value(f: Any, x: Any, a: Any) -> bool:
    """Whether the limits agree, and the function is not defined on both sides or differs at the point itself."""
    values = [f.subs(x, a + d) for d in (-sympy.Rational(1, 10**6), 0, sympy.Rational(1, 10**6))]
    return any(not v.is_real for v in values)


def main(wanted: str = "") -> int:
    rows = tomllib.loads((HERE / "taylor.toml").read_text(encoding="utf-8"))
    failures: list[str] = []
    for kind in ("case", "limit"):
        for row in rows[kind]:
            if wanted not in row["plain"]:
                continue
            label = f"{row['plain']} at {row['at']}"
            try:
                said = f"{by_sympy(row)}, {by_mpmath(row):+.2f}" if kind == "case" else confirm_limit(row)
            except Disagreement as problem:
                failures.append(f"{label}: {problem}")
                said = "FAILED"
            if "otherwise" in said:
                failures.append(f"{label}: {said}")
            print(f"{kind:6} {label:40} {said}")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} rows disagree" if failures else "every row is confirmed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
