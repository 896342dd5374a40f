"""Reading the arguments of a command: the expression, the variable, the point, the assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from calcml.assumptions import NOTHING, Assumptions, assume
from calcml.binding import free_symbols
from calcml.cli.app import read_expression
from calcml.cli.output import note
from calcml.errors import CalcmlError, InputError
from calcml.expr import Expr, Symbol
from calcml.syntax.parsed import Parsed
from calcml.syntax.parser import parse_text


def parsed(argument: str, declared: str, juxtapose: str) -> Parsed:
    """What an EXPR argument says; how an implicit rule read it is echoed on stderr."""
    text = read_expression(argument)
    symbols = declarations(declared)
    result = parse_text(text, symbols=symbols, juxtapose=juxtapose)
    for sentence in result.notes:
        note(sentence)
    return result


@contextmanager
def pointing_into(read: Parsed, below: tuple[int, ...] = ()) -> Iterator[None]:
    """Errors about a part of the expression get the place in the text that part was read from."""
    try:
        yield
    except CalcmlError as error:
        if error.path is not None and error.span is None:
            error.span, error.source = read.span_of((*below, *error.path)), read.text
        raise


def declarations(declared: str) -> tuple[Symbol, ...]:
    """The symbols of --vars."""
    if not declared.strip():
        return ()
    from calcml.syntax.declarations import parse_declarations

    return parse_declarations(declared)


def assumptions(text: str) -> Assumptions:
    """The assumptions of --assume."""
    return assume(text) if text.strip() else NOTHING


def point(text: str, declared: str = "") -> dict[Expr, Expr]:
    """The values of --at, and the definitions of --with."""
    from calcml.syntax.declarations import parse_point

    return dict(parse_point(text, symbols=declarations(declared)).items())


def direction(text: str, declared: str = "") -> Expr:
    """The vector of --along: `3,4`, with or without brackets."""
    inside = text.strip()
    return parse_text(inside if inside.startswith("[") else f"[{inside}]", symbols=declarations(declared)).expr


def variables(names: Sequence[str], expr: Expr, declared: str = "") -> tuple[Expr, ...]:
    """The variables named as arguments: symbols as they occur (with their shapes), or entries w[1]."""
    known = {symbol.data: symbol for symbol in (*declarations(declared), *free_symbols(expr))}
    found: list[Expr] = []
    for text in names:
        for name in text.replace(",", " ").split() if "[" not in text else [text]:
            symbol = Symbol(name) if "[" not in name else parse_text(name, symbols=tuple(known.values())).expr
            found.append(known.get(symbol.data, symbol) if isinstance(symbol, Symbol) else symbol)
    return tuple(found)


def interval(ends: tuple[str, str]) -> tuple[Expr, Expr]:
    """The two ends of --on."""
    from calcml.syntax.parser import parse_text

    low, high = [parse_text(read_expression(end)).expr for end in ends]
    return low, high


def variable(name: str | None, expr: Expr) -> Expr:
    """The variable asked for, else the only one there is."""
    return the_only_variable(expr) if name is None else Symbol(name)


def the_only_variable(expr: Expr) -> Expr:
    """The one variable of an expression, x if there is none. InputError that lists them where there are several."""
    found = sorted(free_symbols(expr), key=lambda symbol: symbol.data)
    if len(found) == 1:
        return found[0]
    if not found:
        return Symbol("x")
    names = ", ".join(symbol.data for symbol in found)
    raise InputError(
        f"the expression has several variables: {names}",
        hint=f'say which one to differentiate by: calcml diff "…" {found[0].data}',
    )
