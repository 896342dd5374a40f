"""MathML: presentation MathML Core, which browsers draw and screen readers read without any script.

Every node is one element, so it fits wherever an operand is wanted. Functions look as the LaTeX template of their row
says: the few commands that occur there are turned into elements once per row.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from calcml import functions
from calcml.budget import DEFAULT, Budget
from calcml.decimals import digits_of
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
)
from calcml.heads import Derivative, Dot, Index, Integral, Limit, MatMul, Matrix, Sum, Vector
from calcml.render.layout import (
    AND,
    DOT,
    ELEMENTWISE,
    JOIN,
    NEGATION,
    NOT,
    POWER,
    PRODUCT,
    RELATION,
    SUM,
    THIN,
    Piece,
    Planar,
    fill_template,
    fit_template,
    is_atom,
    is_open_template,
    is_partial,
    is_scientific,
    joined,
    name_parts,
    write,
)
from calcml.syntax.names import GREEK
from calcml.traverse import topological

APPLY = "<mo>\u2061</mo>"  # function application: silent on paper, "of" in a screen reader
TIMES = "<mo>\u2062</mo>"  # invisible times
_THIN_TIMES = '<mo lspace="0" rspace="0.1667em">\u2062</mo>'
_SPACE = '<mspace width="0.1667em"/>'
_JOINS = {JOIN: TIMES, THIN: _THIN_TIMES, DOT: "<mo>⋅</mo>", ELEMENTWISE: "<mo>⊙</mo>"}
_COMMA = '<mo separator="true">,</mo>'
_INDEX_COMMA = '<mo separator="true" lspace="0" rspace="0">,</mo>'
_SIGNS = {"+": "<mo>+</mo>", "-": "<mo>−</mo>"}
_PREFIX_MINUS = '<mo form="prefix">−</mo>'
_CONSTANTS = {"e": "<mi>e</mi>", "pi": "<mi>π</mi>", "oo": "<mi>∞</mi>"}
_RELATIONS = {"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥", "=": "=", "!=": "≠"}
# Chromium and WebKit know no columnalign, older Firefox no text-align here.
_LEFT = '<mtd columnalign="left" style="text-align: left">'
_ARROW = '<mo stretchy="false">→</mo>'
_LIM = '<mo movablelimits="true" lspace="0" rspace="0.1667em">lim</mo>'
# Heads that are drawn as a function or an operator: a product leaves a thin space before them.
_OPERATORS = (Call, Sum, Integral, Limit, Derivative)


def to_mathml(expr: Expr, display: bool = False, budget: Budget = DEFAULT) -> str:
    """A <math> element; `display`: on a line of its own. LimitError beyond the budget's output.

    >>> from calcml.expr import symbols
    >>> x, w1 = symbols("x w1")
    >>> to_mathml(-x / w1).partition(">")[2]
    '<mfrac><mrow><mo form="prefix">−</mo><mi>x</mi></mrow><msub><mi>w</mi><mn>1</mn></msub></mfrac></math>'
    """
    nodes = topological(expr)
    block = ' display="block"' if display else ""
    body = write(expr, _Printer(nodes).pieces, budget, nodes)
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{block}>{body}</math>'


@lru_cache(maxsize=4096)
def mathml_name(name: str) -> str:
    """A symbol's name.

    >>> mathml_name("theta"), mathml_name("x_max")
    ('<mi>θ</mi>', '<msub><mi>x</mi><mi>max</mi></msub>')
    """
    base, below = _name(name)
    return f"<msub>{base}{below}</msub>" if below else base


def _name(name: str) -> tuple[str, str]:
    """The name without its subscripts, and those; each one element, or nothing."""
    letters, subscripts = name_parts(name)
    parts = [f"<mn>{part}</mn>" if part.isdigit() else _letters(part) for part in subscripts]
    if len(parts) > 1:
        return _letters(letters), f"<mrow>{_INDEX_COMMA.join(parts)}</mrow>"
    return _letters(letters), parts[0] if parts else ""


def _letters(letters: str) -> str:
    # One letter is set in italics, more are upright, as a word; capital Greek is upright in TeX too.
    if letters[0].isupper() and letters in GREEK:
        return f'<mi mathvariant="normal">{GREEK[letters]}</mi>'
    return f"<mi>{GREEK.get(letters) or escape(letters)}</mi>"


class _Printer:
    __slots__ = ("planar",)

    def __init__(self, nodes: list[Expr]) -> None:
        self.planar = Planar(nodes)

    def pieces(self, node: Expr) -> list[Piece]:
        """A node as one element: strings and operands, from left to right."""
        head = type(node)
        args = node.args
        if head is Number:
            return [_number(node)]
        if head is Symbol:
            return [mathml_name(node.data)]
        if head is Constant:
            return [_CONSTANTS.get(node.data, f"<mtext>{escape(node.data)}</mtext>")]
        if head is Add or head is Sub:
            return self._sum(node)
        if head is Neg:
            inner = self._bracketed(args[0], NEGATION + 1 if type(args[0]) is Neg else PRODUCT)
            return ["<mrow>", _PREFIX_MINUS, *inner, "</mrow>"]
        if head is Mul:
            return self._product(node)
        if head is Div:
            return ["<mfrac>", *args, "</mfrac>"]
        if head is Pow:
            return self._power(node)
        if head is Call:
            return self._call(node, None)
        if head is Relation:
            lhs = self._in_brackets(args[0]) if type(args[0]) is Piecewise else self._bracketed(args[0], SUM)
            sign = f"<mo>{_RELATIONS[node.data]}</mo>"
            return ["<mrow>", *lhs, sign, *self._bracketed(args[1], SUM), "</mrow>"]
        if head is And or head is Or:
            return self._infix(args, "and" if head is And else "or", NOT if head is And else AND)
        if head is Not:
            return ["<mrow>", _word("not", before=False), *self._bracketed(args[0], RELATION), "</mrow>"]
        if head is Piecewise:
            return _cases(node)
        if head is Vector:
            return _table([(arg,) for arg in args])
        if head is Matrix:
            return _table([row.args for row in args])
        if head is Index:
            body = args[0]
            shown = [body] if type(body) in (Symbol, Vector, Matrix) else self._in_brackets(body)
            return ["<msub>", *shown, "<mrow>", *joined(args[1:], _INDEX_COMMA), "</mrow></msub>"]
        if head is Dot:
            above = ["<msup>", *self._base(args[0]), "<mo>⊤</mo></msup>"]
            return ["<mrow>", *above, TIMES, *self._matrix_factor(args[1], True), "</mrow>"]
        if head is MatMul:
            right = self._matrix_factor(args[1], False)
            return ["<mrow>", *self._matrix_factor(args[0], True), TIMES, *right, "</mrow>"]
        return self._operator(node)

    # ---- brackets -----------------------------------------------------------------------------------------------

    def _in_brackets(self, node: Expr) -> list[Piece]:
        left, right = _fence("(", ")", node in self.planar.tall)
        return [f"<mrow>{left}", node, f"{right}</mrow>"]

    def _bracketed(self, node: Expr, needed: int) -> list[Piece]:
        return self._in_brackets(node) if self.planar.binds(node) < needed else [node]

    def _base(self, node: Expr) -> list[Piece]:
        return [node] if self.planar.is_base(node) else self._in_brackets(node)

    def _atom(self, node: Expr) -> list[Piece]:
        return [node] if is_atom(node) else self._in_brackets(node)

    def _matrix_factor(self, node: Expr, is_first: bool) -> list[Piece]:
        if type(node) is MatMul and is_first:
            return [node]
        return [node] if self.planar.binds(node) >= POWER else self._in_brackets(node)

    # ---- operations ----------------------------------------------------------------------------------------------

    def _sum(self, node: Expr) -> list[Piece]:
        pieces: list[Piece] = ["<mrow>"]
        for sign, term, bracket in self.planar.terms(node):
            if sign:
                pieces.append(_SIGNS[sign])
            pieces += self._in_brackets(term) if bracket else [term]
        return [*pieces, "</mrow>"]

    def _product(self, node: Expr) -> list[Piece]:
        pieces: list[Piece] = ["<mrow>"]
        for join, factor, bracket in self.planar.factors(node):
            if len(pieces) > 1:
                shown = factor.args[0] if type(factor) is Pow else factor
                is_spaced = join == JOIN and not bracket and isinstance(shown, _OPERATORS)
                pieces.append(_JOINS[THIN if is_spaced else join])
            pieces += self._in_brackets(factor) if bracket else [factor]
        return [*pieces, "</mrow>"]

    def _power(self, node: Expr) -> list[Piece]:
        function = self.planar.power_of_function(node)
        if function is not None:
            return self._call(*function)
        base, exponent = node.args
        above = self._exponent(exponent)
        if type(base) is Symbol:
            letters, below = _name(base.data)
            if below:
                return [f"<msubsup>{letters}{below}", *above, "</msubsup>"]
        if type(base) is Index and type(base.args[0]) is Symbol:
            body, *indices = base.args
            return ["<msubsup>", body, "<mrow>", *joined(indices, _INDEX_COMMA), "</mrow>", *above, "</msubsup>"]
        return ["<msup>", *self._base(base), *above, "</msup>"]

    def _exponent(self, exponent: Expr) -> list[Piece]:
        slashed = self.planar.slashed(exponent)
        if slashed is None:
            return [exponent]
        minus, above, below = slashed
        numerator = self._in_brackets(above) if type(above) is Neg else self._bracketed(above, PRODUCT)
        denominator = [below] if self.planar.binds(below) >= POWER else self._in_brackets(below)
        slash = '<mo lspace="0" rspace="0">/</mo>'
        return ["<mrow>", _PREFIX_MINUS if minus else "", *numerator, slash, *denominator, "</mrow>"]

    def _call(self, node: Expr, exponent: Expr | None) -> list[Piece]:
        """A function; with an exponent, sin²(x)."""
        spec = functions.find(node.data)
        is_tall = any(arg in self.planar.tall for arg in node.args)
        latex = fit_template(spec.latex, len(node.args)) if spec is not None else ""
        template = template_of(latex, node.data, is_tall)
        pieces: list[Piece] = []
        if exponent is not None:
            name, _, template = template.partition(APPLY)
            pieces = [f"<mrow><msup>{name.removeprefix('<mrow>')}", exponent, "</msup>" + APPLY]
        for piece in fill_template(template, node.args, self._atom):
            pieces.append(_COMMA if piece == ", " else piece)
        return pieces

    def _infix(self, args: tuple[Expr, ...], word: str, needed: int) -> list[Piece]:
        pieces: list[Piece] = ["<mrow>"]
        for node in args:
            pieces += [_word(word)] if len(pieces) > 1 else []
            pieces += self._bracketed(node, needed)
        return [*pieces, "</mrow>"]

    def _operator(self, node: Expr) -> list[Piece]:
        """d/dx, ∑, ∫ and lim with what they act on."""
        head = type(node)
        body, variable, *bounds = node.args
        if head is Derivative:
            if type(body) is Symbol and body is not variable:
                top: list[Piece] = ["<msup><mi>d</mi>", bounds[0], "</msup>"] if bounds else ["<mi>d</mi>"]
                low: list[Piece] = ["<msup>", variable, bounds[0], "</msup>"] if bounds else [variable]
                return ["<mfrac><mrow>", *top, body, "</mrow><mrow><mi>d</mi>", *low, "</mrow></mfrac>"]
            d = "<mi>∂</mi>" if is_partial(body, variable) else "<mi>d</mi>"
            above: list[Piece] = [d]
            below: list[Piece] = [f"<mrow>{d}", variable, "</mrow>"]
            if bounds:
                above = [f"<msup>{d}", bounds[0], "</msup>"]
                below = [f"<mrow>{d}<msup>", variable, bounds[0], "</msup></mrow>"]
            return ["<mrow><mfrac>", *above, *below, "</mfrac>", _SPACE, *self._operand(body, POWER), "</mrow>"]
        if head is Sum:
            under: list[Piece] = ["<mrow>", variable, "<mo>=</mo>", bounds[0], "</mrow>"]
            sign: list[Piece] = ["<munderover><mo>∑</mo>", *under, bounds[1], "</munderover>"]
            return ["<mrow>", *sign, *self._operand(body, PRODUCT), "</mrow>"]
        if head is Limit:
            to: list[Piece] = [bounds[0]]
            if node.data != "both":
                side = '<mo form="postfix">+</mo>' if node.data == "right" else '<mo form="postfix">−</mo>'
                to = ["<msup>", *self._base(bounds[0]), side, "</msup>"]
            shown = ["<mrow><munder>", _LIM, "<mrow>", variable, _ARROW, *to, "</mrow></munder>"]
            return [*shown, *self._operand(body, PRODUCT), "</mrow>"]
        assert head is Integral
        sign = ["<msubsup><mo>∫</mo>", *bounds, "</msubsup>"] if bounds else ["<mo>∫</mo>"]
        return ["<mrow>", *sign, *self._bracketed(body, PRODUCT), _SPACE, "<mi>d</mi>", variable, "</mrow>"]

    def _operand(self, body: Expr, needed: int) -> list[Piece]:
        return self._in_brackets(body) if self.planar.is_bracketed_body(body, needed) else [body]


def _fence(left: str, right: str, is_tall: bool) -> tuple[str, str]:
    stretchy = "" if is_tall else ' stretchy="false"'
    return f"<mo{stretchy}>{left}</mo>", f"<mo{stretchy}>{right}</mo>"


def _word(word: str, before: bool = True) -> str:
    space = "\u00a0"
    return f"<mtext>{space if before else ''}{word}{space}</mtext>"


def _number(node: Expr) -> str:
    if isinstance(node.data, int):
        return f"<mn>{digits_of(node.data)}</mn>"
    mantissa, _, exponent = escape(node.data).partition("e")
    if not is_scientific(node):
        return f"<mn>{mantissa}</mn>"
    power = f"<mn>{exponent}</mn>"
    if exponent.startswith("-"):
        power = f"<mrow>{_PREFIX_MINUS}<mn>{exponent[1:]}</mn></mrow>"
    return f"<mrow><mn>{mantissa}</mn><mo>×</mo><msup><mn>10</mn>{power}</msup></mrow>"


def _cases(node: Expr) -> list[Piece]:
    pieces: list[Piece] = ["<mrow><mo>{</mo><mtable>"]
    for value, condition in node.cases:  # type: ignore[attr-defined]
        pieces += [f"<mtr>{_LEFT}", value, f"</mtd>{_LEFT}"]
        pieces += ["<mtext>otherwise</mtext>"] if condition is None else [_word("if", before=False), condition]
        pieces.append("</mtd></mtr>")
    return [*pieces, "</mtable></mrow>"]


def _table(rows: list[tuple[Expr, ...]]) -> list[Piece]:
    pieces: list[Piece] = ["<mrow><mo>[</mo><mtable>"]
    for row in rows:
        pieces += ["<mtr><mtd>", *joined(row, "</mtd><mtd>"), "</mtd></mtr>"]
    return [*pieces, "</mtable><mo>]</mo></mrow>"]


# ---- the LaTeX templates of the function table, as elements --------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<place>[#@][0-9*])|(?P<left>\\left)\s*(?P<opening>\\[A-Za-z]+|.)|(?P<right>\\right)\s*(?:\\[A-Za-z]+|.)"
    r"|\\(?:operatorname|mathrm|text)\{(?P<word>(?:[^{}]|\{[^{}]*\})*)\}|\\(?P<command>[A-Za-z]+)|(?P<char>[0-9]+|.))",
    re.DOTALL,
)
_OPENING = {
    "(": ("(", ")"),
    "[": ("[", "]"),
    "|": ("|", "|"),
    r"\lfloor": ("⌊", "⌋"),
    r"\lceil": ("⌈", "⌉"),
    r"\lVert": ("‖", "‖"),
    r"\|": ("‖", "‖"),
}
_COMMANDS = {
    "bmod": '<mo lspace="0.2222em" rspace="0.2222em">mod</mo>',
    "varphi": "<mi>φ</mi>",
    "infty": "<mi>∞</mi>",
    "varepsilon": "<mi>ε</mi>",
    "cdot": "<mo>⋅</mo>",
}
_MARKS = {
    ",": _COMMA,
    "!": '<mo form="postfix" lspace="0" rspace="0">!</mo>',
    "(": '<mo stretchy="false">(</mo>',
    ")": '<mo stretchy="false">)</mo>',
}
_FUNCTIONS = frozenset(
    {
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "arcsin",
        "arccos",
        "arctan",
        "exp",
        "ln",
        "log",
        "max",
        "min",
        "sup",
        "inf",
        "det",
        "gcd",
        "arg",
    }
)


@lru_cache(maxsize=1024)
def template_of(latex: str, name: str, is_tall: bool) -> str:
    r"""The elements a LaTeX template stands for; name(…) where it has a command that is not known here.

    >>> template_of(r"\sqrt{#1}", "sqrt", False)
    '<msqrt>#1</msqrt>'
    """
    if latex:
        source = latex.replace("#", "@") if is_open_template(latex) else latex
        try:
            elements = _Template(source, is_tall).elements("")
        except (KeyError, IndexError):
            pass
        else:
            return elements[0] if len(elements) == 1 else f"<mrow>{''.join(elements)}</mrow>"
    left, right = _fence("(", ")", is_tall)
    return f"<mrow><mi>{escape(name)}</mi>{APPLY}<mrow>{left}#*{right}</mrow></mrow>"


class _Template:
    """One pass over a template. KeyError, IndexError: something that is not known here."""

    __slots__ = ("at", "is_tall", "tokens")

    def __init__(self, source: str, is_tall: bool) -> None:
        self.tokens = [found for found in _TOKEN.finditer(source) if found.lastgroup is not None]
        self.at = 0
        self.is_tall = is_tall

    def elements(self, end: str) -> list[str]:
        """The elements up to the token `end`, which is read too."""
        found: list[str] = []
        is_name = False  # whether the last element is a function's name
        while self.at < len(self.tokens) or end:
            token = self.tokens[self.at]
            self.at += 1
            if token[0].strip() == end or (end == "right" and token["right"]):
                return found
            char = token["char"]
            if char == "_" or char == "^":
                script = "msub" if char == "_" else "msup"
                found[-1] = f"<{script}>{found[-1]}{self.group()}</{script}>"
                continue
            if char == "'":
                found.append('<mo form="postfix" lspace="0" rspace="0">′</mo>')
                continue
            if is_name:
                found.append(APPLY if token["left"] else APPLY + _SPACE)
            is_name = bool(token["word"] or (char and char.isalpha()) or token["command"] not in (None, "bmod", "sqrt"))
            found.append(self.element(token))
        return found

    def group(self) -> str:
        """{…}, or one token, as one element."""
        token = self.tokens[self.at]
        self.at += 1
        if token["char"] != "{":
            return self.element(token)
        inside = self.elements("}")
        return inside[0] if len(inside) == 1 else f"<mrow>{''.join(inside)}</mrow>"

    def element(self, token: re.Match[str]) -> str:
        """One token and what belongs to it."""
        if token["place"]:
            return token["place"]
        if token["left"]:
            opening, closing = _OPENING[token["opening"]]
            left, right = _fence(opening, closing, self.is_tall)
            return f"<mrow>{left}{''.join(self.elements('right'))}{right}</mrow>"
        if token["word"]:
            word, _, below = token["word"].replace(r"\_", "_").partition("_{")
            shown = f"<mi>{escape(word)}</mi>" if len(word) > 1 else f'<mi mathvariant="normal">{escape(word)}</mi>'
            return f"<msub>{shown}<mi>{escape(below.rstrip('}'))}</mi></msub>" if below else shown
        command = token["command"]
        if command == "sqrt":
            if self.tokens[self.at]["char"] != "[":
                return f"<msqrt>{self.group()}</msqrt>"
            self.at += 1
            index = "".join(self.elements("]"))
            return f"<mroot>{self.group()}{index}</mroot>"
        if command:
            if command in GREEK:
                return _letters(command)
            return f"<mi>{command}</mi>" if command in _FUNCTIONS else _COMMANDS[command]
        char = token["char"]
        if char.isdigit():
            return f"<mn>{char}</mn>"
        return _letters(char) if char.isalpha() else _MARKS[char]
