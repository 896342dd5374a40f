"""Digits and decimals as text, exactly and at any length. No expression is known here."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=2048)
def decimal_ratio(text: str) -> tuple[int, int]:
    """A decimal's text as numerator and denominator in lowest terms: "2.50" is (5, 2)."""
    from math import gcd

    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    numerator = integer_of(whole + fraction)
    power = int(exponent or 0) - len(fraction)
    if power >= 0:
        return numerator * 10**power, 1
    denominator = 10**-power
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


_CHUNK = 4000  # below Python's own guard of 4,300 digits, which is neither met nor switched off


def integer_of(digits: str) -> int:
    """The int a string of digits stands for, of any length, by halving (no quadratic conversion)."""
    if len(digits) <= _CHUNK:
        return int(digits or "0")
    low = len(digits) // 2
    return integer_of(digits[:-low]) * 10**low + integer_of(digits[-low:])


def digits_of(value: int) -> str:
    """The decimal digits of an int ≥ 0 of any length."""
    if value.bit_length() <= 13_000:  # 13,000 bits are fewer than 4,000 digits
        return str(value)
    low = value.bit_length() * 3 // 20  # about half of its log10(2)·bits digits
    high, rest = divmod(value, 10**low)
    return digits_of(high) + digits_of(rest).rjust(low, "0")
