"""Drawing on a coloured terminal, with rich. Mathematics is never read as markup."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from calcml.derivation import Derivation
from calcml.render.steps import WIDTH, render


def draw_result(rows: list[str], equations: int) -> str:
    """The equation and its forms bright, conditions and notes dim."""
    text = Text()
    for i, row in enumerate(rows):
        text.append(row + "\n", style="bold" if i == 0 else "" if i < equations else "dim")
    return _drawn(text)


def draw_steps(derivation: Derivation, level: str) -> str:
    """The derivation with numbers and rule names coloured."""
    text = Text()
    for row in render(derivation, "unicode", level).splitlines():
        if len(row) == WIDTH and "  " in row.strip():
            front, _, title = row.rpartition("  ")
            text.append(front + "  ")
            text.append(title + "\n", style="cyan")
        else:
            text.append(row + "\n", style="dim" if row.startswith("        ") else "")
    return _drawn(text)


def _drawn(text: Text) -> str:
    buffer = StringIO()
    console = Console(file=buffer, force_terminal=True, width=max(WIDTH, 200), highlight=False, markup=False)
    console.print(text, end="", soft_wrap=True)
    return buffer.getvalue().rstrip("\n")
