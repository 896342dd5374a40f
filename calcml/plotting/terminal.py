"""The same pictures in the terminal."""

from __future__ import annotations

from math import atan2, pi

from calcml.plotting.fields import Field, contour, levels
from calcml.plotting.scene import CurveScene, FieldScene
from calcml.render.canvas import Curve, Frame, draw
from calcml.render.text import to_text, to_unicode

_ARROWS = {True: "→↗↑↖←↙↓↘", False: ">/^\\</v\\"}


def curve_text(scene: CurveScene, unicode: bool, colour: bool, width: int = 72, height: int = 20) -> str:
    """f drawn through, f′ dashed, the tangent dashed with its point; a heading says which."""
    show = to_unicode if unicode else to_text
    x = show(scene.x)
    heads = [f"f({x}) = {show(scene.f)}"]
    curves = []
    if scene.slopes is not None and scene.derivative is not None:
        prime = "′" if unicode else "'"
        heads.append(f"f{prime}({x}) = {show(scene.derivative)}   ({'dashed' if unicode else 'drawn with .'})")
        curves.append(Curve(scene.slopes.lines, dashed=unicode, char=".", colour="red"))
    if scene.tangent is not None:
        at, y, slope = scene.tangent
        heads.append(f"tangent at {x} = {at:.6g}: slope {slope:.6g}".replace("-", "−" if unicode else "-"))
        line = [(end, y + slope * (end - at)) for end in _clipped(scene)]
        curves.append(Curve([line], dashed=unicode, char="-", colour="green"))
    curves.append(Curve(scene.curve.lines, char="*", colour="blue"))
    if scene.curve.kinks:
        curves.append(Curve([[kink] for kink in scene.curve.kinks], marker="◆" if unicode else "A", colour="blue"))
    if scene.tangent is not None:
        curves.append(
            Curve([[(scene.tangent.at, scene.tangent.height)]], marker="●" if unicode else "o", colour="green")
        )
    frame = Frame(*scene.across, *scene.up, _plain(scene.x_ticks, unicode), _plain(scene.y_ticks, unicode), x)
    return "\n".join([*heads, "", draw(curves, frame, width=width, height=height, unicode=unicode, colour=colour)])


def _clipped(scene: CurveScene) -> tuple[float, float]:
    """The ends of the tangent inside the picture."""
    assert scene.tangent is not None
    (low, high), (bottom, top), (at, y, slope) = scene.across, scene.up, scene.tangent
    if not slope:
        return low, high
    crossings = sorted((at + (bottom - y) / slope, at + (top - y) / slope))
    return max(low, crossings[0]), min(high, crossings[1])


def field_text(scene: FieldScene, unicode: bool, colour: bool, width: int = 72, height: int = 24) -> str:
    """Lines of equal height, and arrows the way the gradient points."""
    show = to_unicode if unicode else to_text
    x, y = show(scene.x), show(scene.y)
    heads = [f"f({x}, {y}) = {show(scene.f)}"]
    shown = levels(scene.field.heights, 9)
    if shown:
        every = f", every {shown[1] - shown[0]:.4g}" if len(shown) > 1 else ""
        said = f"lines at heights {shown[0]:.4g} to {shown[-1]:.4g}{every}; arrows: the gradient"
        heads.append(said.replace("-", "−" if unicode else "-"))
    coarse = Field(scene.field.xs[::2], scene.field.ys[::2], [row[::2] for row in scene.field.heights[::2]])
    curves = [Curve(contour(coarse, level), char=".", colour="blue") for level in shown]
    signs = _ARROWS[unicode]
    for k, sign in enumerate(signs):
        ends = [[(a, b)] for a, b, u, v in scene.arrows[::2] if (u or v) and round(atan2(v, u) / (pi / 4)) % 8 == k]
        curves.append(Curve(ends, marker=sign, colour="dim"))
    if scene.point is not None:
        a, b, _, u, v = scene.point
        heads.append(f"at ({a:.4g}, {b:.4g}): gradient [{u:.6g}, {v:.6g}]".replace("-", "−" if unicode else "-"))
        curves.append(Curve([[(a, b)]], marker="●" if unicode else "o", colour="red"))
    frame = Frame(*scene.across, *scene.up, _plain(scene.x_ticks, unicode), _plain(scene.y_ticks, unicode), x, y)
    return "\n".join([*heads, "", draw(curves, frame, width=width, height=height, unicode=unicode, colour=colour)])


def _plain(ticks: list[tuple[float, str]], unicode: bool) -> list[tuple[float, str]]:
    return ticks if unicode else [(place, label.replace("−", "-").replace("π", "pi")) for place, label in ticks]
