"""A check in words: the claim, the methods in a table, the error over h as table and picture, and the best h."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import log10
from statistics import median

from calcml.checking.report import CheckReport, ClaimPart, PointReport, Row
from calcml.expr import Expr
from calcml.heads import Derivative
from calcml.render.canvas import Curve, Frame, draw

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FLOOR = -17  # log10 of what is drawn for an error of 0
HOPELESS = 0.3  # an error from which on no digit is right


def report_text(report: CheckReport, form: str, colour: bool = False, picture: bool = False) -> str:
    """The whole report; form: text or unicode. picture: with the error over h drawn."""
    return _Writer(report, form).text(colour, picture)


class _Writer:
    def __init__(self, report: CheckReport, form: str) -> None:
        from calcml.render.text import to_text, to_unicode

        self.report = report
        self.unicode = form == "unicode"
        self.show: Callable[[Expr], str] = report.shown(to_unicode if self.unicode else to_text)

    def text(self, colour: bool, picture: bool) -> str:
        report = self.report
        parts = [self.heading()]
        if report.claims:
            parts.append("\n".join(line for part in report.claims for line in self.claim(part)))
        good = [point for point in report.points if point.status == "ok"]
        for point in report.points:
            if point.status != "ok":
                parts.append(self.fold(f"{self.where(point)}: no derivative: {self.said(point.message)}", 2))
        remarks = [f"{self.where(point)}: {self.said(point.message)}" for point in good if point.message]
        parts += [self.fold(remark, 2) for remark in remarks]
        if good:
            parts.append(self.methods(good))
            parts.append(self.sweep(good))
            if picture:
                parts.append(error_picture(good, self.unicode, colour))
            parts.append("\n".join(self.fold(line, 2) for line in self.best(good)))
        return "\n\n".join(parts)

    # ---- what is checked ---------------------------------------------------------------------------------------------

    def heading(self) -> str:
        rows = []
        for x, derivative in zip(self.report.variables, self.report.derivatives, strict=True):
            problem = self.show(Derivative(self.report.f, x)) if len(self.report.variables) == 1 else self.by(x)
            rows.append((problem, self.show(derivative)))
        width = max(len(left) for left, _ in rows) if len(rows) > 1 else 0
        lines = [f"{left:<{width}} = {right}" for left, right in rows]
        if len(rows) > 1:
            lines.insert(0, f"f = {self.show(self.report.f)}")
        return "\n".join(lines)

    def by(self, x: Expr) -> str:
        return f"{'∂f/∂' if self.unicode else 'df/d'}{self.show(x)}"

    def where(self, point: PointReport) -> str:
        return "at " + ", ".join(f"{self.show(x)} = {self.number(value)}" for x, value in point.point.items())

    def claim(self, part: ClaimPart) -> list[str]:
        name = "claim" if len(self.report.claims) == 1 else f"claim, {self.by(part.variable)}"
        if part.right:
            return [f"{name}: right ({self.proof(part.proof)})"]
        if part.right is None:
            return [f"{name}: undecided: {part.proof}"]
        lines = [f"{name}: wrong: {self.show(part.claimed)} is not {self.show(part.derivative)}"]
        if part.witness is not None:
            place = ", ".join(f"{self.show(x)} = {self.number(value)}" for x, value in part.witness.items())
            said = "it has no value" if part.said is None else f"it gives {self.number(part.said, 12)}"
            lines.append(f"  at {place} {said}, and the derivative is {self.number(part.true or 0.0, 12)}")
        if part.explanation is not None:
            lines.append(self.fold(f"  the mistake: {part.explanation.text(self.show)}", 4))
        return lines

    @staticmethod
    def proof(proof: str) -> str:
        return "proved by normal form" if proof == "normal form" else f"checked: {proof}" if proof else "checked"

    # ---- tables ------------------------------------------------------------------------------------------------------

    def methods(self, points: list[PointReport]) -> str:
        kind = kind_of_error(points)
        if len(points) > 1:
            heads = ["", *[f"point {i}" for i in range(1, len(points) + 1)]]
            lines = [f"point {i}: {self.where(point).removeprefix('at ')}" for i, point in enumerate(points, 1)]
        else:
            heads = ["", "derivative" if len(points[0].true) == 1 else "gradient", kind, ""]
            lines = [self.where(points[0])]
        rows = []
        for i, method in enumerate(points[0].methods):
            if len(points) > 1:
                rows.append([method.name, *[self.cell(point.methods[i].error) for point in points]])
            elif method.values is None:
                rows.append([method.name, "", "", method.note])
            else:
                unit = " units" if set(points[0].units) != {1.0} else ""
                step = method.note or (f"h = {self.power(method.h)}{unit}" if method.h is not None else "")
                rows.append([method.name, self.vector(method.values), self.cell(method.error), step])
        if len(points) > 1:
            plural = kind.replace("error", "errors", 1)
            lines.append(f"{plural} of the methods, best h for differences")
            notes = {f"{method.name}: {method.note}" for point in points for method in point.methods if method.note}
            return "\n".join([*lines, *_columns(heads, rows), *["  " + note for note in sorted(notes)]])
        return "\n".join([*lines, *_columns(heads, rows)])

    def sweep(self, points: list[PointReport]) -> str:
        rows = [[self.power(row.h), self.cell(row.forward), self.cell(row.central)] for row in worst(points)]
        title = f"{kind_of_error(points)} of differences over h" + (
            ", the worst of the points" if len(points) > 1 else ""
        )
        title += self.units(points)
        return "\n".join([title, *_columns(["h", "forward", "central"], rows)])

    def units(self, points: list[PointReport]) -> str:
        """What h is counted in, where that is not 1."""
        if share_h(points):
            return ""
        said = []
        for point in points:
            scale = 1.0 if len(points) == 1 else point.rows[0].h / FIRST_H
            units = [scale * unit for unit in point.units]
            several = len(set(units)) > 1
            each = [f"{unit:g} for {self.show(x)}" for unit, x in zip(units, self.report.variables, strict=True)]
            said.append(_listed(each) if several else f"{units[0]:g}")
        if len(points) > 1:
            said = [f"{unit} at point {i}" for i, unit in enumerate(said, 1)]
        return f",\n  h in units of {'; '.join(said)}"

    # ---- the best h --------------------------------------------------------------------------------------------------

    def best(self, points: list[PointReport]) -> list[str]:
        rows = worst(points)
        lines = []
        for name, order in (("forward", 1), ("central", 2)):
            errors = [(row.h, getattr(row, name)) for row in rows]
            known = [(h, error) for h, error in errors if error == error]
            if not known:
                lines.append(f"{name}: no h gives a value in float64")
                continue
            if not any(error for _, error in known):
                lines.append(f"{name}: exact for every h")
                continue
            h, least = min(known, key=lambda pair: (pair[1], -pair[0]))
            if least > HOPELESS and all(point.is_relative for point in points):
                lines.append(f"{name}: no h gives a correct digit (least error {self.cell(least)})")
                continue
            said = f"{name}: best h = {self.power(h)} (error {self.cell(least)})"
            lines.append(f"{said}; {self.why(known, h, least, order)}")
        return lines

    def why(self, errors: list[tuple[float, float]], h: float, least: float, order: int) -> str:
        """Truncation on one side of the best h, rounding on the other, with the measured powers of h."""
        above = [error for step, error in errors if step >= h]
        below = [error for step, error in errors if step <= h]
        rounding = _slope([error for error in below if error], -1)
        if max(below) <= least:
            small = "smaller h: no rounding is seen"
        elif rounding is None and len(below) > 3:
            small = "smaller h: rounding"
        else:
            small = f"smaller h: rounding, growing like 1/h{self.measured(rounding)}"
        if len(above) < 2 and least < 1e-9:
            if rounding is None:
                return "no truncation and no rounding is seen"
            return f"no truncation error; {small}"
        truncation = _slope(above[:-1] if len(above) > 3 else above, 1)
        if truncation is not None and truncation > order + 0.5:
            order = round(truncation)  # the first terms of the error are 0 there
        wide = f"larger h: truncation, growing like {self.raised(order)}{self.measured(truncation)}"
        return f"{wide}; {small}"

    def raised(self, order: int) -> str:
        return "h" if order == 1 else f"h{str(order).translate(_SUPERSCRIPT)}" if self.unicode else f"h^{order}"

    def measured(self, slope: float | None) -> str:
        return "" if slope is None else f" (measured: h^{slope:.1f})".replace("-", "−" if self.unicode else "-")

    # ---- numbers -----------------------------------------------------------------------------------------------------

    def number(self, value: float, digits: int = 17) -> str:
        text = repr(value) if digits >= 17 else f"{value:.{digits}g}"
        text = text.removesuffix(".0")
        return text.replace("-", "−") if self.unicode else text

    def vector(self, values: tuple[float, ...]) -> str:
        if len(values) == 1:
            return self.number(values[0])
        shown = [self.number(value, 6) for value in values[:4]]
        return (
            f"[{', '.join(shown)}{', …' if self.unicode else ', ...'}]" if len(values) > 4 else f"[{', '.join(shown)}]"
        )

    def cell(self, error: float | None) -> str:
        if error is None or error != error:
            return "–" if self.unicode else "-"
        if not error or not self.unicode or abs(error) == float("inf"):
            return f"{error:.1e}" if error else "0"
        mantissa, exponent = f"{error:.1e}".split("e")
        return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPT)}"

    def power(self, h: float) -> str:
        exponent = round(log10(h))
        return f"10{str(exponent).translate(_SUPERSCRIPT)}" if self.unicode else f"1e{exponent}"

    def said(self, message: str) -> str:
        return message.replace(" -", " −") if self.unicode else message

    @staticmethod
    def fold(line: str, indent: int) -> str:
        """A long line over several, continued with an indent."""
        import textwrap

        lead = line[: len(line) - len(line.lstrip())]
        return textwrap.fill(
            line.strip(), 100, initial_indent=lead, subsequent_indent=" " * indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


FIRST_H = 0.1  # of the rows, in units of the coordinates


def kind_of_error(points: list[PointReport]) -> str:
    """What the errors at the points are relative to, in words."""
    zero = [i for i, point in enumerate(points, 1) if not point.is_relative]
    if len(zero) in (0, len(points)):
        return "error" if zero else "relative error"
    return f"relative error (absolute at point{'s' if len(zero) > 1 else ''} {_listed(list(map(str, zero)))}: slope 0)"


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def share_h(points: list[PointReport]) -> bool:
    """Whether one h is the step of every variable at every point."""
    return all(set(point.units) == {1.0} and point.rows[0].h == points[0].rows[0].h for point in points)


def worst(points: list[PointReport]) -> list[Row]:
    """For every h the largest errors at any of the points; nan where one has no value.

    h is the step itself where one serves for all, else it counts in the units of the points.
    """

    def largest(errors: list[float]) -> float:
        return float("nan") if any(error != error for error in errors) else max(errors)

    scale = 1.0 if share_h(points) else FIRST_H / points[0].rows[0].h
    return [
        Row(rows[0].h * scale, largest([row.forward for row in rows]), largest([row.central for row in rows]))
        for rows in zip(*[point.rows for point in points], strict=True)
    ]


def _slope(errors: list[float], sign: int) -> float | None:
    """The power of h that errors follow, one decade apart, where they do: by the median of their steps."""
    steps = [log10(a / b) for a, b in pairwise(errors) if a > 0 and b > 0]
    if len(steps) < 2:
        return None
    found = median(steps)
    return found if found * sign > 0.3 else None


def _columns(heads: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return [
        "  " + "   ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in [heads, *rows]
    ]


def error_picture(points: list[PointReport], unicode: bool, colour: bool) -> str:
    """The error over h, both axes logarithmic: f for forward, c for central differences."""
    rows = worst(points)
    curves = [
        Curve([_logs(rows, "forward")], marker="f", char=".", colour="red"),
        Curve([_logs(rows, "central")], marker="c", char=".", colour="blue"),
    ]
    heights = [y for curve in curves for line in curve.lines for _, y in line]
    if not heights:
        return ""
    bottom, top = min(*heights, -9) - 0.5, max(*heights, -1) + 0.5

    def label(exponent: int) -> str:
        return f"10{str(exponent).translate(_SUPERSCRIPT)}" if unicode else f"1e{exponent}"

    left, right = round(log10(rows[-1].h)), round(log10(rows[0].h))
    x_ticks = [(e, label(e)) for e in range(left, right + 1, 2)]
    y_ticks = [(e, label(e)) for e in range(-16, int(top) + 1, 2) if bottom <= e <= top]
    frame = Frame(left - 0.5, right + 0.5, bottom, top, x_ticks, y_ticks, "h", "error    f forward, c central")
    return draw(curves, frame, width=60, height=15, unicode=unicode, colour=colour)


def _logs(rows: list[Row], name: str) -> list[tuple[float, float]]:
    found = []
    for row in rows:
        error = getattr(row, name)
        if error == error and error != float("inf"):
            found.append((log10(row.h), max(log10(error), _FLOOR) if error > 0 else _FLOOR))
    return found
