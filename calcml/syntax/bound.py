"""The variables that `sum(ab^2, ab, 1, 3)` and its kin bind, found before the text is read."""

from __future__ import annotations

import re
from functools import cache

from calcml.errors import ParseError
from calcml.expr import Symbol
from calcml.syntax.implicit import BINDERS, Names
from calcml.syntax.names import WORD, name_of

_ANY_BINDER = re.compile(rf"(?<!\w)(?:{'|'.join(BINDERS)})\s*\(")


@cache
def _binder_parts() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The brackets and commas that tell the arguments of binders apart, and an argument that is one name."""
    return re.compile(_ANY_BINDER.pattern + r"|[()\[\]{},]"), re.compile(rf"\s*({WORD})\s*\Z")


def bound_names(text: str, names: Names) -> dict[int, tuple[int, Symbol]]:
    """Where `sum(ab^2, ab, 1, 3)` begins: the end of the part in which ab is one name, and that name.

    The bound variable comes after the body, so it is looked up before anything is read. Single letters need no such
    care, except the constant e.
    """
    found: dict[int, tuple[int, Symbol]] = {}
    if _ANY_BINDER.search(text) is None:
        return found
    parts, argument = _binder_parts()
    # [where the call begins or -1, number of commas so far, where the second argument begins]
    stack: list[list[int]] = []
    for part in parts.finditer(text):
        mark = part[0]
        if mark in ")]},":
            if not stack:
                continue
            begin, commas, second = stack[-1]
            if mark == "," and begin >= 0 and commas == 0:
                stack[-1][1:] = [1, part.end()]
                continue
            if begin >= 0 and commas == 1 and part.start() - second < 300:
                symbol = _variable(argument.match(text, second, part.start()))
                if symbol is not None and symbol.data not in names.declared:
                    found[begin] = (part.start(), symbol)
            if mark == ",":
                stack[-1][1] += 1
            else:
                stack.pop()
        else:
            stack.append([part.start() if len(mark) > 1 else -1, 0, 0])
    return found


def _variable(found: re.Match[str] | None) -> Symbol | None:
    if found is None or (len(found[1]) == 1 and found[1] != "e"):
        return None
    try:
        return Symbol(name_of(found[1]))
    except ParseError:
        return None
