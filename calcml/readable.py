"""The readable form of an expression: assumptions used, conditions kept, rewritings as steps."""

from __future__ import annotations

from calcml.algebra.rules import ASSUMED
from calcml.assumptions import NOTHING, Assumptions
from calcml.budget import DEFAULT, Budget
from calcml.build import neg
from calcml.conditions import combined
from calcml.derivation import Step
from calcml.domains import domain, requirements
from calcml.expr import ONE, Call, Expr
from calcml.lines import Move
from calcml.signs import is_positive
from calcml.simplification import readable_moves
from calcml.traverse import rewrite_bottom_up


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


def readable_form(f: Expr, assuming: Assumptions = NOTHING, budget: Budget = DEFAULT) -> Expr:
    """The readable form alone, without the conditions that may be lost on the way to it."""
    moves = moves_under(assuming, f, budget, f)
    return moves[-1].after if moves else f


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
