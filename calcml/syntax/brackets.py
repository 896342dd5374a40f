"""How deeply the brackets of a text are nested, found without reading it, so that too much is refused at once."""

from __future__ import annotations

import re
from itertools import accumulate

from calcml.budget import Budget
from calcml.errors import Span

_STEP = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_BRACKET = re.compile(r"[(){}\[\]]")
_OTHER = re.compile(r"[^(){}\[\]]+")
_CHUNK = 1 << 14


def require_depth(text: str, budget: Budget) -> None:
    """LimitError where brackets alone exceed the budget's depth; the parser counts everything that nests.

    >>> require_depth("((1))", Budget(depth=1))
    Traceback (most recent call last):
    ...
    calcml.errors.LimitError: too deeply nested: 2, and the limit is 1
    """
    limit = budget.depth
    if text.count("(") + text.count("[") + text.count("{") <= limit:
        return
    depth = 0
    for start in range(0, len(text), _CHUNK):
        steps = map(_STEP.__getitem__, _OTHER.sub("", text[start : start + _CHUNK]))
        depths = list(accumulate(steps, initial=depth))
        if max(depths) > limit:
            for bracket in _BRACKET.finditer(text, start):
                depth += _STEP[bracket[0]]
                if depth > limit:
                    budget.require("depth", depth, Span(*bracket.span()))
        depth = depths[-1]
