"""Confirms extrema.toml with two oracles that share nothing with calcml.

    python tests/tables/confirm_extrema.py [part of a function]

- SymPy: at each point that is no kink and no end every partial derivative is 0, exactly or to 30 digits, and the value is
  the one said; where its `solve` finds the real critical points, there are as many (in one period: those in it).
- mpmath: values around each point, in many directions and along parabolas, lie as its kind says; the derivative, measured
  by differences, changes its sign between scanned points only at points of the table; no value at many points of the domain
  beats `smallest` and `largest`, and with "none" values beyond any listed one are found, or nothing attains the bound;
  midpoints lie below (above) chords for `convex` (`concave`), and both occur for `neither`.

The texts are read by the readers of confirm_derivatives.py. Prints a line per row, and exits 1 if anything disagrees.
"""

from __future__ import annotations

import itertools
import random
import sys
import tomllib
from pathlib import Path
from typing import Any

import mpmath
import sympy
from confirm_derivatives import Disagreement, Reader, mpmath_function, names_in
from mpmath import mp

HERE = Path(__file__).resolve().parent
DIGITS = 60


class Row:
    """A row with its texts read."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.plain = row["plain"]
        self.names = sorted(names_in(self.plain))
        self.function = mpmath_function(self.plain)
        self.symbols = [sympy.Symbol(name, real=True) for name in self.names]
        self.expr = Reader(self.plain).read()
        self.on = [mpmath_function(end)({}) for end in row.get("on", "").split()]
        self.points: list[tuple[dict[str, str], str, str]] = []
        for text in row.get("points", []):
            at, value, kind = [part.strip() for part in text.split("|")]
            self.points.append((dict(part.strip().split("=") for part in at.split(",")), value, kind))  # type: ignore[misc]
        self.smallest, self.largest, self.shape = (row.get(key, "") for key in ("smallest", "largest", "shape"))

    def value(self, at: list[Any]) -> Any:
        """The value at a point, or None outside the domain."""
        if self.on and not self.on[0] <= at[0] <= self.on[1]:
            return None
        try:
            found = self.function(dict(zip(self.names, at, strict=True)))
        except (ValueError, ZeroDivisionError, Disagreement, TypeError):
            return None
        return None if isinstance(found, mpmath.mpc) or not mp.isfinite(found) else found


def by_sympy(row: Row) -> str:
    """Slopes that are 0, values, and the number of solutions."""
    said = ""
    smooth = 0
    for at, value, _ in row.points:
        place = {sympy.Symbol(name, real=True): Reader(text).read() for name, text in at.items()}
        gap = sympy.N(row.expr.subs(place) - Reader(value).read(), 40)
        if abs(gap) > 1e-25:
            raise Disagreement(f"SymPy: the value at {at} is off by {gap}")
        slopes = [sympy.N(sympy.diff(row.expr, x).subs(place), 40) for x in row.symbols]
        if all(slope.is_number and slope.is_finite and abs(slope) < 1e-25 for slope in slopes):
            smooth += 1
        elif (
            row.expr.has(sympy.Abs, sympy.Piecewise, sympy.sign)
            or row.on
            or any(not slope.is_finite for slope in slopes)
            or row.value([mpmath_function(text)({}) - mp.mpf(10) ** -9 for text in at.values()]) is None
            or row.value([mpmath_function(text)({}) + mp.mpf(10) ** -9 for text in at.values()]) is None
        ):
            said += " kink or end"
        else:
            raise Disagreement(f"SymPy: the slopes at {at} are {slopes}")
    try:
        if row.expr.has(sympy.Piecewise, sympy.Abs, sympy.sin, sympy.erf) or row.on:
            return f"{smooth} slopes are 0{said}"
        found = sympy.solve([sympy.diff(row.expr, x) for x in row.symbols], row.symbols, dict=True)
    except Exception:  # what SymPy cannot solve is confirmed by scanning alone
        return f"{smooth} slopes are 0{said}"
    real = {
        tuple(sympy.N(solution[x], 20) for x in row.symbols)
        for solution in found
        if all(x in solution and abs(sympy.im(sympy.N(solution[x], 30))) < 1e-20 for x in row.symbols)
    }
    inside = {point for point in real if row.value([mp.mpf(str(sympy.re(c))) for c in point]) is not None}
    if len(inside) != smooth:
        raise Disagreement(f"SymPy finds {len(inside)} critical points, the table has {smooth}: {inside}")
    return f"SymPy finds the same {smooth}{said}"


def directions(count: int) -> list[tuple[list[int], list[int]]]:
    """(line, square): steps a·h + b·h^2 in each variable."""
    if count == 1:
        return [([1], [0]), ([-1], [0])]
    lines = [list(step) for step in itertools.product((-2, -1, 0, 1, 2), repeat=count) if any(step)]
    found = [(line, [0] * count) for line in lines]
    for i, j in itertools.permutations(range(count), 2):
        for slope in (-3, -2, -1, 1, 2, 3, 5):
            a, b = [0] * count, [0] * count
            a[i], b[j] = 1, slope
            found.append((a, b))
            a = [0] * count
            a[i] = -1
            found.append((a, b))
    return found


def by_neighbours(row: Row) -> None:
    """Values around each point against its kind."""
    for at, value, kind in row.points:
        centre = [mpmath_function(at[name])({}) for name in row.names]
        here = mpmath_function(value)({})
        signs = set()
        for line, square in directions(len(row.names)):
            h = mp.mpf(10) ** -6
            there = row.value([c + a * h + b * h * h for c, a, b in zip(centre, line, square, strict=True)])
            if there is not None and abs(there - here) > mp.mpf(10) ** (8 - DIGITS):
                signs.add(1 if there > here else -1)
        expected = {"minimum": {1}, "maximum": {-1}}.get(kind, {1, -1})
        if signs != expected:
            raise Disagreement(
                f"mpmath: around {at} values are {signs} beside the one there, and it is said to be {kind}"
            )


def by_scanning(row: Row) -> int:
    """Changes of the sign of the slope between scanned points, each at a point of the table. The number of them."""
    if len(row.names) != 1:
        return 0
    ends = row.on or [mp.mpf(-12), mp.mpf(12)]
    repeats = row.expr.has(sympy.sin) and not row.on
    if repeats:
        ends = [mp.mpf("0.0001"), 2 * mp.pi - mp.mpf("0.0001")]
    known = [mpmath_function(at[row.names[0]])({}) for at, _, _ in row.points]
    step = (ends[1] - ends[0]) / 1501
    h = mp.mpf(10) ** -20
    changes = 0
    before = None
    for i in range(1, 1501):
        x = ends[0] + i * step
        pair = [row.value([x - h]), row.value([x + h])]
        if None in pair:
            before = None
            continue
        slope = pair[1] - pair[0]
        sign = 0 if abs(slope) < mp.mpf(10) ** (5 - DIGITS) else 1 if slope > 0 else -1
        if before is not None and sign and before[1] and sign != before[1]:
            if not any(before[0] <= point <= x for point in known) and abs(row.value([x]) or 0) < 1e4:
                raise Disagreement(f"mpmath: the slope changes its sign near {mp.nstr(x, 6)}")
            changes += 1
        before = (x, sign)
    return changes


def by_sampling(row: Row) -> None:
    """smallest, largest and shape against values at many points."""
    rng = random.Random(row.plain)
    sample: list[tuple[list[Any], Any]] = []
    for i in range(4000):
        size = (0.5, 2, 10, 60)[i % 4]
        at = [mp.mpf(rng.uniform(-size, size)) for _ in row.names]
        if row.on:
            at = [row.on[0] + (row.on[1] - row.on[0]) * mp.mpf(rng.random())]
        value = row.value(at)
        if value is not None:
            sample.append((at, value))
    best = [min(v for _, v in sample), max(v for _, v in sample)]
    listed = [mpmath_function(value)({}) for _, value, _ in row.points]
    for said, found, sign in ((row.smallest, best[0], 1), (row.largest, best[1], -1)):
        if said and said != "none":
            limit = mpmath_function(said)({})
            if sign * (found - limit) < -(mp.mpf(10) ** -20):
                raise Disagreement(f"mpmath: {mp.nstr(found, 8)} beats the value {said}")
            if listed and not any(abs(value - limit) < mp.mpf(10) ** -30 for value in listed):
                raise Disagreement(f"{said} is the value of no point")
        elif said == "none" and any(sign * (found - value) >= 0 for value in listed) and not _is_open(row, sign, best):
            raise Disagreement("mpmath: no value beats those of the points")
    if row.shape:
        kinds = set()
        for (a, p), (b, q) in itertools.pairwise(sample):
            middle = row.value([(s + t) / 2 for s, t in zip(a, b, strict=True)])
            if middle is not None and abs((p + q) / 2 - middle) > mp.mpf(10) ** -30 * max(1, abs(p), abs(q)):
                kinds.add("convex" if middle < (p + q) / 2 else "concave")
        wanted = {"convex": {"convex"}, "concave": {"concave"}, "neither": {"convex", "concave"}}[row.shape]
        if kinds != wanted:
            raise Disagreement(f"mpmath: chords say {kinds}, the table {row.shape}")


def _is_open(row: Row, sign: int, best: list[Any]) -> bool:
    """Whether values far out, or near the ends of the domain, go beyond or come near a bound that none attains."""
    far = [row.value([s * mp.mpf(10) ** k] * len(row.names)) for k in (-30, 2, 3) for s in (1, -1)]
    values = [value for value in far if value is not None]
    own = best[0] if sign > 0 else best[1]
    return any(sign * (own - value) > 0 or abs(value) < mp.mpf(10) ** -10 for value in values)


def confirm_numeric(row: dict[str, Any]) -> str:
    """A numeric point: SymPy's slopes are small there, mpmath's root of the slope is there, values around it fit."""
    read = Row({**row, "points": []})
    at = dict(part.strip().split("=") for part in row["at"].split(","))
    place = {sympy.Symbol(name, real=True): sympy.Float(text, 30) for name, text in at.items()}
    slopes = [abs(sympy.N(sympy.diff(read.expr, x).subs(place), 30)) for x in read.symbols]
    if max(slopes) > 1e-12:
        raise Disagreement(f"SymPy: slopes {slopes}")
    centre = [mp.mpf(at[name]) for name in read.names]
    if len(centre) == 1:
        root = mp.findroot(lambda t: mp.diff(lambda s: read.value([s]), t), centre[0])
        if abs(root - centre[0]) > 1e-13:
            raise Disagreement(f"mpmath: the root is {root}")
    here = read.value(centre)
    for line, _ in directions(len(centre)):
        there = read.value([c + a * mp.mpf("0.001") for c, a in zip(centre, line, strict=True)])
        if (there > here) != (row["kind"] == "minimum"):
            raise Disagreement(f"mpmath: no {row['kind']}")
    return "root and neighbours"


def main(wanted: str = "") -> int:
    rows = tomllib.loads((HERE / "extrema.toml").read_text(encoding="utf-8"))
    failures: list[str] = []
    with mpmath.workdps(DIGITS):
        for kind in ("case", "numeric"):
            for row in rows[kind]:
                if wanted not in row["plain"]:
                    continue
                label = f"{row['plain']} {row.get('on', '')}".strip()
                try:
                    if kind == "numeric":
                        said = confirm_numeric(row)
                    else:
                        read = Row(row)
                        said = by_sympy(read)
                        by_neighbours(read)
                        said += f", {by_scanning(read)} changes of sign"
                        by_sampling(read)
                except Disagreement as problem:
                    failures.append(f"{label}: {problem}")
                    said = "FAILED"
                print(f"{label:40} {said}", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} rows disagree" if failures else "every row is confirmed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
