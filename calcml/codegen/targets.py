"""What each target calls things. A target is data: the emitter asks it for the spelling of numbers, functions, cases.

A function of the table is spelled by the row's own text for the target, where it has one. JAX and PyTorch read the
NumPy text, whose names are theirs too but for a few. What is left is lowered to its definition first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from calcml import functions
from calcml.errors import InputError, NoRuleError
from calcml.expr import Expr, Number
from calcml.functions.spec import FunctionSpec


class Syntax:
    """How lines are written: definitions, `if` blocks, loops. Every text is a format string over named parts."""

    __slots__ = (
        "add_term", "again", "begin", "declare", "define", "end", "first_case", "last_case", "loop", "other_case",
        "start_sum", "sum",
    )  # fmt: skip

    def __init__(
        self,
        *,
        define: dict[str, str],
        begin: dict[str, str],
        again: str,
        declare: str,
        first_case: str,
        other_case: str,
        last_case: str,
        end: str,
        start_sum: str,
        loop: str,
        add_term: str,
        sum: str,
    ) -> None:
        self.define = define  # by kind of value: number or flag; `begin` where the name is assigned `again`
        self.begin = begin
        self.again = again
        self.declare = declare
        self.first_case = first_case
        self.other_case = other_case
        self.last_case = last_case
        self.end = end
        self.start_sum = start_sum
        self.loop = loop
        self.add_term = add_term
        self.sum = sum


_ASSIGNED = dict.fromkeys(("number", "flag"), "{name} = {text}")
PYTHON = Syntax(
    define=_ASSIGNED,
    begin=_ASSIGNED,
    again="{name} = {text}",
    declare="",
    first_case="if {c}:",
    other_case="elif {c}:",
    last_case="else:",
    end="",
    start_sum="{total} = []",
    loop="for {index} in span({first}, {last}):",
    add_term="{total}.append({term})",
    sum="fsum({total})",
)


class Target:
    """A language or library that code is written for; how its texts are put together is the emitter's business.

    spell           the text of a row for so many arguments, or None where its definition has to serve
    constants       e, pi, oo, nan, true, false
    power           u^v where products do not serve, #1 and #2
    conjunction, disjunction, negation    of conditions
    where           a if c else b, element by element; every case is computed
    choice          the same for a lazy target, which computes only what it takes, in `if` blocks and loops
    index, total    a sum's index as an axis of its own, and the sum over it
    rank            over how many leading axes an argument reaches
    entry           X[i] with a computed i
    length          how many entries a given array has along an axis
    is_exact        numbers stay exact (mpmath): no constant is rounded to a float
    """

    __slots__ = (
        "choice", "conjunction", "constants", "disjunction", "entry", "index", "is_exact", "is_lazy", "length",
        "name", "negation", "power", "rank", "spell", "syntax", "total", "where",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        spell: Callable[[FunctionSpec, int], str | None],
        constants: dict[str, str],
        power: str,
        conjunction: str,
        disjunction: str,
        negation: str,
        where: str = "",
        choice: str = "",
        index: str = "",
        total: str = "",
        entry: str = "",
        rank: str = "",
        length: str = "",
        is_exact: bool = False,
        syntax: Syntax = PYTHON,
    ) -> None:
        self.name = name
        self.spell = spell
        self.constants = constants
        self.power = power
        self.conjunction = conjunction
        self.disjunction = disjunction
        self.negation = negation
        self.where = where
        self.choice = choice
        self.index = index
        self.total = total
        self.entry = entry
        self.rank = rank
        self.length = length
        self.is_exact = is_exact
        self.is_lazy = bool(choice)
        self.syntax = syntax

    def exact(self, number: Expr) -> str:
        """An exact number or a constant, for a target that keeps them exact."""
        if type(number) is not Number:
            return self.constants[number.data]
        return f"mp.mpf({number.data!r})"

    def __repr__(self) -> str:
        return f"Target({self.name!r})"


def _constants(prefix: str) -> dict[str, str]:
    names = {"e": "e", "pi": "pi", "oo": "inf", "nan": "nan"}
    return {name: prefix + spelled for name, spelled in names.items()} | {"true": "True", "false": "False"}


# ---- plain floats with the math module ------------------------------------------------------------------------------

_TOTAL = re.compile(r"\b(exp|expm1|log10|log2|log1p|sqrt|sin|cos|tan|asin|acos|cosh|acosh|sinh|atanh)_\(")
_LN = re.compile(r"\bln\(")
_MATH = {  # where the row's text calls a helper and a few operations do: nan passes through each of them
    ("max", 2): "(#1 if #1 >= #2 or #1 != #1 else #2)",
    ("min", 2): "(#1 if #1 <= #2 or #1 != #1 else #2)",
}


def _math_text(spec: FunctionSpec, count: int) -> str | None:
    """The row's Python text over `math` itself, which raises where the helpers of the table give nan or infinity."""
    text = _MATH.get((spec.name, count), spec.python)
    return _LN.sub("log(", _TOTAL.sub(r"\1(", text))


MATH = Target(
    "math",
    spell=_math_text,
    constants=_constants(""),
    conjunction=" and ",
    disjunction=" or ",
    negation="(not {})",
    choice="{a} if {c} else {b}",
    entry="entry({body}, {places})",
    length="len({0}{2})",
    power="pow(#1, #2)",
)

# ---- any precision with mpmath --------------------------------------------------------------------------------------


def _mpmath_text(spec: FunctionSpec, count: int) -> str | None:
    if not spec.mpmath:
        return None
    return f"real({spec.mpmath})" if spec.domain else spec.mpmath


MPMATH = Target(
    "mpmath",
    spell=_mpmath_text,
    constants=_constants("mp."),
    conjunction=" and ",
    disjunction=" or ",
    negation="(not {})",
    choice="{a} if {c} else {b}",
    entry="entry({body}, {places})",
    length="len({0}{2})",
    power="power(#1, #2)",
    is_exact=True,
)

# ---- arrays ---------------------------------------------------------------------------------------------------------


def _numpy_text(spec: FunctionSpec, count: int) -> str | None:
    return spec.numpy


NUMPY = Target(
    "numpy",
    spell=_numpy_text,
    constants=_constants("np."),
    conjunction=" & ",
    disjunction=" | ",
    negation="np.logical_not({})",
    index="special.index({first}, {last}, rank + {depth})",
    total="np.sum({}, axis=0)",
    rank="np.ndim({0}) - {1}",
    length="{0}.shape[{1}]",
    entry="special.entry({body}, rank, {places})",
    power="np.power(#1, #2)",
    where="np.where({c}, {a}, {b})",
)

TARGETS = {target.name: target for target in (NUMPY, MATH, MPMATH)}


def find_target(name: str) -> Target:
    """The target of that name. InputError with the names there are."""
    found = TARGETS.get(name)
    if found is None:
        raise InputError(f"there is no back end {name!r}", hint=f"there are {', '.join(TARGETS)}")
    return found


def spelling(target: Target, name: str, count: int) -> str | None:
    """How the target writes that function of `count` arguments; None where its definition has to serve."""
    spec = functions.find(name)
    if spec is None:
        raise NoRuleError(f"{name} is no function of the table")
    return target.spell(spec, count)
