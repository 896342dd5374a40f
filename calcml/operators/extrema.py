"""Extrema and the shape of a curve: extrema.

In one variable everything follows from the signs of f' and f'' between their zeros (`calcml.critical.curve`); in
several, points where the gradient is 0 are classified by the Hessian (`calcml.critical.surface`). The steps are the
derivatives by the rules, the equation f' = 0 with its solutions, and each point with what decides about it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from math import inf
from typing import Any, NamedTuple

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.build import add, mul
from calcml.conditions import combined
from calcml.critical.curve import FLAT, MAXIMUM, MINIMUM, NEITHER, Curve, Turn, curve
from calcml.critical.ends import MINUS_INFINITY, End
from calcml.critical.surface import Critical, Surface, surface
from calcml.critical.verdicts import ATTAINED, UNBOUNDED, UNDECIDED, Best, bend, constants, largest, smallest
from calcml.critical.zeros import Place, decimal
from calcml.derivation import Cell, Check, Derivation, Fact, Section, Step, Table, Words
from calcml.domains import require_some_domain, requirements
from calcml.errors import CalcmlError, InputError, InvariantError, ShapeError, UndecidedError, UnverifiedWarning
from calcml.evaluation import Program
from calcml.expr import FALSE, INFINITY, TRUE, ZERO, And, Expr, Or, Relation, Symbol, as_expr, make
from calcml.heads import Matrix, Vector
from calcml.operators.derivative import derive
from calcml.operators.problem import differentiable
from calcml.operators.variables import chosen_variables
from calcml.regions.periodic import Periodic, families, plain, shifted, shortest, turns
from calcml.regions.reals import Border, expr_of, minus, plus, real
from calcml.regions.region import REALS, Region, Stretch, compared, conditions_of, only
from calcml.regions.sides import LEFT
from calcml.series.local import derivative_name
from calcml.traverse import tree_size


class Extremum(NamedTuple):
    """A critical point, or an end of the interval; or all points of an interval on which f is constant.

    at: the value of each variable; a variable stands for itself where it is free. value: f there. kind: minimum,
    maximum, saddle point, inflection, neither, flat, end or undecided. reason: why. error: how far the point may be
    from the true one; 0 where it is exact. period: after which the point comes again, for a variable in which the
    function repeats. condition: what a free variable fulfils, x < 0.
    """

    at: dict[Expr, Expr]
    value: Expr
    kind: str
    reason: str
    error: float = 0.0
    period: dict[Expr, Expr] = {}  # noqa: RUF012
    condition: Expr = TRUE


def extrema(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    on: tuple[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
) -> list[Extremum]:
    """The critical points of f with what they are; on an interval its ends too.

    variables: default, all of f. on: the ends of an interval, for one variable. Errors: UndecidedError where they are
    not found. UnverifiedWarning where others may be missing.

    >>> from calcml.reading import parse
    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> [(point.at[x], point.value, point.kind) for point in extrema(parse("x^3 - 3x"), x)]
    [(-1, 2, 'maximum'), (1, -2, 'minimum')]
    >>> [(point.at[x], point.value, point.kind, point.condition) for point in extrema(parse("relu(x)"), x)]
    [(x, 0, 'flat', x < 0), (0, 0, 'minimum', true)]
    """
    f, chosen = _asked(f, variables)
    if len(chosen) == 1 and not free_symbols(f) - set(chosen):
        shape = curve(f, chosen[0], _interval(on), assuming)
        _warn_of(_zeros_missing(shape))
        return _extrema_of(shape)
    _no_interval(on)
    found = surface(f, chosen, assuming)
    _warn_of(_points_missing(found))
    return [_extremum_at(point, found) for point in found.points]


def _zeros_missing(c: Curve) -> str:
    return f"zeros may be missing {c.critical.missing}" if c.critical.missing else ""


def _points_missing(s: Surface) -> str:
    return f"each point is proved, and others may lie {s.missing}" if s.missing else ""


def _warn_of(missing: str) -> None:
    if missing:
        warnings.warn(f"the result could not be checked: {missing}", UnverifiedWarning, stacklevel=3)


def extrema_record(
    f: Expr,
    variables: Expr | Iterable[Expr] | None = None,
    on: tuple[Any, Any] | None = None,
    *,
    assuming: Assumptions = NOTHING,
) -> Derivation:
    """The extrema with their steps, the shape of the curve and the largest and smallest values.

    >>> from calcml.reading import parse
    >>> record = extrema_record(parse("x^4"))
    >>> record.result, [fact.name for fact in record.facts][:2]
    (x = 0, ['smallest value', 'largest value'])
    """
    f, chosen = _asked(f, variables)
    if len(chosen) == 1 and not free_symbols(f) - set(chosen):
        return _of_curve(curve(f, chosen[0], _interval(on), assuming), on, assuming)
    _no_interval(on)
    return _of_surface(surface(f, chosen, assuming), assuming)


def _asked(f: Expr, variables: Expr | Iterable[Expr] | None) -> tuple[Expr, tuple[Symbol, ...]]:
    f = differentiable(as_expr(f))
    if f.shape:
        raise ShapeError(f"extrema are of a scalar, and {f!r} has shape {f.shape}", hint="ask about one entry")
    require_some_domain(f)
    if variables is None and not free_symbols(f):
        raise InputError(f"{f!r} has no variable: it is the same everywhere", hint="name one: calcml extrema 5 x")
    chosen = chosen_variables(f, variables)
    symbols = tuple([x for x in chosen if isinstance(x, Symbol)])
    if len(symbols) < len(chosen):
        raise InputError("extrema by the entries of a vector are not looked for", hint="write each entry as a symbol")
    return f, symbols


def _interval(on: tuple[Any, Any] | None) -> Region:
    if on is None:
        return REALS
    low, high = [as_expr(end) for end in on]
    region = REALS
    try:
        if str(low) != "-oo":
            region = region & compared(">=", real(low))
        if str(high) != "oo":
            region = region & compared("<=", real(high))
    except UndecidedError as error:
        raise InputError(f"the ends of an interval are numbers: {error.message}", hint="as in --on 0 2") from None
    if len(region.borders) == 2 and not (region.inside[1]):
        raise InputError(f"the interval from {low} to {high} is empty", hint="the smaller end first")
    if not any(region.inside):
        raise InputError(f"the interval from {low} to {high} is empty", hint="the smaller end first")
    return region


def _no_interval(on: tuple[Any, Any] | None) -> None:
    if on is not None:
        raise InputError("an interval is for one variable and no parameters", hint="leave out --on")


# ---- one variable ----------------------------------------------------------------------------------------------------


def _of_curve(c: Curve, on: tuple[Any, Any] | None, assuming: Assumptions) -> Derivation:
    _check_by_neighbours(c)
    sections = [*_derivative_sections(c, assuming), _zero_section(c)]
    rows = _rows(c)
    if rows:
        title = "Critical points and ends" if any(turn.why == "end" for turn in c.turns) else "Critical points"
        table = [Table(title, (str(c.x), "f", "what it is", "why"), rows, is_result=True)]
    else:
        table = []
    notes = [_numeric_note(c)] if any(not place.is_exact for place in c.critical.points) else []
    if c.missing:
        notes.append(f"not everything is known: zeros of f' or f'' may be missing {c.missing}")
    return Derivation(
        "extrema",
        problem=c.f,
        variables=(c.x,),
        asked=c.f,
        label="critical points",
        sections=tuple(sections),
        result=_points_as_condition(c),
        notes=tuple(notes),
        facts=tuple([*_value_facts(c), *_shape_facts(c)]),
        tables=tuple(table),
        conditions=combined(requirements(c.f, assuming.known), assuming.known),
    )


def _numeric_note(c: Curve) -> str:
    """How numeric zeros were found, how exact they are, and whether all are there."""
    said = "critical points found numerically, shown to 15 digits"
    if c.critical.missing:
        return f"{said}; others may lie {c.critical.missing}"
    how = "between the zeros of f'' there is one at most" if c.critical.searched is None else "by enclosures"
    return f"{said}; none is missed: {how}"


def _derivative_sections(c: Curve, assuming: Assumptions) -> list[Section]:
    """f' and f'' by the rules."""
    try:
        found = derive(c.f, c.x, 2, assuming)
    except CalcmlError:
        return []
    return list(found.sections)


def _zero_section(c: Curve) -> Section:
    equation = make(Relation, "=", (c.first, ZERO))
    solved = _zeros_as_condition(c)
    numeric = c.critical.searched is not None or any(not place.is_exact for place in c.critical.points)
    check = Check("proved", reason="all zeros, by " + ("enclosures" if numeric else "exact solution"))
    if missing := _zeros_missing(c):
        check = Check("unverified", reason=missing)
    step = Step(
        "rewrite",
        rule="solve",
        title="Find where the slope is 0" if not numeric else "Found numerically",
        statement="",
        why="f turns only where its slope is 0, where it has none, or at an end.",
        focus_before=equation,
        focus_after=solved,
        result=solved,
        check=check,
    )
    return Section("Where the slope is 0", equation, (step,))


def _zeros_as_condition(c: Curve) -> Expr:
    return _either(c.critical.points, c.critical.flats, c)


def _points_as_condition(c: Curve) -> Expr:
    """All critical points, kinks and the intervals on which f is constant included: x <= -1 or x = 1."""
    places = [turn.place for turn in c.turns if turn.why in ("critical", "kink")]
    return _either(places, c.where(slope=0) & c.domain.interior(), c)


def _either(places: Sequence[Place], intervals: Region, c: Curve) -> Expr:
    """x is one of the places, or lies in one of the intervals: said from left to right."""
    single = [place for place in places if place.at not in intervals]
    if c.period is not None and not any(intervals.inside) and all(place.is_exact for place in single):
        brief = shortest(Periodic(c.period, only([place.at for place in single])))  # k*pi and pi/2 + k*pi are k*pi/2
        single = [Place(at) for at in brief.region.points()]
        c = c._replace(period=brief.period)
    said = [(float(place.at), make(Relation, "=", (c.x, _place(place, c)))) for place in single]
    for stretch in intervals.stretches():
        said.append((-inf if stretch[0] is None else float(stretch[0]), _inside(stretch, c)))
    parts = [part for _, part in sorted(said, key=lambda entry: entry[0])]
    return parts[0] if len(parts) == 1 else make(Or, None, tuple(parts)) if parts else FALSE


def _inside(stretch: Stretch, c: Curve) -> Expr:
    """That x lies in an interval; of a function that repeats, in it or one of its copies."""
    low, high, low_belongs, high_belongs = stretch
    region = REALS if low is None else compared(">=" if low_belongs else ">", low)
    region = region if high is None else region & compared("<=" if high_belongs else "<", high)
    if c.period is None:
        return _joined(conditions_of(region, c.x))
    found = plain(Periodic(c.period, region))
    return _joined(families(found, c.x, _whole(c)) if isinstance(found, Periodic) else conditions_of(found, c.x))


def _joined(conditions: Sequence[Expr]) -> Expr:
    return conditions[0] if len(conditions) == 1 else make(And, None, tuple(conditions)) if conditions else TRUE


def _constants(c: Curve) -> list[tuple[float, Expr, Expr]]:
    """(where it begins, condition, value) for each interval on which f is constant, without its ends."""
    return [
        (-inf if low is None else float(low), _inside((low, high, False, False), c), value)
        for (low, high, _, _), value in constants(c)
    ]


def _whole(c: Curve) -> Symbol:
    return Symbol(next(name for name in ("k", "n", "m", "j") if name != c.x.data))


def _place(place: Place, c: Curve) -> Expr:
    """A place as it is written; of a function that repeats, the whole family pi/2 + 2*k*pi."""
    if c.period is None:
        return place.expr
    if place.is_exact:
        return shifted(place.at, c.period, _whole(c))
    return add(place.expr, turns(c.period, _whole(c)))


def _rows(c: Curve) -> tuple[tuple[Cell, ...], ...]:
    """A row for each point and for each interval on which f is constant, from left to right."""
    found = [(float(turn.place.at), _row(turn, c)) for turn in c.turns]
    found += [(low, (where, value, "flat", _CONSTANT)) for low, where, value in _constants(c)]
    return tuple([row for _, row in sorted(found, key=lambda entry: entry[0])])


_CONSTANT = "f is constant: each point is a local minimum and a local maximum"


def _row(turn: Turn, c: Curve) -> tuple[Cell, ...]:
    value = turn.value
    if c.period is not None and c.drift is not ZERO:
        value = add(value, mul(_whole(c), c.drift))
    return (_place(turn.place, c), value, _kind_in_words(turn), _why_in_words(turn, c))


def _kind_in_words(turn: Turn) -> str:
    if turn.kind == FLAT:
        return "flat: f is constant beside it"
    if turn.kind == NEITHER:
        return "no extremum"
    if turn.why == "end":
        return f"{turn.kind} at the end"
    return f"local {turn.kind}"


def _why_in_words(turn: Turn, c: Curve) -> Words:
    """What decides about a point, with values of derivatives and slopes as letters."""
    if turn.why == "kink":
        sides = next((sides for at, sides in c.kinks if at == turn.place.at), None)
        left, right = (None, None) if sides is None else sides.slopes
        if left is None or right is None:
            return Words(f"f has no derivative there; {_signs(turn)}")
        slopes = " (from the left {a}, from the right {b})"
        if sides is not None and sides.is_vertical:
            slopes = ", and its slope goes to {a}: the tangent is vertical"
        return Words(f"f has no derivative there{slopes}; {_signs(turn)}", (("a", left), ("b", right)))
    if turn.why in ("end", "flat") or not turn.order:
        return Words(_signs(turn))
    sign = ">" if _is_positive(turn.derivative) else "<"
    value = f"{{v}} {sign} 0"
    if turn.order > 2:
        parity = "even" if turn.order % 2 == 0 else "odd"
        value = f"0, and the {derivative_name(turn.order)}, the first that is not 0, is {value}: {parity} order"
    return Words(f"f'' = {value}", (("v", turn.derivative),))


def _is_positive(value: Expr) -> bool:
    try:
        return real(value) > 0
    except UndecidedError:
        return float(Program([value], []).run([])[0]) > 0


def _signs(turn: Turn) -> str:
    words = {1: "rises", -1: "falls", 0: "is constant"}
    left, right = turn.slopes
    if left is None:
        return f"f {words[right or 0]} to the right"
    if right is None:
        return f"f {words[left]} to the left"
    return f"f {words[left]} before and {words[right]} after" if left != right else f"f {words[left]} on both sides"


# ---- facts about a curve ---------------------------------------------------------------------------------------------


def _value_facts(c: Curve) -> list[Fact]:
    return [_best_fact("smallest value", smallest(c), c, "below"), _best_fact("largest value", largest(c), c, "above")]


def _best_fact(name: str, best: Best, c: Curve, direction: str) -> Fact:
    if best.status == UNDECIDED:
        return Fact(name, text=f"not decided: {best.reason}")
    letters: list[tuple[str, Expr]] = [("v", best.value)]
    if best.status == UNBOUNDED:
        text = f"none: f is unbounded {direction}{_towards(best.ends, c, letters)}"
        return Fact(name, text=text, bindings=tuple(letters))
    if best.status != ATTAINED:
        text = f"none: f comes as near to {{v}} as one likes{_towards(best.ends, c, letters)}"
        return Fact(name, text=text, bindings=tuple(letters))
    where: list[str] = []
    for i, place in enumerate(best.places):
        letters.append((f"p{i}", make(Relation, "=", (c.x, _place(place, c)))))
        where.append(f"{{p{i}}}")
    at = [f"on {_intervals(best.stretches, c, letters)}"] if best.stretches else []
    at += [f"at {' and '.join(where)}"] if where else []
    return Fact(name, text=" ".join(["{v}", " and ".join(at)]).strip(), bindings=tuple(letters))


def _towards(ends: Sequence[End], c: Curve, letters: list[tuple[str, Expr]]) -> str:
    """In words, what x goes to; the ends become letters."""
    said: list[str] = []
    letters.append(("x", c.x))
    for i, end in enumerate(ends):
        if end.at is None:
            letters.append((f"e{i}", MINUS_INFINITY if end.side == LEFT else INFINITY))
            said.append(f"{{x}} goes to {{e{i}}}")
        else:
            letters.append((f"e{i}", expr_of(end.at)))
            said.append(f"{{x}} goes to {{e{i}}} from the {'left' if end.side == LEFT else 'right'}")
    return f" as {' and as '.join(said)}" if said else ""


def _shape_facts(c: Curve) -> list[Fact]:
    facts: list[Fact] = []
    for name, region in (
        ("increasing on", c.where(slope=1)), ("decreasing on", c.where(slope=-1)), ("constant on", c.where(slope=0)),
    ):  # fmt: skip
        facts += _interval_fact(name, region.stretches(), c)
    shape = bend(c)
    strictly = "strictly " if shape.strict else ""
    if shape.kind in ("convex", "concave"):
        facts.append(Fact("shape", text=f"{strictly}{shape.kind}, since {shape.reason}"))
    elif shape.kind == "both":
        facts.append(Fact("shape", text="a straight line: convex and concave"))
    elif shape.kind == "neither":
        facts.append(Fact("shape", text=f"neither convex nor concave: {shape.reason}"))
    elif shape.kind == "undecided":
        facts.append(Fact("shape", text=f"not decided: {shape.reason}"))
    if shape.kind in ("neither", "undefined"):
        facts += [*_interval_fact("convex on", c.bent(1), c), *_interval_fact("concave on", c.bent(-1), c)]
    if c.inflections:
        letters = tuple([(f"p{i}", make(Relation, "=", (c.x, _place(p, c)))) for i, p in enumerate(c.inflections)])
        text = ", ".join([f"{{{letter}}}" for letter, _ in letters])
        facts.append(Fact("inflections, where f'' changes its sign", text=text, bindings=letters))
    return facts


def _interval_fact(name: str, stretches: Sequence[Stretch], c: Curve) -> list[Fact]:
    letters: list[tuple[str, Expr]] = []
    return [Fact(name, text=_intervals(stretches, c, letters), bindings=tuple(letters))] if stretches else []


def _intervals(stretches: Sequence[Stretch], c: Curve, letters: list[tuple[str, Expr]]) -> str:
    """Intervals, with their borders as letters, so that every format shows them."""

    def border(value: Border | None, sign: str = "") -> str:
        infinite = MINUS_INFINITY if sign else INFINITY
        letters.append((f"b{len(letters)}", infinite if value is None else _border(value, c)))
        return f"{{{letters[-1][0]}}}"

    if c.period is not None:
        stretches = _across_the_seam(stretches, c.period, closed=c.has(0))
    parts: list[str] = []
    for low, high, low_belongs, high_belongs in stretches:
        left = f"{'[' if low_belongs else '('}{border(low, '-')}"
        right = f"{border(high)}{']' if high_belongs else ')'}"
        parts.append(f"{left}, {right}")
    text = ", ".join(parts)
    if c.period is not None and stretches[0][0] is not None:
        letters.append(("period", expr_of(c.period)))
        text += ", and so on with period {period}"
    return text


def _across_the_seam(stretches: Sequence[Stretch], period: Border, closed: bool) -> list[Stretch]:
    """Intervals of one period with the first and the last joined where they touch: [-pi/2, pi/2].

    closed: whether the function is defined at the seam, so that an interval that ends there has its end.
    """
    first, last = stretches[0], stretches[-1]
    if last[1] == period and closed:
        last = (last[0], period, last[2], True)
    if first[0] != 0 or not first[2] or last[1] != period:
        return [*stretches[:-1], last]
    if len(stretches) == 1:
        return [(None, None, False, False)]
    low = plus(last[0], minus(period))
    return [(low, first[1], last[2], first[3]), *stretches[1:-1]]


def _border(value: Border, c: Curve) -> Expr:
    places = [*c.critical.points, *(c.bends.points if c.bends is not None else [])]
    found = next((p.expr for p in places if not p.is_exact and p.at == value), None)
    if found is not None:
        return found
    exact = expr_of(value)
    return exact if tree_size(exact) <= SHORT and len(str(exact)) <= LONG_TEXT else decimal(value, 15)


SHORT, LONG_TEXT = 20, 40  # nodes, and characters, of a border that is shown exactly


# ---- checked by values -----------------------------------------------------------------------------------------------


def _check_by_neighbours(c: Curve) -> None:
    """Values beside each extremum lie on the right side of its own. InvariantError where they do not."""
    program = Program([c.f], [c.x])
    for turn in c.turns:
        sign = {MINIMUM: 1, MAXIMUM: -1}.get(turn.kind)
        if sign is None:
            continue
        at = float(turn.place.at)
        here = program.run([at])[0]
        for side, slope in zip((-1, 1), turn.slopes, strict=True):
            if slope is None or not isinstance(here, float | int) or here != here:
                continue
            for step in (1e-2, 1e-3):
                there = program.run([at + side * step * min(1.0, _room(c, turn, side))])[0]
                if isinstance(there, bool) or there != there:
                    continue
                if sign * (there - here) < -1e-9 * max(1.0, abs(here)):
                    raise InvariantError(
                        f"an extremum failed its check: {c.f!r} at {c.x} = {turn.place.expr}",
                        hint="this is a bug in calcml; please report the input",
                    )


def _room(c: Curve, turn: Turn, side: int) -> float:
    """How far it is to the next cut."""
    marks = [float(b) for piece in c.pieces for b in (piece.low, piece.high) if b is not None]
    gaps = [abs(mark - float(turn.place.at)) for mark in marks if (mark - float(turn.place.at)) * side > 1e-12]
    return min(gaps, default=1.0)


def _extrema_of(c: Curve) -> list[Extremum]:
    """The points, and the intervals on which f is constant, from left to right."""
    period: dict[Expr, Expr] = {} if c.period is None else {c.x: expr_of(c.period)}
    found: list[tuple[float, Extremum]] = []
    for turn in c.turns:
        bent = turn.kind == NEITHER and any(p.at == turn.place.at for p in c.inflections)
        kind = "inflection" if bent else turn.kind
        at: dict[Expr, Expr] = {c.x: turn.place.expr}
        made = Extremum(at, turn.value, kind, str(_why_in_words(turn, c)), float(turn.place.error), period)
        found.append((float(turn.place.at), made))
    for low, where, value in _constants(c):
        found.append((low, Extremum({c.x: c.x}, value, FLAT, _CONSTANT, 0.0, period, where)))
    return [extremum for _, extremum in sorted(found, key=lambda entry: entry[0])]


# ---- several variables -----------------------------------------------------------------------------------------------


def _of_surface(s: Surface, assuming: Assumptions) -> Derivation:
    gradient = Vector(*s.gradient)
    sections: list[Section] = []
    for x in s.variables:
        try:
            sections += list(derive(s.f, x, 1, assuming).sections)
        except CalcmlError:
            continue
    equation = _joined([make(Relation, "=", (entry, ZERO)) for entry in s.gradient])
    solved = _solutions_as_condition(s)
    step = Step(
        "rewrite",
        rule="solve",
        title="Solve the equations" if s.box is None else "Found numerically",
        statement="",
        why="An extremum in the interior has slope 0 in every direction.",
        focus_before=equation,
        focus_after=solved,
        result=solved,
        check=Check("proved", reason="every solution was put in" if s.box is None else "each point by an enclosure")
        if not s.missing
        else Check("unverified", reason=_points_missing(s)),
    )
    sections.append(Section("Where the gradient is 0", equation, (step,)))
    rows = tuple([_surface_row(point, s) for point in s.points])
    tables = (
        [Table("Critical points", (*map(str, s.variables), "f", "what it is", "why"), rows, is_result=True)]
        if rows
        else []
    )
    tables += [_hessian_table(s)] if rows else []
    notes = [f"{x} repeats after {period}" for x, period in s.periods.items()]
    if s.box is not None:
        others = f"; others may lie {s.missing}" if s.missing else "; there are no others, since f is convex or concave"
        notes.append(f"found numerically, each proved by an enclosure{others}")
    return Derivation(
        "extrema",
        problem=s.f,
        variables=s.variables,
        asked=gradient,
        label="critical points",
        sections=tuple(sections),
        result=solved,
        conditions=combined([*requirements(s.f, assuming.known), *_needed(s)], assuming.known),
        notes=tuple(notes),
        facts=tuple(_surface_facts(s)),
        tables=tuple(tables),
    )


def _needed(s: Surface) -> list[Expr]:
    """What the values of the points ask of parameters."""
    return [part for point in s.points for value in point.at.values() for part in requirements(value)]


def _hessian_table(s: Surface) -> Table:
    rows: list[tuple[Expr | str, ...]] = [("everywhere", Matrix(*[Vector(*row) for row in s.hessian]), "")]
    for point in s.points:
        rows.append((_where(point), Matrix(*[Vector(*row) for row in point.hessian]), point.definite))
    return Table("Hessian", ("at", "matrix", "signs"), tuple(rows))


def _where(point: Critical) -> Expr:
    return _joined([make(Relation, "=", (x, value)) for x, value in point.at.items()])


def _solutions_as_condition(s: Surface) -> Expr:
    parts = [_where(point) for point in s.points]
    return parts[0] if len(parts) == 1 else make(Or, None, tuple(parts)) if parts else FALSE


def _surface_row(point: Critical, s: Surface) -> tuple[Expr | str, ...]:
    kind = point.kind
    if kind in (MINIMUM, MAXIMUM):
        kind = f"{'global' if point.is_global else 'local'} {kind}"
    return (*[point.at.get(x, "any") for x in s.variables], point.value, kind, point.reason)


def _surface_facts(s: Surface) -> list[Fact]:
    kind, reason = s.bend
    said = {
        "convex": f"convex: {reason}",
        "concave": f"concave: {reason}",
        "both": "linear: convex and concave",
        "neither": f"neither convex nor concave: {reason}",
        "undecided": f"not decided: {reason}",
    }[kind]
    return [Fact("shape", text=said)]


def _extremum_at(point: Critical, s: Surface) -> Extremum:
    return Extremum(dict(point.at), point.value, point.kind, point.reason, point.error, dict(s.periods))
