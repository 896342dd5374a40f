"""The readable form of an expression: candidates from the algebra, and a measure that picks among them.

A sum of products is tried as collected, multiplied out, with common factors pulled out, and as a single fraction, and
brackets are treated the same way inside out. The line that is easiest to read wins; a line is never made longer than
it was found. Nothing here changes a value on the domain of what was typed; widening of the domain is the business of
whoever keeps the conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from calcml import build
from calcml.algebra.display import Display
from calcml.algebra.expand import brackets, expand, factor_out, factored, roots_split
from calcml.algebra.read import Reader, as_factor, as_terms, power, terms_of
from calcml.algebra.rules import (
    BRACKET,
    CANCEL,
    CLEAR,
    COLLECT,
    COMBINE,
    EXPAND,
    FACTOR,
    FUNCTION_VALUE,
    INSIDE,
    INTO_CASES,
    ONE_FRACTION,
    QUOTIENTS,
    SIGMOID_FOR_TANH,
    SPLIT,
    SQUARES,
    AlgebraRule,
)
from calcml.algebra.terms import (
    Coefficient,
    Mono,
    Terms,
    add_into,
    content,
    is_number,
    mono_of,
    multiply,
    quotient,
    scaled,
)
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget, Deadline
from calcml.expr import ONE, TWO, Add, Call, Div, Expr, Mul, Piecewise, Pow, Relation, Sub, make, ratio_of
from calcml.identities import cosine_doubled, in_sines, square_replaced
from calcml.measure import measure
from calcml.traverse import replace, topological, tree_size

SEARCH_SECONDS = 1.0  # then the best line so far stands
MAX_NODES = 3000  # beyond this a line is collected once and not searched for its best form


def simplify(expr: Expr, budget: Budget = DEFAULT, pieces_of: Expr | None = None) -> Expr:
    """The most readable form found, equal to `expr` wherever `expr` is defined.

    pieces_of: an expression whose parts are kept as written where they occur (what the user typed).

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplify(2*x*(1 + x**2) - x**2*(2*x))
    2*x
    """
    typed = expr
    deadline = _deadline(budget)
    for _ in range(ROUNDS):
        search = Simplifier(deadline, pieces_of)
        if pieces_of is typed:
            search.display.forget(typed)
        moves = search.moves(expr)
        if not moves or moves[-1].after is expr:
            break
        expr = moves[-1].after
    return expr


ROUNDS = 4  # a shorter line may open the way to another one


def readable_moves(expr: Expr, budget: Budget = DEFAULT, pieces_of: Expr | None = None) -> list[Move]:
    """The rewritings that one search makes, each equal to the line before; none when it changed nothing."""
    search = Simplifier(_deadline(budget), pieces_of)
    if pieces_of is expr:
        search.display.forget(expr)
    return search.moves(expr)


def _deadline(budget: Budget) -> Deadline:
    return Deadline(min(budget.seconds / 2, SEARCH_SECONDS))


class Line(NamedTuple):
    """A form of the expression, and how it was reached: the rule, what the rule took out, and the line before."""

    terms: Terms
    rule: AlgebraRule | None = None
    before: Line | None = None
    taken: Terms | None = None

    def then(self, rule: AlgebraRule, terms: Terms, taken: Terms | None = None) -> Line:
        """The line that a rule leads to."""
        return Line(terms, rule, self, taken)


class Move(NamedTuple):
    """One rewriting of the whole line, as it is shown; `taken` is what was put in front of a bracket."""

    rule: AlgebraRule
    before: Expr
    after: Expr
    taken: Expr | None = None


class Simplifier:
    """One search: what it has read, how it displays, and when it must stop."""

    __slots__ = ("_best", "deadline", "display", "reader")

    def __init__(self, deadline: Deadline, pieces_of: Expr | None = None) -> None:
        self.reader = Reader()
        self.deadline = deadline
        self.display = Display(self.reader, pieces_of)
        self._best: dict[Expr, Expr] = {}

    def moves(self, expr: Expr) -> list[Move]:
        """The rewritings that lead to the most readable form; none when it has it already."""
        if len(topological(expr)) > MAX_NODES:
            shown = self.display.show(self.reader.read(expr))
            return [Move(COLLECT, expr, shown)] if measure(shown) < measure(expr) else []
        inner = self._inside(expr)
        found = [(self.display.show(line.terms), line, inner) for line in self.candidates(self.reader.read(inner))]
        starts: dict[Expr, AlgebraRule] = {}
        related_to_sigmoid = related_functions(inner)
        rewritten = [] if related_to_sigmoid is None else [(SIGMOID_FOR_TANH, related_to_sigmoid)]
        in_two = in_sines(inner)
        for rule, related in [*rewritten, *([] if in_two is None else [in_two])]:
            if not self.deadline.passed():
                starts[related] = rule
                lines = self.candidates(self.reader.read(related))
                found += [(self.display.show(line.terms), line, related) for line in lines]
        shown, line, start = min(found, key=lambda item: measure(item[0]))
        distributed = [cases for cases in (_into_cases(item[0]) for item in found) if cases is not None]
        cases = min(distributed, key=measure, default=None)
        # Of equals the first stands: as collected, as it came, and then whatever a search found.
        order = [found[0][0], expr, inner, shown, *([] if cases is None else [cases])]
        chosen = min(order, key=measure)
        if chosen is expr:
            return []
        moves = [] if inner is expr else [Move(INSIDE, expr, inner)]
        if chosen is inner:
            return moves
        if chosen is found[0][0]:
            shown, line, start = found[0]
        elif chosen is cases:
            shown, line, start = next(item for item in found if _into_cases(item[0]) is cases)
        if start is not inner:
            moves.append(Move(starts[start], inner, start))
        moves += _merged(self._shown_path(start, line))
        if chosen is cases:
            moves.append(Move(INTO_CASES, moves[-1].after if moves else inner, cases))
        return moves

    def _shown_path(self, start: Expr, line: Line) -> list[Move]:
        """The lines that led to a form, from what was read on, without those that change nothing a reader sees."""
        path: list[Line] = []
        at: Line | None = line
        while at is not None:
            path.append(at)
            at = at.before
        moves: list[Move] = []
        before = start
        for step in reversed(path):
            after = self.display.show(step.terms)
            if after is before:
                continue
            rule = _what_reading_did(before, after) if step.rule is None else step.rule
            taken = None if step.taken is None else self.display.show(step.taken)
            moves.append(Move(rule, before, after, taken))
            before = after
        return moves

    def _inside(self, expr: Expr) -> Expr:
        """Operands that algebra does not look into (arguments of functions, cases), each in its own best form."""
        values: dict[Expr, Expr] = {}
        for node in topological(expr):
            args = tuple([values[arg] for arg in node.args])
            if type(node) in (Call, Piecewise, Relation) and not any(arg.shape for arg in args):
                args = tuple([self._operand(arg) for arg in args])
            if (
                type(node) is Pow
                and args[0] is not node.args[0]
                and ratio_of(args[1]) is None
                and not free_symbols(args[0])
            ):
                args = (node.args[0], args[1])  # (0*x)^n has values that 0^n has not
            rebuilt = node if args == node.args else node.rebuild(args)
            values[node] = simplify_cases(rebuilt) if type(rebuilt) is Piecewise else rebuilt
        return values[expr]

    def _operand(self, node: Expr) -> Expr:
        if not node.args or node.shape or type(node) in (Relation, Piecewise):
            return node
        found = self._best.get(node)
        if found is None:
            found = self._best[node] = min(
                (self.display.show(line.terms) for line in self.candidates(self.reader.read(node))),
                key=measure,
                default=node,
            )
            if measure(found) >= measure(node):
                found = self._best[node] = node
        return found

    def candidates(self, terms: Terms) -> list[Line]:
        """The forms worth comparing, each with the way to it."""
        start = Line(terms)
        found = [start]
        if self.deadline.passed():
            return found
        found += _pulled(start)
        for rule, settle in ((BRACKET, self._settled), (CLEAR, _cleared), (SPLIT, _split), (None, squares_joined)):
            inner = self._brackets_settled(terms, settle)
            if inner is not None:
                line = start.then(rule or _squares_rule(terms), inner)
                found += [line, *_pulled(line)[:1]]
                again = None if rule is BRACKET else self._brackets_settled(inner, self._settled)
                if again is not None:
                    line = line.then(BRACKET, again)
                    found += [line, *_pulled(line)[:1]]
                if len(line.terms) == 1:
                    found += self._bracket_by_bracket(line)
        joined = _squares_line(start)
        if joined is not None:
            found += [joined, *_pulled(joined)[:1]]
        opened = expand(terms)
        if opened is not None and opened is not terms:
            line = start.then(EXPAND, opened)
            found += [line, *_pulled(line)]
        for line in _distinct(found[1:]):
            if len(line.terms) == 1 and line.rule is not BRACKET:
                inner = self._brackets_settled(line.terms, self._settled)
                if inner is not None:
                    found.append(line.then(BRACKET, inner))
                found += self._bracket_by_bracket(line)
        basis = found[0] if opened is None or opened is terms else start.then(EXPAND, opened)
        for rule, replaced in square_replaced(basis.terms):
            line = basis.then(rule, replaced)
            found += [line, *_pulled(line)[:1]]
        doubled = cosine_doubled(basis.terms)
        if doubled is not None:
            found.append(basis.then(*doubled))
        for line in list(found):
            named = named_quotients(line.terms)
            if named is not None:
                found.append(line.then(*named))
            split = roots_split(line.terms)
            if split is not None:
                found.append(line.then(SPLIT, split))
        return _distinct(found)

    def _brackets_settled(self, terms: Terms, settle: Callable[[Terms], Terms]) -> Terms | None:
        """Every bracket in the form that `settle` gives it; None when nothing changes."""
        changed = False
        total: Terms = {}
        for mono, coefficient in terms.items():
            if self.deadline.passed():
                return None
            factor: tuple[Mono, Coefficient] = ((), coefficient)
            for base, n in mono:
                if type(base) in (Add, Sub):
                    inner = terms_of(base)
                    settled = settle(inner)
                    if isinstance(n, int) and (len(mono) > 1 or n != 1 or abs(coefficient) != 1):
                        settled = _number_in_front(settled)
                    if settled is not inner:
                        changed = True
                        factor = multiply(factor, power(settled, n))
                        continue
                factor = multiply(factor, (((base, n),), 1))
            add_into(total, as_terms(factor))
        return total if changed else None

    def _settled(self, terms: Terms) -> Terms:
        """A bracket in its shortest form: as it is, pulled together, opened, or pulled together and opened inside."""
        forms = [terms, factored(terms)]
        opened = expand(terms)
        if opened is not None and opened is not terms:
            forms += [opened, factored(opened)]
        if forms[1] is not terms and not self.deadline.passed():
            inner = self._brackets_settled(forms[1], _opened)
            forms += [] if inner is None else [inner]
        return min(forms, key=lambda line: measure(self.display.show(line)))

    def _bracket_by_bracket(self, line: Line) -> list[Line]:
        """A product whose numerator brackets are opened and pulled together again: (1 + x² - 2x·x)/(…)."""
        (mono, coefficient), *_ = line.terms.items()
        upper: Mono = tuple((base, n) for base, n in brackets(mono) if isinstance(n, int) and n == 1)
        if not upper:
            return []
        rest = tuple(factor for factor in mono if factor not in upper)
        opened = expand({upper: 1})
        if opened is None:
            return []
        pulled = factored(opened, denominators=False)
        return [line.then(BRACKET, as_terms(multiply((rest, coefficient), as_factor(pulled))))]


def _number_in_front(terms: Terms) -> Terms:
    """A bracket inside a product without a common number: 2/(2x² + 2) has a number to cancel."""
    number = content(terms)
    if number == 1 or len(terms) < 2:
        return terms
    return {as_factor(scaled(terms, quotient(1, number)))[0]: number * as_factor(terms)[1]}


def _pulled(line: Line) -> list[Line]:
    """Common factors pulled out; below the line as well, and above it only."""
    found = []
    for denominators in (True, False):
        taken = factor_out(line.terms, denominators)
        if taken is None:
            continue
        mono, number, rest = taken
        fraction = any(is_number(n) and n < 0 for _, n in mono)
        terms = as_terms(multiply((mono, number), as_factor(rest)))
        found.append(line.then(ONE_FRACTION if fraction else FACTOR, terms, None if fraction else {mono: number}))
    return found


def _merged(moves: list[Move]) -> list[Move]:
    """Without lines that only put things in order before the next move."""
    if not moves:
        return []
    kept: list[Move] = []
    before = moves[0].before
    for i, move in enumerate(moves):
        if i + 1 < len(moves) and move.rule is COMBINE and _leaves(move.before) == _leaves(move.after):
            continue
        kept.append(move if move.before is before else move._replace(before=before))
        before = move.after
    return kept


def _leaves(line: Expr) -> int:
    """How many symbols and numbers a reader sees, brackets and order aside."""
    count: dict[Expr, int] = {}
    for node in topological(line):
        count[node] = sum([count[arg] for arg in node.args]) if node.args else 1
    return count[line]


def _squares_line(line: Line) -> Line | None:
    joined = squares_joined(line.terms)
    return None if joined is line.terms else line.then(_squares_rule(line.terms), joined)


def _squares_rule(terms: Terms) -> AlgebraRule:
    """The row that joins squares here, for the title."""
    names = {node.data for mono in terms for base, _ in mono for node in topological(base) if type(node) is Call}
    return next((rule for (f, g, _), rule in SQUARES.items() if f in names or g in names), BRACKET)


def _what_reading_did(before: Expr, after: Expr) -> AlgebraRule:
    """Reading does the small things at once: which of them is the one to be named."""
    old, new = topological(before), topological(after)
    if _terms_in(new) < _terms_in(old):
        return COLLECT
    if _below_the_line(new) < _below_the_line(old):
        return CANCEL
    if {n.data for n in old if type(n) is Call} - _ROOTS != {n.data for n in new if type(n) is Call} - _ROOTS:
        return FUNCTION_VALUE
    return COMBINE


_ROOTS = frozenset({"sqrt", "exp"})  # ways to write a power


def _terms_in(nodes: list[Expr]) -> int:
    return sum(len(node.args) - 1 for node in nodes if type(node) in (Add, Sub))


def _below_the_line(nodes: list[Expr]) -> int:
    return sum(tree_size(node.args[1]) for node in nodes if type(node) is Div)


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


def _opened(terms: Terms) -> Terms:
    """A bracket multiplied out, and a common factor pulled out again."""
    opened = expand(terms)
    return terms if opened is None else factored(opened)


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


def squares_joined(terms: Terms) -> Terms:
    """sin² + cos² and its kin joined to 1 where that leaves fewer terms; the same terms where it does not."""
    opened = expand(terms)
    if opened is None:
        return terms
    best = opened
    for _, replaced in square_replaced(opened):
        if len(replaced) < len(best):
            best = replaced
    return best if len(best) < len(opened) else terms


def named_quotients(terms: Terms) -> tuple[AlgebraRule, Terms] | None:
    """sin(u)/cos(u) written as tan(u), and its kin, with the row that says so; None where there is none."""
    used: AlgebraRule | None = None
    total: Terms = {}
    for mono, coefficient in terms.items():
        factors = dict(mono)
        for base, n in mono:
            if type(base) is not Call or not isinstance(n, int) or n <= 0:
                continue
            for (upper, lower), row in QUOTIENTS.items():
                below = make(Call, lower, base.args)
                m = factors.get(below, 0)
                if base.data == upper and isinstance(m, int) and m < 0:
                    k = min(n, -m)
                    factors[base], factors[below] = n - k, m + k
                    named = make(Call, row.sides[1].split("(")[0], base.args)
                    factors[named] = factors.get(named, 0) + k
                    used = row
        add_into(total, {mono_of((base, n) for base, n in factors.items() if n != 0): coefficient})
    return None if used is None else (used, total)


def _distinct(candidates: list[Line]) -> list[Line]:
    seen: set[frozenset[tuple[Mono, object]]] = set()
    kept = []
    for line in candidates:
        key = frozenset(line.terms.items())
        if key not in seen:
            seen.add(key)
            kept.append(line)
    return kept


def simplify_cases(node: Expr) -> Expr:
    """Cases with the same value joined, a case that never holds dropped."""
    from calcml.conditions import settle_cases

    return settle_cases(node)
