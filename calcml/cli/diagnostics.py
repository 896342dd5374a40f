"""Errors as people see them: what, where with a caret, what next. Only this module draws them."""

from __future__ import annotations

import sys
from unicodedata import east_asian_width

import click

from calcml.errors import CalcmlError, Span

_WIDTH = 72  # of the snippet: a longer input is shown around the place


def report(error: CalcmlError) -> None:
    """Print an error to stderr."""
    lines = [f"error: {visible(error.message)}"]
    if error.source and error.span is not None:
        lines += snippet(error.source, error.span)
    if error.hint:
        lines.append(f"tip: {visible(error.hint)}")
    print("\n".join(lines), file=sys.stderr)


def report_usage(error: click.ClickException) -> None:
    """Print a usage error of the command line itself."""
    print(f"error: {visible(error.format_message())}".replace("\\x00", ""), file=sys.stderr)
    context = getattr(error, "ctx", None)
    if context is not None:
        print(f"tip: {context.command_path} --help", file=sys.stderr)


def report_bug(error: BaseException) -> None:
    """Print that something of ours broke."""
    print(
        f"error: calcml failed: {type(error).__name__}: {visible(str(error))[:300]}\n"
        "tip: this is a bug in calcml; please report the command (--debug shows where it happened)",
        file=sys.stderr,
    )


def snippet(source: str, span: Span) -> list[str]:
    """The line of the input with a caret under the place."""
    start = min(span.start, len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", start)
    line = source[line_start : line_end if line_end >= 0 else len(source)]
    place = start - line_start
    length = max(1, min(span.end, line_start + len(line)) - start)
    if len(line) > _WIDTH:
        cut = max(0, min(place - _WIDTH // 2, len(line) - _WIDTH))
        line, place = line[cut : cut + _WIDTH], place - cut
        length = min(length, max(1, len(line) - place))
        line, place = ("..." if cut else "") + line, place + (3 if cut else 0)
    before, marked = visible(line[:place]), visible(line[place : place + length])
    width = sum(2 if east_asian_width(c) in "WF" else 1 for c in before)
    return [f"  {visible(line)}", "  " + " " * width + "^" * max(1, len(marked))]


def visible(text: str) -> str:
    """The text with control and direction characters as escapes: an error must not rewrite the terminal."""
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode("ascii") for c in text)
