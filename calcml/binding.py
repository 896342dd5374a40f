"""Free and bound: the symbols an expression depends on, and replacing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from calcml.expr import Expr, Symbol, as_expr
from calcml.traverse import replace, topological


def free_symbols(*roots: Expr) -> frozenset[Symbol]:
    """The symbols that occur free in any of the expressions."""
    seen = set(roots)
    stack = list(seen)
    symbols: list[Symbol] = []
    while stack:  # in any order: this is asked often
        node = stack.pop()
        if type(node) is Symbol:
            symbols.append(node)
        elif node.bound is not None:
            return _free_of_bound(roots)
        for arg in node.args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return frozenset(symbols)


def has_symbols(root: Expr) -> bool:
    """Whether a symbol occurs free; most expressions show one on the first way down."""
    node = root
    while node.args and node.bound is None:
        node = node.args[0]
    return type(node) is Symbol or bool(free_symbols(root))


def _free_of_bound(roots: tuple[Expr, ...]) -> frozenset[Symbol]:
    """The free symbols where some are bound: the index of a sum is its own."""
    nodes = topological(*roots)
    free: dict[Expr, frozenset[Symbol]] = {}
    for node in nodes:
        if isinstance(node, Symbol):
            free[node] = frozenset((node,))
            continue
        inside = frozenset().union(*(free[arg] for arg in node.args)) if node.args else frozenset()
        if node.bound is not None:
            variable = node.args[node.bound]
            outside = [free[arg] for arg in node.args[2:]]
            inside = (free[node.args[0]] - {variable}).union(*outside)
        free[node] = inside
    return frozenset().union(*(free[root] for root in roots))


def substitute(root: Expr, mapping: Mapping[Any, object]) -> Expr:
    """Replace free symbols (or whole subexpressions) by expressions, all at once; nothing is evaluated.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> substitute(x**2 + x, {x: 3})
    3^2 + 3
    """
    wanted = {as_expr(old): as_expr(new) for old, new in mapping.items()}
    nodes = topological(root)
    if not any(node.bound for node in nodes):
        return replace(root, wanted)
    incoming = free_symbols(*wanted.values()) if wanted else frozenset()
    values: dict[Expr, Expr] = {}
    for node in nodes:
        if node in wanted:
            values[node] = wanted[node]
            continue
        fresh = tuple([values[arg] for arg in node.args])
        if node.bound is not None:
            variable = node.args[node.bound]
            body = node.args[0]
            inner = {old: new for old, new in wanted.items() if old is not variable}
            if variable in incoming and free_symbols(body) & set(inner):
                renamed = _fresh_symbol(variable, free_symbols(body) | incoming)
                body, variable = substitute(body, {variable: renamed}), renamed
            fresh = (substitute(body, inner), variable, *fresh[2:])
        values[node] = node if fresh == node.args else node.rebuild(fresh)
    return values[root]


def _fresh_symbol(symbol: Expr, taken: Iterable[Expr]) -> Symbol:
    names = {node.data for node in taken}
    return next(
        Symbol(f"{symbol.data}_{n}")
        for n in count(1)
        if f"{symbol.data}_{n}" not in names and f"{symbol.data}{n}" not in names
    )
