"""An expression as what optimisers want: functions of one flat vector, with gradient and Hessian."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml.binding import free_symbols
from calcml.codegen.arguments import entries_of_arguments, read_arguments
from calcml.codegen.compiled import CompiledFunction, lambdify
from calcml.codegen.kinks import code_gradient
from calcml.codegen.routine import scalars_of
from calcml.codegen.slopes import slopes_of
from calcml.differentiation import resolve
from calcml.errors import InputError, ShapeError
from calcml.expr import Add, Expr, Mul, Symbol, as_expr, make, make2, symbols
from calcml.heads import Matrix, Vector

Floats = NDArray[np.float64]


class Objective:
    """Functions of one flat vector of all variables, which `scipy.optimize.minimize` takes as they are.

    fun(w) -> float · grad(w) -> (n,) · hess(w) -> (n, n) · hessp(w, p) -> (n,) · value_and_grad(w) -> (float, (n,))

    Each is compiled when it is first used. `size` is n; `split(w)` gives the variables their parts of w again.
    """

    def __init__(self, f: Expr, variables: Any, data: Mapping[Any, ArrayLike] | None, stable: bool) -> None:
        self.arguments = read_arguments(variables)
        self.variables = entries_of_arguments(self.arguments)
        self.size = len(self.variables)
        self.stable = stable
        if f.shape:
            raise ShapeError(f"an objective is one number, and {f!r} has shape {f.shape}")
        self.f = scalars_of(resolve(f))[0]
        if stable:  # slopes are taken of the primitives; each compiled function gets its own branches
            from calcml.stable import in_primitives

            self.f = in_primitives([self.f])[0]
        self.data: dict[Expr, NDArray[Any]] = {}
        self.rows: int | None = None
        for name, values in (data or {}).items():
            symbol = Symbol(name) if isinstance(name, str) else as_expr(name)
            self.data[symbol] = np.asarray(values, dtype=np.float64)
            if not symbol.shape:
                self._require_rows(symbol, self.data[symbol])
        missing = free_symbols(self.f) - {s for v in self.variables for s in free_symbols(v)} - set(self.data)
        sizes = {size for symbol in self.data for size in symbol.shape if isinstance(size, str)}
        unknown = sorted(symbol.data for symbol in missing if symbol.data not in sizes)
        if unknown:
            raise InputError(f"{', '.join(unknown)}: neither a variable nor data", hint="data={name: array}")
        self._made: dict[str, CompiledFunction] = {}

    def _require_rows(self, symbol: Expr, values: NDArray[Any]) -> None:
        if values.ndim > 1:
            raise ShapeError(f"{symbol!r}: one number a row is expected, not shape {values.shape}")
        if values.ndim == 1:
            if self.rows not in (None, len(values)):
                raise ShapeError(f"{symbol!r} has {len(values)} rows, and other data {self.rows}")
            self.rows = len(values)

    def split(self, w: ArrayLike) -> dict[Expr, Any]:
        """The variables with their values in a flat vector.

        >>> import calcml as cm
        >>> x, y = cm.symbols("x y")
        >>> {str(name): float(value) for name, value in objective(x*y, [x, y]).split([1, 2]).items()}
        {'x': 1.0, 'y': 2.0}
        """
        flat, found, start = self._flat(w), {}, 0
        for argument in self.arguments:
            shape = tuple(int(size) for size in argument.shape)
            count = int(np.prod(shape))
            found[argument.expr] = flat[start : start + count].reshape(shape)[()]
            start += count
        return found

    def fun(self, w: ArrayLike) -> float:
        """The value."""
        return float(self._summed(self._compiled("fun", lambda: self.f)(*self._given(w))))

    def grad(self, w: ArrayLike) -> Floats:
        """The gradient, shape (n,)."""
        return self._vector(self._compiled("grad", self._slopes)(*self._given(w)))

    def value_and_grad(self, w: ArrayLike) -> tuple[float, Floats]:
        """Both, in one computation that shares what they have in common: `minimize(o.value_and_grad, jac=True)`."""
        value, slopes = self._compiled("both", lambda: (self.f, self._slopes()))(*self._given(w))
        return float(self._summed(value)), self._vector(slopes)

    def hess(self, w: ArrayLike) -> Floats:
        """The Hessian, shape (n, n)."""
        return self._vector(self._compiled("hess", self._second)(*self._given(w)))

    def hessp(self, w: ArrayLike, p: ArrayLike) -> Floats:
        """The Hessian times a vector p, without the Hessian: about the cost of two gradients."""
        flat = np.asarray(p, dtype=np.float64).reshape(-1)
        if flat.shape != (self.size,):
            raise ShapeError(f"a vector of {self.size} numbers is expected, not shape {np.shape(p)}")
        return self._vector(self._compiled("hessp", self._product)(*self._given(w), flat))

    # ---- what is compiled -------------------------------------------------------------------------------------------

    def _slopes(self) -> Expr:
        return make(Vector, None, tuple(slopes_of(self.f, self.variables, stable=self.stable).gradient))

    def _second(self) -> Expr:
        rows = slopes_of(self.f, self.variables, stable=self.stable, hess=True).hessian
        return make(Matrix, None, tuple([make(Vector, None, tuple(row)) for row in rows]))

    def _product(self) -> Expr:
        """d/dw of (gradient · p)."""
        along = symbols("p_direction", (self.size,))
        slopes = slopes_of(self.f, self.variables, stable=self.stable).gradient
        terms = [make2(Mul, slope, along[i + 1]) for i, slope in enumerate(slopes)]
        total = terms[0] if len(terms) == 1 else make(Add, None, tuple(terms))
        return make(Vector, None, tuple(code_gradient(total, self.variables)))

    def _compiled(self, name: str, expression: Callable[[], Any]) -> CompiledFunction:
        found = self._made.get(name)
        if found is None:
            arguments: list[Any] = [make(Vector, None, tuple(self.variables)), *self.data]
            if name == "hessp":
                arguments.append(symbols("p_direction", (self.size,)))
            found = self._made[name] = lambdify(arguments, expression(), stable=self.stable)
        return found

    # ---- what goes in and comes out ---------------------------------------------------------------------------------

    def _flat(self, w: ArrayLike) -> Floats:
        flat = np.asarray(w, dtype=np.float64).reshape(-1)
        if flat.shape != (self.size,):
            raise ShapeError(f"a vector of {self.size} numbers is expected, not shape {np.shape(w)}")
        return flat

    def _given(self, w: ArrayLike) -> list[Any]:
        return [self._flat(w), *self.data.values()]

    def _summed(self, value: Any) -> Any:
        """The sum over the rows of data, where there are any."""
        return value if self.rows is None else np.sum(value, axis=0)

    def _vector(self, value: Any) -> Floats:
        return np.ascontiguousarray(self._summed(value))


def objective(f: Expr, variables: Any, data: Mapping[Any, ArrayLike] | None = None, stable: bool = True) -> Objective:
    """Value, gradient and Hessian of a scalar expression as functions of one flat vector.

    variables: symbols, in the order in which they stand in the vector; a symbol with a shape takes its entries.
    data: arrays by symbol (or name). Symbols without a shape are the columns of a table: f is then the loss of one
    row, and the sum over all rows is computed at once. A symbol with a shape is given whole, for f that adds up itself:
    `cm.Sum(…, i, 1, n)`.

    At kinks the gradient is what the rows of the function table say code uses.

    >>> import calcml as cm
    >>> a, b, t, y = cm.symbols("a b t y")
    >>> o = objective((a*t + b - y)**2, [a, b], data={t: [0, 1, 2], y: [1, 3, 5]})
    >>> o.fun([2, 1]), o.grad([1, 1]).tolist()
    (0.0, [-10.0, -6.0])
    """
    return Objective(as_expr(f), variables, data, stable)
