r"""LaTeX commands as tokens of the ordinary grammar: `\frac`, `\sqrt`, `\sin`, `\alpha`, `\left|`, `\begin{cases}`.

Nothing is translated to text first, so an error still points at what was typed. A command without a meaning in
calcml is an error that names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calcml.errors import ParseError, Span
from calcml.syntax.implicit import FORMS, FUNCTION, function_of
from calcml.syntax.leibniz import differential
from calcml.syntax.names import GREEK_COMMANDS, SUBSCRIPT
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
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "frac": "frac", "sqrt": "sqrt", "odot": "*", "bmod": "bmod",
    "sum": "sum", "lim": "lim", "to": "to", "rightarrow": "to",
}  # fmt: skip
BLANKS = frozenset({
    ",", ";", ":", "!", ">", " ", "quad", "qquad", "displaystyle", "textstyle", "limits", "thinspace", "left", "right",
    "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "biggl", "biggr", "Biggl", "Biggr", "middle",
})  # fmt: skip
_WORDS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log10", "otherwise": "otherwise"}
_NAMED = ("operatorname", "mathrm", "text", "textrm", "mathit", "mathsf", "mbox", "mathbf", "boldsymbol")
_COMMAND = "\\{}".format
# These set a name upright, and an upright name is one name; before a bracket it is a function.
_UPRIGHT = frozenset({"operatorname", "mathrm", "text", "textrm"})
_UPRIGHT_FUNCTIONS = {"B": "beta"}
_MATRICES = frozenset({"bmatrix", "pmatrix", "matrix"})
_BRACED = re.compile(r"\*?\s*\{((?:[^{}\\]|\\_|_\{[A-Za-z0-9]{1,40}\}){0,200})\}")
_BELOW = re.compile(rf"(?:{SUBSCRIPT})+")
_BELOW_LOG = re.compile(r"_(?:([A-Za-z0-9])|\{([A-Za-z0-9]+)\})(?=[^A-Za-z0-9]|\Z)")
_CLOSED = re.compile(r"\s*\}")
_HAVE_SUBSCRIPTS = frozenset({"symbol", "function", ")", "]", "}", "endmatrix", "sum", "int", "lim"})
_TWO_DIGITS = re.compile(r"\s*([0-9])\s*([0-9])")
_DELIMITER = re.compile(r"\s*(\\\||\\[lr]?vert(?![A-Za-z])|\\[lr]?Vert(?![A-Za-z])|[|‖.])")


def read(text: str, start: int, end: int, tokens: Tokens, names: Names, environments: list[str]) -> int:
    r"""Add the tokens of the command that stands at `start`; the position where reading goes on."""
    from calcml.syntax.tokens import add_word

    if text[start] != "\\":
        if text[start] == "_":
            return _below(text, start, end, tokens)
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
            raise ParseError("'\\\\' ends a line of cases or of a matrix only", span=Span(start, end), source=text)
        tokens.add(";", None, start, end)
        return end
    if command == "top":
        return _transpose(text, start, end, tokens)
    if command == "int":
        tokens.integrals += 1
        tokens.add("int", None, start, end)
        return end
    if command in ("begin", "end"):
        return _environment(text, start, end, command, tokens, environments)
    if command in GREEK_COMMANDS:
        return _name(GREEK_COMMANDS[command], text, start, end, tokens, names)
    if command in _NAMED:
        return _named(text, start, end, command, tokens, names)
    word = _WORDS.get(command, command)
    if function_of(word) is not None:
        return _function(word, text, start, end, tokens, names)
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

    if word == "log":
        base = _BELOW_LOG.match(text, end)
        if base is not None:
            word, end = f"log_{base[1] or base[2]}", base.end()
    else:
        below = _BELOW.match(text, end)
        if below is not None:
            word, end = word + below[0], below.end()
    add_word(word, text, start, end, tokens, names)
    return end


def _function(word: str, text: str, start: int, end: int, tokens: Tokens, names: Names) -> int:
    r"""A function, whatever is declared: the variable sin is \mathrm{sin}."""
    function = function_of(word)
    base = _BELOW_LOG.match(text, end) if word == "log" else None
    if base is not None or function is None or (word in FORMS and word != "log"):
        return _name(word, text, start, end, tokens, names)
    tokens.add(FUNCTION, function, start, end)
    return end


def _named(text: str, start: int, end: int, command: str, tokens: Tokens, names: Names) -> int:
    r"""`\operatorname{relu}`, `\mathrm{loss}`, `\text{otherwise}`, `\text{if }`."""
    from calcml.syntax.tokens import add_upright, followed_by_bracket

    found = _BRACED.match(text, end)
    if found is None:
        raise ParseError(f"a word in braces is expected after \\{command}", span=Span(start, end), source=text)
    word = found[1].strip()
    if word in ("if", "for", "when", "") and command != "operatorname":
        return found.end()
    word = word.replace("\\_", "_").replace("{", "").replace("}", "")
    if not word.replace("_", "").isalnum() or not word[0].isalpha():
        raise ParseError(f"{found[1]!r} is not a name", span=Span(*found.span(1)), source=text)
    if word == "d" and command == "mathrm" and (at := differential(text, start, tokens, names)):
        return at
    if word in ("else", "otherwise"):
        word = "otherwise"
    if command == "operatorname" and function_of(word) is not None and _BELOW.match(text, found.end()) is None:
        return _function(word, text, start, found.end(), tokens, names)
    if command not in _UPRIGHT:
        return _name(word, text, start, found.end(), tokens, names)
    below = _BELOW.match(text, found.end())
    end = below.end() if below is not None else found.end()
    word += below[0] if below is not None else ""
    if followed_by_bracket(text, end):
        word = _UPRIGHT_FUNCTIONS.get(word, word)
    add_upright(word, text, start, end, tokens, names)
    return end


def _below(text: str, start: int, end: int, tokens: Tokens) -> int:
    """The sign of a subscript that is no part of a name: (u + v)_{1}, v_{i+1}, ∑_{…}."""
    if not tokens.kinds or tokens.kinds[-1] not in _HAVE_SUBSCRIPTS or tokens.ends[-1] != start:
        from calcml.syntax.strange import strange_character

        raise strange_character(text, start)
    tokens.add("_", None, start, end)
    return end


def _transpose(text: str, start: int, end: int, tokens: Tokens) -> int:
    r"""`^{\top}` and `^\top` are one sign."""
    kinds = tokens.kinds
    braced = kinds[-2:] == ["^", "{"]
    closed = _CLOSED.match(text, end) if braced else None
    if not (braced and closed) and kinds[-1:] != ["^"]:
        raise ParseError(r"\top is read as the transpose in v^{\top} u only", span=Span(start, end), source=text)
    for _ in range(2 if braced else 1):
        start = tokens.remove()
    end = closed.end() if closed is not None else end
    tokens.add("top", None, start, end)
    return end


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
    is_matrix = name in _MATRICES
    if found is None or not (is_matrix or name in ("cases", "dcases")):
        raise ParseError(
            f"\\{command}{{{name[:30]}}} has no meaning here", span=Span(start, end), source=text,
            hint="cases, bmatrix and pmatrix are read; a matrix is also written [[a, b], [c, d]]",
        )  # fmt: skip
    if command == "begin":
        environments.append(name)
        tokens.add("matrix" if is_matrix else "{", None, start, found.end())
    elif not environments or environments.pop() != name:
        raise ParseError(f"\\end{{{name}}} without its \\begin{{{name}}}", span=Span(start, end), source=text)
    else:
        tokens.add("endmatrix" if is_matrix else "}", None, start, found.end())
    return found.end()
