"""The rules of algebra, as rows: what a line may be rewritten to, and under which name a reader is told.

A row is one identity: its statement in calcml's notation (both sides have equal values wherever `where` holds and both
are defined: a test tries every row), its group, and why it is right. Three groups are data that the simplifier looks
up: a function of a function, two squares that join, a quotient with a name of its own; a row added there is in use. The
rows of the other groups name the strategies of `calcml.simplification`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class AlgebraRule(NamedTuple):
    """One identity. `where` is what it needs beyond both sides being defined; empty: nothing."""

    name: str
    group: str
    title: str
    statement: str
    explanation: str
    where: str = ""

    @property
    def sides(self) -> tuple[str, str]:
        """Both sides of the statement, as texts."""
        left, right = self.statement.split(" = ")
        return left, right


# ---- strategies ----------------------------------------------------------------------------------------------------

COLLECT = AlgebraRule(
    "collect", "collecting", "Collect like terms", "a*u + b*u = (a + b)*u",
    "Terms that differ in their number only are added.",
)  # fmt: skip
COMBINE = AlgebraRule(
    "combine", "collecting", "Combine factors", "u^m*u^n = u^(m + n)",
    "Equal factors of a product become one power.",
    "u > 0 or m integer and n integer and (u != 0 or m >= 0 and n >= 0)",
)  # fmt: skip
REORDER = AlgebraRule(
    "reorder", "collecting", "Put in order", "u + v = v + u",
    "Terms and factors are written in the usual order.",
)  # fmt: skip
CANCEL = AlgebraRule(
    "cancel", "collecting", "Cancel", "u*v/(w*v) = u/w",
    "A factor of both numerator and denominator, not 0, is left out.", "v != 0 and w != 0",
)  # fmt: skip
FUNCTION_VALUE = AlgebraRule(
    "function-value", "collecting", "Simplify the function value", "ln(e^u) = u",
    "A function of something simpler has a simpler value.",
)  # fmt: skip
INSIDE = AlgebraRule(
    "inside", "collecting", "Simplify inside the function", "a*(u + v) = a*u + a*v",
    "The argument of a function is brought to its own simplest form.",
)  # fmt: skip
EXPAND = AlgebraRule(
    "expand", "distributing", "Multiply out", "u*(v + w) = u*v + u*w",
    "Every term in the bracket is multiplied, and equal terms are collected.",
)  # fmt: skip
FACTOR = AlgebraRule(
    "factor", "distributing", "Factor out {u}", "u*v + u*w = u*(v + w)",
    "A factor that all terms have in common is put in front of a bracket.",
)  # fmt: skip
ONE_FRACTION = AlgebraRule(
    "one-fraction", "distributing", "Put over one denominator", "u/v + w/z = (u*z + w*v)/(v*z)",
    "Fractions are added over a common denominator.",
)  # fmt: skip
BRACKET = AlgebraRule(
    "bracket", "distributing", "Simplify in the bracket", "(u + v)^2 - 2*u*v = u^2 + v^2",
    "A sum in brackets is multiplied out and collected by itself.",
)  # fmt: skip
CLEAR = AlgebraRule(
    "clear", "distributing", "Clear the fraction in the bracket", "u + v/w = (u*w + v)/w",
    "A bracket is written over one denominator.", "w != 0",
)  # fmt: skip
SPLIT = AlgebraRule(
    "split", "distributing", "Factor the polynomial", "u^2 - v^2 = (u - v)*(u + v)",
    "A polynomial with rational roots is a product of linear factors.",
)  # fmt: skip
SIGMOID_FOR_TANH = AlgebraRule(
    "tanh-sigmoid", "identities", "Use tanh(u) = 2σ(2u) - 1", "tanh(u) = 2*sigmoid(2*u) - 1",
    "Both are the same curve, scaled.",
)  # fmt: skip
INTO_CASES = AlgebraRule(
    "into-cases", "cases", "Take the factor into the cases",
    "w*{u: p > 0; v: otherwise} = {w*u: p > 0; w*v: otherwise}",
    "A factor in front belongs to every case.",
)  # fmt: skip
ASSUMED = AlgebraRule(
    "assumed", "function values", "Use the assumption", "abs(u) = u",
    "The sign is settled by what was assumed.", "u >= 0",
)  # fmt: skip

COS_DOUBLE = AlgebraRule(
    "cos-double", "identities", "Use cos² - sin² = cos(2u)", "cos(u)^2 - sin(u)^2 = cos(2*u)",
    "The double angle.",
)  # fmt: skip

SIN_DOUBLE = AlgebraRule(
    "sin-double", "identities", "Use sin·cos = sin(2u)/2", "sin(u)*cos(u) = sin(2*u)/2",
    "The double angle.",
)  # fmt: skip
JOIN_POWERS = AlgebraRule(
    "join-powers", "collecting", "Join powers with one exponent", "u^n*v^n = (u*v)^n",
    "Powers with the same exponent are the power of the product.",
    "u > 0 and v > 0 or n integer and (n >= 0 or u*v != 0)",
)  # fmt: skip
JOIN_LOGARITHMS = AlgebraRule(
    "join-logarithms", "collecting", "Join the logarithms", "ln(u) - ln(v) = ln(u/v)",
    "A difference of logarithms is the logarithm of the quotient.", "u > 0 and v > 0",
)  # fmt: skip
DENEST = AlgebraRule(
    "denest", "identities", "Write the root as a sum", "sqrt(u + v + 2*sqrt(u*v)) = sqrt(u) + sqrt(v)",
    "Under the root stands a square.", "u >= 0 and v >= 0",
)  # fmt: skip
DIVIDE_EXPONENTIAL = AlgebraRule(
    "divide-exponential", "collecting", "Divide numerator and denominator by the exponential",
    "e^(-u)/(1 + e^(-u)) = 1/(e^u + 1)", "An exponential is never 0.",
)  # fmt: skip
ONE_CASE = AlgebraRule(
    "one-case", "cases", "One value for both cases", "{0: u < 0; relu(u): u > 0} = relu(u)",
    "The value of one case is right in the other case too.",
)  # fmt: skip

APART = AlgebraRule(
    "apart", "distributing", "Split into partial fractions", "1/((u - v)*(u - w)) = (1/(u - v) - 1/(u - w))/(v - w)",
    "A fraction is a sum of fractions, one for each factor of its denominator.",
)  # fmt: skip
# The forms that are asked for by name, as one step each.
BY_FORM = {
    "expanded": EXPAND, "factored": SPLIT, "collected": COLLECT, "together": ONE_FRACTION, "cancelled": CANCEL,
    "apart": APART,
}  # fmt: skip

STRATEGIES = (
    COLLECT, COMBINE, REORDER, CANCEL, FUNCTION_VALUE, INSIDE, EXPAND, FACTOR, ONE_FRACTION, BRACKET, CLEAR, SPLIT,
    SIGMOID_FOR_TANH, INTO_CASES, ASSUMED, COS_DOUBLE, SIN_DOUBLE, JOIN_POWERS, JOIN_LOGARITHMS, DENEST,
    DIVIDE_EXPONENTIAL, ONE_CASE, APART,
)  # fmt: skip


# ---- identities that are looked up ---------------------------------------------------------------------------------


def _squares(f: str, sign: str, g: str) -> AlgebraRule:
    return AlgebraRule(
        f"{f}-{g}-squares", "squares", f"Use {f}² {sign} {g}² = 1", f"{f}(u)^2 {sign} {g}(u)^2 = 1",
        "The two squares belong together.",
    )  # fmt: skip


SQUARES = {
    ("sin", "cos", 1): _squares("sin", "+", "cos"),
    ("cosh", "sinh", -1): _squares("cosh", "-", "sinh"),
    ("sec", "tan", -1): _squares("sec", "-", "tan"),
    ("csc", "cot", -1): _squares("csc", "-", "cot"),
}


def _quotient(f: str, g: str, name: str) -> AlgebraRule:
    return AlgebraRule(
        f"{f}-over-{g}", "quotients", f"Use {f}/{g} = {name}", f"{f}(u)/{g}(u) = {name}(u)",
        f"That is what {name} is.",
    )  # fmt: skip


QUOTIENTS = {
    ("sin", "cos"): _quotient("sin", "cos", "tan"),
    ("cos", "sin"): _quotient("cos", "sin", "cot"),
    ("sinh", "cosh"): _quotient("sinh", "cosh", "tanh"),
    ("cosh", "sinh"): _quotient("cosh", "sinh", "coth"),
}


IN_SINES = {
    name: AlgebraRule(
        f"{name}-in-sines", "quotients", f"Write {name} with sin and cos", f"{name}(u) = {value}",
        "Then factors of numerator and denominator can cancel.",
    )
    for name, value in (
        ("tan", "sin(u)/cos(u)"), ("cot", "cos(u)/sin(u)"), ("sec", "1/cos(u)"), ("csc", "1/sin(u)"),
    )
}  # fmt: skip


def _composition(outer: str, inner: str, value: str, where: str = "") -> AlgebraRule:
    return AlgebraRule(
        f"{outer}-of-{inner}", "functions of functions", f"Use {outer}({inner}(u)) = {value}",
        f"{outer}({inner}(u)) = {value}", "The outer function undoes the inner one, or meets it in a triangle.", where,
    )  # fmt: skip


def _inverse_pairs(pairs: Iterable[tuple[str, str]]) -> list[AlgebraRule]:
    return [_composition(outer, inner, "u") for outer, inner in pairs]


_COMPOSITIONS = [
    *_inverse_pairs([
        ("sin", "asin"), ("cos", "acos"), ("tan", "atan"), ("sinh", "asinh"), ("cosh", "acosh"), ("tanh", "atanh"),
        ("asinh", "sinh"), ("atanh", "tanh"), ("sec", "asec"), ("csc", "acsc"), ("cot", "acot"), ("coth", "acoth"),
        ("sech", "asech"), ("csch", "acsch"), ("logit", "sigmoid"), ("sigmoid", "logit"), ("log1p", "expm1"),
        ("expm1", "log1p"),
    ]),
    _composition("acosh", "cosh", "abs(u)"),
    _composition("sin", "acos", "sqrt(1 - u^2)"),
    _composition("cos", "asin", "sqrt(1 - u^2)"),
    _composition("tan", "asin", "u/sqrt(1 - u^2)"),
    _composition("tan", "acos", "sqrt(1 - u^2)/u"),
    _composition("sin", "atan", "u/sqrt(1 + u^2)"),
    _composition("cos", "atan", "1/sqrt(1 + u^2)"),
    _composition("sec", "atan", "sqrt(1 + u^2)"),
    _composition("sinh", "acosh", "sqrt(u^2 - 1)"),
    _composition("cosh", "asinh", "sqrt(1 + u^2)"),
    _composition("tanh", "asinh", "u/sqrt(1 + u^2)"),
    _composition("sinh", "atanh", "u/sqrt(1 - u^2)"),
    _composition("cosh", "atanh", "1/sqrt(1 - u^2)"),
    _composition("sigmoid", "ln", "u/(1 + u)"),
    _composition("tanh", "ln", "(u^2 - 1)/(u^2 + 1)"),
    _composition("exp", "softplus", "1 + e^u"),
    _composition("exp", "log_sigmoid", "sigmoid(u)"),
    _composition("exp", "log1p", "1 + u"),
    _composition("expm1", "ln", "u - 1"),
    _composition("abs", "abs", "abs(u)"),
    _composition("sign", "sign", "sign(u)"),
    _composition("relu", "relu", "relu(u)"),
    _composition("floor", "floor", "floor(u)"),
    _composition("ceil", "ceil", "ceil(u)"),
    _composition("floor", "ceil", "ceil(u)"),
    _composition("ceil", "floor", "floor(u)"),
]  # fmt: skip


def _key(row: AlgebraRule) -> tuple[str, str]:
    outer, inner, *_ = row.sides[0].split("(")
    return outer, inner


COMPOSITIONS = {_key(row): row for row in _COMPOSITIONS}

ALGEBRA_RULES = (*STRATEGIES, *SQUARES.values(), *QUOTIENTS.values(), *IN_SINES.values(), *COMPOSITIONS.values())
