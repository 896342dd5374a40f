"""The methods side by side: what each says of the derivative at a point, and how far it is from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from calcml import functions
from calcml.binding import free_symbols
from calcml.checking.frameworks import FRAMEWORKS, Gradient, gradient_by, installed
from calcml.checking.judge import AGREE, EDGE, KINK, OK, OUTSIDE, STEEP, Slope, digits_for, is_resolved, measured_slope
from calcml.checking.modes import Evaluation
from calcml.checking.numbers import EXPONENTS, NotAnalytic, complex_step, differences, scale_of
from calcml.checking.points import exactly
from calcml.checking.report import Method, PointReport, Row
from calcml.domains import kinks
from calcml.errors import CalcmlError, InvariantError, LimitError, NoRuleError
from calcml.evaluation import Program
from calcml.expr import Expr
from calcml.precise import PreciseProgram, evaluate


class Truth(NamedTuple):
    """The measured derivative, and what errors are counted in: its length, or 1 where it is 0."""

    slopes: list[Any]
    unit: Any


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
            is_relative = any(is_resolved(self.precise, full, x, slope) for x, slope in zip(self.xs, true, strict=True))
            truth = Truth(true, mpmath.sqrt(mpmath.fsum(b**2 for b in true)) if is_relative else mpmath.mpf(1))
            units = [scale_of(full[x]) for x in self.xs]
            common = units[0] if len(set(units)) == 1 else 1.0
            rows = self._sweep(full, truth, common)
            methods = self._methods(full, truth, rows)
            values = tuple(map(float, true))
            message = _beyond_floats(true, values)
            relative_units = tuple(unit / common for unit in units)
            return PointReport(place, OK, message, values, tuple(methods), tuple(rows), is_relative, relative_units)

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
            if abs(found - wanted) > (AGREE * abs(wanted) or _NOTHING):
                raise InvariantError(
                    f"the derivative by {x} disagrees with the slope of the function: {mpmath.nstr(found, 12)} and "
                    f"{mpmath.nstr(wanted, 12)}", hint="this is a bug in calcml; please report the input",
                )  # fmt: skip

    def _by_framework(self, backend: str, place: dict[Expr, float], truth: Truth) -> Method:
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
        return _method(name, values, truth)

    def _differences(self, place: dict[Expr, float], exponent: int) -> tuple[list[float], list[float]]:
        names = [*self.xs, *[other for other in place if other not in self.xs]]
        rest = [place[other] for other in names[len(self.xs) :]]
        program = Program([self.f], names)
        return differences(
            lambda values: float(program.run([*values, *rest])[0]), [place[x] for x in self.xs], exponent
        )

    def _sweep(self, place: dict[Expr, float], truth: Truth, unit: float) -> list[Row]:
        rows = []
        for exponent in EXPONENTS:
            forward, central = self._differences(place, exponent)
            rows.append(Row(unit * 10.0**-exponent, _error(forward, truth), _error(central, truth)))
        return rows

    def _methods(self, place: dict[Expr, float], truth: Truth, rows: list[Row]) -> list[Method]:
        names = list(place)
        symbolic = [float(value) for value in Program(self.derivatives, names).run([place[name] for name in names])]
        found = [_method("symbolic", symbolic, truth)]
        found += self._automatic(place, truth)
        found += [self._by_framework(backend, place, truth) for backend in installed()]
        try:
            values = [complex_step(self.f, place, x) for x in self.xs]
            found.append(_method("complex step", values, truth))
        except NotAnalytic as part:
            found.append(Method("complex step", None, None, note=f"no complex step through {part}"))
        for name in ("central", "forward"):
            best = min(rows, key=lambda row: (_size(getattr(row, name)), -row.h))
            exponent = EXPONENTS[rows.index(best)]
            forward, central = self._differences(place, exponent)
            values = forward if name == "forward" else central
            found.append(_method(f"{name} difference", values, truth, h=best.h))
        return found

    def _automatic(self, place: dict[Expr, float], truth: Truth) -> list[Method]:
        if isinstance(self.evaluation, NoRuleError):
            note = self.evaluation.message
            return [Method(f"AD, {mode} mode", None, None, note=note) for mode in ("forward", "reverse")]
        evaluation = self.evaluation
        values = evaluation.at(_ordered(place, evaluation.program.variables))
        return [
            _method("AD, forward mode", [evaluation.forward(values, x) for x in self.xs], truth),
            _method("AD, reverse mode", evaluation.reverse(values), truth),
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


def _method(name: str, values: list[float], truth: Truth, h: float | None = None) -> Method:
    error = _error(values, truth)
    note = "" if error == error else "no value in float64"
    return Method(name, tuple(values), error, h, note)


_NOTHING = 1e-30  # the judge knows no more


def _error(values: Sequence[float], truth: Truth) -> float:
    """The distance from the true derivative in its unit; nan where a value is none."""
    import mpmath

    if not all(value == value and abs(value) != float("inf") for value in values):
        return float("nan")
    gaps = [mpmath.mpf(a) - b for a, b in zip(values, truth.slopes, strict=True)]
    error = float(mpmath.sqrt(mpmath.fsum(gap**2 for gap in gaps)) / truth.unit)
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
