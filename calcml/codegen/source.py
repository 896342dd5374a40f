"""A routine's code as the text of one function: bare to be compiled, with docstring and comments to be read."""

from __future__ import annotations

from collections.abc import Sequence

from calcml.codegen.arguments import Layout
from calcml.codegen.emitter import Line
from calcml.codegen.routine import Routine
from calcml.expr import Expr, Number, Symbol
from calcml.render.text import to_text
from calcml.traverse import tree_size

LONG = 60  # nodes or characters; a comment is not longer


def bare_source(routine: Routine, first: Sequence[str] = (), last: Sequence[str] = ()) -> str:
    """The function `f` as it is compiled; `first` and `last` are lines around its body, indented by themselves."""
    code = routine.code()
    depth = "    " if last else ""
    lines = [*first, *[f"{depth}    {line}" for line in routine.rank()]]
    lines += [f"{depth}{'    ' * line.indent}{line.text}" for line in code.lines]
    return "\n".join([*lines, f"{depth}    return {returned(routine, code.results)}", *last, ""])


def readable_source(routine: Routine, name: str = "f") -> str:
    """The function with a docstring, and with what every line computes beside it."""
    code = routine.code()
    lines = [f"def {name}({', '.join(parameters(routine))}):", *_docstring(routine)]
    lines += ["    " + line for line in routine.rank()]
    texts = ["    " * line.indent + line.text for line in code.lines]
    width = min(max(map(len, texts), default=0), LONG)
    lines += [commented(line, width=width) for line in code.lines]
    lines.append(f"    return {returned(routine, code.results)}")
    return "\n".join(lines) + "\n"


def returned(routine: Routine, results: Sequence[str]) -> str:
    """The values in the layout asked for, as lists; or all of them in a row, for a target that stacks arrays."""
    if routine.target.is_lazy:
        return laid_out(routine.layout, iter(results))
    return results[0] if len(results) == 1 else f"({', '.join(results)},)" if results else "()"


def laid_out(layout: Layout, results: object) -> str:
    """A layout as text: [a, b], [[a, b], [c, d]], (a, [b, c])."""
    take = iter(results)  # type: ignore[call-overload]
    if layout.kind is not None:
        parts = [laid_out(part, take) for part in layout.parts]
        inside = ", ".join(parts)
        return f"[{inside}]" if layout.kind is list else f"({inside}{',' if len(parts) == 1 else ''})"
    if not layout.shape:
        return next(take)
    if len(layout.shape) == 1:
        return f"[{', '.join(next(take) for _ in range(int(layout.shape[0])))}]"
    rows, columns = (int(size) for size in layout.shape)
    return f"[{', '.join('[' + ', '.join(next(take) for _ in range(columns)) + ']' for _ in range(rows))}]"


def parameters(routine: Routine) -> list[str]:
    """x0, x1 …: names made here, whatever the symbols are called."""
    return routine.names


def _docstring(routine: Routine) -> list[str]:
    lines = [f'    """{_clean("; ".join(map(short, routine.given)))}', ""]
    for name, argument in zip(parameters(routine), routine.arguments, strict=True):
        lines.append(_clean(f"    {name}: {short(argument.expr)}{', ' + argument.sizes if argument.sizes else ''}"))
    return [*lines, '    """']


def _clean(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''").replace("\n", " ")


def short(expr: Expr) -> str:
    """The expression's text, unless it is long."""
    if tree_size(expr) > LONG:
        return f"a long expression{' of shape ' + str(expr.shape) if expr.shape else ''}"
    text = to_text(expr)
    return text if len(text) <= LONG else text[: LONG - 3] + "..."


def commented(line: Line, opening: str = "  # ", closing: str = "", width: int = 0) -> str:
    """A line of code with what it computes beside it, where that is short."""
    text = "    " * line.indent + line.text
    node = line.node
    if node is None or isinstance(node, (Symbol, Number)) or tree_size(node) > LONG:
        return text
    comment = _clean(to_text(node)).replace("*/", "* /").replace("/*", "/ *")
    return text if len(comment) > LONG else f"{text.ljust(width)}{opening}{comment}{closing}"
