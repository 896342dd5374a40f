"""Pictures: lines never cross poles, jumps and gaps; files are whole, labelled and never overwritten by accident."""

from __future__ import annotations

import json
import math
import re
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import golden, session

import calcml as cm
from calcml.cli.app import run
from calcml.plotting.curves import extents_of, places, traced
from calcml.plotting.fields import contour, levels, on_grid
from calcml.plotting.scene import curve_scene, field_scene
from calcml.plotting.window import natural_range, ticks, value_range
from calcml.render.canvas import Curve, Frame, draw

x, y = cm.symbols("x y")


def curve(text: str, low: float, high: float):
    f = cm.parse(text)
    return traced(f, x, low, high, places(extents_of(f, x), x, low, high))


# ---- curves -----------------------------------------------------------------------------------------------------------

BROKEN = [  # function, range, the places no line may cross
    ("1/x", (-2, 2), [0]),
    ("1/(x^2-2)", (-3, 3), [-math.sqrt(2), math.sqrt(2)]),
    ("tan(x)", (-5, 5), [-3 * math.pi / 2, -math.pi / 2, math.pi / 2, 3 * math.pi / 2]),
    ("floor(x)", (-1.5, 2.5), [-1, 0, 1, 2]),
    ("floor(x) + |x - 0.5|", (-1.5, 2.5), [-1, 0, 1, 2]),
    ("sign(x-1)", (-2, 3), [1]),
    ("gamma(x)", (-2.5, 3), [-2, -1, 0]),
    ("{x^2: x < 1; x + 3: otherwise}", (-2, 4), [1]),
    ("ln|x|", (-2, 2), [0]),
    ("sqrt(x^2 - 1)", (-3, 3), [0]),
    ("exp(1/x)", (-2, 2), [0]),
    ("1/(x - 0.123456)", (-1, 1), [0.123456]),
    ("x/|x|*0.01 + x^3", (-2, 2), [0]),
    ("cot(x)*sqrt(x)", (0, 7), [math.pi, 2 * math.pi]),
]


@pytest.mark.parametrize(("text", "across", "cuts"), BROKEN)
def test_no_line_crosses_a_break(text: str, across: tuple[float, float], cuts: list[float]) -> None:
    found = curve(text, *across)
    for line in found.lines:
        assert all(a[0] < b[0] for a, b in pairwise(line))
        for cut in cuts:
            inside = [at for at, _ in line if abs(at - cut) > 1e-9]
            assert not (inside and min(inside) < cut < max(inside)), (text, cut)
    assert len(found.lines) >= len(cuts)


@pytest.mark.parametrize(
    "text", ["sin(x)", "x^3", "|x|", "exp(-100*x^2)", "tanh(1000*x)", "relu(x)", "atan(500*x)", "3", "x^(1/3)"]
)
def test_what_is_continuous_is_one_line(text: str) -> None:
    low = 0.0 if "1/3" in text else -2.0
    assert len(curve(text, low, 2).lines) == 1


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["sin(x)*x", "exp(x)/(1+x^2)", "x^3 - x", "atan(3x)", "sqrt(x+4)", "|x-1|"]),
    st.floats(-3.5, 3),
    st.floats(0.3, 4),
)
def test_points_lie_on_the_curve(text: str, low: float, width: float) -> None:
    f = cm.parse(text)
    for line in curve(text, low, low + width).lines:
        assert line[0][0] >= low and line[-1][0] <= low + width
        for at, height in line[:: max(1, len(line) // 7)]:
            assert height == pytest.approx(float(cm.evaluate(f, {x: at})), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "kinks"), [("|x-1|", [1]), ("relu(x)", [0]), ("|x^2-1|", [-1, 1]), ("max(x, x^2)", [0, 1]), ("x|x|", [])]
)
def test_kinks_are_points_of_the_line(text: str, kinks: list[float]) -> None:
    found = curve(text, -3, 3)
    assert [at for at, _ in found.kinks] == pytest.approx(kinks)
    drawn = {at for line in found.lines for at, _ in line}
    assert all(any(abs(at - kink) < 1e-12 for at in drawn) for kink in kinks)


# ---- windows ----------------------------------------------------------------------------------------------------------

WINDOWS = [
    ("sin(x)", -2 * math.pi, 2 * math.pi),
    ("x^2", -5, 5),
    ("asin(x)", -1.08, 1.08),
    ("ln(x)", -0.24, 6),
    ("|x - 100|", 95, 105),
    ("1/(x-7)", 2, 12),
    ("5", -5, 5),
]


@pytest.mark.parametrize(("text", "low", "high"), WINDOWS)
def test_the_window_follows_the_function(text: str, low: float, high: float) -> None:
    scene = curve_scene(cm.parse(text), x, None, None, False)
    assert scene.across == pytest.approx((low, high), abs=0.01)


def test_a_window_finds_what_is_far_away() -> None:
    low, high = curve_scene(cm.parse("normal_pdf(x - 100)"), x, None, None, False).across
    assert 80 < low < 98 and 102 < high < 120


def test_heights_leave_out_poles_only() -> None:
    assert value_range([0.0, 1.0, 2.0], False) == pytest.approx((-0.12, 2.12))
    assert value_range([3.0, 3.0], False) == (1.5, 4.5) and value_range([], True) == (-1.0, 1.0)
    scene = curve_scene(cm.parse("1/x"), x, None, (-2.0, 2.0), False)
    assert -20 < scene.up[0] < -2 and 2 < scene.up[1] < 20
    assert curve_scene(cm.parse("exp(x)"), x, None, (-1.0, 6.0), False).up[1] > math.exp(6)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_and_inside(low: float, width: float) -> None:
    high = low + width
    if width < 1e-9 * abs(low):
        return
    found = ticks(low, high)
    assert 1 <= len(found) <= 8
    assert all(low - 1e-6 * width <= place <= high + 1e-6 * width for place, _ in found)
    assert natural_range(cm.parse("x"), x, (None, None), []) == (-5, 5)


# ---- fields -----------------------------------------------------------------------------------------------------------


def test_lines_of_equal_height_have_that_height() -> None:
    f = cm.parse("x^2 + 2*y^2")
    field = on_grid(f, x, y, (-2, 2), (-2, 2), 81, 81)
    pieces = contour(field, 1.5)
    assert len(pieces) > 100
    assert all(abs(a * a + 2 * b * b - 1.5) < 5e-3 for piece in pieces for a, b in piece)


def test_levels_are_round_and_leave_out_poles() -> None:
    assert levels([[0.0, 1.0], [2.0, 3.0]], 6) == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert levels([[3.0, 3.0]]) == [] and levels([[math.nan]]) == []
    heights = on_grid(cm.parse("1/(x^2+y^2)"), x, y, (-1, 1), (-1, 1), 60, 60).heights
    assert max(levels(heights)) < 500
    assert levels(on_grid(cm.parse("(1-x)^2 + 100(y-x^2)^2"), x, y, (-2, 2), (-1, 3), 60, 60).heights)[0] > 0


def test_gradients_point_up_and_nan_regions_stay_empty() -> None:
    scene = field_scene(cm.parse("ln(x*y)"), x, y, {x: 1.0, y: 2.0}, None, None)
    assert all(a * b > 0 for a, b, _, _ in scene.arrows)
    assert scene.point == pytest.approx((1, 2, math.log(2), 1, 0.5))
    assert any(math.isnan(height) for row in scene.field.heights for height in row)


# ---- the terminal -------------------------------------------------------------------------------------------------------


def test_canvas_draws_dots_where_they_belong() -> None:
    frame = Frame(0, 3, 0, 3, [(0, "0"), (3, "3")], [(0, "0"), (3, "3")])
    art = draw([Curve([[(0, 0), (3, 3)]])], frame, width=4, height=4, unicode=False).splitlines()
    assert art[:4] == ["3 |   *", "  |  *", "  | *", "0 |*"]
    braille = draw([Curve([[(0, 0)]])], frame, width=2, height=1).splitlines()[0]
    assert braille.endswith("⡀")


def test_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [
        "plot '(x-1)/(x^2-2)' --on -4 4 --at x=0 --format unicode", "plot '|x-1|' --derivative --format unicode", "plot 'floor(x/2)' --on -4 4",
        "plot 'x^2 - x y + y^2' --at 'x=1, y=2' --format unicode", "plot 'a x^2' --at a=2 --on 0 1", "plot x*y*z", "plot '|x|' --at x=0",
        "plot 'ln(x)' --on -3 -1", "plot x --on 3 3", "plot x --on a 3", "plot x -o picture.gif", "plot 'x y' --kind curve", "plot x --at z=1",
        "plot '[x, 1]'", "plot 'x < 1'", "plot x t", "plot x --format latex", "plot x --on 0 1 --on 0 1",
    ]  # fmt: skip
    golden(Path(__file__).parent / "golden" / "plot.txt", session(commands, capsys))


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plot", "1/x", "--on", "-2", "2", "--at", "x=1", "--derivative", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (
        data["tangent"] == {"at": 1.0, "height": 1.0, "slope": -1.0}
        and data["breaks"] == [0.0]
        and len(data["lines"]) == 2
    )
    assert run(["plot", "x*y", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "field"


# ---- files --------------------------------------------------------------------------------------------------------------

FILES = [
    (["tan x", "--on", "-pi", "pi"], ["f(x) = tan(x)", "−π/2", ">x<"]),
    (
        ["x exp(-x^2)", "--derivative", "--at", "x=1"],
        ["f(x) = x·exp(−x²)", "f′(x) = (1 − 2x²)·exp(−x²)", "tangent at x = 1"],
    ),
    (["floor x", "--on", "0", "3"], ["f(x) = ⌊x⌋"]),
    (["x^2 - y^2", "--at", "x=1, y=1"], ["f(x, y) = x² − y²", ">x<", ">y<", "−3"]),
    (["sin(x) cos(y)", "--kind", "surface"], ["f(x, y) = sin(x)·cos(y)", ">y<"]),
    (["3"], ["f(x) = 3"]),
    (["1/(x y)"], ["f(x, y) = 1/(x·y)"]),
]


@pytest.mark.parametrize(("arguments", "texts"), FILES)
def test_svg_files_are_whole_and_labelled(arguments: list[str], texts: list[str], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "picture.svg"
    assert run(["plot", *arguments, "-o", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")
    for wanted in texts:
        assert wanted in text
    first = file.read_bytes()
    assert run(["plot", *arguments, "-o", str(file)]) == 2  # it is there already
    assert run(["plot", *arguments, "-o", str(file), "--force"]) == 0
    assert file.read_bytes() == first  # the same bytes every time
    assert [path.name for path in tmp_path.iterdir()] == ["picture.svg"]


def test_no_line_of_a_file_crosses_a_pole(tmp_path: Path) -> None:
    """In the SVG, no curve of 1/x has points on both sides of the middle of the picture."""
    pytest.importorskip("matplotlib")
    file = tmp_path / "pole.svg"
    assert run(["plot", "1/x", "--on", "-2", "2", "-o", str(file)]) == 0
    paths = re.findall(r'<path d="([^"]*)"[^>]*style="fill: none; stroke: #0072b2; stroke-width: 2.2', file.read_text())
    spans = []
    for path in paths:
        across = [float(number) for number in re.findall(r"[ML] ([\d.]+) ", path)]
        spans.append((min(across), max(across)))
    spans = [span for span in spans if span[1] - span[0] > 100]  # the third is the sample in the legend
    assert len(spans) == 2 and max(spans[0]) < min(spans[1])


def test_png_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "picture.png"
    assert run(["plot", "x^2", "-o", str(file)]) == 0
    assert file.read_bytes().startswith(b"\x89PNG") and file.stat().st_size > 10_000
    assert run(["check", "exp(x)", "--at", "x=1", "--plot", str(tmp_path / "error.png")]) == 0
    assert (tmp_path / "error.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from calcml.plotting.files import save

    def fails() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(fails, str(tmp_path / "picture.svg"))
    assert list(tmp_path.iterdir()) == []
    assert run(["plot", "x", "-o", str(tmp_path / "missing" / "picture.svg")]) == 1


def test_pictures_need_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["plot", "x", "-o", str(tmp_path / "picture.svg")]) == 5
    assert "calcml[plot]" in capsys.readouterr().err
    assert run(["plot", "x"]) == 0  # the terminal needs nothing
