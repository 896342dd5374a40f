"""Sums, products and powers: one node however many terms, implicit multiplication, exponents from right to left."""

from __future__ import annotations

from collections.abc import Callable

from calcml.errors import ParseError, Span
from calcml.expr import Add, Div, Neg, Pow, Sub, Symbol, make
from calcml.syntax.implicit import FUNCTION, SYMBOL, ends_in_call
from calcml.syntax.leibniz import DIFFERENTIAL, LEIBNIZ
from calcml.syntax.operators import Operators
from calcml.syntax.parsed import Node
from calcml.syntax.reader import JUXTAPOSED, OPERANDS, Rule
from calcml.syntax.tokens import END, NUMBER, SUPERSCRIPT

RELATIONS = frozenset({"<", "<=", ">", ">=", "=", "!="})
LOGIC = RELATIONS | {"and", "or", "if"}
MULTIPLYING = frozenset({"*", "/", "@", "bmod"})
# After these an operand is not finished yet.
CONTINUES = frozenset({"^", SUPERSCRIPT, "!", "'", "[", "_", "top"})
# A product ends before these, so a single number or name before one is a whole term.
TERM_ENDS = frozenset({"+", "-", ")", ",", END, "]", "}", ":", ";", "&", DIFFERENTIAL, "endmatrix"}) | LOGIC
# More likely the name of a function than of a variable.
_LIKE_FUNCTIONS = frozenset({"f", "g", "h", "F", "G", "H", "zeta"})


class Products(Operators):
    """The rules for them."""

    __slots__ = ()

    def primary(self, kind: str) -> Rule | None:
        """The rule for an operand that begins with this kind of token."""
        rule = PRIMARIES.get(kind)
        return None if rule is None else rule(self)

    # ---- sums and products -------------------------------------------------------------------------------------------

    def sum(self) -> Rule:
        """A whole sum as one node: a + b - c is Add(a, b, Neg(c)), and a - b alone is Sub(a, b)."""
        kinds = self.kinds
        terms: list[Node] = []
        minus = -1  # where the minus before this term stands
        while True:
            i = self.i
            kind = kinds[i]
            signs = None
            if kind == "-" or kind == "+":
                signs = self.signs()
                i = self.i
                kind = kinds[i]
            if kind in OPERANDS and kinds[i + 1] in TERM_ENDS:
                node = Node(self.values[i], self.starts[i], self.ends[i])
                self.i = i + 1
            else:
                node = yield self.product()
            if signs:
                node = self.negated(node, signs)
            if minus >= 0 and (len(terms) > 1 or kinds[self.i] == "+" or kinds[self.i] == "-"):
                node = Node(make(Neg, None, (node.expr,)), minus, node.end, (node,))
            terms.append(node)
            kind = kinds[self.i]
            if kind != "+" and kind != "-":
                break
            if len(terms) == 1 and kind == "-":
                minus = self.starts[self.i]
            else:
                minus = self.starts[self.i] if kind == "-" else -1
            self.i += 1
        if len(terms) == 1:
            return terms[0]
        head = Sub if minus >= 0 and len(terms) == 2 else Add
        return self.make(head, tuple(terms), terms[0].start, terms[-1].end)

    def product(self) -> Rule:
        """Factors from left to right; what stands side by side is multiplied."""
        kinds = self.kinds
        factors: list[Node] = []
        divisions = 0
        noted = False
        bars_unclear = False
        sign = ""
        while True:
            i = self.i
            kind = kinds[i]
            if kind in OPERANDS and kinds[i + 1] not in CONTINUES:
                node = Node(self.values[i], self.starts[i], self.ends[i])
                self.i = i + 1
            else:
                node = yield self.power()
                if kinds[self.i] == "top":
                    node = yield self.inner_product(node)
            if sign == "/":
                if self.tight and self.juxtaposed():
                    node = yield self.tight_run(node)
                    noted = True
                left = self.multiplied(factors)
                factors = [self.make(Div, (left, node), left.start, node.end)]
                divisions += 1
            elif sign == "@":
                factors = [self.matrix_product(self.multiplied(factors), node)]
                divisions += 1
            elif sign == "bmod":
                noted |= len(factors) > 1
                left = self.multiplied(factors)
                factors = [self.built("mod", (left, node), left.start, node.end)]
                divisions += 1
            elif not sign and node.expr.shape and factors and len(factors[-1].expr.shape) == 2:
                factors[-1] = self.matrix_product(factors[-1], node)  # A v
                noted = True
            else:
                factors.append(node)
            sign = kinds[self.i]
            if sign in MULTIPLYING:
                if node.form == "bare" and sign != "@":
                    noted |= sign == "/" or kinds[self.i + 1] in (NUMBER, SYMBOL)
                self.i += 1
                continue
            if sign not in JUXTAPOSED or not self.juxtaposed():
                break
            noted |= self.is_notable(node, divisions)
            if node.form == "bar" and sign != "|":
                bars_unclear = True
            elif bars_unclear and sign == "|":
                raise self.fail(
                    "these bars can be paired in two ways", self.starts[self.i], self.ends[self.i],
                    hint="write abs(...) for one of them",
                )  # fmt: skip
            sign = ""
        if divisions > 1:
            self.nested(divisions)
        node = self.multiplied(factors)
        if noted:
            self.notes.add(node)
        return node

    def tight_run(self, first: Node) -> Rule:
        """What is multiplied without a sign after a division bar, as one factor."""
        factors = [first]
        while self.juxtaposed():
            factors.append((yield self.power()))
        return self.multiplied(factors)

    def is_notable(self, left: Node, divisions: int) -> bool:
        """Whether a product written without a sign deserves a note: the text has another sensible reading."""
        i = self.i
        kinds = self.kinds
        kind = kinds[i]
        if divisions or i in self.split or left.form == "radical" or (left.form == "bare" and kind != FUNCTION):
            return True
        if kind == NUMBER:  # x 2
            return kinds[i - 1] == SYMBOL
        adjacent = self.starts[i] == self.ends[i - 1]
        if adjacent and kinds[i - 1] == NUMBER and kind == SYMBOL:
            name = self.text[self.starts[i] : self.ends[i]]
            if name[0] == "E" and name[1:].isdigit():  # 2E3
                return True
            if name[0] in "xob" and len(name) > 1 and self.text[self.ends[i - 1] - 1] == "0":  # 0x1F
                return True
        if adjacent and type(left.expr) is Pow and kind in (SYMBOL, FUNCTION):
            return kinds[i - 1] == NUMBER or kinds[i - 1] == SYMBOL  # e^2x; not x²y, e^(2)x
        if kind == "(" and kinds[i - 1] == SYMBOL and isinstance(left.expr, Symbol):  # f(x), f1(x), f_n(x), ζ(x)
            return left.expr.data.partition("_")[0].rstrip("0123456789") in _LIKE_FUNCTIONS
        if kinds[i - 1] == SYMBOL and isinstance(left.expr, Symbol) and len(left.expr.data) > 3 and kind != "(":
            hidden = ends_in_call(left.expr.data) if left.expr.data not in self.declared else None
            if hidden is not None:
                raise ParseError(
                    f"{left.expr.data!r} is neither a function nor a declared name", span=Span(left.start, left.end),
                    hint=f"did you mean `{hidden[0]} {hidden[1]} ...`?",
                )  # fmt: skip
        return False

    # ---- powers ------------------------------------------------------------------------------------------------------

    def power(self) -> Rule:
        """-a^b^c: an operand, its exponents from right to left, its sign last."""
        kinds = self.kinds
        chain: list[tuple[list[int] | None, Node]] = []
        while True:
            signs = self.signs()
            i = self.i
            kind = kinds[i]
            if kind in OPERANDS:
                node = Node(self.values[i], self.starts[i], self.ends[i])
                self.i = i + 1
            elif kind == "(":
                node = yield self.brackets()
            elif kind in PRIMARIES:
                node = yield PRIMARIES[kind](self)
            else:
                raise self.operand_expected()
            if kinds[self.i] in CONTINUES:
                node = yield self.postfix(node)
            kind = kinds[self.i]
            if node.form == "order" and kind == "(" and chain and isinstance(chain[-1][1].expr, Symbol):
                name = self.text[chain[-1][1].start : chain[-1][1].end]
                raise self.fail(
                    f"{name}^{{(n)}}(x) could be a power or a derivative", chain[-1][1].start, self.ends[self.i],
                    hint=f"write {name}^n (x) or diff(f, x, n)",
                )  # fmt: skip
            chain.append((signs, node))
            if kind == SUPERSCRIPT:
                exponent = self.raised()
                if node.form == "spaced":
                    self.notes.add(Node(make(Pow, None, (node.expr, exponent.expr)), node.start, exponent.end))
                chain.append((None, exponent))
                kind = kinds[self.i]
            if kind != "^" or (kinds[self.i + 1] not in OPERANDS and self.ends_in_side()):
                break
            self.i += 1
        if len(chain) == 1:
            return self.negated(node, signs) if signs else node
        if len(chain) > 2:
            self.nested(len(chain))
        while True:
            signs, node = chain.pop()
            if chain and signs:
                node = self.negated(node, signs)
            if not chain:
                break
            below, base = chain.pop()
            joined = self.make(Pow, (base, node), base.start, node.end)
            if base.form == "spaced":
                self.notes.add(joined)
            if not chain:
                signs, node = below, joined
                break
            chain.append((below, joined))
        return self.negated(node, signs) if signs else node


PRIMARIES: dict[str, Callable[[Products], Rule]] = {
    "(": Products.brackets, "|": Products.brackets, "‖": Products.brackets, "lvert": Products.brackets,
    "lVert": Products.brackets, "⌊": Products.brackets, "⌈": Products.brackets, "{": Products.braces,
    "[": Products.listed, "matrix": Products.matrix, "sum": Products.series, "int": Products.integral,
    "lim": Products.limit,
    FUNCTION: Products.application, "log_": Products.application, "√": Products.radical, "∛": Products.radical,
    "frac": Products.latex_fraction, "sqrt": Products.latex_root, LEIBNIZ: Products.leibniz, "if": Products.if_call,
}  # fmt: skip
