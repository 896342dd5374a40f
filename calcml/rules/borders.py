"""The derivative of cases at their borders.

Inside a case the function is given by one formula, and so is its slope. At a border x = c it is differentiable when
the formulas on both sides have the value of the function there and equal slopes; then the border is added to the
result as a case of its own, and otherwise it is left out, so that the derivative of a jump is undefined at the jump.
Borders between a symbol and something free of it are looked at; others are left out.
"""

from __future__ import annotations

from calcml.binding import free_symbols, substitute
from calcml.build import sub
from calcml.conditions import combined, opposite, settle
from calcml.domains import at_no_jump, not_locally_constant
from calcml.expr import FALSE, TRUE, ZERO, And, Expr, Not, Or, Piecewise, Relation, Symbol, make
from calcml.precise import jumps

Differentials = list[Expr | None]

_OPEN = {"<=": "<", ">=": ">", "<": "<", ">": ">", "!=": "!="}


def differentiate_cases(node: Expr, d: Differentials) -> Expr:
    """The derivative of a Piecewise; a condition with a differential moves with the variable, one without stays."""
    args = node.args
    moving = [
        condition for i, condition in enumerate(args) if i % 2 and i < len(args) - len(args) % 2 and d[i] is not None
    ]
    if not moving:
        return _rebuilt([(d[i] or ZERO, args[i + 1]) for i in range(0, len(args) - 1, 2)], _last(node, d))
    cases: list[tuple[Expr, Expr]] = []
    earlier: list[Expr] = []  # a case holds where no case before it does
    for i in range(0, len(args), 2):
        condition = args[i + 1] if i + 1 < len(args) else TRUE
        inside = [interior(part) for part in (condition, *map(opposite, earlier))]
        if all(part is not None for part in inside):
            cases.append((d[i] or ZERO, _all(list(combined(part for part in inside if part is not None)))))
        earlier.append(condition)
    cases += _smooth_borders(node, d, moving)
    return _rebuilt(cases, None)


def _last(node: Expr, d: Differentials) -> Expr | None:
    return (d[-1] or ZERO) if len(node.args) % 2 else None


def _rebuilt(cases: list[tuple[Expr, Expr]], otherwise: Expr | None) -> Expr:
    args = [part for case in cases for part in case]
    if otherwise is not None:
        args.append(otherwise)
    return make(Piecewise, None, tuple(args)) if len(args) > 1 else args[0] if args else ZERO


def _all(conditions: list[Expr]) -> Expr:
    return conditions[0] if len(conditions) == 1 else make(And, None, tuple(conditions)) if conditions else TRUE


def interior(condition: Expr) -> Expr | None:
    """The condition without its border; None where nothing is left (x = 0)."""
    off_jumps = at_no_jump(condition) if isinstance(condition, Relation) else ()
    if off_jumps:
        settled = settle(condition)  # floor(x) <= 1 is x < 2
        if settled is TRUE or settled is FALSE or not at_no_jump(settled):
            return TRUE if settled is TRUE else None if settled is FALSE else interior(settled)
        # Between its jumps floor(x) stays what it is: there a relation that moves with nothing else has no border.
        moves = condition in not_locally_constant(condition, free_symbols(condition))
        if moves and condition.data not in _OPEN:
            return None
        inside = make(Relation, _OPEN[condition.data], condition.args) if moves else condition
        return make(And, None, (inside, *off_jumps))
    if isinstance(condition, Relation):
        sign = _OPEN.get(condition.data)
        return None if sign is None else make(Relation, sign, condition.args)
    if isinstance(condition, (And, Or)):
        parts = [interior(part) for part in condition.args]
        kept = [part for part in parts if part is not None]
        if isinstance(condition, And) and len(kept) < len(parts):
            return None
        return kept[0] if len(kept) == 1 else make(type(condition), None, tuple(kept)) if kept else None
    if isinstance(condition, Not) and isinstance(condition.args[0], (Relation, And, Or, Not)):
        return interior(opposite(condition.args[0]))
    return condition


def borders(conditions: list[Expr]) -> list[tuple[Symbol, Expr]]:
    """The borders x = c of conditions, each once, with c free of x."""
    found: list[tuple[Symbol, Expr]] = []
    stack = list(reversed(conditions))
    while stack:
        condition = stack.pop()
        if isinstance(condition, (And, Or, Not)):
            stack.extend(reversed(condition.args))
        elif isinstance(condition, Relation):
            lhs, rhs = condition.args
            for symbol, at in ((lhs, rhs), (rhs, lhs)):
                if isinstance(symbol, Symbol) and symbol not in free_symbols(at) and (symbol, at) not in found:
                    found.append((symbol, at))
    return found


def _smooth_borders(node: Expr, d: Differentials, moving: list[Expr]) -> list[tuple[Expr, Expr]]:
    from calcml.differentiation import resolve  # a derivative still standing in a line is carried out first

    found: list[tuple[Expr, Expr]] = []
    places = borders(moving)
    for symbol, at in places:
        beside = _neighbours(node, symbol, at, [other for s, other in places if s is symbol and other is not at])
        if beside is None:
            continue
        left, right, here = beside
        if jumps(node.args[left], node.args[right]):  # their values at the border are no limits
            continue
        values = [substitute(node.args[i], {symbol: at}) for i in (left, right, here)]
        slopes = [substitute(resolve(d[i] or ZERO), {symbol: at}) for i in (left, right)]
        if same(values[0], values[2]) and same(values[1], values[2]) and same(*slopes):
            found.append((d[left] or ZERO, make(Relation, "=", (symbol, at))))
    return found


def _neighbours(node: Expr, symbol: Symbol, at: Expr, others: list[Expr]) -> tuple[int, int, int] | None:
    """The places of the values that hold just left of, just right of and at a border; None when that is not known."""
    from calcml.evaluation import Program

    if free_symbols(at, *others):
        return None
    centre, *rest = Program([at, *others], []).run([])
    gap = min([abs(other - centre) for other in rest if other != centre], default=1.0)
    found = []
    conditions = [node.args[i] for i in range(1, len(node.args) - len(node.args) % 2, 2)]
    if free_symbols(*conditions) - {symbol}:
        return None
    program = Program(conditions, [symbol])
    for x in (centre - gap / 1024, centre + gap / 1024, centre):
        verdicts = program.run([x])
        place = next((2 * i for i, verdict in enumerate(verdicts) if verdict is True), None)
        if place is None:
            if len(node.args) % 2 == 0:
                return None
            place = len(node.args) - 1
        found.append(place)
    return found[0], found[1], found[2]


def same(a: Expr, b: Expr) -> bool:
    """Whether two expressions are known to be equal: identical terms, or closed values equal to 40 digits."""
    if a is b:
        return True
    from calcml.algebra.expand import expand
    from calcml.algebra.read import terms_of

    difference = expand(terms_of(sub(a, b)))
    if difference == {}:
        return True
    if free_symbols(a, b):
        return False
    from calcml.evaluation import Program

    left, right = Program([a, b], []).run([])
    if not abs(left - right) <= 1e-9 * max(1.0, abs(left)):
        return False
    from calcml.errors import DomainError
    from calcml.precise import precise_value

    try:
        return bool(abs(precise_value(sub(a, b), {}, 50)) < 1e-40)
    except DomainError:
        return False
