"""Normal forms: an expression as a fraction of polynomials over its kernels, and whether it is zero.

Functions are replaced by what their rows define them as, as far as that is elementary; the rest is read bottom-up into
the field of `algebra.field`. An expression whose numerator reduces to 0 is 0 wherever it is defined. The converse
holds where the kernels are independent functions: symbols, and exponentials of independent exponents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from calcml import functions
from calcml.algebra.calls import RULES, call
from calcml.algebra.directions import Refined, Units
from calcml.algebra.field import Product, Undefined, number
from calcml.algebra.kernels import Kernels
from calcml.algebra.polynomials import Poly
from calcml.algebra.powers import exponential, general_power
from calcml.conditions import combined, opposite
from calcml.domains import domain
from calcml.errors import CalcmlError, LimitError
from calcml.expr import (
    FALSE,
    ZERO,
    Add,
    Call,
    Constant,
    Div,
    E,
    Expr,
    Mul,
    Neg,
    Number,
    Piecewise,
    Pow,
    Relation,
    Sub,
    Symbol,
    make,
    rational,
)
from calcml.templates import fill_row
from calcml.traverse import beyond, replace, topological

MAX_NODES = 1000
MAX_READINGS = 12  # of one expression, each with finer units than the one before
MAX_CASES = 32
_LEFT_ALONE = frozenset({"sinc", "dsinc", "sign", "heaviside", "asinh"})  # their definitions are cases, or lose parity


class Fraction(NamedTuple):
    """numerator/denominator without a common factor, polynomials in the kernels (variable i is kernels[i])."""

    numerator: Poly
    denominator: Poly
    kernels: list[Expr]


def normal_form(expr: Expr) -> Fraction:
    """The expression as one fraction over its kernels, reduced by their relations.

    LimitError when it is too large; ZeroDivisionError when it is nowhere defined.

    >>> from calcml.expr import symbols
    >>> x = symbols("x")
    >>> normal_form((x**2 - 1)/(x - 1))
    Fraction(numerator={(1,): 1, (): 1}, denominator={(): 1}, kernels=[x])
    """
    k, value = _read(expr, ())
    above, below = k.field.fraction(value)
    return Fraction(above, below, [kernel.node for kernel in k.field.kernels])


def normal_expression(expr: Expr) -> Expr:
    """The normal form as an expression: a product of powers of polynomials in the kernels. Errors as `normal_form`.

    >>> from calcml.expr import Number, Call
    >>> normal_expression(Call("cos", 2*Call("acos", Number(1)/3)))
    -7/9
    """
    k, value = _read(expr, ())
    return k.expression(value)


def is_zero(expr: Expr, conditions: Sequence[Expr] = ()) -> bool | None:
    """True: 0 wherever it is defined (and the conditions hold). False: not everywhere 0. None: neither is proved.

    >>> from calcml.expr import symbols, Call
    >>> x = symbols("x")
    >>> is_zero(Call("sin", x)**2 + Call("cos", x)**2 - 1), is_zero(x**2 - x)
    (True, False)
    """
    if expr.shape:
        return None
    try:
        root = defined(expr)
        if any(type(node) is Piecewise for node in topological(root)):
            return _is_zero_in_cases(root, conditions) or None
        k, value = _read(expr, conditions)
        if _vanishes(k, value):
            return True
        if any(kernel.name == "sign" for kernel in k.field.kernels):
            return _is_zero_in_cases(root, conditions) or None
        return False if not conditions and _independent(k) else None
    except (CalcmlError, Undefined):  # too large, or with parts whose conditions have no value (an integral)
        return None


def _vanishes(k: Kernels, value: Product) -> bool:
    if not value.top:
        return True
    if any(kernel.name == "abs" for kernel in k.field.kernels):  # (|x| - x)·(|x| + x) is 0 without a factor that is
        above = {atom: n for atom, n in value.powers.items() if n > 0}
        return not k.field.reduced(k.field.opened(above))
    return False


def _independent(k: Kernels) -> bool:
    """Whether no polynomial relation between the kernels can be missing: symbols, and exponentials whose exponents are
    independent polynomials without a constant term."""
    names = {kernel.name for kernel in k.field.kernels}
    if not names <= {"symbol", "exp", "pi"}:
        return False
    plain = all(kernel.name == "symbol" for kernel in k.field.kernels)
    return plain or all(
        set(below) == {()} and ((above == {(): 1} and "pi" not in names) or all(k.depends({e: 1}) for e in above))
        for above, below in k.exponents.basis
    )


# ---- cases -----------------------------------------------------------------------------------------------------------


def _is_zero_in_cases(root: Expr, conditions: Sequence[Expr]) -> bool:
    """Whether it is zero in each case of its case distinctions, and at and away from the jumps of its signs."""
    return all(_is_zero_in_case(case, facts) for case, facts in _cases(root, tuple(conditions)))


def _is_zero_in_case(root: Expr, facts: tuple[Expr, ...]) -> bool:
    try:
        k, value = _read(root, facts)
        if _vanishes(k, value):
            return True
        k.facts()  # a case whose conditions exclude each other is none
        return False
    except Undefined:
        return True  # nothing to show where the case has no value


def _cases(root: Expr, facts: tuple[Expr, ...]) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    work = [(root, facts)]
    count = 0
    while work:
        expr, known = work.pop()
        count += 1
        if count > MAX_CASES:
            raise LimitError("too many cases")
        found = _next_cases(expr)
        if found is None:
            yield expr, known
            continue
        for case, conditions in found:
            together = combined([*known, *conditions])
            if FALSE not in together:
                work.append((case, together))


def _next_cases(expr: Expr) -> list[tuple[Expr, list[Expr]]] | None:
    """The cases of one case distinction or sign of an expression, each with what holds in it; None without any."""
    nodes = topological(expr)
    inner = next((node for node in nodes if type(node) is Piecewise), None)
    if inner is not None:
        tests = inner.args[1::2]
        alike = [node for node in nodes if type(node) is Piecewise and node.args[1::2] == tests]
        alike = [node for node in alike if len(node.args) % 2 == len(inner.args) % 2]
        found = []
        before: list[Expr] = []
        for place in range(0, len(inner.args), 2):
            chosen: dict[Expr, Expr] = {node: node.args[place] for node in alike}
            holds = [inner.args[place + 1]] if place + 1 < len(inner.args) else []
            found.append((replace(expr, chosen), [*before, *holds]))
            before += [opposite(condition) for condition in holds]
        return found
    jump = next((node for node in nodes if type(node) is Call and node.data in ("sign", "heaviside")), None)
    if jump is None:
        return None
    u = jump.args[0]
    found = []
    for test, value in (("<", -1), (">", 1), ("=", 0)):
        step = number(value)
        flat: dict[Expr, Expr] = {}
        for node in nodes:
            if type(node) is Call and node.args == (u,) and node.data in ("sign", "heaviside", "abs"):
                flat[node] = _at_jump(node.data, u, step.top)
        if not value and type(u) is Symbol:
            flat[u] = ZERO
        found.append((replace(expr, flat), [make(Relation, test, (u, ZERO))]))
    return found


def _at_jump(name: str, u: Expr, side: int) -> Expr:
    if name == "abs":
        return u if side > 0 else make(Neg, None, (u,)) if side < 0 else ZERO
    return rational(side) if name == "sign" else rational(1 + side, 2)


# ---- reading ---------------------------------------------------------------------------------------------------------


def defined(expr: Expr) -> Expr:
    """Functions replaced by their definitions in terms of others, where the others have rules of their own."""
    return _defined(expr, {})


def _defined(expr: Expr, values: dict[Expr, Expr]) -> Expr:
    for node in beyond(expr, values):
        args = tuple([values[arg] for arg in node.args])
        fresh = node if args == node.args else node.rebuild(args)
        if type(node) is Call and node.data not in _LEFT_ALONE and node.data not in RULES:
            spec = functions.find(node.data)
            if spec is not None and spec.defined_as and not any(arg.shape for arg in args):
                values.update({arg: arg for arg in args})
                fresh = _defined(fill_row(spec, spec.defined_as, args), values)  # as deep as definitions are nested
        values[node] = fresh
    return values[expr]


def _read(root: Expr, conditions: Sequence[Expr]) -> tuple[Kernels, Product]:
    """The expression over its kernels, read again while units become finer."""
    if len(topological(root)) > MAX_NODES:
        raise LimitError(f"too many nodes: the limit is {MAX_NODES:,}")
    known: list[tuple[Expr, ...]] = []

    def facts() -> tuple[Expr, ...]:
        if not known:
            try:
                known.append(combined([*domain(root), *conditions]))
            except CalcmlError:  # a part that has no value yet, such as an integral: nothing is known of its domain
                known.append(tuple(conditions))
        return known[0]

    units: Units = {}
    for _ in range(MAX_READINGS):
        try:
            k = Kernels(units, facts, _element)
            return k, k.read(root)
        except Refined:
            continue
    raise LimitError("its arguments have too many fractions in them")


_ARITHMETIC = frozenset({Add, Sub, Neg, Mul, Div, Pow, Call})


def _element(k: Kernels, root: Expr) -> Product:
    memo: dict[Expr, Product] = k.field.memo
    root = defined(root)
    stack = [root]
    while stack:
        node = stack[-1]
        if node not in memo:
            pending = [arg for arg in reversed(_operands(node)) if arg not in memo]
            if pending:
                stack += pending
                continue
            memo[node] = _node(k, node, memo)
        stack.pop()
    return memo[root]


def _operands(node: Expr) -> tuple[Expr, ...]:
    if not _is_open(node):
        return ()
    return node.args[1:] if type(node) is Pow and node.args[0] is E else node.args


def _is_open(node: Expr) -> bool:
    """Whether a node is taken apart: scalar arithmetic and functions of scalars."""
    return type(node) in _ARITHMETIC and not node.shape and not any(arg.shape for arg in node.args)


def _node(k: Kernels, node: Expr, memo: dict[Expr, Product]) -> Product:
    field = k.field
    head = type(node)
    if isinstance(node, Number):
        return number(*node.ratio)
    if head is Constant:
        if node.data == "pi":
            return k.pi()
        if node.data != "e":
            raise Undefined(f"{node.data} is no number")
        return exponential(k, number(1))
    if not _is_open(node):
        name = "symbol" if head is Symbol else "other"
        return field.element(field.kernel((name, node), name, node))
    args = [memo[arg] for arg in _operands(node)]
    if head is Add:
        return field.sum(args)
    if head is Sub:
        return field.sum([args[0], field.negated(args[1])])
    if head is Neg:
        return field.negated(args[0])
    if head is Mul:
        return field.product(args)
    if head is Div:
        return field.quotient(*args)
    if head is Pow:
        return exponential(k, args[0]) if node.args[0] is E else general_power(k, *args)
    return call(k, node.data, args)
