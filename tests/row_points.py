"""Moderate points of the rows of the function table: inside the domain, away from kinks."""

from __future__ import annotations

import random
from collections.abc import Iterator

from test_functions_numeric import in_domain

import calcml as cm
from calcml.evaluation import Program
from calcml.functions.spec import FunctionSpec
from calcml.templates import fill_row


def moderate(row: FunctionSpec, count: int) -> Iterator[tuple[float, ...]]:
    """`count` points with coordinates between -4 and 4."""
    rng = random.Random(row.name + "moderate")
    width = row.arity[1] or 3
    letters = cm.symbols("p q r s")[:width]
    smooth = Program([fill_row(row, row.smooth, letters)], letters) if row.smooth else None
    for _ in range(300 * count):
        args = [rng.uniform(-4, 4) for _ in range(width)]
        if row.name in ("polygamma", "spherical_jn"):
            args[0] = float(rng.randint(0, 4))
        elif row.name in ("softmax", "log_softmax"):
            args = [float(rng.randint(1, 3)), *[rng.uniform(-4, 4) for _ in range(3)]]
        if in_domain(row, tuple(args)) and (smooth is None or smooth.run(args)[0] is True):
            yield tuple(args)
            count -= 1
            if not count:
                return
    raise AssertionError("no points")
