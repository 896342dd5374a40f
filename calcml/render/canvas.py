"""Pictures in the terminal: lines in braille dots (or ASCII characters) with axes and ticks.

A cell of the terminal holds 2 x 4 dots, so a picture of 64 x 18 cells has 128 x 72 of them. No package is needed, and a
line is only drawn where it was given: a gap in the data stays a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

Ticks = Sequence[tuple[float, str]]
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column of the cell
ANSI = {"blue": "34", "red": "31", "green": "32", "magenta": "35", "dim": "2"}


class Curve(NamedTuple):
    """Polylines in data coordinates. marker: a character at every vertex; dashed: every other dot; char: for ASCII."""

    lines: Sequence[Sequence[tuple[float, float]]]
    name: str = ""
    marker: str = ""
    dashed: bool = False
    char: str = "*"
    colour: str = ""


class Frame(NamedTuple):
    """The ranges, in data coordinates, and the ticks of both axes."""

    low: float
    high: float
    bottom: float
    top: float
    x_ticks: Ticks
    y_ticks: Ticks
    x_label: str = ""
    y_label: str = ""


def draw(
    curves: Sequence[Curve],
    frame: Frame,
    *,
    width: int = 64,
    height: int = 18,
    unicode: bool = True,
    colour: bool = False,
) -> str:
    """The picture as lines of text: curves later in the list lie on top.

    >>> line = Curve([[(0, 0), (1, 1)]])
    >>> frame = Frame(0, 1, 0, 1, [(0, "0"), (1, "1")], [(0, "0"), (1, "1")])
    >>> print(draw([line], frame, width=6, height=3, unicode=False))
    1 |    **
      |  **
    0 |**
      +------
       0    1
    """
    cells = _Cells(frame, width, height, unicode)
    for curve in curves:
        cells.add(curve)
    rows = cells.rows(colour)
    names = {cells.row_of(value): label for value, label in frame.y_ticks if frame.bottom <= value <= frame.top}
    margin = max([len(label) for label in names.values()] or [0])
    side, corner, across, tick = ("│", "└", "─", "┤") if unicode else ("|", "+", "-", "|")
    lines = [f"{names.get(i, ''):>{margin}} {tick if i in names else side}{row}".rstrip() for i, row in enumerate(rows)]
    lines.append(" " * margin + " " + corner + _axis(cells, frame, across, "┬" if unicode else across))
    lines.append((" " * (margin + 2) + _labels(cells, frame)).rstrip())
    if frame.x_label:
        lines[-1] += " " * max(1, margin + 2 + width - len(lines[-1])) + frame.x_label
    if frame.y_label:
        lines.insert(0, " " * margin + " " + frame.y_label)
    return "\n".join(lines)


class _Cells:
    """The cells of the picture: dots by layer, characters on top of them."""

    def __init__(self, frame: Frame, width: int, height: int, unicode: bool) -> None:
        self.frame, self.width, self.height, self.unicode = frame, width, height, unicode
        self.across, self.down = (2 * width, 4 * height) if unicode else (width, height)
        self.dots: dict[tuple[int, int], int] = {}
        self.chars: dict[tuple[int, int], str] = {}
        self.colours: dict[tuple[int, int], str] = {}
        self.drawn = 0  # dots along a line so far, for dashes
        self.last = (-1, -1)

    def column(self, x: float) -> int:
        """The column of dots of a data coordinate."""
        return round((x - self.frame.low) / (self.frame.high - self.frame.low) * (self.across - 1))

    def row(self, y: float) -> int:
        """The row of dots, from the top."""
        return round((self.frame.top - y) / (self.frame.top - self.frame.bottom) * (self.down - 1))

    def row_of(self, y: float) -> int:
        """The row of cells."""
        return self.row(y) // (4 if self.unicode else 1)

    def add(self, curve: Curve) -> None:
        for line in curve.lines:
            self.drawn = 0
            places = [(self.column(x), self.row(y)) for x, y in line]
            for (x0, y0), (x1, y1) in pairwise(places):
                self._segment(x0, y0, x1, y1, curve)
            if len(places) == 1:
                self._dot(*places[0], curve)
            if curve.marker:
                for x, y in places:
                    self._char(x, y, curve)

    def _segment(self, x0: int, y0: int, x1: int, y1: int, curve: Curve) -> None:
        count = max(abs(x1 - x0), abs(y1 - y0), 1)
        if count > 50 * (self.across + self.down):
            return
        for k in range(count + 1):
            x, y = x0 + round(k * (x1 - x0) / count), y0 + round(k * (y1 - y0) / count)
            if (x, y) != self.last:
                self.drawn, self.last = self.drawn + 1, (x, y)
            if not curve.dashed or self.drawn % 6 < 3:
                self._dot(x, y, curve)

    def _dot(self, x: int, y: int, curve: Curve) -> None:
        if not (0 <= x < self.across and 0 <= y < self.down):
            return
        if self.unicode:
            cell = (y // 4, x // 2)
            self.dots[cell] = self.dots.get(cell, 0) | _DOTS[y % 4][x % 2]
        else:
            cell = (y, x)
            self.chars[cell] = curve.char
        self.colours[cell] = curve.colour

    def _char(self, x: int, y: int, curve: Curve) -> None:
        if 0 <= x < self.across and 0 <= y < self.down:
            cell = (y // 4, x // 2) if self.unicode else (y, x)
            self.chars[cell], self.colours[cell] = curve.marker, curve.colour

    def rows(self, colour: bool) -> list[str]:
        found = []
        for i in range(self.height):
            row = ""
            for j in range(self.width):
                cell = (i, j)
                char = self.chars.get(cell) or (chr(0x2800 + self.dots[cell]) if cell in self.dots else " ")
                code = ANSI.get(self.colours.get(cell, "")) if colour and char != " " else None
                row += f"\x1b[{code}m{char}\x1b[0m" if code else char
            found.append(row.rstrip())
        return found


def _axis(cells: _Cells, frame: Frame, across: str, mark: str) -> str:
    places = {cells.column(x) // (2 if cells.unicode else 1) for x, _ in frame.x_ticks if frame.low <= x <= frame.high}
    return "".join(mark if i in places else across for i in range(cells.width))


def _labels(cells: _Cells, frame: Frame) -> str:
    """The labels under the axis; one that would touch the one before it is left out."""
    text = ""
    for x, label in frame.x_ticks:
        if not frame.low <= x <= frame.high:
            continue
        place = cells.column(x) // (2 if cells.unicode else 1)
        start = max(0, min(place - (len(label) - 1) // 2, cells.width - len(label)))
        if start >= len(text) + (1 if text else 0):
            text = text.ljust(start) + label
    return text
