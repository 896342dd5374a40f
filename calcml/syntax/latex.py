r"""LaTeX commands as tokens of the ordinary grammar: `\frac`, `\sqrt`, `\sin`, `\alpha`, `\left|`, `\begin{cases}`.

Nothing is translated to text first, so an error still points at what was typed. A command without a meaning in
calcml is an error that names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calcml.errors import ParseError, Span
from calcml.syntax.implicit import function_of
from calcml.syntax.names import GREEK
from calcml.syntax.suggestions import any_of, describe_character, nearest

if TYPE_CHECKING:
    from calcml.syntax.implicit import Names
    from calcml.syntax.tokens import Tokens

# Commands that are a sign, under the sign's kind.
SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "land": "and", "wedge": "and",
    "lor": "or", "vee": "or", "neg": "not", "lnot": "not", "lvert": "lvert", "rvert": "rvert", "lVert": "lVert",
    "rVert": "rVert", "vert": "|", "mid": "|", "Vert": "‖", "|": "‖", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "prime": "'",
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "frac": "frac", "sqrt": "sqrt",
}  # fmt: skip
BLANKS = frozenset({
    ",", ";", ":", "!", ">", " ", "quad", "qquad", "displaystyle", "textstyle", "limits", "thinspace", "left", "right",
    "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "biggl", "biggr", "Biggl", "Biggr", "middle",
})  # fmt: skip
GREEK_COMMANDS = {name: name for name in GREEK} | {
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
    "varpi": "pi", "infty": "oo",
}  # fmt: skip
_WORDS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log10", "otherwise": "otherwise"}
_NAMED = ("operatorname", "mathrm", "text", "textrm", "mathit", "mathsf", "mbox", "mathbf", "boldsymbol")
_COMMAND = "\\{}".format
_BRACED = re.compile(r"\*?\s*\{([^{}\\]{0,200})\}")
_SUBSCRIPT = re.compile(r"_(?:([A-Za-z0-9])|\{([A-Za-z0-9]+)\})")
_TWO_DIGITS = re.compile(r"\s*([0-9])\s*([0-9])")
_DELIMITER = re.compile(r"\s*(\\\||\\[lr]?vert(?![A-Za-z])|\\[lr]?Vert(?![A-Za-z])|[|‖.])")
# Blanks are bounded, so that no text makes the expression try again and again.
_D = r"(d|\\partial|\\mathrm\{ ?d ?\})[ ]{0,3}"
_LEIBNIZ = re.compile(
    rf"\\[dt]?frac[ ]{{0,3}}\{{[ ]{{0,3}}{_D}"
    r"(\^\{?[0-9]{1,9}\}?)?[ ]{0,3}(\\?[A-Za-z]{1,40})?[ ]{0,3}\}[ ]{0,3}"
    rf"\{{[ ]{{0,3}}{_D}((?:[A-Za-z0-9_^ ]|\{{[A-Za-z0-9]{{1,40}}\}}|\\[A-Za-z]{{1,40}}){{1,60}})\}}"
    rf"(?=\s|\\|\(|[A-Za-z0-9|+*/=,\[{{-]|\Z)"
)


def leibniz_fraction(text: str, start: int) -> tuple[str | None, int]:
    r"""`\frac{d}{dx}` as `d/dx`, and where it ends; None where no such fraction stands."""
    found = _LEIBNIZ.match(text, start)
    if found is None:
        return None, 0
    above, order, body, below, by = found.groups()
    mark = "∂" if "partial" in above else "d"
    if ("partial" in below) != (mark == "∂"):
        return None, 0
    by = by.replace("\\partial", "∂").replace("\\mathrm{d}", "d")
    by = re.sub(r"\\([A-Za-z]+)", lambda name: GREEK_COMMANDS.get(name[1], name[0]), by)
    body = (body or "").replace("\\", "")
    return f"{mark}{order or ''}{body}/{mark}{re.sub(' ', '', by)}", found.end()


def read(text: str, start: int, end: int, tokens: Tokens, names: Names, environments: list[str]) -> int:
    r"""Add the tokens of the command that stands at `start`; the position where reading goes on."""
    from calcml.syntax.tokens import add_word

    if text[start] != "\\":
        if text[start] == "∞":
            add_word("oo", text, start, end, tokens, names)
        elif text[start] == "∂":
            raise ParseError("'∂' has no meaning here", span=Span(start, end), source=text, hint="write ∂/∂x f")
        else:
            tokens.add("'", None, start, end)
            tokens.add("'", None, start, end)
        return end
    command = text[start + 1 : end]
    if command in ("left", "right", "bigl", "bigr", "Bigl", "Bigr"):
        return _delimiter(text, start, end, command, tokens)
    if command in BLANKS:
        return end
    if command == "frac" or command in ("dfrac", "tfrac"):
        digits = _TWO_DIGITS.match(text, end)
        if digits is not None:
            from calcml.expr import Number

            tokens.add("(", None, start, end)
            tokens.add("number", Number(int(digits[1])), digits.start(1), digits.end(1))
            tokens.add("/", None, digits.end(1), digits.end(1))
            tokens.add("number", Number(int(digits[2])), digits.start(2), digits.end(2))
            tokens.add(")", None, digits.end(2), digits.end(2))
            return digits.end()
    sign = SIGNS.get(command)
    if sign:
        tokens.add(sign, None, start, end)
        return end
    if command == "\\":
        if not environments:
            raise ParseError("'\\\\' ends a line of cases only", span=Span(start, end), source=text)
        tokens.add(";", None, start, end)
        return end
    if command in ("begin", "end"):
        return _environment(text, start, end, command, tokens, environments)
    if command in GREEK_COMMANDS:
        return _name(GREEK_COMMANDS[command], text, start, end, tokens, names)
    if command in _NAMED:
        return _named(text, start, end, command, tokens, names)
    word = _WORDS.get(command, command)
    if function_of(word) is not None:
        return _name(word, text, start, end, tokens, names)
    shown = "\\" + command if command.isascii() and command.isprintable() else describe_character(command)
    close = nearest(command, [*SIGNS, *GREEK_COMMANDS, *_NAMED, "begin", "left", "right", "sin", "cos", "exp", "ln"])
    raise ParseError(
        f"{shown} is a LaTeX command that has no meaning here",
        span=Span(start, end),
        hint=f"did you mean {any_of(map(_COMMAND, close))}?" if close and command.isalpha() else None,
        source=text,
    )


def _name(word: str, text: str, start: int, end: int, tokens: Tokens, names: Names) -> int:
    """A name and its subscript."""
    from calcml.syntax.tokens import add_word

    subscript = _SUBSCRIPT.match(text, end)
    if subscript is not None and (word in GREEK or word == "log" or len(word) == 1):
        word, end = f"{word}_{subscript[1] or subscript[2]}", subscript.end()
    add_word(word, text, start, end, tokens, names)
    return end


def _named(text: str, start: int, end: int, command: str, tokens: Tokens, names: Names) -> int:
    r"""`\operatorname{relu}`, `\text{otherwise}`, `\text{if }`."""
    found = _BRACED.match(text, end)
    if found is None:
        raise ParseError(f"a word in braces is expected after \\{command}", span=Span(start, end), source=text)
    word = found[1].strip()
    if word in ("if", "for", "when", "") and command != "operatorname":
        return found.end()
    if not word.replace("_", "").isalnum() or not word[0].isalpha():
        raise ParseError(f"{found[1]!r} is not a name", span=Span(*found.span(1)), source=text)
    if word in ("else", "otherwise"):
        word = "otherwise"
    return _name(word, text, start, found.end(), tokens, names)


def _delimiter(text: str, start: int, end: int, command: str, tokens: Tokens) -> int:
    r"""`\left|` says which way a bar faces, so nested ones can be told apart."""
    found = _DELIMITER.match(text, end)
    if found is None:
        return end
    mark = found[1]
    if mark == ".":
        raise ParseError(f"\\{command}. has no meaning here", span=Span(start, found.end()), source=text)
    double = mark in ("‖", "\\|") or "V" in mark
    side = "l" if command in ("left", "bigl", "Bigl") else "r"
    tokens.add(side + ("Vert" if double else "vert"), None, start, found.end())
    return found.end()


def _environment(text: str, start: int, end: int, command: str, tokens: Tokens, environments: list[str]) -> int:
    found = _BRACED.match(text, end)
    name = found[1].strip() if found is not None else ""
    if found is None or name not in ("cases", "dcases"):
        raise ParseError(
            f"\\{command}{{{name[:30]}}} has no meaning here", span=Span(start, end), source=text,
            hint="cases is read; a matrix is written [[a, b], [c, d]]",
        )  # fmt: skip
    if command == "begin":
        environments.append(name)
        tokens.add("{", None, start, found.end())
    elif not environments or environments.pop() != name:
        raise ParseError(f"\\end{{{name}}} without its \\begin{{{name}}}", span=Span(start, end), source=text)
    else:
        tokens.add("}", None, start, found.end())
    return found.end()
