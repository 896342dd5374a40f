"""What a name stands for: a declared variable, a function, a constant, a product of two letters, one long symbol.

`Names` decides once for each distinct word of a text. Declared names always win; a name before a bracket is a function
or an error, never a product of its letters; what was decided without being asked becomes a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from calcml import functions
from calcml.decimals import integer_of
from calcml.errors import InputError, ParseError, ShapeError, Span, UnknownNameError
from calcml.expr import FALSE, INFINITY, PI, TRUE, Constant, Expr, Number, Symbol, make
from calcml.heads import Index
from calcml.syntax.names import GREEK, KEYWORDS, SUBSCRIPT_LETTERS, canonical_name, name_of, subscripts
from calcml.syntax.suggestions import any_of, nearest

CONSTANTS: dict[str, Expr] = {
    "e": Constant("e"), "pi": PI, "oo": INFINITY, "inf": INFINITY, "infty": INFINITY, "infinity": INFINITY,
    "true": TRUE, "false": FALSE,
}  # fmt: skip

# Calls that build something else than a function of the table; `forms.py` says what.
FORMS = frozenset({"diff", "integral", "limit", "sum", "dot", "matmul", "norm", "log", "lg", "where"})
BINDERS = ("sum", "integral", "limit", "diff")

# The names people type for rows of the table, should the table not list them itself.
_USUAL = {
    "sigma": "sigmoid", "phi": "normal_pdf", "Phi": "normal_cdf", "Gamma": "gamma", "psi": "digamma",
    "expit": "sigmoid", "factorial": "factorial", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
    "cosec": "csc",
}  # fmt: skip

# Python's words, which are no variables to anybody who types them here. `lambda` is a Greek letter.
_PYTHON = frozenset({
    "import", "from", "for", "while", "def", "class", "return", "yield", "exec", "eval", "print", "del", "try",
    "except", "raise", "with", "pass", "break", "continue", "global", "nonlocal", "assert", "async", "await",
    "finally", "elif", "None", "True", "False", "open", "compile", "getattr", "setattr", "globals", "locals",
})  # fmt: skip
_DIGIT_THEN_LETTER = re.compile(r"[0-9][A-Za-z]")

# What `Names.read` finds: the kind of token when no bracket follows, its value; the same when one does.
Reading = tuple[str, object, str, object]

SYMBOL, FUNCTION, PAIR, UNKNOWN = "symbol", "function", "pair", "unknown"


def function_of(word: str) -> str | None:
    """The canonical name of a function or form, by any name that is typed for it."""
    spec = functions.find(word)
    if spec is not None and word not in FORMS:
        return spec.name
    if word in FORMS:
        return word
    usual = _USUAL.get(word)
    return usual if usual and functions.find(usual) is not None else None


def known_functions() -> list[str]:
    """Every name that may stand before a bracket."""
    return sorted({*functions.names(), *FORMS})


class Names:
    """The names of one text, with what was declared."""

    __slots__ = ("declared", "notes", "readings", "text")

    def __init__(self, text: str, declared: dict[str, Expr], notes: dict[str, int]) -> None:
        self.text = text
        self.declared = declared
        self.notes = notes  # sentence: where it is about
        self.readings: dict[str, Reading] = {}

    def within(self, bound: Symbol) -> Names:
        """The same with one more declared name, for the body of a sum."""
        return Names(self.text, {**self.declared, bound.data: bound}, self.notes)

    def read(self, word: str, start: int) -> Reading:
        """What the word stands for. ParseError for what is no name."""
        found = self.readings.get(word)
        if found is None:
            try:
                name = word if word in KEYWORDS else name_of(word)
            except ParseError as error:
                raise ParseError(
                    error.message, span=Span(start, start + len(word)), hint=error.hint, source=self.text
                ) from None
            found = self.readings[word] = self._decide(word, name, start)
        return found

    def _entry(self, word: str, start: int) -> Expr | None:
        r"""v_{i} and A_{1,2}, where v and A are declared with a shape and the whole name is not."""
        letters, below = subscripts(word)
        body = self.declared.get(canonical_name(letters))
        if body is None or not body.shape:
            return None
        if len(body.shape) == 2 and len(below) == 1 and len(below[0]) == 2 and "{\\" not in word:
            if below[0].isdigit():
                raise ParseError(
                    f"{word!r} can be read in two ways", span=Span(start, start + len(word)), source=self.text,
                    hint=f"write {letters}[{below[0][0]}, {below[0][1]}] or {letters}[{below[0]}]",
                )  # fmt: skip
            below = list(below[0])
        try:
            entry = Index(body, *map(self._index, below))
        except ShapeError as error:
            error.span = Span(start, start + len(word))
            raise
        self.notes.setdefault(f"read as: {entry!r}", start)
        return entry

    def _index(self, text: str) -> Expr:
        if text.isdigit() and text.isascii():
            return Number(integer_of(text))
        name = canonical_name(text)
        return self.single(name) if len(name) == 1 else self.declared.get(name, Symbol(name))

    def _decide(self, word: str, name: str, start: int) -> Reading:
        function = function_of(word) or (function_of(name) if name != word else None)
        if name == "delta" and "rest_j" in self.declared:
            # The Kronecker delta is notation of the function table only, whose texts over arguments declare rest_j.
            function = name
        declared = self.declared.get(name)
        if declared is not None:
            return (SYMBOL, declared, FUNCTION, function) if function else (SYMBOL, declared, SYMBOL, declared)
        if name in CONSTANTS:
            return SYMBOL, CONSTANTS[name], SYMBOL, CONSTANTS[name]
        if name in KEYWORDS:
            return name, None, name, None
        if self.declared and ("_" in word or word[-1] in SUBSCRIPT_LETTERS):
            entry = self._entry(word, start)
            if entry is not None:
                return SYMBOL, entry, SYMBOL, entry
        stem = _stem(name)
        plain = len(stem) == 1 or stem in GREEK
        if function is not None:
            if plain or name in FORMS - {"log", "lg", "norm"}:
                return SYMBOL, Symbol(name), FUNCTION, function
            return FUNCTION, function, FUNCTION, function
        if word.startswith("log") and word[3:4] and word[3] in "_₀₁₂₃₄₅₆₇₈₉ₑₙ":
            base = word[3:].lstrip("_").strip("{}")
            return "log_", base, "log_", base
        if plain:
            self._note_digits(name, start)
            symbol = make(Symbol, name, ())
            return SYMBOL, symbol, SYMBOL, symbol
        if len(name) == 2 and name.isalpha():
            return PAIR, (self.single(name[0]), self.single(name[1])), UNKNOWN, word
        if name in _PYTHON:
            return "python", word, "python", word
        hidden = _hidden_call(name)
        if hidden is not None:
            return "hidden", hidden, UNKNOWN, word
        self._note_digits(name, start)
        return SYMBOL, Symbol(name), UNKNOWN, word

    def single(self, letter: str) -> Expr:
        """The variable or constant of one letter."""
        found = self.declared.get(letter)
        return found if found is not None else CONSTANTS.get(letter, Symbol(letter))

    def _note_digits(self, name: str, start: int) -> None:
        if _DIGIT_THEN_LETTER.search(name.partition("_")[0]):
            self.notes.setdefault(f"read as one symbol: {name} (a product has a space or *)", start)
        elif len(_stem(name)) > 2 and _stem(name) not in GREEK and name not in ("left", "right"):
            self.notes.setdefault(f"read as one symbol: {name}", start)

    # ---- errors ---------------------------------------------------------------------------------------------------

    def unknown_function(self, word: str, start: int) -> UnknownNameError:
        """The error for a name that stands before a bracket and is no function."""
        end = start + len(word)
        known = known_functions()
        suggestions = [f"{name}{_call_after(self.text, end)}" for name in nearest(word, known)]
        split = _product_with_call(word, known)
        if split is not None:
            suggestions = [f"{split[0]} {split[1]}{_call_after(self.text, end)}"]
        hidden = _hidden_call(word)
        if hidden is not None:
            stem = word.rstrip("0123456789")
            mark = "_" if stem == "log" else "^"
            called = f"{stem}{mark}{word[len(stem) :]}{_call_after(self.text, end)}"
            suggestions = [called if stem != word else hidden]
        if not suggestions and len(word) == 2 and word.isalpha():
            suggestions = [f"{word[0]}*{word[1]}*{_call_after(self.text, end)}"]
        hint = (
            f"did you mean {any_of(suggestions)}?"
            if suggestions
            else (f"`calcml functions` lists them; a product is written {word}*(...), with --vars {word}")
        )
        return UnknownNameError(f"there is no function {word!r}", span=Span(start, end), hint=hint, source=self.text)

    def python_word(self, word: str, start: int) -> ParseError:
        """The error for a word of a programming language."""
        hint = (
            f"did you mean `{word.lower()}`?"
            if word in ("True", "False")
            else (f"this is read as mathematics, and nothing is executed; a variable of that name needs --vars {word}")
        )
        return ParseError(f"{word!r} is a word of Python, not a name here", span=Span(start, start + len(word)),
                          hint=hint, source=self.text)  # fmt: skip

    def hidden_call(self, word: str, meant: str, start: int) -> UnknownNameError:
        """The error for `sinx`: a variable of that name, or sin x?"""
        return UnknownNameError(
            f"{word!r} is neither a function nor a declared name",
            span=Span(start, start + len(word)),
            hint=f"did you mean `{meant}`? A variable of that name needs --vars {word}",
            source=self.text,
        )


def _stem(name: str) -> str:
    """The letters a name begins with: w of w1, x of x_max, theta of theta_i."""
    return name.partition("_")[0].rstrip("0123456789")


def _hidden_call(name: str) -> str | None:
    """`sin x` for sinx, where the first letters are a function of one argument."""
    if "_" in name:
        return None
    for length in range(len(name) - 1, 1, -1):
        head, rest = name[:length], name[length:]
        if head in GREEK or (length == 2 and head not in ("ln", "lg")) or (head == "log" and rest[0] in "se"):
            continue
        spec = functions.find(head)
        takes_one = head in ("ln", "lg", "log") or (spec is not None and spec.arity == (1, 1))
        letters = rest.lstrip("0123456789")
        if takes_one and (len(letters) <= 1 or letters in GREEK) and (rest.isalnum()):
            return f"{head}({rest})" if rest[0].isdigit() else f"{head} {rest}"
    return None


def _product_with_call(word: str, known: Iterable[str]) -> tuple[str, str] | None:
    """(x, sin) for xsin."""
    rest = word[1:].lstrip("0123456789")
    if len(rest) > 1 and rest in set(known) and word[0].isalpha():
        return word[: len(word) - len(rest)], rest
    return None


def ends_in_call(word: str) -> tuple[str, str] | None:
    """(x, sin) for a symbol such as `xsin` that a variable follows; at least three letters of function."""
    found = _product_with_call(word, known_functions())
    return found if found is not None and len(found[1]) > 2 else None


def _call_after(text: str, start: int) -> str:
    """The bracket that stands at this place, when it is short and closed."""
    depth = 0
    start += len(text[start : start + 20]) - len(text[start : start + 20].lstrip())
    for at in range(start, min(len(text), start + 60)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return text[start : at + 1]
    return "(...)"


def declared_names(symbols: Iterable[object]) -> dict[str, Expr]:
    """Declared symbols by their canonical name. ParseError for what cannot be declared.

    >>> declared_names(["w1", "λ"])
    {'w1': w1, 'lambda': lambda}
    """
    declared: dict[str, Expr] = {}
    for item in (symbols,) if isinstance(symbols, (str, Expr)) else symbols:
        found: tuple[Symbol, ...]
        if isinstance(item, Symbol):
            found = (item,)
        elif isinstance(item, str):
            from calcml.syntax.declarations import parse_declarations

            found = parse_declarations(item)
        else:
            raise InputError(f"a declared name is a Symbol or text, not {type(item).__name__}")
        for symbol in found:
            declared[symbol.data] = symbol
    return declared
