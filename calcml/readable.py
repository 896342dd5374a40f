"""The readable form of an expression as people ask for it: assumptions used, conditions kept, steps checked."""

from __future__ import annotations

from calcml.algebra.rules import ASSUMED, BY_FORM
from calcml.assumptions import NOTHING, Assumptions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.build import neg
from calcml.conditions import combined
from calcml.derivation import Step
from calcml.domains import domain, require_numbers, requirements
from calcml.expr import ONE, And, Call, Expr, Piecewise, Symbol, make
from calcml.forms import in_form
from calcml.lines import Move
from calcml.sign import is_positive
from calcml.simplification import readable_moves
from calcml.traverse import rewrite_bottom_up
from calcml.verify import Verifier


def under(assuming: Assumptions, expr: Expr) -> Expr:
    """The expression with |u| and sign(u) settled where the assumptions settle the sign of u."""
    if not assuming.known:
        return expr

    def visit(node: Expr) -> Expr:
        if type(node) is Call and node.data in ("abs", "sign"):
            (u,) = node.args
            for sign, positive in ((ONE, u), (neg(ONE), neg(u))):
                if is_positive(positive, assuming.known):
                    return positive if node.data == "abs" else sign
        return node

    return rewrite_bottom_up(expr, visit)


def moves_under(assuming: Assumptions, expr: Expr, budget: Budget, pieces_of: Expr) -> list[Move]:
    """The rewritings to readable form; where |u| comes up and the sign of u is assumed, that is used too."""
    moves: list[Move] = []
    for _ in range(_ROUNDS):
        settled = under(assuming, expr)
        if settled is not expr:
            moves.append(Move(ASSUMED, expr, settled))
        elif moves:
            break
        moves += readable_moves(settled, budget, pieces_of)
        if not moves or moves[-1].after is expr:
            break
        expr = moves[-1].after
    return moves


_ROUNDS = 3  # a sign that is settled may bring out another one


def simplify(
    f: Expr, form: str = "auto", assuming: Assumptions = NOTHING, budget: Budget = DEFAULT, x: Expr | None = None
) -> Expr:
    """The expression in readable form, or the form asked for, with the value and the domain of `f`.

    form: auto, expanded, factored, collected, together, cancelled or apart. x: the variable that `collected` and
    `apart` are about; the only one, if there is one. Where the result is defined at more points than `f`, the
    conditions that were lost stay with it as a case, unless `assuming` settles them.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> simplify(2*x + 3*x), simplify(x/x), simplify((x + 1)**2, form="expanded")
    (5*x, {1: x != 0}, x^2 + 2*x + 1)
    """
    require_numbers(f)
    result = readable_form(f, assuming, budget) if form == "auto" else in_form(under(assuming, f), form, x)
    lost = lost_conditions(f, result, assuming)
    if not lost:
        return result
    return Piecewise((result, lost[0] if len(lost) == 1 else make(And, None, lost)))


def readable_form(f: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The readable form alone, without the conditions that may be lost on the way to it."""
    moves = moves_under(assuming, f, budget, f)
    return moves[-1].after if moves else f


def simplification_steps(
    f: Expr,
    assuming: Assumptions = NOTHING,
    budget: Budget = DEFAULT,
    form: str = "auto",
    x: Expr | None = None,
) -> tuple[Step, ...]:
    """How the readable form, or the one asked for, comes about: rewritings as steps, checked like all others."""
    if form == "auto":
        steps = tuple(map(algebra_step, moves_under(assuming, f, budget, f)))
    else:
        result = in_form(f, form, x)
        steps = () if result is f else (algebra_step(Move(BY_FORM[form], f, result)),)
    symbols = sorted(free_symbols(f), key=lambda symbol: symbol.data)
    if steps and not f.shape:
        verifier = Verifier([f], symbols[0] if symbols else Symbol("x"), [*assuming.conditions, *requirements(f)])
        pairs = [(step.focus_before, step.focus_after) for step in steps]
        for step, check in zip(steps, verifier.equalities(pairs), strict=True):
            step.check = check
    return steps


def lost_conditions(f: Expr, result: Expr, assuming: Assumptions = NOTHING) -> tuple[Expr, ...]:
    """What `f` needs to be defined and `result`, equal to it where both are, does not."""
    needed = combined([*requirements(f, assuming.known), *requirements(result, assuming.known)], assuming.known)
    own = set(domain(result, assuming.known))
    return tuple(condition for condition in needed if condition not in own)


def algebra_step(move: Move) -> Step:
    """One rewriting of the whole line as a step; still to be checked."""
    return Step(
        "simplify",
        rule=move.rule.name,
        title=move.rule.title,
        statement=move.rule.statement,
        why=move.rule.explanation,
        focus_before=move.before,
        focus_after=move.after,
        result=move.after,
        bindings=() if move.taken is None else (("u", move.taken),),
    )
