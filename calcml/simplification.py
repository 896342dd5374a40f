"""The readable form of an expression: candidates from the algebra, and a measure that picks among them.

A sum of products is tried as collected, multiplied out, with common factors pulled out, and as a single fraction, and
brackets are treated the same way inside out. The line that is easiest to read wins; a line is never made longer than
it was found. Nothing here changes a value on the domain of what was typed; widening of the domain is the business of
whoever keeps the conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from calcml import build
from calcml.algebra.display import Display
from calcml.algebra.expand import brackets, expand, factored, roots_split
from calcml.algebra.read import Reader, as_factor, as_terms, power, terms_of
from calcml.algebra.terms import (
    UNIT,
    Coefficient,
    Mono,
    Terms,
    add_into,
    is_number,
    mono_of,
    multiply,
    product,
    scaled,
)
from calcml.budget import DEFAULT, Budget, Deadline
from calcml.expr import ONE, TWO, Add, Call, Div, Expr, Mul, Neg, Number, Piecewise, Pow, Relation, Sub, make, ratio_of
from calcml.traverse import beyond, replace, topological

Measure = tuple[int, int]

MAX_NODES = 3000  # beyond this a line is collected once and not searched for its best form


def simplify(expr: Expr, budget: Budget = DEFAULT, pieces_of: Expr | None = None) -> Expr:
    """The most readable form found, equal to `expr` wherever `expr` is defined.

    pieces_of: an expression whose parts are kept as written where they occur (what the user typed).

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplify(2*x*(1 + x**2) - x**2*(2*x))
    2*x
    """
    search = Simplifier(budget, pieces_of)
    if pieces_of is expr:
        search.display.forget(expr)
    return search.best(expr)


class Simplifier:
    """One search: what it has read, how it displays, and when it must stop."""

    __slots__ = ("_best", "deadline", "display", "reader")

    def __init__(self, budget: Budget = DEFAULT, pieces_of: Expr | None = None) -> None:
        self.reader = Reader()
        self.deadline = Deadline(budget.seconds / 2)
        self.display = Display(self.reader, pieces_of)
        self._best: dict[Expr, Expr] = {}

    def best(self, expr: Expr) -> Expr:
        """The most readable form of one expression."""
        large = len(topological(expr)) > MAX_NODES
        inner = expr if large else self._inside(expr)
        terms = self.reader.read(inner)
        if large:
            return min(self.display.show(terms), expr, key=measure)
        shown = [self.display.show(candidate) for candidate in self.candidates(terms)]
        related = related_functions(inner)
        if related is not None:
            shown += [self.display.show(candidate) for candidate in self.candidates(self.reader.read(related))]
        shown += [cases for cases in map(_into_cases, shown) if cases is not None]
        return min([*shown[:1], expr, inner, *shown[1:]], key=measure)

    def _inside(self, expr: Expr) -> Expr:
        """Operands that algebra does not look into (arguments of functions, cases), each in its own best form."""
        values: dict[Expr, Expr] = {}
        for node in topological(expr):
            args = tuple([values[arg] for arg in node.args])
            if type(node) in (Call, Piecewise, Relation) and not any(arg.shape for arg in args):
                args = tuple([self._operand(arg) for arg in args])
            rebuilt = node if args == node.args else node.rebuild(args)
            values[node] = simplify_cases(rebuilt) if type(rebuilt) is Piecewise else rebuilt
        return values[expr]

    def _operand(self, node: Expr) -> Expr:
        if not node.args or node.shape or type(node) in (Relation, Piecewise):
            return node
        found = self._best.get(node)
        if found is None:
            found = self._best[node] = min(
                (self.display.show(terms) for terms in self.candidates(self.reader.read(node))),
                key=measure,
                default=node,
            )
            if measure(found) >= measure(node):
                found = self._best[node] = node
        return found

    def candidates(self, terms: Terms) -> list[Terms]:
        """The forms worth comparing."""
        found = [terms]
        if self.deadline.passed():
            return found
        found += [factored(terms), factored(terms, denominators=False)]
        joined = squares_joined(terms)
        if joined is not terms:
            found += [joined, factored(joined)]
        opened = expand(terms)
        if opened is not None and opened is not terms:
            found += [opened, factored(opened), factored(opened, denominators=False)]
        for settle in (self._settled, _cleared, _split, squares_joined):
            inner = self._brackets_settled(terms, settle)
            if inner is not None:
                found += [inner, factored(inner)]
                if len(inner) == 1:
                    found += self._bracket_by_bracket(inner)
        for line in list(found[1:]):
            if len(line) == 1:
                found += self._bracket_by_bracket(line)
        for line in list(found):
            found += [named for named in (named_quotients(line), roots_split(line)) if named is not None]
        return _distinct(found)

    def _brackets_settled(self, terms: Terms, settle: Callable[[Terms], Terms]) -> Terms | None:
        """Every bracket in the form that `settle` gives it; None when nothing changes."""
        changed = False
        total: Terms = {}
        for mono, coefficient in terms.items():
            factor: tuple[Mono, Coefficient] = ((), coefficient)
            for base, n in mono:
                if type(base) in (Add, Sub):
                    inner = terms_of(base)
                    settled = settle(inner)
                    if settled is not inner:
                        changed = True
                        factor = multiply(factor, power(settled, n))
                        continue
                factor = multiply(factor, (((base, n),), 1))
            add_into(total, as_terms(factor))
        return total if changed else None

    def _settled(self, terms: Terms) -> Terms:
        forms = [terms, factored(terms)]
        opened = expand(terms)
        if opened is not None and opened is not terms:
            forms += [opened, factored(opened)]
        return min(forms, key=lambda line: measure(self.display.show(line)))

    def _bracket_by_bracket(self, terms: Terms) -> list[Terms]:
        """A product whose numerator brackets are opened and pulled together again: (1 + x² - 2x·x)/(…)."""
        (mono, coefficient), *_ = terms.items()
        upper: Mono = tuple((base, n) for base, n in brackets(mono) if isinstance(n, int) and n == 1)
        if not upper:
            return []
        rest = tuple(factor for factor in mono if factor not in upper)
        opened = expand({upper: 1})
        if opened is None:
            return []
        pulled = factored(opened, denominators=False)
        return [as_terms(multiply((rest, coefficient), as_factor(pulled)))]


def related_functions(expr: Expr) -> Expr | None:
    """tanh(u) as 2σ(2u) - 1 where σ(2u) occurs beside it; None where it does not."""
    calls = [node for node in topological(expr) if type(node) is Call]
    sigmoids = {node.args[0] for node in calls if node.data == "sigmoid"}
    found: dict[Expr, Expr] = {}
    for node in calls:
        if node.data == "tanh" and sigmoids:
            doubled = scaled(terms_of(node.args[0]), 2)
            twin = next((u for u in sigmoids if terms_of(u) == doubled), None)
            if twin is not None:
                found[node] = make(Sub, None, (make(Mul, None, (TWO, make(Call, "sigmoid", (twin,)))), ONE))
    return replace(expr, found) if found else None


def _into_cases(line: Expr) -> Expr | None:
    """A factor of a case distinction taken into its cases: w·{0: x < 0; 1: x > 0} is {0: x < 0; w: x > 0}."""
    if type(line) is not Mul:
        return None
    places = [i for i, factor in enumerate(line.args) if type(factor) is Piecewise]
    if len(places) != 1:
        return None
    before, cases, after = line.args[: places[0]], line.args[places[0]], line.args[places[0] + 1 :]
    args = list(cases.args)
    for i in range(0, len(args), 2):
        args[i] = build.mul_all([*before, args[i], *after])
    return make(Piecewise, None, tuple(args))


def _cleared(terms: Terms) -> Terms:
    """A bracket without fractions inside: 1 + (y/x)² is (x² + y²)/x²."""
    if any(is_number(n) and n < 0 for mono in terms for _, n in mono):
        opened = expand(terms)
        return factored(terms if opened is None else opened)
    return terms


def _split(terms: Terms) -> Terms:
    """A polynomial bracket as its linear factors: x^2 - 2x + 1 is (x - 1)^2, and may cancel."""
    opened = expand(terms)
    found = None if opened is None else roots_split(opened)
    return terms if found is None else found


# f(u)^2 + sign·g(u)^2 = 1
_SQUARES = (("sin", "cos", 1), ("cosh", "sinh", -1))


def squares_joined(terms: Terms) -> Terms:
    """sin² + cos² and cosh² - sinh² joined to 1 where that leaves fewer terms; the same terms where it does not."""
    opened = expand(terms)
    if opened is None:
        return terms
    best = opened
    for mono in list(opened):
        for base, n in mono:
            if type(base) is not Call or not isinstance(n, int) or n < 2:
                continue
            for f, g, sign in _SQUARES:
                if base.data in (f, g):
                    twin = make(Call, g if base.data == f else f, base.args)
                    # f² = 1 - sign·g², and g² = sign·(1 - f²)
                    square = {UNIT: 1 if base.data == f else sign, ((twin, 2),): -sign}
                    candidate = _squares_replaced(opened, base, square)
                    if len(candidate) < len(best):
                        best = candidate
    return best if len(best) < len(opened) else terms


def _squares_replaced(terms: Terms, base: Expr, square: Terms) -> Terms:
    total: Terms = {}
    for mono, coefficient in terms.items():
        factors = dict(mono)
        n = factors.get(base, 0)
        line: Terms = {mono: coefficient}
        if isinstance(n, int) and n >= 2:
            factors[base] = n % 2
            line = {mono_of((b, m) for b, m in factors.items() if m != 0): coefficient}
            for _ in range(n // 2):
                line = product(line, square)
        add_into(total, line)
    return total


# f(u)/g(u) has a name of its own; what is said here is the definition of the third.
_QUOTIENTS = {("sin", "cos"): "tan", ("cos", "sin"): "cot", ("sinh", "cosh"): "tanh", ("cosh", "sinh"): "coth"}


def named_quotients(terms: Terms) -> Terms | None:
    """sin(u)/cos(u) written as tan(u), and its kin; None where there is none."""
    changed = False
    total: Terms = {}
    for mono, coefficient in terms.items():
        factors = dict(mono)
        for base, n in mono:
            if type(base) is not Call or not isinstance(n, int) or n <= 0:
                continue
            for (upper, lower), name in _QUOTIENTS.items():
                below = make(Call, lower, base.args)
                m = factors.get(below, 0)
                if base.data == upper and isinstance(m, int) and m < 0:
                    k = min(n, -m)
                    factors[base], factors[below] = n - k, m + k
                    factors[make(Call, name, base.args)] = factors.get(make(Call, name, base.args), 0) + k
                    changed = True
        add_into(total, {mono_of((base, n) for base, n in factors.items() if n != 0): coefficient})
    return total if changed else None


def _distinct(candidates: list[Terms]) -> list[Terms]:
    seen: set[frozenset[tuple[Mono, object]]] = set()
    kept = []
    for terms in candidates:
        key = frozenset(terms.items())
        if key not in seen:
            seen.add(key)
            kept.append(terms)
    return kept


def simplify_cases(node: Expr) -> Expr:
    """Cases with the same value joined, a case that never holds dropped."""
    from calcml.conditions import settle_cases

    return settle_cases(node)


# ---- the measure ---------------------------------------------------------------------------------------------------


def measure(line: Expr) -> Measure:
    """How hard a line is to read: its nodes, with a surcharge for what slows a reader down; then its height.

    A fraction inside a fraction and a negative exponent cost two more; a sign in front of a bracket and a third power
    of a function value, one.
    """
    for node in beyond(line, _measures):
        below = [_measures[arg] for arg in node.args]
        size = _weight(node) + sum([size for size, _ in below])
        _measures[node] = size, 1 + max([height for _, height in below]) if below else 0
    return _measures[line]


_measures: WeakKeyDictionary[Expr, Measure] = WeakKeyDictionary()  # kept as long as a line lives


def _weight(node: Expr) -> int:
    head = type(node)
    if head is Div and type(node.args[0]) is Number and type(node.args[1]) is Number:
        return -1  # a fraction of numbers is one number
    if head is Div:
        nested = sum(_contains_fraction(arg) for arg in node.args)
        return 1 + 2 * nested
    if head is Pow and type(node.args[1]) is Neg and type(node.args[1].args[0]) is Number:
        return 3
    if head is Pow and type(node.args[0]) is Call and type(node.args[1]) is Number and node.args[1].ratio[0] > 2:
        return 2
    if head is Pow and ratio_of(node.args[1]) == (1, 2):
        return 3  # √x
    if head is Neg and type(node.args[0]) in (Add, Sub):
        return 2
    return 1


def _contains_fraction(node: Expr) -> bool:
    if type(node) is Div:
        return not all(type(arg) is Number for arg in node.args)
    return (
        any(type(arg) is Div and not all(type(a) is Number for a in arg.args) for arg in node.args)
        and type(node) is not Call
    )


def expanded_form(expr: Expr, pieces_of: Expr | None = None) -> Expr:
    """The expression multiplied out, equal terms collected; itself when that would be too long.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> expanded_form((x + 1)**2)
    x^2 + 2*x + 1
    """
    search = Simplifier(pieces_of=None)
    search.display.writes_exp = Simplifier(pieces_of=pieces_of).display.writes_exp
    opened = expand(search.reader.read(expr))
    return expr if opened is None else search.display.show(opened)


def factored_form(expr: Expr, pieces_of: Expr | None = None) -> Expr:
    """The expression as one product, common factors of its terms pulled out.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> factored_form(x*y + x**2)
    x*(x + y)
    """
    search = Simplifier(pieces_of=pieces_of)
    terms = search.reader.read(expr)
    opened = expand(terms)
    shown = [search.display.show(factored(form)) for form in (terms, opened) if form is not None]
    return min(shown, key=lambda line: (type(line) in (Add, Sub), measure(line)))
