"""Products and sums as the stable rewriting looks at them: flattened, like factors and like terms joined.

A term is a number times factors base^n with whole n, times one exponential e^L whose exponent L is a sum of terms
again: e^x*e^(-2x)/(1 + y) is the term (1 + y)^(-1)*e^(-x). Nothing is multiplied out. Views are kept for every node
that was looked at, and what is long is not looked into, so that looking costs little however large the graph is.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from calcml.build import add_all, mul_all, neg, power
from calcml.expr import (
    ONE,
    ZERO,
    Add,
    Call,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Pow,
    Sub,
    Symbol,
    make,
    make2,
    ratio_of,
    rational,
)

LONG = 24  # factors or terms: what has more is one piece
DEEPEST = 6  # exponentials in exponents: what holds more is one piece
LARGEST_POWER = 64
_BITS = 1000  # of numerator and denominator of a number that is calculated with

Key = tuple[frozenset[tuple[Expr, int]], frozenset[tuple[Any, Fraction]]]


class Term:
    """coefficient * factors * e^exponent; two terms with equal `key` are alike."""

    __slots__ = ("coefficient", "depth", "exponent", "factors", "key")

    def __init__(
        self, coefficient: Fraction, factors: Iterable[tuple[Expr, int]] = (), exponent: Iterable[Term] = ()
    ) -> None:
        self.coefficient = coefficient
        self.factors = {base: n for base, n in factors if n}
        self.exponent = tuple([term for term in exponent if term.coefficient])
        self.depth: int = 1 + max([term.depth for term in self.exponent]) if self.exponent else 0
        self.key: Key = (
            frozenset(self.factors.items()),
            frozenset([(term.key, term.coefficient) for term in self.exponent]),
        )

    def times(self, other: Term) -> Term:
        """The product of two terms."""
        factors = dict(self.factors)
        for base, n in other.factors.items():
            factors[base] = factors.get(base, 0) + n
        exponent = joined([*self.exponent, *other.exponent]) if other.exponent else self.exponent
        return Term(self.coefficient * other.coefficient, factors.items(), exponent)

    def to_the(self, n: int) -> Term:
        """The term to a whole power."""
        factors = [(base, n * m) for base, m in self.factors.items()]
        return Term(self.coefficient**n, factors, [term.scaled(n) for term in self.exponent])

    def scaled(self, number: Fraction | int) -> Term:
        """The term times a number."""
        return Term(self.coefficient * number, self.factors.items(), self.exponent)

    def without(self, base: Expr, n: int = 1) -> Term:
        """The term divided by base^n."""
        factors = dict(self.factors)
        factors[base] = factors.get(base, 0) - n
        return Term(self.coefficient, factors.items(), self.exponent)

    def without_exponent(self) -> Term:
        """The term divided by its exponential."""
        return Term(self.coefficient, self.factors.items())

    @property
    def is_number(self) -> bool:
        """Whether there are no factors."""
        return not self.factors and not self.exponent


Sum = tuple[Term, ...]
UNIT = Term(Fraction(1))


def joined(terms: Iterable[Term]) -> Sum:
    """Like terms added; those that cancel are gone."""
    found: dict[Key, Term] = {}
    for term in terms:
        known = found.get(term.key)
        found[term.key] = (
            term if known is None else Term(known.coefficient + term.coefficient, known.factors.items(), known.exponent)
        )
    return tuple([term for term in found.values() if term.coefficient])


def same(a: Sum, b: Sum) -> bool:
    """Whether two sums have the same terms."""
    return len(a) == len(b) and {t.key: t.coefficient for t in a} == {t.key: t.coefficient for t in b}


def minus(a: Sum) -> Sum:
    """The sum with all signs changed."""
    return scaled(a, -1)


def scaled(a: Sum, number: Fraction | int) -> Sum:
    """The sum times a number."""
    return tuple([term.scaled(number) for term in a])


class Views:
    """The views of nodes, each computed once."""

    def __init__(self) -> None:
        self._terms: dict[Expr, Term] = {}
        self._sums: dict[Expr, Sum] = {}

    def term(self, node: Expr) -> Term:
        """The node as one term."""
        found = self._terms.get(node)
        if found is None:
            found = self._terms[node] = self._term(node)
        return found

    def _term(self, node: Expr) -> Term:
        head = type(node)
        ratio = ratio_of(node)
        if ratio is not None and max(abs(ratio[0]).bit_length(), ratio[1].bit_length()) < _BITS:
            return Term(Fraction(*ratio))
        if node.shape:
            return Term(Fraction(1), [(node, 1)])
        if head is Neg:
            return self.term(node.args[0]).scaled(-1)
        if head is Mul and len(node.args) <= LONG:
            total = UNIT
            for arg in node.args:
                total = total.times(self.term(arg))
            if _is_short(total):
                return total
        elif head is Div:
            below = self.term(node.args[1])
            if below.coefficient:
                total = self.term(node.args[0]).times(below.to_the(-1))
                if _is_short(total):
                    return total
        elif head is Pow:
            base, n = node.args
            power_of = ratio_of(n)
            if base is E:
                return self._exponential(node, n)
            if power_of is not None and power_of[1] == 1 and 0 < abs(power_of[0]) <= LARGEST_POWER:
                below = self.term(base)
                if below.coefficient and len(below.factors) <= 4:
                    total = below.to_the(power_of[0])
                    if _is_short(total):
                        return total
            if power_of is not None and power_of[1] == 2 and abs(power_of[0]) <= LARGEST_POWER:
                return Term(Fraction(1), [(make(Call, "sqrt", (base,)), power_of[0])])
        elif head is Call and node.data == "exp":
            return self._exponential(node, node.args[0])
        elif head is Add or head is Sub:
            terms = self.sum(node)
            if not terms:
                return Term(Fraction(0))
            if len(terms) == 1:
                return terms[0]
        return Term(Fraction(1), [(node, 1)])

    def _exponential(self, node: Expr, exponent: Expr) -> Term:
        """e^exponent; one factor where towers of exponentials would be written out again and again."""
        terms = self.sum(exponent)
        if any(term.depth >= DEEPEST for term in terms):
            return Term(Fraction(1), [(node, 1)])
        return Term(Fraction(1), (), terms)

    def sum(self, node: Expr) -> Sum:
        """The node as a sum of terms."""
        found = self._sums.get(node)
        if found is None:
            found = self._sums[node] = self._sum(node)
        return found

    def _sum(self, node: Expr) -> Sum:
        head = type(node)
        if node.shape:
            return (Term(Fraction(1), [(node, 1)]),)
        if head is Neg:
            return minus(self.sum(node.args[0]))
        if head is Add or head is Sub:
            parts: list[Term] = []
            for i, arg in enumerate(node.args):
                terms = self.sum(arg)
                if len(parts) + len(terms) > LONG:
                    return (Term(Fraction(1), [(node, 1)]),)
                parts += minus(terms) if head is Sub and i else terms
            return joined(parts)
        if head is Mul or head is Div:
            # a number in front of a bracket goes into it
            number, rest = Fraction(1), None
            for i, arg in enumerate(node.args):
                ratio = ratio_of(arg)
                if ratio is not None and not (i and head is Div and not ratio[0]):
                    number = number / Fraction(*ratio) if i and head is Div else number * Fraction(*ratio)
                elif rest is None and not (i and head is Div):
                    rest = arg
                else:
                    break
            else:
                if rest is not None and type(rest) in (Add, Sub, Neg, Mul, Div):
                    return scaled(self.sum(rest), number)
        term = self.term(node)
        if term.is_number and not term.coefficient:
            return ()
        only = next(iter(term.factors.items()), None)
        if (
            only is not None
            and len(term.factors) == 1
            and only[1] == 1
            and not term.exponent
            and only[0] is not node
            and type(only[0]) in (Add, Sub)
        ):
            return scaled(self.sum(only[0]), term.coefficient)
        return (term,)


def _is_short(term: Term) -> bool:
    number = term.coefficient
    return (
        max(len(term.factors), len(term.exponent)) <= LONG
        and max(number.numerator.bit_length(), number.denominator.bit_length()) < _BITS
    )


# ---- back to expressions -------------------------------------------------------------------------------------------


def number(value: Fraction) -> Expr:
    """The exact number as an expression."""
    return rational(value.numerator, value.denominator)


def write_term(term: Term) -> Expr:
    """The term as a quotient of products, squares over squares as squares of quotients."""
    if not term.coefficient:
        return ZERO
    above: list[Expr] = []
    below: list[Expr] = []
    up = {base: n for base, n in term.factors.items() if n > 0}
    down = {base: -n for base, n in term.factors.items() if n < 0}
    for top in up:  # (u/v)^2 where u^2/v^2 might be 0/0 or inf/inf
        for bottom in down:
            n = min(up[top], down[bottom])
            if n >= 2:
                above.append(power(make2(Div, top, bottom), rational(n)))
                up[top], down[bottom] = up[top] - n, down[bottom] - n
    above += [power(base, rational(n)) for base, n in up.items() if n]
    # a square below the line may be 0 or infinite where the quotient is neither: one division at a time
    again = [base for base, n in down.items() if n in (2, 3) and isinstance(base, (Symbol, Call)) for _ in range(n - 1)]
    below += [power(base, rational(1 if base in again else n)) for base, n in down.items() if n]
    if term.exponent:
        above.append(make(Call, "exp", (write_sum(term.exponent),)))
    value = abs(term.coefficient)
    if value.numerator != 1:
        above.insert(0, rational(value.numerator))
    if value.denominator != 1:
        if below:
            below.insert(0, rational(value.denominator))
        else:
            above = [rational(value.numerator, value.denominator), *above[value.numerator != 1 :]]
    top_part = ONE if not above else above[0] if len(above) == 1 else make(Mul, None, tuple(above))
    bottom_part = None if not below else below[0] if len(below) == 1 else make(Mul, None, tuple(below))
    result: Expr = top_part if bottom_part is None else make2(Div, top_part, bottom_part)
    for base in again:
        result = make2(Div, result, base)
    return neg(result) if term.coefficient < 0 else result


def write_sum(terms: Sum) -> Expr:
    """The sum as an expression."""
    if not terms:
        return ZERO
    return add_all([write_term(term) for term in terms])


def product(*parts: Expr) -> Expr:
    """The product of expressions, numbers folded."""
    return mul_all(list(parts))


def call(name: str, *args: Expr) -> Expr:
    """A function of the table, by its canonical name."""
    result: Expr = make(Call, name, args)
    return result
