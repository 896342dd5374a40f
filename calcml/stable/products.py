"""Products and quotients in which one factor over- or underflows where another makes up for it.

Each function looks at a term and returns an expression equal to it, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod

from calcml.build import power
from calcml.expr import Add, Call, E, Expr, Neg, Number, Pow, Sub, Symbol, ratio_of
from calcml.stable.rules import PRODUCTS
from calcml.stable.views import (
    Sum,
    Term,
    Views,
    call,
    joined,
    minus,
    number,
    same,
    scaled,
    write_sum,
    write_term,
)
from calcml.templates import template

DISTRIBUTED = 8  # terms of a numerator that is divided by a sum of exponentials


def size(terms: Sum) -> Fraction:
    """How much an exponent moves: the sum of its coefficients, numbers aside."""
    return sum([abs(term.coefficient) for term in terms if not term.is_number], Fraction(0))


def is_exponential_sum(terms: Sum) -> bool:
    """Whether a sum has positive numbers times exponentials as its terms, such as 1 + 3e^x."""
    return (
        len(terms) > 1
        and all(term.coefficient > 0 and not term.factors for term in terms)
        and any(term.exponent for term in terms)
    )


def exponents_of(terms: Sum) -> list[Sum]:
    """The exponents of a sum of exponentials, the numbers in front taken into them: 3e^x has ln 3 + x."""
    first = terms[0].coefficient
    alike = all(term.coefficient == first for term in terms)
    return [
        term.exponent
        if alike or term.coefficient == 1
        else (*term.exponent, Term(Fraction(1), [(call("ln", number(term.coefficient)), 1)]))
        for term in terms
    ]


def rewritten(views: Views, term: Term) -> Expr | None:
    """The term with one factor or pair of factors replaced; None where nothing is to be done."""
    for step in _STEPS:
        found = step(views, term)
        if found is not None:
            return found
    return None


def _sums(views: Views, term: Term) -> list[tuple[Expr, int, Sum]]:
    return [(base, n, views.sum(base)) for base, n in term.factors.items() if type(base) in (Add, Sub)]


def _distribute(views: Views, term: Term) -> Expr | None:
    """(e^a*v + e^b*w)/(e^a + e^b), and (u*v + w)/v: each term of the numerator by itself."""
    sums = _sums(views, term)
    for base, n, terms in sums:
        if n == 1 and len(terms) <= DISTRIBUTED and _meets(views, term, terms, sums):
            rest = term.without(base)
            return write_sum(joined([rest.times(part) for part in terms]))
    return None


def _meets(views: Views, term: Term, terms: Sum, sums: list[tuple[Expr, int, Sum]]) -> bool:
    """Whether a term of the numerator meets something of its own kind in the rest of the product."""
    if any(part.exponent for part in terms):
        if any(n < 0 and is_exponential_sum(below) for _, n, below in sums):
            return True
        for base in term.factors:
            if type(base) is Call and base.data == "sigmoid":
                u = views.sum(base.args[0])
                if any(part.exponent and size(joined([*part.exponent, *u])) < size(part.exponent) for part in terms):
                    return True
    # not by a sum: what cancels between the terms of the numerator would no longer do so
    below = [base for base, n in term.factors.items() if n < 0 and type(base) not in (Add, Sub)]
    legs = [leg for base in below if type(base) is Call and base.data == "hypot" for leg in base.args]
    return any(part.factors.get(base, 0) > 0 for part in terms for base in (*below, *legs))


def _reciprocal_of_exponentials(views: Views, term: Term) -> Expr | None:
    for base, n, terms in _sums(views, term):
        if n >= 0 or not is_exponential_sum(terms):
            continue
        exponents = exponents_of(terms)
        chosen = next((i for i, part in enumerate(terms) if not part.exponent), 0)
        if len(terms) == 2:
            gap = joined([*exponents[chosen], *minus(exponents[1 - chosen])])
            share = call("sigmoid", write_sum(gap))
        else:
            share = call("softmax", Number(chosen + 1), *[write_sum(part) for part in exponents])
        leading = Term(1 / terms[chosen].coefficient, [(share, 1)], minus(terms[chosen].exponent))
        return write_term(term.without(base, n).times(leading.to_the(-n)))
    return None


def _reciprocal_sigmoid(views: Views, term: Term) -> Expr | None:
    """1/sigmoid(v) is 1 + e^(-v), to be divided by the sigmoids above it."""
    above = [views.sum(base.args[0]) for base, n in term.factors.items() if n > 0 and _is_sigmoid(base)]
    for base, n in term.factors.items():
        if _is_sigmoid(base) and n < 0:
            v = views.sum(base.args[0])
            if not any(all(part.is_number for part in joined([*u, *minus(v)])) for u in above):
                continue
            whole = Add(Number(1), call("exp", write_sum(minus(views.sum(base.args[0])))))
            return write_term(term.without(base, n).times(Term(Fraction(1), [(whole, -n)])))
    return None


def _is_sigmoid(node: Expr) -> bool:
    return type(node) is Call and node.data == "sigmoid"


def _powers_of_one_base(views: Views, term: Term) -> Expr | None:
    """u^a*u^b/u^c as one power: (1 + x)^c over the square of (1 + x)^(c + 1) would be inf/inf."""
    exponents: dict[Expr, list[Term]] = {}
    members: dict[Expr, list[tuple[Expr, int]]] = {}
    for base, n in term.factors.items():
        is_power = _has_moving_exponent(base)
        below = base.args[0] if is_power else base
        exponents.setdefault(below, []).extend(scaled(views.sum(base.args[1]), n) if is_power else [Term(Fraction(n))])
        members.setdefault(below, []).append((base, n))
    for below, parts in members.items():
        if any(_has_moving_exponent(base) for base, _ in parts) and (len(parts) > 1 or parts[0][1] != 1):
            rest = term
            for base, n in parts:
                rest = rest.without(base, n)
            return write_term(rest.times(Term(Fraction(1), [(power(below, write_sum(joined(exponents[below]))), 1)])))
    return None


def _has_moving_exponent(node: Expr) -> bool:
    return type(node) is Pow and node.args[0] is not E and ratio_of(node.args[1]) is None


def _power_of_exponentials(views: Views, term: Term) -> Expr | None:
    """(1 + e^x)^c as e^(c*softplus(x)): the sum overflows where the product does not."""
    for base, n in term.factors.items():
        if _has_moving_exponent(base) and is_exponential_sum(views.sum(base.args[0])):
            logarithm = views.term(call("ln", base.args[0]))
            found = views.sum(base.args[1])
            if len(found) > 1:
                exponent = (Term(Fraction(n), [(base.args[1], 1)]).times(logarithm),)
            else:
                exponent = (found[0].times(logarithm).scaled(n),)
            return write_term(term.without(base, n).times(Term(Fraction(1), (), exponent)))
    return None


def _expm1_beside_tower(views: Views, term: Term) -> Expr | None:
    """e^L*expm1(u), where L holds an exponential itself: expm1(u) without what overflows in it."""
    if not any(part.exponent for part in term.exponent):
        return None
    for base, n in term.factors.items():
        if type(base) is Call and base.data == "expm1" and n == 1 and _may_be_positive(base.args[0]):
            value = template("-exp(max(u, 0))*sign(u)*expm1(-abs(u))", ("u",)).fill(base.args)
            return write_term(term.without(base).times(views.term(value)))
    return None


def _may_be_positive(u: Expr) -> bool:
    return not (type(u) is Neg and type(u.args[0]) is Call and u.args[0].data == "abs")


def _exponential_and_call(views: Views, term: Term) -> Expr | None:
    """e^L times a function that is itself an exponential at one end: the exponent is shortened."""
    if not term.exponent:
        return None
    before = size(term.exponent)
    for base, n in term.factors.items():
        if type(base) is not Call or base.data not in _ENDS:
            continue
        for number_of, exponent, fresh in _ENDS[base.data](views, base, n):
            shortened = joined([*term.exponent, *exponent])
            if size(shortened) < before:
                rest = Term(term.coefficient * number_of, term.factors.items(), shortened).without(base, n)
                return write_term(rest.times(fresh))
    return None


End = tuple[Fraction, Sum, Term]


def _sigmoid_end(views: Views, base: Expr, n: int) -> list[End]:
    # one factor at a time: sigmoid(u) = e^u*sigmoid(-u)
    if n <= 0:
        return []
    u = views.sum(base.args[0])
    twin = Term(Fraction(1), [(call("sigmoid", write_sum(minus(u))), 1), (base, n - 1)])
    return [(Fraction(1), u, twin)]


def _softmax_end(views: Views, base: Expr, n: int) -> list[End]:
    k = ratio_of(base.args[0])
    if n <= 0 or k is None:
        return []
    z = [views.sum(arg) for arg in base.args[1:]]
    here = z[k[0] - 1]
    return [
        (
            Fraction(1),
            joined([*here, *minus(other)]),
            Term(Fraction(1), [(call("softmax", Number(j), *base.args[1:]), 1), (base, n - 1)]),
        )
        for j, other in enumerate(z, 1)
        if j != k[0]
    ]


def _sech_end(views: Views, base: Expr, n: int) -> list[End]:
    # sech(u) = 2e^(-u)*sigmoid(2u) = 2e^u*sigmoid(-2u)
    if n <= 0:
        return []
    u = views.sum(base.args[0])
    return [
        (
            Fraction(2),
            scaled(u, -s),
            Term(Fraction(1), [(call("sigmoid", write_sum(scaled(u, 2 * s))), 1), (base, n - 1)]),
        )
        for s in (1, -1)
    ]


def _expm1_end(views: Views, base: Expr, n: int) -> list[End]:
    u = views.sum(base.args[0])
    # expm1(u) = 2e^(u/2)*sinh(u/2) = -e^u*expm1(-u)
    half = Term(Fraction(1), [(call("sinh", write_sum(scaled(u, Fraction(1, 2)))), n)])
    twin = Term(Fraction(1), [(call("expm1", write_sum(minus(u))), n)])
    found = [(Fraction((-1) ** n), scaled(u, n), twin)]
    if n % 2 == 0:
        found.insert(0, (Fraction(2) ** n, scaled(u, Fraction(n, 2)), half))
    return found


def _normal_cdf_end(views: Views, base: Expr, n: int) -> list[End]:
    # e^(-v^2/2)/Phi(v) = sqrt(2*pi)*hazard(-v); e^(v^2/2)*Phi(v) = erfcx(-v/sqrt 2)/2
    (v,) = base.args
    square = scaled((views.term(v).to_the(2),), Fraction(1, 2))
    if n < 0:
        hazard = template("sqrt(2*pi)*normal_hazard(-v)", ("v",)).fill((v,))
        return [(Fraction(1), square, views.term(hazard).times(Term(Fraction(1), [(base, n + 1)])))]
    scaled_tail = template("erfcx(-v/sqrt(2))/2", ("v",)).fill((v,))
    return [(Fraction(1), minus(square), views.term(scaled_tail).times(Term(Fraction(1), [(base, n - 1)])))]


_ENDS: dict[str, Callable[[Views, Expr, int], list[End]]] = {
    "sigmoid": _sigmoid_end,
    "softmax": _softmax_end,
    "sech": _sech_end,
    "expm1": _expm1_end,
    "normal_cdf": _normal_cdf_end,
}


def _products() -> list[tuple[tuple[str, int], tuple[str, int], int, str]]:
    """(function, power) of both factors, the sign of the second argument, and the value."""
    views = Views()
    found = []
    for row in PRODUCTS:
        left, right = row.sides
        first, second = views.term(template(left, ("u",)).expr).factors.items()
        u = views.sum(Symbol("u"))
        turn = 1 if same(views.sum(second[0].args[0]), u) else -1
        assert same(views.sum(first[0].args[0]), u), row.statement
        found.append(((first[0].data, first[1]), (second[0].data, second[1]), turn, right))
    return found


_PRODUCTS = _products()


def _pair_of_calls(views: Views, term: Term) -> Expr | None:
    calls = [base for base in term.factors if type(base) is Call and len(base.args) == 1]
    if len(calls) < 2:
        return None
    for (f, m), (g, n), turn, value in _PRODUCTS:
        for base in calls:
            if base.data != f or term.factors[base] * m <= 0:
                continue
            wanted = scaled(views.sum(base.args[0]), turn)
            for twin in calls:
                if twin.data != g or twin is base or term.factors[twin] * n <= 0:
                    continue
                found = views.sum(twin.args[0])
                sign = 1
                if not same(found, wanted):
                    # tanh and sinh are odd, cosh and sech even: either sign of the second argument serves
                    if g not in ("sech", "cosh", "tanh") or not same(found, minus(wanted)):
                        continue
                    sign = -1 if g == "tanh" else 1
                rest = term.without(base, m).without(twin, n)
                fresh = views.term(template(value, ("u",)).fill(base.args))
                return write_term(rest.times(fresh).scaled(sign))
    return None


_FLIPPED = {"cosh": ("sech", 1), "sech": ("cosh", 1)}


def _reciprocal_call(views: Views, term: Term) -> Expr | None:
    """1/cosh is sech, and 1/sech cosh."""
    for base, n in term.factors.items():
        if type(base) is Call and n < 0 and base.data in _FLIPPED:
            twin = call(_FLIPPED[base.data][0], *base.args)
            return write_term(term.without(base, n).times(Term(Fraction(1), [(twin, -n)])))
    return None


def _absolute(views: Views, term: Term) -> Expr | None:
    """u/|u| is sign(u), u*sign(u) is |u|, and |u|^2 is u^2."""
    for base, n in term.factors.items():
        if type(base) is not Call or base.data not in ("abs", "sign"):
            continue
        (u,) = base.args
        if base.data == "abs" and n % 2 == 0:
            return write_term(term.without(base, n).times(views.term(u).to_the(n)))
        whole = views.term(u)
        if len(whole.factors) == 1 and not whole.exponent and whole.coefficient > 0:
            ((v, m),) = whole.factors.items()
            have = term.factors.get(v, 0)
            if m == 1 and base.data == "abs" and n < 0 < have:
                return write_term(
                    term.without(base, -1).without(v).times(Term(1 / whole.coefficient, [(call("sign", v), 1)]))
                )
            if m == 1 and base.data == "sign" and n > 0 and have > 0:
                return write_term(term.without(base).without(v).times(Term(Fraction(1), [(call("abs", v), 1)])))
    return None


def _root_powers(views: Views, term: Term) -> Expr | None:
    """sqrt(2)^2 is 2."""
    for base, n in term.factors.items():
        if type(base) is Call and base.data == "sqrt" and abs(n) >= 2 and ratio_of(base.args[0]) is not None:
            half = n // 2 if n > 0 else -(-n // 2)
            return write_term(term.without(base, 2 * half).times(views.term(base.args[0]).to_the(half)))
    return None


def _direction(views: Views, term: Term) -> Expr | None:
    """u/hypot(u, v)."""
    for base, n in term.factors.items():
        if type(base) is not Call or base.data != "hypot" or n >= 0:
            continue
        for u, v in (base.args, base.args[::-1]):
            part = views.term(u)
            if part.is_number or part.exponent:
                continue
            if all(term.factors.get(factor, 0) * m > 0 for factor, m in part.factors.items()):
                rest = term.without(base, -1).times(part.to_the(-1))
                if len(rest.factors) < len(term.factors) or prod(map(abs, rest.factors.values())) <= prod(
                    map(abs, term.factors.values())
                ):
                    return write_term(rest.times(Term(Fraction(1), [(call("unit", u, v), 1)])))
    return None


def _softsign(views: Views, term: Term) -> Expr | None:
    """u/(c + k|u|), c and k positive numbers, is softsign(k*u/c)/k."""
    for base, n, terms in _sums(views, term):
        if n >= 0 or len(terms) != 2:
            continue
        constant, other = terms if terms[0].is_number else terms[::-1]
        if not constant.is_number or constant.coefficient <= 0 or other.coefficient <= 0 or other.exponent:
            continue
        ((size_of, m),) = other.factors.items() if len(other.factors) == 1 else (((base, 0),))
        if m != 1 or type(size_of) is not Call or size_of.data != "abs":
            continue
        part = views.term(size_of.args[0])
        if part.factors and not part.exponent and all(term.factors.get(f, 0) * k > 0 for f, k in part.factors.items()):
            rest = term.without(base, -1).times(part.to_the(-1))
            argument = write_term(part.scaled(other.coefficient / constant.coefficient))
            return write_term(rest.times(Term(1 / other.coefficient, [(call("softsign", argument), 1)])))
    return None


def _entropy(views: Views, term: Term) -> Expr | None:
    """u*ln(u) is xlogy(u, u), 0 at 0; and back where it is divided by u."""
    for base, n in term.factors.items():
        if type(base) is Call and base.data == "xlogy" and n == 1 and base.args[0] is base.args[1]:
            (u, _) = base.args
            part = views.term(u)
            if part.factors and all(term.factors.get(factor, 0) * m < 0 for factor, m in part.factors.items()):
                return write_term(term.without(base).times(part).times(Term(Fraction(1), [(call("ln", u), 1)])))
        if type(base) is Call and base.data == "ln" and n == 1:
            (u,) = base.args
            part = views.term(u)
            if (
                part.factors
                and not part.exponent
                and all(m > 0 and term.factors.get(factor, 0) >= m for factor, m in part.factors.items())
            ):
                rest = term.without(base).times(part.to_the(-1))
                return write_term(rest.times(Term(Fraction(1), [(call("xlogy", u, u), 1)])))
    return None


_STEPS = (
    _powers_of_one_base, _power_of_exponentials, _distribute, _reciprocal_of_exponentials, _reciprocal_sigmoid,
    _exponential_and_call, _reciprocal_call,
    _pair_of_calls, _absolute, _root_powers, _direction, _softsign, _entropy, _expm1_beside_tower,
)  # fmt: skip
