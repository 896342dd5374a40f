"""Expressions rewritten into the operations a target has; the result is an expression again, and shares as much.

Derivatives are carried out, vectors written out entry by entry, functions the target lacks replaced by what they are
defined as, small powers by products, and cases completed so that a nan decides none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from calcml import functions
from calcml.codegen.particular import particular_call, particular_product
from calcml.codegen.targets import Target, spelling
from calcml.conditions import opposite
from calcml.errors import NoRuleError
from calcml.evaluation import power_kind
from calcml.expr import (
    ONE,
    ZERO,
    And,
    Call,
    Constant,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Not,
    Or,
    Piecewise,
    Pow,
    Relation,
    Symbol,
    make,
    make2,
    make_call,
    ratio_of,
    rational,
)
from calcml.heads import Integral, Limit
from calcml.templates import fill_row
from calcml.traverse import topological

LARGEST_PRODUCT = 8  # u^8 as products is off by at most 3.5 units in the last place; beyond, `power` is closer


def lower(roots: Sequence[Expr], target: Target) -> list[Expr]:
    """The roots in the operations of the target. NoRuleError for what cannot be computed there.

    >>> from calcml.expr import symbols
    >>> from calcml.codegen.targets import NUMPY
    >>> x = symbols("x")
    >>> lower([x**3 + x**2], NUMPY)
    [x*(x*x) + x*x]
    """
    values: dict[Expr, Expr] = {}
    for root in roots:
        _lower_into(values, root, target)
    return [values[root] for root in roots]


def _lower_into(values: dict[Expr, Expr], root: Expr, target: Target) -> Expr:
    for node in topological(root):
        if node in values:
            continue
        args = node.args
        if not args:
            values[node] = node
            continue
        fresh = tuple([values[arg] for arg in args])
        head = type(node)
        if head is Call:
            values[node] = _call(node, fresh, values, target)
        elif head is Pow:
            values[node] = _power(node, fresh, target)
        elif head is Mul:
            values[node] = _multiplied(node, fresh, values, target)
        elif head is Piecewise:
            values[node] = _cases(node, fresh)
        elif head is Integral or head is Limit:
            raise NoRuleError(f"{node!r} is not evaluated: code needs a closed form")
        else:
            values[node] = _rebuilt(node, fresh)
    return values[root]


def _rebuilt(node: Expr, args: tuple[Expr, ...]) -> Expr:
    return node if args == node.args else node.rebuild(args)


def _multiplied(node: Expr, args: tuple[Expr, ...], values: dict[Expr, Expr], target: Target) -> Expr:
    found = None if target.is_exact or target.is_differentiated else particular_product(node)
    return _rebuilt(node, args) if found is None else _lower_into(values, found, target)


def _call(node: Expr, args: tuple[Expr, ...], values: dict[Expr, Expr], target: Target) -> Expr:
    if node.data in _EXTREMA and len(args) > 1 and (target.is_differentiated or target.takes_two):
        return _extremum(node.data, args, target)
    text = spelling(target, node.data, len(args))
    if node.data in _PARTICULAR and not target.is_exact and not target.is_differentiated:
        found = particular_call(node, text is not None)
        if found is not None:
            return _lower_into(values, found, target)
    if node.data == "abs" and type(args[0]) is Neg:
        return _call(node, args[0].args, values, target)
    if text is not None:
        return node if args == node.args else make(Call, node.data, args)
    spec = functions.find(node.data)
    assert spec is not None
    text = spec.defined_as if target.is_exact else spec.code or spec.defined_as
    if not text:
        raise NoRuleError(f"{node.data} is not available for {target.name}")
    return _lower_into(values, fill_row(spec, text, args), target)


_PARTICULAR = frozenset({"softmax", "times_exp"})
_EXTREMA = {"max": "<=", "min": ">="}


def _extremum(name: str, args: tuple[Expr, ...], target: Target) -> Expr:
    """max and min two by two; where slopes matter, a constant that ties with the others wins: it has slope 0."""
    constants = [arg for arg in args if _few_symbols(arg) == set()] if target.is_differentiated else []
    result: Expr | None = None
    for arg in args:
        if arg not in constants:
            result = arg if result is None else make(Call, name, (result, arg))
    for arg in constants:
        if result is None:
            result = arg
        else:
            result = make(Piecewise, None, (arg, make(Relation, _EXTREMA[name], (result, arg)), result))
    assert result is not None
    return result


def _power(node: Expr, args: tuple[Expr, ...], target: Target) -> Expr:
    base, exponent = args
    if base is E:
        return make_call("exp", exponent)
    ratio = ratio_of(exponent)
    if ratio is not None and not target.is_exact:
        top, bottom = ratio
        if bottom == 1 and target.whole_power and top > 0:
            return node if args == node.args else make2(Pow, base, exponent)
        if bottom == 1 and target.whole_power:
            return make2(Div, ONE, make2(Pow, base, rational(-top)))
        if bottom == 1 and 0 < abs(top) <= LARGEST_PRODUCT:
            product = _product(base, abs(top))
            return product if top > 0 else make2(Div, ONE, product)
        if bottom == 2 and abs(top) <= LARGEST_PRODUCT:
            root = make_call("sqrt", base)
            whole = abs(top) // 2
            product = make2(Mul, _product(base, whole), root) if whole else root
            return product if top > 0 else make2(Div, ONE, product)
    if ratio == (0, 1):
        return ONE
    power = node if args == node.args else make2(Pow, base, exponent)
    if power_kind(*node.args) == "moving":  # defined for positive bases only, whatever the exponent turns out to be
        return make(Piecewise, None, (power, make(Relation, ">", (base, ZERO))))
    return power


def _product(base: Expr, count: int) -> Expr:
    """base^count by squaring: x*x is shared with every other power of x."""
    if count == 1:
        return base
    half = _product(base, count // 2)
    square = make2(Mul, half, half)
    return make2(Mul, base, square) if count % 2 else square


def _cases(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The cases; the last one gets its condition written out where a nan would otherwise be taken for it."""
    if len(args) % 2 and len(args) > 1:
        conditions = args[1::2]
        if not _passes_nan_of(conditions, args[-1]):
            rest = tuple([opposite(condition) for condition in conditions])
            args = (*args, rest[0] if len(rest) == 1 else make(And, None, rest))
    return node if args == node.args else make(Piecewise, None, args)


def _passes_nan_of(conditions: tuple[Expr, ...], value: Expr) -> bool:
    """Whether a nan among what the conditions are about makes the value nan: seen where both are small."""
    asked, found = _few_symbols(*conditions), _few_symbols(value)
    return asked is not None and found is not None and asked <= found


def _few_symbols(*roots: Expr) -> set[Expr] | None:
    """The symbols of small expressions; None for large ones, so that cases in cases stay linear."""
    seen: set[Expr] = set(roots)
    stack = list(roots)
    while stack:
        if len(seen) > _SMALL:
            return None
        for arg in stack.pop().args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return {node for node in seen if type(node) is Symbol}


_SMALL = 60  # nodes


_FLAGS = frozenset({Relation, And, Or, Not})


def is_flag(node: Expr) -> bool:
    """Whether the value is true or false, not a number."""
    return type(node) in _FLAGS or (type(node) is Constant and node.data in ("true", "false"))
