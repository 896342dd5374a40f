"""What may be assumed about symbols: one immutable value, passed to the operations that use it, never kept on nodes."""

from __future__ import annotations

from collections.abc import Sequence

from calcml.expr import Expr, Relation, make
from calcml.signs import Known, known_from


class Assumptions:
    """Conditions that hold: relations such as x > 0, and symbols that are whole numbers.

    >>> assume("x > 0, n integer")
    assume('x > 0, n integer')
    """

    __slots__ = ("conditions", "known")

    conditions: tuple[Expr, ...]
    known: Known

    def __init__(self, conditions: Sequence[Expr] = ()) -> None:
        object.__setattr__(self, "conditions", tuple(conditions))
        object.__setattr__(self, "known", known_from(list(conditions)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("assumptions are immutable; call assume again")

    def __reduce__(self) -> tuple[type[Assumptions], tuple[tuple[Expr, ...]]]:
        return Assumptions, (self.conditions,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assumptions) and self.conditions == other.conditions

    def __hash__(self) -> int:
        return hash(self.conditions)

    def __repr__(self) -> str:
        from calcml.domains import integer_in_words

        return f"assume({', '.join(integer_in_words(condition) for condition in self.conditions)!r})"


NOTHING = Assumptions()


def assume(text: str) -> Assumptions:
    """Assumptions from text: relations, and `n integer`, `x positive`, `x real`.

    >>> assume("0 < p, p < 1").conditions
    (0 < p, p < 1)
    """
    from calcml.domains import is_integer
    from calcml.errors import ParseError
    from calcml.expr import ZERO
    from calcml.syntax.declarations import parse_conditions

    conditions: list[Expr] = []
    for item in parse_conditions(text):
        if isinstance(item, Relation):
            conditions.append(item)
            continue
        symbol, word = item  # type: ignore[misc]
        sign = {"positive": ">", "negative": "<", "nonnegative": ">=", "nonzero": "!="}.get(word)
        if word == "integer":
            conditions.append(is_integer(symbol))
        elif sign is not None:
            conditions.append(make(Relation, sign, (symbol, ZERO)))
        elif word != "real":
            raise ParseError(f"{word!r} is not something to assume", hint="integer, positive, negative, nonzero, real")
    return Assumptions(conditions)
