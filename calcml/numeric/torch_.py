"""The function table's helpers for PyTorch: what `torch` and `torch.special` lack, or have with fewer digits.

All of them work under autograd and torch.func. Derivatives of rows with a kink come from the table, not from here.
"""

from __future__ import annotations

from typing import Any

import torch


def tensors(*values: Any) -> list[Any]:
    """The values as tensors of one shape and precision."""
    like = next((value for value in values if isinstance(value, torch.Tensor)), torch.zeros(()))
    return list(
        torch.broadcast_tensors(
            *[
                value
                if isinstance(value, torch.Tensor)
                else torch.as_tensor(value, dtype=like.dtype, device=like.device)
                for value in values
            ]
        )
    )


def maximum(*values: Any) -> Any:
    """The largest; nan if one of them is. Of several that tie, each has the same share of the slope."""
    result, *others = tensors(*values)
    for value in others:
        result = torch.maximum(result, value)
    return result


def minimum(*values: Any) -> Any:
    """The smallest; nan if one of them is."""
    result, *others = tensors(*values)
    for value in others:
        result = torch.minimum(result, value)
    return result


def atan2(y: Any, x: Any) -> Any:
    """The angle of (x, y)."""
    return torch.atan2(*tensors(y, x))


def cbrt(x: Any) -> Any:
    """The real cube root: a power, and one step of Newton's method; its slope at 0 is infinite, as a root's is."""
    root = torch.sign(x) * torch.pow(torch.where(x == 0, 1.0, torch.abs(x)), 1.0 / 3.0)
    root = root - torch.where(torch.isinf(x), 0.0, (root * root * root - x) / (3.0 * root * root + (x == 0)))
    return torch.where(x == 0, torch.sqrt(torch.where(x == 0, x + 0.0, 1.0)), root)


def gamma(x: Any) -> Any:
    """Gamma function: by its logarithm, and the sign where x is negative."""
    sign = torch.where((x < 0) & (torch.remainder(torch.floor(x), 2.0) != 0), -1.0, 1.0)
    return sign * torch.exp(torch.lgamma(x))


def beta(a: Any, b: Any) -> Any:
    """Beta function of positive a and b, by logarithms."""
    a, b = tensors(a, b)
    return torch.exp(torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b))


def hypot(x: Any, y: Any) -> Any:
    """Length of (x, y); torch.hypot under- and overflows on the way."""
    x, y = tensors(x, y)
    large, small = torch.maximum(abs(x), abs(y)), torch.minimum(abs(x), abs(y))
    ratio = torch.where(large > small, small / large, 1.0)
    return torch.where(large == 0, large, large * torch.sqrt(1.0 + ratio * ratio))


def mod(a: Any, b: Any) -> Any:
    """Remainder of a by b, with the sign of b; torch.remainder fails where a/b is too large."""
    a, b = tensors(a, b)
    rest = torch.fmod(a, b)
    return torch.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


def spherical_jn(n: float, x: Any) -> Any:
    """Spherical Bessel function of whole order n: power series, and upward recurrence for larger x (DLMF 10.51.1)."""
    order = int(n)
    is_near = x * x < 2.0 * order + 3.0
    near = torch.where(is_near, x, 0.0)
    total = torch.ones_like(near)
    for k in range(14 + order, 0, -1):
        total = 1.0 - 0.5 * near * near / (k * (2 * order + 2 * k + 1)) * total
    for k in range(1, order + 1):
        total = total * near / (2 * k + 1)
    far = torch.where(is_near, 2.0 * order + 3.0, x)
    first = torch.sin(far) / far
    second = first if order == 0 else (first - torch.cos(far)) / far
    for k in range(1, order):
        first, second = second, (2 * k + 1) / far * second - first
    return torch.where(is_near, total, second)


def _rows(values: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """The arguments as rows, their largest, and the sum of exp(value - largest) over all but one largest."""
    rows = torch.stack(tensors(*values))
    first = torch.argmax(rows, dim=0)
    top = torch.gather(rows, 0, first[None])[0]
    place = torch.arange(len(values), device=rows.device).reshape(-1, *[1] * top.dim())
    below = torch.where(rows == top, 0.0, rows - torch.where(torch.isfinite(top), top, 0.0))
    return rows, top, torch.where(place == first, 0.0, torch.exp(torch.where(place == first, 0.0, below))).sum(dim=0)


def logsumexp(*values: Any) -> Any:
    """ln of the sum of the exponentials; the largest is left out of the sum."""
    _, top, rest = _rows(values)
    return top + torch.log1p(rest)


def _chosen(k: Any, rows: Any) -> Any:
    if isinstance(k, (int, float)):
        inside = 1 <= k <= len(rows) and k == int(k)
        return rows[int(k) - 1] if inside else torch.full_like(rows[0], torch.nan)
    inside = (k >= 1) & (k <= len(rows)) & (k == torch.floor(k))
    place = torch.where(inside, k, 1.0).long() - 1
    return torch.where(inside, torch.gather(rows, 0, place.expand(rows.shape[1:])[None])[0], torch.nan)


def softmax(k: Any, *values: Any) -> Any:
    """Component k, from 1, of exp(values) over its sum."""
    rows, top, rest = _rows(values)
    return torch.exp(_chosen(k, rows) - top) / (1.0 + rest)


def log_softmax(k: Any, *values: Any) -> Any:
    """Logarithm of softmax."""
    rows, top, rest = _rows(values)
    return (_chosen(k, rows) - top) - torch.log1p(rest)


def index(first: Any, last: Any, rank: int) -> Any:
    """The values of a sum's index along a new leading axis."""
    return torch.arange(int(first), int(last) + 1, dtype=torch.float64).reshape(-1, *[1] * rank)


def entry(body: Any, rank: int, *places: Any) -> Any:
    """The entries of an array at these places, counted from 1; axes of indices lead, those of data follow."""
    count = len(places)
    moved = torch.movedim(body, tuple(range(-count, 0)), tuple(range(count)))
    data = moved.shape[count:]
    moved = moved.reshape(*moved.shape[:count], *[1] * (rank - len(data)), *data)
    flat = []
    for place, size in zip(places, moved.shape, strict=False):
        values = torch.as_tensor(place)
        if bool(((values < 1) | (values > size)).any()):
            raise ValueError(f"an index is outside 1 to {size}")
        flat.append((values.reshape(values.shape[: values.dim() - rank]) if values.dim() else values).long() - 1)
    return moved[tuple(flat)]
