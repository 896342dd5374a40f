"""Confirms equality.toml, pairs of formulas with their verdict, by two oracles that share no algebra with calcml.

    python tests/tables/confirm_equality.py [part of a text]

1. mpmath. Values are exact fractions as long as that is possible, else numbers of 60 digits with a bound of their error
   (more digits where 60 do not decide), so that "equal", "different" and "undefined" are told apart, not guessed. At up to
   180 points (whole numbers, small fractions, near 0 and 1, tiny, huge, random of both signs, multiples of pi) the values
   and the domains of both sides are compared with the verdict; the witness must separate, and at the points of
   "equal except" exactly one side has a value, which is the limit of the other.
2. SymPy, by its own evalf: the same values at a few of the points, the same difference at the witness. Where it can,
   SymPy also proves that the difference of the two sides is 0; the rows it cannot prove are listed.

calcml's parser is used to see that each text is read. The texts reach mpmath through `Reader` below and SymPy through
calcml's tree, so a misreading by either shows as two different values. The few texts that only calcml reads
(`sin^2 x`, LaTeX) are counted.

Prints a summary, and exits 1 if anything disagrees.
"""

from __future__ import annotations

import gc
import math
import random
import re
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
import sympy
from mpmath import mp

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import calcml as cm  # noqa: E402
from calcml import expr as heads  # noqa: E402

VERDICTS = ("equal", "equal except", "equal where", "different")
FIELDS = {"equal": set(), "equal except": {"points"}, "equal where": {"where"}, "different": {"witness"}}
DIGITS = (60, 150, 400)  # working digits, tried in turn until a question is decided
AGREE = 45  # digits in which equal values agree, and in which their error is known
SYMPY_DIGITS = 40
PROOF_SECONDS = 3.0
WORKERS = 2

Tree = tuple[Any, ...]


class Disagreement(Exception):
    """What an oracle found wrong with a row."""


# ---------------------------------------------------------------- text -> tree

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?(?:e-?\d+)?)|([A-Za-z][A-Za-z0-9_]*)|(<=|>=|!=|[-+*/^(),<>={};:!|]))")
RELATIONS = ("<", "<=", ">", ">=", "!=", "=")
SPELLINGS = {"log": "ln", "phi": "normal_pdf", "Phi": "normal_cdf"}


class Unreadable(Exception):
    """The text uses more of calcml's notation than `Reader` knows."""


class Reader:
    """Explicit text to a tree: calls with brackets, |x|, n!, cases in braces, and products such as 2x or 3(x + 1)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None:
                raise Unreadable(text)
            number, name, mark = found.groups()
            self.tokens.append(("number", number) if number else ("name", name) if name else ("mark", mark))
            position = found.end()
        self.tokens.append(("end", ""))

    def read(self) -> Tree:
        tree = self.condition()
        if self.tokens[self.at][0] != "end":
            raise Unreadable(self.text)
        return tree

    def takes(self, *texts: str) -> str:
        kind, text = self.tokens[self.at]
        if kind in ("mark", "name") and text in texts:
            self.at += 1
            return text
        return ""

    def needs(self, mark: str) -> None:
        if not self.takes(mark):
            raise Unreadable(self.text)

    def condition(self) -> Tree:
        tree = self.conjunction()
        while self.takes("or"):
            tree = ("or", tree, self.conjunction())
        return tree

    def conjunction(self) -> Tree:
        tree = self.relation()
        while self.takes("and"):
            tree = ("and", tree, self.relation())
        return tree

    def relation(self) -> Tree:
        sides, signs = [self.sum()], []
        while sign := self.takes(*RELATIONS):
            signs.append(sign)
            sides.append(self.sum())
        parts = [("relation", sign, sides[i], sides[i + 1]) for i, sign in enumerate(signs)]
        if not parts:
            return sides[0]
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def sum(self) -> Tree:
        tree = self.product()
        while sign := self.takes("+", "-"):
            tree = ("add" if sign == "+" else "sub", tree, self.product())
        return tree

    def product(self) -> Tree:
        tree = self.signed()
        while True:
            if sign := self.takes("*", "/"):
                tree = ("mul" if sign == "*" else "div", tree, self.signed())
            elif self.starts_factor():
                tree = ("mul", tree, self.power())
            else:
                return tree

    def starts_factor(self) -> bool:
        kind, text = self.tokens[self.at]
        return (kind == "name" and text not in ("and", "or", "otherwise", "if")) or text == "("

    def signed(self) -> Tree:
        return ("neg", self.signed()) if self.takes("-") else self.power()

    def power(self) -> Tree:
        base = self.atom()
        while self.takes("!"):
            base = ("call", "factorial", base)
        return ("pow", base, self.signed()) if self.takes("^") else base

    def atom(self) -> Tree:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return ("number", Fraction(text))
        if kind == "name":
            return self.named(text)
        if text == "(":
            tree = self.condition()
            self.needs(")")
            return tree
        if text == "|":
            tree = ("call", "abs", self.sum())
            self.needs("|")
            return tree
        if text == "{":
            return self.cases()
        raise Unreadable(self.text)

    def named(self, name: str) -> Tree:
        known = name in SPELLINGS or name in FUNCTIONS or name in DEFINED or name == "if"
        if not known:
            return ("constant", name) if name in ("e", "pi") else ("symbol", name)
        if self.tokens[self.at][1] == "|":
            return ("call", SPELLINGS.get(name, name), self.atom())
        self.needs("(")
        arguments = [self.condition()]
        while self.takes(","):
            arguments.append(self.condition())
        self.needs(")")
        if name == "if":
            condition, yes, no = arguments
            return ("cases", yes, condition, no)
        if name == "log" and len(arguments) == 2:
            return ("call", "log", *arguments)
        return ("call", SPELLINGS.get(name, name), *arguments)

    def cases(self) -> Tree:
        parts: list[Tree] = []
        while True:
            parts.append(self.sum())
            self.needs(":")
            if self.takes("otherwise"):
                break
            parts.append(self.condition())
            if not self.takes(";"):
                break
        self.needs("}")
        return ("cases", *parts)


def tree_of_calcml(text: str) -> Tree:
    """The text as calcml's parser reads it, as a tree of the same kind."""
    return _converted(cm.parse(text))


BY_HEAD = {
    heads.Add: "add", heads.Mul: "mul", heads.Sub: "sub", heads.Div: "div", heads.Pow: "pow", heads.Neg: "neg",
    heads.And: "and", heads.Or: "or", heads.Not: "not", heads.Piecewise: "cases",
}  # fmt: skip


def _converted(node: Any) -> Tree:
    head = type(node)
    if head is heads.Number:
        return ("number", Fraction(*node.ratio))
    if head is heads.Symbol:
        return ("symbol", node.name)
    if head is heads.Constant:
        return ("constant", node.data)
    arguments = [_converted(argument) for argument in node.args]
    if head is heads.Call:
        return ("call", node.data, *arguments)
    if head is heads.Relation:
        return ("relation", node.data, *arguments)
    return (BY_HEAD[head], *arguments)


def names_in(tree: Tree) -> set[str]:
    if tree[0] == "symbol":
        return {tree[1]}
    return set().union(*(names_in(part) for part in tree if isinstance(part, tuple)))


def read(text: str) -> Tree:
    """By `Reader`, or by calcml where the text is beyond it."""
    try:
        return Reader(text).read()
    except Unreadable:
        return tree_of_calcml(text)


# ---------------------------------------------------------------- tree -> value with a bound of its error


class Undefined(Exception):
    """The formula has no real value here."""


class Undecided(Exception):
    """The digits do not suffice to tell a sign, or the two computed sides apart."""


class Skipped(Exception):
    """Not judged here: too large to compute, or a power whose meaning is a convention (0^y, (-2)^y for symbolic y)."""


class Ball(NamedTuple):
    """A real number between middle - radius and middle + radius."""

    middle: Any
    radius: Any


Value = Fraction | Ball
SIGNS = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0), "=": (0,), "!=": (-1, 1)}  # of left - right
LARGEST = mp.mpf(10) ** 30  # no exponential, sine, … of more than this
EXACT_BITS = 20_000


def _eps() -> Any:
    return mp.mpf(2) ** (6 - mp.prec)


def ball(value: Value) -> Ball:
    if isinstance(value, Ball):
        return value
    middle = mp.mpf(value.numerator) / value.denominator
    return Ball(middle, abs(middle) * _eps())


def _rounded(middle: Any, radius: Any) -> Ball:
    return Ball(middle, radius + abs(middle) * _eps())


def _kept(value: Fraction) -> Value:
    return value if value.numerator.bit_length() + value.denominator.bit_length() < EXACT_BITS else ball(value)


def plus(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _kept(a + b)
    (m, r), (n, s) = ball(a), ball(b)
    return _rounded(m + n, r + s)


def minus(a: Value, b: Value) -> Value:
    return plus(a, negative(b))


def negative(a: Value) -> Value:
    return -a if isinstance(a, Fraction) else Ball(-a.middle, a.radius)


def times(a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _kept(a * b)
    if a == 0 or b == 0:
        return Fraction(0)
    (m, r), (n, s) = ball(a), ball(b)
    return _rounded(m * n, abs(m) * s + abs(n) * r + r * s)


class Evaluator:
    """The value of a tree at a point. `final`: what cannot be told from 0 with these digits is taken to be 0."""

    def __init__(self, at: dict[str, Value], final: bool = False) -> None:
        self.at = at
        self.final = final

    def value(self, tree: Tree) -> Value:
        kind = tree[0]
        if kind == "number":
            number: Fraction = tree[1]
            return number
        if kind == "symbol":
            return self.at[tree[1]]
        if kind == "constant":
            return _rounded(+getattr(mp, tree[1]), mp.mpf(0))
        if kind == "cases":
            return self.cases(tree)
        if kind == "pow":
            base, exponent = self.values(tree[1:])
            return self.power(base, exponent, bool(names_in(tree[2])))
        arguments = self.values(tree[2:] if kind == "call" else tree[1:])
        return self.call(tree[1], arguments) if kind == "call" else self.operation(kind, arguments)

    def values(self, trees: tuple[Tree, ...]) -> list[Value]:
        """Of all arguments: one that is undefined settles it, whatever the others are."""
        found: list[Value] = []
        later: Exception | None = None
        for tree in trees:
            try:
                found.append(self.value(tree))
            except (Undecided, Skipped) as problem:
                later = problem
        if later is not None:
            raise later
        return found

    def operation(self, kind: str, arguments: list[Value]) -> Value:
        result = arguments[0]
        if kind == "neg":
            return negative(result)
        if kind == "mul" and any(self.is_exact_zero(argument) for argument in arguments):
            return Fraction(0)
        for argument in arguments[1:]:
            result = {"add": plus, "sub": minus, "mul": times, "div": self.quotient}[kind](result, argument)
        return result

    @staticmethod
    def is_exact_zero(value: Value) -> bool:
        return isinstance(value, Fraction) and value == 0

    def sign(self, value: Value) -> int:
        if isinstance(value, Fraction):
            return (value > 0) - (value < 0)
        if abs(value.middle) > value.radius:
            return 1 if value.middle > 0 else -1
        if self.final or value.radius == 0:
            return 0
        raise Undecided

    def quotient(self, a: Value, b: Value) -> Value:
        if self.sign(b) == 0:
            raise Undefined
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return _kept(a / b)
        (m, r), (n, s) = ball(a), ball(b)
        return _rounded(m / n, (r + abs(m / n) * s) / (abs(n) - s))

    def floor(self, a: Value) -> Value:
        if isinstance(a, Fraction):
            return Fraction(math.floor(a))
        if abs(a.middle) > LARGEST:
            raise Skipped
        nearest = Fraction(int(mp.nint(a.middle)))
        return nearest if self.sign(minus(a, nearest)) >= 0 else nearest - 1

    def power(self, base: Value, exponent: Value, symbolic: bool) -> Value:
        exact = exponent if isinstance(exponent, Fraction) else None
        if exact == 0 and not symbolic:
            return Fraction(1)
        sign = self.sign(base) if exact is None or symbolic or exact.denominator > 1 or exact < 0 else 1
        if exact is not None and not symbolic:
            if sign == 0:
                if exact < 0:
                    raise Undefined
                return Fraction(0)
            if sign < 0 and exact.denominator > 1:
                raise Undefined
        elif sign <= 0:
            raise Skipped
        if exact is not None and exact.denominator == 1:
            return self.whole_power(base, int(exact))
        if exact == Fraction(1, 2):
            return self.call("sqrt", [base])
        if exact is not None and exact.denominator > 1 and not symbolic and base in (0, 1):
            return base
        return self.call("exp", [times(exponent, self.call("ln", [base]))])

    def whole_power(self, base: Value, n: int) -> Value:
        if n in (0, 1):
            return base if n else Fraction(1)
        if isinstance(base, Fraction):
            bits = (base.numerator.bit_length() + base.denominator.bit_length()) * abs(n)
            if bits < EXACT_BITS or base in (0, 1, -1):
                return base**n
        if n < 0:
            return self.quotient(Fraction(1), self.whole_power(base, -n))
        m, r = ball(base)
        if abs(mp.log(abs(m) + r + 1) * n) > LARGEST:
            raise Skipped
        middle = mp.power(m, n)
        return _rounded(middle, mp.power(abs(m) + r, n) - mp.power(abs(m), n) + 2 * n * abs(middle) * _eps())

    def holds(self, tree: Tree) -> bool:
        kind = tree[0]
        if kind == "and":
            return all(self.holds(part) for part in tree[1:])
        if kind == "or":
            return any(self.holds(part) for part in tree[1:])
        if kind == "not":
            return not self.holds(tree[1])
        sign = self.sign(minus(self.value(tree[2]), self.value(tree[3])))
        return sign in SIGNS[tree[1]]

    def cases(self, tree: Tree) -> Value:
        parts = tree[1:]
        for i in range(0, len(parts) - 1, 2):
            if self.holds(parts[i + 1]):
                return self.value(parts[i])
        if len(parts) % 2 == 0:
            raise Undefined
        return self.value(parts[-1])

    def call(self, name: str, arguments: list[Value]) -> Value:
        if name in FUNCTIONS:
            return FUNCTIONS[name](self, *arguments)
        names, tree = definition(name, len(arguments))
        return Evaluator(dict(zip(names, arguments, strict=True)), self.final).value(tree)


def _enclosed(function: Callable[[Any], Any], x: Value) -> Ball:
    """The function of a ball, from its values in the middle and at the ends."""
    m, r = ball(x)
    if abs(m) > LARGEST:
        raise Skipped
    y = function(m)
    radius = 2 * max(abs(function(m - r) - y), abs(function(m + r) - y))
    return _rounded(y, radius)


def _smooth(function: Callable[[Any], Any], **exact: int) -> Callable[..., Value]:
    """A function of every real number; `at0=1` says that its value at 0 is exactly 1."""

    def apply(evaluator: Evaluator, x: Value) -> Value:
        if isinstance(x, Fraction) and x == 0 and "at0" in exact:
            return Fraction(exact["at0"])
        return _enclosed(function, x)

    return apply


def _ln(evaluator: Evaluator, x: Value) -> Value:
    if evaluator.sign(x) <= 0:
        raise Undefined
    return Fraction(0) if x == 1 else _ln_of_positive(ball(x))


def _ln_of_positive(x: Ball) -> Ball:
    m, r = x
    return _rounded(mp.log(m), -mp.log1p(-r / m) + _eps())


def _root(n: int) -> Callable[..., Value]:
    """The square root (n = 2), and the cube root of every real number (n = 3)."""

    def apply(evaluator: Evaluator, x: Value) -> Value:
        sign = evaluator.sign(x)
        if sign == 0:
            return Fraction(0)
        if sign < 0:
            if n == 2:
                raise Undefined
            return negative(apply(evaluator, negative(x)))
        if isinstance(x, Fraction):
            top, bottom = _whole_root(x.numerator, n), _whole_root(x.denominator, n)
            if top**n == x.numerator and bottom**n == x.denominator:
                return Fraction(top, bottom)
        m, r = ball(x)
        y = mp.root(m, n)
        return _rounded(y, y - mp.root(max(m - r, mp.mpf(0)), n))

    return apply


def _whole_root(x: int, n: int) -> int:
    if n == 2:
        return math.isqrt(x)
    guess = 1 << -(-x.bit_length() // n)
    while True:
        better = ((n - 1) * guess + x // guess ** (n - 1)) // n
        if better >= guess:
            return guess
        guess = better


def _within(low: int | None, high: int | None, open_ends: bool, function: Callable[[Any], Any]) -> Callable[..., Value]:
    """A function of [low, high], or of the open interval; at a closed end its value is the function's there."""

    def apply(evaluator: Evaluator, x: Value) -> Value:
        for end, side in ((low, 1), (high, -1)):
            if end is None:
                continue
            sign = side * evaluator.sign(minus(x, Fraction(end)))
            if sign < 0 or (sign == 0 and open_ends):
                raise Undefined
            if sign == 0:
                value = function(mp.mpf(end))
                return Fraction(0) if value == 0 else _rounded(value, mp.mpf(0))
        if isinstance(x, Fraction) and x == 0 and function(mp.mpf(0)) == 0:
            return Fraction(0)
        return _enclosed(function, x)

    return apply


def _off_poles(function: Callable[[Any], Any], factorials: bool = False) -> Callable[..., Value]:
    """gamma and its kin: not at 0, -1, -2, …"""

    def apply(evaluator: Evaluator, *arguments: Value) -> Value:
        x = arguments[-1]
        m = ball(x).middle
        if abs(m) > 10**7:
            raise Skipped
        if evaluator.sign(x) <= 0 and evaluator.sign(minus(x, Fraction(int(mp.nint(m))))) == 0:
            raise Undefined
        if factorials and isinstance(x, Fraction) and x.denominator == 1 and x < 200:
            return Fraction(math.factorial(int(x) - 1))
        if len(arguments) == 1:
            return _enclosed(function, x)
        n = arguments[0]
        assert isinstance(n, Fraction)
        return _enclosed(lambda t: mp.polygamma(int(n), t), x)

    return apply


def _extreme(pick: Callable[..., Any]) -> Callable[..., Value]:
    def apply(evaluator: Evaluator, *values: Value) -> Value:
        if all(isinstance(value, Fraction) for value in values):
            exact: Fraction = pick(values)
            return exact
        balls = [ball(value) for value in values]
        low, high = pick(m - r for m, r in balls), pick(m + r for m, r in balls)
        return _rounded((low + high) / 2, (high - low) / 2)

    return apply


def _abs(evaluator: Evaluator, x: Value) -> Value:
    return abs(x) if isinstance(x, Fraction) else Ball(abs(x.middle), x.radius)


def _atan2(evaluator: Evaluator, y: Value, x: Value) -> Value:
    across, up = evaluator.sign(x), evaluator.sign(y)
    if across == 0:
        if up == 0:
            raise Undefined
        return _rounded(up * mp.pi / 2, mp.mpf(0))
    angle = evaluator.call("atan", [evaluator.quotient(y, x)])
    return angle if across > 0 else plus(angle, _rounded(mp.pi if up >= 0 else -mp.pi, mp.mpf(0)))


def _beta(evaluator: Evaluator, a: Value, b: Value) -> Value:
    if evaluator.sign(a) <= 0 or evaluator.sign(b) <= 0:
        raise Undefined
    top = times(evaluator.call("gamma", [a]), evaluator.call("gamma", [b]))
    return evaluator.quotient(top, evaluator.call("gamma", [plus(a, b)]))


def _sum_of_exponentials(evaluator: Evaluator, *z: Value) -> Value:
    return evaluator.operation("add", [evaluator.call("exp", [each]) for each in z])


def _logsumexp(evaluator: Evaluator, *z: Value) -> Value:
    return evaluator.call("ln", [_sum_of_exponentials(evaluator, *z)])


def _softmax(evaluator: Evaluator, k: Value, *z: Value) -> Value:
    assert isinstance(k, Fraction)
    return evaluator.quotient(evaluator.call("exp", [z[int(k) - 1]]), _sum_of_exponentials(evaluator, *z))


def _log_softmax(evaluator: Evaluator, k: Value, *z: Value) -> Value:
    return evaluator.call("ln", [_softmax(evaluator, k, *z)])


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "exp": _smooth(mp.exp, at0=1), "ln": _ln, "sqrt": _root(2), "cbrt": _root(3), "abs": _abs,
    "sign": lambda evaluator, x: Fraction(evaluator.sign(x)), "floor": lambda evaluator, x: evaluator.floor(x),
    "max": _extreme(max), "min": _extreme(min),
    "sin": _smooth(mp.sin, at0=0), "cos": _smooth(mp.cos, at0=1), "atan": _smooth(mp.atan, at0=0), "atan2": _atan2,
    "asin": _within(-1, 1, False, mp.asin), "acos": _within(-1, 1, False, mp.acos),
    "sinh": _smooth(mp.sinh, at0=0), "cosh": _smooth(mp.cosh, at0=1), "tanh": _smooth(mp.tanh, at0=0),
    "asinh": _smooth(mp.asinh, at0=0), "acosh": _within(1, None, False, mp.acosh), "atanh": _within(-1, 1, True, mp.atanh),
    "erf": _smooth(mp.erf, at0=0), "erfc": _smooth(mp.erfc, at0=1),
    "gamma": _off_poles(mp.gamma, factorials=True), "digamma": _off_poles(mp.digamma),
    "polygamma": _off_poles(mp.digamma), "lgamma": _off_poles(lambda x: mp.log(abs(mp.gamma(x)))), "beta": _beta,
    "logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax,
}  # fmt: skip

# What the other functions are, from their pages (`calcml functions NAME`), in terms of those above.
DEFINED: dict[str, tuple[str, str]] = {
    "log": ("x base", "ln(x)/ln(base)"), "log2": ("x", "ln(x)/ln(2)"), "log10": ("x", "ln(x)/ln(10)"),
    "log1p": ("x", "ln(1 + x)"), "expm1": ("x", "exp(x) - 1"), "hypot": ("x y", "sqrt(x^2 + y^2)"),
    "ceil": ("x", "-floor(-x)"), "mod": ("a b", "a - b*floor(a/b)"), "clip": ("x a b", "min(max(x, a), b)"),
    "tan": ("x", "sin(x)/cos(x)"), "cot": ("x", "cos(x)/sin(x)"), "sec": ("x", "1/cos(x)"), "csc": ("x", "1/sin(x)"),
    "acot": ("x", "pi/2 - atan(x)"), "asec": ("x", "acos(1/x)"), "acsc": ("x", "asin(1/x)"),
    "coth": ("x", "cosh(x)/sinh(x)"), "sech": ("x", "1/cosh(x)"), "csch": ("x", "1/sinh(x)"),
    "acoth": ("x", "atanh(1/x)"), "asech": ("x", "acosh(1/x)"), "acsch": ("x", "asinh(1/x)"),
    "factorial": ("x", "gamma(x + 1)"), "trigamma": ("x", "polygamma(1, x)"), "erfcx": ("x", "exp(x^2)*erfc(x)"),
    "normal_pdf": ("x", "exp(-x^2/2)/sqrt(2*pi)"), "normal_cdf": ("x", "erfc(-x/sqrt(2))/2"),
    "sinc": ("x", "{1: x = 0; sin(x)/x: otherwise}"),
    "dsinc": ("x", "{0: x = 0; (x*cos(x) - sin(x))/x^2: otherwise}"),
    "sigmoid": ("x", "1/(1 + exp(-x))"), "logit": ("x", "ln(x/(1 - x))"), "log_sigmoid": ("x", "-ln(1 + exp(-x))"),
    "softsign": ("x", "x/(1 + abs(x))"), "hardtanh": ("x", "max(-1, min(x, 1))"),
    "hard_sigmoid": ("x", "min(max(x + 3, 0), 6)/6"), "tanhshrink": ("x", "x - tanh(x)"),
    "relu": ("x", "max(x, 0)"), "leaky_relu": ("x slope=0.01", "{slope*x: x < 0; x: otherwise}"),
    "prelu": ("x a", "{a*x: x < 0; x: otherwise}"), "relu6": ("x", "min(max(x, 0), 6)"),
    "elu": ("x alpha=1", "{alpha*(exp(x) - 1): x < 0; x: otherwise}"),
    "celu": ("x alpha=1", "{alpha*(exp(x/alpha) - 1): x < 0; x: otherwise}"),
    "softplus": ("x", "ln(1 + exp(x))"), "gelu": ("x", "x*erfc(-x/sqrt(2))/2"),
    "gelu_tanh": ("x", "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))"), "silu": ("x", "x/(1 + exp(-x))"),
    "mish": ("x", "x*tanh(ln(1 + exp(x)))"), "hardswish": ("x", "x*min(max(x + 3, 0), 6)/6"),
    "heaviside": ("x", "{0: x < 0; 1/2: x = 0; 1: otherwise}"), "log_cosh": ("x", "ln(cosh(x))"),
    "huber": ("x delta=1", "{x^2/2: abs(x) <= delta; delta*(abs(x) - delta/2): otherwise}"),
    "hinge": ("x", "max(0, 1 - x)"),
    "selu": ("x", "1.0507009873554804934193349852946*elu(x, 1.6732632423543772848170429916717)"),
}  # fmt: skip
_definitions: dict[tuple[str, int], tuple[list[str], Tree]] = {}


def definition(name: str, given: int) -> tuple[list[str], Tree]:
    """The names of the parameters that are given, and the definition with the others at their defaults."""
    if (name, given) not in _definitions:
        names, text = DEFINED[name]
        parameters = [parameter.split("=") for parameter in names.split()]
        tree = Reader(text).read()
        for parameter, *default in parameters[given:]:
            tree = _replaced(tree, parameter, ("number", Fraction(default[0])))
        _definitions[name, given] = [parameter for parameter, *_ in parameters[:given]], tree
    return _definitions[name, given]


def _replaced(tree: Tree, name: str, by: Tree) -> Tree:
    if tree == ("symbol", name):
        return by
    return tuple(_replaced(part, name, by) if isinstance(part, tuple) else part for part in tree)


# ---------------------------------------------------------------- points


class Place(NamedTuple):
    """A point. `special`: chosen so that something is 0 there, so what cannot be told from 0 with 400 digits is 0."""

    at: dict[str, Tree]
    special: bool

    def values(self) -> dict[str, Value]:
        return {name: Evaluator({}, True).value(tree) for name, tree in self.at.items()}

    def __str__(self) -> str:
        return ", ".join(f"{name} = {shown(tree)}" for name, tree in sorted(self.at.items())) or "the constant"


def shown(tree: Tree) -> str:
    return str(tree[1]) if tree[0] == "number" else mp.nstr(ball(Evaluator({}, True).value(tree)).middle, 8)


def place(**texts: str) -> Place:
    trees = {name: read(text) for name, text in texts.items()}
    special = any(not isinstance(Evaluator({}, True).value(tree), Fraction) for tree in trees.values())
    return Place(trees, special or not texts)


SMALL = [str(n) for n in range(-12, 13)] + [
    "1/2", "-1/2", "3/2", "-3/2", "5/2", "-5/2", "1/3", "-1/3", "2/3", "4/3", "-5/3", "1/4", "3/4", "-1/4", "5/4",
    "1/10", "-1/10", "9/10", "-9/10", "99/100", "101/100", "-99/100", "-101/100", "1 - 1e-9", "1 + 1e-9", "-1 + 1e-9",
    "2 + 1e-9", "3 - 1e-9", "1e-6", "-1e-6", "1e-12", "-1e-12", "1e-30", "-1e-30",
]  # fmt: skip
LARGE = ["100", "-100", "1001", "-1000", "12345.678", "10^6", "-10^6", "10^9 + 1/2", "10^12", "-10^12", "10^25"]
SPECIAL = [f"{k}*pi/12" for k in (*range(-13, 14), -24, -18, 15, 16, 18, 20, 21, 24) if k] + [
    "e", "-e", "1/e", "sqrt(2)", "-sqrt(2)", "1/sqrt(2)", "ln(2)", "(1 + sqrt(5))/2", "sqrt(3)/2", "pi*10", "-pi*15/2",
]  # fmt: skip


def random_rational(rng: random.Random) -> Fraction:
    kind = rng.random()
    if kind < 0.4:
        return Fraction(rng.randint(-4 * 997, 4 * 997), 997)
    if kind < 0.6:
        return Fraction(rng.randint(-991, 991), 991)
    size = Fraction(rng.randint(1000, 9999), 1000) * Fraction(10) ** rng.randint(-8, 7)
    return size if rng.random() < 0.5 else -size


def places(names: list[str], seed: str) -> list[Place]:
    """The points a pair is tried at: the only one for constants, a long list for one variable, else random ones."""
    rng = random.Random(seed)
    if not names:
        return [place()]
    if len(names) == 1:
        name = names[0]
        found = [place(**{name: text}) for text in SMALL + LARGE + SPECIAL]
        return found + [Place({name: ("number", random_rational(rng))}, False) for _ in range(60)]
    return [Place({n: ("number", v) for n, v in random_point(names, rng, i).items()}, False) for i in range(180)]


def random_point(names: list[str], rng: random.Random, i: int, far: float = 0.8) -> dict[str, Fraction]:
    """Every other one with small coordinates, every third positive, every fifth with two coordinates of one size."""
    few = [Fraction(n, d) for n in range(-4, 5) for d in (1, 1, 2, 3, 7)]
    point = {name: random_rational(rng) if i % 2 == 0 and rng.random() < far else rng.choice(few) for name in names}
    if i % 3 == 0:
        point = {name: abs(value) or Fraction(1, 7) for name, value in point.items()}
    if i % 5 == 0:
        a, b = rng.sample(names, 2)
        point[a] = point[b] * rng.choice((1, 1, -1))
    return point


# ---------------------------------------------------------------- questions about one point


def decided(question: Callable[[bool], Any], special: bool) -> Any:
    """The answer with as many digits as it needs; Skipped if no number of digits suffices."""
    digits = (DIGITS[0], DIGITS[-1]) if special else DIGITS
    for dps in digits:
        with mpmath.workdps(dps):
            try:
                return question(special and dps == digits[-1])
            except Undecided:
                pass
    raise Skipped


def evaluated(tree: Tree, where: Place, final: bool) -> Value | None:
    """The value, or None where there is none."""
    try:
        return Evaluator(where.values(), final).value(tree)
    except Undefined:
        return None


def true_at(condition: Tree | None, where: Place) -> bool:
    """Whether the condition holds; one without a value does not."""
    if condition is None:
        return True

    def question(final: bool) -> bool:
        try:
            return Evaluator(where.values(), final).holds(condition)
        except Undefined:
            return False

    return bool(decided(question, where.special))


def compared(a: Tree, b: Tree, where: Place) -> str:
    """`same` or `differ`, `first` or `second` where only one side has a value, `neither`."""

    def question(final: bool) -> str:
        u, v = evaluated(a, where, final), evaluated(b, where, final)
        if u is None or v is None:
            return "neither" if u is v else "first" if v is None else "second"
        if isinstance(u, Fraction) and isinstance(v, Fraction):
            return "same" if u == v else "differ"
        (m, r), (n, s) = ball(u), ball(v)
        if abs(m - n) > r + s:
            return "differ"
        if r + s > max(abs(m), abs(n)) * mp.mpf(10) ** -AGREE and r + s > mp.mpf(10) ** (-5 * AGREE):
            raise Undecided
        return "same"

    return str(decided(question, where.special))


def number_at(tree: Tree, where: Place) -> Any:
    """The value as an mpf of many digits, None where there is none."""

    def question(final: bool) -> Any:
        value = evaluated(tree, where, final)
        if value is None:
            return None
        m, r = ball(value)
        if r > abs(m) * mp.mpf(10) ** -AGREE and r > mp.mpf(10) ** (-5 * AGREE):
            raise Undecided
        return m

    return decided(question, where.special)


# ---------------------------------------------------------------- the verdicts, by mpmath


class Row(NamedTuple):
    """A row, with its texts read."""

    a: Tree
    b: Tree
    verdict: str
    names: list[str]
    assume: Tree | None
    where: Tree | None
    points: list[str]
    witness: Place | None


def row_of(pair: dict[str, Any]) -> Row:
    a, b = read(pair["a"]), read(pair["b"])
    assume, where = (read(pair[key]) if key in pair else None for key in ("assume", "where"))
    names = sorted(names_in(a) | names_in(b))
    witness = place(**pair["witness"]) if "witness" in pair else None
    return Row(a, b, pair["verdict"], names, assume, where, pair.get("points", []), witness)


def listed(row: Row, where: Place) -> bool:
    """Whether the point is one of `points`, or satisfies one of their conditions."""
    if len(row.names) > 1:
        return any(true_at(Reader(text).read(), where) for text in row.points)
    with mpmath.workdps(DIGITS[0]):
        (value,) = where.values().values()
        return any(_is_listed(Reader(text).read(), value) for text in row.points)


def _is_listed(tree: Tree, value: Value) -> bool:
    """Whether the tree has that value for some whole k, in which it is linear (of |k| perhaps)."""

    def at(k: int) -> Value:
        return Evaluator({"k": Fraction(k)}, True).value(tree)

    step = ball(minus(at(1), at(0))).middle
    k = int(mp.nint(ball(minus(value, at(0))).middle / step)) if step else 0
    return bool(abs(ball(minus(value, at(k))).middle) < (abs(ball(value).middle) + 1) * mp.mpf(10) ** -AGREE)


def confirm_by_points(row: Row, seed: str) -> Counter[str]:
    """How often each answer of `compared` was found. Raises Disagreement where one contradicts the verdict."""
    found: Counter[str] = Counter()
    for where in places(row.names, seed):
        try:
            if not true_at(row.assume, where):
                continue
            answer = compared(row.a, row.b, where)
            covered = row.where is None or true_at(row.where, where)
            excused = answer in ("first", "second") and row.verdict == "equal except" and listed(row, where)
        except Skipped:
            found["skipped"] += 1
            continue
        found[answer] += 1
        if row.verdict == "different":
            continue
        if answer == "differ":
            raise Disagreement(f"the values differ at {where}")
        if answer in ("first", "second"):
            found["apart"] += 1
            if row.verdict == "equal" or (row.verdict == "equal except" and not excused):
                raise Disagreement(f"only the {answer} side has a value at {where}")
        if row.verdict == "equal where" and covered != (answer == "same"):
            raise Disagreement(f"`where` is {str(covered).lower()} at {where}, the sides: {answer}")
    if row.verdict != "different" and row.names and found["same"] < 12:
        raise Disagreement(f"only {found['same']} points to compare values at")
    if row.verdict == "equal where" and found["apart"] < 8:
        raise Disagreement(f"one side alone has a value at {found['apart']} points only")
    return found


def confirm_points(row: Row, seed: str) -> None:
    """Each listed point is in exactly one domain, and the value there is the limit of the other side."""
    for spot, condition in listed_places(row, seed):
        answer = compared(row.a, row.b, spot)
        if answer == "neither" and len(row.names) > 1:
            continue
        if answer not in ("first", "second"):
            raise Disagreement(f"at {spot}, listed in `points`, the sides: {answer}")
        inside, outside = (row.a, row.b) if answer == "first" else (row.b, row.a)
        confirm_limit(inside, outside, spot, condition)


def confirm_limit(inside: Tree, outside: Tree, spot: Place, condition: str) -> None:
    rng = random.Random(str(spot))
    seen = 0
    for _ in range(12):
        direction = {name: Fraction(rng.randint(-99, 99), 10) or Fraction(1) for name in spot.at}
        gaps = []
        for exponent in (-12, -24):
            moved = {
                name: ("add", tree, ("number", direction[name] * Fraction(10) ** exponent))
                for name, tree in spot.at.items()
            }
            near = Place(moved, False)
            try:
                if compared(inside, outside, near) != "same":
                    break
                limit, beside = number_at(inside, spot), number_at(outside, near)
            except Skipped:
                break
            with mpmath.workdps(DIGITS[0]):
                gaps.append(abs(beside - limit) / max(1, abs(limit)))
        if len(gaps) == 2:
            seen += 1
            if gaps[1] > mp.mpf(10) ** -9 or gaps[1] > max(gaps[0], mp.mpf(10) ** -20):
                raise Disagreement(f"the value at {spot} ({condition}) is not the limit: {mp.nstr(gaps[1], 5)} off")
    if not seen:
        raise Disagreement(f"no point near {spot} ({condition}) has both values")


def listed_places(row: Row, seed: str) -> Iterator[tuple[Place, str]]:
    """The listed points of one variable; for several variables random points of each condition."""
    if len(row.names) == 1:
        for text in row.points:
            many = range(-3, 4) if "k" in names_in(Reader(text).read()) else range(1)
            for k in many:
                yield place(**{row.names[0]: re.sub(r"\bk\b", f"({k})", text)}), text
        return
    rng = random.Random(seed)
    for text in row.points:
        found = apart = 0
        for i in range(400):
            point = random_point(row.names, rng, 2 * i + 1, far=0)
            for part in text.split(" and "):
                if found_equation := re.fullmatch(r"(\w+) = (.+)", part):
                    name, value = found_equation[1], Reader(found_equation[2]).read()
                    exact = Evaluator({n: v for n, v in point.items()}).value(value)
                    assert isinstance(exact, Fraction)
                    point[name] = exact
            where = Place({name: ("number", value) for name, value in point.items()}, True)
            if true_at(Reader(text).read(), where) and true_at(row.assume, where):
                found += 1
                apart += compared(row.a, row.b, where) in ("first", "second")
                yield where, text
            if found == 25:
                break
        if apart < 5:
            raise Disagreement(f"{text}: one side alone has a value at {apart} points only")


def confirm_witness(row: Row) -> Any:
    """The difference of the sides at the witness."""
    assert row.witness is not None
    if set(row.witness.at) != set(row.names):
        raise Disagreement(f"the witness gives {sorted(row.witness.at)}, the pair has {row.names}")
    if not true_at(row.assume, row.witness):
        raise Disagreement("the assumption does not hold at the witness")
    answer = compared(row.a, row.b, row.witness)
    if answer != "differ":
        raise Disagreement(f"the witness does not separate: {answer}")
    return number_at(("sub", row.a, row.b), row.witness)


# ---------------------------------------------------------------- tree -> SymPy

SYMPY: dict[str, Callable[..., Any]] = {
    "exp": sympy.exp, "ln": sympy.log, "sqrt": sympy.sqrt, "abs": sympy.Abs, "sign": sympy.sign, "floor": sympy.floor,
    "cbrt": lambda x: sympy.sign(x) * sympy.cbrt(sympy.Abs(x)), "max": sympy.Max, "min": sympy.Min,
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
    "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan, "atan2": sympy.atan2, "asec": sympy.asec,
    "acsc": sympy.acsc, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "coth": sympy.coth,
    "sech": sympy.sech, "csch": sympy.csch, "asinh": sympy.asinh, "acosh": sympy.acosh, "atanh": sympy.atanh,
    "acoth": sympy.acoth, "ceil": sympy.ceiling, "erf": sympy.erf, "erfc": sympy.erfc, "gamma": sympy.gamma,
    "digamma": sympy.digamma, "trigamma": sympy.trigamma, "polygamma": sympy.polygamma, "beta": sympy.beta,
    "factorial": lambda x: sympy.gamma(x + 1), "lgamma": lambda x: sympy.log(sympy.Abs(sympy.gamma(x))),
    "logsumexp": lambda *z: sympy.log(sympy.Add(*map(sympy.exp, z))),
    "softmax": lambda k, *z: sympy.exp(z[int(k) - 1]) / sympy.Add(*map(sympy.exp, z)),
    "log_softmax": lambda k, *z: z[int(k) - 1] - sympy.log(sympy.Add(*map(sympy.exp, z))),
}  # fmt: skip
SYMPY_RELATIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "!=": sympy.Ne, "=": sympy.Eq}


def _power(base: Any, exponent: Any) -> Any:
    if base.is_Rational and exponent.is_Integer and abs(exponent) > 10_000:  # SymPy would multiply it out
        base = base.evalf(200)
    return base**exponent


SYMPY_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": sympy.Add, "mul": sympy.Mul, "sub": lambda a, b: a - b, "div": lambda a, b: a / b, "neg": lambda a: -a,
    "pow": _power, "and": sympy.And, "or": sympy.Or, "not": sympy.Not,
}  # fmt: skip


def to_sympy(tree: Tree, symbols: dict[str, Any]) -> Any:
    kind = tree[0]
    if kind == "number":
        return sympy.Rational(tree[1].numerator, tree[1].denominator)
    if kind == "symbol":
        return symbols[tree[1]]
    if kind == "constant":
        return {"e": sympy.E, "pi": sympy.pi}[tree[1]]
    if kind == "relation":
        return SYMPY_RELATIONS[tree[1]](to_sympy(tree[2], symbols), to_sympy(tree[3], symbols))
    arguments = [to_sympy(part, symbols) for part in tree[(2 if kind == "call" else 1) :]]
    if kind == "cases":
        pairs = [(arguments[i], arguments[i + 1]) for i in range(0, len(arguments) - 1, 2)]
        return sympy.Piecewise(*pairs, *([(arguments[-1], True)] if len(arguments) % 2 else []))
    if kind != "call":
        return SYMPY_OPERATIONS[kind](*arguments)
    if tree[1] in SYMPY:
        return SYMPY[tree[1]](*arguments)
    names, body = definition(tree[1], len(arguments))
    return to_sympy(body, dict(zip(names, arguments, strict=True)))


def sympy_number(expression: Any, where: Place, digits: int = SYMPY_DIGITS, maxn: int = 800) -> Any:
    """SymPy's value at the point, as an mpf."""
    at = {sympy.Symbol(name, real=True): to_sympy(tree, {}) for name, tree in where.at.items()}
    try:
        value = expression.evalf(digits + 10, subs=at, maxn=maxn)
    except (TypeError, ValueError):  # Max, at a tie of values that are not exact
        value = expression.xreplace(at).evalf(digits + 10, maxn=maxn)
    if value.is_Float or value.is_Rational:
        with mpmath.workdps(digits + 10):
            return mpmath.mpf(value._mpf_) if value.is_Float else mpmath.mpf(value.p) / value.q
    raise Disagreement(f"SymPy's value is {str(value)[:60]} at {where}")


def confirm_by_sympy(pair: dict[str, Any], row: Row, difference: Any) -> int:
    """The number of values that SymPy computes alike, from calcml's reading of the texts."""
    symbols = {name: sympy.Symbol(name, real=True) for name in row.names}
    sides = [(to_sympy(tree_of_calcml(pair[key]), symbols), tree) for key, tree in (("a", row.a), ("b", row.b))]
    agreed = 0
    for where in [row.witness] if row.witness is not None else sympy_places(row, pair["a"] + pair["b"]):
        for expression, tree in sides:
            ours, theirs = number_at(tree, where), sympy_number(expression, where)
            with mpmath.workdps(DIGITS[0]):
                if abs(ours - theirs) > mp.mpf(10) ** (2 - SYMPY_DIGITS) * max(1, abs(ours)):
                    values = f"SymPy has {mp.nstr(theirs, 20)}, mpmath {mp.nstr(ours, 20)}"
                    raise Disagreement(f"{values} at {where}")
            agreed += 1
    if difference is not None:
        theirs = sympy_number(sides[0][0] - sides[1][0], row.witness or place(), 20, 6000)
        with mpmath.workdps(DIGITS[0]):
            if abs(difference - theirs) > abs(difference) * mp.mpf(10) ** -10:
                raise Disagreement(f"SymPy's difference at the witness is {mp.nstr(theirs, 10)}")
    return agreed


def sympy_places(row: Row, seed: str, wanted: int = 4) -> list[Place]:
    """Points of moderate size where both sides have a value."""
    if not row.names:
        return [place()]
    rng = random.Random(seed + "sympy")
    found: list[Place] = []
    for i in range(2000):
        if len(row.names) == 1:
            point = {row.names[0]: Fraction(rng.randint(-400, 400), 101)}
        else:
            point = {name: Fraction(rng.randint(1 if i % 2 else -300, 300), 101) for name in row.names}
        where = Place({name: ("number", value) for name, value in point.items()}, False)
        try:
            if true_at(row.assume, where) and compared(row.a, row.b, where) == "same":
                found.append(where)
        except Skipped:
            continue
        if len(found) == wanted:
            break
    return found


# ---------------------------------------------------------------- proofs by SymPy


class TimeOut(BaseException):
    """SymPy takes too long. Not an Exception: SymPy catches those."""


def _ring(*_: object) -> None:
    raise TimeOut


def prove(pair: dict[str, Any], row: Row) -> str:
    """How SymPy reduces the difference of the two sides to 0; empty if it does not."""
    signal.signal(signal.SIGALRM, _ring)
    condition = " and ".join(pair[key] for key in ("assume", "where") if key in pair)
    positive = set(re.findall(r"(?:^|and )(\w+) >=? \d+(?= and|$)", condition))
    symbols = {
        name: sympy.Symbol(name, positive=True) if name in positive else sympy.Symbol(name, real=True)
        for name in row.names
    }
    ends = time.perf_counter() + PROOF_SECONDS
    gc.disable()  # an alarm that rings inside a callback of the collector (calcml has one) is lost
    try:
        signal.setitimer(signal.ITIMER_REAL, PROOF_SECONDS, 0.5)
        difference = to_sympy(row.a, symbols) - to_sympy(row.b, symbols)
        for name, step in [*PROOFS, ("signs", lambda _: _by_signs(row)), ("derivative", lambda d: _by_slope(d, row))]:
            if time.perf_counter() > ends:
                break
            signal.setitimer(signal.ITIMER_REAL, PROOF_SECONDS / 3, 0.5)
            try:
                if step(difference) == 0:
                    return name
            except TimeOut:
                continue
            except Exception:  # SymPy fails in many ways; what it cannot do is no proof
                continue
        return ""
    except TimeOut:
        return ""
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.enable()


def _by_signs(row: Row) -> Any:
    """0 if the sides agree for every choice of signs of the variables that has a point with both values."""
    done: set[tuple[bool, ...]] = set()
    for where in sympy_places(row, "signs", 24):
        signs = tuple(bool(where.at[name][1] > 0) for name in row.names)
        if signs in done:
            continue
        done.add(signs)
        dummies = [sympy.Dummy(positive=True) if up else -sympy.Dummy(positive=True) for up in signs]
        symbols = dict(zip(row.names, dummies, strict=True))
        difference = to_sympy(row.a, symbols) - to_sympy(row.b, symbols)
        if sympy.simplify(sympy.expand_log(difference)) != 0:
            return None
    return 0 if done else None


def _by_slope(difference: Any, row: Row) -> Any:
    """0 if the derivative is: the difference is then constant on every interval, and the points were on all of them."""
    if len(row.names) != 1:
        return None
    (x,) = difference.free_symbols
    slope = sympy.diff(difference, x)
    if slope.has(sympy.Derivative, sympy.sign, sympy.floor):
        return None
    return 0 if sympy.simplify(slope) == 0 else sympy.radsimp(sympy.simplify(sympy.expand_trig(slope)))


def _by_polynomial(difference: Any) -> Any:
    if difference.free_symbols:
        return None
    t = sympy.Symbol("t")
    return 0 if sympy.minimal_polynomial(difference, t) == t else None


def _through_exponentials(difference: Any) -> Any:
    return sympy.simplify(sympy.expand(difference.rewrite(sympy.exp)))


def _through_cases(difference: Any) -> Any:
    return sympy.simplify(sympy.piecewise_fold(difference.rewrite(sympy.Piecewise)))


PROOFS: list[tuple[str, Callable[[Any], Any]]] = [
    ("construction", lambda d: d), ("expand", sympy.expand), ("together", lambda d: sympy.cancel(sympy.together(d))),
    ("simplify", sympy.simplify), ("expand_trig", lambda d: sympy.trigsimp(sympy.expand_trig(d))),
    ("exponentials", _through_exponentials),
    ("minimal polynomial", _by_polynomial), ("gamma", lambda d: sympy.gammasimp(sympy.expand_func(d))),
    ("erf", lambda d: sympy.simplify(d.rewrite(sympy.erf))), ("cases", _through_cases),
]  # fmt: skip


# ---------------------------------------------------------------- the table


def check(pair: dict[str, Any]) -> dict[str, Any]:
    """What the oracles say of one row: `problem`, or the way of SymPy's proof."""
    started = time.perf_counter()
    report: dict[str, Any] = {"problem": "", "proof": "", "skipped": 0, "values": 0, "alone": 0}
    try:
        row = row_of(pair)
        seed = pair["a"] + pair["b"]
        difference = None
        if row.verdict == "different":
            difference = confirm_witness(row)
        found = confirm_by_points(row, seed)
        report["skipped"] = found["skipped"]
        if row.verdict == "equal except":
            confirm_points(row, seed)
        report["values"] = confirm_by_sympy(pair, row, difference)
        if row.verdict != "different":
            report["proof"] = prove(pair, row)
        for key in ("a", "b"):
            try:
                Reader(pair[key]).read()
            except Unreadable:
                report["alone"] += 1
    except Exception as problem:
        report["problem"] = f"{type(problem).__name__}: {problem}"
    report["seconds"] = time.perf_counter() - started
    return report


def check_form(pairs: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the table as a table."""
    problems: list[str] = []
    seen: dict[Any, int] = {}
    for number, pair in enumerate(pairs, 1):
        label = f"{number}: {pair.get('a')}  |  {pair.get('b')}"
        wanted = {"a", "b", "kind", "verdict"} | FIELDS.get(pair.get("verdict", ""), set())
        if set(pair) - {"assume", "source"} != wanted:
            problems.append(f"{label}: the fields are {sorted(pair)}")
            continue
        try:
            trees = [cm.parse(pair[key]) for key in ("a", "b")]
        except cm.CalcmlError as problem:
            problems.append(f"{label}: calcml cannot read it: {problem}")
            continue
        identity = (frozenset(trees), pair.get("assume"))
        if trees[0] is trees[1]:
            problems.append(f"{label}: the two sides are one tree")
        if identity in seen:
            problems.append(f"{label}: the same pair as row {seen[identity]}")
        seen[identity] = number
    if sum("assume" in pair for pair in pairs) > 20:
        problems.append("more than 20 rows have an assumption")
    return problems


def main(wanted: str = "") -> int:
    pairs = tomllib.loads((HERE / "equality.toml").read_text(encoding="utf-8"))["pair"]
    failures = check_form(pairs)
    pairs = [pair for pair in pairs if not wanted or wanted in f"{pair['a']}  {pair['b']}  {pair['kind']}"]
    with Pool(WORKERS) as pool:
        reports = pool.map(check, pairs, chunksize=4)
    for pair, report in zip(pairs, reports, strict=True):
        label = f"{pair['a']}  |  {pair['b']}"
        if report["problem"]:
            failures.append(f"{pair['verdict']}, {pair['kind']}: {label}: {report['problem']}")
        elif wanted:
            print(f"{pair['verdict']:13} {report['proof']:12} {report['seconds']:5.1f} s  {label}")
    summary(pairs, reports)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} rows disagree" if failures else "every row agrees with both oracles")
    return 1 if failures else 0


def summary(pairs: list[dict[str, Any]], reports: list[dict[str, Any]]) -> None:
    print(f"{len(pairs)} pairs")
    for verdict in VERDICTS:
        count = sum(pair["verdict"] == verdict for pair in pairs)
        print(f"  {verdict:13} {count:4}  {count / max(1, len(pairs)):4.0%}")
    print("kind" + " " * 28 + "".join(f"{verdict:>14}" for verdict in VERDICTS))
    for kind in dict.fromkeys(pair["kind"] for pair in pairs):
        counts = Counter(pair["verdict"] for pair in pairs if pair["kind"] == kind)
        print(f"  {kind:30}" + "".join(f"{counts[verdict]:14}" for verdict in VERDICTS))
    open_rows = [
        pair for pair, report in zip(pairs, reports, strict=True)
        if pair["verdict"] != "different" and not report["proof"]
    ]  # fmt: skip
    proofs = Counter(report["proof"] for report in reports if report["proof"])
    print(f"proven by SymPy: {sum(proofs.values())} ({', '.join(f'{n} {how}' for how, n in proofs.most_common())})")
    print(f"not proven by SymPy, its values agree: {len(open_rows)}")
    for pair in open_rows:
        print(f"  {pair['verdict']:13} {pair['a']}  |  {pair['b']}")
    print(f"values computed alike by mpmath and SymPy: {sum(report['values'] for report in reports)}")
    print(f"points passed over (too large, or a convention): {sum(report['skipped'] for report in reports)}")
    print(f"texts that calcml alone reads: {sum(report['alone'] for report in reports)}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
