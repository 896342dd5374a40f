"""The table of nodes: an expression of the same head, data and operands is made once, and is the same object always.

So comparing costs nothing, and a tree is a DAG. `make` is the one constructor; heads and their meaning are `expr`'s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import compress, count, islice
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from calcml.errors import ShapeError

if TYPE_CHECKING:
    from calcml.expr import Expr

Shape = tuple[int | str, ...]

# The table of nodes. A key names operands by their id: a node in the table keeps its operands alive, so its key cannot
# lie. The table holds its nodes itself, and `sweep` drops those that nothing else holds: that is cheaper than a weak
# reference for each.
table: dict[tuple[Any, ...], Expr] = {}
_serials = count()

YOUNG = 20_000  # nodes made between two sweeps
_sweep_at = YOUNG  # the serial number at which the next one is due
_old = 0  # nodes that were alive after the last sweep
_old_limit = 2 * YOUNG  # how many of them call for a sweep of the whole table


class Node:
    """A node being filled in; it becomes immutable when it is given its head.

    What depends on the structure alone is found once, when it is first asked for, and noted on the node: `_digest`
    (calcml.digest), `_measure` (calcml.measure), `_size` (calcml.traverse). A note costs a table less and is gone with
    its node.
    """

    __slots__ = ("__weakref__", "_digest", "_measure", "_size", "args", "data", "serial", "shape")


def make(head: type[Expr], data: Any, args: tuple[Expr, ...], shape: Shape | None = None) -> Any:
    """THE constructor: the interned node of this head, data and operands. Operands are trusted to be expressions."""
    key = (head, data, *map(id, args)) if shape is None else (head, data, shape)
    node = table.get(key)
    if node is not None:
        return node
    if shape is None:
        shape = ()
        if head.checks_shape:
            shape = head.shape_of(data, args)  # type: ignore[attr-defined]
        else:
            for arg in args:
                if arg.shape:
                    shape = head.shape_of(data, args)  # type: ignore[attr-defined]
                    break
    return enter(key, head, data, args, shape)


def make2(head: type[Expr], a: Expr, b: Expr) -> Any:
    """`make(head, None, (a, b))` for Add, Mul, Sub, Div and Pow: what derivatives are made of."""
    key = (head, None, id(a), id(b))
    node = table.get(key)
    if node is not None:
        return node
    args = (a, b)
    return enter(key, head, None, args, elementwise(None, args) if a.shape or b.shape else ())


def enter(key: tuple[Any, ...], head: type[Expr], data: Any, args: tuple[Expr, ...], shape: Shape) -> Any:
    """Make the node of a key that is not in the table."""
    node: Any = Node()
    node.args = args
    node.data = data
    node.shape = shape
    node.serial = serial = next(_serials)
    node.__class__ = head
    if serial > _sweep_at:
        sweep()
    return table.setdefault(key, node)  # one atomic step decides between threads that build the same node


def table_size() -> int:
    """How many nodes are alive."""
    sweep(everything=True)
    return len(table)


def _references(rows: dict[Any, Any], keys: Iterable[Any]) -> Iterator[int]:
    """How often the values of these rows are referred to, one after the other."""
    return map(getrefcount, map(rows.get, keys))


(_UNUSED,) = _references({0: object()}, [0])  # what is counted when nothing but the table holds a node


def sweep(everything: bool = False) -> None:
    """Drop the nodes that nothing but the table holds: those made since the last sweep, or all.

    A node is newer than its operands, so one pass from the newest to the oldest frees whole graphs. It is one call
    of the interpreter: no other thread can find a node between its being counted and its being dropped.
    """
    global _sweep_at, _old, _old_limit
    everything = everything or _old > _old_limit
    recent = list(islice(reversed(table), None if everything else max(len(table) - _old, 0)))
    unused = map(_UNUSED.__eq__, _references(table, recent))
    deque(map(table.pop, compress(recent, unused)), maxlen=0)
    _old = len(table)
    if everything:
        _old_limit = 2 * (_old + YOUNG)
    _sweep_at = next(_serials) + YOUNG


def elementwise(data: Any, args: tuple[Expr, ...]) -> Shape:
    """The shape of an operation that acts entry by entry: operands are scalars or of one shape."""
    shape: Shape = ()
    for arg in args:
        if arg.shape and shape and arg.shape != shape:
            raise ShapeError(f"shapes {shape} and {arg.shape} do not fit: operands must be scalars or of one shape")
        shape = shape or arg.shape
    return shape
