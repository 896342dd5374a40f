"""Every error calcml raises, and the span of text an error points at.

    CalcmlError                 message, span, hint, exit_code
      InputError (2)            ParseError, UnknownNameError, ArityError, ShapeError, TraceError
      MathError (3)             DomainError, NoRuleError, NotDifferentiableError, NonFiniteError, UndecidedError
      BudgetError (4)           LimitError, DeadlineError
      MissingBackendError (5)   which extra to install
      InvariantError (70)       our bug

Errors hold data; the command line alone turns them into a snippet with a caret. An error is also the matching
built-in (`ParseError` is a `ValueError`), so that callers who know nothing of calcml can still catch it.
"""

from __future__ import annotations


class Span:
    """A half-open range of character positions in the text that was read."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"Span({self.start}, {self.end})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and (self.start, self.end) == (other.start, other.end)

    def __hash__(self) -> int:
        return hash((self.start, self.end))


class UnverifiedWarning(UserWarning):
    """A result is returned that could not be checked by values; the message says why.

    `warnings.filterwarnings("error", category=calcml.UnverifiedWarning)` refuses such results.
    """


class CalcmlError(Exception):
    """The base of all of them.

    `source` is the text that `span` points into; `hint` says what to do next. `path` is the occurrence an error in
    an expression is about: the argument numbers that lead to it from the root.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        source: str | None = None,
        path: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.source = source
        self.path: tuple[int, ...] | None = path


class InputError(CalcmlError):
    """What was typed or passed cannot be used."""

    exit_code = 2


class ParseError(InputError, ValueError):
    """The text is not an expression."""


class UnknownNameError(InputError, NameError):
    """A function or command that does not exist."""


class ArityError(InputError, TypeError):
    """A function with too few or too many arguments."""


class ShapeError(InputError, ValueError):
    """Operands whose shapes do not fit; the message gives the expected and the given shape."""


class TraceError(InputError, TypeError):
    """A Python function that cannot be turned into a tree; the message has the line."""


class MathError(CalcmlError, ArithmeticError):
    """The question is well put, and mathematics (or our share of it) has no answer."""

    exit_code = 3


class DomainError(MathError, ValueError):
    """Outside the domain: 1/0, ln(-1)."""


class NoRuleError(MathError):
    """No differentiation rule applies."""


class NotDifferentiableError(MathError):
    """The function has no derivative at the point."""


class NonFiniteError(MathError, OverflowError):
    """The value is no finite number of the format asked for."""


class UndecidedError(MathError):
    """Neither proved nor refuted."""


class BudgetError(CalcmlError):
    """A limit was met. The work was not done."""

    exit_code = 4


class LimitError(BudgetError, ValueError):
    """A limit on size: which one, and how much was asked."""


class DeadlineError(BudgetError, TimeoutError):
    """The time allowed is over."""


class MissingBackendError(CalcmlError, ImportError):  # type: ignore[misc]  # ImportError has a `path` of its own
    """An optional package is not installed; the hint names the extra."""

    exit_code = 5


class InvariantError(CalcmlError, AssertionError):
    """Our own bug: a step that failed its check, or a broken promise. Please report it."""

    exit_code = 70
