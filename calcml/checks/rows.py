"""The check of one row of the function table, and of all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from calcml import functions
from calcml.checks.properties import check_domain, check_range, check_symmetry, check_texts, check_values
from calcml.checks.slopes import check_continuity, check_kinks, check_slopes
from calcml.checks.values import DIGITS, Finding
from calcml.checks.written import check_numpy, check_printed, check_sympy
from calcml.errors import CalcmlError
from calcml.functions import FunctionSpec

# Each check, and the fields it is about.
CHECKS: tuple[tuple[Callable[[FunctionSpec], Iterator[Finding]], frozenset[str]], ...] = (
    (check_texts, frozenset({"python", "mpmath", "defined_as"})),
    (check_domain, frozenset({"domain", "python", "mpmath", "defined_as"})),
    (check_values, frozenset({"special_values", "defaults"})),
    (check_slopes, frozenset({"derivative", "smooth"})),
    (check_kinks, frozenset({"at_kink", "note", "smooth"})),
    (check_continuity, frozenset({"continuous"})),
    (check_symmetry, frozenset({"parity", "period", "monotone"})),
    (check_range, frozenset({"range"})),
    (check_printed, frozenset({"latex", "unicode"})),
    (check_numpy, frozenset({"numpy"})),
    (check_sympy, frozenset({"sympy"})),
)  # fmt: skip
FIELDS = frozenset().union(*(fields for _, fields in CHECKS))


def check_row(spec: FunctionSpec, fields: Collection[str] = FIELDS) -> Iterator[Finding]:
    """What is wrong with a row, found one by one; nothing where it is right.

    fields: the fields to look at; default, all of them. NumPy and SymPy texts are looked at where these are installed.

    >>> next(check_row(functions.find("tanh")), "nothing found")
    'nothing found'
    """
    import mpmath

    for check, about in CHECKS:
        if about.isdisjoint(fields):
            continue
        try:
            with mpmath.workdps(DIGITS):
                found = next(iter(check(spec)), None)
        except CalcmlError as error:
            found = Finding(spec.name, min(about & set(fields)), error.message)
        if found is not None:
            yield found


def check_rows() -> Iterator[Finding]:
    """What is wrong in the function table."""
    for spec in functions.all_functions():
        yield from check_row(spec)
