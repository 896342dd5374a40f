"""An expression as one line of Python over NumPy arrays, to be pasted: `--format python`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from calcml.binding import free_symbols
from calcml.codegen.arguments import Argument
from calcml.codegen.emitter import write_code
from calcml.codegen.lowering import lower
from calcml.codegen.routine import scalars_of
from calcml.codegen.standalone import names_for
from calcml.codegen.targets import NUMPY_LINE
from calcml.differentiation import resolve
from calcml.errors import LimitError, NoRuleError
from calcml.expr import Expr
from calcml.traverse import tree_size

LONGEST = 3000  # nodes, each counted as often as it stands in the line


def python_line(f: Expr) -> str:
    """The expression in the functions of NumPy, called `np`; vectors and matrices are arrays.

    Functions that NumPy lacks stand there as what they are computed by. LimitError for what is too long for a line,
    NoRuleError for what NumPy cannot compute in one: `calcml code` writes a function instead.

    >>> from calcml import parse
    >>> python_line(parse("x^2*exp(-x) + [1, 2][1]"))
    'x ** 2 * np.exp(-x) + 1.0'
    """
    whole = resolve(f)
    try:
        roots = lower(list(scalars_of(whole)), NUMPY_LINE)
    except NoRuleError as error:
        raise NoRuleError(error.message, hint="`calcml code` writes a function with what it needs") from None
    if sum(tree_size(root) for root in roots) > LONGEST:
        raise LimitError(f"a line of more than {LONGEST} operations", hint="`calcml code` writes a function")
    symbols: list[Expr] = sorted(free_symbols(*roots), key=lambda symbol: symbol.data)
    names = dict(zip(symbols, names_for([Argument(symbol) for symbol in symbols], NUMPY_LINE), strict=True))
    code = write_code(roots, NUMPY_LINE, names, {})
    known: dict[str, ast.expr] = {}
    for line in code.lines:
        (definition,) = ast.parse(line.text.strip()).body
        assert isinstance(definition, ast.Assign) and isinstance(definition.targets[0], ast.Name)
        known[definition.targets[0].id] = _inlined(definition.value, known)
    entries = [ast.unparse(_inlined(ast.parse(text, mode="eval").body, known)) for text in code.results]
    if any("special." in entry for entry in entries):
        raise NoRuleError("NumPy has no line for this", hint="`calcml code` writes a function with what it needs")
    return f"np.array({_nested(entries, [int(size) for size in whole.shape])})" if whole.shape else entries[0]


class _Inline(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name of ours is what it stands for."""
        return self.known.get(node.id, node)


def _inlined(text: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    found = _Inline(known).visit(text)
    assert isinstance(found, ast.expr)
    return found


def _nested(entries: Sequence[str], shape: Sequence[int]) -> str:
    if len(shape) == 1:
        return f"[{', '.join(entries)}]"
    width = len(entries) // shape[0]
    return "[" + ", ".join(_nested(entries[i * width : (i + 1) * width], shape[1:]) for i in range(shape[0])) + "]"
