"""NumPy: arrays of any shape, element by element, with fresh results of the precision that was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml.codegen import run_scalars
from calcml.codegen.arguments import Argument, Layout, require_shape
from calcml.codegen.routine import Routine
from calcml.codegen.source import bare_source, parameters
from calcml.codegen.targets import MATH
from calcml.errors import ArityError, InputError, ShapeError
from calcml.executable import function_from
from calcml.numeric import arrays as special

Shape = tuple[int, ...]

_NAMES = {"__builtins__": {}, "np": np, "special": special, "max": max}
_PLAIN = frozenset({float, int})


def callable_for(routine: Routine) -> Callable[..., Any]:
    """The function that takes numbers and arrays. The code is compiled when it is first called."""
    many = _OnArrays(routine)
    if any(argument.shape for argument in routine.arguments) or routine.layout.kind or routine.layout.shape:
        return many
    one = _OnePoint(routine, many)
    are_plain, count = _PLAIN.issuperset, len(routine.arguments)

    def call(*values: Any) -> Any:
        if are_plain(map(type, values)) and len(values) == count:
            return one.run(*values)
        return many(*values)

    return call


class _OnePoint:
    """Python numbers: the `math` code is several times as fast as NumPy on one element."""

    def __init__(self, routine: Routine, many: Callable[..., Any]) -> None:
        self.routine = routine
        self.many = many
        self.run: Callable[..., Any] = self._first

    def _first(self, *values: Any) -> Any:
        made = self.routine.for_target(MATH)
        inner = run_scalars.callable_for(made, self.many)
        number = np.float64

        def run(*values: Any) -> Any:
            result = inner(*values)
            return number(result) if type(result) is float or type(result) is int else result

        self.run = run
        return run(*values)


class _OnArrays:
    """Arrays: checked, computed under one `errstate`, laid out."""

    def __init__(self, routine: Routine) -> None:
        self.routine = routine
        self.run: Callable[..., Any] | None = None

    def __call__(self, *values: Any) -> Any:
        given, data, dtype = read_values(self.routine.arguments, values)
        run = self.run
        if run is None:
            routine = self.routine
            source = bare_source(routine, [f"def f({', '.join(parameters(routine))}):"])
            run = self.run = function_from(source, "f", _NAMES)
        try:
            with np.errstate(all="ignore"):
                results = run(*given)
        except ValueError as error:  # the ends of a sum, a computed index
            raise InputError(str(error)) from None
        flat = iter(results if len(self.routine.roots) != 1 else (results,))
        return laid_out(self.routine.layout, flat, data, dtype, list(given))


def read_values(arguments: Sequence[Argument], values: Sequence[Any]) -> tuple[list[NDArray[Any]], Shape, Any]:
    """The arguments as arrays of floats, the shape of their data, and the precision of the result.

    Python numbers take the precision of the arrays beside them; whole numbers become float64.
    """
    if len(values) != len(arguments):
        raise ArityError(f"{len(arguments)} arguments are expected, and {len(values)} were given")
    given: list[NDArray[Any]] = []
    data: list[Shape] = []
    dtypes: list[Any] = []
    sizes: dict[str, int] = {}
    for argument, value in zip(arguments, values, strict=True):
        array = _as_floats(argument, value)
        given.append(array)
        data.append(require_shape(argument, array.shape, sizes))
        if type(value) not in _PLAIN:
            dtypes.append(array.dtype)
    try:
        shape = np.broadcast_shapes(*data)
    except ValueError:
        found_text = ", ".join(map(str, data))
        raise ShapeError(f"the shapes {found_text} of the arguments do not broadcast to one") from None
    return given, shape, np.result_type(*dtypes) if dtypes else np.dtype(np.float64)


def _as_floats(argument: Argument, value: Any) -> NDArray[Any]:
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuO":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        array = np.empty(0, "U1")
    if array.dtype.kind != "f":
        what = argument.sizes or "a number or an array of numbers"
        raise InputError(f"{argument.expr!r}: {what} is expected, not {value!r:.60}")
    return array


def laid_out(layout: Layout, values: Iterator[Any], data: Shape, dtype: Any, taken: list[Any]) -> Any:
    """The result: scalars with the shape of the data, entries of vectors and matrices behind it.

    Nothing of it shares memory with the arguments or with another part (`taken`).
    """
    if layout.kind is not None:
        return layout.kind([laid_out(part, values, data, dtype, taken) for part in layout.parts])
    if not layout.shape:
        return _fresh(next(values), data, dtype, taken)
    shape = tuple(int(size) for size in layout.shape)
    whole = np.empty((*shape, *data), dtype)  # entry by entry in memory, so that each is written in one go
    for place in np.ndindex(shape):
        whole[place] = next(values)
    return np.moveaxis(whole, range(len(shape)), range(-len(shape), 0))


def _fresh(value: Any, data: Shape, dtype: Any, taken: list[Any]) -> Any:
    array = np.asarray(value)
    kind = array.dtype if array.dtype.kind == "b" else dtype
    if array.shape != data:
        array = np.array(np.broadcast_to(array, data), dtype=kind)
    elif array.dtype != kind:
        array = array.astype(kind)
    elif any(np.may_share_memory(array, other) for other in taken):
        array = array.copy()
    if array.ndim:
        taken.append(array)
    return array if data else array[()]
