"""`calcml plot`."""

from __future__ import annotations

import json
from typing import Any

import click

from calcml.cli.app import Command, common_options, expression_options, time_limit
from calcml.cli.operator import Asked, remark_on_absent
from calcml.cli.output import chosen_format, note, wants_colour, write
from calcml.cli.reading import assumptions, declarations, parsed, pointing_into, variables
from calcml.errors import InputError
from calcml.expr import Expr, Relation

KINDS = ["curve", "contour", "surface"]


@click.command(cls=Command)
@click.argument("expr", metavar="EXPR")
@click.argument("names", metavar="[VARS]...", nargs=-1)
@click.option("--at", metavar="POINT", default="", help='A point with tangent or gradient, and values: "x=1, a=2".')
@click.option("--on", "ranges", metavar="A B", nargs=2, multiple=True, help="The range; once for every variable.")
@click.option("--derivative", is_flag=True, help="Draw f' too.")
@click.option("--kind", type=click.Choice(KINDS), help="What to draw of two variables (default: contour).")
@click.option("-o", "--output", metavar="FILE", help="Write a .png or .svg file instead of drawing in the terminal.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@expression_options
@common_options
def plot(expr: str, names: tuple[str, ...], at: str, ranges: tuple[tuple[str, str], ...], **options: Any) -> None:
    """Draw EXPR: a curve with slope and tangent, or contours with the gradient, or a surface.

    In the terminal, or into a file with -o. Poles, jumps and gaps are not bridged, and kinks are marked.

    \b
    Examples:
      calcml plot "x exp(-x^2)" --derivative --at x=1
      calcml plot "tan x" --on -pi pi
      calcml plot "(1-x)^2 + 100(y-x^2)^2" --on -2 2 --on -1 3 -o rosenbrock.svg
      calcml plot "sin(x) cos(y)" --kind surface -o waves.png
    """
    from calcml.binding import free_symbols
    from calcml.plotting.scene import chosen, curve_scene, field_scene
    from calcml.syntax.declarations import parse_point

    form = chosen_format(options["form"])
    if form not in ("text", "unicode", "json"):
        raise InputError(f"the format {form} is not available for this command", hint="text, unicode or json")
    output, kind = options["output"], options["kind"]
    if output is not None:
        from calcml.plotting.files import require_matplotlib, require_writable

        require_writable(output, options["force"])
        require_matplotlib()
    with time_limit(options["timeout"]):
        read = parsed(expr, options["declared"], options["juxtapose"])
        is_named = read.definition is not None and isinstance(read.expr, Relation)  # y = x^2 is about x^2
        f = read.expr.args[1] if is_named else read.expr
        named = variables(names, f, options["declared"])
        remark_on_absent(Asked(f, read, named, {}, options["declared"]))
        symbols = (*declarations(options["declared"]), *free_symbols(f))
        place = dict(parse_point(at, symbols=symbols).items()) if at.strip() else {}
        with pointing_into(read, (1,) if is_named else ()):
            f, xs, point = chosen(f, named, place)
            if len(ranges) > len(xs):
                raise InputError(f"{len(ranges)} ranges were given for {len(xs)} variables: {', '.join(map(str, xs))}")
            spans = [_span(low, high) for low, high in ranges]
            if (len(xs) == 1) != (kind in (None, "curve")) and kind is not None:
                raise InputError(f"a {kind} is drawn of {'two variables' if kind != 'curve' else 'one variable'}")
            scene: Any
            if len(xs) == 1:
                across = spans[0] if spans else None
                given = assumptions(options["assume"])
                scene = curve_scene(f, xs[0], point.get(xs[0]), across, options["derivative"], given)
            else:
                up = spans[1] if len(spans) > 1 else None
                scene = field_scene(f, xs[0], xs[1], point, spans[0] if spans else None, up)
        if output is not None:
            from calcml.plotting import figures
            from calcml.plotting.files import save

            draw_into: dict[str, Any] = {
                "curve": figures.curve_figure,
                "contour": figures.contour_figure,
                "surface": figures.surface_figure,
            }
            make = draw_into[kind or ("curve" if len(xs) == 1 else "contour")]
            save(lambda: make(scene), output, options["force"])
            note(f"written: {output}")
        elif form == "json":
            write(_as_json(f, scene, len(xs)))
        elif kind == "surface":
            raise InputError("a surface is drawn into a file", hint="-o surface.png")
        else:
            from calcml.plotting.terminal import curve_text, field_text

            draw: Any = curve_text if len(xs) == 1 else field_text
            write(draw(scene, form == "unicode", wants_colour(options["color"])))


def _span(low: str, high: str) -> tuple[float, float]:
    """A range as floats. InputError unless it goes from a number to a larger one."""
    from calcml.precise import evaluate
    from calcml.reading import parse

    ends: list[float] = []
    for text in (low, high):
        end = parse(text)
        value = evaluate(end) if not end.free_symbols else False
        number = float(value) if not isinstance(value, (bool, tuple)) else float("nan")
        if abs(number) >= 1e300 or number != number:
            raise InputError(f"{text} is no end of a range", hint="--on -3 3")
        ends.append(number)
    if ends[1] - ends[0] <= 1e-12 * max(map(abs, ends)):
        raise InputError(f"the range from {low} to {high} is empty", hint="--on A B with A < B")
    return ends[0], ends[1]


def _as_json(f: Expr, scene: Any, count: int) -> str:
    if count == 1:
        slopes = None if scene.slopes is None else scene.slopes.lines
        tangent = None if scene.tangent is None else scene.tangent._asdict()
        data: dict[str, Any] = {
            "problem": str(f),
            "kind": "curve",
            "across": scene.across,
            "up": scene.up,
            "lines": scene.curve.lines,
            "kinks": scene.curve.kinks,
            "breaks": scene.curve.breaks,
            "derivative": None if scene.derivative is None else str(scene.derivative),
            "derivative_lines": slopes,
            "tangent": tangent,
        }
    else:
        heights = [[None if value != value else value for value in row] for row in scene.field.heights]
        data = {
            "problem": str(f),
            "kind": "field",
            "x": scene.field.xs,
            "y": scene.field.ys,
            "heights": heights,
            "levels": scene.levels,
            "gradient": scene.arrows,
            "point": scene.point,
        }
    return json.dumps(data, allow_nan=False)
