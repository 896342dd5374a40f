"""The check of one row of the function table, and of all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from calcml import functions
from calcml.checks.properties import check_domain, check_range, check_symmetry, check_texts, check_values
from calcml.checks.slopes import check_continuity, check_kinks, check_slopes
from calcml.checks.values import DIGITS, Finding, values_of
from calcml.checks.written import check_numpy, check_printed, check_sympy
from calcml.errors import CalcmlError
from calcml.expr import Call
from calcml.functions import FunctionSpec
from calcml.templates import fill_row
from calcml.traverse import topological

# Each check, and the fields it is about.
CHECKS: tuple[tuple[Callable[[FunctionSpec], Iterator[Finding]], frozenset[str]], ...] = (
    (check_texts, frozenset({"python", "mpmath", "defined_as", "code"})),
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

    try:
        wrong = "the function is defined by itself" if circular(spec) else ""
    except CalcmlError as error:
        wrong = error.message
    if wrong:
        yield Finding(spec.name, "defined_as", wrong)
        return
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


def circular(spec: FunctionSpec) -> bool:
    """Whether the function comes up in its own definition, or in that of a function in it."""
    seen: set[str] = set()
    todo = [] if spec.mpmath else [spec]
    while todo:
        row = todo.pop()
        values = values_of(row)
        for node in topological(fill_row(row, row.defined_as, values.letters(values.counts[-1]))):
            if type(node) is Call and node.data not in seen:
                seen.add(node.data)
                found = functions.find(node.data)
                if found is not None and not found.mpmath:
                    todo.append(found)
    return spec.name in seen


def check_rows() -> Iterator[Finding]:
    """What is wrong in the function table."""
    for spec in functions.all_functions():
        yield from check_row(spec)
