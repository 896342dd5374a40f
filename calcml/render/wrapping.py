"""Long lines broken where a reader would: before the + of a sum, between factors, and inside a bracket last of all."""

from __future__ import annotations

_OPENING, _CLOSING = "([{", ")]}"
_BEFORE = frozenset("+-\u2212=<>\u2264\u2265\u2260")  # a row begins with these
_WORDS = ("and ", "or ", "if ", "otherwise")
_SHORTEST = 0.25  # of the width: a shorter row is only made where there is no other place


def wrapped(line: str, width: int) -> list[str]:
    """The line as rows of at most that many characters, where there are places to break it.

    >>> wrapped("x*sin(1 + y) + cos(2 + z) - exp(3 + x)*(y + 1)", 30)
    ['x*sin(1 + y) + cos(2 + z)', '- exp(3 + x)*(y + 1)']
    """
    rows: list[str] = []
    brackets: list[str] = []  # those open where the line begins
    while len(line) > width:
        best: tuple[bool, int, int] | None = None
        inside = list(brackets)
        for i, sign in enumerate(line):
            if sign in _OPENING:
                inside.append(sign)
            elif sign in _CLOSING and inside:
                inside.pop()
            cost = _cost(line, i, len(inside), inside[-1] if inside else "")
            if cost is None or (i > width and best is not None):
                if i > width and best is not None:
                    break
                continue
            # A long enough row first, then the cheapest place, then the last one.
            found = (i < _SHORTEST * width, cost, -i)
            if best is None or found < best:
                best = found
        if best is None:
            break
        at = -best[2]
        row = line[:at]
        for sign in row:
            if sign in _OPENING:
                brackets.append(sign)
            elif sign in _CLOSING and brackets:
                brackets.pop()
        rows.append(row.rstrip())
        line = line[at:].lstrip()
    return [*rows, line]


def _cost(line: str, i: int, depth: int, bracket: str) -> int | None:
    """How much a break before character i disturbs; None where there is no place to break."""
    if i == 0:
        return None
    before, after = line[i - 1], line[i + 1 : i + 2]
    if line[i] == " " and i + 1 < len(line):
        if after in _BEFORE and line[i + 2 : i + 3] == " ":
            return 2 * depth
        if before == "," or before == ";":
            return 2 * (depth - 1) if bracket in "[{" else 2 * depth + 1
        if line.startswith(_WORDS, i + 1):
            return 2 * depth
    if before in "*\u00b7" and line[i] != " ":
        return 2 * depth + 1
    return None
