"""How long the shown answers are: calcml's line against the shortest that SymPy finds, and how long both take for it.

The rows are those of tests/tables/derivatives.toml, all of them, in the table's order; a row with the same function,
variable and order as one before it (another way of typing it) is left out. calcml's answer is what `cm.diff` returns,
the first line of the command; where the command shows a second one, in terms of the function itself, that is counted
beside it. SymPy gets the function by `cm.to_sympy`, with cbrt(u) as its own u**(1/3), and its answer is the shortest
of `diff`, `simplify(diff)` and `factor(diff)`, chosen in each column by that column's count. What SymPy returns comes
back by `cm.from_sympy`; what has no counterpart here is listed and does not take part.

One function counts both. `nodes` is the number of nodes of the line as it is written, a tree of operations of two
operands, so that it depends on the line and not on how either system stores it:

    a + b - c            a sum of n terms is n - 1 operations; a minus sign is one more only where it leads
    -2*x*y/(3*z)         a product is one fraction: its sign, n - 1 signs for n factors above and below, one bar
    x^(-2), x^(-1/2)     a power with a negative number as exponent stands below the bar: 1/x^2, 1/sqrt(x)
    3/4, 0.75            a number is one node, with its sign two; 0.75*x is read as 3*x/4, which is what SymPy has
    e^u, exp(u)          one node more than u; so is any other function of one argument, and sqrt(u), u^(1/2), u^(1/3)
    cbrt(u)^2, u^(2/3)   a power of a root is one power
    {a: u < v; b: ...}   one node for all cases; a value each, a condition each, and no node for `otherwise`

An answer is compared only where it is the derivative. A line that has a value where the function has one and no
derivative (Heaviside(x), which is 1/2 at 0, for max(0, x); {1: x > 0; a: otherwise} for a leaky unit; sign(x) for |x|),
or another value than the derivative has, is false there. calcml's line stands with its conditions, so it has no value
where they fail; SymPy's has none. Such lines of SymPy's are printed with the point that shows it; a row of which none
is left is listed and not compared, whichever line is shorter. A line that only lacks a value somewhere is compared.
The share over all lines as they come, false ones included, stands below the others.

Column `written out`: sigmoid(u) is counted as 1/(1 + exp(-u)), softplus(u) as ln(1 + exp(u)), tanh(u) as (exp(u) -
exp(-u))/(exp(u) + exp(-u)), what SymPy has no name for (gelu, softmax, the normal density ...) as its definition in
the function table, and heaviside(u), SymPy's name for a case distinction, as {0: u < 0; 1: u > 0}. Column `by name`:
each is a function like any other, one node more than its argument. Column `all exponentials`: as the first, with cosh,
sinh, coth, sech and csch written with exponentials too, as tanh is, so that 1/cosh(x/2)^2 counts like σ(1 - σ).

Times are CPU times: `cm.diff` of the function just read, the median of some runs, every step checked; and
`simplify(diff(f, x))` with SymPy's cache cleared, in a process of its own that is ended when a row takes too long; such
a row counts with the time it had. Writes results/forms.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import math
import multiprocessing
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import calcml as cm
from benchmarks.measure import TimeLimitError, print_table, save, settle, short_time, time_limit
from calcml import build, functions
from calcml.derivation import Derivation
from calcml.errors import CalcmlError
from calcml.evaluation import Program, evaluate_float
from calcml.expr import (
    Add,
    And,
    Call,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    ratio_of,
)
from calcml.precise import PreciseProgram
from calcml.sampling import points
from calcml.templates import fill_row
from calcml.traverse import rewrite_bottom_up

REASONS = Path(__file__).parent / "longer_forms.toml"
TABLE = Path(__file__).parent.parent / "tests" / "tables" / "derivatives.toml"
WANTED, FASTER = 0.97, 20.0
WAYS = ("diff", "factor", "simplify")
COLUMNS = ("written out", "by name", "all exponentials")
REQUIRED = COLUMNS[:2]
TOTALS = ("nodes of calcml", "nodes of SymPy")
MEDIANS = ("cm.diff, median", "simplify(diff), median")
RATIOS = ("median of the rows", "lower quartile")
LATE = "no answer in time"
REPEAT = 3
_ROOTS = {"sqrt": 2, "cbrt": 3}


class Row(NamedTuple):
    """One exercise of the table."""

    typed: str
    by: str
    order: int
    source: str

    def function(self) -> Expr:
        """What is typed, read."""
        return cm.parse(self.typed)

    @property
    def is_sourced(self) -> bool:
        """Whether it was taken from a page or a lecture."""
        return not self.source.startswith("own")

    def __str__(self) -> str:
        return self.typed + (f"  by {self.by}" if self.by != "x" else "") + (f", {self.order}×" * (self.order > 1))


class Ours(NamedTuple):
    """calcml's lines, the primary one first, and the seconds of `cm.diff`; or the reason why there is none."""

    lines: tuple[Expr, ...]
    seconds: float
    reason: str = ""


class Theirs(NamedTuple):
    """One of SymPy's lines: as SymPy prints it, as ours (None: no counterpart, or none found in time), and the time."""

    text: str
    line: Expr | None
    seconds: float


def rows() -> list[Row]:
    """Every exercise of the table once."""
    found: dict[tuple[Expr, str, int], Row] = {}
    for case in tomllib.loads(TABLE.read_text(encoding="utf-8"))["case"]:
        row = Row(case["typed"], case["by"], case["order"], case["source"])
        found.setdefault((row.function(), row.by, row.order), row)
    return list(found.values())


# ---- counting ------------------------------------------------------------------------------------------------------


def nodes(expr: Expr) -> int:
    """Nodes of the line as it is written: see the docstring of this module."""
    number = ratio_of(expr)
    if number is not None:
        return 1 + (number[0] < 0)
    if isinstance(expr, (Add, Sub)):
        terms = list(_terms(expr))
        leading = all(_fraction(term).negative for term in terms)
        return sum(_size(_fraction(term)) for term in terms) + len(terms) - 1 + leading
    if isinstance(expr, (Mul, Div, Neg, Pow)):
        read = _fraction(expr)
        if read.negative or read.under or read.over != [expr]:
            return read.negative + _size(read)
        return _power(expr)
    if isinstance(expr, (And, Or)):
        return sum(map(nodes, expr.args)) + len(expr.args) - 1
    return 1 + sum(map(nodes, expr.args))


class _Fraction(NamedTuple):
    """A product: its sign, the factors above the bar and those below it."""

    negative: bool
    over: list[Expr]
    under: list[Expr]


def _terms(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Add):
        for arg in expr.args:
            yield from _terms(arg)
    elif isinstance(expr, Sub):
        yield from _terms(expr.args[0])
        yield from map(build.neg, _terms(expr.args[1]))
    else:
        yield expr


def _fraction(expr: Expr) -> _Fraction:
    """An expression read as a product of factors that are no products, quotients or reciprocals."""
    number = ratio_of(expr)
    if number is not None:
        p, q = abs(number[0]), number[1]
        return _Fraction(number[0] < 0, [cm.rational(p)] * (p != 1), [cm.rational(q)] * (q != 1))
    if isinstance(expr, Neg):
        negative, over, under = _fraction(expr.args[0])
        return _Fraction(not negative, over, under)
    if isinstance(expr, Mul):
        return _together(_fraction(arg) for arg in expr.args)
    if isinstance(expr, Div):
        return _together([_fraction(expr.args[0]), _inverse(_fraction(expr.args[1]))])
    if isinstance(expr, Pow) and expr.args[0] is not E:
        exponent = ratio_of(expr.args[1])
        if exponent is not None and exponent[0] < 0:
            p, q = -exponent[0], exponent[1]
            base = expr.args[0]
            return _inverse(_fraction(base if p == q else Pow(base, cm.rational(p, q))))
    return _Fraction(False, [expr], [])


def _inverse(read: _Fraction) -> _Fraction:
    return _Fraction(read.negative, read.under, read.over)


def _together(parts: Iterable[_Fraction]) -> _Fraction:
    negative = False
    over: list[Expr] = []
    under: list[Expr] = []
    for part in parts:
        negative ^= part.negative
        over += part.over
        under += part.under
    return _Fraction(negative, over, under)


def _size(read: _Fraction) -> int:
    """The nodes of a product without its sign. Only a number stands over the bar as one node: 3/4."""
    factors = [*read.over, *read.under]
    if len(read.over) <= 1 and len(read.under) <= 1 and all(isinstance(f, Number) for f in factors):
        return 1
    return _product(read.over) + (1 + _product(read.under) if read.under else 0)


def _product(factors: list[Expr]) -> int:
    return sum(map(nodes, factors)) + len(factors) - 1 if factors else 1


def _power(expr: Expr) -> int:
    base, exponent = expr.args
    if base is E:
        return 1 + nodes(exponent)
    number = ratio_of(exponent)
    if number is not None:
        if isinstance(base, Call) and base.data in _ROOTS:
            base, number = base.args[0], (number[0], number[1] * _ROOTS[base.data])
        if number in ((1, 2), (1, 3)):
            return 1 + nodes(base)
        exponent = cm.rational(*number)
    return 1 + nodes(base) + nodes(exponent)


def written(expr: Expr, hyperbolic: bool = False) -> Expr:
    """The expression with σ, tanh, softplus and what SymPy has no name for written out; `hyperbolic`: cosh … too."""

    def visit(node: Expr) -> Expr:
        definition = _definition(node) if isinstance(node, Call) else None
        if definition is None and hyperbolic and isinstance(node, Call) and node.data in _HYPERBOLIC:
            definition = _HYPERBOLIC[node.data](*_exponentials(node.args[0]))
        return node if definition is None else written(definition, hyperbolic)

    return rewrite_bottom_up(expr, visit)


_HYPERBOLIC: dict[str, Callable[[Expr, Expr], Expr]] = {
    "cosh": lambda up, down: Div(Add(up, down), 2),
    "sinh": lambda up, down: Div(Sub(up, down), 2),
    "sech": lambda up, down: Div(2, Add(up, down)),
    "csch": lambda up, down: Div(2, Sub(up, down)),
    "coth": lambda up, down: Div(Add(up, down), Sub(up, down)),
}


def _exponentials(u: Expr) -> tuple[Expr, Expr]:
    return Call("exp", u), Call("exp", build.neg(u))


def _definition(node: Call) -> Expr | None:
    spec = functions.find(node.data)
    assert spec is not None
    if spec.name == "tanh":
        up, down = _exponentials(node.args[0])
        return Div(Sub(up, down), Add(up, down))
    if spec.name in ("softmax", "logsumexp"):
        exponentials: list[Expr] = [Call("exp", z) for z in node.args[spec.name == "softmax" :]]
        total = build.add_all(exponentials)
        if spec.name == "logsumexp":
            return Call("ln", total)
        chosen = ratio_of(node.args[0])
        return None if chosen is None else Div(exponentials[chosen[0] - 1], total)
    if spec.name == "heaviside":
        (u,) = node.args
        return Piecewise((0, Relation("<", u, 0)), (1, Relation(">", u, 0)))
    if spec.sympy and spec.name != "sigmoid":
        return None
    return fill_row(spec, spec.defined_as, node.args)


def counts(expr: Expr) -> tuple[int, ...]:
    """Nodes in each column."""
    return nodes(written(expr)), nodes(expr), nodes(written(expr, hyperbolic=True))


# ---- whether a line is the derivative ------------------------------------------------------------------------------

_OTHERS = (1.5, 2.0, 0.75, 3.0, 1.25, 2.5, 0.5)  # values of the other letters beside a kink
_STEP = 2.0**-20


def false_at(line: Expr, row: Row, derivation: Derivation) -> str:
    """Where a line is not the derivative: at a kink of the function, or at a point of its domain; empty: nowhere.

    >>> x = cm.Symbol("x")
    >>> row = Row("max(0, x)", "x", 1, "own")
    >>> false_at(cm.parse("heaviside(x)"), row, cm.derive(row.function(), x))
    'value 0.5 at x = 0, where there is no derivative'
    >>> false_at(cm.parse("{0: x < 0; 1: x > 0}"), row, cm.derive(row.function(), x))
    ''
    """
    x = Symbol(row.by)
    f = row.function()
    below = f if row.order == 1 else cm.derive(f, x, row.order - 1).result
    letters = [x, *sorted(cm.free_symbols(f) - {x}, key=str)]
    for relation in _relations(derivation.conditions):
        at = _kink(relation, letters)
        if at is None:
            continue
        value = evaluate_float(line, at)
        if not math.isnan(value) and not math.isnan(evaluate_float(f, at)) and _has_no_slope(below, x, at):
            return f"value {value:g} at {_point(at)}, where there is no derivative"
    program = Program([derivation.result, line], letters)
    for place in itertools.islice(points(letters, derivation.conditions), 12):
        ours, theirs = program.run(place)
        if math.isfinite(ours) and math.isfinite(theirs) and abs(ours - theirs) > 1e-6 * max(1, abs(ours)):
            at = dict(zip(letters, place, strict=True))
            ours, theirs = (_in_digits(side, at) for side in (derivation.result, line))
            if abs(ours - theirs) > 1e-9 * max(1, abs(ours)):  # and no loss of digits
                return f"value {theirs:g} at {_point(at)}, not {ours:g}"
    return ""


def _in_digits(line: Expr, at: dict[Expr, float]) -> float:
    import mpmath

    with mpmath.workdps(60):
        value = PreciseProgram(line).run({letter: mpmath.mpf(number) for letter, number in at.items()})
        return math.nan if value is None else float(value)


def _point(at: dict[Expr, float]) -> str:
    return ", ".join(f"{letter} = {value:g}" for letter, value in at.items())


def _relations(conditions: Iterable[Expr]) -> Iterator[Expr]:
    for condition in conditions:
        if isinstance(condition, Relation):
            yield condition
        elif isinstance(condition, (And, Or)):
            yield from _relations(condition.args)


def _kink(relation: Expr, letters: list[Expr]) -> dict[Expr, float] | None:
    """A point on the border of a condition that is linear in the first letter."""
    gap = Sub(*relation.args)
    at = dict(zip(letters, (0.0, *_OTHERS), strict=False))
    low, high = (evaluate_float(gap, {**at, letters[0]: value}) for value in (0.0, 1.0))
    if math.isnan(low) or math.isnan(high) or low == high:
        return None
    at[letters[0]] = low / (low - high) + 0.0  # never -0
    return at if evaluate_float(gap, at) == 0 else None


def _has_no_slope(f: Expr, x: Expr, at: dict[Expr, float]) -> bool:
    """Whether the slopes of f on both sides of a point differ."""
    low, middle, high = (evaluate_float(f, {**at, x: at[x] + step}) for step in (-_STEP, 0.0, _STEP))
    left, right = (middle - low) / _STEP, (high - middle) / _STEP
    return not abs(left - right) < 1e-3 * max(1.0, abs(left), abs(right))


# ---- calcml --------------------------------------------------------------------------------------------------------


def ours(row: Row, limit: float) -> Ours:
    """The lines calcml shows, and the time of `cm.diff`."""
    x = Symbol(row.by)
    samples = []
    for turn in range(REPEAT + 2):
        with time_limit(limit):
            f = row.function()
            start = time.process_time()
            result = cm.diff(f, x, row.order)
            if turn > 1:
                samples.append(time.process_time() - start)
        del f, result  # or the next turn finds every node made
    derivation = cm.derive(row.function(), x, row.order)
    return Ours((derivation.result, *(form.expr for form in derivation.forms)), statistics.median(samples))


# ---- SymPy, in a process of its own --------------------------------------------------------------------------------


def work(channel: Connection) -> None:
    """Answer (typed, variable, order) with (way, text, JSON of our tree or a reason, seconds) for each way."""
    import sympy as sp
    from sympy.core.cache import clear_cache

    t = sp.Symbol("t", real=True)
    sp.factor(sp.simplify(sp.diff(sp.sin(t) ** 2 / (1 + sp.exp(-t)), t)))  # SymPy imports much on first use
    settle()
    while True:
        typed, by, order = channel.recv()
        x = sp.Symbol(by, real=True)
        try:
            f = cm.to_sympy(_with_powers(cm.parse(typed)))
        except Exception as error:
            channel.send(("", "", f"{type(error).__name__}: {error}", 0.0))
            continue
        for way in WAYS:
            channel.send((way, *_answer(partial(_sympy_line, way, f, x, order), clear_cache)))


def _sympy_line(way: str, f: Any, x: Any, order: int) -> Any:
    import sympy as sp

    derivative = sp.diff(f, x, order)
    return {"diff": lambda g: g, "factor": sp.factor, "simplify": sp.simplify}[way](derivative)


def _answer(job: Callable[[], Any], reset: Callable[[], None]) -> tuple[str, str, float]:
    samples: list[float] = []
    while len(samples) < REPEAT and sum(samples) < 1:
        reset()
        start = time.process_time()
        try:
            value = job()
        except Exception as error:
            return "", f"{type(error).__name__}: {error}", time.process_time() - start
        samples.append(time.process_time() - start)
    try:
        return str(value), cm.to_json(cm.from_sympy(_one_argument(value))), statistics.median(samples)
    except Exception as error:
        return str(value), f"{type(error).__name__}: {error}", statistics.median(samples)


def _one_argument(value: Any) -> Any:
    """SymPy's Heaviside without its second argument, the value at 0."""
    import sympy as sp

    return value.replace(sp.Heaviside, lambda u, at_zero=None: sp.Function("heaviside")(u))


def _with_powers(f: Expr) -> Expr:
    """cbrt(u) as u^(1/3), which is what SymPy's cbrt is."""
    return rewrite_bottom_up(
        f, lambda node: Pow(node.args[0], cm.rational(1, 3)) if isinstance(node, Call) and node.data == "cbrt" else node
    )


class Peer:
    """SymPy's process, started anew after one that had to be ended."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.start()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.channel, end = context.Pipe()
        self.process = context.Process(target=work, args=(end,), daemon=True)
        self.process.start()
        end.close()

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.join()

    def lines(self, row: Row) -> dict[str, Theirs]:
        """SymPy's answers to one row, as many as it finds within the limit."""
        found: dict[str, Theirs] = {}
        self.channel.send((row.typed, row.by, row.order))
        begin = time.monotonic()
        for way in WAYS:
            started = time.monotonic()
            if not self.channel.poll(max(0.0, begin + self.limit - started)):
                found[way] = Theirs(LATE, None, time.monotonic() - started)
                self.stop()
                self.start()
                break
            name, text, document, seconds = self.channel.recv()
            if not name:
                return {way: Theirs(document, None, math.nan)}
            line = cm.from_json(document) if document.startswith("{") else None
            found[name] = Theirs(text or document, line, seconds)
        return found


# ---- comparing -----------------------------------------------------------------------------------------------------


class Result(NamedTuple):
    """A row with both systems' lines and the nodes of each in both columns."""

    row: Row
    ours: Ours
    theirs: dict[str, Theirs]
    counted: list[tuple[int, ...]]  # of `ours.lines`
    came: dict[str, tuple[int, ...]]  # of those of SymPy's lines that came back
    false: dict[str, str]  # those of them that are not the derivative, and where

    @property
    def peer(self) -> dict[str, tuple[int, ...]]:
        """Nodes of SymPy's lines that are the derivative."""
        return {way: pair for way, pair in self.came.items() if way not in self.false}

    def best(self, column: int, all_lines: bool = False) -> tuple[int, str]:
        """The fewest nodes of SymPy's lines, and how SymPy came to them."""
        return min((pair[column], way) for way, pair in (self.came if all_lines else self.peer).items())

    def nodes(self, column: int, forms: bool = False) -> float:
        """The nodes of calcml's first line; with `forms`, of the shortest one it shows; without a line, no end."""
        shown = [pair[column] for pair in self.counted]
        return min(shown if forms else shown[:1], default=math.inf)

    def is_longer(self, column: int, forms: bool = False) -> bool:
        """Whether SymPy has a shorter line."""
        return bool(self.peer) and self.nodes(column, forms) > self.best(column)[0]

    @property
    def ratio(self) -> float:
        """Time of simplify(diff) over that of cm.diff; nan where one of them is missing."""
        simplified = self.theirs.get("simplify")
        return simplified.seconds / self.ours.seconds if simplified and self.ours.lines else math.nan


def compare(row: Row, peer: Peer, limit: float) -> Result:
    """One row by both systems, every line counted."""
    try:
        mine = ours(row, limit)
    except (TimeLimitError, CalcmlError) as error:
        mine = Ours((), math.nan, f"{type(error).__name__}: {error}")
    theirs = peer.lines(row)
    counted = {way: counts(found.line) for way, found in theirs.items() if found.line is not None}
    derivation = cm.derive(row.function(), Symbol(row.by), row.order) if mine.lines else None
    false = {
        way: false_at(found.line, row, derivation)
        for way, found in theirs.items()
        if found.line is not None and derivation is not None
    }
    return Result(
        row, mine, theirs, [counts(line) for line in mine.lines], counted, {w: t for w, t in false.items() if t}
    )


def figures(results: list[Result]) -> dict[str, Any]:
    """Shares of rows in which calcml's line is not the longer one, totals of nodes, and times."""
    compared = [result for result in results if result.peer]
    came = [result for result in results if result.came]
    answered = [result for result in compared if result.ours.lines]
    timed = [result for result in results if not math.isnan(result.ratio)]
    columns = {}
    for column, name in enumerate(COLUMNS):
        columns[name] = {
            "share": _share(not result.is_longer(column) for result in compared),
            "share with other forms": _share(not result.is_longer(column, forms=True) for result in compared),
            "share where the source was opened": _share(
                not result.is_longer(column) for result in compared if result.row.is_sourced
            ),
            "share with false lines": _share(
                result.nodes(column) <= result.best(column, all_lines=True)[0] for result in came
            ),
            "nodes of calcml": sum(result.nodes(column) for result in answered),
            "nodes of SymPy": sum(result.best(column)[0] for result in answered),
        }
    return {
        "rows": len(results),
        "compared": len(compared),
        "false lines of SymPy": sum(len(result.false) for result in results),
        "columns": columns,
        "times": {
            MEDIANS[0]: _median([result.ours.seconds for result in timed]),
            MEDIANS[1]: _median([result.theirs["simplify"].seconds for result in timed]),
            RATIOS[0]: _median([result.ratio for result in timed]),
            RATIOS[1]: _median(sorted(result.ratio for result in timed)[: len(timed) // 2]),
        },
    }


def _share(good: Iterable[bool]) -> float:
    found = list(good)
    return sum(found) / len(found) if found else math.nan


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan


def described(result: Result) -> dict[str, Any]:
    """A row as data: its lines and their nodes in both columns, and the times."""
    return {
        "typed": result.row.typed,
        "by": result.row.by,
        "order": result.row.order,
        "calcml": [
            {"line": cm.to_text(line), "nodes": list(pair)}
            for line, pair in zip(result.ours.lines, result.counted, strict=True)
        ],
        "sympy": {
            way: {
                "line": found.text,
                "nodes": list(result.came[way]) if way in result.came else None,
                **({"false": result.false[way]} if way in result.false else {}),
            }
            for way, found in result.theirs.items()
        },
        "seconds": [result.ours.seconds, result.theirs["simplify"].seconds if "simplify" in result.theirs else None],
    }


def reasons() -> dict[str, str]:
    """Why calcml's line is the longer one, by row, as far as somebody has looked."""
    classes = tomllib.loads(REASONS.read_text(encoding="utf-8"))["class"]
    return {row: item["reason"] for item in classes for row in item["rows"]}


def print_longer(results: list[Result]) -> None:
    """The rows in which calcml's line has more nodes, in either column, each with the reason."""
    known = reasons()
    longer = [result for result in results if any(result.is_longer(column) for column in range(len(COLUMNS)))]
    print(f"{len(longer)} rows where calcml's line has more nodes (nodes {', '.join(COLUMNS)}):")
    for result in longer:
        print(f"\n{result.row}\n    why       {known.get(str(result.row), 'not looked at')}")
        for line, pair in zip(result.ours.lines, result.counted, strict=True):
            print(f"    calcml    {_in_columns(pair)}  {cm.to_text(line)}")
        if not result.ours.lines:
            print(f"    calcml    {result.ours.reason}")
        for way in dict.fromkeys(result.best(column)[1] for column in range(len(COLUMNS))):
            pair = result.peer[way]
            print(f"    {way:10}{_in_columns(pair)}  {result.theirs[way].text}")


def _in_columns(counted: tuple[int, ...]) -> str:
    return "".join(f"{count:4}" for count in counted)


def print_missing(results: list[Result]) -> None:
    """The rows that cannot be compared, and those SymPy was not given the time for."""
    for result in results:
        late = [way for way in WAYS if way in result.theirs and result.theirs[way].text == LATE]
        for way, where in result.false.items():
            print(f"not the derivative: {result.row}: {way}: {result.theirs[way].text}: {where}")
        if not result.peer and result.came:
            print(f"not compared: {result.row}: none of SymPy's lines is the derivative")
        elif not result.peer:
            lines = "; ".join(dict.fromkeys(found.text for found in result.theirs.values()))
            print(f"not compared: {result.row}: SymPy has {lines}")
        elif late:
            print(f"ended: {result.row}: {late[0]}")


def main(arguments: list[str] | None = None) -> int:
    """Print the longer rows and the figures; 1 when calcml is the longer one too often, or not fast enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forms", description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="rows that contain it; nothing is saved then")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one row in each system")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args(arguments)
    chosen = [row for row in rows() if options.only in str(row)]
    if not chosen:
        print(f"forms: no row contains {options.only!r}", file=sys.stderr)
        return 2
    if importlib.util.find_spec("sympy") is None:
        print("forms: SymPy is not installed; skipped", file=sys.stderr)
        return 0
    settle()
    peer = Peer(options.limit)
    results = [compare(row, peer, options.limit) for row in chosen]
    peer.stop()
    print_longer(results)
    print()
    print_missing(results)
    found = figures(results)
    print(f"\n{found['compared']} of {found['rows']} rows compared")
    header = ["no longer than SymPy's best", *COLUMNS]
    labels = ("share", "share with other forms", "share where the source was opened", "share with false lines")
    percent = [[label, *[f"{found['columns'][name][label]:.1%}" for name in COLUMNS]] for label in labels]
    totals = [[who, *[str(found["columns"][name][who]) for name in COLUMNS]] for who in TOTALS]
    print_table(header, [*percent, *totals])
    times = found["times"]
    print("times: " + ", ".join(f"{name} {short_time(times[name])}" for name in MEDIANS))
    print("cm.diff is faster: " + ", ".join(f"{name} {times[name]:.1f} times" for name in RATIOS))
    if not (options.no_save or options.only):
        print(f"written to {save('forms', {**found, 'exercises': [described(result) for result in results]})}")
    good = all(found["columns"][name]["share"] >= WANTED for name in REQUIRED)
    return int(not (good and times[RATIOS[0]] >= FASTER))


if __name__ == "__main__":
    sys.exit(main())
