"""The forms people ask for by name: expanded, factored, collected, cancelled, on one line, in partial fractions.

Each function takes an expression and returns one that is equal to it wherever it is defined; functions in it stay as
they are, and count as variables. What would be too long is refused with LimitError, before the work is done.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from math import prod
from typing import ParamSpec

from calcml.agreement import require_agreement
from calcml.algebra.display import Display
from calcml.algebra.expand import EXPANSION_LIMIT, factored, predicted_terms
from calcml.algebra.expand import expand as multiplied_out
from calcml.algebra.factoring import factors
from calcml.algebra.field import Product, Undefined
from calcml.algebra.partial import partial_fractions
from calcml.algebra.polynomials import Poly, degrees, divide, is_constant, power, primitive, variables
from calcml.algebra.rational import Rational
from calcml.algebra.rational import rational as read_as_rational
from calcml.algebra.read import Reader, as_factor, as_terms, terms_of, times
from calcml.algebra.terms import UNIT, Exponent, Mono, Terms, add_into, is_number, mono_of, multiply
from calcml.algebra.write import canonical
from calcml.binding import free_symbols
from calcml.errors import (
    CalcmlError,
    DomainError,
    InputError,
    InvariantError,
    LimitError,
    ShapeError,
    UnverifiedWarning,
)
from calcml.expr import Expr
from calcml.lines import parts_written
from calcml.traverse import count_nodes, topological

MAX_NODES = 3000
MAX_DEGREE = 40  # of a denominator that is split
FACTOR_TERMS = 300  # of a polynomial that is factored
FACTOR_DEGREE = 100
FACTOR_DENSE = 10_000  # monomials that such degrees allow: in many variables a search for factors takes minutes


P = ParamSpec("P")
UNCHECKED: dict[str, Callable[..., Expr]] = {}  # the functions below by name, as they are before they are checked


def held_to_values(rewrite: Callable[P, Expr]) -> Callable[P, Expr]:
    """The same function, its result held against what it was made of; UnverifiedWarning where no point decides."""

    UNCHECKED[rewrite.__name__] = rewrite

    @wraps(rewrite)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Expr:
        line = rewrite(*args, **kwargs)
        f = args[0] if args else kwargs["f"]
        check = require_agreement(f, line, rewrite.__name__)  # type: ignore[arg-type]
        if not check.holds:
            warnings.warn(f"the result could not be checked: {check.reason}", UnverifiedWarning, stacklevel=2)
        return line

    return checked


@held_to_values
def expand(f: Expr) -> Expr:
    """Products and whole powers of sums multiplied out, equal terms collected.

    LimitError for more than 400 terms, ShapeError for what is no scalar.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> expand((x + y)**2*x)
    x^3 + x*y^2 + 2*x^2*y
    >>> expand((x + y + 1)**50)
    Traceback (most recent call last):
    ...
    calcml.errors.LimitError: multiplied out it has up to 1,326 terms, and the limit is 400
    """
    reader, display = _prepared(f, None)
    return display.show(_expanded(reader.read(f)))


@held_to_values
def factor(f: Expr) -> Expr:
    """The product of irreducible factors over the rationals, in all variables; functions count as variables.

    A factor that is too large to be taken apart further stays whole.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> factor(x**2*y - y**3), factor(x**4 + 4)
    (y*(x - y)*(x + y), (x^2 + 2*x + 2)*(x^2 - 2*x + 2))
    """
    reader, display = _prepared(f, f)
    reading, value = _rational(f, reader)
    field = reading.field
    parts = [Product(value.top, value.bottom, {})]
    for atom, n in value.powers.items():
        parts += [field.power(field.of(p), n * m) for p, m in _irreducible(reading, field.atoms[atom])]
    return display.show(reading.terms(field.product(parts)))


@held_to_values
def collect(f: Expr, x: Expr) -> Expr:
    """The expression multiplied out, as a sum of powers of x with coefficients; x is a symbol or a function value.

    >>> from calcml.expr import symbols
    >>> x, a, b = symbols("x a b")
    >>> collect(a*x + b*x + x**2 - 1, x)
    x^2 + x*(a + b) - 1
    """
    reader, display = _prepared(f, None)
    base, unit = _base_of(x)
    groups: dict[Exponent, Terms] = {}
    for mono, c in _expanded(reader.read(f)).items():
        exponent: Exponent = next((n for b, n in mono if b is base and _is_multiple(n, unit)), 0)
        rest = mono_of([factor for factor in mono if exponent == 0 or factor[0] is not base])
        add_into(groups.setdefault(exponent, {}), {rest: c})
    total: Terms = {}
    for exponent, terms in groups.items():
        if exponent == 0:
            add_into(total, terms)
        elif terms:
            add_into(total, as_terms(multiply((((base, exponent),), 1), as_factor(factored(terms, False)))))
    return display.show(total)


@held_to_values
def together(f: Expr) -> Expr:
    """The expression over one denominator, common factors outside.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> together(1/x + 1/y)
    (x + y)/(x*y)
    """
    reader, display = _prepared(f, f)
    reading, value = _rational(f, reader)
    return display.show(reading.terms(value))


@held_to_values
def cancel(f: Expr) -> Expr:
    """The expression as one fraction in lowest terms, numerator and denominator multiplied out.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> cancel((x**2 - 1)/(x - 1)), cancel(1/(x + 1) - 1/(x - 1))
    (x + 1, -2/(x^2 - 1))
    """
    reader, display = _prepared(f, f)
    reading, value = _rational(f, reader)
    return display.show(reading.fraction_terms(*reading.field.fraction(value)))


@held_to_values
def apart(f: Expr, x: Expr | None = None) -> Expr:
    """The expression in partial fractions by x, its denominators irreducible over the rationals.

    x: may be left out when only one variable occurs. InputError where f is no rational function of x.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> apart(1/(x**2 - 1)), apart(x**3/(x**2 + 1))
    (1/(2*(x - 1)) - 1/(2*(x + 1)), x - x/(x^2 + 1))
    """
    reader, display = _prepared(f, f)
    reading, value = _rational(f, reader)
    field = reading.field
    above, below = field.fraction(value)
    if is_constant(below):
        return display.show(reading.sum_of(above) if below == {(): 1} else reading.fraction_terms(above, below))
    i = _variable(f, x, reading, below)
    if degrees(below)[i] > MAX_DEGREE:
        raise LimitError(f"a denominator of degree {degrees(below)[i]} is too high: the limit is {MAX_DEGREE}")
    split = [(p, n) for p, n in _irreducible(reading, primitive(below)) if i in variables(p)]
    rest: Poly | None = below
    for p, n in split:
        rest = divide(rest or {}, power(p, n, field.allowance), field.allowance)
    if rest is None:
        raise InvariantError(f"the factors of the denominator of {f!r} do not divide it")
    outside = field.of(rest)
    total: Terms = {}
    for numerator, p, n in partial_fractions(field, above, split, i):
        over = field.power(field.of(p), -n) if n else Product(1, 1, {})
        add_into(total, reading.terms(field.quotient(field.product([numerator, over]), outside)))
    return display.show(total)


# ---- by name ---------------------------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[Expr, Expr | None], Expr]] = {
    "expanded": lambda f, x: UNCHECKED["expand"](f),
    "factored": lambda f, x: UNCHECKED["factor"](f),
    "collected": lambda f, x: UNCHECKED["collect"](f, _by(f, x)),
    "together": lambda f, x: UNCHECKED["together"](f),
    "cancelled": lambda f, x: UNCHECKED["cancel"](f),
    "apart": lambda f, x: UNCHECKED["apart"](f, x),
}


def in_form(f: Expr, form: str, x: Expr | None = None) -> Expr:
    """The expression in the form of that name; x is the variable that `collected` and `apart` are about.

    InvariantError where its values are others; where no point decides nothing is said.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> in_form((x + 1)**2, "expanded"), in_form(x**2 - 1, "factored")
    (x^2 + 2*x + 1, (x - 1)*(x + 1))
    """
    rewrite = FORMS.get(form)
    if rewrite is None:
        raise InputError(f"{form!r} is not a form", hint=f"auto, {', '.join(FORMS)}")
    line = rewrite(f, x)
    require_agreement(f, line, form)
    return line


def all_forms(f: Expr, x: Expr | None = None, shown: Sequence[Expr] = ()) -> dict[str, Expr]:
    """Every form by name; those that differ in order only from one `shown` already, or are refused, are left out.

    UnverifiedWarning for one that failed its check.
    """
    found: dict[str, Expr] = {}
    seen: list[object] = [key for line in shown for key in (canonical(terms_of(line)), parts_written(line))]
    for name in FORMS:
        try:
            line = in_form(f, name, x)
        except InvariantError as error:
            warnings.warn(f"left out: {error.message}", UnverifiedWarning, stacklevel=2)
            continue
        except CalcmlError:
            continue
        keys = [canonical(terms_of(line)), parts_written(line)]
        if not any(key in seen for key in keys):
            seen += keys
            found[name] = line
    return found


def _by(f: Expr, x: Expr | None) -> Expr:
    symbols = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if x is None and len(symbols) != 1:
        raise InputError("the terms are collected by a variable", hint="say which: --by x")
    return symbols[0] if x is None else x


# ---- what they share -------------------------------------------------------------------------------------------------


def _prepared(f: Expr, pieces_of: Expr | None) -> tuple[Reader, Display]:
    """A reader, and a display that keeps the pieces of `pieces_of` as typed, though not the whole."""
    if f.shape:
        raise ShapeError(f"a scalar is expected, and {f!r} has shape {f.shape}")
    if count_nodes(f) > MAX_NODES:
        raise LimitError(f"too many nodes: the limit is {MAX_NODES:,}")
    reader = Reader()
    display = Display(reader, pieces_of)
    if pieces_of is not None:
        display.forget(pieces_of)
    else:
        display.writes_exp = Display(Reader(), f).writes_exp
    return reader, display


def _rational(f: Expr, reader: Reader) -> tuple[Rational, Product]:
    try:
        return read_as_rational(reader.read(f))
    except Undefined:
        raise DomainError(f"{f!r} has no value: a division by zero") from None


def _expanded(terms: Terms) -> Terms:
    opened = multiplied_out(terms, EXPANSION_LIMIT)
    if opened is None:
        count = predicted_terms(terms)
        shown = f"up to {count:,}" if count < 10**9 else "more than 10^9"
        raise LimitError(f"multiplied out it has {shown} terms, and the limit is {EXPANSION_LIMIT}")
    return opened


def _irreducible(reading: Rational, p: Poly) -> list[tuple[Poly, int]]:
    """The irreducible factors of an atom: our own formulas first, SymPy for what they leave."""
    found: list[tuple[Poly, int]] = []
    for part, n, settled in factors(p, reading.field.allowance):
        if settled or len(part) > FACTOR_TERMS or sum(degrees(part)) > FACTOR_DEGREE or _is_wide(part):
            found.append((part, n))
        else:
            from calcml.interop.polynomials import irreducible_factors

            found += [(primitive(q), n * m) for q, m in irreducible_factors(part)]
    return found


def _is_wide(p: Poly) -> bool:
    """Whether a polynomial of many terms in many variables is too large for a search for factors."""
    return len(p) > FACTOR_FEW and prod([n + 1 for n in degrees(p)]) > FACTOR_DENSE


FACTOR_FEW = 30  # terms: so few are factored in any number of variables


def _base_of(x: Expr) -> tuple[Expr, Exponent]:
    """The base and exponent that x is: (x, 1), (sin x, 1), (e, x)."""
    terms = terms_of(x)
    mono: Mono = next(iter(terms), UNIT)
    if len(terms) != 1 or terms[mono] != 1 or len(mono) != 1:
        raise InputError(f"{x!r} is nothing to collect by", hint="give a symbol or a function value")
    return mono[0]


def _is_multiple(n: Exponent, unit: Exponent) -> bool:
    return is_number(unit) or any(times(k, unit) is n for k in range(-12, 13) if k)


def _variable(f: Expr, x: Expr | None, reading: Rational, below: Poly) -> int:
    """The kernel to split by: x itself, or the one base of the denominator that x occurs in."""
    if x is None:
        names = sorted(free_symbols(f), key=lambda symbol: symbol.data)
        if len(names) != 1:
            listed = ", ".join(symbol.data for symbol in names)
            raise InputError("partial fractions by which variable?", hint=f"name one of {listed}")
        x = names[0]
    kernels = reading.field.kernels
    inside = variables(below)
    exact = [i for i in inside if kernels[i].node is x]
    related = exact or [i for i in inside if x in topological(kernels[i].node)]
    if len(related) != 1:
        raise InputError(f"{f!r} is no rational function of {x}", hint="partial fractions need one")
    return related[0]
