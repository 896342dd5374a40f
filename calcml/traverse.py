"""Walks over expressions. All of them are iterative: depth costs memory, never the interpreter's stack.

An expression is a DAG; each walk visits a shared node once. This module knows `args` and `rebuild`, and no head.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from calcml.interning import Node

if TYPE_CHECKING:
    from calcml.expr import Expr

T = TypeVar("T")


def topological(*roots: Expr) -> list[Expr]:
    """Every node reachable from the roots, each once, operands before users, from left to right.

    The order depends on the expressions alone, not on when they were built or on what else is alive, and so does
    everything that is computed in it.
    """
    found: dict[Expr, None] = {}
    stack = list(reversed(roots))
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node in found:
            continue
        args = node.args
        # One and two operands are most of all nodes, and are worth their own lines.
        if len(args) == 1:
            if args[0] not in found:
                push(node)
                push(args[0])
                continue
        elif len(args) == 2:
            left, right = args
            if left not in found:
                push(node)
                if right not in found:
                    push(right)
                push(left)
                continue
            if right not in found:
                push(node)
                push(right)
                continue
        elif args:
            missing = [arg for arg in args if arg not in found]
            if missing:
                push(node)
                missing.reverse()
                stack += missing
                continue
        found[node] = None
    return list(found)


def beyond(root: Expr, known: Container[Expr]) -> list[Expr]:
    """The nodes below `root`, itself included, that are not known yet, operands before users.

    Nothing below a known node is looked at: filling a memo for one more expression costs what is new in it.
    """
    if root in known:
        return []
    found: dict[Expr, None] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node not in found:
            pending = len(stack)
            for arg in reversed(node.args):
                if arg not in found and arg not in known:
                    stack.append(arg)
            if len(stack) > pending:
                continue
            found[node] = None
        stack.pop()
    return list(found)


def without_note(root: Expr, note: str) -> list[Expr]:
    """The nodes below `root`, itself included, on which a note is not made yet, operands before users."""
    if hasattr(root, note):
        return []
    found: dict[Expr, None] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node not in found:
            pending = len(stack)
            for arg in reversed(node.args):
                if arg not in found and not hasattr(arg, note):
                    stack.append(arg)
            if len(stack) > pending:
                continue
            found[node] = None
        stack.pop()
    return list(found)


def fold(root: Expr, visit: Callable[[Expr, list[T]], T]) -> T:
    """Bottom-up value of a tree: `visit(node, values of its args)`, once per node."""
    values: dict[Expr, T] = {}
    for node in topological(root):
        values[node] = visit(node, [values[arg] for arg in node.args])
    return values[root]


def rewrite_bottom_up(root: Expr, visit: Callable[[Expr], Expr]) -> Expr:
    """Rebuild a tree from its leaves; `visit` gets each node with its args already rewritten."""
    values: dict[Expr, Expr] = {}
    for node in topological(root):
        args = node.args
        if args:
            fresh = tuple([values[arg] for arg in args])
            if fresh != args:
                values[node] = visit(node.rebuild(fresh))
                continue
        values[node] = visit(node)
    return values[root]


def replace(root: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """Replace whole subexpressions, found by identity. Bound variables are not treated: see `expr.substitute`."""
    values: dict[Expr, Expr] = {}
    for node in topological(root):
        if node in mapping:
            values[node] = mapping[node]
        elif node.args:
            fresh = tuple([values[arg] for arg in node.args])
            values[node] = node if fresh == node.args else node.rebuild(fresh)
        else:
            values[node] = node
    return values[root]


def count_nodes(*roots: Expr) -> int:
    """Nodes of the DAG: what a computation costs."""
    return len(topological(*roots))


def has_at_most(most: int, *roots: Expr, ends: Container[Expr] = ()) -> bool:
    """Whether there are no more nodes than that, those below `ends` left out; a large graph is not walked."""
    seen: set[Expr] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if len(seen) > most:
                return False
            if node not in ends:
                stack += node.args
    return True


def tree_size(root: Expr) -> int:
    """Nodes of the tree that would be written out: what a reader sees. It can be astronomical."""
    for node in without_note(root, "_size"):
        _note_size(node, 1 + sum([arg._size for arg in node.args]))
    return root._size


_note_size = Node.__dict__["_size"].__set__


def height(root: Expr) -> int:
    """Longest path from the root to a leaf, in edges."""
    return fold(root, lambda node, heights: 1 + max(heights) if heights else 0)


def dependents(roots: Iterable[Expr], leaves: Iterable[Expr]) -> set[Expr]:
    """The nodes below `roots` in which one of `leaves` occurs."""
    found = set(leaves)
    for node in topological(*roots):
        for arg in node.args:
            if arg in found:
                found.add(node)
                break
    return found


def path_to(root: Expr, target: Expr) -> tuple[int, ...] | None:
    """The argument numbers that lead to the first occurrence of a node, for an error's caret."""
    above: dict[Expr, tuple[Expr, int]] = {}
    stack = [root]
    seen = {root}
    while stack:
        node = stack.pop()
        for position, arg in enumerate(node.args):
            if arg not in seen:
                seen.add(arg)
                above[arg] = (node, position)
                stack.append(arg)
    if target not in seen:
        return None
    path: list[int] = []
    while target is not root:
        target, position = above[target]
        path.append(position)
    return tuple(reversed(path))
