"""The expression tree: immutable, interned, never evaluated on construction.

`x/x`, `2*(x + 1)` and `exp(log(x))` stay as written. Two expressions are equal exactly when they are the same object,
so hashing and comparing cost nothing and a tree is a DAG. Numbers are exact and never negative: -3 is `Neg(3)` and
one half is `Div(1, 2)`, so every expression has one text and every text one expression. A typed decimal is a number
that remembers its notation. Mathematical equality, differentiation and simplification live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Rational
from typing import TYPE_CHECKING, Any, ClassVar

from calcml import functions
from calcml.decimals import decimal_ratio, digits_of
from calcml.errors import ArityError, InputError, ShapeError, UnknownNameError
from calcml.interning import Node, enter, table
from calcml.interning import Shape as Shape
from calcml.interning import elementwise as elementwise
from calcml.interning import make as make
from calcml.interning import make2 as make2

if TYPE_CHECKING:
    from calcml.derivation import Derivation


class Expr(Node):
    """A node: its head is the class, `data` what a leaf or call carries, `args` its operands.

    shape: () for a scalar, (n,) for a vector, (m, n) for a matrix; a dimension is a number or a name.
    """

    __slots__ = ()

    args: tuple[Expr, ...]
    data: Any
    serial: int
    _digest: int
    _measure: tuple[int, int]
    _size: int
    shape: Shape

    # Which arguments are bound variables (Sum, Derivative ...): symbols that are not free in the node.
    bound: ClassVar[int | None] = None
    # Whether the head has a shape of its own, or checks those of its operands, even where all are scalars.
    checks_shape: ClassVar[bool] = False
    __iter__ = None  # indexing would otherwise make scalars look like sequences

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expressions are immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"expressions are immutable: {name} cannot be deleted")

    def rebuild(self, args: tuple[Expr, ...]) -> Expr:
        """The same head and data over other operands."""
        return make(type(self), self.data, args)

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: object) -> Expr:
        return self

    def __reduce__(self) -> tuple[Callable[[list[Any]], Expr], tuple[list[Any]]]:
        from calcml.flat import from_table, to_table

        return from_table, (to_table(self),)

    # ---- questions ------------------------------------------------------------------------------------------------

    @property
    def free_symbols(self) -> frozenset[Symbol]:
        """The symbols that occur, bound variables excepted."""
        from calcml.binding import free_symbols

        return free_symbols(self)

    def __float__(self) -> float:
        from calcml.evaluation import evaluate_float

        return evaluate_float(self, {})

    # ---- operators ------------------------------------------------------------------------------------------------

    def __add__(self, other: object) -> Expr:
        return _chain(Add, self, other)

    def __radd__(self, other: object) -> Expr:
        return _binary(Add, other, self)

    def __sub__(self, other: object) -> Expr:
        return _binary(Sub, self, other)

    def __rsub__(self, other: object) -> Expr:
        return _binary(Sub, other, self)

    def __mul__(self, other: object) -> Expr:
        return _chain(Mul, self, other)

    def __rmul__(self, other: object) -> Expr:
        return _binary(Mul, other, self)

    def __truediv__(self, other: object) -> Expr:
        return _binary(Div, self, other)

    def __rtruediv__(self, other: object) -> Expr:
        return _binary(Div, other, self)

    def __pow__(self, other: object) -> Expr:
        return _binary(Pow, self, other)

    def __rpow__(self, other: object) -> Expr:
        return _binary(Pow, other, self)

    def __matmul__(self, other: object) -> Expr:
        from calcml.heads import MatMul

        return MatMul(self, other)

    def __neg__(self) -> Expr:
        return make(Neg, None, (self,))

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return make(Call, "abs", (self,))

    def __mod__(self, other: object) -> Expr:
        return make(Call, "mod", (self, as_expr(other)))

    def __lt__(self, other: object) -> Relation:
        return Relation("<", self, other)

    def __le__(self, other: object) -> Relation:
        return Relation("<=", self, other)

    def __gt__(self, other: object) -> Relation:
        return Relation(">", self, other)

    def __ge__(self, other: object) -> Relation:
        return Relation(">=", self, other)

    def __getitem__(self, index: object) -> Expr:
        from calcml.heads import Index

        return Index(self, *(index if isinstance(index, tuple) else (index,)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions on symbols build trees: `1/(1 + np.exp(-x))`."""
        if method != "__call__" or options or any(getattr(value, "ndim", 0) for value in inputs):
            return NotImplemented
        from calcml.tracing.ufuncs import builder_of

        build = builder_of(ufunc.__name__)
        try:
            return NotImplemented if build is None else build(*map(as_expr, inputs))
        except TypeError:  # the other operand is an array of another kind: it is asked next
            return NotImplemented

    # ---- display (the printers are imported when something is printed) ----------------------------------------------

    def __str__(self) -> str:
        from calcml.render.text import to_text

        return to_text(self)

    def __repr__(self) -> str:
        from calcml.render.text import abbreviated

        return abbreviated(self)

    def _repr_latex_(self) -> str:
        from calcml.render.latex import to_latex

        return f"$\\displaystyle {to_latex(self)}$"

    def _sympy_(self) -> Any:
        from calcml.interop.sympy import to_sympy

        return to_sympy(self)

    def diff(self, x: Expr, order: int = 1) -> Expr:
        """The derivative, simplified and checked: `calcml.diff(self, x, order)`."""
        from calcml.operators.derivative import diff

        return diff(self, x, order)

    def derive(self, x: Expr, order: int = 1) -> Derivation:
        """The derivative with its steps: `calcml.derive(self, x, order)`."""
        from calcml.operators.derivative import derive

        return derive(self, x, order)


def make_call(name: str, u: Expr) -> Any:
    """`make(Call, name, (u,))`: a function of one argument, by its canonical name."""
    key = (Call, name, id(u))
    node = table.get(key)
    return enter(key, Call, name, (u,), u.shape) if node is None else node


def scalars_only(data: Any, args: tuple[Expr, ...]) -> Shape:
    """(); ShapeError for an operand that is no scalar."""
    for arg in args:
        if arg.shape:
            raise ShapeError(f"a scalar is expected here, and {arg!r} has shape {arg.shape}")
    return ()


# ---- leaves -------------------------------------------------------------------------------------------------------


class Number(Expr):
    """An exact number ≥ 0: a whole number, or a decimal as it was typed. `data` is the int, or the decimal's text.

    >>> Number(3), Number("0.50"), Number("0.50") is Number("0.5")
    (3, 0.50, False)
    >>> Number.from_float(0.1)
    0.1000000000000000055511151231257827021181583404541015625
    """

    __slots__ = ()
    data: int | str

    def __new__(cls, value: int | str) -> Number:
        """The number; equal text means the identical node."""
        if isinstance(value, str):
            if not all(
                c.isdigit() and c.isascii()
                for c in value.lower().replace(".", "", 1).replace("e-", "e").replace("e", "", 1)
            ):
                raise InputError(f"{value!r} is not a decimal number")
            return make(cls, value, ())
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InputError(f"Number takes a whole number ≥ 0 or a decimal's text, not {value!r}; see calcml.number")
        return make(cls, int(value), ())

    @staticmethod
    def from_float(value: float) -> Expr:
        """The exact binary value of a float. InputError for nan and infinities."""
        numerator, denominator = _finite(value).as_integer_ratio()
        places = denominator.bit_length() - 1
        digits = digits_of(abs(numerator) * 5**places).rjust(places + 1, "0")
        text = f"{digits[:-places]}.{digits[-places:]}" if places else digits + ".0"
        return _signed(Number(text), value < 0)

    @property
    def ratio(self) -> tuple[int, int]:
        """The value as numerator and denominator, in lowest terms.

        >>> Number("2.50").ratio
        (5, 2)
        """
        return (self.data, 1) if isinstance(self.data, int) else decimal_ratio(self.data)


class Symbol(Expr):
    """A variable. `data` is its name in ASCII letters where it has one: λ is the symbol `lambda`, w₁ is `w1`."""

    __slots__ = ()
    data: str

    def __new__(cls, name: str, shape: Shape = ()) -> Symbol:
        """The symbol of that name, or of its Greek or subscripted spelling."""
        from calcml.syntax.names import canonical_name

        return make(cls, canonical_name(name), (), tuple(shape) or None)

    @property
    def name(self) -> str:
        """Its name as text format prints it."""
        return self.data

    @staticmethod
    def shape_of(data: Any, args: tuple[Expr, ...]) -> Shape:
        """Reached for scalars only: a shaped symbol is made with its shape."""
        return ()


class Constant(Expr):
    """e, pi or oo (infinity), and the two truth values."""

    __slots__ = ()
    data: str

    def __new__(cls, name: str) -> Constant:
        """One of the five constants."""
        if name not in CONSTANTS:
            raise InputError(f"{name!r} is not a constant; there are {', '.join(CONSTANTS)}")
        return make(cls, name, ())


CONSTANTS = ("e", "pi", "oo", "true", "false")


# ---- scalar operations -------------------------------------------------------------------------------------------


class Operation(Expr):
    """Heads whose constructor takes operands only, and which act element by element."""

    __slots__ = ()
    arity: ClassVar[int | None] = None
    fewest: ClassVar[int] = 2
    shape_of = staticmethod(elementwise)

    def __new__(cls, *operands: object) -> Any:
        """The operation on these operands; Python numbers become expressions."""
        if cls.arity is not None and len(operands) != cls.arity:
            raise ArityError(f"{cls.__name__} takes {cls.arity} operands, not {len(operands)}")
        if len(operands) < cls.fewest and cls.arity is None:
            raise ArityError(f"{cls.__name__} takes at least {cls.fewest} operands, not {len(operands)}")
        return make(cls, None, tuple(map(as_expr, operands)))


class Add(Operation):
    """A sum as written: `a + b - c` is one node, `Add(a, b, Neg(c))`."""

    __slots__ = ()


class Mul(Operation):
    """A product as written: `a*b*c` is one node."""

    __slots__ = ()


class Neg(Operation):
    """-a."""

    __slots__ = ()
    arity = 1


class Sub(Operation):
    """a - b, when nothing else is added."""

    __slots__ = ()
    arity = 2


class Div(Operation):
    """a/b."""

    __slots__ = ()
    arity = 2


class Pow(Operation):
    """a^b."""

    __slots__ = ()
    arity = 2


class Call(Expr):
    """A function of the table applied to arguments; `data` is its canonical name."""

    __slots__ = ()
    data: str
    shape_of = staticmethod(elementwise)

    def __new__(cls, name: str, *operands: object) -> Call:
        """The function of that name or alias, applied; its number of arguments is checked."""
        spec = functions.find(name)
        if spec is None:
            raise UnknownNameError(f"there is no function {name!r}", hint="see `calcml functions`")
        check_arity(spec, len(operands))
        return make(cls, spec.name, tuple(map(as_expr, operands)))

    @property
    def name(self) -> str:
        """The function's canonical name."""
        return self.data


def check_arity(spec: functions.FunctionSpec, given: int) -> None:
    """Raise ArityError unless the function takes that many arguments."""
    fewest, most = spec.arity
    if given < fewest or (most is not None and given > most):
        if most is None:
            wanted = f"at least {fewest}"
        elif most == fewest:
            wanted = str(fewest)
        else:
            wanted = f"{fewest} to {most}"
        raise ArityError(
            f"{spec.name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {given}",
            hint=f"{spec.name}({', '.join(spec.params).replace('*', '')}): {spec.title}",
        )


# ---- conditions and cases ------------------------------------------------------------------------------------------


class Relation(Expr):
    """a < b and its kin; `data` is one of < <= > >= = !=. It is a condition, not a Python truth value."""

    __slots__ = ()
    data: str

    def __bool__(self) -> bool:
        raise TypeError(f"whether {self!r} holds is not known: it is a condition, not a Python truth value")

    shape_of = staticmethod(scalars_only)

    def __new__(cls, operator: str, lhs: object, rhs: object) -> Relation:
        """The condition `lhs operator rhs`."""
        if operator not in RELATIONS:
            raise InputError(f"{operator!r} is not a relation; there are {' '.join(RELATIONS)}")
        return make(cls, operator, (as_expr(lhs), as_expr(rhs)))


RELATIONS = ("<", "<=", ">", ">=", "=", "!=")


class And(Operation):
    """All of the conditions."""

    __slots__ = ()


class Or(Operation):
    """At least one of the conditions."""

    __slots__ = ()


class Not(Operation):
    """The opposite of a condition."""

    __slots__ = ()
    arity = 1


class Piecewise(Expr):
    """The value of the first case whose condition holds: args are value, condition, value, condition ….

    A last value without a condition is for all other points; without one, the function is undefined there.
    """

    __slots__ = ()
    shape_of = staticmethod(elementwise)

    def __new__(cls, *cases: Any, otherwise: object = None) -> Piecewise:
        """From (value, condition) pairs."""
        args: list[Expr] = []
        for case in cases:
            value, condition = case
            args += (as_expr(value), as_expr(condition))
        if otherwise is not None:
            args.append(as_expr(otherwise))
        if not args:
            raise ArityError("Piecewise takes at least one case")
        return make(cls, None, tuple(args))

    @property
    def cases(self) -> list[tuple[Expr, Expr | None]]:
        """(value, condition) in order; None for the case of all other points."""
        args = self.args
        pairs: list[tuple[Expr, Expr | None]] = [(args[i], args[i + 1]) for i in range(0, len(args) - 1, 2)]
        if len(args) % 2:
            pairs.append((args[-1], None))
        return pairs


_WHOLE = [Number(n) for n in range(64)]  # small numbers are kept: they occur everywhere
ZERO, ONE, TWO = _WHOLE[:3]
E = Constant("e")
PI = Constant("pi")
INFINITY = Constant("oo")
TRUE = Constant("true")
FALSE = Constant("false")


# ---- Python values -------------------------------------------------------------------------------------------------


def as_expr(value: object) -> Expr:
    """An expression for a Python number, exactly; a float enters by its shortest decimal.

    >>> as_expr(-3), as_expr(0.1)
    (-3, 0.1)
    """
    if isinstance(value, Expr):
        return value
    if type(value) is int and 0 <= value < len(_WHOLE):
        return _WHOLE[value]
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return make(Number, value, ()) if value >= 0 else make(Neg, None, (make(Number, -value, ()),))
    if isinstance(value, float):
        text = repr(float(_finite(value)))
        digits = text.removeprefix("-").replace("e+", "e")
        return _signed(make(Number, digits, ()), value < 0)
    if isinstance(value, Rational):
        return rational(int(value.numerator), int(value.denominator))
    if isinstance(value, (list, tuple)):
        from calcml.heads import Matrix, Vector

        items = [as_expr(item) for item in value]
        return Matrix(*items) if items and all(isinstance(item, Vector) for item in items) else Vector(*items)
    if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0:  # a NumPy scalar, without importing NumPy
        item = value.item()  # type: ignore[attr-defined]
        if isinstance(item, (int, float)):
            return as_expr(item)
    if isinstance(value, str):
        raise TypeError(f"{value!r} is text; calcml.parse reads it")
    raise TypeError(f"{type(value).__name__} is not an expression or a real number")


def _finite(value: float) -> float:
    if not isfinite(value):
        raise InputError(f"{value} is not a number calcml can be exact about", hint="infinity is written oo")
    return value


def _signed(node: Expr, negative: bool) -> Expr:
    return make(Neg, None, (node,)) if negative else node


def rational(numerator: int, denominator: int = 1) -> Expr:
    """An exact fraction in lowest terms: 3, -3, 1/2, -1/2.

    >>> rational(-2, 4)
    -1/2
    """
    if denominator == 1 and 0 <= numerator < len(_WHOLE):
        return _WHOLE[numerator]
    if denominator == 0:
        raise ZeroDivisionError("a fraction with denominator 0")
    if denominator != 1:
        from math import gcd

        divisor = gcd(numerator, denominator) * (1 if denominator > 0 else -1)
        numerator, denominator = numerator // divisor, denominator // divisor
    node: Expr = make(Number, abs(numerator), ())
    if denominator != 1:
        node = make(Div, None, (node, make(Number, denominator, ())))
    return make(Neg, None, (node,)) if numerator < 0 else node


def ratio_of(node: Expr) -> tuple[int, int] | None:
    """Numerator and denominator of a number as it can be written without arithmetic (3, -3, 1/2, -1/2, 0.25), or None.

    >>> ratio_of(rational(-1, 2)), ratio_of(Number(2) * Number(3))
    ((-1, 2), None)
    """
    sign = 1
    if type(node) is Neg:
        sign, node = -1, node.args[0]
    if type(node) is Number:
        if type(node.data) is int:
            return sign * node.data, 1
        numerator, denominator = node.ratio
        return sign * numerator, denominator
    if type(node) is Div:
        top, bottom = node.args
        if type(top) is Number and type(bottom) is Number:
            from math import gcd

            (a, b), (c, d) = top.ratio, bottom.ratio
            if c:
                numerator, denominator = a * d, b * c
                divisor = gcd(numerator, denominator)
                return sign * (numerator // divisor), denominator // divisor
    return None


def _binary(head: type[Expr], lhs: object, rhs: object) -> Any:
    try:
        return make2(
            head, lhs if isinstance(lhs, Expr) else as_expr(lhs), rhs if isinstance(rhs, Expr) else as_expr(rhs)
        )
    except TypeError:
        return NotImplemented


# How many terms Python's `+` and `*` collect into one node. `x + y + z` should be one sum; a loop that adds up
# 100,000 terms must not copy them 100,000 times.
CHAIN = 24


def _chain(head: type[Expr], lhs: Expr, rhs: object) -> Any:
    if not isinstance(rhs, Expr):
        try:
            rhs = as_expr(rhs)
        except TypeError:
            return NotImplemented
    if type(lhs) is head and type(rhs) is not head and len(lhs.args) < CHAIN:
        return make(head, None, (*lhs.args, rhs))
    return make2(head, lhs, rhs)


def symbols(names: str, shape: Shape = ()) -> Any:
    """Symbols by name, one or a tuple: `x, y = symbols("x y")`. ParseError for what is not a name.

    >>> x, y = symbols("x y")
    >>> x*y + 1
    x*y + 1
    """
    found = tuple(Symbol(name, shape) for name in names.replace(",", " ").split())
    if not found:
        raise InputError("no name was given")
    return found[0] if len(found) == 1 else found
