"""What part of a function to show, and the ticks of an axis: round numbers, or fractions of π where there are waves."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10, pi

from calcml import functions
from calcml.evaluation import Program
from calcml.expr import Call, Expr
from calcml.traverse import dependents

Range = tuple[float, float]
Tick = tuple[float, str]
USUAL = 5.0  # from -5 to 5, where nothing asks for more
_FAR = 1e4  # places further out do not widen the window


def has_waves(f: Expr, x: Expr) -> bool:
    """Whether a periodic function of the variable occurs."""
    moving = dependents([f], [x])
    names = {node.data for node in moving if type(node) is Call}
    return any(spec is not None and spec.period for spec in map(functions.find, names))


def natural_range(f: Expr, x: Expr, stretch: tuple[float | None, float | None], places: Sequence[float]) -> Range:
    """Where to look at f along x: its domain, the places where something happens, or the usual -5 to 5.

    stretch: the ends of the domain, None for none. places: kinks, jumps, poles and the point asked about.
    """
    low, high = stretch
    near = [place for place in places if abs(place) < _FAR]
    if low is not None and high is not None:
        margin = 0.04 * (high - low)
        return low - margin, high + margin
    if low is not None or high is not None:
        end = low if low is not None else high
        assert end is not None
        length = max([1.6 * abs(place - end) for place in near] + [2 * pi if has_waves(f, x) else 1.2 * USUAL])
        return (end - 0.04 * length, end + length) if low is not None else (end - length, end + 0.04 * length)
    half = 2 * pi if has_waves(f, x) else USUAL
    if near and all(abs(place) > half for place in near):
        return min(near) - half, max(near) + half
    if not near:
        half *= _widened(f, x, half)
        if half > 2 * USUAL and not has_waves(f, x):
            return _where_it_moves(f, x, half)
    reach = max([half] + [1.3 * abs(place) for place in near])
    return -reach, reach


def _widened(f: Expr, x: Expr, half: float) -> float:
    """A power of ten by which a window must grow or shrink for the function to be seen to move in it."""
    program = Program([f], [x])

    def moves(size: float) -> bool:
        values = [program.run([size * (k / 10 + 0.013)])[0] for k in range(-10, 11)]
        known = [v for v in values if isinstance(v, float) and isfinite(v)]
        return len(known) > 3 and max(known) - min(known) > 1e-3 * max(map(abs, known))

    if moves(half):
        return 1.0
    return next((factor for factor in (10.0, 100.0, 1000.0, 0.1, 0.01) if moves(half * factor)), 1.0)


def _where_it_moves(f: Expr, x: Expr, half: float) -> Range:
    """The part of a wide window outside of which the function stays where it is."""
    program = Program([f], [x])
    points = [(half * k / 2000, program.run([half * k / 2000])[0]) for k in range(-2000, 2001)]
    known = [(at, float(v)) for at, v in points if isinstance(v, (int, float)) and isfinite(v)]
    if not known:
        return -half, half
    spread = max(v for _, v in known) - min(v for _, v in known)
    left = next((at for at, v in known if abs(v - known[0][1]) > 0.01 * spread), -half)
    right = next((at for at, v in reversed(known) if abs(v - known[-1][1]) > 0.01 * spread), half)
    low, high = min(left, right), max(left, right)
    margin = 0.4 * (high - low) or half / 100
    return max(-half, low - margin), min(half, high + margin)


def value_range(values: Sequence[float], unbounded: bool) -> Range:
    """The heights to show: all of them, or without the way up to a pole."""
    known = sorted(value for value in values if isfinite(value))
    if not known:
        return -1.0, 1.0
    low, high = known[0], known[-1]
    if unbounded:
        most = known[len(known) // 12], known[-1 - len(known) // 12]
        room = 0.35 * (most[1] - most[0]) or 1.0
        low, high = max(low, most[0] - room), min(high, most[1] + room)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        half = abs(low) / 2 or 1.0
        return low - half, high + half
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def ticks(low: float, high: float, most: int = 7, in_pi: bool = False) -> list[Tick]:
    """Round places between two ends with their labels, at most so many.

    >>> [label for _, label in ticks(-1, 1, 5)]
    ['−1.0', '−0.5', '0', '0.5', '1.0']
    >>> [label for _, label in ticks(-6.3, 6.3, 5, in_pi=True)]
    ['−2π', '−π', '0', 'π', '2π']
    """
    if in_pi and 0.7 <= (high - low) / pi <= 40:
        unit = next(u for u in (0.25, 0.5, 1, 2, 4, 10, 20) if (high - low) / (u * pi) <= most)
        return [
            (k * unit * pi, _in_pi(k * unit)) for k in range(ceil(low / (unit * pi)), floor(high / (unit * pi)) + 1)
        ]
    step = _round_step((high - low) / most)
    places = [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
    return [(place, _plain(place, step)) for place in places]


def _round_step(least: float) -> float:
    scale = 10.0 ** floor(log10(least))
    return next(m * scale for m in (1, 2, 5, 10) if m * scale >= least * (1 - 1e-9))


def _plain(place: float, step: float) -> str:
    if abs(place) < step / 1e6:
        return "0"
    size = max(abs(place), step)
    if size >= 1e5 or step < 1e-4:
        return f"{place:.4g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e").replace("-", "−")
    digits = max(0, -floor(log10(step) + 1e-9))
    return f"{place:.{digits}f}".replace("-", "−")


def _in_pi(multiple: float) -> str:
    quarters = round(4 * multiple)
    if not quarters:
        return "0"
    bottom = 4 if quarters % 2 else 2 if quarters % 4 else 1
    top = abs(quarters) * bottom // 4
    text = ("" if top == 1 else str(top)) + "π" + ("" if bottom == 1 else f"/{bottom}")
    return ("−" if quarters < 0 else "") + text
