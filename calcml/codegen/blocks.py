"""Large arrays in NumPy: block by block, so that what lies between input and result never leaves the processor's cache.

The same lowered nodes as in the written code become a tape of ufunc calls that write into a few reused buffers; only
results are allocated. What depends on numbers alone is computed once, outside. Two threads share the blocks of a large
array: NumPy lets go of the interpreter's lock inside a ufunc.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcml import functions
from calcml.codegen.lowering import is_flag
from calcml.codegen.regions import operands_first
from calcml.codegen.targets import NUMPY, spelling
from calcml.evaluation import Program, compile_row
from calcml.expr import (
    Add,
    And,
    Constant,
    Div,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
)
from calcml.heads import Index, Sum
from calcml.numeric import arrays as special

BLOCK = 32_768  # elements; several buffers of them fit into a cache of 1 MB
WORTH_BLOCKS = 16_384  # elements below which the written code is as fast
WORTH_THREADS = 400_000

_BINARY: dict[type[Expr], Any] = {
    Add: np.add,
    Mul: np.multiply,
    Sub: np.subtract,
    Div: np.true_divide,
    Pow: np.power,
    And: np.logical_and,
    Or: np.logical_or,
}
_RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}
_UFUNC = re.compile(r"np\.(\w+)\((#1(?:, #2)?)\)")
_UFUNC_OF_NUMBER = re.compile(r"np\.(\w+)\((-?[\d.]+), #1\)")
_RECIPROCAL = re.compile(r"\(1/np\.(\w+)\(#1\)\)")

# One step: what is called, the slots of its operands, the slot of its result, and whether it takes `out=`.
Step = tuple[Callable[..., Any], tuple[int, ...], int, bool]
CHOOSE = object()


class Tape:
    """Lowered expressions as steps over slots. Slots hold a block of an argument, a number, or a buffer."""

    def __init__(self, roots: Sequence[Expr], entries: Sequence[Expr]) -> None:
        self.entries = list(entries)
        nodes = operands_first(roots, frozenset(entries))
        self.slot: dict[Expr, int] = {}
        self.numbers: dict[int, Any] = {}
        self.steps: list[Step] = []
        self.kinds: list[bool] = []  # by slot: whether it holds truth values
        for entry in entries:
            self._new(entry, False)
        closed: list[Expr] = [node for node in nodes if type(node) is Number or type(node) is Constant]
        for node, value in zip(closed, Program(closed, []).run([]), strict=True):
            self.numbers[self._new(node, isinstance(value, bool))] = value
        for node in nodes:
            if node not in self.slot:
                self._add(node)
        self.roots = [self.slot[root] for root in roots]
        self._uniform: dict[tuple[bool, ...], Plan] = {}

    @staticmethod
    def fits(roots: Sequence[Expr], entries: Sequence[Expr]) -> bool:
        """Whether the roots are computed element by element from these entries."""
        known = frozenset(entries)
        return not any(
            type(node) is Sum or (type(node) in (Index, Symbol) and node not in known)
            for node in operands_first(roots, known)
        )

    def _new(self, node: Expr | None, flag: bool) -> int:
        place = len(self.kinds)
        self.kinds.append(flag)
        if node is not None:
            self.slot[node] = place
        return place

    def _add(self, node: Expr) -> None:
        head = type(node)
        operands = [self.slot[arg] for arg in node.args]
        if head in _BINARY and len(operands) > 2:
            for operand in operands[1:-1]:
                operands[0] = self._step(_BINARY[head], (operands[0], operand), None, is_flag(node))
            operands = [operands[0], operands[-1]]
        if head in _BINARY:
            self._step(_BINARY[head], tuple(operands), node, is_flag(node))
        elif head is Neg:
            self._step(np.negative, tuple(operands), node, False)
        elif head is Not:
            self._step(np.logical_not, tuple(operands), node, True)
        elif head is Relation:
            self._step(_RELATIONS[node.data], tuple(operands), node, True)
        elif head is Piecewise:
            self._step(_choose, tuple(operands), node, is_flag(node))
        else:
            self._call(node, tuple(operands))

    def _step(self, function: Callable[..., Any], operands: tuple[int, ...], node: Expr | None, flag: bool) -> int:
        place = self._new(node, flag)
        self.steps.append((function, operands, place, isinstance(function, np.ufunc) or function is _choose))
        return place

    def _call(self, node: Expr, operands: tuple[int, ...]) -> None:
        template = spelling(NUMPY, node.data, len(operands))
        assert template is not None
        plain, with_number = _UFUNC.fullmatch(template), _UFUNC_OF_NUMBER.fullmatch(template)
        reciprocal = _RECIPROCAL.fullmatch(template)
        if plain and isinstance(getattr(np, plain[1]), np.ufunc):
            self._step(getattr(np, plain[1]), operands, node, False)
        elif with_number:
            self._step(getattr(np, with_number[1]), (self._number(float(with_number[2])), *operands), node, False)
        elif reciprocal:
            below = self._step(getattr(np, reciprocal[1]), operands, None, False)
            self._step(np.true_divide, (self._number(1.0), below), node, False)
        elif node.data in ("max", "min") and len(operands) > 1:
            two = np.maximum if node.data == "max" else np.minimum
            first = operands[0]
            for operand in operands[1:-1]:
                first = self._step(two, (first, operand), None, False)
            self._step(two, (first, operands[-1]), node, False)
        else:
            spec = functions.find(node.data)
            assert spec is not None
            names = {"np": np, "special": special}
            self._step(compile_row(spec, template, len(operands), names), operands, node, False)

    def _number(self, value: float) -> int:
        place = self._new(None, False)
        self.numbers[place] = value
        return place

    def run(self, given: Sequence[NDArray[Any]], size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Compute the roots for arguments that are numbers or flat arrays of `size`, into arrays of that size."""
        pattern = tuple(array.ndim > 0 for array in given)
        plan = self._uniform.get(pattern)
        if plan is None:
            plan = self._uniform[pattern] = Plan(self, pattern)
        plan.run(given, size, dtype, results)


def _choose(*operands: Any, out: Any = None) -> Any:
    """The value of the first case whose condition holds; nan where none does."""
    last = operands[-1] if len(operands) % 2 else np.nan
    if out is None:
        result = last
        for i in range(len(operands) - 2 - len(operands) % 2, -1, -2):
            result = np.where(operands[i + 1], operands[i], result)
        return result
    np.copyto(out, last)
    for i in range(len(operands) - 2 - len(operands) % 2, -1, -2):
        np.copyto(out, operands[i], where=operands[i + 1])
    return out


class Plan:
    """A tape for one pattern of numbers and arrays among the arguments: which steps are done once, and which buffers
    the others share. A buffer is free again after the last step that reads it."""

    def __init__(self, tape: Tape, pattern: tuple[bool, ...]) -> None:
        self.tape = tape
        varies = [False] * len(tape.kinds)
        varies[: len(pattern)] = pattern
        self.once: list[Step] = []
        self.each: list[Step] = []
        for step in tape.steps:
            varies[step[2]] = any(varies[i] for i in step[1])
            (self.each if varies[step[2]] else self.once).append(step)
        last: dict[int, int] = {}
        for number, (_, operands, _, _) in enumerate(self.each):
            for operand in operands:
                last[operand] = number
        self.varies = varies
        self.arrays = [i for i, flag in enumerate(pattern) if flag]
        # The last step of a result writes into it, and whoever needs it later reads it there.
        self.result_of: dict[int, int] = {}
        self.copied: list[tuple[int, int]] = []
        for number, root in enumerate(tape.roots):
            if varies[root] and root >= len(pattern) and root not in self.result_of:
                self.result_of[root] = number
            else:
                self.copied.append((root, number))
        self.buffer: dict[int, int] = {}
        free: dict[bool, list[int]] = {True: [], False: []}
        self.flags: list[bool] = []
        self.spare: list[tuple[Any, list[NDArray[Any]]]] = []
        for number, (_, operands, place, takes_out) in enumerate(self.each):
            if place not in self.result_of and takes_out:
                pool = free[tape.kinds[place]]
                if not pool:
                    pool.append(len(self.flags))
                    self.flags.append(tape.kinds[place])
                self.buffer[place] = pool.pop()
            for operand in dict.fromkeys(operands):
                if last[operand] == number and operand in self.buffer:
                    free[tape.kinds[operand]].append(self.buffer[operand])

    def run(self, given: Sequence[NDArray[Any]], size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Everything: what is done once, and the blocks, on two threads where that pays."""
        slots: list[Any] = [None] * len(self.tape.kinds)
        slots[: len(given)] = [array if array.ndim else array[()] for array in given]
        for place, value in self.tape.numbers.items():
            slots[place] = value
        for function, operands, place, _ in self.once:
            slots[place] = function(*[slots[i] for i in operands])
        starts = count(0, BLOCK)
        if size >= WORTH_THREADS and _cores() > 1:
            pool = _threads()
            other = pool.submit(self._blocks, list(slots), starts, size, dtype, results)
            self._blocks(slots, starts, size, dtype, results)
            other.result()
        else:
            self._blocks(slots, starts, size, dtype, results)

    def _blocks(self, slots: list[Any], starts: Any, size: int, dtype: Any, results: Sequence[NDArray[Any]]) -> None:
        """Blocks one after the other, as long as there are any."""
        with np.errstate(all="ignore"):
            kept = self._buffers(dtype)
            width = min(BLOCK, size)
            buffers = [buffer[:width] for buffer in kept]
            whole = [(i, slots[i]) for i in self.arrays]
            steps = [
                (function, operands, place, self.result_of.get(place, -1), self.buffer.get(place, -1))
                for function, operands, place, _ in self.each
            ]
            for start in starts:
                if start >= size:
                    break
                stop = min(start + BLOCK, size)
                if stop - start < width:
                    width = stop - start
                    buffers = [buffer[:width] for buffer in buffers]
                for i, array in whole:
                    slots[i] = array[start:stop]
                for function, operands, place, result, buffer in steps:
                    inputs = [slots[i] for i in operands]
                    if result >= 0:
                        out = results[result][start:stop]
                    elif buffer >= 0:
                        out = buffers[buffer]
                    else:
                        slots[place] = function(*inputs)
                        continue
                    if isinstance(function, np.ufunc) or function is _choose:
                        slots[place] = function(*inputs, out=out)
                    else:
                        out[...] = function(*inputs)
                        slots[place] = out
                for slot, result in self.copied:
                    results[result][start:stop] = slots[slot]
            self.spare.append((dtype, kept))

    def _buffers(self, dtype: Any) -> list[NDArray[Any]]:
        """The buffers that an earlier call has left, or new ones: memory that is new has to be mapped page by page."""
        try:
            of, kept = self.spare.pop()
            if of == dtype:
                return kept
        except IndexError:
            pass
        return [np.empty(BLOCK, bool if flag else dtype) for flag in self.flags]


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
