"""The error of differences over h as a figure: the V of truncation and rounding."""

from __future__ import annotations

from typing import Any

from calcml.checking.report import CheckReport
from calcml.errors import NotDifferentiableError
from calcml.plotting.files import BLUE, GREEN, GREY, ORANGE, new_figure
from calcml.render.checks import kind_of_error, share_h, worst
from calcml.render.text import to_unicode

FLOOR = 1e-17  # an error of 0 is drawn here


def error_figure(report: CheckReport) -> Any:
    """Forward and central differences over h, the other methods as a level. NotDifferentiableError without points."""
    points = [point for point in report.points if point.status == "ok"]
    if not points:
        raise NotDifferentiableError("there is no derivative to compare with at the points given")
    figure, axes = new_figure(6.4, 4.4)
    rows = worst(points)
    ends: list[float] = []
    for name, colour, marker in (("forward", ORANGE, "o"), ("central", BLUE, "s")):
        known = [(row.h, max(getattr(row, name), FLOOR)) for row in rows if getattr(row, name) == getattr(row, name)]
        if not known:
            continue
        hs, errors = zip(*known, strict=True)
        axes.loglog(hs, errors, marker=marker, markersize=4, color=colour, label=f"{name} difference")
        least = min(known, key=lambda pair: (pair[1], -pair[0]))
        axes.plot(*least, marker="o", markersize=11, markerfacecolor="none", markeredgecolor=colour)
        ends += errors
    level = _level(points)
    if level is not None:
        axes.axhline(level, color=GREEN, linewidth=1.4, linestyle=(0, (5, 2)), label="symbolic and automatic")
        ends.append(level)
    if ends:
        axes.set_ylim(min(*ends, 1e-12) / 8, max(*ends, 1e-1) * 60)
    axes.set_xlabel("h" if share_h(points) else "h, in powers of ten of the coordinates", style="italic")
    axes.set_ylabel(kind_of_error(points))
    title = report.shown(to_unicode)(report.f)
    where = ", ".join(f"{report.shown(to_unicode)(x)} = {value:g}" for x, value in points[0].point.items())
    said = title if len(title) <= 60 else "f"
    axes.set_title(
        f"{said}   at {where}".replace("-", "−") if len(points) == 1 else said, loc="left", fontsize=11, color="#111111"
    )
    axes.annotate("rounding", (0.03, 0.13), xycoords="axes fraction", color=GREY, fontsize=9)
    axes.annotate("truncation", (0.97, 0.13), xycoords="axes fraction", color=GREY, fontsize=9, ha="right")
    axes.legend(loc="upper center", fontsize=9, ncols=3, bbox_to_anchor=(0.5, 1.0), columnspacing=1.2)
    return figure


def _level(points: list[Any]) -> float | None:
    errors = [method.error for point in points for method in point.methods if method.h is None]
    known = [error for error in errors if error is not None and error == error]
    return max(*known, FLOOR) if known else None
