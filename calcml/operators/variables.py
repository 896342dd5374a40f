"""By which variables: names, shaped symbols written out, all of an expression by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from calcml.binding import free_symbols
from calcml.differentiation import require_variable
from calcml.errors import InputError
from calcml.expr import Expr, Number, Symbol, make
from calcml.heads import Index


def chosen_variables(f: Expr, variables: Expr | Iterable[Expr] | None = None) -> tuple[Expr, ...]:
    """The variables to differentiate by: those given, or all of `f` by name; a shaped symbol stands for its entries.

    InputError where there is none, or one is given twice.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> chosen_variables(y * x), chosen_variables(x * y, [y]), chosen_variables(x, symbols("w", (2,)))
    ((x, y), (y,), (w[1], w[2]))
    """
    if variables is None:
        given: Sequence[Expr] = [*sorted(free_symbols(f), key=natural_order)]
    else:
        given = [variables] if isinstance(variables, Expr) else list(variables)
    chosen = [entry for variable in given for entry in entries_of(variable)]
    if not chosen:
        raise InputError("there is no variable to differentiate by", hint="name one: calcml grad 5 x")
    for variable in chosen:
        require_variable(variable)
    if len(set(chosen)) < len(chosen):
        twice = next(variable for i, variable in enumerate(chosen) if variable in chosen[:i])
        raise InputError(f"{twice} is given twice", hint="each variable once")
    return tuple(chosen)


def natural_order(symbol: Symbol) -> tuple[tuple[str, int], ...]:
    """The key that sorts x2 before x10."""
    parts = re.findall(r"(\D+)(\d*)", symbol.data)
    return tuple([(letters, int(digits[:18] or 0)) for letters, digits in parts])


def entries_of(variable: Expr) -> list[Expr]:
    """A scalar itself; the entries w[1], w[2] … of a symbol with a shape, row by row."""
    if not isinstance(variable, Symbol) or not variable.shape:
        return [variable]
    for size in variable.shape:
        if not isinstance(size, int):
            raise InputError(f"{variable} has {size} entries: give {size} a number", hint=f'--vars "{variable}[3]"')
    places = product(*(range(1, int(size) + 1) for size in variable.shape))
    return [make(Index, None, (variable, *map(Number, place))) for place in places]


def listed(variables: Sequence[Expr], most: int = 8) -> str:
    """The variables in words: `x, y`; of many, the first and the last."""
    names = [str(variable) for variable in variables]
    return ", ".join(names if len(names) <= most else [*names[:3], "...", names[-1]])
