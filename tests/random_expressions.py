"""Random scalar expressions over x, y and n: every function of the table and every scalar head, sizes 5 to 60."""

from __future__ import annotations

import random
from collections import Counter

import calcml as cm
from calcml.conditions import opposite
from calcml.expr import Expr
from calcml.functions import all_functions
from calcml.heads import Dot, Sum, Vector
from calcml.traverse import topological, tree_size

x, y, n = cm.symbols("x y n")
i = cm.symbols("i")  # of sums
ROWS = list(all_functions())
PICKERS = {"softmax", "log_softmax"}  # their first argument says which component
NUMBERED = {"polygamma", "spherical_jn"}  # their first argument is a whole number
EXPONENTS = [cm.parse(text) for text in ("2", "2", "3", "-1", "-2", "1/2", "-1/2", "1/3", "4")]
NUMBERS = [cm.parse(text) for text in ("0", "1", "2", "3", "5", "1/2", "-1", "0.5", "pi", "e", "10", "2/3")]
RELATIONS = ("<", "<=", ">", ">=", "!=")


def expression(rng: random.Random, size: int) -> Expr:
    """About `size` nodes."""
    if size <= 1:
        return rng.choice([x, x, x, y, n, rng.choice(NUMBERS)])
    kind = rng.random()
    if kind < 0.30:
        return _call(rng, size)
    if kind < 0.38:
        return cm.Pow(expression(rng, size - 2), rng.choice(EXPONENTS))
    if kind < 0.42:
        return cm.Pow(cm.parse("e"), expression(rng, size - 2))
    if kind < 0.44:
        return cm.Pow(expression(rng, size // 2), rng.choice([n, x, expression(rng, max(1, size // 4))]))
    if kind < 0.49:
        return cm.Neg(expression(rng, size - 1))
    if kind < 0.53 and size > 8:
        return _cases(rng, size)
    if kind < 0.56 and size > 6:  # the same part twice, where terms and factors meet
        part = expression(rng, size // 3)
        return rng.choice([cm.Add, cm.Sub, cm.Mul, cm.Div])(cm.Mul(part, expression(rng, size // 4)), part)
    if kind < 0.59 and size > 8:
        return _with_other_heads(rng, size)
    parts = _parts(rng, size - 1, rng.choice([2, 2, 2, 3]) if size > 5 else 2)
    head = rng.choice([cm.Add, cm.Add, cm.Mul, cm.Mul, cm.Div, cm.Sub])
    return head(*(parts if head in (cm.Add, cm.Mul) else parts[:2]))


def _parts(rng: random.Random, size: int, count: int) -> list[Expr]:
    cuts = sorted(rng.randrange(0, max(1, size)) for _ in range(count - 1))
    sizes = [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
    return [expression(rng, max(1, part)) for part in sizes]


def _call(rng: random.Random, size: int) -> Expr:
    row = rng.choice(ROWS)
    fewest, most = row.arity
    count = fewest if most is None or rng.random() < 0.7 else rng.randint(fewest, most)
    if row.is_variadic:
        count = max(3 if row.name in PICKERS else 2, count)
    args = _parts(rng, size - 1, max(1, count))[: max(1, count)]
    if row.name in PICKERS:
        args[0] = cm.as_expr(rng.randint(1, len(args) - 1))
    elif row.name in NUMBERED:
        args[0] = cm.as_expr(rng.randint(0, 3))
    return cm.Call(row.name, *args)


def _with_other_heads(rng: random.Random, size: int) -> Expr:
    """A sum over i, or an inner product."""
    if rng.random() < 0.5:
        return Sum(rng.choice([cm.Add, cm.Mul])(expression(rng, size - 6), i), i, rng.randint(0, 1), rng.randint(2, 4))
    parts = [expression(rng, max(1, size // 4 - 1)) for _ in range(4)]
    return Dot(Vector(*parts[:2]), Vector(*parts[2:]))


def _condition(rng: random.Random, size: int) -> Expr:
    if size > 6 and rng.random() < 0.3:
        first, second = _condition(rng, size // 2), _condition(rng, size // 2)
        return rng.choice([cm.And(first, second), cm.Or(first, second), cm.Not(first)])
    return cm.Relation(rng.choice(RELATIONS), expression(rng, max(1, size // 2)), rng.choice([*NUMBERS[:4], y]))


def _cases(rng: random.Random, size: int) -> Expr:
    part = size // 3
    first, condition, second = expression(rng, part), _condition(rng, part), expression(rng, part)
    return cm.Piecewise((first, condition), (second, opposite(condition)))


def samples(count: int, seed: int) -> list[Expr]:
    """`count` expressions of 5 to 60 nodes, at least half of them not rational functions."""
    rng = random.Random(seed)
    found: list[Expr] = []
    rational = 0
    while len(found) < count:
        expr = expression(rng, rng.randint(5, 45))
        if not 5 <= tree_size(expr) <= 60:
            continue
        if is_rational(expr):
            if 2 * rational >= count:
                continue
            rational += 1
        found.append(expr)
    return found


def is_rational(expr: Expr) -> bool:
    """Whether only arithmetic with whole exponents occurs."""
    for node in topological(expr):
        if isinstance(node, (cm.Call, cm.Piecewise)):
            return False
        if isinstance(node, cm.Pow) and node.args[1] not in EXPONENTS[:5]:
            return False
    return True


def distribution(found: list[Expr]) -> dict[str, object]:
    """What was drawn: sizes in tens, how many are not rational, heads, and how many rows of the table occur."""
    sizes = Counter(tree_size(expr) // 10 * 10 for expr in found)
    heads = Counter(type(node).__name__ for expr in found for node in topological(expr))
    rows = Counter(node.data for expr in found for node in topological(expr) if isinstance(node, cm.Call))
    return {
        "sizes": {f"{low} to {low + 9}": sizes[low] for low in sorted(sizes)},
        "not rational": sum(not is_rational(expr) for expr in found),
        "heads": dict(heads.most_common()),
        "rows": dict(rows.most_common()),
    }
