"""The texts of a row for others: what LaTeX and Unicode print is read back, NumPy and SymPy compute the same values."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from calcml.binding import free_symbols
from calcml.checks.properties import FLOAT
from calcml.checks.values import Finding, Point, Values, near, number_or_none, shown, values_of
from calcml.errors import CalcmlError
from calcml.evaluation import compile_row
from calcml.expr import Call, Expr, Sub, Symbol, make, rational
from calcml.functions import FunctionSpec
from calcml.precise import PreciseProgram

LETTERS = tuple(map(Symbol, ("a", "b", "c", "p", "q", "r")))
# A text that is wrong may fail in any of these ways.
CODE_ERRORS = (ArithmeticError, ValueError, TypeError, IndexError, NameError, AttributeError, NotImplementedError)
MOST = 24  # points for what takes its time


def check_printed(spec: FunctionSpec) -> Iterator[Finding]:
    """A function value in LaTeX and in Unicode is read back as itself, or as what the row says it is."""
    from calcml.reading import parse
    from calcml.render.latex import to_latex
    from calcml.render.text import to_unicode

    values = values_of(spec)
    for field, show in (("latex", to_latex), ("unicode", to_unicode)):
        for args in arguments(values):
            f = make(Call, spec.name, args)
            text = show(f)
            try:
                again = parse(text, symbols=LETTERS)
            except CalcmlError as error:
                yield Finding(spec.name, field, f"{text} is not read back: {error}")
                break
            if again is not f and not _has_values(again, args, values):
                yield Finding(spec.name, field, f"{text} is read back as {again}")
                break


def _has_values(again: Expr, args: tuple[Expr, ...], values: Values) -> bool:
    """Whether a formula has the values of the function: ln(1 - e^(-a)) is what is printed for log1mexp.

    Another function of the same arguments is none, whatever its values.
    """
    if type(again) is Call and set(again.args) == set(args):
        return False
    if not free_symbols(again) <= free_symbols(*args):
        return False
    program = PreciseProgram(again)
    for point in [point for point in values.inside if len(point) == len(args)][:MOST]:
        at: dict[Expr, Any] = {}
        for arg, x in zip(args, point, strict=True):
            at.update({arg: x} if not arg.args else {arg.args[0]: x + 1, arg.args[1]: 1})
        found = number_or_none(lambda at=at: program.run(at), ())
        if found is None or not near(found, values.exact(point), FLOAT):
            return False
    return True


def arguments(values: Values) -> Iterator[tuple[Expr, ...]]:
    """Letters, and differences, which need brackets where a letter does not."""
    for count in values.counts:
        whole = {i: rational(2) for i in values.whole}
        yield tuple(whole.get(i, LETTERS[i]) for i in range(count))
        yield tuple(whole.get(i, make(Sub, None, (LETTERS[i], LETTERS[-1 - i]))) for i in range(count))


def check_numpy(spec: FunctionSpec) -> Iterator[Finding]:
    """The NumPy text on columns of points: the values, and no finite number where there is none."""
    if find_spec("numpy") is None:
        return
    import numpy as np

    from calcml.numeric import arrays

    values = values_of(spec)
    for count in values.counts:
        points = [p for p in values.points if len(p) == count]
        columns = [np.array([float(p[i]) for p in points]) for i in range(count)]
        try:
            with np.errstate(all="ignore"):
                function = compile_row(spec, spec.numpy, count, {"np": np, "special": arrays})
                results = np.broadcast_to(function(*columns), (len(points),)).tolist()
        except CODE_ERRORS as error:
            yield Finding(spec.name, "numpy", f"{type(error).__name__}: {error}")
            continue
        for point, result in zip(points, results, strict=True):
            yield from _compared(spec, "numpy", values, point, result)


def _compared(spec: FunctionSpec, field: str, values: Values, point: Point, result: Any) -> Iterator[Finding]:
    value = values.exact(point)
    if value is None:
        if number_or_none(float, [result]) is not None and all(float(x) == x for x in point):
            yield Finding(spec.name, field, f"at {shown(point)} it is {result!r}, and there is no value")
    elif number_or_none(float, [result]) is None or not near(value, result, FLOAT):
        yield Finding(spec.name, field, f"at {shown(point)} it is {result!r}, not {shown([value])}")


def check_sympy(spec: FunctionSpec) -> Iterator[Finding]:
    """SymPy's function has the same values."""
    if find_spec("sympy") is None:
        return
    from calcml.interop.sympy import number_by_sympy

    values = values_of(spec)
    halves = [p for p in values.inside if len(p) == values.counts[-1] and all(2 * x == int(2 * x) for x in p)]
    for point in halves[:MOST]:
        try:
            result = number_by_sympy(make(Call, spec.name, tuple(rational(int(2 * x), 2) for x in point)))
        except CODE_ERRORS as error:
            yield Finding(spec.name, "sympy", f"{type(error).__name__}: {error}")
            break
        if result is None or not near(values.exact(point), result, FLOAT):
            yield Finding(spec.name, "sympy", f"at {shown(point)} it is {result!r}, not {shown([values.exact(point)])}")
