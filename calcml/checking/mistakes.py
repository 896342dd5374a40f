"""The classic mistakes in derivatives, each as a wrong rule, and finding the one that explains a claim.

A claim is explained by a mistake when applying the rules with that one mistake gives exactly the claim. Nothing is
guessed from how the claim looks: every candidate is computed, and compared with it by value and then as an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from calcml import build
from calcml.assumptions import Assumptions
from calcml.differentiation import CONDITIONS, forward
from calcml.equivalence import accepts
from calcml.errors import CalcmlError, NoRuleError
from calcml.evaluation import Program
from calcml.expr import ONE, TWO, ZERO, Add, Call, Div, E, Expr, Mul, Pow, Sub, ratio_of, rational
from calcml.rules.differentiation import rule_for
from calcml.traverse import count_nodes, replace, topological

MAX_NODES = 300  # of a function whose claims are explained
Differentials = list[Expr | None]
Show = Callable[[Expr], str]


class Wrong(NamedTuple):
    """A wrong derivative of a node, and what was done: a text with {u}, {v}, the parts it is about."""

    result: Expr
    says: str
    parts: tuple[Expr, ...] = ()


class Explanation(NamedTuple):
    """Why a claim is wrong: words, with the expressions that belong in their places, in order."""

    says: str
    parts: tuple[Expr, ...]

    def text(self, show: Show) -> str:
        """The sentence, its expressions in a format."""
        return self.says.format(*map(show, self.parts))


# ---- wrong rules -----------------------------------------------------------------------------------------------------


def _inner_forgotten(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) not in (Call, Pow):
        return
    active = [i for i, item in enumerate(d) if item is not None]
    if len(active) != 1 or d[active[0]] is ONE:
        return
    alone: Differentials = [ONE if item is not None else None for item in d]
    inner = node.args[active[0]]
    yield Wrong(
        rule_for(node, alone).apply(node, alone),
        "the chain rule: the inner derivative of {0}, which is {1}, is missing",
        (inner, d[active[0]]),  # type: ignore[arg-type]
    )


def _power(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) is not Pow:
        return
    u, n = node.args
    du, dn = d
    if du is not None and dn is None:
        yield Wrong(
            build.mul(n, build.mul(node, du)), "the power rule: the exponent of {0} is not lowered by one", (node,)
        )
        lowered = build.power(u, build.sub(n, ONE))
        yield Wrong(
            build.mul(lowered, du),
            "the power rule: the factor {1} in front of the derivative of {0} is missing",
            (node, n),
        )
        if ratio_of(n) is not None:
            raised = build.mul(n, build.power(u, build.add(n, ONE)))
            yield Wrong(
                build.mul(raised, du), "the power rule: the exponent of {0} is raised instead of lowered", (node,)
            )
    if dn is not None and du is None:
        lowered = build.power(u, build.sub(n, ONE))
        yield Wrong(
            build.mul(build.mul(n, lowered), dn),
            "{0} is differentiated like a power: its variable is in the exponent",
            (node,),
        )
        if u is not E:
            yield Wrong(
                build.mul(node, dn),
                "the exponential rule: the factor ln({1}) in the derivative of {0} is missing",
                (node, u),
            )


def _product(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) is not Mul:
        return
    active = [i for i, item in enumerate(d) if item is not None]
    if len(active) == 1 and len(node.args) > 1:
        constant = build.mul_all([arg for i, arg in enumerate(node.args) if i != active[0]])
        yield Wrong(d[active[0]], "the constant factor {1} of {0} is lost", (node, constant))  # type: ignore[arg-type]
        return
    factors = [item if item is not None else arg for item, arg in zip(d, node.args, strict=True)]
    yield Wrong(
        build.mul_all(factors), "the product rule: the derivatives of the factors of {0} are multiplied", (node,)
    )
    for i in active:
        kept = [d[j] if j == i else arg for j, arg in enumerate(node.args)]
        if len(active) == 2:
            says = "the product rule: in {0} only {1} is differentiated, the other factor's term is missing"
            yield Wrong(build.mul_all(kept), says, (node, node.args[i]))  # type: ignore[arg-type]


def _quotient(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) is not Div:
        return
    u, v = node.args
    du, dv = d
    if dv is None:
        return
    if du is None:
        yield Wrong(
            build.div(build.mul(u, dv), build.power(v, TWO)),
            "the reciprocal rule: the minus sign of {0} is missing",
            (node,),
        )
        yield Wrong(
            build.neg(build.div(u, build.power(v, TWO))),
            "the chain rule: the derivative of the denominator {1} of {0}, which is {2}, is missing",
            (node, v, dv),
        )
        yield Wrong(build.div(u, dv), "{0} is differentiated by differentiating its denominator", (node,))
        return
    left, right = build.mul(du, v), build.mul(u, dv)
    yield Wrong(
        build.div(build.sub(right, left), build.power(v, TWO)),
        "the quotient rule: the two terms of {0} have each other's sign",
        (node,),
    )
    yield Wrong(
        build.div(build.add(left, right), build.power(v, TWO)),
        "the quotient rule: the terms of {0} are added instead of subtracted",
        (node,),
    )
    yield Wrong(
        build.div(build.sub(left, right), v), "the quotient rule: the denominator {1} of {0} is not squared", (node, v)
    )
    yield Wrong(
        build.div(du, dv), "the quotient rule: numerator and denominator of {0} are differentiated separately", (node,)
    )


def _sum(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) not in (Add, Sub):
        return
    for i, (arg, item) in enumerate(zip(node.args, d, strict=True)):
        signed = build.neg if type(node) is Sub and i else lambda term: term
        if item is None:
            right = rule_for(node, d).apply(node, d)
            yield Wrong(
                build.add(right, signed(arg)), "the constant {1} of {0} is kept: its derivative is 0", (node, arg)
            )
        elif sum(other is not None for other in d) > 1:
            rest: Differentials = [None if j == i else other for j, other in enumerate(d)]
            yield Wrong(rule_for(node, rest).apply(node, rest), "the term for {1} is missing", (node, arg))
            flipped: Differentials = [build.neg(item) if j == i else other for j, other in enumerate(d)]
            yield Wrong(
                rule_for(node, flipped).apply(node, flipped), "the term for {1} has the wrong sign", (node, arg)
            )


def _sign(node: Expr, d: Differentials) -> Iterator[Wrong]:
    if type(node) is Call and sum(item is not None for item in d) == 1:
        right = rule_for(node, d).apply(node, d)
        yield Wrong(build.neg(right), "the derivative of {0} has the wrong sign", (node,))


WRONG_RULES = (_inner_forgotten, _power, _product, _quotient, _sum, _sign)


def one_mistake(f: Expr, x: Expr) -> Iterator[Wrong]:
    """The derivative of f with one wrong rule at one place, for every rule and place; only those that differ."""
    nodes = [node for node in topological(f) if node.args and type(node) not in CONDITIONS]
    right = _derivatives(f, x)
    for node in reversed(nodes):  # the outermost first: that is where a reader looks
        d = [right.get(arg) for arg in node.args]
        if not any(item is not None for item in d):
            continue
        for rule in WRONG_RULES:
            try:
                for wrong in rule(node, d):
                    if wrong.result is not right[node]:
                        yield Wrong(_derivatives(f, x, {node: wrong.result}).get(f, ZERO), wrong.says, wrong.parts)
            except NoRuleError:
                continue


def _derivatives(f: Expr, x: Expr, given: dict[Expr, Expr] | None = None) -> dict[Expr, Expr]:
    """The derivative of every node that depends on x; `given` says what it is for some of them."""
    found: dict[Expr, Expr] = {x: ONE}
    for node in topological(f):
        if given is not None and node in given:
            found[node] = given[node]
        elif node not in found:
            d = [found.get(arg) for arg in node.args]
            if any(item is not None for item in d):
                found[node] = ZERO if type(node) in CONDITIONS else rule_for(node, d).apply(node, d)
    return found


# ---- explaining a claim ----------------------------------------------------------------------------------------------


class Judge:
    """Tells whether a candidate is the claim, by value at points of the domain and then as expressions."""

    __slots__ = ("assuming", "claim", "points", "values", "variables")

    def __init__(
        self, claim: Expr, variables: Sequence[Expr], points: Sequence[Sequence[float]], domain: Assumptions
    ) -> None:
        self.claim = claim
        self.variables = list(variables)
        self.points = points
        self.assuming = domain
        self.values = self._values(claim)

    def _values(self, expr: Expr) -> list[float]:
        program = Program([expr], self.variables)
        return [program.run(point)[0] for point in self.points]

    def is_claim(self, candidate: Expr) -> bool:
        """Whether the candidate is what was claimed."""
        try:
            found = self._values(candidate)
        except CalcmlError:
            return False
        pairs = [(a, b) for a, b in zip(self.values, found, strict=True) if a == a and abs(a) < 1e100]
        if len(pairs) < 3 or not all(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) + 1e-300 for a, b in pairs):
            return False
        try:
            return accepts(self.claim, candidate, self.assuming) or accepts(candidate, self.claim, self.assuming)
        except CalcmlError:
            return True  # undecided as expressions, equal at every point

    def ratio(self, derivative: Expr) -> Fraction | None:
        """claim/derivative, where that is one simple number at every point."""
        found = [(a, b) for a, b in zip(self.values, self._values(derivative), strict=True) if b and a == a and b == b]
        if len(found) < 3 or not found[0][0]:
            return None
        first = found[0][0] / found[0][1]
        simple = Fraction(first).limit_denominator(100)
        if any(abs(a - float(simple) * b) > 1e-9 * abs(a) for a, b in found) or simple == 1 or not simple:
            return None
        return simple


def explain(f: Expr, x: Expr, derivatives: dict[Expr, Expr], judge: Judge) -> Explanation | None:
    """The mistake that gives exactly the claim about ∂f/∂x, or None. derivatives: the right ones, by variable."""
    if count_nodes(f) > MAX_NODES:
        return None
    right = derivatives[x]
    for y, other in derivatives.items():
        if y is not x and judge.is_claim(other):
            return Explanation("it is the derivative by {0}", (y,))
    for wrong in one_mistake(f, x):
        if judge.is_claim(wrong.result):
            return Explanation(wrong.says, wrong.parts)
    if judge.is_claim(build.neg(right)):
        return Explanation("the sign is wrong", ())
    ratio = judge.ratio(right)
    if ratio is not None and judge.is_claim(build.mul(rational(ratio.numerator, ratio.denominator), right)):
        return _of_factor(ratio)
    if judge.is_claim(f):
        return Explanation("it is the function itself, not differentiated", ())
    try:
        if judge.is_claim(forward(right, x)):
            return Explanation("it is differentiated twice", ())
    except NoRuleError:
        pass
    for node in topological(right):
        if type(node) is Pow and ratio_of(node.args[1]) is not None and judge.is_claim(_without_exponent(right, node)):
            return Explanation("the exponent of {0} is missing", (node,))
    for y in judge.variables:
        if judge.is_claim(build.mul(right, y)):
            return Explanation("there is a factor {0} too many", (y,))
        if judge.is_claim(build.div(right, y)):
            return Explanation("a factor {0} is missing", (y,))
    return None


def _without_exponent(expr: Expr, power: Expr) -> Expr:
    return replace(expr, {power: power.args[0]})


def _of_factor(ratio: Fraction) -> Explanation:
    sign = "the sign is wrong, and " if ratio < 0 else ""
    size = abs(ratio)
    if size.numerator == 1:
        return Explanation(sign + "the factor {0} is missing", (rational(size.denominator),))
    return Explanation(sign + "it is {0} times the derivative", (rational(size.numerator, size.denominator),))
