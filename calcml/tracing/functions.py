"""The NumPy functions that trees can be built of, beyond the elementwise ones.

Functions that only move entries, and those that only add and multiply, are NumPy's own, run on arrays of expressions.
The rest stands here, by name, in terms of the others. What is in none of the three lists is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from calcml.expr import ONE, PI, TRUE, ZERO, And, Call, Expr, Mul, Or, Piecewise, as_expr
from calcml.tracing.arrays import TracedArray, constant, each, entries_of, numbers_of, refused, traced, unsupported
from calcml.tracing.ufuncs import as_condition, as_number, builder_of

_MOVING = """
append array_split atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to column_stack concatenate copy
delete diag diagflat diagonal dsplit dstack expand_dims flip fliplr flipud hsplit hstack insert matrix_transpose
moveaxis permute_dims ravel repeat reshape resize roll rollaxis rot90 split squeeze stack swapaxes take
take_along_axis tile transpose tril triu unstack vsplit vstack
"""
_ADDING = """
convolve cross cumprod cumsum diff dot ediff1d einsum inner kron mean nancumsum outer prod sum tensordot trace trapezoid
trapz vander
"""
_SHAPES = "shape ndim size zeros_like ones_like full_like empty_like iscomplexobj isrealobj result_type"
MOVING, ADDING, SHAPES = (frozenset(names.split()) for names in (_MOVING, _ADDING, _SHAPES))


def supported() -> list[str]:
    """The names of the NumPy functions that can be traced, elementwise ones included."""
    elementwise = {name for name in dir(np) if isinstance(getattr(np, name), np.ufunc) and builder_of(name)}
    return sorted(MOVING | ADDING | SHAPES | set(_OWN) | elementwise | {"matmul", "vecdot"})


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What NumPy's function gives for arguments among which there are symbolic arrays."""
    name = function.__name__
    full = f"{function.__module__}.{name}".replace("numpy", "np", 1)
    if name in _OWN and full in ("np." + name, "np.linalg." + name):
        return _OWN[name](*args, **kwargs)
    if full in (f"np.{name}", "np.lib." + name) and name in MOVING | ADDING:
        convert = entries_of if name in MOVING else numbers_of
        kwargs = {key: value for key, value in kwargs.items() if key not in ("dtype", "out") or value is not None}
        return _wrapped(
            function(*[_bare(a, convert) for a in args], **{k: _bare(v, convert) for k, v in kwargs.items()})
        )
    if full == f"np.{name}" and name in SHAPES:
        return _of_shape(name, *args, **kwargs)
    raise unsupported(full)


def _bare(value: Any, convert: Callable[[Any], Any]) -> Any:
    """An argument with arrays of expressions in place of symbolic arrays."""
    if isinstance(value, (TracedArray, Expr)):
        return convert(value)
    if isinstance(value, (list, tuple)) and any(isinstance(item, (TracedArray, Expr, list, tuple)) for item in value):
        return type(value)(_bare(item, convert) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return convert(value)
    if isinstance(value, (np.ndarray, float, np.generic)) and np.asarray(value).dtype.kind == "f":
        return convert(value)
    return value


def _wrapped(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return type(result)(_wrapped(item) for item in result)
    return traced(each(constant, 1)(result if isinstance(result, np.ndarray) else entries_of(result)))


def _of_shape(name: str, array: Any, *args: Any, **kwargs: Any) -> Any:
    """Shapes are known, and so is an array of zeros."""
    if name == "full_like":
        filled = TracedArray(np.empty(kwargs.get("shape") or np.shape(array), object))
        filled[...] = args[0] if args else kwargs["fill_value"]
        return filled
    blank = np.empty(np.shape(entries_of(array)))
    if name in ("zeros_like", "ones_like", "empty_like"):  # symbolic, so that entries can be written into it
        shape = kwargs.get("shape")
        start = ONE if name == "ones_like" else ZERO
        return traced(np.full(blank.shape if shape is None else shape, start, object))
    return getattr(np, name)(blank, *args, **kwargs)


# ---- reductions ----------------------------------------------------------------------------------------------------


def _over_axes(build: Callable[[list[Expr]], Expr], array: Any, axis: Any, keepdims: bool) -> TracedArray:
    """`build` over the entries along the axes, all of them for None."""
    entries = array if isinstance(array, np.ndarray) and array.dtype == object else entries_of(array)
    axes = tuple(range(entries.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(np.lib.array_utils.normalize_axis_index(a, entries.ndim) for a in axes)
    kept = tuple(a for a in range(entries.ndim) if a not in axes)
    moved = entries.transpose(*kept, *axes)
    result = np.empty(moved.shape[: len(kept)], object)
    for place in np.ndindex(result.shape):
        result[place] = build(list(moved[place].reshape(-1)))
    return traced(np.expand_dims(result, axes) if keepdims else result)


def _extreme(name: str) -> Callable[..., TracedArray]:
    def extreme(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None) -> TracedArray:
        def build(entries: list[Expr]) -> Expr:
            entries = [*map(as_number, entries), *([] if initial is None else [as_expr(initial)])]
            if not entries:
                raise refused(f"np.{name} of no entries", "an array that is not empty")
            return entries[0] if len(entries) == 1 else Call(name, *entries)

        return _over_axes(build, a, axis, keepdims is True)

    return extreme


def _logical(head: Callable[..., Expr]) -> Callable[..., TracedArray]:
    def logical(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> TracedArray:
        def build(entries: list[Expr]) -> Expr:
            conditions = list(map(as_condition, entries))
            return conditions[0] if len(conditions) == 1 else head(*conditions)

        return _over_axes(build, a, axis, keepdims is True)

    return logical


def _var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, **options: Any) -> Any:
    ddof = options.get("correction", ddof)
    away = np.subtract(a, np.mean(a, axis=axis, keepdims=True))
    squares = np.sum(np.square(away), axis=axis, keepdims=options.get("keepdims", False) is True)
    return np.divide(squares, np.size(a) // max(np.size(squares), 1) - ddof)


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: Any = False) -> Any:
    keep = keepdims is True
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keep)
    weights = traced(entries_of(weights))
    if weights.shape != np.shape(a):
        weights = np.reshape(weights, [-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))])
    total = np.sum(np.broadcast_to(weights, np.shape(a)), axis=axis, keepdims=keep)
    return np.divide(np.sum(np.multiply(a, weights), axis=axis, keepdims=keep), total)


def _vdot(a: Any, b: Any) -> Any:
    return np.sum(np.multiply(np.ravel(a), np.ravel(b)))


def _polyval(p: Any, x: Any) -> Any:
    return reduce(lambda value, coefficient: value * x + coefficient, traced(entries_of(p)))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and ord is not None and np.ndim(x) == 2 and ord != "fro":
        raise unsupported(f"np.linalg.norm of a matrix with ord={ord!r}")
    if ord in (None, 2, "fro"):
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0 or isinstance(ord, str):
        raise unsupported(f"np.linalg.norm with ord={ord!r}")
    total = np.sum(np.abs(x) if ord == 1 else np.abs(x) ** ord, axis=axis, keepdims=keepdims)
    return total if ord == 1 else total ** (1 / ord)


# ---- cases ---------------------------------------------------------------------------------------------------------


def _case(condition: Expr, a: Expr, b: Expr) -> Expr:
    condition = as_condition(condition)
    if a is b or condition is TRUE:
        return a
    return Piecewise((as_number(a), condition), otherwise=as_number(b)) if condition.args else b


def _where(condition: Any, *values: Any) -> TracedArray:
    if not values:
        raise refused(
            "np.where with a condition alone asks for places that", "np.where(condition, a, b)", "are not known"
        )
    return traced(each(_case, 3)(entries_of(condition), *map(entries_of, values)))


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    pairs = list(zip(condlist, choicelist, strict=True))
    return reduce(lambda rest, pair: _where(pair[0], pair[1], rest), reversed(pairs), traced(entries_of(default)))


def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **bounds: Any) -> Any:
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    if low is None or high is None:
        return np.positive(a) if low is high else np.maximum(a, low) if high is None else np.minimum(a, high)
    return traced(each(lambda x, p, q: Call("clip", as_number(x), p, q), 3)(*map(entries_of, (a, low, high))))


def _sinc(x: Any) -> Any:
    return traced(each(lambda u: Call("sinc", Mul(PI, as_number(u))), 1)(entries_of(x)))


def _refuse(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise refused(f"np.{name} of symbolic values", instead, "is not known")

    return refuse


_OWN: dict[str, Callable[..., Any]] = {
    "max": _extreme("max"),
    "amax": _extreme("max"),
    "min": _extreme("min"),
    "amin": _extreme("min"),
    "ptp": lambda a, axis=None, out=None, keepdims=False: np.subtract(
        np.max(a, axis=axis, keepdims=keepdims), np.min(a, axis=axis, keepdims=keepdims)
    ),
    "all": _logical(And),
    "any": _logical(Or),
    "count_nonzero": lambda a, axis=None, keepdims=False: np.sum(np.not_equal(a, 0), axis=axis, keepdims=keepdims),
    "var": _var,
    "std": lambda *args, **kwargs: np.sqrt(_var(*args, **kwargs)),
    "average": _average,
    "norm": _norm,
    "polyval": _polyval,
    "vdot": _vdot,
    "where": _where,
    "select": _select,
    "clip": _clip,
    "sinc": _sinc,
    "real": lambda value: value,
    "argmax": _refuse("argmax", "np.max"),
    "argmin": _refuse("argmin", "np.min"),
    "argsort": _refuse("argsort", "np.max and np.min"),
    "sort": _refuse("sort", "np.max and np.min"),
    "nonzero": _refuse("nonzero", "np.where(condition, a, b)"),
    "allclose": _refuse("allclose", "np.where(condition, a, b)"),
    "array_equal": _refuse("array_equal", "np.where(condition, a, b)"),
}
