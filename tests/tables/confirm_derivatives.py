"""Confirms the tables beside it with two oracles that share nothing with calcml, and little with each other.

    python tests/tables/confirm_derivatives.py [part of a typed text]

- derivatives.toml: each answer is compared with SymPy's derivative, evaluated to 30 digits at random rational points of
  the domain, and with mpmath's numerical differentiation at 40 digits.
- forms.toml: the same for each shown form.
- identities.toml: both sides are evaluated by both at 50 digits. A pair marked equal must agree at every point, a pair
  marked different must differ at one at least.

SymPy gets its expressions from `Reader` below and `SYMPY`; mpmath gets them from Python's own grammar and `MPMATH`,
where most functions are written by other formulas than in `SYMPY`. Both read only explicit text (`plain`, `answer`,
`shown`): what is typed is never read here. Values that are not real, or not finite, are failures: `where` must state
the domain.

Prints a line per row (largest error against SymPy, against mpmath), and exits 1 if anything disagrees.
"""

from __future__ import annotations

import ast
import random
import re
import sys
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import sympy
from mpmath import mp

HERE = Path(__file__).resolve().parent
POINTS = 10  # random points for each row, of both signs where `where` allows them
SYMPY_DIGITS = 30
DIFF_DIGITS = 40
IDENTITY_DIGITS = 50
CONSTANTS = ("e", "pi")

Point = dict[str, Fraction]


class Disagreement(Exception):
    """What an oracle found wrong with a row."""


# ---------------------------------------------------------------- explicit text -> SymPy

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?(?:e-?\d+)?)|([A-Za-z][A-Za-z0-9_]*)|(<=|>=|!=|[-+*/^(),<>=]))")
RELATIONS = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "!=": sympy.Ne, "=": sympy.Eq}


def _cases(*pieces: tuple[Any, Any]) -> Any:
    return sympy.Piecewise(*pieces)


def _larger(*values: Any) -> Any:
    result = values[0]
    for value in values[1:]:
        result = _cases((result, sympy.Ge(result, value)), (value, True))
    return result


def _smaller(*values: Any) -> Any:
    return -_larger(*[-value for value in values])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + sympy.exp(-x))


def _cdf(x: Any) -> Any:
    return (1 + sympy.erf(x / sympy.sqrt(2))) / 2


def _clip(x: Any, low: Any, high: Any) -> Any:
    return _cases((low, x < low), (high, x > high), (x, True))


ONE = sympy.Integer(1)
SELU_ALPHA = "1.6732632423543772848170429916717"
SELU_SCALE = "1.0507009873554804934193349852946"

SYMPY: dict[str, Callable[..., Any]] = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "sec": sympy.sec, "csc": sympy.csc, "cot": sympy.cot,
    "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan,
    "acot": lambda x: sympy.pi / 2 - sympy.atan(x), "asec": lambda x: sympy.acos(1 / x),
    "acsc": lambda x: sympy.asin(1 / x), "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "sech": sympy.sech,
    "csch": sympy.csch, "coth": sympy.coth,
    "asinh": sympy.asinh, "acosh": sympy.acosh, "atanh": sympy.atanh,
    "asech": lambda x: sympy.acosh(1 / x), "acsch": lambda x: sympy.asinh(1 / x), "acoth": lambda x: sympy.atanh(1 / x),
    "exp": sympy.exp, "ln": sympy.log, "log": lambda x, base=sympy.E: sympy.log(x) / sympy.log(base),
    "log2": lambda x: sympy.log(x) / sympy.log(2), "log10": lambda x: sympy.log(x) / sympy.log(10),
    "sqrt": sympy.sqrt, "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "abs": sympy.Abs, "sign": sympy.sign, "erf": sympy.erf,
    "phi": lambda x: sympy.exp(-x**2 / 2) / sympy.sqrt(2 * sympy.pi),
    "Phi": _cdf, "sinc": lambda x: sympy.sin(x) / x, "max": _larger, "min": _smaller, "clip": _clip,
    "sigmoid": _sigmoid, "softplus": lambda x: sympy.log(1 + sympy.exp(x)), "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * sympy.tanh(sympy.log(1 + sympy.exp(x))), "gelu": lambda x: x * _cdf(x),
    "softsign": lambda x: x / (1 + sympy.Abs(x)), "logit": lambda p: sympy.log(p / (1 - p)),
    "relu": lambda x: _cases((0, x < 0), (x, True)), "relu6": lambda x: _clip(x, sympy.Integer(0), sympy.Integer(6)),
    "leaky_relu": lambda x, slope=ONE / 100: _cases((slope * x, x < 0), (x, True)),
    "elu": lambda x, alpha=ONE: _cases((alpha * (sympy.exp(x) - 1), x < 0), (x, True)),
    "selu": lambda x: sympy.Rational(SELU_SCALE)
    * _cases((sympy.Rational(SELU_ALPHA) * (sympy.exp(x) - 1), x < 0), (x, True)),
    "hardtanh": lambda x: _clip(x, sympy.Integer(-1), sympy.Integer(1)),
    "hard_sigmoid": lambda x: _clip(x / 6 + sympy.Rational(1, 2), sympy.Integer(0), sympy.Integer(1)),
    "huber": lambda r, d=ONE: _cases((r**2 / 2, sympy.Abs(r) < d), (d * (sympy.Abs(r) - d / 2), True)),
    "logsumexp": lambda *z: sympy.log(sum(sympy.exp(each) for each in z)),
    "if": lambda condition, yes, no: _cases((yes, condition), (no, True)),
}  # fmt: skip


def without_braces(text: str) -> str:
    """`{a: p; b: q}` as `if(p, a, b)`: the points are drawn where one of the two conditions holds."""
    return re.sub(r"\{([^:{};]+): ([^{};]+); ([^:{};]+): [^{};]+\}", r"if(\2, \1, \3)", text)


class Reader:
    """Explicit text to SymPy: numbers, names, calls, brackets, + - * / ^ and relations. No product is implied."""

    def __init__(self, text: str) -> None:
        text = without_braces(text)
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None:
                raise Disagreement(f"cannot read {text[position:]!r} in {text!r}")
            number, name, mark = found.groups()
            self.tokens.append(("number", number) if number else ("name", name) if name else ("mark", mark))
            position = found.end()
        self.tokens.append(("end", ""))

    def read(self) -> Any:
        value = self.disjunction()
        if self.tokens[self.at][0] != "end":
            raise Disagreement(f"unexpected {self.tokens[self.at][1]!r} in {self.text!r}")
        return value

    def takes(self, *marks: str) -> str:
        kind, text = self.tokens[self.at]
        if text in marks and kind in ("mark", "name"):
            self.at += 1
            return text
        return ""

    def disjunction(self) -> Any:
        value = self.conjunction()
        while self.takes("or"):
            value = sympy.Or(value, self.conjunction())
        return value

    def conjunction(self) -> Any:
        value = self.relation()
        while self.takes("and"):
            value = sympy.And(value, self.relation())
        return value

    def relation(self) -> Any:
        value = self.sum()
        sign = self.takes(*RELATIONS)
        return RELATIONS[sign](value, self.sum()) if sign else value

    def sum(self) -> Any:
        value = self.product()
        while sign := self.takes("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.signed()
        while sign := self.takes("*", "/"):
            value = value * self.signed() if sign == "*" else value / self.signed()
        return value

    def signed(self) -> Any:
        return -self.signed() if self.takes("-") else self.power()

    def power(self) -> Any:
        base = self.atom()
        return base ** self.signed() if self.takes("^") else base

    def atom(self) -> Any:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return sympy.Rational(text)
        if kind == "name" and self.takes("("):
            if text not in SYMPY:
                raise Disagreement(f"unknown function {text!r}")
            arguments = [self.disjunction()]
            while self.takes(","):
                arguments.append(self.disjunction())
            self.close()
            return SYMPY[text](*arguments)
        if kind == "name":
            return {"e": sympy.E, "pi": sympy.pi}.get(text) or sympy.Symbol(text, real=True)
        if (kind, text) == ("mark", "("):
            value = self.disjunction()
            self.close()
            return value
        raise Disagreement(f"unexpected {text!r} in {self.text!r}")

    def close(self) -> None:
        if not self.takes(")"):
            raise Disagreement(f"a bracket is open in {self.text!r}")


def sympy_value(expression: Any, point: Point, digits: int) -> Any:
    """The value as an mpf of `digits` digits, computed with some to spare."""
    # Floats with room to spare: SymPy would look for the prime factors of 2497/997 raised to a rational power.
    where = {
        sympy.Symbol(name, real=True): sympy.Rational(at.numerator, at.denominator).evalf(digits + 40)
        for name, at in point.items()
    }
    value = sympy.sympify(expression).xreplace(where).doit().evalf(digits + 10, maxn=1000)
    if not value.is_Float and not value.is_Rational:
        raise Disagreement(f"SymPy's value is {str(value)[:60]} at {shown(point)}")
    with mpmath.workdps(digits + 10):
        return mpmath.mpf(value._mpf_) if value.is_Float else mpmath.mpf(value.p) / value.q


# ---------------------------------------------------------------- explicit text -> mpmath

Function = Callable[[dict[str, Any]], Any]


def _half(x: Any) -> Any:
    return x / 2


def _ramp(x: Any) -> Any:
    return (x + abs(x)) / 2


def _between(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, low), high)


def _spread(*z: Any) -> Any:
    top = max(z)
    return top + mp.log(mp.fsum(mp.exp(each - top) for each in z))


MPMATH: dict[str, Callable[..., Any]] = {
    "sin": mp.sin, "cos": mp.cos, "tan": lambda x: mp.sin(x) / mp.cos(x), "sec": lambda x: 1 / mp.cos(x),
    "csc": lambda x: 1 / mp.sin(x), "cot": lambda x: mp.cos(x) / mp.sin(x),
    "asin": lambda x: mp.atan2(x, mp.sqrt((1 - x) * (1 + x))),
    "acos": lambda x: mp.atan2(mp.sqrt((1 - x) * (1 + x)), x),
    "atan": mp.atan, "acot": lambda x: mp.atan2(1, x), "asec": mp.asec, "acsc": mp.acsc,
    "sinh": lambda x: (mp.exp(x) - mp.exp(-x)) / 2, "cosh": lambda x: (mp.exp(x) + mp.exp(-x)) / 2,
    "tanh": lambda x: 1 - 2 / (mp.exp(2 * x) + 1), "sech": lambda x: 2 / (mp.exp(x) + mp.exp(-x)),
    "csch": lambda x: 2 / (mp.exp(x) - mp.exp(-x)), "coth": lambda x: 1 + 2 / (mp.exp(2 * x) - 1),
    "asinh": lambda x: mp.log(x + mp.sqrt(x * x + 1)), "acosh": lambda x: mp.log(x + mp.sqrt((x - 1) * (x + 1))),
    "atanh": lambda x: mp.log((1 + x) / (1 - x)) / 2, "asech": lambda x: mp.log((1 + mp.sqrt(1 - x * x)) / x),
    "acsch": lambda x: mp.log(1 / x + mp.sqrt(1 + x * x) / abs(x)), "acoth": lambda x: mp.log((x + 1) / (x - 1)) / 2,
    "exp": mp.exp, "ln": mp.log, "log": lambda x, base=None: mp.log(x) if base is None else mp.log(x, base),
    "log2": lambda x: mp.log(x, 2), "log10": mp.log10, "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x), "abs": abs, "sign": mp.sign, "erf": mp.erf,
    "phi": mp.npdf, "Phi": mp.ncdf, "sinc": mp.sinc, "max": max, "min": min, "clip": _between,
    "sigmoid": lambda x: (1 + mp.tanh(x / 2)) / 2, "softplus": lambda x: max(x, 0) + mp.log1p(mp.exp(-abs(x))),
    "silu": lambda x: x * (1 + mp.tanh(_half(x))) / 2,
    "mish": lambda x: x * (1 - 2 / ((1 + mp.exp(x)) ** 2 + 1)), "gelu": lambda x: x * mp.ncdf(x),
    "softsign": lambda x: x / (1 + abs(x)), "logit": lambda p: mp.log(p) - mp.log1p(-p),
    "relu": _ramp, "relu6": lambda x: _between(x, 0, 6),
    "leaky_relu": lambda x, slope=None: x if x >= 0 else x / 100 if slope is None else x * slope,
    "elu": lambda x, alpha=1: x if x >= 0 else alpha * mp.expm1(x),
    "selu": lambda x: mp.mpf(SELU_SCALE) * (x if x >= 0 else mp.mpf(SELU_ALPHA) * mp.expm1(x)),
    "hardtanh": lambda x: _between(x, -1, 1), "hard_sigmoid": lambda x: _between((x + 3) / 6, 0, 1),
    "huber": lambda r, d=1: r * r / 2 if -d <= r <= d else d * abs(r) - d * d / mp.mpf(2),
    "logsumexp": _spread, "if": lambda condition, yes, no: yes if condition else no,
}  # fmt: skip
COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
    ast.NotEq: lambda a, b: a != b, ast.Eq: lambda a, b: a == b,
}  # fmt: skip
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: mp.power(a, int(b)) if isinstance(b, mpmath.mpf) and mp.isint(b) else mp.power(a, b),
}  # fmt: skip
PYTHON_WORDS = {"if": "if_", "lambda": "lambda_"}


def mpmath_function(text: str) -> Function:
    """The text as a function of a dictionary of mpf; nothing of it is executed by Python itself."""
    text = without_braces(text)
    python = re.sub(r"\b(if|lambda)\b", lambda found: PYTHON_WORDS[found[1]], text).replace("^", "**")
    python = re.sub(r"(?<![<>!=])=(?!=)", "==", python)
    python = re.sub(r"(?<![\w.])\d+(?:\.\d+(?:e-?\d+)?|e-?\d+)", _quotient, python)  # Python would make a float of it
    return _closure(ast.parse(python, mode="eval").body)


def _quotient(decimal: re.Match[str]) -> str:
    value = Fraction(decimal[0])
    return f"({value.numerator}/{value.denominator})"


def _closure(node: ast.expr) -> Function:
    if isinstance(node, ast.Constant):
        number = node.value
        return lambda at: mp.mpf(number)
    if isinstance(node, ast.Name):
        name = node.id.removesuffix("_")
        if name in CONSTANTS:
            return lambda at: +getattr(mp, name)
        return lambda at: at[name]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _closure(node.operand)
        return lambda at: -inner(at)
    if isinstance(node, ast.BinOp):
        left, right, operation = _closure(node.left), _closure(node.right), ARITHMETIC[type(node.op)]
        return lambda at: operation(left(at), right(at))
    if isinstance(node, ast.Compare):
        sides = [_closure(each) for each in (node.left, *node.comparators)]
        signs = [COMPARE[type(op)] for op in node.ops]
        return lambda at: all(sign(sides[i](at), sides[i + 1](at)) for i, sign in enumerate(signs))
    if isinstance(node, ast.BoolOp):
        parts, joined = [_closure(each) for each in node.values], all if isinstance(node.op, ast.And) else any
        return lambda at: joined(part(at) for part in parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        function, arguments = MPMATH[node.func.id.removesuffix("_")], [_closure(each) for each in node.args]
        if node.func.id == "if_":  # only the branch that is taken has to be defined
            condition, yes, no = arguments
            return lambda at: yes(at) if condition(at) else no(at)
        return lambda at: function(*[argument(at) for argument in arguments])
    raise Disagreement(f"cannot read {ast.dump(node)[:60]}")


def names_in(text: str) -> set[str]:
    """The symbols of a text: names that are neither constants nor called."""
    found = set(re.findall(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]*(?![A-Za-z0-9_]|\()", text))
    return found - {*CONSTANTS, "and", "or", "not"}


def shown(point: Point) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sorted(point.items()))


def exact(point: Point) -> dict[str, Any]:
    return {name: mp.mpf(value.numerator) / value.denominator for name, value in point.items()}


def points(names: set[str], where: str, seed: str) -> list[Point]:
    """Random rational points that satisfy `where`, from wider boxes if narrow ones have none."""
    rng = random.Random(seed)
    condition = mpmath_function(where) if where else lambda at: True
    found: list[Point] = []
    for attempt in range(20_000):
        box = (3, 1, 2)[attempt % 3] if attempt < 2_000 else (12, 4)[attempt % 2]
        point = {name: Fraction(rng.randint(-box * 997, box * 997), 997) for name in sorted(names)}
        if all(point.values()) and condition(exact(point)):
            found.append(point)
            if len(found) == POINTS:
                return found
    raise Disagreement(f"only {len(found)} points satisfy {where!r}")


def finite(value: Any, point: Point) -> Any:
    if isinstance(value, mpmath.mpc) or not mp.isfinite(value):
        raise Disagreement(f"the value is {mp.nstr(value, 5)} at {shown(point)}")
    return mp.mpf(value)


def error(a: Any, b: Any) -> Any:
    return abs(a - b) / max(1, abs(a), abs(b))


# ---------------------------------------------------------------- the three tables


def confirm_derivative(plain: str, by: str, order: int, answer: str, where: str) -> tuple[float, float]:
    """The largest error against each oracle. Raises Disagreement."""
    names = names_in(plain) | names_in(answer) | names_in(where) | {by}
    at = points(names, where, plain)
    variable = sympy.Symbol(by, real=True)
    computed, claimed = sympy.diff(Reader(plain).read(), variable, order), Reader(answer).read()
    worst_sympy = worst_mpmath = mp.mpf(0)
    for point in at:
        ours, theirs = (sympy_value(each, point, SYMPY_DIGITS) for each in (claimed, computed))
        with mpmath.workdps(SYMPY_DIGITS + 10):
            difference = error(ours, theirs)
            if difference > mp.mpf(10) ** -SYMPY_DIGITS:
                raise Disagreement(f"SymPy has {mp.nstr(theirs, 12)}, the answer {mp.nstr(ours, 12)} at {shown(point)}")
            worst_sympy = max(worst_sympy, difference)
    function, derivative = mpmath_function(plain), mpmath_function(answer)
    with mpmath.workdps(DIFF_DIGITS):
        for point in at:
            place = exact(point)

            def section(t: Any, point: Point = point) -> Any:
                return function({**exact(point), by: t})

            theirs = finite(mp.diff(section, place[by], order), point)
            ours = finite(derivative(place), point)
            difference = error(ours, theirs)
            if difference > mp.mpf(10) ** (-DIFF_DIGITS // 2):
                values = f"mpmath has {mp.nstr(theirs, 12)}, the answer {mp.nstr(ours, 12)}"
                raise Disagreement(f"{values} at {shown(point)}")
            worst_mpmath = max(worst_mpmath, difference)
    return float(worst_sympy), float(worst_mpmath)


def confirm_identity(a: str, b: str, where: str, equal: bool) -> tuple[float, float]:
    """The largest difference of the two sides by each oracle. Raises Disagreement where the verdict is wrong."""
    at = points(names_in(a) | names_in(b) | names_in(where), where, a + b)
    first, second = Reader(a).read(), Reader(b).read()
    by_sympy = by_mpmath = mp.mpf(0)
    with mpmath.workdps(IDENTITY_DIGITS + 10):
        left, right = mpmath_function(a), mpmath_function(b)
        for point in at:
            pair = [sympy_value(each, point, IDENTITY_DIGITS) for each in (first, second)]
            by_sympy = max(by_sympy, error(*pair))
            place = exact(point)
            by_mpmath = max(by_mpmath, error(finite(left(place), point), finite(right(place), point)))
    for oracle, difference in (("SymPy", by_sympy), ("mpmath", by_mpmath)):
        if equal and difference > mp.mpf(10) ** (5 - IDENTITY_DIGITS):
            raise Disagreement(f"marked equal, but differs by {mp.nstr(difference, 5)} ({oracle})")
        if not equal and difference < mp.mpf(10) ** -6:
            raise Disagreement(f"marked different, but the difference is only {mp.nstr(difference, 5)} ({oracle})")
    return float(by_sympy), float(by_mpmath)


def rows(name: str, key: str) -> list[dict[str, Any]]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))[key]


def main(wanted: str = "") -> int:
    failures: list[str] = []
    for table, key in (("derivatives.toml", "case"), ("forms.toml", "form"), ("identities.toml", "pair")):
        seen: set[tuple[Any, ...]] = set()
        confirmed = 0
        for number, row in enumerate(rows(table, key), 1):
            if table == "identities.toml":
                label = f"{row['a']}  {'==' if row['equal'] else '!='}  {row['b']}"
                identity: tuple[Any, ...] = (row["a"], row["b"], row["where"])
            else:
                label = f"{row['typed']}  by {row['by']}"
                identity = (row["typed"], row["by"], row["order"], row.get("form"))
            if wanted and wanted not in label:
                continue
            try:
                if identity in seen:
                    raise Disagreement("this row occurs twice")
                seen.add(identity)
                if table == "identities.toml":
                    errors = confirm_identity(row["a"], row["b"], row["where"], row["equal"])
                else:
                    answer = row["answer"] if key == "case" else row["shown"]
                    where = row["where"] if key == "case" else row["where"] or row["condition"]
                    errors = confirm_derivative(row["plain"], row["by"], row["order"], answer, where)
            except (Disagreement, ArithmeticError, ValueError, KeyError, SyntaxError, TypeError) as problem:
                failures.append(f"{table} {number}: {label}: {type(problem).__name__}: {problem}")
                print(f"{table:18} {number:4}  FAILED   {label}")
                continue
            confirmed += 1
            print(f"{table:18} {number:4}  {errors[0]:.0e}  {errors[1]:.0e}  {label}")
        print(f"{table}: {confirmed} confirmed")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(failures)} rows disagree" if failures else "every row agrees with both oracles")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
