"""From text to tokens: numbers, names with their meaning, signs with one spelling each, LaTeX commands.

One regular expression finds the next token; look-alikes (−, ×, ·, ≤) become the ASCII sign here, names are given a
meaning by `implicit.Names`, and LaTeX commands are read by `latex.py` into the same tokens. Every character is a
token, a blank, or an error that names it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from calcml.budget import Budget
from calcml.errors import ParseError, Span
from calcml.expr import Expr, Number, Symbol, integer_of, make
from calcml.syntax.implicit import BINDERS, FUNCTION, PAIR, SYMBOL, UNKNOWN, Names
from calcml.syntax.names import FROM_GREEK, GREEK, SUBSCRIPT_LETTERS, canonical_name
from calcml.syntax.suggestions import describe_character, plain_twin

NUMBER, SUPERSCRIPT, LEIBNIZ, END = "number", "superscript", "d/d", "end"

_GREEK = "".join(FROM_GREEK)
_BLANK = " \t\r\n\u00a0\u2009\u202f"
_NAME = (
    rf"(?:[A-Za-z][A-Za-z0-9]*|[{_GREEK}][0-9]*)(?:[₀₁₂₃₄₅₆₇₈₉]+(?=_))?"
    rf"(?:_(?:[A-Za-z0-9]+|[{_GREEK}][0-9]*|\{{[A-Za-z0-9]+\}}))*[{SUBSCRIPT_LETTERS}]*"
)
_RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
    **dict(zip("ᵃᵇᶜᵈᵉⁱʲᵏˡᵐⁿᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdeijklmnprstuvwxyz", strict=True)),
}
_ORDER = r"(?:\^\{?[0-9]+\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
_SIGNS = {
    "**": "^", "×": "*", "·": "*", "⋅": "*", "∙": "*", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "÷": "/", "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "∧": "and", "∨": "or",
    "¬": "not", "∥": "‖", "′": "'", "’": "'",
}  # fmt: skip
_MARKS = "+-*/^()[]{},;:|=<>!'@%√∛‖⌊⌋⌈⌉&"
_TOKEN = re.compile(
    rf"[{_BLANK}]*(?:"
    rf"(?P<name>{_NAME})"
    r"|(?P<number>(?:[0-9]+(?:\.(?![.A-Za-z_])[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)"
    rf"|(?P<sign>\*\*|<=|>=|!=|==|[{re.escape(_MARKS + ''.join(s for s in _SIGNS if len(s) == 1))}])"
    rf"|(?P<raised>[⁺⁻]?[{''.join(_RAISED)}]+)"
    r"|(?P<latex>\\(?:[A-Za-z]+|.)|[″∞∂])"
    r"|(?P<end>\Z))",
    re.DOTALL,
)
_BEFORE_PAREN = re.compile(rf"['′’]*[{_BLANK}]*(?:\\left|\\[bB]ig+l?)?[{_BLANK}]*\(")


@cache
def _leibniz() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """d/dx and its kin as a whole, and one variable below the bar. Compiled when a text needs it: start-up counts."""
    whole = (
        rf"(?P<mark>[d∂])(?P<order>{_ORDER})[ ]?(?P<body>{_NAME})?[ ]*[/∕⁄][ ]*"
        rf"(?P<by>(?P=mark)[ ]?{_NAME}{_ORDER}(?:[ ]?∂[ ]?{_NAME}{_ORDER})*)(?![A-Za-z0-9(])"
    )
    return re.compile(whole), re.compile(rf"[d∂][ ]?(?P<name>{_NAME}?)(?P<order>{_ORDER})(?=∂|[ ]|\Z)")


class Tokens:
    """Parallel lists, one entry a token; the last token is END.

    split: the numbers of the tokens that are the second letter of a name that was taken apart.
    """

    __slots__ = ("ends", "kinds", "split", "starts", "values")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.values: list[object] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.split: set[int] = set()

    def add(self, kind: str, value: object, start: int, end: int) -> None:
        """One more token."""
        self.kinds.append(kind)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)


def tokenize(text: str, names: Names, budget: Budget) -> Tokens:
    """The tokens of a text. ParseError for a character or word that has no meaning here; LimitError for digits."""
    tokens = Tokens()
    kinds, values, starts, ends = tokens.kinds, tokens.values, tokens.starts, tokens.ends
    readings = names.readings
    bound = _bound_names(text, names)
    scopes: list[tuple[int, Names]] = []  # where each inner scope ends, and the names outside it
    numbers: dict[str, Expr] = {}
    braces: list[str] = []  # environments of LaTeX that are open
    match = _TOKEN.match
    at = 0
    while True:
        found = match(text, at)
        if found is None:
            raise _strange_character(text, at)
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
            if word[0] == "d" and (at := _derivative(text, start, tokens, names)):
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
            after = _derivative(text, start, tokens, names) if text[start] in "\\∂" else 0
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
        return make(Number, integer_of(digits), ())  # type: ignore[no-any-return]
    mantissa, e, exponent = digits.partition("e")
    whole, point, fraction = mantissa.partition(".")
    mantissa = f"{whole or '0'}.{fraction or '0'}" if point else whole
    return make(Number, mantissa + e + exponent.lstrip("+"), ())  # type: ignore[no-any-return]


def followed_by_bracket(text: str, end: int) -> bool:
    """Whether ( stands next; LaTeX may write \\left before it."""
    return _BEFORE_PAREN.match(text, end) is not None


def add_word(word: str, text: str, start: int, end: int, tokens: Tokens, names: Names) -> None:
    """The token of a name, however it was written (`sin`, `\\sin`, `\\operatorname{sin}`)."""
    _add_name(names.read(word, start), word, text, start, end, tokens, names)


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
        return make(Number, integer_of(plain), ())  # type: ignore[no-any-return]
    if not plain[:1].isalpha():
        raise ParseError(
            f"{plain!r} is no base of a logarithm", span=Span(start, end), source=names.text,
            hint="write log_2(x), log_b(x) or log(x, base)",
        )  # fmt: skip
    return names.single(plain) if len(plain) == 1 else Symbol(canonical_name(plain))


def _raised(text: str, start: int, names: Names, budget: Budget) -> tuple[bool, list[Expr]]:
    """A superscript: whether it is negative, and its factors."""
    factors: list[Expr] = []
    plain = "".join(_RAISED.get(char, "") for char in text)
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


def _derivative(text: str, start: int, tokens: Tokens, names: Names) -> int:
    """Read d/dx, dy/dx, d²/dx², ∂²/∂x∂y as one token; the position after it, or 0 when there is none here."""
    source: str | None = None
    end = 0
    if text[start] == "\\":
        from calcml.syntax.latex import leibniz_fraction

        source, end = leibniz_fraction(text, start)
        if source is None:
            return 0
    pattern, one_by = _leibniz()
    found = pattern.match(source or text, 0 if source else start)
    if found is None or (source and found.end() != len(source)):
        return 0
    mark = found["mark"]
    variables: list[tuple[Expr, int]] = []
    for part in one_by.finditer(found["by"]):
        try:
            name = canonical_name(part["name"].replace("{", "").replace("}", ""))
        except ParseError:
            return 0
        declared = names.declared.get(name)
        whole = mark + part["name"]
        is_letter = len(name.partition("_")[0].rstrip("0123456789")) == 1
        if mark == "d" and (whole in names.declared or whole in GREEK):
            return 0
        if not (is_letter or declared is not None or name.rstrip("0123456789").partition("_")[0] in GREEK):
            return 0
        variables.append((declared if declared is not None else Symbol(name), _order(part["order"])))
    body = found["body"]
    if mark == "d" and not source and ("d" in names.declared or (body and "d" + body in names.declared)):
        return 0
    if body and mark == "d" and len(body.rstrip("0123456789")) > 1 and body not in GREEK and body not in names.declared:
        return 0
    end = end or found.end()
    total = sum(order for _, order in variables)
    if not variables or total != _order(found["order"]) or total > 1000:
        raise ParseError(
            "the orders above and below differ in this derivative", span=Span(start, end), source=text,
            hint="write d^2/dx^2 f, or diff(f, x, 2)",
        )  # fmt: skip
    subject = None
    if body:
        subject = names.declared.get(canonical_name(body), Symbol(body))
    tokens.add(LEIBNIZ, (subject, variables), start, end)
    return end


def _order(text: str) -> int:
    digits = "".join(_RAISED.get(char, char) for char in text.strip("^{}"))
    return int(digits) if digits and len(digits) < 5 else 1 if not digits else 10**4


# ---- bound variables -----------------------------------------------------------------------------------------------

_ANY_BINDER = re.compile(rf"(?<!\w)(?:{'|'.join(BINDERS)})\s*\(")


@cache
def _binder_parts() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The brackets and commas that tell the arguments of binders apart, and an argument that is one name."""
    return re.compile(_ANY_BINDER.pattern + r"|[()\[\]{},]"), re.compile(rf"\s*({_NAME})\s*\Z")


def _bound_names(text: str, names: Names) -> dict[int, tuple[int, Symbol]]:
    """Where `sum(ab^2, ab, 1, 3)` begins: the end of the part in which ab is one name, and that name.

    The bound variable comes after the body, so it is looked up before anything is read. Single letters need no such
    care, except the constant e.
    """
    found: dict[int, tuple[int, Symbol]] = {}
    if _ANY_BINDER.search(text) is None:
        return found
    parts, argument = _binder_parts()
    # [where the call begins or -1, number of commas so far, where the second argument begins]
    stack: list[list[int]] = []
    for part in parts.finditer(text):
        mark = part[0]
        if mark in ")]},":
            if not stack:
                continue
            begin, commas, second = stack[-1]
            if mark == "," and begin >= 0 and commas == 0:
                stack[-1][1:] = [1, part.end()]
                continue
            if begin >= 0 and commas == 1:
                name = argument.match(text, second, part.start()) if part.start() - second < 300 else None
                if name is not None and (name[1] == "e" or len(name[1]) > 1):
                    try:
                        symbol = Symbol(name[1])
                    except ParseError:
                        continue
                    if symbol.data not in names.declared and symbol.data not in ("and", "or", "not", "if", "else"):
                        found[begin] = (part.start(), symbol)
            if mark == ",":
                stack[-1][1] += 1
            else:
                stack.pop()
        else:
            stack.append([part.start() if len(mark) > 1 else -1, 0, 0])
    return found


# ---- errors --------------------------------------------------------------------------------------------------------


def _strange_character(text: str, at: int) -> ParseError:
    """The error for what is no token: a character that is named, or a word that cannot be a name."""
    while at < len(text) and text[at] in _BLANK:
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
    if char in "\"`“”":
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
