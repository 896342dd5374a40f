"""Python's cyclic garbage collector, paused where it has nothing to find.

Expressions hold no cycles. While many of them are made at once, the collector walks all that is alive again and again
and frees nothing; for a long text or a large graph that is most of the time.
"""

from __future__ import annotations

import gc


class CollectorPaused:
    """`with CollectorPaused(large):` no cyclic collection inside, when `large`; afterwards it is as it was."""

    __slots__ = ("_resume", "_wanted")

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._resume = False

    def __enter__(self) -> None:
        if self._wanted and gc.isenabled():
            self._resume = True
            gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._resume:
            gc.enable()
