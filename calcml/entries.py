"""Vectors and matrices written out entry by entry.

`written_out` carries out the arithmetic of shapes (entry by entry, dot, matmul, X[i, j]) and leaves that of the entries
as it stands, so that whatever works for scalars works for every entry. A symbol with a shape becomes its entries w[1],
w[2] …; shapes whose dimensions are names (n) cannot be written out.
"""

from __future__ import annotations

from itertools import product
from math import prod

from calcml.errors import NoRuleError
from calcml.expr import Add, Call, Div, Expr, Mul, Neg, Number, Piecewise, Pow, Shape, Sub, Symbol, make
from calcml.heads import Dot, Index, MatMul, Matrix, Vector
from calcml.traverse import topological

_ENTRY_BY_ENTRY = frozenset({Add, Sub, Neg, Mul, Div, Pow, Call, Piecewise})


def written_out(expr: Expr) -> Expr:
    """The expression as a scalar, a Vector or a Matrix whose entries have no shaped part any more.

    NoRuleError for a head that has no entries of its own here, or dimensions that are names.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> written_out(Vector(1, x) * 2)
    [1*2, x*2]
    """
    if not any(node.shape for node in topological(expr)):
        return expr
    found: dict[Expr, list[Expr]] = {}
    for node in topological(expr):
        found[node] = _entries(node, found)
    return assembled(found[expr], expr.shape)


def assembled(entries: list[Expr], shape: Shape) -> Expr:
    """A scalar, Vector or Matrix of these entries, given row by row."""
    if not shape:
        return entries[0]
    if len(shape) == 1:
        return make(Vector, None, tuple(entries))
    width = len(entries) // int(shape[0])
    rows = [make(Vector, None, tuple(entries[i : i + width])) for i in range(0, len(entries), width)]
    return make(Matrix, None, tuple(rows))


def _entries(node: Expr, found: dict[Expr, list[Expr]]) -> list[Expr]:
    """The entries of a node, row by row, from those of its operands."""
    head, args = type(node), node.args
    parts = [found[arg] for arg in args]
    if head is Symbol and node.shape:
        return [make(Index, None, (node, *map(Number, place))) for place in product(*_ranges(node))]
    if head is Vector or head is Matrix:
        return [entry for part in parts for entry in part]
    if head is Index:
        return _at(node, parts)
    if head is Dot:
        return [_sum_of_products(*parts)]
    if head is MatMul:
        return _matrix_product(args[0].shape, args[1].shape, *parts)
    if not node.shape and not any(arg.shape for arg in args):
        return [_rebuilt(node, [part[0] for part in parts])]
    if head in _ENTRY_BY_ENTRY:
        size = prod(len(span) for span in _ranges(node))
        return [
            _rebuilt(node, [part[i] if arg.shape else part[0] for arg, part in zip(args, parts, strict=True)])
            for i in range(size)
        ]
    raise NoRuleError(f"{head.__name__} of a shaped expression cannot be written entry by entry")


def _ranges(node: Expr) -> list[range]:
    for size in node.shape:
        if not isinstance(size, int):
            raise NoRuleError(f"{node!r} has {size} entries: give {size} a number to write them out")
    return [range(1, int(size) + 1) for size in node.shape]


def _rebuilt(node: Expr, args: list[Expr]) -> Expr:
    return node if all(a is b for a, b in zip(args, node.args, strict=True)) else node.rebuild(tuple(args))


def _at(node: Expr, parts: list[list[Expr]]) -> list[Expr]:
    """The entries that X[i, j] picks; an index that is no number stays an Index."""
    body, places = node.args[0], node.args[1:]
    if not all(isinstance(place, Number) for place in places):
        return [_rebuilt(node, [body, *(part[0] for part in parts[1:])])]
    entries = parts[0]
    for place, size in zip(places, body.shape, strict=False):
        width = len(entries) // int(size)
        start = (place.ratio[0] - 1) * width  # type: ignore[attr-defined]
        entries = entries[start : start + width]
    return entries


def _sum_of_products(a: list[Expr], b: list[Expr]) -> Expr:
    terms = tuple([make(Mul, None, pair) for pair in zip(a, b, strict=True)])
    return terms[0] if len(terms) == 1 else make(Add, None, terms)


def _matrix_product(left: Shape, right: Shape, a: list[Expr], b: list[Expr]) -> list[Expr]:
    inner = int(left[1])
    columns = int(right[1]) if len(right) == 2 else 1
    return [
        _sum_of_products(a[i * inner : (i + 1) * inner], b[j::columns])
        for i in range(int(left[0]))
        for j in range(columns)
    ]
