"""Figures for paper: curves with slope and tangent, contours with the gradient, surfaces."""

from __future__ import annotations

from math import hypot
from typing import Any

import numpy as np

from calcml.plotting.files import BLUE, GREEN, GREY, ORANGE, new_figure
from calcml.plotting.scene import CurveScene, FieldScene
from calcml.plotting.window import Range, Tick
from calcml.render.text import to_unicode

LONG = 56  # characters of a formula in a legend


def curve_figure(scene: CurveScene) -> Any:
    """f in blue, f′ in orange, the tangent in green; kinks, ends of jumps and poles marked."""
    figure, axes = new_figure()
    name = to_unicode(scene.x)
    for side in (axes.axhline, axes.axvline):
        side(0, color="#9AA1A6", linewidth=0.8, zorder=1)
    _poles(axes, scene)
    _lines(axes, scene.curve.lines, BLUE, f"f({name}) = {_short(to_unicode(scene.f))}")
    if scene.slopes is not None and scene.derivative is not None:
        _lines(axes, scene.slopes.lines, ORANGE, f"f′({name}) = {_short(to_unicode(scene.derivative))}", dashed=True)
    _ends_of_jumps(axes, scene)
    for at, height in scene.curve.kinks[:200]:
        axes.plot(at, height, "o", color=BLUE, markersize=5, zorder=5)
    if scene.tangent is not None:
        at, height, slope = scene.tangent
        ends = np.array(scene.across)
        said = f"tangent at {name} = {_said(at)}, slope {_said(slope)}"
        axes.plot(ends, height + slope * (ends - at), color=GREEN, linewidth=1.5, zorder=4, label=said)
        axes.plot(at, height, "o", color=GREEN, markersize=6.5, markeredgecolor="white", zorder=6)
    _frame(axes, scene.across, scene.up, scene.x_ticks, scene.y_ticks, name, "")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.2, handlelength=1.8, fontsize=11)
    return figure


def _lines(axes: Any, lines: Any, colour: str, label: str, dashed: bool = False) -> None:
    style: Any = (0, (4, 1.6)) if dashed else "-"
    for i, line in enumerate(lines):
        xs, ys = zip(*line, strict=True)
        width, layer = (1.6, 2.5) if dashed else (2.2, 3)
        name = label if i == 0 else None
        axes.plot(xs, ys, color=colour, linestyle=style, linewidth=width, zorder=layer, label=name)


def _poles(axes: Any, scene: CurveScene) -> None:
    if not scene.curve.unbounded:
        return
    low, high = scene.up
    for at in scene.curve.breaks:
        near = [y for line in scene.curve.lines for x, y in (line[0], line[-1]) if abs(x - at) < 1e-3 * _width(scene)]
        if any(not low <= y <= high for y in near):
            axes.axvline(at, color=GREY, linewidth=0.9, linestyle=(0, (2, 3)), zorder=2)


def _width(scene: CurveScene) -> float:
    return scene.across[1] - scene.across[0]


def _ends_of_jumps(axes: Any, scene: CurveScene) -> None:
    """A full circle where the value is, an open one where it is not."""
    for at in scene.curve.breaks[:100]:
        ends = [
            end for line in scene.curve.lines for end in (line[0], line[-1]) if abs(end[0] - at) < 1e-6 * _width(scene)
        ]
        value = scene.value_at.get(at)
        height = scene.up[1] - scene.up[0]
        for _, y in ends:
            if scene.up[0] <= y <= scene.up[1] and (value is None or abs(y - value) > 1e-6 * height):
                axes.plot(
                    at, y, "o", color=BLUE, markerfacecolor="white", markersize=5.5, markeredgewidth=1.4, zorder=5
                )
        if value is not None:
            axes.plot(at, value, "o", color=BLUE, markersize=5.5, zorder=5)


def _light() -> Any:
    """Pale sand to blue: lightness falls evenly, and dark arrows stay readable on all of it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("sand", ["#FBF7EA", "#DCE8E4", "#A9CBDD", "#6FA3C7", "#4479A8"])


def contour_figure(scene: FieldScene) -> Any:
    """Lines of equal height over a light fill, the gradient as arrows, and the point with its own arrow."""
    from matplotlib.colors import BoundaryNorm

    figure, axes = new_figure(6.2, 4.9)
    heights = np.array(scene.field.heights)
    masked = np.ma.masked_invalid(heights)
    if len(scene.levels) > 1:
        light, norm = _light(), BoundaryNorm(scene.levels, 256, extend="both")
        grid = (scene.field.xs, scene.field.ys, masked)
        filled = axes.contourf(*grid, levels=scene.levels, cmap=light, norm=norm, extend="both")
        axes.contour(*grid, levels=scene.levels, colors="#4A7FA5", linewidths=0.7)
        bar = figure.colorbar(filled, ax=axes, pad=0.02, aspect=28, ticks=scene.levels)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0)
        bar.ax.set_yticklabels([_said(level) for level in scene.levels])
    _arrows(axes, scene)
    if scene.point is not None:
        a, b, _, u, v = scene.point
        length = hypot(u, v)
        if length:
            size = 0.14 * (scene.across[1] - scene.across[0]) / length
            axes.annotate(
                "", (a + u * size, b + v * size), (a, b), arrowprops={"arrowstyle": "-|>", "color": ORANGE, "lw": 2.4}
            )
        axes.plot(a, b, "o", color=ORANGE, markersize=7, markeredgecolor="white", zorder=6)
    axes.grid(False)
    x, y = to_unicode(scene.x), to_unicode(scene.y)
    _frame(axes, scene.across, scene.up, scene.x_ticks, scene.y_ticks, x, y)
    axes.set_title(_title(scene), loc="left", fontsize=12)
    return figure


def _arrows(axes: Any, scene: FieldScene) -> None:
    """Directions of steepest ascent; lengths grow slowly with the slope, so that flat places stay readable."""
    if not scene.arrows:
        return
    xs, ys, us, vs = map(np.array, zip(*scene.arrows, strict=True))
    sizes = np.hypot(us, vs)
    usual = np.median(sizes[sizes > 0]) if (sizes > 0).any() else 1.0
    shown = sizes > 1e-9 * usual
    lengths = np.minimum(1.0, 0.25 + 0.5 * np.sqrt(sizes[shown] / usual))
    step = (scene.across[1] - scene.across[0]) / 19 * 0.8
    scale = lengths * step / sizes[shown]
    axes.quiver(
        xs[shown], ys[shown], us[shown] * scale, vs[shown] * scale, angles="xy", scale_units="xy", scale=1, pivot="mid",
        color="#15202B", alpha=0.75, width=0.0026, headwidth=4.2, headlength=5, headaxislength=4.4,
    )  # fmt: skip


def surface_figure(scene: FieldScene) -> Any:
    """The graph as a surface, with its contours on the floor."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.2))
    axes: Any = figure.add_subplot(projection="3d", computed_zorder=False)
    figure.subplots_adjust(left=0.0, right=0.95, bottom=0.03, top=0.97)
    low, high = _shown_heights(scene)
    heights = np.array(scene.field.heights)
    heights = np.where((heights < low) | (heights > high), np.nan, heights)
    xs, ys = np.meshgrid(scene.field.xs, scene.field.ys)
    floor = low - 0.25 * (high - low)
    if len(scene.levels) > 1:
        masked = np.ma.masked_invalid(np.array(scene.field.heights))
        axes.contour(
            xs, ys, masked, levels=scene.levels, zdir="z", offset=floor, cmap="cividis", linewidths=1.0, zorder=1
        )
    axes.plot_surface(
        xs, ys, heights, cmap="cividis", vmin=low, vmax=high, rstride=3, cstride=3, linewidth=0.15,
        edgecolor=(1, 1, 1, 0.25), antialiased=True, shade=True, zorder=2,
    )  # fmt: skip
    if scene.point is not None:
        a, b, height, _, _ = scene.point
        axes.plot([a], [b], [height], "o", color=ORANGE, markersize=6, markeredgecolor="white", zorder=10)
    axes.set_zlim(floor, high)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update({"color": "#DDE1E4", "linewidth": 0.6})
    axes.set_xticks(*_places(scene.x_ticks))
    axes.set_yticks(*_places(scene.y_ticks))
    axes.set_xlim(*scene.across)
    axes.set_ylim(*scene.up)
    axes.set_xlabel(to_unicode(scene.x), style="italic")
    axes.set_ylabel(to_unicode(scene.y), style="italic")
    axes.view_init(elev=28, azim=-58)
    axes.set_title(_title(scene), loc="left", fontsize=12, y=0.97)
    return figure


def _shown_heights(scene: FieldScene) -> Range:
    """All heights, or those between the outer levels where a pole makes the rest unreadable."""
    heights = np.array(scene.field.heights)
    known = heights[np.isfinite(heights)]
    low, high = float(known.min()), float(known.max())
    if len(scene.levels) > 1:
        span = scene.levels[-1] - scene.levels[0]
        low, high = max(low, scene.levels[0] - span), min(high, scene.levels[-1] + span)
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _frame(axes: Any, across: Range, up: Range, x_ticks: list[Tick], y_ticks: list[Tick], x: str, y: str) -> None:
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_xticks(*_places(x_ticks))
    axes.set_yticks(*_places(y_ticks))
    axes.set_xlabel(x, style="italic")
    if y:
        axes.set_ylabel(y, style="italic", rotation=0, labelpad=10)


def _places(ticks: list[Tick]) -> tuple[list[float], list[str]]:
    return [place for place, _ in ticks], [label for _, label in ticks]


def _title(scene: FieldScene) -> str:
    return f"f({to_unicode(scene.x)}, {to_unicode(scene.y)}) = {_short(to_unicode(scene.f))}"


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _said(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
