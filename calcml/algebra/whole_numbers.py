"""Whole numbers: divisors, exact roots, and the fractions that can be roots of a polynomial with whole coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, isqrt


def divisors(number: int, largest: int | None = None) -> list[int]:
    """The positive divisors of a positive number in order, up to `largest`.

    >>> divisors(12), divisors(12, 4)
    ([1, 2, 3, 4, 6, 12], [1, 2, 3, 4])
    """
    if largest is not None and largest < isqrt(number):
        return [d for d in range(1, largest + 1) if number % d == 0]
    small = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    found = sorted({*small, *[number // d for d in small]})
    return found if largest is None else [d for d in found if d <= largest]


def exact_root(number: int, k: int) -> int | None:
    """The whole number whose k-th power a number from 0 on is, by Newton's method; None where there is none.

    >>> exact_root(125, 3), exact_root(126, 3)
    (5, None)
    """
    if number == 0:
        return 0
    root = 1 << -(-number.bit_length() // k)  # not below the root, and falling from there
    while True:
        lower = ((k - 1) * root + number // root ** (k - 1)) // k
        if lower >= root:
            return root if root**k == number else None
        root = lower


def possible_roots(first: int, last: int, largest: int | None = None) -> Iterator[tuple[int, int]]:
    """The fractions (p, q) in lowest terms that can be roots of a polynomial with this first and last coefficient.

    first: the constant coefficient, not 0; `largest`: for p and q.

    >>> list(possible_roots(-3, 2))
    [(1, 1), (-1, 1), (3, 1), (-3, 1), (1, 2), (-1, 2), (3, 2), (-3, 2)]
    """
    tops = divisors(abs(first), largest)
    for q in divisors(abs(last), largest):
        for p in tops:
            if gcd(p, q) == 1:
                yield p, q
                yield -p, q
