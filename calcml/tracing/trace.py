"""`trace`: a NumPy function becomes a tree."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from calcml.entries import assembled
from calcml.errors import CalcmlError, InputError, ShapeError, TraceError
from calcml.expr import CHAIN, ZERO, Add, Expr, Mul, Symbol, make
from calcml.heads import Index
from calcml.tracing.arrays import TracedArray, entries_of, place_of, traced
from calcml.traverse import topological

Shapes = Mapping[str, Any] | Sequence[Any]


def trace(function: Callable[..., Any], shapes: Shapes) -> Expr:
    """The tree of what a Python function computes with NumPy.

    shapes: for each argument its shape, () for a scalar, by name or in the order of the function's parameters; an
    array in place of a shape is data, and its numbers stand in the tree. Arguments with a default may be left out. An
    argument `w` of shape (3,) becomes the entries w[1], w[2], w[3] of a symbol of that shape. The result is a scalar,
    a Vector or a Matrix. TraceError where the function needs a value to go on (`if x > 0`), or a NumPy function that
    has no meaning for expressions; the message has the line.

    >>> import numpy as np
    >>> trace(lambda w, x: np.exp(-w @ x), {"w": (2,), "x": (2,)})
    exp((-w[1])*x[1] + (-w[2])*x[2])
    >>> trace(lambda x: np.where(x > 0, x, 0.1*x), {"x": ()})
    {x: x > 0; 0.1*x: otherwise}
    """
    named = _by_name(function, shapes)
    arguments = {name: _argument(name, shape) for name, shape in named.items()}
    positional = not isinstance(shapes, Mapping) or _parameters(function) is None
    try:
        result = function(*arguments.values()) if positional else function(**arguments)
    except (CalcmlError, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise _failed(function, error) from error
    return _tree(result)


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """The parameters, or None where Python cannot tell them (np.sin)."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    return None if any(p.kind is p.VAR_POSITIONAL for p in found) else found


def _by_name(function: Callable[..., Any], shapes: Shapes) -> dict[str, Any]:
    """A shape for every argument, by name, in the order of the parameters."""
    if not callable(function):
        raise InputError(f"a Python function is expected, not {type(function).__name__}")
    if isinstance(shapes, (str, bytes, int)) or not isinstance(shapes, (Mapping, Sequence)):
        raise InputError(f"{shapes!r} gives no shapes", hint='give one for each argument: {"w": (3,), "b": ()}')
    parameters = _parameters(function)
    if not isinstance(shapes, Mapping):
        if parameters is not None and len(shapes) > len(parameters):
            raise ShapeError(f"{len(shapes)} shapes were given for {len(parameters)} arguments")
        names = [p.name for p in parameters] if parameters is not None else [f"x{i + 1}" for i in range(len(shapes))]
        shapes = dict(zip(names, shapes, strict=False))
    if parameters is None or any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(shapes)
    known = [p.name for p in parameters]
    for name in shapes:
        if name not in known:
            raise InputError(f"the function has no argument {name!r}", hint=f"its arguments are {', '.join(known)}")
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in shapes]
    if missing:
        raise InputError(f"no shape was given for {', '.join(missing)}", hint="() is the shape of a scalar")
    return {name: shapes[name] for name in known if name in shapes}


def _argument(name: str, shape: Any) -> TracedArray:
    if isinstance(shape, (np.ndarray, float)):
        return traced(entries_of(shape))
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
        raise ShapeError(f"the shape of {name} is {shape!r}: whole numbers from 1 are expected")
    if not sizes:
        return traced(Symbol(name))
    symbol = Symbol(name, tuple(int(size) for size in sizes))
    entries = np.empty(sizes, object)
    for place in product(*map(range, sizes)):
        entries[place] = Index(symbol, *[i + 1 for i in place])
    return TracedArray(entries)


def _tree(result: Any) -> Expr:
    """What the function returned, as a scalar, Vector or Matrix."""
    if result is None:
        raise InputError("the function returns nothing", hint="end it with `return value`")
    entries = entries_of(result)
    if entries.ndim > 2:
        raise ShapeError(f"the function returns shape {entries.shape}: a scalar, vector or matrix is expected")
    if not entries.size:
        raise ShapeError(f"the function returns shape {entries.shape}, which has no entries")
    tree = assembled(list(entries.reshape(-1)), entries.shape)
    return joined(tree)


def joined(root: Expr) -> Expr:
    """Sums and products that Python's + and * have split into pieces of CHAIN operands, as one node each.

    Only where a piece is used nowhere else: running totals stay as they are, and the cost stays linear. The 0 that
    `sum` and np.einsum begin with is left out.
    """
    nodes = topological(root)
    uses: dict[Expr, int] = {}
    for node in nodes:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    pieces: dict[Expr, list[Expr]] = {}  # of nodes that will be joined into the one that uses them
    fresh: dict[Expr, Expr] = {}
    inner = {
        node.args[0]
        for node in nodes
        if type(node) in (Add, Mul)
        and type(node.args[0]) is type(node)
        and len(node.args[0].args) == CHAIN
        and uses[node.args[0]] == 1
    }
    for node in nodes:
        args = [fresh[arg] for arg in node.args if arg not in pieces]
        if node.args and node.args[0] in pieces:
            args = [*pieces.pop(node.args[0]), *args]
        if type(node) is Add and len(args) > 1 and args[0] is ZERO:
            args = args[1:]
        if node in inner:
            pieces[node] = args
        elif type(node) is Add and len(args) == 1:
            fresh[node] = args[0]
        elif tuple(args) == node.args:
            fresh[node] = node
        else:
            fresh[node] = make(type(node), node.data, tuple(args)) if node.args else node
    return fresh[root]


def _failed(function: Callable[..., Any], error: Exception) -> TraceError:
    """The error for an exception of the function's own, with the line of the function."""
    here = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == here]
    place = place_of(frames[-1].filename, frames[-1].lineno or 0) if frames else ""
    hint = None
    if any(word in str(error) for word in ("object", "'O'", "with a sequence")):
        hint = "np.array, np.asarray and arrays of np.zeros cannot do this with symbolic values: np.stack can"
    return TraceError(f"the function raised {type(error).__name__}: {error}{place}", hint=hint)
