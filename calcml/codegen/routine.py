"""A routine: arguments, lowered results and a target, and the source text that computes the one from the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from calcml.binding import free_symbols, substitute
from calcml.codegen.arguments import Argument, entries_of, read_result
from calcml.codegen.emitter import Code, write_code
from calcml.codegen.lowering import lower
from calcml.codegen.masking import masked
from calcml.codegen.targets import Target
from calcml.differentiation import resolve
from calcml.entries import written_out
from calcml.errors import InputError
from calcml.expr import ONE, ZERO, Add, Call, Expr, Mul, Number, Sub, Symbol, make, make2
from calcml.heads import Index, Sum
from calcml.traverse import dependents, topological


class Routine:
    """What is computed: `roots` are lowered scalars, `layout` says how they make up the result."""

    __slots__ = ("arguments", "given", "layout", "names", "roots", "scalars", "target")

    def __init__(self, arguments: Sequence[Argument], result: Any, target: Target, stable: bool = True) -> None:
        self.arguments = list(arguments)
        self.target = target
        self.names = [f"x{number}" for number in range(len(self.arguments))]
        wholes, self.layout = read_result(result)
        self.given = wholes
        scalars: list[Expr] = []
        for whole in wholes:
            scalars += scalars_of(resolve(whole))
        self._require_symbols(scalars)
        if not target.is_exact:
            require_floats(scalars)
        self.scalars = stabilised(scalars) if stable else scalars
        self._lower()

    def _lower(self) -> None:
        roots = lower(with_own_indices(self.scalars, self.target.is_lazy), self.target)
        self.roots = masked(roots) if self.target.is_differentiated else roots

    def for_target(self, target: Target) -> Routine:
        """The same for another target."""
        other = copy(self)
        other.target = target
        other._lower()
        return other

    def _require_symbols(self, scalars: Iterable[Expr]) -> None:
        known: set[Expr] = set()
        for argument in self.arguments:
            known.add(argument.expr)
            known.update(argument.entries)
            known.update(entry.args[0] for entry in argument.entries if type(entry) is Index)
            known.update(Symbol(size) for size in argument.shape if isinstance(size, str))
        missing = sorted(symbol.data for symbol in free_symbols(*scalars) if symbol not in known) if scalars else []
        if missing:
            names = ", ".join(missing)
            raise InputError(f"{names} {'is' if len(missing) == 1 else 'are'} not among the arguments",
                             hint=f"give {names} a place in the list of arguments")  # fmt: skip

    def code(self) -> Code:
        """The body, with `names` for the arguments: x0, x1 … unless the code is written for people."""
        names: dict[Expr, str] = {}
        parts: dict[Expr, str] = {}
        entry = "{0}[..., {1}]" if not self.target.is_lazy else "{0}[{2}]"
        place: dict[Expr, tuple[str, Argument]] = {}
        for name, argument in zip(self.names, self.arguments, strict=True):
            names[argument.expr] = name
            place[argument.expr] = (name, argument)
            if argument.shape and not isinstance(argument.expr, Symbol):
                width = int(argument.shape[-1])
                for position, symbol in enumerate(argument.entries):
                    at = divmod(position, width) if len(argument.shape) == 2 else (position,)
                    parts[symbol] = entry.format(name, ", ".join(map(str, at)), "][".join(map(str, at)))
            for axis, size in enumerate(argument.shape):
                if isinstance(size, str) and Symbol(size) not in parts:
                    parts[Symbol(size)] = self.target.length.format(name, axis - len(argument.shape), "[0]" * axis)
        for node in topological(*self.roots):
            if type(node) is Index and node.args[0] in place and all(type(i) is Number for i in node.args[1:]):
                at = tuple(i.ratio[0] - 1 for i in node.args[1:])  # type: ignore[attr-defined]
                parts[node] = entry.format(names[node.args[0]], ", ".join(map(str, at)), "][".join(map(str, at)))
        return write_code(self.roots, self.target, names, parts)

    def rank(self) -> list[str]:
        """The line that says over how many leading axes the arguments reach, where a sum needs to know."""
        if self.target.is_lazy or not any(type(node) is Sum for node in topological(*self.roots)):
            return []
        ranks = [
            self.target.rank.format(name, len(argument.shape))
            for name, argument in zip(self.names, self.arguments, strict=True)
        ]
        return [f"rank = max({', '.join(ranks)}, 0)"]


def require_floats(exprs: Iterable[Expr]) -> None:
    """InputError for a number that is larger than every float: code would compute with infinity, and not say so."""
    for node in topological(*exprs):
        if type(node) is Number:
            top, bottom = node.ratio
            if top.bit_length() - bottom.bit_length() > MAX_BITS:
                said = str(node.data) if isinstance(node.data, str) and len(node.data) <= SHORT else "a number here"
                raise InputError(
                    f"{said} is too large for floating point, whose largest number is 1.8e308",
                    hint="count in larger units; with any number of digits: calcml eval --digits, backend mpmath",
                )


MAX_BITS = 1024  # before the point of a float
SHORT = 20  # characters of a number that is said


def scalars_of(expr: Expr) -> Sequence[Expr]:
    """The scalars of an expression, row by row: written out entry by entry, unless only entries of symbols occur."""
    entries = entries_of(expr)
    nodes = topological(*entries)
    if all(type(node) is Symbol for node in nodes if node.shape) and not any(
        arg.shape and type(node) is not Index for node in nodes for arg in node.args
    ):
        return entries
    return entries_of(written_out(expr))


def stabilised(scalars: list[Expr]) -> list[Expr]:
    """The scalars with every expression rewritten into stable primitives."""
    from calcml.stable import stabilise_all

    return stabilise_all(scalars)


def with_own_indices(roots: list[Expr], every: bool) -> list[Expr]:
    """Sums whose indices clash with nothing: every sum has its own, or all of one range share theirs.

    A body that does not depend on the index becomes a product with the number of terms.
    """
    nodes = topological(*roots)
    if not any(type(node) is Sum for node in nodes):
        return roots
    taken = {symbol.data for symbol in nodes if type(symbol) is Symbol}
    free: set[Expr] = set(free_symbols(*roots))
    ranges: dict[Expr, tuple[Expr, Expr]] = {}
    values: dict[Expr, Expr] = {}
    for node in nodes:
        fresh = tuple([values[arg] for arg in node.args])
        if type(node) is Sum:
            body, index, first, last = fresh
            if body not in dependents([body], [index]):
                count = make(Add, None, (make2(Sub, last, first), ONE))
                values[node] = make2(Mul, make(Call, "max", (count, ZERO)), body)
                continue
            if index in free or (index in ranges and (every or ranges[index] != (first, last))):
                name = next(f"{index.data}_{n}" for n in range(1, len(taken) + 2) if f"{index.data}_{n}" not in taken)
                taken.add(name)
                renamed = make(Symbol, name, ())
                body, index = substitute(body, {index: renamed}), renamed
            ranges[index] = (first, last)
            values[node] = make(Sum, None, (body, index, first, last))
        else:
            values[node] = node if fresh == node.args else node.rebuild(fresh)
    return [values[root] for root in roots]
