"""Small arrays in NumPy: the steps of a schedule as a straight line of calls, each into an array that is free again.

One call of NumPy on a few numbers takes 0.4 microseconds, so everything around it counts: constants are arrays already
(a Python number costs 0.3 more), functions are found under a name of their own, warnings are off in a context that is
made once, and what was given is looked at in as few operations as there can be.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from functools import cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml.codegen.arguments import Layout
from calcml.codegen.blocks import WORTH_BLOCKS
from calcml.codegen.tape import Schedule, Step, Tape, choose
from calcml.executable import function_from

MOST_ARGUMENTS = 16  # of a function that gets an entrance of its own


def straight_line(tape: Tape, layout: Layout) -> Callable[..., Any]:
    """The function of arrays of float64 of one shape, all of them given: it returns the results as they are laid out.

    TypeError for arrays without axes, of which NumPy makes numbers.
    """
    return _Writer(Schedule(tape, (True,) * len(tape.entries)), layout).function()


class _Writer:
    def __init__(self, schedule: Schedule, layout: Layout) -> None:
        self.schedule = schedule
        self.layout = layout
        self.count = len(schedule.tape.entries)
        self.names: dict[str, Any] = {
            "__builtins__": {}, "empty": np.empty, "full": np.full, "copyto": np.copyto, "turned": _turned,
            "where": np.where,
        }  # fmt: skip
        self.lines: list[str] = []
        self.called: dict[int, str] = {}
        self.texts = [f"x{i}" for i in range(self.count)] + [""] * (len(schedule.tape.kinds) - self.count)
        self.values: dict[int, Any] = dict(schedule.tape.numbers)
        self.made: set[int] = set()  # the arrays that there are by now
        self.copies = {result: slot for slot, result in schedule.copied}

    def function(self) -> Callable[..., Any]:
        """The lines, compiled."""
        with np.errstate(all="ignore"):
            for step in self.schedule.once:
                self.values[step.place] = step.function(*[self.values[i] for i in step.operands])
        returned = self._part(self.layout, iter(range(len(self.schedule.tape.roots))))
        opened, self.lines = self.lines, []
        for step in self.schedule.each:
            self._add(step)
        head = f"def f({', '.join(f'x{i}' for i in range(self.count))}):"
        lines = [head, *opened, *self.lines, *self._copied(), f"return {returned}"]
        return function_from("\n    ".join(lines) + "\n", "f", self.names)

    # ---- results ----------------------------------------------------------------------------------------------------

    def _part(self, layout: Layout, results: Any) -> str:
        """The text of what is returned; the arrays of vectors and matrices are made first."""
        if layout.kind is not None:
            parts = [self._part(part, results) for part in layout.parts]
            inside = ", ".join(parts)
            return f"[{inside}]" if layout.kind is list else f"({inside}{',' if len(parts) == 1 else ''})"
        shape = tuple(int(size) for size in layout.shape)
        if not shape:
            return self._name(next(results))
        numbers = [next(results) for _ in range(prod(shape))]
        whole = f"w{numbers[0]}"
        self.lines.append(f"{whole} = empty(({len(numbers)}, *x0.shape))")
        self.lines.append(f"{', '.join(map(self._name, numbers))}, = {whole}")
        self.made.update(numbers)
        turned = f"turned({whole}, {shape})"
        return f"{whole}.T if x0.ndim == 1 else {turned}" if len(shape) == 1 else turned

    def _copied(self) -> list[str]:
        """Lines for the results that no step has written."""
        lines = []
        for number, slot in self.copies.items():
            if number in self.made:
                lines.append(f"copyto({self._name(number)}, {self._array(slot)})")
            elif self.schedule.varies[slot]:
                lines.append(f"{self._name(number)} = {self._array(slot)}.copy()")
            else:
                lines.append(f"{self._name(number)} = full(x0.shape, {self._array(slot)})")
        return lines

    # ---- steps ------------------------------------------------------------------------------------------------------

    def _name(self, storage: int) -> str:
        return f"r{storage}"

    def _array(self, slot: int) -> str:
        """An operand; a number is an array without axes."""
        if not self.texts[slot]:
            self.texts[slot] = f"c{slot}"
            self.names[self.texts[slot]] = np.array(self.values[slot])
        return self.texts[slot]

    def _number(self, slot: int) -> str:
        """An operand of a function of ours; a number is a number."""
        if slot not in self.values:
            return self.texts[slot]
        self.names[f"n{slot}"] = self.values[slot]
        return f"n{slot}"

    def _add(self, step: Step) -> None:
        storage = self.schedule.storage.get(step.place)
        name = f"t{step.place}" if storage is None else self._name(storage)
        self.texts[step.place] = name
        is_made = storage in self.made
        if step.function is choose:
            self._choose(step, name, is_made)
        elif step.is_elementwise:
            # NumPy 2.3 warns of a third operand in its place for these two
            into = f"out={name}" if step.function in (np.maximum, np.minimum) else name
            operands = [*map(self._array, step.operands), *([into] if is_made else [])]
            self.lines.append(f"{'' if is_made else name + ' = '}{self._called(step)}({', '.join(operands)})")
        else:
            value = f"{self._called(step)}({', '.join(map(self._number, step.operands))})"
            is_result = storage is not None and not is_made  # it may be an argument itself
            self.lines.append(f"copyto({name}, {value})" if is_made else f"{name} = {value}{'.copy()' * is_result}")
        if storage is not None:
            self.made.add(storage)

    def _choose(self, step: Step, name: str, is_made: bool) -> None:
        operands = [self._array(slot) for slot in step.operands]
        if len(operands) % 2:
            text = operands.pop()
        else:
            text = "nan"
            self.names["nan"] = np.array(np.nan)
        cases = list(zip(operands[::2], operands[1::2], strict=True))[::-1]
        if is_made and self.schedule.storage[step.place] < len(self.schedule.tape.roots):  # it has to be that array
            self.lines.append(f"copyto({name}, {text})")
            self.lines += [f'copyto({name}, {value}, "same_kind", {condition})' for value, condition in cases]
            return
        for value, condition in cases:
            text = f"where({condition}, {value}, {text})"
        self.lines.append(f"{name} = {text}")

    def _called(self, step: Step) -> str:
        function = step.function
        name = self.called.get(id(function))
        if name is None:
            name = self.called[id(function)] = f"f{len(self.called)}"
            self.names[name] = function
        return name


def _turned(whole: NDArray[Any], shape: tuple[int, ...]) -> Any:
    """The axes of data in front of those of a vector or matrix."""
    rank = len(shape)
    return np.moveaxis(whole.reshape(shape + whole.shape[1:]), range(rank), range(-rank, 0))


# ---- the way in -----------------------------------------------------------------------------------------------------


def entrance(count: int, general: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., None]]:
    """The function of `count` arguments that users call, and one that says what serves numbers, and what small arrays.

    general: computes everything else, and says what is wrong.
    """
    call, use = _maker(count)(general)
    return call, use


@cache
def _maker(count: int) -> Callable[..., Any]:
    given = [f"x{i}" for i in range(count)]
    tests = [f"type({x}) is array" for x in given] + [f"{x}.dtype is double" for x in given]
    tests += [f"{x}.shape == shape" for x in given[1:]]
    if count > 1:
        tests[2 * count] = "(shape := x0.shape) == x1.shape"
    source = f"""
def make(general):
    at_point = enter = on_arrays = None
    def call({"".join(x + "=missing, " for x in given)}*extra):
        if on_arrays and not extra and {" and ".join(tests)} and x0.size < limit:
            try:
                return enter(on_arrays, {", ".join(given)})
            except errors:
                pass
        elif at_point and not extra and {" and ".join(f"type({x}) is number" for x in given)}:
            return at_point({", ".join(given)})
        return general(*[x for x in ({", ".join(given)}, *extra) if x is not missing])
    def use(point, arrays, quiet):
        nonlocal at_point, on_arrays, enter
        at_point, on_arrays, enter = point, arrays, quiet
    return call, use
"""
    names = {
        "__builtins__": {"type": type}, "array": np.ndarray, "double": np.dtype(np.float64), "number": float,
        "missing": object(), "limit": WORTH_BLOCKS, "errors": (RuntimeError, TypeError),
    }  # fmt: skip
    return function_from(source, "make", names)


def quietly() -> Callable[..., Any]:
    """A function that calls another one with all of NumPy's warnings off.

    A context of its own, made once, costs a tenth of `errstate`. A second thread finds it in use: RuntimeError. Before
    NumPy 2, warnings were no part of a context.
    """
    context = Context()
    before = np.geterr()
    context.run(np.seterr, all="ignore")
    if np.geterr() == before:
        return context.run
    np.seterr(**before)
    return _under_errstate


def _under_errstate(function: Callable[..., Any], *values: Any) -> Any:
    with np.errstate(all="ignore"):
        return function(*values)
