"""Lowered expressions as a tape: NumPy calls over numbered slots, for the code that writes into reused arrays.

The same nodes as in the readable code, and the same operations in the same order. A schedule says which steps depend on
numbers alone, and which array each of the others writes into: one that nobody reads any more, or a result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

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


class Step(NamedTuple):
    """A call: what is called, the slots of its operands, the slot of its value.

    takes_out: whether it writes into an array it is given; is_elementwise: even into one that it reads.
    """

    function: Callable[..., Any]
    operands: tuple[int, ...]
    place: int
    takes_out: bool
    is_elementwise: bool


class Tape:
    """Lowered expressions as steps over slots: those of the arguments first, then numbers and what is computed."""

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
        if head is Add:
            self._sum(node)
        elif head in _BINARY:
            for operand in operands[1:-1]:
                operands[0] = self._step(_BINARY[head], (operands[0], operand), None, is_flag(node))
            self._step(_BINARY[head], (operands[0], operands[-1]), node, is_flag(node))
        elif head is Neg:
            self._step(np.negative, tuple(operands), node, False)
        elif head is Not:
            self._step(np.logical_not, tuple(operands), node, True)
        elif head is Relation:
            self._step(_RELATIONS[node.data], tuple(operands), node, True)
        elif head is Piecewise:
            self._step(choose, tuple(operands), node, is_flag(node))
        else:
            self._call(node, tuple(operands))

    def _step(self, function: Callable[..., Any], operands: tuple[int, ...], node: Expr | None, flag: bool) -> int:
        place = self._new(node, flag)
        is_elementwise = isinstance(function, np.ufunc)
        self.steps.append(Step(function, operands, place, is_elementwise or function is choose, is_elementwise))
        return place

    def _sum(self, node: Expr) -> None:
        """Term after term from the left; -u is subtracted."""
        total = self.slot[node.args[0]]
        for position, term in enumerate(node.args[1:], 2):
            function: Any = np.add
            operand = self.slot[term]
            if type(term) is Neg:
                function, operand = np.subtract, self.slot[term.args[0]]
            total = self._step(function, (total, operand), node if position == len(node.args) else None, False)

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


class Schedule:
    """A tape for one pattern of numbers and arrays among the arguments.

    once, each      the steps that depend on numbers alone, and the others
    storage         by slot, the array that a step writes into: 0 … for the results, behind them for the buffers
    buffers         for each buffer, whether it holds truth values
    copied          (slot, result) where a result is an argument, a number, a truth value or another result
    """

    def __init__(self, tape: Tape, pattern: tuple[bool, ...]) -> None:
        self.tape = tape
        self.varies = [False] * len(tape.kinds)
        self.varies[: len(pattern)] = pattern
        self.once: list[Step] = []
        self.each: list[Step] = []
        needed = set(tape.roots)
        for step in reversed(tape.steps):
            if step.place in needed:
                needed.update(step.operands)
        for step in tape.steps:
            if step.place in needed:
                self.varies[step.place] = any(self.varies[i] for i in step.operands)
                (self.each if self.varies[step.place] else self.once).append(step)
        self.storage: dict[int, int] = {}
        self.copied: list[tuple[int, int]] = []
        self.buffers: list[bool] = []
        self._results(len(pattern))
        self._share(self._last_uses())

    def _results(self, arguments: int) -> None:
        tape = self.tape
        for number, root in enumerate(tape.roots):
            if self.varies[root] and root >= arguments and root not in self.storage and not tape.kinds[root]:
                self.storage[root] = number
            else:
                self.copied.append((root, number))

    def _last_uses(self) -> dict[int, int]:
        last = {operand: number for number, step in enumerate(self.each) for operand in step.operands}
        return last | dict.fromkeys(self.tape.roots, len(self.each))

    def _share(self, last: dict[int, int]) -> None:
        """Arrays for what lies between: the fewer there are, the more stays in the processor's cache."""
        kinds, results = self.tape.kinds, len(self.tape.roots)
        takes_out = {step.place for step in self.each if step.takes_out}
        for number in range(len(self.each) - 1, -1, -1):  # an operand that ends in a result begins in its array
            step = self.each[number]
            if step.place in self.storage and step.is_elementwise:
                for operand in step.operands:
                    ends_here = last[operand] == number and operand in takes_out and operand not in self.storage
                    if ends_here and not kinds[operand]:
                        self.storage[operand] = self.storage[step.place]
                        break
        free: dict[bool, list[int]] = {True: [], False: []}
        for number, step in enumerate(self.each):
            ended = [
                operand
                for operand in dict.fromkeys(step.operands)
                if last[operand] == number and self.storage.get(operand, -1) >= results
            ]
            if step.is_elementwise:  # it may write over what it reads
                for operand in ended:
                    free[kinds[operand]].append(self.storage[operand])
            if step.takes_out and step.place not in self.storage:
                pool = free[kinds[step.place]]
                if not pool:
                    pool.append(results + len(self.buffers))
                    self.buffers.append(kinds[step.place])
                self.storage[step.place] = pool.pop()
            if not step.is_elementwise:
                for operand in ended:
                    free[kinds[operand]].append(self.storage[operand])


def choose(*operands: Any, out: Any = None) -> Any:
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
