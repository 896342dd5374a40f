"""The limits of one call, as one immutable value that every entry point accepts.

A limit that can be seen in the text is refused while reading; the others are met during the work. Exceeding one is a
`LimitError` that names the limit; running out of time is a `DeadlineError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from calcml.errors import DeadlineError, LimitError, Span


class Budget:
    """How much one call may use.

    text: characters read. depth: nesting. digits: of one number. nodes: of one result. bits: of one exact number
    computed. output: characters printed. seconds: of work.

    >>> Budget(digits=5).require("digits", 3)
    >>> Budget(digits=5).require("digits", 6)
    Traceback (most recent call last):
    ...
    calcml.errors.LimitError: too many digits: 6, and the limit is 5
    """

    __slots__ = ("bits", "depth", "digits", "nodes", "output", "seconds", "text")

    text: int
    depth: int
    digits: int
    nodes: int
    bits: int
    output: int
    seconds: float

    def __init__(
        self,
        *,
        text: int = 1_000_000,
        depth: int = 100_000,
        digits: int = 10_000,
        nodes: int = 2_000_000,
        bits: int = 100_000,
        output: int = 10_000_000,
        seconds: float = 5.0,
    ) -> None:
        for name, value in zip(self.__slots__, (bits, depth, digits, nodes, output, seconds, text), strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Budget is immutable; make a new one")

    def __reduce__(self) -> tuple[Callable[[dict[str, float]], Budget], tuple[dict[str, float]]]:
        return _budget_of, ({name: getattr(self, name) for name in self.__slots__},)

    def __repr__(self) -> str:
        return f"Budget({', '.join(f'{name}={getattr(self, name)}' for name in self.__slots__)})"

    def require(self, limit: str, amount: int, span: Span | None = None) -> None:
        """Raise LimitError when `amount` exceeds the limit of that name."""
        allowed = getattr(self, limit)
        if amount > allowed:
            raise LimitError(
                f"too {_WORDS[limit]}: {amount:,}, and the limit is {allowed:,}",
                span=span,
                hint=f"a larger budget can be passed from Python: Budget({limit}=...)",
            )


def _budget_of(limits: dict[str, Any]) -> Budget:
    return Budget(**limits)


_WORDS = {
    "text": "much text",
    "depth": "deeply nested",
    "digits": "many digits",
    "nodes": "many nodes",
    "bits": "many bits in an exact number",
    "output": "many characters to print",
}


class Deadline:
    """An amount of this thread's computing time after which `check` raises DeadlineError.

    Computing time, so that a result does not depend on what else the machine is doing; `--timeout` is in real seconds.
    """

    __slots__ = ("at", "earliest", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = time.thread_time() + seconds
        self.earliest = time.monotonic() + seconds  # no thread computes for longer than it lasts

    def left(self) -> float:
        """Seconds that are left."""
        return self.at - time.thread_time()

    def passed(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.earliest and time.thread_time() > self.at  # the first clock is ten times cheaper

    def check(self) -> None:
        """Raise DeadlineError when the time is over."""
        if self.passed():
            raise DeadlineError(f"not finished after {self.seconds:g} s", hint="allow more with --timeout SECONDS")


DEFAULT = Budget()
