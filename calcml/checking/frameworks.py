"""The gradient of the literal function by JAX and PyTorch, in float64, where they are installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from calcml.expr import Expr

FRAMEWORKS = {"jax": "JAX", "torch": "PyTorch"}
Gradient = Callable[[Sequence[float]], list[float]]


def installed() -> list[str]:
    """The back ends that are installed; none is imported to find out."""
    return [backend for backend in FRAMEWORKS if find_spec(backend) is not None]


def gradient_by(backend: str, f: Expr, variables: Sequence[Expr], constants: Sequence[Expr]) -> Gradient:
    """The gradient by the variables as a function of all values. Errors as of `lambdify`."""
    from calcml.codegen.compiled import lambdify

    function = lambdify([*variables, *constants], f, backend=backend, stable=False)
    by = _by_jax if backend == "jax" else _by_torch
    return lambda values: by(function, values, len(variables))


def _by_jax(function: Any, values: Sequence[float], count: int) -> list[float]:
    import jax

    home: Any = (
        jax if hasattr(jax, "enable_x64") else importlib.import_module("jax.experimental")
    )  # where older versions have it
    with home.enable_x64(True):
        found = jax.grad(function, argnums=tuple(range(count)))(*map(float, values))
        return [float(entry) for entry in found]


def _by_torch(function: Any, values: Sequence[float], count: int) -> list[float]:
    import torch

    tensors = [
        torch.tensor(float(value), dtype=torch.float64, requires_grad=i < count) for i, value in enumerate(values)
    ]
    value = function(*tensors)
    if not value.requires_grad:  # a constant function
        return [0.0] * count
    found = torch.autograd.grad(value, tensors[:count], allow_unused=True)
    return [0.0 if entry is None else float(entry) for entry in found]
