r"""The grammar: from tokens to an expression and its occurrences, without recursion.

    statement   = value [ "=" value ] | name "(" names ")" "=" value
    value       = condition [ "if" condition "else" value ]
    condition   = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = { "not" } relation
    relation    = sum { ("<" | "<=" | ">" | ">=" | "=" | "!=") sum }
    sum         = term { ("+" | "-") term }                      one node, however many terms
    term        = { "-" | "+" } product                          -a*b is -(a*b)
    product     = power { ("*" | "/" | "@" | nothing) power }    left to right; nothing: implicit multiplication
    power       = { "-" | "+" } operand [ ("^" power | raised) ] right to left
    operand     = primary { "!" | "'" | "[" values "]" }
    primary     = number | name | "(" value ")" | "|" value "|" | "[" values "]" | "{" cases "}" | application
                | ("√" | "∛") operand | d/dx product | \frac, \sqrt, ‖ ‖, ⌊ ⌋, ⌈ ⌉
    application = function [exponent] ( "(" values ")" | bare ) bare = { "-" } power { power }: numbers and names only

Each rule is a generator that yields the rules it needs; `_run` keeps those that wait on a list of its own, so that
nesting costs memory and never the interpreter's stack. The parser builds nodes and never computes with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from calcml.budget import DEFAULT, Budget
from calcml.errors import CalcmlError, InputError, ParseError, Span
from calcml.expr import Add, And, Div, Expr, Neg, Not, Or, Piecewise, Pow, Relation, Sub, Symbol, make
from calcml.syntax import forms
from calcml.syntax.applications import Applications
from calcml.syntax.implicit import CONSTANTS, FUNCTION, SYMBOL, Names, declared_names, ends_in_call, function_of
from calcml.syntax.names import canonical_name
from calcml.syntax.notes import Notes
from calcml.syntax.parsed import Definition, Node, Parsed
from calcml.syntax.reader import JUXTAPOSED, OPERANDS, Rule
from calcml.syntax.tokens import END, LEIBNIZ, NUMBER, SUPERSCRIPT, tokenize

RELATIONS = frozenset({"<", "<=", ">", ">=", "=", "!="})
LOGIC = RELATIONS | {"and", "or", "if"}
# After these an operand is not finished yet.
CONTINUES = frozenset({"^", SUPERSCRIPT, "!", "'", "["})
# A product ends before these, so a single number or name before one is a whole term.
TERM_ENDS = frozenset({"+", "-", ")", ",", END, "]", "}", ":", ";"}) | LOGIC
_DEFINITION = r"\s*([^\W\d_]\w*)\s*\(\s*([^\W\d_]\w*(?:\s*,\s*[^\W\d_]\w*){0,50})\s*\)\s*=(?!=)"


def parse_text(
    text: str,
    *,
    symbols: Iterable[Symbol | str] = (),
    budget: Budget = DEFAULT,
    juxtapose: str = "loose",
) -> Parsed:
    """Read an expression, an equation or a definition.

    symbols: names that are variables whatever the default reading would make of them, with their shapes.
    juxtapose: "loose" reads 1/2x as (1/2)*x, "tight" as 1/(2x).
    Errors: ParseError, UnknownNameError, ArityError, ShapeError, LimitError, each with its span.

    >>> parse_text("2x sin x").expr, parse_text("xe^x").notes
    (2*x*sin(x), ('read as: x*e^x',))
    """
    if not isinstance(text, str):
        raise InputError(f"an expression is text, not {type(text).__name__}")
    if juxtapose not in ("loose", "tight"):
        raise InputError(f"juxtapose is loose or tight, not {juxtapose!r}")
    declared = declared_names(symbols)
    try:
        return _parse(text, declared, budget, juxtapose == "tight", hints=True)
    except CalcmlError as error:
        error.source = text
        raise


def _parse(text: str, declared: dict[str, Expr], budget: Budget, tight: bool, hints: bool) -> Parsed:
    budget.require("text", len(text), Span(0, min(len(text), 1)))
    notes = Notes()
    definition: Definition | None = None
    offset = 0
    found = re.match(_DEFINITION, text) if "=" in text else None  # compiled on first use: start-up counts
    if found is not None:
        definition = _definition(found, declared)
        if definition is not None:
            offset = found.end()
            declared = declared | {name: Symbol(name) for name in definition[1]}
    source = text if not offset else " " * offset + text[offset:]
    names = Names(text, declared, notes.names)
    parser = _Parser(source, tokenize(source, names, budget), notes, budget, tight)
    if hints:
        parser.repair = lambda candidate: _reads(candidate, declared, tight)
    root = parser.statement()
    if definition is None and type(root.expr) is Relation and root.expr.data == "=" and len(root.parts) == 2:
        left = root.parts[0].expr
        if isinstance(left, Symbol) and not left.shape and root.parts[0].start == _first(text):
            definition = (left.data, ())
    return Parsed(root, notes.sentences(), text, definition)


def _first(text: str) -> int:
    return len(text) - len(text.lstrip())


def _reads(candidate: str, declared: dict[str, Expr], tight: bool) -> bool:
    try:
        _parse(candidate, declared, DEFAULT, tight, hints=False)
    except CalcmlError:
        return False
    return True


def _definition(found: re.Match[str], declared: dict[str, Expr]) -> Definition | None:
    """The name and parameters of `f(x) = …`; None where that is an equation (`sin(x) = 1`, or x is declared)."""
    try:
        name = canonical_name(found[1])
        parameters = tuple(canonical_name(word.strip()) for word in found[2].split(","))
    except ParseError:
        return None
    known = name in declared or name in CONSTANTS or function_of(found[1]) or function_of(name)
    return None if known or len(set(parameters)) != len(parameters) else (name, parameters)


class _Parser(Applications):
    """Statements, conditions, sums, products and powers."""

    __slots__ = ()

    def statement(self) -> Node:
        """The whole text."""
        if self.kinds[0] == END:
            end = len(self.text)
            raise self.fail("there is nothing to read: an expression is expected", end, end, "for example x^2*sin(x)")
        root = self.run(self.value())
        if self.kinds[self.i] != END:
            raise self.leftover()
        return root

    def primary(self, kind: str) -> Rule | None:
        """The rule for an operand that begins with this kind of token."""
        rule = PRIMARIES.get(kind)
        return None if rule is None else rule(self)

    # ---- conditions and choices --------------------------------------------------------------------------------------

    def value(self) -> Rule:
        """A sum, and what may follow it: relations, and, or, if."""
        kinds = self.kinds
        if kinds[self.i] == "not":
            return (yield self.choice(None))
        node = yield self.sum()
        if kinds[self.i] in LOGIC:
            return (yield self.choice(node))
        return node

    def choice(self, first: Node | None) -> Rule:
        """value if condition else value; `first` is the sum already read."""
        value = yield self.condition(first)
        if self.kinds[self.i] != "if":
            return value
        self.i += 1
        self.enter()
        condition = yield self.condition(None)
        self.expect("else", "a choice is written: value if condition else value")
        other = yield self.value()
        self.depth -= 1
        return self.make(Piecewise, (value, condition, other), value.start, other.end)

    def condition(self, first: Node | None) -> Rule:
        """a or b or c."""
        parts = [(yield self.conjunction(first))]
        while self.kinds[self.i] == "or":
            self.i += 1
            parts.append((yield self.conjunction(None)))
        return parts[0] if len(parts) == 1 else self.make(Or, tuple(parts), parts[0].start, parts[-1].end)

    def conjunction(self, first: Node | None) -> Rule:
        """a and b and c."""
        parts = [(yield self.negation(first))]
        while self.kinds[self.i] == "and":
            self.i += 1
            parts.append((yield self.negation(None)))
        return parts[0] if len(parts) == 1 else self.make(And, tuple(parts), parts[0].start, parts[-1].end)

    def negation(self, first: Node | None) -> Rule:
        """not a; then a relation, and chains of them: 0 < x < 1 is 0 < x and x < 1."""
        nots = []
        while first is None and self.kinds[self.i] == "not":
            nots.append(self.starts[self.i])
            self.i += 1
        self.nested(len(nots))
        left = first if first is not None else (yield self.sum())
        relations: list[Node] = []
        while self.kinds[self.i] in RELATIONS:
            sign = self.kinds[self.i]
            self.i += 1
            right = yield self.sum()
            relations.append(self.make(Relation, (left, right), left.start, right.end, sign))
            left = right
        node = left if not relations else relations[0]
        if len(relations) > 1:
            node = self.make(And, tuple(relations), relations[0].start, relations[-1].end)
        for start in reversed(nots):
            node = self.make(Not, (node,), start, node.end)
        return node

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
            else:
                factors.append(node)
            sign = kinds[self.i]
            if sign == "*" or sign == "/" or sign == "@":
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

    def matrix_product(self, left: Node, right: Node) -> Node:
        """left @ right."""
        try:
            expr, parts, _ = forms.matmul("@", (left, right))
        except InputError as error:
            error.span = Span(left.start, right.end)
            raise
        return Node(expr, left.start, right.end, parts)

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
        if kind == "(" and kinds[i - 1] == SYMBOL and left.end - left.start == 1:
            return self.text[left.start] in "fghFGH"  # more likely a function than a variable
        if kinds[i - 1] == SYMBOL and isinstance(left.expr, Symbol) and len(left.expr.data) > 3 and kind != "(":
            hidden = ends_in_call(left.expr.data)
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
            chain.append((signs, node))
            kind = kinds[self.i]
            if kind == SUPERSCRIPT:
                exponent = self.raised()
                if node.form == "spaced":
                    self.notes.add(Node(make(Pow, None, (node.expr, exponent.expr)), node.start, exponent.end))
                chain.append((None, exponent))
                kind = kinds[self.i]
            if kind != "^":
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


PRIMARIES: dict[str, Callable[[_Parser], Rule]] = {
    "(": _Parser.brackets, "|": _Parser.brackets, "‖": _Parser.brackets, "lvert": _Parser.brackets,
    "lVert": _Parser.brackets, "⌊": _Parser.brackets, "⌈": _Parser.brackets, "{": _Parser.braces, "[": _Parser.listed,
    FUNCTION: _Parser.application, "log_": _Parser.application, "√": _Parser.radical, "∛": _Parser.radical,
    "frac": _Parser.latex_fraction, "sqrt": _Parser.latex_root, LEIBNIZ: _Parser.leibniz, "if": _Parser.if_call,
}  # fmt: skip
