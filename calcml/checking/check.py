"""`check`: a derivative held against differences, the complex step and automatic differentiation; and a claimed one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.checking.claims import components, judged
from calcml.checking.judge import OK
from calcml.checking.methods import Bench
from calcml.checking.modes import scalar_form
from calcml.checking.points import Point, default_points, given_points, plain_names, variables_asked
from calcml.checking.report import CheckReport, PointReport
from calcml.differentiation import CONDITIONS, differentiate_all, resolve
from calcml.domains import domain, require_some_domain
from calcml.errors import InputError
from calcml.expr import Expr
from calcml.readable import readable_form
from calcml.traverse import count_nodes

POINTS = 3  # where none are given
READABLE = 2000  # nodes: larger derivatives are used as the rules leave them


def check(
    f: Expr,
    claim: Expr | None = None,
    at: Point | Sequence[Point] | None = None,
    variables: Iterable[Expr] | None = None,
    assuming: Assumptions = NOTHING,
) -> CheckReport:
    """The derivatives of f by every method, compared at points; and a claimed derivative, tested.

    f: a scalar expression. claim: what is said to be the derivative, a vector for several variables. at: one point or
    several, {x: 1.5}; default: three points of the domain. variables: the ones to differentiate by, in the order of
    the claim's components; default: all, by name. Errors are measured against the slope of f itself, with 60 digits.

    >>> from calcml.reading import parse
    >>> report = check(parse("exp(-x^2)"), claim=parse("exp(-x^2)"), at={"x": 1})
    >>> report.right, report.claims[0].explanation.text(str)
    (False, 'the chain rule: the inner derivative of -x^2, which is -2*x, is missing')
    """
    typed = resolve(f)
    if type(typed) in CONDITIONS:
        raise InputError("a condition has no derivative", hint="check one of its sides")
    require_some_domain(typed)
    chosen = variables_asked(typed, variables)
    entries, labels = plain_names([scalar_form(typed), *chosen])
    f, xs = entries[0], entries[1:]
    everything = [*xs, *sorted(free_symbols(f) - set(xs), key=lambda symbol: symbol.data)]
    back = {new: old for old, new in labels.items()}
    derivatives = [
        readable_form(raw, assuming) if count_nodes(raw) <= READABLE else raw for raw in differentiate_all(f, xs)
    ]
    conditions = [*assuming.conditions, *domain(f, assuming.known)]
    bench = Bench(f, xs, derivatives)
    places = given_points(at, everything, labels)
    if places:
        reports = [bench.at(place) for place in places]
    else:
        reports = _first_good(map(bench.at, default_points(f, derivatives, everything, conditions)))
    if claim is None:
        return CheckReport(f, xs, derivatives, reports, labels=back)
    claims = components(claim, xs, labels)
    parts, swapped = judged(f, claims, derivatives, xs, everything, reports, Assumptions(conditions))
    return CheckReport(f, xs, derivatives, reports, parts, swapped, back)


def _first_good(reports: Iterator[PointReport]) -> list[PointReport]:
    """The first points with a derivative; if there is none, the first points."""
    seen: list[PointReport] = []
    good: list[PointReport] = []
    for report in reports:
        (good if report.status == OK else seen).append(report)
        if len(good) == POINTS:
            break
    return good or seen[:POINTS]
