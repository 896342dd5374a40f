"""JAX: a jitted function that works under jit, vmap and grad; float32 or float64 as JAX is set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from calcml.codegen.arguments import Argument, Layout, require_shape
from calcml.codegen.helpers import helpers_for
from calcml.codegen.routine import Routine
from calcml.codegen.source import bare_source, parameters
from calcml.errors import ArityError, InputError, MissingBackendError, ShapeError
from calcml.executable import function_from


def callable_for(routine: Routine, _: Callable[..., Any]) -> Callable[..., Any]:
    """The function that takes numbers and arrays of JAX (or NumPy)."""
    try:
        import jax
        import jax.numpy as jnp
        import jax.scipy.special as scipy

        from calcml.numeric import jax_
    except ImportError:
        raise MissingBackendError("JAX is not installed", hint='pip install "calcml[jax]"') from None
    source = source_for(routine)
    names = {"__builtins__": {"max": max, "int": int}, "jax": jax, "jnp": jnp, "scipy": scipy, "special": jax_}
    inner = function_from(source, "f", names)
    arguments, layout = routine.arguments, routine.layout

    def compute(*values: Any) -> Any:
        # Traced once for each kind of arguments: what is checked here costs later calls nothing.
        if len(values) != len(arguments):
            raise ArityError(f"{len(arguments)} arguments are expected, and {len(values)} were given")
        given = [_real(argument, value) for argument, value in zip(arguments, values, strict=True)]
        shapes = [_data(argument, array) for argument, array in zip(arguments, given, strict=True)]
        try:
            data = jnp.broadcast_shapes(*shapes)
        except ValueError:
            found = ", ".join(map(str, shapes))
            raise ShapeError(f"the shapes {found} of the arguments do not broadcast to one") from None
        dtype = jnp.result_type(*given, float) if not given else jnp.result_type(*given)
        results = inner(*given)
        return _laid_out(layout, iter(results if len(routine.roots) != 1 else (results,)), data, dtype)

    jitted = jax.jit(compute)

    def call(*values: Any) -> Any:
        try:
            return jitted(*values)
        except (TypeError, ValueError, OverflowError):
            for argument, value in zip(arguments, values, strict=False):
                try:
                    jnp.asarray(value)
                except (TypeError, ValueError, OverflowError):
                    what = f"{argument.expr!r}: a number or an array is expected, not {value!r:.60}"
                    raise InputError(what) from None
            raise

    def _real(argument: Argument, value: Any) -> Any:
        """Numbers as they are, whole ones as floats, lists as arrays."""
        array = value if isinstance(value, jax.Array) else jnp.asarray(value)
        kind = jnp.result_type(array)
        if jnp.issubdtype(kind, jnp.floating):
            return array
        if not jnp.issubdtype(kind, jnp.integer):
            raise InputError(f"{argument.expr!r}: real numbers are expected, not {kind}")
        return jnp.asarray(array, float)

    def _data(argument: Argument, array: Any) -> tuple[int, ...]:
        return require_shape(argument, jnp.shape(array))

    def _laid_out(layout: Layout, values: Iterator[Any], data: tuple[int, ...], dtype: Any) -> Any:
        if layout.kind is not None:
            return layout.kind([_laid_out(part, values, data, dtype) for part in layout.parts])
        if not layout.shape:
            value = jnp.asarray(next(values))
            return jnp.broadcast_to(value if value.dtype == bool else value.astype(dtype), data)
        shape = [int(size) for size in layout.shape]
        width = math.prod(shape)
        whole = jnp.zeros((*data, width), dtype)
        for place in range(width):  # XLA's stack along the last axis takes twice as long
            entry = jnp.broadcast_to(jnp.asarray(next(values), dtype), data)
            whole = jax.lax.dynamic_update_slice_in_dim(whole, entry[..., None], place, axis=-1)
        return whole.reshape(*data, *shape)

    return call


def source_for(routine: Routine) -> str:
    """The bare source with the functions it needs."""
    own = helpers_for(routine.roots, routine.target)
    return "\n".join([*own, bare_source(routine, [f"def f({', '.join(parameters(routine))}):"])])
