r"""LaTeX: the notation of a textbook, in commands that amsmath, KaTeX and MathJax all know.

The parser reads it back where it has the command; `#1` of a row of the function table is filled as the row says, with
`\left( \right)` only around what is taller than a line.
"""

from __future__ import annotations

from functools import lru_cache

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
    is_upright,
    joined,
    name_parts,
    write,
)
from calcml.syntax.names import GREEK
from calcml.traverse import topological

_CONSTANTS = {"pi": r"\pi", "oo": r"\infty", "true": r"\text{true}", "false": r"\text{false}"}
_RELATIONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne"}
# Names have none of these unless a caller made the node behind the constructors' backs.
_ESCAPED = str.maketrans({char: "\\" + char for char in "{}$%#&_"} | {"\\": r"\backslash ", "^": r"\^{}", "~": r"\~{}"})
_JOINS = {JOIN: " ", THIN: r"\,", DOT: r" \cdot ", ELEMENTWISE: r" \odot "}


def to_latex(expr: Expr, budget: Budget = DEFAULT) -> str:
    r"""LaTeX for math mode, without dollar signs. LimitError beyond the budget's output.

    >>> from calcml.expr import symbols, Call
    >>> x, w1 = symbols("x w1")
    >>> print(to_latex(3 * x**2 * Call("sin", x) / (1 - w1)))
    \frac{3 x^{2} \sin(x)}{1 - w_{1}}
    >>> print(to_latex(Call("exp", x / 2) + Call("cos", x)**2))
    \exp\left(\frac{x}{2}\right) + \cos^{2}(x)
    """
    nodes = topological(expr)
    return write(expr, _Printer(nodes).pieces, budget, nodes)


@lru_cache(maxsize=4096)
def latex_name(name: str) -> str:
    r"""A symbol's name.

    >>> print(latex_name("theta"), latex_name("w12"), latex_name("x_max"), latex_name("loss"))
    \theta w_{12} x_{\mathrm{max}} \mathrm{loss}
    """
    letters, subscripts = name_parts(name)
    shown = _letters(letters, is_upright(letters))
    # Two letters below a name are two indices more often than a word: x_{ij}.
    below = ",".join(_letters(part, not part.isdigit() and len(part) > 2 and part not in GREEK) for part in subscripts)
    return f"{shown}_{{{below}}}" if below else shown


def _letters(letters: str, upright: bool) -> str:
    if letters == "omicron":  # the one Greek letter TeX has no command for
        return r"\mathit{o}"
    if letters in GREEK:
        return "\\" + letters
    return rf"\mathrm{{{letters.translate(_ESCAPED)}}}" if upright else letters.translate(_ESCAPED)


class _Printer:
    __slots__ = ("euler", "planar")

    def __init__(self, nodes: list[Expr]) -> None:
        self.planar = Planar(nodes)
        # Where a variable is called e, the constant is upright.
        self.euler = r"\mathrm{e}" if any(type(node) is Symbol and node.data == "e" for node in nodes) else "e"

    def pieces(self, node: Expr) -> list[Piece]:
        """A node as strings and operands, from left to right."""
        head = type(node)
        args = node.args
        if head is Number:
            return [_number(node)]
        if head is Symbol:
            return [latex_name(node.data)]
        if head is Constant:
            return [_CONSTANTS.get(node.data, node.data) if node.data != "e" else self.euler]
        if head is Add or head is Sub:
            return self._sum(node)
        if head is Neg:
            return ["-", *self._bracketed(args[0], NEGATION + 1 if type(args[0]) is Neg else PRODUCT)]
        if head is Mul:
            return self._product(node)
        if head is Div:
            return [r"\frac{", args[0], "}{", args[1], "}"]
        if head is Pow:
            return self._power(node)
        if head is Call:
            return self._call(node, None)
        if head is Relation:
            sign = _RELATIONS.get(node.data, node.data)
            lhs = self._in_brackets(args[0]) if type(args[0]) is Piecewise else self._bracketed(args[0], SUM)
            return [*lhs, f" {sign} ", *self._bracketed(args[1], SUM)]
        if head is And or head is Or:
            return self._infix(args, r"\text{ and }" if head is And else r"\text{ or }", NOT if head is And else AND)
        if head is Not:
            return [r"\text{not }", *self._bracketed(args[0], RELATION)]
        if head is Piecewise:
            return _cases(node)
        if head is Vector:
            return [r"\begin{bmatrix} ", *joined(args, r" \\ "), r" \end{bmatrix}"]
        if head is Matrix:
            return _matrix(args)
        if head is Index:
            return self._index(args)
        if head is Dot:
            return [*self._base(args[0]), r"^{\top} ", *self._matrix_factor(args[1], True)]
        if head is MatMul:
            return [*self._matrix_factor(args[0], True), " ", *self._matrix_factor(args[1], False)]
        return self._operator(node)

    # ---- brackets -----------------------------------------------------------------------------------------------

    def _in_brackets(self, node: Expr) -> list[Piece]:
        return [r"\left(", node, r"\right)"] if node in self.planar.tall else ["(", node, ")"]

    def _bracketed(self, node: Expr, needed: int) -> list[Piece]:
        return self._in_brackets(node) if self.planar.binds(node) < needed else [node]

    def _base(self, node: Expr) -> list[Piece]:
        return [node] if self.planar.is_base(node) else self._in_brackets(node)

    def _matrix_factor(self, node: Expr, is_first: bool) -> list[Piece]:
        if type(node) is MatMul and is_first:
            return [node]
        return [node] if self.planar.binds(node) >= POWER else self._in_brackets(node)

    # ---- operations ----------------------------------------------------------------------------------------------

    def _sum(self, node: Expr) -> list[Piece]:
        pieces: list[Piece] = []
        for sign, term, bracket in self.planar.terms(node):
            if sign:
                pieces.append(f" {sign} ")
            pieces += self._in_brackets(term) if bracket else [term]
        return pieces

    def _product(self, node: Expr) -> list[Piece]:
        pieces: list[Piece] = []
        for join, factor, bracket in self.planar.factors(node):
            if pieces:
                pieces.append(_JOINS[join])
            pieces += self._in_brackets(factor) if bracket else [factor]
        return pieces

    def _power(self, node: Expr) -> list[Piece]:
        function = self.planar.power_of_function(node)
        if function is not None:
            return self._call(*function)
        base, exponent = node.args
        return [*self._base(base), "^{", *self._exponent(exponent), "}"]

    def _exponent(self, exponent: Expr) -> list[Piece]:
        slashed = self.planar.slashed(exponent)
        if slashed is None:
            return [exponent]
        minus, above, below = slashed
        numerator = self._in_brackets(above) if type(above) is Neg else self._bracketed(above, PRODUCT)
        denominator = [below] if self.planar.binds(below) >= POWER else self._in_brackets(below)
        return ["-" if minus else "", *numerator, "/", *denominator]

    def _call(self, node: Expr, exponent: Expr | None) -> list[Piece]:
        """A function; with an exponent, sin^{2}(x)."""
        spec = functions.find(node.data)
        template = spec.latex if spec is not None else ""
        if not template or (node.data == "abs" and node.shape):  # bars around a vector are a norm
            template = rf"\operatorname{{{node.data.translate(_ESCAPED)}}}\left(#*\right)"
        template = fit_template(template, len(node.args))
        if is_open_template(template):
            template = template.replace("#", "@")
        if not any(arg in self.planar.tall for arg in node.args):
            template = template.replace(r"\left(", "(").replace(r"\right)", ")")
        power: list[Piece] = []
        if exponent is not None:
            cut = min(at for at in (template.find(r"\left("), template.find("(")) if at >= 0)
            power = [template[:cut] + "^{", exponent, "}"]
            template = template[cut:]
        return power + fill_template(template, node.args, self._atom)

    def _atom(self, node: Expr) -> list[Piece]:
        return [node] if is_atom(node) else self._in_brackets(node)

    def _infix(self, args: tuple[Expr, ...], word: str, needed: int) -> list[Piece]:
        pieces: list[Piece] = []
        for node in args:
            pieces += [word] if pieces else []
            pieces += self._bracketed(node, needed)
        return pieces

    def _index(self, args: tuple[Expr, ...]) -> list[Piece]:
        body = args[0]
        if type(body) is Symbol:
            # A name with a subscript of its own is a group: TeX refuses two subscripts in a row.
            shown: list[Piece] = [body] if "_" not in latex_name(body.data) else ["{", body, "}"]
        else:
            shown = [body] if type(body) in (Vector, Matrix) else self._in_brackets(body)
        return [*shown, "_{", *joined(args[1:], ","), "}"]

    def _operator(self, node: Expr) -> list[Piece]:
        """d/dx, ∑, ∫ and lim with what they act on."""
        head = type(node)
        body, variable, *bounds = node.args
        if head is Derivative:
            order: list[Piece] = ["^{", bounds[0], "}"] if bounds else []
            above, below = (r"\partial", r"\partial ") if is_partial(body, variable) else ("d", "d")
            return [rf"\frac{{{above}", *order, f"}}{{{below}", variable, *order, "} ", *self._operand(body, POWER)]
        if head is Sum:
            first, last = bounds
            return [r"\sum_{", variable, "=", first, "}^{", last, "} ", *self._operand(body, PRODUCT)]
        if head is Limit:
            to: list[Piece] = [bounds[0]]
            if node.data != "both":
                to = [*self._base(bounds[0]), "^{+}" if node.data == "right" else "^{-}"]
            return [r"\lim_{", variable, r" \to ", *to, "} ", *self._operand(body, PRODUCT)]
        assert head is Integral
        limits: list[Piece] = ["_{", bounds[0], "}^{", bounds[1], "}"] if bounds else []
        return [r"\int", *limits, " ", *self._bracketed(body, PRODUCT), r"\,d", variable]

    def _operand(self, body: Expr, needed: int) -> list[Piece]:
        return self._in_brackets(body) if self.planar.is_bracketed_body(body, needed) else [body]


def _number(node: Expr) -> str:
    if isinstance(node.data, int):
        return digits_of(node.data)
    text: str = node.data
    if not is_scientific(node):
        return text
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{exponent}}}"


def _cases(node: Expr) -> list[Piece]:
    pieces: list[Piece] = [r"\begin{cases} "]
    for value, condition in node.cases:  # type: ignore[attr-defined]
        pieces += [r" \\ "] if len(pieces) > 1 else []
        pieces += [value, *([r" & \text{otherwise}"] if condition is None else [r" & \text{if } ", condition])]
    return [*pieces, r" \end{cases}"]


def _matrix(rows: tuple[Expr, ...]) -> list[Piece]:
    pieces: list[Piece] = [r"\begin{bmatrix} "]
    for row in rows:
        pieces += [r" \\ "] if len(pieces) > 1 else []
        pieces += joined(row.args, " & ")
    return [*pieces, r" \end{bmatrix}"]
