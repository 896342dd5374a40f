"""Where output goes and how it looks: one line of text in a pipe, unicode and colour on a terminal."""

from __future__ import annotations

import os
import sys

import click

from calcml.errors import InputError
from calcml.expr import Expr


def is_terminal() -> bool:
    """Whether standard output is looked at by a person."""
    return sys.stdout.isatty()


def chosen_format(form: str | None) -> str:
    """The format asked for, else unicode on a terminal and text in a pipe."""
    return form or ("unicode" if is_terminal() else "text")


def wants_colour(color: str) -> bool:
    """Whether to colour: as asked, else as NO_COLOR, FORCE_COLOR and the terminal say."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal() and os.environ.get("TERM") != "dumb")


def show_expression(expr: Expr, form: str) -> str:
    """One expression in a format."""
    if form == "text":
        from calcml.render.text import to_text

        return to_text(expr)
    if form == "unicode":
        from calcml.render.text import to_unicode

        return to_unicode(expr)
    if form == "latex":
        from calcml.render.latex import to_latex

        return to_latex(expr)
    if form == "markdown":
        from calcml.render.latex import to_latex

        return f"${to_latex(expr)}$"
    if form in ("mathml", "html"):
        from calcml.render.mathml import to_mathml

        return to_mathml(expr, display=True)
    if form == "json":
        from calcml.serialize import to_json

        return to_json(expr)
    if form == "python":
        from calcml.codegen.one_line import python_line

        return python_line(expr)
    raise InputError(f"the format {form} is not available for this command yet", hint="text, unicode, latex or json")


def write(text: str) -> None:
    """Print to standard output; a terminal that cannot show a character gets a replacement, never an error."""
    try:
        print(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "replace").decode(encoding))


def note(text: str) -> None:
    """Print a message to standard error."""
    click.echo(text, err=True)
