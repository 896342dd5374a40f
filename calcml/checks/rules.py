"""The statement of every rule, of differentiation and of algebra, against values and against the code beside it.

A statement holds exactly where its `where` says: there both sides have a value and agree, and elsewhere they do not. A
rule without a `where` holds wherever both sides have a value.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from calcml.algebra.read import terms_of
from calcml.algebra.rules import ALGEBRA_RULES, COMPOSITIONS, QUOTIENTS, SQUARES, AlgebraRule
from calcml.binding import free_symbols, substitute
from calcml.checks.values import DIGITS, Condition, Finding, Values, closed_value, near, number_or_none, shown
from calcml.differentiation import Application, forward
from calcml.errors import CalcmlError
from calcml.expr import Expr, Symbol
from calcml.precise import PreciseProgram
from calcml.reading import parse
from calcml.recording import differentiation_step
from calcml.rules.differentiation import RULES, DiffRule
from calcml.sampling import Stream

X = Symbol("x")
# What the letters of a statement stand for: u, v and w move with x at their own rates, c, n, a and the place t of a
# border do not.
MOVING = {"u": "u0 + 3*x/2 + x^2/5", "v": "v0 - 2*x + x^2/7", "w": "w0 + 5*x/4"}
STILL = ("c", "n", "a", "t")
STARTS = {Symbol(f"{name}0"): Symbol(name) for name in MOVING}
FEW = ("0", "1", "-1", "2", "1/2", "5/3", "-7/4")
INNER = ("f", {"sin": "cos", "exp": "exp"})  # functions, and their derivatives, that f stands for
SAME = 1e-20  # to which slopes and stated slopes agree


def check_rules() -> Iterator[Finding]:
    """What is wrong in the rules of differentiation and of algebra."""
    for rule in RULES:
        yield from check_rule(rule)
    yield from check_cases()
    for row in ALGEBRA_RULES:
        yield from check_algebra(row)
    yield from check_keys()


def check_rule(rule: DiffRule) -> Iterator[Finding]:
    """What is wrong with a rule of differentiation: its statement, its condition, its code, or what its letters name.

    >>> from calcml.rules.differentiation import PRODUCT
    >>> list(check_rule(PRODUCT))
    []
    """
    import mpmath

    try:
        with mpmath.workdps(DIGITS):
            for outer, inner in INNER[1].items():
                yield from itertools.islice(_check_statement(rule, outer, inner), 1)
                if "f" not in rule.statement.replace("d(", ""):
                    break
    except CalcmlError as error:
        yield Finding(rule.name, "statement", error.message)


def sides_of(rule: DiffRule) -> tuple[str, str]:
    """What is differentiated in a statement, and what its derivative is said to be."""
    left, right = rule.statement.split(" = ", 1)
    return left.removeprefix("d(").removesuffix(")"), right


def read_side(text: str, filled: Mapping[Expr, Expr], outer: str = "sin", inner: str = "cos") -> Expr:
    """A side of a statement, with d(u) as du, f as a function of the table, and its letters filled in."""
    text = text.replace("f'(", f"{inner}(").replace("f(", f"{outer}(")
    text = re.sub(r"\bd\((\w)\)", r"d\1", text).replace(": p;", ": x < t;").replace(": q}", ": x > t}")
    text = text.replace("i, 1, n", "i, 1, 3")
    names = [*MOVING, *(f"d{name}" for name in (*MOVING, *STILL, "x")), *STILL]
    return substitute(parse(text, symbols=names), filled)


def condition_of(text: str) -> Expr:
    """A condition as it is written in a rule: `n integer` is n = floor(n)."""
    return parse(re.sub(r"(\w) integer", r"\1 = floor(\1)", text), symbols=(*ALGEBRA_LETTERS, *STILL))


def _check_statement(rule: DiffRule, outer: str, inner: str) -> Iterator[Finding]:
    left, right = sides_of(rule)
    moving: dict[Expr, Expr] = {Symbol(name): parse(text, symbols=STARTS) for name, text in MOVING.items()}
    node = read_side(left, moving, outer, inner)
    slopes: dict[Expr, Expr] = {Symbol(f"d{name.data}"): forward(value, X) for name, value in moving.items()}
    stated = read_side(right, {**moving, **slopes}, outer, inner)
    record: list[Application] = []
    coded = forward(node, X, record)
    yield from _check_step(rule, node, record, coded, moving)
    if node.shape != stated.shape:
        yield Finding(rule.name, "statement", f"shapes {node.shape} and {stated.shape}")
        return
    letters: list[Expr] = sorted(free_symbols(node, stated) - {X}, key=lambda symbol: symbol.data)
    where = Condition(substitute(condition_of(rule.where), moving), [X, *letters]) if rule.where else None
    entries = zip(*(side.args if side.shape else (side,) for side in (node, stated, coded)), strict=True)
    for f, said, done in entries:
        yield from _check_slopes(rule, where, letters, f, said, done)


def _check_step(
    rule: DiffRule, node: Expr, record: list[Application], coded: Expr, moving: Mapping[Expr, Expr]
) -> Iterator[Finding]:
    """That this rule serves what its statement is about, and that the letters of the step name its parts."""
    if not record:
        return  # a constant, or x itself
    if record[-1].rule is not rule:
        yield Finding(rule.name, "statement", f"{record[-1].rule.name} serves {node}")
    for name, value in differentiation_step(node, X, record, coded).bindings:
        if moving.get(Symbol(name), value) is not value and name in rule.statement:
            yield Finding(rule.name, "bindings", f"{name} is said to be {value}")


def _check_slopes(
    rule: DiffRule, where: Condition | None, letters: list[Expr], f: Expr, said: Expr, done: Expr
) -> Iterator[Finding]:
    import mpmath

    variables = [X, *letters]
    function, stated, coded = (text_of(expr, variables) for expr in (f, said, done))
    values = SlopeOf(function)
    for start in itertools.product([closed_value(text) for text in FEW], repeat=len(letters)):
        if any(symbol.data == "t" and value == 0 for symbol, value in zip(letters, start, strict=True)):
            continue  # borders have a look of their own
        point = (mpmath.mpf(0), *start)
        slope = None if values.exact(point) is None else values.slope(point, 0)
        results = [number_or_none(side, point) for side in (stated, coded)]
        holds = where is None or where.holds(point) is True
        at = ", ".join(f"{symbol} = {float(value):.4g}" for symbol, value in zip(letters, start, strict=True))
        if slope is None:
            if holds and (where is not None or results[0] is not None):
                yield Finding(rule.name, "where" if where else "statement", f"at {at} there is no slope")
            continue
        right = [result is not None and near(slope, result, SAME) for result in results]
        if holds and not right[0]:
            yield Finding(rule.name, "statement", f"at {at} the slope is {shown([slope])}")
        elif not holds and right[0]:
            yield Finding(rule.name, "where", f"at {at} the statement holds")
        if holds and not right[1]:
            yield Finding(rule.name, "apply", f"at {at} the slope is {shown([slope])}")


# Functions by cases, in each of the shapes in which a border may or may not have a slope.
BY_CASES = (
    "{x^2: x < 0; x^3: x >= 0}", "{sin(x): x < 0; x: x < 2; x^2: otherwise}", "{x^2: x <= 1; 2*x - 1: otherwise}",
    "{x*y: x > y; x^2: otherwise}", "{x^2: y < 0; x^3: otherwise}", "{x: x < 0 or x > 1; x^2: otherwise}",
    "{x: x != 0; 1: otherwise}", "max(x, x^2)", "min(x, 1)", "min(x^2, y)", "max(x*y, y)", "max(x, y, 2*x)",
    "max(x^2, x^3, 0)",
)  # fmt: skip
ONE_SIDED = 1e-10  # to which a slope at a border is good, where the curvatures on both sides differ
ON_THE_LINE = [f"{k}/6" for k in range(-18, 19)]


def check_cases() -> Iterator[Finding]:
    """Rules for cases, at their borders and between: a value wherever there is a slope by x, and nowhere else.

    Borders are looked at where calcml does: between x and a number.
    """
    import mpmath

    with mpmath.workdps(DIGITS):
        for text in BY_CASES:
            f = parse(text)
            record: list[Application] = []
            coded = forward(f, X, record)
            letters: list[Expr] = [X, *sorted(free_symbols(f) - {X}, key=lambda symbol: symbol.data)]
            function, slope = (text_of(expr, letters) for expr in (f, coded))
            values = SlopeOf(function)
            for x, y in itertools.product(ON_THE_LINE, ("3/4", "-5/4")):
                point = tuple(map(closed_value, (x, y)))[: len(letters)]
                found = None if values.exact(point) is None else values.slope(point, 0)
                stated = number_or_none(slope, point)
                if (found is None) != (stated is None) or (found is not None and not near(found, stated, ONE_SIDED)):
                    said = "nothing" if stated is None else shown([stated])
                    yield Finding(record[-1].rule.name, "apply", f"{text} at {shown(point)}: {said}")


def text_of(expr: Expr, letters: Sequence[Expr]) -> Callable[..., Any]:
    """An expression as a function of its letters, to whatever precision is set."""
    program = PreciseProgram(expr)
    return lambda *args: program.run(dict(zip(letters, args, strict=True)))


class SlopeOf(Values):
    """Slopes of a function that is no row."""

    def __init__(self, function: Any) -> None:
        self._known = {}
        self.function = function

    def _exact(self, point: tuple[Any, ...]) -> Any:
        return number_or_none(self.function, point)


# ---- rules of algebra ----------------------------------------------------------------------------------------------

ALGEBRA_LETTERS = ("u", "v", "w", "z", "a", "b", "m", "n", "p")
EDGES = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0)
SIZES = (1e-6, 1e-3, 0.1, 0.9, 1.0, 2.0, 7.0, 40.0, 200.0, 1e3)
CARRIED = (60, 1000)  # cosh(1000)^2 - sinh(1000)^2 loses 868 digits
POINTS, ENOUGH = 200, 15


def algebra_points(count: int, seed: int = 11) -> list[list[float]]:
    """Log-uniform in size and of both signs, and combinations of the edges, in turn."""
    stream = Stream(seed)
    found = []
    for i in range(POINTS):
        pick = [stream.next() for _ in range(2 * count)]
        if i % 2:
            found.append([EDGES[int(u * len(EDGES))] for u in pick[:count]])
        else:
            sizes = [SIZES[int(u * len(SIZES))] for u in pick[:count]]
            found.append([size * (2 * u - 1) for size, u in zip(sizes, pick[count:], strict=True)])
    return found


def check_algebra(row: AlgebraRule) -> Iterator[Finding]:
    """What is wrong with a rule of algebra: two sides that differ where they should not, or a condition not exact.

    >>> [str(found).split(":")[0] for found in check_algebra(AlgebraRule("root", "", "", "sqrt(u^2) = u", ""))]
    ['root.statement']
    """
    try:
        yield from itertools.islice(_check_sides(row), 1)
    except CalcmlError as error:
        yield Finding(row.name, "statement", error.message)


def _check_sides(row: AlgebraRule) -> Iterator[Finding]:
    import mpmath

    left, right = (parse(side, symbols=ALGEBRA_LETTERS) for side in row.sides)
    needed = condition_of(row.where) if row.where else None
    symbols = sorted(free_symbols(left, right, *([needed] if needed is not None else [])), key=lambda s: s.data)
    where = Condition(needed, symbols) if needed is not None else None
    programs = [PreciseProgram(side) for side in (left, right)]
    compared: set[tuple[float, ...]] = set()
    edges = itertools.product(EDGES[:6], repeat=len(symbols)) if where is not None and len(symbols) < 4 else ()
    for values in (*algebra_points(len(symbols)), *map(list, edges)):
        at = ", ".join(f"{symbol} = {value:.6g}" for symbol, value in zip(symbols, values, strict=True))
        for digits in CARRIED:
            with mpmath.workdps(digits):
                point = [mpmath.mpf(value) for value in values]
                holds = where is None or where.holds(point) is True
                ours, theirs = (program.run(dict(zip(symbols, point, strict=True))) for program in programs)
                agree = ours is not None and theirs is not None and near(ours, theirs)
            if agree or ours is None or theirs is None:
                break
        if agree:
            compared.add(tuple(values))
        if where is not None and agree and not holds:
            yield Finding(row.name, "where", f"at {at} both sides are {shown([ours])}")
        elif holds and ours is None and where is not None:
            yield Finding(row.name, "where", f"at {at} the left side has no value")
        elif holds and not agree and ours is not None and theirs is not None:
            yield Finding(row.name, "statement", f"at {at} the sides are {shown([ours])} and {shown([theirs])}")
    if len(compared) < ENOUGH:
        yield Finding(row.name, "statement", "there is hardly a point where both sides have a value")


# How the key under which a row is looked up says its left side.
KEYED = (
    (SQUARES, "{0}(u)^2 + {2}*{1}(u)^2"),
    (QUOTIENTS, "{}(u)/{}(u)"),
    (COMPOSITIONS, "{}({}(u))"),
)  # fmt: skip


def check_keys(names: Collection[str] = ()) -> Iterator[Finding]:
    """Rows looked up under a key that is not their left side, or not used for it; all rows, or those of `names`."""
    for table, left_side in KEYED:
        for key, row in table.items():
            if names and row.name not in names:
                continue
            keyed = row._replace(statement=f"{left_side.format(*key)} = {row.sides[0]}", where="")
            for found in check_algebra(keyed):
                yield Finding(row.name, "key", found.text)
    for row in COMPOSITIONS.values():
        if names and row.name not in names:
            continue
        left, right = (parse(side) for side in row.sides)
        if terms_of(left) != terms_of(right):
            yield Finding(row.name, "key", f"{left} is not read as {right}")
