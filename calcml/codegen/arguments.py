"""What a compiled function is given: symbols, vectors of symbols, shaped symbols; and the shape of what it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from calcml.errors import InputError, ShapeError
from calcml.expr import Expr, Number, Shape, Symbol, as_expr, make
from calcml.heads import Index, Matrix, Vector


class Argument:
    """One argument: its shape, and the symbols (or entries of a shaped symbol) that stand in it, row by row.

    The entries of a symbol whose dimensions are names are not listed: the array that is given says how many there are.
    """

    __slots__ = ("entries", "expr", "shape")

    def __init__(self, expr: Expr) -> None:
        self.expr = expr
        self.shape: Shape = expr.shape
        if isinstance(expr, Symbol):
            known = all(isinstance(size, int) for size in self.shape)
            places = product(*[range(1, int(size) + 1) for size in self.shape]) if known else ()
            self.entries = [make(Index, None, (expr, *map(Number, at))) for at in places] if self.shape else [expr]
        elif isinstance(expr, (Vector, Matrix)):
            rows = expr.args if isinstance(expr, Matrix) else (expr,)
            self.entries = [entry for row in rows for entry in row.args]
        else:
            self.entries = [expr]
        for entry in self.entries:
            if not (isinstance(entry, Symbol) or (isinstance(entry, Index) and isinstance(entry.args[0], Symbol))):
                raise InputError(f"{entry!r} is no symbol", hint="the arguments of a function are symbols")

    @property
    def sizes(self) -> str:
        """The shape in words: a number, shape (3,)."""
        return f"shape ({', '.join(map(str, self.shape))}{',' if len(self.shape) == 1 else ''})" if self.shape else ""


def read_arguments(args: Any) -> list[Argument]:
    """The arguments from a symbol, a vector, or a list of them; a list in the list is one argument, a vector.

    InputError for what is no symbol, or given twice.

    >>> from calcml.expr import symbols
    >>> x, y, z = symbols("x y z")
    >>> [argument.shape for argument in read_arguments([x, [y, z]])]
    [(), (2,)]
    """
    items: Iterable[Any] = args if isinstance(args, (list, tuple)) else [args]
    found = [Argument(as_expr(list(item) if isinstance(item, tuple) else item)) for item in items]
    seen: set[Expr] = set()
    for argument in found:
        for entry in [argument.expr, *argument.entries] if argument.shape else argument.entries:
            if entry in seen:
                raise InputError(f"{entry!r} stands twice among the arguments")
            seen.add(entry)
    return found


def entries_of_arguments(arguments: Iterable[Argument]) -> list[Expr]:
    """The symbols and entries of all arguments, in order. ShapeError where a dimension is a name."""
    found: list[Expr] = []
    for argument in arguments:
        if any(isinstance(size, str) for size in argument.shape):
            raise ShapeError(f"{argument.expr!r} has {argument.sizes}: a number of entries is needed here")
        found += argument.entries
    return found


def require_shape(argument: Argument, found: tuple[int, ...], sizes: dict[str, int] | None = None) -> tuple[int, ...]:
    """The data axes of an array for an argument. ShapeError where its last axes are not the argument's.

    sizes: what the named dimensions are, as far as other arguments have said; it is added to.
    """
    sizes = {} if sizes is None else sizes
    count = len(found) - len(argument.shape)
    fits = count >= 0
    for size, wanted in zip(found[max(count, 0) :], argument.shape, strict=False):
        fits = fits and size == (sizes.setdefault(wanted, size) if isinstance(wanted, str) else wanted)
    if not fits:
        named = "".join(f", {name} = {size}" for name, size in sizes.items() if name in argument.shape)
        raise ShapeError(f"{argument.expr!r}: {argument.sizes} is expected{named}, not shape {found}")
    return found[:count]


class Layout:
    """How flat values make up a result: a scalar, a vector, a matrix, or a list or tuple of such."""

    __slots__ = ("kind", "parts", "shape")

    def __init__(self, shape: Shape = (), kind: type[list[Any]] | type[tuple[Any, ...]] | None = None) -> None:
        self.shape = shape
        self.kind = kind
        self.parts: list[Layout] = []


def read_result(value: Any) -> tuple[list[Expr], Layout]:
    """The expressions a result is made of, shaped ones whole, and its layout.

    A list of scalars stays a list; a Vector becomes an array.
    """
    if isinstance(value, (list, tuple)):
        layout = Layout(kind=type(value) if type(value) in (list, tuple) else tuple)
        found: list[Expr] = []
        for item in value:
            roots, part = read_result(item)
            found += roots
            layout.parts.append(part)
        return found, layout
    expr = as_expr(value)
    return [expr], Layout(expr.shape)


def entries_of(expr: Expr) -> Sequence[Expr]:
    """The scalars of an expression that is written out, row by row."""
    if isinstance(expr, Matrix):
        return [entry for row in expr.args for entry in row.args]
    return expr.args if isinstance(expr, Vector) else [expr]
