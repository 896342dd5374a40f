"""From text to tokens: numbers, names with their meaning, signs with one spelling each, LaTeX commands.

One regular expression finds the next token; look-alikes (−, ×, ·, ≤) become the ASCII sign here, names are given a
meaning by `implicit.Names`, and LaTeX commands are read by `latex.py` into the same tokens. Every character is a
token, a blank, or an error that names it.
"""

from __future__ import annotations

import re
from typing import cast

from calcml.budget import Budget
from calcml.decimals import integer_of
from calcml.errors import ParseError, Span
from calcml.expr import Expr, Number, Symbol, make
from calcml.syntax.bound import bound_names
from calcml.syntax.implicit import BINDERS, CONSTANTS, FUNCTION, PAIR, SYMBOL, UNKNOWN, Names
from calcml.syntax.leibniz import derivative, differential
from calcml.syntax.names import BLANK, RAISED, WORD, canonical_name

NUMBER, SUPERSCRIPT, END = "number", "superscript", "end"

_SIGNS = {
    "**": "^", "×": "*", "·": "*", "⋅": "*", "∙": "*", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "∧": "and", "∨": "or",
    "¬": "not", "∥": "‖", "′": "'", "’": "'",
}  # fmt: skip
_MARKS = "+-*/^()[]{},;:|=<>!'@%√∛‖⌊⌋⌈⌉&"
_TOKEN = re.compile(
    rf"[{BLANK}]*(?:"
    rf"(?P<name>{WORD})"
    r"|(?P<number>(?:[0-9]+(?:\.(?![.A-Za-z_])[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)"
    rf"|(?P<sign>\*\*|<=|>=|!=|==|[{re.escape(_MARKS + ''.join(s for s in _SIGNS if len(s) == 1))}])"
    rf"|(?P<raised>[⁺⁻]?[{''.join(RAISED)}]+)"
    r"|(?P<latex>\\(?:[A-Za-z]+|.)|[″∞∂]|_(?=[{0-9A-Za-z\\]))"
    r"|(?P<end>\Z))",
    re.DOTALL,
)
_BEFORE_PAREN = re.compile(rf"['′’]*[{BLANK}]*(?:\\left|\\[bB]ig+l?)?[{BLANK}]*\(")


class Tokens:
    """Parallel lists, one entry a token; the last token is END.

    split: the numbers of the tokens that are the second letter of a name that was taken apart.
    integrals: how many \\int wait for their dx here.
    """

    __slots__ = ("ends", "integrals", "kinds", "split", "starts", "values")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.values: list[object] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.split: set[int] = set()
        self.integrals = 0

    def add(self, kind: str, value: object, start: int, end: int) -> None:
        """One more token."""
        self.kinds.append(kind)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)

    def remove(self) -> int:
        """Take the last token away; where it began."""
        self.kinds.pop()
        self.values.pop()
        self.ends.pop()
        return self.starts.pop()


def tokenize(text: str, names: Names, budget: Budget) -> Tokens:
    """The tokens of a text. ParseError for a character or word that has no meaning here; LimitError for digits."""
    tokens = Tokens()
    kinds, values, starts, ends = tokens.kinds, tokens.values, tokens.starts, tokens.ends
    readings = names.readings
    bound = bound_names(text, names)
    scopes: list[tuple[int, Names]] = []  # where each inner scope ends, and the names outside it
    numbers: dict[str, Expr] = {}
    braces: list[str] = []  # environments of LaTeX that are open
    match = _TOKEN.match
    at = 0
    while True:
        found = match(text, at)
        if found is None:
            from calcml.syntax.strange import strange_character

            raise strange_character(text, at)
        which = found.lastgroup
        start, end = found.span(which)  # type: ignore[arg-type]
        while scopes and start >= scopes[-1][0]:
            names = scopes.pop()[1]
            readings = names.readings
        at = end
        if which == "sign":
            sign = text[start:end]
            kinds.append(_SIGNS.get(sign, sign))
            values.append(None)
            starts.append(start)
            ends.append(end)
        elif which == "name":
            word = text[start:end]
            if word[0] == "d" and (
                at := derivative(text, start, tokens, names) or differential(text, start, tokens, names)
            ):
                continue
            at = end
            reading = readings.get(word) or names.read(word, start)
            if reading[0] == reading[2] == SYMBOL:
                kinds.append(SYMBOL)
                values.append(reading[1])
                starts.append(start)
                ends.append(end)
            else:
                _add_name(reading, word, text, start, end, tokens, names)
                if word in BINDERS and start in bound:
                    stop, symbol = bound[start]
                    scopes.append((stop, names))
                    names = names.within(symbol)
                    readings = names.readings
        elif which == "number":
            digits = text[start:end]
            number = numbers.get(digits)
            if number is None:
                number = numbers[digits] = number_of(digits, budget, Span(start, end))
            kinds.append(NUMBER)
            values.append(number)
            starts.append(start)
            ends.append(end)
        elif which == "raised":
            tokens.add(SUPERSCRIPT, _raised(text[start:end], start, names, budget), start, end)
        elif which == "end":
            tokens.add(END, None, len(text), len(text))
            return tokens
        else:
            after = derivative(text, start, tokens, names) if text[start] in "\\∂" else 0
            if not after:
                from calcml.syntax import latex
            at = after or latex.read(text, start, end, tokens, names, braces)


def number_of(digits: str, budget: Budget, span: Span) -> Expr:
    """The exact number; a decimal keeps its notation. LimitError when it has too many digits, its exponent counted."""
    if len(digits) > 18 or "e" in digits or len(digits) > budget.digits:
        mantissa, _, exponent = digits.partition("e")
        exponent = exponent.lstrip("+-0")
        budget.require("digits", len(mantissa) + (int(exponent or 0) if len(exponent) < 10 else 10**10), span)
    if digits.isdigit():
        return make(Number, integer_of(digits), ())
    mantissa, e, exponent = digits.partition("e")
    whole, point, fraction = mantissa.partition(".")
    mantissa = f"{whole or '0'}.{fraction or '0'}" if point else whole
    return make(Number, mantissa + e + exponent.lstrip("+"), ())


def followed_by_bracket(text: str, end: int) -> bool:
    """Whether ( stands next; LaTeX may write \\left before it."""
    return _BEFORE_PAREN.match(text, end) is not None


def add_word(word: str, text: str, start: int, end: int, tokens: Tokens, names: Names) -> None:
    """The token of a name, however it was written (`sin`, `\\sin`, `\\operatorname{sin}`)."""
    _add_name(names.read(word, start), word, text, start, end, tokens, names)


def add_upright(word: str, text: str, start: int, end: int, tokens: Tokens, names: Names) -> None:
    r"""The token of an upright name, `\mathrm{loss}`: never a product of its letters; before a bracket a function."""
    if word == "e":  # always the constant, even where a variable e is declared
        tokens.add(SYMBOL, CONSTANTS["e"], start, end)
        return
    reading = names.read(word, start)
    if reading[0] == PAIR:
        _add_name((SYMBOL, Symbol(word), UNKNOWN, word), word, text, start, end, tokens, names)
    elif (
        reading[0] == reading[2] == SYMBOL
        and isinstance(reading[1], Symbol)
        and reading[1].data not in (names.declared)
        and followed_by_bracket(text, end)
    ):
        raise names.unknown_function(word, start)
    else:
        _add_name(reading, word, text, start, end, tokens, names)


def _add_name(reading: tuple[str, object, str, object], word: str, text: str, start: int, end: int, tokens: Tokens,
              names: Names) -> None:  # fmt: skip
    before_bracket = followed_by_bracket(text, end)
    kind, value = reading[2:] if before_bracket else reading[:2]
    if kind in (SYMBOL, FUNCTION) or value is None:
        tokens.add(kind, value, start, end)
        if before_bracket and word == "phi" and kind == FUNCTION:
            names.notes.setdefault("read as: phi(x), the standard normal density", start)
    elif kind == PAIR:
        first, second = cast("tuple[Expr, Expr]", value)
        middle = (start + end) // 2
        tokens.add(SYMBOL, first, start, middle)
        tokens.split.add(len(tokens.kinds))
        tokens.add(SYMBOL, second, middle, end)
    elif kind == "log_":
        tokens.add(kind, _log_base(str(value), start, end, names), start, end)
    elif kind == UNKNOWN:
        raise names.unknown_function(word, start)
    elif kind == "python":
        raise names.python_word(word, start)
    else:
        raise names.hidden_call(word, str(value), start)


def _log_base(base: str, start: int, end: int, names: Names) -> Expr:
    plain = canonical_name("x" + base)[1:].lstrip("_") if not base.isascii() else base
    if plain.isascii() and plain.isdigit():
        return make(Number, integer_of(plain), ())
    if not plain[:1].isalpha():
        raise ParseError(
            f"{plain!r} is no base of a logarithm", span=Span(start, end), source=names.text,
            hint="write log_2(x), log_b(x) or log(x, base)",
        )  # fmt: skip
    return names.single(plain) if len(plain) == 1 else Symbol(canonical_name(plain))


def _raised(text: str, start: int, names: Names, budget: Budget) -> tuple[bool, list[Expr]]:
    """A superscript: whether it is negative, and its factors."""
    factors: list[Expr] = []
    plain = "".join(RAISED.get(char, "") for char in text)
    letters = plain.lstrip("0123456789")
    digits = plain[: len(plain) - len(letters)]
    if digits:
        factors.append(number_of(digits, budget, Span(start, start + len(text))))
    if not letters.isalpha() and letters:
        raise ParseError(
            "this superscript is no exponent", span=Span(start, start + len(text)), source=names.text,
            hint="write the exponent as ^(...)",
        )  # fmt: skip
    factors += map(names.single, letters)
    return text[0] == "⁻", factors
