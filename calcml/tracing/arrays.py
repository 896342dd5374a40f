"""Symbolic arrays: what a traced function gets in place of NumPy arrays.

A `TracedArray` holds an expression for every entry. NumPy hands its calls over (elementwise functions through
`__array_ufunc__`, NEP 13, the others through `__array_function__`, NEP 18), so that `np.exp(X @ w)` builds trees with
NumPy's own rules for broadcasting, slicing and views. Nothing has a value: what asks for one (`if`, `float`) is
refused with the line of the function that asked.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcml.errors import TraceError
from calcml.expr import FALSE, INFINITY, TRUE, Expr, Neg, as_expr
from calcml.tracing.ufuncs import Builder, as_number, builder_of

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_NUMPY = os.path.dirname(os.path.abspath(np.__file__))


class TracedArray(NDArrayOperatorsMixin):
    """An array of expressions. `entries` is a NumPy array of objects, so slices are views as in NumPy."""

    __slots__ = ("entries",)
    __hash__ = None  # type: ignore[assignment]  # == compares entry by entry

    def __init__(self, entries: Any) -> None:
        self.entries = entries

    # ---- what NumPy asks ---------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))[0]
        where = options.pop("where", True)
        for harmless in ("dtype", "casting", "order"):
            options.pop(harmless, None)
        result = self._applied(ufunc, method, inputs, options)
        if where is not True:
            if out is None:
                raise refused(f"np.{ufunc.__name__} with where= and without out=", "np.where(condition, a, b)")
            result = np.where(where, result, out)
        if out is None:
            return result
        if not isinstance(out, TracedArray):
            raise refused(f"writing the result of np.{ufunc.__name__} into an array of numbers", "leave out= away")
        out[...] = result
        return out

    def _applied(self, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        name = ufunc.__name__
        if name == "matmul" and method == "__call__":
            return traced(np.matmul(*[numbers_of(value) for value in inputs]))
        if name == "vecdot" and method == "__call__":
            return np.sum(np.multiply(*inputs), axis=-1)
        build = builder_of(name)
        if build is None or method not in ("__call__", "reduce", "accumulate", "outer"):
            raise unsupported(f"np.{name}" + ("" if method == "__call__" else f".{method}"))
        return applied(build, ufunc.nin, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from calcml.tracing.functions import call

        return call(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """An ordinary array of objects, each a symbolic scalar: np.array([a, b]) and np.asarray(x) work on."""
        if dtype is not None and np.dtype(dtype) != object:
            raise refused("an array of numbers made of symbolic values", "np.stack, np.concatenate or np.asarray(x)")
        scalars = np.empty(self.shape, object)
        for place in np.ndindex(self.shape):
            scalars[place] = traced(self.entries[place])
        return scalars

    # ---- arrays ------------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """As in NumPy."""
        return self.entries.shape

    @property
    def ndim(self) -> int:
        """As in NumPy."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """As in NumPy."""
        return int(self.entries.size)

    @property
    def dtype(self) -> Any:
        """float64: the kind of numbers that the entries stand for."""
        return np.dtype(np.float64)

    @property
    def T(self) -> TracedArray:
        """The transpose."""
        return TracedArray(self.entries.T)

    @property
    def real(self) -> TracedArray:
        """The array itself: symbols are real."""
        return self

    @property
    def flat(self) -> Iterator[TracedArray]:
        """The entries, row by row."""
        return iter(traced(self.entries.reshape(-1)))

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[TracedArray]:
        if not self.shape:
            raise refused("going through a symbolic scalar", "give the argument a shape, as in (3,)")
        return (traced(self.entries[i]) for i in range(len(self)))

    def __getitem__(self, index: Any) -> TracedArray:
        return traced(self.entries[_concrete(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        entries = entries_of(value)
        self.entries[_concrete(index)] = entries if entries.ndim else entries[()]

    def __getattr__(self, name: str) -> Any:
        """x.sum(axis=0) is np.sum(x, axis=0); x.exp(), which NumPy asks of objects, is np.exp(x)."""
        if name in _METHODS:
            return partial(_METHODS[name], self)
        if not name.startswith("_") and builder_of(name) is not None and isinstance(getattr(np, name, None), np.ufunc):
            return partial(getattr(np, name), self)
        raise AttributeError(f"symbolic arrays have no attribute {name!r}")

    def __repr__(self) -> str:
        return repr(self.entries[()]) if not self.shape else f"TracedArray(shape={self.shape})"

    # ---- what needs a number -----------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        raise refused(
            f"whether {self!r} holds" if not self.shape else "whether a symbolic array holds",
            "np.where(condition, a, b) for if, np.maximum for max, np.logical_and for and",
            "is not known before the inputs are",
        )

    def __float__(self) -> float:
        raise refused("a symbolic value used as a number", "NumPy's functions (np.exp, not math.exp), np.stack")

    def __int__(self) -> int:
        raise refused("a symbolic value used as a whole number", "numbers for sizes and places")

    def __index__(self) -> int:
        raise refused("a symbolic value used as an index", "numbers for indices, or np.where")

    def __contains__(self, value: object) -> bool:
        raise refused("asking whether a symbolic array contains a value", "np.where")

    def __round__(self, digits: int = 0) -> Any:
        raise unsupported("round")

    def __abs__(self) -> Any:
        return np.absolute(self)


def traced(value: Any) -> TracedArray:
    """The array of these entries; a single expression becomes an array of no dimensions."""
    if isinstance(value, np.ndarray):
        return TracedArray(value)
    alone = np.empty((), object)
    alone[()] = value if isinstance(value, Expr) else as_expr(value)
    return TracedArray(alone)


def entries_of(value: Any) -> Any:
    """The expressions of an argument of a NumPy function, as an array of objects."""
    if isinstance(value, TracedArray):
        return value.entries
    if isinstance(value, (list, tuple)) and any(isinstance(item, (TracedArray, list, tuple)) for item in value):
        return np.stack([entries_of(item) for item in value])
    if isinstance(value, Expr):
        return traced(value).entries
    array = np.asarray(value)
    result = np.empty(array.shape, object)
    for place in np.ndindex(array.shape):
        result[place] = constant(array[place])
    return result


def numbers_of(value: Any) -> Any:
    """The same, where conditions count as 1 and 0."""
    return each(as_number, 1)(entries_of(value))


def each(build: Builder, count: int) -> Any:
    """The function on every entry of `count` arrays of objects, broadcast against each other; an array of objects."""
    apply = np.frompyfunc(build, count, 1)

    def on_arrays(*arrays: Any) -> Any:
        result = apply(*arrays)
        return result if isinstance(result, np.ndarray) else traced(result).entries

    return on_arrays


def applied(build: Builder, count: int, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> TracedArray:
    """A ufunc, or its reduce, accumulate or outer, by NumPy's own machinery on the entries."""
    operands = [entries_of(value) for value in inputs[:count]]
    if method == "__call__":
        return traced(each(build, len(operands))(*operands))
    function = np.frompyfunc(build, 2, 1)
    if method == "outer":
        return traced(function.outer(*operands))
    return traced(getattr(function, method)(operands[0], *inputs[1:], **options))


def constant(value: Any) -> Any:
    """The expression of one entry of an array."""
    if isinstance(value, TracedArray):
        return value.entries[()]
    if isinstance(value, (bool, np.bool_)):
        return TRUE if value else FALSE
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if number in (np.inf, -np.inf):
            return INFINITY if number == np.inf else Neg(INFINITY)
        if number.is_integer() and abs(number) < 2**53:
            return as_expr(int(number))  # NumPy's 1.0 is as a rule a 1: np.eye, np.ones
    if isinstance(value, (complex, np.complexfloating, str)) or value != value:
        raise refused(f"the constant {value}", "real numbers")
    return as_expr(value)


def _concrete(index: Any) -> Any:
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, TracedArray) for part in parts):
        raise refused("an index that depends on the inputs", "np.where(condition, a, b)")
    return index


# ---- errors --------------------------------------------------------------------------------------------------------


def refused(what: str, instead: str, why: str = "cannot be traced") -> TraceError:
    """The error for something that needs values, with the line of the function that asked for it."""
    return TraceError(f"{what} {why}{_asking_line()}", hint=f"use {instead}")


def unsupported(name: str) -> TraceError:
    """The error for a NumPy function that has no meaning for expressions."""
    from calcml.tracing.functions import supported

    near = get_close_matches(name.rpartition(".")[2], supported(), 3)
    hint = f"these can: {', '.join('np.' + other for other in near)}" if near else None
    return TraceError(f"{name} cannot be traced{_asking_line()}", hint=hint)


def _asking_line() -> str:
    """The innermost line that is neither calcml's nor NumPy's."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_OWN, _NUMPY, "<__array")):
        frame = frame.f_back
    return place_of(frame.f_code.co_filename, frame.f_lineno)


def place_of(file: str, line: int) -> str:
    """A line of the traced function, for an error message."""
    text = linecache.getline(file, line).strip()
    text = text if len(text) <= 60 else text[:57] + "..."
    return f" ({os.path.basename(file)}, line {line}{f': {text}' if text else ''})"


def _method(name: str) -> Any:
    return lambda array, *args, **kwargs: getattr(np, name)(array, *args, **kwargs)


_REDUCING = """
sum mean prod max min std var dot ravel swapaxes squeeze clip cumsum cumprod repeat take trace diagonal ptp all any
argmax argmin argsort searchsorted nonzero round
"""
_METHODS: dict[str, Any] = {name: _method(name) for name in _REDUCING.split()}
_METHODS |= {
    "reshape": lambda array, *shape, **options: TracedArray(array.entries.reshape(*shape, **options)),
    "transpose": lambda array, *axes: TracedArray(array.entries.transpose(*axes)),
    "flatten": lambda array: TracedArray(array.entries.flatten()),
    "copy": lambda array, order="C": TracedArray(array.entries.copy()),
    "astype": lambda array, dtype, **options: np.positive(array),
    "conj": lambda array: array,
    "item": lambda array, *place: traced(array.entries.item(*place)),
    "tolist": lambda array: array.__array__().tolist(),
    "fill": lambda array, value: array.__setitem__(..., value),
    "view": lambda array, *kind: array,
}
