r"""d/dx, ∂²/∂x∂y, dy/dx and \frac{d}{dx} as one token, and the dx that ends an integral as another."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from calcml.errors import ParseError, Span
from calcml.expr import Expr, Number, Symbol
from calcml.syntax.implicit import CONSTANTS
from calcml.syntax.names import FROM_GREEK, GREEK, GREEK_COMMANDS, RAISED, SUBSCRIPT, WORD, name_of

if TYPE_CHECKING:
    from calcml.syntax.implicit import Names
    from calcml.syntax.tokens import Tokens

LEIBNIZ, DIFFERENTIAL = "d/d", "dx"

_ORDER = r"(?:\^\{?[0-9]+\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
# LaTeX. Blanks are bounded, so that no text makes the expression try again and again.
_D = r"(?:\\partial(?![A-Za-z])|\\mathrm\{ ?d ?\}|d)"
_GAP = r"(?:[ ]|\\,){0,3}"
_LETTERS = (
    rf"(?:\\(?:mathrm|mathit|text|textrm)\{{[A-Za-z][A-Za-z0-9]*\}}|\\(?:{'|'.join(GREEK_COMMANDS)})(?![A-Za-z])"
    rf"|[A-Za-z][A-Za-z0-9]*|[{''.join(FROM_GREEK)}][0-9]*)"
)
_NAME = rf"{_LETTERS}(?:{SUBSCRIPT})*"
_TIMES = rf"(?:\^(?:[0-9A-Za-z]|\{{[ ]?(?:[0-9]{{1,9}}|{_NAME})[ ]?\}}))?"
_GROUPED = r"(?:[^{}]|\{[^{}]{0,80}\})"


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """d/dx and its kin as a whole, one variable below the bar; the same in LaTeX; dx. Compiled when a text needs it."""
    whole = (
        rf"(?P<mark>[d∂])(?P<order>{_ORDER})[ ]?(?P<body>{WORD})?[ ]*[/∕⁄][ ]*"
        rf"(?P<by>(?P=mark)[ ]?{WORD}{_ORDER}(?:[ ]?∂[ ]?{WORD}{_ORDER})*)(?![A-Za-z0-9(])"
    )
    fraction = (
        rf"\\[dtc]?frac[ ]{{0,3}}\{{{_GAP}(?P<mark>{_D})(?P<order>{_TIMES}){_GAP}(?P<body>{_NAME})?{_GAP}\}}[ ]{{0,3}}"
        rf"\{{{_GAP}(?P<by>(?:{_D}{_GAP}{_NAME}{_TIMES}{_GAP}){{1,20}})\}}"
    )
    return (
        re.compile(whole),
        re.compile(rf"[d∂][ ]?(?P<name>{WORD}?)(?P<order>{_ORDER})(?=∂|[ ]|\Z)"),
        re.compile(fraction),
        re.compile(rf"(?P<mark>{_D}){_GAP}(?P<name>{_NAME})(?P<order>{_TIMES}){_GAP}"),
        re.compile(rf"(?:d|\\mathrm\{{ ?d ?\}}[ ]{{0,3}})(?P<name>{_NAME})(?![A-Za-z0-9(_{{])"),
        re.compile(
            rf"\\[dtc]?frac *\{{ *(?:d{_GROUPED}{{0,200}}\}} *\{{ *{_D}{_NAME}{_TIMES} *\}}"
            rf"|{_D}(?:\^(?:\w|\{{{_GROUPED}{{0,200}}\}}))? *\}} *\{{ *{_D}{_NAME})"
        ),
    )


def derivative(text: str, start: int, tokens: Tokens, names: Names) -> int:
    """Read d/dx, dy/dx, d²/dx², ∂²/∂x∂y as one token; the position after it, or 0 when there is none here."""
    if text[start] == "\\":
        return (
            _fraction(text, start, tokens, names)
            if text.startswith("frac", start + 1, start + 6) or (text.startswith("frac", start + 2, start + 6))
            else 0
        )
    pattern, one_by, *_ = _patterns()
    found = pattern.match(text, start)
    if found is None:
        return 0
    mark = found["mark"]
    variables: list[tuple[Expr, Expr | None]] = []
    total = 0
    for part in one_by.finditer(found["by"]):
        try:
            name = _plain(part["name"])
        except ParseError:
            return 0
        declared = names.declared.get(name)
        whole = mark + part["name"]
        is_letter = len(name.partition("_")[0].rstrip("0123456789")) == 1
        if mark == "d" and (whole in names.declared or whole in GREEK):
            return 0
        if not (is_letter or declared is not None or name.rstrip("0123456789").partition("_")[0] in GREEK):
            return 0
        order = _count(part["order"])
        variables.append((declared if declared is not None else Symbol(name), Number(order) if order > 1 else None))
        total += order
    body = found["body"]
    if mark == "d" and ("d" in names.declared or (body and "d" + body in names.declared)):
        return 0
    if body and mark == "d" and len(body.rstrip("0123456789")) > 1 and body not in GREEK and body not in names.declared:
        return 0
    if not variables or total != _count(found["order"]) or total > 1000:
        raise _orders_differ(text, start, found.end())
    subject = names.declared.get(_plain(body), Symbol(_plain(body))) if body else None
    tokens.add(LEIBNIZ, (subject, variables), start, found.end())
    return found.end()


def _fraction(text: str, start: int, tokens: Tokens, names: Names) -> int:
    r"""\frac{d^{2}}{dx^{2}}, \frac{\partial f}{\partial x}."""
    _, _, pattern, one_by, _, likely = _patterns()
    found = pattern.match(text, start)
    if found is None:
        if likely.match(text, start) is not None:
            raise ParseError(
                "this could be a derivative or a quotient", span=Span(start, start + 5), source=text,
                hint=r"write \frac{d}{dx}, \frac{d^{n}}{dx^{n}}, diff(f, x, n), or d \cdot x for the product",
            )  # fmt: skip
        return 0
    is_partial = "partial" in found["mark"]
    variables: list[tuple[Expr, Expr | None]] = []
    orders: list[Expr | None] = []
    for part in one_by.finditer(found["by"]):
        if ("partial" in part["mark"]) != is_partial:
            return 0
        order = _order(part["order"], names)
        orders.append(order)
        variables.append((_variable(part["name"], start, found.end(), text, names), order))
    above = _order(found["order"], names)
    counts = [1 if order is None else order.data for order in [above, *orders]]
    whole = [count for count in counts if isinstance(count, int)]
    if len(whole) == len(counts):
        fits = whole[0] == sum(whole[1:]) <= 1000
    else:
        fits = len(variables) == 1 and above is orders[0]
    if not fits or (len(variables) > 1 and not is_partial):
        raise _orders_differ(text, start, found.end())
    body = found["body"]
    subject = _variable(body, start, found.end(), text, names) if body else None
    tokens.add(LEIBNIZ, (subject, variables), start, found.end())
    return found.end()


def differential(text: str, start: int, tokens: Tokens, names: Names) -> int:
    r"""Read the dx of \int x\,dx as one token; the position after it, or 0 where no integral waits for one."""
    if not tokens.integrals:
        return 0
    found = _patterns()[4].match(text, start)
    if found is None:
        return 0
    written = found["name"]
    name = _plain(written)
    if (
        written[0].isascii()
        and written[0].isalpha()
        and name not in names.declared
        and (len(name.partition("_")[0].rstrip("0123456789")) > 1)
    ):
        return 0
    tokens.integrals -= 1
    tokens.add(DIFFERENTIAL, _variable(written, start, found.end(), text, names), start, found.end())
    return found.end()


def _plain(written: str) -> str:
    r"""The canonical name of what stands for a variable: x_{1}, \theta, \mathrm{loss}_{i}."""
    command, brace, rest = written.partition("{")
    if brace and command[:1] == "\\" and "_" not in command:
        word, _, below = rest.partition("}")
        written = word + below
    elif command[:1] == "\\":
        command, mark, below = written[1:].partition("_")
        written = GREEK_COMMANDS[command] + mark + below
    return name_of(written)


def _variable(written: str, start: int, end: int, text: str, names: Names) -> Expr:
    name = _plain(written)
    declared = names.declared.get(name)
    if declared is None and name in CONSTANTS:
        raise ParseError(
            f"{name} is a constant, and no variable", span=Span(start, end), source=text,
            hint=f"a variable of that name needs --vars {name}",
        )  # fmt: skip
    return declared if declared is not None else Symbol(name)


def _order(written: str, names: Names) -> Expr | None:
    """The n of d^n; None for 1."""
    written = written[1:].removeprefix("{").removesuffix("}").strip() if written[1:2] == "{" else written[1:]
    if written.isdigit():
        return Number(int(written)) if int(written) != 1 else None
    if not written:
        return None
    name = _plain(written)
    return names.declared.get(name, Symbol(name))


def _count(text: str) -> int:
    digits = "".join(RAISED.get(char, char) for char in text.strip("^{}"))
    return int(digits) if digits and len(digits) < 5 else 1 if not digits else 10**4


def _orders_differ(text: str, start: int, end: int) -> ParseError:
    return ParseError(
        "the orders above and below differ in this derivative", span=Span(start, end), source=text,
        hint="write d^2/dx^2 f, or diff(f, x, 2)",
    )  # fmt: skip
