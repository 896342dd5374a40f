"""THE emitter: lowered expressions as the straight-line text of one function, for every target.

A node that is used once and is short stands inside its user's line; every other node gets a line and a name (t0, t1).
Lines never nest deeper than a few brackets, however deep the expression is. For a lazy target, a case of a Piecewise
that needs lines of its own becomes an `if` block, and a sum with an index a loop; the others choose among computed
cases, and give the index of a sum an axis of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from calcml import functions
from calcml.codegen.regions import Region, index_dependence, operands_first, regions_of
from calcml.codegen.targets import Target, spelling
from calcml.errors import NoRuleError
from calcml.evaluation import Program, fill_code
from calcml.expr import (
    Add,
    And,
    Call,
    Constant,
    Div,
    Expr,
    Mul,
    Neg,
    Not,
    Number,
    Or,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    ratio_of,
)
from calcml.heads import Index, Sum
from calcml.precise import exact_ratio
from calcml.signs import bounds
from calcml.traverse import topological

INLINE = 56  # characters of an operand that may stand inside its user's line
WIDTH = 84  # characters of a line, where that can be had
CHUNK = 12  # terms or factors of one line

# How tightly a text binds: an operand with a smaller number than its place asks for gets brackets.
CONDITION, SUM, PRODUCT, NEGATIVE, POWER, ATOM = range(6)


class Text(NamedTuple):
    """The text of a value, and how tightly it binds."""

    text: str
    level: int


class Line(NamedTuple):
    """One line of the body: its indentation, its text, and the node it computes (for the comment)."""

    indent: int
    text: str
    node: Expr | None


class Code(NamedTuple):
    """The body of a function: its lines, and the texts of the values it returns."""

    lines: list[Line]
    results: list[str]


def write_code(roots: Sequence[Expr], target: Target, names: Mapping[Expr, str], parts: Mapping[Expr, str]) -> Code:
    """The lines that compute lowered roots.

    names: what the symbols that are given are called. parts: the texts of given entries (`x0[..., 2]`), which get a
    line of their own where they are used more than once.
    """
    return _Writer(roots, target, names, parts).code()


class _Writer:
    def __init__(
        self, roots: Sequence[Expr], target: Target, names: Mapping[Expr, str], parts: Mapping[Expr, str]
    ) -> None:
        self.roots = roots
        self.results = frozenset(roots)
        self.target = target
        self.texts: dict[Expr, Text] = {symbol: Text(name, ATOM) for symbol, name in names.items()}
        self.lines: list[Line] = []
        self.indent = 1
        self.count = 0
        self.inner: dict[tuple[Expr, int], Region] = {}
        nodes = operands_first(roots, {*names, *parts})
        if not target.is_exact:
            self._fold([node for node in nodes if node not in self.texts and node not in parts])
        self.constants = {text.text for node, text in self.texts.items() if node not in names}
        self.constants.add(target.constants["nan"])
        self.nodes = [node for node in operands_first(roots, {*self.texts, *parts}) if node not in self.texts]
        self.uses: dict[Expr, int] = dict.fromkeys(self.nodes, 0)
        for node in self.nodes:
            if node not in parts:
                for arg in node.args[1:] if target.square and _is_square(node) else node.args:
                    if arg in self.uses:
                        self.uses[arg] += 1
        for root in roots:
            self.uses[root] = self.uses.get(root, 0) + 1
        for entry, text in parts.items():
            if self.uses.get(entry, 0) > 1:
                self._name(entry, Text(text, ATOM))
            elif entry in self.uses:
                self.texts[entry] = Text(text, ATOM)
        self.nodes = [node for node in self.nodes if node not in parts]
        self.indices = {node.args[1]: node for node in reversed(self.nodes) if type(node) is Sum}

    def code(self) -> Code:
        """All lines, and the texts of the roots."""
        outermost, self.inner = regions_of(self.nodes, self.roots, self.target.is_lazy)
        self._block(outermost)
        return Code(self.lines, [self.texts[root].text for root in self.roots])

    # ---- constants --------------------------------------------------------------------------------------------------

    def _fold(self, nodes: Sequence[Expr]) -> None:
        """Values of what has no symbol in it, rounded once where plain arithmetic gives them."""
        closed: set[Expr] = set()
        for node in nodes:
            if type(node) in _CLOSED or (node.args and closed.issuperset(node.args)):
                closed.add(node)
        wanted = dict.fromkeys(root for root in self.roots if root in closed)
        for node in nodes:
            if node not in closed:
                wanted.update(dict.fromkeys(arg for arg in node.args if arg in closed))
        hard = []
        for node in wanted:
            ratio = (
                (node.ratio if type(node) is Number else exact_ratio(node))
                if node.args or type(node) is Number
                else None
            )
            if type(ratio) is tuple and abs(ratio[0].bit_length() - ratio[1].bit_length()) < _FLOAT_BITS:
                self.texts[node] = self._number(ratio[0] / ratio[1])
            else:
                hard.append(node)
        if hard:
            for node, value in zip(hard, Program(hard, []).run([]), strict=True):
                is_condition = type(node) in _CONDITIONS  # one about a nan does not hold
                self.texts[node] = self._number(value is True if is_condition else value)

    def _number(self, value: float | bool) -> Text:
        constants = self.target.constants
        if isinstance(value, bool):
            return Text(constants["true" if value else "false"], ATOM)
        if value != value:
            return Text(constants["nan"], ATOM)
        if value in (_INF, -_INF):
            return Text(constants["oo"], ATOM) if value > 0 else Text("-" + constants["oo"], NEGATIVE)
        text = repr(float(value))
        return Text(text, NEGATIVE if value < 0 else ATOM)

    # ---- lines ------------------------------------------------------------------------------------------------------

    def _line(self, text: str, node: Expr | None = None) -> None:
        self.lines.append(Line(self.indent, text, node))

    def _fresh(self) -> str:
        self.count += 1
        return f"t{self.count - 1}"

    def _name(self, node: Expr, found: Text) -> Text:
        """Give the node a line and a name."""
        name = self._fresh()
        kind = "flag" if type(node) in _CONDITIONS else "number"
        self._line(self.target.syntax.define[kind].format(name=name, text=found.text), node)
        named = self.texts[node] = Text(name, ATOM)
        return named

    def _keep(self, node: Expr, found: Text) -> None:
        """Inside its user's line if it is short and has one user, else with a name."""
        if self.uses[node] == 1 and len(found.text) <= (WIDTH if node in self.results else INLINE):
            self.texts[node] = found
        else:
            self._name(node, found)

    def _block(self, region: Region) -> None:
        """The lines of a region, in the order of its nodes."""
        is_lazy = self.target.is_lazy
        for node in region.nodes:
            if node in self.texts:
                continue
            head = type(node)
            if head is Symbol:
                if not is_lazy:
                    self._axis(node)
            elif head is Piecewise:
                (self._lazy_cases if is_lazy else self._chosen)(node)
            elif head is Sum:
                (self._loop if is_lazy else self._reduction)(node)
            elif head in _JOINED and (len(node.args) > CHUNK or self._width(node) > WIDTH):
                self._long(node)
            else:
                self._keep(node, self._spell(node))

    def _width(self, node: Expr) -> int:
        return sum([len(self.texts[arg].text) + 3 for arg in node.args])

    def _long(self, node: Expr) -> None:
        """A sum, product or condition of many operands: line after line, each joined to what stands before it."""
        name, text, head = "", "", type(node)
        kind = "flag" if head in _CONDITIONS else "number"
        operands: list[Expr] = []
        for position, operand in enumerate(node.args):
            operands.append(operand)
            text = self._joined(head, operands, name).text
            is_last = position == len(node.args) - 1
            following = 0 if is_last else len(self.texts[node.args[position + 1]].text)
            if is_last or len(operands) >= CHUNK or len(text) + following > WIDTH:
                if name:
                    self._line(self.target.syntax.again.format(name=name, text=text))
                else:
                    name = self._fresh()
                    self._line(self.target.syntax.begin[kind].format(name=name, text=text), node)
                operands = []
        self.texts[node] = Text(name, ATOM)

    # ---- cases and sums ---------------------------------------------------------------------------------------------

    def _lazy_cases(self, node: Expr) -> None:
        """`a if c else b`, or blocks where a case needs lines of its own."""
        cases = node.cases  # type: ignore[attr-defined]
        conditions = [None if condition is None else self.texts[condition].text for _, condition in cases]
        outer, blocks = self.lines, []
        self.indent += 1
        for place in range(0, len(node.args), 2):
            self.lines = []
            if (node, place) in self.inner:
                self._block(self.inner[node, place])
            blocks.append(self.lines)
        self.indent -= 1
        self.lines = outer
        values = [self.texts[value] for value, _ in cases]
        nan = self.target.constants["nan"]
        if not any(blocks) and sum(len(value.text) for value in values) <= INLINE:
            text = nan
            for value, condition in zip(reversed(values), reversed(conditions), strict=True):
                inside = _bracketed(value, SUM)
                text = inside if condition is None else self.target.choice.format(c=condition, a=inside, b=text)
            self._keep(node, Text(f"({text})", ATOM))
            return
        name, syntax = self._fresh(), self.target.syntax
        if syntax.declare:
            self._line(syntax.declare.format(name=name), node)
        opening = syntax.first_case
        for block, value, condition in zip(blocks, values, conditions, strict=True):
            self._line(syntax.last_case if condition is None else opening.format(c=condition))
            self.lines += block
            self.indent += 1
            self._line(syntax.again.format(name=name, text=value.text))
            self.indent -= 1
            opening = syntax.other_case
        if conditions[-1] is not None:
            self._line(syntax.last_case)
            self.indent += 1
            self._line(syntax.again.format(name=name, text=nan))
            self.indent -= 1
        if syntax.end:
            self._line(syntax.end)
        self.texts[node] = Text(name, ATOM)

    def _chosen(self, node: Expr) -> None:
        """Every case is computed, and one is chosen element by element: the last case first."""
        cases = node.cases  # type: ignore[attr-defined]
        text = self.target.constants["nan"]
        for value, condition in reversed(cases):
            if condition is None:
                text = self.texts[value].text
                continue
            if self.target.constant_case and self.texts[value].text in self.constants and text in self.constants:
                text = self.target.constant_case.format(text)
            text = self.target.where.format(c=self.texts[condition].text, a=self.texts[value].text, b=text)
            if len(text) > 2 * INLINE and value is not cases[0][0]:
                name = self._fresh()
                self._line(self.target.syntax.define["number"].format(name=name, text=text))
                text = name
        self._keep(node, Text(text, ATOM))

    def _loop(self, node: Expr) -> None:
        """A sum with an index, term by term."""
        body, index, first, last = node.args
        syntax = self.target.syntax
        total, name = self._fresh(), self._fresh()
        self.texts[index] = Text(name, ATOM)
        self._line(syntax.start_sum.format(total=total), node)
        self._line(syntax.loop.format(index=name, first=self.texts[first].text, last=self.texts[last].text))
        self.indent += 1
        if (node, 0) in self.inner:
            self._block(self.inner[node, 0])
        self._line(syntax.add_term.format(total=total, term=self.texts[body].text))
        self.indent -= 1
        if syntax.end:
            self._line(syntax.end)
        self.texts[node] = Text(syntax.sum.format(total=total), ATOM)

    def _axis(self, index: Expr) -> None:
        """The index of a sum as an array with a new leading axis."""
        node = self.indices.get(index)
        if node is None:
            raise NoRuleError(f"no value was given for {index}")
        _, _, first, last = node.args
        depth = self._depth(node)
        text = self.target.index.format(first=self.texts[first].text, last=self.texts[last].text, depth=depth)
        self._name(index, Text(text, ATOM))

    def _depth(self, node: Expr) -> int:
        """In how many other sums' bodies a sum stands, counting those whose index it depends on."""
        dependence = index_dependence(self.nodes)
        depth = 0
        outer = dependence.get(node, frozenset())
        while outer:
            depth += 1
            outer = frozenset().union(*(dependence.get(self.indices[index], frozenset()) for index in outer))
        return depth

    def _reduction(self, node: Expr) -> None:
        """A sum with an index: its axis is added up."""
        self._name(node, Text(self.target.total.format(self.texts[node.args[0]].text), ATOM))

    # ---- one operation ----------------------------------------------------------------------------------------------

    def _spell(self, node: Expr) -> Text:
        head = type(node)
        if self.target.square and _is_square(node):
            return Text(self.target.square.format(_bracketed(self.texts[node.args[0]], ATOM)), POWER)
        if head in _JOINED:
            return self._joined(head, node.args, "")
        if head is Call:
            return self._call(node)
        if head is Pow and self.target.whole_power:
            ratio = ratio_of(node.args[1])
            if ratio is not None and ratio[1] == 1:
                base = _bracketed(self.texts[node.args[0]], ATOM)
                return Text(self.target.whole_power.format(base, ratio[0]), POWER)
        if head is Pow:
            return self._filled(node, self.target.power, lambda parts: _fill(self.target.power, parts))
        parts = [self.texts[arg] for arg in node.args]
        if head is Sub:
            return Text(f"{_bracketed(parts[0], SUM)} - {_bracketed(parts[1], PRODUCT)}", SUM)
        if head is Div and self.target.quotient and _may_vanish(node.args[1]):
            return Text(_fill(self.target.quotient, [part.text for part in parts]), ATOM)
        if head is Div:
            return Text(f"{_bracketed(parts[0], PRODUCT)}/{_bracketed(parts[1], POWER)}", PRODUCT)
        if head is Neg:
            return Text(f"-{_bracketed(parts[0], PRODUCT)}", NEGATIVE)
        if head is Relation:
            sign = "==" if node.data == "=" else node.data
            return Text(f"{_bracketed(parts[0], SUM)} {sign} {_bracketed(parts[1], SUM)}", CONDITION)
        if head is Not:
            return Text(self.target.negation.format(parts[0].text), ATOM)
        if head is Number or head is Constant:
            return Text(self.target.exact(node), ATOM)
        if head is Index:
            return self._entry(node)
        raise NoRuleError(f"{head.__name__} is not available for {self.target.name}")

    def _joined(self, head: type[Expr], operands: Iterable[Expr], before: str) -> Text:
        """Operands joined by one sign, from left to right; `before` is what they are joined to."""
        text = before
        for operand in operands:
            found = self.texts[operand]
            if head is Mul:
                text = f"{text}*{_bracketed(found, POWER)}" if text else _bracketed(found, PRODUCT)
            elif head is Add:
                if text and found.level == NEGATIVE:
                    text = f"{text} - {found.text[1:]}"
                else:
                    text = f"{text} + {_bracketed(found, PRODUCT)}" if text else _bracketed(found, SUM)
            else:
                part = _bracketed(found, ATOM)
                text = (
                    f"{text}{self.target.conjunction if head is And else self.target.disjunction}{part}"
                    if text
                    else part
                )
        return Text(text, _LEVELS[head])

    def _call(self, node: Expr) -> Text:
        template = spelling(self.target, node.data, len(node.args))
        spec = functions.find(node.data)
        assert template is not None and spec is not None
        return self._filled(node, template, lambda parts: fill_code(spec, template, parts))

    def _filled(self, node: Expr, template: str, fill: Callable[[list[str]], str]) -> Text:
        """A template with the operands in its places; one that is needed twice has to be a name or a number."""
        parts = []
        for number, arg in enumerate(node.args, 1):
            found = self.texts[arg]
            places = _places(template, number)
            if len(places) > 1 and not _BARE.fullmatch(found.text) and not _NUMBER.fullmatch(found.text):
                found = self._name(arg, found)
            parts.append(found.text if all(places) and len(places) < 2 else _bracketed(found, ATOM))
        text = fill(parts)
        return Text(text if _is_one_call(text) else f"({text})", ATOM)

    def _entry(self, node: Expr) -> Text:
        """X[i], with an index that is computed."""
        body = self.texts[node.args[0]].text
        places = ", ".join(self.texts[arg].text for arg in node.args[1:])
        if not self.target.entry:
            raise NoRuleError(f"{node!r}: an entry whose index is computed is not available for {self.target.name}")
        return Text(self.target.entry.format(body=body, places=places), ATOM)


_INF = float("inf")
_FLOAT_BITS = 1000
_SMALL = 40  # nodes of a denominator that is looked at
_TINY = 1e-9
_CLOSED = frozenset({Number, Constant})
_CONDITIONS = frozenset({Relation, And, Or, Not})
_LEVELS: dict[type[Expr], int] = {Add: SUM, Mul: PRODUCT, And: CONDITION, Or: CONDITION}
_JOINED = frozenset(_LEVELS)
_BARE = re.compile(r"\w+(\.\w+)?")
_NUMBER = re.compile(r"-?[\d.e+-]+")


def _places(template: str, number: int) -> list[bool]:
    """For every place of an operand in a template: whether it stands between brackets or commas, as #* always does."""
    if "#*" in template:
        return [True]
    found = re.finditer(rf"(.?.)#{number}(?!\d)(.?)", template)
    return [(m[1][-1:] == "(" or m[1] == ", ") and m[2] in ("", ")", ",") for m in found]


def _fill(template: str, parts: Sequence[str]) -> str:
    return re.sub(r"#(\d)", lambda place: parts[int(place[1]) - 1], template)


def _may_vanish(bottom: Expr) -> bool:
    """Whether a denominator may be 0 in floats: all that is small and keeps away from 0 is known not to be."""
    if len(topological(bottom)) > _SMALL:
        return True
    low, high, _, _ = bounds(bottom)
    return low < _TINY and high > -_TINY


def _is_square(node: Expr) -> bool:
    return type(node) is Mul and len(node.args) == 2 and node.args[0] is node.args[1]


def _bracketed(found: Text, level: int) -> str:
    return found.text if found.level >= level else f"({found.text})"


def _is_one_call(text: str) -> bool:
    """Whether a text is a name, or name(...) or (...) and closed only at its end."""
    if not text.endswith(")"):
        return bool(_BARE.fullmatch(text))
    start = text.find("(")
    if not re.fullmatch(r"[\w.]*", text[:start]):
        return False
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter == ")":
            return position == len(text) - 1
    return False
