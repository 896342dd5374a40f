"""The small languages of the command line's options: `--vars "w[n], X[N,d]"`, `--at "x=1, y=2"`, `--assume "x>0"`.

Each part is split off at the commas outside of brackets and read by the one parser, so an error points into the
whole text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from calcml.budget import DEFAULT, Budget
from calcml.decimals import integer_of
from calcml.errors import CalcmlError, ParseError, Span
from calcml.expr import And, Expr, Not, Or, Relation, Symbol
from calcml.syntax.implicit import CONSTANTS
from calcml.syntax.names import canonical_name
from calcml.syntax.parsed import Parsed

PROPERTIES = ("integer", "real", "positive", "negative", "nonnegative", "nonpositive", "nonzero")
Condition = Expr | tuple[Symbol, str]

_DECLARATION = r"\s*([^\s\[\]()]+?)\s*(?:\[([^\[\]]*)\])?\s*\Z"
_PROPERTY = r"\s*(\S+)\s+(?:is\s+|in\s+)?(?:an?\s+)?([A-Za-z-]+)\s*\Z"


def parse_declarations(text: str) -> tuple[Symbol, ...]:
    """Names and shapes of variables. ParseError for what is none.

    >>> parse_declarations("w[n], X[N,d], lr")
    (w, X, lr)
    >>> [symbol.shape for symbol in parse_declarations("w[3], X[N,d], lr")]
    [(3,), ('N', 'd'), ()]
    """
    found: dict[str, Symbol] = {}
    for start, end in _parts(text, "a name", separators=", \t\n;"):
        part = re.match(_DECLARATION, text[start:end])
        if part is None:
            raise _fail(text, start, end, f"{_short(text[start:end])!r} declares no variable",
                        "variables are declared as in x, w[n], X[N, d]")  # fmt: skip
        name = _name(text, start + part.start(1), start + part.end(1))
        shape = (
            tuple(_dimension(text, start, end, word.strip()) for word in (part[2] or "").split(","))
            if (part[2] is not None)
            else ()
        )
        if len(shape) > 2:
            raise _fail(text, start, end, f"{name} has {len(shape)} dimensions, and at most two are known", None)
        symbol = Symbol(name, shape)
        if found.get(name, symbol) is not symbol:
            raise _fail(text, start, end, f"{name} is declared twice, with different shapes", None)
        found[name] = symbol
    return tuple(found.values())


def parse_point(text: str, *, symbols: Iterable[Symbol | str] = (), budget: Budget = DEFAULT) -> dict[Symbol, Expr]:
    """Values of variables. ParseError for what is no `name = value`.

    >>> parse_point("x=1, y = sqrt(2)/2")
    {x: 1, y: sqrt(2)/2}
    """
    from calcml.syntax.implicit import declared_names

    declared = declared_names(symbols)
    point: dict[Symbol, Expr] = {}
    for start, end in _parts(text, "a value such as x=1"):
        sign = text.find("=", start, end)
        if sign < 0:
            raise _fail(text, start, end, f"{_short(text[start:end])!r} gives no variable a value", "write x=1, y=2")
        begin, stop = _stripped(text, start, sign)
        name = _name(text, begin, stop)
        if name in CONSTANTS and name not in declared:
            raise _fail(text, begin, stop, f"{name} is a constant", f"a variable of that name needs --vars {name}")
        symbol = declared.get(name, Symbol(name))
        assert isinstance(symbol, Symbol)
        if symbol in point:
            raise _fail(text, start, end, f"{name} is given two values", None)
        value = _read(text, sign + 1, end, symbols, budget).expr
        if isinstance(value, (Relation, And, Or, Not)):
            raise _fail(text, sign, end, "a value is an expression, not a condition", "write x=1, y=2")
        point[symbol] = value
    return point


def parse_conditions(
    text: str, *, symbols: Iterable[Symbol | str] = (), budget: Budget = DEFAULT
) -> tuple[Condition, ...]:
    """Assumptions: relations, and names with a property (integer, real, positive, …). ParseError for anything else.

    >>> parse_conditions("x>0, n integer, a != b")
    (x > 0, (n, 'integer'), a != b)
    """
    from calcml.syntax.implicit import declared_names

    declared = declared_names(symbols)
    conditions: list[Condition] = []
    for start, end in _parts(text, "a condition"):
        found = re.match(_PROPERTY, text[start:end])
        if found is not None and not set(found[1]) & set("<>=≤≥≠!+-*/^()"):
            word = found[2].lower().replace("-", "").removesuffix("s")
            if word not in PROPERTIES:
                at = start + found.start(2)
                from calcml.syntax.suggestions import any_of, nearest

                close = nearest(word, PROPERTIES)
                raise _fail(
                    text, at, start + found.end(2), f"{_short(found[2])!r} is no property of a variable",
                    f"did you mean {any_of(close)}?" if close else f"there are {', '.join(PROPERTIES)}",
                )  # fmt: skip
            name = _name(text, start + found.start(1), start + found.end(1))
            symbol = declared.get(name, Symbol(name))
            assert isinstance(symbol, Symbol)
            conditions.append((symbol, word))
            continue
        expr = _read(text, start, end, symbols, budget).expr
        for relation in expr.args if isinstance(expr, And) else (expr,):
            if not isinstance(relation, Relation):
                raise _fail(text, start, end, f"{_short(text[start:end])!r} is no condition", "write x>0, or n integer")
            conditions.append(relation)
    return tuple(conditions)


# ---- parts ---------------------------------------------------------------------------------------------------------


def _parts(text: str, wanted: str, separators: str = ",;") -> Iterator[tuple[int, int]]:
    """The pieces between separators outside of brackets, without blanks at their ends."""
    if not isinstance(text, str):
        raise ParseError(f"{wanted} is text, not {type(text).__name__}")
    DEFAULT.require("text", len(text), Span(0, 0))
    depth = 0
    start = 0
    blanks_separate = " " in separators
    for at, char in enumerate(text + ","):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char in separators and (depth <= 0 or at == len(text)):
            begin, end = _stripped(text, start, at)
            if begin < end:
                yield begin, end
            elif not (blanks_separate and (char != "," or at == len(text))) and not (at == len(text) and start > 0):
                raise _fail(text, begin, min(at + 1, len(text)), f"{wanted} is expected", None)
            start = at + 1


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _name(text: str, start: int, end: int) -> str:
    try:
        return canonical_name(text[start:end])
    except ParseError as error:
        raise _fail(text, start, end, error.message, error.hint) from None


def _dimension(text: str, start: int, end: int, word: str) -> int | str:
    if word.isascii() and word.isdigit() and len(word) < 10 and integer_of(word) > 0:
        return integer_of(word)
    try:
        return canonical_name(word)
    except ParseError:
        raise _fail(
            text, start, end, f"{_short(word)!r} is no dimension", "a dimension is a number or a name: w[3], X[N, d]"
        ) from None


def _read(text: str, start: int, end: int, symbols: Iterable[Symbol | str], budget: Budget) -> Parsed:
    """Read one part, with errors that point into the whole."""
    from calcml.syntax.parser import parse_text

    try:
        return parse_text(text[start:end], symbols=symbols, budget=budget)
    except CalcmlError as error:
        if error.span is not None:
            error.span = Span(error.span.start + start, error.span.end + start)
        error.source = text
        raise


def _fail(text: str, start: int, end: int, message: str, hint: str | None) -> ParseError:
    return ParseError(message, span=Span(start, end), hint=hint, source=text)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
