"""NumPy: arrays of any shape, element by element, with fresh results of the precision that was given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml.codegen import run_scalars
from calcml.codegen.arguments import Argument, Layout, require_shape
from calcml.codegen.blocks import WORTH_BLOCKS, Blocks
from calcml.codegen.entrance import MOST_ARGUMENTS, entrance, quietly
from calcml.codegen.lowering import is_flag
from calcml.codegen.routine import Routine
from calcml.codegen.source import bare_source, parameters
from calcml.codegen.straight import straight_line
from calcml.codegen.tape import Tape
from calcml.codegen.targets import MATH
from calcml.errors import ArityError, InputError, ShapeError
from calcml.executable import function_from
from calcml.expr import Expr
from calcml.numeric import arrays as special
from calcml.traverse import count_nodes

Shape = tuple[int, ...]

_NAMES = {"__builtins__": {}, "np": np, "special": special, "max": max}
_DOUBLE = np.dtype(np.float64)
_PLAIN = frozenset({float, int})
LARGEST = 10_000  # nodes; a larger expression is run by the tape on arrays of any size: compiling it takes longer


def callable_for(routine: Routine, _: Callable[..., Any]) -> Callable[..., Any]:
    """The function that takes numbers and arrays. The code is compiled when it is first called."""
    general = _General(routine)
    count = len(routine.arguments)
    if any(argument.shape for argument in routine.arguments) or not 0 < count <= MOST_ARGUMENTS:
        return general
    call, general.use = entrance(count, general)
    return call


class _General:
    """Whatever is given: checked, computed under one `errstate`, laid out. Large arrays, and large expressions, by the
    tape. What serves the usual cases, Python numbers and small arrays, is made when they first come by."""

    def __init__(self, routine: Routine) -> None:
        self.routine = routine
        self.use: Callable[..., None] | None = None
        self.at_point: Callable[..., Any] | None = None
        self.finished: Callable[[Any], Any] = np.float64
        self.on_arrays: Callable[..., Any] | None = None
        self.run: Callable[..., Any] | None = None
        self.tape: Tape | None = None
        self.blocks: Blocks | None = None
        self.is_elementwise: bool | None = None

    def __call__(self, *values: Any) -> Any:
        if self.use is not None and len(values) == len(self.routine.arguments):
            if _PLAIN.issuperset(map(type, values)):
                if self.at_point is None:  # the `math` code is several times as fast as NumPy on one element
                    made = self.routine.for_target(MATH)
                    self.finished = _finished(made.layout, any(map(is_flag, made.roots)))
                    self.at_point = run_scalars.compiled(made, self._call)
                    self.use(self.at_point, self.finished, self.on_arrays, quietly())
                return self.finished(self.at_point(*values))
            if self.on_arrays is None and all(type(value) is np.ndarray and value.ndim for value in values):
                self._is_large()
                if self.is_elementwise and self.count <= LARGEST:
                    self.on_arrays = straight_line(self._tape(), self.routine.layout)
                    self.use(self.at_point, self.finished, self.on_arrays, quietly())
        return self._call(*values)

    def _call(self, *values: Any) -> Any:
        arguments, layout = self.routine.arguments, self.routine.layout
        if self.on_arrays is not None and are_alike(values, len(arguments)):
            given, data, dtype = list(values), values[0].shape, _DOUBLE
        else:
            given, data, dtype = read_values(arguments, values)
        size = math.prod(data)
        if (size >= WORTH_BLOCKS or self._is_large()) and self._entries_fit(given, data):
            return self._in_blocks(given, data, size, dtype)
        run = self.run
        if run is None:
            source = bare_source(self.routine, [f"def f({', '.join(parameters(self.routine))}):"])
            run = self.run = function_from(source, "f", _NAMES)
        try:
            with np.errstate(all="ignore"):
                results = run(*given)
        except ValueError as error:  # the ends of a sum, a computed index
            raise InputError(str(error)) from None
        flat = iter(results if len(self.routine.roots) != 1 else (results,))
        return laid_out(layout, flat, data, dtype, list(given))

    def _is_large(self) -> bool:
        if self.is_elementwise is None:
            routine = self.routine
            entries = [entry for argument in routine.arguments for entry in argument.entries]
            named = any(isinstance(size, str) for argument in routine.arguments for size in argument.shape)
            self.is_elementwise = not named and Tape.fits(routine.roots, entries)
            if self.is_elementwise:
                self.count = count_nodes(*routine.roots)
        return self.is_elementwise and self.count > LARGEST

    def _tape(self) -> Tape:
        if self.tape is None:
            entries = [entry for argument in self.routine.arguments for entry in argument.entries]
            self.tape = Tape(self.routine.roots, entries)
        return self.tape

    def _entries_fit(self, given: Sequence[NDArray[Any]], data: Shape) -> bool:
        """Whether every argument is a number, or has an element for each of the result's."""
        if self.is_elementwise is None:
            self._is_large()
        return bool(self.is_elementwise) and all(
            array.shape[: array.ndim - len(argument.shape)] in ((), data)
            for argument, array in zip(self.routine.arguments, given, strict=True)
        )

    def _in_blocks(self, given: Sequence[NDArray[Any]], data: Shape, size: int, dtype: Any) -> Any:
        routine = self.routine
        flat: list[NDArray[Any]] = []
        for argument, array in zip(routine.arguments, given, strict=True):
            if array.dtype != dtype and array.ndim > len(argument.shape):
                array = array.astype(dtype)
            if not argument.shape:
                flat.append(array.reshape(-1) if data and array.ndim else array)
                continue
            count = math.prod(int(n) for n in argument.shape)
            parts = array.reshape(*array.shape[: array.ndim - len(argument.shape)], count)
            for i in range(count):
                part = parts[..., i]
                flat.append(part.reshape(-1) if data and part.ndim else part)
        wholes = allocated(routine.layout, data, dtype, iter(routine.roots))
        results = [whole.reshape(-1, size)[i] for whole in wholes for i in range(whole.size // size if size else 0)]
        if self.blocks is None:
            self.blocks = Blocks(self._tape())
        self.blocks.run(flat, size, dtype, results)
        ready = iter(wholes)
        return arranged(routine.layout, ready, data)


def _finished(layout: Layout, has_flags: bool) -> Callable[[Any], Any]:
    """What makes NumPy's numbers and arrays of the numbers in lists."""
    number = np.float64
    if layout.kind is not None:
        kind, parts = layout.kind, [_finished(part, has_flags) for part in layout.parts]
        if not any(part.kind or part.shape for part in layout.parts) and not has_flags:
            return lambda result: kind(map(number, result))
        return lambda result: kind([part(value) for part, value in zip(parts, result, strict=True)])
    if layout.shape:
        array = np.array
        return lambda result: array(result, _DOUBLE) if type(result) is list else result
    return lambda result: number(result) if type(result) is float or type(result) is int else result


def allocated(layout: Layout, data: Shape, dtype: Any, roots: Iterator[Expr]) -> list[NDArray[Any]]:
    """Fresh arrays for the parts of a result, entries first."""
    if layout.kind is not None:
        return [array for part in layout.parts for array in allocated(part, data, dtype, roots)]
    shape = tuple(int(size) for size in layout.shape)
    flags = [is_flag(next(roots)) for _ in range(math.prod(shape))]
    return [np.empty((*shape, *data), bool if not shape and flags[0] else dtype)]


def arranged(layout: Layout, wholes: Iterator[NDArray[Any]], data: Shape) -> Any:
    """The parts with the axes of data in front."""
    if layout.kind is not None:
        return layout.kind([arranged(part, wholes, data) for part in layout.parts])
    whole = next(wholes)
    count = len(layout.shape)
    return np.moveaxis(whole, range(count), range(-count, 0)) if count else whole if data else whole[()]


def are_alike(values: Sequence[Any], count: int) -> bool:
    """Whether these are arrays of float64 of one shape, as many as there should be: nothing is to be converted."""
    shape = values[0].shape if values and type(values[0]) is np.ndarray else ()
    return len(values) == count and all(
        type(value) is np.ndarray and value.dtype is _DOUBLE and value.shape == shape for value in values
    )


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
