"""What an operator is asked: the expression written out, its variables, the point, and what is assumed.

Entries w[1], w[2] of a shaped symbol are differentiated by like any variable: while the operator works, each is a plain
symbol of that name, and the record that comes out speaks of entries again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.conditions import combined
from calcml.derivation import Derivation, Fact, Form, Section
from calcml.differentiation import CONDITIONS, resolve
from calcml.entries import written_out
from calcml.errors import InputError, ShapeError
from calcml.evaluation import evaluate_float
from calcml.expr import INFINITY, Expr, Symbol, as_expr
from calcml.heads import Vector
from calcml.operators.points import FLOAT_DIGITS, Point
from calcml.operators.stand_ins import restored, stand_ins, values_by_entry
from calcml.operators.variables import chosen_variables
from calcml.traverse import replace, topological

Variables = Expr | Iterable[Expr] | None


class Problem(NamedTuple):
    """An operator's question, ready to be worked on.

    typed: the expression as given. f: it with derivatives carried out, entries written out and standing as symbols.
    variables, point, assuming: likewise. given: the point as it was given. entries: the entry of every stand-in.
    """

    typed: Expr
    f: Expr
    variables: tuple[Expr, ...]
    point: Point
    given: tuple[tuple[Expr, Expr], ...]
    assuming: Assumptions
    budget: Budget
    digits: int
    entries: dict[Expr, Expr]

    def record(
        self,
        what: str,
        *,
        asked: Expr,
        sections: Sequence[Section],
        result: Expr,
        parts: Sequence[Derivation] = (),
        conditions: Sequence[Expr] = (),
        variables: tuple[Expr, ...] | None = None,
        notes: Sequence[str] = (),
        forms: Sequence[Form] | Callable[[], tuple[Form, ...]] = (),
        facts: Sequence[Fact] = (),
        label: str = "",
        layout: str = "",
    ) -> Derivation:
        """The derivation; where it holds and its conventions include those of the parts it is made of."""
        if len(parts) == 1 and not conditions:
            holds = parts[0].conditions
        else:
            needed = [*conditions, *(condition for part in parts for condition in part.conditions)]
            holds = combined(needed, self.assuming.known)
        said = [*(note for part in parts for note in part.notes), *notes]
        found = Derivation(
            what,
            problem=self.typed,
            variables=self.variables if variables is None else variables,
            asked=asked,
            label=label,
            sections=tuple(sections),
            result=result,
            layout=layout,
            conditions=holds,
            notes=tuple(dict.fromkeys(said)),
            forms=forms if callable(forms) else tuple(forms),
            point=self.given,
            facts=tuple(facts),
        )
        return restored(found, self.entries) if self.entries else found


def posed(
    f: Expr,
    variables: Variables = None,
    at: Mapping[Any, Any] | None = None,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    digits: int = FLOAT_DIGITS,
    *,
    shape: tuple[int, ...] | None = (),
    operator: str = "the gradient",
) -> Problem:
    """The question of an operator on an expression of this many dimensions (None: any up to one).

    ShapeError where the expression has another shape, InputError for what is no variable or no value.
    """
    if not isinstance(f, Expr):
        f = as_expr(f)
    typed = f
    f = differentiable(f)
    if shape == () and f.shape:
        raise ShapeError(f"{operator} is of a scalar, and {f!r} has shape {f.shape}", hint="see calcml jacobian")
    chosen = chosen_variables(f, variables)
    given = checked_point(at, typed, chosen)
    entries = stand_ins(f, *chosen)
    if not entries:
        return Problem(typed, f, chosen, given, tuple(given.items()), assuming, budget, digits, {})
    names = {entry: name for name, entry in entries.items()}
    conditions = [replace(condition, names) for condition in assuming.conditions]
    return Problem(
        typed,
        replace(f, names),
        tuple([replace(x, names) for x in chosen]),
        values_by_entry(given, names),
        tuple(given.items()),
        Assumptions(conditions),
        budget,
        digits,
        entries,
    )


def differentiable(f: Expr) -> Expr:
    """The expression with its derivatives carried out and its entries written out. InputError for a condition."""
    f = resolve(f)
    if type(f) in CONDITIONS:
        raise InputError("a condition has no derivative", hint="differentiate one of its sides")
    if len(f.shape) > 1:
        raise ShapeError(f"a scalar or a vector is expected, and {f!r} has shape {f.shape}")
    return written_out(f)


def checked_point(point: Mapping[Any, Any] | None, f: Expr, variables: Sequence[Expr]) -> dict[Expr, Expr]:
    """The point as expressions. InputError for a name that does not occur, ShapeError for a value that does not fit."""
    given = {as_expr(symbol): as_expr(value) for symbol, value in (point or {}).items()}
    occurring = free_symbols(f, *variables)
    found: dict[Expr, Expr] = {}
    for symbol, value in given.items():
        shaped = next((each for each in occurring if each.data == symbol.data), symbol)
        if shaped not in occurring and symbol not in variables:
            names = ", ".join(sorted(each.data for each in occurring))
            raise InputError(
                f"{symbol} does not occur in the expression", hint=f"its variables are {names}" if names else None
            )
        if INFINITY in topological(value):
            raise InputError(f"{symbol} = {value} is no point", hint="a point has finite values")
        if not value.shape and not free_symbols(value) and isnan(evaluate_float(value, {})):
            raise InputError(f"{symbol} = {value} is no point", hint=f"{value} has no value")
        if shaped.shape != value.shape and isinstance(shaped, Symbol):
            raise ShapeError(f"{shaped} has shape {shaped.shape}, and its value {value!r} has shape {value.shape}")
        found[shaped] = value
    return found


def as_vector(fs: Expr | Iterable[Expr]) -> Expr:
    """A vector of functions: as given, or of a list of scalars; one scalar is a vector of one."""
    if isinstance(fs, Expr):
        return fs if fs.shape else Vector(fs)
    return Vector(*map(as_expr, fs))
