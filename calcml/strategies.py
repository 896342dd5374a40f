"""The strategies of the simplifier as a table: which forms of a line are worth comparing, and when they are looked for.

A strategy makes new lines from one that stands already. It is a row: its name, the lines it starts from, what must be
seen in the expression for it to have any chance, and a small function. The order of the rows is the order of
preference among lines that are equally easy to read. A new strategy is a new row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from calcml.algebra.brackets import cleared, in_brackets, roots_of_squares, split, upper_brackets
from calcml.algebra.expand import expand, factor_out, factored, roots_split
from calcml.algebra.field import Undefined
from calcml.algebra.read import as_factor, as_terms, negated, terms_of
from calcml.algebra.rules import (
    BRACKET,
    CANCEL,
    CLEAR,
    DENEST,
    DIVIDE_EXPONENTIAL,
    EXPAND,
    FACTOR,
    ONE_FRACTION,
    SPLIT,
    AlgebraRule,
)
from calcml.algebra.terms import UNIT, Mono, Terms, add_into, is_number, multiply
from calcml.errors import CalcmlError
from calcml.expr import Add, E, Sub
from calcml.identities import (
    cosine_doubled,
    logarithms_joined,
    named_quotients,
    powers_joined,
    sine_doubled,
    square_replaced,
    squares_joined,
    squares_row,
)
from calcml.lines import Line
from calcml.search import Search, Seen

Lines = Callable[[Search, Line], Iterator[Line]]

# ---- common factors --------------------------------------------------------------------------------------------------


def pulled(line: Line, both: bool = True) -> list[Line]:
    """Common factors pulled out; below the line as well, and (with `both`) above it only."""
    found = []
    for denominators in (True, False) if both else (True,):
        taken = factor_out(line.terms, denominators)
        if taken is None:
            continue
        mono, number, rest = taken
        fraction = any(is_number(n) and n < 0 for _, n in mono)
        terms = as_terms(multiply((mono, number), as_factor(rest)))
        found.append(line.then(ONE_FRACTION if fraction else FACTOR, terms, None if fraction else {mono: number}))
    return found


def _pulled(search: Search, line: Line) -> Iterator[Line]:
    yield from pulled(line)


def _multiplied_out(search: Search, line: Line) -> Iterator[Line]:
    found = expand(line.terms)
    if found is not None and found is not line.terms:
        out = line.then(EXPAND, found)
        yield out
        yield from pulled(out)


def _factored_by_roots(search: Search, line: Line) -> Iterator[Line]:
    found = roots_split(line.terms)
    if found is not None:
        yield line.then(SPLIT, found)


def _in_lowest_terms(search: Search, line: Line) -> Iterator[Line]:
    """One fraction without a common factor: fractions inside fractions are gone."""
    from calcml.algebra.rational import rational

    try:
        reading, value = rational(line.terms)
        above, below = reading.field.fraction(value)
        yield line.then(CANCEL, reading.terms(value))
        yield line.then(CANCEL, reading.fraction_terms(above, below))
    except (CalcmlError, Undefined):
        return


# ---- brackets --------------------------------------------------------------------------------------------------------


def _with_brackets(line: Line, rule: AlgebraRule, search: Search, form: Callable[[Terms], Terms]) -> Iterator[Line]:
    inner = in_brackets(line.terms, form)
    if inner is None:
        return
    after = line.then(rule, inner)
    yield after
    yield from pulled(after)[:1]
    again = None if rule is BRACKET else in_brackets(inner, search.settled)
    if again is not None:
        after = after.then(BRACKET, again)
        yield after
        yield from pulled(after)[:1]
    if len(after.terms) == 1:
        yield from _numerator(search, after)


def _brackets_settled(search: Search, line: Line) -> Iterator[Line]:
    yield from _with_brackets(line, BRACKET, search, search.settled)


def _brackets_cleared(search: Search, line: Line) -> Iterator[Line]:
    yield from _with_brackets(line, CLEAR, search, cleared)


def _brackets_split(search: Search, line: Line) -> Iterator[Line]:
    yield from _with_brackets(line, SPLIT, search, split)


def _brackets_factored(search: Search, line: Line) -> Iterator[Line]:
    inner = in_brackets(line.terms, factored) if len(line.terms) == 1 else None
    if inner is not None:
        yield line.then(BRACKET, inner)


def _squares_in_brackets(search: Search, line: Line) -> Iterator[Line]:
    yield from _with_brackets(line, squares_row(line.terms) or BRACKET, search, squares_joined)


def _settled_product(search: Search, line: Line) -> Iterator[Line]:
    if len(line.terms) == 1 and line.rule is not BRACKET:
        inner = in_brackets(line.terms, search.settled)
        if inner is not None:
            yield line.then(BRACKET, inner)
        yield from _numerator(search, line)


def _numerator(search: Search, line: Line) -> Iterator[Line]:
    """A product whose brackets above the line are opened and pulled together again: (1 + x² - 2x·x)/(…)."""
    (mono, coefficient), *_ = line.terms.items()
    upper = upper_brackets(mono)
    multiplied = expand({upper: 1}) if upper else None
    if multiplied is not None:
        rest = tuple(factor for factor in mono if factor not in upper)
        together = factored(multiplied, denominators=False)
        yield line.then(BRACKET, as_terms(multiply((rest, coefficient), as_factor(together))))


def _numerator_in_one_function(search: Search, line: Line) -> Iterator[Line]:
    """A product with sin² in a bracket as 1 - cos², or the other way round, where the bracket then factors."""
    if len(line.terms) != 1:
        return
    (mono, coefficient), *_ = line.terms.items()
    upper = upper_brackets(mono)
    multiplied = expand({upper: 1}) if upper else None
    if multiplied is None:
        return
    rest = tuple(factor for factor in mono if factor not in upper)
    for row, replaced in square_replaced(multiplied):
        after = line.then(row, as_terms(multiply((rest, coefficient), as_factor(factored(replaced, False)))))
        yield after
        factors = roots_split(replaced)
        if factors is not None:
            yield after.then(SPLIT, as_terms(multiply((rest, coefficient), as_factor(factors))))


# ---- identities ------------------------------------------------------------------------------------------------------


def _squares_joined(search: Search, line: Line) -> Iterator[Line]:
    joined = squares_joined(line.terms)
    if joined is not line.terms:
        after = line.then(squares_row(line.terms) or BRACKET, joined)
        yield after
        yield from pulled(after)[:1]


def _one_square_for_another(search: Search, line: Line) -> Iterator[Line]:
    for row, replaced in square_replaced(line.terms):
        after = line.then(row, replaced)
        yield after
        yield from pulled(after)[:1]


def _by(identity: Callable[[Terms], tuple[AlgebraRule, Terms] | None]) -> Lines:
    """An identity on terms as a strategy."""

    def lines(search: Search, line: Line) -> Iterator[Line]:
        found = identity(line.terms)
        if found is not None:
            yield line.then(*found)

    return lines


def _roots_denested(search: Search, line: Line) -> Iterator[Line]:
    found = roots_of_squares(line.terms)
    if found is not None:
        yield line.then(DENEST, found)


def _exponential_divided_out(search: Search, line: Line) -> Iterator[Line]:
    """e^(-u)/(1 + e^(-u)) as 1/(e^u + 1): a factor e^(-u) goes into the bracket below it."""
    total: Terms = {}
    changed = False
    for mono, coefficient in line.terms.items():
        found = (mono, coefficient)
        exponent = next((n for base, n in mono if base is E and not is_number(n)), None)
        if exponent is not None and all(c < 0 for c in terms_of(exponent).values()):
            for base, n in mono:
                if type(base) not in (Add, Sub) or n != -1:
                    continue
                divided: Terms = {}
                for term in terms_of(base).items():
                    add_into(divided, as_terms(multiply(term, (((E, negated(exponent)),), 1))))
                rest: Mono = tuple(factor for factor in mono if factor[0] is not E and factor[0] is not base)
                top, number = as_factor(divided)
                if UNIT in divided:  # e^(-u) was in the bracket too
                    found = multiply((rest, coefficient), (tuple((b, negated(m)) for b, m in top), number))
                    changed = True
                break
        add_into(total, as_terms(found))
    if changed:
        yield line.then(DIVIDE_EXPONENTIAL, total)


# ---- the table -------------------------------------------------------------------------------------------------------


class Strategy(NamedTuple):
    """One way to new lines. `sources`: "start" (the line as read), "opened" (multiplied out, where that is another
    line), "found" (what stands so far, without the start), "each" (all lines that stand so far)."""

    name: str
    sources: str
    when: Callable[[Seen], bool]
    lines: Lines


STRATEGIES = (
    Strategy("common factors", "start", lambda seen: seen.sums, _pulled),
    Strategy("brackets by themselves", "start", lambda seen: seen.brackets, _brackets_settled),
    Strategy("fractions in brackets", "start", lambda seen: seen.brackets and seen.fractions, _brackets_cleared),
    Strategy("brackets as linear factors", "start", lambda seen: seen.brackets and seen.fractions, _brackets_split),
    Strategy("squares in brackets", "start", lambda seen: seen.brackets and seen.squares, _squares_in_brackets),
    Strategy("squares that join", "start", lambda seen: seen.squares, _squares_joined),
    Strategy("multiplied out", "start", lambda seen: seen.brackets, _multiplied_out),
    Strategy("products with settled brackets", "found", lambda seen: seen.sums, _settled_product),
    Strategy("one square for another", "opened", lambda seen: seen.squares, _one_square_for_another),
    Strategy("double angles", "opened", lambda seen: seen.sines, _by(lambda terms: cosine_doubled(terms))),
    Strategy("double angles of halves", "each", lambda seen: seen.sines, _by(lambda terms: sine_doubled(terms))),
    Strategy(
        "numerators in one function", "each", lambda seen: seen.fractions and seen.sums and seen.squares,
        _numerator_in_one_function,
    ),
    Strategy("quotients with a name", "each", lambda seen: seen.quotients, _by(named_quotients)),
    Strategy(
        "powers with one exponent", "each", lambda seen: seen.powers_of_numbers > 1,
        _by(lambda terms: powers_joined(terms)),
    ),
    Strategy(
        "logarithms", "each", lambda seen: seen.sums and "ln" in seen.functions,
        _by(lambda terms: logarithms_joined(terms)),
    ),
    Strategy("roots inside roots", "start", lambda seen: "sqrt" in seen.functions and seen.sums, _roots_denested),
    Strategy("exponentials below the line", "each", lambda seen: seen.exponentials, _exponential_divided_out),
    Strategy("lowest terms", "start", lambda seen: seen.nested and not seen.exponentials, _in_lowest_terms),
    Strategy("brackets with common factors", "each", lambda seen: seen.brackets, _brackets_factored),
    Strategy("linear factors", "each", lambda seen: seen.sums, _factored_by_roots),
)  # fmt: skip


def candidates(search: Search, terms: Terms, seen: Seen) -> list[Line]:
    """The forms worth comparing, each with the way to it. terms: the expression as read; seen: what stands in it."""
    start = Line(terms)
    found = {frozenset(terms.items()): start}  # every form once, the first way to it
    for strategy in STRATEGIES:
        if search.deadline.passed():
            break
        if not strategy.when(seen):
            continue
        if strategy.sources == "start":
            sources = [start]
        elif strategy.sources == "opened":
            sources = [next((line for line in found.values() if line.rule is EXPAND), start)]
        else:
            sources = list(found.values())[strategy.sources == "found" :]
        for source in sources:
            for line in strategy.lines(search, source):
                found.setdefault(frozenset(line.terms.items()), line)
    return list(found.values())
