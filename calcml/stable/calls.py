"""Functions of something that over- or underflows, or cancels, although the function's value does not.

Logarithms of products, sums of exponentials and differences; roots of sums of squares; exponentials of logarithms.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt

from calcml import functions
from calcml.build import neg
from calcml.expr import ONE, Add, Call, Expr, Neg, Number, Sub, make
from calcml.signs import is_positive
from calcml.stable.products import exponents_of, is_exponential_sum
from calcml.stable.rules import COMPOSITIONS
from calcml.stable.views import Sum, Term, Views, call, joined, minus, number, same, scaled, write_sum, write_term
from calcml.templates import template


def _compositions() -> dict[tuple[str, str], str]:
    found = {}
    for row in COMPOSITIONS:
        left, right = row.sides
        outer = template(left, ("u",)).expr
        found[outer.data, outer.args[0].data if type(outer.args[0]) is Call else ""] = right
    return found


_COMPOSITIONS = _compositions()


def rewritten(views: Views, node: Expr) -> Expr | None:
    """The call written in another way; None where nothing is to be done."""
    if len(node.args) == 1:
        (inner,) = node.args
        spec = functions.find(node.data)
        if type(inner) is Neg and spec is not None and spec.parity:
            turned: Expr = make(Call, node.data, inner.args)
            return neg(turned) if spec.parity == "odd" else turned
        value = _COMPOSITIONS.get((node.data, ""))
        if value is not None:
            return template(value, ("u",)).fill(node.args)
        if type(inner) is Call and len(inner.args) == 1:
            value = _COMPOSITIONS.get((node.data, inner.data))
            if value is not None:
                return template(value, ("u",)).fill(inner.args)
    step = _BY_NAME.get(node.data)
    return None if step is None else step(views, node)


# ---- logarithms ------------------------------------------------------------------------------------------------------

# positive functions whose logarithm has a name of its own
_LOGARITHMS = {
    outer_inner[1]: value for outer_inner, value in _COMPOSITIONS.items() if outer_inner[0] == "ln" and outer_inner[1]
}
_POSITIVE = frozenset(_LOGARITHMS) - {"expm1", "gamma", "factorial"}


def _ln(views: Views, node: Expr) -> Expr | None:
    (u,) = node.args
    term = views.term(u)
    if term.coefficient <= 0 and not _is_minus_expm1(term):
        return None
    return _ln_of_factors(views, term) or _ln_of_quotient(views, term) or _ln_of_power(term) or _ln_of_sum(views, u)


def _is_minus_expm1(term: Term) -> bool:
    return term.coefficient < 0 and any(
        type(base) is Call and base.data == "expm1" and n % 2 for base, n in term.factors.items()
    )


def _ln_of_factors(views: Views, term: Term) -> Expr | None:
    """Exponentials, and positive functions whose logarithm has a name, taken out of a product."""
    parts: list[Term] = list(term.exponent)
    rest = Term(abs(term.coefficient), term.factors.items())
    sign = 1 if term.coefficient > 0 else -1
    for base, n in term.factors.items():
        value: Expr | None = None
        if type(base) is Call and base.data in _POSITIVE:
            value = template(_LOGARITHMS[base.data], ("u",)).fill(base.args)
        elif type(base) is Call and base.data == "softmax":
            value = call("log_softmax", *base.args)
        elif type(base) is Call and base.data == "expm1" and n % 2 and len(term.factors) == 1:
            # the whole is positive, so the sign in front says on which side of 0 the argument is
            (u,) = base.args
            value = call("log_expm1", u) if sign > 0 else call("log1mexp", write_sum(minus(views.sum(u))))
            sign = 1
        elif type(base) in (Add, Sub) and is_exponential_sum(views.sum(base)):
            value = _ln_of_exponentials(views.sum(base))
        if value is not None:
            parts += scaled(views.sum(value), n)
            rest = rest.without(base, n)
    if sign < 0 or not parts:
        return None
    if not rest.is_number or rest.coefficient != 1:
        parts.append(Term(Fraction(1), [(call("ln", write_term(rest)), 1)]))
    return write_sum(joined(parts))


def _ln_of_exponentials(terms: Sum) -> Expr:
    exponents = exponents_of(terms)
    first = terms[0].coefficient
    alike = all(term.coefficient == first for term in terms)
    if len(terms) == 2 and not all(exponents):
        (moving,) = [exponent for exponent in exponents if exponent]
        value = call("softplus", write_sum(moving))
    else:
        value = call("logsumexp", *[write_sum(exponent) for exponent in exponents])
    return value if not alike or first == 1 else Add(value, call("ln", number(first)))


def _ln_of_quotient(views: Views, term: Term) -> Expr | None:
    """ln((c + u)/(c - u)) and ln(u/(1 - u))."""
    if term.coefficient != 1 or sorted(term.factors.values()) != [-1, 1] or term.exponent:
        return None
    (top,) = [base for base, n in term.factors.items() if n == 1]
    (bottom,) = [base for base, n in term.factors.items() if n == -1]
    below = views.sum(bottom)
    if same(below, joined([Term(Fraction(1)), *minus(views.sum(top))])):
        return call("logit", top)
    above = views.sum(top)
    half_sum = scaled(joined([*above, *below]), Fraction(1, 2))
    if len(half_sum) == 1 and half_sum[0].is_number and half_sum[0].coefficient > 0:
        half_gap = scaled(joined([*above, *minus(below)]), Fraction(1, 2) / half_sum[0].coefficient)
        return template("2*atanh(u)", ("u",)).fill((write_sum(half_gap),))
    return None


def _ln_of_power(term: Term) -> Expr | None:
    """ln of a single power or root."""
    if term.coefficient != 1 or len(term.factors) != 1 or term.exponent:
        return None
    ((base, n),) = term.factors.items()
    if type(base) is Call and base.data == "sqrt":
        return template(f"({n}/2)*ln(u)", ("u",)).fill(base.args)
    if type(base) is Call and base.data == "hypot" and ONE in base.args:
        (u,) = [arg for arg in base.args if arg is not ONE][:1] or [ONE]
        return template(f"({n}/2)*log1p(u^2)", ("u",)).fill((u,))
    if n in (0, 1):
        return None
    return template(f"({n})*ln(abs(u))" if n % 2 == 0 else f"({n})*ln(u)", ("u",)).fill((base,))


def _ln_of_sum(views: Views, u: Expr) -> Expr | None:
    if type(u) not in (Add, Sub):
        return None
    terms = views.sum(u)
    if is_exponential_sum(terms):
        return _ln_of_exponentials(terms)
    area = _area_sine(views, terms)
    if area is not None:
        return area
    constant = next((term for term in terms if term.is_number), None)
    if constant is not None and constant.coefficient == 1 and len(terms) > 1:
        return call("log1p", write_sum(tuple([term for term in terms if term is not constant])))
    return None


def _area_sine(views: Views, terms: Sum) -> Expr | None:
    """ln(u + hypot(c, u)), c a positive number."""
    for term in terms:
        if term.coefficient != 1 or len(term.factors) != 1 or term.exponent:
            continue
        ((base, n),) = term.factors.items()
        if n != 1 or type(base) is not Call or base.data != "hypot":
            continue
        rest = tuple([other for other in terms if other is not term])
        for c, u in (base.args, base.args[::-1]):
            constant = views.term(c)
            if constant.is_number and constant.coefficient > 0 and same(rest, views.sum(u)):
                value = call("asinh", write_sum(scaled(rest, 1 / constant.coefficient)))
                return value if constant.coefficient == 1 else Add(value, call("ln", c))
    return None


def _log1p(views: Views, node: Expr) -> Expr | None:
    """log1p(u) where 1 + u has a shorter form, or is a sum of exponentials."""
    (u,) = node.args
    terms = joined([Term(Fraction(1)), *views.sum(u)])
    if is_exponential_sum(terms):
        return _ln_of_exponentials(terms)
    if len(terms) == 1 and not terms[0].is_number:
        return call("ln", write_sum(terms))
    from calcml.stable.sums import rewritten as shorter

    found = shorter(views, terms)
    return call("ln", write_sum(found)) if found is not None and len(found) == 1 else None


def _ln_with_base(views: Views, node: Expr) -> Expr | None:
    """log2, log10 and log to a base, where the natural logarithm would be written in another way."""
    if rewritten(views, make(Call, "ln", node.args[:1])) is None:
        return None
    base = node.args[1] if node.data == "log" else Number(int(node.data[3:]))
    return template("ln(u)/ln(b)", ("u", "b")).fill((node.args[0], base))


# ---- roots -----------------------------------------------------------------------------------------------------------


def _sqrt(views: Views, node: Expr) -> Expr | None:
    (u,) = node.args
    terms = views.sum(u)
    if len(terms) > 1:
        legs = [_leg(term) for term in terms]
        if all(leg is not None for leg in legs) and any(term.factors for term in terms):
            total = legs[0]
            for leg in legs[1:]:
                total = call("hypot", total, leg)  # type: ignore[arg-type]
            return total
        return None
    if len(terms) == 1 and terms[0].coefficient > 0:
        term = terms[0]
        even = [(base, int(n / 2)) for base, n in term.factors.items() if abs(n) > 1]
        if not even and not term.exponent:
            return None
        odd = [(base, n % 2 if n > 0 else -(n % 2)) for base, n in term.factors.items()]
        rest = Term(term.coefficient, odd)
        out = [call("abs", base) if n % 2 and not _is_alone(base, rest) else base for base, n in even]
        front = Term(Fraction(1), zip(out, [n for _, n in even], strict=True), scaled(term.exponent, Fraction(1, 2)))
        root = _root_of_number(rest.coefficient) if rest.is_number else None
        return write_term(front.times(root or Term(Fraction(1), [(call("sqrt", write_term(rest)), 1)])))
    return None


def _is_alone(base: Expr, rest: Term) -> bool:
    """Whether a root of rest says that the base is positive, as that of u^3 does."""
    return base in rest.factors and all(other is base or is_positive(other) for other in rest.factors)


def _root_of_number(value: Fraction) -> Term | None:
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    return Term(Fraction(top, bottom)) if Fraction(top * top, bottom * bottom) == value else None


def _leg(term: Term) -> Expr | None:
    """The number whose square a term is, seen from its form."""
    if term.coefficient <= 0 or any(n % 2 for n in term.factors.values()):
        return None
    if term.exponent and term.factors:
        return None
    root = _root_of_number(term.coefficient) or Term(Fraction(1), [(call("sqrt", number(term.coefficient)), 1)])
    halves = Term(
        Fraction(1), [(base, n // 2) for base, n in term.factors.items()], scaled(term.exponent, Fraction(1, 2))
    )
    return write_term(root.times(halves))


_ROOT_OF_TWO = call("sqrt", Number(2))


def _erfc(views: Views, node: Expr) -> Expr | None:
    """erfc(u/sqrt(2)), the tail of the normal distribution."""
    term = views.term(node.args[0])
    if term.factors.get(_ROOT_OF_TWO) != -1:
        return None
    return template("2*normal_cdf(-u)", ("u",)).fill((write_term(term.without(_ROOT_OF_TWO, -1)),))


# ---- exponentials ----------------------------------------------------------------------------------------------------


def _exp(views: Views, node: Expr) -> Expr | None:
    """Whole multiples of logarithms taken out of the exponent."""
    (u,) = node.args
    front = Term(Fraction(1))
    rest: list[Term] = []
    for term in views.sum(u):
        found = _power_of(views, term)
        if found is None:
            rest.append(term)
        else:
            front = front.times(found)
    if len(rest) == len(views.sum(u)):
        return None
    return write_term(front.times(Term(Fraction(1), (), rest)))


def _power_of(views: Views, term: Term) -> Term | None:
    if len(term.factors) != 1 or term.exponent or term.coefficient.denominator != 1:
        return None
    ((base, m),) = term.factors.items()
    n = int(term.coefficient)
    if m != 1 or type(base) is not Call or abs(n) > 8:
        return None
    if base.data == "ln":
        return views.term(base.args[0]).to_the(n)
    if base.data == "softplus" and n < 0:
        return Term(Fraction(1), [(call("sigmoid", write_sum(minus(views.sum(base.args[0])))), -n)])
    if base.data == "log_softmax":
        return Term(Fraction(1), [(call("softmax", *base.args), n)])
    if base.data == "logsumexp" and n < 0:
        share = Term(Fraction(1), [(call("softmax", ONE, *base.args), 1)], minus(views.sum(base.args[0])))
        return share.to_the(-n)
    if base.data == "log_normal_cdf":
        return Term(Fraction(1), [(call("normal_cdf", *base.args), n)])
    return None


_BY_NAME: dict[str, Callable[[Views, Expr], Expr | None]] = {
    "ln": _ln,
    "log1p": _log1p,
    "log2": _ln_with_base,
    "log10": _ln_with_base,
    "log": _ln_with_base,
    "sqrt": _sqrt,
    "exp": _exp,
    "erfc": _erfc,
}
