"""What every printer shares: which operand is bracketed, how a sum and a product are laid out, the loop that writes.

A printer says how one node looks, as strings and operands from left to right; the loop here puts them together
without recursion. The length is found on the DAG before anything is written, so an expression whose text would fill
the disk is refused at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from weakref import WeakKeyDictionary

from calcml import functions
from calcml.binding import free_symbols
from calcml.budget import Budget
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
from calcml.syntax.names import GREEK
from calcml.traverse import beyond, topological

Piece = str | Expr
Pieces = Callable[[Expr], list[Piece]]

# How tightly an operation binds; an operand that binds less is bracketed.
OR, AND, NOT, RELATION, SUM, PRODUCT, NEGATION, POWER, ATOM = range(9)
BINDING: dict[type[Expr], int] = {
    Or: OR,
    And: AND,
    Not: NOT,
    Relation: RELATION,
    Add: SUM,
    Sub: SUM,
    Mul: PRODUCT,
    Div: PRODUCT,
    Neg: NEGATION,
    Pow: POWER,
}


def lengths(nodes: list[Expr], pieces: Pieces, cap: int | None) -> dict[Expr, int]:
    """The characters each node will have.

    Capped, so that the sums for a tree of 2^1000 nodes do not become thousand-bit integers.
    """
    found: dict[Expr, int] = {}
    for node in nodes:
        total = 0
        for piece in pieces(node):
            total += len(piece) if isinstance(piece, str) else found[piece]
        found[node] = total if cap is None else min(total, cap + 1)
    return found


def write(expr: Expr, pieces: Pieces, budget: Budget, nodes: list[Expr] | None = None) -> str:
    """The whole text. LimitError beyond the budget's output, before anything is written."""
    nodes = topological(expr) if nodes is None else nodes
    budget.require("output", lengths(nodes, pieces, budget.output)[expr])
    written: list[str] = []
    stack: list[Piece] = [expr]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
        else:
            stack.extend(reversed(pieces(piece)))
    return "".join(written)


def is_partial(body: Expr, x: Expr) -> bool:
    """Whether a derivative is written with ∂: its body depends on other variables too (dy/dx is of an unknown y)."""
    if type(body) is Symbol:
        return False
    for node in beyond(body, _variables):
        _variables[node] = _some_variables(node)
    own = {x, x.args[0]} if type(x) is Index else {x}
    return any(
        v not in own and (type(v) is not Index or type(x) is Index or v.args[0] is not x) for v in _variables[body]
    )


# For every node up to three of its variables: enough to tell whether there is another one, and a chain of derivatives
# stays linear.
_variables: WeakKeyDictionary[Expr, tuple[Expr, ...]] = WeakKeyDictionary()


def _some_variables(node: Expr) -> tuple[Expr, ...]:
    if type(node) is Symbol or type(node) is Index:
        return (node,)
    if node.bound is not None:
        return tuple(sorted(free_symbols(node), key=lambda symbol: symbol.data)[:3])
    found = dict.fromkeys(v for arg in node.args for v in _variables[arg])
    return tuple(found)[:3]


def joined(nodes: tuple[Expr, ...] | list[Expr], separator: str = ", ") -> list[Piece]:
    """The nodes with a separator between them."""
    pieces: list[Piece] = []
    for node in nodes:
        pieces += (separator, node) if pieces else (node,)
    return pieces


def terms(node: Expr) -> list[tuple[str, Expr, bool]]:
    """The terms of an Add or Sub: "+", "-" or "" before the first, the operand, whether it needs brackets."""
    first, *rest = node.args
    found = [("", first, BINDING.get(type(first), ATOM) < PRODUCT)]
    for term in rest:
        sign = "+"
        if type(node) is Sub:
            sign = "-"
        elif type(term) is Neg and len(node.args) > 2:
            sign, term = "-", term.args[0]
        found.append((sign, term, type(term) is Neg or BINDING.get(type(term), ATOM) < PRODUCT))
    return found


def fill_template(template: str, args: tuple[Expr, ...], bracket: Callable[[Expr], list[Piece]]) -> list[Piece]:
    """A template of the function table with its places filled: #1, @1, #*."""
    pieces: list[Piece] = []
    rest = template
    while rest:
        place = min((at for at in (rest.find("#"), rest.find("@")) if at >= 0), default=-1)
        if place < 0 or place + 1 >= len(rest):
            pieces.append(rest)
            break
        if place:
            pieces.append(rest[:place])
        mark, which, rest = rest[place], rest[place + 1], rest[place + 2 :]
        if which == "*":
            pieces += joined(args)
        elif not which.isdigit():
            pieces += (mark, which)
        elif int(which) <= len(args):
            arg = args[int(which) - 1]
            pieces += bracket(arg) if mark == "@" else [arg]
    return pieces


def fit_template(template: str, count: int) -> str:
    r"""The template for so many arguments: the places of parameters that were left out go.

    >>> fit_template(r"\operatorname{ELU}\left(#1, #2\right)", 1)
    '\\operatorname{ELU}\\left(#1\\right)'
    """
    return re.sub(r",\s*[#@]([0-9])", lambda found: found[0] if int(found[1]) <= count else "", template)


# ---- two dimensions: what LaTeX and MathML decide alike ------------------------------------------------------------

_TALL = frozenset({Div, Piecewise, Vector, Matrix, Sum, Integral, Limit, Derivative})
_BIG = frozenset({Sum, Limit, Piecewise})  # reach as far right as what follows
_UNDELIMITED = frozenset({Sum, Limit, Piecewise, Integral, Derivative, Dot, MatMul})
# sin²(x) rather than sin(x)²: the functions of which everybody writes the square so.
_SQUARED_BEFORE_ARGUMENT = frozenset(
    {
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "asin",
        "acos",
        "atan",
        "acot",
        "asec",
        "acsc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "sech",
        "csch",
        "asinh",
        "acosh",
        "atanh",
        "acoth",
        "asech",
        "acsch",
        "ln",
    }
)
# How neighbours in a product are told apart.
JOIN, THIN, DOT, ELEMENTWISE = "", "thin", "dot", "elementwise"


def name_parts(name: str) -> tuple[str, list[str]]:
    """What a symbol's name begins with and its subscripts. Digits after a letter are one, after a word they are not.

    >>> name_parts("w12"), name_parts("x_max"), name_parts("loss2"), name_parts("h1_out")
    (('w', ['12']), ('x', ['max']), ('loss2', []), ('h', ['1', 'out']))
    """
    head, *subscripts = name.split("_")
    letters = head.rstrip("0123456789")
    if letters == head or is_upright(letters):
        return head, subscripts
    return letters, [head[len(letters) :], *subscripts]


def is_scientific(node: Expr) -> bool:
    """A decimal with an exponent, 1e-8, which is printed as a product."""
    return type(node) is Number and isinstance(node.data, str) and "e" in node.data


def is_atom(node: Expr) -> bool:
    """Whether a template's `@1` leaves it without brackets."""
    return type(node) in (Symbol, Number, Constant) and not is_scientific(node)


def is_open_template(template: str) -> bool:
    r"""Whether an argument stands bare at either end, as in `#1 \bmod #2`: the whole then binds like a sum.

    >>> is_open_template(r"#1 \bmod #2"), is_open_template(r"\sqrt{#1}"), is_open_template("@1!")
    (True, False, False)
    """
    return template.startswith("#") or template[-2:-1] in ("#", "@")


class Planar:
    """What the operands of an expression look like on paper: which are tall, which have no end of their own."""

    __slots__ = ("open", "tall")

    def __init__(self, nodes: list[Expr]) -> None:
        """`nodes` in topological order."""
        self.tall: set[Expr] = set()
        self.open: dict[Expr, int] = {}  # 1: must not be followed by a factor; 2: nor by a term
        for node in nodes:
            head = type(node)
            args = node.args
            if head is Pow:
                if args[0] in self.tall or (args[1] in self.tall and self.slashed(args[1]) is None):
                    self.tall.add(node)
            elif head in _TALL or any(arg in self.tall for arg in args):
                self.tall.add(node)
            if head in _BIG:
                self.open[node] = 2
            elif head in _UNDELIMITED:
                self.open[node] = max(1, self.open.get(args[0], 1)) if head is Derivative else 1
            elif head in (Add, Sub, Mul, Neg) and args[-1] in self.open:
                self.open[node] = self.open[args[-1]]

    def slashed(self, exponent: Expr) -> tuple[bool, Expr, Expr] | None:
        """An exponent that is shown as a/b on one line: whether a minus stands before it, a and b."""
        inner = exponent.args[0] if type(exponent) is Neg else exponent
        if type(inner) is not Div or any(part in self.tall for part in inner.args):
            return None
        return inner is not exponent, inner.args[0], inner.args[1]

    def terms(self, node: Expr) -> list[tuple[str, Expr, bool]]:
        """As the function of that name; a ∑ that another term follows is bracketed."""
        found = terms(node)
        last = len(found) - 1
        return [
            (sign, term, bracket or self.binds(term) < PRODUCT or (at < last and self.open.get(term) == 2))
            for at, (sign, term, bracket) in enumerate(found)
        ]

    def binds(self, node: Expr) -> int:
        """How tightly the node binds as it is shown here."""
        head = type(node)
        if head in _UNDELIMITED or is_scientific(node):
            return PRODUCT
        if head is Call:
            spec = functions.find(node.data)
            return SUM if spec is not None and is_open_template(spec.latex) else ATOM
        return BINDING.get(head, ATOM)

    def is_bracketed_body(self, node: Expr, needed: int) -> bool:
        """Whether what follows d/dx, ∑ or lim needs brackets. A fraction has its own end."""
        if type(node) in _UNDELIMITED or type(node) is Div:
            return False
        return type(node) is Neg or self.binds(node) < needed

    def is_base(self, node: Expr) -> bool:
        """Whether an exponent can stand against the node without brackets."""
        if type(node) is not Call:
            return self.binds(node) == ATOM
        spec = functions.find(node.data)
        return spec is None or is_base_template(spec.latex)

    def factors(self, node: Expr) -> list[tuple[str, Expr, bool]]:
        """The factors of a Mul: how each is joined to the one before, the operand, whether it needs brackets."""
        args = node.args
        last = len(args) - 1
        found: list[tuple[str, Expr, bool]] = []
        shaped = False
        for at, factor in enumerate(args):
            bracket = self._is_bracketed_factor(factor, at == last)
            join = JOIN
            if found:
                _, before, before_bracketed = found[-1]
                join = ELEMENTWISE if shaped and factor.shape else self._join(before, before_bracketed, factor, bracket)
            shaped = shaped or bool(factor.shape)
            found.append((join, factor, bracket))
        return found

    def _is_bracketed_factor(self, node: Expr, is_last: bool) -> bool:
        if self.binds(node) < PRODUCT or type(node) in (Neg, Mul):
            return True
        return not is_last and node in self.open

    def _join(self, before: Expr, before_bracketed: bool, node: Expr, bracketed: bool) -> str:
        first = "(" if bracketed else self._first(node)
        if first == "digit":
            return DOT
        if before_bracketed:
            return JOIN
        if type(before) is Number and type(node) is Div and not bracketed and type(node.args[0]) is Number:
            return DOT  # not a mixed number
        if type(before) is Symbol and first == "(":
            # A reader, and the parser, would take the name for a function: σ·(1 − x), f·(x + 1).
            letters = name_parts(before.data)[0]
            if is_upright(letters) or letters in _ALSO_FUNCTIONS or functions.find(letters) is not None:
                return DOT
        if type(before) is Symbol and before.data == "d":
            return DOT  # dx would be a differential, d over d x a derivative
        if any(type(side) is Symbol and is_upright(name_parts(side.data)[0]) for side in (before, node)):
            return THIN
        return JOIN

    def _first(self, node: Expr) -> str:
        """What the node begins with: "digit", "(" or something else."""
        while True:
            head = type(node)
            if head is Number:
                return "digit"
            if head is Pow:
                if self.power_of_function(node) is not None:
                    return ""
                if not self.is_base(node.args[0]):
                    return "("
            elif head is Call:
                spec = functions.find(node.data)
                if spec is None or spec.latex[:1] not in ("@", "#"):
                    return ""
                if not is_atom(node.args[0]):
                    return "("
            elif head not in (Dot, MatMul, Index) or type(node.args[0]) is Vector:
                return ""
            elif self.binds(node.args[0]) < ATOM:
                return "("
            node = node.args[0]

    def power_of_function(self, node: Expr) -> tuple[Expr, Expr] | None:
        """The call and the exponent of a power that is shown as sin²(x)."""
        call, exponent = node.args
        if type(call) is Call and call.data in _SQUARED_BEFORE_ARGUMENT and type(exponent) is Number:
            # 0 and 1 are as unusual there as they are clear behind the argument.
            return (call, exponent) if isinstance(exponent.data, int) and exponent.data > 1 else None
        return None


_ALSO_FUNCTIONS = frozenset({"f", "g", "h", "F", "G", "H", "sigma", "phi", "Phi", "Gamma", "psi"})


def is_base_template(template: str) -> bool:
    r"""Whether the function's own brackets end it, so that an exponent can follow.

    >>> is_base_template(r"\sigma\left(#1\right)"), is_base_template(r"\ln\sigma\left(#1\right)")
    (True, False)
    """
    if not template:
        return True
    before = template.replace(r"\_", "_").partition(r"\left")[0].partition("#")[0]
    is_nested = before.count("\\") > 1 or template.count(r"\left") > 1
    return not (is_nested or is_open_template(template) or template[0] == "@")


def is_upright(letters: str) -> bool:
    """Whether a name of these letters is set upright, as a word."""
    return len(letters) > 1 and letters not in GREEK
