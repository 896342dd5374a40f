"""The function table's helpers for JAX: what `jax.numpy` and `jax.scipy.special` lack, or have with fewer digits.

All of them work under jit, vmap and grad. Derivatives of rows with a kink come from the table, not from here.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.scipy.special as scipy
import numpy as np

_SQRT_HALF = 0.7071067811865476
_INV_SQRT_PI = 0.5641895835477563


def maximum(*values: Any) -> Any:
    """The largest; nan if one of them is. Of several that tie, each has the same share of the slope."""
    result = values[0]
    for value in values[1:]:
        result = jnp.maximum(result, value)
    return result


def minimum(*values: Any) -> Any:
    """The smallest; nan if one of them is."""
    result = values[0]
    for value in values[1:]:
        result = jnp.minimum(result, value)
    return result


def gamma(x: Any) -> Any:
    """Gamma function: by products from [1, 2], where that takes few of them."""
    return scipy.gamma(jnp.asarray(x, jnp.result_type(x, float)))


def beta(a: Any, b: Any) -> Any:
    """Beta function of positive a and b, by logarithms."""
    return jnp.exp(scipy.gammaln(a) + scipy.gammaln(b) - scipy.gammaln(a + b))


def erfcx(x: Any) -> Any:
    """exp(x^2)*erfc(x)."""
    far = jnp.where(x > 12.0, x, 12.0)
    t = 0.5 / far / far
    total = jnp.ones_like(far)
    for k in range(23, 0, -2):  # asymptotic series, DLMF 7.12.1
        total = 1.0 - k * t * total
    near = jnp.where(x > 12.0, 0.0, x)
    return jnp.where(x > 12.0, _INV_SQRT_PI * total / far, exp_of_square(near) * scipy.erfc(near))


def exp_of_square(x: Any) -> Any:
    """exp(x^2): the square of the head of x is exact, see calcml.numeric.scalar."""
    head = jnp.round(x * 65536.0) / 65536.0
    return jnp.exp(head * head) * jnp.exp((x - head) * (x + head))


def spherical_jn(n: float, x: Any) -> Any:
    """Spherical Bessel function of whole order n: power series, and upward recurrence for larger x (DLMF 10.51.1)."""
    order = int(n)
    is_near = x * x < 2.0 * order + 3.0
    near = jnp.where(is_near, x, 0.0)
    total = jnp.ones_like(near)
    for k in range(14 + order, 0, -1):
        total = 1.0 - 0.5 * near * near / (k * (2 * order + 2 * k + 1)) * total
    for k in range(1, order + 1):
        total = total * near / (2 * k + 1)
    far = jnp.where(is_near, 2.0 * order + 3.0, x)
    first = jnp.sin(far) / far
    second = first if order == 0 else (first - jnp.cos(far)) / far
    for k in range(1, order):
        first, second = second, (2 * k + 1) / far * second - first
    return jnp.where(is_near, total, second)


def _rows(values: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """The arguments as rows, their largest, and the sum of exp(value - largest) over all but one largest."""
    rows = jnp.stack(jnp.broadcast_arrays(*[jnp.asarray(value, jnp.result_type(*values, float)) for value in values]))
    first = jnp.argmax(rows, axis=0)
    top = jnp.take_along_axis(rows, first[None], axis=0)[0]
    place = jnp.arange(len(values)).reshape(-1, *[1] * top.ndim)
    below = jnp.where(place == first, -1.0, jnp.where(rows == top, 0.0, rows - jnp.where(jnp.isfinite(top), top, 0.0)))
    return rows, top, jnp.where(place == first, 0.0, jnp.exp(below)).sum(axis=0)


def logsumexp(*values: Any) -> Any:
    """ln of the sum of the exponentials; the largest is left out of the sum."""
    _, top, rest = _rows(values)
    return top + jnp.log1p(rest)


def _chosen(k: Any, rows: Any) -> Any:
    if isinstance(k, (int, float)):
        inside = 1 <= k <= len(rows) and k == int(k)
        return rows[int(k) - 1] if inside else jnp.full_like(rows[0], jnp.nan)
    k = jnp.asarray(k)
    inside = (k >= 1) & (k <= len(rows)) & (k == jnp.floor(k))
    place = jnp.broadcast_to(jnp.where(inside, k, 1).astype(int) - 1, rows.shape[1:])
    return jnp.where(inside, jnp.take_along_axis(rows, place[None], axis=0)[0], jnp.nan)


def softmax(k: Any, *values: Any) -> Any:
    """Component k, from 1, of exp(values) over its sum."""
    rows, top, rest = _rows(values)
    return jnp.exp(_chosen(k, rows) - top) / (1.0 + rest)


def log_softmax(k: Any, *values: Any) -> Any:
    """Logarithm of softmax."""
    rows, top, rest = _rows(values)
    return (_chosen(k, rows) - top) - jnp.log1p(rest)


def index(first: Any, last: Any, rank: int) -> Any:
    """The values of a sum's index along a new leading axis: they have to be known when the code is traced."""
    return np.arange(int(first), int(last) + 1, dtype=float).reshape(-1, *[1] * rank)


def entry(body: Any, rank: int, *places: Any) -> Any:
    """The entries of an array at these places, counted from 1; axes of indices lead, those of data follow."""
    count = len(places)
    moved = jnp.moveaxis(body, range(-count, 0), range(count))
    data = moved.shape[count:]
    moved = moved.reshape(*moved.shape[:count], *[1] * (rank - len(data)), *data)
    flat = []
    for place, size in zip(places, moved.shape, strict=False):
        values = np.asarray(place)
        if np.any((values < 1) | (values > size)):
            raise ValueError(f"an index is outside 1 to {size}")
        flat.append((values.reshape(values.shape[: values.ndim - rank]) if values.ndim else values).astype(int) - 1)
    return moved[tuple(flat)]
