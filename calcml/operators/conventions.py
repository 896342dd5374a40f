"""What has to be said beside a derivative: where it holds, the conventions at kinks, and helper functions in it."""

from __future__ import annotations

from itertools import islice

from calcml import functions
from calcml.assumptions import Assumptions
from calcml.binding import free_symbols
from calcml.conditions import combined
from calcml.domains import borders_under_flat_functions, is_continuous, kinks, requirements
from calcml.errors import CalcmlError
from calcml.evaluation import Program
from calcml.expr import FALSE, ZERO, Call, Div, Expr, Relation, make
from calcml.sampling import points
from calcml.signs import Known
from calcml.simplification import simplify as readable
from calcml.templates import fill_row
from calcml.traverse import topological, tree_size


def kink_conditions(f: Expr, raw: Expr, g: Expr, x: Expr, assuming: Assumptions) -> list[Expr]:
    """Where f has a kink or a rule divided by zero, g need not be the derivative; if f and g are continuous, it is.

    (f is differentiable at a with f'(a) = lim g when f is continuous at a, differentiable around it, and f' = g has
    that limit: a corollary of the mean value theorem.)
    """
    if is_continuous(g) and is_continuous(f):
        return []
    found = [*(condition for condition, _ in kinks(f, x)), *borders_under_flat_functions(f, x)]
    own, needed = requirements(f, assuming.known, x), requirements(raw, assuming.known, x)
    if not set(needed) <= set(own):
        before = combined(own, assuming.known)
        found += [part for part in combined(needed, assuming.known) if part not in before]
    return [] if not found or (is_continuous(g) and is_continuous(readable(f))) else found


def conventions(f: Expr, conditions: tuple[Expr, ...], x: Expr) -> tuple[str, ...]:
    """The conventions at the kinks that are left in the conditions."""
    bends = kinks(f, x)
    if not bends:
        return ()
    notes: list[str] = []
    left = set(conditions)
    outside = set(combined(requirements(f, None, x)))  # what is no kink but the border of the domain needs no note
    for condition, node in bends:
        spec = functions.find(node.data)
        here = set(combined([condition]))
        if spec is not None and spec.note and left & here and not here <= outside:
            note = f"{spec.name}: {spec.note}"
            if note not in notes:
                notes.append(note)
    return tuple(notes)


def fractions_cleared(conditions: tuple[Expr, ...], known: Known) -> tuple[Expr, ...]:
    """Conditions u != 0 on sums of fractions, as conditions on the numerator: that fractions have values is said apart.

    >>> from calcml.reading import parse
    >>> fractions_cleared((parse("x != 0"), parse("y != 0"), parse("x/y - y/x != 0")), {})
    (x != 0, y != 0, x^2 - y^2 != 0)
    """
    found = []
    for part in conditions:
        if _is_against_zero(part, ("!=", "<", ">")) and _vanishes(part.args[0]):
            return (FALSE,)
        numerator = _numerator(part.args[0]) if _is_against_zero(part, ("!=",)) else None
        if numerator is not None:
            cleared = make(Relation, "!=", (numerator, ZERO))
            if cleared in conditions or tree_size(cleared) <= tree_size(part):
                part = cleared
        found.append(part)
    return combined(found, known)


def _is_against_zero(part: Expr, signs: tuple[str, ...]) -> bool:
    return isinstance(part, Relation) and part.data in signs and part.args[1] is ZERO


def _numerator(u: Expr) -> Expr | None:
    """What stands above the line when u is one fraction; None where it has no fractions in it, or is too large."""
    if tree_size(u) > MAX_CLEARED or not any(
        type(node) is Div and free_symbols(node.args[1]) for node in topological(u)
    ):
        return None
    from calcml.forms import in_form  # few conditions hold fractions

    try:
        line = in_form(u, "together")
    except CalcmlError:
        return None
    return line.args[0] if type(line) is Div else line


def _vanishes(u: Expr) -> bool:
    """Whether an expression is 0 wherever it is defined: sin(x)^2 + cos(x)^2 - 1."""
    variables = sorted(free_symbols(u), key=lambda symbol: symbol.data)
    if not variables or tree_size(u) > MAX_CLEARED:
        return False
    try:
        values = Program([u], variables)
        if any(abs(values.run(point)[0]) > _SMALL for point in islice(points(variables), 3)):
            return False
    except CalcmlError:
        return False
    from calcml.algebra.fractions import is_zero

    return is_zero(u) is True


_SMALL = 1e-9
MAX_CLEARED = 60  # nodes


# Functions that exist so that others have derivatives of every order: nobody knows them by name.
_HELPERS = frozenset({"sinc"})  # by group


def definitions(f: Expr, result: Expr) -> tuple[str, ...]:
    """What the helper functions in the result are, where they were not typed."""
    typed = {node.data for node in topological(f) if type(node) is Call}
    found: list[str] = []
    for node in topological(result):
        spec = functions.find(node.data) if type(node) is Call else None
        if spec is not None and spec.group in _HELPERS and spec.defined_as and spec.name not in typed:
            found.append(f"{node} is {fill_row(spec, spec.defined_as, node.args)}")
    return tuple(found)
