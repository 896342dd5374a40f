"""Numbers, one point at a time: `math` in float64, `mpmath` in whatever precision is set when the function is called.

The code assumes that all goes well. Where an operation raises (a point outside the domain, an overflow), the
reference evaluators compute the point again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from calcml import functions
from calcml.codegen.arguments import Argument, Layout
from calcml.codegen.routine import Routine
from calcml.codegen.source import bare_source, parameters
from calcml.errors import ArityError, InputError, LimitError, NoRuleError, ShapeError
from calcml.evaluation import Program
from calcml.executable import function_from
from calcml.expr import Add, Call, Div, Expr, Mul, Neg, Number, Sub, Symbol, make
from calcml.heads import Index, Sum
from calcml.precise import PreciseProgram, power_of
from calcml.traverse import count_nodes, replace, topological

LARGEST = 30_000  # nodes; a larger expression is interpreted: Python's compiler would take seconds
GUARD = 32  # bits that mpmath carries beyond those asked for

_ERRORS = (ValueError, ArithmeticError, TypeError, LookupError)
_BUILTINS = {"__builtins__": {}, "abs": abs, "int": int, "len": len, "max": max, "min": min, "errors": _ERRORS}


def callable_for(routine: Routine, settle: Callable[[Callable[..., Any]], None]) -> Callable[..., Any]:
    """The function that takes numbers, and returns a number or lists of them.

    Of plain arithmetic and functions of one argument, the first value is found without compiling: for one number,
    Python's compiler would take longer than all the rest. `settle` is told of the compiled function, at the next call.
    """
    if routine.target.is_exact or not _is_plain(routine):
        return compiled(routine)
    count = len(routine.arguments)
    program: Program | None = Program(routine.roots, [argument.expr for argument in routine.arguments])
    ready: list[Callable[..., Any]] = []

    def call(*values: Any) -> Any:
        nonlocal program
        first, program = program, None
        if first is not None and len(values) == count and _FLOATS.issuperset(map(type, values)):
            return _in_layout(routine.layout, iter(first.run(values)))
        if not ready:
            ready.append(compiled(routine))
        settle(ready[0])
        return ready[0](*values)

    return call


_FLOATS = frozenset({float})
_ARITHMETIC = frozenset({Add, Sub, Mul, Div, Neg})
_ONE_CALL = re.compile(r"\w+\(#1\)")
FEW = 200  # nodes


def _is_plain(routine: Routine) -> bool:
    """Whether interpreting the nodes is the same as running the code, to the last bit."""
    nodes = topological(*routine.roots)
    if len(nodes) > FEW or any(argument.shape for argument in routine.arguments):
        return False
    for node in nodes:
        if not node.args:
            if type(node) is not Number and type(node) is not Symbol:
                return False
        elif all(type(arg) is Number for arg in node.args):  # the code has its exact value, rounded once
            return False
        elif type(node) is Call:
            spec = functions.find(node.data)
            if spec is None or len(node.args) > 1 or not _ONE_CALL.fullmatch(spec.python):
                return False
        elif type(node) not in _ARITHMETIC:
            return False
    return True


def compiled(routine: Routine, again: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The code, compiled. `again`: computes where it cannot."""
    is_exact = routine.target.is_exact
    again = again or _Again(routine, _precise if is_exact else _in_floats)
    if count_nodes(*routine.roots) > LARGEST:
        return _at_guarded_precision(again) if is_exact else again
    names = parameters(routine)
    given = "".join(f"{name}=missing, " for name in names)
    wrong = ["extra", *[f"{name} is missing" for name in names[len(names) - 1 :]]]
    for name, argument in zip(names, routine.arguments, strict=True):
        if argument.shape and isinstance(argument.shape[0], int):
            wrong.append(f"len({name}) != {argument.shape[0]}")
    call = f"again({''.join(name + ', ' for name in names)}*extra)"
    first = [f"def f({given}*extra):", f"    if {' or '.join(wrong)}:", f"        return {call}", "    try:"]
    last = ["    except errors:", f"        return {call}"]
    source = bare_source(routine, first, last)
    run = function_from(source, "f", {**_names(is_exact), "again": again, "missing": _MISSING})
    return _at_guarded_precision(run) if is_exact else run


_MISSING = object()
_float_names: dict[str, Any] = {}


def _names(is_exact: bool) -> dict[str, Any]:
    """What the code may call: functions of `math` and of the table, or of mpmath."""
    from calcml.numeric import scalar

    if is_exact:
        import mpmath

        helpers = {"real": _real, "power": _power, "total": mpmath.fsum, "span": _span, "entry": scalar.entry}
        return {**_BUILTINS, **helpers, "mp": mpmath}
    if not _float_names:
        _float_names.update({**vars(math), **vars(scalar), **_BUILTINS})
    return _float_names


class _Again:
    """The same values by the reference evaluator; whatever is wrong with the arguments is found here."""

    def __init__(self, routine: Routine, evaluate: Callable[..., list[Any]]) -> None:
        self.routine = routine
        self.evaluate = evaluate
        self.prepared: Any = None

    def __call__(self, *values: Any) -> Any:
        arguments = self.routine.arguments
        if len(values) != len(arguments) or any(value is _MISSING for value in values):
            given = sum(value is not _MISSING for value in values)
            raise ArityError(f"{len(arguments)} arguments are expected, and {given} were given")
        point: dict[Expr, Any] = {}
        number = _mpf if self.routine.target.is_exact else float
        for argument, value in zip(arguments, values, strict=True):
            _take(argument, value, point, number)
        return _in_layout(self.routine.layout, iter(self.evaluate(self, point)))


def _take(argument: Argument, value: Any, point: dict[Expr, Any], number: Callable[[Any], Any]) -> None:
    """The values of an argument's entries, as numbers; ShapeError where there are too many or too few."""
    try:
        nested = _nested(value, len(argument.shape), number)
    except (TypeError, ValueError):
        wanted = argument.sizes or "a number"
        hint = None if argument.shape else 'for arrays, use backend="numpy"'
        raise InputError(f"{argument.expr!r}: {wanted} is expected, not {value!r:.60}", hint=hint) from None
    point[argument.expr] = nested
    flat, found = [nested], []
    for size in argument.shape:
        found.append(len(flat[0]) if flat else 0)
        if any(len(part) != found[-1] for part in flat) or (isinstance(size, int) and found[-1] != size):
            raise ShapeError(f"{argument.expr!r}: {argument.sizes} is expected, not shape {_shape(value)}")
        if isinstance(size, str):
            point[make(Symbol, size, ())] = number(found[-1])
        flat = [item for part in flat for item in part]
    point.update(zip(argument.entries, flat, strict=False))


def _nested(value: Any, depth: int, number: Callable[[Any], Any]) -> Any:
    return tuple([_nested(part, depth - 1, number) for part in value]) if depth else number(value)


def _shape(value: Any) -> tuple[int, ...]:
    try:
        return (len(value), *_shape(value[0])) if len(value) else (0,)
    except TypeError:
        return ()


def _without_entries(roots: Sequence[Expr], point: dict[Expr, Any]) -> tuple[list[Expr], dict[Expr, Expr]]:
    """The roots with a symbol in place of every given entry of a vector."""
    symbols: dict[Expr, Expr] = {}
    for entry in point:
        if type(entry) is Index:
            symbols[entry] = make(Symbol, f"given{len(symbols)}", ())
    return [replace(root, symbols) for root in roots] if symbols else list(roots), symbols


def _in_floats(again: _Again, point: dict[Expr, Any]) -> list[Any]:
    if again.prepared is None:
        roots, symbols = _without_entries(again.routine.roots, point)
        again.prepared = Program(roots, [symbols.get(key, key) for key in point])
    return again.prepared.run(list(point.values()))


def _precise(again: _Again, point: dict[Expr, Any]) -> list[Any]:
    import mpmath

    if again.prepared is None:
        roots, symbols = _without_entries(again.routine.roots, point)
        again.prepared = [PreciseProgram(root) for root in roots], symbols
    programs, symbols = again.prepared
    values = {symbols.get(key, key): value for key, value in point.items()}
    found = []
    for program in programs:
        try:
            has_sum = any(type(node) is Sum for node in program.nodes)  # the code itself adds; here it has failed
            value = None if has_sum else program.run(values)
        except (LimitError, NoRuleError):
            value = None
        found.append(mpmath.nan if value is None else value)
    return found


def _in_layout(layout: Layout, values: Any) -> Any:
    if layout.kind is not None:
        return layout.kind([_in_layout(part, values) for part in layout.parts])
    shape = [int(size) for size in layout.shape]
    if not shape:
        return next(values)
    if len(shape) == 1:
        return [next(values) for _ in range(shape[0])]
    return [[next(values) for _ in range(shape[1])] for _ in range(shape[0])]


# ---- mpmath ---------------------------------------------------------------------------------------------------------


def _at_guarded_precision(run: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a few bits more on the way, and its results rounded to the precision that is set."""
    import mpmath

    def call(*values: Any) -> Any:
        given = [_as_mpf(value) for value in values]
        with mpmath.workprec(mpmath.mp.prec + GUARD):
            result = run(*given)
        return _rounded(result)

    return call


def _mpf(value: Any) -> Any:
    import mpmath

    if isinstance(value, complex):
        raise TypeError("a real number is expected")
    return mpmath.mpf(value)


def _as_mpf(value: Any) -> Any:
    """Numbers, also in lists, as mpf; anything else as it is, for the error message."""
    if isinstance(value, (list, tuple)) or bool(getattr(value, "ndim", False)):
        return [_as_mpf(part) for part in value]
    try:
        return _mpf(value)
    except (TypeError, ValueError):
        return value


def _rounded(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return type(result)([_rounded(part) for part in result])
    return result if isinstance(result, bool) else +result


def _real(value: Any) -> Any:
    import mpmath

    if isinstance(value, mpmath.mpc):
        return mpmath.nan if value.imag else value.real
    return value


def _power(a: Any, n: Any) -> Any:
    import mpmath

    value = power_of(a, n, mpmath)
    return mpmath.nan if value is None else value


def _span(first: Any, last: Any) -> list[Any]:
    import mpmath

    return [mpmath.mpf(i) for i in range(int(first), int(last) + 1)]
