"""What a row says beside its derivative: texts that agree, domain, range, parity, period, monotony, special values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from calcml.checks.values import (
    DRAWN,
    TINY,
    Condition,
    Finding,
    Point,
    Values,
    closed_value,
    near,
    number_or_none,
    shown,
    special_points,
    text_function,
    values_of,
)
from calcml.expr import Symbol
from calcml.functions import FunctionSpec
from calcml.templates import fill_row, template, with_defaults

FLOAT = 1e-9  # what a float64 value may differ by: here a wrong text is looked for, not a lost digit


def check_texts(spec: FunctionSpec) -> Iterator[Finding]:
    """The float64 text, the definition, and what code is written from have the values of the reference."""
    values = values_of(spec)
    for count in values.counts:
        reference, in_floats = values.functions(count)
        letters = values.letters(count)
        texts = {field: text for field in ("defined_as", "code") if (text := getattr(spec, field))}
        said = {field: (text_function(spec, text, letters), _says_where(text)) for field, text in texts.items()}
        for point in (p for p in values.points if len(p) == count):
            value = number_or_none(reference, point)
            computed = number_or_none(in_floats, [float(x) for x in point])
            if value is None:
                if computed is not None and not _is_rounded(point):
                    yield Finding(spec.name, "python", f"at {shown(point)} it is {computed!r}, and there is no value")
            elif computed is not None and not near(value, computed, FLOAT):
                yield Finding(spec.name, "python", f"at {shown(point)} it is {computed!r}, not {shown([value])}")
            exact = values.exact(point)
            for field, (definition, says_where) in said.items():
                if exact is None and (field == "code" or not says_where):
                    continue
                defined = number_or_none(definition, point)
                if exact is None:
                    if defined is not None:
                        yield Finding(spec.name, field, f"at {shown(point)} there is no value")
                elif defined is None or not near(defined, value, FLOAT if field == "code" else TINY):
                    what = "nothing" if defined is None else shown([defined])
                    yield Finding(spec.name, field, f"at {shown(point)} it is {what}, not {shown([value])}")


def _says_where(text: str) -> bool:
    """Whether a definition by cases says where it has a value."""
    return text.startswith("{") and "otherwise" not in text


def _is_rounded(point: Point) -> bool:
    """Whether float64 looks at another point: beside pi/2 tan has a value."""
    return any(float(x) != x for x in point)


def check_domain(spec: FunctionSpec) -> Iterator[Finding]:
    """The domain is where there is a value."""
    values = values_of(spec)
    for count in values.counts:
        letters = values.letters(count)
        domain = Condition(fill_row(spec, spec.domain, letters), letters) if spec.domain else None
        for point in (p for p in values.points if len(p) == count):
            inside = domain is None or domain.holds(point) is True
            if inside != (values.exact(point) is not None):
                has = "no value" if inside else "a value"
                yield Finding(spec.name, "domain", f"at {shown(point)} there is {has}")


def check_values(spec: FunctionSpec) -> Iterator[Finding]:
    """Special values; those with an argument left out check the default."""
    values = values_of(spec)
    tried = 0
    for at, text in spec.special_values:
        args = with_defaults(spec, tuple(template(part, ()).expr for part in at.split(", ")))
        field = "special_values" if len(args) == at.count(", ") + 1 else "defaults"
        tried += field == "defaults"
        stated = closed_value(text)
        point = tuple(closed_value(str(arg)) for arg in args)
        got = None if None in point else values.exact(point)
        if got is None or stated is None or not near(got, stated):
            said = "nothing" if got is None else shown([got])
            yield Finding(spec.name, field, f"at {at} it is {said}, not {text}")
    if spec.defaults and not tried:
        yield Finding(spec.name, "defaults", "no special value leaves an argument out")


def check_symmetry(spec: FunctionSpec) -> Iterator[Finding]:
    """Parity; the period, which is the smallest positive one; monotony."""
    values = values_of(spec)
    if spec.parity:
        sign = 1 if spec.parity == "even" else -1
        for point in values.inside:
            turned = values.exact((-point[0],))
            if turned is None or not near(turned, sign * values.exact(point)):
                yield Finding(spec.name, "parity", f"at {shown(point)} it is not {spec.parity}")
                break
    if spec.period:
        yield from _check_period(spec, values)
    if spec.monotone:
        ordered = sorted(values.inside)
        rises = [values.exact(b) - values.exact(a) for a, b in pairwise(ordered) if a != b]
        if any((rise <= 0) if spec.monotone == "increasing" else (rise >= 0) for rise in rises):
            yield Finding(spec.name, "monotone", f"it is not {spec.monotone}")


def _check_period(spec: FunctionSpec, values: Values) -> Iterator[Finding]:
    period = closed_value(spec.period)
    if period is None or period <= 0:
        yield Finding(spec.name, "period", "it is not positive")
        return

    def repeats(shift: Any) -> bool:
        pairs = ((values.exact(p), values.exact((p[0] + shift,))) for p in values.inside[:20])
        return all(b is not None and near(a, b) for a, b in pairs)

    if not repeats(period):
        yield Finding(spec.name, "period", "the values do not repeat")
    for part in (2, 3):
        if repeats(period / part):
            yield Finding(spec.name, "period", f"a {part}th of it will do")


# ---- range ---------------------------------------------------------------------------------------------------------

MEETS = 7.0  # up to this argument a value equal to a border is one, and not rounded (erf(12) is 1 to 50 digits)
WIDE = (10.0, 15.0, 20.0, 50.0, 1e3, 1e6)


def check_range(spec: FunctionSpec) -> Iterator[Finding]:
    """The range is the set of values: each of many numbers is in it just when some argument has it for value."""
    if not spec.range:
        return
    values = values_of(spec)
    holds = Condition(template(spec.range, ("y",)).expr, [Symbol("y")])
    named = [closed_value(text) for _, text in spec.special_values]
    for point in values.inside:
        value = values.exact(point)
        if holds.holds((value,)) is False:
            yield Finding(spec.name, "range", f"at {shown(point)} the value is {shown([value])}")
    for value in dict.fromkeys([*(value for (value,) in special_points(1)), *named]):
        is_attained = None if value is None or isinstance(value, bool) else is_value(values, value)
        if is_attained is not None and holds.holds((value,)) is not is_attained:
            yield Finding(
                spec.name, "range", f"{shown([value])} is {'a value' if is_attained else 'no value'} of the function"
            )


Line = list[tuple[Any, Any, Point]]


def is_value(values: Values, probe: Any) -> bool | None:
    """Whether a number is a value of the function; None for what a function that jumps may leave out."""
    found = _images.get(id(values))
    if found is None or found[0] is not values:
        found = _images[id(values)] = values, [sorted(line) for line in _lines(values)], {}
    _, lines, known = found
    if probe not in known:
        attained: bool | None = any(_attains(values, line, probe) for line in lines)
        if not attained and not values.spec.continuous:
            reached = [value for line in lines for _, value, _ in line]
            attained = None if min(reached) < probe < max(reached) else False
        known[probe] = attained
    return known[probe]


_images: dict[int, tuple[Values, list[Line], dict[Any, bool | None]]] = {}


def _lines(values: Values) -> Iterator[Line]:
    """Values along lines: one argument moves, the others stay; (argument, value, point)."""
    import mpmath

    grid = [mpmath.mpf(k) / 4 for k in range(-32, 33)]
    poles = [*map(mpmath.mpf, range(-6, 7)), *(mpmath.pi * k / 2 for k in range(-4, 5))]
    grid += [pole + h for pole in poles for h in (-1e-2, -1e-8, 1e-8, 1e-2)]
    grid += [sign * mpmath.mpf(x) for x in WIDE for sign in (1, -1)]
    grid += [x for (x,) in special_points(1)]
    for count in values.counts:
        free = [i for i in range(count) if i not in values.whole]
        bases = [p for p in values.inside if len(p) == count]
        bases = bases[:1] if count == 1 else [*bases[:2], *bases[DRAWN : DRAWN + 2]]  # random and special ones
        for i in free[:2]:
            for base in bases:
                moved = [(*base[:i], x, *base[i + 1 :]) for x in grid]
                line = [(p[i], value, p) for p in moved if (value := values.exact(p)) is not None]
                if line:
                    yield line


def _attains(values: Values, line: Line, probe: Any) -> bool:
    for x, value, _ in line:
        if abs(value - probe) <= TINY and abs(x) <= MEETS:
            return True
    return any((v - probe) * (w - probe) < 0 and _meets(values, a, b, probe) for (_, v, a), (_, w, b) in pairwise(line))


def _meets(values: Values, a: Point, b: Point, probe: Any) -> bool:
    """Whether the value between two points is the probe somewhere, and does not jump over it or end between them."""
    below = values.exact(a) < probe
    for _ in range(60):
        middle = tuple((x + y) / 2 for x, y in zip(a, b, strict=True))
        value = values.exact(middle)
        if value is None:
            return False
        if near(value, probe, 1e-12):
            return True
        a, b = (middle, b) if (value < probe) is below else (a, middle)
    return False
