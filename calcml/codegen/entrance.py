"""The function that users call: what is usual goes the short way, anything else the general one.

The usual is Python numbers, and small arrays of float64 of one shape. It is recognised in as few operations as there
can be, and warnings are off in a context that is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from functools import cache
from typing import Any

import numpy as np

from calcml.codegen.blocks import WORTH_BLOCKS
from calcml.executable import function_from

MOST_ARGUMENTS = 16  # of a function that gets an entrance of its own


def entrance(count: int, general: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., None]]:
    """The function of `count` arguments that users call, and one that says what serves numbers, and what small arrays.

    general: computes everything else, and says what is wrong. The other one takes what computes one point in Python's
    numbers, what makes NumPy's numbers of them, what computes small arrays, and what calls that `quietly`.
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
    at_point = finish = enter = on_arrays = None
    def call({"".join(x + "=missing, " for x in given)}*extra):
        if on_arrays and not extra and {" and ".join(tests)} and x0.size < limit:
            try:
                return enter(on_arrays, {", ".join(given)})
            except errors:
                pass
        elif at_point and not extra and {" and ".join(f"type({x}) is number" for x in given)}:
            found = at_point({", ".join(given)})
            return float64(found) if type(found) is number else finish(found)
        return general(*[x for x in ({", ".join(given)}, *extra) if x is not missing])
    def use(point, finished, arrays, quiet):
        nonlocal at_point, finish, on_arrays, enter
        at_point, finish, on_arrays, enter = point, finished, arrays, quiet
    return call, use
"""
    names = {
        "__builtins__": {"type": type}, "array": np.ndarray, "double": np.dtype(np.float64), "number": float,
        "float64": np.float64,
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
