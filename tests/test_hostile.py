"""Whatever is typed ends in an expression or in an error of ours: quickly, and nothing is ever executed."""

from __future__ import annotations

import codecs
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcml.binding import free_symbols
from calcml.budget import Budget
from calcml.errors import CalcmlError, InputError
from calcml.expr import Expr
from calcml.render.text import to_text
from calcml.syntax.declarations import parse_conditions, parse_declarations, parse_point
from calcml.syntax.parser import parse_text

SOAK = os.environ.get("CALCML_SOAK") == "1"  # the full counts, with a new seed each time
MANY = settings(
    max_examples=20_000 if SOAK else 200, derandomize=not SOAK, deadline=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
# How many strings are fuzzed, and how many of them under one seed.
FUZZED, BATCH = 1_000_000 if SOAK else 2_000, 1_000

HOSTILE = [
    codecs.decode(line, "unicode_escape")
    for line in (Path(__file__).parent / "data" / "hostile.txt").read_text(encoding="ascii").splitlines()
    if not line.startswith("#")
]
# What no reader of text may do. Importing our own modules opens files, so everything is imported beforehand.
FORBIDDEN = (
    "open",
    "exec",
    "compile",
    "subprocess.",
    "os.",
    "import",
    "socket.",
    "ctypes.",
    "code.",
    "marshal.",
    "pickle.",
)
_watching: list[list[str]] = []


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _watching and event.startswith(FORBIDDEN):
        _watching[-1].append(event)


sys.addaudithook(_hook)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    import unicodedata  # noqa: F401

    for text in (
        "f(x) = 1/2x",
        r"\frac{d}{dx} x",
        "１",
        "sum(ab, ab, 1, 2)",
        "d/dx x",
        "sigmod(x)",
        "{",
        "a = (1,5)",
        "1_000",
    ):
        survives(text)


def survives(text: str, read: Callable[[str], object] = parse_text) -> object:
    """Read the text; an error is checked and returned."""
    try:
        return read(text)
    except CalcmlError as error:
        assert error.message and isinstance(error.message, str)
        if error.span is not None:
            assert 0 <= error.span.start <= error.span.end <= len(text), (text, error.span)
        if read is parse_text:
            assert error.span is not None, text
            assert error.source == text
        str(error)
        return error


def test_there_are_many() -> None:
    assert len(HOSTILE) >= 200
    assert len(set(HOSTILE)) == len(HOSTILE)


@pytest.mark.parametrize(
    "read", [parse_text, parse_declarations, parse_point, parse_conditions], ids=lambda f: f.__name__
)
def test_hostile_inputs(read: Callable[[str], object]) -> None:
    for text in HOSTILE:
        seen: list[str] = []
        _watching.append(seen)
        start = time.process_time()
        try:
            survives(text, read)
        finally:
            seconds = time.process_time() - start
            _watching.pop()
        assert seconds < 0.5, text
        assert seen == [], (text, seen)


def test_what_is_read_reads_back() -> None:
    read = 0
    for text in HOSTILE:
        try:
            expr = parse_text(text).expr
        except CalcmlError:
            continue
        read += 1
        assert parse_text(to_text(expr), symbols=free_symbols(expr)).expr is expr, text
    assert 50 < read < len(HOSTILE) // 2


GENERATED = {
    "open brackets": "(" * 100_000,
    "closed brackets": ")" * 100_000,
    "mixed brackets": "([{" * 30_000,
    "bars": "|" * 100_000,
    "calls": "sin(" * 50_000,
    "functions": "sin " * 50_000,
    "operators": "+*" * 50_000,
    "powers": "^" * 100_000,
    "primes": "x" + "'" * 100_000,
    "factorials": "x" + "!" * 100_000,
    "indices": "x" + "[1]" * 30_000,
    "roots": "√" * 100_000,
    "fractions": r"\frac" * 50_000,
    "braces": "{" * 100_000,
    "commas": "," * 100_000,
    "dots": "." * 100_000,
    "underscores": "_" * 100_000,
    "x underscores": "x_" * 100_000,
    "a long name": "x" * 100_000,
    "a long name and bracket": "x" * 100_000 + "(",
    "many names": " ".join(f"ab{i}c" for i in range(20_000)),
    "unknown functions": "abcdefgh" * 12 + "(x)",
    "superscripts": "x" + "²" * 100_000,
    "subscripts": "x" + "₁" * 100_000,
    "digits and points": "1." * 50_000,
    "exponents": "1e" * 50_000,
    "environments": r"\begin{cases}" * 10_000,
    "derivatives": "d/dx" * 10_000,
    "ifs": "x if " * 20_000,
    "else": "x if y else " * 20_000,
    "colons": "{x:" * 30_000,
    "sums": "sum(" * 30_000,
    "sums with names": "sum(ab,ab," * 5_000,
    "blanks": " " * 900_000 + "(",
    "f( commas": "f(" + "x," * 50_000,
    "definition": "f(" + "x" * 50_000 + ") = x",
    "equals": "x=" * 50_000,
    "comparison": "x<" * 50_000 + "x",
    "nots": "not " * 50_000,
    "backslashes": "\\" * 100_000,
    "nulls": "\0" * 100_000,
    "quotes": '"' * 100_000,
    "combining": "x" + "\u0301" * 100_000,
    "frac d": r"\frac{d" + " " * 50_000,
    "frac d{}": r"\frac{d}{dx" + " x" * 20_000,
    "d/d": "d/d" + "x_1" * 20_000,
    "partials": "∂²/" + "∂x" * 30_000,
    "lists": "[" * 30_000 + "x" + "]" * 30_000,
    "sums of LaTeX": r"\sum_{i=1}^{n} " * 30_000,
    "sums below sums": r"\sum_{i=" * 30_000,
    "integrals": r"\int " * 30_000,
    "closed integrals": r"\int " * 20_000 + "x" + r"\,dx" * 20_000,
    "limits": r"\lim_{x \to " * 30_000,
    "one-sided limits": r"\lim_{x \to " * 10_000 + "0" + "^{+}} x" * 10_000,
    "matrices": r"\begin{bmatrix} " * 20_000,
    "rows": r"\begin{bmatrix} " + r"1 & 2 \\ " * 20_000,
    "subscripts below": "x_{" * 50_000,
    "many subscripts": "x_{" + "a," * 50_000 + "b}",
    "open subscripts": "x_{a,b," * 30_000,
    "entries": "w" + "_{1}" * 50_000,
    "tops": r"w^{\top} " * 30_000,
    "frac dd": r"\frac{d^{" * 30_000,
    "frac d x": r"\frac{d " + "{x}" * 30_000,
    "operatorname_": r"\operatorname{" + "_{a}" * 30_000,
    "operatorname": r"\operatorname{" + " " * 50_000,
}


@pytest.mark.parametrize("kind", GENERATED)
def test_generated_texts(kind: str) -> None:
    start = time.process_time()
    survives(GENERATED[kind])
    assert time.process_time() - start < 5


def test_errors_under_a_small_budget_come_at_once() -> None:
    small = Budget(text=500, depth=60, digits=50)
    for text in GENERATED.values():
        start = time.process_time()
        with pytest.raises(CalcmlError):
            parse_text(text, budget=small)
        assert time.process_time() - start < 0.05


@pytest.mark.parametrize("value", [None, 3, 3.5, b"x", ["x"], object()])
def test_what_is_no_text(value: object) -> None:
    for read in (parse_text, parse_declarations, parse_point, parse_conditions):
        with pytest.raises(InputError):
            read(value)  # type: ignore[operator]


PIECES = [
    "x", "y", "xy", "e", "2", "0.5", "1e3", "sin", "sin ", "ln", "log", "max", "softmax", "diff", "sum", "limit", "(", ")", "(",
    ")", "[", "]", "{", "}", "|", "‖", ",", ";", ":", "+", "-", "*", "/", "^", "**", "!", "'", "=", "==", "<", "<=", "!=", "²",
    "⁻¹", "√", "∛", "π", "σ", "∞", "d/dx ", "∂/∂x", r"\frac", r"\sqrt", r"\left|", r"\right|", r"\sin", r"\begin{cases}",
    r"\end{cases}", r"\\", "&", " ", " ", "if", " if ", " else ", " and ", " or ", "not ", "otherwise", "_", "_1", "₁", ".", "@",
    r"\int", r"\sum", r"\lim", "_{", "^{", "}", "dx", r"\to ", r"\top", r"\bmod ", r"\begin{bmatrix}", r"\end{bmatrix}", r"\mathrm{", "^{+}}",
    r"\operatorname{", r"\frac{d}{dx}", "i=1", "%", "1,5", "\n", "\0", "１", "\u200f", "__", "w", "[1]", "f(x) = ", "log_2", "log_b(", "λ", "lambda", "true",
]  # fmt: skip


@MANY
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from(["loose", "tight"]))
def test_shuffled_pieces(text: str, juxtapose: str) -> None:
    found = survives(text, lambda text: parse_text(text, symbols=["w[3]", "M[2,2]"], juxtapose=juxtapose))
    assert isinstance(found, CalcmlError) or isinstance(found.expr, Expr)  # type: ignore[attr-defined]


@MANY
@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    for read in (parse_text, parse_declarations, parse_point, parse_conditions):
        survives(text, read)


FORMULAS = [
    r"\frac{1}{1+e^{-x}}", "{a: x>0; b: otherwise}", "sum(ab^2, ab, 1, n) + integral(x, x, 0, 1)", "|x-1|+|x| - ‖w‖",
    "d/dx x^2 sin(x) + (x^2)'", "softmax([a, b, c])[1] + X[1, 2]", "a if x>0 and not y<=2 else log_b(x)/2x",
    "sin^2 x cos^-1 y − √(x+1)²", r"\begin{cases} x & x>0 \\ 0 & \text{otherwise} \end{cases}", "f(x) = 1e-8x^2!",
    r"\int_{0}^{1} x^2\,dx + \sum_{i=1}^{n} w_{i} x^i", r"\lim_{x \to 0^{+}} \frac{d^{n}}{dx^{n}} x_{1,b}",
    r"\begin{bmatrix} 1 & x \\ M_{1,2} & 0 \end{bmatrix} + w^{\top} w", r"x \bmod 2 + \log_{b+1}(x_{\mathrm{max}})",
]  # fmt: skip


@pytest.mark.parametrize("batch", range(FUZZED // BATCH))
def test_damaged_formulas(batch: int) -> None:
    chance = random.Random(batch)
    for _ in range(BATCH):
        letters = list(chance.choice(FORMULAS))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(letters) + 1)
            action = chance.randrange(3)
            if action == 0 and at < len(letters):
                del letters[at]
            elif action == 1:
                letters.insert(at, chance.choice(PIECES))
            elif letters:
                letters.insert(at, letters[chance.randrange(len(letters))])
        survives("".join(letters), lambda text: parse_text(text, symbols=["w[3]", "M[2,2]"]))
