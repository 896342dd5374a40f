"""Conditions: what is required for an expression to have a value, combined, settled and put in order.

A condition is an ordinary expression: a relation, or `and`, `or`, `not` of such, or one of the constants true and
false. Nothing here solves equations; a condition is dropped when it is proved always true (by sign), and kept as it is
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

from calcml.binding import has_symbols, substitute
from calcml.build import neg
from calcml.expr import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Add,
    And,
    Call,
    Div,
    Expr,
    Mul,
    Neg,
    Not,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    make,
    ratio_of,
    rational,
)
from calcml.signs import Known, bounds, is_nonnegative, is_nonzero, is_positive, known_from
from calcml.traverse import replace, topological, tree_size

# Functions that are 0 at 0 alone and positive for positive arguments.
_ZERO_ONLY_AT_ZERO = frozenset({"abs", "sqrt", "cbrt", "tanh", "sinh", "asinh", "atan", "erf"})
FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


def settle(condition: Expr, known: Known | None = None) -> Expr:
    """The condition with what is decided decided: TRUE, FALSE, or what remains."""
    if isinstance(condition, Relation):
        decided = _settle_relation(condition, known)
        return _settle_closed(decided) if isinstance(decided, Relation) else decided
    if isinstance(condition, (And, Or)):
        absorbing, neutral = (FALSE, TRUE) if isinstance(condition, And) else (TRUE, FALSE)
        parts: list[Expr] = []
        for part in condition.args:
            settled = settle(part, known)
            if settled is absorbing:
                return absorbing
            if settled is not neutral and settled not in parts:
                parts.append(settled)
        if not parts:
            return neutral
        if len(parts) == 1:
            return parts[0]
        if isinstance(condition, Or):
            joined = parts[0]
            for part in parts[1:]:
                joined = either(joined, part)
            return joined
        if _never_together(parts):
            return FALSE
        parts = _told_by_equations(parts)
        return parts[0] if len(parts) == 1 else make(And, None, tuple(parts))
    if isinstance(condition, Not):
        inner = settle(condition.args[0], known)
        if inner is TRUE or inner is FALSE:
            return FALSE if inner is TRUE else TRUE
        if isinstance(inner, Relation):
            return settle(make(Relation, OPPOSITE[inner.data], inner.args), known)
        return make(Not, None, (inner,))
    return condition


def _never_together(parts: list[Expr]) -> bool:
    """Whether an equation and what is asked beside it exclude each other: x = x^2 and 2*x = 1."""
    equations = [part for part in parts if isinstance(part, Relation) and part.data == "="]
    if not equations:
        return False
    for equation in equations:
        symbol, value = equation.args
        if isinstance(symbol, Symbol) and ratio_of(value) is not None:
            for other in parts:
                if other is not equation and settle(_evaluated(other, symbol, value)) is FALSE:
                    return True
    from calcml.intervals import on_the_line

    return on_the_line(parts) == (FALSE,)


def _told_by_equations(parts: list[Expr]) -> list[Expr]:
    """Without what an equation beside it says already: x = 0 and x >= 0 is x = 0."""
    for equation in parts:
        if isinstance(equation, Relation) and equation.data == "=":
            symbol, value = equation.args
            if isinstance(symbol, Symbol) and ratio_of(value) is not None:
                parts = [p for p in parts if p is equation or settle(_evaluated(p, symbol, value)) is not TRUE]
    return parts


def _evaluated(condition: Expr, symbol: Expr, value: Expr) -> Expr:
    """A condition with a number for a symbol, its sides brought together where they are short."""
    there = substitute(condition, {symbol: value})
    if not isinstance(there, Relation) or tree_size(there) > 60:
        return there
    from calcml.algebra.read import terms_of
    from calcml.algebra.write import canonical

    return make(Relation, there.data, tuple([canonical(terms_of(side)) for side in there.args]))


def _settle_relation(condition: Relation, known: Known | None) -> Expr:
    sign, (lhs, rhs) = condition.data, condition.args
    if lhs is rhs:
        return TRUE if sign in ("=", "<=", ">=") else FALSE
    p, q = ratio_of(lhs), ratio_of(rhs)
    if p is not None and q is None:  # 0 > x reads better as x < 0
        return _settle_relation(make(Relation, FLIP[sign], (rhs, lhs)), known)
    if p is not None and q is not None:
        difference = p[0] * q[1] - q[0] * p[1]
        return TRUE if _holds(sign, difference) else FALSE
    if sign in ("=", "!=") and type(rhs) is Call and rhs.data == "floor" and rhs.args[0] is lhs:
        return make(Relation, sign, whole_with(lhs))
    if type(lhs) is Call and lhs.data in ("floor", "ceil") and q is not None and sign in ("<", "<=", ">", ">="):
        return _settle_relation(_off_the_stairs(sign, lhs, q), known)
    if rhs is ZERO:
        return _settle_against_zero(sign, lhs, known)
    low, high, low_out, high_out = bounds(make(Sub, None, (lhs, rhs)), known)
    if sign in (">", ">=") and (low > 0 or (low == 0 and (low_out or sign == ">="))):
        return TRUE
    if sign in ("<", "<=") and (high < 0 or (high == 0 and (high_out or sign == "<="))):
        return TRUE
    if sign == "!=" and (low > 0 or high < 0):
        return TRUE
    return condition


def whole_with(u: Expr) -> tuple[Expr, Expr]:
    """v and floor(v) for the v that is a whole number when u is: x for x + 1."""
    while type(u) in (Add, Sub) and any((ratio_of(part) or (1, 2))[1] == 1 for part in u.args):
        rest = [part for part in u.args if (ratio_of(part) or (1, 2))[1] != 1]
        if len(rest) != 1:
            break
        u = rest[0]
    return u, make(Call, "floor", (u,))


def _off_the_stairs(sign: str, stairs: Expr, bound: tuple[int, int]) -> Relation:
    """floor(u) > 0 is u >= 1, and ceil(u) > 0 is u > 0."""
    (p, q), (u,) = bound, stairs.args
    down, up = p // q, -(-p // q)
    if stairs.data == "floor":
        at = down + 1 if sign in (">", "<=") else up
        return make(Relation, ">=" if sign in (">", ">=") else "<", (u, rational(at)))
    at = up - 1 if sign in (">=", "<") else down
    return make(Relation, ">" if sign in (">", ">=") else "<=", (u, rational(at)))


def all_factors(product: Expr) -> list[Expr]:
    """The factors of a product, those of products inside it included, each once, however deep they are nested."""
    found: dict[Expr, None] = {}
    seen: set[Expr] = set()
    stack = [product]
    while stack:
        node = stack.pop()
        if type(node) is not Mul:
            found[node] = None
        elif node not in seen:
            seen.add(node)
            stack.extend(reversed(node.args))
    return list(found)


def opposite(condition: Expr) -> Expr:
    """The condition that holds exactly where this one does not."""
    if isinstance(condition, Relation):
        return make(Relation, OPPOSITE[condition.data], condition.args)
    if isinstance(condition, (And, Or)):
        parts = tuple([opposite(part) for part in condition.args])
        return make(Or if isinstance(condition, And) else And, None, parts)
    return condition.args[0] if isinstance(condition, Not) else make(Not, None, (condition,))


def cancels(u: Expr) -> bool:
    """Whether the terms of a short sum cancel: x - x. (`algebra.fractions.is_zero` looks deeper, and takes longer.)"""
    if type(u) not in (Sub, Add) or tree_size(u) > 60:
        return False
    from calcml.algebra.read import terms_of

    return not terms_of(u)


def _settle_closed(condition: Relation) -> Expr:
    """A condition without symbols, by its values where they are far enough apart to be sure (ln(2) != 0)."""
    if has_symbols(condition):
        return condition
    from calcml.evaluation import Program

    lhs, rhs = Program(condition.args, []).run([])
    if not all(isinstance(value, (int, float)) for value in (lhs, rhs)) or lhs != lhs or rhs != rhs:
        return condition
    if isinstance(lhs, bool) or isinstance(rhs, bool):
        return condition
    if lhs == rhs or abs(lhs - rhs) <= 1e-9 * max(abs(lhs), abs(rhs), 1.0):
        return _settle_closely(condition)
    return TRUE if _holds(condition.data, (lhs > rhs) - (lhs < rhs)) else FALSE


CLOSELY = 10  # digits, of many times as many that are carried
_TOO_CLOSE = 1e-30  # a difference that may be what rounding left


def _settle_closely(condition: Relation) -> Expr:
    """Two sides without symbols that floats take for equal: by algebra (cos(pi/2) is 0), and by digits."""
    from calcml.algebra.fractions import is_zero
    from calcml.errors import CalcmlError
    from calcml.precise import precise_value

    difference = make(Sub, None, condition.args)
    try:
        if tree_size(difference) <= MAX_CLOSED and is_zero(difference):
            return TRUE if _holds(condition.data, 0) else FALSE
        value = precise_value(difference, {}, CLOSELY)
    except (CalcmlError, ArithmeticError, ValueError, TypeError):
        return condition
    if isinstance(value, bool) or 0 < abs(value) <= _TOO_CLOSE:
        return condition  # values prove no equality, but for whole numbers that come out exactly
    return TRUE if _holds(condition.data, (value > 0) - (value < 0)) else FALSE


MAX_CLOSED = 60  # nodes of a difference that algebra looks at


def _holds(sign: str, difference: int) -> bool:
    return {
        "<": difference < 0,
        "<=": difference <= 0,
        ">": difference > 0,
        ">=": difference >= 0,
        "=": difference == 0,
        "!=": difference != 0,
    }[sign]


def _settle_against_zero(sign: str, u: Expr, known: Known | None) -> Expr:
    if type(u) is Neg:
        return _settle_against_zero(FLIP[sign], u.args[0], known)
    if sign == ">" and is_positive(u, known):
        return TRUE
    if sign == ">=" and is_nonnegative(u, known):
        return TRUE
    if sign == "!=" and is_nonzero(u, known):
        return TRUE
    if sign == "<" and is_nonnegative(u, known):
        return FALSE
    if sign in (">", ">=", "=") and is_positive(neg(u), known):
        return FALSE
    if sign in (">", "!=") and cancels(u):
        return FALSE
    if sign == "!=" and type(u) is Mul:
        return settle(make(And, None, tuple(make(Relation, "!=", (factor, ZERO)) for factor in all_factors(u))), known)
    outweighed = _root_outweighs(u, known) if type(u) in (Add, Sub) else 0
    if outweighed:
        return TRUE if _holds(sign, outweighed) else FALSE
    if type(u) is Call and sign in ("!=", ">") and u.data in _ZERO_ONLY_AT_ZERO:
        return _settle_against_zero("!=" if u.data == "abs" else sign, u.args[0], known)
    if type(u) is Call and u.data == "ln":  # ln(u) > 0 is u > 1
        return settle(make(Relation, sign, (u.args[0], ONE)), known)
    if type(u) is Pow and sign in ("!=", ">"):
        ratio = ratio_of(u.args[1])
        if ratio is not None and ratio[0] > 0 and (sign == "!=" or ratio[1] == 1):
            if sign == ">" and ratio[0] % 2 == 0:
                sign = "!="
            return _settle_against_zero(sign, u.args[0], known)
    # x + 1 != 0 reads better as x != -1
    if type(u).__name__ in ("Add", "Sub") and len(u.args) == 2:
        first, second = u.args
        ratio = ratio_of(second)
        if type(first) is type(second) is Symbol and type(u) is Sub and sign in ("=", "!="):
            return make(Relation, sign, (first, second))
        if type(first) is Symbol and ratio is not None:
            return make(Relation, sign, (first, neg(second) if type(u).__name__ == "Add" else second))
        if type(second) is Symbol and ratio_of(first) is not None:
            if type(u).__name__ == "Sub":
                return make(Relation, FLIP[sign], (second, first))
            return make(Relation, sign, (second, neg(first)))
    return make(Relation, sign, (u, ZERO))


def _root_outweighs(u: Expr, known: Known | None) -> int:
    """The sign of w ± √v with v > w², the root's whatever the sign of w, as in x + √(1 + x²); 0 for anything else."""
    if len(u.args) != 2 or tree_size(u) > 60:
        return 0
    from calcml.algebra.read import terms_of
    from calcml.algebra.write import canonical

    for place, (root, w) in enumerate((u.args, u.args[::-1])):
        if type(root) is Call and root.data == "sqrt":
            beyond_the_square = make(Sub, None, (root.args[0], make(Mul, None, (w, w))))
            if is_positive(canonical(terms_of(beyond_the_square)), known):
                return -1 if type(u) is Sub and place == 1 else 1
    return 0


def _joinable(kept: list[tuple[Expr, Expr | None]], value: Expr, condition: Expr) -> int | None:
    """Where a case can be joined to an earlier one of the same value: no case between the two may overlap it."""
    if condition is TRUE:
        return None
    for place in range(len(kept) - 1, -1, -1):
        if kept[place][0] is value:
            return place
        if not disjoint(kept[place][1], condition):
            return None
    return None


_DISJOINT = {frozenset(pair) for pair in (("<", ">"), ("<", ">="), ("<", "="), (">", "<="), (">", "="), ("=", "!="))}


def disjoint(a: Expr | None, b: Expr) -> bool:
    """Whether two conditions about the same sides evidently never hold together."""
    return (
        isinstance(a, Relation)
        and isinstance(b, Relation)
        and a.args == b.args
        and frozenset((a.data, b.data)) in _DISJOINT
    )


# What two relations between the same sides say together: x < 0 or x = 0 is x <= 0.
_EITHER = {
    frozenset("<="): "<=",
    frozenset(">="): ">=",
    frozenset("<>"): "!=",
    frozenset(("<=", ">=")): "true",
    frozenset(("!=", "=")): "true",
    frozenset(("<", ">=")): "true",
    frozenset((">", "<=")): "true",
    frozenset(("<", "<=")): "<=",
    frozenset((">", ">=")): ">=",
    frozenset(("<", "!=")): "!=",
    frozenset((">", "!=")): "!=",
}


def either(a: Expr, b: Expr) -> Expr:
    """a or b, as one relation where it is one.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> either(x < 0, x > 0), either(x < 1, Relation("=", x, 1))
    (x != 0, x <= 1)
    """
    parts: list[Expr] = []
    for new in (*(a.args if isinstance(a, Or) else (a,)), *(b.args if isinstance(b, Or) else (b,))):
        place = end = len(parts)
        i = 0
        while i < end:
            joined = _as_one(parts[i], new)
            if joined is TRUE:
                return TRUE
            if joined is None:
                i += 1
            else:  # it stands where the first of the two stood, and may join others now
                del parts[i]
                new, place, i, end = joined, min(place, i), 0, end - 1
        parts.insert(place, new)
    return parts[0] if len(parts) == 1 else make(Or, None, tuple(parts))


def _as_one(a: Expr, b: Expr) -> Expr | None:
    """The relation that two relations between the same sides say together; None where there is none."""
    if a is b:
        return a
    if not (isinstance(a, Relation) and isinstance(b, Relation)):
        return None
    sign = FLIP[b.data] if a.args == b.args[::-1] else b.data if a.args == b.args else None  # y > x: x < y
    if sign is None:
        return None
    said = sign if sign == a.data else _EITHER.get(frozenset((a.data, sign)))
    return TRUE if said == "true" else make(Relation, said, a.args) if said is not None else None


def _numerator_alone(condition: Expr) -> Expr:
    """1/u != 0 asks for u != 0 alone, u/v != 0 for both: said where all conditions hold together."""
    if not isinstance(condition, Relation) or condition.data != "!=" or condition.args[1] is not ZERO:
        return condition
    u = condition.args[0]
    ratio = ratio_of(u.args[1]) if type(u) is Pow else None
    if ratio is not None and ratio[0] < 0:
        return settle(make(Relation, "!=", (u.args[0], ZERO)))
    if type(u) is Div:
        return settle(make(And, None, tuple([make(Relation, "!=", (part, ZERO)) for part in u.args])))
    return condition


def _mirrored(condition: Expr) -> Expr | None:
    """The same said the other way round: y != x for x != y, y - x = 0 for x - y = 0."""
    if not isinstance(condition, Relation):
        return None
    lhs, rhs = condition.args
    if rhs is not ZERO:
        return make(Relation, FLIP[condition.data], (rhs, lhs))
    return make(Relation, FLIP[condition.data], (make(Sub, None, lhs.args[::-1]), ZERO)) if type(lhs) is Sub else None


def combined(conditions: Iterable[Expr], known: Known | None = None) -> tuple[Expr, ...]:
    """All of the conditions as a list without repetition: settled, and each of x ≠ 0, x ≥ 0 dropped beside x > 0."""
    parts: list[Expr] = []
    stack = list(conditions)[::-1]
    while stack:
        condition = _numerator_alone(settle(stack.pop(), known))
        if isinstance(condition, And):
            stack.extend(reversed(condition.args))
        elif condition is not TRUE and condition not in parts and _mirrored(condition) not in parts:
            parts.append(condition)
    for i, part in enumerate(parts):  # x >= 0 and x != 0 make x > 0
        if isinstance(part, Relation) and part.data in ("<=", ">=") and make(Relation, "!=", part.args) in parts:
            parts[i] = make(Relation, part.data[0], part.args)
    kept: list[Expr] = []
    for i, part in enumerate(parts):  # of two that say the same (x > 1/2, x > 0.5) the first stays
        rivals = [*kept, *parts[i + 1 :]]
        if not any(implies(other, part) and (other in kept or not implies(part, other)) for other in rivals):
            kept.append(part)
    if any(isinstance(part, (And, Or)) for part in kept):
        kept = _told_by_the_others(kept, known)
    if FALSE in kept:
        return (FALSE,)
    kept = _signs_told_by_bounds(kept, known)
    if any(is_composite(part) for part in kept):
        kept = _told_by_sums(kept, known)
    if (
        len(kept) > 1
        or any(not isinstance(part, Relation) for part in kept)
        or any(is_composite(part) for part in kept)
    ):
        from calcml.intervals import on_the_line

        return on_the_line(kept)
    return tuple(kept)


MANY_TOLD = 60  # conditions, beyond which none is decided by the others


def _signs_told_by_bounds(parts: list[Expr], known: Known | None) -> list[Expr]:
    """Without conditions that the bounds of symbols beside them decide: gamma(x) > 0 beside x > 0."""
    bounded = [part for part in parts if not is_composite(part)]
    if not bounded or len(bounded) == len(parts) or len(parts) > MANY_TOLD:
        return parts
    within = {**(known or {}), **known_from(bounded)}
    return [part for part in parts if part in bounded or settle(part, within) is not TRUE]


def _told_by_sums(parts: list[Expr], known: Known | None) -> list[Expr]:
    """Without what follows by adding up the others, x != y beside x - y > 0; false where they exclude each other."""
    from calcml.halfspaces import exclude_each_other, follows

    if exclude_each_other(parts, known):
        return [FALSE]
    kept = list(parts)
    for part in sorted(parts, key=tree_size, reverse=True):
        others = [other for other in kept if other is not part]
        if (is_composite(part) or part.data == "!=") and others and follows(part, others, known):
            kept = others
    return kept


def _told_by_the_others(parts: list[Expr], known: Known | None) -> list[Expr]:
    """Alternatives without what plain conditions beside them say: x != 0 beside `x > 0 or n integer and x != 0`."""
    facts = [part for part in parts if isinstance(part, Relation)]
    found = [part if part in facts else given(part, facts, known) for part in parts]
    return [part for part in dict.fromkeys(found) if part is not TRUE]


def given(condition: Expr, facts: Iterable[Expr], known: Known | None = None) -> Expr:
    """The condition where the facts hold: each relation in it that one of them implies is true."""
    told: dict[Expr, Expr] = {
        node: TRUE
        for node in topological(condition)
        if isinstance(node, Relation) and any(implies(fact, node) for fact in facts)
    }
    return settle(replace(condition, told), known) if told else condition


def is_composite(part: Expr) -> bool:
    """Whether a condition is more than a symbol beside a number."""
    return not isinstance(part.args[0], Symbol) or ratio_of(part.args[1]) is None


def implies(strong: Expr, weak: Expr) -> bool:
    """Whether one condition evidently implies another: by parts, or about the same left side (x > 0 implies x != 0)."""
    if strong is weak:
        return True
    if not (isinstance(strong, Relation) and isinstance(weak, Relation)):
        return tree_size(strong) * tree_size(weak) <= MAX_IMPLIED and _implied_by_parts(strong, weak)
    if strong.args[0] is not weak.args[0]:
        return False
    p, q = ratio_of(strong.args[1]), ratio_of(weak.args[1])
    if p is None or q is None:
        return strong.args == weak.args and weak.data in _WEAKER.get(strong.data, ())
    ahead = p[0] * q[1] - q[0] * p[1]  # > 0: the stronger bound lies to the right of the weaker one
    s, w = strong.data, weak.data
    if s in (">", ">=") and w in (">", ">=", "!="):
        return ahead > 0 or (ahead == 0 and (w in _WEAKER.get(s, ()) or w == s))
    if s in ("<", "<=") and w in ("<", "<=", "!="):
        return ahead < 0 or (ahead == 0 and (w in _WEAKER.get(s, ()) or w == s))
    return s == "=" and _holds(w, ahead)


MAX_IMPLIED = 4000  # nodes of one condition times nodes of the other; beyond it nothing is evident


def _implied_by_parts(strong: Expr, weak: Expr) -> bool:
    if isinstance(strong, Or):
        return all(implies(part, weak) for part in strong.args)
    if isinstance(weak, And):
        return all(implies(strong, part) for part in weak.args)
    if isinstance(strong, And) and any(implies(part, weak) for part in strong.args):
        return True
    return isinstance(weak, Or) and any(implies(strong, part) for part in weak.args)


_WEAKER = {">": (">=", "!="), "<": ("<=", "!="), "=": (">=", "<=")}


def settle_cases(node: Expr) -> Expr:
    """A Piecewise with decided conditions decided, and neighbouring cases of one value joined."""
    kept: list[tuple[Expr, Expr | None]] = []
    for value, condition in node.cases:  # type: ignore[attr-defined]
        settled = TRUE if condition is None else settle(condition)
        if settled is FALSE:
            continue
        place = _joinable(kept, value, settled)
        if place is not None:
            joined = either(kept[place][1], settled)  # type: ignore[arg-type]
            kept[place] = (value, joined)
            if joined is TRUE:
                kept = [*kept[:place], (value, None)]
                break
            continue
        if settled is TRUE:
            kept.append((value, None))
            break
        kept.append((value, settled))
    if not kept:
        return node
    if kept[0][1] is None:
        return kept[0][0]
    args: list[Expr] = []
    for value, condition in kept:
        args += (value,) if condition is None else (value, condition)
    return make(Piecewise, None, tuple(args))
