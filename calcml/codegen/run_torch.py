"""PyTorch: a function of tensors that works under autograd and torch.func, on the device of its arguments."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

from calcml.codegen.arguments import Layout, require_shape
from calcml.codegen.helpers import helpers_for
from calcml.codegen.routine import Routine
from calcml.codegen.source import bare_source, parameters
from calcml.errors import ArityError, InputError, MissingBackendError
from calcml.executable import function_from


def callable_for(routine: Routine, _: Callable[..., Any]) -> Callable[..., Any]:
    """The function that takes numbers and tensors."""
    try:
        import torch

        from calcml.numeric import torch_
    except ImportError:
        raise MissingBackendError("PyTorch is not installed", hint='pip install "calcml[torch]"') from None
    # PyTorch imports modules of its own in the name of the code that calls it: here the code has all built-ins.
    names = {"__builtins__": builtins, "__name__": "calcml", "torch": torch, "special": torch_}
    inner = function_from(source_for(routine), "f", names)
    arguments, layout = routine.arguments, routine.layout

    def call(*values: Any) -> Any:
        if len(values) != len(arguments):
            raise ArityError(f"{len(arguments)} arguments are expected, and {len(values)} were given")
        tensors = [value for value in values if isinstance(value, torch.Tensor)]
        dtype = reduce(torch.promote_types, [t.dtype for t in tensors]) if tensors else torch.get_default_dtype()
        if not dtype.is_floating_point:
            dtype = torch.get_default_dtype()
        device = tensors[0].device if tensors else None
        given = []
        for argument, value in zip(arguments, values, strict=True):
            try:
                given.append(torch.as_tensor(value, dtype=dtype, device=device))
            except (TypeError, ValueError, RuntimeError):
                raise InputError(f"{argument.expr!r}: a number or a tensor is expected, not {value!r:.60}") from None
        data = torch.broadcast_shapes(
            *[require_shape(argument, tuple(t.shape)) for argument, t in zip(arguments, given, strict=True)]
        )
        results = inner(*given)
        return _laid_out(layout, iter(results if len(routine.roots) != 1 else (results,)), tuple(data), dtype)

    def _laid_out(layout: Layout, values: Iterator[Any], data: tuple[int, ...], dtype: Any) -> Any:
        if layout.kind is not None:
            return layout.kind([_laid_out(part, values, data, dtype) for part in layout.parts])
        if not layout.shape:
            return _whole(next(values), data, dtype)
        shape = [int(size) for size in layout.shape]
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        entries = [_whole(next(values), data, dtype) for _ in range(count)]
        return torch.stack(entries, dim=-1).reshape(*data, *shape)

    def _whole(value: Any, data: tuple[int, ...], dtype: Any) -> Any:
        is_flag = isinstance(value, bool) or (isinstance(value, torch.Tensor) and value.dtype == torch.bool)
        return torch.as_tensor(value, dtype=torch.bool if is_flag else dtype).expand(data)

    return call


def source_for(routine: Routine) -> str:
    """The bare source with the functions it needs."""
    own = helpers_for(routine.roots, routine.target)
    names = parameters(routine)
    first = [f"def f({', '.join(names)}):", *([f"    dtype = {names[0]}.dtype"] if names else [])]
    return "\n".join([*own, bare_source(routine, first)])
