"""The state of reading one text, and the errors of the grammar: what was found, what was expected, what repairs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import Any

from calcml.budget import Budget
from calcml.errors import ParseError, Span
from calcml.syntax.notes import Notes
from calcml.syntax.suggestions import any_of
from calcml.syntax.tokens import END, NUMBER, Tokens

BRACKETS = {
    "(": ")", "lvert": "rvert", "lVert": "rVert", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖", "[": "]", "{": "}",
    "matrix": "endmatrix",
}  # fmt: skip
_CLOSING = frozenset(BRACKETS.values())
_SHOWN = {"rvert": "\\right|", "rVert": "\\right\\|", "endmatrix": "\\end{...}"}


class Complaints:
    """The token that is next, which brackets are open, the limits, and the errors about them."""

    __slots__ = (
        "bar", "budget", "declared", "depth", "ends", "i", "kinds", "notes", "repair", "split", "starts", "text",
        "tight", "values",
    )  # fmt: skip

    def __init__(self, text: str, tokens: Tokens, notes: Notes, budget: Budget, tight: bool) -> None:
        self.text = text
        self.kinds = tokens.kinds
        self.values: list[Any] = tokens.values
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.split = tokens.split
        self.notes = notes
        self.budget = budget
        self.tight = tight
        self.i = 0
        self.depth = 0
        self.bar = ""  # the innermost open bracket, when it is a bar: the next bar closes it
        self.declared: Container[str] = ()  # names of which no other reading is considered
        self.repair: Callable[[str], bool] | None = None  # whether a proposed text can be read

    def primary(self, kind: str) -> Any:
        """The rule for an operand that begins with this kind of token."""
        raise NotImplementedError

    def fail(self, message: str, start: int, end: int, hint: str | None = None) -> ParseError:
        """A ParseError about a piece of the text."""
        return ParseError(message, span=Span(start, end), hint=hint, source=self.text)

    def shown(self, i: int) -> str:
        """A token as an error quotes it."""
        if self.kinds[i] == END:
            return "the end of the text"
        text = self.text[self.starts[i] : self.ends[i]]
        return f'"{text}"' if "'" in text else f"'{text[:40]}'"

    def expect(self, kind: str, what: str) -> None:
        """Go past a token that must stand here."""
        if self.kinds[self.i] != kind:
            raise self.fail(
                f"{kind!r} is expected, found {self.shown(self.i)}", self.starts[self.i], self.ends[self.i], hint=what
            )
        self.i += 1

    def expected(self, what: str) -> ParseError:
        """The error where something else must stand."""
        return self.fail(f"{what} is expected, found {self.shown(self.i)}", self.starts[self.i], self.ends[self.i])

    def proposal(self, *candidates: str) -> str | None:
        """`did you mean …`, for those repairs that can be read."""
        if self.repair is None or len(self.text) > 200:
            return None
        good = [c for c in dict.fromkeys(map(str.strip, candidates)) if c and self.repair(c)]
        return f"did you mean {any_of(good)}?" if good else None

    def close(self, kind: str, opened: int) -> None:
        """Go past the closing bracket."""
        i = self.i
        wanted = BRACKETS[kind]
        if self.kinds[i] == wanted:
            self.i = i + 1
            return
        at, stop = self.starts[i], self.ends[i]
        found = self.kinds[i]
        mark = _SHOWN.get(wanted, wanted)
        if found == ",":
            raise self.comma()
        if found == END or found in _CLOSING:
            text = self.text
            repaired = text.rstrip() + self._closers() if found == END else text[:at] + mark + text[at:]
            advice = f"{self.shown(opened)} was opened at character {self.starts[opened] + 1}"
            if kind == "|":
                advice = "write abs(...) where bars are nested"
            raise self.fail(
                f"{mark!r} is expected to close {self.shown(opened)}, found {self.shown(i)}", at, stop,
                hint=self.proposal(repaired, text[:at] + mark + text[at + 1 :]) or advice,
            )  # fmt: skip
        raise self.stray()

    def _closers(self) -> str:
        """The brackets that are open at the end of the text."""
        waiting: list[str] = []
        for kind in self.kinds:
            if kind in ("(", "[", "{"):
                waiting.append(BRACKETS[kind])
            elif waiting and kind == waiting[-1]:
                waiting.pop()
        return "".join(reversed(waiting)) if len(waiting) < 20 else ""

    def leftover(self) -> ParseError:
        """The error for a complete expression with something after it."""
        i = self.i
        at, stop = self.starts[i], self.ends[i]
        kind = self.kinds[i]
        if kind == ",":
            return self.comma()
        if kind in _CLOSING:
            return self.fail(
                f"{self.shown(i)} closes nothing", at, stop, hint=self.proposal(self.text[:at] + self.text[stop:])
            )
        return self.stray()

    def stray(self) -> ParseError:
        """The error for a token where an operator or an end must stand."""
        i = self.i
        at, stop = self.starts[i], self.ends[i]
        kind = self.kinds[i]
        text = self.text
        if kind == "%":
            return self.fail("'%' has no meaning here", at, stop, hint="the remainder is mod(a, b), a percentage p/100")
        if kind == "==":
            repaired = self.proposal(text.replace("==", "="))
            return self.fail("'==' has no meaning here", at, stop, hint=repaired or "an equation has one =")
        if kind == NUMBER:
            return (
                self.two_numbers()
                if self.kinds[i - 1] == NUMBER
                else self.fail(f"an operator is expected before {self.shown(i)}", at, stop)
            )
        if kind == ":" and i and "lambda" in text[:at]:
            return self.fail("':' has no meaning here: lambda is a Greek letter, not a function", at, stop,
                             hint="a function is defined by f(x) = ...")  # fmt: skip
        return self.fail(
            f"{self.shown(i)} has no meaning here: an operator or the end is expected", at, stop,
            hint=self.proposal(text[:at].rstrip() + " *" + text[at:]) if self.primary(kind) is not None else None,
        )  # fmt: skip

    def two_numbers(self) -> ParseError:
        """The error for 3 4 and 1.2.3."""
        i = self.i
        start, end = self.starts[i - 1], self.ends[i]
        first, second = self.text[start : self.ends[i - 1]], self.text[self.starts[i] : end]
        if second.startswith(".") and self.starts[i] == self.ends[i - 1]:
            return self.fail("a number has one decimal point", self.starts[i], self.starts[i] + 1)
        return self.fail(
            "an operator is expected between two numbers", self.starts[i], end,
            hint=f"did you mean `{first}*{second}` or `{first}{second}`?" if len(first + second) < 60 else None,
        )  # fmt: skip

    def comma(self) -> ParseError:
        """The error for a comma outside of calls and lists."""
        i = self.i
        at, stop = self.starts[i], self.ends[i]
        hint = self.decimal_comma(at - 1, stop + 1) or "a list is written [a, b]"
        return self.fail("a comma separates arguments and entries of lists only", at, stop, hint=hint)

    def decimal_comma(self, start: int, end: int) -> str | None:
        """`did you mean 1.5?` where 1,5 stands."""
        found = re.search("([0-9]+),([0-9]+)", self.text[max(0, start - 40) : end + 40])
        return f"did you mean `{found[1]}.{found[2]}`?" if found is not None and len(found[0]) < 60 else None

    def operand_expected(self) -> ParseError:
        """The error where a number, name or bracket must stand."""
        i = self.i
        at, stop = self.starts[i], self.ends[i]
        kind = self.kinds[i]
        text = self.text
        if kind == "%" or kind == "==":
            return self.stray()
        if i == 0:
            return self.fail(f"an expression cannot begin with {self.shown(i)}", at, stop)
        before = self.kinds[i - 1]
        message = f"an operand is expected after {self.shown(i - 1)}, found {self.shown(i)}"
        hint = None
        if kind in ("*", "/", "^", "=", "<", ">", "<=", ">="):
            hint = self.proposal(text[: self.starts[i]] + text[stop:], text[: self.starts[i - 1]] + text[at:])
        elif (kind == END or kind in _CLOSING) and before in ("+", "-", "*", "/", "^", "="):
            hint = self.proposal(text[: self.starts[i - 1]] + text[self.ends[i - 1] :])
        if kind == END:
            at, stop = self.ends[i - 1], self.ends[i - 1]
        return self.fail(message, at, stop, hint)
