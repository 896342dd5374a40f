"""Text: the linear notation that the parser reads back to the identical tree.

One printer serves two typographies, data in a `Style` each: `text` is pure ASCII and exact, `unicode` is for reading
(·, −, superscripts, σ(x)). Brackets follow from the binding powers of `layout`.
"""

from __future__ import annotations

from calcml import functions
from calcml.binding import free_symbols
from calcml.budget import DEFAULT, Budget
from calcml.decimals import digits_of
from calcml.expr import (
    ONE,
    Add,
    And,
    Call,
    Constant,
    Div,
    E,
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
    make,
)
from calcml.heads import Derivative, Dot, Index, Integral, Limit, MatMul, Matrix, Sum, Vector
from calcml.render.layout import (
    AND,
    ATOM,
    BINDING,
    NEGATION,
    NOT,
    POWER,
    PRODUCT,
    RELATION,
    SUM,
    Piece,
    Pieces,
    fill_template,
    is_partial,
    joined,
    lengths,
    terms,
    write,
)
from calcml.syntax.names import pretty_name
from calcml.traverse import rewrite_bottom_up, topological

__all__ = ["ATOM", "BINDING", "POWER", "abbreviated", "predicted_length", "to_text", "to_unicode"]


class Style:
    """One typography: the marks of the operations, and how names and calls look."""

    __slots__ = ("constants", "minus", "pretty", "relations", "times")

    def __init__(self, *, minus: str, times: str, pretty: bool, constants: dict[str, str], relations: dict[str, str]):
        self.minus = minus
        self.times = times
        self.pretty = pretty  # juxtaposition, superscripts, Greek letters, the unicode templates of the function table
        self.constants = constants
        self.relations = relations


TEXT = Style(minus="-", times="*", pretty=False, constants={}, relations={})
UNICODE = Style(
    minus="−",
    times="·",
    pretty=True,
    constants={"pi": "π", "oo": "∞"},
    relations={"<=": "≤", ">=": "≥", "!=": "≠"},
)
_SUPERSCRIPT = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SPELLED = {Derivative: "diff", Integral: "integral", Limit: "limit", Sum: "sum", Dot: "dot", MatMul: "matmul"}


def to_text(expr: Expr, budget: Budget = DEFAULT) -> str:
    """ASCII that `parse` reads back to this very expression. LimitError beyond the budget's output.

    >>> from calcml.expr import symbols
    >>> x, y = symbols("x y")
    >>> to_text(-x**2 / (1 + x) - 2*(x - y))
    '(-x^2)/(1 + x) - 2*(x - y)'
    """
    return _print(expr, TEXT, budget)


def to_unicode(expr: Expr, budget: Budget = DEFAULT) -> str:
    """One line for reading.

    >>> from calcml.expr import symbols, Call
    >>> x, y = symbols("x y")
    >>> to_unicode(3 * x**2 * (1 - Call("sigmoid", x)))
    '3x²·(1 − σ(x))'
    """
    if type(expr) is Derivative and (type(expr.args[0]) is not Symbol or expr.args[0] is expr.args[1]):
        operator, body = _print(expr, UNICODE, budget).split("(", 1)
        return f"{operator} {body[:-1] if BINDING.get(type(expr.args[0]), ATOM) >= POWER else '(' + body}"
    return _print(expr, UNICODE, budget)


def abbreviated(expr: Expr, limit: int = 2000) -> str:
    """What `repr` shows: the text, or the size of an expression too large to look at."""
    nodes = topological(expr)
    found = lengths(nodes, _printer(TEXT), limit)
    if sum(found.values()) > limit * 20 or found[expr] > limit:
        return f"<{type(expr).__name__} of {len(nodes):,} nodes>"
    return to_text(expr)


def predicted_length(expr: Expr, style: Style = TEXT) -> int:
    """At least the number of characters the text will have, found on the DAG."""
    return lengths(topological(expr), _printer(style), None)[expr]


def _printer(style: Style) -> Pieces:
    return lambda node: _pieces(node, style)


def _print(expr: Expr, style: Style, budget: Budget) -> str:
    return write(_euler_apart(expr), _printer(style), budget)


def _euler_apart(expr: Expr) -> Expr:
    """Where a variable is called e, Euler's number is written exp(1), and its powers exp(u)."""
    nodes = topological(expr)
    if E not in nodes or not any(symbol.data == "e" for symbol in free_symbols(expr)):
        return expr

    def visit(node: Expr) -> Expr:
        if type(node) is Pow and node.args[0] is E:
            return make(Call, "exp", node.args[1:])
        return node.rebuild(tuple([make(Call, "exp", (ONE,)) if arg is E else arg for arg in node.args]))

    return make(Call, "exp", (ONE,)) if expr is E else rewrite_bottom_up(expr, visit)


def _bracketed(node: Expr, needed: int) -> list[Piece]:
    return ["(", node, ")"] if BINDING.get(type(node), ATOM) < needed else [node]


def _pieces(node: Expr, style: Style) -> list[Piece]:
    """A node as strings and operands, from left to right."""
    head = type(node)
    args = node.args
    if head is Number:
        return [digits_of(node.data) if isinstance(node.data, int) else node.data]
    if head is Symbol:
        return [pretty_name(node.data) if style.pretty else node.data]
    if head is Constant:
        return [style.constants.get(node.data, node.data)]
    if head is Add or head is Sub:
        return _sum(node, style)
    if head is Neg:
        return [style.minus, *_bracketed(args[0], NEGATION + 1 if type(args[0]) is Neg else PRODUCT)]
    if head is Mul:
        return _product(args, style)
    if head is Div:
        numerator = _bracketed(args[0], PRODUCT) if type(args[0]) is not Neg else ["(", args[0], ")"]
        if style.pretty and type(args[1]) is Derivative:  # written as a fraction of its own
            return [*numerator, "/", "(", args[1], ")"]
        return [*numerator, "/", *_bracketed(args[1], POWER)]
    if head is Pow:
        return _power(args[0], args[1], style)
    if head is Call:
        return _call(node, style)
    if head is Relation:
        lhs, rhs = args
        sign = style.relations.get(node.data, node.data)
        return [*_bracketed(lhs, SUM), f" {sign} ", *_bracketed(rhs, SUM)]
    if head is And:
        return _infix(args, " and ", NOT)
    if head is Or:
        return _infix(args, " or ", AND)
    if head is Not:
        return ["not ", *_bracketed(args[0], RELATION)]
    if head is Piecewise:
        return _cases(node)
    if head is Vector or head is Matrix:
        return ["[", *joined(args), "]"]
    if head is Index:
        return [*_bracketed(args[0], ATOM), "[", *joined(args[1:]), "]"]
    if head is Derivative and style.pretty:
        return _leibniz(args, style)
    if head is Limit and node.data != "both":
        return ["limit(", *joined(args), f", {node.data})"]
    return [_SPELLED[head], "(", *joined(args), ")"]


def _sum(node: Expr, style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    for sign, term, bracket in terms(node):
        if sign:
            pieces.append(f" {style.minus} " if sign == "-" else " + ")
        pieces += ["(", term, ")"] if bracket else [term]
    return pieces


def _factor(node: Expr, is_first: bool) -> list[Piece]:
    head = type(node)
    if head is Neg or head is Mul or (head is Div and not is_first):
        return ["(", node, ")"]
    return _bracketed(node, PRODUCT)


def _product(args: tuple[Expr, ...], style: Style) -> list[Piece]:
    pieces: list[Piece] = []
    for position, node in enumerate(args):
        factor = _factor(node, position == 0)
        if position:
            previous = args[position - 1]
            pieces.append("" if style.pretty and _juxtaposes(previous, node, position) else style.times)
        pieces += factor
    return pieces


def _juxtaposes(left: Expr, right: Expr, position: int) -> bool:
    # 3x, 3x², but 3·sin(x) and 3·(x + 1): a reader never has to wonder whether a bracket is a call.
    if position != 1 or type(left) is not Number:
        return False
    base = right.args[0] if type(right) is Pow else right
    return (isinstance(base, Symbol) and len(pretty_name(base.data)) <= 2) or type(base) is Constant


def _power(base: Expr, exponent: Expr, style: Style) -> list[Piece]:
    below = _bracketed(base, ATOM)
    if style.pretty and type(base) is Call and _has_open_end(base):
        below = ["(", base, ")"]
    if style.pretty:
        inner = exponent.args[0] if type(exponent) is Neg else exponent
        if type(inner) is Number and isinstance(inner.data, int) and inner.data < 10**6:
            digits = ("−" if inner is not exponent else "") + str(inner.data)
            return [*below, digits.translate(_SUPERSCRIPT)]
        if type(base) is Constant and type(exponent) is Neg and type(inner) in (Symbol, Number, Constant):
            return [*below, "^", style.minus, inner]
    return [*below, "^", *_bracketed(exponent, POWER)]


def _has_open_end(call: Expr) -> bool:
    spec = functions.find(call.data)
    return spec is not None and spec.unicode.endswith("@1")


def _call(node: Expr, style: Style) -> list[Piece]:
    spec = functions.find(node.data)
    template = spec.unicode if spec is not None and style.pretty else ""
    if not template:
        return [node.data, "(", *joined(node.args), ")"]
    return fill_template(template, node.args, _atom)


def _atom(node: Expr) -> list[Piece]:
    return [node] if type(node) in (Symbol, Number, Constant) else ["(", node, ")"]


def _infix(args: tuple[Expr, ...], word: str, needed: int) -> list[Piece]:
    pieces: list[Piece] = []
    for node in args:
        pieces += [word] if pieces else []
        pieces += _bracketed(node, needed)
    return pieces


def _cases(node: Expr) -> list[Piece]:
    pieces: list[Piece] = ["{"]
    for value, condition in node.cases:  # type: ignore[attr-defined]
        pieces += ["; "] if len(pieces) > 1 else []
        pieces += [value, ": ", "otherwise" if condition is None else condition]
    return [*pieces, "}"]


def _leibniz(args: tuple[Expr, ...], style: Style) -> list[Piece]:
    body, variable = args[:2]
    order = args[2] if len(args) > 2 else None
    # Inside a line the brackets say where the derivative ends; alone, `d/dx sin(x)`, they are not needed.
    shown: list[Piece] = ["(", body, ")"]
    d = "∂" if is_partial(body, variable) else "d"
    if (
        type(body) is Symbol and body is not variable and (order is None or type(order) is Number)
    ):  # dy/dx of an unknown y
        power = str(order.data).translate(_SUPERSCRIPT) if order is not None else ""
        return [f"d{power}", body, "/d", variable, power]
    if order is None:
        return [f"{d}/{d}", variable, *shown]
    if type(order) is Number and isinstance(order.data, int):
        power = str(order.data).translate(_SUPERSCRIPT)
        return [f"{d}{power}/{d}", variable, power, *shown]
    return ["diff(", *joined(args), ")"]
