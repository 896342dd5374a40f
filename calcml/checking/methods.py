"""The methods side by side: what each says of the derivative at a point, and how far it is from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calcml import functions
from calcml.binding import free_symbols
from calcml.checking.frameworks import FRAMEWORKS, Gradient, gradient_by, installed
from calcml.checking.modes import Evaluation
from calcml.checking.numbers import (
    EDGE,
    EXPONENTS,
    KINK,
    OK,
    OUTSIDE,
    STEEP,
    NotAnalytic,
    Slope,
    complex_step,
    differences,
    digits_for,
    measured_slope,
)
from calcml.checking.points import exactly
from calcml.checking.report import Method, PointReport, Row
from calcml.domains import kinks
from calcml.errors import CalcmlError, InvariantError, LimitError, NoRuleError
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.precise import PreciseProgram, evaluate


class Bench:
    """A function prepared for all methods."""

    def __init__(self, f: Expr, xs: list[Expr], derivatives: list[Expr]) -> None:
        self.f = f
        self.xs = xs
        self.derivatives = derivatives
        self.precise = PreciseProgram(f)
        self.precise_derivatives = [PreciseProgram(d) for d in derivatives]
        self.gradients: dict[str, Gradient] = {}
        self.evaluation: Evaluation | NoRuleError
        try:
            others = sorted(free_symbols(f) - set(xs), key=lambda symbol: symbol.data)
            self.evaluation = Evaluation(f, xs, others)
        except NoRuleError as error:
            self.evaluation = error

    def at(self, place: dict[Expr, float]) -> PointReport:
        """Everything at one point."""
        slopes = [measured_slope(self.precise, {**place, x: place.get(x, 0.0)}, x) for x in self.xs]
        bad = next((i for i, slope in enumerate(slopes) if slope.status != OK), None)
        if bad is not None:
            return PointReport(place, slopes[bad].status, _why_not(self.f, self.xs[bad], place, slopes[bad]))
        import mpmath

        with mpmath.workdps(max([digits_for(place.get(x, 0.0)) for x in self.xs])):
            true = [slope.value for slope in slopes]
            self._require_right(place, true)
            full = {**dict.fromkeys(self.xs, 0.0), **place}
            rows = self._sweep(full, true)
            methods = self._methods(full, true, rows)
            values = tuple(map(float, true))
            message = _beyond_floats(true, values)
            return PointReport(place, OK, message, values, tuple(methods), tuple(rows), any(true))

    def _require_right(self, place: dict[Expr, float], true: list[Any]) -> None:
        """The derivative that the rules gave, with many digits, must be the measured one."""
        import mpmath

        values = {symbol: mpmath.mpf(value) for symbol, value in place.items()}
        for x, program, wanted in zip(self.xs, self.precise_derivatives, true, strict=True):
            try:
                with mpmath.workdps(6 * mpmath.mp.dps):
                    found = program.run(values)
            except LimitError:
                continue
            if found is None or isinstance(found, bool):
                continue  # the formula leaves the point out: a removable gap
            if abs(found - wanted) > mpmath.mpf(10) ** -10 * max(1, abs(wanted)):
                raise InvariantError(
                    f"the derivative by {x} disagrees with the slope of the function: {mpmath.nstr(found, 12)} and "
                    f"{mpmath.nstr(wanted, 12)}", hint="this is a bug in calcml; please report the input",
                )  # fmt: skip

    def _by_framework(self, backend: str, place: dict[Expr, float], true: list[Any]) -> Method:
        name = FRAMEWORKS[backend]
        names = [*self.xs, *[other for other in place if other not in self.xs]]
        try:
            if backend not in self.gradients:
                self.gradients[backend] = gradient_by(backend, self.f, self.xs, names[len(self.xs) :])
            values = self.gradients[backend]([place[symbol] for symbol in names])
        except CalcmlError as error:
            return Method(name, None, None, note=error.message)
        except Exception as error:  # whatever another package raises is a finding, not an end
            return Method(name, None, None, note=f"{type(error).__name__}: {str(error)[:80]}")
        return _method(name, values, true)

    def _differences(self, place: dict[Expr, float], exponent: int) -> tuple[list[float], list[float]]:
        names = [*self.xs, *[other for other in place if other not in self.xs]]
        rest = [place[other] for other in names[len(self.xs) :]]
        program = Program([self.f], names)
        return differences(
            lambda values: float(program.run([*values, *rest])[0]), [place[x] for x in self.xs], exponent
        )

    def _sweep(self, place: dict[Expr, float], true: list[Any]) -> list[Row]:
        rows = []
        for exponent in EXPONENTS:
            forward, central = self._differences(place, exponent)
            rows.append(Row(10.0**-exponent, _error(forward, true), _error(central, true)))
        return rows

    def _methods(self, place: dict[Expr, float], true: list[Any], rows: list[Row]) -> list[Method]:
        names = list(place)
        symbolic = [float(value) for value in Program(self.derivatives, names).run([place[name] for name in names])]
        found = [_method("symbolic", symbolic, true)]
        found += self._automatic(place, true)
        found += [self._by_framework(backend, place, true) for backend in installed()]
        try:
            values = [complex_step(self.f, place, x) for x in self.xs]
            found.append(_method("complex step", values, true))
        except NotAnalytic as part:
            found.append(Method("complex step", None, None, note=f"no complex step through {part}"))
        for name in ("central", "forward"):
            best = min(rows, key=lambda row: (_size(getattr(row, name)), -row.h))
            exponent = EXPONENTS[rows.index(best)]
            forward, central = self._differences(place, exponent)
            values = forward if name == "forward" else central
            found.append(_method(f"{name} difference", values, true, h=best.h))
        return found

    def _automatic(self, place: dict[Expr, float], true: list[Any]) -> list[Method]:
        if isinstance(self.evaluation, NoRuleError):
            note = self.evaluation.message
            return [Method(f"AD, {mode} mode", None, None, note=note) for mode in ("forward", "reverse")]
        evaluation = self.evaluation
        values = evaluation.at(_ordered(place, evaluation.program.variables))
        return [
            _method("AD, forward mode", [evaluation.forward(values, x) for x in self.xs], true),
            _method("AD, reverse mode", evaluation.reverse(values), true),
        ]


def _beyond_floats(true: Sequence[Any], values: Sequence[float]) -> str:
    """A remark where the derivative has no place in float64."""
    import mpmath

    for exact, value in zip(true, values, strict=True):
        if (exact and not value) or abs(value) == float("inf"):
            return f"the derivative is {mpmath.nstr(exact, 5)}, beyond the range of float64"
    return ""


def _ordered(place: dict[Expr, float], names: Sequence[Expr]) -> list[float]:
    return [place[name] for name in names]


def _method(name: str, values: list[float], true: list[Any], h: float | None = None) -> Method:
    error = _error(values, true)
    note = "" if error == error else "no value in float64"
    return Method(name, tuple(values), error, h, note)


_NOTHING = 1e-30  # the judge knows no more


def _error(values: Sequence[float], true: Sequence[Any]) -> float:
    """The distance from the true derivative, relative to it unless it is 0; nan where a value is none."""
    import mpmath

    if not all(value == value and abs(value) != float("inf") for value in values):
        return float("nan")
    gap: Any = mpmath.sqrt(mpmath.fsum((mpmath.mpf(a) - b) ** 2 for a, b in zip(values, true, strict=True)))
    size = mpmath.sqrt(mpmath.fsum(b**2 for b in true))
    error = float(gap / size if size else gap)
    return 0.0 if error < _NOTHING else error


def _size(error: float) -> float:
    return error if error == error else float("inf")


def _why_not(f: Expr, x: Expr, place: dict[Expr, float], slope: Slope) -> str:
    """Why there is no derivative at a point, in words."""
    if slope.status == OUTSIDE:
        try:
            evaluate(f, {symbol: exactly(value) for symbol, value in place.items()})
        except CalcmlError as error:
            return f"the function is not defined there: {error.message}"
        return "the function has no finite value there"
    if slope.status == EDGE:
        side = "left" if slope.left is None else "right"
        return f"the function is not defined to the {side} of the point along {x}: an edge of its domain"
    if slope.status == STEEP:
        return f"the function jumps or its tangent is upright there along {x}: no slope is finite"
    if slope.status == KINK:
        sides = f"{_short(slope.left)} from the left and {_short(slope.right)} from the right"
        said = f"a kink along {x}: the slope is {sides}"
        notes = [spec.note for spec in _kinked(f, x) if spec.note]
        middle = _short((slope.left + slope.right) / 2)
        said += f"; a central difference tends to {middle}, which is no derivative"
        return said + (f" ({'; '.join(notes)})" if notes else "")
    return "the slope could not be settled there"


def _kinked(f: Expr, x: Expr) -> list[functions.FunctionSpec]:
    found = {node.data: None for _, node in kinks(f, x)}
    return [spec for spec in map(functions.find, found) if spec is not None]


def _short(value: Any) -> str:
    return f"{float(value):.6g}"
