"""The steps of a schedule as a straight line of calls of NumPy, each into an array that is free again.

One call of NumPy on a few numbers takes 0.4 microseconds, so everything around it counts: constants are arrays already
(a Python number costs 0.3 more), and functions are found under a name of their own. One text serves small arrays, the
other one block of large arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml.codegen.arguments import Layout
from calcml.codegen.tape import Schedule, Step, Tape, choose
from calcml.executable import function_from


def straight_line(tape: Tape, layout: Layout) -> Callable[..., Any]:
    """The function of arrays of float64 of one shape, all of them given: it returns the results as they are laid out.

    TypeError for arrays without axes, of which NumPy makes numbers.
    """
    return _Writer(Schedule(tape, (True,) * len(tape.entries)), layout).function()


def block_line(schedule: Schedule) -> tuple[Callable[..., None], list[int], list[int]]:
    """The function that computes one block, and the slots of the constants that it is given.

    It takes the blocks of the arguments that are arrays, the first constants as arrays without axes and the second as
    they are, and then the arrays that the schedule stores into: results and buffers.
    """
    writer = _Writer(schedule, None)
    return writer.function(), writer.as_arrays, writer.as_numbers


class _Writer:
    """The text of either; `layout` is None for a block, where every array is given."""

    def __init__(self, schedule: Schedule, layout: Layout | None) -> None:
        self.schedule = schedule
        self.layout = layout
        arguments = len(schedule.tape.entries)
        self.given = [i for i in range(arguments) if schedule.varies[i]]
        self.names: dict[str, Any] = {
            "__builtins__": {}, "empty": np.empty, "full": np.full, "copyto": np.copyto, "turned": _turned,
            "where": np.where, "nan": np.array(np.nan),
        }  # fmt: skip
        self.lines: list[str] = []
        self.called: dict[int, str] = {}
        self.texts = [f"x{i}" if varies else "" for i, varies in enumerate(schedule.varies[:arguments])]
        self.texts += [""] * (len(schedule.varies) - arguments)
        self.values: dict[int, Any] = dict(schedule.tape.numbers)
        self.as_arrays: list[int] = []
        self.as_numbers: list[int] = []
        self.made: set[int] = set()  # the arrays that there are by now
        self.copies = {result: slot for slot, result in schedule.copied}

    def function(self) -> Callable[..., Any]:
        """The lines, compiled."""
        opened: list[str] = []
        if self.layout is None:
            returned = "None"
            self.made.update(range(len(self.schedule.tape.roots) + len(self.schedule.buffers)))
        else:
            with np.errstate(all="ignore"):
                for step in self.schedule.once:
                    self.values[step.place] = step.function(*[self.values[i] for i in step.operands])
            returned = self._part(self.layout, iter(range(len(self.schedule.tape.roots))))
            opened, self.lines = self.lines, []
        for step in self.schedule.each:
            self._add(step)
        lines = [*opened, *self.lines, *self._copied(), f"return {returned}"]
        names = [f"x{i}" for i in self.given]
        if self.layout is None:
            names += [f"c{i}" for i in self.as_arrays] + [f"n{i}" for i in self.as_numbers]
            names += [self._name(storage) for storage in sorted(self.made)]
        else:
            self.names |= {f"c{i}": np.array(self.values[i]) for i in self.as_arrays}
            self.names |= {f"n{i}": self.values[i] for i in self.as_numbers}
        return function_from("\n    ".join([f"def f({', '.join(names)}):", *lines]) + "\n", "f", self.names)

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
            self.as_arrays.append(slot)
        return self.texts[slot]

    def _number(self, slot: int) -> str:
        """An operand of a function of ours; a number is a number."""
        if self.schedule.varies[slot]:
            return self.texts[slot]
        if slot not in self.as_numbers:
            self.as_numbers.append(slot)
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
        text = operands.pop() if len(operands) % 2 else "nan"
        cases = list(zip(operands[::2], operands[1::2], strict=True))[::-1]
        if is_made and (self.layout is None or self.schedule.storage[step.place] < len(self.schedule.tape.roots)):
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
