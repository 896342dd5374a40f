"""What each target calls things. A target is data: the emitter asks it for the spelling of numbers, functions, cases.

A function of the table is spelled by the row's own text for the target, where it has one. JAX and PyTorch read the
NumPy text, whose names are theirs too but for a few. What is left is lowered to its definition first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

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
    sum="total({total})",
)


class Target:
    """A language or library that code is written for; how its texts are put together is the emitter's business.

    spell           the text of a row for so many arguments, or None where its definition has to serve
    constants       e, pi, oo, nan, true, false
    power           u^v where products do not serve, #1 and #2
    whole_power     u^n with a whole number n, where it is to stand as it is and not as products
    quotient        u/v where v may be 0 and the language raises: #1 and #2
    conjunction, disjunction, negation    of conditions
    where           a if c else b, element by element; every case is computed
    choice          the same for a lazy target, which computes only what it takes, in `if` blocks and loops
    index, total    a sum's index as an axis of its own, and the sum over it
    rank            over how many leading axes an argument reaches
    entry           X[i] with a computed i
    length          how many entries a given array has along an axis
    native          the text of the library's own function; `spell` may be that of one we write with its derivative
    constant_case   a constant where it is chosen over another one, and nothing else says of which precision
    square          u*u, where the library has a way that computes u in place
    takes_two       max and min take two arguments, no more
    is_differentiated    the library differentiates the code: it has to be right about slopes too
    is_exact        numbers stay exact (mpmath): no constant is rounded to a float
    """

    __slots__ = (
        "choice", "conjunction", "constant_case", "constants", "disjunction", "entry", "index",
        "is_differentiated", "is_exact", "is_lazy", "length", "name", "native", "negation", "power", "quotient",
        "rank", "spell", "square", "syntax", "takes_two", "total", "where", "whole_power",
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
        is_differentiated: bool = False,
        takes_two: bool = False,
        square: str = "",
        constant_case: str = "",
        quotient: str = "",
        whole_power: str = "",
        native: Callable[[FunctionSpec, int], str | None] | None = None,
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
        self.is_differentiated = is_differentiated
        self.takes_two = takes_two
        self.square = square
        self.constant_case = constant_case
        self.quotient = quotient
        self.whole_power = whole_power
        self.native = native or spell
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


def _total_text(spec: FunctionSpec, count: int) -> str | None:
    """The row's Python text, with the helpers of the table that give nan or infinity where `math` raises."""
    return _MATH.get((spec.name, count), spec.python)


def _math_text(spec: FunctionSpec, count: int) -> str | None:
    """The row's Python text over `math` itself: what runs it computes the point again where it raises."""
    return _raising(_total_text(spec, count) or "")


@cache
def _raising(text: str) -> str:
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
MATH_FILE = Target(  # nobody computes a point again: what is called raises nothing
    "math",
    spell=_total_text,
    constants=_constants(""),
    conjunction=" and ",
    disjunction=" or ",
    negation="(not {})",
    choice="{a} if {c} else {b}",
    entry="entry({body}, {places})",
    length="len({0}{2})",
    power="power(#1, #2)",
    quotient="quotient(#1, #2)",
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
    """NumPy's own functions; `code` before a helper of ours, so that its parts are shared and computed in blocks."""
    return None if spec.code and "special." in spec.numpy else spec.numpy


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
    entry="special.entry({body}, rank, {places})",
    length="{0}.shape[{1}]",
    power="np.power(#1, #2)",
    square="{}**2",
    where="np.where({c}, {a}, {b})",
)

_NUMPY_PAIRS = {"max": "np.maximum(#1, #2)", "min": "np.minimum(#1, #2)", "atan2": "np.arctan2(#1, #2)"}
NUMPY_LINE = Target(
    "NumPy in one line",
    spell=lambda spec, count: _NUMPY_PAIRS.get(spec.name) or (None if "special." in spec.numpy else spec.numpy),
    takes_two=True,
    whole_power="{}**{}",
    constants=_constants("np."),
    conjunction=" & ",
    disjunction=" | ",
    negation="np.logical_not({})",
    index="special.index({first}, {last}, rank + {depth})",
    total="np.sum({}, axis=0)",
    entry="special.entry({body}, rank, {places})",
    power="np.power(#1, #2)",
    square="{}**2",
    where="np.where({c}, {a}, {b})",
)

_NAME = re.compile(r"\bnp\.(\w+)")
_OF_TORCH = frozenset(
    {
        "exp", "log", "log10", "log2", "log1p", "expm1", "sqrt", "abs", "sign", "floor", "ceil", "sin", "cos", "tan",
        "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
    }
)  # fmt: skip
# Of the rows with a kink, those whose derivative there is the same in the library as in the table.
_SAME_IN_JAX = frozenset({"sign", "floor", "ceil", "max", "min", "atan2"})
_SAME_IN_TORCH = _SAME_IN_JAX | {"abs"}


def _jax_text(spec: FunctionSpec, count: int) -> str | None:
    text = spec.jax or ("" if "special." in spec.numpy else spec.numpy)
    return _NAME.sub(r"jnp.\1", text) or None


def _torch_text(spec: FunctionSpec, count: int) -> str | None:
    is_torch = "special." not in spec.numpy and _OF_TORCH.issuperset(_NAME.findall(spec.numpy))
    text = spec.torch or (spec.numpy if is_torch else "")
    return _NAME.sub(r"torch.\1", text) or None


def _with_own_slope(
    native: Callable[[FunctionSpec, int], str | None], same: frozenset[str]
) -> Callable[[FunctionSpec, int], str | None]:
    """Functions with a kink, and those the library lacks, are written out with the derivative of the table."""

    def spell(spec: FunctionSpec, count: int) -> str | None:
        text = native(spec, count)
        if text is not None and (not spec.smooth or spec.name in same):
            return text
        return f"{spec.name}_{count}({', '.join(f'#{i}' for i in range(1, count + 1))})" if can_write(spec) else None

    return spell


def can_write(spec: FunctionSpec) -> bool:
    """Whether the row says how it is computed from other functions."""
    return bool(spec.code or spec.defined_as or spec.smooth) and not spec.is_variadic


JAX = Target(
    "jax",
    spell=_with_own_slope(_jax_text, _SAME_IN_JAX),
    native=_jax_text,
    constants=_constants("jnp."),
    conjunction=" & ",
    disjunction=" | ",
    negation="jnp.logical_not({})",
    index="special.index({first}, {last}, rank + {depth})",
    total="jnp.sum({}, axis=0)",
    rank="jnp.ndim({0}) - {1}",
    entry="special.entry({body}, rank, {places})",
    length="{0}.shape[{1}]",
    power="jnp.power(#1, #2)",
    where="jnp.where({c}, {a}, {b})",
    is_differentiated=True,
)

TORCH = Target(
    "torch",
    spell=_with_own_slope(_torch_text, _SAME_IN_TORCH),
    native=_torch_text,
    constants=_constants("torch."),
    conjunction=" & ",
    disjunction=" | ",
    negation="torch.logical_not({})",
    index="special.index({first}, {last}, rank + {depth})",
    total="torch.sum({}, dim=0)",
    rank="{0}.dim() - {1}",
    entry="special.entry({body}, rank, {places})",
    length="{0}.shape[{1}]",
    power="torch.pow(#1, #2)",
    where="torch.where({c}, {a}, {b})",
    constant_case="torch.tensor({}, dtype=dtype)",
    is_differentiated=True,
)

# ---- C --------------------------------------------------------------------------------------------------------------


def _c_text(spec: FunctionSpec, count: int) -> str | None:
    if spec.c:
        return spec.c.replace("{#n}", str(count - len(spec.params) + 1))
    return f"{spec.name}_{count}({', '.join(f'#{i}' for i in range(1, count + 1))})" if can_write(spec) else None


C = Target(
    "c",
    spell=_c_text,
    native=lambda spec, count: spec.c or None,
    constants={
        "e": "2.718281828459045", "pi": "3.141592653589793", "oo": "INFINITY", "nan": "NAN", "true": "1", "false": "0",
    },
    conjunction=" && ",
    disjunction=" || ",
    negation="(!({}))",
    choice="{c} ? {a} : {b}",
    power="pow(#1, #2)",
    takes_two=True,
    syntax=Syntax(
        define={"number": "const double {name} = {text};", "flag": "const int {name} = {text};"},
        begin={"number": "double {name} = {text};", "flag": "int {name} = {text};"},
        again="{name} = {text};",
        declare="double {name};",
        first_case="if ({c}) {{",
        other_case="}} else if ({c}) {{",
        last_case="} else {",
        end="}",
        start_sum="double {total} = 0.0;",
        loop="for (double {index} = {first}; {index} <= {last}; {index} += 1.0) {{",
        add_term="{total} += {term};",
        sum="{total}",
    ),
)  # fmt: skip

BACKENDS = {target.name: target for target in (NUMPY, MATH, MPMATH, JAX, TORCH)}
EXPORTS = {target.name: target for target in (NUMPY, MATH_FILE, JAX, TORCH, C)}
TARGETS = {target.name: target for target in (NUMPY, MATH, MPMATH, JAX, TORCH, C)}


def find_backend(name: str) -> Target:
    """The target of that name that runs in this process. InputError with the names there are."""
    found = BACKENDS.get(name)
    if found is None:
        raise InputError(f"there is no back end {name!r}", hint=f"there are {', '.join(BACKENDS)}")
    return found


def spelling(target: Target, name: str, count: int) -> str | None:
    """How the target writes that function of `count` arguments; None where its definition has to serve."""
    spec = functions.find(name)
    if spec is None:
        raise NoRuleError(f"{name} is no function of the table")
    return target.spell(spec, count)
