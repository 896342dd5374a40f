"""Large arrays in NumPy: block by block, so that what lies between input and result never leaves the processor's cache.

The steps of a schedule write into a few reused buffers; only results are allocated. What depends on numbers alone is
computed once, outside. Two threads share the blocks of a large array: NumPy lets go of the interpreter's lock inside a
ufunc.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml.codegen.straight import block_line
from calcml.codegen.tape import Schedule, Tape

BLOCK = 32_768  # elements; several buffers of them fit into a cache of 1 MB
WORTH_BLOCKS = 32_768  # elements below which whole arrays are as fast
WORTH_THREADS = 400_000
MOST_COMPILED = 10_000  # steps


class Blocks:
    """A tape for large arrays, with what it needs for each pattern of numbers and arrays that is given."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.plans: dict[tuple[bool, ...], Plan] = {}

    def run(self, given: Sequence[NDArray[Any]], size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Compute the roots for arguments that are numbers or flat arrays of `size`, into arrays of that size."""
        pattern = tuple([array.ndim > 0 for array in given])
        plan = self.plans.get(pattern)
        if plan is None:
            plan = self.plans[pattern] = Plan(Schedule(self.tape, pattern))
        plan.run(given, size, dtype, results)


class Plan:
    """A schedule, ready to run: its slots with the numbers in them, and the buffers that earlier calls have left."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.slots: list[Any] = [None] * len(schedule.varies)
        for place, value in schedule.tape.numbers.items():
            self.slots[place] = value
        self.arrays = [i for i in range(len(schedule.tape.entries)) if schedule.varies[i]]
        self.compiled: Callable[..., None] | None = None
        self.as_arrays: list[int] = []
        self.as_numbers: list[int] = []
        self.steps: list[tuple[Any, ...]] = []
        if len(schedule.each) <= MOST_COMPILED:
            self.compiled, self.as_arrays, self.as_numbers = block_line(schedule)
        else:
            self.steps = [(*step[:4], schedule.storage.get(step.place)) for step in schedule.each]
        self.spare: list[tuple[Any, list[NDArray[Any]]]] = []

    def run(self, given: Sequence[NDArray[Any]], size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Everything: what is done once, and the blocks, on two threads where that pays."""
        slots = self.slots.copy()
        slots[: len(given)] = [array if array.ndim else array[()] for array in given]
        if self.schedule.once:
            with np.errstate(all="ignore"):
                for step in self.schedule.once:
                    slots[step.place] = step.function(*[slots[i] for i in step.operands])
        starts = count(0, BLOCK)
        if size >= WORTH_THREADS and _cores() > 1:
            other = _threads().submit(self._blocks, list(slots), starts, size, dtype, results)
            self._blocks(slots, starts, size, dtype, results)
            other.result()
        else:
            self._blocks(slots, starts, size, dtype, results)

    def _blocks(self, slots: list[Any], starts: Any, size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Blocks one after the other, as long as there are any."""
        kept = self._buffers(dtype)
        arguments = [slots[i] for i in self.arrays]
        constants = [_constant(slots[i], dtype) for i in self.as_arrays] + [slots[i] for i in self.as_numbers]
        buffers: list[NDArray[Any]] = []
        width = -1
        with np.errstate(all="ignore"):
            for start in starts:
                if start >= size:
                    break
                stop = min(start + BLOCK, size)
                if stop - start != width:
                    width = stop - start
                    buffers = [buffer[:width] for buffer in kept]
                given = [array[start:stop] for array in arguments]
                outputs = [result[start:stop] for result in results]
                if self.compiled is None:
                    self._interpret(slots, given, outputs + buffers)
                else:
                    self.compiled(*given, *constants, *outputs, *buffers)
        self.spare.append((dtype, kept))

    def _interpret(self, slots: list[Any], given: list[NDArray[Any]], arrays: list[NDArray[Any]]) -> None:
        """One block of an expression so large that compiling it takes longer."""
        for i, array in zip(self.arrays, given, strict=True):
            slots[i] = array
        for function, operands, place, takes_out, storage in self.steps:
            inputs = [slots[i] for i in operands]
            if storage is None:
                slots[place] = function(*inputs)
                continue
            out = slots[place] = arrays[storage]
            if takes_out:
                function(*inputs, out=out)
            else:
                out[...] = function(*inputs)
        for slot, result in self.schedule.copied:
            arrays[result][...] = slots[slot]

    def _buffers(self, dtype: Any) -> list[NDArray[Any]]:
        """The buffers that an earlier call has left, or new ones: memory that is new has to be mapped page by page."""
        try:
            of, kept = self.spare.pop()
            if of == dtype:
                return kept
        except IndexError:
            pass
        return [np.empty(BLOCK, bool if flag else dtype) for flag in self.schedule.buffers]


def _constant(value: Any, dtype: Any) -> NDArray[Any]:
    """A number as an array without axes; like a Python number, it takes the precision of the others."""
    return np.array(value, bool if isinstance(value, (bool, np.bool_)) else dtype)


_pool: list[ThreadPoolExecutor] = []


def _threads() -> ThreadPoolExecutor:
    if not _pool:
        _pool.append(ThreadPoolExecutor(1, thread_name_prefix="calcml"))
    return _pool[0]


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
