"""The error for what is no token. Only errors come here, so nothing in it is on the path of a good text."""

from __future__ import annotations

from calcml.errors import ParseError, Span
from calcml.syntax.names import BLANK, SUBSCRIPT_LETTERS
from calcml.syntax.suggestions import describe_character, plain_twin


def strange_character(text: str, at: int) -> ParseError:
    """The error for what is no token: a character that is named, or a word that cannot be a name."""
    while at < len(text) and text[at] in BLANK:
        at += 1
    char = text[at]
    hint = None
    end = at + 1
    if char == "_":
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        begin = at
        while begin and (text[begin - 1].isalnum() or text[begin - 1] == "_") and text[begin - 1].isascii():
            begin -= 1
        shown = text[begin:end] if end - begin <= 40 else text[begin : begin + 37] + "..."
        message = f"{shown!r} is not a name"
        hint = "a name begins with a letter, and an underscore stands before a subscript: x_max"
        if begin < at and text[begin:at].isdigit():
            message, hint = "an underscore cannot stand in a number", "digits are written without separators: 1000"
        return ParseError(message, span=Span(begin, end), hint=hint, source=text)
    if char == ".":
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if after == "." or before.isdigit() or before == ".":
            message = "a number has one decimal point"
            if before.isdigit() and after == ".":
                repaired = text[:at] + "." + text[at:].lstrip(".")
                if len(repaired) < 60 and repaired[at + 1 : at + 2].isdigit():
                    hint = f"did you mean `{repaired}`?"
            elif before.isdigit():
                hint = "a product is written 2*x, a decimal 2.0"
        else:
            message = "'.' has no meaning here: a name has no attributes"
            hint = "decimals are written 0.5; nothing that is typed is executed"
        return ParseError(message, span=Span(at, at + 1), hint=hint, source=text)
    if char in '"`“”':
        message = f"{describe_character(char)} has no meaning here: text in quotes is not mathematics"
    elif char == "$":
        message, hint = "'$' has no meaning here", "write the formula without the dollar signs"
    elif char in _SUBSCRIPTS_ONLY:
        message, hint = f"{describe_character(char)} has no name before it", "a subscript follows a letter: w₁"
    else:
        message = f"{describe_character(char)} has no meaning here"
        twin = plain_twin(char)
        if twin is not None:
            hint = f"did you mean `{twin}`?"
    return ParseError(message, span=Span(at, end), hint=hint, source=text)


_SUBSCRIPTS_ONLY = frozenset(SUBSCRIPT_LETTERS)
