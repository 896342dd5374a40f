r"""The notation of textbooks: fractions, roots, d/dx, ∑, ∫, lim and matrices."""

from __future__ import annotations

from calcml.errors import InputError, Span
from calcml.expr import ONE, Div, Expr, Symbol
from calcml.heads import Derivative, Dot, Integral, Limit, Matrix, Sum, Vector
from calcml.syntax import forms
from calcml.syntax.applications import Applications
from calcml.syntax.implicit import SYMBOL
from calcml.syntax.leibniz import DIFFERENTIAL
from calcml.syntax.parsed import Node
from calcml.syntax.reader import Rule
from calcml.syntax.tokens import END, NUMBER


class Operators(Applications):
    """The rules for them."""

    __slots__ = ()

    # ---- fractions and roots of LaTeX --------------------------------------------------------------------------------

    def latex_fraction(self) -> Rule:
        r"""\frac{a}{b}."""
        start = self.starts[self.i]
        self.i += 1
        self.enter()
        above = yield self.latex_argument()
        below = yield self.latex_argument()
        self.depth -= 1
        return self.make(Div, (above, below), start, below.end)

    def latex_root(self) -> Rule:
        r"""\sqrt{x}, \sqrt[3]{x}."""
        start = self.starts[self.i]
        self.i += 1
        index: Node | None = None
        self.enter()
        if self.kinds[self.i] == "[":
            opened = self.i
            self.i += 1
            index = yield self.value()
            self.close("[", opened)
        node = yield self.latex_argument()
        self.depth -= 1
        if index is None:
            return self.built("sqrt", (node,), start, node.end)
        expr, parts, _ = forms.root_of(node, index)
        return Node(expr, start, node.end, parts)

    def latex_argument(self) -> Rule:
        """{…}, or one number, name or group."""
        i = self.i
        kind = self.kinds[i]
        if kind == "{":
            return (yield self.braces())
        if kind in (NUMBER, SYMBOL):
            self.i += 1
            return Node(self.values[i], self.starts[i], self.ends[i])
        if kind == "(":
            return (yield self.brackets())
        raise self.expected("an argument in braces")

    # ---- derivatives, sums, limits: an operator on the product that follows ------------------------------------------

    def leibniz(self) -> Rule:
        """d/dx of the product that follows; dy/dx."""
        first = self.i
        start, end = self.starts[first], self.ends[first]
        subject, variables = self.values[first]
        self.i += 1
        self.enter()
        if subject is not None:
            node = Node(subject, start, end)
        else:
            signs = self.signs()
            group = self.kinds[self.i] == "("
            if self.kinds[self.i] == END:
                raise self.fail("an expression to differentiate is expected", end, end, hint="write d/dx (x^2)")
            node = yield self.product()
            if signs:
                node = self.negated(node, signs)
            end = node.end
        self.depth -= 1
        result = node
        for variable, order in reversed(variables):
            parts = [result, Node(variable, start, self.ends[first])]
            if order is not None:
                parts.append(Node(order, start, self.ends[first]))
            result = self.make(Derivative, tuple(parts), start, end)
        goes_on = self.kinds[self.i] in ("+", "-")
        if subject is not None or goes_on or (group and node.parts and self.kinds[self.i - 1] != ")"):
            self.notes.add(result)
        return result

    def series(self) -> Rule:
        r"""\sum_{i=1}^{n} of the product that follows."""
        first = self.i
        self.i += 1
        opened = self.below(first, r"\sum_{i=1}^{n} i^2")
        variable = self.variable(r"\sum_{i=1}^{n} i^2")
        self.expect("=", r"a sum is written \sum_{i=1}^{n} i^2")
        lower = yield self.value()
        self.close("{", opened)
        self.expect("^", r"a sum is written \sum_{i=1}^{n} i^2")
        upper = yield self.latex_argument()
        body = yield self.operated(first)
        return self.binder(Sum, (body, variable, lower, upper), first)

    def limit(self) -> Rule:
        r"""\lim_{x \to a^{+}} of the product that follows."""
        first = self.i
        self.i += 1
        usage = r"\lim_{x \to 0^{+}} \frac{1}{x}"
        opened = self.below(first, usage)
        variable = self.variable(usage)
        self.expect("to", f"a limit is written {usage}")
        to = yield self.value()
        side = "both"
        if self.kinds[self.i] == "^" and self.ends_in_side():
            is_braced = self.kinds[self.i + 1] == "{"
            side = "right" if self.kinds[self.i + 1 + is_braced] == "+" else "left"
            self.i += 4 if is_braced else 2
        self.close("{", opened)
        body = yield self.operated(first)
        return self.binder(Limit, (body, variable, to), first, side)

    def ends_in_side(self) -> bool:
        """Whether the ^ that comes next is the one of 0^{+} or 0^-, before the brace that closes a limit's range."""
        kinds = self.kinds
        i = self.i + 1 if kinds[self.i + 1] != "{" else self.i + 2
        return (kinds[i] == "+" or kinds[i] == "-") and kinds[i + 1] == "}"

    def operated(self, first: int) -> Rule:
        """The operand of an operator: a product, perhaps under minus signs."""
        self.enter()
        signs = self.signs()
        if self.kinds[self.i] == END:
            raise self.fail(f"an expression is expected after {self.shown(first)}", self.ends[first], self.ends[first])
        node = yield self.product()
        self.depth -= 1
        return self.negated(node, signs) if signs else node

    def binder(self, head: type[Expr], parts: tuple[Node, ...], first: int, data: str | None = None) -> Node:
        """The operator over its parts; echoed where a reader could think that it reaches further."""
        node = self.make(head, parts, self.starts[first], self.ends[self.i - 1], data)
        if self.kinds[self.i] in ("+", "-"):
            self.notes.add(node)
        return node

    def below(self, first: int, usage: str) -> int:
        """Go past the `_{` that must stand behind an operator; the number of the brace."""
        if self.kinds[self.i] != "_" or self.kinds[self.i + 1] != "{":
            raise self.fail(
                f"{self.shown(first)} needs its range", self.starts[first], self.ends[first], hint=f"write {usage}"
            )
        self.i += 2
        return self.i - 1

    def variable(self, usage: str) -> Node:
        """The variable an operator binds."""
        i = self.i
        expr = self.values[i]
        if self.kinds[i] != SYMBOL or not isinstance(expr, Symbol) or expr.shape:
            hint = f"write {usage}"
            if isinstance(expr, Expr) and not isinstance(expr, Symbol):
                hint = f"a variable of that name needs --vars {self.shown(i)[1:-1]}"
            raise self.fail(f"a variable is expected, found {self.shown(i)}", self.starts[i], self.ends[i], hint=hint)
        self.i += 1
        return Node(expr, self.starts[i], self.ends[i])

    # ---- integrals ---------------------------------------------------------------------------------------------------

    def integral(self) -> Rule:
        r"""\int x\,dx, \int_{a}^{b} x\,dx: the dx ends it, so what it holds may be a sum."""
        first = self.i
        kinds = self.kinds
        self.i += 1
        self.enter()
        bounds: dict[str, Node] = {}
        while kinds[self.i] in ("_", "^") and kinds[self.i] not in bounds:
            mark = kinds[self.i]
            self.i += 1
            bounds[mark] = yield self.latex_argument()
        if len(bounds) == 1:
            raise self.fail(
                "an integral has two bounds or none", self.starts[first], self.ends[first],
                hint=r"write \int_{a}^{b} x\,dx",
            )  # fmt: skip
        if kinds[self.i] == DIFFERENTIAL:
            body = Node(ONE, self.starts[self.i], self.starts[self.i])
        else:
            body = yield self.value()
        if kinds[self.i] != DIFFERENTIAL:
            raise self.fail(
                f"the variable of the integral is expected, found {self.shown(self.i)}", self.starts[self.i],
                self.ends[self.i], hint=r"an integral ends with its variable: \int x\,dx",
            )  # fmt: skip
        variable = Node(self.values[self.i], self.starts[self.i], self.ends[self.i])
        self.i += 1
        self.depth -= 1
        parts = (body, variable, *([bounds["_"], bounds["^"]] if bounds else []))
        return self.make(Integral, parts, self.starts[first], variable.end)

    # ---- vectors and matrices ----------------------------------------------------------------------------------------

    def matrix(self) -> Rule:
        r"""\begin{bmatrix} a & b \\ c & d \end{bmatrix}; one column is a vector."""
        opened = self.i
        kinds = self.kinds
        self.i += 1
        self.enter()
        saved, self.bar = self.bar, ""
        rows: list[list[Node]] = [[]]
        while not (kinds[self.i] == "endmatrix" and len(rows) > 1 and not rows[-1]):
            rows[-1].append((yield self.value()))
            if kinds[self.i] == ";":
                rows.append([])
            elif kinds[self.i] != "&":
                break
            self.i += 1
        self.close("matrix", opened)
        self.bar = saved
        self.depth -= 1
        rows = [row for row in rows if row]
        start, end = self.starts[opened], self.ends[self.i - 1]
        if all(len(row) == 1 for row in rows):
            return self.make(Vector, tuple([row[0] for row in rows]), start, end)
        return self.make(
            Matrix, tuple([self.make(Vector, tuple(row), row[0].start, row[-1].end) for row in rows]), start, end
        )

    def matrix_product(self, left: Node, right: Node) -> Node:
        """left @ right."""
        try:
            expr, parts, _ = forms.matmul("@", (left, right))
        except InputError as error:
            error.span = Span(left.start, right.end)
            raise
        return Node(expr, left.start, right.end, parts)

    def inner_product(self, left: Node) -> Rule:
        r"""v^{\top} u, and v^{\top} A u: what follows is multiplied until it is a vector."""
        top = self.i
        self.i += 1
        if not self.juxtaposed():
            raise self.fail(
                "a transposed vector is followed by a vector", left.start, self.ends[top], hint=r"write v^{\top} u"
            )
        right = yield self.power()
        while len(right.expr.shape) == 2 and self.juxtaposed():
            right = self.matrix_product(right, (yield self.power()))
        return self.make(Dot, (left, right), left.start, right.end)
