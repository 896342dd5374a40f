"""`parse`: typed mathematics to an expression; what the parser says beyond that is in `syntax.parser.parse_text`."""

from __future__ import annotations

from collections.abc import Iterable

from calcml.budget import DEFAULT, Budget
from calcml.expr import Expr, Symbol
from calcml.syntax.parser import parse_text


def parse(text: str, *, symbols: Iterable[Symbol | str] = (), budget: Budget = DEFAULT) -> Expr:
    """The expression that `text` stands for, as written; nothing is evaluated or executed.

    symbols: names (or symbols with shapes) that are declared, so that `xy` is one name and not x*y. The grammar is in
    docs/INPUT.md. Errors: ParseError, UnknownNameError, ArityError, ShapeError, LimitError, each with a position.

    >>> parse("2x sin x"), parse("xy"), parse("xy", symbols=["xy"])
    (2*x*sin(x), x*y, xy)
    """
    return parse_text(text, symbols=symbols, budget=budget).expr
