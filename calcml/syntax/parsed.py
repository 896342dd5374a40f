"""What the parser hands back: the expression, where each part of it stands in the text, and what was decided.

Spans belong to occurrences, never to nodes (which are interned: both x of `x + x` are one node). The occurrences form
a tree of `Node` beside the expression, so memory stays linear in the text however deep it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from calcml.errors import Span
from calcml.expr import Expr

Definition = tuple[str, tuple[str, ...]]


class Node:
    """One occurrence: an expression, where it stands, and the occurrences of its operands.

    `form` tells the grammar how it was written where that matters: "bare" (`sin x`), "spaced" (`sin (x)`),
    "bar" (`|x|`), "components" (a vector a function made).
    """

    __slots__ = ("end", "expr", "form", "parts", "start")

    def __init__(self, expr: Expr, start: int, end: int, parts: tuple[Node, ...] = (), form: str = "") -> None:
        self.expr = expr
        self.start = start
        self.end = end
        self.parts = parts
        self.form = form


class Spans:
    """The spans of all occurrences, found by path: the argument numbers that lead there from the root.

    >>> from calcml.syntax.parser import parse_text
    >>> parse_text("x + sin(x)").spans[1, 0]
    Span(8, 9)
    """

    __slots__ = ("_root",)

    def __init__(self, root: Node) -> None:
        self._root = root

    def __getitem__(self, path: int | Iterable[int]) -> Span:
        """The span of the occurrence; of the nearest one around it where a rule wrote that part, not the person."""
        node = self._root
        for number in (path,) if isinstance(path, int) else path:
            if not 0 <= number < len(node.parts):
                break
            node = node.parts[number]
        return Span(node.start, node.end)

    def below(self, number: int) -> Spans:
        """The spans of one operand of the root, by paths that begin there."""
        parts = self._root.parts
        return Spans(parts[number]) if 0 <= number < len(parts) else self


class Parsed:
    """What was read.

    expr        the tree, as written
    spans       where each occurrence stands
    notes       sentences about what an implicit rule decided ("read as: (1/2)*x")
    text        the text itself
    definition  (name, parameters) for `y = x^2` and `f(x) = x^2`, else None

    `y = x^2` is the equation, and may be taken as a definition of y: `body` is x^2. Of `f(x) = x^2` the tree can hold
    the right side only, which is then `expr` as well as `body`.

    >>> from calcml.syntax.parser import parse_text
    >>> found = parse_text("y = 1/2x")
    >>> found.expr, found.body, found.definition, found.notes
    (y = 1/2*x, 1/2*x, ('y', ()), ('read as: (1/2)*x',))
    """

    __slots__ = ("definition", "expr", "notes", "spans", "text")

    def __init__(self, root: Node, notes: tuple[str, ...], text: str, definition: Definition | None) -> None:
        self.expr = root.expr
        self.spans = Spans(root)
        self.notes = notes
        self.text = text
        self.definition = definition

    def span_of(self, path: Iterable[int]) -> Span:
        """Where the occurrence at this path stands."""
        return self.spans[path]

    @property
    def body(self) -> Expr:
        """The defined expression of a definition; otherwise the expression."""
        return self.expr.args[1] if self.definition is not None and not self.definition[1] else self.expr

    @property
    def body_spans(self) -> Spans:
        """The spans by paths that begin at `body`."""
        return self.spans.below(1) if self.definition is not None and not self.definition[1] else self.spans

    def __repr__(self) -> str:
        return f"Parsed({self.expr!r})"
