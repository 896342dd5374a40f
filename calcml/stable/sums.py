"""Sums in which something cancels: each function looks at the terms of a sum and returns other terms, or None.

A pair of terms is recognised with any common factor: w*y - w*y*tanh(u)^2 is w*y*sech(u)^2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from calcml.binding import free_symbols
from calcml.expr import Add, Call, Div, E, Expr, Number, Pow, Sub, Symbol, ratio_of
from calcml.signs import is_positive
from calcml.stable.quotients import over_one_denominator
from calcml.stable.rules import COMPLEMENTS, OPPOSITES
from calcml.stable.views import LONG, UNIT, Key, Sum, Term, Views, call, joined, minus, same, write_sum
from calcml.templates import template
from calcml.traverse import has_at_most


class Complement(NamedTuple):
    """f(u)^power with coefficient 1 beside `constant`, in any multiple, is `value` in that multiple."""

    power: int
    constant: Fraction
    value: str


def _complements() -> dict[str, list[Complement]]:
    views = Views()
    found: dict[str, list[Complement]] = {}
    for row in COMPLEMENTS:
        left, right = row.sides
        terms = views.sum(template(left, ("u", "v")).expr)
        (constant,) = [term for term in terms if term.is_number]
        (moving,) = [term for term in terms if not term.is_number]
        ((function, power),) = moving.factors.items()
        ratio = 1 / moving.coefficient
        value = right if ratio == 1 else f"({ratio})*({right})"
        found.setdefault(function.data, []).append(Complement(power, constant.coefficient * ratio, value))
    return found


def _opposites() -> dict[str, list[tuple[int, str]]]:
    """Sign between f(u) and f(-u), and what that is."""
    views = Views()
    found: dict[str, list[tuple[int, str]]] = {}
    for row in OPPOSITES:
        left, right = row.sides
        first, second = views.sum(template(left, ("u",)).expr)
        ((function, _),) = first.factors.items()
        found.setdefault(function.data, []).append((int(second.coefficient), right))
    return found


_COMPLEMENTS = _complements()
_OPPOSITES = _opposites()

Known = dict[Key, Term]
Step = Callable[[Views, Sum, Known], Sum | None]


def rewritten(views: Views, terms: Sum) -> Sum | None:
    """The terms with the first pair that cancels replaced; None where nothing is to be done."""
    known = {term.key: term for term in terms}
    for step in _STEPS:
        found = step(views, terms, known)
        if found is not None:
            return joined(found)
    return None


def _replaced(terms: Sum, gone: list[Term], fresh: list[Term]) -> Sum:
    """The terms without those of `gone` (by key), and with `fresh` at the place of the first."""
    keys = {term.key for term in gone}
    total: list[Term] = []
    for term in terms:
        if term.key in keys:
            total += fresh
            fresh = []
        else:
            total.append(term)
    return tuple(total)


def _calls(terms: Sum) -> Iterator[tuple[Term, Expr, int]]:
    for term in terms:
        for base, n in term.factors.items():
            if type(base) is Call and n > 0:
                yield term, base, n


def _complement(views: Views, terms: Sum, known: Known) -> Sum | None:
    for term, base, n in _calls(terms):
        for row in _COMPLEMENTS.get(base.data, ()):
            if n < row.power:
                continue
            rest = term.without(base, row.power)
            partner = known.get(rest.key)
            if partner is not None and partner is not term and partner.coefficient == row.constant * term.coefficient:
                places = ("u", "v")[: len(base.args)]
                value = template(row.value, places).fill(base.args)
                return _replaced(terms, [term, partner], [rest.times(views.term(value))])
    return None


def _softmax_complement(views: Views, terms: Sum, known: Known) -> Sum | None:
    for term, base, _ in _calls(terms):
        if base.data != "softmax" or ratio_of(base.args[0]) is None:
            continue
        rest = term.without(base)
        partner = known.get(rest.key)
        if partner is not None and partner is not term and partner.coefficient == -term.coefficient:
            k = base.args[0]
            others = [Number(j) for j in range(1, len(base.args)) if Number(j) is not k]
            fresh = [partner.times(views.term(call("softmax", j, *base.args[1:]))) for j in others]
            return _replaced(terms, [term, partner], fresh)
    return None


def _opposite(views: Views, terms: Sum, known: Known) -> Sum | None:
    for term, base, _ in _calls(terms):
        rest = term.without(base)
        for sign, value in _OPPOSITES.get(base.data, ()):
            for other, twin, _ in _calls(terms):
                if (
                    twin is not base
                    and twin.data == base.data
                    and other.coefficient == sign * term.coefficient
                    and other.without(twin).key == rest.key
                    and same(views.sum(base.args[0]), minus(views.sum(twin.args[0])))
                ):
                    fresh = [rest.times(part) for part in views.sum(template(value, ("u",)).fill(base.args))]
                    return _replaced(terms, [term, other], fresh)
    return None


def _exponential(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*e^L - w, and w*e^L ± w*e^(-L)."""
    for term in terms:
        if not term.exponent:
            continue
        rest = term.without_exponent()
        partner = known.get(rest.key)
        if partner is not None and partner.coefficient == -term.coefficient:
            value = Term(Fraction(1), [(call("expm1", write_sum(term.exponent)), 1)])
            return _replaced(terms, [term, partner], [rest.times(value)])
        partner = known.get(Term(Fraction(1), rest.factors.items(), minus(term.exponent)).key)
        if partner is not None and abs(partner.coefficient) == abs(term.coefficient):
            name = "cosh" if partner.coefficient == term.coefficient else "sinh"
            value = Term(Fraction(2), [(call(name, write_sum(term.exponent)), 1)])
            return _replaced(terms, [term, partner], [rest.times(value)])
    return None


_TARGETS = {
    "sigmoid": "(1 - y)*sigmoid(u) - y*sigmoid(-u)",
    "normal_cdf": "(1 - y)*normal_cdf(u) - y*normal_cdf(-u)",
}


def _target(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*f(u) - w*y with a symbol y, the label or target: it may be where f ends."""
    for term, base, n in _calls(terms):
        if base.data not in _TARGETS or n != 1:
            continue
        rest = term.without(base)
        for other in terms:
            y = _single_symbol(other, rest)
            if y is not None and y not in base.args and other.coefficient == -term.coefficient:
                value = template(_TARGETS[base.data], ("u", "y")).fill((base.args[0], y))
                return _replaced(terms, [term, other], [rest.times(part) for part in views.sum(value)])
    return None


def _single_symbol(term: Term, rest: Term) -> Symbol | None:
    """The symbol y where the term is rest*y, up to its number."""
    ratio = term.times(rest.to_the(-1))
    if ratio.exponent or len(ratio.factors) != 1:
        return None
    ((base, n),) = ratio.factors.items()
    return base if n == 1 and isinstance(base, Symbol) else None


def _softplus(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*softplus(u) - w*u, and w*softplus(u) - w*y*u with a symbol y."""
    for term, base, n in _calls(terms):
        if base.data != "softplus" or n != 1:
            continue
        (u,) = base.args
        line = views.sum(u)
        rest = term.without(base)
        # softplus(u) = u + softplus(-u): better where the terms of u are there to cancel
        partners = [known.get(rest.times(part).key) for part in line]
        if all(
            partner is not None and partner.coefficient == -term.coefficient * part.coefficient
            for partner, part in zip(partners, line, strict=True)
        ):
            value = Term(Fraction(1), [(call("softplus", write_sum(minus(line))), 1)])
            return _replaced(terms, [term, *[p for p in partners if p is not None]], [rest.times(value)])
        whole = views.term(u)
        for other in terms:
            y = _single_symbol(other, rest.times(whole)) if other is not term else None
            if y is None:
                continue
            sign = -other.coefficient / (term.coefficient * whole.coefficient)
            if abs(sign) == 1:
                # softplus(u) - s*y*u = (1 - s*y)*softplus(u) + s*y*softplus(-u)
                target = Term(sign, [(y, 1)])
                left = write_sum((UNIT, target.scaled(-1)))
                fresh = [
                    rest.times(Term(Fraction(1), [(left, 1), (base, 1)])),
                    rest.times(target).times(Term(Fraction(1), [(call("softplus", write_sum(minus(line))), 1)])),
                ]
                return _replaced(terms, [term, other], fresh)
    return None


def _sigmoids(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*sigmoid(u) - w*sigmoid(v)."""
    for term, base, n in _calls(terms):
        if base.data != "sigmoid" or n != 1:
            continue
        rest = term.without(base)
        for other, twin, m in _calls(terms):
            if (
                twin.data == "sigmoid"
                and twin is not base
                and m == 1
                and other.coefficient == -term.coefficient
                and other.without(twin).key == rest.key
            ):
                value = template("tanh((u - v)/2)*(sigmoid(u)*sigmoid(-v) + sigmoid(v)*sigmoid(-u))", ("u", "v")).fill(
                    (base.args[0], twin.args[0])
                )
                return _replaced(terms, [term, other], [rest.times(views.term(value))])
    return None


def _relative_entropy(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*sigmoid(u)*(softplus(-v) - softplus(-u)) + w*sigmoid(-u)*(softplus(v) - softplus(u))."""
    found = [
        (term, base, gap)
        for term, base, n in _calls(terms)
        if n == 1 and base.data == "sigmoid"
        for gap, m in term.factors.items()
        if m == 1 and type(gap) in (Add, Sub)
    ]
    for term, base, gap in found:
        u = views.sum(base.args[0])
        v = _other_of_divergence(views, views.sum(gap), minus(u))
        if v is None:
            continue
        rest = term.without(base).without(gap)
        for other, twin, second in found:
            if (
                same(views.sum(twin.args[0]), minus(u))
                and other.coefficient == term.coefficient
                and other.without(twin).without(second).key == rest.key
            ):
                w = _other_of_divergence(views, views.sum(second), u)
                if w is not None and same(w, minus(v)):
                    value = call("bernoulli_kl", base.args[0], write_sum(minus(v)))
                    return _replaced(terms, [term, other], [rest.times(Term(Fraction(1), [(value, 1)]))])
    return None


def _other_of_divergence(views: Views, gap: Sum, u: Sum) -> Sum | None:
    """v where the gap is softplus(v) - softplus(u)."""
    if len(gap) != 2 or {term.coefficient for term in gap} != {1, -1}:
        return None
    values: dict[int, Sum] = {}
    for term in gap:
        ((base, n),) = term.factors.items() if len(term.factors) == 1 else ((term, 0),)
        if n != 1 or type(base) is not Call or base.data != "softplus" or term.exponent:
            return None
        values[int(term.coefficient)] = views.sum(base.args[0])
    return values[1] if same(values[-1], u) else None


def _log_sum_exp(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*logsumexp(…, a, …) - w*a."""
    for term, base, n in _calls(terms):
        if base.data != "logsumexp" or n != 1:
            continue
        rest = term.without(base)
        for k, arg in enumerate(base.args, 1):
            line = views.sum(arg)
            partners = [known.get(rest.times(part).key) for part in line]
            if line and all(
                partner is not None and partner.coefficient == -term.coefficient * part.coefficient
                for partner, part in zip(partners, line, strict=True)
            ):
                value = Term(Fraction(-1), [(call("log_softmax", Number(k), *base.args), 1)])
                return _replaced(terms, [term, *[p for p in partners if p is not None]], [rest.times(value)])
    return None


def _roots(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*sqrt(a) - w*sqrt(b), and w*hypot(a, b) - w*a."""
    for term, base, n in _calls(terms):
        if n != 1 or base.data not in ("sqrt", "hypot"):
            continue
        rest = term.without(base)
        if base.data == "sqrt":
            for other, twin, _ in _calls(terms):
                if (
                    twin is not base
                    and twin.data == "sqrt"
                    and other.coefficient == -term.coefficient
                    and other.without(twin).key == rest.key
                ):
                    gap = joined([*views.sum(base.args[0]), *minus(views.sum(twin.args[0]))])
                    below = Add(base, twin)
                    above = gap if len(gap) == 1 else (Term(Fraction(1), [(write_sum(gap), 1)]),)
                    fresh = [rest.times(part).times(Term(Fraction(1), [(below, -1)])) for part in above]
                    return _replaced(terms, [term, other], fresh)
            continue
        for a, b in (base.args, base.args[::-1]):
            part = views.term(a)
            partner = known.get(rest.times(part).key)
            if (
                partner is None
                or partner is term
                or abs(partner.coefficient) != abs(term.coefficient * part.coefficient)
            ):
                continue
            sign = -partner.coefficient / (term.coefficient * part.coefficient)  # hypot - sign*a
            away = ratio_of(a)
            if sign < 0:
                continue  # hypot + 1 cancels nowhere, hypot + u is for the logarithm around it
            size = a if away is not None and away[0] > 0 else call("abs", a)
            fresh = [rest.times(Term(Fraction(1), [(b, 1), (Div(b, Add(base, size)), 1)]))]
            if type(size) is Call and size is not a:
                fresh += [rest.times(Term(Fraction(1), [(Sub(size, a), 1)]))]
            return _replaced(terms, [term, partner], fresh)
    return None


SMALL = 200  # nodes of a part that a proof is tried for


def _is_positive(node: Expr) -> bool:
    return has_at_most(SMALL, node) and is_positive(node)


def _powers(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*u^v - w, where v is no number and u proved positive: w*expm1(v*ln(u))."""
    for term in terms:
        for base, n in term.factors.items():
            if n != 1 or type(base) is not Pow or base.args[0] is E or ratio_of(base.args[1]) is not None:
                continue
            rest = term.without(base)
            partner = known.get(rest.key)
            if partner is not None and partner.coefficient == -term.coefficient and _is_positive(base.args[0]):
                value = template("expm1(v*ln(u))", ("u", "v")).fill(base.args)
                return _replaced(terms, [term, partner], [rest.times(Term(Fraction(1), [(value, 1)]))])
    return None


def _added_leg(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*hypot(u, c) ± w*u, c a positive number: w*c*e^(±asinh(u/c)), where the two may cancel."""
    for term, base, n in _calls(terms):
        if base.data != "hypot" or n != 1:
            continue
        rest = term.without(base)
        for leg, c in (base.args, base.args[::-1]):
            beside = rest.times(views.term(leg))
            other = known.get(beside.key)
            if other is None or abs(other.coefficient) != abs(beside.coefficient):
                continue
            if has_at_most(SMALL, leg, c) and free_symbols(leg) and not free_symbols(c) and is_positive(c):
                size = views.term(c)
                angle = views.term(leg).times(size.to_the(-1)).scaled(other.coefficient / beside.coefficient)
                exponent = Term(Fraction(1), [(call("asinh", write_sum((angle,))), 1)])
                return _replaced(terms, [term, other], [rest.times(size).times(Term(Fraction(1), (), [exponent]))])
    return None


def _squares(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*a^2 - w*b^2 with two bases."""
    squares = [(term, base) for term in terms for base, n in term.factors.items() if n == 2]
    for term, base in squares:
        rest = term.without(base, 2)
        for other, twin in squares:
            if twin is not base and other.coefficient == -term.coefficient and other.without(twin, 2).key == rest.key:
                down, up = Sub(base, twin), Add(base, twin)
                gap = views.sum(down)
                if len(terms) > 2 and len(gap) > 1:
                    continue
                fresh = (
                    [rest.times(Term(Fraction(1), [(up, 1)])).times(part) for part in gap]
                    if len(gap) == 1
                    else [rest.times(Term(Fraction(1), [(down, 1), (up, 1)]))]
                )
                return _replaced(terms, [term, other], fresh)
    return None


def _multiplied_out(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w*(a + b) - w*a: brackets opened where terms cancel."""
    opened: list[Term] = []
    for term in terms:
        inside = next((base for base, n in term.factors.items() if n == 1 and type(base) in (Add, Sub)), None)
        if inside is None:
            opened.append(term)
        else:
            rest = term.without(inside)
            opened += [rest.times(part) for part in views.sum(inside)]
        if len(opened) > LONG:
            return None
    total = joined(opened)
    return total if len(total) < len(terms) else None


def _reciprocals(views: Views, terms: Sum, known: Known) -> Sum | None:
    """w/a - w/b where b - a is short."""
    below = [(term, base) for term in terms for base, n in term.factors.items() if n == -1]
    for term, base in below:
        rest = term.without(base, -1)
        for other, twin in below:
            if twin is not base and other.coefficient == -term.coefficient and other.without(twin, -1).key == rest.key:
                a, b = views.sum(base), views.sum(twin)
                gap = joined([*b, *minus(a)])
                if len(gap) < max(len(a), len(b)):
                    quotient = Div(write_sum(gap), twin)
                    return _replaced(terms, [term, other], [rest.times(Term(Fraction(1), [(quotient, 1), (base, -1)]))])
    return None


_STEPS: tuple[Step, ...] = (
    _opposite, _complement, _softmax_complement, _exponential, _softplus, _log_sum_exp, _target, _relative_entropy,
    _sigmoids, _powers, _added_leg, _multiplied_out, _roots, _squares, _reciprocals, over_one_denominator,
)  # fmt: skip
