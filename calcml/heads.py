"""The heads beyond scalar arithmetic: vectors, matrices and their entries, and operators with a bound variable.

With them stands the list of all heads, by name.
"""

from __future__ import annotations

from typing import Any, ClassVar

from calcml.errors import ArityError, InputError, ShapeError
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
    Operation,
    Or,
    Piecewise,
    Pow,
    Relation,
    Shape,
    Sub,
    Symbol,
    as_expr,
    make,
    scalars_only,
)

# ---- vectors, matrices, indices ------------------------------------------------------------------------------------


class Vector(Operation):
    """[a, b, c]: a column of shape (n,)."""

    __slots__ = ()
    checks_shape = True
    fewest = 1

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """(n,)."""
        scalars_only(data, args)
        return (len(args),)


class Matrix(Operation):
    """[[a, b], [c, d]]: its operands are rows, vectors of one length."""

    __slots__ = ()
    checks_shape = True
    fewest = 1

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """(rows, columns)."""
        widths = {arg.shape for arg in args}
        if len(widths) != 1 or not all(isinstance(arg, Vector) for arg in args):
            raise ShapeError("the rows of a matrix must be vectors of one length")
        return (len(args), *next(iter(widths)))


class Index(Expr):
    """X[i, j]: an entry, counted from 1 as in mathematics."""

    __slots__ = ()
    checks_shape = True

    def __new__(cls, body: object, *indices: object) -> Index:
        """The entry of `body` at these places."""
        return make(cls, None, (as_expr(body), *map(as_expr, indices)))

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """The dimensions that are left."""
        body, *indices = args
        if not indices or len(indices) > len(body.shape):
            raise ShapeError(f"{body!r} has {len(body.shape)} dimensions, and {len(indices)} indices were given")
        scalars_only(data, tuple(indices))
        for index, size in zip(indices, body.shape, strict=False):
            if isinstance(index, Number) and isinstance(size, int) and not 1 <= index.ratio[0] <= size:
                raise ShapeError(f"index {index!r} is outside 1 to {size}")
        return body.shape[len(indices) :]


class Dot(Operation):
    """The inner product of two vectors."""

    __slots__ = ()
    checks_shape = True
    arity = 2

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """() for two vectors of one length."""
        if len(args[0].shape) != 1 or args[0].shape != args[1].shape:
            raise ShapeError(f"dot takes two vectors of one length, not shapes {args[0].shape} and {args[1].shape}")
        return ()


class MatMul(Operation):
    """The product of a matrix and a matrix or vector."""

    __slots__ = ()
    checks_shape = True
    arity = 2

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """(m, k)·(k, n) is (m, n); (m, k)·(k,) is (m,)."""
        left, right = args[0].shape, args[1].shape
        if len(left) != 2 or len(right) not in (1, 2) or left[1] != right[0]:
            raise ShapeError(f"matmul: shapes {left} and {right} do not fit: inner dimensions must agree")
        return (left[0], *right[1:])


# ---- operators with a bound variable -------------------------------------------------------------------------------


class _Binder(Expr):
    __slots__ = ()
    bound: ClassVar[int | None] = 1
    allowed: ClassVar[tuple[int, ...]] = ()

    def __new__(cls, *operands: object) -> Any:
        args = tuple(map(as_expr, operands))
        if len(args) not in cls.allowed or not cls._is_variable(args[1]):
            raise ArityError(f"{cls.__name__} takes an expression, a symbol and its range")
        return make(cls, None, args)

    @staticmethod
    def _is_variable(node: Expr) -> bool:
        return isinstance(node, Symbol)

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """The shape of the body."""
        return args[0].shape


class Sum(_Binder):
    """Sum(body, i, first, last)."""

    __slots__ = ()
    allowed = (4,)


class Derivative(_Binder):
    """An unevaluated derivative: Derivative(body, x) or Derivative(body, x, order). x stays free in it.

    x: a symbol, or an entry w[1] of one.
    """

    __slots__ = ()
    bound = None
    allowed = (2, 3)

    @staticmethod
    def _is_variable(node: Expr) -> bool:
        return isinstance(node, Symbol) or (isinstance(node, Index) and isinstance(node.args[0], Symbol))


class Integral(_Binder):
    """An unevaluated integral: Integral(body, x) or Integral(body, x, from, to)."""

    __slots__ = ()
    allowed = (2, 4)


class Limit(_Binder):
    """An unevaluated limit: Limit(body, x, to). `data` is the side: both, left or right."""

    __slots__ = ()
    allowed = (3,)

    def __new__(cls, body: object, x: object, to: object, side: str = "both") -> Limit:
        """From both sides, or one."""
        if side not in ("both", "left", "right"):
            raise InputError(f"a limit is taken from both sides, left or right, not {side!r}")
        return make(cls, side, (as_expr(body), as_expr(x), as_expr(to)))


HEADS: dict[str, type[Expr]] = {
    head.__name__: head
    for head in (
        Number,
        Symbol,
        Constant,
        Add,
        Mul,
        Neg,
        Sub,
        Div,
        Pow,
        Call,
        Relation,
        And,
        Or,
        Not,
        Piecewise,
        Vector,
        Matrix,
        Index,
        Dot,
        MatMul,
        Sum,
        Derivative,
        Integral,
        Limit,
    )
}
