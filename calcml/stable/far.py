"""Branches far out: algebraic parts whose intermediate results overflow although their value does not.

With t = 1/x, x/(1 + x^2) is x^(-1)*1/(t^2 + 1): for a large x each node of such a part is a power of x times something
moderate in t. The branch is taken for |x| > 1e18, where no power up to the 17th has overflown yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml.binding import free_symbols
from calcml.build import add_all, div, mul, mul_all, neg, power
from calcml.expr import (
    ONE,
    Add,
    Call,
    Div,
    Expr,
    Mul,
    Neg,
    Piecewise,
    Pow,
    Relation,
    Sub,
    as_expr,
    make,
    ratio_of,
    rational,
)
from calcml.stable.groups import quantities
from calcml.traverse import beyond, dependents, topological

LARGE = 1e18
HIGHEST = 16
FEW = 6  # symbols
GROWTH = 4  # times the nodes there were: then the symbols that are left keep their formula

Scaled = tuple[int, Expr]  # x^degree times a moderate expression

_TRANSPARENT_CALLS = frozenset({"abs", "sqrt", "hypot", "ln", "log1p", "unit"})


def with_branches(root: Expr) -> Expr:
    """The expression with a branch for large values of each symbol whose powers overflow inside.

    With more than a few symbols, for each quantity (see `groups`) instead, in one pass.
    """
    symbols = sorted(free_symbols(root), key=lambda symbol: symbol.data)
    if len(symbols) > FEW:
        return _with_branches(root, quantities(topological(root)))
    nodes = topological(root)
    limit = GROWTH * len(nodes) + 50
    for symbol in symbols:
        nodes = topological(root)
        if len(nodes) > limit:
            break
        moving = dependents([root], [symbol])
        root = _with_branches(root, {node: symbol if node in moving else None for node in nodes})
    return root


def is_far_branch(node: Expr) -> bool:
    """Whether the node is one of the branches made here."""
    return type(node) is Piecewise and type(node.args[1]) is Relation and node.args[1].args[1] is as_expr(LARGE)


Owner = dict[Expr, Expr | None]  # by what a node moves: a symbol or quantity, or None


def _with_branches(root: Expr, quantity: Owner) -> Expr:
    nodes = topological(root)
    degree: dict[Expr, int] = {}
    soft: set[Expr] = set()
    troubled: dict[Expr, None] = {}
    for node in nodes:
        of = quantity[node]
        degree[node] = 1 if of is node else _degree(node, degree, quantity, soft)
        if of is None or of is node:
            continue
        if not _is_transparent(node, soft) or (
            type(node) in (Mul, Div, Neg, Pow) and any(arg in soft for arg in node.args)
        ):
            soft.add(node)  # it may be 0 or infinite where powers of the quantity are not
        if _is_troubled(node, degree, quantity, soft):
            troubled[node] = None
    if not troubled:
        return root
    outside = _outside_branches(root)
    users: dict[Expr, list[Expr]] = {}
    for node in nodes:
        for arg in node.args:
            users.setdefault(arg, []).append(node)
    # from a troubled node up to where its quantity, or algebra, ends
    top: dict[Expr, None] = {}
    climbing = dict(troubled)
    for node in nodes:
        if node in climbing:
            above = users.get(node, ())
            over = [user for user in above if quantity[user] is quantity[node] and _is_transparent(user, soft)]
            climbing |= dict.fromkeys(over)
            if (not over or len(over) < len(above)) and (node, quantity[node]) in outside:
                top[node] = None
    fresh: dict[Expr, Expr] = {}
    far: dict[Expr, dict[Expr, Scaled]] = {}
    for node in nodes:
        args = tuple([fresh[arg] for arg in node.args])
        fresh[node] = node if args == node.args else node.rebuild(args)
        if node in top:
            of = quantity[node]
            assert of is not None
            fresh[node] = _branched(node, of, fresh, quantity, far.setdefault(of, {of: (1, ONE)}), soft)
    return fresh[root]


class _Outside:
    """Nodes that are reached without passing a branch made here for the same quantity."""

    def __init__(self, plain: set[Expr], branched: dict[Expr, set[Expr]]) -> None:
        self.plain = plain
        self.branched = branched

    def __contains__(self, item: tuple[Expr, Expr | None]) -> bool:
        node, of = item
        return node in self.plain or (node in self.branched and of not in self.branched[node])


def _outside_branches(root: Expr) -> _Outside:
    plain: set[Expr] = set()
    branched: dict[Expr, set[Expr]] = {}
    stack = [root]
    inside: list[tuple[Expr, Expr]] = []
    while stack:
        node = stack.pop()
        if node in plain:
            continue
        plain.add(node)
        if is_far_branch(node):
            of = node.args[1].args[0].args[0]
            inside += [(node.args[0], of), (node.args[2], of)]
        else:
            stack += node.args
    while inside:
        node, of = inside.pop()
        if node in plain or of in branched.get(node, ()):
            continue
        branched.setdefault(node, set()).add(of)
        inside += [(arg, of) for arg in node.args]
    return _Outside(plain, branched)


def _is_transparent(node: Expr, soft: set[Expr]) -> bool:
    """Whether the node is algebra; a sum with a term that may vanish is not, its terms are looked at one by one."""
    head = type(node)
    if node.shape:
        return False
    if head is Add or head is Sub:
        return not any(arg in soft for arg in node.args)
    return head in (Mul, Div, Neg, Pow) or (head is Call and node.data in _TRANSPARENT_CALLS)


def _degree(node: Expr, degree: dict[Expr, int], quantity: Owner, soft: set[Expr]) -> int:
    """How fast the node grows with its quantity, as a power; 0 where that is not algebraic."""
    if quantity[node] is None or not _is_transparent(node, soft):
        return 0
    of = quantity[node]
    d = [degree[arg] if quantity[arg] is of else 0 for arg in node.args]
    head = type(node)
    if head is Add or head is Sub:
        return max(d)
    if head is Mul:
        return sum(d)
    if head is Div:
        return d[0] - d[1]
    if head is Pow:
        n = ratio_of(node.args[1])
        return d[0] * n[0] // n[1] if n is not None and abs(n[0]) < 1000 else 0
    if head is Neg or node.data == "abs":
        return d[0]
    if node.data == "sqrt":
        return d[0] // 2
    if node.data == "hypot":
        return max(d)
    return 0


def _is_troubled(node: Expr, degree: dict[Expr, int], quantity: Owner, soft: set[Expr]) -> bool:
    """Whether an operand overflows where the node need not."""
    of = quantity[node]
    if not _is_transparent(node, soft):
        return False
    d = [degree[arg] if quantity[arg] is of else 0 for arg in node.args]
    head = type(node)
    if head is Mul:
        up = sum([k for k in d if k > 0])
        moving = any((k <= 0 and quantity[arg] is of) or arg in soft for k, arg in zip(d, node.args, strict=True))
        return (up >= 2 and moving) or (up >= 1 and min(d) <= -2)  # x*(1/x^4) is lost where 1/x^4 is
    if head is Div:
        return (d[0] >= 1 and d[1] >= 2) or (d[0] >= 2 and d[1] >= 1)
    if head is Add or head is Sub:
        return sum(k >= 2 for k in d) >= 2 and (head is Sub or any(type(arg) is Neg for arg in node.args))
    if head is Pow:
        n = ratio_of(node.args[1])
        return n is not None and n[1] != 1 and d[0] >= 2
    if head is Call and node.data in ("ln", "log1p", "sqrt", "hypot"):
        return max(d) >= 2
    return False


def _branched(
    node: Expr,
    of: Expr,
    fresh: dict[Expr, Expr],
    quantity: Owner,
    far: dict[Expr, Scaled],
    soft: set[Expr],
) -> Expr:
    x = fresh[of]
    t = div(ONE, x)
    for part in beyond(node, far):  # nothing below the quantity, which is known
        far[part] = _scaled(part, t, x, fresh, quantity, far, soft)
    degree, value = far[node]
    if abs(degree) > HIGHEST:
        return fresh[node]
    for _ in range(abs(degree)):
        value = mul(value, x if degree > 0 else t) if value is not ONE else (x if degree > 0 else t)
    condition = make(Relation, ">", (make(Call, "abs", (x,)), as_expr(LARGE)))
    result: Expr = make(Piecewise, None, (value, condition, fresh[node]))
    return result


def _scaled(
    node: Expr,
    t: Expr,
    x: Expr,
    fresh: dict[Expr, Expr],
    quantity: Owner,
    far: dict[Expr, Scaled],
    soft: set[Expr],
) -> Scaled:
    if quantity[node] is None or not _is_transparent(node, soft):
        return 0, fresh[node]
    parts = [far[arg] for arg in node.args]
    head = type(node)
    if head is Neg:
        return parts[0][0], neg(parts[0][1])
    if head is Add or head is Sub:
        d, terms = _levelled(parts, t)
        return d, add_all([terms[0], *[neg(term) if head is Sub else term for term in terms[1:]]])
    if head is Mul:
        return sum([d for d, _ in parts]), mul_all([value for _, value in parts])
    if head is Div:
        return parts[0][0] - parts[1][0], div(parts[0][1], parts[1][1])
    if head is Pow:
        return _scaled_power(node, parts[0], fresh)
    return _scaled_call(node, parts, t, x, fresh)


def _levelled(parts: Sequence[Scaled], t: Expr) -> tuple[int, list[Expr]]:
    """All parts as multiples of the highest power."""
    top = max(d for d, _ in parts)
    return top, [value if d == top else mul(value, power(t, rational(top - d))) for d, value in parts]


def _scaled_power(node: Expr, base: Scaled, fresh: dict[Expr, Expr]) -> Scaled:
    n = ratio_of(node.args[1])
    d, value = base
    if n is None or (n[1] != 1 and d):
        return 0, fresh[node]
    return d * n[0] // n[1], power(value, node.args[1])


def _scaled_call(node: Expr, parts: Sequence[Scaled], t: Expr, x: Expr, fresh: dict[Expr, Expr]) -> Scaled:
    name = node.data
    sign = make(Call, "sign", (x,))

    def signed(d: int, value: Expr) -> Expr:
        return mul(sign, value) if d % 2 else value

    if name == "hypot":
        d, legs = _levelled(parts, t)
        return d, signed(d, make(Call, "hypot", tuple(legs)))
    if name == "unit":
        d, legs = _levelled(parts, t)
        return 0, signed(d, make(Call, "unit", tuple(legs)))
    d, value = parts[0]
    if name == "abs":
        return d, signed(d, make(Call, "abs", (value,)))
    if name == "sqrt":
        if d % 2:
            return 0, fresh[node]
        return d // 2, signed(d // 2, make(Call, "sqrt", (value,)))
    if name == "log1p":
        if d <= 0:
            return 0, fresh[node]
        value = add_all([value, power(t, rational(d))])
    if not d:
        return 0, make(Call, "ln", (value,))
    size = mul(rational(d), make(Call, "ln", (make(Call, "abs", (x,)),)))
    return 0, add_all([size, make(Call, "ln", (signed(d, value),))])
