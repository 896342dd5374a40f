"""`lambdify`: an expression as a function that computes it, quickly, for numbers or arrays."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from calcml.codegen.arguments import read_arguments
from calcml.codegen.routine import Routine
from calcml.codegen.source import readable_source
from calcml.codegen.targets import find_backend
from calcml.errors import ShapeError
from calcml.expr import Expr
from calcml.heads import Vector

# back end: the module that runs its code
_RUNNERS = {
    "numpy": "calcml.codegen.run_numpy",
    "math": "calcml.codegen.run_scalars",
    "mpmath": "calcml.codegen.run_scalars",
    "jax": "calcml.codegen.run_jax",
    "torch": "calcml.codegen.run_torch",
}


class CompiledFunction:
    """What `lambdify` returns: call it with the values of the arguments, in their order.

    args, expr, backend, stable    what it was made from; pickle stores these, and compiles again
    source                         the code, with comments; on arrays NumPy runs the same operations into reused arrays
    """

    __slots__ = ("__weakref__", "_routine", "_with_slopes", "args", "backend", "expr", "stable")

    args: Any
    expr: Any
    backend: str
    stable: bool
    _routine: Routine
    _with_slopes: CompiledFunction | None

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return lambdify, (self.args, self.expr, self.backend, self.stable)

    def __repr__(self) -> str:
        return f"lambdify({self.args!r}, {self.expr!r}, backend={self.backend!r})"

    def __call__(self, *values: Any) -> Any:
        """The value; replaced in every function that is made."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """The code, readable: the expression and the arguments in its docstring, a comment on every line."""
        return readable_source(self._routine)

    def value_and_grad(self, *values: Any) -> tuple[Any, Any]:
        """The value and the gradient, computed together; for one scalar expression.

        The gradient has an entry for every argument (for every entry of a vector) in their order, behind the axes of
        data. At kinks it is what the rows of the function table say code uses.

        >>> import calcml as cm
        >>> x, y = cm.symbols("x y")
        >>> cm.lambdify([x, y], x * y**2, backend="math").value_and_grad(3.0, 2.0)
        (12.0, [4.0, 12.0])
        """
        if self._with_slopes is None:
            from calcml.codegen.arguments import entries_of_arguments
            from calcml.codegen.routine import scalars_of
            from calcml.codegen.slopes import slopes_of
            from calcml.differentiation import resolve

            if not isinstance(self.expr, Expr) or self.expr.shape:
                raise ShapeError("value_and_grad is for one scalar expression")
            (f,) = scalars_of(resolve(self.expr))
            found = slopes_of(f, entries_of_arguments(self._routine.arguments), stable=self.stable)
            both = (found.value, Vector(*found.gradient))
            self._with_slopes = lambdify(self.args, both, self.backend, self.stable)
        value, gradient = self._with_slopes(*values)
        return value, gradient

    def grad(self, *values: Any) -> Any:
        """The gradient, as `value_and_grad` has it."""
        return self.value_and_grad(*values)[1]


def lambdify(args: Any, expr: Any, backend: str = "numpy", stable: bool = True) -> CompiledFunction:
    """A function of `args` that computes `expr`.

    args: a symbol, or a list of them; a vector of symbols (or a list in the list) is one argument.
    expr: an expression, or a list or tuple of them. Subexpressions are computed once, however often they occur.
    backend: "numpy", "math" (plain floats), "mpmath" (any precision: what `mpmath.mp.dps` says), "jax" or "torch".
    stable: rewritten so that no digits are lost where that can be avoided; False computes the formula as it stands.

    Data axes lead: for arguments that broadcast to the shape B a scalar has shape B, a vector B + (n,), a matrix
    B + (m, n), and constants broadcast too. An argument of shape (n,) is given as an array B + (n,). float32 and
    float64 are kept. Angles are in radians. Outside the domain the value is nan (or, of arrays, infinite).

    InputError for a symbol that is not among the arguments, NoRuleError for what the back end cannot compute,
    MissingBackendError where a package is not installed; when called, ArityError and ShapeError.

    >>> import calcml as cm
    >>> x, y = cm.symbols("x y")
    >>> f = cm.lambdify([x, y], x**2 + y, backend="math")
    >>> f(3.0, 4.0)
    13.0
    """
    target = find_backend(backend)
    arguments = read_arguments(args)
    routine = Routine(arguments, expr, target, stable)
    runner = import_module(_RUNNERS[backend])
    # An instance whose class calls the compiled function itself: there is nothing in between.
    kind: Any = type("CompiledFunction", (CompiledFunction,), {"__slots__": ()})

    def settle(call: Callable[..., Any]) -> None:
        kind.__call__ = staticmethod(call)

    settle(runner.callable_for(routine, settle))
    made = kind()
    made.args, made.expr, made.backend, made.stable = args, expr, backend, stable
    made._routine, made._with_slopes = routine, None
    return made
