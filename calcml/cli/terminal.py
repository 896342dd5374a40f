"""Drawing on a coloured terminal, with rich. Mathematics is never read as markup."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from calcml.derivation import Derivation
from calcml.render.lines import Line, parts
from calcml.render.steps import WIDTH, closing, columns, numbered, opening
from calcml.render.text import to_unicode

CHANGED, RULE, ASIDE = "bold green", "cyan", "dim"


def draw_result(rows: list[str], equations: int) -> str:
    """The equation bright, its other forms plain, conditions and notes dim."""
    text = Text()
    for i, row in enumerate(rows):
        text.append(row + "\n", style="bold" if i == 0 else "" if i < equations else ASIDE)
    return _drawn(text)


def draw_steps(derivation: Derivation, level: str) -> str:
    """The derivation with what changed in each line highlighted, rule names coloured and reasons dim."""
    text = Text()
    for part in parts(derivation, level):
        for row in opening(part, to_unicode):
            text.append(row + "\n", style="bold")
        for line in part.lines:
            text.append(_line(line, level))
    for table in derivation.tables:
        for i, row in enumerate(["", *columns(table, to_unicode)]):
            text.append(row + "\n", style="bold" if i == 1 else "")
    for row in closing(derivation, to_unicode):
        text.append(row + "\n", style=ASIDE)
    return _drawn(text)


def _line(line: Line, level: str) -> Text:
    rows = numbered(line, to_unicode, level)
    equation = numbered(line, to_unicode, "standard")
    drawn = Text()
    changed = to_unicode(line.changed)
    for i, row in enumerate(rows):
        text = Text(row + "\n", style="" if i < len(equation) else ASIDE)
        if i < len(equation):
            at = row.find(changed, 6)
            if at >= 0 and changed != to_unicode(line.expr):
                text.stylize(CHANGED, at, at + len(changed))
            title = line.announced(to_unicode)
            if row.endswith(title) and len(row) == WIDTH:
                text.stylize(RULE, WIDTH - len(title), WIDTH)
        drawn.append(text)
    return drawn


def _drawn(text: Text) -> str:
    buffer = StringIO()
    console = Console(file=buffer, force_terminal=True, width=max(WIDTH, 200), highlight=False, markup=False)
    console.print(text, end="", soft_wrap=True)
    return buffer.getvalue().rstrip("\n")
