"""Where to check: the variables, the points that were given, or round points of the domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from calcml import sampling
from calcml.binding import free_symbols, substitute
from calcml.differentiation import require_variable
from calcml.errors import DomainError, InputError, ShapeError
from calcml.evaluation import Program
from calcml.expr import Expr, Symbol, as_expr
from calcml.heads import Index
from calcml.precise import evaluate
from calcml.traverse import topological

MOST = 9  # round points that are looked for
Point = Mapping[Any, Any]


def variables_asked(f: Expr, variables: Iterable[Expr] | None) -> list[Expr]:
    """The scalar variables to differentiate by, the entries of vectors one by one."""
    if variables is None:
        chosen: list[Expr] = sorted(free_symbols(f), key=lambda symbol: symbol.data) or [Symbol("x")]
    else:
        chosen = list(variables)
    if not chosen:
        raise InputError("there is no variable to differentiate by")
    found: list[Expr] = []
    for x in chosen:
        require_variable(x)
        found += _entries(x)
    return list(dict.fromkeys(found))


def _entries(x: Expr) -> list[Expr]:
    if not x.shape:
        return [x]
    from calcml.entries import written_out

    whole = written_out(x)
    return list(whole.args) if len(x.shape) == 1 else [entry for row in whole.args for entry in row.args]


def plain_names(roots: list[Expr]) -> tuple[list[Expr], dict[Expr, Expr]]:
    """The expressions with a plain symbol in place of every entry of a vector, and which stands for which."""
    entries = [node for node in topological(*roots) if type(node) is Index and type(node.args[0]) is Symbol]
    if not entries:
        return roots, {}
    taken = {symbol.data for symbol in free_symbols(*roots)}
    labels: dict[Expr, Expr] = {}
    for entry in entries:
        name = entry.args[0].data + "_".join(str(place) for place in entry.args[1:])
        while name in taken:
            name += "_"
        taken.add(name)
        labels[entry] = Symbol(name)
    return [substitute(root, labels) for root in roots], labels


def given_points(
    at: Point | Sequence[Point] | None, everything: list[Expr], labels: dict[Expr, Expr]
) -> list[dict[Expr, float]]:
    """The points as floats, one for every variable; InputError for unknown names and missing values."""
    if at is None:
        return []
    several = [at] if isinstance(at, Mapping) else list(at)
    return [_as_floats(point, everything, labels) for point in several]


def _as_floats(point: Point, everything: list[Expr], labels: dict[Expr, Expr]) -> dict[Expr, float]:
    given: dict[Expr, Any] = {}
    for key, value in point.items():
        symbol = Symbol(key) if isinstance(key, str) else as_expr(key)
        if symbol.shape or any(label.args[0].data == symbol.data for label in labels):
            given.update(_array_values(symbol, value, labels))
        else:
            given[labels.get(symbol, symbol)] = value
    names = ", ".join(str(x) for x in everything)
    for symbol in given:
        if symbol not in everything:
            hint = f"its variables are {names}" if names else "it has no variables"
            raise InputError(f"{symbol} does not occur in the expression", hint=hint)
    missing = [x for x in everything if x not in given]
    if missing:
        raise InputError(f"no value was given for {', '.join(map(str, missing))}", hint=f'--at "{missing[0]}=1.5"')
    return {x: _as_float(x, given[x]) for x in everything}


def _array_values(symbol: Expr, value: Any, labels: dict[Expr, Expr]) -> dict[Expr, Any]:
    """The values of the entries of a vector or matrix."""
    rows = value.args if isinstance(value, Expr) and value.shape else value
    found: dict[Expr, Any] = {}
    places = [label for label in labels if label.args[0].data == symbol.data]
    shape = places[0].args[0].shape
    for label in places:
        entry = rows
        try:
            for place in label.args[1:]:
                entry = entry.args if isinstance(entry, Expr) else entry
                entry = entry[place.ratio[0] - 1]  # type: ignore[attr-defined]
        except (IndexError, TypeError):
            raise ShapeError(f"{symbol.data} has shape {shape}, and the value given has not") from None
        found[labels[label]] = entry
    if len(rows) != shape[0]:
        raise ShapeError(f"{symbol.data} has shape {shape}, and {len(rows)} values were given")
    return found


def _as_float(x: Expr, value: Any) -> float:
    number = evaluate(as_expr(value))
    if isinstance(number, (bool, tuple)):
        raise InputError(f"the value of {x} is not a number")
    try:
        result = float(number)
    except OverflowError:
        result = float("inf")
    if not isfinite(result):
        raise InputError(f"the value of {x} is not a finite float", hint="the methods compute in float64")
    return result


def default_points(
    f: Expr, derivatives: list[Expr], everything: list[Expr], conditions: list[Expr]
) -> Iterator[dict[Expr, float]]:
    """Round points of the domain where the function and its derivatives have ordinary values."""
    if not everything:
        yield {}
        return
    program = Program([f, *derivatives, *conditions], everything)
    found: list[dict[Expr, float]] = []
    for tries, raw in enumerate(sampling.points(everything, conditions, seed=3)):
        if len(found) == MOST or tries > 300:
            break
        point = [float(f"{value:.2g}") for value in raw]
        values = program.run(point)
        numbers = values[: 1 + len(derivatives)]
        if not all(value == value and abs(value) < 1e6 for value in numbers) or False in values[len(numbers) :]:
            continue
        candidate = dict(zip(everything, point, strict=True))
        if candidate not in found:
            found.append(candidate)
            yield candidate
    if not found:
        raise DomainError("no point of the domain was found to check at", hint="give one with --at")


def exactly(value: float) -> Expr:
    """A float as an expression; whole numbers without a point."""
    return as_expr(int(value)) if value.is_integer() and abs(value) < 2**53 else as_expr(value)
