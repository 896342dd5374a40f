"""Operands with marks around or behind them: brackets, bars, braces, lists, radicals, x!, f', X[i, j]."""

from __future__ import annotations

from calcml.binding import free_symbols
from calcml.errors import InputError, Span
from calcml.expr import Number, Piecewise, Symbol
from calcml.heads import Derivative, Index
from calcml.syntax import forms
from calcml.syntax.complaints import BRACKETS
from calcml.syntax.implicit import CONSTANTS, SYMBOL
from calcml.syntax.parsed import Node
from calcml.syntax.reader import Reader, Rule
from calcml.syntax.tokens import NUMBER, SUPERSCRIPT


class Operands(Reader):
    """The rules for them."""

    __slots__ = ()

    # ---- pairs -------------------------------------------------------------------------------------------------------

    def brackets(self) -> Rule:
        """( … ), and the other pairs that hold one value."""
        opened = self.i
        kind = self.kinds[opened]
        self.i += 1
        self.enter()
        saved, self.bar = self.bar, kind if kind in "|‖" else ""
        if self.kinds[self.i] == BRACKETS[kind] != kind:
            raise self.fail(
                f"an expression is expected between {self.shown(opened)} and {self.shown(self.i)}",
                self.starts[opened], self.ends[self.i],
            )  # fmt: skip
        node = yield self.value()
        self.close(kind, opened)
        self.bar = saved
        self.depth -= 1
        start, end = self.starts[opened], self.ends[self.i - 1]
        if kind == "(":
            return Node(node.expr, start, end, node.parts, "components" if node.form == "components" else "group")
        if kind in ("‖", "lVert"):
            return self.built("norm", (node,), start, end)
        if kind in ("⌊", "⌈"):
            return self.built("floor" if kind == "⌊" else "ceil", (node,), start, end)
        if node.form == "bar" and node.expr.args[0].shape:  # ||w||
            return self.built("norm", node.parts, start, end)
        result = self.built("abs", (node,), start, end)
        result.form = "bar"
        if node.expr.shape and not (self.bar and self.kinds[self.i] == "|"):
            raise self.fail("bars around a vector can mean two things", start, end, hint="write norm(w) or abs(w)")
        return result

    def braces(self) -> Rule:
        """{value: condition; value: otherwise}; braces around one value only group it, as in LaTeX."""
        opened = self.i
        kinds = self.kinds
        self.i += 1
        self.enter()
        saved, self.bar = self.bar, ""
        parts: list[Node] = []
        while True:
            if parts and kinds[self.i] == "}":  # a last line of LaTeX's cases may end in \\
                break
            node = yield self.value()
            if not parts and kinds[self.i] == "}":
                self.i += 1
                self.depth -= 1
                self.bar = saved
                form = "order" if node.form == "group" else ""
                return Node(node.expr, self.starts[opened], self.ends[self.i - 1], node.parts, form)
            parts.append(node)
            if kinds[self.i] in (",",):
                self.i += 1
                if kinds[self.i] == "&":
                    self.i += 1
            elif kinds[self.i] in (":", "&"):
                self.i += 1
            elif kinds[self.i] == "}":
                break
            else:
                raise self.expected("a ':' and a condition")
            if kinds[self.i] in ("otherwise", "else"):
                self.i += 1
                if kinds[self.i] == ";" and kinds[self.i + 1] == "}":
                    self.i += 1
                break
            parts.append((yield self.value()))
            if kinds[self.i] != ";":
                break
            self.i += 1
        self.close("{", opened)
        self.bar = saved
        self.depth -= 1
        return self.make(Piecewise, tuple(parts), self.starts[opened], self.ends[self.i - 1])

    def listed(self) -> Rule:
        """[a, b]; a list of lists is a matrix."""
        opened = self.i
        self.i += 1
        parts = yield self.values_until("[", opened)
        start, end = self.starts[opened], self.ends[self.i - 1]
        items: tuple[Node, ...] = parts.parts
        if not items:
            raise self.fail("a list has at least one entry", start, end)
        try:
            return Node(forms.list_of(items), start, end, items)
        except InputError as error:
            error.span = Span(start, end)
            raise

    def values_until(self, kind: str, opened: int) -> Rule:
        """The values between brackets, as the parts of a node without meaning of its own."""
        kinds = self.kinds
        self.enter()
        saved, self.bar = self.bar, ""
        parts: list[Node] = []
        if kinds[self.i] != BRACKETS[kind]:
            while True:
                parts.append((yield self.value()))
                if kinds[self.i] != ",":
                    break
                self.i += 1
        self.close(kind, opened)
        self.bar = saved
        self.depth -= 1
        return Node(CONSTANTS["e"], self.starts[opened], self.ends[self.i - 1], tuple(parts))

    # ---- behind an operand -------------------------------------------------------------------------------------------

    def postfix(self, node: Node) -> Rule:
        """x!, f', X[i, j]."""
        kinds = self.kinds
        while True:
            i = self.i
            kind = kinds[i]
            if kind == "!":
                if kinds[i + 1] == "!":
                    raise self.fail(
                        "!! could be the double factorial", self.starts[i], self.ends[i + 1], hint="write (x!)!"
                    )
                self.i += 1
                node = self.built("factorial", (node,), node.start, self.ends[i])
            elif kind == "'":
                node = self.primed(node)
            elif kind == "_":
                self.i += 1
                below = yield self.script()
                node = self.indexed(node, list(below.parts), self.ends[self.i - 1])
            elif kind == "[" and (node.expr.shape or self.starts[i] == self.ends[i - 1]):
                self.i += 1
                indices: list[Node] = []
                self.enter()
                saved, self.bar = self.bar, ""
                while True:
                    indices.append((yield self.value()))
                    if kinds[self.i] != ",":
                        break
                    self.i += 1
                self.close("[", i)
                self.bar = saved
                self.depth -= 1
                node = self.indexed(node, indices, self.ends[self.i - 1])
            elif kind == "[":
                raise self.fail(
                    "an operator is expected before this list",
                    self.starts[i],
                    self.ends[i],
                    hint="a product is written with *",
                )
            else:
                return node

    def script(self) -> Rule:
        """What stands below: {i, j}, or one number or name; as the parts of a node without meaning of its own."""
        i = self.i
        if self.kinds[i] == "{":
            self.i += 1
            node = yield self.values_until("{", i)
            if node.parts:
                return node
        elif self.kinds[i] in (NUMBER, SYMBOL):
            self.i += 1
            node = Node(self.values[i], self.starts[i], self.ends[i])
            return Node(node.expr, node.start, node.end, (node,))
        raise self.fail("a subscript is expected", self.starts[i], self.ends[i], hint="write v_{i} or v[i]")

    def indexed(self, node: Node, indices: list[Node], end: int) -> Node:
        """An entry; of a vector that a function made, the component itself."""
        first = indices[0].expr
        if node.form == "components" and len(indices) == 1 and isinstance(first, Number):
            number = first.data
            if isinstance(number, int) and 1 <= number <= len(node.parts):
                part = node.parts[number - 1]
                return Node(part.expr, node.start, end, part.parts)
        if not node.expr.shape:
            name = node.expr.data if isinstance(node.expr, Symbol) else None
            raise self.fail(
                f"{node.expr!r} is a scalar and has no entries", node.start, end,
                hint=f"declare its shape: --vars {name}[{', '.join('nmk'[: len(indices)])}]" if name else None,
            )  # fmt: skip
        return self.make(Index, (node, *indices), node.start, end)

    def primed(self, node: Node) -> Node:
        """f'': a derivative by the only free symbol."""
        first = self.i
        while self.kinds[self.i] == "'":
            self.i += 1
        order = self.i - first
        self.nested(order)
        start, end = self.starts[first], self.ends[self.i - 1]
        following = self.text[end : end + 1]
        if following and (following in '{_"' or following.isalnum()):
            raise self.fail(
                '"\'" ends a derivative here, and nothing may stand against it', start, end,
                hint="text in quotes is not mathematics; a product is written with *",
            )  # fmt: skip
        if isinstance(node.expr, Symbol) and self.kinds[self.i] == "(":
            raise self.fail(
                f"{node.expr.data} is a variable here, not a function", node.start, node.end,
                hint="a derivative is written diff(x^2, x), (x^2)' or d/dx x^2",
            )  # fmt: skip
        free = sorted(symbol.data for symbol in free_symbols(node.expr))
        if len(free) != 1:
            listed = f"there are several: {', '.join(free[:8])}" if free else "there is none"
            raise self.fail(f"' differentiates by the only variable, and {listed}", start, end, hint="write diff(f, x)")
        variable = next(iter(free_symbols(node.expr)))
        parts = [node, Node(variable, start, end)]
        if order > 1:
            parts.append(Node(Number(order), start, end))
        result = self.make(Derivative, tuple(parts), node.start, end)
        if isinstance(node.expr, Symbol):
            self.notes.add(result)
        return result

    def raised(self) -> Node:
        """The exponent in x², x⁻¹, xⁿ."""
        i = self.i
        start, end = self.starts[i], self.ends[i]
        is_negative, factors = self.values[i]
        self.i += 1
        expr = forms.product(tuple(factors))
        node = Node(expr, start + is_negative, end)
        return self.negated(node, (start,)) if is_negative else node

    # ---- roots -----------------------------------------------------------------------------------------

    def radical(self) -> Rule:
        """√x: the operand that follows, with its own exponent."""
        first = self.i
        kinds = self.kinds
        count = [first]
        self.i += 1
        while kinds[self.i] in ("√", "∛"):
            count.append(self.i)
            self.i += 1
        self.nested(len(count))
        i = self.i
        spaced = False
        if kinds[i] in (NUMBER, SYMBOL):
            self.i += 1
            node = Node(self.values[i], self.starts[i], self.ends[i])
            if kinds[self.i] in ("^", SUPERSCRIPT):
                self.i = i
                node = yield self.power()
                spaced = True
            elif kinds[i] == NUMBER and kinds[self.i] == SYMBOL and self.starts[self.i] == self.ends[i]:
                spaced = True
        else:
            rule = self.primary(kinds[i])
            if rule is None:
                raise self.operand_expected()
            node = yield rule
        for at in reversed(count):
            node = self.built("sqrt" if kinds[at] == "√" else "cbrt", (node,), self.starts[at], node.end)
        if spaced and kinds[self.i] == SYMBOL:
            node.form = "radical"
        elif spaced:
            self.notes.add(node)
        elif kinds[self.i] in ("^", SUPERSCRIPT):
            node.form = "spaced"
        return node
