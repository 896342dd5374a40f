"""The readable form of an expression: candidates from the algebra, and a measure that picks among them.

The lines that the strategies lead to (`calcml.strategies`) are displayed and measured, and the one that is easiest to
read wins; a line is never made longer than it was found. Nothing here changes a value on the domain of what was typed;
widening of the domain is the business of whoever keeps the conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from math import isclose
from typing import NamedTuple

from calcml import build
from calcml.algebra.display import Display
from calcml.algebra.read import Reader
from calcml.algebra.rules import COLLECT, IN_SINES, INSIDE, INTO_CASES, ONE_CASE, AlgebraRule
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget, Deadline
from calcml.errors import CalcmlError
from calcml.evaluation import Program
from calcml.expr import Call, Expr, Mul, Piecewise, Pow, Relation, make, ratio_of
from calcml.identities import in_sines, related_functions
from calcml.lines import Line, Move, moves_to
from calcml.measure import measure
from calcml.sampling import points
from calcml.search import Search, Seen, seen_in
from calcml.strategies import candidates
from calcml.traverse import topological, tree_size

SEARCH_SECONDS = 1.0  # then the best line so far stands
MAX_NODES = 3000  # beyond this a line is collected once and not searched for its best form
ROUNDS = 4  # a shorter line may open the way to another one


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


def readable_moves(expr: Expr, budget: Budget = DEFAULT, pieces_of: Expr | None = None) -> list[Move]:
    """The rewritings that one search makes, each equal to the line before; none when it changed nothing."""
    search = Simplifier(_deadline(budget), pieces_of)
    if pieces_of is expr:
        search.display.forget(expr)
    return search.moves(expr)


def _deadline(budget: Budget) -> Deadline:
    return Deadline(min(budget.seconds / 2, SEARCH_SECONDS))


class Found(NamedTuple):
    """A line as it is shown, how it came about, and from which writing of the expression."""

    shown: Expr
    line: Line
    start: Expr
    written: tuple[Move, ...]  # the identities by which the expression was written as `start`
    cases: AlgebraRule | None = None  # the last move, on the case distinction in `shown`


class Simplifier:
    """One search: what it has read, how it displays, and when it must stop."""

    __slots__ = ("_best", "deadline", "display", "reader", "search")

    def __init__(self, deadline: Deadline, pieces_of: Expr | None = None) -> None:
        self.reader = Reader()
        self.deadline = deadline
        self.display = Display(self.reader, pieces_of)
        self.search = Search(self.display, deadline, {})
        self._best: dict[Expr, Expr] = {}

    def moves(self, expr: Expr) -> list[Move]:
        """The rewritings that lead to the most readable form; none when it has it already."""
        nodes = topological(expr)
        if len(nodes) > MAX_NODES:
            shown = self.display.show(self.reader.read(expr))
            return [Move(COLLECT, expr, shown)] if measure(shown) < measure(expr) else []
        inner = self._inside(nodes)
        moves = [] if inner is expr else [Move(INSIDE, expr, inner)]
        found = self._found(inner)
        shortest = min(found, key=lambda item: measure(item.shown))
        # Of equals the first stands: as collected, as it came, and then whatever a search found.
        chosen = min([found[0].shown, expr, inner, shortest.shown], key=measure)
        if chosen is expr:
            return []
        if chosen is inner:
            return moves
        best = found[0] if chosen is found[0].shown else shortest
        moves += best.written
        before = best.shown
        if best.cases is not None:
            before = self.display.show(best.line.terms)
        moves += moves_to(best.line, best.start, self.display)
        if best.cases is not None:
            moves.append(Move(best.cases, moves[-1].after if moves else before, best.shown))
        return moves

    def _found(self, inner: Expr) -> list[Found]:
        """The lines worth comparing as they are shown, the one as collected first."""
        seen = seen_in(inner)
        found = self._lines(inner, (), seen)
        for when, writing in WRITINGS:
            written: list[Move] = []
            at = inner
            while when(seen) and (related := writing(at)) is not None and len(written) < MAX_WRITINGS:
                written.append(Move(related[0], at, related[1]))
                at = related[1]
            if written and not self.deadline.passed():
                found += self._lines(at, tuple(written), seen_in(at))
        with_cases = [item for item in found if any(type(part) is Piecewise for part in _factors(item.shown))]
        for item in with_cases:
            for rule, rewrite in CASES:
                rewritten = rewrite(item.shown)
                if rewritten is not None:
                    found.append(item._replace(shown=rewritten, cases=rule))
        return found

    def _lines(self, start: Expr, written: tuple[Move, ...], seen: Seen) -> list[Found]:
        lines = candidates(self.search, self.reader.read(start), seen)
        return [Found(self.display.show(line.terms), line, start, written) for line in lines]

    def _inside(self, nodes: list[Expr]) -> Expr:
        """Operands that algebra does not look into (arguments of functions, cases), each in its own best form."""
        values: dict[Expr, Expr] = {}
        for node in nodes:
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
        return values[nodes[-1]]

    def _operand(self, node: Expr) -> Expr:
        if not node.args or node.shape or type(node) in (Relation, Piecewise):
            return node
        found = self._best.get(node)
        if found is None:
            lines = candidates(self.search, self.reader.read(node), seen_in(node))
            found = min([self.display.show(line.terms) for line in lines], key=measure)
            if measure(found) >= measure(node):
                found = node
            self._best[node] = found
        return found


# ---- the whole line --------------------------------------------------------------------------------------------------

# Other writings of the whole expression that are searched beside it: when one is looked for, and the identity that
# leads there, or None. (They are looked up when they are needed: the mutation tests put others in their place.)
MAX_WRITINGS = 8
WRITINGS: tuple[tuple[Callable[[Seen], bool], Callable[[Expr], tuple[AlgebraRule, Expr] | None]], ...] = (
    (lambda seen: {"tanh", "sigmoid"} <= seen.functions, lambda expr: related_functions(expr)),
    (lambda seen: not seen.functions.isdisjoint(IN_SINES), lambda expr: in_sines(expr)),
)


def _factors(line: Expr) -> tuple[Expr, ...]:
    return line.args if type(line) is Mul else (line,)


def into_cases(line: Expr) -> Expr | None:
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


def one_case(line: Expr) -> Expr | None:
    """The value that is right in every case: {0: x < 0; relu(x): x > 0} is relu(x) where it is defined."""
    cases = line if type(line) is Piecewise else into_cases(line)
    if cases is None or len(cases.args) > 4 or all(not node.args for node in cases.args[::2]):
        return None
    from calcml.algebra.fractions import is_zero

    pairs = list(cases.cases)  # type: ignore[attr-defined]
    if len(pairs) != 2 or any(condition is None for _, condition in pairs):
        return None
    for value, (other, condition) in ((pairs[0][0], pairs[1]), (pairs[1][0], pairs[0])):
        if tree_size(value) + tree_size(other) > MAX_CASES or not _agree_in_floats(value, other, condition):
            continue  # is_zero takes its time
        if is_zero(build.sub(value, other), [condition]) and _has_a_value_where(value, other, condition):
            return value
    return None


def _agree_in_floats(a: Expr, b: Expr, condition: Expr) -> bool:
    """Whether two expressions have one value at some points where a condition holds, and different ones at none."""
    variables = sorted(free_symbols(a, b, condition), key=lambda symbol: symbol.data)
    try:
        program = Program([a, b, condition], variables)
    except CalcmlError:
        return False
    agreed = False
    for at in islice(points(variables, [condition]), TRIED):
        first, second, holds = program.run(at)
        if holds is True and first == first and second == second:
            if not isclose(first, second, rel_tol=1e-6, abs_tol=1e-9):
                return False
            agreed = True
    return agreed


TRIED = 24  # points
MAX_CASES = 50  # nodes of two cases, beyond which they are not compared


def _has_a_value_where(value: Expr, other: Expr, condition: Expr) -> bool:
    """Whether all that a value asks for holds wherever another has one under a condition: log(x, 1) has none."""
    from calcml.conditions import combined, implies
    from calcml.domains import requirements

    facts = [condition, *combined(requirements(other))]
    return all(any(implies(fact, need) for fact in facts) for need in combined(requirements(value)))


CASES = ((INTO_CASES, into_cases), (ONE_CASE, one_case))


def simplify_cases(node: Expr) -> Expr:
    """Cases with the same value joined, a case that never holds dropped; a single case is its value where it holds."""
    from calcml.conditions import settle_cases

    settled = settle_cases(node)
    return settled.args[0] if type(settled) is Piecewise and len(settled.args) == 2 else settled
