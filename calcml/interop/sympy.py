"""SymPy: expressions to it and from it. The only module that imports SymPy.

SymPy evaluates what it builds, so `x/x` arrives there as 1; conversion back therefore gives an expression with the
same meaning, not always the same tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calcml import functions
from calcml.errors import InputError, MissingBackendError, NoRuleError
from calcml.expr import (
    INFINITY,
    PI,
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
    rational,
)
from calcml.heads import Derivative, Index, Integral, Matrix, Sum, Vector
from calcml.templates import fill_row
from calcml.traverse import topological


def _sympy() -> Any:
    try:
        import sympy
    except ImportError:
        raise MissingBackendError("SymPy is not installed", hint="pip install sympy") from None
    return sympy


def to_sympy(expr: Expr) -> Any:
    """The expression as SymPy builds it; its symbols are real.

    >>> from calcml.expr import symbols
    >>> to_sympy(symbols("x")**2 + 1)
    x**2 + 1
    """
    sp = _sympy()
    values: dict[Expr, Any] = {}
    for node in topological(expr):
        values[node] = _to_sympy(node, [values[arg] for arg in node.args], sp)
    return values[expr]


def _to_sympy(node: Expr, args: list[Any], sp: Any) -> Any:
    head = type(node)
    if isinstance(node, Number):
        return sp.Rational(*node.ratio)
    if head is Symbol:
        return sp.Symbol(node.data, real=True)
    if head is Constant:
        return {"e": sp.E, "pi": sp.pi, "oo": sp.oo, "true": sp.true, "false": sp.false}[node.data]
    if head is Call:
        return _call_to_sympy(node, args, sp)
    if head is Piecewise:
        cases = [(args[i], args[i + 1]) for i in range(0, len(args) - 1, 2)]
        return sp.Piecewise(*cases, *([(args[-1], True)] if len(args) % 2 else []))
    if head is Relation:
        return {"<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}[node.data](*args)
    build: dict[type[Expr], Callable[..., Any]] = {
        Add: sp.Add,
        Mul: sp.Mul,
        Pow: sp.Pow,
        Neg: lambda a: -a,
        Sub: lambda a, b: a - b,
        Div: lambda a, b: a / b,
        And: sp.And,
        Or: sp.Or,
        Not: sp.Not,
        Vector: lambda *items: sp.ImmutableMatrix(items),
        Matrix: lambda *rows: sp.ImmutableMatrix([list(row) for row in rows]),
        Derivative: lambda f, x, n=1: sp.Derivative(f, (x, n)),
        Integral: lambda f, x, *ends: sp.Integral(f, (x, *ends)),
        Sum: lambda f, i, a, b: sp.Sum(f, (i, a, b)),
        Index: lambda body, *indices: body[tuple(i - 1 for i in indices)],
    }
    if head not in build:
        raise NoRuleError(f"{head.__name__} has no SymPy counterpart here")
    return build[head](*args)


_compiled: dict[tuple[str, int], Callable[..., Any]] = {}


def _call_to_sympy(node: Expr, args: list[Any], sp: Any) -> Any:
    spec = functions.find(node.data)
    assert spec is not None
    if not spec.sympy:
        return to_sympy_in(fill_row(spec, spec.defined_as, node.args), node.args, args, sp)
    key = (spec.name, len(args))
    if key not in _compiled:
        from calcml.evaluation import compile_row

        _compiled[key] = compile_row(spec, spec.sympy, len(args), vars(sp))
    return _compiled[key](*args)


def to_sympy_in(expr: Expr, known: tuple[Expr, ...], converted: list[Any], sp: Any) -> Any:
    """A definition converted, its arguments being known already."""
    values: dict[Expr, Any] = dict(zip(known, converted, strict=True))
    for node in topological(expr):
        if node not in values:
            values[node] = _to_sympy(node, [values[arg] for arg in node.args], sp)
    return values[expr]


def number_by_sympy(expr: Expr) -> float | None:
    """The value of an expression without symbols as SymPy computes it; None where that is no real number.

    >>> from calcml.expr import Call
    >>> number_by_sympy(Call("sign", -2))
    -1.0
    """
    value = _sympy().N(to_sympy(expr), 20)
    return float(value) if value.is_real and value.is_finite else None


def from_sympy(value: Any) -> Expr:
    """A calcml expression with the meaning of a SymPy one. InputError for what has no counterpart.

    >>> import sympy
    >>> from_sympy(sympy.sin(sympy.Symbol("x"))**2)
    sin(x)^2
    """
    sp = _sympy()
    values: dict[Any, Expr] = {}
    stack: list[tuple[Any, bool]] = [(sp.sympify(value), False)]
    while stack:
        item, ready = stack.pop()
        if item in values:
            continue
        operands = _operands(item, sp)
        if ready or not operands:
            values[item] = _from_sympy(item, [values[arg] for arg in operands], sp)
        else:
            stack.append((item, True))
            stack.extend((arg, False) for arg in operands)
    return values[sp.sympify(value)]


def _operands(item: Any, sp: Any) -> list[Any]:
    if isinstance(item, sp.Piecewise):
        return [part for pair in item.args for part in pair.args]
    return [] if isinstance(item, (sp.Rational, sp.Float)) else list(item.args)


def _from_sympy(item: Any, args: list[Expr], sp: Any) -> Expr:
    if isinstance(item, sp.Rational):
        return rational(int(item.p), int(item.q))
    if isinstance(item, sp.Float):
        return rational(*map(int, sp.Rational(item).as_numer_denom()))
    if isinstance(item, sp.Symbol):
        return Symbol(item.name)
    constants = {sp.E: E, sp.pi: PI, sp.oo: INFINITY, sp.true: Constant("true"), sp.false: Constant("false")}
    if not args:
        found = constants.get(item)
        if found is None:
            raise InputError(f"SymPy's {item!r} has no counterpart in calcml")
        return found
    if isinstance(item, sp.Pow):
        return _power(args)
    if isinstance(item, (sp.Add, sp.Mul)):
        return make(Add if isinstance(item, sp.Add) else Mul, None, tuple(args))
    if isinstance(item, sp.Piecewise):
        if args[-1] is Constant("true"):
            args.pop()
        return make(Piecewise, None, tuple(args))
    if isinstance(item, sp.core.relational.Relational):
        sign = {"==": "=", "!=": "!="}.get(item.rel_op, item.rel_op)
        return make(Relation, sign, tuple(args))
    if isinstance(item, (sp.And, sp.Or)):
        return make(And if isinstance(item, sp.And) else Or, None, tuple(args))
    if isinstance(item, sp.Not):
        return Not(*args)
    if isinstance(item, sp.Heaviside) and args[1] is rational(1, 2):
        args.pop()  # the value at 0, which is the one of our row
    name = _FUNCTION_NAMES.get(type(item).__name__, type(item).__name__.lower())
    spec = functions.find(name)
    if spec is None:
        raise InputError(f"SymPy's {type(item).__name__} has no counterpart in calcml")
    return Call(name, *args)


def _power(args: list[Expr]) -> Expr:
    base, exponent = args
    if exponent is rational(1, 2):
        return Call("sqrt", base)
    return Pow(base, exponent)


# SymPy's names where lower case does not give ours.
_FUNCTION_NAMES = {
    "log": "ln",
    "loggamma": "lgamma",
    "Abs": "abs",
    "ceiling": "ceil",
    "Mod": "mod",
    "Heaviside": "heaviside",
}
