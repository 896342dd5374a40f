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
from collections.abc import Iterable

from calcml.budget import DEFAULT, Budget
from calcml.collector import CollectorPaused
from calcml.errors import CalcmlError, InputError, ParseError, Span
from calcml.expr import And, Expr, Not, Or, Piecewise, Relation, Symbol
from calcml.syntax.brackets import require_depth
from calcml.syntax.implicit import CONSTANTS, Names, declared_names, function_of
from calcml.syntax.names import canonical_name
from calcml.syntax.notes import Notes
from calcml.syntax.parsed import Definition, Node, Parsed
from calcml.syntax.products import LOGIC, RELATIONS, Products
from calcml.syntax.reader import Rule
from calcml.syntax.tokens import END, tokenize

_LONG = 10_000
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
        with CollectorPaused(len(text) > _LONG):
            return _parse(text, declared, budget, juxtapose == "tight", hints=True)
    except CalcmlError as error:
        error.source = text
        raise


def _parse(text: str, declared: dict[str, Expr], budget: Budget, tight: bool, hints: bool) -> Parsed:
    budget.require("text", len(text), Span(0, min(len(text), 1)))
    if len(text) > budget.depth:
        require_depth(text, budget)
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
    parser.declared = declared
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


class _Parser(Products):
    """Statements, conditions and choices."""

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
