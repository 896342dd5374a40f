"""The gradient."""

from __future__ import annotations

from collections.abc import Iterable

from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.differentiation import differentiate_all, resolve
from calcml.domains import requirements
from calcml.errors import InputError
from calcml.expr import Expr
from calcml.heads import Vector
from calcml.simplification import simplify as readable
from calcml.verify import Verifier


def grad(f: Expr, variables: Iterable[Expr] | None = None, budget: Budget = DEFAULT) -> Expr:
    """The gradient as a column of shape (n,): one reverse sweep, each entry in readable form and checked.

    variables: the symbols, in order; default, all of them by name.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> grad(x**2 + 3*x*y + y**2)
    [2*x + 3*y, 3*x + 2*y]
    """
    chosen = list(variables) if variables is not None else sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if not chosen:
        raise InputError("there is no variable to differentiate by")
    f = resolve(f)
    entries = [readable(entry, budget, pieces_of=f) for entry in differentiate_all(f, chosen)]
    needed = requirements(f)
    for variable, entry in zip(chosen, entries, strict=True):
        Verifier([f, entry], variable, needed).derivatives([(f, entry)])
    return Vector(*entries)
